//! Requests to an endpoint over HTTP.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use lightcone::sse::Decoder;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::OnceCell;
use url::Url;

use super::{Failure, LARGEST_ANSWER, Transport, without_key};
use crate::model::adapter::{Gather, Wire};

/// How long a connection may take to come about.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// Of an error page so many characters are told.
const LONGEST_MESSAGE: usize = 600;

/// One endpoint.
pub(crate) struct Http {
    client: reqwest::Client,
    url: Url,
    headers: HeaderMap,
    key: Option<SecretString>,
    timeout: Duration,
    /// Where the endpoint tells what it serves, and the first of it.
    models: Url,
    served: OnceCell<String>,
}

impl Http {
    /// The endpoint of an API below `base`, such as `http://localhost:8000/v1`. `timeout` is
    /// how long it may be silent.
    ///
    /// # Errors
    /// When the key cannot be sent in a header, or the client cannot be made.
    pub(crate) fn new(base: &Url, wire: Wire, key: Option<&SecretString>, timeout: Duration) -> Result<Arc<Self>, String> {
        let mut headers = HeaderMap::new();
        for (name, value) in wire.headers {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        if let Some(key) = key {
            let (name, value) = match wire.key_header {
                Some(name) => (HeaderName::from_static(name), key.expose_secret().to_owned()),
                None => (http::header::AUTHORIZATION, format!("Bearer {}", key.expose_secret())),
            };
            let mut value = HeaderValue::try_from(value).map_err(|_| "the key has characters that no header can hold".to_owned())?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Fails only when another thread was faster, which is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let client =
            reqwest::Client::builder().connect_timeout(CONNECT_LIMIT).read_timeout(timeout).redirect(reqwest::redirect::Policy::none());
        let client = client.build().map_err(|error| error.to_string())?;
        let (url, models) = (at(base, wire.path), at(base, "/models"));
        Ok(Arc::new(Self { client, url, headers, key: key.cloned(), timeout, models, served: OnceCell::new() }))
    }

    async fn send(&self, body: &Value) -> Result<reqwest::Response, Failure> {
        let post = self.client.post(self.url.clone());
        // A request names no model where the person named none: the endpoint has one.
        if body.get("model").is_some_and(Value::is_null) {
            let mut body = body.clone();
            if let Some(model) = body.get_mut("model") {
                *model = Value::from(self.served.get_or_try_init(|| self.ask_for_model()).await?.as_str());
            }
            return self.answered(post.json(&body)).await;
        }
        self.answered(post.json(body)).await
    }

    async fn ask_for_model(&self) -> Result<String, Failure> {
        let answer = self.answered(self.client.get(self.models.clone())).await?.bytes().await.map_err(|error| self.failure(&error))?;
        let list: Value = serde_json::from_slice(&answer).unwrap_or_default();
        let first = list.pointer("/data/0/id").and_then(Value::as_str).map(str::to_owned);
        first.ok_or_else(|| Failure::Final(format!("{} does not say which models it serves: name one", public(&self.models))))
    }

    async fn answered(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, Failure> {
        let sent = request.headers(self.headers.clone()).send().await;
        let response = sent.map_err(|error| self.failure(&error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let (status, retry_after) = (response.status().as_u16(), retry_after(response.headers()));
        let text = response.text().await.unwrap_or_default();
        Err(Failure::Status { endpoint: self.name(), status, message: self.without_key(&said(&text)), retry_after })
    }

    /// The endpoint, for people.
    fn name(&self) -> String {
        public(&self.url)
    }

    fn without_key(&self, text: &str) -> String {
        without_key(text, self.key.as_ref())
    }

    fn failure(&self, error: &reqwest::Error) -> Failure {
        let why = if error.is_timeout() { format!("nothing came for {:?}", self.timeout) } else { innermost(error) };
        Failure::Unreachable(self.without_key(&format!("{} gave no answer: {why}", self.name())))
    }

    fn unreadable(&self, why: &str) -> Failure {
        Failure::Unreadable(self.without_key(&format!("{} gave no answer that can be read: {why}", self.name())))
    }

    async fn gather(
        &self,
        mut response: reqwest::Response,
        mut gather: Box<dyn Gather>,
        tell: &(dyn Fn(String) + Sync),
    ) -> Result<Value, Failure> {
        let mut decoder = Decoder::new(LARGEST_ANSWER);
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(&error))? {
            decoder.feed(chunk).map_err(|error| self.unreadable(&error.to_string()))?;
            while let Some(frame) = decoder.ready().pop_front() {
                let data = frame.data.trim();
                if data.is_empty() || data == "[DONE]" {
                    continue;
                }
                let event = serde_json::from_str(data).map_err(|error| self.unreadable(&format!("an event is no JSON: {error}")))?;
                if let Some(text) = gather.push(&event).map_err(|why| self.unreadable(&why))? {
                    tell(text);
                }
            }
        }
        gather.finish().map_err(|why| self.unreadable(&why))
    }
}

#[async_trait]
impl Transport for Arc<Http> {
    async fn exchange(&mut self, body: &Value, gather: Option<Box<dyn Gather>>, tell: &(dyn Fn(String) + Sync)) -> Result<Value, Failure> {
        let mut response = self.send(body).await?;
        let streams =
            response.headers().get(http::header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        if let Some(gather) = gather.filter(|_| streams) {
            return self.gather(response, gather, tell).await;
        }
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(&error))? {
            answer.extend_from_slice(&chunk);
            if answer.len() > LARGEST_ANSWER {
                return Err(self.unreadable("it is over 16 MiB"));
            }
        }
        serde_json::from_slice(&answer).map_err(|error| self.unreadable(&format!("it is no JSON: {error}")))
    }
}

/// Where a path lies below a base. A base without a path of its own means `/v1`, where all
/// of these APIs lie.
fn at(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let below = match base.path().trim_end_matches('/') {
        "" => "/v1".to_owned(),
        below => below.trim_end_matches(path).to_owned(),
    };
    url.set_path(&format!("{below}{path}"));
    url
}

/// An address without what is secret in it.
pub(crate) fn public(url: &Url) -> String {
    let mut url = url.clone();
    // Fails only for addresses that have neither.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.to_string()
}

/// The seconds or the date of `Retry-After` (RFC 9110, section 10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(std::time::SystemTime::now()).ok(),
    }
}

/// What an error says: the message and code that these APIs put into JSON, else its text.
fn said(text: &str) -> String {
    let json: Value = serde_json::from_str(text).unwrap_or_default();
    let error = json.get("error").unwrap_or(&json);
    let member = |name| error.get(name).and_then(Value::as_str);
    let message = member("message").or(member("detail")).or(error.as_str());
    let told = match (message, member("code").or(member("type"))) {
        (Some(message), Some(code)) => format!("{message} ({code})"),
        (Some(message), None) => message.to_owned(),
        (None, _) if text.trim().is_empty() => "without a word".to_owned(),
        (None, _) => text.trim().to_owned(),
    };
    told.chars().take(LONGEST_MESSAGE).collect()
}

fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_lies_below_its_base() {
        for (base, expected) in [
            ("http://a.test", "http://a.test/v1/messages"),
            ("http://a.test/v1/", "http://a.test/v1/messages"),
            ("http://a.test/x/v2", "http://a.test/x/v2/messages"),
            ("http://a.test/v1/messages", "http://a.test/v1/messages"),
        ] {
            assert_eq!(at(&base.parse().unwrap(), "/messages").as_str(), expected);
        }
    }

    #[test]
    fn what_an_error_says_is_found() {
        for (text, expected) in [
            (r#"{"error": {"message": "too long", "code": "context_length_exceeded"}}"#, "too long (context_length_exceeded)"),
            (r#"{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}"#, "Overloaded (overloaded_error)"),
            (r#"{"detail": "Not Found"}"#, "Not Found"),
            (r#"{"error": "no such model"}"#, "no such model"),
            ("<h1>502</h1>", "<h1>502</h1>"),
            (" ", "without a word"),
        ] {
            assert_eq!(said(text), expected);
        }
    }

    #[test]
    fn an_address_is_told_without_its_secrets() {
        assert_eq!(public(&"https://me:word@a.test/v1?key=s".parse().unwrap()), "https://a.test/v1");
    }
}
