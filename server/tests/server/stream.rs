//! The event stream as bytes on the wire, and who may leave it when.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::fake::FakeComputers;
use crate::local::{Events, Local, kinds};

const HELLO: &str = r#"
- instruction: say hello
  steps:
    - event: {type: progress_update, message: hi}
    - event: {type: thinking, step: 1}
    - wait_ms: 5
    - finish: "hello\nworld"
- {instruction: look, computer: true, steps: [{finish: done}]}
- {instruction: stay, computer: true, steps: [{wait_ms: 60000}]}
"#;

#[tokio::test]
async fn every_frame_is_an_id_from_0_and_one_json_object() {
    let local = Local::with_scripts(HELLO).await;
    let mut stream = local.stream(json!({"instruction": "say hello", "idempotency_key": "k"})).await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    assert_eq!(stream.headers()["cache-control"], "no-store");
    let started = stream.next().await.unwrap();
    let id = started["task_id"].as_str().unwrap().to_owned();
    while stream.next().await.is_some() {}
    let expected = format!(
        "id: 0\ndata: {{\"type\":\"started\",\"task_id\":\"{id}\",\"model\":\"scripted\",\"max_steps\":100}}\n\n\
         id: 1\ndata: {{\"type\":\"progress_update\",\"message\":\"hi\"}}\n\n\
         id: 2\ndata: {{\"type\":\"thinking\",\"step\":1}}\n\n\
         id: 3\ndata: {{\"type\":\"completed\",\"result\":\"hello\\nworld\",\"step\":0}}\n\n"
    );
    assert_eq!(stream.text, expected);
    // The same key streams the same task, from its first event.
    let mut again = local.stream(json!({"idempotency_key": "k", "instruction": "say hello"})).await;
    while again.next().await.is_some() {}
    assert_eq!(again.text, expected);
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_stream_closes_right_after_the_last_event_whatever_the_computer_does() {
    let computers = Arc::new(FakeComputers { slow_close: Some(Duration::from_secs(60)), ..FakeComputers::default() });
    let local = Local::with(HELLO, |config| config.computers = Arc::clone(&computers) as Arc<_>).await;
    for (instruction, end) in [("look", "completed"), ("stay", "cancelled")] {
        let mut stream = local.stream(json!({"instruction": instruction})).await;
        let id = stream.until("started").await["task_id"].as_str().unwrap().to_owned();
        let follower = Events::of(local.request(Method::GET, &format!("/agent/tasks/{id}/events")).send().await.unwrap());
        if end == "cancelled" {
            local.call(&id, "cancel").await;
        }
        stream.until(end).await;
        let told = Instant::now();
        assert_eq!(stream.next().await, None);
        follower.all().await;
        assert!(told.elapsed() < Duration::from_secs(1), "{:?}", told.elapsed());
        assert_eq!(local.status(&id).await["status"], end);
    }
    local.server.shutdown().await;
}

#[tokio::test]
async fn concise_leaves_out_thinking_actions_and_executed() {
    let local = Local::with_scripts(HELLO).await;
    let events = local.run(json!({"instruction": "say hello", "stream_mode": "concise"})).await;
    assert_eq!(kinds(&events), ["started", "progress_update", "completed"]);
    local.server.shutdown().await;
}
