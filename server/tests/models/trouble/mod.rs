//! What goes wrong between the server and a model, for every adapter, without a browser.

mod failures;
mod limits;
mod malformed;
mod requests;
mod safety;
mod steering;

use std::collections::VecDeque;
use std::fmt;
use std::io::Cursor;
use std::sync::{Arc, LazyLock};

use lightcone_server::computer::{Node, Rect, States, Viewport};
use lightcone_server::model::Settings;
use serde_json::{Value, json};

use crate::fake::serve::{Endpoint, Heard, Turn};
use crate::fake::{APIS, Api, Intent, Target};
use crate::runs::models;
use crate::server::fake::FakeComputers;
use crate::server::local::Local;

/// The screen of the computers here.
const SCREEN: Viewport = Viewport { width: 640, height: 480 };

/// The buttons on it, each with its middle.
const BUTTONS: [(&str, (f64, f64)); 2] = [("One", (100.0, 50.0)), ("Two", (300.0, 200.0))];

/// A screen that stays as it is.
static PICTURE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut png = Vec::new();
    let blank = image::RgbImage::new(SCREEN.width, SCREEN.height);
    blank.write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
    png
});

/// A server whose model is behind an endpoint that answers as it is told.
struct Stage {
    api: &'static Api,
    local: Local,
    endpoint: Endpoint,
}

/// What came of one task.
struct Played {
    api: &'static str,
    events: Vec<Value>,
    status: Value,
    heard: Vec<Heard>,
}

impl Stage {
    /// Each request that is right gets the next turn; after the last one the task is done.
    async fn set(api: &'static Api, turns: impl IntoIterator<Item = Turn>, settings: Settings) -> Self {
        let mut turns: VecDeque<Turn> = turns.into_iter().collect();
        let endpoint = Endpoint::start((api.fake)(SCREEN), move |_| turns.pop_front().unwrap_or_else(done)).await;
        let computers = FakeComputers { picture: Some(PICTURE.clone()), ..FakeComputers::default() };
        *computers.nodes.lock().unwrap() = nodes();
        let local = Local::with_models(models(api, &endpoint, settings), |config| config.computers = Arc::new(computers)).await;
        Self { api, local, endpoint }
    }

    /// Runs a task to its end, with these members beside the usual ones.
    async fn plays(self, more: Value) -> Played {
        let events = self.local.run(task(more)).await;
        self.played(events).await
    }

    /// Every request has to have been right.
    async fn played(self, events: Vec<Value>) -> Played {
        let status = self.local.status(events[0]["task_id"].as_str().unwrap()).await;
        self.local.server.shutdown().await;
        assert_eq!(self.endpoint.faults(), Vec::<String>::new(), "{}: {events:#?}", self.api.name);
        Played { api: self.api.name, events, status, heard: self.endpoint.heard() }
    }
}

impl Played {
    fn end(&self) -> &Value {
        self.events.last().unwrap()
    }

    fn errors(&self) -> Vec<&str> {
        self.events.iter().filter(|event| event["type"] == "error").map(|event| event["error"].as_str().unwrap()).collect()
    }

    /// Asserts how the task ended, and how many errors were told before.
    fn ended(&self, kind: &str, errors: usize) {
        assert_eq!((self.end()["type"].as_str(), self.errors().len()), (Some(kind), errors), "{self}");
    }

    /// What the model has before it with the request of that number, from 0: where the
    /// endpoint keeps what was said, the requests before are a part of it.
    fn before(&self, nth: usize) -> Vec<&Heard> {
        let mut requests = vec![&self.heard[nth]];
        for earlier in self.heard[..nth].iter().rev() {
            if requests[0].body["previous_response_id"].is_null() {
                break;
            }
            requests.insert(0, earlier);
        }
        requests
    }

    /// The texts of the request of that number.
    fn texts(&self, nth: usize) -> String {
        self.heard[nth].asked.texts.join("\n")
    }

    /// All texts that the model has before it then.
    fn all_texts(&self, nth: usize) -> String {
        let texts = self.before(nth).into_iter().flat_map(|heard| &heard.asked.texts);
        texts.map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    /// How many screenshots the model has before it then.
    fn pictures(&self, nth: usize) -> usize {
        self.before(nth).into_iter().map(|heard| heard.asked.pictures.len()).sum()
    }
}

impl fmt::Display for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, {} requests", self.api, self.heard.len())?;
        let dull = ["screenshot", "thinking"];
        let told = self.events.iter().filter(|event| !dull.iter().any(|kind| event["type"] == *kind));
        told.map(|event| writeln!(f, "{event}")).collect()
    }
}

/// Plays these turns through every adapter.
async fn play(turns: &[Turn], settings: &Settings, more: Value) -> Vec<Played> {
    let mut all = Vec::new();
    for api in APIS {
        all.push(Stage::set(api, turns.iter().cloned(), settings.clone()).await.plays(more.clone()).await);
    }
    all
}

fn task(more: Value) -> Value {
    let mut task = json!({ "instruction": "Press the buttons", "viewport_width": SCREEN.width, "viewport_height": SCREEN.height });
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    task
}

fn done() -> Turn {
    Turn::Say(vec![Intent::Done("enough".to_owned())])
}

fn press(button: usize) -> Turn {
    let (name, at) = BUTTONS[button];
    Turn::Say(vec![Intent::Click(Target { at, role: "button".to_owned(), name: name.to_owned() })])
}

/// The page with the buttons.
fn nodes() -> Vec<Node> {
    let node = |parent, role: &str, name: &str, (x, y): (f64, f64), (width, height): (f64, f64)| Node {
        parent,
        role: role.to_owned(),
        name: name.to_owned(),
        value: None,
        description: None,
        level: None,
        url: None,
        bounds: Some(Rect { x: x - width / 2.0, y: y - height / 2.0, width, height }),
        states: States::default(),
    };
    let size = (f64::from(SCREEN.width), f64::from(SCREEN.height));
    let root = node(None, "document", "Buttons", (size.0 / 2.0, size.1 / 2.0), size);
    std::iter::once(root).chain(BUTTONS.map(|(name, at)| node(Some(0), "button", name, at, (80.0, 30.0)))).collect()
}
