//! What the fake takes.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use serde_json::{Map, Value};

use super::Chat;
use crate::fake::Asked;
use crate::fake::strict::{demand, list, members, schema, screenshot, text};

/// Members of a request, beside those that all have.
const OTHER: [&str; 8] =
    ["temperature", "stream", "stream_options", "tool_choice", "parallel_tool_calls", "max_tokens", "max_completion_tokens", "top_p"];

impl Chat {
    pub(super) fn checked(&mut self, headers: &HeaderMap, body: &Value) -> Result<Asked, String> {
        demand(headers.get(AUTHORIZATION).is_some_and(|key| key == "Bearer sk-of-the-fake"), || "the key is missing".to_owned())?;
        members(body, "request", &["model", "messages", "tools"], &OTHER)?;
        demand(body["model"] == "any", || format!("the model {} does not exist", body["model"]))?;
        if let Some(temperature) = body.get("temperature") {
            demand(temperature.as_f64().is_some_and(|freely| (0.0..=2.0).contains(&freely)), || format!("temperature {temperature}"))?;
        }
        demand(body.get("stream").is_none_or(Value::is_boolean), || "stream is no boolean".to_owned())?;
        if let Some(options) = body.get("stream_options") {
            members(options, "stream_options", &[], &["include_usage"])?;
            demand(body["stream"] == true, || "stream_options without stream".to_owned())?;
        }
        tools(list(&body["tools"], "tools")?)?;
        let mut asked = Asked::default();
        self.messages(list(&body["messages"], "messages")?, &mut asked)?;
        self.picture = *asked.pictures.last().ok_or("the model is shown no screen")?;
        let lists: Vec<&String> = asked.texts.iter().filter(|text| is_list(text)).collect();
        let [list] = lists[..] else { return Err(format!("{} lists of elements: only the newest numbers hold", lists.len())) };
        self.list = list.clone();
        Ok(asked)
    }

    /// The system first; after calls their results in order; at last the user with the screen.
    fn messages(&self, messages: &[Value], asked: &mut Asked) -> Result<(), String> {
        let (mut given, mut has_begun) = (self.given.iter(), false);
        let mut open: Vec<&Value> = Vec::new();
        for (at, message) in messages.iter().enumerate() {
            let role = text(&message["role"], "role")?;
            demand((role == "system") == (at == 0), || format!("message {at} is of the {role}"))?;
            demand((role == "tool") != open.is_empty(), || {
                format!("message {at} is of the {role}: tool_calls must be followed by tool messages")
            })?;
            let content = &message["content"];
            match role {
                "system" => {
                    members(message, "message", &["role", "content"], &[])?;
                    asked.texts.push(text(content, "content")?.to_owned());
                }
                "user" => {
                    members(message, "message", &["role", "content"], &[])?;
                    self.parts(content, asked)?;
                }
                "assistant" => {
                    members(message, "message", &["role", "content"], &["tool_calls"])?;
                    asked.texts.push(content.as_str().ok_or("the content of the assistant is no text")?.to_owned());
                    open = message["tool_calls"].as_array().into_iter().flatten().collect();
                    for call in &open {
                        well_formed(call)?;
                    }
                    let mut later = given.clone();
                    if later.any(|given| is_echo(message, given)) {
                        (given, has_begun) = (later, true);
                    } else {
                        // What was said before the task.
                        let is_earlier = !has_begun && open.is_empty();
                        demand(is_earlier, || format!("message {at} is no answer that was given, or none after the one before"))?;
                    }
                }
                "tool" => {
                    members(message, "message", &["role", "tool_call_id", "content"], &[])?;
                    let call = open.remove(0);
                    demand(message["tool_call_id"] == call["id"], || {
                        format!("the result of {} in place of {}", message["tool_call_id"], call["id"])
                    })?;
                    asked.texts.push(text(content, "content")?.to_owned());
                }
                other => return Err(format!("there is no role {other}")),
            }
        }
        let last = messages.last().ok_or("there is no message")?;
        let shows = last["content"].as_array().is_some_and(|parts| parts.iter().any(|part| part["type"] == "image_url"));
        demand(last["role"] == "user" && shows, || "the last message shows no screen".to_owned())
    }

    fn parts(&self, content: &Value, asked: &mut Asked) -> Result<(), String> {
        if let Some(text) = content.as_str() {
            asked.texts.push(text.to_owned());
            return Ok(());
        }
        for part in list(content, "content")? {
            match text(&part["type"], "the type of a part")? {
                "text" => {
                    members(part, "part", &["type", "text"], &[])?;
                    asked.texts.push(text(&part["text"], "text")?.to_owned());
                }
                "image_url" => {
                    members(part, "part", &["type", "image_url"], &[])?;
                    members(&part["image_url"], "image_url", &["url"], &["detail"])?;
                    let url = text(&part["image_url"]["url"], "url")?.strip_prefix("data:image/png;base64,");
                    asked.pictures.push(screenshot(url.ok_or("an image is no data URL of a PNG file")?, self.viewport)?);
                }
                other => return Err(format!("there is no part {other}")),
            }
        }
        Ok(())
    }
}

fn is_list(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("[1] "))
}

fn tools(tools: &[Value]) -> Result<(), String> {
    let mut names = Vec::new();
    for tool in tools {
        members(tool, "tool", &["type", "function"], &[])?;
        demand(tool["type"] == "function", || format!("a tool is {}", tool["type"]))?;
        let function = members(&tool["function"], "function", &["name", "description", "parameters"], &["strict"])?;
        let name = text(&function["name"], "name")?;
        let is_name = name.len() <= 64 && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter));
        demand(is_name && !names.contains(&name), || format!("the name {name} of a function"))?;
        names.push(name);
        text(&function["description"], "description")?;
        schema(&function["parameters"])?;
    }
    Ok(())
}

/// Templates read the arguments of calls that are sent back.
fn well_formed(call: &Value) -> Result<(), String> {
    members(call, "call", &["id", "type", "function"], &[])?;
    let function = members(&call["function"], "function", &["name", "arguments"], &[])?;
    let arguments = serde_json::from_str::<Map<String, Value>>(text(&function["arguments"], "arguments")?);
    arguments.map(|_| ()).map_err(|error| format!("the arguments of a call are no object: {error}"))
}

/// Whether a message is the one that was given: the same calls, with arguments as they were
/// if those can be read.
fn is_echo(message: &Value, given: &Value) -> bool {
    let calls = |message: &Value| message["tool_calls"].as_array().cloned().unwrap_or_default();
    let (sent, given_calls) = (calls(message), calls(given));
    let is_same = |(sent, given): (&Value, &Value)| {
        let arguments = given["function"]["arguments"].as_str().unwrap_or_default();
        let is_readable = serde_json::from_str::<Map<String, Value>>(arguments).is_ok();
        sent["id"] == given["id"]
            && sent["function"]["name"] == given["function"]["name"]
            && (!is_readable || sent["function"]["arguments"] == arguments)
    };
    let told = |message: &Value| message["content"].as_str().unwrap_or_default().to_owned();
    let is_told = told(message) == told(given) || told(given).is_empty() || told(given).starts_with("<think>");
    sent.len() == given_calls.len() && sent.iter().zip(&given_calls).all(is_same) && is_told
}
