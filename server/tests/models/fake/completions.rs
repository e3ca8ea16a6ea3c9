//! Chat completions, after the types of `OpenAI`'s SDK and of vLLM: what every fake of a
//! model behind them asks of requests, and how it answers.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use lightcone_server::computer::Viewport;
use serde_json::{Map, Value, json};

use super::Asked;
use super::strict::{demand, list, members, screenshot, text};

pub(crate) const PATH: &str = "/v1/chat/completions";

/// Members of a request beside `model` and `messages`.
const MEMBERS: [&str; 13] = [
    "temperature",
    "top_p",
    "max_tokens",
    "max_completion_tokens",
    "stop",
    "seed",
    "stream",
    "stream_options",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "response_format",
    "user",
];

/// What a model said: its text, and the ids and names of its calls.
#[derive(Clone, Debug, PartialEq)]
struct Said {
    text: String,
    calls: Vec<(String, String)>,
}

/// One model behind chat completions.
pub(crate) struct Completions {
    /// The name that requests have to give.
    model: &'static str,
    viewport: Viewport,
    /// Screenshots that a request may hold.
    most_pictures: usize,
    /// Everything that was answered.
    said: Vec<Said>,
    /// The size of the newest screenshot.
    pub(crate) picture: Viewport,
    ids: usize,
}

impl Completions {
    pub(crate) fn new(model: &'static str, viewport: Viewport, most_pictures: usize) -> Self {
        Self { model, viewport, most_pictures, said: Vec::new(), picture: viewport, ids: 0 }
    }

    /// Checks what is the same for all models; tools and formats are left to the fake.
    pub(crate) fn check(&mut self, headers: &HeaderMap, body: &Value) -> Result<Asked, String> {
        demand(headers.get(AUTHORIZATION).is_some_and(|key| key == "Bearer sk-of-the-fake"), || "the key is missing".to_owned())?;
        members(body, "the request", &["model", "messages"], &MEMBERS)?;
        demand(body["model"] == self.model, || format!("the model {} does not exist", body["model"]))?;
        if let Some(temperature) = body.get("temperature") {
            demand(temperature.as_f64().is_some_and(|freely| (0.0..=2.0).contains(&freely)), || format!("temperature {temperature}"))?;
        }
        demand(body.get("stream").is_none_or(Value::is_boolean), || "stream is no boolean".to_owned())?;
        if let Some(options) = body.get("stream_options") {
            demand(body["stream"] == true, || "stream_options without stream".to_owned())?;
            demand(members(options, "stream_options", &["include_usage"], &[])?["include_usage"].is_boolean(), || {
                "include_usage is no boolean".to_owned()
            })?;
        }
        let asked = self.messages(list(&body["messages"], "messages")?)?;
        let count = asked.pictures.len();
        demand(count <= self.most_pictures, || {
            format!("at most {} images may be provided in one prompt, not {count}", self.most_pictures)
        })?;
        self.picture = *asked.pictures.last().unwrap_or(&self.viewport);
        Ok(asked)
    }

    fn messages(&self, messages: &[Value]) -> Result<Asked, String> {
        let (system, others) = messages.split_first().ok_or("there is no message")?;
        members(system, "the first message", &["role", "content"], &[])?;
        demand(system["role"] == "system", || format!("the first message is of {}", system["role"]))?;
        let mut asked = Asked { pictures: vec![], texts: vec![text(&system["content"], "the text of the system")?.to_owned()] };
        // The earlier conversation has no parts.
        let begin = others.iter().position(|message| message["content"].is_array()).unwrap_or_default();
        let mut answered = self.said.iter();
        let mut open: Vec<&str> = Vec::new();
        let mut last = "";
        for (at, message) in others.iter().enumerate() {
            let role = text(&message["role"], "a role")?;
            if let ("tool", Some(id)) = (role, open.first()) {
                members(message, "a result", &["role", "tool_call_id", "content"], &[])?;
                demand(message["tool_call_id"] == *id, || {
                    format!("a result of {} where that of {id:?} has to be", message["tool_call_id"])
                })?;
                asked.texts.push(text(&message["content"], "a result")?.to_owned());
                open.remove(0);
                last = role;
                continue;
            }
            demand(open.is_empty(), || format!("the calls {open:?} have no result"))?;
            match role {
                "user" => user(message, self.viewport, &mut asked)?,
                "assistant" => {
                    demand(last != role, || "two messages of the assistant in a row".to_owned())?;
                    let (said, ids) = assistant(message)?;
                    asked.texts.push(said.text.clone());
                    demand(at < begin || answered.any(|given| given.is_echoed_by(&said)), || format!("never said, or not now: {message}"))?;
                    open = ids;
                }
                _ => return Err(format!("a message of {role:?} has no place here")),
            }
            last = role;
        }
        demand(open.is_empty(), || format!("the calls {open:?} have no result"))?;
        let newest = others.last().filter(|message| message["role"] == "user");
        let shows = newest
            .and_then(|message| message["content"].as_array())
            .is_some_and(|parts| parts.iter().any(|part| part["type"] == "image_url"));
        demand(shows, || "the model is not shown the screen as it is".to_owned())?;
        Ok(asked)
    }

    /// A new id of a call.
    pub(crate) fn id(&mut self) -> String {
        self.ids += 1;
        format!("chatcmpl-tool-{}", self.ids)
    }

    /// An answer with this message.
    pub(crate) fn answer(&mut self, message: Value, finish_reason: &str) -> Value {
        let call = |call: &Value| {
            (call["id"].as_str().unwrap_or_default().to_owned(), call["function"]["name"].as_str().unwrap_or_default().to_owned())
        };
        let calls = message["tool_calls"].as_array().into_iter().flatten().map(call).collect();
        self.said.push(Said { text: message["content"].as_str().unwrap_or_default().to_owned(), calls });
        json!({
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_770_000_000,
            "model": self.model,
            "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason }],
            "usage": { "prompt_tokens": 1200, "completion_tokens": 30, "total_tokens": 1230, "prompt_tokens_details": null },
        })
    }

    /// An answer of text alone.
    pub(crate) fn says(&mut self, content: &str) -> Value {
        self.answer(json!({ "role": "assistant", "content": content, "refusal": null, "tool_calls": [] }), "stop")
    }

    pub(crate) fn refuses(&mut self) -> Value {
        self.answer(json!({ "role": "assistant", "content": null, "refusal": "I cannot help with that." }), "stop")
    }

    /// Answers that are wrong whatever the model speaks.
    pub(crate) fn malformed(&mut self) -> Vec<(&'static str, Value)> {
        let nothing = self.answer(json!({ "role": "assistant", "content": null }), "stop");
        vec![
            ("prose alone", self.says("The screen shows two buttons, One and Two.")),
            ("nothing", nothing),
            ("thoughts alone", self.says("<think>Which of the buttons was it? I had better")),
            ("an answer cut short", self.answer(json!({ "role": "assistant", "content": "I see two buttons, and I" }), "length")),
            ("an error as an answer", json!({ "error": { "message": "The engine is dead.", "code": 500 } })),
        ]
    }
}

impl Said {
    /// Whether it is sent back as it was, but for thoughts, special tokens and what cannot be sent.
    fn is_echoed_by(&self, echo: &Said) -> bool {
        let text = self.text.rsplit("</think>").next().unwrap_or_default().trim();
        let text = if text.starts_with("<think>") { "" } else { text };
        let plain = |text: &str| text.replace("<|box_start|>", "").replace("<|box_end|>", "");
        let is_same = plain(&echo.text) == plain(text) || (text.is_empty() && self.calls.is_empty() && echo.text == "(nothing)");
        is_same && echo.calls == self.calls
    }
}

fn user(message: &Value, viewport: Viewport, asked: &mut Asked) -> Result<(), String> {
    let content = &members(message, "a message of the user", &["role", "content"], &[])?["content"];
    if content.is_string() {
        asked.texts.push(text(content, "a text of the user")?.to_owned());
        return Ok(());
    }
    for part in list(content, "content")? {
        match text(&part["type"], "the type of a part")? {
            "text" => asked.texts.push(text(&members(part, "a text", &["type", "text"], &[])?["text"], "a text")?.to_owned()),
            "image_url" => {
                let image = members(part, "an image", &["type", "image_url"], &[])?;
                asked.pictures.push(picture(&members(&image["image_url"], "image_url", &["url"], &["detail"])?["url"], viewport)?);
            }
            other => return Err(format!("a part of the type {other:?}")),
        }
    }
    Ok(())
}

/// What the assistant said, and the ids that have to be answered.
fn assistant(message: &Value) -> Result<(Said, Vec<&str>), String> {
    members(message, "a message of the assistant", &["role"], &["content", "tool_calls"])?;
    let Some(calls) = message.get("tool_calls") else {
        let text = text(&message["content"], "what the assistant said")?.to_owned();
        return Ok((Said { text, calls: vec![] }, vec![]));
    };
    demand(message["content"].is_string() || message["content"].is_null(), || "content is no text".to_owned())?;
    let mut said = Said { text: message["content"].as_str().unwrap_or_default().to_owned(), calls: vec![] };
    let mut ids = Vec::new();
    for call in list(calls, "tool_calls")? {
        members(call, "a call", &["id", "type", "function"], &[])?;
        demand(call["type"] == "function", || format!("a call of the type {}", call["type"]))?;
        let function = members(&call["function"], "a function", &["name", "arguments"], &[])?;
        let arguments = text(&function["arguments"], "arguments")?;
        // The template of the model reads them.
        serde_json::from_str::<Map<String, Value>>(arguments).map_err(|error| format!("arguments {arguments:?}: {error}"))?;
        let id = text(&call["id"], "the id of a call")?;
        said.calls.push((id.to_owned(), text(&function["name"], "the name of a function")?.to_owned()));
        ids.push(id);
    }
    Ok((said, ids))
}

/// The size of a picture, which has to be one of the screen.
fn picture(url: &Value, viewport: Viewport) -> Result<Viewport, String> {
    let base64 = url.as_str().and_then(|url| url.strip_prefix("data:image/png;base64,"));
    screenshot(base64.ok_or("an image is no data URL of a PNG file")?, viewport)
}

/// An answer as the pieces of a stream.
pub(crate) fn pieces(answer: &Value) -> Vec<Value> {
    let choice = &answer["choices"][0];
    let chunk = |choices: Value, usage: &Value| json!({ "id": answer["id"], "object": "chat.completion.chunk", "created": answer["created"], "model": answer["model"], "choices": choices, "usage": usage });
    let delta = |delta: Value| chunk(json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": null }]), &Value::Null);
    let mut pieces = vec![delta(json!({ "role": "assistant", "content": "" }))];
    let content: Vec<char> = choice["message"]["content"].as_str().unwrap_or_default().chars().collect();
    pieces.extend(content.chunks(7).map(|some| delta(json!({ "content": some.iter().collect::<String>() }))));
    for (index, call) in choice["message"]["tool_calls"].as_array().into_iter().flatten().enumerate() {
        let function = |function: Value| json!({ "tool_calls": [{ "index": index, "function": function }] });
        let mut begin = function(json!({ "name": call["function"]["name"], "arguments": "" }));
        (begin["tool_calls"][0]["id"], begin["tool_calls"][0]["type"]) = (call["id"].clone(), json!("function"));
        pieces.push(delta(begin));
        let arguments: Vec<char> = call["function"]["arguments"].as_str().unwrap_or_default().chars().collect();
        pieces.extend(arguments.chunks(7).map(|some| delta(function(json!({ "arguments": some.iter().collect::<String>() })))));
    }
    pieces.push(chunk(json!([{ "index": 0, "delta": {}, "logprobs": null, "finish_reason": choice["finish_reason"] }]), &Value::Null));
    pieces.push(chunk(json!([]), &answer["usage"]));
    pieces
}

/// The status and the error of a request that is too long, as vLLM has it.
pub(crate) fn too_long() -> (u16, Value) {
    let told = "This model's maximum context length is 65536 tokens. However, your request has 70000 input tokens. Please reduce the length of the input messages.";
    (400, json!({ "error": { "message": told, "type": "BadRequestError", "param": "input_tokens", "code": 400 } }))
}

pub(crate) fn rate_limited() -> (u16, Value) {
    (
        429,
        json!({ "error": { "message": "Rate limit reached for requests.", "type": "requests", "param": null, "code": "rate_limit_exceeded" } }),
    )
}
