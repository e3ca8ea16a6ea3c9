//! What takes too long for a test over HTTP: time is turned forward here.

use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;
use lightcone::tasks::StartParams;
use tokio::time::Instant;

use super::*;
use crate::computer::{Computer, ComputerError, Viewport};
use crate::model::{Brief, Model, ModelError, Next, Note, Notes, Observation, Usage};
use crate::store::folder::{Data, Folder};

struct NoComputers;

#[async_trait]
impl Computers for NoComputers {
    async fn launch(&self, _: String, _: Viewport, _: Option<&std::path::Path>) -> Result<Box<dyn Computer>, ComputerError> {
        Err(ComputerError::Unavailable("there are none".into()))
    }
}

/// Always decides the same, or nothing for ever.
pub(crate) struct Stubborn(Option<Next>);

#[async_trait]
impl Model for Stubborn {
    fn name(&self) -> &str {
        "stubborn"
    }

    fn needs_computer(&self) -> bool {
        false
    }

    async fn decide(&mut self, _: Observation<'_>, _: &Notes) -> Result<Next, ModelError> {
        match self.0.clone() {
            Some(next) => Ok(next),
            None => std::future::pending().await,
        }
    }
}

/// An engine with one model and no computers, in memory.
pub(crate) async fn engine<M: Model + 'static>(make: impl Fn(Brief) -> M + Send + Sync + 'static) -> Arc<Engine> {
    let folder = Folder::open(&Data::Memory).unwrap();
    let screenshots = Screenshots::new(None, &folder).unwrap();
    let store = Store::open(&folder).await.unwrap();
    let parts = Parts {
        computers: Arc::new(NoComputers),
        models: Models::new("stubborn", make),
        pace: Duration::ZERO,
        max_concurrent: 1,
        max_queued: 1,
        keep: None,
        screenshots,
        secrets: Secrets::default(),
        folder,
    };
    Engine::open(parts, store).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_task_of_which_nothing_comes_ends() {
    for next in [None, Some(Next::Wait(1000)), Some(Next::Wait(0)), Some(Next::Act(Vec::new())), Some(Next::Wait(u64::MAX))] {
        let decides = next.clone();
        let engine = engine(move |_| Stubborn(decides.clone())).await;
        let began = Instant::now();
        let task = engine.start(StartParams::new("wait"), Value::Null).await.unwrap();
        engine.store.until(&task.id, |task| task.status().is_end()).await;
        let minutes = began.elapsed().as_secs() / 60;
        assert_eq!(minutes, 10, "{next:?}");
        let last = engine.store.events(&task.id, 1, 10).await.unwrap().pop().unwrap();
        let text = &last.data;
        assert!(text.contains("\"failed\"") && text.contains("\"stalled\""), "{text}");
        engine.shut_down().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_no_stall() {
    let engine = engine(|_| Stubborn(Some(Next::Wait(1000)))).await;
    let task = engine.start(StartParams::new("wait"), Value::Null).await.unwrap();
    engine.pause(&task.id).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    engine.resume(&task.id).await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(engine.task(&task.id).await.unwrap().state.status(), Status::Running);
    engine.shut_down().await;
}

#[tokio::test]
async fn a_stopping_engine_starts_nothing() {
    let engine = engine(|_| Stubborn(None)).await;
    engine.shut_down().await;
    let refused = engine.start(StartParams::new("wait"), Value::Null).await.unwrap_err();
    assert_eq!(refused, Refusal::Stopping);
}

/// What a model tells, and then says; `None` when it never comes to a decision.
type Turn = (Vec<Note>, Option<Result<Next, ModelError>>);

/// When it was asked, and with which messages.
type Asked = (Instant, Vec<String>);

/// Plays turns, and remembers how it was asked.
#[derive(Clone, Default)]
struct Actor {
    turns: Arc<Mutex<VecDeque<Turn>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// Held once more while it decides.
    deciding: Arc<()>,
}

impl Actor {
    async fn engine(turns: impl IntoIterator<Item = Turn>) -> (Self, Arc<Engine>) {
        let actor = Self { turns: Arc::new(Mutex::new(turns.into_iter().collect())), ..Self::default() };
        let plays = actor.clone();
        (actor, engine(move |_| plays.clone()).await)
    }

    async fn is_asked(&self, times: usize) {
        while self.asked.lock().unwrap().len() < times {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

#[async_trait]
impl Model for Actor {
    fn name(&self) -> &str {
        "actor"
    }

    fn needs_computer(&self) -> bool {
        false
    }

    async fn decide(&mut self, seen: Observation<'_>, notes: &Notes) -> Result<Next, ModelError> {
        let _deciding = Arc::clone(&self.deciding);
        self.asked.lock().unwrap().push((Instant::now(), seen.messages.to_vec()));
        let (told, said) = self.turns.lock().unwrap().pop_front().unwrap();
        told.into_iter().for_each(|note| notes.tell(note));
        match said {
            Some(said) => said,
            None => std::future::pending().await,
        }
    }
}

fn failing(retry_after: Option<u64>) -> Turn {
    let retry_after = retry_after.map(Duration::from_secs);
    (Vec::new(), Some(Err(ModelError { message: "too many requests".into(), retryable: true, retry_after })))
}

fn finishing() -> Turn {
    (Vec::new(), Some(Ok(Next::Finish("done".into()))))
}

async fn kinds(engine: &Engine, id: &str) -> Vec<String> {
    engine.store.events(id, 0, 100).await.unwrap().iter().map(|event| event.kind.clone()).collect()
}

/// Polls until there is such an event.
async fn until_told(engine: &Engine, id: &str, kind: &str) {
    while !kinds(engine, id).await.iter().any(|told| told == kind) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_pause_ends_a_decision_under_way_which_is_asked_for_anew() {
    let pondering = (vec![Note::Progress("well".into())], None);
    let (actor, engine) = Actor::engine([(vec![], Some(Ok(Next::Wait(60_000)))), pondering, finishing()]).await;
    let task = engine.start(StartParams::new("ponder"), Value::Null).await.unwrap();
    actor.is_asked(1).await;
    engine.inject(&task.id, "first".into()).await.unwrap();
    actor.is_asked(2).await;
    // Told while it decides, not after.
    until_told(&engine, &task.id, "progress_update").await;
    let held = Arc::strong_count(&actor.deciding);
    engine.pause(&task.id).await.unwrap();
    until_told(&engine, &task.id, "paused").await;
    assert_eq!(Arc::strong_count(&actor.deciding), held - 1, "the decision is dropped");
    engine.inject(&task.id, "second".into()).await.unwrap();
    engine.resume(&task.id).await.unwrap();
    engine.store.until(&task.id, |task| task.status().is_end()).await;
    let asked: Vec<Vec<String>> = actor.asked.lock().unwrap().iter().map(|(_, messages)| messages.clone()).collect();
    assert_eq!(asked, [vec![], vec!["first".to_owned()], vec!["first".to_owned(), "second".to_owned()]]);
    let expected = ["started", "message_injected", "progress_update", "paused", "message_injected", "resumed", "completed"];
    assert_eq!(kinds(&engine, &task.id).await, expected);
    engine.shut_down().await;
}

#[tokio::test(start_paused = true)]
async fn a_model_is_not_asked_again_before_it_wants_to_be() {
    let turns = [failing(Some(7)), failing(Some(3600)), failing(None), failing(Some(1)), finishing()];
    let (actor, engine) = Actor::engine(turns).await;
    let task = engine.start(StartParams::new("hurry"), Value::Null).await.unwrap();
    engine.store.until(&task.id, |task| task.status().is_end()).await;
    let times: Vec<Instant> = actor.asked.lock().unwrap().iter().map(|(time, _)| *time).collect();
    let waits: Vec<u64> = times.windows(2).map(|pair| (pair[1] - pair[0]).as_secs()).collect();
    // A minute at most, and never less than without its wish.
    assert_eq!(waits, [7, 60, 3, 8]);
    assert_eq!(kinds(&engine, &task.id).await, ["started", "error", "error", "error", "error", "completed"]);
    engine.shut_down().await;
}

#[tokio::test]
async fn what_the_calls_of_a_model_take_adds_up() {
    let usage = |cost| Note::Usage(Usage { input_tokens: 100, cached_tokens: 60, output_tokens: 5, cost });
    let turns = [
        (vec![usage(Some(0.25)), usage(None)], Some(Ok(Next::Wait(0)))),
        (vec![usage(Some(0.5))], failing(None).1),
        (vec![], Some(Ok(Next::Finish("done".into())))),
    ];
    let (_, engine) = Actor::engine(turns).await;
    let task = engine.start(StartParams::new("count"), Value::Null).await.unwrap();
    engine.store.until(&task.id, |task| task.status().is_end()).await;
    let state = engine.task(&task.id).await.unwrap().state;
    assert_eq!(state.usage(), Some(Usage { input_tokens: 300, cached_tokens: 180, output_tokens: 15, cost: Some(0.75) }));
    engine.shut_down().await;
}
