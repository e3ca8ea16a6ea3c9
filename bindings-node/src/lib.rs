//! The native module of the npm package: only the crossing between JavaScript and the core.
//!
//! Settings, bodies and answers cross as JSON text; aborting, iterating, error classes and
//! everything else that people see is TypeScript, in `ts/`.

use napi_derive::napi;

mod batch;
mod cancellation;
mod client;
pub mod command;
mod error;
pub mod local;
mod raw;
mod stream;

/// The version of the core.
#[napi]
pub fn version() -> &'static str {
    lightcone::VERSION
}
