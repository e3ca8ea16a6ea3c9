//! What a forked child must not touch, and other interpreters within the process.
//!
//! A child of `fork` inherits its parent's memory but none of its threads, and shares its sockets and its epoll
//! instance. Using or even dropping the parent's runtime or connections there hangs the child or breaks the parent.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::exceptions::PyImportError;
use pyo3::{PyResult, ffi};

/// This process's id, 0 until it is asked for. To ask the system costs a tenth of what an event does, and each event asks.
static ID: AtomicU32 = AtomicU32::new(0);

fn id() -> u32 {
    match ID.load(Ordering::Relaxed) {
        0 => {
            let id = process::id();
            ID.store(id, Ordering::Relaxed);
            id
        }
        id => id,
    }
}

/// Has the child of a fork ask for its id anew, whether Python forks or a host that Python runs in.
#[cfg(unix)]
#[expect(unsafe_code, reason = "only the C library tells of a fork")]
pub(crate) fn watch_forks() -> PyResult<()> {
    extern "C" fn forget() {
        ID.store(0, Ordering::Relaxed);
    }
    // SAFETY: the function stays where it is, as a module of Python is never unloaded, and does what a child of a fork may do.
    match unsafe { libc::pthread_atfork(None, None, Some(forget)) } {
        0 => Ok(()),
        code => Err(std::io::Error::from_raw_os_error(code).into()),
    }
}

/// A value that only the process that made it uses and drops.
pub(crate) struct Owned<T> {
    pid: u32,
    value: Option<T>,
}

impl<T> Owned<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { pid: id(), value: Some(value) }
    }

    /// The value; `None` in a forked child.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref().filter(|_| self.pid == id())
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        if self.pid != id() {
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
