use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::computer::{Action, Point};
use crate::model::Brief;
use crate::model::adapter::{Stop, sample};
use crate::model::driver::{Spoken, Turn};
use crate::model::vocabulary::Said;

const MODELS: [&str; 3] = ["gpt-5.4", "computer-use-preview", "tzafon.northstar-cua-fast"];

fn body(model: &str, turns: &[Arc<Turn>]) -> Value {
    let context = vec![("user".into(), "hello".into()), ("assistant".into(), "hi".into())];
    sample::request(&Responses::new(model).unwrap(), &Brief { context, stream_deltas: true, ..sample::brief() }, turns)
}

fn reply(answer: &Value) -> Result<Reply, String> {
    let adapter = Responses::new("gpt-5.4").unwrap();
    adapter.reply(answer, &sample::screen(&adapter, &sample::brief()))
}

fn answer(output: Value) -> Value {
    json!({ "id": "resp_1", "status": "completed", "error": null, "output": output })
}

fn call(id: &str, action: Value) -> Value {
    json!({ "type": "computer_call", "id": "cu", "call_id": id, "action": action, "pending_safety_checks": [], "status": "completed" })
}

fn spoken(output: Value) -> Arc<Turn> {
    Arc::new(Turn::Said(Spoken::from(&reply(&answer(output)).unwrap())))
}

/// What the answer of one call is understood as.
fn said(action: Value) -> Result<Said, String> {
    let mut reply = reply(&answer(json!([call("call_1", action)]))).unwrap();
    reply.calls.remove(0).said.map_err(|unclear| unclear.0)
}

#[tokio::test]
async fn the_first_request_tells_the_context_the_task_and_the_screen() {
    for model in MODELS {
        let body = body(model, &[sample::shown(&[], &["find it"]).await]);
        assert_eq!((&body["model"], &body["instructions"], &body["temperature"]), (&json!(model), &json!("Be quick."), &json!(1.5)));
        assert_eq!(body.get("previous_response_id"), None);
        let input = body["input"].as_array().unwrap();
        let said: Vec<_> = input.iter().map(|item| (item["role"].as_str().unwrap(), item["content"][0].clone())).collect();
        assert_eq!(said[0], ("user", json!({ "type": "input_text", "text": "hello" })));
        assert_eq!(said[1], ("assistant", json!({ "type": "output_text", "text": "hi" })));
        assert_eq!(said[2], ("user", json!({ "type": "input_text", "text": "find it" })));
        assert_eq!(input.len(), 3);
        let image = &input[2]["content"][1];
        assert_eq!(image["type"], "input_image");
        assert!(image["image_url"].as_str().unwrap().starts_with("data:image/png;base64,"));
    }
}

#[tokio::test]
async fn each_model_is_given_its_own_tool() {
    let declared =
        |kind, width, height| json!({ "type": kind, "display_width": width, "display_height": height, "environment": "browser" });
    for (model, tool, functions, truncation, stream) in [
        ("gpt-5.4", json!({ "type": "computer" }), vec!["navigate", "back", "give_up"], json!("auto"), json!(true)),
        (
            "mine#computer_use_preview",
            declared("computer_use_preview", 1228, 768),
            vec!["navigate", "back", "give_up"],
            json!("auto"),
            json!(true),
        ),
        ("tzafon.northstar-cua-fast", declared("computer_use", 1600, 1000), vec!["done"], Value::Null, Value::Null),
    ] {
        let body = body(model, &[sample::shown(&[], &["find it"]).await]);
        let tools = body["tools"].as_array().unwrap();
        assert_eq!(tools[0], tool, "{model}");
        let names: Vec<&str> = tools[1..].iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        assert_eq!((names, &body["truncation"], &body["stream"]), (functions, &truncation, &stream), "{model}");
    }
}

#[test]
fn a_name_tells_the_tool_or_the_tool_is_named() {
    for (named, model, tool) in [
        ("gpt-5.6", "gpt-5.6", Tool::Computer),
        ("computer-use-preview-2025-03-11", "computer-use-preview-2025-03-11", Tool::ComputerUsePreview),
        ("openai/computer-use-preview", "openai/computer-use-preview", Tool::ComputerUsePreview),
        ("tzafon.northstar-cua-fast", "tzafon.northstar-cua-fast", Tool::ComputerUse),
        ("mine#computer_use", "mine", Tool::ComputerUse),
        ("tzafon.x#computer", "tzafon.x", Tool::Computer),
    ] {
        assert_eq!(Tool::of(named), Ok((model, tool)));
    }
    let error = Responses::new("mine#mouse").unwrap_err();
    assert!(error.contains("\"mouse\"") && error.contains("computer_use_preview"), "{error}");
}

#[test]
fn pictures_are_no_larger_than_what_the_model_reads() {
    let size = |width, height| Viewport { width, height };
    for (tool, viewport, picture) in [
        (Tool::Computer, size(1920, 1080), size(1920, 1080)),
        (Tool::Computer, size(4096, 4096), size(3200, 3200)),
        (Tool::ComputerUsePreview, size(1280, 720), size(1280, 720)),
        (Tool::ComputerUsePreview, size(1920, 1080), size(1365, 768)),
        (Tool::ComputerUsePreview, size(4096, 200), size(2048, 100)),
        (Tool::ComputerUse, size(1920, 1080), size(1920, 1080)),
    ] {
        assert_eq!(tool.picture(viewport), picture, "{tool:?} {viewport:?}");
    }
}

#[tokio::test]
async fn each_call_is_answered_in_order_and_every_computer_call_with_a_screenshot() {
    let mut checked = call("call_1", json!({ "type": "click", "x": 1, "y": 2, "button": "left" }));
    let checks = json!([{ "id": "sc_1", "code": "malicious_instructions", "message": "look" }]);
    checked["pending_safety_checks"] = checks.clone();
    let function = json!({ "type": "function_call", "call_id": "call_2", "name": "navigate", "arguments": "{\"url\": \"a.test\"}" });
    let thought = json!({ "type": "reasoning", "id": "rs_1", "summary": [] });
    let output = json!([thought, checked, function, call("call_3", json!({ "type": "wait" }))]);
    let said = spoken(output);
    let outcomes = [("call_1", "it is gone", true), ("call_2", "done", false), ("call_3", "done", false)];
    for model in MODELS {
        let turns = [sample::shown(&[], &["find it"]).await, said.clone(), sample::shown(&outcomes, &["hurry"]).await];
        let body = body(model, &turns);
        assert_eq!((&body["previous_response_id"], &body["instructions"]), (&json!("resp_1"), &json!("Be quick.")));
        let input = body["input"].as_array().unwrap();
        let order: Vec<_> = input.iter().map(|item| (item["type"].as_str().unwrap(), item["call_id"].as_str())).collect();
        let expected = [
            ("computer_call_output", Some("call_1")),
            ("function_call_output", Some("call_2")),
            ("computer_call_output", Some("call_3")),
            ("message", None),
        ];
        assert_eq!(order, expected);
        let kind = if model.starts_with("tzafon") { "input_image" } else { "computer_screenshot" };
        for item in [&input[0], &input[2]] {
            assert_eq!(item["output"]["type"], kind);
            assert!(item["output"]["image_url"].as_str().unwrap().starts_with("data:image/png;base64,"));
        }
        assert_eq!((&input[0]["acknowledged_safety_checks"], &input[2]["acknowledged_safety_checks"]), (&checks, &Value::Null));
        assert_eq!(input[1]["output"], "done");
        let text = |text| json!({ "type": "input_text", "text": text });
        assert_eq!(input[3]["content"], json!([text("computer: it is gone"), text("hurry")]));
    }
}

#[tokio::test]
async fn without_a_computer_call_the_screen_comes_in_a_message() {
    let function = json!({ "type": "function_call", "call_id": "call_1", "name": "back", "arguments": "{}" });
    for (output, outcomes) in [(json!([function]), vec![("call_1", "done", false)]), (json!([]), vec![])] {
        let turns = [sample::shown(&[], &["find it"]).await, spoken(output), sample::shown(&outcomes, &[]).await];
        let body = body("gpt-5.4", &turns);
        let last = body["input"].as_array().unwrap().last().unwrap();
        assert_eq!((&last["role"], &last["content"][0]["type"]), (&json!("user"), &json!("input_image")));
    }
}

#[tokio::test]
async fn where_turns_were_left_out_what_remains_is_told_anew() {
    let output = json!([
        { "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "I click" }] },
        call("call_1", json!({ "type": "click", "x": 1, "y": 2 })),
    ]);
    let mut last = sample::shown(&[("call_1", "done", false)], &["hurry"]).await;
    if let Turn::Shown(shown) = Arc::make_mut(&mut last) {
        shown.afresh = true;
    }
    let turns = [sample::without_picture(&sample::shown(&[], &["find it"]).await), spoken(output), last];
    let body = body("gpt-5.4", &turns);
    assert_eq!(body.get("previous_response_id"), None);
    let input = body["input"].as_array().unwrap();
    assert!(input.iter().all(|item| item["type"] == "message"));
    let texts: Vec<&str> =
        input.iter().flat_map(|item| item["content"].as_array().unwrap()).filter_map(|part| part["text"].as_str()).collect();
    assert_eq!(texts[..4], ["hello", "hi", "find it", "I click"]);
    assert!(texts[4].contains("\"click\""), "{texts:?}");
    assert_eq!(texts[5..], ["computer: done", "hurry"]);
    let images = input.iter().flat_map(|item| item["content"].as_array().unwrap()).filter(|part| part["type"] == "input_image").count();
    assert_eq!(images, 1);
}

#[test]
fn actions_are_read_alone_and_in_batches() {
    let click = Action::Click { coordinates: Point(10.0, 20.0) };
    assert_eq!(said(json!({ "type": "click", "button": "left", "x": 10, "y": 20 })), Ok(Said::Do(vec![click.clone()])));
    let keys = |names: &[&str]| Action::Keys { keys: names.iter().map(|name| (*name).to_owned()).collect() };
    assert_eq!(said(json!({ "type": "keypress", "keys": ["CTRL", "A"] })), Ok(Said::Do(vec![keys(&["Control", "a"])])));
    let scroll = Action::Scroll { coordinates: Point(5.0, 6.0), delta_x: 0.0, delta_y: 300.0 };
    assert_eq!(said(json!({ "type": "scroll", "x": 5, "y": 6, "scroll_x": 0, "scroll_y": 300 })), Ok(Said::Do(vec![scroll])));
    let path = vec![Point(1.0, 2.0), Point(3.0, 4.0)];
    let drag = json!({ "type": "drag", "path": [{ "x": 1, "y": 2 }, { "x": 3, "y": 4 }] });
    assert_eq!(said(drag), Ok(Said::Do(vec![Action::Drag { path: path.clone() }])));
    let drag = json!({ "type": "drag", "x": 1, "y": 2, "end_x": 3, "end_y": 4 });
    assert_eq!(said(drag), Ok(Said::Do(vec![Action::Drag { path }])));
    let ends = json!({ "type": "terminate", "status": "failure", "text": "no such page" });
    assert_eq!(said(ends), Ok(Said::Failed("no such page".into())));
    assert_eq!(said(json!({ "type": "answer", "result": "42" })), Ok(Said::Done("42".into())));

    let typed = Action::Type { text: "penguin".into() };
    let actions = json!([{ "type": "click", "button": "left", "x": 10, "y": 20 }, { "type": "type", "text": "penguin" }]);
    let batch = json!([{ "type": "computer_call", "call_id": "call_1", "actions": actions }]);
    let reply = reply(&answer(batch)).unwrap();
    assert_eq!(reply.calls[0].said, Ok(Said::Do(vec![click, typed])));
    assert_eq!(reply.calls[0].name, "click, type");
}

#[test]
fn what_is_malformed_is_said() {
    for (action, why) in [
        (json!({ "type": "teleport", "x": 1, "y": 2 }), "there is no action \"teleport\""),
        (json!({ "type": "click", "x": 10 }), "y"),
        (json!({ "type": "type" }), "the text is missing"),
        (json!([10, 20]), "an action is an object"),
        (Value::Null, "holds no action"),
        (json!({ "type": "click", "x": 5000, "y": 20 }), "off the screen"),
    ] {
        let error = said(action.clone()).unwrap_err();
        assert!(error.contains(why), "{action}: {error}");
    }
    let as_text = json!({ "type": "click", "x": "10", "y": "20" });
    assert_eq!(said(as_text), Ok(Said::Do(vec![Action::Click { coordinates: Point(10.0, 20.0) }])));
    let function = json!([{ "type": "function_call", "call_id": "call_1", "name": "lookup", "arguments": "[1]" }]);
    assert!(reply(&answer(function)).unwrap().calls[0].said.is_err());
}

#[test]
fn what_is_no_response_is_an_error() {
    for (answer, why) in [
        (json!({ "status": "completed", "output": [] }), "`id`"),
        (json!({ "id": "resp_1", "status": "completed" }), "`output`"),
        (answer(json!([{ "type": "computer_call", "action": { "type": "wait" } }])), "`call_id`"),
        (
            json!({ "id": "resp_1", "status": "failed", "error": { "code": "server_error", "message": "oh" }, "output": [] }),
            "oh (server_error)",
        ),
        (json!({ "id": "resp_1", "status": "cancelled", "output": [] }), "cancelled"),
    ] {
        let error = reply(&answer).unwrap_err();
        assert!(error.contains(why), "{answer}: {error}");
    }
}

#[test]
fn a_message_is_the_answer_and_may_be_a_refusal_or_cut_short() {
    let message = |part| answer(json!([{ "type": "message", "role": "assistant", "content": [part] }]));
    let done = reply(&message(json!({ "type": "output_text", "text": "It is 42.", "annotations": [] }))).unwrap();
    assert_eq!((done.text.as_str(), done.stop, done.calls.len(), done.id.as_deref()), ("It is 42.", None, 0, Some("resp_1")));
    let said = |phase, text| json!({ "type": "message", "phase": phase, "content": [{ "type": "output_text", "text": text }] });
    let commented = reply(&answer(json!([said("commentary", "Let me see."), said("final_answer", "It is 42.")]))).unwrap();
    assert_eq!(commented.text, "It is 42.");
    let refused = reply(&message(json!({ "type": "refusal", "refusal": "I will not." }))).unwrap();
    assert_eq!(refused.stop, Some(Stop::Refused("I will not.".into())));

    let incomplete = |reason| json!({ "id": "resp_1", "status": "incomplete", "incomplete_details": { "reason": reason }, "output": [] });
    assert_eq!(reply(&incomplete("max_output_tokens")).unwrap().stop, Some(Stop::CutShort));
    assert!(matches!(reply(&incomplete("content_filter")).unwrap().stop, Some(Stop::Refused(_))));
    let flagged = json!({ "id": "r", "status": "failed", "error": { "code": "invalid_prompt", "message": "flagged" }, "output": [] });
    assert_eq!(reply(&flagged).unwrap().stop, Some(Stop::Refused("flagged (invalid_prompt)".into())));
}

#[test]
fn safety_checks_and_usage_are_told() {
    let mut checked = call("call_1", json!({ "type": "wait" }));
    checked["pending_safety_checks"] = json!([{ "id": "sc_1", "code": "irrelevant_domain", "message": "look" }]);
    let mut answer = answer(json!([checked]));
    answer["usage"] =
        json!({ "input_tokens": 100, "input_tokens_details": { "cached_tokens": 60 }, "output_tokens": 7, "total_tokens": 107 });
    let reply = reply(&answer).unwrap();
    assert_eq!(reply.safety_checks, [json!({ "id": "sc_1", "code": "irrelevant_domain", "message": "look" })]);
    assert_eq!((reply.usage.input_tokens, reply.usage.cached_tokens, reply.usage.output_tokens), (100, 60, 7));
}

#[test]
fn a_stream_is_put_together() {
    let mut gather = Responses::new("gpt-5.4").unwrap().gather().unwrap();
    assert_eq!(gather.push(&json!({ "type": "response.created", "response": { "id": "resp_1" } })), Ok(None));
    assert_eq!(gather.push(&json!({ "type": "response.output_text.delta", "delta": "It " })), Ok(Some("It ".into())));
    let whole = answer(json!([]));
    assert_eq!(gather.push(&json!({ "type": "response.completed", "response": whole })), Ok(None));
    assert_eq!(gather.finish(), Ok(whole));

    let mut broken = Responses::new("gpt-5.4").unwrap().gather().unwrap();
    let error = json!({ "type": "error", "code": "rate_limit_exceeded", "message": "slow down" });
    assert_eq!(broken.push(&error), Err("slow down (rate_limit_exceeded)".into()));
    assert!(broken.finish().unwrap_err().contains("response.completed"));
    assert!(Responses::new("tzafon.northstar-cua-fast").unwrap().gather().is_none());
}
