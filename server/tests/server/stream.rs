//! The event stream as bytes on the wire, and who may leave it when.

use crate::local::{Local, kinds};
use serde_json::json;

const HELLO: &str = r#"
- instruction: say hello
  steps:
    - event: {type: progress_update, message: hi}
    - event: {type: thinking, step: 1}
    - wait_ms: 5
    - finish: "hello\nworld"
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
async fn concise_leaves_out_thinking_actions_and_executed() {
    let local = Local::with_scripts(HELLO).await;
    let events = local.run(json!({"instruction": "say hello", "stream_mode": "concise"})).await;
    assert_eq!(kinds(&events), ["started", "progress_update", "completed"]);
    local.server.shutdown().await;
}
