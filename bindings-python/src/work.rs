//! Work under way for an asyncio future.
//!
//! The outcome is made into Python objects on the event loop's own thread, by a callback that
//! `loop.call_soon_threadsafe` schedules. A future that is done by then, or a loop that is closed, drops the outcome.

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
    future: Py<PyAny>,
    outcome: Mutex<Option<Outcome>>,
    task: OnceLock<Owned<AbortHandle>>,
}

impl Work {
    /// Starts `work`; `convert` makes its result a Python object.
    pub(crate) fn start<T: Send + 'static>(
        py: Python<'_>,
        event_loop: Py<PyAny>,
        future: Py<PyAny>,
        work: impl Future<Output = Result<T, lightcone::Error>> + Send + 'static,
        convert: impl FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
    ) -> PyResult<Py<Self>> {
        let engine = engine(py)?;
        let handle = Py::new(py, Self { event_loop, future, outcome: Mutex::new(None), task: OnceLock::new() })?;
        let shared = handle.clone_ref(py);
        let task = engine.spawn(work, move |done| {
            let outcome: Outcome = Box::new(move |py| convert(py, done?));
            *shared.get().slot() = Some(outcome);
            // The handle moves along, so that it is let go of with the GIL and therefore at once.
            engine.attach(move |py| {
                let deliver = shared.getattr(py, "deliver");
                let woken = deliver.and_then(|deliver| shared.get().event_loop.call_method1(py, "call_soon_threadsafe", (deliver,)));
                if woken.is_err() {
                    // The loop is closed: nobody waits any more.
                    let outcome = shared.get().slot().take();
                    drop(outcome);
                }
            });
        });
        // `deliver` needs no task handle, so it does not matter which comes first.
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
        visit.call(&self.future)
    }

    /// Ends the work and closes its connection. Harmless when it is done, and in a forked child, whose parent it belongs to.
    fn cancel(&self) {
        if let Some(task) = self.task.get().and_then(Owned::get) {
            task.abort();
            let outcome = self.slot().take();
            drop(outcome);
        }
    }

    /// Settles the future: with the result, or with the exception as its result. Runs on the event loop.
    fn deliver(&self, py: Python<'_>) -> PyResult<()> {
        log::pass_on(py);
        let Some(outcome) = self.slot().take() else { return Ok(()) };
        let future = self.future.bind(py);
        if future.call_method0("done")?.is_truthy()? {
            return Ok(());
        }
        // An exception set on the future would be logged as never retrieved when its task is cancelled just now.
        let result = error::guard(|| outcome(py)).unwrap_or_else(|error| error.into_value(py).into_any());
        future.call_method1("set_result", (result,)).map(|_| ())
    }
}
