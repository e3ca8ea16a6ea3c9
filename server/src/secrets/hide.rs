//! Finds the values of secrets in text, however they are written there, and puts their
//! placeholders in their place.

use std::borrow::Cow;
use std::ops::Range;

use secrecy::ExposeSecret;
use serde_json::{Map, Value};

use super::{Secret, Secrets, is_name};
use crate::computer::{Node, Page, Rect};

/// What stands before and after the name in a placeholder.
pub(super) const OPENING: &str = "<secret:";
pub(super) const CLOSING: &str = ">";

/// The role of a page as a whole, whose place is all of the screen.
const DOCUMENT: &str = "document";

/// A placeholder in a text, whether there is such a secret or not.
pub(super) struct Mention<'a> {
    pub(super) name: &'a str,
    pub(super) place: Range<usize>,
}

/// The placeholders in a text.
pub(super) fn mentions(text: &str) -> impl Iterator<Item = Mention<'_>> {
    text.match_indices(OPENING).filter_map(move |(start, opening)| {
        let (name, _) = text.get(start + opening.len()..)?.split_once(CLOSING)?;
        let end = start + opening.len() + name.len() + CLOSING.len();
        is_name(name).then_some(Mention { name, place: start..end })
    })
}

/// Whether a text has placeholders in it and says nothing else.
pub(crate) fn is_placeholders(text: &str) -> bool {
    let (mut end, mut any) = (0, false);
    let mut gaps_are_empty = true;
    for Mention { place, .. } in mentions(text) {
        gaps_are_empty &= text.get(end..place.start).is_some_and(|gap| gap.trim().is_empty());
        (end, any) = (place.end, true);
    }
    any && gaps_are_empty && text.get(end..).is_some_and(|rest| rest.trim().is_empty())
}

impl Secrets {
    /// The text with a placeholder for each value in it: as it is, in any letter case,
    /// percent-encoded as in addresses and forms, and escaped as in JSON.
    pub(crate) fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let found = self.find(text);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let (mut hidden, mut end) = (String::with_capacity(text.len()), 0);
        for Found { place, secret } in found {
            hidden.push_str(text.get(end..place.start).unwrap_or_default());
            hidden.push_str(&secret.placeholder());
            end = place.end;
        }
        hidden.push_str(text.get(end..).unwrap_or_default());
        Cow::Owned(hidden)
    }

    /// Hides them where they are; whether there were any.
    pub(crate) fn hide_in(&self, text: &mut String) -> bool {
        match self.hide(text) {
            Cow::Borrowed(_) => false,
            Cow::Owned(hidden) => {
                *text = hidden;
                true
            }
        }
    }

    /// Hides them in every text of a JSON value; whether there were any.
    pub(crate) fn hide_in_json(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => self.hide_in(text),
            Value::Array(items) => items.iter_mut().fold(false, |any, item| self.hide_in_json(item) | any),
            Value::Object(members) => self.hide_in_members(members),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    /// The same in the members of an event, whose `type` is a word of ours.
    pub(crate) fn hide_in_event(&self, event: &mut Map<String, Value>) {
        let kind = event.get("type").cloned();
        self.hide_in_members(event);
        if let (Some(kind), Some(member)) = (kind, event.get_mut("type")) {
            *member = kind;
        }
    }

    fn hide_in_members(&self, members: &mut Map<String, Value>) -> bool {
        let mut any = members.values_mut().fold(false, |any, value| self.hide_in_json(value) | any);
        if members.keys().any(|name| !self.find(name).is_empty()) {
            *members = std::mem::take(members).into_iter().map(|(name, value)| (self.hide(&name).into_owned(), value)).collect();
            any = true;
        }
        any
    }

    /// Hides them in a page; returns the places on the screen where they can be seen.
    pub(super) fn hide_in_page(&self, page: &mut Page) -> Vec<Rect> {
        if self.0.is_empty() {
            return Vec::new();
        }
        self.hide_in(&mut page.url);
        self.hide_in(&mut page.title);
        let shown: Vec<bool> = page.nodes.iter_mut().map(|node| self.hide_in_node(node)).collect();
        // What is in a part of a thing is also in the name of the whole: the part will do.
        let mut has_part = vec![false; shown.len()];
        for (at, (node, shown)) in page.nodes.iter().zip(&shown).enumerate().rev() {
            let is_part = has_part.get(at) == Some(&true) || (*shown && node.bounds.is_some());
            if let Some(whole) = node.parent.filter(|_| is_part).and_then(|parent| has_part.get_mut(parent)) {
                *whole = true;
            }
        }
        let seen = page.nodes.iter().zip(shown).zip(has_part);
        seen.filter(|((node, shown), has_part)| *shown && node.role != DOCUMENT && (!has_part || node.value.is_some()))
            .filter_map(|((node, _), _)| node.bounds)
            .collect()
    }

    fn hide_in_node(&self, node: &mut Node) -> bool {
        let mut shown = self.hide_in(&mut node.name);
        for text in [&mut node.value, &mut node.description].into_iter().flatten() {
            shown |= self.hide_in(text);
        }
        // Where a link leads is not on the screen.
        if let Some(url) = &mut node.url {
            self.hide_in(url);
        }
        shown
    }

    /// Where in a text the values are, in order and apart; what overlaps is one.
    fn find(&self, text: &str) -> Vec<Found<'_>> {
        let mut found: Vec<Found<'_>> = Vec::new();
        if self.0.is_empty() {
            return found;
        }
        // A name may read like a value, and what is hidden is hidden only once.
        let ours: Vec<Range<usize>> = mentions(text).filter(|mention| self.0.contains_key(mention.name)).map(|ours| ours.place).collect();
        let is_ours = |place: &Range<usize>| ours.iter().any(|ours| ours.start <= place.start && place.end <= ours.end);
        for (start, _) in text.char_indices() {
            let rest = text.get(start..).unwrap_or_default();
            let matches = self.0.values().filter_map(|secret| Some(Found { place: start..start + length_at(rest, secret)?, secret }));
            let Some(longest) = matches.filter(|found| !is_ours(&found.place)).max_by_key(|found| found.place.end) else { continue };
            match found.last_mut() {
                Some(before) if longest.place.start < before.place.end => {
                    if longest.place.len() > before.place.len() {
                        before.secret = longest.secret;
                    }
                    before.place.end = before.place.end.max(longest.place.end);
                }
                _ => found.push(longest),
            }
        }
        found
    }
}

struct Found<'a> {
    place: Range<usize>,
    secret: &'a Secret,
}

/// How many bytes at the begin of a text are the value of a secret.
fn length_at(text: &str, secret: &Secret) -> Option<usize> {
    let value = secret.value.expose_secret();
    // The answer nearly everywhere.
    spellings(text, value.chars().next()?).into_iter().flatten().next()?;
    // Each character may be written in several ways: all ends that these come to.
    let mut ends = vec![0];
    for character in value.chars() {
        let mut next: Vec<usize> = Vec::new();
        for end in ends {
            for length in spellings(text.get(end..)?, character).into_iter().flatten() {
                if !next.contains(&(end + length)) {
                    next.push(end + length);
                }
            }
        }
        if next.is_empty() {
            return None;
        }
        ends = next;
    }
    ends.into_iter().max()
}

/// The lengths of what, at the begin of a text, stands for this character.
fn spellings(text: &str, character: char) -> [Option<usize>; 3] {
    let first = text.chars().next();
    let is_same = |first: &char| match first.is_ascii() && character.is_ascii() {
        true => first.eq_ignore_ascii_case(&character),
        false => first.to_lowercase().eq(character.to_lowercase()),
    };
    let itself = first.filter(is_same).map(char::len_utf8);
    let encoded = match first {
        Some('+') if character == ' ' => Some(1),
        Some('%') => percent_encoded(text, character),
        _ => None,
    };
    let escaped = if first == Some('\\') { escaped(text, character) } else { None };
    [itself, encoded, escaped]
}

fn percent_encoded(text: &str, character: char) -> Option<usize> {
    let mut buffer = [0; 4];
    let bytes = character.encode_utf8(&mut buffer).as_bytes();
    let same = bytes.iter().enumerate().all(|(at, byte)| {
        let code = text.get(3 * at..3 * at + 3).and_then(|code| code.strip_prefix('%'));
        code.and_then(|code| u8::from_str_radix(code, 16).ok()) == Some(*byte)
    });
    same.then_some(3 * bytes.len())
}

fn escaped(text: &str, character: char) -> Option<usize> {
    if text.get(1..)?.starts_with(character) && matches!(character, '"' | '\\' | '/') {
        return Some(2);
    }
    let mut buffer = [0; 2];
    let units = character.encode_utf16(&mut buffer);
    let same = units.iter().enumerate().all(|(at, unit)| {
        let code = text.get(6 * at..6 * at + 6).and_then(|code| code.strip_prefix("\\u"));
        code.and_then(|code| u16::from_str_radix(code, 16).ok()) == Some(*unit)
    });
    same.then_some(6 * units.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::computer::{Point, States, Viewport};

    fn secrets(all: &[&str]) -> Secrets {
        all.iter().fold(Secrets::default(), |secrets, text| secrets.with(format!("{text}@a.example").parse().unwrap()).unwrap())
    }

    #[test]
    fn a_value_is_found_however_it_is_written() {
        let secrets = secrets(&["PW=p\"ä s/1%é+💡"]);
        for written in [
            "p\"ä s/1%é+💡",
            "P\"Ä S/1%É+💡",
            "p%22%C3%A4%20s%2F1%25%C3%A9%2B%F0%9F%92%A1",
            "p%22%c3%a4+s/1%25%c3%a9%2b%f0%9f%92%a1",
            "p\\\"ä s\\/1%é+💡",
            "p\\\"\\u00e4 s/1%\\u00E9+\\ud83d\\udca1",
            "p\\u0022\\u00E4\\u0020s/1%é+💡",
        ] {
            assert_eq!(secrets.hide(&format!("a {written} b {written}")), "a <secret:PW> b <secret:PW>", "{written}");
        }
        for other in ["", "p", "p\"ä s/1%é+", "p\"ä s/1%25é", "%", "%2", "\\", "\\u00", "p\\", "p%22%C3%A4%2"] {
            assert!(matches!(secrets.hide(other), Cow::Borrowed(_)), "{other}");
        }
    }

    #[test]
    fn values_that_overlap_leave_nothing_of_each_other() {
        let secrets = secrets(&["A=abcdef", "B=defghijk", "C=def"]);
        for (text, hidden) in [
            ("abcdef", "<secret:A>"),
            ("xdefx", "x<secret:C>x"),
            ("abcdefghijk!", "<secret:B>!"),
            ("abcdefghij", "<secret:A>ghij"),
            ("abcdefabcdef def", "<secret:A><secret:A> <secret:C>"),
        ] {
            assert_eq!(secrets.hide(text), hidden, "{text}");
        }
        assert_eq!(self::secrets(&["A=aaa"]).hide("aaaaaaa-aa"), "<secret:A>-aa");
    }

    #[test]
    fn what_is_hidden_is_hidden_once() {
        let secrets = secrets(&["secret=secret", "admin=admin"]);
        let hidden = secrets.hide("the secret of admin").into_owned();
        assert_eq!(hidden, "the <secret:secret> of <secret:admin>");
        assert_eq!(secrets.hide(&hidden), hidden);
        assert_eq!(secrets.hide("<secret:other>"), "<<secret:secret>:other>");
    }

    #[test]
    fn placeholders_alone_say_nothing() {
        for (text, expected) in [
            ("<secret:PW>", true),
            ("<secret:USER>\t<secret:PW>\n", true),
            ("x<secret:PW>", false),
            ("<secret:PW>x", false),
            ("<secret:PW", false),
            ("<secret:a b>", false),
            ("", false),
            ("  ", false),
        ] {
            assert_eq!(is_placeholders(text), expected, "{text:?}");
        }
    }

    #[test]
    fn every_text_of_an_event_is_hidden_but_its_type() {
        let mut event = json!({"type": "hunter2", "a": ["x hunter2", {"hunter2": 1, "b": "HUNTER2"}], "c": 2});
        secrets(&["PW=hunter2"]).hide_in_event(event.as_object_mut().unwrap());
        assert_eq!(event, json!({"type": "hunter2", "a": ["x <secret:PW>", {"<secret:PW>": 1, "b": "<secret:PW>"}], "c": 2}));
    }

    fn node(parent: Option<usize>, role: &str, name: &str, value: Option<&str>, x: f64) -> Node {
        Node {
            parent,
            role: role.into(),
            name: name.into(),
            value: value.map(str::to_owned),
            description: None,
            level: None,
            url: Some("https://a.example/?q=hunter2".into()),
            bounds: (x >= 0.0).then_some(Rect { x, y: 0.0, width: 1.0, height: 1.0 }),
            states: States::default(),
        }
    }

    #[test]
    fn a_page_tells_where_values_are_seen_and_says_none() {
        let mut page = Page {
            url: "https://a.example/?q=hunter2".into(),
            title: "hunter2".into(),
            nodes: vec![
                node(None, "document", "hunter2", None, 0.0),
                node(Some(0), "link", "to hunter2 now", None, 1.0),
                node(Some(1), "generic", "", None, 2.0),
                node(Some(2), "text", "hunter2", None, 3.0),
                node(Some(0), "textbox", "", Some("hunter2"), 4.0),
                node(Some(4), "text", "hunter2", None, 5.0),
                node(Some(0), "button", "hunter2", None, 6.0),
                node(Some(6), "text", "hunter2", None, -1.0),
                node(Some(0), "text", "other", None, 7.0),
            ],
            viewport: Viewport { width: 9, height: 9 },
            scroll: Point(0.0, 0.0),
            content: (9.0, 9.0),
        };
        let places = secrets(&["PW=hunter2"]).hide_in_page(&mut page);
        assert!(!format!("{page:?}").contains("hunter2"), "{page:?}");
        assert_eq!(places.iter().map(|place| place.x).collect::<Vec<_>>(), [3.0, 4.0, 5.0, 6.0]);
    }

    proptest! {
        #[test]
        fn nothing_is_left_of_a_value(before in "[ -~]{0,9}", value in "[!-~äé]{3,9}", after in "[ -~]{0,9}") {
            let secret = Secret::new("N", value.clone().into(), vec!["a.example".parse().unwrap()]).unwrap();
            let secrets = Secrets::default().with(secret).unwrap();
            let json = serde_json::to_string(&value).unwrap();
            let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            for written in [value.as_str(), &json[1..json.len() - 1], &encoded] {
                let hidden = secrets.hide(&format!("{before}{written}{after}")).replace("<secret:N>", "\0");
                prop_assert!(!hidden.contains(written), "{} in {}", written, hidden);
            }
        }

        #[test]
        fn any_text_can_be_searched(text in "\\PC{0,40}", value in "\\PC{3,6}") {
            if let Ok(secret) = Secret::new("N", value.into(), vec!["a.example".parse().unwrap()]) {
                let secrets = Secrets::default().with(secret).unwrap();
                let hidden = secrets.hide(&text).into_owned();
                prop_assert!(hidden == text || hidden.contains("<secret:N>"));
            }
        }
    }
}
