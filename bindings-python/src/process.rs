//! What a forked child must not touch, and other interpreters within the process.
//!
//! A child of `fork` inherits its parent's memory but none of its threads, and shares its sockets and its epoll
//! instance. Using or even dropping the parent's runtime or connections there hangs the child or breaks the parent.

use std::process;

use pyo3::exceptions::PyImportError;
use pyo3::{PyResult, ffi};

/// A value that only the process that made it uses and drops.
pub(crate) struct Owned<T> {
    pid: u32,
    value: Option<T>,
}

impl<T> Owned<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { pid: process::id(), value: Some(value) }
    }

    /// The value; `None` in a forked child.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref().filter(|_| self.pid == process::id())
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        if self.pid != process::id() {
            std::mem::forget(self.value.take());
        }
    }
}

/// An error in any interpreter but the main one: types, functions and threads that the module keeps are those of one interpreter.
///
/// Interpreters with a GIL of their own (Python 3.12) refuse it by themselves; those that share one would load it, and crash later.
#[expect(unsafe_code, reason = "pyo3 has no safe way to ask")]
pub(crate) fn refuse_subinterpreters() -> PyResult<()> {
    // SAFETY: called while the module is made, so a thread state is attached and its interpreter lives; the main one has the id 0.
    let id = unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) };
    if id == 0 {
        return Ok(());
    }
    Err(PyImportError::new_err("tzafon works in the main interpreter only, not in subinterpreters; use threads or processes"))
}
