//! Any chat model with tools. It knows the numbers of elements, and points as well.

use axum::http::HeaderMap;
use lightcone_server::computer::Viewport;
use serde_json::{Value, json};

use super::completions::{self, Completions};
use super::strict::{demand, list, members, schema, text};
use super::{Asked, Fake, Intent, Target};

/// Screenshots that it is shown at once.
const MOST_PICTURES: usize = 2;

pub(crate) struct Chat {
    completions: Completions,
    viewport: Viewport,
    /// The newest list of elements.
    list: String,
    /// How often something was aimed at: every other time by number.
    aimed: usize,
}

impl Chat {
    pub(crate) fn new(viewport: Viewport) -> Self {
        Self { completions: Completions::new("any", viewport, MOST_PICTURES), viewport, list: String::new(), aimed: 0 }
    }

    fn called(&mut self, calls: &[(&str, &str)]) -> Value {
        let call = |(name, arguments): &(&str, &str)| json!({ "id": self.completions.id(), "type": "function", "function": { "name": name, "arguments": arguments } });
        let calls: Vec<Value> = calls.iter().map(call).collect();
        self.completions.answer(json!({ "role": "assistant", "content": "I go on with the task.", "tool_calls": calls }), "tool_calls")
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
                let Viewport { width, height } = self.completions.picture;
                json!({ x: side(target.at.0, self.viewport.width, width), y: side(target.at.1, self.viewport.height, height) })
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
        completions::PATH
    }

    fn check(&mut self, headers: &HeaderMap, body: &Value) -> Result<Asked, String> {
        let asked = self.completions.check(headers, body)?;
        let mut names = Vec::new();
        for tool in list(&body["tools"], "tools")? {
            members(tool, "tool", &["type", "function"], &[])?;
            demand(tool["type"] == "function", || format!("a tool is {}", tool["type"]))?;
            let function = members(&tool["function"], "function", &["name", "description", "parameters"], &["strict"])?;
            let name = text(&function["name"], "name")?;
            let is_name = name.len() <= 64 && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter));
            demand(is_name && !names.contains(&name), || format!("the name {name} of a function"))?;
            names.push(name);
            text(&function["description"], "description")?;
            schema(&function["parameters"])?;
        }
        let is_list = |text: &&String| text.lines().any(|line| line.starts_with("[1] "));
        let lists: Vec<&String> = asked.texts.iter().filter(is_list).collect();
        let [list] = lists[..] else { return Err(format!("{} lists of elements: only the newest numbers hold", lists.len())) };
        self.list = list.clone();
        Ok(asked)
    }

    fn answer(&mut self, intents: &[Intent]) -> Value {
        let calls: Vec<(&str, String)> =
            intents.iter().map(|intent| self.call(intent)).map(|(name, arguments)| (name, arguments.to_string())).collect();
        self.called(&calls.iter().map(|(name, arguments)| (*name, arguments.as_str())).collect::<Vec<_>>())
    }

    fn streamed(&mut self, intents: &[Intent]) -> Option<Vec<Value>> {
        Some(completions::pieces(&self.answer(intents)))
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
        ] {
            all.push((told, self.completions.says(text)));
        }
        all.extend(self.completions.malformed());
        all
    }

    fn refusal(&mut self) -> Value {
        self.completions.refuses()
    }

    fn too_long(&self) -> (u16, Value) {
        completions::too_long()
    }

    fn rate_limited(&self) -> (u16, Value) {
        completions::rate_limited()
    }
}

fn with(mut members: Value, more: Value) -> Value {
    members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    members
}
