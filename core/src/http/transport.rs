//! Sends requests over reqwest, again where that is allowed, and reads answers.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use serde::Serialize;
use url::Url;

use super::{
    body::{Body, Broken},
    connect::{Connecting, PerAttempt},
    headers,
    network::{Network, Route},
    places::Places,
    purpose::Purpose,
    redirect::Hop,
    retry::{self, Outcome},
    send::{Sending, never_looked_at},
};
use crate::{
    config::Timeouts,
    error::{Error, ErrorKind, RequestInfo, ResponseInfo},
    observe,
    operation::Repeat,
    scale::Factor,
};

/// A request, ready to be sent any number of times.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    /// The caller set or removed the retry count: it stays as it is.
    pub(crate) own_retry_count: bool,
    pub(crate) body: Bytes,
    pub(crate) timeouts: Timeouts,
    pub(crate) event_timeout: Option<Duration>,
    pub(crate) max_retries: u32,
    /// Of the waits before another attempt.
    pub(crate) backoff: Factor,
    pub(crate) repeat: Repeat,
    /// `None` for a request of the caller's own making.
    pub(crate) purpose: Option<Purpose>,
}

impl Request {
    fn sent(&self) -> Box<Sent> {
        Box::new(Sent { method: self.method.clone(), url: self.url.clone(), headers: self.headers.clone() })
    }

    /// The operation's name, for people.
    pub(crate) fn operation(&self) -> &'static str {
        self.purpose.as_ref().map_or("request", |purpose| purpose.operation.name)
    }

    /// The error of a body that broke off.
    pub(crate) fn broken(&self, why: Broken, retries: u32) -> Error {
        why.into_failure(self, retries, true).into_error()
    }

    fn error(&self, kind: ErrorKind, message: impl Into<String>, attempts: u32) -> Error {
        let mut error = Error::new(kind, message);
        error.record_mut().request = Some(self.sent().info());
        error.record_mut().attempts = attempts;
        error
    }
}

/// What of a request there is to tell, until somebody asks: that takes longer than to keep it.
#[derive(Clone, Debug)]
struct Sent {
    method: Method,
    url: Url,
    headers: HeaderMap,
}

impl Sent {
    fn info(&self) -> RequestInfo {
        RequestInfo { method: self.method.to_string(), url: self.url.to_string(), headers: headers::pairs(&self.headers, true) }
    }
}

/// What an answer begins with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Head {
    /// The HTTP status.
    pub status: u16,
    /// The headers, repeats included.
    pub headers: HeaderMap,
    /// The address that answered, after redirects.
    pub url: String,
    /// `HTTP/1.1`, `HTTP/2`.
    pub http_version: &'static str,
    /// From the sending of the attempt that was answered until its answer was read:
    /// the whole of it, or of a stream its head.
    pub elapsed: Duration,
    /// How often the request was sent again.
    pub retries: u32,
    request: Box<Sent>,
}

impl Head {
    /// The request.
    pub fn request(&self) -> RequestInfo {
        self.request.info()
    }

    /// As JSON, as a binding reads it; `elapsed` in seconds.
    pub fn to_json(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Record<'a> {
            status: u16,
            headers: Vec<(String, String)>,
            url: &'a str,
            http_version: &'a str,
            elapsed: f64,
            retries: u32,
            method: &'a str,
            request_url: &'a str,
            request_headers: &'a [(String, String)],
        }
        let request = self.request();
        let record = Record {
            status: self.status,
            headers: headers::pairs(&self.headers, false),
            url: &self.url,
            http_version: self.http_version,
            elapsed: self.elapsed.as_secs_f64(),
            retries: self.retries,
            method: &request.method,
            request_url: &request.url,
            request_headers: &request.headers,
        };
        // Strings and numbers always serialize.
        serde_json::to_vec(&record).unwrap_or_default()
    }

    /// An error about this answer.
    pub(crate) fn error(&self, kind: ErrorKind, message: impl Into<String>, body: &[u8]) -> Error {
        let mut error = Error::new(kind, message);
        let record = error.record_mut();
        record.request = Some(self.request());
        record.attempts = self.retries.saturating_add(1);
        record.response = Some(ResponseInfo {
            status: self.status,
            headers: headers::pairs(&self.headers, false),
            body: String::from_utf8_lossy(body).into_owned(),
        });
        error
    }
}

/// A whole answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// What it began with.
    pub head: Head,
    /// Its body, decompressed.
    pub body: Bytes,
}

/// The HTTP client behind one or more [`crate::Client`]s; made at the first call.
pub(crate) struct Transport {
    places: Arc<Places>,
    network: Network,
    route: Route,
    /// It holds the connections.
    client: Mutex<Option<Result<reqwest::Client, Error>>>,
}

impl Transport {
    /// # Errors
    /// `config` for certificates that cannot be used.
    pub(crate) fn new(network: Network, base_url: &Url) -> Result<Self, Error> {
        let route = network.route(base_url);
        let transport = Self { places: Places::new(network.limits), network, route, client: Mutex::default() };
        if transport.network.has_certificates() {
            // Whether a key belongs to its certificate, for one, shows only then.
            transport.client()?;
        }
        Ok(transport)
    }

    /// The transport to this address with the same settings, unless this one goes there as well.
    pub(crate) fn for_other(&self, base_url: &Url) -> Result<Option<Self>, Error> {
        let goes_there = self.network.route(base_url) == self.route;
        if goes_there { Ok(None) } else { Self::new(self.network.clone(), base_url).map(Some) }
    }

    /// Closes the connections that are not in use.
    pub(crate) fn close(&self) {
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn client(&self) -> Result<reqwest::Client, Error> {
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        let made = client.get_or_insert_with(|| {
            if rustls::crypto::CryptoProvider::get_default().is_none() {
                // Fails only when another thread was faster, which is as good.
                let _ = rustls::crypto::ring::default_provider().install_default();
            }
            self.network.client(self.route, || {
                // What these two do needs a body that can be had again, and ours tells how it goes out.
                let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).retry(reqwest::retry::never());
                builder.tcp_nodelay(true).connector_layer(PerAttempt)
            })
        });
        made.clone()
    }

    /// Sends until the head of a success has come, and leaves the body unread.
    pub(crate) async fn open(&self, request: &Request) -> Result<(Head, Body), Error> {
        let sending = async {
            let mut attempt = 0;
            loop {
                match self.attempt(request, attempt, Instant::now()).await {
                    Ok(opened) => return Ok(opened),
                    Err(failure) => self.pause_before_next(request, attempt, failure).await?,
                }
                attempt += 1;
            }
        };
        // In a box, for it is large and is handed on from future to future.
        Box::pin(observe::request(request, sending, |(head, _)| (head, None))).await
    }

    /// Sends until a whole answer has come.
    pub(crate) async fn call(&self, request: &Request) -> Result<Answer, Error> {
        let sending = async {
            let mut attempt = 0;
            loop {
                match self.whole(request, attempt).await {
                    Ok(answer) => return Ok(answer),
                    Err(failure) => self.pause_before_next(request, attempt, failure).await?,
                }
                attempt += 1;
            }
        };
        Box::pin(observe::request(request, sending, |answer| (&answer.head, Some(answer.body.len())))).await
    }

    /// Waits as long as the next attempt should; the error if there is to be none.
    async fn pause_before_next(&self, request: &Request, attempt: u32, failure: Failure) -> Result<(), Error> {
        let again = |outcome: &Outcome<'_>| attempt < request.max_retries && retry::again(*outcome, &request.method, request.repeat);
        let wait = failure.outcome().filter(again).map(|outcome| retry::wait(attempt, outcome, SystemTime::now(), fastrand::f64()));
        match wait {
            Some(wait) => {
                let wait = request.backoff.of(wait);
                observe::retrying(attempt, wait, failure.error());
                tokio::time::sleep(wait).await;
                Ok(())
            }
            None => Err(match &request.purpose {
                Some(purpose) => purpose.explain(failure.into_error(), self).await,
                None => failure.into_error(),
            }),
        }
    }

    /// One attempt, up to the end of the body of a success.
    async fn whole(&self, request: &Request, attempt: u32) -> Result<Answer, Failure> {
        let started = Instant::now();
        let (mut head, body) = self.attempt(request, attempt, started).await?;
        let body = body.read(request.timeouts.read).await.map_err(|why| why.into_failure(request, attempt, true))?;
        head.elapsed = started.elapsed();
        Ok(Answer { head, body })
    }

    /// One attempt, up to the head of a success.
    pub(crate) async fn attempt(&self, request: &Request, attempt: u32, started: Instant) -> Result<(Head, Body), Failure> {
        let client = self.client().map_err(|error| Failure { cause: Cause::NeverAgain, error })?;
        let mut headers = request.headers.clone();
        if !request.own_retry_count {
            headers.insert("x-stainless-retry-count", HeaderValue::from(attempt));
        }
        if request.body.is_empty() && matches!(request.method, Method::POST | Method::PUT | Method::PATCH) {
            // Where a body could be, it is said that there is none (contract, section 1; RFC 9110, section 8.6).
            headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from(0));
        }
        observe::sending(request, attempt, &headers);
        let failed = |why: Broken| why.into_failure(request, attempt, false);
        let mut place = self.places.take(request.timeouts.pool).await.map_err(failed)?;
        let connecting = Connecting::new(request.timeouts.connect, Arc::clone(&self.places));
        let sending = Sending { client: &client, connecting: &connecting, timeouts: &request.timeouts };
        let (method, url, body) = (request.method.clone(), request.url.clone(), request.body.clone());
        let mut response = sending.along_redirects(Hop { method, url, headers, body, redirects: 0 }).await.map_err(failed)?;
        let is_success = response.status().is_success();
        let mut headers = std::mem::take(response.headers_mut());
        if is_success && headers::are_of_events(&headers) {
            place.is_of_stream();
            headers = headers::apart(headers);
        }
        let head = Head {
            status: response.status().as_u16(),
            headers,
            url: response.url().to_string(),
            http_version: match response.version() {
                http::Version::HTTP_2 => "HTTP/2",
                http::Version::HTTP_10 => "HTTP/1.0",
                _ => "HTTP/1.1",
            },
            elapsed: started.elapsed(),
            retries: attempt,
            request: request.sent(),
        };
        observe::head_came(request, &head);
        let body = Body::new(response, &head.headers, place);
        if is_success {
            return Ok((head, body));
        }
        // A body that breaks off does not hide what the status says.
        let body = body.read(request.timeouts.read).await.unwrap_or_default();
        let error = head.error(ErrorKind::of_status(head.status), refusal(&head, &body), &body);
        Err(Failure { cause: Cause::Answered(head.status, Box::new(head.headers)), error })
    }
}

/// Why one attempt did not do, and the error if it was the last.
pub(crate) struct Failure {
    cause: Cause,
    error: Error,
}

impl Failure {
    /// What came of the attempt; `None` if no other attempt could do better.
    pub(crate) fn outcome(&self) -> Option<Outcome<'_>> {
        match &self.cause {
            Cause::NeverAgain => None,
            Cause::NotSent => Some(Outcome::NotSent),
            Cause::Unknown => Some(Outcome::Unknown),
            Cause::BodyCut => Some(Outcome::BodyCut),
            Cause::Answered(status, headers) => Some(Outcome::Answered(*status, headers)),
        }
    }

    pub(crate) fn error(&self) -> &Error {
        &self.error
    }

    pub(crate) fn into_error(self) -> Error {
        self.error
    }
}

enum Cause {
    NeverAgain,
    NotSent,
    Unknown,
    BodyCut,
    Answered(u16, Box<HeaderMap>),
}

impl Broken {
    fn into_failure(self, request: &Request, attempt: u32, in_body: bool) -> Failure {
        let cause = match &self {
            Self::Redirect(_) => Cause::NeverAgain,
            Self::Error(error) if error.is_builder() => Cause::NeverAgain,
            Self::NoneFree(_) => Cause::NotSent,
            Self::Error(error) if error.is_connect() || never_looked_at(error) => Cause::NotSent,
            _ if in_body => Cause::BodyCut,
            _ => Cause::Unknown,
        };
        let (kind, word) =
            if self.is_timeout() { (ErrorKind::Timeout, "Request timed out.") } else { (ErrorKind::Connection, "Connection error.") };
        let address = match request.url.host_str() {
            Some(host) => format!("{}://{host}:{}", request.url.scheme(), request.url.port_or_known_default().unwrap_or_default()),
            None => request.url.to_string(),
        };
        let message = format!("{word} {} {address}: {}", request.method, self.text());
        Failure { cause, error: request.error(kind, message, attempt + 1) }
    }
}

/// What a refusal says: the server's own words where it has some.
fn refusal(head: &Head, body: &[u8]) -> String {
    let name = http::StatusCode::from_u16(head.status).ok().and_then(|status| status.canonical_reason()).unwrap_or("status");
    let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let words = json.as_ref().and_then(|json| ["detail", "message", "title"].iter().find_map(|member| json.get(member)?.as_str()));
    let text = String::from_utf8_lossy(body);
    let words = words.unwrap_or_else(|| text.trim());
    if words.is_empty() { format!("{} {name}", head.status) } else { format!("{} {name}: {words}", head.status) }
}
