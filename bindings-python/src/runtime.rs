//! The tokio runtime: one per process, started by the first call that needs it, and how Python waits on it.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Duration;

use futures_util::FutureExt;
use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};
use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::error;
use crate::log;
use crate::process::Owned;

/// How often a blocking wait looks for a signal, and passes on what there is to log; Ctrl-C feels immediate up to about 100 ms.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(100);

/// The runtime serves sockets and timers only; the second thread goes on while the first waits for the GIL.
const WORKERS: usize = 2;

/// Locked only while the GIL is held, and so is `os.fork`: a child never finds it locked by a thread it does not have.
static ENGINE: Mutex<Option<&'static Owned<Engine>>> = Mutex::new(None);

/// The runtime and its way back into Python.
pub(crate) struct Engine {
    runtime: Runtime,
    /// Set when the interpreter exits: a thread that asked for the GIL after that would never get it.
    exiting: RwLock<bool>,
}

/// This process's engine, if it was started.
fn started() -> Option<&'static Engine> {
    ENGINE.lock().unwrap_or_else(PoisonError::into_inner).and_then(Owned::get)
}

/// This process's engine.
pub(crate) fn engine(py: Python<'_>) -> PyResult<&'static Engine> {
    if let Some(engine) = started() {
        return Ok(engine);
    }
    let runtime = Builder::new_multi_thread().worker_threads(WORKERS).thread_name("lightcone").enable_all().build()?;
    // Never dropped: that would join threads, which a process that ends need not wait for and a forked child cannot.
    let owned: &'static Owned<Engine> = Box::leak(Box::new(Owned::new(Engine { runtime, exiting: RwLock::new(false) })));
    *ENGINE.lock().unwrap_or_else(PoisonError::into_inner) = Some(owned);
    py.import("atexit")?.call_method1("register", (wrap_pyfunction!(stop_wakeups, py)?,))?;
    owned.get().ok_or_else(error::forked)
}

/// Ends the runtime's calls into Python, and waits for those under way. What there is to log is passed on first.
#[pyfunction]
fn stop_wakeups(py: Python<'_>) {
    log::pass_on(py);
    if let Some(engine) = started() {
        py.detach(|| *engine.exiting.write().unwrap_or_else(PoisonError::into_inner) = true);
    }
}

impl Engine {
    /// Waits for `work` with the GIL released. A signal whose handler raises ends the wait and drops `work`.
    pub(crate) fn block<T: Send>(&self, py: Python<'_>, work: impl Future<Output = Result<T, lightcone::Error>> + Send) -> PyResult<T> {
        let done = py.detach(|| {
            self.runtime.block_on(async {
                let mut work = std::pin::pin!(AssertUnwindSafe(work).catch_unwind());
                let mut ticks = interval_at(Instant::now() + SIGNAL_INTERVAL, SIGNAL_INTERVAL);
                ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                loop {
                    tokio::select! {
                        biased;
                        done = &mut work => return error::flatten(done),
                        _ = ticks.tick() => Python::attach(|py| {
                            log::pass_on(py);
                            py.check_signals()
                        })?,
                    }
                }
            })
        });
        log::pass_on(py);
        done
    }

    /// Runs `work` beside Python, then hands its outcome to `then`.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, lightcone::Error>> + Send + 'static,
        then: impl FnOnce(PyResult<T>) + Send + 'static,
    ) -> AbortHandle {
        let task = async move { then(error::flatten(AssertUnwindSafe(work).catch_unwind().await)) };
        self.runtime.spawn(task).abort_handle()
    }

    /// Runs `f` with the GIL from one of the runtime's threads, unless the interpreter is exiting.
    pub(crate) fn attach(&self, f: impl for<'py> FnOnce(Python<'py>)) {
        let exiting = self.exiting.read().unwrap_or_else(PoisonError::into_inner);
        if !*exiting {
            Python::try_attach(f);
        }
    }
}
