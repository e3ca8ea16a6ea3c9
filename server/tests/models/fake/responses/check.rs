//! What the fake takes.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use lightcone_server::computer::Viewport;
use serde_json::{Value, json};

use super::{Given, Responses, Tool};
use crate::fake::Asked;
use crate::fake::strict::{demand, list, members, screenshot, text};

/// Members of a request that all have; those beside them that OpenAI has.
const MEMBERS: [&str; 9] =
    ["model", "instructions", "input", "tools", "previous_response_id", "temperature", "stream", "max_output_tokens", "top_p"];
const OPENAI_MEMBERS: [&str; 9] =
    ["truncation", "store", "reasoning", "tool_choice", "parallel_tool_calls", "metadata", "include", "text", "service_tier"];

/// What an endpoint makes smaller before its model sees it.
const MOST_PIXELS: u32 = 10_240_000;
const PREVIEW_SIDES: (u32, u32) = (768, 2048);

impl Responses {
    pub(super) fn checked(&mut self, headers: &HeaderMap, body: &Value) -> Result<Asked, String> {
        demand(headers.get(AUTHORIZATION).is_some_and(|key| key == "Bearer sk-of-the-fake"), || "the key is missing".to_owned())?;
        let other: Vec<&str> = if self.tool == Tool::ComputerUse { MEMBERS.to_vec() } else { [MEMBERS, OPENAI_MEMBERS].concat() };
        members(body, "request", &["model", "instructions", "input", "tools"], &other)?;
        demand(body["model"] == self.model, || format!("the model {} does not exist", body["model"]))?;
        if let Some(temperature) = body.get("temperature") {
            demand(temperature.as_f64().is_some_and(|freely| (0.0..=2.0).contains(&freely)), || format!("temperature {temperature}"))?;
        }
        demand(body.get("stream").is_none_or(Value::is_boolean), || "stream is no boolean".to_owned())?;
        let truncation = body.get("truncation").and_then(Value::as_str);
        demand(self.tool != Tool::ComputerUsePreview || truncation == Some("auto"), || "truncation has to be auto".to_owned())?;
        let instructions = text(&body["instructions"], "instructions")?.to_owned();
        let before = self.gone_on_from(body)?;
        let mut new = self.input(list(&body["input"], "input")?, before.as_ref())?;
        let picture = *new.pictures.last().ok_or("the model is shown no screen")?;
        self.tools(list(&body["tools"], "tools")?, picture)?;
        self.picture = picture;
        self.is_answered = false;
        new.texts.insert(0, instructions);
        Ok(new)
    }

    /// The response that a request goes on from; `None` for the first one, and for one that
    /// begins anew after one that was not answered.
    fn gone_on_from(&self, body: &Value) -> Result<Option<Given>, String> {
        let Some(previous) = body.get("previous_response_id") else {
            let may_begin = !self.is_answered || self.given.is_empty();
            return demand(may_begin, || "previous_response_id is missing".to_owned()).map(|()| None);
        };
        let id = text(previous, "previous_response_id")?;
        let given = self.given.iter().find(|given| given.id == id).cloned();
        given.map(Some).ok_or_else(|| format!("previous response with id {id:?} not found, or not the last one"))
    }

    fn tools(&self, tools: &[Value], picture: Viewport) -> Result<(), String> {
        let (computer, functions) = tools.split_first().ok_or("there is no tool")?;
        let declared = |kind: &str| json!({ "type": kind, "display_width": picture.width, "display_height": picture.height, "environment": "browser" });
        let right = match self.tool {
            Tool::Computer => json!({ "type": "computer" }),
            Tool::ComputerUsePreview => declared("computer_use_preview"),
            Tool::ComputerUse => declared("computer_use"),
        };
        demand(*computer == right, || format!("the tool is {computer} and not {right}"))?;
        for tool in functions {
            members(tool, "tool", &["type", "name", "description", "parameters", "strict"], &[])?;
            demand(tool["type"] == "function" && tool["strict"] == true, || format!("no strict function: {tool}"))?;
            let parameters = members(&tool["parameters"], "parameters", &["type", "properties", "required", "additionalProperties"], &[])?;
            let mut named: Vec<&str> = parameters["properties"].as_object().ok_or("no properties")?.keys().map(String::as_str).collect();
            let mut required: Vec<&str> =
                parameters["required"].as_array().ok_or("no list of what is required")?.iter().filter_map(Value::as_str).collect();
            named.sort_unstable();
            required.sort_unstable();
            let is_strict = named == required && parameters["additionalProperties"] == false;
            demand(is_strict, || format!("the schema of a strict function names all its members as required: {tool}"))?;
        }
        Ok(())
    }

    /// What the items of a request hold, if they are right and answer all calls in order.
    fn input(&self, items: &[Value], before: Option<&Given>) -> Result<Asked, String> {
        let mut asked = Asked::default();
        let mut open = before.map(|given| given.calls.as_slice()).unwrap_or_default().iter();
        for item in items {
            let kind = text(&item["type"], "the type of an item")?;
            if kind == "message" {
                self.message(item, &mut asked)?;
                continue;
            }
            members(item, kind, &["type", "call_id", "output"], &["acknowledged_safety_checks"])?;
            let (call_id, of, checks) = open.next().ok_or_else(|| format!("no tool call found for {item}"))?;
            demand(item["call_id"] == *call_id, || format!("{} is answered where {call_id} is to be", item["call_id"]))?;
            demand(kind == format!("{of}_output"), || format!("a {kind} for a {of}"))?;
            let acknowledged = item.get("acknowledged_safety_checks").cloned().unwrap_or_else(|| json!([]));
            let pending = if checks.is_null() { json!([]) } else { checks.clone() };
            demand(acknowledged == pending, || format!("safety checks: {acknowledged} instead of {pending}"))?;
            if kind == "function_call_output" {
                asked.texts.push(text(&item["output"], "the output of a function")?.to_owned());
            } else {
                asked.pictures.push(self.screenshot(&item["output"])?);
            }
        }
        match open.next() {
            Some((call_id, ..)) => Err(format!("no tool output found for {call_id}")),
            None => Ok(asked),
        }
    }

    fn message(&self, item: &Value, asked: &mut Asked) -> Result<(), String> {
        members(item, "message", &["type", "role", "content"], &[])?;
        let role = text(&item["role"], "role")?;
        for part in list(&item["content"], "content")? {
            match (role, text(&part["type"], "the type of a part")?) {
                ("user", "input_text") | ("assistant", "output_text") => {
                    members(part, "part", &["type", "text"], &[])?;
                    asked.texts.push(text(&part["text"], "a text")?.to_owned());
                }
                ("user", "input_image") => {
                    members(part, "part", &["type", "image_url", "detail"], &[])?;
                    self.detail(part)?;
                    asked.pictures.push(self.image(&part["image_url"])?);
                }
                (role, kind) => return Err(format!("a {kind} in a message of the {role}")),
            }
        }
        Ok(())
    }

    fn screenshot(&self, output: &Value) -> Result<Viewport, String> {
        let (kind, needed): (&str, &[&str]) = match self.tool {
            Tool::Computer => ("computer_screenshot", &["type", "image_url", "detail"]),
            Tool::ComputerUsePreview => ("computer_screenshot", &["type", "image_url"]),
            Tool::ComputerUse => ("input_image", &["type", "image_url", "detail"]),
        };
        members(output, "output", needed, &[])?;
        demand(output["type"] == kind, || format!("the output is {} and not {kind}", output["type"]))?;
        if needed.contains(&"detail") {
            self.detail(output)?;
        }
        self.image(&output["image_url"])
    }

    fn detail(&self, image: &Value) -> Result<(), String> {
        let right = if self.tool == Tool::Computer { "original" } else { "auto" };
        demand(image["detail"] == right, || format!("the detail is {} and not {right}", image["detail"]))
    }

    /// The size of a picture, which is one that the model is shown as it is.
    fn image(&self, url: &Value) -> Result<Viewport, String> {
        let base64 =
            url.as_str().and_then(|url| url.strip_prefix("data:image/png;base64,")).ok_or("an image is no data URL of a PNG file")?;
        let Viewport { width, height } = screenshot(base64, self.viewport)?;
        let is_small = match self.tool {
            Tool::Computer => width * height <= MOST_PIXELS,
            Tool::ComputerUsePreview => width.min(height) <= PREVIEW_SIDES.0 && width.max(height) <= PREVIEW_SIDES.1,
            Tool::ComputerUse => true,
        };
        demand(is_small, || format!("{width} x {height} is larger than the model sees"))?;
        Ok(Viewport { width, height })
    }
}
