//! The table of operations: the one place that says what the API can do.
//!
//! Typed methods, both bindings, the code generator and the local server's routes
//! all read it (contract, section 1).

use http::Method;

/// What an operation takes besides a task's id: nothing, or the named parameter type of
/// [`crate::tasks`], and where that stands in the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Nothing; a POST still says `Content-Length: 0`.
    None,
    /// The body, a JSON object.
    Body(&'static str),
    /// The query, each member a parameter.
    Query(&'static str),
    /// Headers: the member `last_event_id` is `Last-Event-ID`.
    Headers(&'static str),
    /// Nowhere: it is the client that goes by it.
    Client(&'static str),
}

/// What an operation answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// One JSON object: the named response type of [`crate::tasks`].
    Object(&'static str),
    /// A page of a list, `{"data": [...], "has_more": bool}`; its items are of the named
    /// response type of [`crate::tasks`].
    Page(&'static str),
    /// A `text/event-stream` of task events.
    Events,
    /// How a task ended: a [`TaskResult`](crate::tasks::TaskResult), which the client makes of
    /// what several requests answer.
    Outcome,
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
    pub input: Input,
    /// What comes out.
    pub answer: Answer,
    /// Whether it may be sent again.
    pub repeat: Repeat,
    /// Whether every server has it. Where one has not, the call fails with
    /// [`NotSupported`](crate::ErrorKind::NotSupported) (section 8.6).
    pub everywhere: bool,
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
    input: Input::Body("StartParams"),
    answer: Answer::Object("StartResponse"),
    repeat: Repeat::Keyed,
    everywhere: true,
    doc: "Start a task and return at once.",
};

/// Start a task and follow its events.
pub const START_STREAM: Operation = Operation {
    name: "start_stream",
    method: &Method::POST,
    path: "/agent/tasks/stream",
    input: Input::Body("StartParams"),
    answer: Answer::Events,
    repeat: Repeat::Keyed,
    everywhere: true,
    doc: "Start a task and follow its events as they happen.",
};

/// Ask where a task is.
pub const RETRIEVE_STATUS: Operation = Operation {
    name: "retrieve_status",
    method: &Method::GET,
    path: "/agent/tasks/{id}",
    input: Input::None,
    answer: Answer::Object("RetrieveStatusResponse"),
    repeat: Repeat::Harmless,
    everywhere: true,
    doc: "Ask where a task is, and for its exit code once it has ended.",
};

/// Tell a running task something.
pub const INJECT_MESSAGE: Operation = Operation {
    name: "inject_message",
    method: &Method::POST,
    path: "/agent/tasks/{id}/messages",
    input: Input::Body("InjectMessageParams"),
    answer: Answer::Object("InjectMessageResponse"),
    repeat: Repeat::Never,
    everywhere: true,
    doc: "Tell a running task something; the agent reads it before its next step.",
};

/// Hold a task at its next step.
pub const PAUSE: Operation = Operation {
    name: "pause",
    method: &Method::POST,
    path: "/agent/tasks/{id}/pause",
    input: Input::None,
    answer: Answer::Object("PauseResponse"),
    repeat: Repeat::Harmless,
    everywhere: true,
    doc: "Hold a task: the step under way finishes, and the next one waits for resume.",
};

/// Let a paused task go on.
pub const RESUME: Operation = Operation {
    name: "resume",
    method: &Method::POST,
    path: "/agent/tasks/{id}/resume",
    input: Input::None,
    answer: Answer::Object("ResumeResponse"),
    repeat: Repeat::Harmless,
    everywhere: true,
    doc: "Let a paused task go on.",
};

/// End a task before its time.
pub const CANCEL: Operation = Operation {
    name: "cancel",
    method: &Method::POST,
    path: "/agent/tasks/{id}/cancel",
    input: Input::None,
    answer: Answer::Object("CancelResponse"),
    repeat: Repeat::Harmless,
    everywhere: false,
    doc: "End a task before its time. Harmless when it is cancelled already.",
};

/// List tasks.
pub const LIST: Operation = Operation {
    name: "list",
    method: &Method::GET,
    path: "/agent/tasks",
    input: Input::Query("ListParams"),
    answer: Answer::Page("RetrieveStatusResponse"),
    repeat: Repeat::Harmless,
    everywhere: false,
    doc: "List tasks, the newest first, page by page.",
};

/// Follow the events of a task that runs already, or has ended.
pub const EVENTS: Operation = Operation {
    name: "events",
    method: &Method::GET,
    path: "/agent/tasks/{id}/events",
    input: Input::Headers("EventsParams"),
    answer: Answer::Events,
    repeat: Repeat::Harmless,
    everywhere: false,
    doc: "Follow the events of any task: from the first one, or from where another stream of them was left.",
};

/// Every operation there is.
pub const OPERATIONS: &[Operation] = &[START, START_STREAM, RETRIEVE_STATUS, INJECT_MESSAGE, PAUSE, RESUME, CANCEL, LIST, EVENTS];

/// Wait for the end of a task.
pub const WAIT: Operation = Operation {
    name: "wait",
    input: Input::Client("WaitParams"),
    answer: Answer::Outcome,
    doc: "Wait for the end of a task: ask for its status until it has ended.",
    ..RETRIEVE_STATUS
};

/// Do a whole task.
pub const RUN: Operation = Operation {
    name: "run",
    answer: Answer::Outcome,
    doc: "Do a whole task: start it, follow it to its end, and tell how it ended, a failed task too. Where its stream breaks off \
          for good, its end is waited for all the same.",
    ..START_STREAM
};

/// What the client makes of several requests (section 8.5); each row is that of the first, but
/// for what stands in [`WAIT`] and [`RUN`] themselves.
pub const COMPOSITES: &[Operation] = &[WAIT, RUN];
