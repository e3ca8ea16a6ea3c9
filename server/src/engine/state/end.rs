//! The ends of a task, each with its status, exit code and event.

use lightcone::tasks::{Cancelled, Completed, ConfigError, Event, Failed, MaxSteps};
use serde_json::Value;

use super::Status;
use crate::engine::event;

/// How a task ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// The agent is done.
    Finished { result: String },
    /// The agent, its model or its computer could not go on.
    GaveUp { error_code: String, result: String, retryable: bool },
    /// It cannot run as it was asked for.
    Misconfigured { error_code: &'static str, error: String },
    /// `max_steps` actions are done.
    OutOfSteps,
    /// `max_duration_seconds` have passed.
    OutOfTime,
    /// Somebody called it off.
    Cancelled,
    /// The server could not go on with it.
    Died { error_code: &'static str, result: String, retryable: bool },
}

impl End {
    pub(super) fn status(&self) -> Status {
        match self {
            Self::Finished { .. } => Status::Completed,
            Self::OutOfTime | Self::Cancelled => Status::Cancelled,
            Self::GaveUp { .. } | Self::Misconfigured { .. } | Self::OutOfSteps | Self::Died { .. } => Status::Failed,
        }
    }

    pub(super) fn exit_code(&self) -> i64 {
        match self {
            Self::Finished { .. } => 0,
            Self::GaveUp { .. } => 1,
            Self::Misconfigured { .. } => 2,
            Self::OutOfSteps => 3,
            Self::Died { .. } => 70,
            Self::OutOfTime => 124,
            Self::Cancelled => 130,
        }
    }

    /// The error code and the result in words.
    pub(super) fn outcome(&self) -> (Option<String>, Option<String>) {
        let failure = |code: &str, text: &String| (Some(code.to_owned()), Some(text.clone()));
        match self {
            Self::Finished { result } => (None, Some(result.clone())),
            Self::GaveUp { error_code, result, .. } => failure(error_code, result),
            Self::Died { error_code, result, .. } | Self::Misconfigured { error_code, error: result } => failure(error_code, result),
            Self::OutOfSteps | Self::OutOfTime | Self::Cancelled => (None, None),
        }
    }

    pub(super) fn into_event(self, step: i64) -> Event {
        match self {
            Self::Finished { result } => event!(Completed { result: result, step: step }),
            Self::GaveUp { error_code, result, retryable } => {
                event!(Failed { error_code: error_code, retryable: retryable, result: result, step: step })
            }
            Self::Died { error_code, result, retryable } => {
                event!(Failed { error_code: error_code, retryable: retryable, result: result, step: step })
            }
            Self::Misconfigured { error_code, error } => event!(ConfigError { error_code: error_code, retryable: false, error: error }),
            Self::OutOfSteps => event!(MaxSteps { step: step }),
            Self::OutOfTime => cancelled("max_duration_seconds", step),
            Self::Cancelled => cancelled("call", step),
        }
    }
}

/// The contract gives `cancelled` no members; without a reason nobody could tell a
/// time limit from a call.
fn cancelled(reason: &str, step: i64) -> Event {
    let mut event = Cancelled::default();
    event.extra.insert("reason".to_owned(), Value::from(reason));
    event.extra.insert("step".to_owned(), Value::from(step));
    event.into()
}
