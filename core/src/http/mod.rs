//! Requests and answers: addresses, headers, retries, the transport.

pub(crate) mod address;
mod body;
mod connect;
pub(crate) mod headers;
mod input;
pub(crate) mod link;
mod network;
mod places;
mod progress;
mod purpose;
mod redirect;
pub(crate) mod retry;
mod send;
mod transport;
mod upload;

pub use ::http::{HeaderMap, Method};
pub(crate) use body::{Body, Broken};
pub(crate) use input::place;
pub use network::{ConnectionLimits, MaxConnections, Pem};
pub(crate) use network::{Network, NetworkOptions};
pub(crate) use purpose::Purpose;
pub use transport::{Answer, Head};
pub(crate) use transport::{Request, Transport};
