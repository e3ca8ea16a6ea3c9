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

use crate::environment;

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

/// An error that nobody sees: whoever would have has cancelled the work, or is gone.
pub(crate) fn cancelled() -> napi::Error {
    napi::Error::new(napi::Status::Cancelled, "the work was cancelled")
}

/// Runs `work` on the runtime, for a promise. It is dropped if the environment ends.
pub(crate) fn promise<'env, T: ToNapiValue + Send + 'static>(
    env: &'env Env,
    work: impl Future<Output = napi::Result<T>> + Send + 'static,
) -> napi::Result<PromiseRaw<'env, T>> {
    promise_of(env, work, |_, value| Ok(value))
}

/// The same for a promise of what `finish` makes, on JavaScript's thread, of the work's value.
pub(crate) fn promise_of<'env, T: Send + 'static, V: ToNapiValue + 'env>(
    env: &'env Env,
    work: impl Future<Output = napi::Result<T>> + Send + 'static,
    finish: impl FnOnce(&'env Env, T) -> napi::Result<V> + 'static,
) -> napi::Result<PromiseRaw<'env, V>> {
    let ended = environment::ended(env)?;
    let work = async move {
        let work = AssertUnwindSafe(ended.run_until_cancelled(work)).catch_unwind();
        work.await.unwrap_or_else(|panic| Some(Err(panicked(panic)))).ok_or_else(cancelled)?
    };
    env.spawn_future_with_callback(work, move |env, value| guard(|| finish(env, value)))
}
