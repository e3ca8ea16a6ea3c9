//! The tasks that have not ended, as everybody may see them: what of them is written.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex as Lock, MutexGuard, PoisonError};

use tokio::sync::{Mutex, watch};

use super::Stored;
use crate::engine::State;

/// How much of a log is kept at hand, in bytes; the newest event may be longer.
const AT_HAND: usize = 128 * 1024;

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
    newest: Lock<Newest>,
}

/// The newest events of a log. Who follows a task reads these, so that many who do cost no
/// more than one; who is behind reads the database.
struct Newest {
    /// Number of the first of them.
    first: usize,
    events: VecDeque<Arc<Stored>>,
    bytes: usize,
}

impl Newest {
    fn push(&mut self, event: Stored) {
        self.bytes += event.data.len();
        self.events.push_back(Arc::new(event));
        while self.bytes > AT_HAND && self.events.len() > 1 {
            self.first += 1;
            self.bytes -= self.events.pop_front().map_or(0, |oldest| oldest.data.len());
        }
    }
}

impl Entry {
    /// What is written of the task.
    pub(super) fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// Wakes whoever watches: these events are written, and this is what they led to.
    pub(super) fn tell(&self, seen: Seen, events: Vec<Stored>) {
        let mut newest = self.newest();
        events.into_iter().for_each(|event| newest.push(event));
        drop(newest);
        self.seen.send_replace(seen);
    }

    /// The events from number `from` on, at most `limit`; `None` where they are not at hand.
    pub(super) fn recent(&self, from: usize, limit: usize) -> Option<Vec<Arc<Stored>>> {
        let newest = self.newest();
        let skipped = from.checked_sub(newest.first).filter(|skipped| *skipped < newest.events.len())?;
        Some(newest.events.iter().skip(skipped).take(limit).cloned().collect())
    }

    fn newest(&self) -> MutexGuard<'_, Newest> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
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
        let newest = Newest { first: seen.events, events: VecDeque::new(), bytes: 0 };
        let entry = Entry { turn: Arc::default(), seen: watch::Sender::new(seen), newest: Lock::new(newest) };
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
