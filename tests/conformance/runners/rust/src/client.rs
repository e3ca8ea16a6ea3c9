//! From a case's words to the client's types.

use std::time::Duration;

use lightcone::{
    CallOptions, Client, ConnectionLimits, ERRORS, Error, MaxConnections, Pem, Timeouts,
    http::{Answer, Head},
};
use serde_json::{Map, Value, json};

/// A client with a case's settings.
pub(crate) fn client(settings: &Value) -> Result<Client, Error> {
    let number = |name: &str| settings[name].as_f64().unwrap_or(1.0);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let file = |value: &Value| Pem::Path(text(value).into());
    // What the environment says is nobody's matter here.
    let mut builder = Client::builder().api_key(text(&settings["api_key"])).base_url(text(&settings["base_url"]));
    for (name, value) in settings.as_object().into_iter().flatten() {
        builder = match name.as_str() {
            "max_retries" => builder.max_retries(u32::try_from(value.as_u64().unwrap_or_default()).unwrap_or(u32::MAX)),
            "timeout" => builder.timeouts(timeouts(value)),
            "event_timeout" => builder.event_timeout(duration(value)),
            "headers" => members(value).fold(builder, |builder, (name, value)| builder.header(name, text(value))),
            "query" => members(value).fold(builder, |builder, (name, value)| builder.query(name, value.clone())),
            "proxy" => builder.proxy(text(value)),
            "ca_bundle" => builder.ca_bundle(file(value)),
            "client_certificate" => builder.client_certificate(file(&value["cert"]), Some(file(&value["key"]))),
            "limits" => builder.limits(ConnectionLimits {
                max_connections: value["max_connections"]
                    .as_u64()
                    .and_then(|most| most.try_into().ok())
                    .map_or(MaxConnections::Unlimited, MaxConnections::All),
                ..ConnectionLimits::default()
            }),
            _ => builder,
        };
    }
    builder.time_scale(number("backoff"), number("clock")).build()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Seconds; null is without limit.
fn duration(seconds: &Value) -> Option<Duration> {
    seconds.as_f64().map(Duration::from_secs_f64)
}

/// One limit for all, or some by name.
fn timeouts(limit: &Value) -> Timeouts {
    let Some(limits) = limit.as_object() else {
        let limit = duration(limit);
        return Timeouts { connect: limit, read: limit, write: limit, pool: limit };
    };
    let mut timeouts = Timeouts::default();
    let Timeouts { connect, read, write, pool } = &mut timeouts;
    for (name, limit) in [("connect", connect), ("read", read), ("write", write), ("pool", pool)] {
        if let Some(seconds) = limits.get(name) {
            *limit = duration(seconds);
        }
    }
    timeouts
}

/// What a call does in another way than its client.
pub(crate) fn options(given: &Value) -> CallOptions {
    let mut options = CallOptions::new();
    for (name, value) in members(&given["headers"]) {
        options = match value.as_str() {
            Some(text) => options.header(name, text),
            None => options.without_header(name),
        };
    }
    for (name, value) in members(&given["query"]) {
        options = options.query(name, value.clone());
    }
    if let Some(limit) = given.get("timeout") {
        options = options.timeouts(timeouts(limit));
    }
    if let Some(limit) = given.get("event_timeout") {
        options = options.event_timeout(duration(limit));
    }
    if let Some(times) = given["max_retries"].as_u64() {
        options = options.max_retries(u32::try_from(times).unwrap_or(u32::MAX));
    }
    options
}

/// What a body says.
pub(crate) fn json_or_text(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into())
}

/// An answer as it came; each byte of its body is the character of that number.
pub(crate) fn raw(answer: &Answer) -> Value {
    let Head { status, headers, url, http_version, elapsed, retries, .. } = &answer.head;
    let values =
        |name| headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect::<Vec<_>>();
    let headers: Map<String, Value> = headers.keys().map(|name| (name.to_string(), values(name).into())).collect();
    let body: String = answer.body.iter().copied().map(char::from).collect();
    let elapsed = elapsed.as_secs_f64();
    json!({"raw": {
        "status": status, "headers": headers, "url": url, "http_version": http_version, "elapsed": elapsed, "retries": retries, "body": body,
    }})
}

/// An error by the names of the contract.
pub(crate) fn error(error: &Error) -> Value {
    let record = error.record();
    let mut classes = Vec::new();
    let mut next = ERRORS.iter().find(|row| row.kind == error.kind()).map(|row| row.class);
    while let Some(class) = next {
        classes.push(class);
        // The classes that no kind has of its own are above those that have one.
        next = match class {
            "LightconeError" => None,
            "APIError" => Some("LightconeError"),
            _ => ERRORS.iter().find(|row| row.class == class).map(|row| row.parent),
        };
    }
    let body = record.response.as_ref().map(|response| json_or_text(response.body.as_bytes()));
    json!({"error": {
        "classes": classes,
        "message": record.message,
        "status": error.status(),
        "body": body,
        "attempts": record.attempts,
        "task_id": record.task_id,
        "last_event_id": record.last_event_id,
    }})
}
