//! Computers on Chromium, driven over the DevTools protocol.

mod browser;
mod cdp;
mod find;
mod input;
pub(crate) mod keys;
mod navigate;
mod network;
mod offline;
#[cfg(unix)]
mod process;
#[cfg(not(unix))]
#[path = "process_unsupported.rs"]
mod process;
mod saved;
mod settle;
mod snapshot;
mod tree;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::{Action, Computer, ComputerError, Computers, Page, Viewport};
use crate::net::{Policy, Proxy, Resolve, SystemResolver};
use crate::web::Web;
use browser::{Browser, Tab};
use cdp::CallError;
use input::{Button, Hands};
use navigate::Turn;
use process::Process;

/// How long a browser may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// Makes computers that are Chromium browsers. Nothing is looked for or started
/// before [`Computers::launch`].
#[derive(Clone, Debug)]
pub struct Chromium {
    /// The browser's program. By default `LIGHTCONE_CHROMIUM` names it, or the
    /// usual names and places of this system and of Playwright and Puppeteer are searched.
    pub executable: Option<PathBuf>,
    /// Device pixels for each CSS pixel, as on a screen of high density: screenshots are
    /// the viewport times this. By default 1.
    pub scale: f64,
    /// The only web that its computers see. By default they see the network.
    pub web: Option<Web>,
    /// What of the network they may reach. By default public addresses only.
    pub policy: Policy,
    /// Where they have the addresses of names from. By default from the system.
    pub resolver: Arc<dyn Resolve>,
}

impl Default for Chromium {
    fn default() -> Self {
        Self { executable: None, scale: 1.0, web: None, policy: Policy::default(), resolver: Arc::new(SystemResolver) }
    }
}

#[async_trait]
impl Computers for Chromium {
    async fn launch(&self, id: String, viewport: Viewport, saved: Option<&Path>) -> Result<Box<dyn Computer>, ComputerError> {
        Ok(Box::new(self.start(id, viewport, saved).await?))
    }
}

impl Chromium {
    async fn start(&self, id: String, viewport: Viewport, saved: Option<&Path>) -> Result<ChromiumComputer, ComputerError> {
        let executable = match &self.executable {
            Some(executable) => executable.clone(),
            None => find::find()?,
        };
        let unavailable = |why: String| ComputerError::Unavailable(format!("the browser {} did not start: {why}", executable.display()));
        let proxy = match self.web {
            Some(_) => None,
            None => {
                let proxy = Proxy::start(self.policy.clone(), Arc::clone(&self.resolver)).await;
                Some(proxy.map_err(|error| unavailable(format!("its proxy cannot listen on the loopback address: {error}")))?)
            }
        };
        let (process, reader, writer) = Process::start(&executable, arguments(viewport, proxy.as_ref().map(Proxy::port), is_root()), saved)
            .map_err(|error| unavailable(error.to_string()))?;
        let open = async {
            let browser = Browser::open(reader, writer, viewport, self.scale, self.web.clone()).await?;
            if let Some(folder) = saved {
                let cookies = saved::kept_cookies(folder).map_err(|error| browser.connection.end(format!("no cookies: {error}")))?;
                browser.connection.call(None, "Storage.setCookies", cookies).await?;
            }
            Ok::<_, CallError>(browser)
        };
        let opened = tokio::time::timeout(START_TIMEOUT, open).await;
        let failure = match opened {
            Ok(Ok(browser)) => {
                return Ok(ChromiumComputer { id, viewport, web: self.web.clone(), proxy, browser, process: Mutex::new(process) });
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("it was not ready after {START_TIMEOUT:?}"),
        };
        Err(unavailable(match process.last_words().await {
            words if words.is_empty() => failure,
            words => format!("{failure}; its last words:\n{words}"),
        }))
    }
}

fn arguments(viewport: Viewport, proxy_port: Option<u16>, is_root: bool) -> Vec<String> {
    let mut arguments: Vec<String> = [
        // No window, no graphics card, no sound: a server has none.
        "--headless",
        "--disable-gpu",
        "--mute-audio",
        // No first-run pages, no traffic of the browser's own.
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-domain-reliability",
        "--disable-sync",
        "--no-pings",
        "--disable-features=HttpsUpgrades,MediaRouter,OptimizationHints,Translate",
        // Profiles live minutes: no keyring, no crash reports.
        "--password-store=basic",
        "--use-mock-keychain",
        "--disable-breakpad",
        // A wheel turn moves the page at once, so that a screen settles soon.
        "--disable-smooth-scrolling",
        // The same pixels and the same layout everywhere.
        "--force-color-profile=srgb",
        "--font-render-hinting=none",
        // The screen is always seen by somebody: the agent.
        "--disable-backgrounding-occluded-windows",
        "--disable-renderer-backgrounding",
        // /dev/shm is tiny in containers.
        "--disable-dev-shm-usage",
    ]
    .map(str::to_owned)
    .into();
    arguments.push(format!("--window-size={},{}", viewport.width, viewport.height));
    arguments.extend(network::arguments(proxy_port));
    if is_root {
        static WARNING: Once = Once::new();
        WARNING.call_once(|| tracing::warn!("running as root: Chromium's sandbox is off, as it does not work for root"));
        arguments.push("--no-sandbox".to_owned());
    }
    arguments
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Only Unix has a user for whom the sandbox does not work.
#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

struct ChromiumComputer {
    id: String,
    viewport: Viewport,
    web: Option<Web>,
    /// The way to the network, where there is one.
    proxy: Option<Proxy>,
    browser: Browser,
    process: Mutex<Process>,
}

#[derive(Deserialize)]
struct Picture {
    data: String,
}

impl ChromiumComputer {
    async fn perform(&self, action: &Action) -> Result<(), ComputerError> {
        let hands = Hands::new(&self.browser, self.viewport).await?;
        match action {
            Action::Navigate { url } => navigate::navigate(&self.browser, self.web.as_ref(), url).await,
            Action::Back => navigate::turn(&self.browser, Turn::Back).await,
            Action::Forward => navigate::turn(&self.browser, Turn::Forward).await,
            Action::Reload => navigate::reload(&self.browser).await,
            Action::Click { coordinates } => hands.click(*coordinates, Button::Left, 1).await,
            Action::ClickHolding { coordinates, keys } => hands.click_holding(*coordinates, keys).await,
            Action::DoubleClick { coordinates } => hands.click(*coordinates, Button::Left, 2).await,
            Action::TripleClick { coordinates } => hands.click(*coordinates, Button::Left, 3).await,
            Action::RightClick { coordinates } => hands.click(*coordinates, Button::Right, 1).await,
            Action::MiddleClick { coordinates } => hands.click(*coordinates, Button::Middle, 1).await,
            Action::Drag { path } => hands.drag(path).await,
            Action::Move { coordinates } => hands.move_to(*coordinates).await,
            Action::Type { text } => hands.write(text).await,
            Action::Keys { keys } => hands.chord(keys).await,
            Action::Scroll { coordinates, delta_x, delta_y } => hands.scroll(*coordinates, *delta_x, *delta_y).await,
            Action::Wait { ms } => {
                tokio::time::sleep(Duration::from_millis(*ms)).await;
                Ok(())
            }
            Action::Screenshot => Ok(()),
        }
    }

    /// Whether the page that a tab was to show is there. The browser's own page in place of
    /// it, or the proxy's, says so to people only.
    async fn arrived(&self, tab: &Tab) -> Result<(), ComputerError> {
        let answer: Value = match self.browser.ask(tab, "Page.getFrameTree", json!({})).await {
            // The tab is closed, or on its way to the next page.
            Err(CallError::Refused { .. }) => return Ok(()),
            answer => answer?,
        };
        let member = |name| answer.pointer(name).and_then(Value::as_str);
        let (shown, missing) = (member("/frameTree/frame/url"), member("/frameTree/frame/unreachableUrl"));
        // What is encrypted cannot be replaced by a page of the proxy's.
        let asked = missing.or(shown.filter(|url| url.starts_with("http:")));
        let why = self.proxy.as_ref().zip(asked).and_then(|(proxy, url)| proxy.failure(url));
        match (asked, why) {
            (Some(url), Some(why)) => Err(ComputerError::Action(format!("the page {url} could not be opened: {why}"))),
            (Some(url), None) if missing.is_some() => Err(ComputerError::Action(format!("the page {url} could not be opened"))),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Computer for ChromiumComputer {
    fn id(&self) -> &str {
        &self.id
    }

    async fn act(&self, action: &Action) -> Result<(), ComputerError> {
        let before = self.browser.front().await?;
        self.perform(action).await?;
        settle::settle(&self.browser).await?;
        let after = self.browser.front().await?;
        let moved = (&before.session, before.moves) != (&after.session, after.moves);
        if moved { self.arrived(&after).await } else { Ok(()) }
    }

    async fn screenshot(&self) -> Result<Vec<u8>, ComputerError> {
        let tab = self.browser.front().await?;
        let picture: Picture = self.browser.ask(&tab, "Page.captureScreenshot", json!({ "format": "png" })).await?;
        BASE64.decode(picture.data).map_err(|error| ComputerError::Gone(format!("the browser sent a broken picture: {error}")))
    }

    async fn page(&self) -> Result<Page, ComputerError> {
        let tab = self.browser.front().await?;
        match tree::read(&self.browser, &tab, self.viewport).await {
            // The page changed while it was read: the next look is at the new one.
            Err(CallError::Refused { .. }) => {
                settle::settle(&self.browser).await?;
                let tab = self.browser.front().await?;
                Ok(tree::read(&self.browser, &tab, self.viewport).await?)
            }
            outcome => Ok(outcome?),
        }
    }

    async fn save(&self, folder: &Path) -> Result<(), ComputerError> {
        let cookies = saved::cookies(&self.browser.connection).await?;
        // Asked to close, it writes down its storage first; killed, it would not.
        self.browser.connection.send(None, "Browser.close", json!({}));
        let kept = self.process.lock().await.leave(folder).await;
        self.browser.connection.end("the computer is closed");
        kept.and_then(|()| saved::keep_cookies(&cookies, folder))
            .map_err(|error| ComputerError::Gone(format!("the browser's state could not be saved: {error}")))
    }

    async fn close(&self) {
        self.browser.connection.end("the computer is closed");
        self.process.lock().await.end().await;
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    const VIEWPORT: Viewport = Viewport { width: 640, height: 480 };

    async fn computer() -> ChromiumComputer {
        Chromium { web: Some(Web::demo()), ..Chromium::default() }.start("c".to_owned(), VIEWPORT, None).await.unwrap()
    }

    async fn assert_gone(computer: &ChromiumComputer, why: &str) {
        let outcomes =
            [computer.act(&Action::Screenshot).await.map(drop), computer.screenshot().await.map(drop), computer.page().await.map(drop)];
        for outcome in outcomes {
            assert!(matches!(&outcome, Err(ComputerError::Gone(text)) if text.contains(why)), "{outcome:?}");
        }
        computer.close().await;
    }

    #[test]
    fn the_sandbox_is_on_unless_for_root() {
        for (is_root, off) in [(false, false), (true, true)] {
            let arguments = arguments(VIEWPORT, Some(1), is_root);
            let weaker = ["sandbox", "site-isolation", "site-per-process", "web-security", "single-process", "remote-debugging-port"];
            let weakened: Vec<&String> = arguments.iter().filter(|argument| weaker.iter().any(|word| argument.contains(word))).collect();
            assert_eq!(weakened, vec!["--no-sandbox"; usize::from(off)], "{arguments:?}");
        }
    }

    #[tokio::test]
    async fn a_crashed_page_is_gone() {
        let computer = computer().await;
        let tab = computer.browser.front().await.unwrap();
        let crash = computer.browser.connection.call(Some(&tab.session), "Page.crash", json!({})).await;
        assert!(matches!(crash, Err(CallError::Gone(_))), "{crash:?}");
        assert_gone(&computer, "the page has crashed").await;
    }

    #[tokio::test]
    async fn a_dead_browser_is_gone() {
        let computer = computer().await;
        computer.process.lock().await.end().await;
        assert_gone(&computer, "the browser has ended").await;
    }

    #[tokio::test]
    async fn a_closed_computer_is_gone_and_may_be_closed_again() {
        let computer = computer().await;
        computer.close().await;
        assert_gone(&computer, "the computer is closed").await;
    }

    #[tokio::test]
    async fn a_page_that_hangs_is_gone_in_time() {
        let computer = computer().await;
        let tab = computer.browser.front().await.unwrap();
        computer.browser.connection.send(Some(&tab.session), "Runtime.evaluate", json!({ "expression": "while (true);" }));
        let outcome = computer.page().await;
        assert!(matches!(&outcome, Err(ComputerError::Gone(text)) if text.contains("hangs")), "{outcome:?}");
        computer.close().await;
    }

    #[tokio::test]
    async fn a_program_that_is_no_browser_is_unavailable() {
        let folder = tempfile::tempdir().unwrap();
        let silent = std::path::Path::new("/bin/true");
        let missing = folder.path().join("missing");
        let talking = folder.path().join("talking");
        std::fs::write(&talking, "#!/bin/sh\necho no such library >&2\nexit 1\n").unwrap();
        std::fs::set_permissions(&talking, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        for (executable, why) in [(silent, "ended"), (&missing, "No such file"), (&talking, "no such library")] {
            let chromium = Chromium { executable: Some(executable.to_owned()), ..Chromium::default() };
            let Err(ComputerError::Unavailable(text)) = chromium.start("c".to_owned(), VIEWPORT, None).await else { panic!() };
            assert!(text.contains(why) && text.contains(executable.to_str().unwrap()), "{text}");
        }
    }
}
