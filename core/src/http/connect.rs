//! The making of connections, as one attempt of one call sees it.
//!
//! The HTTP client knows one connect timeout for all its requests, and does not tell when
//! a connection is there, or whether it was new. A layer around its connector does all of
//! that for the request that is sent in the same task. A request that gets another connection meanwhile leaves the making
//! of its own to a task in the background.

use std::{
    future::poll_fn,
    io,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use futures_util::future::{Either, select};
use tower_layer::Layer;
use tower_service::Service;

use super::{places::Places, progress::Progress};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

tokio::task_local! {
    static ATTEMPT: (Connecting, Progress);
}

/// What one attempt allows for a connection, and what it has got.
#[derive(Clone, Debug)]
pub(super) struct Connecting {
    limit: Option<Duration>,
    places: Arc<Places>,
    got: Arc<AtomicU8>,
}

/// No connection was asked for: there was one.
const READY: u8 = 0;
/// One was asked for, and it is not known which it will be.
const ASKED: u8 = 1;
/// The places know of the attempt's connection.
const KNOWN: u8 = 2;

impl Connecting {
    pub(super) fn new(limit: Option<Duration>, places: Arc<Places>) -> Self {
        Self { limit, places, got: Arc::new(AtomicU8::new(READY)) }
    }

    /// Runs the sending of a request; the connections that it makes keep to the attempt's limit.
    pub(super) async fn scope<T>(&self, progress: &Progress, sending: impl Future<Output = T>) -> T {
        let mut sending = pin!(ATTEMPT.scope((self.clone(), progress.clone()), sending));
        // Where a connection is ready it is taken at once.
        let first = poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await;
        self.used_another(READY);
        let done = match first {
            Poll::Ready(done) => done,
            Poll::Pending => sending.await,
        };
        self.used_another(ASKED);
        done
    }

    /// The attempt, if that is how far it was, has a connection that was there before.
    fn used_another(&self, got: u8) {
        if self.got.compare_exchange(got, KNOWN, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.places.reused();
        }
    }

    async fn connect<C>(self, progress: Progress, connecting: impl Future<Output = Result<C, BoxError>>) -> Result<C, BoxError> {
        progress.connecting(true);
        // Unless it had another before, to which a redirect did not lead.
        let _ = self.got.compare_exchange(READY, ASKED, Ordering::Relaxed, Ordering::Relaxed);
        if let Some(until) = self.places.claim() {
            self.got.store(KNOWN, Ordering::Relaxed);
            let came_back = matches!(select(pin!(tokio::time::sleep_until(until)), pin!(left_alone())).await, Either::Right(_));
            self.places.came_back(came_back);
            if came_back {
                progress.connecting(false);
                return Err(io::Error::other("the attempt has another connection").into());
            }
        }
        let connecting = pin!(self.in_time(connecting));
        match select(connecting, pin!(left_alone())).await {
            Either::Left((connected, _)) => {
                if connected.is_ok() {
                    self.got.store(KNOWN, Ordering::Relaxed);
                }
                progress.connecting(false);
                connected
            }
            Either::Right((_, connecting)) => {
                // It has begun: it is for whoever comes next.
                self.places.expect();
                progress.connecting(false);
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
    poll_fn(|_| if ATTEMPT.try_with(|_| ()).is_ok() { Poll::Pending } else { Poll::Ready(()) }).await;
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
        match ATTEMPT.try_with(Clone::clone) {
            Ok((attempt, progress)) => Box::pin(attempt.connect(progress, connecting)),
            // Made for no attempt in particular.
            Err(_) => Box::pin(connecting),
        }
    }
}
