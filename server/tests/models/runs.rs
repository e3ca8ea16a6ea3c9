//! The ten browser tasks through every adapter and the whole server, in a real browser, at
//! three viewports and two device scales.
//!
//! One run of the tests does each task once through each adapter, spread over its models and
//! the screens.
//! `LIGHTCONE_WRITE_TABLE=1` does all of them through all models on all screens, and writes the table in
//! `docs/models.md`. `LIGHTCONE_ONLY_MODEL=chat` does those of one adapter.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use lightcone_server::computer::chromium::Chromium;
use lightcone_server::computer::{Action, Computer, Computers, Point, Viewport};
use lightcone_server::model::{Connection, Model, ModelError, Models, Next, Notes, Observation, Planned, Reference, Settings};
use lightcone_server::web::Web;
use serde_json::{Value, json};

use crate::fake::serve::{Endpoint, Turn};
use crate::fake::{APIS, Api, Intent};
use crate::oracle::{Eyes, Lender, Oracle};
use crate::server::local::Local;
use crate::table;
use crate::tasks::{TASKS, Task, root};

/// A browser takes some 200 MB.
const BROWSERS: usize = 2;

/// No script is longer, with the looks of its oracle.
const MOST_STEPS: u64 = 60;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Screen {
    viewport: Viewport,
    scale: f64,
}

fn screens() -> Vec<Screen> {
    let viewports = [(1280, 720), (1920, 1080), (800, 600)].map(|(width, height)| Viewport { width, height });
    [1.0, 2.0].into_iter().flat_map(|scale| viewports.map(|viewport| Screen { viewport, scale })).collect()
}

/// What decides: the model behind an API, or the oracle itself.
#[derive(Clone, Copy)]
enum Through {
    Api(&'static Api),
    Nothing,
}

#[derive(Clone, Copy)]
struct Run {
    through: Through,
    task: Task,
    screen: Screen,
}

/// What came of a run.
struct Score {
    run: Run,
    outcome: Result<(), String>,
}

impl Through {
    fn name(self) -> &'static str {
        match self {
            Self::Api(api) => api.name,
            Self::Nothing => "the oracle itself",
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Api(api) => api.kind(),
            Self::Nothing => self.name(),
        }
    }
}

impl Run {
    /// On a computer that was used before.
    async fn judged(self, computer: &Arc<dyn Computer>) -> Result<(), String> {
        // From elsewhere, so that the page is opened and not loaded again.
        let elsewhere = Action::Navigate { url: "https://tasks.test/kit.js".to_owned() };
        computer.act(&elsewhere).await.map_err(|error| error.to_string())?;
        let eyes = Eyes::default();
        let mut oracle = Oracle::new(self.task.script, eyes.clone());
        let viewport = self.screen.viewport;
        let lender = Lender { computer: Arc::clone(computer), viewport, eyes };
        let (models, endpoint) = match self.through {
            Through::Nothing => {
                let oracle = Arc::new(Mutex::new(oracle));
                (Models::new("oracle", move |_| Unhindered { oracle: Arc::clone(&oracle), viewport }), None)
            }
            Through::Api(api) => {
                let endpoint = Endpoint::start((api.fake)(viewport), move |_| Turn::Say(oracle.next())).await;
                let connection = connect(api, &endpoint, Settings::default());
                (Models::new(api.name, move |brief| connection.model(brief)), Some(endpoint))
            }
        };
        let local = Local::with_models(models, |config| config.computers = Arc::new(lender)).await;
        let events = local
            .run(json!({
                "instruction": self.task.instruction, "start_url": self.task.url(), "max_steps": MOST_STEPS,
                "viewport_width": viewport.width, "viewport_height": viewport.height,
            }))
            .await;
        local.server.shutdown().await;
        let title = computer.page().await.map_err(|error| error.to_string())?.title;
        let end = events.last().cloned().unwrap_or_default();
        let verdict = self.task.verdict();
        let is_right = match &verdict.result {
            Some(result) => end["result"].as_str().is_some_and(|told| told.contains(result.as_str())),
            None => title == verdict.title,
        };
        let faults = endpoint.map(|endpoint| endpoint.faults()).unwrap_or_default();
        if is_right && end["type"] == "completed" && faults.is_empty() {
            return Ok(());
        }
        let told: Vec<&Value> = events.iter().filter(|event| event["type"] != "screenshot" && event["type"] != "thinking").collect();
        Err(format!("title {title:?}, faults {faults:#?}, events {told:#?}"))
    }
}

/// The model behind an endpoint.
pub(crate) fn connect(api: &Api, endpoint: &Endpoint, settings: Settings) -> Connection {
    let settings = Settings { key: Some("sk-of-the-fake".into()), ..settings };
    let reference: Reference = api.reference(&endpoint.url).parse().unwrap();
    reference.connect(settings).unwrap()
}

/// The oracle as a model of its own: what fails with it is no fault of an adapter.
struct Unhindered {
    oracle: Arc<Mutex<Oracle>>,
    viewport: Viewport,
}

#[async_trait]
impl Model for Unhindered {
    fn name(&self) -> &str {
        "oracle"
    }

    fn needs_computer(&self) -> bool {
        true
    }

    async fn decide(&mut self, _seen: Observation<'_>, _notes: &Notes) -> Result<Next, ModelError> {
        let middle = Point(f64::from(self.viewport.width) / 2.0, f64::from(self.viewport.height) / 2.0);
        let mut plan = Vec::new();
        for intent in self.oracle.lock().unwrap().next() {
            let at = |target: crate::fake::Target| Point(target.at.0, target.at.1);
            let action = match intent {
                Intent::Click(target) => Action::Click { coordinates: at(target) },
                Intent::DoubleClick(target) => Action::DoubleClick { coordinates: at(target) },
                Intent::RightClick(target) => Action::RightClick { coordinates: at(target) },
                Intent::Drag(from, to) => Action::Drag { path: vec![at(from), at(to)] },
                Intent::Type(text) => Action::Type { text },
                Intent::Keys(keys) => Action::Keys { keys },
                Intent::Scroll(down) => Action::Scroll { coordinates: middle, delta_x: 0.0, delta_y: down },
                Intent::Navigate(url) => Action::Navigate { url },
                Intent::Wait => Action::Wait { ms: 200 },
                Intent::Done(answer) => return Ok(Next::Finish(answer)),
            };
            plan.push(Planned { action, description: "the oracle knows".to_owned() });
        }
        Ok(Next::Act(plan))
    }
}

/// Does the runs screen by screen, so that they share a browser.
async fn run_all(runs: Vec<Run>) -> Vec<Score> {
    let todo: VecDeque<(Screen, Vec<Run>)> =
        screens().into_iter().map(|screen| (screen, runs.iter().filter(|run| run.screen == screen).copied().collect())).collect();
    let todo = Arc::new(Mutex::new(todo));
    let workers: Vec<_> = (0..BROWSERS)
        .map(|_| {
            let todo = Arc::clone(&todo);
            tokio::spawn(async move {
                let mut scores = Vec::new();
                loop {
                    let next = todo.lock().unwrap().pop_front();
                    let Some((Screen { viewport, scale }, runs)) = next else { break };
                    let chromium = Chromium { scale, web: Some(Web::dir(root().join("web")).unwrap()), ..Chromium::default() };
                    let computer: Arc<dyn Computer> = chromium.launch("computer".to_owned(), viewport, None).await.unwrap().into();
                    for run in runs {
                        scores.push(Score { run, outcome: run.judged(&computer).await });
                    }
                    computer.close().await;
                }
                scores
            })
        })
        .collect();
    let mut scores = Vec::new();
    for worker in workers {
        scores.extend(worker.await.unwrap());
    }
    scores
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_adapter_does_all_tasks() {
    let only = std::env::var("LIGHTCONE_ONLY_MODEL").ok();
    let throughs: Vec<Through> = std::iter::once(Through::Nothing)
        .chain(APIS.iter().map(Through::Api))
        .filter(|through| only.as_ref().is_none_or(|only| through.name().starts_with(only.as_str())))
        .collect();
    let screens = screens();
    let mut runs = Vec::new();
    for (nth, through) in throughs.iter().enumerate() {
        // Models that one adapter knows apart share the tasks, unless all is done.
        let kin: Vec<&Through> = throughs.iter().filter(|other| other.kind() == through.kind()).collect();
        for (at, task) in TASKS.into_iter().enumerate() {
            if !table::is_written() && kin[at % kin.len()].name() != through.name() {
                continue;
            }
            let usual = [screens[(nth + at) % screens.len()]];
            let on = if table::is_written() { &screens[..] } else { &usual };
            runs.extend(on.iter().map(|screen| Run { through: *through, task, screen: *screen }));
        }
    }
    let scores = run_all(runs).await;
    let table = summary(&throughs, &scores);
    println!("{table}");
    let failures: Vec<String> = scores
        .iter()
        .filter_map(|Score { run, outcome }| {
            let why = outcome.as_ref().err()?;
            Some(format!("{} through {} at {}: {why}", run.task.name, run.through.name(), run.screen.name()))
        })
        .collect();
    assert!(failures.is_empty(), "{} of {} runs failed:\n{}", failures.len(), scores.len(), failures.join("\n\n"));
    if table::is_written() && only.is_none() {
        table::write("runs", &table);
    }
}

impl Screen {
    fn name(self) -> String {
        format!("{} x {} at {}", self.viewport.width, self.viewport.height, self.scale)
    }
}

/// How many runs passed of how many, for each adapter by task and by screen.
fn summary(throughs: &[Through], scores: &[Score]) -> String {
    let names: Vec<&str> = throughs.iter().map(|through| through.name()).collect();
    let mut text = format!("| | {} |\n|---|{}\n", names.join(" | "), "--:|".repeat(names.len()));
    let mut row = |title: &str, belongs: &dyn Fn(&Run) -> bool| {
        let cells = names.iter().map(|name| {
            let of = scores.iter().filter(|score| score.run.through.name() == *name && belongs(&score.run));
            let (count, good) = of.fold((0, 0), |(count, good), score| (count + 1, good + usize::from(score.outcome.is_ok())));
            format!(" {good}/{count} |")
        });
        text += &format!("| {title} |{}\n", cells.collect::<String>());
    };
    for task in &TASKS {
        row(task.name, &|run| run.task.name == task.name);
    }
    for screen in screens() {
        row(&screen.name(), &|run| run.screen == screen);
    }
    row("all", &|_| true);
    text
}
