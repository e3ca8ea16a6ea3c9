//! One frame, and what can be told of it without reading all of it.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use serde::Deserialize;

use crate::tasks::TERMINAL;

/// One dispatched frame that carries data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// The event id in force: of this frame, or of the last one that had an `id:`.
    pub id: Option<Arc<str>>,
    /// The name in the frame's `event:` line.
    pub event: Option<Arc<str>>,
    /// The data lines joined by line feeds. Always valid UTF-8.
    pub data: Bytes,
    /// The id stood in the frame itself.
    pub(super) own_id: bool,
}

/// What an event says of its task.
#[derive(Default, Deserialize)]
pub(super) struct Names {
    #[serde(default)]
    pub(super) task_id: Option<String>,
    #[serde(default)]
    pub(super) computer_id: Option<String>,
    #[serde(default)]
    pub(super) model: Option<String>,
}

impl Frame {
    /// The event's type: the `type` member of its data, else the name in its `event:` line
    /// (contract, section 3).
    pub fn kind(&self) -> Option<Cow<'_, str>> {
        #[derive(Deserialize)]
        struct Tag<'a> {
            #[serde(rename = "type", borrow)]
            kind: Cow<'a, str>,
        }
        // Servers write the type first as a rule; then a large event need not be read for it.
        if let Some(rest) = self.data.strip_prefix(b"{\"type\":\"")
            && let Some(end) = memchr::memchr2(b'"', b'\\', rest)
            && rest.get(end) == Some(&b'"')
        {
            return rest.get(..end).map(String::from_utf8_lossy);
        }
        match serde_json::from_slice::<Tag<'_>>(&self.data) {
            Ok(tag) => Some(tag.kind),
            Err(_) => self.event.as_deref().map(Cow::Borrowed),
        }
    }

    /// Whether the task has ended with this event.
    pub fn is_terminal(&self) -> bool {
        self.kind().is_some_and(|kind| TERMINAL.contains(&kind.as_ref()))
    }

    pub(super) fn is_done(&self) -> bool {
        self.data.trim_ascii() == b"[DONE]"
    }

    /// One whole JSON object or array. A number, say, could have gone on.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.data.trim_ascii_start().first(), Some(b'{' | b'['))
            && serde_json::from_slice::<serde::de::IgnoredAny>(&self.data).is_ok()
    }

    pub(super) fn names(&self) -> Names {
        serde_json::from_slice(&self.data).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(event: Option<&str>, data: &'static str) -> Frame {
        Frame { id: None, event: event.map(Into::into), data: Bytes::from_static(data.as_bytes()), own_id: false }
    }

    #[test]
    fn the_type_is_a_member_or_a_name() {
        for (event, data, kind) in [
            (None, r#"{"type":"completed","result":"x"}"#, Some("completed")),
            (Some("other"), r#"{"result":{"type":"failed"}, "type" : "completed"}"#, Some("completed")),
            (None, r#"{"type":"comp\u006ceted"}"#, Some("completed")),
            (Some("completed"), r#"{"result":"x"}"#, Some("completed")),
            (Some("completed"), r#"{"type":7}"#, Some("completed")),
            (None, "[1]", None),
        ] {
            let frame = frame(event, data);
            assert_eq!(frame.kind().as_deref(), kind, "{data}");
            assert_eq!(frame.is_terminal(), kind == Some("completed"));
        }
    }

    #[test]
    fn only_what_could_not_have_gone_on_is_whole() {
        for (data, whole) in [(r#" {"a":1} "#, true), ("[]", true), (r#"{"a":"#, false), ("1", false), ("\"a\"", false), ("{} {}", false)] {
            assert_eq!(frame(None, data).is_whole(), whole, "{data}");
        }
    }
}
