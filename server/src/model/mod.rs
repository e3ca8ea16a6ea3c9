//! A model decides what the agent does next.
//!
//! One trait for all: the engine shows it an [`Observation`] and carries out the
//! [`Decision`]. A model is made per task and keeps what it wants to remember.

mod registry;
pub mod rules;
pub mod scripted;
mod vocabulary;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};

pub use registry::Models;

use crate::computer::{Action, Page, Viewport};

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
    /// A `not_understood` event: an injected message that could not be used.
    NotUnderstood(String),
    /// An event as it is, `type` included (scripted models).
    Event(Map<String, Value>),
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

/// A model's answer to one observation.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Told before anything is done.
    pub notes: Vec<Note>,
    /// What to do.
    pub next: Next,
}

/// The model itself failed (not the task): unreachable, over its limit, broken.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ModelError {
    /// For people.
    pub message: String,
    /// Whether asking again could help.
    pub retryable: bool,
}

/// Decides, step by step, for one task.
#[async_trait]
pub trait Model: Send {
    /// The name that `started` and the status tell.
    fn name(&self) -> &str;

    /// Whether it wants a screen to look at; without one no computer is started.
    fn needs_computer(&self) -> bool;

    /// Decides what to do next. May be dropped at any await point.
    ///
    /// Of a plan of several actions only the first is sure to be done: a pause, a
    /// message or a failed action drops the rest. A model that said it is done is
    /// asked once more when a message came in meanwhile. A task ends `failed` when for
    /// 10 minutes neither an action nor a note came of it.
    async fn decide(&mut self, seen: Observation<'_>) -> Result<Decision, ModelError>;
}
