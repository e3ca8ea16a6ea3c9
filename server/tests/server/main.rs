//! The server as its clients meet it: over HTTP, on a free port of its own in every test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests may fail loudly")]

mod bad_input;
mod cassettes;
mod computers;
mod config;
mod fake;
mod fields;
mod hosts;
mod in_process;
mod lifecycle;
mod local;
mod models;
mod page;
mod persistent;
mod programs;
mod queue;
mod reading;
mod routes;
mod steering;
mod stream;
mod whole;
