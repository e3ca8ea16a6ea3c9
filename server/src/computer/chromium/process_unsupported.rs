//! Systems on which a browser cannot be started: the protocol's pipe is made of
//! inherited descriptors 3 and 4, which only Unix has.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

/// Never made on this system.
pub(super) enum Process {}

impl Process {
    pub(super) fn start(
        _executable: &Path,
        _arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        _saved: Option<&Path>,
    ) -> io::Result<(Self, tokio::io::Empty, tokio::io::Sink)> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "a browser can be driven on Linux and macOS only"))
    }

    pub(super) async fn last_words(&self) -> String {
        match *self {}
    }

    pub(super) async fn leave(&mut self, _folder: &Path) -> io::Result<()> {
        match *self {}
    }

    pub(super) async fn end(&mut self) {
        match *self {}
    }
}
