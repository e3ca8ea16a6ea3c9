//! What a client is told to do, and what must come of it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What a client does; exactly one of `call`, `request`, `read`, `result`, `close`, `close_client`, `drop`, `mark`, `until`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "most of a step is the runners' to read")]
pub(crate) struct Step {
    /// The operation to call.
    #[serde(default)]
    pub(crate) call: Option<String>,
    /// A request of one's own, for a route that is no operation: method and path, such as `GET /x`.
    #[serde(default)]
    pub(crate) request: Option<String>,
    /// The body of a request of one's own, as JSON.
    #[serde(default)]
    pub(crate) body: Option<Value>,
    /// The answer is asked for as it came, not as what it says.
    #[serde(default)]
    pub(crate) raw: Option<bool>,
    /// The task's id; `@task` is the one that was named last.
    #[serde(default)]
    pub(crate) id: Option<Value>,
    /// The operation's parameters.
    #[serde(default)]
    pub(crate) params: Option<Map<String, Value>>,
    /// What the call does in another way than its client.
    #[serde(default)]
    pub(crate) options: Map<String, Value>,
    /// A list goes through all of its pages.
    #[serde(default)]
    pub(crate) pages: Option<bool>,
    /// So many of the same calls at once.
    #[serde(default)]
    pub(crate) at_once: Option<usize>,
    /// The call, or the reading, is given up when that place is reached.
    #[serde(default)]
    pub(crate) cancel_at: Option<String>,
    /// Takes so many events of the open stream, or all.
    #[serde(default)]
    pub(crate) read: Option<Count>,
    /// Drains the open stream for its result.
    #[serde(default)]
    pub(crate) result: Option<bool>,
    /// Closes the open stream.
    #[serde(default)]
    pub(crate) close: Option<bool>,
    /// Closes the client, and with it what it has under way.
    #[serde(default)]
    pub(crate) close_client: Option<bool>,
    /// Lets go of the open stream without closing it.
    #[serde(default)]
    pub(crate) drop: Option<bool>,
    /// Says that this place was reached.
    #[serde(default)]
    pub(crate) mark: Option<String>,
    /// Waits until the server has reached that place.
    #[serde(default)]
    pub(crate) until: Option<String>,
    /// What must come of it; nothing but success when absent.
    #[serde(default)]
    pub(crate) gives: Gives,
}

/// How many events.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "the runners read it")]
pub(crate) enum Count {
    Number(usize),
    /// `all`
    Word(String),
}

/// What must come of a step. Members that are absent are not looked at, but an error must be expected.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Gives {
    /// The answer, or the stream's result. Absent and null are the same.
    pub(crate) result: Option<Value>,
    /// Members that the answer has, among others.
    pub(crate) has: Option<Map<String, Value>>,
    /// The types of the events.
    pub(crate) types: Option<Value>,
    /// `"log"` stands for the events of the log.
    pub(crate) events: Option<Value>,
    /// The events that the first so many bytes of the log bring, where nothing brings more;
    /// without the error if the task's end is among them.
    pub(crate) up_to: Option<usize>,
    /// How many events.
    pub(crate) count: Option<usize>,
    /// How many characters the events have as compact JSON.
    pub(crate) characters: Option<usize>,
    /// Whether the iteration came to its end.
    pub(crate) ended: Option<bool>,
    pub(crate) error: Option<ExpectedError>,
    /// The answer as it came, of a step that is `raw`.
    pub(crate) raw: Option<ExpectedAnswer>,
    /// Members of the stream after the step: `task_id`, `last_event_id`, ...; null is none.
    pub(crate) stream: Map<String, Value>,
    /// The call or the reading was given up.
    pub(crate) cancelled: Option<bool>,
    /// What comes of every one of the calls at once.
    pub(crate) each: Option<Box<Gives>>,
}

/// An error, by the names of the contract.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(crate) struct ExpectedError {
    /// Its class, such as `RateLimitError`; wrong use is `LightconeError`.
    pub(crate) is: String,
    /// A class above it.
    #[serde(default)]
    pub(crate) under: Option<String>,
    /// Parts of its message.
    #[serde(default)]
    pub(crate) says: Vec<String>,
    /// Its other members: `status`, `body`, `attempts`, `task_id`, `last_event_id`; null is none.
    #[serde(flatten)]
    pub(crate) members: Map<String, Value>,
}

/// An answer as it came. Members that are absent are not looked at.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(crate) struct ExpectedAnswer {
    /// By lower-case name: the values in order; null, that there is none.
    #[serde(default)]
    pub(crate) headers: Map<String, Value>,
    /// Its other members: `status`, `url` (after redirects), `http_version`, `retries` (how often it was sent again),
    /// `elapsed`, and `body`, in which each byte is the character of that number.
    #[serde(flatten)]
    pub(crate) members: Map<String, Value>,
}
