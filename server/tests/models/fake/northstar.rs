//! Northstar-CUA-Fast as vLLM serves it: with a parser of calls, or with the calls in its text.

use axum::http::HeaderMap;
use lightcone_server::computer::Viewport;
use serde_json::{Map, Value, json};

use super::completions::{Completions, PATH, pieces, rate_limited, too_long};
use super::strict::{demand, list, members, text};
use super::{Asked, Fake, Intent};

pub(crate) struct Northstar {
    completions: Completions,
    viewport: Viewport,
    /// Whether the server recognizes calls.
    parses: bool,
    /// What the newest request says of the arguments of the tool.
    parameters: Map<String, Value>,
}

impl Northstar {
    /// Behind a server that is asked for what it serves.
    pub(crate) fn parsed(viewport: Viewport) -> Self {
        Self { completions: Completions::new("served", viewport, 5), viewport, parses: true, parameters: Map::new() }
    }

    /// Behind a server without a parser.
    pub(crate) fn unparsed(viewport: Viewport) -> Self {
        Self { completions: Completions::new("unparsed", viewport, 5), viewport, parses: false, parameters: Map::new() }
    }

    fn tool(&mut self, body: &Value) -> Result<(), String> {
        let [tool] = list(&body["tools"], "tools")? else { return Err("there is more than one tool".to_owned()) };
        members(tool, "a tool", &["type", "function"], &[])?;
        demand(tool["type"] == "function", || format!("a tool of the type {}", tool["type"]))?;
        let function = members(&tool["function"], "a function", &["name", "description", "parameters"], &["strict"])?;
        demand(function["name"] == "computer_use", || format!("the function {}", function["name"]))?;
        let parameters = schema(&function["parameters"])?;
        self.parameters = parameters.clone();
        let Some(format) = body.get("response_format") else { return Ok(()) };
        members(format, "response_format", &["type", "structures", "triggers"], &[])?;
        demand(format["type"] == "structural_tag", || format!("a format of the type {}", format["type"]))?;
        let triggers = list(&format["triggers"], "triggers")?;
        for structure in list(&format["structures"], "structures")? {
            members(structure, "a structure", &["begin", "schema", "end"], &[])?;
            let begin = text(&structure["begin"], "begin")?;
            let is_triggered = triggers.iter().filter_map(Value::as_str).any(|trigger| begin.starts_with(trigger));
            demand(is_triggered, || format!("nothing triggers {begin:?}"))?;
            schema(&structure["schema"])?;
            // What it makes the model write is what the template says.
            let written = format!("{begin}{{\"action\": \"wait\"}}{}", text(&structure["end"], "end")?);
            let inside = written.strip_prefix("<tool_call>").and_then(|call| call.strip_suffix("</tool_call>"));
            let call: Value = serde_json::from_str(inside.unwrap_or_default()).map_err(|error| format!("{written:?}: {error}"))?;
            demand(call == json!({ "name": "computer_use", "arguments": { "action": "wait" } }), || format!("a grammar of {written:?}"))?;
        }
        Ok(())
    }

    /// An answer with these calls of the tool: each the arguments as they are written.
    fn calls(&mut self, calls: &[String]) -> Value {
        if !self.parses {
            let call =
                |arguments: &String| format!("<tool_call>\n{{\"name\": \"computer_use\", \"arguments\": {arguments}}}\n</tool_call>");
            let calls: Vec<String> = calls.iter().map(call).collect();
            return self.completions.says(&format!("I go on with the task.\n{}", calls.join("\n")));
        }
        let call = |arguments: &String| json!({ "id": self.completions.id(), "type": "function", "function": { "name": "computer_use", "arguments": arguments } });
        let calls: Vec<Value> = calls.iter().map(call).collect();
        let message = json!({ "role": "assistant", "content": "I go on with the task.", "tool_calls": calls });
        self.completions.answer(message, "tool_calls")
    }

    fn place(&self, (x, y): (f64, f64)) -> (u64, u64) {
        let part = |value: f64, side: u32| (value / f64::from(side) * 1000.0).round().clamp(0.0, 999.0) as u64;
        (part(x, self.viewport.width), part(y, self.viewport.height))
    }

    fn arguments(&self, intent: &Intent) -> Value {
        let at = |action: &str, place: (f64, f64)| {
            let (x, y) = self.place(place);
            json!({ "action": action, "x": x, "y": y })
        };
        match intent {
            Intent::Click(target) => at("click", target.at),
            Intent::DoubleClick(target) => at("double_click", target.at),
            Intent::RightClick(target) => at("right_click", target.at),
            Intent::Drag(from, to) => {
                let ((x, y), (end_x, end_y)) = (self.place(from.at), self.place(to.at));
                json!({ "action": "drag", "x": x, "y": y, "end_x": end_x, "end_y": end_y })
            }
            Intent::Type(text) => json!({ "action": "type", "text": text }),
            Intent::Keys(keys) => {
                let name = |key: &String| if key == "Control" { "ctrl".to_owned() } else { key.to_lowercase() };
                json!({ "action": "key", "keys": keys.iter().map(name).collect::<Vec<_>>() })
            }
            Intent::Scroll(down) => json!({ "action": "scroll", "x": 500, "y": 500, "scroll_y": down }),
            Intent::Navigate(url) => json!({ "action": "navigate", "url": url }),
            Intent::Wait => json!({ "action": "wait", "seconds": 0.2 }),
            Intent::Done(answer) => json!({ "action": "terminate", "status": "success", "text": answer }),
        }
    }
}

/// The members of an object that a schema describes.
fn schema(schema: &Value) -> Result<&Map<String, Value>, String> {
    let found = members(schema, "a schema", &["type", "properties", "required"], &["additionalProperties"])?;
    let properties = found["properties"].as_object().ok_or("properties is no object")?;
    demand(found["type"] == "object" && found["required"] == json!(["action"]), || format!("a schema of {}", found["type"]))?;
    for (name, property) in properties {
        members(property, name, &["type"], &["description", "enum", "items", "minimum", "maximum"])?;
    }
    Ok(properties)
}

impl Fake for Northstar {
    fn path(&self) -> &'static str {
        PATH
    }

    fn check(&mut self, headers: &HeaderMap, body: &Value) -> Result<Asked, String> {
        let asked = self.completions.check(headers, body)?;
        demand(asked.texts[0].contains("0 to 999"), || "the model is not told what places are counted in".to_owned())?;
        self.tool(body)?;
        Ok(asked)
    }

    /// A model can only do what the tool offers.
    fn answer(&mut self, intents: &[Intent]) -> Value {
        let calls: Vec<Value> = intents.iter().map(|intent| self.arguments(intent)).collect();
        for (name, value) in calls.iter().filter_map(Value::as_object).flatten() {
            let is_offered = self.parameters.get(name).is_some_and(|known| {
                known.get("enum").and_then(Value::as_array).is_none_or(|values| values.contains(value))
                    && match known["type"].as_str() {
                        Some("string") => value.is_string(),
                        Some("array") => value.is_array(),
                        _ => value.is_number(),
                    }
            });
            assert!(is_offered, "the tool does not offer {name}: {value}");
        }
        self.calls(&calls.iter().map(Value::to_string).collect::<Vec<_>>())
    }

    fn streamed(&mut self, intents: &[Intent]) -> Option<Vec<Value>> {
        Some(pieces(&self.answer(intents)))
    }

    fn malformed(&mut self) -> Vec<(&'static str, Value)> {
        let mut all = self.completions.malformed();
        for (name, arguments) in [
            ("a trailing comma", r#"{"action": "click", "x": 156, "y": 104,}"#),
            ("numbers in text", r#"{"action": "click", "x": "156", "y": "104"}"#),
            ("a place in one text", r#"{"action": "click", "coordinate": "(156, 104)"}"#),
            ("a box as a place", r#"{"action": "click", "coordinate": "<|box_start|>(150,100),(162,108)<|box_end|>"}"#),
            ("a Python dict", "{'action': 'click', 'x': 156, 'y': 104, 'button': None}"),
            ("arguments in text", r#""{\"action\": \"click\", \"x\": 156, \"y\": 104}""#),
            ("a stray quote", r#"{"action": "click", "x":": 156, "y": 104}"#),
            ("half a place", r#"{"action": "click", "x": 156}"#),
            ("no place", r#"{"action": "click"}"#),
            ("a place off the screen", r#"{"action": "click", "x": 2156, "y": 104}"#),
            ("an unknown action", r#"{"action": "teleport", "x": 156, "y": 104}"#),
            ("no action", "{}"),
            ("text without the text", r#"{"action": "type"}"#),
            ("two objects in a row", r#"{"action": "click", "x": 156, "y": 104} {"action": "wait"}"#),
            ("text that breaks off", r#"{"action": "type", "text": "one and"#),
        ] {
            all.push((name, self.calls(&[arguments.to_owned()])));
        }
        for (name, text) in [
            (
                "a tag that stays open",
                "<tool_call>\n{\"name\": \"computer_use\", \"arguments\": {\"action\": \"click\", \"x\": 156, \"y\": 104}}",
            ),
            ("a function for the action", "<tool_call>{\"name\": \"click\", \"arguments\": {\"x\": 156, \"y\": 104}}</tool_call>"),
            ("a fence instead of a tag", "```json\n{\"action\": \"left_click\", \"coordinate\": [156, 104]}\n```"),
            ("a place alone", "(156, 104)"),
            ("an empty tag", "<tool_call>\n</tool_call>"),
        ] {
            all.push((name, self.completions.says(text)));
        }
        all
    }

    fn refusal(&mut self) -> Value {
        self.completions.refuses()
    }

    fn too_long(&self) -> (u16, Value) {
        too_long()
    }

    fn rate_limited(&self) -> (u16, Value) {
        rate_limited()
    }
}
