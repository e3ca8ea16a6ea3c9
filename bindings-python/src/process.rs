//! What a forked child must not touch.
//!
//! A child of `fork` inherits its parent's memory but none of its threads, and shares its sockets and its epoll
//! instance. Using or even dropping the parent's runtime or connections there hangs the child or breaks the parent.

use std::process;

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
