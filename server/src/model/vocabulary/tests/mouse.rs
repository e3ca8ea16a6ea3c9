//! Clicks, drags, moves.

use serde_json::{Value, json};

use super::{Dialect, MOUSE, PLAIN, done, unclear};
use crate::computer::{Action, Point};

const AT: Point = Point(100.0, 200.0);

#[test]
fn every_click_has_many_names() {
    let place = || json!({ "x": 100, "y": 200 });
    let clicks: [(Action, &[&str]); 5] = [
        (
            Action::Click { coordinates: AT },
            &[
                "click",
                "left_click",
                "left_single",
                "tap",
                "click_at",
                "Click",
                "leftClick",
                "LEFT-CLICK",
                "browser_click",
                "pyautogui.click",
                "computer.left_click",
                "mouse_click",
            ],
        ),
        (
            Action::DoubleClick { coordinates: AT },
            &["double_click", "left_double", "doubleClick", "left_double_click", "dblclick", "double-click", "pyautogui.doubleClick"],
        ),
        (Action::TripleClick { coordinates: AT }, &["triple_click", "tripleClick", "left_triple"]),
        (Action::RightClick { coordinates: AT }, &["right_click", "right_single", "rightClick", "context_click"]),
        (Action::MiddleClick { coordinates: AT }, &["middle_click", "middleClick"]),
    ];
    for (action, names) in clicks {
        for name in names {
            let actions = std::slice::from_ref(&action);
            assert_eq!(done(&PLAIN, name, place()), actions, "{name}");
            for wrapped in [
                json!({ "action": name, "x": 100, "y": 200 }),
                json!({ "type": name, "coordinate": [100, 200] }),
                json!({ "action": { "type": name, "x": 100, "y": 200 } }),
                json!({ "action": name, "arguments": { "coordinate": [100, 200] } }),
                json!({ "name": name, "arguments": "{'coordinate': [100, 200]}" }),
                json!({ "name": "computer_use", "arguments": { "action": name, "coordinate": [100, 200] } }),
                json!({ "type": "function", "function": { "name": name, "parameters": { "x": 100, "y": 200 } } }),
                json!({ *name: { "x": 100, "y": 200 } }),
                json!({ "action": { *name: { "x": 100, "y": 200 } } }),
            ] {
                for wrapper in ["computer", "computer_use", "computer_use_preview", "browser", "computer_call", ""] {
                    assert_eq!(done(&PLAIN, wrapper, wrapped.clone()), actions, "{wrapper} {wrapped}");
                }
            }
        }
    }
}

#[test]
fn members_say_which_button_and_how_often() {
    let click = |more: Value| {
        let mut call = super::members(more);
        call.insert("coordinate".to_owned(), json!([100, 200]));
        done(&PLAIN, "click", call.into())
    };
    let coordinates = AT;
    for (more, action) in [
        (json!({}), Action::Click { coordinates }),
        (json!({ "button": "left" }), Action::Click { coordinates }),
        (json!({ "button": null }), Action::Click { coordinates }),
        (json!({ "button": 1, "keys": null }), Action::Click { coordinates }),
        (json!({ "button": "right" }), Action::RightClick { coordinates }),
        (json!({ "button": "RIGHT_BUTTON" }), Action::RightClick { coordinates }),
        (json!({ "button": "middle" }), Action::MiddleClick { coordinates }),
        (json!({ "button": "wheel" }), Action::MiddleClick { coordinates }),
        (json!({ "button": "back" }), Action::Back),
        (json!({ "button": "forward" }), Action::Forward),
        (json!({ "click_type": "double" }), Action::DoubleClick { coordinates }),
        (json!({ "num_clicks": 2 }), Action::DoubleClick { coordinates }),
        (json!({ "click_count": "3" }), Action::TripleClick { coordinates }),
        (json!({ "clicks": 9 }), Action::TripleClick { coordinates }),
        (json!({ "clicks": 0 }), Action::Click { coordinates }),
        (json!({ "text": "Sign up", "index": 3 }), Action::Click { coordinates }),
    ] {
        assert_eq!(click(more.clone()), [action], "{more}");
    }
    assert_eq!(click(json!({ "button": "right", "clicks": 2 })), vec![Action::RightClick { coordinates }; 2]);
}

#[test]
fn a_click_without_a_place_is_where_the_mouse_is_if_the_dialect_has_it_so() {
    let there = Dialect { clicks_at_mouse: true, ..PLAIN };
    for call in [json!({}), json!({ "coordinate": null })] {
        assert_eq!(done(&there, "left_click", call.clone()), [Action::Click { coordinates: MOUSE }]);
        assert_eq!(done(&there, "triple_click", call.clone()), [Action::TripleClick { coordinates: MOUSE }]);
        assert!(unclear("left_click", call.clone()).contains("the place is missing"));
        assert!(unclear("hover", call).contains("the place is missing"));
    }
}

#[test]
fn keys_may_be_held_in_a_click() {
    for more in
        [json!({ "text": "shift" }), json!({ "keys": ["SHIFT"] }), json!({ "modifiers": "Shift" }), json!({ "hold_key": "shift_l" })]
    {
        let mut call = super::members(more);
        call.insert("coordinate".to_owned(), json!([100, 200]));
        let action = Action::ClickHolding { coordinates: AT, keys: vec!["Shift".to_owned()] };
        assert_eq!(done(&PLAIN, "left_click", call.into()), [action]);
    }
    let both = json!({ "x": 100, "y": 200, "keys": ["CTRL", "SHIFT"] });
    let keys = vec!["Control".to_owned(), "Shift".to_owned()];
    assert_eq!(done(&PLAIN, "click", both), [Action::ClickHolding { coordinates: AT, keys }]);
}

#[test]
fn moving_has_many_names() {
    for name in ["move", "mouse_move", "hover", "moveTo", "hover_at", "move_mouse", "cursor-move"] {
        assert_eq!(done(&PLAIN, name, json!({ "coordinate": [100, 200] })), [Action::Move { coordinates: AT }], "{name}");
    }
}

#[test]
fn drags_have_a_path_or_two_ends() {
    let path = vec![AT, Point(300.0, 400.0)];
    for (name, call) in [
        ("drag", json!({ "path": [{ "x": 100, "y": 200 }, { "x": 300, "y": 400 }] })),
        ("drag", json!({ "path": [[100, 200], [300, 400]] })),
        ("drag", json!({ "path": "[[100, 200], [300, 400]]" })),
        ("drag", json!({ "points": [100, 200, 300, 400] })),
        ("drag", json!({ "coordinates": [[100, 200], [300, 400]] })),
        ("left_click_drag", json!({ "start_coordinate": [100, 200], "coordinate": [300, 400] })),
        ("left_click_drag", json!({ "start_coordinate": [100, 200], "end_coordinate": [300, 400] })),
        ("left_click_drag", json!({ "coordinate": [100, 200], "end_coordinate": [300, 400] })),
        ("drag_and_drop", json!({ "start": [100, 200], "end": { "x": 300, "y": 400 } })),
        ("drag_and_drop", json!({ "from": "100,200", "to": "300,400" })),
        ("drag_and_drop", json!({ "x": 100, "y": 200, "destination_x": 300, "destination_y": 400 })),
        ("drag", json!({ "x1": 100, "y1": 200, "x2": 300, "y2": 400 })),
        ("drag", json!({ "x": 100, "y": 200, "end_x": 300, "end_y": 400 })),
        ("drag", json!({ "startX": 100, "startY": 200, "endX": 300, "endY": 400 })),
        ("drag", json!({ "start_box": "<|box_start|>(100,200)<|box_end|>", "end_box": "<|box_start|>(300,400)<|box_end|>" })),
        ("drag", json!({ "start_box": [90, 190, 110, 210], "end_box": "[300, 400, 300, 400]" })),
        ("drag", json!({ "start_point": "<point>100 200</point>", "end_point": "<point>300 400</point>" })),
        ("drag", json!({ "start": [100, 200], "coordinate": [300, 400], "end": [300, 400] })),
        ("drag", json!({ "start": "the card", "target": "the box", "x1": 100, "y1": 200, "x2": 300, "y2": 400 })),
        ("swipe", json!({ "coordinate": [100, 200], "end": [300, 400] })),
    ] {
        assert_eq!(done(&PLAIN, name, call.clone()), [Action::Drag { path: path.clone() }], "{name} {call}");
    }
    let long = json!({ "path": [[1, 1], [2, 2], [3, 3]] });
    assert_eq!(done(&PLAIN, "drag", long), [Action::Drag { path: vec![Point(1.0, 1.0), Point(2.0, 2.0), Point(3.0, 3.0)] }]);
}

#[test]
fn a_drag_without_a_start_begins_where_the_mouse_is() {
    for (name, call) in [
        ("left_click_drag", json!({ "coordinate": [100, 200] })),
        ("dragTo", json!({ "x": 100, "y": 200 })),
        ("drag", json!({ "end": [100, 200] })),
    ] {
        assert_eq!(done(&PLAIN, name, call.clone()), [Action::Drag { path: vec![MOUSE, AT] }], "{call}");
    }
}

#[test]
fn what_the_mouse_cannot_do_says_what_can_be_done() {
    for (name, call, why) in [
        ("left_mouse_down", json!({ "coordinate": [1, 2] }), "give `drag` a path"),
        ("left_mouse_up", json!({}), "give `drag` a path"),
        ("long_press", json!({ "x": 1, "y": 2 }), "give `drag` a path"),
        ("click", json!({ "x": 1, "y": 2, "button": "fourth" }), "no mouse button \"fourth\": right are left, middle, right"),
        ("drag", json!({}), "a drag needs `start` and `end`, each as [x, y]"),
        ("drag", json!({ "start": [1, 2] }), "a drag needs `start` and `end`"),
        ("drag", json!({ "path": [[1, 2], [3]] }), "the place in \"path\" cannot be read"),
        ("drag", json!({ "path": [] }), "a drag needs"),
        ("drag", json!({ "path": vec![1; 2000] }), "too long: at most 500 places"),
        ("click", json!({ "index": 3 }), "say where with `coordinate`, as [x, y] with x from 0 to 1280 and y from 0 to 720"),
        ("hover", json!({ "selector": "#a" }), "say where with `coordinate`"),
    ] {
        let text = unclear(name, call.clone());
        assert!(text.contains(why), "{name} {call}: {text}");
    }
}
