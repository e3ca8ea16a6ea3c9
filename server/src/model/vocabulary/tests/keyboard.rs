//! Keys and texts.

use serde_json::json;

use super::{PLAIN, done, keys, unclear, write};
use crate::computer::chromium::keys::spelled;
use crate::computer::{Action, Point};
use crate::model::vocabulary::keys::ALIASES;

#[test]
fn pressing_keys_has_many_names() {
    for name in ["key", "keys", "keypress", "press", "hotkey", "key_press", "press_key", "key_combination", "keyPress", "browser_press_key"]
    {
        for member in ["key", "keys", "text"] {
            assert_eq!(done(&PLAIN, name, json!({ member: "ctrl+c" })), [keys(&["Control", "c"])], "{name} {member}");
        }
    }
    assert_eq!(done(&PLAIN, "hold_key", json!({ "text": "shift", "duration": 1 })), [keys(&["Shift"])]);
}

#[test]
fn a_combination_is_written_in_many_ways() {
    for written in [
        json!("ctrl+c"),
        json!("Ctrl+C"),
        json!("CTRL + C"),
        json!("ctrl c"),
        json!("ctrl-c"),
        json!("control_c"),
        json!("ctrl,c"),
        json!("ControlLeft+KeyC"),
        json!("Control_L+c"),
        json!("cmd+c"),
        json!("['ctrl','c']"),
        json!("[\"ctrl\", \"c\"]"),
        json!("['ctrl+c']"),
        json!(["ctrl", "c"]),
        json!(["CTRL", "C"]),
        json!(["ctrl+c"]),
        json!(["c", "ctrl"]),
    ] {
        assert_eq!(done(&PLAIN, "keypress", json!({ "keys": written })), [keys(&["Control", "c"])], "{written}");
    }
    assert_eq!(done(&PLAIN, "hold_key", json!({ "key": "c", "hold": 1 })), [keys(&["c"])]);
    let held = json!({ "key": "c", "modifiers": ["ctrl"] });
    assert_eq!(done(&PLAIN, "press_key", held), [keys(&["Control", "c"])]);
}

#[test]
fn keys_have_the_names_of_every_tool() {
    for (name, key) in [
        ("Return", "Enter"),
        ("KP_Enter", "Enter"),
        ("ENTER", "Enter"),
        ("\n", "Enter"),
        ("Page_Down", "PageDown"),
        ("pagedown", "PageDown"),
        ("Page Down", "PageDown"),
        ("PGDN", "PageDown"),
        ("Next", "PageDown"),
        ("Prior", "PageUp"),
        ("BackSpace", "Backspace"),
        ("esc", "Escape"),
        ("super", "Meta"),
        ("Super_L", "Meta"),
        ("win", "Meta"),
        ("option", "Alt"),
        ("alt_l", "Alt"),
        ("up", "ArrowUp"),
        ("ARROWLEFT", "ArrowLeft"),
        ("down_arrow", "ArrowDown"),
        ("space", " "),
        (" ", " "),
        ("del", "Delete"),
        ("f5", "F5"),
        ("Key.f12", "F12"),
        ("VK_RETURN", "Enter"),
        ("KEY_TAB", "Tab"),
        ("<enter>", "Enter"),
        ("{Enter}", "Enter"),
        ("KP_7", "7"),
        ("Digit7", "7"),
        ("num7", "7"),
        ("plus", "+"),
        ("+", "+"),
        ("-", "-"),
        ("minus", "-"),
        ("bracketleft", "["),
        ("a", "a"),
        ("A", "A"),
        ("\u{e9}", "\u{e9}"),
        ("prtsc", "PrintScreen"),
        ("Menu", "ContextMenu"),
        ("caps_lock", "CapsLock"),
    ] {
        assert_eq!(done(&PLAIN, "key", json!({ "key": name })), [keys(&[key])], "{name:?}");
    }
}

#[test]
fn every_other_name_is_that_of_one_key() {
    let mut names: Vec<&str> = Vec::new();
    for (key, aliases) in ALIASES {
        assert!(key.chars().count() == 1 || spelled(key) == Some(key), "{key}");
        for alias in *aliases {
            assert_eq!(done(&PLAIN, "key", json!({ "key": alias })), [keys(&[key])], "{alias}");
            assert_eq!(spelled(alias), None, "{alias} is a name of UI Events");
        }
        names.extend(aliases.iter());
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn several_keys_are_pressed_one_after_the_other() {
    for (written, pressed) in [
        (json!("Tab Tab Return"), vec![keys(&["Tab"]), keys(&["Tab"]), keys(&["Enter"])]),
        (json!("ctrl+a Delete"), vec![keys(&["Control", "a"]), keys(&["Delete"])]),
        (json!(["ctrl", "a", "Delete"]), vec![keys(&["Control", "a"]), keys(&["Delete"])]),
        (json!(["Down", "Down"]), vec![keys(&["ArrowDown"]), keys(&["ArrowDown"])]),
        (json!(["ctrl", "shift", "T"]), vec![keys(&["Control", "Shift", "t"])]),
        (json!("shift+ctrl"), vec![keys(&["Shift", "Control"])]),
        (json!("a+b"), vec![keys(&["a", "b"])]),
        (json!("ctrl++"), vec![keys(&["Control", "+"])]),
        (json!("ctrl+-"), vec![keys(&["Control", "-"])]),
        (json!("ctrl+ctrl+c"), vec![keys(&["Control", "c"])]),
        (json!(5), vec![keys(&["5"])]),
    ] {
        assert_eq!(done(&PLAIN, "key", json!({ "keys": written })), pressed, "{written}");
    }
    assert_eq!(done(&PLAIN, "press", json!({ "keys": "tab", "presses": 3 })), vec![keys(&["Tab"]); 3]);
    assert_eq!(done(&PLAIN, "press", json!({ "keys": "tab", "presses": 1e9 })).len(), 100);
}

#[test]
fn typing_has_many_names() {
    for name in ["type", "type_text", "input_text", "write", "typewrite", "keyboard_type", "enterText", "pyautogui.write", "input"] {
        for member in ["text", "content", "value", "message"] {
            assert_eq!(done(&PLAIN, name, json!({ member: "a b\n" })), [write("a b\n")], "{name} {member}");
        }
    }
    assert_eq!(done(&PLAIN, "type", json!({ "text": 42 })), [write("42")]);
    assert_eq!(done(&PLAIN, "", json!({ "type": "type", "text": "x" })), [write("x")]);
    assert_eq!(done(&PLAIN, "computer", json!({ "action": "type", "input": "{x}" })), [write("{x}")]);
}

#[test]
fn typing_may_click_and_clear_first_and_press_enter_afterwards() {
    let click = Action::Click { coordinates: Point(10.0, 20.0) };
    let (all, enter) = (keys(&["Control", "a"]), keys(&["Enter"]));
    for (name, call, actions) in [
        ("type", json!({ "text": "x", "press_enter": true }), vec![write("x"), enter.clone()]),
        ("type", json!({ "text": "x\n", "submit": true }), vec![write("x\n")]),
        ("type", json!({ "text": "x", "press_enter": "false" }), vec![write("x")]),
        ("type", json!({ "text": "x", "coordinate": [10, 20] }), vec![click.clone(), write("x")]),
        ("input_text", json!({ "x": 10, "y": 20, "text": "x", "clear": true }), vec![click.clone(), all.clone(), write("x")]),
        ("type", json!({ "text": "", "clear": 1 }), vec![all.clone(), keys(&["Backspace"])]),
        ("fill", json!({ "value": "x" }), vec![all.clone(), write("x")]),
        ("type_text_at", json!({ "x": 10, "y": 20, "text": "x" }), vec![click.clone(), all, write("x"), enter.clone()]),
        (
            "type_text_at",
            json!({ "x": 10, "y": 20, "text": "x", "press_enter": false, "clear_before_typing": false }),
            vec![click, write("x")],
        ),
        ("type", json!({ "text": "", "press_enter": true }), vec![enter]),
    ] {
        assert_eq!(done(&PLAIN, name, call.clone()), actions, "{name} {call}");
    }
}

#[test]
fn what_cannot_be_pressed_or_typed_says_why() {
    for (name, call, why) in [
        ("key", json!({ "key": "Retrun" }), "there is no key \"Retrun\": right are names such as \"Enter\""),
        ("key", json!({ "key": "hello world" }), "a text is written with `type`"),
        ("key", json!({ "key": "ctrl+nothing" }), "no key \"ctrl+nothing\""),
        ("key", json!({}), "the key is missing: give `keys`"),
        ("key", json!({ "keys": [] }), "the key is missing"),
        ("key", json!({ "keys": "" }), "the key is missing"),
        ("key", json!({ "keys": [["a"]] }), "there is no key"),
        ("key", json!({ "keys": vec!["a"; 101] }), "101 keys are too many for one call: at most 100"),
        ("key_down", json!({ "key": "ctrl" }), "press all of a combination at once"),
        ("type", json!({}), "the text is missing: give it as `text`"),
        ("type", json!({ "text": "" }), "there is nothing to type"),
        ("type", json!({ "text": "x", "element_id": 5 }), "say where with `coordinate`"),
        ("double_click", json!({ "x": 1, "y": 2, "keys": ["CTRL"] }), "keys can be held in a single left click only"),
        ("scroll", json!({ "x": 1, "y": 2, "scroll_y": 100, "text": "ctrl" }), "keys can be held in a single left click only"),
        ("drag", json!({ "path": [[1, 2], [3, 4]], "modifiers": "alt" }), "keys can be held"),
    ] {
        let text = unclear(name, call.clone());
        assert!(text.contains(why), "{name} {call}: {text}");
    }
}
