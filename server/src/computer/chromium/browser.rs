//! What is known of a running browser: its tabs, kept up to date from its events,
//! and the answers it must get at once so that nothing hangs.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::cdp::{CallError, Connection, Event, read_answer};
use super::offline;
use crate::computer::{ComputerError, Viewport};
use crate::web::Web;

/// How long a tab may take to open where there is none.
const TAB_TIMEOUT: Duration = Duration::from_secs(10);

/// One tab. A page's main frame has the id of its target.
#[derive(Clone, Debug)]
pub(super) struct Tab {
    pub(super) target: String,
    /// The protocol session that speaks with it.
    pub(super) session: String,
    /// The main frame is on its way to another document, or still loads this one.
    pub(super) loading: bool,
    /// Counts all that its main frame says of navigation.
    pub(super) moves: u64,
    /// What the page wanted dragged last.
    pub(super) dragged: Option<Value>,
    /// How many drags of its own the page has begun: one that is over is not the next one.
    pub(super) drags: u64,
}

/// The open tabs, the one on the screen last.
#[derive(Clone, Debug, Default)]
pub(super) struct Tabs(Vec<Tab>);

impl Tabs {
    pub(super) fn front(&self) -> Option<&Tab> {
        self.0.last()
    }

    fn with_session(&mut self, session: Option<&str>) -> Option<&mut Tab> {
        self.0.iter_mut().find(|tab| Some(tab.session.as_str()) == session)
    }
}

/// A connection and the tabs behind it.
pub(super) struct Browser {
    pub(super) connection: Arc<Connection>,
    pub(super) tabs: watch::Receiver<Tabs>,
}

impl Browser {
    /// Takes over a browser that was just started, and returns when its first tab is there.
    pub(super) async fn open(
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + Unpin + 'static,
        viewport: Viewport,
        scale: f64,
        web: Option<Web>,
    ) -> Result<Self, CallError> {
        let intercepts = web.is_some();
        let (sender, tabs) = watch::channel(Tabs::default());
        let mut watcher = Watcher { tabs: sender, viewport, scale, web };
        let connection = Connection::open(reader, writer, move |connection, event| watcher.see(connection, &event));
        if intercepts {
            // Asked of the browser, not of a tab: frames, workers and tabs to come are all in it.
            connection.call(None, "Fetch.enable", json!({ "patterns": [{ "urlPattern": "*" }] })).await?;
        }
        connection.call(None, "Browser.setDownloadBehavior", json!({ "behavior": "deny" })).await?;
        connection.call(None, "Target.setDiscoverTargets", json!({ "discover": true })).await?;
        // A tab waits before its first request until it has its viewport.
        let attach = json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true, "filter": [{ "type": "page" }] });
        connection.call(None, "Target.setAutoAttach", attach).await?;
        let browser = Self { connection, tabs };
        browser.front().await?;
        Ok(browser)
    }

    /// The tab on the screen.
    pub(super) async fn front(&self) -> Result<Tab, CallError> {
        let mut tabs = self.tabs.clone();
        let opened = tokio::time::timeout(TAB_TIMEOUT, tabs.wait_for(|tabs| tabs.front().is_some())).await;
        let front = opened.ok().and_then(Result::ok).and_then(|tabs| tabs.front().cloned());
        front.ok_or_else(|| self.connection.end("the browser has no tab any more"))
    }

    /// Sends a command to a tab and reads the answer.
    pub(super) async fn ask<T: DeserializeOwned>(&self, tab: &Tab, method: &str, params: Value) -> Result<T, CallError> {
        let answer = self.connection.call(Some(&tab.session), method, params).await?;
        read_answer(method, &answer)
    }

    /// Sends input to a tab. Input can close the tab that it goes to; what is
    /// left of it is then as good as done.
    pub(super) async fn input(&self, tab: &Tab, method: &str, params: Value) -> Result<(), ComputerError> {
        match self.connection.call(Some(&tab.session), method, params).await {
            Err(CallError::Refused { .. }) if self.state_of(tab).is_none() => Ok(()),
            outcome => Ok(outcome.map(drop)?),
        }
    }

    /// How a tab is now; `None` once it is closed.
    pub(super) fn state_of(&self, tab: &Tab) -> Option<Tab> {
        self.tabs.borrow().0.iter().find(|now| now.session == tab.session).cloned()
    }
}

/// Follows the browser's events.
struct Watcher {
    tabs: watch::Sender<Tabs>,
    viewport: Viewport,
    scale: f64,
    web: Option<Web>,
}

impl Watcher {
    fn see(&mut self, connection: &Arc<Connection>, event: &Event) {
        let session = event.session.as_deref();
        match event.method.as_str() {
            "Target.attachedToTarget" => self.attached(connection, &event.params()),
            "Target.detachedFromTarget" => self.detached(connection, &event.params()),
            "Target.targetCrashed" => self.crashed(connection, &event.params()),
            // Only these two come in pairs, whatever becomes of a navigation.
            "Page.frameStartedLoading" => self.moved(session, event, |tab| tab.loading = true),
            "Page.frameStoppedLoading" => self.moved(session, event, |tab| tab.loading = false),
            "Page.frameRequestedNavigation" | "Page.frameStartedNavigating" | "Page.frameNavigated" => self.moved(session, event, |_| {}),
            "Page.javascriptDialogOpening" => {
                // The agent cannot see a dialog, and a page stands still behind one.
                let params = event.params();
                let text = params.get("defaultPrompt").cloned().unwrap_or_default();
                let kind = params.get("type").and_then(Value::as_str);
                tracing::info!(kind, "accepted a dialog of the page");
                connection.send(session, "Page.handleJavaScriptDialog", json!({ "accept": true, "promptText": text }));
            }
            "Input.dragIntercepted" => {
                let data = event.params().get("data").cloned();
                self.tabs.send_modify(|tabs| {
                    if let Some(tab) = tabs.with_session(session) {
                        tab.dragged = data;
                        tab.drags += 1;
                    }
                });
            }
            "Fetch.requestPaused" => offline::answer(connection, self.web.clone(), session, event.params()),
            _ => {}
        }
    }

    /// Notes a step of a navigation where it is about the main frame of a tab.
    fn moved(&self, session: Option<&str>, event: &Event, change: impl FnOnce(&mut Tab)) {
        let params = event.params();
        let frame = params.get("frameId").or_else(|| params.pointer("/frame/id")).and_then(Value::as_str);
        self.tabs.send_if_modified(|tabs| match tabs.with_session(session) {
            Some(tab) if Some(tab.target.as_str()) == frame => {
                tab.moves += 1;
                change(tab);
                true
            }
            _ => false,
        });
    }

    fn attached(&self, connection: &Connection, params: &Value) {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let session = text(params.get("sessionId"));
        let target = text(params.get("targetInfo").and_then(|info| info.get("targetId")));
        let Viewport { width, height } = self.viewport;
        for (method, params) in [
            ("Page.enable", json!({})),
            (
                "Emulation.setDeviceMetricsOverride",
                json!({ "width": width, "height": height, "deviceScaleFactor": self.scale, "mobile": false }),
            ),
            ("Page.bringToFront", json!({})),
            ("Runtime.runIfWaitingForDebugger", json!({})),
        ] {
            connection.send(Some(&session), method, params);
        }
        self.tabs.send_modify(|tabs| tabs.0.push(Tab { target, session, loading: false, moves: 0, dragged: None, drags: 0 }));
    }

    fn detached(&self, connection: &Connection, params: &Value) {
        let Some(session) = params.get("sessionId").and_then(Value::as_str) else { return };
        connection.drop_session(session);
        self.tabs.send_modify(|tabs| tabs.0.retain(|tab| tab.session != session));
        match self.tabs.borrow().front() {
            Some(tab) => connection.send(Some(&tab.session), "Page.bringToFront", json!({})),
            // A page may close its own window; a screen shows something all the same.
            None => connection.send(None, "Target.createTarget", json!({ "url": "about:blank" })),
        }
    }

    fn crashed(&self, connection: &Connection, params: &Value) {
        let target = params.get("targetId").and_then(Value::as_str);
        if self.tabs.borrow().0.iter().any(|tab| Some(tab.target.as_str()) == target) {
            connection.end("the page has crashed");
        }
    }
}
