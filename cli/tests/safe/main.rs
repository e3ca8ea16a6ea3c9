//! That `lightcone serve` is safe to run: who may use it, and what it never tells.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

#[path = "../common/mod.rs"]
mod common;
mod keys;
mod serving;
mod untold;
