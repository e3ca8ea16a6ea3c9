//! The tokio runtime: one per process, started by the first call that needs it, and how Python waits on it.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError, RwLock, TryLockError, mpsc};
use std::thread::{self, ThreadId};
use std::time::Duration;

use futures_util::FutureExt;
use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};
use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::error;
use crate::log;
use crate::process::Owned;
use crate::work::Messenger;

/// How often a blocking wait looks for a signal, and passes on what there is to log; Ctrl-C feels immediate up to about 100 ms.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(100);

/// The runtime serves sockets and timers only, and never waits for the GIL. A second thread would have to be woken as often as there
/// is something to do for both, which takes longer than doing it.
const WORKERS: usize = 1;

/// Locked only while the GIL is held, and so is `os.fork`: a child never finds it locked by a thread it does not have.
static ENGINE: Mutex<Option<&'static Owned<Engine>>> = Mutex::new(None);

/// The runtime and its way back into Python.
pub(crate) struct Engine {
    runtime: Runtime,
    /// Tells event loops of what is done.
    pub(crate) messenger: Messenger,
    /// The thread that ends the interpreter, once it does.
    exiting: RwLock<Option<ThreadId>>,
}

/// This process's engine, if it was started.
pub(crate) fn started() -> Option<&'static Engine> {
    ENGINE.lock().unwrap_or_else(PoisonError::into_inner).and_then(Owned::get)
}

/// This process's engine; with the GIL.
pub(crate) fn engine(_py: Python<'_>) -> PyResult<&'static Engine> {
    if let Some(engine) = started() {
        return Ok(engine);
    }
    let runtime = Builder::new_multi_thread().worker_threads(WORKERS).thread_name("lightcone").enable_all().build()?;
    // Never dropped: that would join threads, which a process that ends need not wait for and a forked child cannot.
    let owned: &'static Owned<Engine> =
        Box::leak(Box::new(Owned::new(Engine { runtime, messenger: Messenger::default(), exiting: RwLock::new(None) })));
    *ENGINE.lock().unwrap_or_else(PoisonError::into_inner) = Some(owned);
    owned.get().ok_or_else(error::forked)
}

/// Ends the visits to Python, and waits for those under way. What there is to log is passed on first.
#[pyfunction]
fn end_visits(py: Python<'_>) {
    log::pass_on(py);
    if let Some(engine) = started() {
        let exiting = Some(thread::current().id());
        py.detach(|| *engine.exiting.write().unwrap_or_else(PoisonError::into_inner) = exiting);
    }
}

/// Has [`end_visits`] called at the interpreter's exit: after the functions that a program registers later, which may make calls.
pub(crate) fn register_exit(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    py.import("atexit")?.call_method1("register", (wrap_pyfunction!(end_visits, module)?,)).map(|_| ())
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
                        _ = ticks.tick() => self.look_up()?,
                    }
                }
            })
        });
        log::pass_on(py);
        done
    }

    /// As [`Engine::block`], for work of many steps: the runtime's thread does it, and whoever waits is woken once, when it is done.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        py: Python<'_>,
        work: impl Future<Output = Result<T, lightcone::Error>> + Send + 'static,
    ) -> PyResult<T> {
        let (hand, outcome) = mpsc::sync_channel(1);
        // Fails if nobody waits any more.
        let task = self.spawn(work, move |done| drop(hand.send(done)));
        let done = py.detach(move || {
            loop {
                if let Ok(done) = outcome.recv_timeout(SIGNAL_INTERVAL) {
                    return done;
                }
                self.look_up().inspect_err(|_| task.abort())?;
            }
        });
        log::pass_on(py);
        done
    }

    /// What a wait does now and then: passes on what there is to log, and looks for a signal, whose handler may raise.
    fn look_up(&self) -> PyResult<()> {
        let visited = self.visit(|| {
            Python::attach(|py| {
                log::pass_on(py);
                py.check_signals()
            })
        });
        visited.unwrap_or(Ok(()))
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

    /// Lets `f` take the GIL, or run Python code, in the middle of native code; `None` once the interpreter exits, but on the thread
    /// that ends it.
    ///
    /// The exit waits for visits under way: up to Python 3.13 it ends whatever thread wants the GIL after it by force, and native
    /// code on that thread's stack cannot survive that.
    pub(crate) fn visit<T>(&self, f: impl FnOnce() -> T) -> Option<T> {
        let exiting = match self.exiting.try_read() {
            Ok(exiting) => exiting,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // The exit is waiting.
            Err(TryLockError::WouldBlock) => return None,
        };
        exiting.is_none_or(|thread| thread == thread::current().id()).then(f)
    }

    /// Whether the interpreter exits.
    pub(crate) fn is_exiting(&self) -> bool {
        self.exiting.try_read().is_ok_and(|exiting| exiting.is_some())
    }

    /// Waits for the end of the process, without the GIL.
    pub(crate) fn wait_for_exit(&self, py: Python<'_>) -> ! {
        py.detach(|| {
            loop {
                thread::park();
            }
        })
    }
}
