//! Waiting, addresses, looking, and the end.

use serde_json::json;

use super::{PLAIN, done, members, open, unclear};
use crate::computer::Action;
use crate::model::vocabulary::{Said, read};

#[test]
fn waits_are_in_seconds_unless_they_say_otherwise() {
    for (name, call, ms) in [
        ("wait", json!({}), 1000),
        ("wait", json!({ "time": 2 }), 2000),
        ("sleep", json!({ "seconds": 0.5 }), 500),
        ("wait", json!({ "duration": "3" }), 3000),
        ("wait", json!({ "ms": 250 }), 250),
        ("wait", json!({ "duration_ms": 1500 }), 1500),
        ("wait", json!({ "duration": 1500 }), 1500),
        ("wait", json!({ "time": 120 }), 60_000),
        ("wait", json!({ "seconds": 1e300 }), 60_000),
        ("wait", json!({ "time": -1 }), 0),
        ("wait_5_seconds", json!({}), 5000),
    ] {
        assert_eq!(done(&PLAIN, name, call.clone()), [Action::Wait { ms }], "{name} {call}");
    }
}

#[test]
fn addresses_are_opened_as_people_write_them() {
    for name in ["navigate", "goto", "open_url", "go_to_url", "visit", "visit_url", "open_web_browser", "browser_navigate", "goTo"] {
        assert_eq!(done(&PLAIN, name, json!({ "url": "https://a.test/x" })), [open("https://a.test/x")], "{name}");
    }
    for (written, url) in [
        ("http://a.test", "http://a.test"),
        ("HTTPS://a.test", "HTTPS://a.test"),
        ("a.test", "https://a.test"),
        (" <a.test/x?y=http://b.test> ", "https://a.test/x?y=http://b.test"),
        ("a.test:8080/x", "https://a.test:8080/x"),
        ("//a.test/x", "https://a.test/x"),
        ("localhost:3000", "http://localhost:3000"),
        ("127.0.0.1/x", "http://127.0.0.1/x"),
        ("[::1]:80/x", "http://[::1]:80/x"),
    ] {
        assert_eq!(done(&PLAIN, "navigate", json!({ "url": written })), [open(url)], "{written}");
    }
    for (written, why) in [
        ("javascript:alert(1)", "right is one that begins with https:// or http://"),
        ("file:///etc/passwd", "right is one that begins"),
        ("about:blank", "right is one that begins"),
        ("data:text/html,x", "right is one that begins"),
        ("cheap flights", "is not an address that can be opened"),
        ("", "is not an address"),
        ("https://", "is not an address"),
    ] {
        let text = unclear("navigate", json!({ "url": written }));
        assert!(text.contains(why), "{written}: {text}");
    }
    assert!(unclear("navigate", json!({})).contains("the address is missing: give `url`"));
    assert_eq!(done(&PLAIN, "open_web_browser", json!({})), [Action::Screenshot]);
}

#[test]
fn the_history_has_many_names() {
    for name in ["back", "go_back", "history_back", "goBack", "browser_navigate_back", "press_back"] {
        assert_eq!(done(&PLAIN, name, json!({})), [Action::Back], "{name}");
    }
    for name in ["forward", "go_forward"] {
        assert_eq!(done(&PLAIN, name, json!({})), [Action::Forward], "{name}");
    }
    for name in ["reload", "refresh", "reload_page"] {
        assert_eq!(done(&PLAIN, name, json!({})), [Action::Reload], "{name}");
    }
}

#[test]
fn looking_changes_nothing() {
    for name in ["screenshot", "take_screenshot", "browser_take_screenshot", "zoom", "cursor_position"] {
        assert_eq!(done(&PLAIN, name, json!({ "region": [0, 0, 9, 9] })), [Action::Screenshot], "{name}");
    }
}

#[test]
fn the_end_is_a_success_or_a_failure() {
    let (done, failed) = (|text: &str| Said::Done(text.to_owned()), |text: &str| Said::Failed(text.to_owned()));
    for (name, call, said) in [
        ("terminate", json!({ "status": "success" }), done("")),
        ("terminate", json!({ "status": "success", "text": "it is 7" }), done("it is 7")),
        ("terminate", json!({ "status": "failure", "text": "no such page" }), failed("no such page")),
        ("terminate", json!({ "status": "infeasible" }), failed("")),
        ("computer_use", json!({ "action": "terminate", "status": "failure" }), failed("")),
        ("computer_use", json!({ "action": "answer", "text": "7" }), done("7")),
        ("done", json!({}), done("")),
        ("done", json!({ "success": false, "text": "no" }), failed("no")),
        ("done", json!({ "success": true, "text": "yes" }), done("yes")),
        ("finish", json!({ "answer": 7 }), done("7")),
        ("finished", json!({ "content": "7" }), done("7")),
        ("finish_task", json!({ "result": "7" }), done("7")),
        ("answer", json!({ "answer": "7" }), done("7")),
        ("call_user", json!({}), failed("")),
        ("call_user", json!({ "content": "log in, please" }), failed("log in, please")),
        ("fail", json!({ "reason": "no" }), failed("no")),
        ("give_up", json!({ "message": "no" }), failed("no")),
    ] {
        assert_eq!(read(name, &members(call.clone()), &PLAIN), Ok(said), "{name} {call}");
    }
    let text = unclear("terminate", json!({ "status": "somehow" }));
    assert_eq!(text, "there is no status \"somehow\": right are success, failure");
}

#[test]
fn what_is_no_action_says_which_there_are() {
    for (name, call, why) in [
        ("fly", json!({}), "there is no action \"fly\": known are click, double_click, triple_click"),
        ("computer", json!({ "action": "fly" }), "there is no action \"fly\""),
        ("", json!({}), "no action is named: the member `action` says which"),
        ("search", json!({ "query": "x" }), "`navigate` to a search engine"),
        ("switch_tab", json!({ "index": 1 }), "the page that opened last is on the screen"),
    ] {
        let text = unclear(name, call.clone());
        assert!(text.contains(why), "{name} {call}: {text}");
    }
    let long = unclear(&"x".repeat(10_000), json!({}));
    assert!(long.len() < 400, "{long}");
}
