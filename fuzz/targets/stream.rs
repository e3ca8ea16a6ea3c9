//! The stream decoder reads any bytes in any chunks as the standard says.
//!
//! A byte 0xFF ends a chunk: it is in no text, and there are other bytes that are no UTF-8.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lightcone::sse::reference;

fuzz_target!(|input: &[u8]| {
    let chunks: Vec<&[u8]> = input.split(|byte| *byte == 0xFF).collect();
    if let Err(difference) = reference::compare(&chunks) {
        panic!("{difference}");
    }
});
