//! Calls that may name elements by number.

use serde_json::{Map, Value, json};

use super::elements::Elements;
use crate::model::vocabulary::{self, Coordinates, Dialect, Said, Unclear};

/// Members with the number of an element; the member its place goes into; those it stands for.
const NUMBERS: [(&str, &str, [&str; 2]); 3] =
    [("element", "coordinate", ["x", "y"]), ("from_element", "from", ["from_x", "from_y"]), ("to_element", "to", ["to_x", "to_y"])];

/// Functions that do nothing without a place.
const AIMED: [&str; 2] = ["click", "hover"];

/// Reads a call. Numbers of elements become places.
pub(super) fn read(name: &str, mut members: Map<String, Value>, elements: &Elements<'_>, dialect: &Dialect) -> Result<Said, Unclear> {
    let mut is_aimed = members.get("x").is_some_and(|x| !x.is_null()) || !AIMED.contains(&name);
    for (number, place, instead_of) in NUMBERS {
        let Some(value) = members.remove(number).filter(|value| !value.is_null()) else { continue };
        let (x, y) = elements.place(self::number(&value)?)?;
        let (across, down) = in_pixels(dialect);
        for name in instead_of {
            members.remove(name);
        }
        members.insert(place.to_owned(), json!([x * across, y * down]));
        is_aimed = true;
    }
    // A model may say it in its own way, too.
    if !is_aimed && members.keys().all(|member| ["button", "count", "x", "y"].contains(&member.as_str())) {
        return Err(Unclear(format!("{name} needs the number of an `element` from the newest list")));
    }
    vocabulary::read(name, &members, dialect)
}

/// Pixels of the picture for each CSS pixel.
fn in_pixels(dialect: &Dialect) -> (f64, f64) {
    let Coordinates::Pixels(picture) = dialect.coordinates else { return (1.0, 1.0) };
    let scale = |picture: u32, screen: u32| f64::from(picture) / f64::from(screen.max(1));
    (scale(picture.width, dialect.viewport.width), scale(picture.height, dialect.viewport.height))
}

/// `12`, `"12"`, `"[12]"`.
fn number(value: &Value) -> Result<usize, Unclear> {
    let number = match value {
        Value::String(text) => text.trim().trim_matches(['[', ']', '#']).parse().ok(),
        value => value.as_u64().or_else(|| value.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as u64)),
    };
    let number = number.and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| Unclear(format!("{value} is no number of an element: right is one from the newest list, such as 12")))
}

/// A call that was written into the text.
pub(super) struct Written<'a> {
    pub(super) name: String,
    pub(super) members: Map<String, Value>,
    /// What was written before it.
    pub(super) before: &'a str,
}

/// The call in a text, as models write it whose server knows no tools:
/// `{"name": "click", "arguments": {"element": 12}}`.
pub(super) fn written(text: &str) -> Option<Written<'_>> {
    let before = text.split(['{', '<', '`']).next().unwrap_or_default().trim();
    let mut members = vocabulary::object(text).ok()?;
    if let Some(Value::Object(inner)) = members.get_mut("function") {
        members = std::mem::take(inner);
    }
    let name = ["name", "function", "action", "tool"].iter().find_map(|member| members.get(*member)?.as_str()).map(str::to_owned)?;
    let inner = ["arguments", "parameters", "args", "input"].iter().find_map(|member| members.remove(*member));
    let members = match inner {
        Some(Value::Object(inner)) => inner,
        Some(Value::String(inner)) => vocabulary::object(&inner).ok()?,
        _ => {
            for member in ["name", "function", "action", "tool"] {
                members.remove(member);
            }
            members
        }
    };
    Some(Written { name, members, before })
}
