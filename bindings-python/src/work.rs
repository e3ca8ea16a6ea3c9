//! Work under way for an asyncio future.
//!
//! The outcome is made into Python objects on the event loop's own thread, by a function of `tzafon/_bridge.py` that
//! `loop.call_soon_threadsafe` schedules and that settles the future: it wakes Python code, which native code does not do on its own
//! (see `Engine::visit`). A loop that is closed drops the outcome.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use tokio::task::AbortHandle;

use crate::error;
use crate::log;
use crate::process::Owned;
use crate::runtime::engine;

type Outcome = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

/// The handle by which Python ends work that it no longer wants.
#[pyclass(frozen, module = "tzafon._native")]
pub(crate) struct Work {
    event_loop: Py<PyAny>,
    deliver: Py<PyAny>,
    outcome: Mutex<Option<Outcome>>,
    task: OnceLock<Owned<AbortHandle>>,
}

impl Work {
    /// Starts `work`, and has `deliver` called with its handle once it is done; `convert` makes its result a Python object.
    pub(crate) fn start<T: Send + 'static>(
        py: Python<'_>,
        event_loop: Py<PyAny>,
        deliver: Py<PyAny>,
        work: impl Future<Output = Result<T, lightcone::Error>> + Send + 'static,
        convert: impl FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
    ) -> PyResult<Py<Self>> {
        let engine = engine(py)?;
        if engine.is_exiting() {
            let text =
                "The interpreter is exiting, and asyncio is not told any more of what comes; use Lightcone in place of AsyncLightcone.";
            return Err(error::plain("closed", text));
        }
        let handle = Py::new(py, Self { event_loop, deliver, outcome: Mutex::new(None), task: OnceLock::new() })?;
        let shared = handle.clone_ref(py);
        let task = engine.spawn(work, move |done| {
            let outcome: Outcome = Box::new(move |py| convert(py, done?));
            *shared.get().slot() = Some(outcome);
            // The handle moves along, so that it is let go of with the GIL and therefore at once.
            let wake = move |py: Python<'_>| {
                let work = shared.get();
                if work.event_loop.call_method1(py, "call_soon_threadsafe", (&work.deliver, &shared)).is_err() {
                    // The loop is closed: nobody waits any more.
                    let outcome = work.slot().take();
                    drop(outcome);
                }
            };
            engine.visit(|| Python::try_attach(wake));
        });
        // The outcome needs no task handle, so it does not matter which comes first.
        let _ = handle.get().task.set(Owned::new(task));
        Ok(handle)
    }

    fn slot(&self) -> MutexGuard<'_, Option<Outcome>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Work {
    /// Lets the garbage collector see the way from here to the future, whose task may be waiting for it on a closed loop.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.event_loop)?;
        visit.call(&self.deliver)
    }

    /// Ends the work and closes its connection. Harmless when it is done, and in a forked child, whose parent it belongs to.
    fn cancel(&self) {
        if let Some(task) = self.task.get().and_then(Owned::get) {
            task.abort();
            let outcome = self.slot().take();
            drop(outcome);
        }
    }

    /// The result, or the exception in its place, once; `None` after that, and where the work was cancelled.
    fn outcome(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        log::pass_on(py);
        let outcome = self.slot().take()?;
        Some(error::guard(|| outcome(py)).unwrap_or_else(|error| error.into_value(py).into_any()))
    }
}
