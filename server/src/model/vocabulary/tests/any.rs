//! Whatever a model says, it is read.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::PLAIN;
use crate::model::vocabulary::names::named;
use crate::model::vocabulary::{Coordinates, Dialect, Said, Wheel, object, read};

const NAMES: &[&str] = &[
    "",
    "computer",
    "click",
    "drag",
    "type",
    "key",
    "scroll",
    "hscroll",
    "move",
    "wait",
    "navigate",
    "terminate",
    "done",
    "type_text_at",
    "left_click_drag",
    "call_user",
    "click_click",
];
const MEMBERS: &[&str] = &[
    "action",
    "type",
    "coordinate",
    "x",
    "y",
    "text",
    "keys",
    "path",
    "start_box",
    "end",
    "direction",
    "amount",
    "pixels",
    "url",
    "status",
    "button",
    "clicks",
    "arguments",
    "input",
    "scroll_y",
    "time",
    "modifiers",
    "press_enter",
    "x1",
    "y2",
];
const TEXTS: &[&str] =
    &["click", "(1, 2)", "ctrl+", "+", "down", "1e999", "-", "{'a': 1", "https://", "<point>1 2</point>", "\u{301}\u{0}"];

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0..2000_i32).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(TEXTS).prop_map(Value::from),
        prop::sample::select(NAMES).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(MEMBERS), inner), 0..5)
                .prop_map(|members| Value::from(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())),
        ]
    })
}

fn any_members() -> impl Strategy<Value = Map<String, Value>> {
    let members = (prop_oneof![prop::sample::select(MEMBERS).prop_map(str::to_owned), ".{0,6}"], any_value());
    prop::collection::vec(members, 0..6).prop_map(|members| members.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_call_is_read(name in prop_oneof![prop::sample::select(NAMES).prop_map(str::to_owned), ".{0,9}"], members in any_members(), parts: bool, up: bool) {
        let coordinates = if parts { Coordinates::Parts(999) } else { PLAIN.coordinates };
        let dialect = Dialect { coordinates, wheel: if up { Wheel::PixelsUp } else { Wheel::Notches }, ..PLAIN };
        match read(&name, &members, &dialect) {
            // What cannot be written as JSON (NaN) would break the event.
            Ok(Said::Do(actions)) => {
                prop_assert!(!actions.is_empty());
                let written = serde_json::to_value(&actions).unwrap();
                prop_assert_eq!(serde_json::from_value::<Vec<crate::computer::Action>>(written).unwrap(), actions);
            }
            Ok(_) => {}
            Err(why) => prop_assert!(!why.0.is_empty() && why.0.len() < 1000, "{}", why),
        }
    }

    #[test]
    fn any_object_is_found_whole_in_prose(members in any_members(), before in "[a-z .:\n]{0,20}", after in "[a-z .:\n]{0,20}") {
        let text = format!("{before}{}{after}", Value::from(members.clone()));
        // Numbers are read anew, and may lose their last digit.
        let found = object(&text).unwrap();
        prop_assert_eq!(found.keys().collect::<Vec<_>>(), members.keys().collect::<Vec<_>>());
    }

    #[test]
    fn any_text_is_read(text in prop_oneof![".{0,80}", "[{}\\[\\]\"':,a1 \\\\\n]{0,80}"]) {
        let _ = object(&text);
    }
}

#[test]
fn no_name_is_that_of_two_actions() {
    for (verb, names) in crate::model::vocabulary::names::VERBS {
        for name in *names {
            assert_eq!(named(name), Some(*verb), "{name}");
        }
    }
}

/// A square of these lengths would take minutes.
#[test]
fn long_calls_end() {
    const LENGTH: usize = 60_000;
    for text in ["{", "[", "{'a':", "{'a':[", "\"", "{'a': '", "{'a': 'b' ", "\\", "{\"a\": \"\\u", "{a:b}", "{a", " '"] {
        let text = text.repeat(LENGTH / text.len());
        let _ = object(&text);
        let _ = object(&format!("{{'a': {text}"));
        let _ = read("computer", &super::members(json!({ "action": text, "arguments": text })), &PLAIN);
    }
    for text in ["1,", "-", "+", "ctrl+", " ", "[", "a "] {
        let text = text.repeat(LENGTH / text.len());
        for name in ["click", "drag", "key", "scroll", "type", "navigate", "wait", "terminate"] {
            let call =
                json!({ "coordinate": text, "path": text, "keys": text, "direction": text, "url": text, "text": text, "status": text });
            let _ = read(name, &super::members(call), &PLAIN);
        }
    }
    let many: Map<String, Value> = (0..5000).map(|nth| (format!("member {nth}"), json!([nth, { "x": nth }]))).collect();
    for name in ["click", "drag", "key", "scroll", "type", "fly"] {
        let _ = read(name, &many, &PLAIN);
    }
}
