//! Conversations with a model in a file, to be played again without one: a line of JSON for
//! what the model was, and one for each of its answers.

mod canonical;
mod difference;
mod play;
mod record;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use play::{Cassette, Player};
pub(crate) use record::Recorder;

use crate::model::connection::Settings;

/// Of this program's files; it reads no others.
const VERSION: u32 = 1;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    cassette: u32,
    /// The reference of the model.
    model: String,
    settings: Kept,
}

/// The settings that requests depend on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    #[serde(skip_serializing_if = "Option::is_none")]
    screenshots: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_tokens: Option<u64>,
    allow_safety_checks: bool,
    vision: bool,
}

impl Kept {
    fn of(settings: &Settings) -> Self {
        let Settings { screenshots, context_tokens, allow_safety_checks, vision, .. } = *settings;
        Self { screenshots, context_tokens, allow_safety_checks, vision }
    }

    fn put_into(self, settings: &mut Settings) {
        let Self { screenshots, context_tokens, allow_safety_checks, vision } = self;
        (settings.screenshots, settings.context_tokens) = (screenshots, context_tokens);
        (settings.allow_safety_checks, settings.vision) = (allow_safety_checks, vision);
    }
}

/// Any other line.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    /// Which task asked, from 1 in each recording.
    task: u64,
    /// Of the request; see [`canonical`].
    digest: String,
    request: Value,
    #[serde(flatten)]
    answer: Answer,
}

/// What came of a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Answer {
    Reply {
        reply: Value,
        /// What was told of it while it came.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
    },
    /// The model did not take the request, so that it was asked in another way.
    Refusal { refusal: Refusal },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Refusal {
    status: u16,
    message: String,
}
