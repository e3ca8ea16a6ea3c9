//! What the operations answer (contract, section 1).
//!
//! A member that a server leaves out or sends as null is `None`, never an error;
//! members this version does not know are kept in `extra`. What the API promises
//! to send always is `required` in the schema alone.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

macro_rules! response {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$fmeta:meta])* $field:ident: $type:ty, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[$fmeta])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )*
            /// Members that this version does not know.
            #[serde(flatten)]
            #[cfg_attr(feature = "schema", schemars(skip))]
            pub extra: Map<String, Value>,
        }
    };
}

response! {
    /// The answer to a start.
    pub struct StartResponse {
        /// Where the task is: `running`, or `queued`.
        #[cfg_attr(feature = "schema", schemars(required))]
        status: String,
        /// Names the task in every other operation.
        #[cfg_attr(feature = "schema", schemars(required))]
        task_id: String,
        /// The key the task was started with.
        idempotency_key: String,
        /// True when the key named a task that was there already.
        reused: bool,
    }
}

response! {
    /// What the calls of a task's model took so far.
    pub struct TaskUsage {
        /// Tokens read, those from a cache among them.
        input_tokens: i64,
        /// Of these, tokens from a cache.
        cached_tokens: i64,
        /// Tokens written, those of thinking among them.
        output_tokens: i64,
        /// What they cost, in the currency of the prices that the server was given; absent or null without prices.
        cost: f64,
    }
}

response! {
    /// Where a task is.
    pub struct RetrieveStatusResponse {
        /// `queued`, `running`, `paused`, `completed`, `failed` or `cancelled`.
        #[cfg_attr(feature = "schema", schemars(required))]
        status: String,
        /// The task asked about.
        #[cfg_attr(feature = "schema", schemars(required))]
        task_id: String,
        /// 0 on success; absent or null until the task has ended.
        exit_code: i64,
        /// What the task was started with. This and what follows is not told by every server.
        instruction: String,
        /// The answer of a task that has ended, or what there is to say of its failure.
        result: String,
        /// How many steps there have been.
        steps: i64,
        /// The model that really runs.
        model: String,
        /// For a failure, a word for programs.
        error_code: String,
        /// What its model took; absent or null where it counts nothing.
        usage: TaskUsage,
        /// When the task was accepted (RFC 3339, in UTC, like the other two).
        created_at: String,
        /// When it began to run.
        started_at: String,
        /// When it ended.
        ended_at: String,
        /// The text it was started with to be found again by.
        metadata: std::collections::BTreeMap<String, String>,
    }
}

impl RetrieveStatusResponse {
    /// Whether the task has ended: it is `completed`, `failed` or `cancelled`, or has an
    /// exit code (contract, section 4).
    pub fn has_ended(&self) -> bool {
        self.exit_code.is_some() || self.status.as_deref().is_some_and(|status| matches!(status, "completed" | "failed" | "cancelled"))
    }
}

response! {
    /// The answer to a message.
    pub struct InjectMessageResponse {
        /// `queued`: the agent reads it before its next step.
        #[cfg_attr(feature = "schema", schemars(required))]
        status: String,
    }
}

response! {
    /// The answer to a pause.
    pub struct PauseResponse {
        /// `paused`.
        #[cfg_attr(feature = "schema", schemars(required))]
        status: String,
    }
}

response! {
    /// The answer to a resume.
    pub struct ResumeResponse {
        /// `running`.
        #[cfg_attr(feature = "schema", schemars(required))]
        status: String,
    }
}

response! {
    /// The answer to a cancel.
    pub struct CancelResponse {
        /// `cancelled`.
        #[cfg_attr(feature = "schema", schemars(required))]
        status: String,
    }
}
