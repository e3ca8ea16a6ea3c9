//! The native module of the Python package `tzafon`: what crosses between Python and the core, and nothing else.
//!
//! Parameters and answers cross as JSON bytes, events as batches of frames that are decoded here, errors as records.
//! Types, defaults, iteration and exceptions live in Python; everything about HTTP lives in the core.

mod client;
mod decode;
mod error;
mod iteration;
mod local;
mod log;
mod process;
mod raw;
mod runtime;
mod stream;
mod work;

/// Built by maturin as `tzafon._native`.
#[pyo3::pymodule]
mod _native {
    use std::ffi::OsString;

    use pyo3::prelude::*;

    #[pymodule_export]
    use super::client::{Client, Head};
    #[pymodule_export]
    use super::error::NativeError;
    #[pymodule_export]
    use super::iteration::{AsyncIteration, Iteration};
    #[pymodule_export]
    use super::local::LocalServer;
    #[pymodule_export]
    use super::log::{pass_on, set_log_level};
    #[pymodule_export]
    use super::raw::RawAnswer;
    #[pymodule_export]
    use super::stream::EventStream;
    #[pymodule_export]
    use super::work::Work;

    /// The version of everything in the project.
    #[pymodule_export]
    const VERSION: &str = lightcone::VERSION;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::process::refuse_subinterpreters()?;
        #[cfg(unix)]
        super::process::watch_forks()?;
        super::runtime::register_exit(module)
    }

    /// Panics, for the test of what becomes of it: here, or in work on the runtime.
    #[cfg(debug_assertions)]
    #[pyfunction]
    #[expect(clippy::panic, reason = "what it is for")]
    fn panic_for_test(py: Python<'_>, in_work: bool) -> PyResult<()> {
        super::error::guard(|| {
            if in_work { super::runtime::engine(py)?.block(py, async { panic!("for a test") }) } else { panic!("for a test") }
        })
    }

    /// Runs the `lightcone` command and gives its exit code.
    #[pyfunction]
    fn run_cli(py: Python<'_>, args: Vec<OsString>) -> PyResult<i32> {
        super::error::guard(|| Ok(py.detach(|| lightcone_cli::run(args))))
    }
}
