//! What each API of models speaks: a conversation into a request, an answer into calls.
//!
//! An [`Adapter`] is pure: it keeps nothing and waits for nothing. The
//! [`driver`](super::driver) keeps the conversation, the
//! [`transport`](super::transport) carries requests and answers.

pub(crate) mod anthropic;
pub(crate) mod chat;
pub(crate) mod command;
mod completions;
mod functions;
pub(crate) mod northstar;
pub(crate) mod responses;
#[cfg(test)]
mod sample;
pub(crate) mod uitars;

use std::fmt;

use serde_json::Value;

use super::Usage;
use super::driver::Conversation;
use super::vocabulary::{Said, Unclear};
use crate::computer::{Page, Point, Viewport};

/// One API of models.
pub(crate) trait Adapter: Send + Sync + fmt::Debug {
    /// How requests of this API travel over HTTP; nothing of it where they do not.
    fn wire(&self) -> Wire {
        Wire::default()
    }

    /// The size of the pictures in which a screen of this size is shown.
    fn picture(&self, viewport: Viewport) -> Viewport {
        viewport
    }

    /// Which screenshots of a long conversation stay.
    fn window(&self) -> Window;

    /// What a text without a call is.
    fn prose(&self) -> Prose;

    /// The body of the request that asks for the next turn of the model.
    fn request(&self, talk: &Conversation<'_>) -> Value;

    /// Reads an answer.
    ///
    /// # Errors
    /// When it is no answer of this API: what was expected where.
    fn reply(&self, answer: &Value, screen: &Screen<'_>) -> Result<Reply, String>;

    /// Puts a streamed answer together; `None` when this API, or this program, streams none.
    fn gather(&self) -> Option<Box<dyn Gather>> {
        None
    }
}

/// How requests travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wire {
    /// Put behind the address of the endpoint: `/v1/messages`.
    pub(crate) path: &'static str,
    /// The header with the key; `None` is `Authorization: Bearer`.
    pub(crate) key_header: Option<&'static str>,
    /// Headers of every request.
    pub(crate) headers: &'static [(&'static str, &'static str)],
}

/// Which screenshots stay in a conversation; the newest do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// So many at most.
    pub(crate) most: usize,
    /// So many are left out at once when there are more, so that a cache of what was sent
    /// before serves for some turns.
    pub(crate) chunk: usize,
}

/// What a text without a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prose {
    /// The end of the task, and its result.
    Answer,
    /// No turn that can be carried out.
    Unclear,
}

/// The screen that an answer is about.
pub(crate) struct Screen<'a> {
    /// Its size.
    pub(crate) viewport: Viewport,
    /// The size of the picture of it that was sent.
    pub(crate) picture: Viewport,
    /// Where the mouse is, in CSS pixels.
    pub(crate) mouse: Point,
    /// What is on it.
    pub(crate) page: Option<&'a Page>,
}

/// A turn of the model.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    /// What names it to the API later (`previous_response_id`).
    pub(crate) id: Option<String>,
    /// What is sent back as this turn in later requests, as this API wants it.
    pub(crate) echo: Value,
    /// What it says to people.
    pub(crate) text: String,
    /// What it wants done, in order.
    pub(crate) calls: Vec<Call>,
    /// Why it stopped, if not because it was done.
    pub(crate) stop: Option<Stop>,
    /// What has to be allowed by a person before the calls are carried out.
    pub(crate) safety_checks: Vec<Value>,
    /// What it took, without the cost.
    pub(crate) usage: Usage,
}

/// One thing a model wants done.
#[derive(Debug)]
pub(crate) struct Call {
    /// What the API knows it by; empty where it has no ids.
    pub(crate) id: String,
    /// The name it was called by.
    pub(crate) name: String,
    /// What it is, or why that is not to be known.
    pub(crate) said: Result<Said, Unclear>,
}

/// Why a model stopped before it was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It may write no more: the rest of its turn is missing.
    CutShort,
    /// It will not do this; what it says of it.
    Refused(String),
}

/// Puts one streamed answer together.
pub(crate) trait Gather: Send {
    /// Takes the next event and gives the text for people that it adds.
    ///
    /// # Errors
    /// When the event says that the answer failed, or is none of this API.
    fn push(&mut self, event: &Value) -> Result<Option<String>, String>;

    /// The whole answer, as it would have come in one piece.
    ///
    /// # Errors
    /// When the stream ended before it was whole.
    fn finish(self: Box<Self>) -> Result<Value, String>;
}
