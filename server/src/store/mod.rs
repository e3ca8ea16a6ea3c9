//! What the server remembers: tasks, their event logs, idempotency keys, and the
//! pictures of [`screenshots`].
//!
//! In memory. Every write is one call that changes a task and appends its events
//! together; readers follow a log by number and are woken by a counter, so a slow
//! one costs no memory.

pub(crate) mod screenshots;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use lightcone::tasks::Event;
use serde_json::Value;
use tokio::sync::watch;

use crate::engine::State;

/// One event of a log, rendered once. Its number is its place in the log, from 0.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    /// The `type` member.
    pub(crate) kind: String,
    /// The whole event as JSON.
    pub(crate) data: Bytes,
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

struct Entry {
    body: Value,
    state: State,
    events: Vec<Stored>,
    /// Counts the changes, to wake whoever waits for one.
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct Tables {
    tasks: HashMap<String, Entry>,
    /// From key to task.
    keys: HashMap<String, String>,
}

/// The store.
#[derive(Default)]
pub(crate) struct Store {
    tables: Mutex<Tables>,
}

impl Store {
    /// What the key names, for a start with this body.
    pub(crate) async fn keyed(&self, key: &str, body: &Value) -> Keyed {
        self.tables().keyed(key, body)
    }

    /// Adds a task and its key, unless the key is taken meanwhile: then nothing is
    /// added and the answer says by what.
    pub(crate) async fn create(&self, id: &str, key: Option<&str>, body: Value, state: State) -> Keyed {
        let mut tables = self.tables();
        if let Some(key) = key {
            match tables.keyed(key, &body) {
                Keyed::Free => tables.keys.insert(key.to_owned(), id.to_owned()),
                taken => return taken,
            };
        }
        let entry = Entry { body, state, events: Vec::new(), changes: watch::Sender::new(0) };
        tables.tasks.insert(id.to_owned(), entry);
        Keyed::Free
    }

    /// The state of a task; `None` for an unknown one.
    pub(crate) async fn state(&self, id: &str) -> Option<State> {
        self.tables().tasks.get(id).map(|entry| entry.state.clone())
    }

    /// Changes a task and appends the events of the change, both or neither seen by
    /// others; `None` for an unknown task.
    pub(crate) async fn change<T>(&self, id: &str, change: impl FnOnce(&mut State, &mut Vec<Event>) -> T) -> Option<T> {
        let mut tables = self.tables();
        let entry = tables.tasks.get_mut(id)?;
        let mut log = Vec::new();
        let answer = change(&mut entry.state, &mut log);
        entry.events.extend(log.iter().map(Stored::from));
        entry.changes.send_modify(|changes| *changes += 1);
        Some(answer)
    }

    /// The events from number `from` on, at most `limit`; none for an unknown task.
    pub(crate) async fn events(&self, id: &str, from: usize, limit: usize) -> Vec<Stored> {
        let tables = self.tables();
        let events = tables.tasks.get(id).map(|entry| entry.events.as_slice()).unwrap_or_default();
        events.iter().skip(from).take(limit).cloned().collect()
    }

    /// Wakes at every change from now on; `None` for an unknown task.
    pub(crate) async fn watch(&self, id: &str) -> Option<watch::Receiver<u64>> {
        self.tables().tasks.get(id).map(|entry| entry.changes.subscribe())
    }

    /// Returns once the task's state is as asked for, or the task is unknown.
    pub(crate) async fn until(&self, id: &str, is_so: impl Fn(&State) -> bool) {
        let Some(mut changes) = self.watch(id).await else { return };
        loop {
            changes.borrow_and_update();
            let wait = self.tables().tasks.get(id).is_some_and(|entry| !is_so(&entry.state));
            if !wait || changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Nothing panics while the lock is held but a transition with a bug in it, and
    /// one task's bug must not take down all others.
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn keyed(&self, key: &str, body: &Value) -> Keyed {
        let Some(id) = self.keys.get(key) else { return Keyed::Free };
        match self.tasks.get(id) {
            Some(entry) if entry.body == *body => Keyed::Same(id.clone()),
            _ => Keyed::Other(id.clone()),
        }
    }
}

impl From<&Event> for Stored {
    fn from(event: &Event) -> Self {
        Self { kind: event.kind().unwrap_or_default().to_owned(), data: event.to_json().to_string().into() }
    }
}
