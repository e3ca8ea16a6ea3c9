//! An answer whose body is read as it comes.

use std::sync::Arc;

use lightcone::ByteStream;
use napi::{
    Env,
    bindgen_prelude::{Buffer, PromiseRaw, Result},
};
use napi_derive::napi;

use crate::{
    error::{promise, to_js},
    stream::NativeStream,
};

/// The body of an answer, piece by piece. Its connection closes with it.
#[napi]
pub struct NativeBody {
    stream: Arc<ByteStream>,
}

#[napi]
impl NativeBody {
    pub(crate) fn new(stream: ByteStream) -> Self {
        Self { stream: Arc::new(stream) }
    }

    /// Status, headers and what else is known of the answer, as JSON.
    #[napi(getter, catch_unwind)]
    pub fn head(&self) -> String {
        String::from_utf8_lossy(&self.stream.head().to_json()).into_owned()
    }

    /// The next bytes; null at the end.
    #[napi(catch_unwind, ts_return_type = "Promise<Buffer | null>")]
    pub fn next<'env>(&self, env: &'env Env) -> Result<PromiseRaw<'env, Option<Buffer>>> {
        let stream = Arc::clone(&self.stream);
        promise(env, async move {
            let next = stream.next().await.map_err(to_js)?;
            Ok(next.map(|bytes| Vec::from(bytes).into()))
        })
    }

    /// The events that are left in it; nothing is left here then.
    #[napi(catch_unwind)]
    pub fn events<'env>(&self, env: &'env Env) -> Result<PromiseRaw<'env, NativeStream>> {
        let stream = Arc::clone(&self.stream);
        promise(env, async move { stream.events().await.map(NativeStream::new).map_err(to_js) })
    }

    /// Closes the connection; whoever waits for bytes gets an error of kind `closed`.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.stream.close();
    }
}
