//! From what is written in the files to single cases: each combination of the varied values is one.

use std::{fs, path::Path};

use serde_json::{Map, Value};

use crate::case::{Act, Case, CaseFile, Wire};

/// Frames above this size are cut at fewer places in the runners other than Rust's.
const EVERY_BYTE: usize = 300;

/// How many characters `${large}` has: more bytes than the client's buffers and few of the server's hold.
const LARGE: usize = 6 << 20;

/// A case with all its values.
#[derive(Debug)]
pub(crate) struct Expanded {
    /// The name of its file.
    pub(crate) topic: String,
    /// Its name as it is written, for all its variants.
    pub(crate) family: String,
    /// Its own name, with what varied.
    pub(crate) name: String,
    /// What a runner must be able to do: what the case says, `operation NAME` for each that it calls,
    /// `encoding NAME` for each that its answers have, and `result` for the result of a stream.
    pub(crate) needs: Vec<String>,
    pub(crate) wire: Wire,
    /// It has `${large}` in it.
    is_large: bool,
    /// It is about what the environment says.
    pub(crate) environment: bool,
    /// All of it but the addresses of its server.
    members: Value,
}

impl Expanded {
    /// The case with the addresses of its server and the names of files, and its steps as the runners get them:
    /// without what they must give.
    pub(crate) fn with(&self, addresses: &[(&str, &str)]) -> Result<(Case, Value), String> {
        let members = addresses.iter().fold(self.members.clone(), |members, (name, address)| fill(&members, name, &Value::from(*address)));
        let members = if self.is_large { fill(&members, "large", &Value::from("x".repeat(LARGE))) } else { members };
        let case = parse(&members)?;
        let mut steps = members.get("steps").cloned().unwrap_or_default();
        for step in steps.as_array_mut().into_iter().flatten() {
            step.as_object_mut().and_then(|step| step.remove("gives"));
        }
        Ok((case, steps))
    }
}

/// A case as written, some of its values filled in.
struct Draft {
    members: Value,
    varied: Vec<String>,
}

/// Every case of the folder for that runner.
pub(crate) fn all(folder: &Path, runner: &str) -> Result<Vec<Expanded>, String> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let topic = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let wrong = |why: String| format!("{}: {why}", path.display());
        let text = fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
        let file: CaseFile = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        for members in file.cases {
            expand(&topic, members, runner, &mut cases).map_err(wrong)?;
        }
    }
    Ok(cases)
}

fn expand(topic: &str, mut members: Map<String, Value>, runner: &str, cases: &mut Vec<Expanded>) -> Result<(), String> {
    let family = members.get("name").and_then(Value::as_str).ok_or("a case has no name")?.to_owned();
    let wrong = |why: String| format!("{family}: {why}");
    let vary = match members.remove("vary") {
        None => Map::new(),
        Some(Value::Object(vary)) => vary,
        Some(_) => return Err(wrong("`vary` must be an object of lists".to_owned())),
    };
    let mut drafts = vec![Draft { members: Value::Object(members), varied: Vec::new() }];
    for (variable, values) in vary {
        let mut next = Vec::new();
        for draft in drafts {
            let values = values_of(&values, &draft, runner).map_err(wrong)?;
            for value in values {
                let mut varied = draft.varied.clone();
                varied.push(format!("{variable}={}", label(&value)));
                next.push(Draft { members: fill(&draft.members, &variable, &value), varied });
            }
        }
        drafts = next;
    }
    for mut draft in drafts {
        apply_when(&mut draft.members).map_err(wrong)?;
        let case = parse(&draft.members).map_err(|why| wrong(format!("{}{why}", draft.varied.join(" "))))?;
        case.check().map_err(wrong)?;
        let name = [vec![family.clone()], draft.varied].concat().join(" ");
        let Case { mut needs, wire, steps, server, environment, .. } = case;
        let environment = !environment.is_empty();
        needs.extend(steps.iter().filter_map(|step| Some(format!("operation {}", step.call.as_ref()?))));
        needs.extend(server.iter().filter_map(|rule| Some(format!("encoding {}", rule.encoding.as_ref()?))));
        needs.extend(steps.iter().filter_map(|step| step.result.map(|_| "result".to_owned())));
        let (members, topic) = (draft.members, topic.to_owned());
        let is_large = members.to_string().contains("${large}");
        cases.push(Expanded { topic, family: family.clone(), name, needs, wire, is_large, environment, members });
    }
    Ok(())
}

fn parse(members: &Value) -> Result<Case, String> {
    serde_json::from_value(members.clone()).map_err(|error| error.to_string())
}

/// What a value is called in a name: itself, or its `is`.
fn label(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(members) => members.get("is").map_or_else(|| value.to_string(), label),
        other => other.to_string(),
    }
}

/// The values of a variable: a list, or places in the bytes of the case.
fn values_of(values: &Value, draft: &Draft, runner: &str) -> Result<Vec<Value>, String> {
    match values {
        Value::Array(values) => Ok(values.clone()),
        // The other variables' places hold texts until they are filled in, so that this one must be the last.
        Value::String(how) => {
            let case = parse(&without_placeholders(&draft.members))?;
            places(how, &case, runner)
        }
        _ => Err("a variable must be a list, or the name of places in bytes".to_owned()),
    }
}

/// `splits`: each place between two bytes of the first stream. `cuts`: each number of bytes that
/// the first stream can be cut to, or fewer of them.
fn places(how: &str, case: &Case, runner: &str) -> Result<Vec<Value>, String> {
    let stream = case.server.iter().find_map(|rule| rule.stream.as_ref()).ok_or("there is no stream")?;
    let texts: Vec<Vec<u8>> = stream.iter().flat_map(|act| bytes_of(act, case)).collect();
    let length: usize = texts.iter().map(Vec::len).sum();
    match how {
        "splits" => Ok((1..length).map(Value::from).collect()),
        "cuts" if runner == "rust" || length < EVERY_BYTE => Ok((0..=length).map(Value::from).collect()),
        "cuts" => {
            let first: usize = texts.iter().take(3).map(Vec::len).sum();
            let ends = texts.iter().scan(0, |end, text| {
                *end += text.len();
                Some(*end)
            });
            Ok((0..first).chain(ends.filter(|end| *end >= first)).map(Value::from).collect())
        }
        other => Err(format!("there are no places called {other:?}; `splits` and `cuts` are known")),
    }
}

/// The bytes that an act puts into a body at once.
pub(crate) fn bytes_of(act: &Act, case: &Case) -> Vec<Vec<u8>> {
    use crate::case::Other;
    match act {
        Act::Text(text) => vec![text.clone().into_bytes()],
        Act::Other(Other::Log(_)) => case.frames().into_iter().map(String::into_bytes).collect(),
        Act::Other(Other::Hex(digits)) => vec![hex(digits)],
        Act::Other(_) => Vec::new(),
    }
}

pub(crate) fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits.chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok());
    pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

/// Puts a value in the place of `${variable}`, and a member of it for `${variable.member}`.
/// Where there is no such member, whatever would have it as its value is left out.
pub(crate) fn fill(members: &Value, variable: &str, value: &Value) -> Value {
    fill_or_leave_out(members, variable, value).unwrap_or_default()
}

fn fill_or_leave_out(members: &Value, variable: &str, value: &Value) -> Option<Value> {
    match members {
        Value::String(text) => fill_text(text, variable, value),
        Value::Array(items) => Some(items.iter().filter_map(|item| fill_or_leave_out(item, variable, value)).collect()),
        Value::Object(members) => {
            let filled = members.iter().filter_map(|(name, member)| {
                let name = fill_text(name, variable, value).and_then(|name| name.as_str().map(str::to_owned));
                Some((name?, fill_or_leave_out(member, variable, value)?))
            });
            Some(Value::Object(filled.collect()))
        }
        other => Some(other.clone()),
    }
}

fn fill_text(text: &str, variable: &str, value: &Value) -> Option<Value> {
    let mut filled = text.to_owned();
    let start = format!("${{{variable}");
    let mut from = 0;
    while let Some(at) = filled.get(from..).and_then(|rest| rest.find(&start)).map(|at| at + from) {
        let Some(end) = filled.get(at..).and_then(|rest| rest.find('}')).map(|end| end + at) else { break };
        let path = filled.get(at + start.len()..end).unwrap_or_default().to_owned();
        if !(path.is_empty() || path.starts_with('.')) {
            from = end;
            continue;
        }
        let found = path.split('.').skip(1).try_fold(value, |value, name| value.get(name)).cloned();
        if at == 0 && end + 1 == filled.len() {
            return found;
        }
        let inner = match found {
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
            None => String::new(),
        };
        filled.replace_range(at..=end, &inner);
        from = at + inner.len();
    }
    Some(Value::String(filled))
}

/// Where a place is still to be filled in, nothing stands.
fn without_placeholders(members: &Value) -> Value {
    let open = |value: &Value| value.as_str().is_some_and(|text| text.starts_with("${") && text.ends_with('}'));
    match members {
        Value::Array(items) => items.iter().filter(|item| !open(item)).map(without_placeholders).collect(),
        Value::Object(members) => {
            let kept = members.iter().filter(|(name, value)| name.as_str() != "when" && !open(value));
            Value::Object(kept.map(|(name, value)| (name.clone(), without_placeholders(value))).collect())
        }
        other => other.clone(),
    }
}

/// `when` is a list of `[left, right, changes]`: where left and right are the same, or right is
/// a list that has left, the changes go over the case.
fn apply_when(members: &mut Value) -> Result<(), String> {
    let Some(when) = members.as_object_mut().and_then(|members| members.remove("when")) else { return Ok(()) };
    for rule in when.as_array().into_iter().flatten() {
        let [left, right, changes] = rule.as_array().map(Vec::as_slice).unwrap_or_default() else {
            return Err("`when` must be a list of [left, right, changes]".to_owned());
        };
        if left == right || right.as_array().is_some_and(|list| list.contains(left)) {
            overlay(members, changes);
        }
    }
    Ok(())
}

/// Objects member by member, lists item by item, everything else in place of what was there.
fn overlay(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                overlay(under.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(under), Value::Array(over)) if under.len() == over.len() => {
            under.iter_mut().zip(over).for_each(|(under, over)| overlay(under, over));
        }
        (under, over) => *under = over.clone(),
    }
}
