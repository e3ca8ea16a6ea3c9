//! Answers the browser's requests from an offline web.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use url::Url;

use super::cdp::Connection;
use crate::web::{Answer, Web};

/// Answers a `Fetch.requestPaused`, without blocking, from a file; a request for
/// another host goes on to where the resolver's rules refuse it.
pub(super) fn answer(connection: &Arc<Connection>, web: Option<Web>, session: Option<&str>, paused: Value) {
    let (connection, session) = (connection.clone(), session.map(str::to_owned));
    tokio::task::spawn_blocking(move || {
        let id = paused.get("requestId").cloned().unwrap_or_default();
        let url = paused.pointer("/request/url").and_then(Value::as_str).and_then(|url| Url::parse(url).ok());
        let (method, params) = match url.and_then(|url| web?.answer(&url)) {
            None => ("Fetch.continueRequest", json!({ "requestId": id })),
            Some(Answer { status, content_type, body }) => (
                "Fetch.fulfillRequest",
                json!({
                    "requestId": id,
                    "responseCode": status,
                    "responseHeaders": [{ "name": "content-type", "value": content_type }],
                    "body": BASE64.encode(body),
                }),
            ),
        };
        connection.send(session.as_deref(), method, params);
    });
}
