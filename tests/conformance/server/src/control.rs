//! What the runners talk to: where a run gets its next case, and hands in what its client saw.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    response::IntoResponse,
    routing::post,
};
use http::{StatusCode, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    case::Case,
    expand::{self, Expanded},
    judge::{self, Scale},
    play::{Authority, Instance, Ports},
    report::{Outcome, Verdict},
};

/// Waits between attempts take a hundredth of their time, and clocks run as they do for a
/// user unless a case says otherwise: a slow machine must not make a timeout.
const BACKOFF: f64 = 0.01;
const CLOCK: f64 = 1.0;

/// What a runner cannot do or its client does not tell, each with the reason. `needs` in
/// [`crate::expand::Expanded`] has the names of the one; the other is `member NAME`.
pub(crate) type Cannot = BTreeMap<String, String>;

/// How long a step waits for a place; one that nobody reaches is a failure of its case, and no end of the suite.
const UNTIL: Duration = Duration::from_secs(60);

type Refusal = (StatusCode, String);

/// Which cases there are, and what came of them.
pub(crate) struct Suite {
    folder: PathBuf,
    /// Only cases whose topic and name have this in them.
    only: String,
    authority: Arc<Authority>,
    /// The one case, where it is for a process of its own.
    alone: Option<Alone>,
    runs: Mutex<Vec<Run>>,
}

/// A case that is about the environment of its client's process.
struct Alone {
    expanded: Arc<Expanded>,
    /// Held since before the process began, for its environment names them.
    ports: Mutex<Option<Ports>>,
}

/// One runner going through its cases.
pub(crate) struct Run {
    pub(crate) runner: String,
    /// For information: a case that does not pass is no failure.
    pub(crate) beside: bool,
    pub(crate) cannot: Cannot,
    cases: Vec<Arc<Expanded>>,
    /// Those that are each for a process of its own.
    alone: Vec<Arc<Expanded>>,
    next: usize,
    under_way: HashMap<usize, UnderWay>,
    pub(crate) outcomes: Vec<Outcome>,
}

#[derive(Clone)]
struct UnderWay {
    expanded: Arc<Expanded>,
    instance: Arc<Instance>,
    scale: Scale,
}

#[derive(Deserialize)]
struct NewRun {
    runner: String,
    #[serde(default)]
    cannot: Cannot,
    /// The one topic that it runs; all when absent.
    only: Option<String>,
}

#[derive(Deserialize)]
struct Done {
    /// The case that was just done, if any.
    case: Option<usize>,
    #[serde(default)]
    observed: Vec<Value>,
}

impl Suite {
    pub(crate) fn new(folder: PathBuf, only: String) -> Result<Self, String> {
        Ok(Self { folder, only, authority: Arc::new(Authority::new()?), alone: None, runs: Mutex::default() })
    }

    /// A suite of one case, and what the environment of its process must say.
    pub(crate) fn alone(&self, expanded: Arc<Expanded>) -> Result<(Self, BTreeMap<String, String>), String> {
        let ports = Ports::hold(expanded.wire).map_err(|error| format!("{}: {error}", expanded.name))?;
        let environment = self.filled(&expanded, &ports)?.0.environment;
        let alone = Some(Alone { expanded, ports: Mutex::new(Some(ports)) });
        let (folder, only, authority) = (self.folder.clone(), self.only.clone(), Arc::clone(&self.authority));
        Ok((Self { folder, only, authority, alone, runs: Mutex::default() }, environment))
    }

    /// The case with all that is known once its ports are, and its steps.
    fn filled(&self, expanded: &Expanded, ports: &Ports) -> Result<(Case, Value), String> {
        let mut addresses = ports.addresses();
        addresses.extend(self.authority.names());
        let addresses: Vec<(&str, &str)> = addresses.iter().map(|(name, address)| (*name, address.as_str())).collect();
        expanded.with(&addresses)
    }

    /// The file of the one authority that clients trust by themselves.
    pub(crate) fn trusted(&self) -> String {
        self.authority.stranger()
    }

    pub(crate) fn runs(&self) -> MutexGuard<'_, Vec<Run>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, mut new: NewRun) -> Result<usize, String> {
        if let Some(alone) = &self.alone {
            let mut runs = self.runs();
            runs.push(Run::new(new.runner, new.cannot, vec![Arc::clone(&alone.expanded)]));
            return Ok(runs.len() - 1);
        }
        let mut cases = expand::all(&self.folder, &new.runner)?;
        let of_topic = |case: &Expanded| new.only.as_ref().is_none_or(|topic| *topic == case.topic);
        cases.retain(|case| of_topic(case) && format!("{} {}", case.topic, case.name).contains(&self.only));
        if let Some((what, _)) = new.cannot.iter().find(|(what, why)| what.starts_with("member ") && why.trim().is_empty()) {
            return Err(format!("{what} is not told, and no reason is given"));
        }
        let mut outcomes = Vec::new();
        let mut can = Vec::new();
        if std::net::TcpListener::bind("[::1]:0").is_err() {
            new.cannot.insert("ipv6".to_owned(), "this machine has no IPv6".to_owned());
        }
        for case in cases {
            let lacks: Vec<&String> = case.needs.iter().filter(|need| new.cannot.contains_key(*need)).collect();
            match lacks.first().and_then(|lack| Some((lack, new.cannot.get(*lack)?))) {
                Some((lack, reason)) if reason.trim().is_empty() => {
                    outcomes.push(Outcome::of(&case, Verdict::Failed(vec![format!("{lack} cannot be done, and no reason is given")])));
                }
                Some((lack, reason)) => outcomes.push(Outcome::of(&case, Verdict::Skipped(format!("{lack}: {reason}")))),
                None => can.push(Arc::new(case)),
            }
        }
        let (alone, cases) = can.into_iter().partition(|case| case.environment);
        let mut runs = self.runs();
        runs.push(Run { alone, outcomes, ..Run::new(new.runner, new.cannot, cases) });
        Ok(runs.len() - 1)
    }

    fn take(&self, run: usize, case: usize) -> Option<UnderWay> {
        self.runs().get_mut(run)?.under_way.remove(&case)
    }

    /// Judges a case that was done.
    async fn finish(&self, run: usize, case: usize, observed: &[Value]) -> Result<(), Refusal> {
        let under_way = self.take(run, case).ok_or_else(|| refused("there is no such case under way"))?;
        under_way.instance.finish().await;
        let log = under_way.instance.shared.log();
        let (runner, cannot) = self.runs().get(run).map(|run| (run.runner.clone(), run.cannot.clone())).unwrap_or_default();
        let expanded = &under_way.expanded;
        let differences = judge::differences(&under_way.instance.shared.case, &runner, &cannot, under_way.scale, observed, &log);
        let verdict = if differences.is_empty() { Verdict::Passed } else { Verdict::Failed(differences) };
        if let Some(run) = self.runs().get_mut(run) {
            run.outcomes.push(Outcome::of(expanded, verdict));
        }
        Ok(())
    }

    /// The next case with all that a client must be told.
    async fn begin(&self, run: usize) -> Result<Value, Refusal> {
        let (number, expanded) = {
            let mut runs = self.runs();
            let run = runs.get_mut(run).ok_or_else(|| refused("there is no such run"))?;
            let number = run.next;
            run.next += 1;
            let Some(expanded) = run.cases.get(number) else { return Ok(json!({"case": null})) };
            (number, Arc::clone(expanded))
        };
        let wrong = |why: &dyn std::fmt::Display| refused(&format!("{}: {why}", expanded.name));
        let held = self.alone.as_ref().and_then(|alone| alone.ports.lock().unwrap_or_else(PoisonError::into_inner).take());
        let ports = held.map_or_else(|| Ports::hold(expanded.wire), Ok).map_err(|error| wrong(&error))?;
        let (case, steps) = self.filled(&expanded, &ports).map_err(|why| wrong(&why))?;
        let base_url = ports.base_url();
        let own = |name: &str, default| case.client.get(name).and_then(Value::as_f64).unwrap_or(default);
        let scale = Scale { backoff: own("backoff", BACKOFF), clock: own("clock", CLOCK) };
        let settings = case.client.clone();
        let instance = Instance::start(case, scale.clock, ports, &self.authority).await.map_err(|error| wrong(&error))?;
        let (own_url, own_key) = instance.service().map(|service| (service.url.as_str(), service.key.as_str())).unzip();
        let mut client = Map::new();
        client.insert("api_key".to_owned(), own_key.unwrap_or("sk_test").into());
        client.insert("base_url".to_owned(), own_url.unwrap_or(&base_url).into());
        client.extend(settings);
        client.insert("backoff".to_owned(), scale.backoff.into());
        client.insert("clock".to_owned(), scale.clock.into());
        let told = json!({"case": number, "name": expanded.name, "client": client, "steps": steps});
        let under_way = UnderWay { expanded: Arc::clone(&expanded), instance: Arc::new(instance), scale };
        if let Some(run) = self.runs().get_mut(run) {
            run.under_way.insert(number, under_way);
        }
        Ok(told)
    }

    fn instance(&self, run: usize, case: usize) -> Option<Arc<Instance>> {
        Some(Arc::clone(&self.runs().get(run)?.under_way.get(&case)?.instance))
    }
}

impl Run {
    fn new(runner: String, cannot: Cannot, cases: Vec<Arc<Expanded>>) -> Self {
        let (alone, under_way, outcomes) = (Vec::new(), HashMap::new(), Vec::new());
        Self { runner, beside: false, cannot, cases, alone, next: 0, under_way, outcomes }
    }

    /// The cases that are each for a process of its own; once.
    pub(crate) fn take_alone(&mut self) -> Vec<Arc<Expanded>> {
        std::mem::take(&mut self.alone)
    }

    /// The cases that were begun and never handed in.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = &Expanded> {
        let lost = self.under_way.values().map(|under_way| &*under_way.expanded);
        lost.chain(self.cases.iter().skip(self.next).chain(&self.alone).map(|case| &**case))
    }
}

fn refused(why: &str) -> Refusal {
    (StatusCode::BAD_REQUEST, why.to_owned())
}

/// Serves the routes of a suite; where, and until when.
pub(crate) async fn serve(suite: Arc<Suite>) -> io::Result<(String, JoinHandle<io::Result<()>>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    Ok((address, tokio::spawn(axum::serve(listener, routes(suite)).into_future())))
}

/// `POST /runs`, then `POST /runs/{run}/next` until it gives no case; between them
/// `POST /runs/{run}/cases/{case}/reach/{place}` and `.../until/{place}`.
fn routes(suite: Arc<Suite>) -> Router {
    Router::new()
        .route("/runs", post(new_run))
        .route("/runs/{run}/next", post(next))
        .route("/runs/{run}/cases/{case}/reach/{place}", post(reach))
        .route("/runs/{run}/cases/{case}/until/{place}", post(until))
        .layer(DefaultBodyLimit::disable())
        .with_state(suite)
}

async fn new_run(State(suite): State<Arc<Suite>>, Json(new): Json<NewRun>) -> Result<Json<Value>, Refusal> {
    let run = suite.start(new).map_err(|why| refused(&why))?;
    Ok(Json(json!({ "run": run })))
}

async fn next(State(suite): State<Arc<Suite>>, Path(run): Path<usize>, body: Bytes) -> Result<impl IntoResponse, Refusal> {
    // Events may be nested more deeply than is allowed by default.
    let mut reader = serde_json::Deserializer::from_slice(&body);
    reader.disable_recursion_limit();
    let done = Done::deserialize(&mut reader).map_err(|error| refused(&error.to_string()))?;
    if let Some(case) = done.case {
        suite.finish(run, case, &done.observed).await?;
    }
    let told = suite.begin(run).await?;
    // A large one holds up no other case's server.
    let text = tokio::task::spawn_blocking(move || told.to_string()).await.map_err(|error| refused(&error.to_string()))?;
    Ok(([(CONTENT_TYPE, "application/json")], text))
}

async fn reach(State(suite): State<Arc<Suite>>, Path((run, case, place)): Path<(usize, usize, String)>) -> Result<Json<Value>, Refusal> {
    let instance = suite.instance(run, case).ok_or_else(|| refused("there is no such case under way"))?;
    instance.shared.reach(&place);
    Ok(Json(json!({})))
}

async fn until(State(suite): State<Arc<Suite>>, Path((run, case, place)): Path<(usize, usize, String)>) -> Result<Json<Value>, Refusal> {
    let instance = suite.instance(run, case).ok_or_else(|| refused("there is no such case under way"))?;
    if tokio::time::timeout(UNTIL, instance.shared.reached(&place)).await.is_err() {
        instance.shared.fault(format!("nobody has come to {place:?} within {} s", UNTIL.as_secs()));
    }
    Ok(Json(json!({})))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::report;

    /// A run of some cases, one of which failed, and the others were not handed in.
    fn run(beside: bool) -> Run {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../cases");
        let suite = Suite::new(folder, "a refusal of a stream is an error of the call".to_owned()).unwrap();
        suite.start(NewRun { runner: "some".to_owned(), cannot: Cannot::new(), only: None }).unwrap();
        let mut run = suite.runs().remove(0);
        run.beside = beside;
        let first = Arc::clone(&run.cases[0]);
        run.next = 1;
        run.outcomes.push(Outcome::of(&first, Verdict::Failed(vec!["it was different".to_owned()])));
        run
    }

    #[test]
    fn what_does_not_pass_is_a_failure() {
        let (text, passed) = report(&[run(false)]);
        assert!(!passed);
        assert!(text.contains("3 failed") && text.contains("FAILED some"), "{text}");
    }

    #[test]
    fn for_information_it_is_told_and_no_failure() {
        let (text, passed) = report(&[run(true)]);
        assert!(passed);
        assert!(text.contains("1 failed, 2 not") && text.contains("it was different") && !text.contains("FAILED"), "{text}");
    }

    #[test]
    fn a_case_is_left_out_for_an_operation_that_there_is_not() {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../cases");
        let suite = Suite::new(folder, "run a task to its end".to_owned()).unwrap();
        let cannot = Cannot::from([("operation run".to_owned(), "there is none".to_owned())]);
        suite.start(NewRun { runner: "some".to_owned(), cannot, only: None }).unwrap();
        assert!(suite.runs()[0].cases.is_empty());
        assert!(!suite.runs()[0].outcomes.is_empty());
    }

    #[test]
    fn a_member_is_not_left_out_without_a_reason() {
        let suite = Suite::new(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../cases"), String::new()).unwrap();
        let cannot = Cannot::from([("member attempts".to_owned(), " ".to_owned())]);
        assert!(suite.start(NewRun { runner: "some".to_owned(), cannot, only: None }).is_err());
    }
}
