//! The wish to end, as a person or the system utters it.

use crate::{FAILED, Stop};

/// Ctrl-C and, where there is such, SIGTERM, each time.
pub(crate) struct Interrupts {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
    #[cfg(windows)]
    signals: tokio::signal::windows::CtrlC,
}

impl Interrupts {
    /// Listens from now on, so that nothing that is shown afterwards invites a signal too early.
    pub(crate) fn listen() -> Result<Self, Stop> {
        let failed = |error| Stop::new(FAILED, format!("Ctrl-C cannot be listened for: {error}"));
        #[cfg(unix)]
        let signals = {
            use tokio::signal::unix::{SignalKind, signal};
            [signal(SignalKind::interrupt()).map_err(failed)?, signal(SignalKind::terminate()).map_err(failed)?]
        };
        #[cfg(windows)]
        let signals = tokio::signal::windows::ctrl_c().map_err(failed)?;
        Ok(Self { signals })
    }

    /// Returns at the next one. Dropping the future loses none.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        {
            let [interrupt, terminate] = &mut self.signals;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        #[cfg(windows)]
        {
            self.signals.recv().await;
        }
    }
}
