//! From clauses to keys: "press Enter", and what is a button after all.

use super::deed::{Deed, Gesture};
use super::deeds::{click, texts};
use super::plan::{Goal, Unplaced};
use super::tokens::Token;
use super::words::number;

/// Names of keys, as people say them and as UI Events has them.
const KEYS: &[(&str, &str)] = &[
    ("alt", "Alt"),
    ("backspace", "Backspace"),
    ("control", "Control"),
    ("ctrl", "Control"),
    ("cmd", "Meta"),
    ("del", "Delete"),
    ("delete", "Delete"),
    ("down", "ArrowDown"),
    ("arrowdown", "ArrowDown"),
    ("arrowleft", "ArrowLeft"),
    ("arrowright", "ArrowRight"),
    ("arrowup", "ArrowUp"),
    ("end", "End"),
    ("enter", "Enter"),
    ("esc", "Escape"),
    ("escape", "Escape"),
    ("home", "Home"),
    ("insert", "Insert"),
    ("left", "ArrowLeft"),
    ("pagedown", "PageDown"),
    ("pageup", "PageUp"),
    ("return", "Enter"),
    ("right", "ArrowRight"),
    ("shift", "Shift"),
    ("space", " "),
    ("spacebar", " "),
    ("tab", "Tab"),
    ("up", "ArrowUp"),
];

/// "Press Enter", "press Ctrl+A", "press the down arrow 3 times", "press the Send button".
pub(super) fn press(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let said = texts(object);
    let times = said.iter().position(|word| word == "times").and_then(|at| number(said.get(at.checked_sub(1)?)?)).unwrap_or(1);
    let counts: &[&str] = &["the", "key", "keys", "arrow", "times", "once", "twice", "on", "keyboard", "your", "bar", "then"];
    let times = if said.iter().any(|word| word == "twice") { 2 } else { times };
    let has_key = said.iter().any(|word| word == "key" || word == "keys" || word == "arrow");
    let is_counted = said.iter().any(|word| word == "times");
    let mut keys = Vec::new();
    for word in said.iter().filter(|word| !(counts.contains(&word.as_str()) || is_counted && number(word).is_some())) {
        for part in word.split('+').filter(|part| !part.is_empty()) {
            let known = KEYS.iter().find(|(name, _)| *name == part).map(|(_, key)| (*key).to_owned());
            let function = part.strip_prefix('f').and_then(|n| n.parse::<u8>().ok()).filter(|n| (1..=12).contains(n));
            let single = (part.chars().count() == 1 && (has_key || word.contains('+'))).then(|| part.to_owned());
            match known.or(function.map(|n| format!("F{n}"))).or(single) {
                Some(key) => keys.push(key),
                None => return click(object, Gesture::Click, goals),
            }
        }
    }
    let is_button = said.iter().any(|word| word == "button") || object.iter().any(|token| matches!(token, Token::Quoted(_))) && !has_key;
    if keys.is_empty() || is_button {
        return click(object, Gesture::Click, goals);
    }
    goals.push(Goal::Do(Deed::Keys { keys, times }));
    Ok(())
}
