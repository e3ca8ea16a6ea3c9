//! The rules model at work in a real browser.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod demo;
mod measure;
mod pages;
mod task;
