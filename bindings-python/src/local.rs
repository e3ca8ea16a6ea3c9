//! A server within the process, for tests.

use std::sync::Arc;

use lightcone_server::local::{LocalError, LocalServer as Server};
use pyo3::prelude::*;

use crate::error;
use crate::process::Owned;
use crate::runtime::engine;
use crate::work::Work;

/// Runs on the runtime of the clients. Belongs to the process that started it.
#[pyclass(frozen, module = "tzafon._native")]
pub(crate) struct LocalServer {
    server: Owned<Arc<Server>>,
}

impl LocalServer {
    fn server(&self) -> PyResult<&Arc<Server>> {
        let text = "This server was started before the process forked and belongs to the parent process; start another one in the child.";
        self.server.get().ok_or_else(|| error::plain("closed", text))
    }
}

fn refused(error: &LocalError) -> PyErr {
    error::plain("config", error.to_string())
}

#[pymethods]
impl LocalServer {
    /// Starts it with options as JSON.
    #[new]
    fn start(py: Python<'_>, options: &str) -> PyResult<Self> {
        error::guard(|| {
            let started = engine(py)?.block(py, async { Ok(Server::start(options).await) })?;
            let server = started.map_err(|error| refused(&error))?;
            Ok(Self { server: Owned::new(Arc::new(server)) })
        })
    }

    #[getter]
    fn url(&self) -> PyResult<&str> {
        Ok(self.server()?.url())
    }

    #[getter]
    fn key(&self) -> PyResult<&str> {
        Ok(self.server()?.key())
    }

    /// Adds a script as JSON.
    fn script(&self, script: &str) -> PyResult<()> {
        error::guard(|| self.server()?.script(script).map_err(|error| refused(&error)))
    }

    /// Lets the next answers of an operation go wrong, as JSON says.
    fn add_fault(&self, fault: &str) -> PyResult<()> {
        error::guard(|| self.server()?.add_fault(fault).map_err(|error| refused(&error)))
    }

    /// Stops it and waits for that. Harmless when it is stopped, and in a forked child, whose parent it belongs to.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        error::guard(|| {
            let Some(server) = self.server.get() else { return Ok(()) };
            engine(py)?.block(py, async {
                server.close().await;
                Ok(())
            })
        })
    }

    /// The same for an asyncio future.
    fn close_async(&self, py: Python<'_>, event_loop: Py<PyAny>, future: Py<PyAny>) -> PyResult<Py<Work>> {
        error::guard(|| {
            let server = Arc::clone(self.server()?);
            let work = async move {
                server.close().await;
                Ok(())
            };
            Work::start(py, event_loop, future, work, |py, ()| Ok(py.None()))
        })
    }
}
