//! What takes too long for a test over HTTP: time is turned forward here.

use async_trait::async_trait;
use lightcone::tasks::StartParams;
use tokio::time::Instant;

use super::*;
use crate::computer::{Computer, ComputerError, Viewport};
use crate::model::{Brief, Model, ModelError, Next, Notes, Observation};
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
pub(crate) async fn engine(make: impl Fn(Brief) -> Stubborn + Send + Sync + 'static) -> Arc<Engine> {
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
