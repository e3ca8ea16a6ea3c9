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

    /// The web that an option asks for: `demo`, or a folder.
    ///
    /// # Errors
    ///
    /// As [`Web::dir`].
    pub fn of_option(value: impl AsRef<Path>) -> Result<Self, WebError> {
        let value = value.as_ref();
        if value.as_os_str() == "demo" { Ok(Self::demo()) } else { Self::dir(value) }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn web(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file).unwrap();
        }
        folder
    }

    fn get(web: &Web, url: &str) -> Option<(u16, String)> {
        let answer = web.answer(&Url::parse(url).unwrap())?;
        Some((answer.status, String::from_utf8(answer.body).unwrap()))
    }

    #[test]
    fn a_host_is_a_folder_of_its_name_or_of_a_parent_domain() {
        let folder = web(&["site.test/index.html", "en.site.test/index.html", "127.0.0.1/index.html", "0.0.1/index.html"]);
        let web = Web::dir(folder.path()).unwrap();
        assert_eq!(web.hosts().collect::<Vec<_>>(), ["0.0.1", "127.0.0.1", "en.site.test", "site.test"]);
        for (url, file) in [
            ("http://site.test/", "site.test/index.html"),
            ("https://SITE.test:8443/?a=b#c", "site.test/index.html"),
            ("https://www.de.site.test", "site.test/index.html"),
            ("https://en.site.test/", "en.site.test/index.html"),
            ("http://127.0.0.1:80/", "127.0.0.1/index.html"),
        ] {
            assert_eq!(get(&web, url), Some((200, file.to_owned())), "{url}");
        }
        for url in
            ["http://test/", "http://mysite.test/", "http://site.test.org/", "http://10.0.0.1/", "http://../site.test/", "ftp://site.test/"]
        {
            assert_eq!(get(&web, url), None, "{url}");
        }
    }

    #[test]
    fn a_host_may_have_a_404_page_of_its_own() {
        let folder = web(&["a.test/404.html", "b.test/index.html"]);
        let web = Web::dir(folder.path()).unwrap();
        assert_eq!(get(&web, "http://a.test/x"), Some((404, "a.test/404.html".to_owned())));
        assert!(get(&web, "http://b.test/x").is_some_and(|(status, body)| status == 404 && body.contains("Not Found")));
    }

    #[test]
    fn a_folder_without_hosts_is_no_web() {
        let folder = web(&["file.html", ".git/config"]);
        let error = Web::dir(folder.path()).unwrap_err();
        assert!(matches!(error, WebError::NoHosts { .. }) && error.to_string().contains("one folder per host"), "{error}");
        for missing in [folder.path().join("missing"), folder.path().join("file.html")] {
            let error = Web::dir(&missing).unwrap_err();
            assert!(matches!(error, WebError::Unreadable { .. }) && error.to_string().contains(missing.to_str().unwrap()), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_inside_the_web_only() {
        use std::os::unix::fs::symlink;
        let outside = web(&["secret.html", "folder/secret.html"]);
        let folder = web(&["a.test/page.html"]);
        let host = folder.path().join("a.test");
        symlink("page.html", host.join("alias.html")).unwrap();
        symlink(&host, folder.path().join("b.test")).unwrap();
        symlink(outside.path().join("secret.html"), host.join("secret.html")).unwrap();
        symlink(outside.path().join("folder"), host.join("folder")).unwrap();
        symlink(outside.path(), folder.path().join("c.test")).unwrap();
        let web = Web::dir(folder.path()).unwrap();
        for url in ["http://a.test/alias", "http://b.test/page"] {
            assert_eq!(get(&web, url), Some((200, "a.test/page.html".to_owned())), "{url}");
        }
        for url in ["http://a.test/secret", "http://a.test/folder/secret", "http://c.test/secret.html"] {
            assert_eq!(get(&web, url).map(|(status, _)| status), Some(404), "{url}");
        }
    }

    proptest! {
        #[test]
        fn nothing_outside_of_a_host_is_ever_served(path in "(/|\\.\\.?|%2e|%2F|%5c|\\\\|secret|html|a|%00|%C3|\\PC){0,16}") {
            let folder = web(&["secret.html", "a.test/a/a.html", "a.test/index.html", "b.test/secret.html"]);
            let web = Web::dir(folder.path()).unwrap();
            if let Ok(url) = Url::parse(&format!("http://a.test/{path}")) {
                let (status, body) = get(&web, url.as_str()).unwrap();
                prop_assert!(status == 404 || body.starts_with("a.test/"), "{} {}", url, body);
            }
        }
    }
}
