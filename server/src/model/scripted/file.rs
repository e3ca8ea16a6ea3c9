//! The scripts' file format.

use std::fmt::Display;
use std::time::Duration;

use lightcone::tasks::TERMINAL;
use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Matches, Script, ScriptError, Step};
use crate::computer::Action;
use crate::model::Planned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptText {
    instruction: Option<String>,
    pattern: Option<String>,
    #[serde(default)]
    computer: bool,
    #[serde(default)]
    events: Vec<Map<String, Value>>,
    #[serde(default)]
    steps: Vec<StepText>,
    fail_at: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepText {
    event: Option<Map<String, Value>>,
    action: Option<Value>,
    description: Option<String>,
    wait_ms: Option<u64>,
    message: Option<String>,
    finish: Option<String>,
    fail: Option<FailText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FailText {
    error_code: String,
    #[serde(default)]
    result: String,
    #[serde(default)]
    retryable: bool,
}

pub(super) fn from_yaml(text: &str) -> Result<Vec<Script>, ScriptError> {
    checked(serde_saphyr::from_str(text))
}

pub(super) fn from_json(text: &str) -> Result<Vec<Script>, ScriptError> {
    checked(serde_json::from_str(text))
}

fn checked(scripts: Result<Vec<ScriptText>, impl Display>) -> Result<Vec<Script>, ScriptError> {
    let scripts = scripts.map_err(|error| ScriptError::Syntax(error.to_string()))?;
    let numbered = (1..).zip(scripts);
    numbered.map(|(number, text)| script(number, text)).collect()
}

fn script(number: usize, text: ScriptText) -> Result<Script, ScriptError> {
    let wrong = |step, message| ScriptError::Script { script: number, step, message };
    let matches = match (text.instruction, text.pattern) {
        (Some(instruction), None) => Matches::Exact(instruction),
        (None, Some(pattern)) => Matches::Pattern(regex(&pattern).map_err(|message| wrong(None, message))?),
        _ => return Err(wrong(None, "say either `instruction` or `pattern`".to_owned())),
    };
    let computer = text.computer;
    let events = text.events.into_iter().map(as_event);
    let steps = events.chain(text.steps.into_iter().map(|text| step(text, computer)));
    let steps = (1..).zip(steps).map(|(nth, step)| step.map_err(|message| wrong(Some(nth), message)));
    let mut steps = steps.collect::<Result<Vec<_>, _>>()?;
    if let Some(nth) = text.fail_at {
        let count = steps.len();
        let place = nth.checked_sub(1).and_then(|place| steps.get_mut(place));
        let outside = || wrong(None, format!("`fail_at` is {nth}, and the events and steps are numbered from 1 to {count}"));
        *place.ok_or_else(outside)? = failed(nth);
        steps.truncate(nth);
    }
    Ok(Script { matches, computer, steps })
}

fn step(text: StepText, computer: bool) -> Result<Step, String> {
    let StepText { event, action, description, wait_ms, message, finish, fail } = text;
    if description.is_some() && action.is_none() {
        return Err("`description` belongs to an `action`".to_owned());
    }
    let mut said = Vec::new();
    said.extend(event.map(as_event));
    said.extend(action.map(|action| as_action(action, description.unwrap_or_default(), computer)));
    said.extend(wait_ms.map(|ms| Ok(Step::Wait(Duration::from_millis(ms)))));
    said.extend(message.map(|pattern| regex(&pattern).map(Step::Message)));
    said.extend(finish.map(|result| Ok(Step::Finish(result))));
    said.extend(fail.map(|FailText { error_code, result, retryable }| Ok(Step::Fail { error_code, result, retryable })));
    match (said.pop(), said.is_empty()) {
        (Some(step), true) => step,
        _ => Err("say exactly one of `event`, `action`, `wait_ms`, `message`, `finish`, `fail`".to_owned()),
    }
}

fn failed(nth: usize) -> Step {
    let result = format!("The script says that step {nth} fails.");
    Step::Fail { error_code: "scripted_failure".to_owned(), result, retryable: false }
}

fn as_event(event: Map<String, Value>) -> Result<Step, String> {
    match event.get("type").and_then(Value::as_str) {
        None => Err("an event needs a `type`".to_owned()),
        Some(kind) if TERMINAL.contains(&kind) => Err(format!("`{kind}` ends a task; use `finish` or `fail`")),
        Some(_) => Ok(Step::Event(event)),
    }
}

fn as_action(action: Value, description: String, computer: bool) -> Result<Step, String> {
    if !computer {
        return Err("an `action` needs a script with `computer: true`".to_owned());
    }
    let action: Action = serde_json::from_value(action).map_err(|error| format!("no such action: {error}"))?;
    Ok(Step::Act(Planned { action, description }))
}

fn regex(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|error| error.to_string())
}
