//! How often memory is asked for, for each event of a stream: a count, the same on any machine.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use allocation_counter::measure;
use bytes::Bytes;
use lightcone::{Client, sse::Decoder};

const EVENTS: usize = 2_000;

fn per_event(work: impl FnOnce()) -> f64 {
    measure(work).count_total as f64 / EVENTS as f64
}

/// What the thread asks for that reads such a stream, all of it done by this thread.
fn of_stream(size: usize, per_chunk: usize) -> f64 {
    let client = Client::builder().api_key("sk_bench").base_url(mock::start().unwrap()).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // The first stream also makes the connection.
    let read = || {
        runtime.block_on(async {
            let body = format!(r#"{{"instruction":"events={EVENTS} size={size} per_chunk={per_chunk}"}}"#);
            let frames = client.open_json("start_stream", b"{}", Some(body.into())).await.unwrap();
            while !frames.next_batch(256).await.unwrap().is_empty() {}
        });
    };
    read();
    per_event(read)
}

#[test]
fn decoding_costs_an_event_nothing() {
    let frames = mock::frames(EVENTS, 200);
    let decode = |pieces: Vec<Bytes>| {
        per_event(|| {
            let mut decoder = Decoder::new(1 << 20);
            for piece in pieces {
                decoder.feed(piece).unwrap();
                decoder.ready().clear();
            }
        })
    };
    let together = vec![Bytes::from(frames.concat())];
    for (name, pieces) in [("one per chunk", frames), ("all in one", together)] {
        let count = decode(pieces);
        assert!(count < 0.05, "{name}: {count} times for each event");
    }
}

#[test]
fn a_stream_costs_each_event_a_part_of_its_batch() {
    for (size, per_chunk) in [(200, 1), (200, 50), (2_000, 1)] {
        let count = of_stream(size, per_chunk);
        assert!(count < 0.3, "{size} B, {per_chunk} per chunk: {count} times for each event");
    }
}
