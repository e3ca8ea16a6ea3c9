//! What the fake takes.

use axum::http::HeaderMap;
use lightcone_server::computer::Viewport;
use serde_json::{Value, json};

use super::Anthropic;
use crate::fake::Asked;
use crate::fake::strict::{demand, list, members, schema, screenshot, text};

/// Members of a request, beside those that all have.
const OTHER: [&str; 7] = ["temperature", "stream", "thinking", "tool_choice", "metadata", "stop_sequences", "top_p"];

/// No picture in which the model clicks well is larger.
const LARGEST: (u32, u32) = (1280, 800);

const MOST_MARKS: usize = 4;

impl Anthropic {
    pub(super) fn checked(&mut self, headers: &HeaderMap, body: &Value) -> Result<Asked, String> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        demand(header("x-api-key") == Some("sk-of-the-fake"), || "invalid x-api-key".to_owned())?;
        demand(header("anthropic-version") == Some("2023-06-01"), || "anthropic-version: header is required".to_owned())?;
        let (_, beta) = self.tool();
        demand(header("anthropic-beta") == beta, || format!("anthropic-beta is {:?} and not {beta:?}", header("anthropic-beta")))?;
        members(body, "request", &["model", "max_tokens", "system", "tools", "messages"], &OTHER)?;
        demand(body["model"] == self.model, || format!("model: {}", body["model"]))?;
        demand(body["max_tokens"].as_u64().is_some_and(|most| (1..=32_000).contains(&most)), || "max_tokens".to_owned())?;
        if let Some(temperature) = body.get("temperature") {
            demand(!self.has_toolset, || "`temperature` is deprecated for this model.".to_owned())?;
            demand(temperature.as_f64().is_some_and(|freely| (0.0..=1.0).contains(&freely)), || format!("temperature: {temperature}"))?;
        }
        demand(body.get("stream").is_none_or(Value::is_boolean), || "stream is no boolean".to_owned())?;
        let marks = marks(body);
        demand(marks <= MOST_MARKS, || format!("A maximum of {MOST_MARKS} blocks with cache_control may be provided. Found {marks}."))?;
        demand(marks > 1, || "nothing of the conversation is cached".to_owned())?;
        let mut asked = Asked::default();
        for block in list(&body["system"], "system")? {
            self.block(block, "system", &["text"], &mut asked)?;
        }
        self.messages(list(&body["messages"], "messages")?, &mut asked)?;
        self.picture = *asked.pictures.last().ok_or("the model is shown no screen")?;
        self.tools(list(&body["tools"], "tools")?)?;
        Ok(asked)
    }

    /// The tool that the model has, and the header it takes.
    fn tool(&self) -> (Value, Option<&'static str>) {
        if self.has_toolset {
            return (json!({ "type": "computer_toolset_20260801" }), None);
        }
        let Viewport { width, height } = self.picture;
        let tool = json!({ "type": "computer_20250124", "name": "computer", "display_width_px": width, "display_height_px": height });
        (tool, Some("computer-use-2025-01-24"))
    }

    fn tools(&self, tools: &[Value]) -> Result<(), String> {
        let (computer, functions) = tools.split_first().ok_or("there is no tool")?;
        let mut computer = computer.clone();
        if self.has_toolset {
            let configs = computer.as_object_mut().and_then(|tool| tool.remove("configs")).unwrap_or_else(|| json!({}));
            for (name, config) in configs.as_object().ok_or("configs is no object")? {
                let known = ["cursor_position", "hold_key", "left_mouse_down", "left_mouse_up", "zoom"].contains(&name.as_str());
                demand(known && config["enabled"].is_boolean(), || format!("configs.{name}: {config}"))?;
            }
        }
        let (right, _) = self.tool();
        demand(computer == right, || format!("the tool is {computer} and not {right}"))?;
        let mut names = vec!["computer"];
        for tool in functions {
            members(tool, "tool", &["name", "description", "input_schema"], &["cache_control", "strict"])?;
            text(&tool["description"], "description")?;
            schema(&tool["input_schema"])?;
            let name = text(&tool["name"], "name")?;
            demand(!names.contains(&name), || format!("tools: Tool names must be unique: {name}"))?;
            names.push(name);
        }
        Ok(())
    }

    /// Messages in turn, with a result for each call in the message after it.
    fn messages(&self, messages: &[Value], asked: &mut Asked) -> Result<(), String> {
        let (mut given, mut has_begun) = (self.given.iter(), false);
        // Once the screenshot of the task is left out, thoughts hold no more.
        let mut is_whole = true;
        let mut open: Vec<&Value> = Vec::new();
        for (at, message) in messages.iter().enumerate() {
            members(message, "message", &["role", "content"], &[])?;
            let role = if at % 2 == 0 { "user" } else { "assistant" };
            demand(message["role"] == role, || format!("messages.{at}: the role is {} and not {role}", message["role"]))?;
            let content = list(&message["content"], "content")?;
            if role == "assistant" {
                for block in content {
                    self.block(block, "assistant", &["text", "thinking", "tool_use"], asked)?;
                }
                let is_thought = |block: &Value| block["type"] == "thinking";
                demand(content.last().is_some_and(|last| !is_thought(last)), || {
                    format!("messages.{at}: The final block in an assistant message cannot be `thinking`.")
                })?;
                let echoes = |given: &&Vec<Value>| {
                    let kept = given.iter().filter(|block| block["text"] != "" && (is_whole || !is_thought(block)));
                    kept.eq(content)
                };
                let mut later = given.clone();
                if later.any(|one| echoes(&one)) {
                    (given, has_begun) = (later, true);
                } else {
                    // What was said before the task.
                    let is_earlier = !has_begun && content.iter().all(|block| block["type"] == "text");
                    demand(is_earlier, || format!("messages.{at} is no answer that was given, or none after the one before"))?;
                }
                open = content.iter().filter(|block| block["type"] == "tool_use").collect();
                continue;
            }
            if !has_begun {
                is_whole = count_of(message, "image") > 0;
            }
            for (nth, block) in content.iter().enumerate() {
                let is_result = block["type"] == "tool_result";
                demand(is_result == (nth < open.len()), || {
                    format!(
                        "messages.{at}: each `tool_use` block must have a corresponding `tool_result` block at the beginning of the next message, in order"
                    )
                })?;
                if is_result {
                    self.result(block, open[nth], asked)?;
                } else {
                    self.block(block, "user", &["text", "image"], asked)?;
                }
            }
            demand(content.len() >= open.len(), || format!("messages.{at}: `tool_use` without `tool_result`"))?;
        }
        let last = messages.last().ok_or("there is no message")?;
        demand(last["role"] == "user" && count_of(last, "image") > 0, || "the last message shows no screen".to_owned())
    }

    fn result(&self, result: &Value, call: &Value, asked: &mut Asked) -> Result<(), String> {
        members(result, "tool_result", &["type", "tool_use_id", "content"], &["is_error", "cache_control", "toolset_name"])?;
        demand(result["tool_use_id"] == call["id"], || format!("tool_use_id {} in place of {}", result["tool_use_id"], call["id"]))?;
        demand(result.get("toolset_name") == call.get("toolset_name"), || format!("toolset_name of {}", call["id"]))?;
        let is_error = result.get("is_error").is_some_and(|is_error| is_error == true);
        let kinds: &[&str] = if is_error { &["text"] } else { &["text", "image"] };
        for block in list(&result["content"], "the content of a result")? {
            self.block(block, "tool_result", kinds, asked)?;
        }
        Ok(())
    }

    fn block(&self, block: &Value, place: &str, kinds: &[&str], asked: &mut Asked) -> Result<(), String> {
        let kind = text(&block["type"], "the type of a block")?;
        demand(kinds.contains(&kind), || format!("{kind} is no block of {place}"))?;
        let cache = if place == "tool_result" { vec![] } else { vec!["cache_control"] };
        match kind {
            "text" => {
                members(block, "text", &["type", "text"], &cache)?;
                let words = text(&block["text"], "text")?;
                demand(!words.trim().is_empty(), || "text content blocks must contain non-whitespace text".to_owned())?;
                asked.texts.push(words.to_owned());
            }
            "image" => {
                members(block, "image", &["type", "source"], &cache)?;
                members(&block["source"], "source", &["type", "media_type", "data"], &[])?;
                let source = &block["source"];
                demand(source["type"] == "base64" && source["media_type"] == "image/png", || "the source is no PNG file".to_owned())?;
                let size = screenshot(text(&source["data"], "data")?, self.viewport)?;
                let sides = (size.width.max(size.height), size.width.min(size.height));
                demand(sides.0 <= LARGEST.0 && sides.1 <= LARGEST.1, || format!("a picture of {size:?}"))?;
                asked.pictures.push(size);
            }
            "thinking" => members(block, "thinking", &["type", "thinking", "signature"], &[]).map(|_| ())?,
            _ => {
                members(block, "tool_use", &["type", "id", "name", "input"], &["toolset_name", "cache_control"])?;
                demand(block["input"].is_object(), || "the input of a tool_use is no object".to_owned())?;
            }
        }
        Ok(())
    }
}

/// How many marks for the cache there are.
fn marks(value: &Value) -> usize {
    match value {
        Value::Object(members) => {
            let here = members.get("cache_control").is_some_and(|mark| *mark == json!({ "type": "ephemeral" }));
            usize::from(here) + members.values().map(marks).sum::<usize>()
        }
        Value::Array(values) => values.iter().map(marks).sum(),
        _ => 0,
    }
}

/// How many blocks of a kind a message holds, in results too.
fn count_of(message: &Value, kind: &str) -> usize {
    let blocks = message["content"].as_array().into_iter().flatten();
    blocks.map(|block| usize::from(block["type"] == kind) + count_of(block, kind)).sum()
}
