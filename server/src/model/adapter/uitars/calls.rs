//! Calls of actions as text: `click(start_box='(10,20)')`.

use serde_json::{Map, Value};

use crate::model::vocabulary::{Unclear, object};

/// Stands before the calls.
pub(super) const LABEL: &str = "Action:";

/// A name, and what stands in the brackets behind it.
type Written = (String, Map<String, Value>);

/// The calls in a text, in order. Of calls after one that cannot be read none is looked for.
pub(super) fn read(text: &str) -> Vec<Result<Written, Unclear>> {
    let mut calls = Vec::new();
    // Some answer with the call alone.
    let mut rest = label(text).map_or(text, |(_, end)| text.get(end..).unwrap_or_default());
    let labelled = rest.len() != text.len();
    loop {
        rest = rest.trim_start_matches(|character: char| !is_of_name(character) && character != '{');
        if rest.starts_with('{') {
            calls.push(object(rest).map(|members| (String::new(), members)));
            return calls;
        }
        let end = rest.find(|character| !is_of_name(character)).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        match behind.trim_start_matches(' ').strip_prefix('(') {
            Some(inside) if !name.is_empty() => match members(inside) {
                Ok((members, after)) => {
                    calls.push(Ok((name.to_owned(), members)));
                    rest = after;
                }
                Err(why) => {
                    calls.push(Err(Unclear(format!("the call of {name:.40} cannot be read: {why}"))));
                    return calls;
                }
            },
            // The language of a code fence.
            _ if behind.starts_with('\n') && calls.is_empty() => rest = behind,
            // Another thought may come before the next call.
            _ => match label(rest) {
                Some((_, end)) => rest = rest.get(end..).unwrap_or_default(),
                None if calls.is_empty() && labelled => {
                    let right = "right is one such as click(start_box='(100,200)')";
                    return vec![Err(Unclear(format!("what follows {LABEL} is no call of an action: {right}")))];
                }
                None => return calls,
            },
        }
    }
}

/// Where the first label begins and ends; at the begin of a line, but for emphasis.
pub(super) fn label(text: &str) -> Option<(usize, usize)> {
    let begins_line = |at: &usize| {
        let before = text.get(..*at).unwrap_or_default().trim_end_matches([' ', '\t', '*', '#', '`']);
        before.is_empty() || before.ends_with('\n')
    };
    let begin = text.match_indices(LABEL).map(|(at, _)| at).find(begins_line)?;
    Some((begin, begin + LABEL.len()))
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// What stands in brackets, from behind the opening one, and what follows them.
fn members(mut rest: &str) -> Result<(Map<String, Value>, &str), String> {
    let mut members = Map::new();
    loop {
        rest = rest.trim_start_matches(|character: char| character.is_whitespace() || character == ',');
        if rest.is_empty() {
            return Ok((members, rest));
        }
        if let Some(after) = rest.strip_prefix(')') {
            return Ok((members, after));
        }
        let end = rest.find(|character| !is_of_name(character)).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        let (name, value) = match behind.trim_start().strip_prefix('=') {
            Some(value) if !name.is_empty() => (Some(name), value.trim_start()),
            _ => (None, rest),
        };
        let (value, after) = match value.chars().next() {
            Some(quote @ ('\'' | '"')) => quoted(value.get(1..).unwrap_or_default(), quote)?,
            _ => bare(value)?,
        };
        let name = name.unwrap_or(if is_place(&value) { "start_box" } else { "content" });
        // `click(100, 200)`
        let value = match members.get(name).and_then(Value::as_str) {
            Some(before) => format!("{before}, {value}"),
            None => value,
        };
        members.insert(name.to_owned(), Value::String(value));
        rest = after;
    }
}

/// A text, from behind its opening quote. Of quotes within it, those are its own after
/// which the call does not go on.
fn quoted(text: &str, quote: char) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('r') => value.push('\r'),
                Some(escaped @ ('\\' | '\'' | '"')) => value.push(escaped),
                Some(other) => value.extend(['\\', other]),
                None => {}
            },
            _ if character == quote && ends_value(characters.as_str()) => {
                // Some double the backslash of the newline that submits.
                let submits = value.strip_suffix("\\n").map(|text| format!("{text}\n"));
                return Ok((submits.unwrap_or(value), characters.as_str()));
            }
            _ => value.push(character),
        }
    }
    // Half of what was to be typed must not be.
    Err("a text is cut short: its closing quote is missing".to_owned())
}

/// Whether a call goes on, or ends, with what follows a quote.
fn ends_value(after: &str) -> bool {
    let after = after.trim_start();
    if let Some(next) = after.strip_prefix(',') {
        let next = next.trim_start();
        let behind = next.trim_start_matches(is_of_name);
        return next.starts_with(['\'', '"', ')']) || (behind.len() < next.len() && behind.trim_start().starts_with('='));
    }
    match after.strip_prefix(')') {
        Some(end) => end.chars().next().is_none_or(|next| next.is_whitespace() || ";`#*,<[".contains(next)),
        None => after.is_empty(),
    }
}

/// A value without quotes: to the comma or the bracket that ends it.
fn bare(text: &str) -> Result<(String, &str), String> {
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ',' if depth == 0 => {
                let (value, after) = text.split_at(at);
                return Ok((value.trim().to_owned(), after));
            }
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Err("it is cut short: its closing bracket is missing".to_owned())
}

/// Whether a value without a name says where.
fn is_place(value: &str) -> bool {
    let bare = value.replace("<|box_start|>", "").replace("<|box_end|>", "").replace("<point>", "").replace("</point>", "");
    bare.chars().any(|character| character.is_ascii_digit())
        && bare.chars().all(|character| character.is_ascii_digit() || " ,.()[]-".contains(character))
}
