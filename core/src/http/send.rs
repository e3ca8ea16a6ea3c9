//! Sends a request until an answer begins: where redirects lead, with the clocks that run
//! meanwhile.

use std::{error::Error as _, future::Future, pin::pin};

use super::{Broken, connect::Connecting, progress::Progress, redirect::Hop, upload::Upload};
use crate::config::Timeouts;

/// How often a request is sent again that the server says it has not looked at.
const REFUSALS: usize = 2;

/// One attempt.
pub(super) struct Sending<'a> {
    pub(super) client: &'a reqwest::Client,
    pub(super) connecting: &'a Connecting,
    pub(super) timeouts: &'a Timeouts,
}

impl Sending<'_> {
    /// To where redirects lead in the end.
    pub(super) async fn along_redirects(&self, mut hop: Hop) -> Result<reqwest::Response, Broken> {
        loop {
            let response = self.one(&hop).await?;
            match hop.next(response.status(), response.headers())? {
                Some(next) => hop = next,
                None => return Ok(response),
            }
        }
    }

    /// To one address. Servers that end a connection of HTTP/2 say which requests on it they
    /// have not looked at (RFC 9113, section 8.7): these are none of the attempts that count.
    async fn one(&self, hop: &Hop) -> Result<reqwest::Response, Broken> {
        let mut refusals = 0;
        loop {
            match self.once(hop).await {
                Err(Broken::Error(error)) if refusals < REFUSALS && never_looked_at(&error) => refusals += 1,
                done => return done,
            }
        }
    }

    async fn once(&self, hop: &Hop) -> Result<reqwest::Response, Broken> {
        let progress = Progress::new(hop.body.len());
        let mut request = reqwest::Request::new(hop.method.clone(), hop.url.clone());
        request.headers_mut().clone_from(&hop.headers);
        *request.body_mut() = Some(reqwest::Body::wrap(Upload::new(hop.body.clone(), progress.clone())));
        let sending = self.connecting.scope(&progress, self.client.execute(request));
        answered(sending, &progress, self.timeouts).await
    }
}

/// Waits for the answer to begin. How far the sending has come is looked at as often as the
/// shortest limit runs out, and not whenever it moves: that would wake the caller each time.
async fn answered(
    sending: impl Future<Output = Result<reqwest::Response, reqwest::Error>>,
    progress: &Progress,
    timeouts: &Timeouts,
) -> Result<reqwest::Response, Broken> {
    let Some(shortest) = [timeouts.write, timeouts.read].into_iter().flatten().min() else {
        return sending.await.map_err(Broken::from);
    };
    let mut sending = pin!(sending);
    let mut left = shortest;
    loop {
        if let Ok(sent) = tokio::time::timeout(left, &mut sending).await {
            return sent.map_err(Broken::from);
        }
        left = progress.left(timeouts)?.map_or(shortest, |left| left.min(shortest));
    }
}

/// Whether the server has said that it did nothing for this request.
pub(super) fn never_looked_at(error: &reqwest::Error) -> bool {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    let mut of_http2 = causes.filter_map(|cause| cause.downcast_ref::<h2::Error>()).filter(|error| error.is_remote());
    of_http2.any(|error| match error.reason() {
        Some(h2::Reason::NO_ERROR) => error.is_go_away(),
        Some(h2::Reason::REFUSED_STREAM) => error.is_reset(),
        _ => false,
    })
}
