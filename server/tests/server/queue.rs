//! More tasks than computers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lightcone_server::{Data, ServerConfig};
use serde_json::json;

use crate::local::{Events, Local, kinds};

const SCRIPTS: &str = "
- {instruction: stay, computer: true, steps: [{wait_ms: 60000}]}
- {instruction: short, computer: true, steps: [{finish: done}]}
- {instruction: blind, steps: [{finish: done}]}
";

async fn local(max_concurrent: usize, max_queued: usize) -> Local {
    let limits = |config: &mut ServerConfig| (config.max_concurrent, config.max_queued) = (max_concurrent, max_queued);
    Local::with(SCRIPTS, limits).await
}

async fn events(local: &Local, id: &str) -> Events {
    Events::of(local.request(reqwest::Method::GET, &format!("/agent/tasks/{id}/events")).send().await.unwrap())
}

#[tokio::test]
async fn a_task_without_a_free_computer_is_queued_until_there_is_one() {
    let local = local(1, 10).await;
    let first = local.start(json!({"instruction": "stay"})).await;
    let started = local.post("/agent/tasks", json!({"instruction": "short"})).await;
    assert_eq!(started.body["status"], "queued");
    let second = started.body["task_id"].as_str().unwrap();
    let mut stream = events(&local, second).await;
    assert_eq!(stream.next().await, Some(json!({"type": "queued", "task_id": second, "step": 0})));
    let status = local.status(second).await;
    assert_eq!(status["status"], "queued");
    assert!(status.get("started_at").is_none(), "{status}");
    assert_eq!(local.get("/agent/tasks?status=queued").await.body["data"].as_array().unwrap().len(), 1);
    // What needs no computer does not wait.
    assert_eq!(kinds(&local.run(json!({"instruction": "blind"})).await), ["started", "completed"]);
    local.call(&first, "cancel").await;
    let rest = stream.all().await;
    assert_eq!((kinds(&rest)[0], *kinds(&rest).last().unwrap()), ("started", "completed"));
    assert_eq!(local.computers.count(), 2);
    local.server.shutdown().await;
}

#[tokio::test]
async fn never_more_computers_than_allowed_and_every_task_has_its_turn() {
    let local = local(3, 100).await;
    let mut ids = Vec::new();
    for _ in 0..40 {
        ids.push(local.start(json!({"instruction": "short"})).await);
        assert!(local.computers.open() <= 3);
    }
    for id in ids {
        assert_eq!(local.ended(&id).await["status"], "completed");
        assert!(local.computers.open() <= 3);
    }
    assert_eq!(local.computers.count(), 40);
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_full_queue_refuses_and_says_when_to_come_again() {
    let local = local(1, 1).await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        ids.push(local.start(json!({"instruction": "stay"})).await);
    }
    let body = json!({"instruction": "short", "idempotency_key": "k"});
    let refused = local.post("/agent/tasks", body.clone()).await;
    assert_eq!(refused.status, 429);
    assert!(refused.body["detail"].as_str().unwrap().starts_with("Concurrent limit reached"), "{refused:?}");
    assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
    // Nothing was left behind, not even the key.
    assert_eq!(local.get("/agent/tasks").await.body["data"].as_array().unwrap().len(), 2);
    local.call(&ids[1], "cancel").await;
    let deadline = Instant::now() + Duration::from_secs(10);
    while local.post("/agent/tasks", body.clone()).await.status == 429 {
        assert!(Instant::now() < deadline, "the line is as long as before");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_queued_task_is_paused_told_resumed_and_called_off() {
    let local = local(1, 10).await;
    let first = local.start(json!({"instruction": "stay"})).await;
    let held = local.start(json!({"instruction": "short"})).await;
    let cancelled = local.start(json!({"instruction": "short"})).await;
    let last = local.start(json!({"instruction": "short"})).await;
    assert_eq!(local.call(&held, "pause").await.body["status"], "paused");
    let mut stream = events(&local, &held).await;
    stream.until("paused").await;
    assert_eq!(local.call(&held, "resume").await.body["status"], "queued");
    assert_eq!(local.status(&held).await["status"], "queued");
    stream.until("resumed").await;
    local.call(&held, "pause").await;
    stream.until("paused").await;
    assert_eq!(local.inject(&held, "hello").await.status, 200);
    local.call(&cancelled, "cancel").await;
    let status = local.status(&cancelled).await;
    assert_eq!((&status["status"], &status["exit_code"]), (&json!("cancelled"), &json!(130)));
    assert_eq!(kinds(&events(&local, &cancelled).await.all().await), ["queued", "cancelled"]);
    // The paused one lets the one behind it go before.
    local.call(&first, "cancel").await;
    assert_eq!(local.ended(&last).await["status"], "completed");
    assert_eq!(local.status(&held).await["status"], "paused");
    local.call(&held, "resume").await;
    assert_eq!(*kinds(&stream.all().await).last().unwrap(), "completed");
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_kept_computer_keeps_its_place() {
    let local = local(1, 10).await;
    let first = local.run(json!({"instruction": "short", "keep_alive": true})).await;
    let second = local.start(json!({"instruction": "short"})).await;
    assert_eq!(local.status(&second).await["status"], "queued");
    // The computer itself can be used all the same, and ends with that task.
    let again = local.run(json!({"instruction": "short", "computer_id": first[0]["computer_id"]})).await;
    assert_eq!(again.last().unwrap()["type"], "completed");
    assert_eq!(local.ended(&second).await["status"], "completed");
    local.server.shutdown().await;
}

#[tokio::test]
async fn queued_tasks_start_with_the_next_server() {
    let place = tempfile::tempdir().unwrap();
    let configure = |config: &mut ServerConfig| (config.data, config.max_concurrent) = (Data::Folder(place.path().to_owned()), 1);
    let before = Local::with(SCRIPTS, configure).await;
    let running = before.start(json!({"instruction": "stay"})).await;
    let queued = before.start(json!({"instruction": "short"})).await;
    let paused = before.start(json!({"instruction": "short"})).await;
    before.call(&paused, "pause").await;
    events(&before, &paused).await.until("paused").await;
    before.server.shutdown().await;

    let after = Local::with(SCRIPTS, configure).await;
    assert_eq!(after.status(&running).await["error_code"], "server_stopped");
    assert_eq!(after.ended(&queued).await["status"], "completed");
    assert_eq!(after.status(&paused).await["status"], "paused");
    after.call(&paused, "resume").await;
    assert_eq!(after.ended(&paused).await["status"], "completed");
    let told = events(&after, &paused).await.all().await;
    assert_eq!(kinds(&told)[..4], ["queued", "paused", "resumed", "started"]);
    after.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queued_tasks_start_in_order_with_the_next_server_too() {
    let place = tempfile::tempdir().unwrap();
    let configure = |config: &mut ServerConfig| (config.data, config.max_concurrent) = (Data::Folder(place.path().to_owned()), 1);
    let before = Local::with(SCRIPTS, configure).await;
    before.start(json!({"instruction": "stay"})).await;
    let widths: Vec<u32> = (0..50).map(|nth| 500 + nth).collect();
    let mut last = String::new();
    for width in &widths {
        // The viewport tells one from another.
        last = before.start(json!({"instruction": "short", "viewport_width": width})).await;
    }
    before.server.shutdown().await;

    let after = Local::with(SCRIPTS, configure).await;
    after.ended(&last).await;
    let launched: Vec<u32> = after.computers.viewports.lock().unwrap().iter().map(|viewport| viewport.width).collect();
    assert_eq!(launched, widths);
    after.server.shutdown().await;
}

#[tokio::test]
async fn the_end_of_a_server_in_memory_ends_what_is_queued() {
    let local = local(1, 10).await;
    local.start(json!({"instruction": "stay"})).await;
    let queued = local.start(json!({"instruction": "short"})).await;
    let stream = events(&local, &queued).await;
    let computers = Arc::clone(&local.computers);
    local.server.shutdown().await;
    assert_eq!(stream.all().await.last().unwrap()["error_code"], "server_stopped");
    assert_eq!(computers.count(), 1);
}
