//! An event's data as Python objects: exactly what `json.loads` gives, sooner.

use jiter::PythonParse;
use pyo3::exceptions::{PyRecursionError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::runtime::engine;

static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Decodes one JSON value; `None` when it is none.
///
/// jiter refuses a few texts that `json.loads` accepts: lone surrogates, deep nesting, NaN and Infinity.
/// Python's own parser decides on whatever jiter refuses. Bytes that are not UTF-8 become U+FFFD (WHATWG, Encoding).
pub(crate) fn decode<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Option<Bound<'py, PyAny>>> {
    if let Ok(value) = PythonParse::default().python_parse(py, data) {
        return Ok(Some(value));
    }
    let loads = LOADS.import(py, "json", "loads")?;
    let engine = engine(py)?;
    let Some(loaded) = engine.visit(|| loads.call1((String::from_utf8_lossy(data),))) else { engine.wait_for_exit(py) };
    match loaded {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_instance_of::<PyValueError>(py) || error.is_instance_of::<PyRecursionError>(py) => Ok(None),
        Err(error) => Err(error),
    }
}
