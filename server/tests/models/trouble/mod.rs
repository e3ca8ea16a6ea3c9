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

use futures_util::future::join_all;
use lightcone_server::computer::{Node, Rect, States, Viewport};
use lightcone_server::model::rules::Rules;
use lightcone_server::model::{Models, Settings};
use serde_json::{Value, json};

use crate::fake::serve::{Endpoint, Heard, Turn};
use crate::fake::{APIS, Api, Intent, Target};
use crate::runs::connect;
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

/// What an endpoint of an API answers, one turn for each request that is right; after the
/// last one the task is done.
struct Scene {
    api: &'static Api,
    turns: Vec<Turn>,
    settings: Settings,
}

/// A server whose models are behind endpoints, one for each scene and named by its number.
struct Stage {
    local: Local,
    apis: Vec<&'static Api>,
    endpoints: Vec<Endpoint>,
}

/// What came of one task.
struct Played {
    api: &'static str,
    events: Vec<Value>,
    status: Value,
    heard: Vec<Heard>,
}

impl Stage {
    async fn set(scenes: impl IntoIterator<Item = Scene>) -> Self {
        let mut models = Models::new("rules", Rules::new);
        let (mut apis, mut endpoints) = (Vec::new(), Vec::new());
        for Scene { api, turns, settings } in scenes {
            let mut turns = VecDeque::from(turns);
            let endpoint = Endpoint::start((api.fake)(SCREEN), move |_| turns.pop_front().unwrap_or_else(done)).await;
            let connection = connect(api, &endpoint, settings);
            models = models.with(&endpoints.len().to_string(), move |brief| connection.model(brief));
            apis.push(api);
            endpoints.push(endpoint);
        }
        let computers = FakeComputers { picture: Some(PICTURE.clone()), ..FakeComputers::default() };
        *computers.nodes.lock().unwrap() = nodes();
        let local = Local::with_models(models, |config| {
            config.computers = Arc::new(computers);
            // No scene waits for another one's end.
            config.max_concurrent = endpoints.len();
        })
        .await;
        Self { local, apis, endpoints }
    }

    /// Runs a task for each scene, all at once, with these members beside the usual ones.
    async fn plays(self, more: &Value) -> Vec<Played> {
        let tasks = (0..self.apis.len()).map(|nth| self.local.run(task(nth, more)));
        let all = join_all(tasks).await;
        self.played(all).await
    }

    /// Every request has to have been right.
    async fn played(self, all: Vec<Vec<Value>>) -> Vec<Played> {
        let mut played = Vec::new();
        for ((api, endpoint), events) in self.apis.iter().zip(&self.endpoints).zip(all) {
            let status = self.local.status(events[0]["task_id"].as_str().unwrap()).await;
            let one = Played { api: api.name, events, status, heard: endpoint.heard() };
            assert_eq!(endpoint.faults(), Vec::<String>::new(), "{one}");
            played.push(one);
        }
        self.local.server.shutdown().await;
        played
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
        let mut told = self.events.iter().filter(|event| !dull.iter().any(|kind| event["type"] == *kind));
        told.try_for_each(|event| writeln!(f, "{event}"))
    }
}

/// The same for every API with an endpoint.
fn for_each_api(turns: &[Turn], settings: &Settings) -> Vec<Scene> {
    let endpoints = APIS.iter().filter(|api| api.is_endpoint());
    endpoints.map(|api| Scene { api, turns: turns.to_vec(), settings: settings.clone() }).collect()
}

/// Plays these turns through every adapter.
async fn play(turns: &[Turn], settings: &Settings, more: Value) -> Vec<Played> {
    Stage::set(for_each_api(turns, settings)).await.plays(&more).await
}

/// A task for the model of that number.
fn task(nth: usize, more: &Value) -> Value {
    let mut task = json!({
        "instruction": "Press the buttons", "model": nth.to_string(), "viewport_width": SCREEN.width, "viewport_height": SCREEN.height,
    });
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
