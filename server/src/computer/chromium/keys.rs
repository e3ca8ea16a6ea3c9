//! The keys of a keyboard by their UI Events names, as a US layout has them.

/// One key as the browser wants to be told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key<'a> {
    /// UI Events `key`.
    pub(super) key: &'a str,
    /// UI Events `code`, the place on the keyboard; empty where a US keyboard has no such key.
    pub(super) code: &'a str,
    /// The Windows virtual key code, which old scripts read as `keyCode`.
    pub(super) key_code: u16,
    /// What it writes.
    pub(super) text: Option<&'a str>,
    /// Its bit among the modifiers of the protocol; 0 for an ordinary key.
    pub(super) modifier: u8,
}

pub(super) const ALT: u8 = 1;
pub(super) const CONTROL: u8 = 2;
pub(super) const META: u8 = 4;
pub(super) const SHIFT: u8 = 8;

const fn named(key: &'static str, code: &'static str, key_code: u16) -> Key<'static> {
    Key { key, code, key_code, text: None, modifier: 0 }
}

const fn modifier(key: &'static str, code: &'static str, key_code: u16, modifier: u8) -> Key<'static> {
    Key { key, code, key_code, text: None, modifier }
}

const NAMED: &[Key<'static>] = &[
    modifier("Alt", "AltLeft", 18, ALT),
    modifier("Control", "ControlLeft", 17, CONTROL),
    modifier("Meta", "MetaLeft", 91, META),
    modifier("Shift", "ShiftLeft", 16, SHIFT),
    Key { key: "Enter", code: "Enter", key_code: 13, text: Some("\r"), modifier: 0 },
    named("Backspace", "Backspace", 8),
    named("Tab", "Tab", 9),
    named("Pause", "Pause", 19),
    named("CapsLock", "CapsLock", 20),
    named("Escape", "Escape", 27),
    named("PageUp", "PageUp", 33),
    named("PageDown", "PageDown", 34),
    named("End", "End", 35),
    named("Home", "Home", 36),
    named("ArrowLeft", "ArrowLeft", 37),
    named("ArrowUp", "ArrowUp", 38),
    named("ArrowRight", "ArrowRight", 39),
    named("ArrowDown", "ArrowDown", 40),
    named("PrintScreen", "PrintScreen", 44),
    named("Insert", "Insert", 45),
    named("Delete", "Delete", 46),
    named("ContextMenu", "ContextMenu", 93),
    named("F1", "F1", 112),
    named("F2", "F2", 113),
    named("F3", "F3", 114),
    named("F4", "F4", 115),
    named("F5", "F5", 116),
    named("F6", "F6", 117),
    named("F7", "F7", 118),
    named("F8", "F8", 119),
    named("F9", "F9", 120),
    named("F10", "F10", 121),
    named("F11", "F11", 122),
    named("F12", "F12", 123),
    named("NumLock", "NumLock", 144),
    named("ScrollLock", "ScrollLock", 145),
];

/// The keys that write a character: without Shift, with Shift, `code`, `keyCode`.
const WRITING: &[(&str, &str, &str, u16)] = &[
    (" ", " ", "Space", 32),
    ("0", ")", "Digit0", 48),
    ("1", "!", "Digit1", 49),
    ("2", "@", "Digit2", 50),
    ("3", "#", "Digit3", 51),
    ("4", "$", "Digit4", 52),
    ("5", "%", "Digit5", 53),
    ("6", "^", "Digit6", 54),
    ("7", "&", "Digit7", 55),
    ("8", "*", "Digit8", 56),
    ("9", "(", "Digit9", 57),
    ("a", "A", "KeyA", 65),
    ("b", "B", "KeyB", 66),
    ("c", "C", "KeyC", 67),
    ("d", "D", "KeyD", 68),
    ("e", "E", "KeyE", 69),
    ("f", "F", "KeyF", 70),
    ("g", "G", "KeyG", 71),
    ("h", "H", "KeyH", 72),
    ("i", "I", "KeyI", 73),
    ("j", "J", "KeyJ", 74),
    ("k", "K", "KeyK", 75),
    ("l", "L", "KeyL", 76),
    ("m", "M", "KeyM", 77),
    ("n", "N", "KeyN", 78),
    ("o", "O", "KeyO", 79),
    ("p", "P", "KeyP", 80),
    ("q", "Q", "KeyQ", 81),
    ("r", "R", "KeyR", 82),
    ("s", "S", "KeyS", 83),
    ("t", "T", "KeyT", 84),
    ("u", "U", "KeyU", 85),
    ("v", "V", "KeyV", 86),
    ("w", "W", "KeyW", 87),
    ("x", "X", "KeyX", 88),
    ("y", "Y", "KeyY", 89),
    ("z", "Z", "KeyZ", 90),
    (";", ":", "Semicolon", 186),
    ("=", "+", "Equal", 187),
    (",", "<", "Comma", 188),
    ("-", "_", "Minus", 189),
    (".", ">", "Period", 190),
    ("/", "?", "Slash", 191),
    ("`", "~", "Backquote", 192),
    ("[", "{", "BracketLeft", 219),
    ("\\", "|", "Backslash", 220),
    ("]", "}", "BracketRight", 221),
    ("'", "\"", "Quote", 222),
];

/// The key of this name, written while these modifiers are held; `None` for a
/// name that no key has. Any single character is a key that writes it.
pub(super) fn key(name: &str, modifiers: u8) -> Option<Key<'_>> {
    if let Some(key) = NAMED.iter().find(|key| key.key == name) {
        return Some(*key);
    }
    let mut characters = name.chars();
    let character = characters.next().filter(|character| characters.next().is_none() && !character.is_control())?;
    Some(match WRITING.iter().find(|(plain, shifted, ..)| *plain == name || *shifted == name) {
        Some((_, shifted, code, key_code)) => {
            let written = if modifiers & SHIFT != 0 { shifted } else { name };
            let silent = modifiers & (ALT | CONTROL | META) != 0;
            Key { key: written, code, key_code: *key_code, text: (!silent).then_some(written), modifier: 0 }
        }
        None => Key { key: name, code: "", key_code: 0, text: (!character.is_control()).then_some(name), modifier: 0 },
    })
}

/// The name of UI Events that is spelled so, in any case; of keys that write no character.
pub(crate) fn spelled(word: &str) -> Option<&'static str> {
    NAMED.iter().map(|key| key.key).find(|name| name.eq_ignore_ascii_case(word))
}

/// Whether a US keyboard has a key that writes this.
pub(super) fn on_keyboard(character: &str) -> bool {
    WRITING.iter().any(|(plain, shifted, ..)| *plain == character || *shifted == character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_names_codes_and_texts_of_ui_events() {
        let enter = key("Enter", 0).unwrap();
        assert_eq!((enter.code, enter.key_code, enter.text), ("Enter", 13, Some("\r")));
        let a = key("a", 0).unwrap();
        assert_eq!((a.key, a.code, a.key_code, a.text), ("a", "KeyA", 65, Some("a")));
        let shifted = key("1", SHIFT).unwrap();
        assert_eq!((shifted.key, shifted.code, shifted.text), ("!", "Digit1", Some("!")));
        assert_eq!(key("A", 0).unwrap().text, Some("A"));
        assert_eq!(key("\u{e9}", 0).unwrap().text, Some("\u{e9}"));
        assert_eq!(key("Shift", 0).unwrap().modifier, SHIFT);
    }

    #[test]
    fn a_key_held_with_control_writes_nothing() {
        let a = key("a", CONTROL).unwrap();
        assert_eq!((a.key, a.code, a.text), ("a", "KeyA", None));
        assert_eq!(key("a", CONTROL | SHIFT).unwrap().key, "A");
    }

    #[test]
    fn other_names_are_no_keys() {
        for name in ["", "enter", "Ctrl", "Return", "ab", "\n", "\u{7f}"] {
            assert_eq!(key(name, 0), None, "{name:?}");
        }
    }

    #[test]
    fn no_key_stands_twice() {
        let mut names: Vec<&str> = NAMED.iter().map(|key| key.key).chain(WRITING.iter().map(|key| key.0)).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
