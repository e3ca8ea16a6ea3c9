//! Fakes of the APIs of models: strict about requests, and saying what they are told to.

mod anthropic;
mod chat;
mod completions;
mod lines;
mod northstar;
pub(crate) mod responses;
pub(crate) mod serve;
mod strict;
mod uitars;

use axum::http::HeaderMap;
use lightcone_server::computer::Viewport;
use serde_json::Value;

use self::anthropic::Anthropic;
use self::chat::Chat;
use self::lines::Lines;
use self::northstar::Northstar;
use self::responses::{Responses, Tool};
use self::uitars::UiTars;

/// Something on the page, as an oracle knows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target {
    /// Its middle in CSS pixels.
    pub(crate) at: (f64, f64),
    /// Its role and name in the accessibility tree.
    pub(crate) role: String,
    pub(crate) name: String,
}

/// What an oracle wants done, whatever the API calls it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Intent {
    Click(Target),
    DoubleClick(Target),
    RightClick(Target),
    Drag(Target, Target),
    Type(String),
    /// Names of UI Events, modifiers first.
    Keys(Vec<String>),
    /// CSS pixels down, with the mouse in the middle of the screen.
    Scroll(f64),
    Navigate(String),
    Wait,
    /// The task is done, with this answer.
    Done(String),
}

/// What a request was found to hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// The sizes of its screenshots, oldest first, read from the PNG files themselves.
    pub(crate) pictures: Vec<Viewport>,
    /// All its texts, in order.
    pub(crate) texts: Vec<String>,
}

/// One API, as its fake speaks it. One is made for each task.
pub(crate) trait Fake: Send {
    /// Where requests go: `/v1/chat/completions`.
    fn path(&self) -> &'static str;

    /// Whether its model may be told how freely to choose.
    fn takes_temperature(&self) -> bool {
        true
    }

    /// Checks a request strictly against the public schema of the API, and against what was
    /// asked and answered before: fields and their types, where pictures may be, results of
    /// calls in order, ids as they were given. The text says what is wrong with it.
    fn check(&mut self, headers: &HeaderMap, body: &Value) -> Result<Asked, String>;

    /// The answer that wants this done, in the words and coordinates of the API.
    fn answer(&mut self, intents: &[Intent]) -> Value;

    /// The same answer as the events of a stream; `None` where this API streams none here.
    fn streamed(&mut self, intents: &[Intent]) -> Option<Vec<Value>>;

    /// Answers that are wrong as models are in the wild, each with a name for the table.
    fn malformed(&mut self) -> Vec<(&'static str, Value)>;

    /// The answer of a model that will not do it.
    fn refusal(&mut self) -> Value;

    /// The status and the error when a request is too long.
    fn too_long(&self) -> (u16, Value);

    /// The status and the error when there were too many requests.
    fn rate_limited(&self) -> (u16, Value);
}

/// An API, by the name that its models have without an address, and its fake.
pub(crate) struct Api {
    pub(crate) name: &'static str,
    /// For a task on a screen of this size, which the requests themselves need not tell.
    pub(crate) fake: fn(Viewport) -> Box<dyn Fake>,
}

/// What has a program of the user's in place of an endpoint.
const PROGRAM: &str = "command";

impl Api {
    /// How a person names the model whose fake is at this endpoint.
    pub(crate) fn reference(&self, endpoint: &str) -> String {
        if self.is_endpoint() {
            return format!("{}@{endpoint}", self.name);
        }
        format!("{PROGRAM}:python3 '{}/tests/models/fake/relay.py' {endpoint}/lines", env!("CARGO_MANIFEST_DIR"))
    }

    /// The adapter, of which there may be several models.
    pub(crate) fn kind(&self) -> &'static str {
        self.name.split(':').next().unwrap_or_default()
    }

    /// Whether requests reach it over HTTP, with all that comes of that.
    pub(crate) fn is_endpoint(&self) -> bool {
        self.name != PROGRAM
    }
}

/// All that are proved here.
pub(crate) const APIS: &[Api] = &[
    Api { name: "northstar", fake: |viewport| Box::new(Northstar::parsed(viewport)) },
    Api { name: "northstar:unparsed", fake: |viewport| Box::new(Northstar::unparsed(viewport)) },
    Api { name: "uitars", fake: |viewport| Box::new(UiTars::served(viewport)) },
    Api { name: "uitars:doubao-1.5-ui-tars", fake: |viewport| Box::new(UiTars::doubao(viewport)) },
    Api { name: "responses:gpt-5.4", fake: |viewport| Box::new(Responses::new("gpt-5.4", Tool::Computer, viewport)) },
    Api {
        name: "responses:computer-use-preview",
        fake: |viewport| Box::new(Responses::new("computer-use-preview", Tool::ComputerUsePreview, viewport)),
    },
    Api {
        name: "responses:tzafon.northstar-cua-fast",
        fake: |viewport| Box::new(Responses::new("tzafon.northstar-cua-fast", Tool::ComputerUse, viewport)),
    },
    Api { name: "anthropic:claude-sonnet-4-5", fake: |viewport| Box::new(Anthropic::new("claude-sonnet-4-5", viewport)) },
    Api { name: "anthropic:claude-opus-5", fake: |viewport| Box::new(Anthropic::new("claude-opus-5", viewport)) },
    Api { name: PROGRAM, fake: |viewport| Box::new(Lines::new(viewport)) },
    Api { name: "chat:any", fake: |viewport| Box::new(Chat::new(viewport)) },
];
