//! Requests and answers: addresses, headers, retries, the transport.

pub(crate) mod address;
pub(crate) mod headers;
pub(crate) mod link;
pub(crate) mod retry;
mod transport;

pub use transport::{Answer, Head};
pub(crate) use transport::{Broken, Request, Transport, next_chunk, read_body};
