//! Where two requests part.

use serde_json::Value;

/// So many characters of a value are told, and of a text some before the first that differs.
const LONGEST: usize = 80;
const BEFORE: usize = 20;

/// The first difference, for people: a JSON pointer, what is recorded there and what is now.
/// `None` if there is none.
pub(super) fn first(recorded: &Value, now: &Value) -> Option<String> {
    let mut pointer = String::new();
    let (recorded, now) = part(recorded, now, &mut pointer)?;
    let pointer = if pointer.is_empty() { "the whole of it" } else { &pointer };
    Some(format!("{pointer} was recorded as {recorded}, and is {now} now"))
}

fn part(recorded: &Value, now: &Value, pointer: &mut String) -> Option<(String, String)> {
    let at = pointer.len();
    match (recorded, now) {
        _ if recorded == now => None,
        (Value::Object(one), Value::Object(other)) => {
            let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
            names.sort();
            names.dedup();
            names.into_iter().find_map(|name| step(one.get(name), other.get(name), pointer, at, name))
        }
        (Value::Array(one), Value::Array(other)) => {
            (0..one.len().max(other.len())).find_map(|index| step(one.get(index), other.get(index), pointer, at, &index.to_string()))
        }
        (Value::String(one), Value::String(other)) => {
            let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
            Some((text(one, same), text(other, same)))
        }
        _ => Some((value(recorded), value(now))),
    }
}

fn step(one: Option<&Value>, other: Option<&Value>, pointer: &mut String, at: usize, name: &str) -> Option<(String, String)> {
    pointer.truncate(at);
    pointer.push('/');
    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
    match (one, other) {
        (Some(one), Some(other)) => part(one, other, pointer),
        (one, other) => Some((one.map_or("nothing".to_owned(), value), other.map_or("nothing".to_owned(), value))),
    }
}

/// A text from shortly before this character.
fn text(text: &str, from: usize) -> String {
    let begin = from.saturating_sub(BEFORE);
    let shown: String = text.chars().skip(begin).take(LONGEST).collect();
    let (before, after) = (if begin > 0 { "…" } else { "" }, if text.chars().nth(begin + LONGEST).is_some() { "…" } else { "" });
    format!("{before}{shown:?}{after}")
}

fn value(value: &Value) -> String {
    match value {
        Value::String(string) => text(string, 0),
        other => {
            let json = other.to_string();
            match json.char_indices().nth(LONGEST) {
                Some((end, _)) => format!("{}…", json.get(..end).unwrap_or(&json)),
                None => json,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_difference_is_found() {
        let long = "x".repeat(100);
        for (recorded, now, told) in [
            (json!({"a": [1, {"b/c": 2}]}), json!({"a": [1, {"b/c": 3}]}), "/a/1/b~1c was recorded as 2, and is 3 now"),
            (json!({"a": [1]}), json!({"a": [1, 2]}), "/a/1 was recorded as nothing, and is 2 now"),
            (json!({"a": 1}), json!({"b": 1}), "/a was recorded as 1, and is nothing now"),
            (json!({"a": 1, "b": {"c": 1}}), json!({"a": 1, "b": {"c": []}}), "/b/c was recorded as 1, and is [] now"),
            (json!("one"), json!("two"), "the whole of it was recorded as \"one\", and is \"two\" now"),
            (
                json!(format!("{long}a")),
                json!(format!("{long}b")),
                "the whole of it was recorded as …\"xxxxxxxxxxxxxxxxxxxxa\", and is …\"xxxxxxxxxxxxxxxxxxxxb\" now",
            ),
        ] {
            assert_eq!(first(&recorded, &now).as_deref(), Some(told));
        }
        assert_eq!(first(&json!({"a": 1}), &json!({"a": 1})), None);
    }
}
