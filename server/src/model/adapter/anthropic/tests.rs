//! Requests and answers.

use serde_json::{Value, json};

use super::*;
use crate::computer::{Action, Point};
use crate::model::adapter::sample::{brief, request, said, screen, shown, without_picture};
use crate::model::vocabulary::Said;

const OLD: &str = "claude-sonnet-4-5";
const NEW: &str = "claude-sonnet-5";

/// An answer with these blocks.
fn answer(stop_reason: &str, content: &Value) -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": OLD, "content": content,
        "stop_reason": stop_reason, "stop_sequence": null, "usage": { "input_tokens": 5, "output_tokens": 7 },
    })
}

fn used(id: &str, action: Value) -> Value {
    json!({ "type": "tool_use", "id": id, "name": "computer", "input": action })
}

fn member_used(id: &str, name: &str, input: Value) -> Value {
    json!({ "type": "tool_use", "id": id, "name": name, "toolset_name": "computer", "input": input })
}

fn kinds(message: &Value) -> Vec<&str> {
    message["content"].as_array().unwrap().iter().map(|block| block["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_first_request_has_all_that_the_api_wants() {
    let adapter = Anthropic::new(OLD).unwrap();
    let body = request(&adapter, &brief(), &[shown(&[], &["Buy milk."]).await]);
    assert_eq!(body["model"], OLD);
    assert_eq!(body["temperature"], 1.0, "the most the API takes");
    assert_eq!(body.get("stream"), None);
    assert_eq!(body["system"], json!([{ "type": "text", "text": "Be quick.", "cache_control": { "type": "ephemeral" } }]));
    let computer = json!({ "type": "computer_20250124", "name": "computer", "display_width_px": 1280, "display_height_px": 800 });
    assert_eq!(body["tools"][0], computer);
    assert_eq!(body["messages"].as_array().unwrap().len(), 1);
    assert_eq!(kinds(&body["messages"][0]), ["text", "image"]);
    let image = &body["messages"][0]["content"][1];
    assert_eq!(image["cache_control"], json!({ "type": "ephemeral" }));
    assert_eq!(image["source"]["media_type"], "image/png");
}

#[tokio::test]
async fn new_models_have_the_toolset_and_no_temperature() {
    let adapter = Anthropic::new(NEW).unwrap();
    let body = request(&adapter, &brief(), &[shown(&[], &["Buy milk."]).await]);
    assert_eq!(body["tools"][0]["type"], "computer_toolset_20260801");
    assert_eq!(body["tools"][0]["configs"]["zoom"], json!({ "enabled": false }));
    assert_eq!(body["tools"][0].get("display_width_px"), None);
    assert_eq!(body.get("temperature"), None);
    assert!(adapter.wire().headers.iter().all(|(name, _)| *name != "anthropic-beta"));
}

#[tokio::test]
async fn each_version_of_the_tool_has_its_header() {
    for (model, kind, beta) in [
        (OLD, "computer_20250124", Some("computer-use-2025-01-24")),
        ("claude-opus-4-6", "computer_20251124", Some("computer-use-2025-11-24")),
        (NEW, "computer_toolset_20260801", None),
        ("claude-opus-5#computer_20251124", "computer_20251124", Some("computer-use-2025-11-24")),
    ] {
        let adapter = Anthropic::new(model).unwrap();
        let body = request(&adapter, &brief(), &[shown(&[], &["Buy milk."]).await]);
        let headers = adapter.wire().headers;
        let header = |name| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        assert_eq!((body["tools"][0]["type"].as_str(), header("anthropic-beta")), (Some(kind), beta), "{model}");
        assert_eq!((body["model"].as_str(), header("anthropic-version")), (model.split('#').next(), Some("2023-06-01")), "{model}");
    }
    assert!(Anthropic::new("claude-opus-5#mouse").is_err());
}

#[tokio::test]
async fn every_call_is_answered_before_anything_else_is_said() {
    let adapter = Anthropic::new(OLD).unwrap();
    let click = used("toolu_1", json!({ "action": "left_click", "coordinate": [640, 400] }));
    let typing = used("toolu_2", json!({ "action": "type", "text": "milk" }));
    let content = json!([{ "type": "thinking", "thinking": "hm", "signature": "s" }, { "type": "text", "text": "" }, click, typing]);
    let first = shown(&[], &["Buy milk."]).await;
    let done = [("toolu_1", "done", false), ("toolu_2", "done", false)];
    let turns = [first.clone(), said(&adapter, &answer("tool_use", &content)), shown(&done, &["Hurry."]).await];
    let body = request(&adapter, &brief(), &turns);
    let messages = body["messages"].as_array().unwrap();
    assert_eq!(kinds(&messages[1]), ["thinking", "tool_use", "tool_use"], "as it came, but for the text that is empty");
    assert_eq!(kinds(&messages[2]), ["tool_result", "tool_result", "text"]);
    assert_eq!(messages[2]["content"][0]["tool_use_id"], "toolu_1");
    assert_eq!(messages[2]["content"][0]["content"], json!([{ "type": "text", "text": "done" }]));
    assert_eq!(messages[2]["content"][1]["content"][1]["type"], "image", "the picture is in the last result");

    let failed = [("toolu_1", "done", false), ("toolu_2", "no such field", true)];
    let turns = [first, turns[1].clone(), shown(&failed, &[]).await];
    let messages = request(&adapter, &brief(), &turns)["messages"].take();
    assert_eq!(kinds(&messages[2]), ["tool_result", "tool_result", "image"], "a result that failed has text only");
    assert_eq!(messages[2]["content"][1]["is_error"], true);
    assert_eq!(messages[2]["content"][0].get("is_error"), None);
}

#[tokio::test]
async fn results_of_the_toolset_name_it_and_others_do_not() {
    let adapter = Anthropic::new(NEW).unwrap();
    let content =
        json!([member_used("toolu_1", "screenshot", json!({})), { "type": "tool_use", "id": "toolu_2", "name": "back", "input": {} }]);
    let first = shown(&[], &["Buy milk."]).await;
    let done = [("toolu_1", "done", false), ("toolu_2", "done", false)];
    let body = request(&adapter, &brief(), &[first, said(&adapter, &answer("tool_use", &content)), shown(&done, &[]).await]);
    let results = &body["messages"][2]["content"];
    assert_eq!(results[0]["toolset_name"], "computer");
    assert_eq!(results[1].get("toolset_name"), None);
}

#[tokio::test]
async fn the_cache_reaches_over_the_newest_turns_with_four_marks_at_most() {
    let adapter = Anthropic::new(OLD).unwrap();
    let mut turns = vec![shown(&[], &["Buy milk."]).await];
    for step in 0..6 {
        let id = format!("toolu_{step}");
        turns.push(said(&adapter, &answer("tool_use", &json!([used(&id, json!({ "action": "screenshot" }))]))));
        turns.push(shown(&[(&id, "done", false)], &[]).await);
    }
    let body = request(&adapter, &brief(), &turns);
    let is_marked = |message: &Value| message["content"].as_array().unwrap().last().unwrap().get("cache_control").is_some();
    let marked: Vec<usize> =
        body["messages"].as_array().unwrap().iter().enumerate().filter(|(_, message)| is_marked(message)).map(|(at, _)| at).collect();
    assert_eq!(marked, [8, 10, 12]);
    assert_eq!(body.to_string().matches("cache_control").count(), 4);
}

#[tokio::test]
async fn thoughts_are_sent_back_until_something_before_them_is_left_out() {
    let adapter = Anthropic::new(NEW).unwrap();
    let thought = json!({ "type": "thinking", "thinking": "", "signature": "s" });
    let click = answer("tool_use", &json!([thought, member_used("toolu_1", "left_click", json!({ "coordinate": [1, 2] }))]));
    let only_thought = answer("max_tokens", &json!([thought]));
    let first = shown(&[], &["Buy milk."]).await;
    let turns = [
        first.clone(),
        said(&adapter, &click),
        shown(&[("toolu_1", "done", false)], &[]).await,
        said(&adapter, &only_thought),
        shown(&[], &["Answer with less text."]).await,
    ];
    let messages = request(&adapter, &brief(), &turns)["messages"].take();
    assert_eq!(kinds(&messages[1]), ["thinking", "tool_use"]);
    assert_eq!(kinds(&messages[2]), ["tool_result", "text", "image"], "a turn of thoughts alone is none");

    let left_out = [without_picture(&first), turns[1].clone(), turns[2].clone()];
    let messages = request(&adapter, &brief(), &left_out)["messages"].take();
    assert_eq!((kinds(&messages[0]), kinds(&messages[1])), (vec!["text"], vec!["tool_use"]));
}

#[tokio::test]
async fn an_earlier_conversation_comes_first() {
    let adapter = Anthropic::new(OLD).unwrap();
    let mut brief = brief();
    let line = |role: &str, content: &str| (role.to_owned(), content.to_owned());
    brief.context = vec![line("assistant", "Hello."), line("user", "Hi."), line("user", " "), line("user", "Well?")];
    let body = request(&adapter, &brief, &[shown(&[], &["Buy milk."]).await]);
    let roles: Vec<&str> = body["messages"].as_array().unwrap().iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", "assistant", "user"]);
    assert_eq!(kinds(&body["messages"][2]), ["text", "text", "text", "image"]);
}

#[test]
fn calls_are_read_in_the_pixels_of_the_picture() {
    let done = |action| Ok(Said::Do(vec![action]));
    let middle = Point(800.0, 500.0);
    let cases = [
        ("left_click", json!({ "coordinate": [640, 400] }), done(Action::Click { coordinates: middle })),
        ("triple_click", json!({ "coordinate": [640, 400] }), done(Action::TripleClick { coordinates: middle })),
        ("left_click", json!({}), done(Action::Click { coordinates: Point(7.0, 8.0) })),
        (
            "left_click_drag",
            json!({ "start_coordinate": [0, 0], "coordinate": [640, 400] }),
            done(Action::Drag { path: vec![Point(0.0, 0.0), middle] }),
        ),
        (
            "scroll",
            json!({ "coordinate": [640, 400], "scroll_direction": "down", "scroll_amount": 3 }),
            done(Action::Scroll { coordinates: middle, delta_x: 0.0, delta_y: 300.0 }),
        ),
        ("key", json!({ "text": "ctrl+a" }), done(Action::Keys { keys: vec!["Control".into(), "a".into()] })),
        ("wait", json!({ "duration": 2 }), done(Action::Wait { ms: 2000 })),
        ("screenshot", json!({}), done(Action::Screenshot)),
    ];
    for (action, mut input, expected) in cases {
        let adapter = Anthropic::new(NEW).unwrap();
        let read = |block: Value| {
            let reply = adapter.reply(&answer("tool_use", &json!([block])), &screen(&adapter, &brief())).unwrap();
            reply.calls.into_iter().next().unwrap().said
        };
        assert_eq!(read(member_used("toolu_1", action, input.clone())), expected, "{action}");
        input["action"] = json!(action);
        assert_eq!(read(used("toolu_1", input)), expected, "{action}");
    }
}

#[test]
fn what_the_tool_beside_the_computer_asks_for_is_understood() {
    let adapter = Anthropic::new(NEW).unwrap();
    let function = |name: &str, input: Value| {
        let content = json!([{ "type": "tool_use", "id": "toolu_1", "name": name, "input": input }]);
        let reply = adapter.reply(&answer("tool_use", &content), &screen(&adapter, &brief())).unwrap();
        reply.calls.into_iter().next().unwrap().said
    };
    let url = "https://example.com/".to_owned();
    assert_eq!(function("navigate", json!({ "url": url })), Ok(Said::Do(vec![Action::Navigate { url }])));
    assert_eq!(function("back", json!({})), Ok(Said::Do(vec![Action::Back])));
    assert_eq!(function("give_up", json!({ "reason": "sold out" })), Ok(Said::Failed("sold out".to_owned())));
}

#[test]
fn an_answer_says_how_it_ended_and_what_it_took() {
    let adapter = Anthropic::new(NEW).unwrap();
    let read = |answer: &Value| adapter.reply(answer, &screen(&adapter, &brief()));
    let text = json!([{ "type": "text", "text": "Bought." }]);
    let mut end = answer("end_turn", &text);
    end["usage"] = json!({ "input_tokens": 5, "output_tokens": 7, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 300 });
    let reply = read(&end).unwrap();
    assert_eq!((reply.text.as_str(), reply.stop, reply.calls.len()), ("Bought.", None, 0));
    assert_eq!(reply.usage, Usage { input_tokens: 325, cached_tokens: 300, output_tokens: 7, cost: None });
    assert_eq!(read(&answer("max_tokens", &text)).unwrap().stop, Some(Stop::CutShort));
    let mut refusal = answer("refusal", &json!([]));
    assert_eq!(read(&refusal).unwrap().stop, Some(Stop::Refused("it does not say why.".to_owned())));
    refusal["stop_details"] = json!({ "type": "refusal", "category": "cyber", "explanation": null });
    assert_eq!(read(&refusal).unwrap().stop, Some(Stop::Refused("cyber".to_owned())));
    for (broken, why) in [
        (json!({}), "no list `content`"),
        (answer("tool_use", &json!([{ "type": "tool_use", "id": "1", "name": "computer", "input": "x" }])), "is no object"),
        (answer("tool_use", &json!([{ "type": "tool_use", "name": "computer", "input": {} }])), "has no `id`"),
    ] {
        let error = read(&broken).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}

/// The events of a stream, and the answer they come to.
fn gathered(events: &[Value]) -> (Vec<String>, Result<Value, String>) {
    let mut gather = Anthropic::new(NEW).unwrap().gather().unwrap();
    let mut told = Vec::new();
    for event in events {
        match gather.push(event) {
            Ok(text) => told.extend(text),
            Err(why) => return (told, Err(why)),
        }
    }
    (told, gather.finish())
}

fn events(stop_reason: &str, input: &[&str]) -> Vec<Value> {
    let mut start = answer("", &json!([]));
    start["stop_reason"] = Value::Null;
    let delta = |index: u64, delta: Value| json!({ "type": "content_block_delta", "index": index, "delta": delta });
    let mut events = vec![
        json!({ "type": "message_start", "message": start }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "thinking", "thinking": "", "signature": "" } }),
        json!({ "type": "ping" }),
        delta(0, json!({ "type": "thinking_delta", "thinking": "hm" })),
        delta(0, json!({ "type": "signature_delta", "signature": "sig" })),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "content_block_start", "index": 1, "content_block": { "type": "text", "text": "" } }),
        delta(1, json!({ "type": "text_delta", "text": "I cl" })),
        delta(1, json!({ "type": "text_delta", "text": "ick." })),
        json!({ "type": "content_block_stop", "index": 1 }),
        json!({ "type": "content_block_start", "index": 2, "content_block": member_used("toolu_1", "left_click", json!({})) }),
    ];
    events.extend(input.iter().map(|piece| delta(2, json!({ "type": "input_json_delta", "partial_json": piece }))));
    events.extend([
        json!({ "type": "content_block_stop", "index": 2 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": stop_reason, "stop_sequence": null }, "usage": { "output_tokens": 9 } }),
        json!({ "type": "message_stop" }),
    ]);
    events
}

#[test]
fn a_stream_comes_to_the_same_answer_as_one_piece() {
    let (told, whole) = gathered(&events("tool_use", &["", "{\"coordi", "nate\": [640, 400]}"]));
    assert_eq!(told, ["I cl", "ick."]);
    let mut expected = answer(
        "tool_use",
        &json!([
            { "type": "thinking", "thinking": "hm", "signature": "sig" },
            { "type": "text", "text": "I click." },
            member_used("toolu_1", "left_click", json!({ "coordinate": [640, 400] })),
        ]),
    );
    expected["usage"]["output_tokens"] = json!(9);
    assert_eq!(whole, Ok(expected));
}

#[test]
fn a_stream_that_breaks_is_no_answer() {
    let whole = events("tool_use", &["{\"coordinate\": [640"]);
    assert!(gathered(&whole).1.unwrap_err().contains("no JSON"));
    assert!(gathered(&whole[..whole.len() - 1]).1.unwrap_err().contains("ended before"));
    let error = json!({ "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" } });
    assert_eq!(gathered(&[error]).1, Err("Overloaded (overloaded_error)".to_owned()));
    let cut = gathered(&events("max_tokens", &["{\"coordinate\": [640"])).1.unwrap();
    assert_eq!(cut["content"][2]["input"], json!({}), "it is said to be cut short, and not carried out");
}
