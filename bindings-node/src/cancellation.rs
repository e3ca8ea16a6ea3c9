//! Stopping a call that is under way.

use std::future::Future;

use napi_derive::napi;
use tokio_util::sync::CancellationToken;

use crate::error::{cancelled, to_js};

/// Stops the call that it was handed to, and closes that call's connection.
#[napi]
#[derive(Default)]
pub struct Cancellation {
    token: CancellationToken,
}

#[napi]
impl Cancellation {
    /// One that has not been used.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the call. After its end, nothing happens.
    #[napi]
    pub fn cancel(&self) {
        self.token.cancel();
    }

    /// The work with its errors made ready to cross, dropped as soon as this is cancelled.
    pub(crate) fn over<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, lightcone::Error>> + Send + 'static,
    ) -> impl Future<Output = napi::Result<T>> + Send + 'static {
        let token = self.token.clone();
        // In a box: what is below hands it on from function to function, on JavaScript's stack.
        let work = Box::pin(work);
        async move { token.run_until_cancelled_owned(work).await.ok_or_else(cancelled)?.map_err(to_js) }
    }
}
