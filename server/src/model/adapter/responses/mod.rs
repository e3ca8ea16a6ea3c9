//! The Responses API with its computer tool: OpenAI's models, Tzafon's hosted Northstar.
//!
//! The endpoint keeps the conversation; a request holds what is new.

mod reply;
mod request;
#[cfg(test)]
mod tests;
mod tool;

use serde_json::Value;

use self::tool::Tool;
use super::{Adapter, Gather, Prose, Reply, Screen, Window, Wire};
use crate::computer::Viewport;
use crate::model::driver::Conversation;

#[derive(Debug)]
pub(crate) struct Responses {
    model: String,
    tool: Tool,
}

impl Responses {
    /// `MODEL`, or `MODEL#TOOL` where the name does not tell which computer tool it has.
    ///
    /// # Errors
    /// When there is no such tool.
    pub(crate) fn new(named: &str) -> Result<Self, String> {
        let (model, tool) = Tool::of(named)?;
        Ok(Self { model: model.to_owned(), tool })
    }
}

impl Adapter for Responses {
    fn wire(&self) -> Wire {
        Wire { path: "/responses", key_header: None, headers: &[] }
    }

    fn picture(&self, viewport: Viewport) -> Viewport {
        self.tool.picture(viewport)
    }

    fn window(&self) -> Window {
        // Older ones are at the endpoint and not sent again.
        Window { most: 1, chunk: 1 }
    }

    fn prose(&self) -> Prose {
        Prose::Answer
    }

    fn request(&self, talk: &Conversation<'_>) -> Value {
        request::body(&self.model, self.tool, talk)
    }

    fn reply(&self, answer: &Value, screen: &Screen<'_>) -> Result<Reply, String> {
        reply::read(answer, screen)
    }

    fn gather(&self) -> Option<Box<dyn Gather>> {
        self.tool.streams().then(|| Box::new(Streamed::default()) as Box<dyn Gather>)
    }
}

/// The last event of a stream holds the whole response.
#[derive(Default)]
struct Streamed {
    whole: Option<Value>,
}

impl Gather for Streamed {
    fn push(&mut self, event: &Value) -> Result<Option<String>, String> {
        let text = |name| event.get(name).and_then(Value::as_str);
        match text("type") {
            Some("response.output_text.delta") => return Ok(text("delta").map(str::to_owned)),
            Some("response.completed" | "response.incomplete" | "response.failed") => self.whole = event.get("response").cloned(),
            Some("error") => {
                let error = event.get("error").unwrap_or(event);
                return Err(reply::told(error).unwrap_or_else(|| "the stream broke off with an error".to_owned()));
            }
            _ => {}
        }
        Ok(None)
    }

    fn finish(self: Box<Self>) -> Result<Value, String> {
        self.whole.ok_or_else(|| "the stream ended before response.completed".to_owned())
    }
}
