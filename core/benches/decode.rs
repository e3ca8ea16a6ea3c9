//! Bytes into frames, without a network: the goals are 2 GB/s with events of 100 KB, and 5
//! million events per second of 200 B.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark may fail loudly")]

use bytes::{Bytes, BytesMut};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use lightcone::sse::Decoder;

const LIMIT: usize = 64 << 20;
/// What one read of a socket brings.
const READ: usize = 64 << 10;

/// Feeds all of it, as whoever reads a stream does; how many frames there were.
fn decode(pieces: Vec<Bytes>) -> usize {
    let mut decoder = Decoder::new(LIMIT);
    let mut count = 0;
    for piece in pieces {
        decoder.feed(piece).unwrap();
        count += decoder.ready().drain(..).count();
    }
    count
}

/// The same bytes as one read after another brings them, whatever the HTTP chunks are.
fn reads(frames: &[Bytes]) -> Vec<Bytes> {
    let mut all: BytesMut = frames.iter().flatten().copied().collect();
    let mut pieces = Vec::new();
    while !all.is_empty() {
        pieces.push(all.split_to(READ.min(all.len())).freeze());
    }
    pieces
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    let small = mock::frames(10_000, 200);
    group.throughput(Throughput::Elements(small.len() as u64));
    for (name, pieces) in [("200 B, one per chunk", small.clone()), ("200 B, many per chunk", reads(&small))] {
        group.bench_function(name, |bencher| bencher.iter_batched(|| pieces.clone(), decode, BatchSize::LargeInput));
    }
    let large = mock::frames(200, 100_000);
    group.throughput(Throughput::Bytes(large.iter().map(|frame| frame.len() as u64).sum()));
    for (name, pieces) in [("100 KB, one per chunk", large.clone()), ("100 KB, in reads of 64 KiB", reads(&large))] {
        group.bench_function(name, |bencher| bencher.iter_batched(|| pieces.clone(), decode, BatchSize::LargeInput));
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
