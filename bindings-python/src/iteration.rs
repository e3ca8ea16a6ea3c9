//! What `for` and `async for` go through at each event: base classes of the public streams, which add all the rest in Python.
//!
//! A method in Python would cost as much as the event does. Python's code is called for what is rare: an error, an event that a
//! type is to be made of, a wait of asyncio.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyRuntimeError, PyStopAsyncIteration, PyStopIteration};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use crate::error::{self, NativeError};
use crate::runtime::engine;
use crate::stream::{EventStream, Next};

static REBUILT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Calls Python code where the interpreter may be exiting.
fn visit<T>(py: Python<'_>, f: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    let engine = engine(py)?;
    engine.visit(f).unwrap_or_else(|| engine.wait_for_exit(py))
}

/// The public exception in place of a native one.
fn rebuilt(py: Python<'_>, error: PyErr) -> PyErr {
    if !error.is_instance_of::<NativeError>(py) {
        return error;
    }
    let public = visit(py, || REBUILT.import(py, "tzafon._bridge", "rebuilt")?.call1((error.value(py),)));
    public.map_or_else(|error| error, PyErr::from_value)
}

/// The event as the public stream wants it.
fn made<'py>(stream: &Bound<'py, PyAny>, make: Option<&Py<PyAny>>, event: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match make {
        None => Ok(event),
        Some(make) => visit(stream.py(), || stream.call_method1("_made", (event, make))),
    }
}

/// The exception with which a coroutine returns a value.
fn returned(value: Bound<'_, PyAny>) -> PyErr {
    if value.is_exact_instance_of::<PyDict>() {
        // Whoever awaits finds it without the exception ever being made.
        PyStopIteration::new_err(value.unbind())
    } else {
        // A tuple, say, would be taken for the exception's arguments.
        PyStopIteration::new_err((value.unbind(),))
    }
}

/// The base class of `Stream`.
#[pyclass(frozen, generic, subclass, module = "tzafon._native")]
pub(crate) struct Iteration {
    #[pyo3(get, name = "_events")]
    events: Py<EventStream>,
    #[pyo3(get, name = "_make")]
    make: Option<Py<PyAny>>,
}

#[pymethods]
impl Iteration {
    #[new]
    #[pyo3(signature = (events, make=None))]
    fn new(events: Py<EventStream>, make: Option<Py<PyAny>>) -> Self {
        Self { events, make }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.events)?;
        visit.call(&self.make)
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// The next event, waited for.
    fn __next__<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (py, this) = (slf.py(), slf.get());
        error::guard(|| match this.events.get().wait(py) {
            Ok(Some(event)) => made(slf, this.make.as_ref(), event).map(Some),
            Ok(None) => Ok(None),
            Err(error) => Err(rebuilt(py, error)),
        })
    }
}

/// The base class of `AsyncStream`.
#[pyclass(frozen, generic, subclass, module = "tzafon._native")]
pub(crate) struct AsyncIteration {
    #[pyo3(get, name = "_events")]
    events: Py<EventStream>,
    #[pyo3(get, name = "_make")]
    make: Option<Py<PyAny>>,
}

#[pymethods]
impl AsyncIteration {
    #[new]
    #[pyo3(signature = (events, make=None))]
    fn new(events: Py<EventStream>, make: Option<Py<PyAny>>) -> Self {
        Self { events, make }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.events)?;
        visit.call(&self.make)
    }

    fn __aiter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// The next event, to be awaited.
    fn __anext__(slf: Py<Self>) -> NextEvent {
        NextEvent { stream: slf, progress: Mutex::new(Progress::New) }
    }
}

/// How far a coroutine has come.
enum Progress {
    New,
    /// It waits, and this coroutine in Python does it.
    Waiting(Py<PyAny>),
    Done,
}

/// A coroutine that gives the next event: at once if it is there, which costs neither a frame nor a task switch; otherwise
/// `AsyncStream._waited()` does it. Takes nothing before it runs, as any coroutine.
#[pyclass(frozen, module = "tzafon._native")]
pub(crate) struct NextEvent {
    stream: Py<AsyncIteration>,
    progress: Mutex<Progress>,
}

impl NextEvent {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the coroutine that waits. Not run yet.
    fn waited<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        visit(py, || self.stream.bind(py).call_method0("_waited"))
    }

    /// The event, if there is one; as the exception with which coroutines return.
    fn taken(&self, py: Python<'_>) -> Option<PyErr> {
        let this = self.stream.get();
        let event = match this.events.get().take(py) {
            Ok(Next::Pending) => return None,
            Ok(Next::End) => return Some(PyStopAsyncIteration::new_err(())),
            Ok(Next::Event(event)) => made(self.stream.bind(py), this.make.as_ref(), event),
            Err(error) => Err(rebuilt(py, error)),
        };
        Some(event.map_or_else(|error| error, returned))
    }

    /// Hands over to the coroutine that waits.
    fn pass_on<'py>(&self, py: Python<'py>, method: &str, args: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        let waiting = match &*self.progress() {
            Progress::Waiting(waiting) => Some(waiting.bind(py).clone()),
            Progress::New => None,
            Progress::Done => return Err(PyRuntimeError::new_err("cannot reuse already awaited coroutine")),
        };
        let waiting = match waiting {
            Some(waiting) => waiting,
            None => {
                let waited = self.waited(py)?;
                *self.progress() = Progress::Waiting(waited.clone().unbind());
                waited
            }
        };
        visit(py, || waiting.call_method1(method, args))
    }
}

#[pymethods]
impl NextEvent {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.stream)?;
        match self.progress.try_lock().as_deref() {
            Ok(Progress::Waiting(waiting)) => visit.call(waiting),
            _ => Ok(()),
        }
    }

    /// What an `await` runs: this, or the coroutine that waits.
    fn __await__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        error::guard(|| {
            if !matches!(*this.progress(), Progress::New) || this.stream.get().events.get().is_ready() {
                return Ok(slf.clone().into_any());
            }
            *this.progress() = Progress::Done;
            let waited = this.waited(py)?;
            visit(py, || waited.call_method0("__await__"))
        })
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.send(py, py.None().into_bound(py))
    }

    fn send<'py>(&self, py: Python<'py>, value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        error::guard(|| {
            let is_new = matches!(*self.progress(), Progress::New);
            if is_new && let Some(taken) = self.taken(py) {
                *self.progress() = Progress::Done;
                return Err(taken);
            }
            self.pass_on(py, "send", &PyTuple::new(py, [value])?)
        })
    }

    #[pyo3(signature = (*args))]
    fn throw<'py>(&self, py: Python<'py>, args: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        error::guard(|| self.pass_on(py, "throw", args))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        error::guard(|| {
            let progress = std::mem::replace(&mut *self.progress(), Progress::Done);
            match progress {
                Progress::Waiting(waiting) => visit(py, || waiting.call_method0(py, "close")).map(|_| ()),
                _ => Ok(()),
            }
        })
    }
}
