//! What keys are called, and how combinations of them are written.

use serde_json::Value;

use super::Unclear;
use super::members::{shown, squashed};
use crate::computer::chromium::keys::spelled;

/// Names beside those of UI Events: of xdotool (X11 keysyms), pyautogui, and people.
pub(super) const ALIASES: &[(&str, &[&str])] = &[
    ("Enter", &["return", "kpenter", "numpadenter", "linefeed", "newline"]),
    ("Escape", &["esc"]),
    (" ", &["space", "spacebar", "kpspace"]),
    ("Backspace", &["back", "bksp"]),
    ("Tab", &["tabulator", "kptab"]),
    ("Delete", &["del", "kpdelete", "forwarddelete"]),
    ("Insert", &["ins", "kpinsert"]),
    ("Home", &["kphome", "begin"]),
    ("End", &["kpend"]),
    ("PageUp", &["pgup", "prior", "kpprior", "kppageup", "pageupkey"]),
    ("PageDown", &["pgdn", "pgdown", "next", "kpnext", "kppagedown"]),
    ("ArrowUp", &["up", "uparrow", "kpup"]),
    ("ArrowDown", &["down", "downarrow", "kpdown"]),
    ("ArrowLeft", &["left", "leftarrow", "kpleft"]),
    ("ArrowRight", &["right", "rightarrow", "kpright"]),
    // The commands of a Mac are those of Control here, and Meta has none.
    (
        "Control",
        &[
            "ctrl",
            "controlleft",
            "controlright",
            "ctrlleft",
            "ctrlright",
            "controll",
            "controlr",
            "ctrll",
            "ctrlr",
            "leftctrl",
            "rightctrl",
        ],
    ),
    ("Control", &["leftcontrol", "rightcontrol", "cmd", "command", "controlormeta", "commandorcontrol", "cmdorctrl"]),
    (
        "Alt",
        &["option", "opt", "altleft", "altright", "altl", "altr", "leftalt", "rightalt", "optionleft", "optionright", "altgr", "menualt"],
    ),
    ("Shift", &["shiftleft", "shiftright", "shiftl", "shiftr", "leftshift", "rightshift"]),
    ("Meta", &["super", "superl", "superr", "win", "windows", "winleft", "winright", "metal", "metar", "metaleft", "metaright", "os"]),
    ("CapsLock", &["caps"]),
    ("PrintScreen", &["print", "prtsc", "prtscr", "prntscrn", "sysreq", "snapshot"]),
    ("Pause", &["break"]),
    ("ContextMenu", &["menu", "apps"]),
    ("+", &["plus", "kpadd", "add", "numpadadd"]),
    ("-", &["minus", "hyphen", "dash", "kpsubtract", "subtract", "numpadsubtract"]),
    ("*", &["asterisk", "kpmultiply", "multiply", "numpadmultiply"]),
    ("/", &["slash", "kpdivide", "divide", "numpaddivide", "forwardslash"]),
    ("=", &["equal", "equals", "kpequal"]),
    (",", &["comma", "kpseparator"]),
    (".", &["period", "dot", "kpdecimal", "decimal", "numpaddecimal"]),
    (";", &["semicolon"]),
    (":", &["colon"]),
    ("'", &["quote", "apostrophe", "singlequote"]),
    ("\"", &["quotedbl", "doublequote"]),
    ("`", &["grave", "backquote", "backtick"]),
    ("~", &["asciitilde", "tilde"]),
    ("^", &["asciicircum", "caret"]),
    ("\\", &["backslash"]),
    ("|", &["bar", "pipe"]),
    ("_", &["underscore"]),
    ("!", &["exclam", "exclamation"]),
    ("?", &["question"]),
    ("@", &["atsign"]),
    ("#", &["numbersign", "hash", "pound"]),
    ("$", &["dollar"]),
    ("%", &["percent"]),
    ("&", &["ampersand"]),
    ("<", &["less"]),
    (">", &["greater"]),
    ("(", &["parenleft"]),
    (")", &["parenright"]),
    ("[", &["bracketleft"]),
    ("]", &["bracketright"]),
    ("{", &["braceleft"]),
    ("}", &["braceright"]),
];

/// Before a key's own name: pynput's `Key.enter`, `VK_RETURN`, `KEY_A`, `Digit1`, `KP_1`.
const PREFIXES: &[&str] = &["key", "vk", "xk", "digit", "numpad", "kp", "num"];

const MODIFIERS: &[&str] = &["Control", "Alt", "Shift", "Meta"];

/// The most keys that one call presses.
const MOST: usize = 100;

/// Keys that are pressed together.
pub(super) type Chord = Vec<String>;

/// What is pressed, one after the other.
pub(super) fn chords(value: &Value) -> Result<Vec<Chord>, Unclear> {
    let mut parts = Vec::new();
    read(value, &mut parts)?;
    if parts.len() > MOST {
        return Err(Unclear(format!("{} keys are too many for one call: at most {MOST}", parts.len())));
    }
    Ok(together(parts))
}

/// Whether the keys only change what others, or clicks, do.
pub(super) fn are_modifiers(chord: &[String]) -> bool {
    chord.iter().all(|key| MODIFIERS.contains(&key.as_str()))
}

/// Puts modifiers to the key that follows them, or to the only one.
fn together(parts: Vec<Chord>) -> Vec<Chord> {
    let mut chords: Vec<Chord> = Vec::new();
    let mut held = Chord::new();
    for part in parts {
        held.extend(part);
        if !are_modifiers(&held) {
            chords.push(std::mem::take(&mut held));
        }
    }
    match chords.as_mut_slice() {
        [only] => only.splice(0..0, held).for_each(drop),
        _ if held.is_empty() => {}
        _ => chords.push(held),
    }
    chords.into_iter().map(in_order).collect()
}

/// Each key once, modifiers first; letters as they are on their keys, when modifiers change them.
fn in_order(chord: Chord) -> Chord {
    let (modifiers, mut keys): (Chord, Chord) = chord.into_iter().partition(|key| MODIFIERS.contains(&key.as_str()));
    if !modifiers.is_empty() {
        keys.iter_mut().filter(|key| key.chars().count() == 1).for_each(|key| *key = key.to_lowercase());
    }
    let mut chord = Chord::new();
    for key in modifiers.into_iter().chain(keys) {
        if !chord.contains(&key) {
            chord.push(key);
        }
    }
    chord
}

fn read(value: &Value, parts: &mut Vec<Chord>) -> Result<(), Unclear> {
    match value {
        Value::String(text) => read_text(text, parts),
        Value::Number(number) => read_text(&number.to_string(), parts),
        Value::Array(values) => values.iter().try_for_each(|value| match value {
            Value::String(text) => read_text(text, parts),
            Value::Number(number) => read_text(&number.to_string(), parts),
            _ => Err(unknown(&value.to_string())),
        }),
        _ => Err(unknown(&value.to_string())),
    }
}

fn read_text(text: &str, parts: &mut Vec<Chord>) -> Result<(), Unclear> {
    if let Some(key) = key(text) {
        parts.push(vec![key]);
        return Ok(());
    }
    // A list that was written as text.
    let text = text.trim();
    let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    // Spaces around the sign of a combination do not part it.
    let text = text.replace(" +", "+").replace("+ ", "+");
    for word in text.split([' ', '\n', '\t', ',']).map(|word| word.trim_matches(['\'', '"'])).filter(|word| !word.is_empty()) {
        parts.push(chord(word).ok_or_else(|| unknown(word))?);
    }
    Ok(())
}

/// `ctrl+shift+t`, `ctrl-c`, `ctrl++`.
fn chord(word: &str) -> Option<Chord> {
    if let Some(key) = key(word) {
        return Some(vec![key]);
    }
    ['+', '-', '_'].into_iter().find_map(|sign| {
        let (before, last) = match word.strip_suffix(sign) {
            Some(before) => (before.strip_suffix(sign).unwrap_or(before), Some(sign.to_string())),
            None => (word, None),
        };
        before.split(sign).map(key).chain(last.map(Some)).collect()
    })
}

/// The UI Events name of a key.
fn key(word: &str) -> Option<String> {
    let mut characters = word.chars();
    if let (Some(character), None) = (characters.next(), characters.next()) {
        return match character {
            '\n' | '\r' => Some("Enter".to_owned()),
            '\t' => Some("Tab".to_owned()),
            character => (!character.is_control()).then(|| character.to_string()),
        };
    }
    // The sign of a combination is no part of a name.
    let name = if word.contains('+') { return None } else { squashed(word) };
    let known = |name: &str| ALIASES.iter().find(|(_, aliases)| aliases.contains(&name)).map(|(key, _)| *key).or_else(|| spelled(name));
    let after_prefix = || {
        let rest = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix))?;
        let is_one = rest.len() == 1;
        known(rest).map(str::to_owned).or_else(|| is_one.then(|| rest.to_owned()))
    };
    known(&name).map(str::to_owned).or_else(after_prefix)
}

fn unknown(word: &str) -> Unclear {
    Unclear(format!(
        "there is no key {}: right are names such as \"Enter\", \"ArrowDown\", \"Control\", \"a\", and combinations such as \
         \"Control+a\"; a text is written with `type`",
        shown(word)
    ))
}
