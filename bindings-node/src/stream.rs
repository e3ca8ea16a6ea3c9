//! Frames of one stream, batch by batch.

use std::sync::Arc;

use futures_util::FutureExt;
use lightcone::sse::FrameStream;
use napi::{
    Either, Env,
    bindgen_prelude::{PromiseRaw, Result, within_runtime_if_available},
};
use napi_derive::napi;

use crate::{
    batch::Batch,
    cancellation::Cancellation,
    error::{guard, promise, promise_of, to_js},
};

/// The stream that an operation answered with. Its connection closes with it.
#[napi]
pub struct NativeStream {
    frames: Arc<FrameStream>,
}

#[napi]
impl NativeStream {
    pub(crate) fn new(frames: FrameStream) -> Self {
        Self { frames: Arc::new(frames) }
    }

    /// Status, headers and what else is known of the answer, as JSON.
    #[napi(getter, catch_unwind)]
    pub fn head(&self) -> String {
        String::from_utf8_lossy(&self.frames.head().to_json()).into_owned()
    }

    /// The task, once the server has named it.
    #[napi(getter, catch_unwind)]
    pub fn task_id(&self) -> Option<String> {
        self.frames.task_id()
    }

    /// The computer that the task runs on, once the server has named it.
    #[napi(getter, catch_unwind)]
    pub fn computer_id(&self) -> Option<String> {
        self.frames.computer_id()
    }

    /// Reads on to the end and waits until it is known how the task ended; that as JSON.
    #[napi(catch_unwind)]
    pub fn outcome<'env>(&self, env: &'env Env, cancellation: &Cancellation) -> Result<PromiseRaw<'env, String>> {
        let frames = Arc::clone(&self.frames);
        let outcome = cancellation.over(async move { frames.outcome().await });
        promise(env, async move { outcome.await.map(|result| String::from_utf8_lossy(&result.to_json()).into_owned()) })
    }

    /// The events that are there now (see `batch.rs`): at least one event and at most `max`; null
    /// at the end of the stream. A promise only where nothing is there yet: waking JavaScript costs
    /// more than reading a batch does.
    #[napi(catch_unwind, ts_return_type = "Batch | null | Promise<Batch | null>")]
    pub fn next_batch<'env>(&self, env: &'env Env, max: u32) -> Result<Either<Option<Batch<'env>>, PromiseRaw<'env, Option<Batch<'env>>>>> {
        let frames = Arc::clone(&self.frames);
        let mut next = Box::pin(async move { frames.next_batch(max as usize).await.map_err(to_js) });
        match guard(|| Ok(within_runtime_if_available(|| (&mut next).now_or_never())))? {
            Some(ready) => Batch::new(env, &ready?).map(Either::A),
            None => promise_of(env, next, |env, frames| Batch::new(env, &frames)).map(Either::B),
        }
    }

    /// Closes the connection; whoever waits for a batch gets an error of kind `closed`.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.frames.close();
    }
}
