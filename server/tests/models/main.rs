//! Every adapter of models, proved without a model: against fakes of the APIs that are
//! strict about requests, and an oracle that knows what to do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests may fail loudly")]

mod fake;
mod oracle;
mod runs;
mod table;
mod tasks;
mod trouble;

#[path = "../server"]
#[allow(dead_code, reason = "shared with the tests of the server, which need more of it")]
mod server {
    pub(crate) mod fake;
    pub(crate) mod local;
}
