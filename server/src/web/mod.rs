//! The offline web: the pages a browser sees when it must not see the network.
//!
//! A web is a folder of hosts. `https://example.com/a/b` is the file
//! `example.com/a/b`, `example.com/a/b.html` or `example.com/a/b/index.html`; a
//! host without a folder of its own is looked for under its parent domains.

mod lookup;
mod source;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use url::{Host, Url};

use source::Source;

static DEMO: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/web/demo");

/// Why a folder is no web.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// It cannot be read.
    #[error("the web folder {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is nothing to serve in it.
    #[error("the web folder {} has no host in it: it needs one folder per host, such as example.com/index.html", path.display())]
    NoHosts {
        /// The folder.
        path: PathBuf,
    },
}

/// What a host of the offline web answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status: 200, or 404 where there is no such page.
    pub status: u16,
    /// The `content-type` header.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

/// A set of hosts whose pages are files. Clones share it.
#[derive(Clone, Debug)]
pub struct Web(Arc<Hosts>);

#[derive(Debug)]
struct Hosts {
    names: BTreeSet<String>,
    source: Source,
}

impl Web {
    /// The web of a folder: each folder in it is a host (hidden ones are left out).
    /// Its hosts are read now, its files when they are asked for.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be read, or has no folder in it.
    pub fn dir(path: impl AsRef<Path>) -> Result<Self, WebError> {
        let path = path.as_ref();
        let source = Source::folder(path).map_err(|source| WebError::Unreadable { path: path.to_owned(), source })?;
        let web = Self::new(source);
        match web.0.names.is_empty() {
            true => Err(WebError::NoHosts { path: path.to_owned() }),
            false => Ok(web),
        }
    }

    /// The small web inside this package.
    #[must_use]
    pub fn demo() -> Self {
        Self::new(Source::Embedded(&DEMO))
    }

    fn new(source: Source) -> Self {
        let names = source.hosts().into_iter().filter(|name| !name.starts_with('.')).collect();
        Self(Arc::new(Hosts { names, source }))
    }

    /// The hosts that have a folder, in alphabetical order.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.0.names.iter().map(String::as_str)
    }

    /// The answer to a request; `None` where the host is not part of this web.
    /// The query and the fragment play no part. Reads files, so it may block.
    #[must_use]
    pub fn answer(&self, url: &Url) -> Option<Answer> {
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let host = self.folder_of(url.host()?)?;
        let find = |path: &[&str]| self.0.source.read(host, path);
        Some(lookup::find(url.path(), find))
    }

    /// `www.example.com` is in `www.example.com`, `example.com` or `com`.
    fn folder_of(&self, host: Host<&str>) -> Option<&str> {
        let name = host.to_string();
        let parents = matches!(host, Host::Domain(_));
        let mut candidates = name.match_indices('.').filter(|_| parents).filter_map(|(dot, _)| name.get(dot + 1..));
        std::iter::once(name.as_str()).chain(&mut candidates).find_map(|name| self.0.names.get(name)).map(String::as_str)
    }
}
