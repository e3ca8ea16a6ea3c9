//! The Messages API with its computer tool: `anthropic:MODEL` or `anthropic:MODEL#TOOL`.

mod messages;
mod stream;
#[cfg(test)]
mod tests;
mod tool;

use serde_json::{Value, json};

use self::stream::Stream;
use self::tool::Tool;
use super::{Adapter, Call, Gather, Prose, Reply, Screen, Stop, Window, Wire};
use crate::computer::Viewport;
use crate::model::Usage;
use crate::model::driver::Conversation;
use crate::model::picture;
use crate::model::vocabulary::{self, Coordinates, Dialect, Wheel};

/// The models click best in pictures of about this size, and none of them is made smaller on
/// its way to the model, where that would move its places.
const LARGEST_PICTURE: Viewport = Viewport { width: 1280, height: 800 };

/// Tokens of an answer, those of thinking among them.
const LONGEST_ANSWER: u64 = 16_000;

/// One model of this API.
#[derive(Debug)]
pub(crate) struct Anthropic {
    model: String,
    tool: Tool,
}

impl Anthropic {
    /// # Errors
    /// When the tool it is named with is unknown.
    pub(crate) fn new(named: &str) -> Result<Self, String> {
        let (model, tool) = Tool::of(named)?;
        Ok(Self { model: model.to_owned(), tool })
    }
}

impl Adapter for Anthropic {
    fn wire(&self) -> Wire {
        Wire { path: "/messages", key_header: Some("x-api-key"), headers: self.tool.headers() }
    }

    fn picture(&self, viewport: Viewport) -> Viewport {
        picture::within(viewport, LARGEST_PICTURE)
    }

    fn window(&self) -> Window {
        // Leaving one out changes all that follows it, so that nothing of it is in the cache:
        // better rarely and many.
        Window { most: 27, chunk: 25 }
    }

    fn prose(&self) -> Prose {
        Prose::Answer
    }

    fn request(&self, talk: &Conversation<'_>) -> Value {
        let mut body = json!({
            "model": self.model,
            "max_tokens": LONGEST_ANSWER,
            // The tools stand before it, so they are in the cache with it.
            "system": [{ "type": "text", "text": talk.instructions, "cache_control": messages::cached() }],
            "tools": self.tool.definitions(talk.picture),
            "messages": messages::of(talk),
        });
        if let Some(body) = body.as_object_mut() {
            if let Some(temperature) = talk.temperature.filter(|_| self.tool.takes_temperature()) {
                body.insert("temperature".to_owned(), json!(temperature.clamp(0.0, 1.0)));
            }
            if talk.stream {
                body.insert("stream".to_owned(), json!(true));
            }
        }
        body
    }

    fn reply(&self, answer: &Value, screen: &Screen<'_>) -> Result<Reply, String> {
        let content = answer.get("content").and_then(Value::as_array).ok_or("the answer has no list `content`")?;
        let dialect = Dialect {
            coordinates: Coordinates::Pixels(screen.picture),
            wheel: Wheel::Notches,
            viewport: screen.viewport,
            mouse: screen.mouse,
            clicks_at_mouse: true,
        };
        let (mut said, mut calls) = (Vec::new(), Vec::new());
        for block in content {
            match member(block, "type") {
                Some("text") => said.push(member(block, "text").ok_or("a text block of the answer has no `text`")?),
                Some("tool_use") => calls.push(call(block, &dialect)?),
                // Thinking, and what else the API keeps for itself.
                Some(_) => {}
                None => return Err("a block of the answer has no `type`".to_owned()),
            }
        }
        let text = said.join("\n").trim().to_owned();
        Ok(Reply {
            echo: content.iter().filter(|block| !messages::is_empty_text(block)).cloned().collect(),
            stop: stop(answer, &text),
            text,
            calls,
            usage: usage(answer),
            ..Reply::default()
        })
    }

    fn gather(&self) -> Option<Box<dyn Gather>> {
        Some(Box::new(Stream::default()))
    }
}

fn member<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

fn call(block: &Value, dialect: &Dialect) -> Result<Call, String> {
    let name = member(block, "name").ok_or("a call of the answer has no `name`")?;
    let id = member(block, "id").ok_or_else(|| format!("the call of {name} has no `id`"))?;
    let input = block.get("input").and_then(Value::as_object).ok_or_else(|| format!("the `input` of the call of {name} is no object"))?;
    Ok(Call { id: id.to_owned(), name: name.to_owned(), said: vocabulary::read(name, input, dialect) })
}

fn stop(answer: &Value, text: &str) -> Option<Stop> {
    match member(answer, "stop_reason")? {
        "max_tokens" | "model_context_window_exceeded" | "pause_turn" => Some(Stop::CutShort),
        "refusal" => {
            let details = answer.get("stop_details");
            let why = details.and_then(|details| member(details, "explanation").or(member(details, "category")));
            let why = why.or(Some(text)).filter(|why| !why.is_empty());
            Some(Stop::Refused(why.unwrap_or("it does not say why.").to_owned()))
        }
        _ => None,
    }
}

fn usage(answer: &Value) -> Usage {
    let count = |name| answer.pointer(&format!("/usage/{name}")).and_then(Value::as_u64).unwrap_or_default();
    let cached_tokens = count("cache_read_input_tokens");
    Usage {
        // Counted apart here: what was read fresh, written to the cache, read from it.
        input_tokens: count("input_tokens") + count("cache_creation_input_tokens") + cached_tokens,
        cached_tokens,
        output_tokens: count("output_tokens"),
        cost: None,
    }
}
