//! Server-sent events: bytes into frames, and the frames of one answer.
//!
//! Decoding follows the WHATWG HTML standard, section 9.2.6, with the few
//! differences that the contract asks for (section 3, the "ours" column).

mod decoder;
mod frames;
mod read_ahead;

pub use decoder::{Decoder, Frame, TooBig};
pub use frames::FrameStream;
pub(crate) use frames::excerpt;
