//! Whatever comes through the bindings' door, there is an error or a request of which the
//! server is the client's own, and no panic. Nothing is sent.
//!
//! The lines of an input: an operation's name, a client's settings, a call's settings, and
//! the parameters, of which an absent line means none.
#![no_main]

use std::{collections::HashMap, sync::LazyLock};

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use lightcone::{
    Client, Error, fuzzing,
    operation::{COMPOSITES, OPERATIONS, Repeat},
};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use url::Url;

/// In no input, so that where it is seen, it has come from the client.
const KEY: &str = "sk_of_the_client";
const BASE: &str = "http://127.0.0.1:9/pre";

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let settings = format!(r#"{{"api_key":"{KEY}","base_url":"{BASE}"}}"#);
    Client::from_json(settings.as_bytes()).expect("the settings are right")
});

fuzz_target!(|input: &[u8]| {
    if contains(input, KEY.as_bytes()) {
        return;
    }
    let mut lines = input.split(|byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (name, settings, call) = (String::from_utf8_lossy(line()), line(), line());
    let params = lines.next().map(Bytes::copy_from_slice);
    for made in [client(settings), CLIENT.sharing_json(settings)] {
        if let Err(error) = made {
            check_error(&error, &key_of(settings));
        }
    }
    match fuzzing::request(&CLIENT, &name, call, params) {
        Ok(sent) => check_request(&name, call, &sent),
        Err(error) => check_error(&error, KEY),
    }
});

/// A client, unless its settings lead to files: those of this machine are not to be read.
fn client(settings: &[u8]) -> Result<Client, Error> {
    if contains(settings, b"path") || settings.contains(&b'\\') { Ok(CLIENT.clone()) } else { Client::from_json(settings) }
}

/// The key in the settings, if it stands nowhere else in them, nor by chance in an error.
fn key_of(settings: &[u8]) -> String {
    let parsed: Value = serde_json::from_slice(settings).unwrap_or_default();
    let key = parsed["api_key"].as_str().filter(|key| key.len() >= 12 && parsed.to_string().matches(key).count() == 1);
    key.unwrap_or(KEY).to_owned()
}

fn check_error(error: &Error, key: &str) {
    let record: Value = serde_json::from_slice(&error.to_json()).expect("an error crosses as JSON");
    assert!(record["kind"].is_string() && record["message"].as_str().is_some_and(|text| !text.is_empty()), "{record}");
    assert!(!record.to_string().contains(key), "the key is in {record}");
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// What is looked at of a call's settings; the rest is nobody's business here.
#[derive(Deserialize)]
struct Call {
    id: Option<String>,
}

fn check_request(name: &str, call: &[u8], sent: &fuzzing::Sent) {
    let base = Url::parse(BASE).expect("an address");
    assert_eq!(sent.url.origin(), base.origin());
    let Some(operation) = OPERATIONS.iter().chain(COMPOSITES).find(|operation| operation.name == name) else {
        assert_eq!(name, "request");
        return;
    };
    assert_eq!(sent.method, operation.method);
    let call: Call = serde_json::from_slice(call).expect("the call was taken");
    // The id is one segment of the path, whatever is in it.
    let segments = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
    let (expected, path) = (segments(&format!("/pre{}", operation.path)), segments(sent.url.path()));
    assert_eq!(path.len(), expected.len(), "{}", sent.url);
    for (expected, segment) in expected.iter().zip(&path) {
        let segment = percent_encoding::percent_decode_str(segment).decode_utf8().expect("an id is text");
        let expected = if expected == "{id}" { call.id.as_deref().expect("the call was taken") } else { expected };
        assert_eq!(segment, expected);
    }
    if operation.repeat == Repeat::Keyed {
        let body: HashMap<String, &RawValue> = serde_json::from_slice(&sent.body).expect("a start has a body");
        assert!(body.get("idempotency_key").is_some_and(|key| key.get() != "null"), "{body:?}");
    }
}
