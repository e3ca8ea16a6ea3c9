//! A model decides what the agent does next.
//!
//! One trait for all: the engine shows it an [`Observation`] and carries out what is
//! [`Next`]. A model is made per task and keeps what it wants to remember.

mod adapter;
mod config;
mod connection;
mod describe;
mod driver;
mod picture;
mod reference;
mod registry;
pub mod rules;
pub mod scripted;
mod transport;
mod vocabulary;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::mpsc;

pub use config::{Chosen, Config, ConfigError};
pub use connection::{Connection, Prices, Settings};
pub use reference::{Reference, ReferenceError};
pub use registry::Models;

use crate::computer::{Action, Page, Viewport};
use crate::secrets::Placeholder;

/// What a model is told of its task before the first step.
#[derive(Clone, Debug)]
pub struct Brief {
    /// What the person asked for.
    pub instruction: String,
    /// The earlier conversation, oldest first, as (role, content).
    pub context: Vec<(String, String)>,
    /// Text to be added to the system message.
    pub system_prompt: Option<String>,
    /// How freely to choose; the task's own or the server's default.
    pub temperature: f64,
    /// Whether text is to be told piece by piece while it comes ([`Note::Progress`]).
    pub stream_deltas: bool,
    /// What it may have typed without seeing it: the server's secrets.
    pub secrets: Vec<Placeholder>,
    /// The most actions that may be done.
    pub max_steps: u64,
    /// The size of the screen.
    pub viewport: Viewport,
}

/// What is seen before one decision.
pub struct Observation<'a> {
    /// Number of the step to come, from 1.
    pub step: u64,
    /// The screen as PNG; `None` for a model that needs no computer.
    pub screenshot: Option<&'a Arc<Vec<u8>>>,
    /// The page; `None` for a model that needs no computer.
    pub page: Option<&'a Page>,
    /// Messages injected since the last decision, oldest first.
    pub messages: &'a [String],
    /// Why the last planned action could not be done, if it could not.
    pub last_error: Option<&'a str>,
}

/// Something for the event stream that is neither an action nor an end.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// A `progress_update` event.
    Progress(String),
    /// An `error` event, after which the task goes on.
    Error(String),
    /// What a call of the model took; the status tells the sum.
    Usage(Usage),
    /// A `not_understood` event: an injected message that could not be used.
    NotUnderstood(String),
    /// An event as it is, `type` included (scripted models).
    Event(Map<String, Value>),
}

/// What calls of a model took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read, those from a cache among them.
    pub input_tokens: u64,
    /// Of these, tokens from a cache.
    pub cached_tokens: u64,
    /// Tokens written, those of thinking among them.
    pub output_tokens: u64,
    /// What it costs, in the currency of the user's prices; `None` without prices.
    pub cost: Option<f64>,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, more: Self) {
        self.input_tokens = self.input_tokens.saturating_add(more.input_tokens);
        self.cached_tokens = self.cached_tokens.saturating_add(more.cached_tokens);
        self.output_tokens = self.output_tokens.saturating_add(more.output_tokens);
        self.cost = match (self.cost, more.cost) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        };
    }
}

/// Where a model tells, while it decides, what is neither an action nor an end.
#[derive(Clone, Debug)]
pub struct Notes(mpsc::UnboundedSender<Note>);

impl Notes {
    /// With the other end, where they come out in order.
    pub fn channel() -> (Self, mpsc::UnboundedReceiver<Note>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// Tells it at once. What nobody listens to any more is dropped.
    pub fn tell(&self, note: Note) {
        let _ = self.0.send(note);
    }
}

/// One action and why it was chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// What to do.
    pub action: Action,
    /// For people: what it is aimed at and why that one.
    pub description: String,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Do these in order, each a step of its own, then look again.
    Act(Vec<Planned>),
    /// Nothing this time; look again (after a wait of so many milliseconds).
    Wait(u64),
    /// What it said was no action: a step is spent, and the text, which says why, becomes
    /// an `error` event and the next [`Observation::last_error`].
    Miss(String),
    /// The task is done; the text is its result.
    Finish(String),
    /// The task cannot be done.
    GiveUp {
        /// A word for programs: `not_understood`, `not_found`, ...
        error_code: String,
        /// For people.
        result: String,
        /// Whether the same task could succeed another time.
        retryable: bool,
    },
}

/// The model itself failed (not the task): unreachable, over its limit, broken.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ModelError {
    /// For people.
    pub message: String,
    /// Whether asking again could help.
    pub retryable: bool,
    /// The least time to wait before that, if it was said.
    pub retry_after: Option<Duration>,
}

/// Decides, step by step, for one task.
#[async_trait]
pub trait Model: Send {
    /// The name that `started` and the status tell.
    fn name(&self) -> &str;

    /// Whether it wants a screen to look at; without one no computer is started.
    fn needs_computer(&self) -> bool;

    /// Decides what to do next. May be dropped at any await point (a pause and a cancel
    /// do so), and is then asked anew with what it was shown before and what came since.
    ///
    /// Of a plan of several actions only the first is sure to be done: a pause, a
    /// message or a failed action drops the rest. A model that said it is done is
    /// asked once more when a message came in meanwhile. A task ends `failed` when for
    /// 10 minutes neither an action nor a note came of it.
    async fn decide(&mut self, seen: Observation<'_>, notes: &Notes) -> Result<Next, ModelError>;
}
