//! The body of an answer, chunk by chunk.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use reqwest::Version;

use super::places::Place;

/// A body under way. It has one of the places until it is dropped, or less long: see [`Place`].
#[derive(Debug)]
pub(crate) struct Body {
    response: reqwest::Response,
    /// Whether the server lets others have the connection after this.
    keeps_connection: bool,
    place: Place,
}

/// Why bytes did not come.
#[derive(Debug)]
pub(crate) enum Broken {
    /// All connections were in use for this long.
    NoneFree(Duration),
    /// No more of the request's body was taken for this long.
    NotTaken(Duration),
    /// Nothing for this long.
    Silent(Duration),
    /// The answer leads to where it is not followed.
    Redirect(String),
    Error(reqwest::Error),
}

/// The address is left out: it is said elsewhere, without what is secret in it.
impl From<reqwest::Error> for Broken {
    fn from(error: reqwest::Error) -> Self {
        Self::Error(error.without_url())
    }
}

impl Broken {
    pub(crate) fn is_timeout(&self) -> bool {
        match self {
            Self::NoneFree(_) | Self::NotTaken(_) | Self::Silent(_) => true,
            Self::Redirect(_) => false,
            Self::Error(error) => error.is_timeout(),
        }
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::NoneFree(limit) => format!("all connections of the client were in use for {} s", limit.as_secs_f64()),
            Self::NotTaken(limit) => format!("the server took no more of the request's body for {} s", limit.as_secs_f64()),
            Self::Silent(limit) => format!("nothing came for {} s", limit.as_secs_f64()),
            Self::Redirect(why) => why.clone(),
            Self::Error(error) => chain(error),
        }
    }
}

impl Body {
    pub(super) fn new(response: reqwest::Response, headers: &HeaderMap, place: Place) -> Self {
        let keeps_connection = keeps_connection(response.version(), headers);
        Self { response, keeps_connection, place }
    }

    /// The next bytes, `None` at the end; waits for them at most this long.
    pub(crate) async fn next(&mut self, limit: Option<Duration>) -> Result<Option<Bytes>, Broken> {
        let next = match limit {
            Some(limit) => tokio::time::timeout(limit, self.response.chunk()).await.map_err(|_| Broken::Silent(limit))?,
            None => self.response.chunk().await,
        };
        self.told(next)
    }

    /// The next bytes or the end, if they are there by the time this thread has nothing else
    /// to do: chunks are handed over one by one by the task that reads the connection, which
    /// so gets its turn.
    pub(crate) async fn next_soon(&mut self) -> Option<Result<Option<Bytes>, Broken>> {
        let next = tokio::select! {
            biased;
            next = self.response.chunk() => next,
            () = tokio::task::yield_now() => return None,
        };
        Some(self.told(next))
    }

    fn told(&self, next: reqwest::Result<Option<Bytes>>) -> Result<Option<Bytes>, Broken> {
        if matches!(next, Ok(None)) && self.keeps_connection {
            self.place.returns();
        }
        next.map_err(Broken::from)
    }

    /// All of it; waits for each next bytes at most this long.
    pub(crate) async fn read(mut self, limit: Option<Duration>) -> Result<Bytes, Broken> {
        let Some(first) = self.next(limit).await? else { return Ok(Bytes::new()) };
        let Some(second) = self.next(limit).await? else { return Ok(first) };
        let mut whole = Vec::from(first);
        whole.extend_from_slice(&second);
        while let Some(chunk) = self.next(limit).await? {
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.into())
    }
}

/// RFC 9112, section 9.3.
fn keeps_connection(version: Version, headers: &HeaderMap) -> bool {
    let options = headers.get_all(http::header::CONNECTION);
    let closes = options.iter().filter_map(|value| value.to_str().ok()).any(|value| value.to_ascii_lowercase().contains("close"));
    version >= Version::HTTP_11 && !closes
}

/// An error with its causes, without the address, which is said elsewhere.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        let text = cause.to_string();
        if !texts.iter().any(|before| before.contains(&text)) {
            texts.push(text);
        }
        next = cause.source();
    }
    // reqwest's own line only says that sending failed.
    if texts.len() > 1 && texts.first().is_some_and(|first| first.starts_with("error sending request")) {
        texts.remove(0);
    }
    texts.join(": ")
}
