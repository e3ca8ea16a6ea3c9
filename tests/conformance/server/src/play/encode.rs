//! Compressed bodies.

use std::io::Write;

use super::answer::Piece;

/// The pieces with their bytes compressed, each so that it can be read when it comes.
pub(super) fn encoded(pieces: Vec<Piece>, encoding: &str) -> Vec<Piece> {
    match encoding {
        "gzip" => {
            let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            through(pieces, encoder, |encoder| encoder.get_mut(), |encoder| encoder.finish().unwrap_or_default())
        }
        "br" => {
            let encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 20);
            through(pieces, encoder, |encoder| encoder.get_mut(), brotli::CompressorWriter::into_inner)
        }
        _ => pieces,
    }
}

fn through<E: Write>(
    pieces: Vec<Piece>,
    mut encoder: E,
    out: impl Fn(&mut E) -> &mut Vec<u8>,
    finish: impl Fn(E) -> Vec<u8>,
) -> Vec<Piece> {
    let mut encoded = Vec::new();
    for piece in pieces {
        let Piece::Bytes(bytes) = piece else {
            encoded.push(piece);
            continue;
        };
        // Writing into memory does not fail.
        let _ = encoder.write_all(&bytes).and_then(|()| encoder.flush());
        encoded.push(Piece::Bytes(std::mem::take(out(&mut encoder))));
    }
    encoded.push(Piece::Bytes(finish(encoder)));
    encoded
}
