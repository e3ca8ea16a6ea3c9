//! A whole stream from a server on the loopback interface, beside reqwest reading the same
//! bytes and doing nothing with them: the goal is at most 1.3 times its time.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark may fail loudly")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lightcone::Client;
use serde_json::json;

/// A stream that the server is asked for: events, bytes of each, events per chunk.
const STREAMS: [(&str, usize, usize, usize); 3] =
    [("200 B, one per chunk", 20_000, 200, 1), ("200 B, many per chunk", 20_000, 200, 50), ("100 KB", 200, 100_000, 1)];

/// As the bindings read.
const BATCH: usize = 256;

async fn ours(client: &Client, body: &str) -> usize {
    let frames = client.open_json("start_stream", b"{}", Some(body.to_owned().into())).await.unwrap();
    let mut count = 0;
    loop {
        match frames.next_batch(BATCH).await.unwrap().len() {
            0 => return count,
            more => count += more,
        }
    }
}

async fn plain(client: reqwest::Client, url: String, body: String) -> usize {
    let request = client.post(format!("{url}/agent/tasks/stream")).header("content-type", "application/json");
    let mut answer = request.body(body).send().await.unwrap();
    let mut bytes = 0;
    while let Some(chunk) = answer.chunk().await.unwrap() {
        bytes += chunk.len();
    }
    bytes
}

fn bench(criterion: &mut Criterion) {
    let url = mock::start().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let client = Client::builder().api_key("sk_bench").base_url(&url).build().unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let reqwest = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut group = criterion.benchmark_group("end to end");
    for (name, events, size, per_chunk) in STREAMS {
        let body = json!({"instruction": format!("events={events} size={size} per_chunk={per_chunk}")}).to_string();
        assert_eq!(runtime.block_on(ours(&client, &body)), events + 2);
        group.throughput(Throughput::Elements(events as u64));
        group.bench_function(format!("{name}, ours"), |bencher| bencher.iter(|| runtime.block_on(ours(&client, &body))));
        // Where its connection is served, too, so that no chunk goes from thread to thread.
        let plain = || runtime.block_on(runtime.spawn(plain(reqwest.clone(), url.clone(), body.clone()))).unwrap();
        group.bench_function(format!("{name}, reqwest"), |bencher| bencher.iter(plain));
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
