//! Errors cross as one kind of JavaScript error, whose message is the core's record as JSON.
//! A panic becomes one of them too.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use futures_util::FutureExt;
use napi::{
    Env,
    bindgen_prelude::{PromiseRaw, ToNapiValue},
};

pub(crate) fn to_js(error: lightcone::Error) -> napi::Error {
    napi::Error::from_reason(String::from_utf8_lossy(&error.to_json()))
}

fn panicked(panic: Box<dyn Any + Send>) -> napi::Error {
    to_js(lightcone::Error::of_panic(&*panic))
}

/// Runs `f` at the edge to JavaScript.
pub(crate) fn guard<T>(f: impl FnOnce() -> napi::Result<T>) -> napi::Result<T> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| Err(panicked(panic)))
}

/// Runs `work` on the runtime, for a promise.
pub(crate) fn promise<'env, T: ToNapiValue + Send + 'static>(
    env: &'env Env,
    work: impl Future<Output = napi::Result<T>> + Send + 'static,
) -> napi::Result<PromiseRaw<'env, T>> {
    env.spawn_future(async move { AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| Err(panicked(panic))) })
}
