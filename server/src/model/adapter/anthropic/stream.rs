//! A streamed answer.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::member;
use crate::model::adapter::Gather;

/// What has come of an answer.
#[derive(Default)]
pub(super) struct Stream {
    message: Map<String, Value>,
    blocks: BTreeMap<u64, Block>,
    ended: bool,
}

#[derive(Default)]
struct Block {
    members: Map<String, Value>,
    /// The JSON of a call's input, as far as it has come.
    input: String,
}

impl Gather for Stream {
    fn push(&mut self, event: &Value) -> Result<Option<String>, String> {
        let kind = member(event, "type").ok_or("an event has no `type`")?;
        match kind {
            "message_start" => self.message = object(event, "message")?.clone(),
            "content_block_start" => {
                let block = Block { members: object(event, "content_block")?.clone(), input: String::new() };
                let said = block.members.get("text").and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
                self.blocks.insert(index(event)?, block);
                return Ok(said);
            }
            "content_block_delta" => {
                let index = index(event)?;
                let block = self.blocks.get_mut(&index).ok_or_else(|| format!("block {index} goes on before it began"))?;
                return block.add(&event["delta"]);
            }
            "message_delta" => {
                self.message.extend(object(event, "delta")?.clone());
                let usage = event.get("usage").and_then(Value::as_object).into_iter().flatten();
                if let Some(Value::Object(known)) = self.message.get_mut("usage") {
                    known.extend(usage.filter(|(_, count)| !count.is_null()).map(|(name, count)| (name.clone(), count.clone())));
                }
            }
            "message_stop" => self.ended = true,
            "error" => {
                let part = |name| event["error"].get(name).and_then(Value::as_str).unwrap_or_default();
                return Err(format!("{} ({})", part("message"), part("type")));
            }
            // `content_block_stop`, `ping`, and what may be new.
            _ => {}
        }
        Ok(None)
    }

    fn finish(self: Box<Self>) -> Result<Value, String> {
        let Self { mut message, blocks, ended } = *self;
        if !ended {
            return Err("the stream ended before the message did".to_owned());
        }
        // What is cut short is not carried out, whatever is in it.
        let is_cut = message.get("stop_reason").and_then(Value::as_str) == Some("max_tokens");
        let content: Result<Vec<Value>, String> = blocks.into_values().map(|block| block.whole(is_cut)).collect();
        message.insert("content".to_owned(), Value::Array(content?));
        Ok(Value::Object(message))
    }
}

impl Block {
    /// Adds a piece, and gives it if it is text for people.
    fn add(&mut self, delta: &Value) -> Result<Option<String>, String> {
        let piece = |name: &str| member(delta, name).ok_or_else(|| format!("a piece of a block has no `{name}`"));
        match member(delta, "type") {
            Some("text_delta") => {
                let text = piece("text")?;
                self.append("text", text);
                return Ok(Some(text.to_owned()));
            }
            Some("thinking_delta") => self.append("thinking", piece("thinking")?),
            Some("signature_delta") => self.append("signature", piece("signature")?),
            Some("input_json_delta") => self.input.push_str(piece("partial_json")?),
            _ => {}
        }
        Ok(None)
    }

    fn append(&mut self, name: &str, piece: &str) {
        match self.members.get_mut(name) {
            Some(Value::String(text)) => text.push_str(piece),
            _ => {
                self.members.insert(name.to_owned(), Value::from(piece));
            }
        }
    }

    fn whole(mut self, is_cut: bool) -> Result<Value, String> {
        if !self.input.trim().is_empty() {
            let input = match serde_json::from_str(&self.input) {
                Ok(input) => input,
                Err(_) if is_cut => Value::Object(Map::new()),
                Err(error) => return Err(format!("the input of a call is no JSON: {error}")),
            };
            self.members.insert("input".to_owned(), input);
        }
        Ok(Value::Object(self.members))
    }
}

fn object<'a>(event: &'a Value, name: &str) -> Result<&'a Map<String, Value>, String> {
    event.get(name).and_then(Value::as_object).ok_or_else(|| format!("an event has no object `{name}`"))
}

fn index(event: &Value) -> Result<u64, String> {
    event.get("index").and_then(Value::as_u64).ok_or_else(|| "an event of a block has no `index`".to_owned())
}
