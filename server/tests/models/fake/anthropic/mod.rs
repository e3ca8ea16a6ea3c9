//! The Messages API with its computer tool, after the types of Anthropic's SDKs and its
//! guides. It keeps nothing: each request holds the whole conversation.

mod check;

use axum::http::HeaderMap;
use lightcone_server::computer::Viewport;
use serde_json::{Value, json};

use super::{Asked, Fake, Intent, Target};

pub(crate) struct Anthropic {
    model: &'static str,
    /// Whether each action is a tool of its own.
    has_toolset: bool,
    viewport: Viewport,
    /// The size of the last screenshot.
    picture: Viewport,
    /// The contents that were given; of each, what is to be sent back.
    given: Vec<Vec<Value>>,
    /// How many messages and calls were given.
    messages: usize,
    calls: usize,
}

impl Anthropic {
    pub(crate) fn new(model: &'static str, viewport: Viewport) -> Self {
        let has_toolset = model == "claude-opus-5";
        Self { model, has_toolset, viewport, picture: viewport, given: vec![], messages: 0, calls: 0 }
    }

    fn message(&mut self, stop_reason: &str, content: Vec<Value>) -> Value {
        self.messages += 1;
        self.given.push(content.clone());
        json!({
            "id": format!("msg_{}", self.messages),
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": content,
            "stop_reason": stop_reason,
            "stop_sequence": null,
            "usage": { "input_tokens": 1200, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 30 },
        })
    }

    fn tool_use(&mut self, name: &str, input: Value) -> Value {
        self.calls += 1;
        json!({ "type": "tool_use", "id": format!("toolu_{}", self.calls), "name": name, "input": input })
    }

    fn action(&mut self, name: &str, mut input: Value) -> Value {
        if self.has_toolset {
            let mut block = self.tool_use(name, input);
            block["toolset_name"] = json!("computer");
            return block;
        }
        input["action"] = json!(name);
        self.tool_use("computer", input)
    }

    fn intent(&mut self, intent: &Intent) -> Value {
        match intent {
            Intent::Click(target) => self.action("left_click", json!({ "coordinate": self.place(target) })),
            Intent::DoubleClick(target) => self.action("double_click", json!({ "coordinate": self.place(target) })),
            Intent::RightClick(target) => self.action("right_click", json!({ "coordinate": self.place(target) })),
            Intent::Drag(from, to) => {
                self.action("left_click_drag", json!({ "start_coordinate": self.place(from), "coordinate": self.place(to) }))
            }
            Intent::Type(text) => self.action("type", json!({ "text": text })),
            Intent::Keys(keys) => {
                // The names that xdotool has.
                let name = |key: &String| match key.as_str() {
                    "Control" => "ctrl".to_owned(),
                    "Enter" => "Return".to_owned(),
                    other => other.to_owned(),
                };
                self.action("key", json!({ "text": keys.iter().map(name).collect::<Vec<_>>().join("+") }))
            }
            Intent::Scroll(down) => {
                let middle = [self.picture.width / 2, self.picture.height / 2];
                let direction = if *down < 0.0 { "up" } else { "down" };
                let notches = (down.abs() / 100.0).round() as u64;
                self.action("scroll", json!({ "coordinate": middle, "scroll_direction": direction, "scroll_amount": notches }))
            }
            Intent::Wait => self.action("wait", json!({ "duration": 0.2 })),
            Intent::Navigate(url) => self.tool_use("navigate", json!({ "url": url })),
            Intent::Done(answer) => json!({ "type": "text", "text": answer }),
        }
    }

    /// Pixels of the picture.
    fn place(&self, target: &Target) -> [u32; 2] {
        let side = |at: f64, of: u32, shown: u32| (at / f64::from(of) * f64::from(shown)).floor() as u32;
        [side(target.at.0, self.viewport.width, self.picture.width), side(target.at.1, self.viewport.height, self.picture.height)]
    }
}

impl Fake for Anthropic {
    fn path(&self) -> &'static str {
        "/v1/messages"
    }

    fn takes_temperature(&self) -> bool {
        !self.has_toolset
    }

    fn check(&mut self, headers: &HeaderMap, body: &Value) -> Result<Asked, String> {
        self.checked(headers, body)
    }

    fn answer(&mut self, intents: &[Intent]) -> Value {
        let mut content = Vec::new();
        if self.has_toolset {
            content.push(json!({ "type": "thinking", "thinking": "", "signature": format!("signed {}", self.messages) }));
        }
        if let [end @ Intent::Done(_)] = intents {
            content.push(self.intent(end));
            return self.message("end_turn", content);
        }
        content.push(json!({ "type": "text", "text": "I go on with the task." }));
        content.extend(intents.iter().map(|intent| self.intent(intent)));
        self.message("tool_use", content)
    }

    fn streamed(&mut self, intents: &[Intent]) -> Option<Vec<Value>> {
        let whole = self.answer(intents);
        let mut begun = whole.clone();
        (begun["content"], begun["stop_reason"]) = (json!([]), Value::Null);
        let mut events = vec![json!({ "type": "message_start", "message": begun }), json!({ "type": "ping" })];
        for (index, block) in whole["content"].as_array().unwrap().iter().enumerate() {
            let mut begun = block.clone();
            let (member, empty) = match block["type"].as_str().unwrap() {
                "text" => ("text", json!("")),
                "thinking" => ("signature", json!("")),
                _ => ("input", json!({})),
            };
            begun[member] = empty;
            events.push(json!({ "type": "content_block_start", "index": index, "content_block": begun }));
            let piece = |kind: &str, member: &str, piece: &str| json!({ "type": "content_block_delta", "index": index, "delta": { "type": kind, member: piece } });
            match block["type"].as_str().unwrap() {
                "thinking" => events.push(piece("signature_delta", "signature", block["signature"].as_str().unwrap())),
                "text" => {
                    let (one, other) = halves(block["text"].as_str().unwrap());
                    events.extend([one, other].map(|half| piece("text_delta", "text", half)));
                }
                _ => {
                    let input = block["input"].to_string();
                    let (one, other) = halves(&input);
                    events.extend([one, other].map(|half| piece("input_json_delta", "partial_json", half)));
                }
            }
            events.push(json!({ "type": "content_block_stop", "index": index }));
        }
        let delta = json!({ "stop_reason": whole["stop_reason"], "stop_sequence": null });
        events.push(json!({ "type": "message_delta", "delta": delta, "usage": { "output_tokens": 30 } }));
        events.push(json!({ "type": "message_stop" }));
        Some(events)
    }

    fn malformed(&mut self) -> Vec<(&'static str, Value)> {
        let mut all = Vec::new();
        for (told, action, input) in [
            ("an unknown action", "teleport", json!({ "coordinate": [100, 50] })),
            ("half a place", "left_click", json!({ "coordinate": [100] })),
            ("a place in text", "left_click", json!({ "coordinate": "[100, 50]" })),
            ("a place off the screen", "left_click", json!({ "coordinate": [5000, 50] })),
            ("text without the text", "type", json!({})),
            ("a scroll to nowhere", "scroll", json!({ "coordinate": [100, 50], "scroll_direction": "inwards", "scroll_amount": 3 })),
            ("an unknown key", "key", json!({ "text": "ctrl+nonsense" })),
        ] {
            let block = self.action(action, input);
            all.push((told, self.message("tool_use", vec![block])));
        }
        let other = self.tool_use("bash", json!({ "command": "ls" }));
        all.push(("an unknown tool", self.message("tool_use", vec![other])));
        let text = |text: &str| json!({ "type": "text", "text": text });
        all.push(("nothing", self.message("end_turn", vec![])));
        all.push(("an empty text", self.message("end_turn", vec![text("")])));
        all.push(("an answer cut short", self.message("max_tokens", vec![text("I will now")])));
        let begun = self.action("left_click", json!({}));
        all.push(("a call cut short", self.message("max_tokens", vec![text("I click."), begun])));
        all.push(("a turn that pauses", self.message("pause_turn", vec![text("One moment.")])));
        let thought = json!({ "type": "thinking", "thinking": "I wonder", "signature": "signed" });
        all.push(("thoughts alone", self.message("max_tokens", vec![thought])));
        let block = self.tool_use("computer", json!("left_click"));
        all.push(("an input that is no object", self.message("tool_use", vec![block])));
        all.push(("no message", json!({ "type": "error", "error": { "type": "api_error", "message": "Internal server error" } })));
        all
    }

    fn refusal(&mut self) -> Value {
        let mut message = self.message("refusal", vec![]);
        message["stop_details"] = json!({ "type": "refusal", "category": "cyber", "explanation": "This could do harm." });
        message
    }

    fn too_long(&self) -> (u16, Value) {
        let told = "prompt is too long: 210000 tokens > 200000 maximum";
        (400, json!({ "type": "error", "error": { "type": "invalid_request_error", "message": told } }))
    }

    fn rate_limited(&self) -> (u16, Value) {
        (429, json!({ "type": "error", "error": { "type": "rate_limit_error", "message": "This would exceed your rate limit." } }))
    }
}

fn halves(text: &str) -> (&str, &str) {
    text.split_at(text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at))
}
