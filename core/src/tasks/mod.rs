//! The Agent Tasks API: parameters, operations, answers, events.

mod event;
mod open_enum;
mod params;
mod responses;

pub use event::*;
pub use params::*;
pub use responses::*;
