//! How requests reach a model and answers come back.

pub(crate) mod cassette;
pub(crate) mod command;
pub(crate) mod http;

use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::ModelError;
use super::adapter::Gather;

/// No answer of a model is as large as this, in bytes.
const LARGEST_ANSWER: usize = 16 << 20;

/// Carries the requests of one task.
#[async_trait]
pub(crate) trait Transport: Send + Sync {
    /// Sends a request and waits for its answer. With `gather` the answer is streamed, and
    /// `tell` is given its text piece by piece. May be dropped at any await point.
    async fn exchange(&mut self, body: &Value, gather: Option<Box<dyn Gather>>, tell: &(dyn Fn(String) + Sync)) -> Result<Value, Failure>;
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// The endpoint answered with an error.
    #[error("{endpoint} answered {status}: {message}")]
    Status {
        /// Its address, without what is secret in it.
        endpoint: String,
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
        /// The wait it asks for.
        retry_after: Option<Duration>,
    },
    /// Nobody answered, or not to the end.
    #[error("{0}")]
    Unreachable(String),
    /// What came is no answer of this API.
    #[error("{0}")]
    Unreadable(String),
    /// Asking again cannot help.
    #[error("{0}")]
    Final(String),
}

impl Failure {
    /// Whether the request holds more than the model reads.
    pub(crate) fn is_too_long(&self) -> bool {
        const SAID: [&str; 7] = [
            "context_length_exceeded",
            "context length",
            "context window",
            "maximum context",
            "prompt is too long",
            "too many tokens",
            "request_too_large",
        ];
        match self {
            Self::Status { status: 413, .. } => true,
            Self::Status { status: 400 | 422, message, .. } => SAID.iter().any(|said| message.to_lowercase().contains(said)),
            _ => false,
        }
    }

    /// Whether the endpoint does not take the request as it is.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Status { status: 400 | 422 | 501, .. })
    }

    /// Whether the model takes no temperature, or not this one.
    pub(crate) fn is_about_temperature(&self) -> bool {
        matches!(self, Self::Status { status: 400 | 422, message, .. } if message.to_lowercase().contains("temperature"))
    }
}

impl From<Failure> for ModelError {
    fn from(failure: Failure) -> Self {
        let retryable = match &failure {
            // What is paid for is used up: waiting does not fill it.
            Failure::Status { message, .. } if message.contains("insufficient_quota") => false,
            Failure::Status { status, .. } => matches!(status, 408 | 409 | 425 | 429 | 500..),
            Failure::Unreachable(_) | Failure::Unreadable(_) => true,
            Failure::Final(_) => false,
        };
        let retry_after = match &failure {
            Failure::Status { retry_after, .. } => *retry_after,
            _ => None,
        };
        Self { message: failure.to_string(), retryable, retry_after }
    }
}

/// A text without the key that may be in it.
fn without_key(text: &str, key: Option<&SecretString>) -> String {
    match key {
        Some(key) if !key.expose_secret().is_empty() => text.replace(key.expose_secret(), "***"),
        _ => text.to_owned(),
    }
}
