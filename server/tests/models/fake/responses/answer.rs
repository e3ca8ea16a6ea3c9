//! What the fake says.

use serde_json::{Value, json};

use super::{Given, Responses, Tool};
use crate::fake::Intent;

/// Northstar's grid of places, from which its API makes pixels.
const GRID: f64 = 999.0;

impl Responses {
    /// A whole response, which the next request may go on from.
    pub(super) fn response(&mut self, output: Vec<Value>) -> Value {
        self.responses += 1;
        let id = format!("resp_{}", self.responses);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let calls = output.iter().filter(|item| item["call_id"].is_string());
        let calls = calls.map(|call| (text(&call["call_id"]), text(&call["type"]), call["pending_safety_checks"].clone())).collect();
        self.given.push(Given { id: id.clone(), calls });
        json!({
            "id": id,
            "object": "response",
            "created_at": 1_770_000_000,
            "status": "completed",
            "error": null,
            "incomplete_details": null,
            "model": self.model,
            "output": output,
            "usage": {
                "input_tokens": 1200,
                "input_tokens_details": { "cached_tokens": 0 },
                "output_tokens": 30,
                "output_tokens_details": { "reasoning_tokens": 10 },
                "total_tokens": 1230,
            },
        })
    }

    pub(super) fn output(&mut self, intents: &[Intent]) -> Vec<Value> {
        if let [Intent::Done(answer)] = intents {
            if self.tool == Tool::ComputerUse {
                return vec![self.function_call("done", &json!({ "answer": answer, "success": true }).to_string())];
            }
            return vec![message(json!({ "type": "output_text", "text": answer, "annotations": [] }))];
        }
        let mut output = vec![
            json!({ "type": "reasoning", "id": "rs_1", "summary": [] }),
            message(json!({ "type": "output_text", "text": "I go on with the task.", "annotations": [] })),
        ];
        let mut batch = Vec::new();
        for intent in intents {
            match (self.tool, intent) {
                (Tool::Computer | Tool::ComputerUsePreview, Intent::Navigate(url)) => {
                    output.extend((!batch.is_empty()).then(|| self.computer_call(&batch)));
                    batch.clear();
                    output.push(self.function_call("navigate", &json!({ "url": url }).to_string()));
                }
                (Tool::Computer, _) => batch.push(self.action(intent)),
                _ => {
                    let action = self.action(intent);
                    output.push(self.computer_call(&[action]));
                }
            }
        }
        output.extend((!batch.is_empty()).then(|| self.computer_call(&batch)));
        output
    }

    fn action(&self, intent: &Intent) -> Value {
        let is_northstar = self.tool == Tool::ComputerUse;
        let place = |at| self.place(at);
        match intent {
            Intent::Click(target) => {
                let (x, y) = place(target.at);
                json!({ "type": "click", "button": "left", "x": x, "y": y })
            }
            Intent::RightClick(target) => {
                let (x, y) = place(target.at);
                if is_northstar {
                    json!({ "type": "right_click", "x": x, "y": y })
                } else {
                    json!({ "type": "click", "button": "right", "x": x, "y": y })
                }
            }
            Intent::DoubleClick(target) => {
                let (x, y) = place(target.at);
                json!({ "type": "double_click", "x": x, "y": y })
            }
            Intent::Drag(from, to) => {
                let ((x, y), (end_x, end_y)) = (place(from.at), place(to.at));
                if is_northstar {
                    json!({ "type": "drag", "x": x, "y": y, "end_x": end_x, "end_y": end_y })
                } else {
                    json!({ "type": "drag", "path": [{ "x": x, "y": y }, { "x": end_x, "y": end_y }] })
                }
            }
            Intent::Type(text) => json!({ "type": "type", "text": text }),
            Intent::Keys(keys) if is_northstar => json!({ "type": "key", "keys": keys }),
            Intent::Keys(keys) => {
                let name = |key: &String| if key == "Control" { "CTRL".to_owned() } else { key.to_uppercase() };
                json!({ "type": "keypress", "keys": keys.iter().map(name).collect::<Vec<_>>() })
            }
            Intent::Scroll(down) => {
                let (x, y) = place((f64::from(self.viewport.width) / 2.0, f64::from(self.viewport.height) / 2.0));
                let down = down * f64::from(self.picture.height) / f64::from(self.viewport.height);
                json!({ "type": "scroll", "x": x, "y": y, "scroll_x": 0, "scroll_y": down.round() as i64 })
            }
            Intent::Wait => json!({ "type": "wait" }),
            Intent::Navigate(url) => json!({ "type": "navigate", "url": url }),
            Intent::Done(answer) => json!({ "type": "answer", "result": answer }),
        }
    }

    /// Pixels of the picture.
    fn place(&self, (x, y): (f64, f64)) -> (i64, i64) {
        let side = |at: f64, of: u32, shown: u32| {
            let part = at / f64::from(of);
            if self.tool == Tool::ComputerUse {
                return ((part * GRID).round() * f64::from(shown - 1) / GRID).round() as i64;
            }
            (part * f64::from(shown)).floor() as i64
        };
        (side(x, self.viewport.width, self.picture.width), side(y, self.viewport.height, self.picture.height))
    }

    pub(super) fn computer_call(&mut self, actions: &[Value]) -> Value {
        self.calls += 1;
        let mut call = json!({
            "type": "computer_call",
            "id": format!("cu_{}", self.calls),
            "call_id": format!("call_{}", self.calls),
            "status": "completed",
            "pending_safety_checks": self.checks,
        });
        if self.tool == Tool::Computer {
            call["actions"] = json!(actions);
        } else {
            call["action"] = actions[0].clone();
        }
        call
    }

    pub(super) fn function_call(&mut self, name: &str, arguments: &str) -> Value {
        self.calls += 1;
        json!({
            "type": "function_call",
            "id": format!("fc_{}", self.calls),
            "call_id": format!("call_{}", self.calls),
            "name": name,
            "arguments": arguments,
            "status": "completed",
        })
    }
}

pub(super) fn message(part: Value) -> Value {
    json!({ "type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part] })
}
