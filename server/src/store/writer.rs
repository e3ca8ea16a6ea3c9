//! The one who writes: collects what is to be written now, and commits it together.
//!
//! Whoever asked may be gone before it is written (a client that left, a task that was
//! called off): what was committed is known to all the same, because the writer itself
//! tells it.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::{OwnedMutexGuard, mpsc, oneshot};

use super::database::Database;
use super::live::{Entry, Live, Seen};
use super::{Keyed, StoreError, Stored};
use crate::engine::State;

/// The most writes that are committed together, and that may wait.
pub(super) const BATCH: usize = 256;

/// Something to be written.
pub(super) enum Write {
    /// A new task, unless its key is taken.
    Create { id: String, key: Option<String>, body: Value, state: State, events: Vec<Stored>, done: Done },
    /// A task's new state and the events of the change.
    Change {
        id: String,
        entry: Arc<Entry>,
        /// Held until others see the change.
        turn: OwnedMutexGuard<()>,
        state: State,
        /// Number of the first of the events.
        first: usize,
        events: Vec<Stored>,
        done: Done,
    },
}

type Done = oneshot::Sender<Result<Keyed, StoreError>>;

/// Writes until nobody can ask for it any more.
pub(super) async fn run(database: Arc<Database>, live: Arc<Live>, mut writes: mpsc::Receiver<Write>) {
    let mut batch = Vec::new();
    while writes.recv_many(&mut batch, BATCH).await > 0 {
        batch.iter().for_each(|write| write.announce(&live));
        match database.write(&batch).await {
            Ok(answers) => batch.drain(..).zip(answers).for_each(|(write, answer)| write.tell(&live, answer)),
            // One of them may be too large for the room there is: the others need not suffer.
            Err(_) if batch.len() > 1 => {
                for write in batch.drain(..) {
                    alone(&database, &live, write).await;
                }
            }
            Err(error) => batch.drain(..).for_each(|write| write.refuse(&live, error.clone())),
        }
    }
}

async fn alone(database: &Database, live: &Live, write: Write) {
    match database.write(std::slice::from_ref(&write)).await.map(|mut answers| answers.pop()) {
        Ok(answer) => write.tell(live, answer.unwrap_or(Keyed::Free)),
        Err(error) => write.refuse(live, error),
    }
}

impl Write {
    /// A task that can be read is live, so it is that a moment before.
    fn announce(&self, live: &Live) {
        if let Self::Create { id, state, events, .. } = self {
            live.enter(id.clone(), Seen { state: state.clone(), events: events.len() });
        }
    }

    /// It is written: others see it from now on.
    fn tell(self, live: &Live, answer: Keyed) {
        let done = match self {
            Self::Create { id, done, .. } => {
                if answer != Keyed::Free {
                    live.remove(&id);
                }
                done
            }
            Self::Change { id, entry, turn, state, first, events, done } => {
                let ended = state.status().is_end();
                entry.tell(Seen { state, events: first + events.len() }, events);
                if ended {
                    live.remove(&id);
                }
                drop(turn);
                done
            }
        };
        // Nobody may be waiting any more.
        let _ = done.send(Ok(answer));
    }

    fn refuse(self, live: &Live, error: StoreError) {
        if let Self::Create { id, .. } = &self {
            live.remove(id);
        }
        let (Self::Create { done, .. } | Self::Change { done, .. }) = self;
        let _ = done.send(Err(error));
    }
}
