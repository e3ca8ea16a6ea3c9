//! The command as a person runs it: what it prints and how it exits.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

#[path = "../common/mod.rs"]
mod common;
mod doctor;
#[cfg(unix)]
mod interrupt;
#[cfg(unix)]
mod kept_key;
mod models;
mod process;
#[cfg(unix)]
mod prune;
mod run;
mod screenshots;
#[cfg(unix)]
mod terminal;
mod watch;
