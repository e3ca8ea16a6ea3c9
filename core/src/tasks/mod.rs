//! The Agent Tasks API: parameters, operations, answers, events.

mod api;
mod event;
mod idempotency;
mod open_enum;
mod outcome;
mod page;
mod params;
mod responses;
mod stream;
mod wait;

pub use api::{Agent, Tasks};
pub use event::*;
pub(crate) use idempotency::with_key;
pub use outcome::TaskResult;
pub(crate) use outcome::outcome;
pub use page::TaskPage;
pub use params::*;
pub use responses::*;
pub use stream::EventStream;
pub use wait::WaitParams;
pub(crate) use wait::wait;
