//! The table of operations: the one place that says what the API can do.
//!
//! Typed methods, both bindings, the code generator and the local server's routes
//! all read it (contract, section 1).

use http::Method;

/// What an operation takes in its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing; a POST still says `Content-Length: 0`.
    None,
    /// The named parameter type of [`crate::tasks`] as a JSON object.
    Params(&'static str),
}

/// What an operation answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// One JSON object: the named response type of [`crate::tasks`].
    Object(&'static str),
    /// A `text/event-stream` of task events.
    Events,
}

/// Whether a request that may have reached the server may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Doing it twice is the same as doing it once.
    Harmless,
    /// Safe because every attempt carries the same `idempotency_key` (section 8.1).
    Keyed,
    /// Only while it is certain that no attempt arrived (section 6).
    Never,
}

/// One operation of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name in Rust and Python; TypeScript says it in camelCase.
    pub name: &'static str,
    /// The HTTP method.
    pub method: &'static Method,
    /// The path; `{id}` stands for the task's id, percent-encoded.
    pub path: &'static str,
    /// What goes in.
    pub body: Body,
    /// What comes out.
    pub answer: Answer,
    /// Whether it may be sent again.
    pub repeat: Repeat,
    /// What it does, for documentation.
    pub doc: &'static str,
}

impl Operation {
    /// The operation of that name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        OPERATIONS.iter().find(|operation| operation.name == name)
    }

    /// Whether its path has a place for a task's id.
    pub fn takes_id(&self) -> bool {
        self.path.contains("{id}")
    }
}

/// Start a task and return at once.
pub const START: Operation = Operation {
    name: "start",
    method: &Method::POST,
    path: "/agent/tasks",
    body: Body::Params("StartParams"),
    answer: Answer::Object("StartResponse"),
    repeat: Repeat::Keyed,
    doc: "Start a task and return at once.",
};

/// Start a task and follow its events.
pub const START_STREAM: Operation = Operation {
    name: "start_stream",
    method: &Method::POST,
    path: "/agent/tasks/stream",
    body: Body::Params("StartParams"),
    answer: Answer::Events,
    repeat: Repeat::Keyed,
    doc: "Start a task and follow its events as they happen.",
};

/// Ask where a task is.
pub const RETRIEVE_STATUS: Operation = Operation {
    name: "retrieve_status",
    method: &Method::GET,
    path: "/agent/tasks/{id}",
    body: Body::None,
    answer: Answer::Object("RetrieveStatusResponse"),
    repeat: Repeat::Harmless,
    doc: "Ask where a task is, and for its exit code once it has ended.",
};

/// Tell a running task something.
pub const INJECT_MESSAGE: Operation = Operation {
    name: "inject_message",
    method: &Method::POST,
    path: "/agent/tasks/{id}/messages",
    body: Body::Params("InjectMessageParams"),
    answer: Answer::Object("InjectMessageResponse"),
    repeat: Repeat::Never,
    doc: "Tell a running task something; the agent reads it before its next step.",
};

/// Hold a task at its next step.
pub const PAUSE: Operation = Operation {
    name: "pause",
    method: &Method::POST,
    path: "/agent/tasks/{id}/pause",
    body: Body::None,
    answer: Answer::Object("PauseResponse"),
    repeat: Repeat::Harmless,
    doc: "Hold a task: the step under way finishes, and the next one waits for resume.",
};

/// Let a paused task go on.
pub const RESUME: Operation = Operation {
    name: "resume",
    method: &Method::POST,
    path: "/agent/tasks/{id}/resume",
    body: Body::None,
    answer: Answer::Object("ResumeResponse"),
    repeat: Repeat::Harmless,
    doc: "Let a paused task go on.",
};

/// Every operation there is.
pub const OPERATIONS: &[Operation] = &[START, START_STREAM, RETRIEVE_STATUS, INJECT_MESSAGE, PAUSE, RESUME];
