//! Server-sent events: bytes into frames, and the frames of one task over all the
//! connections that it takes.
//!
//! Decoding follows the WHATWG HTML standard, section 9.2.6, with the few
//! differences that the contract asks for (section 3, the "ours" column).

mod connection;
mod decoder;
mod fed;
mod follow;
mod frame;
mod frames;
mod next;
mod position;
mod read_ahead;
#[cfg(any(test, fuzzing))]
pub mod reference;

pub use decoder::{Decoder, TooBig};
pub use fed::FedStream;
pub(crate) use follow::Opened;
pub use frame::Frame;
pub use frames::FrameStream;
pub(crate) use frames::excerpt;
