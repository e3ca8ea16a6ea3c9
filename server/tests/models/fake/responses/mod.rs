//! The Responses API with its computer tool, after the types of OpenAI's and Tzafon's SDKs
//! and their guides. It keeps the conversation.

mod answer;
mod check;

use axum::http::HeaderMap;
use lightcone_server::computer::Viewport;
use serde_json::{Value, json};

use self::answer::message;
use super::{Asked, Fake, Intent};

/// Which computer tool its model has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Tool {
    Computer,
    ComputerUsePreview,
    ComputerUse,
}

/// A response that was given.
#[derive(Clone, Default)]
struct Given {
    id: String,
    /// What has to be answered: each with its `call_id`, its type, and its checks.
    calls: Vec<(String, String, Value)>,
}

pub(crate) struct Responses {
    model: &'static str,
    tool: Tool,
    viewport: Viewport,
    /// What a request may go on from: the last response, or each of those that were made
    /// for a choice.
    given: Vec<Given>,
    /// Whether the last request is, and not in a way that has it asked anew.
    is_answered: bool,
    /// The size of the last screenshot.
    picture: Viewport,
    /// How many responses and calls were given.
    responses: usize,
    calls: usize,
    /// What is pending on each call of the computer.
    checks: Value,
}

pub(crate) fn safety_checks() -> Value {
    json!([{ "id": "cu_sc_1", "code": "malicious_instructions", "message": "The page tells the model what to do." }])
}

impl Responses {
    pub(crate) fn new(model: &'static str, tool: Tool, viewport: Viewport) -> Self {
        Self { model, tool, viewport, given: vec![], is_answered: true, picture: viewport, responses: 0, calls: 0, checks: json!([]) }
    }

    /// Has a safety check on each call.
    pub(crate) fn careful(self) -> Self {
        Self { checks: safety_checks(), ..self }
    }

    /// From now on requests go on from this response, and from no other.
    fn respond(&mut self, output: Vec<Value>) -> Value {
        self.given.clear();
        self.is_answered = true;
        self.response(output)
    }
}

impl Fake for Responses {
    fn path(&self) -> &'static str {
        "/v1/responses"
    }

    fn check(&mut self, headers: &HeaderMap, body: &Value) -> Result<Asked, String> {
        self.checked(headers, body)
    }

    fn answer(&mut self, intents: &[Intent]) -> Value {
        let output = self.output(intents);
        self.respond(output)
    }

    fn streamed(&mut self, intents: &[Intent]) -> Option<Vec<Value>> {
        if self.tool == Tool::ComputerUse {
            return None;
        }
        let whole = self.answer(intents);
        let mut begun = whole.clone();
        (begun["status"], begun["output"]) = (json!("in_progress"), json!([]));
        let mut events = vec![json!({ "type": "response.created", "response": begun })];
        for (index, item) in whole["output"].as_array().unwrap().iter().enumerate() {
            events.push(json!({ "type": "response.output_item.added", "output_index": index, "item": { "type": item["type"] } }));
            for text in item["content"].as_array().into_iter().flatten().filter_map(|part| part["text"].as_str()) {
                let (one, other) = text.split_at(text.len() / 2);
                for delta in [one, other] {
                    events.push(json!({ "type": "response.output_text.delta", "output_index": index, "content_index": 0, "delta": delta }));
                }
            }
            events.push(json!({ "type": "response.output_item.done", "output_index": index, "item": item }));
        }
        events.push(json!({ "type": "response.completed", "response": whole }));
        for (number, event) in events.iter_mut().enumerate() {
            event["sequence_number"] = json!(number);
        }
        Some(events)
    }

    fn malformed(&mut self) -> Vec<(&'static str, Value)> {
        let mut all = Vec::new();
        for (name, action) in [
            ("an unknown action", json!({ "type": "teleport", "x": 100, "y": 50 })),
            ("half a place", json!({ "type": "click", "button": "left", "x": 100 })),
            ("a place in text", json!({ "type": "click", "button": "left", "x": "100", "y": "50" })),
            ("an action below its name", json!({ "click": { "x": 100, "y": 50 } })),
            ("an action in text", json!("{\"type\": \"click\", \"x\": 100, \"y\": 50}")),
            ("an action that is a list", json!([100, 50])),
            ("no action", Value::Null),
            ("text without the text", json!({ "type": "type" })),
        ] {
            let call = self.computer_call(&[action]);
            all.push((name, self.response(vec![call])));
        }
        for (name, function, arguments) in [
            ("an unknown function", "look_up", "{}"),
            ("arguments that are a list", "navigate", "[1]"),
            ("arguments that break off", "navigate", "{\"ur"),
        ] {
            let call = self.function_call(function, arguments);
            all.push((name, self.response(vec![call])));
        }
        all.push(("nothing", self.response(vec![])));
        let mut cut = self.response(vec![message(json!({ "type": "output_text", "text": "I will now", "annotations": [] }))]);
        (cut["status"], cut["incomplete_details"]) = (json!("incomplete"), json!({ "reason": "max_output_tokens" }));
        all.push(("an answer cut short", cut));
        let mut failed = self.response(vec![]);
        (failed["status"], failed["error"]) = (json!("failed"), json!({ "code": "server_error", "message": "The model stumbled." }));
        all.push(("a failed response", failed));
        all.push(("no response", json!({ "object": "list", "data": [] })));
        all
    }

    fn refusal(&mut self) -> Value {
        self.respond(vec![message(json!({ "type": "refusal", "refusal": "I cannot help with that." }))])
    }

    fn too_long(&self) -> (u16, Value) {
        let told = "Your input exceeds the context window of this model. Please adjust your input and try again.";
        (400, json!({ "error": { "message": told, "type": "invalid_request_error", "param": "input", "code": "context_length_exceeded" } }))
    }

    fn rate_limited(&self) -> (u16, Value) {
        let told = "Rate limit reached. Please try again later.";
        (429, json!({ "error": { "message": told, "type": "tokens", "param": null, "code": "rate_limit_exceeded" } }))
    }
}
