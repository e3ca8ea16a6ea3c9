//! Actions on computers, and computers that outlive their task or fail.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use lightcone_server::ServerConfig;
use lightcone_server::computer::{Action, Point};
use serde_json::{Value, json};

use crate::fake::FakeComputers;
use crate::local::{Local, kinds, soon};

const SCRIPTS: &str = "
- instruction: click twice
  computer: true
  steps:
    - {action: {type: click, coordinates: [10, 20]}, description: the first}
    - {action: {type: wait, ms: 1}}
    - finish: clicked
- instruction: stay
  computer: true
  steps: [{wait_ms: 60000}]
- {instruction: scroll what cannot, computer: true, steps: [{action: {type: scroll, coordinates: [0, 0], delta_y: 1}}]}
- {instruction: crash, computer: true, steps: [{action: {type: scroll, coordinates: [0, 0], delta_y: 2}}]}
- {instruction: panic, computer: true, steps: [{action: {type: scroll, coordinates: [0, 0], delta_y: 3}}]}
- {instruction: hang, computer: true, steps: [{action: {type: scroll, coordinates: [0, 0], delta_y: 4}}]}
";

fn computer(events: &[Value]) -> String {
    events[0]["computer_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn each_action_is_told_done_and_followed_by_a_fresh_look() {
    let local = Local::with_scripts(SCRIPTS).await;
    let events = local.run(json!({"instruction": "click twice"})).await;
    let step = ["screenshot", "thinking", "action", "executed"];
    assert_eq!(kinds(&events), [&["started"][..], &step, &step, &["screenshot", "thinking", "completed"]].concat());
    let action = json!({"type": "action", "step": 1, "description": "the first", "action": {"type": "click", "coordinates": [10.0, 20.0]}});
    assert_eq!(events[3], action);
    let steps: Vec<&Value> = events[1..].iter().map(|event| &event["step"]).collect();
    assert_eq!(steps, [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 2]);
    let memory = local.computers.memory(&computer(&events));
    assert_eq!(*memory.actions.lock().unwrap(), [Action::Click { coordinates: Point(10.0, 20.0) }, Action::Wait { ms: 1 }]);
    assert_eq!(memory.looks.load(Ordering::SeqCst), 3);
    soon("the computer is closed with the task", || local.computers.open() == 0).await;
    local.server.shutdown().await;
}

#[tokio::test]
async fn the_steps_are_limited() {
    let local = Local::with_scripts(SCRIPTS).await;
    let events = local.run(json!({"instruction": "click twice", "max_steps": 1})).await;
    assert_eq!(events.last().unwrap(), &json!({"type": "max_steps", "step": 1}));
    let status = local.status(events[0]["task_id"].as_str().unwrap()).await;
    assert_eq!((&status["status"], &status["exit_code"]), (&json!("failed"), &json!(3)));
    // As many as are needed are enough.
    let events = local.run(json!({"instruction": "click twice", "max_steps": 2})).await;
    assert_eq!(events.last().unwrap()["type"], "completed");
    local.server.shutdown().await;
}

#[tokio::test]
async fn an_action_that_cannot_be_done_is_told_to_the_model() {
    let local = Local::with_scripts(SCRIPTS).await;
    let events = local.run(json!({"instruction": "scroll what cannot"})).await;
    let step = ["screenshot", "thinking", "action", "error", "screenshot", "thinking", "failed"];
    assert_eq!(kinds(&events), [&["started"][..], &step].concat());
    assert_eq!(events[4], json!({"type": "error", "error": "nothing to scroll", "step": 1}));
    assert_eq!((&events[7]["error_code"], &events[7]["result"]), (&json!("action_failed"), &json!("nothing to scroll")));
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_computer_that_is_gone_fails_its_task_and_is_not_kept() {
    let local = Local::with_scripts(SCRIPTS).await;
    let events = local.run(json!({"instruction": "crash", "keep_alive": true})).await;
    let end = events.last().unwrap();
    let expected = json!({"type": "failed", "error_code": "computer_gone", "retryable": true, "result": "the browser crashed", "step": 1});
    assert_eq!(*end, expected);
    assert_eq!(local.status(events[0]["task_id"].as_str().unwrap()).await["exit_code"], 1);
    soon("it is closed", || local.computers.open() == 0).await;
    let again = local.post("/agent/tasks", json!({"instruction": "stay", "computer_id": computer(&events)})).await;
    assert_eq!(again.status, 404);
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_panic_ends_its_task_and_nothing_else() {
    let local = Local::with_scripts(SCRIPTS).await;
    let mut other = local.stream(json!({"instruction": "stay"})).await;
    other.until("started").await;
    let events = local.run(json!({"instruction": "panic", "keep_alive": true})).await;
    let end = events.last().unwrap();
    assert_eq!((&end["type"], &end["error_code"]), (&json!("failed"), &json!("internal_error")));
    assert_eq!(local.status(events[0]["task_id"].as_str().unwrap()).await["exit_code"], 70);
    soon("its computer is closed", || local.computers.open() == 1).await;
    assert_eq!(local.run(json!({"instruction": "click twice"})).await.last().unwrap()["type"], "completed");
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_time_limit_ends_a_computer_that_hangs() {
    let local = Local::with_scripts(SCRIPTS).await;
    let events = local.run(json!({"instruction": "hang", "max_duration_seconds": 1})).await;
    assert_eq!(*events.last().unwrap(), json!({"type": "cancelled", "reason": "max_duration_seconds", "step": 1}));
    let status = local.status(events[0]["task_id"].as_str().unwrap()).await;
    assert_eq!((&status["status"], &status["exit_code"]), (&json!("cancelled"), &json!(124)));
    soon("it is closed", || local.computers.open() == 0).await;
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_computer_that_cannot_be_launched_is_a_configuration_error() {
    let computers = FakeComputers { unavailable: Some("no Chromium; install one".into()), ..FakeComputers::default() };
    let use_them = |config: &mut ServerConfig| config.computers = Arc::new(computers);
    let local = Local::with(SCRIPTS, use_them).await;
    let events = local.run(json!({"instruction": "click twice"})).await;
    let expected = json!({
        "type": "config_error", "error_code": "computer_unavailable", "retryable": false, "error": "no Chromium; install one",
    });
    assert_eq!(events, [expected]);
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_kept_computer_is_used_again_until_a_task_ends_it() {
    let local = Local::with_scripts(SCRIPTS).await;
    for keep in [json!({"keep_alive": true}), json!({"terminate_on_completion": false})] {
        let mut body = json!({"instruction": "click twice"});
        body.as_object_mut().unwrap().extend(keep.as_object().unwrap().clone());
        let id = computer(&local.run(body).await);
        assert_eq!(local.computers.open(), 1);
        for on_missing in ["fail", "restore", "create_new"] {
            let body = json!({
                "instruction": "click twice", "computer_id": id, "keep_alive": true, "on_missing_computer": on_missing,
            });
            assert_eq!(computer(&local.run(body).await), id);
        }
        assert_eq!(local.computers.memory(&id).actions.lock().unwrap().len(), 8);
        let last = local.run(json!({"instruction": "click twice", "computer_id": id})).await;
        assert_eq!(computer(&last), id);
        soon("the last task ended it", || local.computers.open() == 0).await;
    }
    assert_eq!(local.computers.count(), 2);
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_task_that_does_not_use_its_computer_leaves_it_as_it_is() {
    let local = Local::with_scripts(SCRIPTS).await;
    let id = computer(&local.run(json!({"instruction": "click twice", "keep_alive": true})).await);
    for fields in [json!({"model": "gpt"}), json!({"kind": "desktop"}), json!({"instruction": "no such script"})] {
        let mut body = json!({"instruction": "click twice", "computer_id": id});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        assert_ne!(local.run(body).await.last().unwrap()["type"], "completed");
        assert_eq!(local.computers.open(), 1, "{fields}");
    }
    let events = local.run(json!({"instruction": "click twice", "computer_id": id})).await;
    assert_eq!(computer(&events), id);
    local.server.shutdown().await;
}

#[tokio::test]
async fn one_task_at_a_time_is_on_a_computer() {
    let local = Local::with_scripts(SCRIPTS).await;
    let mut stream = local.stream(json!({"instruction": "stay"})).await;
    let started = stream.until("started").await;
    let body = json!({"instruction": "click twice", "computer_id": started["computer_id"]});
    let refused = local.post("/agent/tasks", body).await;
    assert_eq!((refused.status.as_u16(), &refused.headers["x-should-retry"]), (409, &"false".parse().unwrap()));
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_computer_that_is_not_live_is_missed_as_asked() {
    let local = Local::with_scripts(SCRIPTS).await;
    for on_missing in [json!(null), json!("restore"), json!("fail")] {
        let body = json!({"instruction": "click twice", "computer_id": "computer_7", "on_missing_computer": on_missing});
        let answer = local.post("/agent/tasks", body).await;
        assert_eq!(answer.status, 404, "{on_missing}");
        assert!(answer.body["detail"].as_str().unwrap().contains("computer_7"), "{answer:?}");
    }
    let body = json!({"instruction": "click twice", "computer_id": "computer_7", "on_missing_computer": "create_new"});
    assert_ne!(computer(&local.run(body).await), "computer_7");
    local.server.shutdown().await;
}

#[tokio::test]
async fn the_pace_is_the_least_time_of_an_action() {
    let local = Local::with(SCRIPTS, |config| config.pace = Duration::from_millis(100)).await;
    let began = Instant::now();
    local.run(json!({"instruction": "click twice"})).await;
    assert!(began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
    local.server.shutdown().await;
}
