//! Runs tasks: starts them, steers them, ends them.

mod agent;
mod computers;
mod event;
mod mask;
mod prune;
mod queue;
mod restart;
mod runner;
mod saved;
mod spec;
mod state;

use std::sync::Arc;
use std::time::Duration;

use lightcone::tasks::{Event, OnMissingComputer, StartParams};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use computers::{LiveComputers, NotHad, Wanted};
use event::event;
pub use prune::prune_folder;
pub(crate) use queue::default_places;
use queue::{Places, Turn};
use saved::SavedComputers;
use spec::Spec;
pub(crate) use state::{End, Ended, Millis, STATUSES, State, Status};

use crate::computer::Computers;
use crate::model::Models;
use crate::secrets::Secrets;
use crate::store::folder::Folder;
use crate::store::screenshots::Screenshots;
use crate::store::{Keyed, Record, Store, StoreError};

/// How long a cancel waits for the end of its task: longer than its computer may take.
const CANCEL_LIMIT: Duration = Duration::from_secs(15);

/// Why a call was turned down; nothing has changed then.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("there is no task {0:?}; use the task_id that the start answered")]
    UnknownTask(String),
    #[error("task {id:?} has ended ({status}); only a queued, running or paused task can be steered")]
    Ended { id: String, status: Status },
    #[error("the idempotency_key was used with another body for task {0:?}; send the same body, or use a new key")]
    KeyReused(String),
    #[error("another task is on computer {0:?}; wait for its end, or leave computer_id out")]
    ComputerBusy(String),
    #[error("no computer with the id {0:?} is live or saved; leave computer_id out, or set on_missing_computer to \"create_new\"")]
    UnknownComputer(String),
    #[error("no state is saved under the environment_id {0:?}; use the computer_id of a persistent task that has ended")]
    UnknownEnvironment(String),
    #[error("Concurrent limit reached: {computers} computers are in use and {waiting} tasks wait for one; try again later, or cancel some")]
    Full { computers: usize, waiting: usize },
    #[error("the server is stopping and starts no more tasks")]
    Stopping,
    #[error("the task could not be stored or read: {0}")]
    Store(#[from] StoreError),
}

/// The answer to a start.
#[derive(Debug)]
pub(crate) struct StartedTask {
    pub(crate) id: String,
    pub(crate) status: Status,
    /// The idempotency key named a task that was there already.
    pub(crate) reused: bool,
}

/// What the engine is made of.
pub(crate) struct Parts {
    pub(crate) computers: Arc<dyn Computers>,
    pub(crate) models: Models,
    pub(crate) pace: Duration,
    /// How many computers there may be at once, and how many tasks may wait for one.
    pub(crate) max_concurrent: usize,
    pub(crate) max_queued: usize,
    pub(crate) screenshots: Screenshots,
    pub(crate) secrets: Secrets,
    /// How long a task is remembered after its end; `None` for ever.
    pub(crate) keep: Option<Duration>,
    /// Where the server keeps what outlives it.
    pub(crate) folder: Folder,
}

/// Every task of one server.
pub(crate) struct Engine {
    pub(crate) store: Store,
    parts: Parts,
    live: Arc<LiveComputers>,
    places: Places,
    /// Everything that must be over before the server is.
    tracker: TaskTracker,
    closing: CancellationToken,
}

impl Engine {
    /// With what an earlier server left in the store taken up.
    pub(crate) async fn open(parts: Parts, store: Store) -> Result<Arc<Self>, StoreError> {
        let (tracker, closing) = (TaskTracker::new(), CancellationToken::new());
        let saved = SavedComputers::new(parts.folder.computers());
        let live = LiveComputers::new(saved, tracker.clone(), closing.clone());
        let places = Places::new(parts.max_concurrent, parts.max_queued);
        let engine = Arc::new(Self { store, parts, live, places, tracker, closing });
        restart::take_up(&engine).await?;
        if let Some(keep) = engine.parts.keep {
            engine.tracker.spawn(prune::from_time_to_time(Arc::clone(&engine), keep));
        }
        Ok(engine)
    }

    /// Cancelled when the server ends.
    pub(crate) fn closing(&self) -> CancellationToken {
        self.closing.clone()
    }

    /// The pictures.
    pub(crate) fn screenshots(&self) -> &Screenshots {
        &self.parts.screenshots
    }

    /// Starts a task. `body` is what was asked for, to tell a repeated start from another one.
    pub(crate) async fn start(self: &Arc<Self>, mut params: StartParams, mut body: Value) -> Result<StartedTask, Refusal> {
        if self.parts.secrets.hide_in_json(&mut body) {
            params = StartParams::deserialize(&body).unwrap_or(params);
        }
        let engine = Arc::clone(self);
        // Whoever asked may leave meanwhile: a task that is stored must also run.
        let started = self.tracker.spawn(async move { engine.admit(params, body).await });
        started.await.unwrap_or_else(|error| match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Refusal::Stopping),
        })
    }

    async fn admit(self: &Arc<Self>, params: StartParams, body: Value) -> Result<StartedTask, Refusal> {
        let key = params.idempotency_key.clone();
        if let Some(key) = &key
            && let Some(task) = self.reuse(self.store.keyed(key, &body).await?).await?
        {
            return Ok(task);
        }
        if self.closing.is_cancelled() {
            return Err(Refusal::Stopping);
        }
        let spec = Spec::from(params);
        if let Some(id) = &spec.environment_id
            && self.live.saved().find(id).is_none()
        {
            return Err(Refusal::UnknownEnvironment(id.clone()));
        }
        let mut computer = self.wanted_computer(&spec)?;
        let id = format!("task_{}", Uuid::new_v4().simple());
        let model = runner::choose_model(self, &spec);
        let needs_place = !matches!(computer, Wanted::Live(_)) && model.as_ref().is_ok_and(|model| model.needs_computer());
        let turn = if needs_place { Some(self.places.ask()?) } else { None };
        let mut log = Vec::new();
        let state = match turn {
            Some(Turn::Later(_)) => State::queued(id.clone(), spec.max_steps, &mut log),
            _ => State::new(id.clone(), spec.max_steps),
        };
        let status = state.status();
        let created = self.store.create(&id, key.as_deref(), body, state, &log).await;
        if created != Ok(Keyed::Free) {
            // Somebody was faster with the same key, or it could not be stored.
            computer.give_back();
        }
        if let Some(task) = self.reuse(created?).await? {
            return Ok(task);
        }
        self.tracker.spawn(runner::run(Arc::clone(self), id.clone(), spec, model, computer, turn));
        Ok(StartedTask { id, status, reused: false })
    }

    async fn reuse(&self, found: Keyed) -> Result<Option<StartedTask>, Refusal> {
        match found {
            Keyed::Free => Ok(None),
            Keyed::Other(id) => Err(Refusal::KeyReused(id)),
            Keyed::Same(id) => {
                let status = self.task(&id).await?.state.status();
                Ok(Some(StartedTask { id, status, reused: true }))
            }
        }
    }

    /// The computer a task asks for: from now on no other task can have it.
    fn wanted_computer(&self, spec: &Spec) -> Result<Wanted, Refusal> {
        let Some(id) = &spec.computer_id else { return Ok(Wanted::Fresh) };
        let saved = || spec.restores() && self.live.saved().find(id).is_some();
        match self.live.take(id) {
            Ok(lease) => Ok(Wanted::Live(lease)),
            Err(NotHad::Busy) => Err(Refusal::ComputerBusy(id.clone())),
            Err(NotHad::Missing) if saved() && spec.environment_id.is_none() => {
                self.live.claim(id).map(Wanted::Saved).map_err(|_| Refusal::ComputerBusy(id.clone()))
            }
            Err(NotHad::Missing) if saved() || spec.on_missing_computer == OnMissingComputer::CreateNew => Ok(Wanted::Fresh),
            Err(NotHad::Missing) => Err(Refusal::UnknownComputer(id.clone())),
        }
    }

    /// One task.
    pub(crate) async fn task(&self, id: &str) -> Result<Record, Refusal> {
        self.store.record(id).await?.ok_or_else(|| Refusal::UnknownTask(id.to_owned()))
    }

    /// Holds a task at its next step.
    pub(crate) async fn pause(&self, id: &str) -> Result<(), Refusal> {
        steered(id, self.store.change(id, |task, _| task.pause()).await?)
    }

    /// Lets a paused task go on, or wait on; returns which.
    pub(crate) async fn resume(&self, id: &str) -> Result<Status, Refusal> {
        let resume = |task: &mut State, log: &mut Vec<Event>| task.resume("user", log).map(|()| task.status());
        steered(id, self.store.change(id, resume).await?)
    }

    /// Gives a task a message.
    pub(crate) async fn inject(&self, id: &str, mut message: String) -> Result<(), Refusal> {
        self.parts.secrets.hide_in(&mut message);
        steered(id, self.store.change(id, |task, log| task.inject(message, log)).await?)
    }

    /// Calls a task off, and returns once it has ended: its computer is free or its state
    /// saved by then. When that takes long it ends later, with this server or the next one.
    pub(crate) async fn cancel(&self, id: &str) -> Result<(), Refusal> {
        steered(id, self.store.change(id, |task, _| task.cancel()).await?)?;
        let ended = self.store.until(id, |task| task.status().is_end());
        if timeout(CANCEL_LIMIT, ended).await.is_err() {
            return Ok(());
        }
        match self.task(id).await?.state.status() {
            Status::Cancelled => Ok(()),
            // It came to another end meanwhile.
            status => Err(Refusal::Ended { id: id.to_owned(), status }),
        }
    }

    /// Forgets the tasks that ended so long ago or longer; returns how many.
    pub(crate) async fn prune(&self, age: Duration) -> Result<usize, StoreError> {
        prune::prune(&self.store, self.screenshots(), self.live.saved(), age).await
    }

    /// Ends every task and closes every computer: each task's runner and each kept
    /// computer listens for it.
    pub(crate) async fn shut_down(&self) {
        self.closing.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

fn steered<T>(id: &str, answer: Option<Result<T, Ended>>) -> Result<T, Refusal> {
    match answer {
        Some(Ok(answer)) => Ok(answer),
        Some(Err(Ended(status))) => Err(Refusal::Ended { id: id.to_owned(), status }),
        None => Err(Refusal::UnknownTask(id.to_owned())),
    }
}

#[cfg(test)]
pub(crate) mod tests;
