//! The client and its two kinds of call: one answer, or a stream of events. Each waits, or settles an asyncio future.

use std::future::Future;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use lightcone::http::Answer;
use lightcone::observe::told_to;
use lightcone::sse::FrameStream;
use lightcone::{ByteStream, Error};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error;
use crate::log;
use crate::process::Owned;
use crate::raw::RawAnswer;
use crate::runtime::engine;
use crate::stream::EventStream;
use crate::work::Work;

/// The core's client, made anew in a forked child, which must not use its parent's connections.
#[pyclass(frozen, module = "tzafon._native")]
pub(crate) struct Client {
    config: Vec<u8>,
    /// Locked only while the GIL is held, as `runtime::ENGINE` is and for the same reason.
    current: Mutex<Owned<lightcone::Client>>,
}

impl Client {
    fn new(config: &[u8], client: lightcone::Client) -> Self {
        Self { config: config.to_vec(), current: Mutex::new(Owned::new(client)) }
    }

    fn core(&self) -> PyResult<lightcone::Client> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = current.get() {
            return Ok(client.clone());
        }
        let client = make(&self.config)?;
        *current = Owned::new(client.clone());
        Ok(client)
    }

    fn work_of_call(
        &self,
        operation: &str,
        options: &[u8],
        body: Option<&[u8]>,
    ) -> PyResult<impl Future<Output = Result<Answer, Error>> + use<>> {
        let (client, operation, options, body) = self.owned(operation, options, body)?;
        Ok(told_to(log::listener(), async move { client.call_json(&operation, &options, body).await }))
    }

    fn work_of_open(
        &self,
        operation: &str,
        options: &[u8],
        body: Option<&[u8]>,
    ) -> PyResult<impl Future<Output = Result<FrameStream, Error>> + use<>> {
        let (client, operation, options, body) = self.owned(operation, options, body)?;
        Ok(told_to(log::listener(), async move { client.open_json(&operation, &options, body).await }))
    }

    fn work_of_open_raw(
        &self,
        operation: &str,
        options: &[u8],
        body: Option<&[u8]>,
    ) -> PyResult<impl Future<Output = Result<ByteStream, Error>> + use<>> {
        let (client, operation, options, body) = self.owned(operation, options, body)?;
        Ok(told_to(log::listener(), async move { client.open_raw_json(&operation, &options, body).await }))
    }

    /// Copies for work that outlives the Python objects it was asked for with.
    fn owned(&self, operation: &str, options: &[u8], body: Option<&[u8]>) -> PyResult<(lightcone::Client, String, Vec<u8>, Option<Bytes>)> {
        Ok((self.core()?, operation.to_owned(), options.to_vec(), body.map(Bytes::copy_from_slice)))
    }
}

fn make(config: &[u8]) -> PyResult<lightcone::Client> {
    lightcone::Client::from_json(config).map_err(|error| error::to_python(&error))
}

/// The metadata of an answer, which is rarely asked for: `bytes` makes it JSON.
#[pyclass(frozen, module = "tzafon._native")]
pub(crate) struct Head(lightcone::http::Head);

#[pymethods]
impl Head {
    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.to_json())
    }
}

/// An answer and its body.
type Crossed = (Py<Head>, Py<PyBytes>);

fn cross(py: Python<'_>, answer: Answer) -> PyResult<Crossed> {
    Ok((Py::new(py, Head(answer.head))?, PyBytes::new(py, &answer.body).unbind()))
}

#[pymethods]
impl Client {
    #[new]
    fn from_config(config: &[u8]) -> PyResult<Self> {
        error::guard(|| Ok(Self::new(config, make(config)?)))
    }

    /// Another client with its own settings over this one's connections.
    fn sharing(&self, config: &[u8]) -> PyResult<Self> {
        error::guard(|| {
            let client = self.core()?.sharing_json(config).map_err(|error| error::to_python(&error))?;
            Ok(Self::new(config, client))
        })
    }

    /// Ends what is under way over these connections, whichever client it was asked of. In a forked child, the child's alone.
    fn close(&self) {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = current.get() {
            client.close();
        }
    }

    /// One operation, waited for.
    fn call(&self, py: Python<'_>, operation: &str, options: &[u8], body: Option<&[u8]>) -> PyResult<Crossed> {
        error::guard(|| {
            let work = self.work_of_call(operation, options, body)?;
            cross(py, engine(py)?.run(py, work)?)
        })
    }

    /// One operation, for an asyncio future.
    fn call_async(
        &self,
        py: Python<'_>,
        operation: &str,
        options: &[u8],
        body: Option<&[u8]>,
        event_loop: Py<PyAny>,
        future: Py<PyAny>,
    ) -> PyResult<Py<Work>> {
        error::guard(|| {
            let work = self.work_of_call(operation, options, body)?;
            Work::start(py, event_loop, future, work, |py, done| Ok(cross(py, done)?.into_pyobject(py)?.into_any().unbind()))
        })
    }

    /// Opens a stream of events and waits for the head of the answer.
    fn open(&self, py: Python<'_>, operation: &str, options: &[u8], body: Option<&[u8]>) -> PyResult<EventStream> {
        error::guard(|| {
            let work = self.work_of_open(operation, options, body)?;
            Ok(EventStream::new(engine(py)?.run(py, work)?))
        })
    }

    /// Opens a stream of events for an asyncio future.
    fn open_async(
        &self,
        py: Python<'_>,
        operation: &str,
        options: &[u8],
        body: Option<&[u8]>,
        event_loop: Py<PyAny>,
        future: Py<PyAny>,
    ) -> PyResult<Py<Work>> {
        error::guard(|| {
            let work = self.work_of_open(operation, options, body)?;
            Work::start(py, event_loop, future, work, |py, frames| Ok(Py::new(py, EventStream::new(frames))?.into_any()))
        })
    }

    /// Opens an answer to be read as bytes and waits for its head.
    fn open_raw(&self, py: Python<'_>, operation: &str, options: &[u8], body: Option<&[u8]>) -> PyResult<RawAnswer> {
        error::guard(|| {
            let work = self.work_of_open_raw(operation, options, body)?;
            Ok(RawAnswer::new(engine(py)?.run(py, work)?))
        })
    }

    /// Opens an answer to be read as bytes, for an asyncio future.
    fn open_raw_async(
        &self,
        py: Python<'_>,
        operation: &str,
        options: &[u8],
        body: Option<&[u8]>,
        event_loop: Py<PyAny>,
        future: Py<PyAny>,
    ) -> PyResult<Py<Work>> {
        error::guard(|| {
            let work = self.work_of_open_raw(operation, options, body)?;
            Work::start(py, event_loop, future, work, |py, stream| Ok(Py::new(py, RawAnswer::new(stream))?.into_any()))
        })
    }
}
