//! What the APIs over chat completions have in common: `POST /chat/completions`, as
//! `OpenAI` defined it and most servers of models speak it.

use serde_json::{Map, Value, json};

use super::{Gather, Stop, Wire};
use crate::model::Usage;
use crate::model::driver::{Conversation, Outcome};
use crate::model::picture::Picture;

/// How requests travel.
pub(super) const WIRE: Wire = Wire { path: "/chat/completions", key_header: None, headers: &[] };

/// A request with these messages, to which an API adds what else it sends. Without the name
/// of a model the transport fills it in.
pub(super) fn request(model: Option<&str>, talk: &Conversation<'_>, messages: Vec<Value>) -> Map<String, Value> {
    let mut body = object([("model", json!(model)), ("messages", json!(messages))]);
    if let Some(temperature) = talk.temperature {
        body.insert("temperature".to_owned(), json!(temperature));
    }
    if talk.stream {
        body.extend(object([("stream", json!(true)), ("stream_options", json!({ "include_usage": true }))]));
    }
    body
}

/// An object with these members.
pub(super) fn object<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}

/// The first messages: the text of the system, and the earlier conversation.
pub(super) fn opening(talk: &Conversation<'_>, system: &str) -> Vec<Value> {
    let mut messages = vec![json!({ "role": "system", "content": system })];
    for (role, content) in &talk.brief.context {
        let role = if role == "assistant" { "assistant" } else { "user" };
        messages.push(json!({ "role": role, "content": content }));
    }
    messages
}

/// A message of the user: these texts, then the picture. `None` when there is neither.
pub(super) fn user<'a>(texts: impl IntoIterator<Item = &'a str>, picture: Option<&Picture>) -> Option<Value> {
    let mut parts: Vec<Value> = texts.into_iter().map(|text| json!({ "type": "text", "text": text })).collect();
    parts.extend(picture.map(|picture| json!({ "type": "image_url", "image_url": { "url": picture.data_url() } })));
    (!parts.is_empty()).then(|| json!({ "role": "user", "content": parts }))
}

/// The message that says what came of a call of a tool.
pub(super) fn tool_result(outcome: &Outcome) -> Value {
    json!({ "role": "tool", "tool_call_id": outcome.call, "content": outcome.text })
}

/// An answer, as far as it is of use here.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// All that was written, thoughts included.
    pub(super) text: String,
    /// Calls of tools, in order.
    pub(super) calls: Vec<ToolCall>,
    pub(super) stop: Option<Stop>,
    pub(super) usage: Usage,
}

/// A call of a tool that the server recognized.
#[derive(Debug)]
pub(super) struct ToolCall {
    /// Never empty.
    pub(super) id: String,
    pub(super) name: String,
    /// Meant to be an object of JSON.
    pub(super) arguments: String,
}

impl Answer {
    /// # Errors
    /// When it is none: what was expected where.
    pub(super) fn read(answer: &Value) -> Result<Self, String> {
        // Some gateways answer so with the status 200.
        if let Some(error) = answer.get("error").filter(|error| !error.is_null()) {
            return Err(format!("it is an error: {}", error.get("message").and_then(Value::as_str).unwrap_or(&error.to_string())));
        }
        let choice = answer.pointer("/choices/0").ok_or("it has no member `choices` with a first one")?;
        let message = choice.get("message").and_then(Value::as_object).ok_or("its first choice has no object `message`")?;
        let calls = message.get("tool_calls").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Ok(Self {
            text: message.get("content").map(text).unwrap_or_default(),
            calls: calls.iter().enumerate().map(|(at, call)| tool_call(at, call)).collect(),
            stop: stop(choice, message),
            usage: usage(answer),
        })
    }

    /// What is sent back as this turn: with this text, and the calls with arguments that
    /// can be read. Servers refuse others, and a turn with nothing in it.
    pub(super) fn echo(&self, text: &str) -> Value {
        let text = if text.is_empty() && self.calls.is_empty() { "(nothing)" } else { text };
        let mut message = object([("role", json!("assistant")), ("content", json!(text))]);
        if !self.calls.is_empty() {
            message.insert("tool_calls".to_owned(), self.calls.iter().map(ToolCall::echo).collect());
        }
        message.into()
    }
}

impl ToolCall {
    fn echo(&self) -> Value {
        let readable = serde_json::from_str::<Map<String, Value>>(&self.arguments).is_ok();
        let arguments = if readable { self.arguments.clone() } else { json!({ "unreadable": self.arguments }).to_string() };
        json!({ "id": self.id, "type": "function", "function": { "name": self.name, "arguments": arguments } })
    }
}

/// Content is a text or a list of parts.
fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
        _ => String::new(),
    }
}

fn tool_call(at: usize, call: &Value) -> ToolCall {
    let member = |path| call.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
    let arguments = match call.pointer("/function/arguments") {
        Some(Value::String(text)) => text.clone(),
        // Some give the object itself.
        Some(object) => object.to_string(),
        None => String::new(),
    };
    ToolCall {
        id: member("/id").map_or_else(|| format!("call_{at}"), str::to_owned),
        name: member("/function/name").unwrap_or_default().to_owned(),
        arguments,
    }
}

fn stop(choice: &Value, message: &Map<String, Value>) -> Option<Stop> {
    if let Some(why) = message.get("refusal").and_then(Value::as_str).filter(|why| !why.is_empty()) {
        return Some(Stop::Refused(why.to_owned()));
    }
    match choice.get("finish_reason").and_then(Value::as_str) {
        Some("length") => Some(Stop::CutShort),
        Some("content_filter") => Some(Stop::Refused("a filter of its provider took the answer away".to_owned())),
        _ => None,
    }
}

fn usage(answer: &Value) -> Usage {
    let count = |path| answer.pointer(path).and_then(Value::as_u64).unwrap_or_default();
    Usage {
        input_tokens: count("/usage/prompt_tokens"),
        cached_tokens: count("/usage/prompt_tokens_details/cached_tokens"),
        output_tokens: count("/usage/completion_tokens"),
        cost: None,
    }
}

/// A text without what the model thought before it; templates may have opened the thought.
pub(super) fn without_thoughts(text: &str) -> &str {
    const END: &str = "</think>";
    match text.rfind(END) {
        Some(end) => text.get(end + END.len()..).unwrap_or_default().trim_start(),
        None if text.trim_start().starts_with("<think>") => "",
        None => text,
    }
}

/// Puts the pieces of a streamed answer together.
pub(super) struct Pieces {
    /// Of the text until now, what is for people: always a longer one than before.
    for_people: fn(&str) -> &str,
    /// Bytes of it that were told.
    told: usize,
    text: String,
    refusal: String,
    calls: Vec<ToolCall>,
    finish_reason: Option<Value>,
    usage: Option<Value>,
}

impl Pieces {
    pub(super) fn new(for_people: fn(&str) -> &str) -> Self {
        Self { for_people, told: 0, text: String::new(), refusal: String::new(), calls: Vec::new(), finish_reason: None, usage: None }
    }

    fn add_call(&mut self, piece: &Value) {
        let given = |path| piece.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let (id, name) = (given("/id"), given("/function/name"));
        let last = self.calls.len().saturating_sub(1);
        // Without an index, a new id begins a new call.
        let at = match piece.get("index").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok()) {
            Some(index) => index.min(self.calls.len()),
            None if id.is_empty() => last,
            None => self.calls.iter().position(|call| call.id == id).unwrap_or(self.calls.len()),
        };
        if at >= self.calls.len() {
            self.calls.push(ToolCall { id: String::new(), name: String::new(), arguments: String::new() });
        }
        if let Some(call) = self.calls.get_mut(at) {
            for (member, given) in [(&mut call.id, id), (&mut call.name, name)] {
                if member.is_empty() {
                    member.push_str(given);
                }
            }
            call.arguments.push_str(given("/function/arguments"));
        }
    }
}

impl Gather for Pieces {
    fn push(&mut self, event: &Value) -> Result<Option<String>, String> {
        if let Some(error) = event.get("error").filter(|error| !error.is_null()) {
            return Err(format!("the answer broke off: {}", error.get("message").and_then(Value::as_str).unwrap_or(&error.to_string())));
        }
        if let Some(usage) = event.get("usage").filter(|usage| !usage.is_null()) {
            self.usage = Some(usage.clone());
        }
        let Some(choice) = event.pointer("/choices/0") else { return Ok(None) };
        if let Some(reason) = choice.get("finish_reason").filter(|reason| !reason.is_null()) {
            self.finish_reason = Some(reason.clone());
        }
        let given = |path| choice.pointer(path).and_then(Value::as_str).unwrap_or_default();
        self.refusal.push_str(given("/delta/refusal"));
        for piece in choice.pointer("/delta/tool_calls").and_then(Value::as_array).into_iter().flatten() {
            self.add_call(piece);
        }
        self.text.push_str(given("/delta/content"));
        let told = (self.for_people)(&self.text);
        let new = told.get(self.told..).unwrap_or_default().to_owned();
        self.told = self.told.max(told.len());
        Ok((!new.is_empty()).then_some(new))
    }

    fn finish(self: Box<Self>) -> Result<Value, String> {
        let finish_reason = self.finish_reason.ok_or("the stream ended before it said why the answer ends")?;
        let mut message = object([("role", json!("assistant")), ("content", json!(self.text))]);
        if !self.refusal.is_empty() {
            message.insert("refusal".to_owned(), json!(self.refusal));
        }
        if !self.calls.is_empty() {
            let call = |call: &ToolCall| json!({ "id": call.id, "type": "function", "function": { "name": call.name, "arguments": call.arguments } });
            message.insert("tool_calls".to_owned(), self.calls.iter().map(call).collect());
        }
        Ok(json!({ "choices": [{ "index": 0, "message": message, "finish_reason": finish_reason }], "usage": self.usage }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(message: Value, finish_reason: &str) -> Answer {
        let answer = json!({
            "choices": [{ "index": 0, "message": message, "finish_reason": finish_reason }],
            "usage": { "prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13, "prompt_tokens_details": { "cached_tokens": 5 } },
        });
        Answer::read(&answer).unwrap()
    }

    #[test]
    fn an_answer_is_read() {
        let call = json!({ "id": "c1", "type": "function", "function": { "name": "click", "arguments": "{\"x\": 1}" } });
        let read = answer(json!({ "role": "assistant", "content": null, "tool_calls": [call.clone()] }), "tool_calls");
        assert_eq!((read.text.as_str(), &read.stop), ("", &None));
        assert_eq!((read.usage.input_tokens, read.usage.cached_tokens, read.usage.output_tokens), (9, 5, 4));
        assert_eq!(read.echo("so"), json!({ "role": "assistant", "content": "so", "tool_calls": [call] }));
        let parts = json!([{ "type": "text", "text": "a" }, { "type": "text", "text": "b" }]);
        assert_eq!(answer(json!({ "content": parts }), "stop").text, "ab");
    }

    #[test]
    fn what_servers_leave_out_of_a_call_is_made_up_for() {
        let call = json!({ "function": { "name": "click", "arguments": { "x": 1 } } });
        let read = answer(json!({ "tool_calls": [call, { "function": { "name": "x", "arguments": "{x" } }] }), "tool_calls");
        assert_eq!(read.calls[0].id, "call_0");
        assert_eq!(read.calls[0].arguments, "{\"x\":1}");
        let echo = read.echo("");
        assert_eq!(echo["tool_calls"][0]["function"]["arguments"], "{\"x\":1}");
        assert_eq!(echo["tool_calls"][1]["function"]["arguments"], "{\"unreadable\":\"{x\"}", "servers read what is sent back");
    }

    #[test]
    fn why_a_model_stopped_is_known() {
        assert_eq!(answer(json!({ "content": "x" }), "length").stop, Some(Stop::CutShort));
        assert_eq!(answer(json!({ "content": null, "refusal": "no" }), "stop").stop, Some(Stop::Refused("no".into())));
        assert!(matches!(answer(json!({ "content": "" }), "content_filter").stop, Some(Stop::Refused(_))));
    }

    #[test]
    fn what_is_no_answer_is_told() {
        for (answer, why) in [
            (json!({ "error": { "message": "overloaded" } }), "overloaded"),
            (json!({ "choices": [] }), "`choices`"),
            (json!({ "choices": [{}] }), "`message`"),
        ] {
            let error = Answer::read(&answer).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn thoughts_are_left_out() {
        for (text, left) in
            [("<think>a</think>\nb", "b"), ("a</think>b", "b"), ("<think>a", ""), ("b <think> c", "b <think> c"), ("b", "b")]
        {
            assert_eq!(without_thoughts(text), left);
        }
    }

    #[test]
    fn a_streamed_answer_is_the_whole_one() {
        let mut pieces = Box::new(Pieces::new(|text| text.split('<').next().unwrap_or_default()));
        let mut told = String::new();
        let call = |piece: Value| json!({ "choices": [{ "index": 0, "delta": { "tool_calls": [piece] } }] });
        for event in [
            json!({ "choices": [{ "index": 0, "delta": { "role": "assistant", "content": "" } }] }),
            json!({ "choices": [{ "index": 0, "delta": { "content": "I cl" } }] }),
            json!({ "choices": [{ "index": 0, "delta": { "content": "ick.<x" } }] }),
            call(json!({ "index": 0, "id": "a", "type": "function", "function": { "name": "click", "arguments": "" } })),
            call(json!({ "index": 0, "function": { "arguments": "{\"x\":" } })),
            call(json!({ "index": 0, "function": { "arguments": "1}" } })),
            call(json!({ "index": 1, "id": "b", "type": "function", "function": { "name": "wait", "arguments": "{}" } })),
            json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "tool_calls" }] }),
            json!({ "choices": [], "usage": { "prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5 } }),
        ] {
            told.extend(pieces.push(&event).unwrap());
        }
        assert_eq!(told, "I click.");
        let answer = Answer::read(&pieces.finish().unwrap()).unwrap();
        assert_eq!((answer.text.as_str(), answer.usage.input_tokens), ("I click.<x", 3));
        let calls: Vec<_> = answer.calls.iter().map(|call| [&*call.id, &*call.name, &*call.arguments]).collect();
        assert_eq!(calls, [["a", "click", "{\"x\":1}"], ["b", "wait", "{}"]]);
    }

    #[test]
    fn a_stream_that_breaks_off_is_no_answer() {
        let mut pieces = Pieces::new(|text| text);
        assert_eq!(pieces.push(&json!({ "choices": [{ "index": 0, "delta": { "content": "I" } }] })), Ok(Some("I".to_owned())));
        assert!(pieces.push(&json!({ "error": { "message": "out of memory" } })).unwrap_err().contains("out of memory"));
        assert!(Box::new(pieces).finish().unwrap_err().contains("ended before"));
    }
}
