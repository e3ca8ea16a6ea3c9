//! What a client is made with and what one call may change.

use std::time::Duration;

use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::Url;

use crate::{
    error::{Error, ErrorKind},
    http::{
        Network, address,
        headers::{self, HeaderChanges},
    },
    scale::{Factor, Scale},
};

/// The hosted service.
pub const DEFAULT_BASE_URL: &str = "https://api.tzafon.ai";
/// How often a request is sent again at most, unless told otherwise.
pub const DEFAULT_MAX_RETRIES: u32 = 2;

/// How long to wait for what, at most; `None` is without limit. Nothing limits the whole of
/// a call or a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection to be made: name, address, TLS. Default: 5 s.
    pub connect: Option<Duration>,
    /// From when the request has gone out until the answer begins, and then for each next byte
    /// of it. Default: 60 s.
    pub read: Option<Duration>,
    /// From when there is a connection, for each next piece of a request's body to be taken. The
    /// last half megabyte, or less, is taken before the server has got it; there `read` runs
    /// already. Default: 60 s.
    pub write: Option<Duration>,
    /// For the call's turn to come, where as many are under way as there may be
    /// ([`crate::ConnectionLimits::max_connections`]). Default: 60 s.
    pub pool: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Some(Duration::from_secs(5)), ..Self::all(Duration::from_secs(60)) }
    }
}

impl Timeouts {
    /// The same limit for everything.
    pub fn all(limit: Duration) -> Self {
        Self { connect: Some(limit), read: Some(limit), write: Some(limit), pool: Some(limit) }
    }

    pub(crate) fn scaled(self, clock: Factor) -> Self {
        let scaled = |limit: Option<Duration>| limit.map(|limit| clock.of(limit));
        Self { connect: scaled(self.connect), read: scaled(self.read), write: scaled(self.write), pool: scaled(self.pool) }
    }
}

/// A time that is given in seconds; what is wrong with it, if it is none.
pub(crate) fn time(seconds: f64) -> Result<Duration, String> {
    Duration::try_from_secs_f64(seconds).map_err(|why| format!("{seconds} s ({why})"))
}

/// A client's settings, checked.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) base_url: Url,
    api_key: SecretString,
    pub(crate) timeouts: Timeouts,
    pub(crate) event_timeout: Option<Duration>,
    pub(crate) max_retries: u32,
    pub(crate) headers: HeaderChanges,
    pub(crate) query: Map<String, Value>,
    pub(crate) network: Network,
    pub(crate) scale: Scale,
}

impl Config {
    pub(crate) fn new(api_key: &str, base_url: &str) -> Result<Self, Error> {
        if api_key.trim().is_empty() {
            let text = "no API key: pass one as `api_key`, or set the environment variable TZAFON_API_KEY";
            return Err(Error::new(ErrorKind::Config, text));
        }
        Ok(Self {
            base_url: address::base(base_url)?,
            api_key: api_key.trim().into(),
            timeouts: Timeouts::default(),
            event_timeout: None,
            max_retries: DEFAULT_MAX_RETRIES,
            headers: Vec::new(),
            query: Map::new(),
            network: Network::default(),
            scale: Scale::default(),
        })
    }

    /// Whether the key and the client's headers can be sent: told when the client is made, not by
    /// the first of its calls.
    pub(crate) fn check_headers(&self) -> Result<(), Error> {
        self.headers_for("application/json", true, &Vec::new()).map(drop)
    }

    /// The headers of a request: ours, under the client's, under the call's.
    pub(crate) fn headers_for(&self, accept: &str, has_body: bool, call: &HeaderChanges) -> Result<HeaderMap, Error> {
        let mut all = HeaderMap::new();
        all.insert(http::header::ACCEPT, headers::value("accept", accept)?);
        if has_body {
            all.insert(http::header::CONTENT_TYPE, headers::value("content-type", "application/json")?);
        }
        let mut key = headers::value("authorization", &format!("Bearer {}", self.api_key.expose_secret()))?;
        key.set_sensitive(true);
        all.insert(http::header::AUTHORIZATION, key);
        headers::apply(&mut all, &self.headers)?;
        headers::apply(&mut all, call)?;
        Ok(all)
    }
}

/// What one call changes.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct CallOptions {
    pub(crate) headers: HeaderChanges,
    pub(crate) query: Map<String, Value>,
    pub(crate) timeouts: Option<Timeouts>,
    pub(crate) event_timeout: Option<Option<Duration>>,
    pub(crate) max_retries: Option<u32>,
    pub(crate) idempotency_key: Option<String>,
}

impl CallOptions {
    /// Nothing changed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends this header too, instead of one of the same name.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), Some(value.into())));
        self
    }

    /// Does not send the header of this name.
    pub fn without_header(mut self, name: impl Into<String>) -> Self {
        self.headers.push((name.into(), None));
        self
    }

    /// Adds a query parameter: a list is joined by commas, an object nests in brackets.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.query.insert(name.into(), value.into());
        self
    }

    /// Waits this long at most, instead of as long as the client says.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = Some(timeouts);
        self
    }

    /// Waits this long at most for each next event of a stream, instead of as long as the
    /// client says; `None` is without limit. See [`crate::ClientBuilder::event_timeout`].
    pub fn event_timeout(mut self, limit: Option<Duration>) -> Self {
        self.event_timeout = Some(limit);
        self
    }

    /// Sends again this often at most, instead of as often as the client says.
    pub fn max_retries(mut self, times: u32) -> Self {
        self.max_retries = Some(times);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_of_headers() {
        let mut config = Config::new("sk_1", DEFAULT_BASE_URL).unwrap();
        config.headers = vec![("X-A".into(), Some("client".into())), ("X-B".into(), Some("client".into()))];
        let call = CallOptions::new().header("x-b", "call").without_header("authorization");
        let all = config.headers_for("text/event-stream", true, &call.headers).unwrap();
        assert_eq!(all.get("x-a").unwrap(), "client");
        assert_eq!(all.get("x-b").unwrap(), "call");
        assert_eq!(all.get("accept").unwrap(), "text/event-stream");
        assert!(!all.contains_key("authorization"));
    }

    #[test]
    fn a_missing_key_names_both_ways_to_give_one() {
        let text = Config::new(" ", DEFAULT_BASE_URL).err().unwrap().to_string();
        assert!(text.contains("api_key") && text.contains("TZAFON_API_KEY"));
    }
}
