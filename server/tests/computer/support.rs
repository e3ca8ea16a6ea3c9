//! A real browser on pages of the test's own.

use std::path::Path;
use std::sync::LazyLock;

use lightcone_server::computer::chromium::Chromium;
use lightcone_server::computer::{Action, Computer, Computers, Node, Page, Point, Viewport};
use lightcone_server::web::Web;
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};

pub(crate) const VIEWPORT: Viewport = Viewport { width: 800, height: 600 };

/// A browser takes some 200 MB: so many of one test program run at a time.
static BROWSERS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(3));

/// One computer, and the folder that is its web.
pub(crate) struct Desk {
    pub(crate) computer: Box<dyn Computer>,
    _web: Option<TempDir>,
    _turn: SemaphorePermit<'static>,
}

/// A folder with these files, which are named `host/path`.
pub(crate) fn web_of(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

pub(crate) fn chromium(web: &Path) -> Chromium {
    Chromium { web: Some(Web::dir(web).unwrap()), ..Chromium::default() }
}

impl Desk {
    /// A computer whose web has these files; `site.test/index.html` is opened if it is there.
    pub(crate) async fn with(files: &[(&str, &str)]) -> Self {
        let web = web_of(files);
        let desk = Self::on(chromium(web.path())).await;
        let desk = Self { _web: Some(web), ..desk };
        if files.iter().any(|(name, _)| *name == "site.test/index.html") {
            desk.open("http://site.test/").await;
        }
        desk
    }

    /// A computer of this kind, on an empty page.
    pub(crate) async fn on(chromium: Chromium) -> Self {
        let turn = BROWSERS.acquire().await.unwrap();
        let computer = chromium.launch("computer".to_owned(), VIEWPORT, None).await.unwrap();
        Self { computer, _web: None, _turn: turn }
    }

    /// A computer that shows this page.
    pub(crate) async fn showing(body: &str) -> Self {
        Self::with(&[("site.test/index.html", &format!("<!doctype html><html lang=en><title>Site</title>{body}"))]).await
    }

    pub(crate) async fn open(&self, url: &str) {
        self.act(Action::Navigate { url: url.to_owned() }).await;
    }

    pub(crate) async fn act(&self, action: Action) {
        self.computer.act(&action).await.unwrap_or_else(|error| panic!("{action:?}: {error}"));
    }

    pub(crate) async fn refused(&self, action: Action) -> String {
        let Err(error) = self.computer.act(&action).await else { panic!("{action:?} must fail, but shows {}", self.text().await) };
        error.to_string()
    }

    pub(crate) async fn page(&self) -> Page {
        self.computer.page().await.unwrap()
    }

    /// The one node of this role and name.
    pub(crate) async fn find(&self, role: &str, name: &str) -> Node {
        let page = self.page().await;
        let found: Vec<&Node> = page.nodes.iter().filter(|node| node.role == role && node.name == name).collect();
        assert_eq!(found.len(), 1, "{role} {name:?} in {}", outline(&page));
        found[0].clone()
    }

    /// The middle of the one node of this role and name.
    pub(crate) async fn point(&self, role: &str, name: &str) -> Point {
        middle(&self.find(role, name).await)
    }

    pub(crate) async fn click(&self, role: &str, name: &str) {
        let coordinates = self.point(role, name).await;
        self.act(Action::Click { coordinates }).await;
    }

    pub(crate) async fn press(&self, keys: &[&str]) {
        self.act(Action::Keys { keys: keys.iter().map(|key| (*key).to_owned()).collect() }).await;
    }

    pub(crate) async fn write(&self, text: &str) {
        self.act(Action::Type { text: text.to_owned() }).await;
    }

    /// All text of the page, a line per text node.
    pub(crate) async fn text(&self) -> String {
        let page = self.page().await;
        page.nodes.iter().filter(|node| node.role == "text").map(|node| node.name.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// Asserts that the page has a text node with this text.
    pub(crate) async fn shows(&self, text: &str) {
        let all = self.text().await;
        assert!(all.lines().any(|line| line.trim() == text), "{text:?} in:\n{all}");
    }

    pub(crate) async fn close(self) {
        self.computer.close().await;
    }
}

pub(crate) fn middle(node: &Node) -> Point {
    let bounds = node.bounds.unwrap();
    Point(bounds.x + bounds.width / 2.0, bounds.y + bounds.height / 2.0)
}

/// The tree as indented lines.
pub(crate) fn outline(page: &Page) -> String {
    let depth = |node: &Node| std::iter::successors(node.parent, |parent| page.nodes[*parent].parent).count();
    page.nodes.iter().map(|node| format!("{:1$}{2} {3:?} {4:?}\n", "", 2 * depth(node), node.role, node.name, node.value)).collect()
}
