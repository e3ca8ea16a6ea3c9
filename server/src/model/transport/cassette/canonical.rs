//! What of a request is the same whenever and wherever the same is asked.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::{Captures, Regex};
use secrecy::SecretString;
use serde_json::{Map, Number, Value};
use sha2::{Digest as _, Sha256};

use super::super::without_key;

/// How a PNG file begins in base64.
const PNG: &str = "iVBORw0KGgo";
/// The characters of base64 that hold the beginning of a PNG file, its size within.
const HEAD: usize = 32;

/// Members about the way an answer travels, not about what it is.
const OF_TRAVEL: [&str; 2] = ["stream", "stream_options"];

/// Places on the screen, which depend on a machine's fonts.
const PLACE: [&str; 4] = ["x", "y", "width", "height"];

#[expect(clippy::unwrap_used, reason = "tests compile these patterns")]
static PORT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i)(\blocalhost|\b127\.0\.0\.1|\[::1\]):([0-9]{1,5})\b").unwrap());
#[expect(clippy::unwrap_used, reason = "tests compile these patterns")]
static NO_PORT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i)(\blocalhost|\b127\.0\.0\.1|\[::1\]):PORT([0-9]+)\b").unwrap());

/// A request in this form, and what it takes to bring an answer to it into the same.
pub(super) struct Canonical {
    pub(super) request: Value,
    /// The ports of this machine in it, in the order in which they are met.
    ports: Vec<String>,
}

impl Canonical {
    /// Pictures become their sizes and ports of this machine numbers; members are in order;
    /// what depends on fonts or is secret is left out.
    pub(super) fn of(request: &Value, key: Option<&SecretString>) -> Self {
        let mut ports = Vec::new();
        let request = match request {
            Value::Object(members) => {
                let asked = members.iter().filter(|(name, _)| !OF_TRAVEL.contains(&name.as_str()));
                Value::Object(ordered(asked, &mut |text| hidden(text, key, &mut ports)))
            }
            other => mapped(other, &mut |text| hidden(text, key, &mut ports)),
        };
        Self { request, ports }
    }

    pub(super) fn digest(&self) -> String {
        digest(&self.request)
    }

    /// An answer without what is secret, with this request's numbers for its ports.
    pub(super) fn put_away(&self, answer: &Value, key: Option<&SecretString>) -> Value {
        replaced(answer, &|text| {
            let numbered = |found: &Captures<'_>| match self.ports.iter().position(|port| *port == found[2]) {
                Some(number) => format!("{}:PORT{}", &found[1], number + 1),
                None => found[0].to_owned(),
            };
            PORT.replace_all(&without_key(text, key), numbered).into_owned()
        })
    }

    /// The same answer with the ports that this request has.
    pub(super) fn take_out(&self, answer: &Value) -> Value {
        replaced(answer, &|text| {
            let port = |found: &Captures<'_>| {
                let port = found[2].parse::<usize>().ok().and_then(|number| self.ports.get(number.checked_sub(1)?));
                port.map_or_else(|| found[0].to_owned(), |port| format!("{}:{port}", &found[1]))
            };
            NO_PORT.replace_all(text, port).into_owned()
        })
    }
}

/// Of a request in this form.
pub(super) fn digest(request: &Value) -> String {
    Sha256::digest(request.to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hidden(text: &str, key: Option<&SecretString>, ports: &mut Vec<String>) -> String {
    if let Some((width, height)) = picture(text) {
        return format!("picture {width}x{height}");
    }
    let mut number = |found: &Captures<'_>| {
        let known = ports.iter().position(|port| *port == found[2]).unwrap_or_else(|| {
            ports.push(found[2].to_owned());
            ports.len() - 1
        });
        format!("{}:PORT{}", &found[1], known + 1)
    };
    PORT.replace_all(&without_key(text, key), &mut number).into_owned()
}

/// The size of the picture that a text is.
fn picture(text: &str) -> Option<(u32, u32)> {
    let base64 = text.strip_prefix("data:image/png;base64,").unwrap_or(text);
    if !base64.starts_with(PNG) {
        return None;
    }
    let head = STANDARD.decode(base64.get(..HEAD)?).ok()?;
    let number = |at: usize| Some(u32::from_be_bytes(head.get(at..at + 4)?.try_into().ok()?));
    Some((number(16)?, number(20)?))
}

fn mapped(value: &Value, text: &mut impl FnMut(&str) -> String) -> Value {
    match value {
        Value::String(string) => Value::String(text(string)),
        Value::Array(items) => Value::Array(items.iter().map(|item| mapped(item, text)).collect()),
        Value::Object(members) => {
            let is_place = PLACE.iter().all(|name| members.get(*name).is_some_and(Value::is_number));
            let kept = members.iter().filter(|(name, _)| !(is_place && PLACE.contains(&name.as_str())));
            Value::Object(ordered(kept, text))
        }
        Value::Number(number) => Value::Number(rounded(number)),
        other => other.clone(),
    }
}

/// To thousandths: these read back from a file as they were written.
fn rounded(number: &Number) -> Number {
    let fraction = number.as_f64().filter(|_| number.is_f64());
    fraction.and_then(|number| Number::from_f64((number * 1000.0).round() / 1000.0)).unwrap_or_else(|| number.clone())
}

fn ordered<'a>(members: impl Iterator<Item = (&'a String, &'a Value)>, text: &mut impl FnMut(&str) -> String) -> Map<String, Value> {
    let mut members: Vec<_> = members.collect();
    members.sort_by_key(|(name, _)| *name);
    members.into_iter().map(|(name, value)| (name.clone(), mapped(value, text))).collect()
}

/// All as it is, but for texts.
fn replaced(value: &Value, text: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(string) => Value::String(text(string)),
        Value::Array(items) => Value::Array(items.iter().map(|item| replaced(item, text)).collect()),
        Value::Object(members) => Value::Object(members.iter().map(|(name, value)| (name.clone(), replaced(value, text))).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn canonical(request: &Value) -> Value {
        Canonical::of(request, Some(&SecretString::from("sk-word"))).request
    }

    /// A PNG file of this size whose pixels are this byte.
    fn png(width: u32, height: u32, shade: u8) -> String {
        let mut file = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_pixel(width, height, image::Rgb([shade; 3])).write_to(&mut file, image::ImageFormat::Png).unwrap();
        STANDARD.encode(file.into_inner())
    }

    #[test]
    fn only_what_depends_on_the_machine_is_left_out() {
        let request = |port: u16, shade: u8, x: f64| {
            json!({
                "stream": shade > 0,
                "b": [format!("data:image/png;base64,{}", png(40, 30, shade)), { "data": png(7, 5, shade) }],
                "a": format!("open http://localhost:{port}/shop and [::1]:9 with sk-word"),
                "elements": [{ "name": "Buy", "x": x, "y": 1, "width": 10, "height": x }],
                "schema": { "x": { "type": "integer" }, "y": 1 },
            })
        };
        let expected = json!({
            "a": "open http://localhost:PORT1/shop and [::1]:PORT2 with ***",
            "b": ["picture 40x30", { "data": "picture 7x5" }],
            "elements": [{ "name": "Buy" }],
            "schema": { "x": { "type": "integer" }, "y": 1 },
        });
        assert_eq!(canonical(&request(8000, 0, 1.0)).to_string(), expected.to_string());
        assert_eq!(canonical(&request(41873, 9, 2.5)), expected);
        assert_ne!(canonical(&json!(png(40, 30, 0))), canonical(&json!(png(40, 31, 0))));
    }

    #[test]
    fn answers_go_from_port_to_port() {
        let key = SecretString::from("sk-word");
        let recorded = Canonical::of(&json!({ "a": "http://127.0.0.1:8000/ and localhost:9" }), None);
        let answer = json!({ "arguments": "{\"url\": \"http://localhost:9/x\", \"other\": \"127.0.0.1:77\"}", "key": "sk-word" });
        let kept = recorded.put_away(&answer, Some(&key));
        assert_eq!(kept["arguments"], "{\"url\": \"http://localhost:PORT2/x\", \"other\": \"127.0.0.1:77\"}");
        assert_eq!(kept["key"], "***");
        let now = Canonical::of(&json!({ "a": "http://127.0.0.1:500/ and localhost:600" }), None);
        assert_eq!(now.digest(), recorded.digest());
        assert_eq!(now.take_out(&kept)["arguments"], "{\"url\": \"http://localhost:600/x\", \"other\": \"127.0.0.1:77\"}");
    }
}
