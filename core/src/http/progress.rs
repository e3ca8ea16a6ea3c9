//! How far the sending of a request has come, and by which clock it is waited for.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::Broken;
use crate::config::Timeouts;

/// Known to whoever makes the connection, to the body, and to whoever waits for the answer.
#[derive(Clone, Debug)]
pub(super) struct Progress(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// A connection is made; that has a clock of its own.
    connecting: bool,
    /// How many bytes of the body have not been taken.
    unsent: usize,
    /// When it was last moved on.
    since: Instant,
}

impl Progress {
    /// Of a request with a body of so many bytes.
    pub(super) fn new(unsent: usize) -> Self {
        Self(Arc::new(Mutex::new(State { connecting: false, unsent, since: Instant::now() })))
    }

    /// A connection is made, or that is over: it is there, or not to be had.
    pub(super) fn connecting(&self, is: bool) {
        let mut state = self.state();
        (state.connecting, state.since) = (is, Instant::now());
    }

    /// So many more bytes of the body were taken.
    pub(super) fn taken(&self, bytes: usize) {
        let mut state = self.state();
        (state.unsent, state.since) = (state.unsent.saturating_sub(bytes), Instant::now());
    }

    /// How much longer to wait: to write, for the next bytes of the body to be taken; to read,
    /// once all of them were, for the answer to begin. `None` is without limit, and while a
    /// connection is made.
    pub(super) fn left(&self, timeouts: &Timeouts) -> Result<Option<Duration>, Broken> {
        self.state().left(timeouts, Instant::now())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn left(&self, timeouts: &Timeouts, now: Instant) -> Result<Option<Duration>, Broken> {
        let (limit, over): (_, fn(_) -> _) = match *self {
            Self { connecting: true, .. } => return Ok(None),
            Self { unsent: 0, .. } => (timeouts.read, Broken::Silent),
            _ => (timeouts.write, Broken::NotTaken),
        };
        let Some(limit) = limit else { return Ok(None) };
        let left = limit.saturating_sub(now.saturating_duration_since(self.since));
        if left.is_zero() { Err(over(limit)) } else { Ok(Some(left)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITE: Duration = Duration::from_secs(3);
    const READ: Duration = Duration::from_secs(5);
    const SECOND: Duration = Duration::from_secs(1);

    /// After so long since it was last moved on.
    fn left(progress: &Progress, waited: Duration) -> String {
        let timeouts = Timeouts { write: Some(WRITE), read: Some(READ), ..Timeouts::default() };
        let state = progress.state();
        match state.left(&timeouts, state.since + waited) {
            Ok(left) => format!("{left:?}"),
            Err(why) => format!("{why:?}"),
        }
    }

    #[test]
    fn each_piece_sets_the_clock_anew_and_the_last_one_starts_another() {
        let progress = Progress::new(10);
        let before = progress.state().since;
        assert_eq!(left(&progress, SECOND), "Some(2s)");
        progress.taken(9);
        assert!(progress.state().since > before);
        assert_eq!((left(&progress, SECOND), left(&progress, WRITE)), ("Some(2s)".to_owned(), "NotTaken(3s)".to_owned()));
        progress.taken(1);
        assert_eq!((left(&progress, SECOND), left(&progress, READ)), ("Some(4s)".to_owned(), "Silent(5s)".to_owned()));
        assert_eq!(Progress::new(1).left(&Timeouts { write: None, ..Timeouts::default() }).unwrap(), None);
        assert_eq!(Progress::new(0).left(&Timeouts { read: None, ..Timeouts::default() }).unwrap(), None);
    }

    #[test]
    fn neither_runs_while_a_connection_is_made() {
        for (unsent, limit) in [(0, READ), (1, WRITE)] {
            let progress = Progress::new(unsent);
            progress.connecting(true);
            assert_eq!(left(&progress, READ + WRITE), "None");
            progress.connecting(false);
            assert_eq!(left(&progress, limit - SECOND), "Some(1s)");
        }
    }
}
