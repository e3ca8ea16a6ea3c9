//! The members of a call, whatever they are wrapped in.

use serde_json::{Map, Value};

use super::lenient;
use super::names::named;

/// Members that hold the others.
const WRAPPERS: &[&str] =
    &["arguments", "parameters", "params", "args", "kwargs", "input", "action", "function", "actioninputs", "actionargs", "inputs"];
/// How deep wrappers are looked into.
const DEPTH: u8 = 6;

/// All members by name, without case and without what separates words.
pub(super) struct Members {
    all: Vec<(String, Value)>,
    /// Names of actions whose members stood below them.
    wrappers: Vec<String>,
}

impl Members {
    pub(super) fn new(members: &Map<String, Value>) -> Self {
        let mut found = Self { all: Vec::new(), wrappers: Vec::new() };
        found.add(members, DEPTH);
        found
    }

    fn add(&mut self, members: &Map<String, Value>, depth: u8) {
        for (name, value) in members {
            let name = squashed(name);
            let wraps = depth > 0 && WRAPPERS.contains(&name.as_str());
            match value {
                Value::Object(inner) if wraps => self.add(inner, depth - 1),
                Value::String(text) if wraps && text.trim_start().starts_with('{') => match lenient::object(text) {
                    Ok(inner) => self.add(&inner, depth - 1),
                    Err(_) => self.all.push((name, value.clone())),
                },
                Value::Object(inner) if depth > 0 && members.len() == 1 && named(&name).is_some() => {
                    self.wrappers.push(name);
                    self.add(inner, depth - 1);
                }
                Value::Null => {}
                value => self.all.push((name, value.clone())),
            }
        }
    }

    pub(super) fn wrappers(&self) -> impl Iterator<Item = &str> {
        self.wrappers.iter().map(String::as_str)
    }

    /// The values that have one of these names, in the order of the names.
    pub(super) fn all<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = &'a Value> + Clone {
        names.iter().flat_map(|name| self.all.iter().filter(move |(known, _)| known == name).map(|(_, value)| value))
    }

    /// The first of these names that is there, and its value.
    pub(super) fn first<'a>(&'a self, names: &[&'static str]) -> Option<(&'static str, &'a Value)> {
        names.iter().find_map(|name| Some((*name, self.get(name)?)))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.all.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A text; a number is one, too.
    pub(super) fn text(&self, names: &[&str]) -> Option<String> {
        self.all(names).find_map(|value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    }

    /// A finite number; `"3"` and `"500px"` are some, too.
    pub(super) fn number(&self, names: &[&str]) -> Option<f64> {
        self.all(names).find_map(number)
    }

    pub(super) fn flag(&self, names: &[&str]) -> Option<bool> {
        self.all(names).find_map(|value| match value {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => Some(number.as_f64() != Some(0.0)),
            Value::String(text) => match squashed(text).as_str() {
                "true" | "yes" | "1" | "on" => Some(true),
                "false" | "no" | "0" | "off" | "" => Some(false),
                _ => None,
            },
            _ => None,
        })
    }
}

fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().trim_end_matches(|unit: char| unit.is_alphabetic()).trim_end().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// A name in lower case, with only its letters and digits.
pub(super) fn squashed(name: &str) -> String {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What a model wrote, quoted for a message: the begin of it.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}...", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}
