//! Requests and answers.

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::computer::{Action, Node, Page, Rect, States};
use crate::model::adapter::Stop;
use crate::model::adapter::sample::{brief, request, said, screen, shown};
use crate::model::vocabulary::{Said, Unclear};

fn node(parent: usize, role: &str, name: &str, place: Option<[f64; 4]>) -> Node {
    Node {
        parent: Some(parent),
        role: role.to_owned(),
        name: name.to_owned(),
        value: None,
        description: None,
        level: None,
        url: None,
        bounds: place.map(|[x, y, width, height]| Rect { x, y, width, height }),
        states: States::default(),
    }
}

/// A page on a screen of 1600 x 1000.
fn page() -> Page {
    let mut nodes = vec![
        Node { parent: None, ..node(0, "document", "Shop", Some([0.0, 0.0, 1600.0, 3000.0])) },
        node(0, "heading", "Milk", Some([0.0, 0.0, 400.0, 40.0])),
        node(1, "text", "Milk", Some([0.0, 0.0, 400.0, 40.0])),
        node(0, "text", "Fresh today", Some([0.0, 50.0, 400.0, 20.0])),
        node(0, "label", "", Some([0.0, 100.0, 400.0, 20.0])),
        node(4, "text", "Amount", Some([0.0, 100.0, 80.0, 20.0])),
        node(4, "textbox", "Amount", Some([100.0, 100.0, 200.0, 20.0])),
        node(0, "textbox", "Password", Some([100.0, 140.0, 200.0, 20.0])),
        node(0, "combobox", "Size", Some([100.0, 180.0, 200.0, 20.0])),
        node(8, "listbox", "", None),
        node(9, "option", "Small", None),
        node(9, "option", "Large", None),
        node(0, "checkbox", "Gift", Some([100.0, 220.0, 20.0, 20.0])),
        node(0, "link", "Far right", Some([1590.0, 300.0, 100.0, 20.0])),
        node(0, "button", "Buy", Some([100.0, 2000.0, 200.0, 20.0])),
        node(0, "button", "Menu", Some([100.0, -300.0, 200.0, 20.0])),
        node(0, "text", "Imprint", Some([100.0, 2900.0, 200.0, 20.0])),
        node(0, "button", "Hidden", None),
    ];
    nodes[6].value = Some("2".to_owned());
    nodes[7].value = Some("••••".to_owned());
    nodes[7].states.secret = true;
    nodes[8].value = Some("Small".to_owned());
    nodes[12].states = States { focused: true, disabled: true, checked: Some(false), ..States::default() };
    let viewport = Viewport { width: 1600, height: 1000 };
    let (url, title) = ("https://shop.test/".to_owned(), "Shop".to_owned());
    Page { url, title, nodes, viewport, scroll: Point(0.0, 0.0), content: (1600.0, 3000.0) }
}

const LIST: &str = r#"The page is "Shop" at https://shop.test/
On the screen:
[1] heading "Milk"
[2] text "Fresh today"
[3] textbox "Amount" value "2"
[4] textbox "Password" filled, secret
[5] combobox "Size" value "Small" options "Small", "Large"
[6] checkbox "Gift" focused disabled not checked
[7] link "Far right"
Below the screen (scroll down first):
[8] button "Buy"
Above the screen (scroll up first):
[9] button "Menu"
"#;

#[test]
fn a_page_is_listed_with_what_is_on_the_screen_first_and_without_secrets() {
    assert_eq!(Elements::of(&page()).to_string(), LIST);
}

#[test]
fn a_long_page_is_cut_and_says_so() {
    let mut page = page();
    let button = |nth: u32| node(0, "button", &format!("Button {nth}"), Some([0.0, f64::from(nth) * 10.0, 50.0, 9.0]));
    page.nodes.extend((0..2000).map(button));
    let list = Elements::of(&page).to_string();
    assert!(list.len() < 30_000, "{}", list.len());
    let listed = list.lines().filter(|line| line.starts_with('[')).count();
    assert!(list.ends_with(&format!("{} more are left out; scroll to see those that are near.", 2009 - listed)), "{list}");
}

/// A call of a function as an answer.
fn called(name: &str, arguments: Value) -> Value {
    let function = json!({ "name": name, "arguments": arguments.to_string() });
    let message =
        json!({ "role": "assistant", "content": null, "tool_calls": [{ "id": "call_1", "type": "function", "function": function }] });
    json!({ "choices": [{ "index": 0, "message": message, "finish_reason": "tool_calls" }] })
}

fn wrote(text: &str) -> Value {
    json!({ "choices": [{ "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": "stop" }] })
}

fn read(answer: &Value) -> Reply {
    let (adapter, page) = (Chat::new("m", true), page());
    let screen = Screen { page: Some(&page), ..screen(&adapter, &brief()) };
    adapter.reply(answer, &screen).unwrap()
}

fn call(answer: &Value) -> Result<Said, Unclear> {
    let mut calls = read(answer).calls;
    assert_eq!(calls.len(), 1);
    calls.remove(0).said
}

fn click(x: f64, y: f64) -> Result<Said, Unclear> {
    Ok(Said::Do(vec![Action::Click { coordinates: Point(x, y) }]))
}

#[test]
fn elements_are_acted_on_by_number() {
    for number in [json!(3), json!("3"), json!("[3]"), json!(3.0)] {
        assert_eq!(call(&called("click", json!({ "element": number, "x": 1, "y": 1 }))), click(200.0, 110.0), "{number}");
    }
    assert_eq!(call(&called("click", json!({ "element": 7 }))), click(1595.0, 310.0), "the middle of what is seen");
    assert_eq!(call(&called("click", json!({ "element": null, "x": 640, "y": 400 }))), click(800.0, 500.0), "pixels of the picture");
    let typed = call(&called("type", json!({ "element": 5, "text": "Large", "submit": true })));
    let enter = Action::Keys { keys: vec!["Enter".into()] };
    let place = Point(200.0, 190.0);
    assert_eq!(typed, Ok(Said::Do(vec![Action::Click { coordinates: place }, Action::Type { text: "Large".into() }, enter])));
    let path = vec![Point(200.0, 20.0), Point(800.0, 500.0)];
    assert_eq!(call(&called("drag", json!({ "from_element": 1, "to_x": 640, "to_y": 400 }))), Ok(Said::Do(vec![Action::Drag { path }])));
    let scroll = |arguments| match call(&called("scroll", arguments)) {
        Ok(Said::Do(actions)) => actions,
        other => panic!("{other:?}"),
    };
    let down = |coordinates, delta_y| vec![Action::Scroll { coordinates, delta_x: 0.0, delta_y }];
    assert_eq!(scroll(json!({ "direction": "down", "pages": 0.8 })), down(Point(800.0, 500.0), 800.0));
    assert_eq!(scroll(json!({ "direction": "down", "element": 5 })), down(place, 500.0));
}

#[test]
fn what_cannot_be_acted_on_says_what_to_do() {
    for (arguments, why) in [
        (json!({ "element": 8 }), "scroll down first"),
        (json!({ "element": 9 }), "scroll up first"),
        (json!({ "element": 99 }), "goes from 1 to 9"),
        (json!({ "element": 0 }), "goes from 1 to 9"),
        (json!({ "element": "Buy" }), "no number of an element"),
        (json!({}), "needs the number of an `element`"),
        (json!({ "x": 5000, "y": 1 }), "off the screen"),
    ] {
        let Unclear(error) = call(&called("click", arguments.clone())).unwrap_err();
        assert!(error.contains(why), "{arguments}: {error}");
    }
}

#[test]
fn the_end_is_a_call_and_a_text_is_none() {
    assert_eq!(call(&called("done", json!({ "answer": "2 litres" }))), Ok(Said::Done("2 litres".to_owned())));
    assert_eq!(call(&called("give_up", json!({ "reason": "sold out" }))), Ok(Said::Failed("sold out".to_owned())));
    let reply = read(&wrote("<think>hm</think>I bought it."));
    assert_eq!((reply.text.as_str(), reply.calls.len()), ("I bought it.", 0));
    assert_eq!(Chat::new("m", true).prose(), Prose::Unclear);
}

#[test]
fn a_call_may_be_written_into_the_text() {
    for text in [
        r#"I click. {"name": "click", "arguments": {"element": 3}}"#,
        r#"I click. <tool_call>{"name": "click", "arguments": "{\"element\": 3}"}</tool_call>"#,
        "I click.\n```json\n{\"action\": \"click\", \"element\": 3}\n```",
        r#"I click. {"type": "function", "function": {"name": "click", "arguments": {"element": 3}}}"#,
    ] {
        let reply = read(&wrote(text));
        assert_eq!(reply.text, "I click.", "{text}");
        assert_eq!((reply.calls[0].id.as_str(), &reply.calls[0].said), ("", &click(200.0, 110.0)), "{text}");
    }
    assert!(read(&wrote(r#"It costs {"price": 3}."#)).calls.is_empty());
}

#[tokio::test]
async fn only_the_newest_look_has_a_list() {
    let adapter = Chat::new("m", true);
    let with_page = |turn: Arc<Turn>| {
        let mut turn = Turn::clone(&turn);
        if let Turn::Shown(shown) = &mut turn {
            shown.page = Some(Arc::new(page()));
        }
        Arc::new(turn)
    };
    let answer = called("click", json!({ "element": 3 }));
    let first = with_page(shown(&[], &["Buy milk."]).await);
    let turns = [first, said(&adapter, &answer), with_page(shown(&[("call_1", "done", false)], &[]).await)];
    let body = request(&adapter, &brief(), &turns);
    assert_eq!((&body["model"], &body["temperature"], body.get("tool_choice")), (&json!("m"), &json!(1.5), None));
    let messages = body["messages"].as_array().unwrap();
    let roles: Vec<&str> = messages.iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "tool", "user"]);
    assert!(messages[0]["content"].as_str().unwrap().contains("1280 x 800 pixels"));
    assert_eq!(messages[1]["content"].as_array().unwrap().len(), 2, "the task and the picture");
    assert_eq!(messages[3], json!({ "role": "tool", "tool_call_id": "call_1", "content": "done" }));
    assert_eq!(messages[4]["content"][0], json!({ "type": "text", "text": LIST.trim_end() }));
    assert_eq!(messages[4]["content"][1]["type"], "image_url");
}

#[tokio::test]
async fn without_eyes_there_is_text_only() {
    let adapter = Chat::new("m", false);
    let turns = [
        shown(&[], &["Buy milk."]).await,
        said(&adapter, &wrote(r#"{"name": "press", "arguments": {"keys": ["Enter"]}}"#)),
        shown(&[("", "done", false)], &["Hurry."]).await,
        said(&adapter, &wrote("")),
    ];
    let body = request(&adapter, &brief(), &turns);
    let told: Vec<&str> = body["messages"].as_array().unwrap().iter().map(|message| message["content"].as_str().unwrap()).collect();
    assert_eq!(told[1..], ["Buy milk.", r#"{"name": "press", "arguments": {"keys": ["Enter"]}}"#, "computer: done\n\nHurry.", "(nothing)"]);
    let click = &body["tools"][0]["function"];
    assert_eq!((&click["name"], &click["parameters"]["required"]), (&json!("click"), &json!(["element"])));
    assert_eq!(click["parameters"]["properties"].get("x"), None);
}

#[tokio::test]
async fn an_endpoint_that_takes_no_tools_reads_of_the_functions() {
    let adapter = Chat::new("m", true);
    let (brief, turns) = (brief(), [shown(&[], &["Buy milk."]).await]);
    let talk = |refused| {
        let picture = adapter.picture(brief.viewport);
        adapter.request(&Conversation {
            brief: &brief,
            instructions: "",
            picture,
            temperature: None,
            refused,
            stream: false,
            turns: &turns,
        })
    };
    let (with, without) = (talk(0), talk(1));
    assert_eq!(without.get("tools"), None);
    let system = without["messages"][0]["content"].as_str().unwrap();
    let click = with["tools"][0]["function"].to_string();
    assert!(system.contains(&click) && !with["messages"][0]["content"].as_str().unwrap().contains(&click));
    assert_eq!(talk(2), without, "there is no plainer form");
}

#[test]
fn why_it_stopped_is_known() {
    let mut answer = wrote("I");
    answer["choices"][0]["finish_reason"] = json!("length");
    assert_eq!(read(&answer).stop, Some(Stop::CutShort));
}
