//! What comes back: a list of items, calls among them.

use std::slice;

use serde_json::Value;

use super::request::is_call;
use crate::model::Usage;
use crate::model::adapter::{Call, Reply, Screen, Stop};
use crate::model::vocabulary::{self, Coordinates, Dialect, Said, Unclear, Wheel};

/// Errors that are the endpoint's way to refuse.
const REFUSALS: [&str; 3] = ["invalid_prompt", "bio_policy", "image_content_policy_violation"];

pub(super) fn read(answer: &Value, screen: &Screen<'_>) -> Result<Reply, String> {
    let mut stop = stop(answer)?;
    let id = answer["id"].as_str().ok_or("a response has an `id`, which is a text")?;
    let output = answer["output"].as_array().ok_or("a response has an `output`, which is a list")?;
    let dialect = Dialect {
        coordinates: Coordinates::Pixels(screen.picture),
        wheel: Wheel::PixelsDown,
        viewport: screen.viewport,
        mouse: screen.mouse,
        clicks_at_mouse: false,
    };
    let (mut texts, mut comments, mut calls) = (Vec::new(), Vec::new(), Vec::new());
    for item in output {
        let said = if item["phase"] == "commentary" { &mut comments } else { &mut texts };
        for part in item["content"].as_array().into_iter().flatten().filter(|_| item["type"] == "message") {
            said.extend(part["text"].as_str());
            stop = part["refusal"].as_str().map(|why| Stop::Refused(why.to_owned())).or(stop);
        }
        if is_call(item) {
            calls.push(call(item, &dialect)?);
        }
    }
    // Thoughts stay at the endpoint.
    let echo = output.iter().filter(|item| item["type"] != "reasoning").cloned().collect();
    let checks = output.iter().filter(|item| is_call(item)).filter_map(|item| item["pending_safety_checks"].as_array());
    Ok(Reply {
        id: Some(id.to_owned()),
        echo,
        // Comments are no part of an answer.
        text: if texts.is_empty() { comments } else { texts }.join("\n\n"),
        calls,
        stop,
        safety_checks: checks.flatten().cloned().collect(),
        usage: usage(&answer["usage"]),
    })
}

fn stop(answer: &Value) -> Result<Option<Stop>, String> {
    let (status, error) = (answer["status"].as_str().unwrap_or_default(), &answer["error"]);
    if matches!(status, "failed" | "cancelled") || !error.is_null() {
        let why = told(error).unwrap_or_else(|| format!("the response is {status}"));
        let refuses = error["code"].as_str().is_some_and(|code| REFUSALS.contains(&code));
        return if refuses { Ok(Some(Stop::Refused(why))) } else { Err(why) };
    }
    Ok(match answer.pointer("/incomplete_details/reason").and_then(Value::as_str) {
        Some("content_filter") => Some(Stop::Refused("its answer was held back by a content filter".to_owned())),
        _ => (status == "incomplete").then_some(Stop::CutShort),
    })
}

/// What an error says.
pub(super) fn told(error: &Value) -> Option<String> {
    let message = error["message"].as_str().or(error.as_str())?;
    Some(error["code"].as_str().map_or_else(|| message.to_owned(), |code| format!("{message} ({code})")))
}

fn call(item: &Value, dialect: &Dialect) -> Result<Call, String> {
    let id = item["call_id"].as_str().ok_or("a call has a `call_id`, which is a text")?.to_owned();
    if item["type"] == "function_call" {
        let name = item["name"].as_str().unwrap_or_default();
        let arguments = vocabulary::object(item["arguments"].as_str().unwrap_or_default());
        let said = arguments.and_then(|arguments| vocabulary::read(name, &arguments, dialect));
        return Ok(Call { id, name: name.to_owned(), said });
    }
    let actions = match (&item["actions"], &item["action"]) {
        (Value::Array(actions), _) if !actions.is_empty() => actions.as_slice(),
        (_, Value::Null) => &[],
        (_, action) => slice::from_ref(action),
    };
    let names: Vec<&str> = actions.iter().filter_map(|action| action["type"].as_str()).collect();
    let name = if names.is_empty() { "computer_call".to_owned() } else { names.join(", ") };
    Ok(Call { id, name, said: all_of(actions, dialect) })
}

/// The actions of one call. An end that comes after others is left to the next turn, which
/// sees what came of them.
fn all_of(actions: &[Value], dialect: &Dialect) -> Result<Said, Unclear> {
    let mut all = Vec::new();
    for action in actions {
        match one_of(action, dialect)? {
            Said::Do(more) => all.extend(more),
            end if all.is_empty() => return Ok(end),
            _ => break,
        }
    }
    let missing =
        || Unclear("the computer_call holds no action: right is one such as {\"type\": \"click\", \"x\": 100, \"y\": 200}".to_owned());
    if all.is_empty() { Err(missing()) } else { Ok(Said::Do(all)) }
}

fn one_of(action: &Value, dialect: &Dialect) -> Result<Said, Unclear> {
    let members = match action {
        Value::Object(members) => members.clone(),
        Value::String(text) => vocabulary::object(text)?,
        _ => return Err(Unclear("an action is an object such as {\"type\": \"click\", \"x\": 100, \"y\": 200}".to_owned())),
    };
    let name = members.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    vocabulary::read(&name, &members, dialect)
}

fn usage(usage: &Value) -> Usage {
    let tokens = |pointer| usage.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
    Usage {
        input_tokens: tokens("/input_tokens"),
        cached_tokens: tokens("/input_tokens_details/cached_tokens"),
        output_tokens: tokens("/output_tokens"),
        cost: None,
    }
}
