//! Computers with a real Chromium.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail loudly")]

mod actions;
mod lifetime;
mod navigation;
mod offline;
mod page;
mod reach;
mod site;
mod support;
