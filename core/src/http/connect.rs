//! The making of connections, as one attempt of one call sees it.
//!
//! The HTTP client knows one connect timeout for all its requests, and does not tell when
//! a connection is there. A layer around its connector does both for the request that is
//! sent in the same task. A request that gets another connection meanwhile leaves the making
//! of its own to a task in the background.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use futures_util::future::{Either, select};
use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

use super::places::Places;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

tokio::task_local! {
    static ATTEMPT: Connecting;
}

/// What one attempt allows for a connection, and how far that is.
#[derive(Clone, Debug)]
pub(super) struct Connecting {
    limit: Option<Duration>,
    places: Arc<Places>,
    progress: Arc<Mutex<Progress>>,
}

#[derive(Debug)]
struct Progress {
    under_way: bool,
    made: bool,
    /// When the attempt began, or its last connection was there or not to be had.
    since: Instant,
}

impl Connecting {
    pub(super) fn new(limit: Option<Duration>, places: Arc<Places>) -> Self {
        let progress = Progress { under_way: false, made: false, since: Instant::now() };
        Self { limit, places, progress: Arc::new(Mutex::new(progress)) }
    }

    /// Runs the attempt; the connections that it makes keep to its limit.
    pub(super) async fn scope<T>(&self, attempt: impl Future<Output = T>) -> T {
        ATTEMPT.scope(self.clone(), attempt).await
    }

    /// Since when the attempt has had nothing more to do with connections; now, while one is made.
    pub(super) fn done_since(&self) -> Instant {
        let progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        if progress.under_way { Instant::now() } else { progress.since }
    }

    /// Whether a connection was made for the attempt.
    pub(super) fn was_needed(&self) -> bool {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).made
    }

    fn mark(&self, under_way: bool, made: bool) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        *progress = Progress { under_way, made: progress.made || made, since: Instant::now() };
    }

    async fn connect<C>(self, connecting: impl Future<Output = Result<C, BoxError>>) -> Result<C, BoxError> {
        self.mark(true, false);
        let wait = std::pin::pin!(self.places.wait_for_expected());
        if let Either::Right(_) = select(wait, std::pin::pin!(left_alone())).await {
            self.mark(false, false);
            return Err(io::Error::other("the attempt has another connection").into());
        }
        let connecting = std::pin::pin!(self.in_time(connecting));
        match select(connecting, std::pin::pin!(left_alone())).await {
            Either::Left((connected, _)) => {
                self.mark(false, connected.is_ok());
                connected
            }
            Either::Right((_, connecting)) => {
                // It has begun: it is for whoever comes next.
                self.places.expect();
                self.mark(false, false);
                connecting.await
            }
        }
    }

    async fn in_time<C>(&self, connecting: impl Future<Output = Result<C, BoxError>>) -> Result<C, BoxError> {
        let Some(limit) = self.limit else { return connecting.await };
        tokio::time::timeout(limit, connecting).await.unwrap_or_else(|_| {
            let text = format!("no connection within {} s", limit.as_secs_f64());
            Err(io::Error::new(io::ErrorKind::TimedOut, text).into())
        })
    }
}

/// Is ready once it is waited for outside of any attempt. Whoever moves the making of a
/// connection to another task asks it anew there.
async fn left_alone() {
    std::future::poll_fn(|_| if ATTEMPT.try_with(|_| ()).is_ok() { Poll::Pending } else { Poll::Ready(()) }).await;
}

/// Wraps the connector.
#[derive(Clone, Debug)]
pub(super) struct PerAttempt;

impl<S> Layer<S> for PerAttempt {
    type Service = Connector<S>;

    fn layer(&self, inner: S) -> Connector<S> {
        Connector(inner)
    }
}

#[derive(Clone)]
pub(super) struct Connector<S>(S);

impl<S, R> Service<R> for Connector<S>
where
    S: Service<R, Error = BoxError>,
    S::Response: Send + 'static,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, address: R) -> Self::Future {
        let connecting = self.0.call(address);
        match ATTEMPT.try_with(Connecting::clone) {
            Ok(attempt) => Box::pin(attempt.connect(connecting)),
            // Made for no attempt in particular.
            Err(_) => Box::pin(connecting),
        }
    }
}
