//! Work under way for an asyncio future.
//!
//! What is done goes to one thread, the messenger, which waits for the GIL where the runtime's thread would have to stop for it. Once
//! it has it, it tells the event loop of all that was done meanwhile, by one `call_soon_threadsafe`. The outcomes are made into Python
//! objects on the loop's own thread, by `settle_all` of `tzafon/_bridge.py`, which settles the futures: that wakes Python code, which
//! native code does not do on its own (see `Engine::visit`). A loop that is closed drops the outcomes.

use std::future::Future;
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::{io, iter, thread};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyList;
use pyo3::{PyTraverseError, PyVisit};
use tokio::task::AbortHandle;

use crate::error;
use crate::log;
use crate::process::Owned;
use crate::runtime::{Engine, engine};

type Outcome = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

/// `settle_all` of `tzafon/_bridge.py`.
static SETTLE_ALL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The way to the messenger; without it, to nowhere.
#[derive(Default)]
pub(crate) struct Messenger(OnceLock<Sender<Py<Work>>>);

impl Messenger {
    /// Starts its thread, unless it runs.
    fn start(&self, engine: &'static Engine) -> io::Result<()> {
        if self.0.get().is_some() {
            return Ok(());
        }
        let (sender, done) = mpsc::channel::<Py<Work>>();
        let run = move || {
            while let Ok(first) = done.recv() {
                // They move along, so that they are let go of with the GIL and therefore at once.
                engine.visit(|| Python::try_attach(|py| tell(py, iter::once(first).chain(done.try_iter()).collect())));
            }
        };
        // With the GIL, so that nobody else does the same meanwhile.
        thread::Builder::new().name("lightcone-asyncio".to_owned()).spawn(run)?;
        let _ = self.0.set(sender);
        Ok(())
    }

    fn hand(&self, work: Py<Work>) {
        if let Some(sender) = self.0.get() {
            // The thread runs as long as the process.
            let _ = sender.send(work);
        }
    }
}

/// Tells each event loop of its work.
fn tell(py: Python<'_>, mut done: Vec<Py<Work>>) {
    let Some(settle_all) = SETTLE_ALL.get(py) else { return };
    while let Some(first) = done.first() {
        let event_loop = first.get().event_loop.clone_ref(py);
        let (here, elsewhere): (Vec<_>, Vec<_>) = done.into_iter().partition(|work| work.get().event_loop.is(&event_loop));
        let told =
            PyList::new(py, &here).and_then(|all| event_loop.call_method1(py, "call_soon_threadsafe", (settle_all, all, &event_loop)));
        if told.is_err() {
            // The loop is closed: nobody waits any more.
            here.iter().for_each(|work| drop(work.get().slot().take()));
        }
        done = elsewhere;
    }
}

/// The handle by which Python ends work that it no longer wants.
#[pyclass(frozen, module = "tzafon._native")]
pub(crate) struct Work {
    event_loop: Py<PyAny>,
    /// What is to be settled.
    #[pyo3(get)]
    future: Py<PyAny>,
    outcome: Mutex<Option<Outcome>>,
    task: OnceLock<Owned<AbortHandle>>,
}

impl Work {
    /// Starts `work`, and has `future` settled once it is done; `convert` makes its result a Python object.
    pub(crate) fn start<T: Send + 'static>(
        py: Python<'_>,
        event_loop: Py<PyAny>,
        future: Py<PyAny>,
        work: impl Future<Output = Result<T, lightcone::Error>> + Send + 'static,
        convert: impl FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
    ) -> PyResult<Py<Self>> {
        let engine = engine(py)?;
        if engine.is_exiting() {
            let text =
                "The interpreter is exiting, and asyncio is not told any more of what comes; use Lightcone in place of AsyncLightcone.";
            return Err(error::plain("closed", text));
        }
        SETTLE_ALL.get_or_try_init(py, || py.import("tzafon._bridge")?.getattr("settle_all").map(Bound::unbind))?;
        engine.messenger.start(engine)?;
        let handle = Py::new(py, Self { event_loop, future, outcome: Mutex::new(None), task: OnceLock::new() })?;
        let shared = handle.clone_ref(py);
        let task = engine.spawn(work, move |done| {
            let outcome: Outcome = Box::new(move |py| convert(py, done?));
            *shared.get().slot() = Some(outcome);
            engine.messenger.hand(shared);
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

    /// The result, or the exception in its place, once; `None` after that, and where the work was cancelled.
    fn outcome(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        log::pass_on(py);
        let outcome = self.slot().take()?;
        Some(error::guard(|| outcome(py)).unwrap_or_else(|error| error.into_value(py).into_any()))
    }
}
