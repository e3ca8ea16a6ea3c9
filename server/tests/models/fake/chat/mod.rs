//! Chat completions with tools, after the types of `OpenAI`'s SDK and what servers such as
//! vLLM take of them. Its model knows the numbers of elements, and points as well.

mod check;

use axum::http::HeaderMap;
use lightcone_server::computer::Viewport;
use serde_json::{Value, json};

use super::{Asked, Fake, Intent, Target};

pub(crate) struct Chat {
    viewport: Viewport,
    /// The size of the last screenshot.
    picture: Viewport,
    /// The newest list of elements.
    list: String,
    /// The messages that were given.
    given: Vec<Value>,
    calls: usize,
    /// How often something was aimed at: every other time by number.
    aimed: usize,
}

impl Chat {
    pub(crate) fn new(viewport: Viewport) -> Self {
        Self { viewport, picture: viewport, list: String::new(), given: vec![], calls: 0, aimed: 0 }
    }

    fn completion(&mut self, finish_reason: &str, message: Value) -> Value {
        self.given.push(message.clone());
        json!({
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_770_000_000,
            "model": "any",
            "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason }],
            "usage": { "prompt_tokens": 1200, "completion_tokens": 30, "total_tokens": 1230 },
        })
    }

    fn wrote(&mut self, text: &str) -> Value {
        self.completion("stop", json!({ "role": "assistant", "content": text }))
    }

    fn called(&mut self, calls: &[(&str, &str)]) -> Value {
        let tool_calls: Vec<Value> = calls
            .iter()
            .map(|(name, arguments)| {
                self.calls += 1;
                json!({ "id": format!("call_{}", self.calls), "type": "function", "function": { "name": name, "arguments": arguments } })
            })
            .collect();
        self.completion("tool_calls", json!({ "role": "assistant", "content": "I go on with the task.", "tool_calls": tool_calls }))
    }

    fn call(&mut self, intent: &Intent) -> (&'static str, Value) {
        match intent {
            Intent::Click(target) => ("click", self.aimed_at(target, "element", ["x", "y"])),
            Intent::DoubleClick(target) => ("click", with(self.aimed_at(target, "element", ["x", "y"]), json!({ "count": 2 }))),
            Intent::RightClick(target) => ("click", with(self.aimed_at(target, "element", ["x", "y"]), json!({ "button": "right" }))),
            Intent::Drag(from, to) => {
                let from = self.aimed_at(from, "from_element", ["from_x", "from_y"]);
                ("drag", with(from, self.aimed_at(to, "to_element", ["to_x", "to_y"])))
            }
            Intent::Type(text) => ("type", json!({ "text": text })),
            Intent::Keys(keys) => ("press", json!({ "keys": keys })),
            Intent::Scroll(down) => {
                let direction = if *down < 0.0 { "up" } else { "down" };
                ("scroll", json!({ "direction": direction, "pages": down.abs() / f64::from(self.viewport.height) }))
            }
            Intent::Navigate(url) => ("navigate", json!({ "url": url })),
            Intent::Wait => ("wait", json!({ "seconds": 0.2 })),
            Intent::Done(answer) => ("done", json!({ "answer": answer })),
        }
    }

    /// By its number every other time, if it has one; else by its place in the picture.
    fn aimed_at(&mut self, target: &Target, element: &str, [x, y]: [&str; 2]) -> Value {
        self.aimed += 1;
        match self.number(target).filter(|_| self.aimed % 2 == 1) {
            Some(number) => json!({ element: number }),
            None => {
                let side = |at: f64, of: u32, shown: u32| (at / f64::from(of) * f64::from(shown)).floor();
                json!({
                    x: side(target.at.0, self.viewport.width, self.picture.width),
                    y: side(target.at.1, self.viewport.height, self.picture.height),
                })
            }
        }
    }

    /// The number in front of the role and name of an element on the screen.
    fn number(&self, target: &Target) -> Option<u64> {
        let here = self.list.lines().take_while(|line| !line.ends_with("first):"));
        let named = format!("{} {:?}", target.role, target.name);
        here.filter_map(|line| line.strip_prefix('[')?.split_once("] ")).find(|(_, told)| told.starts_with(&named))?.0.parse().ok()
    }
}

impl Fake for Chat {
    fn path(&self) -> &'static str {
        "/v1/chat/completions"
    }

    fn check(&mut self, headers: &HeaderMap, body: &Value) -> Result<Asked, String> {
        self.checked(headers, body)
    }

    fn answer(&mut self, intents: &[Intent]) -> Value {
        let calls: Vec<(&str, String)> =
            intents.iter().map(|intent| self.call(intent)).map(|(name, arguments)| (name, arguments.to_string())).collect();
        self.called(&calls.iter().map(|(name, arguments)| (*name, arguments.as_str())).collect::<Vec<_>>())
    }

    fn streamed(&mut self, intents: &[Intent]) -> Option<Vec<Value>> {
        let whole = self.answer(intents);
        let message = &whole["choices"][0]["message"];
        let chunk = |choices: Value, usage: &Value| json!({ "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_770_000_000, "model": "any", "choices": choices, "usage": usage });
        let piece = |delta: Value, finish: Value| chunk(json!([{ "index": 0, "delta": delta, "finish_reason": finish }]), &Value::Null);
        let mut events = vec![piece(json!({ "role": "assistant", "content": "" }), Value::Null)];
        for half in message["content"].as_str().unwrap().split_inclusive(' ') {
            events.push(piece(json!({ "content": half }), Value::Null));
        }
        for (index, call) in message["tool_calls"].as_array().unwrap().iter().enumerate() {
            let mut begun = call.clone();
            (begun["index"], begun["function"]["arguments"]) = (json!(index), json!(""));
            events.push(piece(json!({ "tool_calls": [begun] }), Value::Null));
            for half in call["function"]["arguments"].as_str().unwrap().split_inclusive(':') {
                let more = json!({ "index": index, "function": { "arguments": half } });
                events.push(piece(json!({ "tool_calls": [more] }), Value::Null));
            }
        }
        events.push(piece(json!({}), whole["choices"][0]["finish_reason"].clone()));
        events.push(chunk(json!([]), &whole["usage"]));
        Some(events)
    }

    fn malformed(&mut self) -> Vec<(&'static str, Value)> {
        let mut all = Vec::new();
        for (told, name, arguments) in [
            ("a number in text", "click", r#"{"element": "[1]"}"#),
            ("quotes as in Python", "click", r"{'element': 1}"),
            ("an unknown number", "click", r#"{"element": 99}"#),
            ("a name for a number", "click", r#"{"element": "One"}"#),
            ("no element", "click", "{}"),
            ("half a place", "click", r#"{"x": 100}"#),
            ("a place off the screen", "click", r#"{"x": 5000, "y": 50}"#),
            ("an unknown function", "look_up", "{}"),
            ("text without the text", "type", "{}"),
            ("arguments that are a list", "click", "[1]"),
            ("arguments that break off", "type", r#"{"text": "mil"#),
        ] {
            all.push((told, self.called(&[(name, arguments)])));
        }
        for (told, text) in [
            ("a call in the text", r#"I click. {"name": "click", "arguments": {"element": 1}}"#),
            ("a call in a fence", "```json\n{\"action\": \"click\", \"element\": 1}\n```"),
            ("text without a call", "I would click the button One now."),
            ("nothing", ""),
            ("thoughts alone", "<think>The button is there."),
        ] {
            all.push((told, self.wrote(text)));
        }
        let cut = self.completion("length", json!({ "role": "assistant", "content": "I will now" }));
        all.push(("an answer cut short", cut));
        all.push(("no choice", json!({ "object": "chat.completion", "choices": [] })));
        all.push(("an error in place of an answer", json!({ "error": { "message": "The model stumbled.", "type": "server_error" } })));
        all
    }

    fn refusal(&mut self) -> Value {
        self.completion("stop", json!({ "role": "assistant", "content": null, "refusal": "I cannot help with that." }))
    }

    fn too_long(&self) -> (u16, Value) {
        let told = "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens. Please reduce the length of the messages.";
        (400, json!({ "object": "error", "message": told, "type": "BadRequestError", "param": null, "code": 400 }))
    }

    fn rate_limited(&self) -> (u16, Value) {
        (429, json!({ "error": { "message": "Rate limit reached.", "type": "requests", "param": null, "code": "rate_limit_exceeded" } }))
    }
}

fn with(mut members: Value, more: Value) -> Value {
    members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    members
}
