//! The native module of the npm package: only the crossing between JavaScript and the core.
//!
//! Settings, bodies and answers cross as JSON text; aborting, iterating, error classes and
//! everything else that people see is TypeScript, in `ts/`.

use napi_derive::napi;

mod batch;
mod cancellation;
mod client;
pub mod command;
mod environment;
mod error;
mod fed;
pub mod local;
mod log;
mod raw;
mod stream;

/// The version of the core.
#[napi]
pub fn version() -> &'static str {
    lightcone::VERSION
}

/// Panics, for the test of what becomes of it: here, or in work on the runtime.
#[cfg(debug_assertions)]
#[napi(skip_typescript)]
pub fn panic_for_test(env: &napi::Env, in_work: bool) -> napi::Result<napi::bindgen_prelude::PromiseRaw<'_, ()>> {
    #[expect(clippy::panic, reason = "what it is for")]
    fn panic<T>() -> T {
        panic!("for a test")
    }
    error::guard(|| if in_work { error::promise(env, async { panic() }) } else { panic() })
}
