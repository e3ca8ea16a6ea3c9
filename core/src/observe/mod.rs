//! What the client tells of its work through [`tracing`].
//!
//! | span | fields |
//! |---|---|
//! | `request` | operation, method, url; at its end status, request_id, attempts |
//! | `stream` | operation, method, url, task_id |
//!
//! Events at `info`: one for each request's outcome, each wait before another attempt, each
//! time a stream is taken up again, and a stream's end. At `debug`: each attempt and the head
//! of each answer, with headers. Bodies are never told, for a typed password may be in one;
//! what is secret in headers and addresses is taken out in `redact.rs`.
//!
//! Nothing here costs more than a look at a flag where nobody listens.

#[cfg(feature = "records")]
mod records;
mod redact;
mod stream;

use std::{
    fmt,
    time::{Duration, Instant},
};

use futures_util::future::Either;
use http::HeaderMap;
use tracing::{Dispatch, Instrument, Span, debug, dispatcher, field, info, info_span, instrument::WithSubscriber};

#[cfg(feature = "records")]
pub use records::{Level, Record, Records};
pub(crate) use redact::{Address, Headers};
pub(crate) use stream::{Reached, StreamLog};

use crate::{
    error::Error,
    http::{Head, Request},
};

/// Of what is told about requests.
const REQUEST: &str = "lightcone::request";
/// Of what is told about streams.
const STREAM: &str = "lightcone::stream";

/// Does the work with what is told in it going to this subscriber, if there is one.
pub fn told_to<F: Future>(subscriber: Option<Dispatch>, work: F) -> impl Future<Output = F::Output> {
    // An `async fn` would have room for the work three times.
    match subscriber {
        Some(subscriber) => Either::Left(work.with_subscriber(subscriber)),
        None => Either::Right(work),
    }
}

/// Whoever listens here, to listen elsewhere too.
pub(crate) fn listener() -> Option<Dispatch> {
    dispatcher::get_default(|now| (!now.is::<tracing::subscriber::NoSubscriber>()).then(|| now.clone()))
}

fn within(listener: Option<&Dispatch>, span: &Span, tell: impl FnOnce()) {
    match listener {
        Some(listener) => dispatcher::with_default(listener, || span.in_scope(tell)),
        None => span.in_scope(tell),
    }
}

/// Tells of one request, over all of its attempts; `answered` gives its answer's head, and
/// the size of the body if that has been read.
pub(crate) async fn request<T>(
    request: &Request,
    work: impl Future<Output = Result<T, Error>>,
    answered: impl FnOnce(&T) -> (&Head, Option<usize>),
) -> Result<T, Error> {
    let span = info_span!(
        target: REQUEST,
        "request",
        operation = request.operation(),
        method = %request.method,
        url = %Address(&request.url),
        status = field::Empty,
        request_id = field::Empty,
        attempts = field::Empty,
    );
    let mut outcome = Outcome { span: span.clone(), listener: None, started: Instant::now(), known: false };
    async {
        if !span.is_disabled() {
            outcome.listener = listener();
        }
        let done = work.await;
        outcome.known = true;
        match &done {
            Ok(answer) => {
                let (head, bytes) = answered(answer);
                outcome.answered(head, bytes);
            }
            Err(error) => outcome.failed(error),
        }
        done
    }
    .instrument(span.clone())
    .await
}

/// What came of a request; if nothing did, the caller had stopped it.
struct Outcome {
    span: Span,
    listener: Option<Dispatch>,
    started: Instant,
    known: bool,
}

impl Outcome {
    fn answered(&self, head: &Head, bytes: Option<usize>) {
        self.span.record("status", head.status).record("attempts", head.retries + 1);
        let request_id = request_id(&head.headers);
        if let Some(id) = request_id {
            self.span.record("request_id", id);
        }
        info!(
            target: REQUEST,
            status = head.status,
            request_id,
            retries = head.retries,
            bytes,
            elapsed = seconds(self.started.elapsed()),
            "answered"
        );
    }

    fn failed(&self, error: &Error) {
        let record = error.record();
        self.span.record("attempts", record.attempts);
        if let Some(status) = error.status() {
            self.span.record("status", status);
        }
        let request_id = id_of(error);
        if let Some(id) = request_id {
            self.span.record("request_id", id);
        }
        info!(
            target: REQUEST,
            kind = %record.kind,
            why = %Why(error),
            request_id,
            retries = record.attempts.saturating_sub(1),
            elapsed = seconds(self.started.elapsed()),
            "failed"
        );
    }
}

impl Drop for Outcome {
    fn drop(&mut self) {
        if !self.known {
            within(self.listener.as_ref(), &self.span, || {
                info!(target: REQUEST, elapsed = seconds(self.started.elapsed()), "stopped by the caller");
            });
        }
    }
}

/// Tells that a request is sent again after a wait.
pub(crate) fn retrying(attempt: u32, wait: Duration, error: &Error) {
    info!(target: REQUEST, why = %Why(error), request_id = id_of(error), attempt = attempt + 1, wait = seconds(wait), "sent again after a wait");
}

/// Tells that an attempt goes out.
pub(crate) fn sending(request: &Request, attempt: u32, headers: &HeaderMap) {
    debug!(
        target: REQUEST,
        method = %request.method,
        url = %Address(&request.url),
        attempt = attempt + 1,
        bytes = request.body.len(),
        headers = %Headers(headers),
        "sending"
    );
}

/// Tells of the head of an answer, whatever it says.
pub(crate) fn head_came(request: &Request, head: &Head) {
    debug!(
        target: REQUEST,
        method = %request.method,
        url = %Address(&request.url),
        status = head.status,
        version = head.http_version,
        attempt = head.retries + 1,
        elapsed = seconds(head.elapsed),
        headers = %Headers(&head.headers),
        "the answer begins"
    );
}

/// Why something did not do. A server's own words are not told: nobody knows what is in them.
pub(crate) struct Why<'a>(pub(crate) &'a Error);

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.status() {
            None => f.write_str(&self.0.record().message),
            Some(status) if !(200..300).contains(&status) => write!(f, "status {status}"),
            Some(_) => write!(f, "{}", self.0.kind()),
        }
    }
}

fn id_of(error: &Error) -> Option<&str> {
    let response = error.record().response.as_ref()?;
    response.headers.iter().find(|(name, _)| name == "x-request-id").map(|(_, value)| value.as_str())
}

fn request_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-request-id").and_then(|value| value.to_str().ok())
}

/// To the tenth of a millisecond.
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e4).round() / 1e4
}
