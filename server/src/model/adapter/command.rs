//! What a program of the user's is told, and what it says: one JSON object each way.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::{Adapter, Call, Prose, Reply, Screen, Window};
use crate::computer::{Node, Page, States};
use crate::model::Usage;
use crate::model::driver::{Conversation, Shown, Turn};
use crate::model::vocabulary::{self, Coordinates, Dialect, Said, Unclear, Wheel};

/// Roles that only group others, or say nothing that their parent does not.
const PASSED_OVER: [&str; 5] = ["document", "generic", "none", "label", "listmarker"];

const EXPECTED: &str = "a reply has `actions` (a list of objects, such as {\"type\": \"click\", \"x\": 10, \"y\": 20}), `done` (the answer, a text) or `fail` (the reason, a text)";

/// The lines that a program reads and writes; docs/models.md describes them.
#[derive(Debug)]
pub(crate) struct Lines;

impl Adapter for Lines {
    fn window(&self) -> Window {
        // A program remembers what it wants to.
        Window { most: 1, chunk: 1 }
    }

    fn prose(&self) -> Prose {
        Prose::Unclear
    }

    fn request(&self, talk: &Conversation<'_>) -> Value {
        let nothing = Shown::default();
        let shown = match talk.turns.last().map(AsRef::as_ref) {
            Some(Turn::Shown(shown)) => shown,
            _ => &nothing,
        };
        let results = shown.outcomes.iter();
        let results = results.map(|outcome| json!({ "type": outcome.name, "failed": outcome.failed, "text": outcome.text }));
        let context = talk.brief.context.iter().map(|(role, content)| json!({ "role": role, "content": content }));
        let page = shown.page.as_deref();
        json!({
            "step": shown.step,
            "max_steps": talk.brief.max_steps,
            "instruction": talk.brief.instruction,
            "context": context.collect::<Vec<_>>(),
            "system_prompt": talk.brief.system_prompt,
            "instructions": talk.instructions,
            "temperature": talk.temperature,
            "messages": shown.messages,
            "results": results.collect::<Vec<_>>(),
            "texts": shown.texts,
            "viewport": { "width": talk.picture.width, "height": talk.picture.height },
            "url": page.map(|page| &page.url),
            "title": page.map(|page| &page.title),
            "elements": page.map_or_else(Vec::new, elements),
            "screenshot": shown.picture.as_ref().map(|picture| picture.data_url()),
        })
    }

    fn reply(&self, answer: &Value, screen: &Screen<'_>) -> Result<Reply, String> {
        let answer = answer.as_object().ok_or_else(|| format!("the line is no object: {EXPECTED}"))?;
        let dialect = Dialect {
            coordinates: Coordinates::Pixels(screen.picture),
            wheel: Wheel::PixelsDown,
            viewport: screen.viewport,
            mouse: screen.mouse,
            clicks_at_mouse: true,
        };
        let mut calls = match answer.get("actions") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(actions)) => actions.iter().map(|action| call(action, &dialect)).collect(),
            Some(_) => vec![unclear("actions", "`actions` is no list".to_owned())],
        };
        calls.extend(end(answer, "done", Said::Done));
        calls.extend(end(answer, "fail", Said::Failed));
        if calls.is_empty() {
            calls.push(unclear("", EXPECTED.to_owned()));
        }
        let text = answer.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Reply { text, calls, usage: usage(answer.get("usage")), ..Reply::default() })
    }
}

fn call(action: &Value, dialect: &Dialect) -> Call {
    let Some(members) = action.as_object() else {
        return unclear("", format!("an action is an object with a `type`, not {action}"));
    };
    let name = ["type", "action", "name"].into_iter().find_map(|name| members.get(name)?.as_str()).unwrap_or_default();
    Call { id: String::new(), name: name.to_owned(), said: vocabulary::read("", members, dialect) }
}

/// An end, if it is said: by a text, or by `true`, when `text` has the words.
fn end(answer: &Map<String, Value>, name: &str, make: impl Fn(String) -> Said) -> Option<Call> {
    let said = match answer.get(name)? {
        Value::Null | Value::Bool(false) => return None,
        Value::Bool(true) => make(String::new()),
        Value::String(text) => make(text.clone()),
        other => return Some(unclear(name, format!("`{name}` is a text, not {other}"))),
    };
    Some(Call { id: String::new(), name: name.to_owned(), said: Ok(said) })
}

fn unclear(name: &str, why: String) -> Call {
    Call { id: String::new(), name: name.to_owned(), said: Err(Unclear(why)) }
}

fn usage(said: Option<&Value>) -> Usage {
    let count = |name| said.and_then(|usage| usage.get(name)?.as_u64()).unwrap_or_default();
    Usage { input_tokens: count("input_tokens"), cached_tokens: count("cached_tokens"), output_tokens: count("output_tokens"), cost: None }
}

/// What can be seen or used, also outside of the screen, numbered from 1 in the order of the
/// document.
fn elements(page: &Page) -> Vec<Value> {
    let mut listed = Vec::new();
    // By its index in the page, the name under which a node and what is in it are listed.
    let mut names: HashMap<usize, &str> = HashMap::new();
    for (at, node) in page.nodes.iter().enumerate() {
        let above = node.parent.and_then(|parent| names.get(&parent)).copied().unwrap_or_default();
        let told_above = node.role == "text" && above.contains(node.name.trim());
        match node.bounds {
            Some(place) if !PASSED_OVER.contains(&node.role.as_str()) && !told_above => {
                names.insert(at, &node.name);
                listed.push(json!({
                    "number": listed.len() + 1,
                    "role": node.role,
                    "name": node.name,
                    "value": node.value,
                    "description": node.description,
                    "url": node.url,
                    "states": states(node),
                    "x": place.x,
                    "y": place.y,
                    "width": place.width,
                    "height": place.height,
                }));
            }
            _ => {
                names.insert(at, above);
            }
        }
    }
    listed
}

/// The words for what it says of itself.
fn states(node: &Node) -> Vec<&'static str> {
    let States { focused, disabled, checked, expanded, selected, secret } = node.states;
    let one_of = |state: Option<bool>, yes, no| state.map(|state| if state { yes } else { no });
    let said = [
        focused.then_some("focused"),
        disabled.then_some("disabled"),
        one_of(checked, "checked", "unchecked"),
        one_of(expanded, "expanded", "collapsed"),
        one_of(selected, "selected", "unselected"),
        secret.then_some("secret"),
    ];
    said.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::computer::{Action, Point, Rect, Viewport};
    use crate::model::Brief;

    const VIEWPORT: Viewport = Viewport { width: 800, height: 600 };

    fn node(parent: Option<usize>, role: &str, name: &str) -> Node {
        let bounds = Some(Rect { x: 1.0, y: 2.0, width: 30.0, height: 4.0 });
        let (role, name, states) = (role.to_owned(), name.to_owned(), States::default());
        Node { parent, role, name, value: None, description: None, level: None, url: None, bounds, states }
    }

    fn page(nodes: Vec<Node>) -> Page {
        let (url, title) = ("https://a.test/".to_owned(), "A".to_owned());
        Page { url, title, nodes, viewport: VIEWPORT, scroll: Point(0.0, 0.0), content: (800.0, 600.0) }
    }

    fn reply(answer: &Value) -> Reply {
        let screen = Screen { viewport: VIEWPORT, picture: VIEWPORT, mouse: Point(400.0, 300.0), page: None };
        Lines.reply(answer, &screen).unwrap()
    }

    #[test]
    fn a_program_is_told_all_there_is() {
        let mut button = node(Some(0), "button", "Buy");
        button.states = States { focused: true, checked: Some(false), ..States::default() };
        let mut hidden = node(Some(0), "button", "Hidden");
        hidden.bounds = None;
        let nodes = vec![node(None, "document", "A"), button, node(Some(1), "text", "Buy "), hidden, node(Some(0), "text", "12 EUR")];
        let brief = Brief {
            instruction: "buy".to_owned(),
            context: vec![("user".to_owned(), "hello".to_owned())],
            system_prompt: Some("be quick".to_owned()),
            temperature: 0.5,
            stream_deltas: false,
            secrets: vec![],
            max_steps: 9,
            viewport: VIEWPORT,
        };
        let shown = Shown {
            step: 3,
            texts: vec!["The person says: two".to_owned()],
            messages: vec!["two".to_owned()],
            page: Some(Arc::new(page(nodes))),
            ..Shown::default()
        };
        let turns = [Arc::new(Turn::Shown(shown))];
        let (picture, temperature) = (VIEWPORT, Some(0.5));
        let talk = Conversation { brief: &brief, instructions: "part", picture, temperature, stream: false, refused: 0, turns: &turns };
        let told = Lines.request(&talk);
        assert_eq!(
            (&told["step"], &told["max_steps"], &told["messages"], &told["url"]),
            (&json!(3), &json!(9), &json!(["two"]), &json!("https://a.test/"))
        );
        assert_eq!(told["context"], json!([{ "role": "user", "content": "hello" }]));
        let elements = told["elements"].as_array().unwrap();
        let names: Vec<_> = elements.iter().map(|element| (&element["number"], &element["role"], &element["name"])).collect();
        assert_eq!(names, [(&json!(1), &json!("button"), &json!("Buy")), (&json!(2), &json!("text"), &json!("12 EUR"))]);
        assert_eq!(elements[0]["states"], json!(["focused", "unchecked"]));
        assert_eq!((&elements[0]["x"], &elements[0]["width"]), (&json!(1.0), &json!(30.0)));
    }

    #[test]
    fn actions_and_ends_are_read() {
        let read = reply(&json!({ "actions": [{ "type": "click", "x": 10, "y": 20 }], "done": "bought", "text": "now",
            "usage": { "input_tokens": 5, "output_tokens": 2 } }));
        assert_eq!((read.text.as_str(), read.usage.input_tokens, read.usage.output_tokens), ("now", 5, 2));
        let said: Vec<_> = read.calls.into_iter().map(|call| (call.name, call.said)).collect();
        let click = Said::Do(vec![Action::Click { coordinates: Point(10.0, 20.0) }]);
        assert_eq!(said, [("click".to_owned(), Ok(click)), ("done".to_owned(), Ok(Said::Done("bought".to_owned())))]);
        let failed = reply(&json!({ "fail": "no such thing" }));
        assert_eq!(failed.calls[0].said, Ok(Said::Failed("no such thing".to_owned())));
        assert_eq!(reply(&json!({ "done": true })).calls[0].said, Ok(Said::Done(String::new())));
    }

    #[test]
    fn what_is_wrong_with_a_reply_is_said() {
        for (answer, why) in [
            (json!({}), "a reply has `actions`"),
            (json!({ "actions": [] }), "a reply has `actions`"),
            (json!({ "actions": { "type": "click" } }), "`actions` is no list"),
            (json!({ "actions": ["click"] }), "an action is an object"),
            (json!({ "done": 3 }), "`done` is a text, not 3"),
        ] {
            let said = reply(&answer).calls.pop().unwrap().said.unwrap_err().to_string();
            assert!(said.contains(why), "{answer}: {said}");
        }
        let screen = Screen { viewport: VIEWPORT, picture: VIEWPORT, mouse: Point(0.0, 0.0), page: None };
        assert!(Lines.reply(&json!([1]), &screen).unwrap_err().contains("no object"));
    }
}
