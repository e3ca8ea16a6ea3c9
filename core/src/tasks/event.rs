//! The events of a task's stream (contract, sections 3 and 9).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Declares the events: one struct each, the enum over them, and the way back and forth.
///
/// What an event is nothing without is `required` in the schema alone, as in the answers:
/// type checkers let programs read it without asking whether it is there.
macro_rules! events {
    ($(
        $(#[$meta:meta])*
        $name:ident = $wire:literal $(terminal $terminal:literal)? {
            $( $(#[$fmeta:meta])* $field:ident: $type:ty, )*
        }
    )*) => {
        $(
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
        )*

        /// One event of a task's stream.
        ///
        /// Members a server leaves out or sends as null are `None`; what this version
        /// does not know is kept: a member in `extra`, a whole event in [`Event::Unknown`].
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Event {
            $( $(#[$meta])* $name($name), )*
            /// Any other JSON value: a type this version does not know, a known one
            /// with a member of another shape, or data that is no object at all.
            Unknown(Value),
        }

        impl Event {
            /// Reads the data of one frame.
            ///
            /// # Errors
            /// When the bytes are not one JSON value.
            pub fn from_json(data: &[u8]) -> Result<Self, serde_json::Error> {
                #[derive(Deserialize)]
                struct Tag<'a> {
                    #[serde(rename = "type", borrow)]
                    kind: std::borrow::Cow<'a, str>,
                }
                let Ok(tag) = serde_json::from_slice::<Tag<'_>>(data) else {
                    return serde_json::from_slice(data).map(Self::Unknown);
                };
                let known = match tag.kind.as_ref() {
                    $( $wire => untagged(data).map(Self::$name), )*
                    _ => None,
                };
                match known {
                    Some(event) => Ok(event),
                    None => serde_json::from_slice(data).map(Self::Unknown),
                }
            }

            /// The event as JSON, `type` first.
            pub fn to_json(&self) -> Value {
                match self {
                    $( Self::$name(event) => tagged($wire, event), )*
                    Self::Unknown(value) => value.clone(),
                }
            }

            /// The `type` member; `None` for data that has none.
            pub fn kind(&self) -> Option<&str> {
                match self {
                    $( Self::$name(_) => Some($wire), )*
                    Self::Unknown(value) => value.get("type").and_then(Value::as_str),
                }
            }
        }

        $(
            impl From<$name> for Event {
                fn from(event: $name) -> Self {
                    Self::$name(event)
                }
            }
        )*

        /// The types after which a task has ended.
        pub const TERMINAL: &[&str] = &[$( $( events!(@wire $wire $terminal), )? )*];

        /// The JSON Schema of every known event, by its `type`.
        #[cfg(feature = "schema")]
        pub fn event_schemas(generator: &mut schemars::SchemaGenerator) -> Vec<EventSchema> {
            vec![$( EventSchema {
                wire: $wire,
                name: stringify!($name),
                schema: <$name as schemars::JsonSchema>::json_schema(generator),
            }, )*]
        }
    };
    (@wire $wire:literal $terminal:literal) => { $wire };
}

/// One known event as the code generator sees it.
#[cfg(feature = "schema")]
#[derive(Debug)]
pub struct EventSchema {
    /// The `type` on the wire.
    pub wire: &'static str,
    /// The name of the Rust type.
    pub name: &'static str,
    /// Its members without `type`.
    pub schema: schemars::Schema,
}

/// A known event without its tag, which would else show up in `extra`.
fn untagged<T: for<'de> Deserialize<'de>>(data: &[u8]) -> Option<T> {
    let mut members: Map<String, Value> = serde_json::from_slice(data).ok()?;
    members.shift_remove("type");
    serde_json::from_value(Value::Object(members)).ok()
}

fn tagged(wire: &str, event: &impl Serialize) -> Value {
    let mut members = Map::new();
    members.insert("type".to_owned(), Value::from(wire));
    if let Ok(Value::Object(rest)) = serde_json::to_value(event) {
        members.extend(rest);
    }
    Value::Object(members)
}

impl Event {
    /// Whether the task has ended with this event.
    pub fn is_terminal(&self) -> bool {
        self.kind().is_some_and(|kind| TERMINAL.contains(&kind))
    }
}

events! {
    /// The task began.
    Started = "started" {
        /// Names the task in every other operation.
        #[cfg_attr(feature = "schema", schemars(required))]
        task_id: String,
        /// The computer it runs on.
        computer_id: String,
        /// The model that really runs.
        model: String,
        /// The most actions the agent may do.
        max_steps: i64,
    }
    /// What the screen shows.
    Screenshot = "screenshot" {
        /// Number of the step it belongs to.
        step: i64,
        /// An address, or `data:image/png;base64,...`.
        #[cfg_attr(feature = "schema", schemars(required))]
        screenshot_url: String,
    }
    /// The agent decides what to do next.
    Thinking = "thinking" {
        /// Number of the step.
        step: i64,
    }
    /// What the agent is about to do.
    Action = "action" {
        /// Number of the step.
        step: i64,
        /// The action: its type, coordinates, text, keys and so on.
        #[cfg_attr(feature = "schema", schemars(with = "Option<Map<String, Value>>"))]
        action: Value,
        /// Why this one, in words.
        description: String,
    }
    /// The action is done.
    Executed = "executed" {
        /// Number of the step.
        step: i64,
    }
    /// Something to tell the person meanwhile.
    ProgressUpdate = "progress_update" {
        /// What there is to tell.
        message: String,
    }
    /// Something went wrong; the task goes on.
    ErrorEvent = "error" {
        /// What went wrong.
        #[cfg_attr(feature = "schema", schemars(required))]
        error: String,
        /// Number of the step.
        step: i64,
    }
    /// The task is done.
    Completed = "completed" terminal true {
        /// The answer; may be empty, or of several lines.
        #[cfg_attr(feature = "schema", schemars(required))]
        result: String,
        /// Number of the last step.
        step: i64,
    }
    /// The task could not be done.
    Failed = "failed" terminal true {
        /// A word for programs.
        error_code: String,
        /// Whether the same task could succeed another time.
        retryable: bool,
        /// What there is to say of it.
        #[cfg_attr(feature = "schema", schemars(required))]
        result: String,
        /// Number of the last step.
        step: i64,
    }
    /// The task could not be started as it was asked for.
    ConfigError = "config_error" terminal true {
        /// A word for programs.
        error_code: String,
        /// Whether the same task could succeed another time.
        retryable: bool,
        /// What is wrong and what would be right.
        #[cfg_attr(feature = "schema", schemars(required))]
        error: String,
    }
    /// The task was cancelled.
    Cancelled = "cancelled" terminal true {}
    /// The task used up its steps.
    MaxSteps = "max_steps" terminal true {
        /// Number of the last step.
        step: i64,
    }
    /// Somebody has to log in on the computer before the task can go on.
    LoginRequired = "login_required" {
        /// The computer to log in on.
        computer_id: String,
    }
    /// The computer was put aside.
    ComputerParked = "computer_parked" {
        /// The computer.
        computer_id: String,
    }
    /// The task waits for its turn.
    Queued = "queued" {
        /// The task.
        task_id: String,
        /// Number of the last step.
        step: i64,
    }
    /// A pause took hold.
    Paused = "paused" {
        /// The task.
        task_id: String,
        /// Number of the last step.
        step: i64,
    }
    /// The task goes on after a pause.
    Resumed = "resumed" {
        /// The task.
        task_id: String,
        /// Number of the last step.
        step: i64,
        /// Who resumed it.
        by: String,
    }
    /// A message for the agent has come in.
    MessageInjected = "message_injected" {
        /// The task.
        task_id: String,
        /// Number of the last step.
        step: i64,
        /// The message.
        message: String,
        /// Its place in the queue of messages not yet read, from 1.
        position: i64,
    }
    /// The agent could not use a message; the task goes on.
    NotUnderstood = "not_understood" {
        /// The task.
        task_id: String,
        /// Number of the last step.
        step: i64,
        /// The message and what in it was not understood.
        message: String,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_known_event_keeps_members_it_does_not_know() {
        let event = Event::from_json(br#"{"type":"completed","result":"done","step":3,"cost":0.5}"#).unwrap();
        let Event::Completed(completed) = &event else { panic!("{event:?}") };
        assert_eq!(completed.result.as_deref(), Some("done"));
        assert_eq!(completed.extra.get("cost"), Some(&json!(0.5)));
        assert!(!completed.extra.contains_key("type"));
        assert_eq!(event.to_json(), json!({"type":"completed","result":"done","step":3,"cost":0.5}));
        assert!(event.is_terminal());
    }

    #[test]
    fn missing_and_null_members_are_none() {
        let event = Event::from_json(br#"{"type":"action","action":null}"#).unwrap();
        let Event::Action(action) = &event else { panic!("{event:?}") };
        assert_eq!((action.step, action.description.as_ref()), (None, None));
    }

    #[test]
    fn what_is_not_known_is_kept_whole() {
        for text in [r#"{"type":"new_thing","x":1}"#, r#"{"type":"started","task_id":7}"#, r#"{"a":1}"#, "null", "7", r#""s""#, "[1]"] {
            let event = Event::from_json(text.as_bytes()).unwrap();
            assert_eq!(event, Event::Unknown(serde_json::from_str(text).unwrap()), "{text}");
            assert!(!event.is_terminal());
        }
    }

    #[test]
    fn what_is_not_json_is_an_error() {
        assert!(Event::from_json(b"{oops").is_err());
        assert!(Event::from_json(b"").is_err());
    }

    #[test]
    fn five_types_end_a_task() {
        assert_eq!(TERMINAL, ["completed", "failed", "config_error", "cancelled", "max_steps"]);
    }
}
