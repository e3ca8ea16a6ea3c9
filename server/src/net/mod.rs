//! What a browser may reach of the network.
//!
//! [`Policy`] decides; a proxy in this process, one per browser, carries it out.

mod address;
mod policy;
mod proxy;
mod resolve;

pub use address::Kind;
pub(crate) use policy::parse_host;
pub use policy::{BadPattern, HostPattern, Policy, Refusal};
pub(crate) use proxy::Proxy;
pub use resolve::{Resolve, SystemResolver};
