//! Pause, resume, messages, cancel and time limits, also in combination.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::local::{Local, kinds};

const SCRIPTS: &str = r#"
- instruction: work
  computer: true
  steps:
    - {action: {type: click, coordinates: [1, 1]}}
    - {action: {type: click, coordinates: [2, 2]}}
    - finish: worked
- instruction: listen
  steps:
    - {message: top \d}
    - event: {type: progress_update, message: understood}
    - {message: stop}
    - finish: stopped
- {instruction: stay, steps: [{wait_ms: 60000}]}
- {instruction: short, steps: [{finish: done}]}
"#;

/// Time to act while a step is under way.
const SLOW: Duration = Duration::from_secs(30);

fn id(started: &Value) -> &str {
    started["task_id"].as_str().unwrap()
}

#[tokio::test]
async fn a_pause_takes_hold_at_the_next_step_and_a_fresh_look_follows_it() {
    let local = Local::with(SCRIPTS, |config| config.pace = SLOW).await;
    let mut stream = local.stream(json!({"instruction": "work"})).await;
    let started = stream.until("started").await;
    let memory = local.computers.memory(started["computer_id"].as_str().unwrap());
    stream.until("executed").await;
    // The pace holds the task now; a pause takes hold without waiting for its end.
    assert_eq!(local.call(id(&started), "pause").await.body["status"], "paused");
    let paused = stream.next().await.unwrap();
    assert_eq!(paused, json!({"type": "paused", "task_id": id(&started), "step": 1}));
    assert_eq!(memory.looks.load(Ordering::SeqCst), 1);

    assert_eq!(local.call(id(&started), "resume").await.body["status"], "running");
    let resumed = stream.next().await.unwrap();
    assert_eq!(resumed, json!({"type": "resumed", "task_id": id(&started), "step": 1, "by": "user"}));
    let next: Vec<Value> = [stream.next().await, stream.next().await, stream.next().await].into_iter().flatten().collect();
    assert_eq!(kinds(&next), ["screenshot", "thinking", "action"]);
    assert_eq!(memory.looks.load(Ordering::SeqCst), 2);
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_paused_task_does_nothing_and_can_be_told_things() {
    let local = Local::with_scripts(SCRIPTS).await;
    let mut stream = local.stream(json!({"instruction": "listen"})).await;
    let started = stream.until("started").await;
    local.call(id(&started), "pause").await;
    stream.until("paused").await;
    for (message, position) in [("top 3", 1), ("stop", 2)] {
        assert_eq!(local.inject(id(&started), message).await.status, 200);
        let expected = json!({"type": "message_injected", "task_id": id(&started), "step": 0, "message": message, "position": position});
        assert_eq!(stream.next().await.unwrap(), expected);
    }
    assert_eq!(local.status(id(&started)).await["status"], "paused");
    local.call(id(&started), "resume").await;
    assert_eq!(kinds(&stream.all().await), ["resumed", "progress_update", "completed"]);
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_message_is_read_before_the_next_step_and_one_of_no_use_is_named() {
    let local = Local::with_scripts(SCRIPTS).await;
    let mut stream = local.stream(json!({"instruction": "listen"})).await;
    let started = stream.until("started").await;
    local.inject(id(&started), "what?").await;
    local.inject(id(&started), "only the top 3").await;
    stream.until("progress_update").await;
    local.inject(id(&started), "stop").await;
    let not_understood = stream.until("not_understood").await;
    assert_eq!(not_understood["message"], "what?");
    assert_eq!(stream.next().await.unwrap()["type"], "completed");
    local.server.shutdown().await;
}

#[tokio::test]
async fn an_ended_task_cannot_be_steered() {
    let local = Local::with_scripts(SCRIPTS).await;
    let task = local.start(json!({"instruction": "short"})).await;
    local.ended(&task).await;
    let mut answers = vec![local.inject(&task, "more").await];
    for steer in ["pause", "resume", "cancel"] {
        answers.push(local.call(&task, steer).await);
    }
    for answer in answers {
        assert_eq!((answer.status.as_u16(), &answer.headers["x-should-retry"]), (409, &"false".parse().unwrap()));
        assert!(answer.body["detail"].as_str().unwrap().contains("completed"), "{answer:?}");
    }
    let unknown = local.call("task_none", "cancel").await;
    assert!(unknown.status == 404 && unknown.body["detail"].as_str().unwrap().contains("task_none"), "{unknown:?}");
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_cancelled_task_ends_at_once_running_or_paused() {
    let local = Local::with_scripts(SCRIPTS).await;
    for pause in [false, true] {
        let mut stream = local.stream(json!({"instruction": "stay"})).await;
        let started = stream.until("started").await;
        if pause {
            local.call(id(&started), "pause").await;
            stream.until("paused").await;
        }
        assert_eq!(local.call(id(&started), "cancel").await.body, json!({"status": "cancelled"}));
        assert_eq!(stream.all().await, [json!({"type": "cancelled", "reason": "call", "step": 0})]);
        let status = local.status(id(&started)).await;
        assert_eq!((&status["status"], &status["exit_code"]), (&json!("cancelled"), &json!(130)));
        // Once more is harmless.
        assert_eq!(local.call(id(&started), "cancel").await.status, 200);
    }
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_time_limit_ends_a_paused_task() {
    let local = Local::with_scripts(SCRIPTS).await;
    let began = Instant::now();
    let mut stream = local.stream(json!({"instruction": "stay", "max_duration_seconds": 1})).await;
    let started = stream.until("started").await;
    local.call(id(&started), "pause").await;
    stream.until("paused").await;
    let cancelled = stream.next().await.unwrap();
    assert_eq!(cancelled["reason"], "max_duration_seconds");
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(local.status(id(&started)).await["exit_code"], 124);
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_limit_beyond_all_clocks_is_none() {
    let local = Local::with_scripts(SCRIPTS).await;
    let events = local.run(json!({"instruction": "short", "max_duration_seconds": i64::MAX})).await;
    assert_eq!(kinds(&events), ["started", "completed"]);
    local.server.shutdown().await;
}
