//! Northstar-CUA-Fast behind chat completions, as vLLM and the like serve it with the chat
//! template of Qwen3-VL. Other models of that template work too.
//!
//! The model acts only when it is given the definition of a tool; else it describes the
//! screen. What it calls comes as a call of the tool, or, where the server does not
//! recognize calls, in its text.

use serde_json::{Value, json};

use super::completions::{self, Answer, Pieces, ToolCall, WIRE, tool_result, user, without_thoughts};
use super::{Adapter, Call, Gather, Prose, Reply, Screen, Window, Wire};
use crate::model::driver::{Conversation, Shown, Turn};
use crate::model::vocabulary::{Coordinates, Dialect, Said, Unclear, Wheel, object, read};

const TOOL: &str = "computer_use";
const BEGIN: &str = "<tool_call>";
const END: &str = "</tool_call>";

#[derive(Debug)]
pub(crate) struct Northstar {
    /// `None` is what the endpoint serves.
    pub(crate) model: Option<String>,
}

impl Adapter for Northstar {
    fn wire(&self) -> Wire {
        WIRE
    }

    fn window(&self) -> Window {
        Window { most: 5, chunk: 2 }
    }

    fn prose(&self) -> Prose {
        Prose::Unclear
    }

    fn request(&self, talk: &Conversation<'_>) -> Value {
        // From what serves best to what every endpoint takes. Guided decoding is asked for
        // as a grammar of the calls alone, so that the model writes as it was trained to.
        let (defined, guided) = match talk.refused {
            0 => (true, true),
            1 => (true, false),
            2 => (false, true),
            _ => (false, false),
        };
        let mut system = format!("{}\n\n{PART}", talk.instructions);
        if !defined {
            system.push_str(&format!(
                "\n\nThis is the function that you can call:\n<tools>\n{}\n</tools>\nTo call it, write\n{BEGIN}\n{{\"name\": \"{TOOL}\", \"arguments\": {{\"action\": ...}}}}\n{END}",
                definition()
            ));
        }
        let mut messages = completions::opening(talk, &system);
        for turn in talk.turns {
            match &**turn {
                Turn::Said(spoken) => messages.push(spoken.echo.clone()),
                Turn::Shown(shown) => show(shown, &mut messages),
            }
        }
        let mut body = completions::request(self.model.as_deref(), talk, messages);
        if defined {
            body.insert("tools".to_owned(), json!([definition()]));
        }
        if guided {
            let grammar = json!({
                "type": "structural_tag",
                "structures": [{
                    "begin": format!("{BEGIN}\n{{\"name\": \"{TOOL}\", \"arguments\": "),
                    "schema": parameters(),
                    "end": format!("}}\n{END}"),
                }],
                "triggers": [BEGIN],
            });
            body.insert("response_format".to_owned(), grammar);
        }
        body.into()
    }

    fn reply(&self, answer: &Value, screen: &Screen<'_>) -> Result<Reply, String> {
        let dialect = Dialect {
            // The model counts to 999, and the screen ends at 1000.
            coordinates: Coordinates::Parts(1000),
            wheel: Wheel::PixelsDown,
            viewport: screen.viewport,
            mouse: screen.mouse,
            clicks_at_mouse: false,
        };
        let answer = Answer::read(answer)?;
        let written = without_thoughts(&answer.text).trim();
        let calls = if answer.calls.is_empty() {
            in_text(written, &dialect)
        } else {
            answer.calls.iter().map(|call| native(call, &dialect)).collect()
        };
        Ok(Reply {
            echo: answer.echo(written),
            text: for_people(written).to_owned(),
            calls,
            stop: answer.stop,
            usage: answer.usage,
            ..Reply::default()
        })
    }

    fn gather(&self) -> Option<Box<dyn Gather>> {
        Some(Box::new(Pieces::new(for_people)))
    }
}

const PART: &str = "Places on the screen are numbers from 0 to 999, whatever its size: x from the left edge to the right, y from the top to the bottom. \
In each turn say in one sentence what you see and what you do next, then call the function computer_use once. \
Aim at the middle of what you click. A text goes where the caret is: click the field first. \
There is no address bar: open addresses with the action navigate. \
When the task is done, or cannot be done, call the action terminate with its status and, as text, the answer for the person.";

fn definition() -> Value {
    json!({
        "type": "function",
        "function": { "name": TOOL, "description": "Operates the web browser with mouse and keyboard.", "parameters": parameters() },
    })
}

/// The actions and members that the model was trained with, and those of Qwen3-VL for what
/// these lack.
fn parameters() -> Value {
    let side = |what: &str| json!({ "type": "integer", "minimum": 0, "maximum": 999, "description": what });
    json!({
        "type": "object",
        "properties": {
            "action": {
                "type": "string",
                "enum": [
                    "click", "double_click", "triple_click", "right_click", "middle_click", "mouse_move", "drag", "type", "key",
                    "scroll", "hscroll", "navigate", "wait", "terminate", "answer",
                ],
                "description": "What to do. drag goes from x, y to end_x, end_y; terminate and answer end the task.",
            },
            "x": side("From the left edge; for clicks, mouse_move, drag, scroll, hscroll."),
            "y": side("From the top edge."),
            "end_x": side("Where a drag ends, from the left edge."),
            "end_y": side("Where a drag ends, from the top edge."),
            "text": { "type": "string", "description": "For type: what to type. For terminate and answer: the answer for the person." },
            "keys": {
                "type": "array",
                "items": { "type": "string" },
                "description": "For key: one key, or several that are pressed together, such as [\"ctrl\", \"a\"].",
            },
            "scroll_y": { "type": "integer", "description": "For scroll: pixels, positive is down." },
            "scroll_x": { "type": "integer", "description": "For hscroll: pixels, positive is to the right." },
            "url": { "type": "string", "description": "For navigate: the address to open." },
            "seconds": { "type": "number", "description": "For wait." },
            "status": { "type": "string", "enum": ["success", "failure"], "description": "For terminate." },
        },
        "required": ["action"],
        "additionalProperties": false,
    })
}

/// Results of calls go back as the calls came: those of the tool to the tool, those in the
/// text as the template of the model writes results.
fn show(shown: &Shown, messages: &mut Vec<Value>) {
    let (written, native): (Vec<_>, Vec<_>) = shown.outcomes.iter().partition(|outcome| outcome.call.is_empty());
    messages.extend(native.into_iter().map(tool_result));
    let results: Vec<String> = written.iter().map(|outcome| format!("<tool_response>\n{}\n</tool_response>", outcome.text)).collect();
    messages.extend(user(results.iter().chain(&shown.texts).map(String::as_str), shown.picture.as_ref()));
}

fn native(call: &ToolCall, dialect: &Dialect) -> Call {
    let said = members(&call.arguments).and_then(|members| read(&call.name, &members, dialect));
    Call { id: call.id.clone(), name: call.name.clone(), said }
}

/// The calls in a text: each behind its tag, whether that is closed or not; without tags an
/// object alone.
fn in_text(text: &str, dialect: &Dialect) -> Vec<Call> {
    let call = |text: &str| Call { id: String::new(), name: TOOL.to_owned(), said: written(text, dialect) };
    if text.contains(BEGIN) {
        return text.split(BEGIN).skip(1).map(|behind| call(behind.split(END).next().unwrap_or_default())).collect();
    }
    if text.contains('{') { vec![call(text)] } else { Vec::new() }
}

fn written(text: &str, dialect: &Dialect) -> Result<Said, Unclear> {
    read("", &members(text)?, dialect)
}

fn members(text: &str) -> Result<serde_json::Map<String, Value>, Unclear> {
    object(text).or_else(|unclear| object(&mended(text)).map_err(|_| unclear))
}

/// A slip of this model: `{"x":": 378}` for `{"x": 378}`.
fn mended(text: &str) -> String {
    let text = text.replace("\": \":", "\":\":");
    let mut parts = text.split("\":\":");
    let mut mended = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_number = part.trim_start().starts_with(|begin: char| begin == '-' || begin.is_ascii_digit());
        mended.push_str(if is_number { "\":" } else { "\":\":" });
        mended.push_str(part);
    }
    mended
}

/// What stands before the first call, or what may become one.
fn for_people(text: &str) -> &str {
    let text = without_thoughts(text);
    let end = ["<", "{", "```"].iter().filter_map(|begin| text.find(begin)).min().unwrap_or(text.len());
    text.get(..end).unwrap_or_default().trim()
}

#[cfg(test)]
#[path = "northstar_tests.rs"]
mod tests;
