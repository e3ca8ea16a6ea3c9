//! Checks what a request asks for, field by field (contract, section 2), and finds
//! every fault at once.

use lightcone::tasks::{InjectMessageParams, StartParams};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use url::Url;

use super::Problem;
use super::problem::FieldError;

/// What a field may hold.
enum Rule {
    /// Any text.
    Text,
    /// Text with something in it.
    FilledText,
    /// A whole number of this range.
    Whole(i64, i64),
    /// A number of this range.
    Number(f64, f64),
    /// true or false.
    Flag,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// An absolute http or https address.
    WebAddress,
    /// A list of {role, content}.
    Conversation,
    /// An object whose members are text.
    Texts,
}

/// A screen smaller than this shows nothing, and one larger is no screen.
const PIXELS: Rule = Rule::Whole(200, 4096);

const ROLES: Rule = Rule::OneOf(&["user", "assistant"]);

const START: &[(&str, Rule)] = &[
    ("instruction", Rule::FilledText),
    ("agent_icon", Rule::Text),
    ("agent_type", Rule::Text),
    ("computer_id", Rule::FilledText),
    ("context", Rule::Conversation),
    ("environment_id", Rule::FilledText),
    ("harness_version", Rule::OneOf(&["v1", "v2"])),
    ("idempotency_key", Rule::FilledText),
    ("keep_alive", Rule::Flag),
    ("kind", Rule::OneOf(&["browser", "desktop"])),
    ("max_duration_seconds", Rule::Whole(1, i64::MAX)),
    ("max_steps", Rule::Whole(1, i64::MAX)),
    ("metadata", Rule::Texts),
    ("model", Rule::FilledText),
    ("on_missing_computer", Rule::OneOf(&["restore", "fail", "create_new"])),
    ("persistent", Rule::Flag),
    ("save_session", Rule::Flag),
    ("screenshot_mode", Rule::OneOf(&["url", "base64"])),
    ("start_url", Rule::WebAddress),
    ("stream_deltas", Rule::Flag),
    ("stream_mode", Rule::OneOf(&["verbose", "concise"])),
    ("system_prompt", Rule::Text),
    ("temperature", Rule::Number(0.0, 2.0)),
    ("terminate_on_completion", Rule::Flag),
    ("thread_id", Rule::Text),
    ("viewport_height", PIXELS),
    ("viewport_width", PIXELS),
];

const MESSAGE: &[(&str, Rule)] = &[("message", Rule::FilledText)];

/// What a start asks for.
pub(super) fn start(body: &Map<String, Value>) -> Result<StartParams, Problem> {
    let mut errors = check(body, START, "instruction");
    let flag = |name| body.get(name).and_then(Value::as_bool);
    if let (Some(one), Some(other)) = (flag("persistent"), flag("save_session"))
        && one != other
    {
        let message = format!("is {other} and persistent is {one}; they mean the same, so send one, or both alike");
        errors.push(FieldError { field: "save_session".to_owned(), message });
    }
    if let (Some(keep), Some(end)) = (flag("keep_alive"), flag("terminate_on_completion"))
        && keep == end
    {
        let message = format!("is {keep} and terminate_on_completion is {end}; they are opposites, so send one, or both unlike");
        errors.push(FieldError { field: "keep_alive".to_owned(), message });
    }
    finish(body, errors)
}

/// What a message says.
pub(super) fn message(body: &Map<String, Value>) -> Result<InjectMessageParams, Problem> {
    finish(body, check(body, MESSAGE, "message"))
}

fn finish<T: DeserializeOwned>(body: &Map<String, Value>, errors: Vec<FieldError>) -> Result<T, Problem> {
    if !errors.is_empty() {
        return Err(Problem::fields(errors));
    }
    serde_json::from_value(Value::Object(body.clone()))
        .map_err(|error| Problem::fields(vec![FieldError { field: "body".to_owned(), message: error.to_string() }]))
}

fn check(body: &Map<String, Value>, fields: &[(&str, Rule)], required: &str) -> Vec<FieldError> {
    let mut faults = Faults(Vec::new());
    if !body.contains_key(required) {
        faults.add(required, "is missing; it must be text that is not empty".to_owned());
    }
    for (name, rule) in fields {
        if let Some(value) = body.get(*name) {
            faults.check(name, value, rule);
        }
    }
    faults.0
}

struct Faults(Vec<FieldError>);

impl Faults {
    fn add(&mut self, field: &str, message: String) {
        self.0.push(FieldError { field: field.to_owned(), message });
    }

    fn check(&mut self, field: &str, value: &Value, rule: &Rule) {
        let (is_right, right) = match rule {
            Rule::Text => (value.is_string(), "text".to_owned()),
            Rule::FilledText => (value.as_str().is_some_and(|text| !text.trim().is_empty()), "text that is not empty".to_owned()),
            Rule::Whole(least, most) => {
                let is_right = value.as_i64().is_some_and(|number| (*least..=*most).contains(&number));
                let bound = if *most == i64::MAX { format!("of {least} or more") } else { format!("from {least} to {most}") };
                (is_right, format!("a whole number {bound}"))
            }
            Rule::Number(least, most) => {
                let is_right = value.as_f64().is_some_and(|number| (*least..=*most).contains(&number));
                (is_right, format!("a number from {least} to {most}"))
            }
            Rule::Flag => (value.is_boolean(), "true or false".to_owned()),
            Rule::OneOf(words) => {
                let is_right = value.as_str().is_some_and(|word| words.contains(&word));
                let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                (is_right, words.join(" or "))
            }
            Rule::WebAddress => {
                let is_web = |text| Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
                (value.as_str().is_some_and(is_web), "an absolute http: or https: address".to_owned())
            }
            Rule::Conversation => match value.as_array() {
                Some(lines) => return self.check_lines(field, lines),
                None => (false, "a list of {\"role\": \"user\" or \"assistant\", \"content\": text}".to_owned()),
            },
            Rule::Texts => match value.as_object() {
                Some(members) => return self.check_members(field, members),
                None => (false, "an object whose members are text".to_owned()),
            },
        };
        if !is_right {
            self.add(field, format!("is {}; it must be {right}", said(value)));
        }
    }

    fn check_lines(&mut self, field: &str, lines: &[Value]) {
        for (index, line) in lines.iter().enumerate() {
            let place = format!("{field}[{index}]");
            let Some(line) = line.as_object() else {
                self.add(&place, format!("is {}; it must be an object with role and content", said(line)));
                continue;
            };
            for (member, rule) in [("role", &ROLES), ("content", &Rule::Text)] {
                let place = format!("{place}.{member}");
                match line.get(member) {
                    Some(value) => self.check(&place, value, rule),
                    None => self.add(&place, "is missing; every line has a role and a content".to_owned()),
                }
            }
        }
    }

    fn check_members(&mut self, field: &str, members: &Map<String, Value>) {
        for (name, value) in members {
            self.check(&format!("{field}.{name}"), value, &Rule::Text);
        }
    }
}

/// What came, short enough for a message.
pub(super) fn said(value: &Value) -> String {
    const MOST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use lightcone::tasks::{HarnessVersion, Kind, OnMissingComputer, Role, ScreenshotMode, StreamMode};

    use super::*;

    #[test]
    fn every_word_and_field_is_one_of_cores() {
        let is_known = |name: &str, word: &str| match name {
            "kind" => !matches!(Kind::from(word), Kind::Other(_)),
            "harness_version" => !matches!(HarnessVersion::from(word), HarnessVersion::Other(_)),
            "on_missing_computer" => !matches!(OnMissingComputer::from(word), OnMissingComputer::Other(_)),
            "screenshot_mode" => !matches!(ScreenshotMode::from(word), ScreenshotMode::Other(_)),
            "stream_mode" => !matches!(StreamMode::from(word), StreamMode::Other(_)),
            "role" => !matches!(Role::from(word), Role::Other(_)),
            _ => false,
        };
        for (name, rule) in START.iter().chain([&("role", ROLES)]) {
            if let Rule::OneOf(words) = rule {
                assert!(words.iter().all(|word| is_known(name, word)), "{name}");
            }
        }
        // What core does not know ends in `extra`.
        let example = |rule: &Rule| match rule {
            Rule::Text | Rule::FilledText | Rule::WebAddress => "http://x".into(),
            Rule::Whole(least, _) => (*least).into(),
            Rule::Number(least, _) => (*least).into(),
            Rule::Flag => true.into(),
            Rule::OneOf(words) => words[0].into(),
            Rule::Conversation => Value::Array(Vec::new()),
            Rule::Texts => Value::Object(Map::new()),
        };
        let mut body: Map<String, Value> = START.iter().map(|(name, rule)| ((*name).to_owned(), example(rule))).collect();
        body.shift_remove("keep_alive");
        let params = start(&body).unwrap();
        assert_eq!(params.extra, Map::new());
        assert_eq!(serde_json::to_value(params).unwrap().as_object().unwrap().len(), START.len() - 1);
    }
}
