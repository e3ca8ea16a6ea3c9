//! An answer whose body is read as it comes.

use std::sync::Arc;

use bytes::Bytes;
use lightcone::ByteStream;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error;
use crate::process::Owned;
use crate::runtime::engine;
use crate::stream::EventStream;
use crate::work::Work;

/// The body of one answer, piece by piece.
#[pyclass(frozen, module = "tzafon._native")]
pub(crate) struct RawAnswer {
    stream: Owned<Arc<ByteStream>>,
    head: Vec<u8>,
}

impl RawAnswer {
    pub(crate) fn new(stream: ByteStream) -> Self {
        let head = stream.head().to_json();
        Self { stream: Owned::new(Arc::new(stream)), head }
    }

    fn stream(&self) -> PyResult<Arc<ByteStream>> {
        self.stream.get().cloned().ok_or_else(error::forked)
    }
}

/// The next bytes, none at the end.
fn cross(py: Python<'_>, next: Option<Bytes>) -> Py<PyBytes> {
    PyBytes::new(py, &next.unwrap_or_default()).unbind()
}

#[pymethods]
impl RawAnswer {
    /// The metadata of the answer as JSON.
    #[getter]
    fn head(&self, py: Python<'_>) -> Py<PyBytes> {
        PyBytes::new(py, &self.head).unbind()
    }

    /// Whether it was not closed, and belongs to this process.
    #[getter]
    fn is_open(&self) -> bool {
        self.stream.get().is_some_and(|stream| !stream.is_closed())
    }

    /// The next bytes, waited for; none at the end.
    fn next_bytes(&self, py: Python<'_>) -> PyResult<Py<PyBytes>> {
        error::guard(|| {
            let stream = self.stream()?;
            let next = engine(py)?.block(py, async { stream.next().await })?;
            Ok(cross(py, next))
        })
    }

    /// The next bytes, for an asyncio future.
    fn next_bytes_async(&self, py: Python<'_>, event_loop: Py<PyAny>, future: Py<PyAny>) -> PyResult<Py<Work>> {
        error::guard(|| {
            let stream = self.stream()?;
            let work = async move { stream.next().await };
            Work::start(py, event_loop, future, work, |py, next| Ok(cross(py, next).into_any()))
        })
    }

    /// The events that are left in it; nothing is left here then.
    fn events(&self, py: Python<'_>) -> PyResult<EventStream> {
        error::guard(|| {
            let stream = self.stream()?;
            Ok(EventStream::new(engine(py)?.block(py, async { stream.events().await })?))
        })
    }

    /// The events, for an asyncio future.
    fn events_async(&self, py: Python<'_>, event_loop: Py<PyAny>, future: Py<PyAny>) -> PyResult<Py<Work>> {
        error::guard(|| {
            let stream = self.stream()?;
            let work = async move { stream.events().await };
            Work::start(py, event_loop, future, work, |py, frames| Ok(Py::new(py, EventStream::new(frames))?.into_any()))
        })
    }

    /// Closes the connection at once. Harmless when it is closed, and in a forked child, whose parent it belongs to.
    fn close(&self) {
        if let Some(stream) = self.stream.get() {
            stream.close();
        }
    }
}
