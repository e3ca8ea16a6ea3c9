//! Compares what a client saw, and what its server heard, with what must come.

use serde_json::{Map, Value};

use crate::{
    case::{Case, ExpectedError, ExpectedRequest, Gives},
    control::Cannot,
    play::{Heard, Log},
};

/// The events after which a task has ended.
const TERMINAL: [&str; 5] = ["completed", "failed", "config_error", "cancelled", "max_steps"];

/// How the seconds of the client's waits and clocks pass really.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) backoff: f64,
    pub(crate) clock: f64,
}

/// Everything that is not as it must be, in words.
pub(crate) fn differences(case: &Case, runner: &str, cannot: &Cannot, scale: Scale, observed: &[Value], log: &Log) -> Vec<String> {
    let mut found = Vec::new();
    let difference = case.difference(runner);
    // Rust's types make no difference between a member that is null and one that is not there.
    let strict = runner != "rust";
    if observed.len() != case.steps.len() {
        found.push(format!("{} of {} steps were done", observed.len(), case.steps.len()));
    }
    for (number, (step, observed)) in case.steps.iter().zip(observed).enumerate() {
        let gives = difference.and_then(|difference| difference.gives.get(&number.to_string())).unwrap_or(&step.gives);
        let mut outcome = Vec::new();
        Judge { case, strict, cannot, found: &mut outcome }.outcome(gives, observed);
        found.extend(outcome.into_iter().map(|text| format!("step {number}: {text}")));
    }
    let requests = difference.and_then(|difference| difference.requests.as_ref()).or(case.requests.as_ref());
    if let Some(expected) = requests {
        judge_requests(expected, &log.heard, scale, &mut found);
    }
    for member in &case.same {
        let bodies = log.heard.iter().filter_map(|heard| serde_json::from_slice::<Value>(&heard.request.body).ok());
        let values: Vec<Value> = bodies.map(|body| body.get(member).cloned().unwrap_or_default()).collect();
        if values.iter().any(|value| Some(value) != values.first() || value.is_null()) {
            found.push(format!("the requests' {member} should be the same: {values:?}"));
        }
    }
    for (what, most, came) in [("connections", case.most_connections, log.most_connections), ("requests", case.most_at_once, log.most_busy)]
    {
        if most.is_some_and(|most| came > most) {
            found.push(format!("{came} {what} at once, not {most:?}"));
        }
    }
    found.extend(log.faults.iter().cloned());
    found
}

struct Judge<'a> {
    case: &'a Case,
    strict: bool,
    cannot: &'a Cannot,
    found: &'a mut Vec<String>,
}

impl Judge<'_> {
    fn outcome(&mut self, gives: &Gives, observed: &Value) {
        let gives = &self.cut_short(gives);
        if let Some(each) = &gives.each {
            for outcome in observed.get("each").and_then(Value::as_array).into_iter().flatten() {
                self.outcome(each, outcome);
            }
            return self.equal(
                "how many",
                gives.count.map(Value::from).as_ref(),
                &observed.get("each").and_then(Value::as_array).map(Vec::len).into(),
            );
        }
        let part = |name: &str| observed.get(name).cloned().unwrap_or_default();
        match (&gives.error, observed.get("error")) {
            (None, None) => {}
            (None, Some(error)) => self.found.push(format!("an error came: {error}")),
            (Some(expected), None) => self.found.push(format!("no {} came, but {}", expected.is, short(observed))),
            (Some(expected), Some(error)) => self.error(expected, error),
        }
        if let Some(expected) = &gives.raw {
            let answer = part("raw");
            self.members("the answer's", &expected.members, Some(&answer));
            self.members("the answer's header", &expected.headers, answer.get("headers"));
        }
        if gives.result.is_some() {
            self.equal_or_absent("the result", gives.result.as_ref(), &part("result"));
        }
        for (name, value) in gives.has.iter().flatten() {
            self.equal(&format!("the result's {name}"), Some(value), part("result").get(name).unwrap_or(&Value::Null));
        }
        let types = || {
            part("events")
                .as_array()
                .map(|events| events.iter().map(|event| event.get("type").cloned().unwrap_or_default()).collect::<Vec<_>>())
        };
        if gives.types.is_some() {
            self.equal("the types of the events", gives.types.as_ref(), &types().into());
        }
        let events = match &gives.events {
            Some(Value::String(word)) if word == "log" => Some(Value::Array(self.case.frames().iter().map(|frame| data(frame)).collect())),
            events => events.clone(),
        };
        self.equal("the events", events.as_ref(), &part("events"));
        self.equal("how many events", gives.count.map(Value::from).as_ref(), &part("events").as_array().map(Vec::len).into());
        let characters =
            || part("events").as_array().map(|events| events.iter().map(|event| event.to_string().chars().count()).sum::<usize>());
        if gives.characters.is_some() {
            self.equal("the events' characters", gives.characters.map(Value::from).as_ref(), &characters().into());
        }
        self.equal("whether it ended", gives.ended.map(Value::from).as_ref(), &part("ended"));
        self.equal("whether it was given up", gives.cancelled.map(Value::from).as_ref(), &part("cancelled"));
        self.members("the stream's", &gives.stream, observed.get("stream"));
    }

    /// What comes of a log of which only the first bytes came.
    fn cut_short(&self, gives: &Gives) -> Gives {
        let mut gives = gives.clone();
        let Some(up_to) = gives.up_to else { return gives };
        let (mut events, mut last_id, mut left) = (Vec::new(), Value::Null, up_to);
        for frame in self.case.frames() {
            let came = frame.get(..left.min(frame.len())).unwrap_or_default();
            left -= came.len();
            // Without its blank line an event came if it could not have gone on.
            let event = data(came);
            if event.is_object() {
                last_id = came.lines().find_map(|line| line.strip_prefix("id: ")).into();
                events.push(event);
            }
        }
        let is_last = |event: &Value| event.get("type").and_then(Value::as_str).is_some_and(|kind| TERMINAL.contains(&kind));
        if events.iter().any(is_last) {
            (gives.error, gives.ended) = (None, Some(true));
        } else if let Some(error) = &mut gives.error {
            error.members.insert("last_event_id".to_owned(), last_id);
        }
        gives.events = Some(events.into());
        gives
    }

    fn error(&mut self, expected: &ExpectedError, error: &Value) {
        let classes: Vec<&str> = error.get("classes").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
        if classes.first() != Some(&expected.is.as_str()) {
            self.found.push(format!("{} came, not {}: {message}", classes.first().unwrap_or(&"no error of the contract"), expected.is));
        }
        for above in expected.under.iter().map(String::as_str).chain(["LightconeError"]) {
            if !classes.contains(&above) {
                self.found.push(format!("the error is no {above}, but {classes:?}"));
            }
        }
        for words in expected.says.iter().filter(|words| !message.contains(words.as_str())) {
            self.found.push(format!("the error does not say {words:?}, but {message:?}"));
        }
        self.members("the error's", &expected.members, Some(error));
    }

    fn members(&mut self, whose: &str, expected: &Map<String, Value>, observed: Option<&Value>) {
        for (name, value) in expected.iter().filter(|(name, _)| !self.cannot.contains_key(&format!("member {name}"))) {
            let seen = observed.and_then(|observed| observed.get(name)).cloned().unwrap_or_default();
            self.equal(&format!("{whose} {name}"), Some(value), &seen);
        }
    }

    fn equal(&mut self, what: &str, expected: Option<&Value>, observed: &Value) {
        let Some(expected) = expected else { return };
        if !same(expected, observed, self.strict) {
            self.found.push(format!("{what}: {} came, not {}", short(observed), short(expected)));
        }
    }

    fn equal_or_absent(&mut self, what: &str, expected: Option<&Value>, observed: &Value) {
        let strict = std::mem::replace(&mut self.strict, false);
        self.equal(what, expected, observed);
        self.strict = strict;
    }
}

fn judge_requests(expected: &[ExpectedRequest], heard: &[Heard], scale: Scale, found: &mut Vec<String>) {
    let lines: Vec<String> = heard.iter().map(|heard| heard.request.line()).collect();
    let expected_lines: Vec<&str> = expected.iter().map(|request| request.is.as_str()).collect();
    if lines != expected_lines {
        return found.push(format!("the requests were {lines:?}, not {expected_lines:?}"));
    }
    for (number, (expected, heard)) in expected.iter().zip(heard).enumerate() {
        let mut wrong = |text: String| found.push(format!("request {number}: {text}"));
        for (name, value) in &expected.headers {
            let came = heard.request.header(name);
            let right = match value {
                Value::Bool(there) => came.is_some() == *there,
                Value::Null => came.is_none(),
                Value::String(text) => came == Some(text),
                other => came == Some(other.to_string().as_str()),
            };
            if !right {
                wrong(format!("the header {name} is {came:?}, not {value}"));
            }
        }
        if let Some(body) = &expected.body {
            let came = serde_json::from_slice(&heard.request.body).unwrap_or_default();
            if !same(body, &came, true) {
                wrong(format!("its body is {came}, not {body}"));
            }
        }
        if let Some(text) = expected.text.as_ref().filter(|text| text.as_bytes() != heard.request.body) {
            wrong(format!("its body is {:?}, not {text:?}", String::from_utf8_lossy(&heard.request.body)));
        }
        if expected.left.is_some_and(|left| left != heard.left) {
            wrong(if heard.left {
                "the client left before the answer was done".to_owned()
            } else {
                "the client stayed until the answer was done".to_owned()
            });
        }
        if let Some(most) = expected.sent_at_most.filter(|most| heard.sent > *most) {
            wrong(format!("{} bytes went out, not at most {most}", heard.sent));
        }
        if let (Some(window), Some(ended)) = (expected.lasts, heard.ended) {
            let seconds = ended.duration_since(heard.came).as_secs_f64() / scale.clock;
            within("it lasted", seconds, window, &mut wrong);
        }
    }
    for (number, pair) in heard.windows(2).enumerate() {
        let [before, this] = pair else { continue };
        let Some(window) = expected.get(number + 1).and_then(|expected| expected.after) else { continue };
        let waited = before.ended.map_or(0.0, |ended| this.came.duration_since(ended).as_secs_f64());
        within("it came", waited / scale.backoff, window, &mut |text| found.push(format!("request {}: {text}", number + 1)));
    }
}

fn within(what: &str, seconds: f64, [least, most]: [f64; 2], wrong: &mut impl FnMut(String)) {
    if seconds < least || seconds > most {
        wrong(format!("{what} after {seconds:.2} s, not {least} to {most}"));
    }
}

/// The data of a frame as JSON.
fn data(frame: &str) -> Value {
    let lines: Vec<&str> =
        frame.lines().filter_map(|line| line.strip_prefix("data:")).map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    serde_json::from_str(&lines.join("\n")).unwrap_or_default()
}

/// `*` is anything but null; numbers are compared as numbers. When not strict, null is absent.
fn same(expected: &Value, observed: &Value, strict: bool) -> bool {
    match (expected, observed) {
        (Value::String(any), observed) if any == "*" => !observed.is_null(),
        (Value::Number(expected), Value::Number(observed)) => expected == observed || expected.as_f64() == observed.as_f64(),
        (Value::Array(expected), Value::Array(observed)) => {
            expected.len() == observed.len() && expected.iter().zip(observed).all(|(expected, observed)| same(expected, observed, strict))
        }
        (Value::Object(expected), Value::Object(observed)) => {
            let there = |members: &Map<String, Value>, name: &String| members.get(name).is_some_and(|value| strict || !value.is_null());
            expected.iter().all(|(name, value)| match observed.get(name) {
                Some(observed) => same(value, observed, strict),
                None => !strict && value.is_null(),
            }) && observed.keys().all(|name| expected.contains_key(name) || !there(observed, name))
        }
        (expected, observed) => expected == observed,
    }
}

/// Enough of a value to know it by.
fn short(value: &Value) -> String {
    const MOST: usize = 600;
    let text = value.to_string();
    if text.chars().count() <= MOST { text } else { text.chars().take(MOST).chain("...".chars()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_counts_as_the_same() {
        for (expected, observed, strict, equal) in [
            (json!(1), json!(1.0), true, true),
            (json!("*"), json!({"a": 1}), true, true),
            (json!("*"), json!(null), true, false),
            (json!({"a": null}), json!({}), false, true),
            (json!({"a": null}), json!({}), true, false),
            (json!({}), json!({"a": null}), false, true),
            (json!({}), json!({"a": null}), true, false),
            (json!({}), json!({"a": 1}), false, false),
            (json!([1, 2]), json!([1]), false, false),
            (json!("a"), json!("b"), true, false),
        ] {
            assert_eq!(same(&expected, &observed, strict), equal, "{expected} {observed} {strict}");
        }
    }

    #[test]
    fn a_member_that_a_client_does_not_tell_is_not_compared() {
        let gives = json!({"error": {"is": "NotFoundError", "status": 404, "attempts": 1}});
        let case: Case = serde_json::from_value(json!({"name": "x", "steps": [{"call": "start", "gives": gives}]})).unwrap();
        let observed = [json!({"error": {"classes": ["NotFoundError", "LightconeError"], "message": "no", "status": 404}})];
        let scale = Scale { backoff: 1.0, clock: 1.0 };
        let judged = |cannot: &Cannot| differences(&case, "some", cannot, scale, &observed, &Log::default());
        assert_eq!(judged(&Cannot::new()), ["step 0: the error's attempts: null came, not 1"]);
        assert!(judged(&Cannot::from([("member attempts".to_owned(), "it has none".to_owned())])).is_empty());
    }
}
