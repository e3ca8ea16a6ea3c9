//! What every fake demands of requests.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{ImageFormat, ImageReader};
use lightcone_server::computer::Viewport;
use serde_json::{Map, Value};

/// The members, of which all in `needed` are there and none beside `needed` and `other`.
pub(super) fn members<'a>(value: &'a Value, what: &str, needed: &[&str], other: &[&str]) -> Result<&'a Map<String, Value>, String> {
    let found = value.as_object().ok_or_else(|| format!("{what} is no object: {value}"))?;
    if let Some(unknown) = found.keys().find(|name| !needed.contains(&name.as_str()) && !other.contains(&name.as_str())) {
        return Err(format!("unknown parameter: {what}.{unknown}"));
    }
    match needed.iter().find(|name| !found.contains_key(**name)) {
        Some(missing) => Err(format!("missing parameter: {what}.{missing}")),
        None => Ok(found),
    }
}

pub(super) fn text<'a>(value: &'a Value, what: &str) -> Result<&'a str, String> {
    value.as_str().filter(|text| !text.is_empty()).ok_or_else(|| format!("{what} is no text, or an empty one: {value}"))
}

pub(super) fn list<'a>(value: &'a Value, what: &str) -> Result<&'a [Value], String> {
    let list = value.as_array().filter(|list| !list.is_empty());
    list.map(Vec::as_slice).ok_or_else(|| format!("{what} is no list, or an empty one: {value}"))
}

pub(super) fn demand(is_right: bool, wrong: impl FnOnce() -> String) -> Result<(), String> {
    if is_right { Ok(()) } else { Err(wrong()) }
}

/// The size of a PNG file in base64, which has to have the shape of the screen.
pub(super) fn screenshot(base64: &str, screen: Viewport) -> Result<Viewport, String> {
    let png = STANDARD.decode(base64).map_err(|error| error.to_string())?;
    let image = ImageReader::with_format(Cursor::new(png), ImageFormat::Png).decode().map_err(|error| error.to_string())?;
    let (width, height) = (image.width(), image.height());
    let shape = |width: u32, height: u32| f64::from(width) / f64::from(height);
    // Some take whole patches only, which bends a small screen a little.
    let is_same = (shape(width, height) / shape(screen.width, screen.height) - 1.0).abs() < 0.05;
    demand(is_same, || format!("{width} x {height} is no picture of a screen of {screen:?}"))?;
    Ok(Viewport { width, height })
}

/// A schema of the arguments of a function: an object that names what it needs.
pub(super) fn schema(schema: &Value) -> Result<(), String> {
    let schema = members(schema, "schema", &["type", "properties"], &["required", "additionalProperties", "description"])?;
    demand(schema["type"] == "object", || "the schema is none of an object".to_owned())?;
    let properties = schema["properties"].as_object().ok_or("the properties of a schema are no object")?;
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    let mut unknown = required.filter(|name| name.as_str().is_none_or(|name| !properties.contains_key(name)));
    unknown.next().map_or(Ok(()), |name| Err(format!("required is {name}, which is no property")))?;
    let has_type = |property: &Value| property.get("type").is_some_and(Value::is_string);
    demand(properties.values().all(has_type), || "a property has no type".to_owned())
}
