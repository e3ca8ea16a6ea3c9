//! Events out of bytes that JavaScript has, of an answer that it fetched itself.

use bytes::Bytes;
use lightcone::sse::{FedStream, Frame};
use napi::{
    Env,
    bindgen_prelude::{Result, Uint8Array},
};
use napi_derive::napi;

use crate::{
    batch::Batch,
    error::{guard, to_js},
};

/// The events of an answer, made of its bytes, in batches as `nextBatch` of a stream gives
/// them.
#[napi]
pub struct NativeFeed {
    stream: FedStream,
}

#[napi]
impl NativeFeed {
    /// Nothing was read yet; `task_id` is what the answer's headers say.
    #[napi(constructor, catch_unwind)]
    pub fn new(task_id: Option<String>) -> Self {
        Self { stream: FedStream::new(task_id) }
    }

    /// The events that these bytes complete; null if they complete none.
    #[napi(catch_unwind)]
    pub fn feed<'env>(&mut self, env: &'env Env, bytes: Uint8Array) -> Result<Option<Batch<'env>>> {
        guard(|| given_out(env, self.stream.feed(Bytes::copy_from_slice(&bytes))))
    }

    /// What is left when the bytes have ended; null for nothing.
    #[napi(catch_unwind)]
    pub fn finish<'env>(&mut self, env: &'env Env) -> Result<Option<Batch<'env>>> {
        guard(|| given_out(env, self.stream.finish()))
    }

    /// Whether nothing more comes, whatever bytes do.
    #[napi(getter, catch_unwind)]
    pub fn is_over(&self) -> bool {
        self.stream.is_over()
    }

    /// The task, once the server has named it.
    #[napi(getter, catch_unwind)]
    pub fn task_id(&self) -> Option<String> {
        self.stream.task_id().map(str::to_owned)
    }

    /// The computer that the task runs on, once the server has named it.
    #[napi(getter, catch_unwind)]
    pub fn computer_id(&self) -> Option<String> {
        self.stream.computer_id().map(str::to_owned)
    }
}

fn given_out(env: &Env, frames: std::result::Result<Vec<Frame>, lightcone::Error>) -> Result<Option<Batch<'_>>> {
    Batch::new(env, &frames.map_err(to_js)?)
}
