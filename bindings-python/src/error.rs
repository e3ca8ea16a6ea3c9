//! What leaves the native module when something goes wrong: one exception that carries a record as JSON.
//! `tzafon` builds its public exceptions from it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use serde::Serialize;
use serde_json::Value;

create_exception!(tzafon._native, NativeError, PyException, "Carries an error of the core as a JSON record.");

/// The outcome of work that may have panicked.
pub(crate) type Caught<T> = Result<T, Box<dyn Any + Send>>;

/// An error of the core as an exception.
pub(crate) fn to_python(error: &lightcone::Error) -> PyErr {
    raise(String::from_utf8_lossy(&error.to_json()).into_owned())
}

/// An error made here, in the shape of the core's own records.
#[derive(Default, Serialize)]
pub(crate) struct Record<'a> {
    pub(crate) kind: &'a str,
    pub(crate) message: String,
    pub(crate) request: Option<Value>,
    pub(crate) response: Option<Value>,
    pub(crate) attempts: u32,
    pub(crate) task_id: Option<String>,
    pub(crate) last_event_id: Option<&'a str>,
}

impl Record<'_> {
    pub(crate) fn into_python(self) -> PyErr {
        // Strings and numbers always serialize.
        raise(serde_json::to_string(&self).unwrap_or_default())
    }
}

/// An error without request or answer.
pub(crate) fn plain(kind: &str, message: impl Into<String>) -> PyErr {
    Record { kind, message: message.into(), ..Record::default() }.into_python()
}

fn raise(record: String) -> PyErr {
    NativeError::new_err(record)
}

/// The error of a child that uses a stream its parent opened.
pub(crate) fn forked() -> PyErr {
    plain("closed", "This stream was opened before the process forked and belongs to the parent process; open a new one in the child.")
}

/// The outcome of work that ran on the runtime.
pub(crate) fn flatten<T>(done: Caught<Result<T, lightcone::Error>>) -> PyResult<T> {
    match done {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(to_python(&error)),
        Err(panic) => Err(to_python(&lightcone::Error::of_panic(&*panic))),
    }
}

/// Runs `f` at the edge to Python: a panic in it becomes an error like any other.
pub(crate) fn guard<T>(f: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| Err(to_python(&lightcone::Error::of_panic(&*panic))))
}
