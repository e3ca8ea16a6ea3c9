//! What is sent: what came of the last calls, or all of it where the endpoint knows nothing.

use serde_json::{Value, json};

use super::tool::Tool;
use crate::model::driver::{Conversation, Outcome, Shown, Spoken, Turn};
use crate::model::picture::Picture;

pub(super) fn body(model: &str, tool: Tool, talk: &Conversation<'_>) -> Value {
    let (previous, input) = match talk.turns {
        [.., said, shown]
            if let (Turn::Said(said), Turn::Shown(shown)) = (&**said, &**shown)
                && said.id.is_some()
                && !shown.afresh =>
        {
            (said.id.as_deref(), continued(tool, said, shown))
        }
        _ => (None, afresh(tool, talk)),
    };
    let mut body = json!({
        "model": model,
        "instructions": talk.instructions,
        "tools": tool.definitions(talk.picture),
        "input": input,
    });
    let members = [
        ("previous_response_id", previous.map(Value::from)),
        ("truncation", tool.truncation().map(Value::from)),
        ("temperature", talk.temperature.map(Value::from)),
        ("stream", (talk.stream && tool.streams()).then_some(Value::Bool(true))),
    ];
    if let Some(body) = body.as_object_mut() {
        body.extend(members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    body
}

/// What came of the calls: one output for each, in their order. An output of the computer
/// holds a picture and no word, so that what failed is said in a message.
fn continued(tool: Tool, said: &Spoken, shown: &Shown) -> Vec<Value> {
    let url = shown.picture.as_ref().map(Picture::data_url);
    let (mut items, mut texts, mut is_seen) = (Vec::new(), Vec::new(), false);
    let calls = said.echo.as_array().into_iter().flatten();
    for (call, outcome) in calls.filter(|item| is_call(item)).zip(&shown.outcomes) {
        if call["type"] == "function_call" {
            items.push(json!({ "type": "function_call_output", "call_id": outcome.call, "output": outcome.text }));
            continue;
        }
        let mut output = json!({
            "type": "computer_call_output",
            "call_id": outcome.call,
            "output": tool.screenshot(url.as_deref()),
        });
        let checks = call["pending_safety_checks"].as_array().filter(|checks| !checks.is_empty());
        if let (Some(checks), Some(output)) = (checks, output.as_object_mut()) {
            // They were allowed, else the conversation had ended.
            output.insert("acknowledged_safety_checks".to_owned(), json!(checks));
        }
        items.push(output);
        is_seen = true;
        texts.extend(outcome.failed.then(|| came_to(outcome)));
    }
    texts.extend(shown.texts.iter().cloned());
    items.extend(message("user", texts, tool, url.filter(|_| !is_seen)));
    items
}

/// The whole conversation, as far as it is still there: with the last screenshot, and with
/// calls in words.
fn afresh(tool: Tool, talk: &Conversation<'_>) -> Vec<Value> {
    let mut items: Vec<Value> = Vec::new();
    for (role, content) in &talk.brief.context {
        let role = if role == "assistant" { "assistant" } else { "user" };
        items.extend(message(role, vec![content.clone()], tool, None));
    }
    for (at, turn) in talk.turns.iter().enumerate() {
        match &**turn {
            Turn::Shown(shown) => {
                let is_last = at + 1 == talk.turns.len();
                let texts = shown.outcomes.iter().map(came_to).chain(shown.texts.iter().cloned()).collect();
                let picture = shown.picture.as_ref().filter(|_| is_last);
                items.extend(message("user", texts, tool, picture.map(Picture::data_url)));
            }
            Turn::Said(said) => {
                let words = said.echo.as_array().into_iter().flatten().filter_map(in_words).collect();
                items.extend(message("assistant", words, tool, None));
            }
        }
    }
    items
}

fn message(role: &str, texts: Vec<String>, tool: Tool, image_url: Option<String>) -> Option<Value> {
    let kind = if role == "assistant" { "output_text" } else { "input_text" };
    let image = image_url.map(|url| json!({ "type": "input_image", "image_url": url, "detail": tool.detail() }));
    let texts = texts.into_iter().filter(|text| !text.is_empty()).map(|text| json!({ "type": kind, "text": text }));
    let content: Vec<Value> = texts.chain(image).collect();
    (!content.is_empty()).then(|| json!({ "type": "message", "role": role, "content": content }))
}

fn came_to(outcome: &Outcome) -> String {
    format!("{}: {}", outcome.name, outcome.text)
}

/// Whether something is expected to come of an item.
pub(super) fn is_call(item: &Value) -> bool {
    item["type"] == "computer_call" || item["type"] == "function_call"
}

/// An item of the model's, for a conversation where it stands for itself no more.
fn in_words(item: &Value) -> Option<String> {
    if item["type"] == "message" {
        let parts = item["content"].as_array()?.iter();
        return Some(parts.filter_map(|part| part["text"].as_str()).collect());
    }
    let known = ["name", "arguments", "action", "actions"];
    let members = known.iter().filter_map(|name| item.get(name).filter(|value| !value.is_null()));
    let words: Vec<String> = members.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
    (!words.is_empty()).then(|| words.join(" "))
}
