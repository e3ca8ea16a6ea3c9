//! `lightcone serve` as a process of its own, with real browsers: killed, starved, and its
//! browsers harmed.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may fail loudly")]

mod browsers;
#[path = "../common/mod.rs"]
mod common;
mod full_disk;
mod restart;
mod serving;
