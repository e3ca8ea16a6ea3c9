//! What the server remembers: tasks, their event logs, idempotency keys, and the
//! pictures of [`screenshots`].
//!
//! All but the pictures is in one SQLite database, in the server's [`folder`] or in
//! memory. Every write is one transaction that changes a task and appends its events
//! together. Readers follow a log by number, and are woken when something is written:
//! they never see what a crash could undo, and a slow one costs no memory.

mod database;
pub(crate) mod folder;
mod live;
mod reserve;
pub(crate) mod screenshots;
mod writer;

use std::sync::Arc;

use lightcone::tasks::Event;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot, watch};

use crate::engine::{Millis, State};
use database::Database;
use folder::Folder;
use live::Live;
pub(crate) use live::Seen;
use reserve::Reserve;
use writer::Write;

/// One event of a log, rendered once. Its number is its place in the log, from 0.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    /// The `type` member.
    pub(crate) kind: String,
    /// The whole event as JSON.
    pub(crate) data: String,
}

/// One task as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) id: String,
    /// What was asked for.
    pub(crate) body: Value,
    pub(crate) state: State,
}

/// What a start with an idempotency key found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Keyed {
    /// Nothing: the key is free.
    Free,
    /// A task that was started with the same body.
    Same(String),
    /// A task that was started with another body.
    Other(String),
}

/// Why something could not be stored or read. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the disk is full: make room where the server keeps its data, or let it keep tasks for fewer days")]
    Full,
    #[error("another server uses this folder; stop it, or use another folder")]
    InUse,
    #[error("the data was written by a newer version (layout {0}); use that version, or another folder")]
    Newer(i64),
    #[error("the server is stopping")]
    Closed,
    #[error("the database failed: {0}")]
    Failed(String),
}

/// The store.
pub(crate) struct Store {
    database: Arc<Database>,
    live: Arc<Live>,
    writes: mpsc::Sender<Write>,
    reserve: Reserve,
    outlives_server: bool,
}

impl Store {
    /// Opens the database of this folder and takes up what is in it.
    pub(crate) async fn open(folder: &Folder) -> Result<Self, StoreError> {
        let file = folder.database();
        let database = Arc::new(Database::open(file.as_deref()).await?);
        let live = Arc::new(Live::default());
        for Record { id, state, .. } in database.unfinished().await? {
            let events = database.count(&id).await?;
            live.enter(id, Seen { state, events });
        }
        let (writes, queue) = mpsc::channel(writer::BATCH);
        tokio::spawn(writer::run(Arc::clone(&database), Arc::clone(&live), queue));
        Ok(Self { database, live, writes, reserve: Reserve::new(folder.reserve()), outlives_server: file.is_some() })
    }

    /// Whether another server finds what this one leaves behind.
    pub(crate) fn outlives_server(&self) -> bool {
        self.outlives_server
    }

    /// Lets go of the database. Everything fails from now on.
    pub(crate) async fn close(&self) {
        self.database.close().await;
    }

    /// What the key names, for a start with this body.
    pub(crate) async fn keyed(&self, key: &str, body: &Value) -> Result<Keyed, StoreError> {
        self.database.keyed(key, body).await
    }

    /// Adds a task with its key and first events, unless the key is taken meanwhile: then nothing is
    /// added and the answer says by what.
    pub(crate) async fn create(&self, id: &str, key: Option<&str>, body: Value, state: State, log: &[Event]) -> Result<Keyed, StoreError> {
        let (id, key, events) = (id.to_owned(), key.map(str::to_owned), log.iter().map(Stored::from).collect());
        let created = self.write(|done| Write::Create { id, key, body, state, events, done }).await;
        if created.is_ok() {
            self.reserve.set_aside();
        }
        created
    }

    /// Makes room on a full disk for the end of a task; `false` when nothing is left for that.
    pub(crate) fn spend_reserve(&self) -> bool {
        self.reserve.spend()
    }

    /// One task; `None` for an unknown one.
    pub(crate) async fn record(&self, id: &str) -> Result<Option<Record>, StoreError> {
        self.database.record(id).await
    }

    /// The tasks that have not ended, oldest first.
    pub(crate) async fn unfinished(&self) -> Result<Vec<Record>, StoreError> {
        self.database.unfinished().await
    }

    /// The newest tasks first, at most `limit`: those of that status, those started before that one.
    pub(crate) async fn list(&self, status: Option<&str>, after: Option<&str>, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.database.list(status, after, limit).await
    }

    /// Forgets the tasks that ended before that time, and returns their ids.
    pub(crate) async fn prune(&self, before: Millis) -> Result<Vec<String>, StoreError> {
        self.database.prune(before).await
    }

    /// Gives the room of what was forgotten back to the disk.
    pub(crate) async fn shrink(&self) -> Result<(), StoreError> {
        self.database.shrink().await
    }

    /// Changes a task and appends the events of the change, both or neither seen by
    /// others; `None` for an unknown task.
    pub(crate) async fn change<T>(&self, id: &str, change: impl FnOnce(&mut State, &mut Vec<Event>) -> T) -> Result<Option<T>, StoreError> {
        let mut log = Vec::new();
        let Some(entry) = self.live.get(id) else {
            // It has ended, and nothing changes any more; or it never was.
            let record = self.record(id).await?;
            return Ok(record.map(|mut record| change(&mut record.state, &mut log)));
        };
        let turn = Arc::clone(&entry.turn).lock_owned().await;
        let Seen { state: before, events: first } = entry.seen();
        let mut state = before.clone();
        let answer = change(&mut state, &mut log);
        if !log.is_empty() || state != before {
            let (id, events) = (id.to_owned(), log.iter().map(Stored::from).collect());
            self.write(|done| Write::Change { id, entry, turn, state, first, events, done }).await?;
        }
        Ok(Some(answer))
    }

    /// The events from number `from` on, at most `limit`, and no more than about a
    /// megabyte at once; none for an unknown task.
    pub(crate) async fn events(&self, id: &str, from: usize, limit: usize) -> Result<Vec<Arc<Stored>>, StoreError> {
        if let Some(events) = self.live.get(id).and_then(|entry| entry.recent(from, limit)) {
            return Ok(events);
        }
        self.database.events(id, from, limit).await
    }

    /// The task as it is now, woken at every change from now on; `None` for an unknown task.
    pub(crate) async fn watch(&self, id: &str) -> Result<Option<watch::Receiver<Seen>>, StoreError> {
        if let Some(entry) = self.live.get(id) {
            return Ok(Some(entry.watch()));
        }
        let Some(Record { state, .. }) = self.record(id).await? else { return Ok(None) };
        let events = self.database.count(id).await?;
        Ok(Some(watch::channel(Seen { state, events }).1))
    }

    /// Returns once the task's state is as asked for, or the task has ended or is unknown.
    pub(crate) async fn until(&self, id: &str, is_so: impl Fn(&State) -> bool) {
        let Some(entry) = self.live.get(id) else { return };
        let mut changes = entry.watch();
        drop(entry);
        // Fails when the task has ended.
        let _ = changes.wait_for(|seen| is_so(&seen.state)).await;
    }

    async fn write(&self, write: impl FnOnce(oneshot::Sender<Result<Keyed, StoreError>>) -> Write) -> Result<Keyed, StoreError> {
        let (done, written) = oneshot::channel();
        self.writes.send(write(done)).await.map_err(|_| StoreError::Closed)?;
        written.await.map_err(|_| StoreError::Closed)?
    }
}

impl From<&Event> for Stored {
    fn from(event: &Event) -> Self {
        Self { kind: event.kind().unwrap_or_default().to_owned(), data: event.to_json().to_string() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        /// SQLite's code for a full disk or database, see its list of result codes.
        const FULL: &str = "13";
        const BUSY: [&str; 2] = ["5", "261"];
        match error.as_database_error().and_then(|error| error.code()).as_deref() {
            Some(FULL) => Self::Full,
            Some(code) if BUSY.contains(&code) => Self::InUse,
            _ => Self::Failed(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
