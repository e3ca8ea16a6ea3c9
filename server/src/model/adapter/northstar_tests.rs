use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::*;
use crate::computer::{Action, Point};
use crate::model::adapter::Stop;
use crate::model::adapter::sample::{brief, click, conversation, keys, only, picture_of, request, said, screen, shown, typed};
use crate::model::driver::Driver;
use crate::model::transport::{Failure, Transport};
use crate::model::{Brief, Model, Next, Note, Notes, Observation, Settings};

const NORTHSTAR: Northstar = Northstar { model: None };

fn answer(message: Value) -> Value {
    json!({ "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }], "usage": { "prompt_tokens": 2, "completion_tokens": 1 } })
}

fn text(text: &str) -> Reply {
    NORTHSTAR.reply(&answer(json!({ "role": "assistant", "content": text })), &screen(&NORTHSTAR, &brief())).unwrap()
}

fn called(calls: &[(&str, &str, &str)]) -> Value {
    let call = |(id, name, arguments): &(&str, &str, &str)| json!({ "id": id, "type": "function", "function": { "name": name, "arguments": arguments } });
    let calls: Vec<Value> = calls.iter().map(call).collect();
    answer(json!({ "role": "assistant", "content": "I go on.", "tool_calls": calls }))
}

fn native(calls: &[(&str, &str, &str)]) -> Reply {
    NORTHSTAR.reply(&called(calls), &screen(&NORTHSTAR, &brief())).unwrap()
}

#[tokio::test]
async fn the_first_request_has_the_task_the_screen_and_the_tool() {
    let context = vec![("user".to_owned(), "Hello".to_owned()), ("assistant".to_owned(), "Hi".to_owned())];
    let turns = [shown(&[], &["Buy milk."]).await];
    let body = request(&NORTHSTAR, &Brief { context, ..brief() }, &turns);
    assert_eq!((&body["model"], &body["temperature"]), (&Value::Null, &json!(1.5)));
    let messages = body["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 4);
    let system = messages[0]["content"].as_str().unwrap();
    assert!(system.starts_with("Be quick.") && system.contains("from 0 to 999"), "{system}");
    assert_eq!(messages[1..3], [json!({ "role": "user", "content": "Hello" }), json!({ "role": "assistant", "content": "Hi" })]);
    let picture = json!({ "type": "image_url", "image_url": { "url": picture_of(&turns[0]) } });
    assert_eq!(messages[3], json!({ "role": "user", "content": [{ "type": "text", "text": "Buy milk." }, picture] }));
    assert_eq!(body["tools"][0]["function"]["name"], "computer_use");
}

#[tokio::test]
async fn what_is_refused_is_asked_for_in_plainer_forms() {
    let (brief, turns) = (brief(), [shown(&[], &["Buy milk."]).await]);
    let form = |refused| NORTHSTAR.request(&Conversation { refused, ..conversation(&NORTHSTAR, &brief, &turns) });
    let told = |body: &Value| body["messages"][0]["content"].as_str().unwrap().contains("\"computer_use\"");
    let forms: Vec<_> =
        (0..5).map(form).map(|body| (body.get("tools").is_some(), told(&body), body.get("response_format").is_some())).collect();
    assert_eq!(forms[..4], [(true, false, true), (true, false, false), (false, true, true), (false, true, false)]);
    assert_eq!(form(3), form(4), "there is no plainer form");
    let grammar = &form(0)["response_format"]["structures"][0];
    let call = format!("{}{}{}", grammar["begin"].as_str().unwrap(), json!({ "action": "wait" }), grammar["end"].as_str().unwrap());
    assert_eq!(only(text(&call)), Ok(Said::Do(vec![Action::Wait { ms: 1000 }])), "{call}");
}

#[tokio::test]
async fn results_of_calls_go_back_as_the_calls_came() {
    let first = shown(&[], &["Buy milk."]).await;
    let screen = json!({ "type": "image_url", "image_url": { "url": picture_of(&first) } });
    let messages = |answer: &Value, next: Arc<Turn>| {
        let body = request(&NORTHSTAR, &brief(), &[Arc::clone(&first), said(&NORTHSTAR, answer), next]);
        body["messages"].as_array().unwrap()[2..].to_vec()
    };

    let two = called(&[("a", "computer_use", r#"{"action": "click", "x": 1, "y": 2}"#), ("b", "wait", "{}")]);
    let sent = messages(&two, shown(&[("a", "done", false), ("b", "no", true)], &[]).await);
    assert_eq!(sent[0], two["choices"][0]["message"]);
    let result = |id, content| json!({ "role": "tool", "tool_call_id": id, "content": content });
    assert_eq!(sent[1..], [result("a", "done"), result("b", "no"), json!({ "role": "user", "content": [screen] })]);

    let call = "I wait. <tool_call>{\"action\": \"wait\"}</tool_call>";
    let thought = answer(json!({ "role": "assistant", "content": format!("<think>Hm.</think>{call}") }));
    let sent = messages(&thought, shown(&[("", "done", false)], &[]).await);
    assert_eq!(sent[0], json!({ "role": "assistant", "content": call }));
    let result = json!({ "type": "text", "text": "<tool_response>\ndone\n</tool_response>" });
    assert_eq!(sent[1..], [json!({ "role": "user", "content": [result, screen] })]);
}

#[test]
fn calls_are_read_however_they_are_written() {
    for written in [
        r#"<tool_call>{"name": "computer_use", "arguments": {"action": "click", "x": 500, "y": 250}}</tool_call>"#,
        r#"<tool_call>{"name": "computer_use", "arguments": {"action": "left_click", "coordinate": [500, 250]}}</tool_call>"#,
        r#"<tool_call>{"name": "click", "arguments": {"x": "500", "y": "250"}}</tool_call>"#,
        r#"<tool_call>{"name": "computer_use", "arguments": "{\"action\": \"click\", \"x\": 500, \"y\": 250}"}"#,
        "I click.\n<tool_call>\n```json\n{\"name\": \"computer_use\", \"arguments\": {\"type\": \"click\", \"x\": 500, \"y\": 250}}\n```\n</tool_call>",
        r#"{"name": "click", "arguments": {"coordinate": "(500, 250)",}}</tool_call>"#,
        "```json\n{\"action\": \"click\", \"coordinate\": \"<|box_start|>(500,250)<|box_end|>\"}\n```",
        r#"<tool_call>{'name': 'computer_use', 'arguments': {'action': 'click', 'coordinate': [490, 240, 510, 260]}}"#,
        r#"<tool_call>{"name": "click", "arguments": {"x":": 500, "y": 250}}</tool_call>"#,
        r#"<tool_call>{"name": "click", "arguments": {"x": ": 500, "y":": 250}}</tool_call>"#,
    ] {
        assert_eq!(only(text(written)), click(800.0, 250.0), "{written}");
    }
    assert_eq!(only(native(&[("a", "click", r#"{"x": 999, "y": "0"}"#)])), click(1598.0, 0.0));
    assert_eq!(only(native(&[("a", "type", r#"{"text": "12"}"#)])), typed("12"));
    assert_eq!(
        only(text(r#"<tool_call>{"name": "computer_use", "arguments": {"action": "type", "text": "\":\": 3"}}"#)),
        typed("\":\": 3")
    );
    assert_eq!(only(native(&[("a", "computer_use", r#"{"action": "key", "keys": ["ctrl", "a"]}"#)])), keys(&["Control", "a"]));
    let drag = r#"{"action": "drag", "x": 0, "y": 500, "end_x": 500, "end_y": 500}"#;
    let path = vec![Point(0.0, 500.0), Point(800.0, 500.0)];
    assert_eq!(only(native(&[("a", "computer_use", drag)])), Ok(Said::Do(vec![Action::Drag { path }])));
    let scroll = r#"{"action": "scroll", "scroll_y": 300, "x": 500, "y": 500}"#;
    let scrolled = Action::Scroll { coordinates: Point(800.0, 500.0), delta_x: 0.0, delta_y: 300.0 };
    assert_eq!(only(native(&[("a", "computer_use", scroll)])), Ok(Said::Do(vec![scrolled])));
    let end = r#"{"action": "terminate", "status": "failure", "text": "There is no tea."}"#;
    assert_eq!(only(native(&[("a", "computer_use", end)])), Ok(Said::Failed("There is no tea.".into())));
    assert_eq!(only(native(&[("a", "answer", r#"{"text": "Tea"}"#)])), Ok(Said::Done("Tea".into())));
}

#[test]
fn several_calls_are_done_in_order() {
    let reply =
        text("<tool_call>{\"action\": \"key\", \"keys\": [\"Tab\"]}</tool_call>\n<tool_call>{\"action\": \"type\", \"text\": \"tea\"}");
    let read: Vec<_> = reply.calls.into_iter().map(|call| call.said.map_err(|unclear| unclear.0)).collect();
    assert_eq!(read, [keys(&["Tab"]), typed("tea")]);
}

#[test]
fn what_cannot_be_read_is_said_and_not_done() {
    for (written, why) in [
        ("<tool_call></tool_call>", "no action is named"),
        (r#"<tool_call>{"name": "computer_use", "arguments": {"action": "dance"}}</tool_call>"#, "there is no action \"dance\""),
        (r#"<tool_call>{"name": "click", "arguments": {"x": 4000, "y": 20}}</tool_call>"#, "off the screen"),
        (r#"<tool_call>{"name": "type", "arguments": {"text": "half of"#, "cut short"),
        ("<tool_call>click(500, 250)</tool_call>", "no object"),
        ("I see {this}.", "colon is missing"),
    ] {
        let error = only(text(written)).unwrap_err();
        assert!(error.contains(why), "{written}: {error}");
    }
    for prose in ["The screen shows a login form.", "(499, 436)", "", "<think>I wonder"] {
        assert!(text(prose).calls.is_empty(), "{prose}");
    }
}

#[test]
fn what_it_says_is_what_stands_before_the_call() {
    for (written, says) in [
        ("I click it.\n<tool_call>{\"action\": \"wait\"}", "I click it."),
        ("<think>a < b</think>I wait.```json\n{\"action\": \"wait\"}```", "I wait."),
        ("{\"action\": \"wait\"}", ""),
    ] {
        assert_eq!(text(written).text, says, "{written}");
    }
    let mut gather = NORTHSTAR.gather().unwrap();
    let mut told = String::new();
    for piece in ["<thi", "nk>no</think>", "I ", "click", " it.\n", "<tool_", "call>{\"action\": ", "\"wait\"}</tool_call>"] {
        told.extend(gather.push(&json!({ "choices": [{ "index": 0, "delta": { "content": piece } }] })).unwrap());
    }
    assert_eq!(told, "I click it.");
}

#[test]
fn why_it_stopped_and_what_it_took_is_told() {
    let cut = json!({ "choices": [{ "message": { "content": "<tool_call>{\"act" }, "finish_reason": "length" }] });
    assert_eq!(NORTHSTAR.reply(&cut, &screen(&NORTHSTAR, &brief())).unwrap().stop, Some(Stop::CutShort));
    assert_eq!(text("a").usage.input_tokens, 2);
    assert!(NORTHSTAR.reply(&json!([]), &screen(&NORTHSTAR, &brief())).unwrap_err().contains("`choices`"));
}

/// An endpoint that knows neither grammars nor tools, and keeps what it was asked.
#[derive(Clone)]
struct Plain(Arc<Mutex<Vec<Value>>>);

#[async_trait]
impl Transport for Plain {
    async fn exchange(&mut self, body: &Value, _: Option<Box<dyn Gather>>, _: &(dyn Fn(String) + Sync)) -> Result<Value, Failure> {
        self.0.lock().unwrap().push(body.clone());
        if body.get("tools").is_some() || body.get("response_format").is_some() {
            let message = "unknown member".to_owned();
            return Err(Failure::Status { endpoint: "here".into(), status: 400, message, retry_after: None });
        }
        Ok(answer(json!({ "content": "<tool_call>{\"action\": \"terminate\", \"text\": \"Done.\"}</tool_call>" })))
    }
}

#[tokio::test]
async fn a_plain_endpoint_gets_the_form_that_it_takes() {
    let asked = Plain(Arc::default());
    let settings = Arc::new(Settings::default());
    let mut model = Driver::new("northstar".into(), brief(), Arc::new(NORTHSTAR), Box::new(asked.clone()), settings);
    let (notes, mut told) = Notes::channel();
    let seen = Observation { step: 1, screenshot: None, page: None, messages: &[], last_error: None };
    assert_eq!(model.decide(seen, &notes).await.unwrap(), Next::Finish("Done.".into()));
    assert_eq!(asked.0.lock().unwrap().len(), 4);
    let notes: Vec<Note> = std::iter::from_fn(|| told.try_recv().ok()).collect();
    assert!(
        matches!(&notes[..], [Note::Error(why), _, _, Note::Usage(_)] if why.contains("unknown member") && why.contains("plainer")),
        "{notes:?}"
    );
}
