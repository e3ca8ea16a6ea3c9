//! The making of connections, as one attempt of one call sees it.
//!
//! The HTTP client knows one connect timeout for all its requests, and does not tell when
//! a connection is there. A layer around its connector does both for the request that is
//! sent in the same task.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

tokio::task_local! {
    static ATTEMPT: Connecting;
}

/// What one attempt allows for a connection, and how far that is.
#[derive(Clone, Debug)]
pub(super) struct Connecting {
    limit: Option<Duration>,
    progress: Arc<Mutex<Progress>>,
}

#[derive(Debug)]
struct Progress {
    under_way: bool,
    /// When the attempt began, or its last connection was there or not to be had.
    since: Instant,
}

impl Connecting {
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self { limit, progress: Arc::new(Mutex::new(Progress { under_way: false, since: Instant::now() })) }
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

    fn mark(&self, under_way: bool) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = Progress { under_way, since: Instant::now() };
    }

    async fn connect<C>(self, connecting: impl Future<Output = Result<C, BoxError>>) -> Result<C, BoxError> {
        self.mark(true);
        let connected = match self.limit {
            Some(limit) => tokio::time::timeout(limit, connecting).await.unwrap_or_else(|_| {
                let text = format!("no connection within {} s", limit.as_secs_f64());
                Err(io::Error::new(io::ErrorKind::TimedOut, text).into())
            }),
            None => connecting.await,
        };
        self.mark(false);
        connected
    }
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
    S::Response: 'static,
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
