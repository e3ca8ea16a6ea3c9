//! The tasks that have not ended, as everybody may see them: what of them is written.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as Lock, MutexGuard, PoisonError};

use tokio::sync::{Mutex, watch};

use crate::engine::State;

/// A task and its log, at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) state: State,
    /// How many events its log has.
    pub(crate) events: usize,
}

/// One task that has not ended.
pub(super) struct Entry {
    /// Held by the change that is under way: changes of one task come one after another.
    pub(super) turn: Arc<Mutex<()>>,
    seen: watch::Sender<Seen>,
}

impl Entry {
    /// What is written of the task.
    pub(super) fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// Wakes whoever watches.
    pub(super) fn tell(&self, seen: Seen) {
        self.seen.send_replace(seen);
    }

    /// Sees what is written, from now on.
    pub(super) fn watch(&self) -> watch::Receiver<Seen> {
        self.seen.subscribe()
    }
}

/// All of them, by id.
#[derive(Default)]
pub(super) struct Live {
    entries: Lock<HashMap<String, Arc<Entry>>>,
}

impl Live {
    pub(super) fn enter(&self, id: String, seen: Seen) {
        let entry = Entry { turn: Arc::default(), seen: watch::Sender::new(seen) };
        self.entries().insert(id, Arc::new(entry));
    }

    pub(super) fn get(&self, id: &str) -> Option<Arc<Entry>> {
        self.entries().get(id).cloned()
    }

    pub(super) fn remove(&self, id: &str) {
        self.entries().remove(id);
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Arc<Entry>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
