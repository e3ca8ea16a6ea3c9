//! One frame, and what can be told of it without reading all of it.

use std::borrow::Cow;

use bytestring::ByteString;
use serde::Deserialize;
use smol_str::SmolStr;

use crate::tasks::TERMINAL;

/// One dispatched frame that carries data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// The event id in force: of this frame, or of the last one that had an `id:`.
    pub id: Option<SmolStr>,
    /// The name in the frame's `event:` line.
    pub event: Option<SmolStr>,
    /// The data lines joined by line feeds.
    pub data: ByteString,
    /// The id stood in the frame itself.
    pub(super) own_id: bool,
    /// The task has ended with this event: it is looked for once, and asked for more often.
    is_terminal: bool,
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
    pub(super) fn new(id: Option<SmolStr>, event: Option<SmolStr>, data: ByteString, own_id: bool) -> Self {
        let mut frame = Self { id, event, data, own_id, is_terminal: false };
        frame.is_terminal = frame.kind().is_some_and(|kind| TERMINAL.contains(&kind.as_ref()));
        frame
    }

    /// The event's type: the `type` member of its data, else the name in its `event:` line
    /// (contract, section 3).
    pub fn kind(&self) -> Option<Cow<'_, str>> {
        #[derive(Deserialize)]
        struct Tag<'a> {
            #[serde(rename = "type", borrow)]
            kind: Cow<'a, str>,
        }
        // Servers write the type first as a rule; then a large event need not be read for it.
        if let Some(rest) = self.data.strip_prefix("{\"type\":\"")
            && let Some(end) = memchr::memchr2(b'"', b'\\', rest.as_bytes())
            && let (kind, ended) = rest.split_at(end)
            && ended.starts_with('"')
        {
            return Some(Cow::Borrowed(kind));
        }
        match serde_json::from_str::<Tag<'_>>(&self.data) {
            Ok(tag) => Some(tag.kind),
            Err(_) => self.event.as_deref().map(Cow::Borrowed),
        }
    }

    /// Whether the task has ended with this event.
    pub fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    pub(super) fn is_done(&self) -> bool {
        self.data.trim_ascii() == "[DONE]"
    }

    /// One whole JSON object or array. A number, say, could have gone on.
    pub(super) fn is_whole(&self) -> bool {
        self.data.trim_ascii_start().starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(&self.data).is_ok()
    }

    pub(super) fn names(&self) -> Names {
        serde_json::from_str(&self.data).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(event: Option<&str>, data: &'static str) -> Frame {
        Frame::new(None, event.map(Into::into), data.into(), false)
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
