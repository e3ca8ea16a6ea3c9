//! From a case's words to the client's types.

use std::{sync::OnceLock, time::Duration};

use lightcone::{CallOptions, Client, ERRORS, Error, Timeouts};
use serde_json::{Value, json};

/// Settings of a client that can have no connections but its own.
const OF_CONNECTIONS: [&str; 4] = ["proxy", "ca_bundle", "client_certificate", "limits"];

/// A client with a case's settings: they are those of the bindings' door, which has what the
/// builder does not have, the scale of time.
pub(crate) fn client(settings: &Value) -> Result<Client, Error> {
    let mut settings = settings.clone();
    settings["scale"] = json!({"backoff": settings["backoff"], "clock": settings["clock"]});
    if let Some(limit) = settings.get("timeout").filter(|limit| !limit.is_object()).cloned() {
        settings["timeout"] = json!({"connect": limit, "read": limit, "pool": limit});
    }
    if let Some(members) = settings.as_object_mut() {
        members.retain(|name, value| name == "timeout" || !value.is_null());
    }
    let text = settings.to_string();
    match shared() {
        Ok(shared) if !OF_CONNECTIONS.iter().any(|name| settings.get(name).is_some()) => shared.sharing_json(text.as_bytes()),
        _ => Client::from_json(text.as_bytes()),
    }
}

/// A client whose connections the others share: one with its own reads the machine's
/// certificates first, which takes longer than most cases.
fn shared() -> &'static Result<Client, Error> {
    static SHARED: OnceLock<Result<Client, Error>> = OnceLock::new();
    SHARED.get_or_init(|| Client::from_json(br#"{"api_key": "sk_test", "base_url": "http://127.0.0.1"}"#))
}

/// What a call does in another way than its client.
pub(crate) fn options(given: &Value) -> CallOptions {
    let mut options = CallOptions::new();
    for (name, value) in given["headers"].as_object().into_iter().flatten() {
        options = match value.as_str() {
            Some(text) => options.header(name, text),
            None => options.without_header(name),
        };
    }
    for (name, value) in given["query"].as_object().into_iter().flatten() {
        options = options.query(name, value.clone());
    }
    let duration = |seconds: &Value| seconds.as_f64().map(Duration::from_secs_f64);
    match &given["timeout"] {
        Value::Number(_) => {
            options = options.timeouts(Timeouts {
                connect: duration(&given["timeout"]),
                read: duration(&given["timeout"]),
                pool: duration(&given["timeout"]),
            })
        }
        Value::Object(_) => {
            let mut limits = Timeouts::default();
            for (name, limit) in [("connect", &mut limits.connect), ("read", &mut limits.read), ("pool", &mut limits.pool)] {
                if let Some(seconds) = given["timeout"].get(name) {
                    *limit = duration(seconds);
                }
            }
            options = options.timeouts(limits);
        }
        _ if given.get("timeout").is_some() => options = options.timeouts(Timeouts { connect: None, read: None, pool: None }),
        _ => {}
    }
    if let Some(limit) = given.get("event_timeout") {
        options = options.event_timeout(duration(limit));
    }
    if let Some(times) = given["max_retries"].as_u64() {
        options = options.max_retries(u32::try_from(times).unwrap_or(u32::MAX));
    }
    options
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
    let body = record.response.as_ref().map(|response| match serde_json::from_str(&response.body) {
        Ok(json) => json,
        Err(_) => Value::from(response.body.as_str()),
    });
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
