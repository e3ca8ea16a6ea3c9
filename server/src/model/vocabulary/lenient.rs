//! JSON as models write it: in prose and fences, with the habits of Python and JavaScript.

use serde_json::{Map, Number, Value};

use super::Unclear;

/// Braces after which no further begin of an object is looked for: text is read once for each.
const MOST_BEGINS: usize = 16;
const DEPTH: u8 = 32;

/// See [`super::object`].
pub(super) fn object(text: &str) -> Result<Map<String, Value>, Unclear> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(trimmed) {
        Ok(Value::Object(members)) => return Ok(members),
        // An object that was written as a text once more.
        Ok(Value::String(inner)) if inner.contains('{') => return repaired(&inner),
        _ => {}
    }
    repaired(trimmed)
}

fn repaired(text: &str) -> Result<Map<String, Value>, Unclear> {
    let mut wrong = None;
    let mut empty = None;
    for (begin, _) in text.match_indices('{').take(MOST_BEGINS) {
        let rest = text.get(begin..).unwrap_or_default();
        match (Reader { rest }).object(DEPTH) {
            Ok(members) if members.is_empty() => empty = Some(members),
            Ok(members) => return Ok(members),
            Err(why) => {
                let at = text.get(..begin).unwrap_or_default().chars().count() + 1;
                wrong.get_or_insert_with(|| format!("the object from character {at} on cannot be read: {why}"));
            }
        }
    }
    let none = || "there is no object: right is one such as {\"action\": \"click\", \"coordinate\": [100, 200]}".to_owned();
    empty.ok_or_else(|| Unclear(wrong.unwrap_or_else(none)))
}

struct Reader<'a> {
    rest: &'a str,
}

/// What a list in a list in an object ends with, and where a word ends.
const ENDS: [char; 6] = ['}', ']', ')', ',', '\n', '{'];

impl<'a> Reader<'a> {
    fn skip(&mut self, characters: &[char]) {
        self.rest = self.rest.trim_start_matches(|character: char| character.is_whitespace() || characters.contains(&character));
    }

    fn takes(&mut self, character: char) -> bool {
        let after = self.rest.strip_prefix(character);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    /// From its opening brace on; the end of the text closes it.
    fn object(&mut self, depth: u8) -> Result<Map<String, Value>, String> {
        let depth = depth.checked_sub(1).ok_or("it is nested too deeply")?;
        let mut members = Map::new();
        // Some double the braces, as templates do.
        self.skip(&['{']);
        loop {
            self.skip(&[',']);
            if self.takes('}') || !self.rest.starts_with(|begin: char| is_quote(begin) || is_of_name(begin)) {
                return Ok(members);
            }
            let name = self.name()?;
            self.skip(&[]);
            if !self.takes(':') {
                return Err(format!("after the member {name:.40?} a colon is missing"));
            }
            let value = self.value(depth).map_err(|why| if why.contains('`') { why } else { format!("in `{name:.40}`, {why}") })?;
            members.insert(name, value);
        }
    }

    fn name(&mut self) -> Result<String, String> {
        if self.rest.starts_with(is_quote) {
            return self.quoted(&[':']);
        }
        let end = self.rest.find(|character| !is_of_name(character)).unwrap_or(self.rest.len());
        let (name, after) = self.rest.split_at(end);
        self.rest = after;
        Ok(name.to_owned())
    }

    fn value(&mut self, depth: u8) -> Result<Value, String> {
        self.skip(&[]);
        match self.rest.chars().next() {
            Some('{') => self.object(depth).map(Value::Object),
            Some('[') => self.list(']', depth),
            Some('(') => self.list(')', depth),
            Some(begin) if is_quote(begin) => self.quoted(&[',', '}', ']', ')']).map(Value::String),
            _ => self.word(),
        }
    }

    fn list(&mut self, end: char, depth: u8) -> Result<Value, String> {
        let depth = depth.checked_sub(1).ok_or("it is nested too deeply")?;
        let mut values = Vec::new();
        self.rest = self.rest.get(1..).unwrap_or_default();
        loop {
            self.skip(&[',']);
            if self.takes(end) || self.rest.is_empty() || self.rest.starts_with(['}', ']', ')']) {
                return Ok(Value::Array(values));
            }
            values.push(self.value(depth)?);
        }
    }

    /// A text in quotes. Of quotes within it, those are its own after which it cannot end.
    fn quoted(&mut self, enders: &[char]) -> Result<String, String> {
        let mut characters = self.rest.chars();
        let close = characters.next().map_or('"', closing);
        let mut text = String::new();
        while let Some(character) = characters.next() {
            if character == '\\' {
                escape(&mut characters, &mut text);
            } else if character == close {
                let after = characters.as_str().trim_start();
                let is_next_member = || characters.as_str().trim_start_matches([' ', '\r']).starts_with('\n');
                if after.is_empty() || after.starts_with(enders) || is_next_member() {
                    self.rest = characters.as_str();
                    return Ok(text);
                }
                text.push(character);
            } else {
                text.push(character);
            }
        }
        // Half of what was to be typed must not be.
        Err("the text is cut short: its closing quote is missing".to_owned())
    }

    /// A number, a constant, or a text without quotes.
    fn word(&mut self) -> Result<Value, String> {
        let end = self.rest.find(ENDS).unwrap_or(self.rest.len());
        let (word, after) = self.rest.split_at(end);
        let word = word.trim();
        self.rest = after;
        Ok(match word {
            "true" | "True" | "TRUE" => Value::Bool(true),
            "false" | "False" | "FALSE" => Value::Bool(false),
            "null" | "None" | "undefined" | "" | "NaN" => Value::Null,
            // It may be the begin of a longer one.
            _ if after.is_empty() => return Err("the value is cut short: nothing follows it".to_owned()),
            word => number(word).map_or_else(|| Value::String(word.to_owned()), Value::Number),
        })
    }
}

fn number(word: &str) -> Option<Number> {
    let whole = word.parse::<i64>().ok().map(Number::from);
    whole.or_else(|| {
        word.starts_with(|begin: char| begin.is_ascii_digit() || "+-.".contains(begin))
            .then(|| word.parse().ok())?
            .and_then(Number::from_f64)
    })
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '\'' | '\u{201c}' | '\u{201d}')
}

fn closing(quote: char) -> char {
    if quote == '\u{201c}' { '\u{201d}' } else { quote }
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '$' | '.')
}

fn escape(characters: &mut std::str::Chars<'_>, text: &mut String) {
    let Some(escaped) = characters.next() else { return };
    match escaped {
        'n' => text.push('\n'),
        't' => text.push('\t'),
        'r' => text.push('\r'),
        'b' => text.push('\u{8}'),
        'f' => text.push('\u{c}'),
        '"' | '\'' | '\\' | '/' | '`' => text.push(escaped),
        // A line goes on in the next.
        '\n' => {}
        'u' => {
            let mut units = vec![];
            units.extend(unit(characters));
            // The second half of a pair.
            if matches!(units[..], [0xd800..=0xdbff]) {
                let mut ahead = characters.clone();
                if let (Some('\\'), Some('u'), Some(second)) = (ahead.next(), ahead.next(), unit(&mut ahead)) {
                    units.push(second);
                    *characters = ahead;
                }
            }
            text.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
        }
        other => text.extend(['\\', other]),
    }
}

/// Four hexadecimal digits.
fn unit(characters: &mut std::str::Chars<'_>) -> Option<u16> {
    let digits = characters.as_str().get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    *characters = characters.as_str().get(4..)?.chars();
    u16::from_str_radix(digits, 16).ok()
}
