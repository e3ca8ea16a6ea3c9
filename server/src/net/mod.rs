//! What a browser may reach of the network.

mod address;
mod policy;

pub use address::Kind;
pub use policy::{BadPattern, HostPattern, Policy, Refusal};
