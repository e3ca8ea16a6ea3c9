use std::sync::Arc;

use super::*;
use crate::computer::{Action, Point};
use crate::model::adapter::sample::{brief, click, keys, only, picture_of, request, said, screen, shown, typed, without_picture};
use crate::model::vocabulary::Said;

fn thousandths() -> UiTars {
    UiTars::new(Some("UI-TARS-7B-DPO".to_owned()))
}

fn answer(text: &str) -> Value {
    json!({ "choices": [{ "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": "stop" }] })
}

fn reply(text: &str) -> Reply {
    let adapter = thousandths();
    adapter.reply(&answer(text), &screen(&adapter, &brief())).unwrap()
}

#[test]
fn the_version_says_what_places_are_counted_in() {
    let viewport = brief().viewport;
    let whole = Viewport { width: 1596, height: 1008 };
    for (model, size) in [
        (None, whole),
        (Some("ByteDance-Seed/UI-TARS-1.5-7B"), whole),
        (Some("Doubao-1.5-UI-TARS"), viewport),
        (Some("UI-TARS-72B-DPO"), viewport),
    ] {
        assert_eq!(UiTars::new(model.map(str::to_owned)).picture(viewport), size, "{model:?}");
    }
    let (adapter, brief) = (UiTars::new(None), brief());
    let read = adapter.reply(&answer("Action: click(start_box='(1596,504)')"), &screen(&adapter, &brief));
    assert_eq!(only(read.unwrap()), click(1599.0, 500.0));
}

#[test]
fn pictures_have_whole_patches() {
    let size = |width, height| whole_patches(Viewport { width, height });
    for (given, whole) in [((1920, 1080), (1932, 1092)), ((28, 28), (280, 280)), ((100, 3), (1624, 56)), ((8000, 4000), (5068, 2520))] {
        assert_eq!(size(given.0, given.1), Viewport { width: whole.0, height: whole.1 }, "{given:?}");
    }
}

#[tokio::test]
async fn a_request_has_the_actions_the_task_and_the_screens() {
    let adapter = thousandths();
    let turn = said(&adapter, &answer("Thought: I click.\nAction: click(start_box='(500,250)')"));
    let first = shown(&[], &["Buy milk."]).await;
    let second = without_picture(&shown(&[("", "done", false)], &[]).await);
    let third = shown(&[("", "It is gone.", true)], &[]).await;
    let body = request(&adapter, &brief(), &[Arc::clone(&first), Arc::clone(&turn), second, turn, third]);
    assert_eq!(body["model"], "UI-TARS-7B-DPO");
    assert_eq!(body.get("tools"), None);
    let messages = body["messages"].as_array().unwrap();
    assert!(messages[0]["content"].as_str().unwrap().contains("left_double(start_box="));
    let screen = json!({ "type": "image_url", "image_url": { "url": picture_of(&first) } });
    let text = |text| json!({ "type": "text", "text": text });
    assert_eq!(messages[1], json!({ "role": "user", "content": [text("Buy milk."), screen] }));
    let echo = "Thought: I click.\nAction: click(start_box='<|box_start|>(500,250)<|box_end|>')";
    assert_eq!(messages[2], json!({ "role": "assistant", "content": echo }));
    assert_eq!(messages[3]["role"], "user", "the roles take turns");
    assert_eq!(messages[5], json!({ "role": "user", "content": [text("It is gone."), screen] }));
}

#[test]
fn calls_are_read_in_the_styles_of_all_versions() {
    for call in [
        "Thought: x\nAction: click(start_box='(500,250)')",
        "Thought: x\nAction: click(start_box='<|box_start|>(500,250)<|box_end|>')",
        "Thought: x\nAction: click(point='<point>500 250</point>')",
        "Thought: x\nAction: click(start_box='[490, 240, 510, 260]')",
        "Thought: x\nAction: click(start_box=\"(500, 250)\")",
        "Thought: x\nAction: click(start_box=(500,250))",
        "Thought: x\nAction: click(500, 250)",
        "Thought: x\nAction: click('(500,250)')",
        "click(start_box='(500,250)')",
        "```python\nclick(point='<point>500 250</point>')\n```",
        "Thought: x\n**Action:** click(start_box='(500,250)'",
        "<think>Action: wait()</think>Thought: x\nAction:\nclick ( start_box = '(500,250)' )[EOS]",
        "Reflection: x\nAction_Summary: y\nAction: click(start_box='(500,250)')",
        "Action: {\"action\": \"click\", \"point\": [500, 250]}",
    ] {
        assert_eq!(only(reply(call)), click(800.0, 250.0), "{call}");
    }
    let action = |call: &str| only(reply(&format!("Thought: x\nAction: {call}")));
    let one = |action| Ok(Said::Do(vec![action]));
    assert_eq!(action("left_double(start_box='(500,500)')"), one(Action::DoubleClick { coordinates: Point(800.0, 500.0) }));
    assert_eq!(action("right_single(start_box='(500,500)')"), one(Action::RightClick { coordinates: Point(800.0, 500.0) }));
    let path = vec![Point(0.0, 0.0), Point(800.0, 500.0)];
    assert_eq!(action("drag(start_box='(0,0)', end_box='(500,500)')"), one(Action::Drag { path: path.clone() }));
    assert_eq!(action("drag(start_point='<point>0 0</point>', end_point='<point>500 500</point>')"), one(Action::Drag { path }));
    let scroll = Action::Scroll { coordinates: Point(800.0, 500.0), delta_x: 0.0, delta_y: -500.0 };
    assert_eq!(action("scroll(start_box='(500,500)', direction='up')"), one(scroll));
    assert_eq!(action("hotkey(key='ctrl c')"), keys(&["Control", "c"]));
    assert_eq!(action("hotkey(key='enter')"), keys(&["Enter"]));
    assert_eq!(action("wait()"), one(Action::Wait { ms: 5000 }));
    assert_eq!(action("navigate(content='https://a.test/')"), one(Action::Navigate { url: "https://a.test/".into() }));
    assert_eq!(action("finished(content='It costs 3.')"), Ok(Said::Done("It costs 3.".into())));
    assert_eq!(action("finished()"), Ok(Said::Done(String::new())));
    assert_eq!(action("call_user()"), Ok(Said::Failed(String::new())));
}

#[test]
fn texts_are_typed_as_they_are_meant() {
    for (written, text) in [
        (r"'tea'", "tea"),
        (r"'tea\n'", "tea\n"),
        (r"'tea\\n'", "tea\n"),
        ("'tea\n'", "tea\n"),
        (r"'it\'s \'tea\''", "it's 'tea'"),
        (r"'it's'", "it's"),
        (r#"'say "a", (b)'"#, "say \"a\", (b)"),
        (r"'f('x')'", "f('x')"),
        (r"'a, b=\\c'", "a, b=\\c"),
        (r#""don't""#, "don't"),
        (r"'C:\dir'", r"C:\dir"),
        (r"'ü 茶'", "ü 茶"),
    ] {
        assert_eq!(only(reply(&format!("Thought: x\nAction: type(content={written})"))), typed(text), "{written}");
    }
}

#[test]
fn several_calls_are_done_in_order() {
    for between in ["\n\n", "\n", "\nAction: ", "\n\nThought: then\nAction: ", "; "] {
        let turn = reply(&format!("Thought: x\nAction: click(start_box='(500,250)'){between}type(content='tea\\n')\nThat is all."));
        let read: Vec<_> = turn.calls.into_iter().map(|call| call.said.map_err(|unclear| unclear.0)).collect();
        assert_eq!(read, [click(800.0, 250.0), typed("tea\n")], "{between:?}");
    }
}

#[test]
fn what_cannot_be_read_is_said_and_not_done() {
    for (written, why) in [
        ("Action: I click the button.", "is no call of an action"),
        ("Action: click(start_box='(500,250", "closing quote is missing"),
        ("Action: click(start_box=(500,250", "closing bracket is missing"),
        ("Action: type(content='half of", "closing quote is missing"),
        ("Action: dance(start_box='(1,2)')", "there is no action \"dance\""),
        ("Action: __import__('os').system('rm')", "there is no action"),
        ("Action: click(start_box='(1,2,3)')", "cannot be read"),
        ("Action: click(start_box='(5000,2)')", "off the screen"),
        ("Action: drag(start_box='(1,2)')", "a drag needs"),
        ("Action: scroll(start_box='(1,2)', direction='away')", "there is no direction"),
        ("Action: type()", "the text is missing"),
    ] {
        let error = only(reply(&format!("Thought: x\n{written}"))).unwrap_err();
        assert!(error.contains(why), "{written}: {error}");
    }
    for prose in ["The screen shows a form.", "", "Thought: I wonder.", "I shall click(ish) it"] {
        assert!(reply(prose).calls.iter().all(|call| call.said.is_err()), "{prose}");
    }
}

#[test]
fn what_it_says_is_its_thought() {
    for (written, says) in [
        ("Thought: I click it.\nAction: wait()", "I click it."),
        ("<think>hm</think>Thought: I wait.\n\nAction: wait()", "I wait."),
        ("The screen shows a form.", "The screen shows a form."),
        ("wait()", ""),
    ] {
        assert_eq!(reply(written).text, says, "{written}");
    }
    let mut gather = UiTars::new(None).gather().unwrap();
    let mut told = String::new();
    for piece in ["Tho", "ught: I", " click\nit.", "\nAct", "ion: click(start", "_box='(1,2)')"] {
        told.extend(gather.push(&json!({ "choices": [{ "index": 0, "delta": { "content": piece } }] })).unwrap());
    }
    assert_eq!(told, "I click\nit.");
}
