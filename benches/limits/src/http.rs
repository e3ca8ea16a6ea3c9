//! reqwest for HTTP, sonic-rs for JSON.

use std::time::Instant;

use bytes::{Bytes, BytesMut};
use memchr::memmem;
use reqwest::Client;
use serde_json::json;
use sonic_rs::{JsonValueTrait as _, Value};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinSet,
};

use crate::Limit;

pub(crate) struct Http {
    runtime: Runtime,
    client: Client,
    url: String,
}

impl Http {
    pub(crate) fn new(url: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        Self { runtime, client: Client::builder().no_proxy().build().unwrap(), url: url.to_owned() }
    }
}

/// The event in a frame, decoded.
fn event(frame: &Bytes) -> Option<Value> {
    frame.split(|byte| *byte == b'\n').find_map(|line| sonic_rs::from_slice(line.strip_prefix(b"data: ")?).ok())
}

async fn read(client: &Client, url: &str, instruction: &str) -> usize {
    let request = client.post(format!("{url}/agent/tasks/stream")).header("content-type", "application/json");
    let request = request.body(json!({"instruction": instruction}).to_string());
    let mut answer = request.send().await.unwrap().error_for_status().unwrap();
    let (mut rest, mut count, mut last) = (BytesMut::new(), 0, None);
    while let Some(chunk) = answer.chunk().await.unwrap() {
        // The blank line can lie across two chunks.
        let mut from = rest.len().saturating_sub(1);
        rest.extend_from_slice(&chunk);
        while let Some(end) = memmem::find(rest.get(from..).unwrap(), b"\n\n") {
            let frame = rest.split_to(from + end + 2).freeze();
            last = event(&frame);
            count += usize::from(last.is_some());
            from = 0;
        }
    }
    assert_eq!(last.get("type").as_str(), Some("completed"));
    count - 2
}

async fn call(client: Client, url: String, until: Instant) -> usize {
    let mut count = 0;
    while count == 0 || Instant::now() < until {
        let body = client.get(format!("{url}/agent/tasks/task_bench")).send().await.unwrap().bytes().await.unwrap();
        let status: Value = sonic_rs::from_slice(&body).unwrap();
        assert_eq!(status.get("status").as_str(), Some("running"));
        count += 1;
    }
    count
}

impl Limit for Http {
    fn read(&self, instruction: &str) -> usize {
        self.runtime.block_on(read(&self.client, &self.url, instruction))
    }

    fn call(&self, callers: usize, until: Instant) -> usize {
        self.runtime.block_on(async {
            let mut all: JoinSet<usize> = (0..callers).map(|_| call(self.client.clone(), self.url.clone(), until)).collect();
            let mut count = 0;
            while let Some(one) = all.join_next().await {
                count += one.unwrap();
            }
            count
        })
    }
}
