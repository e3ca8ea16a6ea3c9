//! The lines that a program of the user's reads and writes, as docs/models.md describes them.
//! `relay.py` is that program.

use axum::http::HeaderMap;
use lightcone_server::computer::Viewport;
use serde_json::{Value, json};

use super::strict::{demand, members, screenshot, text};
use super::{Asked, Fake, Intent, Target};

const MEMBERS: [&str; 15] = [
    "step",
    "max_steps",
    "instruction",
    "context",
    "system_prompt",
    "instructions",
    "temperature",
    "messages",
    "results",
    "texts",
    "viewport",
    "url",
    "title",
    "elements",
    "screenshot",
];

pub(crate) struct Lines {
    viewport: Viewport,
    /// What each action of the last reply was, of which the next line tells the result.
    open: Vec<String>,
}

impl Lines {
    pub(crate) fn new(viewport: Viewport) -> Self {
        Self { viewport, open: Vec::new() }
    }

    fn action(&self, intent: &Intent) -> Value {
        let at = |kind: &str, Target { at: (x, y), .. }: &Target| json!({ "type": kind, "x": x, "y": y });
        match intent {
            Intent::Click(target) => at("click", target),
            Intent::DoubleClick(target) => at("double_click", target),
            Intent::RightClick(target) => at("right_click", target),
            Intent::Drag(from, to) => json!({ "type": "drag", "path": [[from.at.0, from.at.1], [to.at.0, to.at.1]] }),
            Intent::Type(text) => json!({ "type": "type", "text": text }),
            Intent::Keys(keys) => json!({ "type": "keys", "keys": keys }),
            Intent::Scroll(down) => {
                json!({ "type": "scroll", "x": self.viewport.width / 2, "y": self.viewport.height / 2, "delta_y": down })
            }
            Intent::Navigate(url) => json!({ "type": "navigate", "url": url }),
            Intent::Wait => json!({ "type": "wait", "ms": 200 }),
            Intent::Done(_) => unreachable!("an end is no action"),
        }
    }
}

fn usage() -> Value {
    json!({ "input_tokens": 900, "output_tokens": 30 })
}

impl Fake for Lines {
    fn path(&self) -> &'static str {
        "/v1/lines"
    }

    fn check(&mut self, _headers: &HeaderMap, body: &Value) -> Result<Asked, String> {
        let line = members(body, "line", &MEMBERS, &[])?;
        let texts = |name: &str| line[name].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        let mut asked = Asked { texts: vec![text(&line["instruction"], "instruction")?.to_owned()], ..Asked::default() };
        asked.texts.push(text(&line["instructions"], "instructions")?.to_owned());
        asked.texts.extend(line["context"].as_array().into_iter().flatten().filter_map(|one| one["content"].as_str().map(str::to_owned)));
        asked.texts.extend(texts("texts"));
        let Viewport { width, height } = self.viewport;
        demand(line["viewport"] == json!({ "width": width, "height": height }), || format!("viewport: {}", line["viewport"]))?;
        let data = text(&line["screenshot"], "screenshot")?;
        let png = data.strip_prefix("data:image/png;base64,").ok_or("the screenshot is no PNG in a data URL")?;
        asked.pictures.push(screenshot(png, self.viewport)?);
        demand(line["step"].as_u64().is_some_and(|step| step > 0), || format!("step: {}", line["step"]))?;
        for (nth, element) in line["elements"].as_array().ok_or("elements is no list")?.iter().enumerate() {
            demand(element["number"] == json!(nth + 1), || format!("element {nth} has the number {}", element["number"]))?;
            demand(element["x"].is_number() && element["width"].is_number(), || format!("element {nth} has no place"))?;
        }
        let results: Vec<&str> =
            line["results"].as_array().ok_or("results is no list")?.iter().filter_map(|result| result["type"].as_str()).collect();
        // A request that was not answered is made again, and what could not be read may have no result.
        demand(self.open.is_empty() || results == self.open, || format!("results of {results:?}, but asked for was {:?}", self.open))?;
        Ok(asked)
    }

    fn answer(&mut self, intents: &[Intent]) -> Value {
        if let [Intent::Done(answer)] = intents {
            return json!({ "done": answer, "usage": usage() });
        }
        let actions: Vec<Value> = intents.iter().map(|intent| self.action(intent)).collect();
        self.open = actions.iter().filter_map(|action| action["type"].as_str().map(str::to_owned)).collect();
        json!({ "text": "I go on with the task.", "actions": actions, "usage": usage() })
    }

    fn streamed(&mut self, _intents: &[Intent]) -> Option<Vec<Value>> {
        None
    }

    fn malformed(&mut self) -> Vec<(&'static str, Value)> {
        self.open.clear();
        vec![
            ("nothing", json!({})),
            ("no object", json!([1, 2])),
            ("no actions", json!({ "actions": [] })),
            ("actions that are no list", json!({ "actions": "click" })),
            ("an unknown action", json!({ "actions": [{ "type": "teleport" }] })),
            ("half a place", json!({ "actions": [{ "type": "click", "x": 100 }] })),
            ("a place in text", json!({ "actions": [{ "type": "click", "x": "100", "y": "50" }] })),
            ("an answer that is a number", json!({ "done": 3 })),
        ]
    }

    fn refusal(&mut self) -> Value {
        json!({ "fail": "I will not do this." })
    }

    fn too_long(&self) -> (u16, Value) {
        (413, Value::Null)
    }

    fn rate_limited(&self) -> (u16, Value) {
        (429, Value::Null)
    }
}
