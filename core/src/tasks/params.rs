//! What a task is started with (contract, section 2) and what is sent to one.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::open_enum::open_enum;

open_enum! {
    /// The kind of computer an agent drives.
    pub enum Kind {
        /// A web browser.
        Browser = "browser",
        /// A whole desktop.
        Desktop = "desktop",
    }
}

open_enum! {
    /// What `screenshot_url` holds in `screenshot` events.
    pub enum ScreenshotMode {
        /// An address to fetch the picture from.
        Url = "url",
        /// The picture itself as a `data:image/png;base64,` URL.
        Base64 = "base64",
    }
}

open_enum! {
    /// What to do when `computer_id` names a computer that is not live.
    pub enum OnMissingComputer {
        /// Restore the saved one, else 404.
        Restore = "restore",
        /// Always 404.
        Fail = "fail",
        /// Restore the saved one if there is one, else start a fresh one.
        CreateNew = "create_new",
    }
}

open_enum! {
    /// Which agent loop runs the task.
    pub enum HarnessVersion {
        /// The first.
        V1 = "v1",
        /// The second.
        V2 = "v2",
    }
}

open_enum! {
    /// How much the stream tells.
    pub enum StreamMode {
        /// Every event.
        Verbose = "verbose",
        /// Progress, screenshots, completion and errors only.
        Concise = "concise",
    }
}

open_enum! {
    /// Who said a line of the earlier conversation.
    pub enum Role {
        /// The person.
        User = "user",
        /// The agent.
        Assistant = "assistant",
    }
}

open_enum! {
    /// Where a task is (contract, section 4).
    pub enum TaskStatus {
        /// Waiting for its turn.
        Queued = "queued",
        /// At work.
        Running = "running",
        /// Held until it is resumed.
        Paused = "paused",
        /// Ended: done.
        Completed = "completed",
        /// Ended: not done.
        Failed = "failed",
        /// Ended: by a call, or by its time limit.
        Cancelled = "cancelled",
    }
}

/// One line of the conversation that led to a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContextMessage {
    /// Who said it.
    pub role: Role,
    /// What was said.
    pub content: String,
}

impl ContextMessage {
    /// A line the person said.
    pub fn user(content: impl Into<String>) -> Self {
        Self { role: Role::User, content: content.into() }
    }

    /// A line the agent said.
    pub fn assistant(content: impl Into<String>) -> Self {
        Self { role: Role::Assistant, content: content.into() }
    }
}

/// Declares a struct of one required text, if any, and optional members, each with a setter.
macro_rules! params {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$fmeta:meta])* $field:ident: $type:ty, )*
        }
    ) => {
        params!(@declare [derive(Default)] $(#[$meta])* $name {} { $( $(#[$fmeta])* $field: $type, )* });

        impl $name {
            /// With nothing set.
            pub fn new() -> Self {
                Self::default()
            }
        }
    };
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(#[$rmeta:meta])* $required:ident,
            $( $(#[$fmeta:meta])* $field:ident: $type:ty, )*
        }
    ) => {
        params!(@declare [] $(#[$meta])* $name { $(#[$rmeta])* $required } { $( $(#[$fmeta])* $field: $type, )* });

        impl $name {
            /// With what is required; everything else is set by name.
            pub fn new($required: impl Into<String>) -> Self {
                Self { $required: $required.into(), $( $field: None, )* extra: Map::new() }
            }
        }
    };
    (
        @declare [$($derive:meta)?] $(#[$meta:meta])* $name:ident
        { $( $(#[$rmeta:meta])* $required:ident )? } { $( $(#[$fmeta:meta])* $field:ident: $type:ty, )* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        $( #[$derive] )?
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[$rmeta])* pub $required: String, )?
            $(
                $(#[$fmeta])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )*
            /// Members that this version does not know, sent as they are.
            #[serde(flatten)]
            #[cfg_attr(feature = "schema", schemars(skip))]
            pub extra: Map<String, Value>,
        }

        impl $name {
            $(
                $(#[$fmeta])*
                #[must_use]
                pub fn $field(mut self, $field: impl Into<$type>) -> Self {
                    self.$field = Some($field.into());
                    self
                }
            )*

            /// A member that this version does not know, sent as it is.
            #[must_use]
            pub fn extra(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
                self.extra.insert(name.into(), value.into());
                self
            }
        }
    };
}

params! {
    /// What a task is started with. Only what is set is sent; defaults belong to the server.
    pub struct StartParams {
        /// What the agent should do, in plain words.
        instruction,
        /// A picture for history screens.
        agent_icon: String,
        /// Accepted for older programs and ignored.
        agent_type: String,
        /// Use this live computer, or restore the saved persistent one of that id.
        computer_id: String,
        /// The earlier conversation, oldest first.
        context: Vec<ContextMessage>,
        /// Start on a copy of the state that an earlier persistent task left.
        environment_id: String,
        /// Which agent loop runs the task.
        harness_version: HarnessVersion,
        /// Starts with the same key give the same task. Made by the client if not given.
        idempotency_key: String,
        /// Keep the computer after the task; the opposite of `terminate_on_completion`. Default: false.
        keep_alive: bool,
        /// The kind of computer. Default: browser when `start_url` is given, else desktop.
        kind: Kind,
        /// The longest the task may run, in seconds of wall-clock time; the server cancels it then.
        max_duration_seconds: i64,
        /// The most actions the agent may do. Default: 100.
        max_steps: i64,
        /// Text to find the task again by, name by name.
        metadata: std::collections::BTreeMap<String, String>,
        /// The model that decides. Default: `tzafon.northstar-cua-fast`.
        model: String,
        /// What to do when `computer_id` is not live. Default: restore.
        on_missing_computer: OnMissingComputer,
        /// Keep the computer's state after the task, for `environment_id`. Default: false.
        persistent: bool,
        /// Another name for `persistent`. Default: false.
        save_session: bool,
        /// Whether screenshot events carry an address or the picture. Default: url.
        screenshot_mode: ScreenshotMode,
        /// Opened before the agent starts.
        start_url: String,
        /// Text tokens arrive as `progress_update` events. Default: false.
        stream_deltas: bool,
        /// How much the stream tells. Default: verbose.
        stream_mode: StreamMode,
        /// Added to the agent's system message.
        system_prompt: String,
        /// How freely the model chooses; higher is more creative. Default: 0.2.
        temperature: f64,
        /// End the computer with the task. Default: true.
        terminate_on_completion: bool,
        /// The conversation the task belongs to on history screens.
        thread_id: String,
        /// Height of the screen in pixels. Default: 720.
        viewport_height: i64,
        /// Width of the screen in pixels. Default: 1280.
        viewport_width: i64,
    }
}

params! {
    /// A message to a running task.
    pub struct InjectMessageParams {
        /// What to tell the agent; it reads it before its next step.
        message,
    }
}

params! {
    /// Which tasks to list.
    pub struct ListParams {
        /// Only those older than the task with this id: the last one of the page before.
        after: String,
        /// How many a page has at most, from 1 to 100. Default: 20.
        limit: i64,
        /// Only those with this status.
        status: TaskStatus,
    }
}

params! {
    /// Where in a task's events to begin.
    pub struct EventsParams {
        /// After the event with this id. Default: with the first event.
        last_event_id: String,
    }
}
