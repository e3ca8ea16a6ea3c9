//! The server as its clients meet it: over HTTP, on a free port of its own in every test.

mod fake;
mod local;
mod stream;
