//! Parts of the inside that fuzz targets reach for; in no other build.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method};
use url::Url;

use crate::{
    client::Client,
    error::Error,
    http::retry::{self, Outcome},
    operation::{self, Operation},
    tasks::WaitParams,
};

/// How long the operation's request waits before the attempt after this one, if there is to
/// be one, when the server refused with this status and these headers.
pub fn wait_after_refusal(
    operation: &Operation,
    attempt: u32,
    status: u16,
    headers: &HeaderMap,
    now: SystemTime,
    spread: f64,
) -> Option<Duration> {
    let outcome = Outcome::Answered(status, headers);
    retry::again(outcome, operation.method, operation.repeat).then(|| retry::wait(attempt, outcome, now, spread))
}

/// What a call through the bindings' door would send.
pub struct Sent {
    /// The HTTP method.
    pub method: Method,
    /// The whole address.
    pub url: Url,
    /// The headers, but those that each attempt adds.
    pub headers: HeaderMap,
    /// The body; empty where there is none.
    pub body: Bytes,
}

/// Does all that [`Client::call_json`] and [`Client::open_json`] do before they send.
///
/// # Errors
/// As theirs.
pub fn request(client: &Client, operation: &str, settings: &[u8], params: Option<Bytes>) -> Result<Sent, Error> {
    if operation == operation::WAIT.name {
        WaitParams::from_json(params.as_deref().unwrap_or(b"{}"))?;
    }
    let (request, _) = client.request_from_json(operation, settings, params)?;
    Ok(Sent { method: request.method, url: request.url, headers: request.headers, body: request.body })
}
