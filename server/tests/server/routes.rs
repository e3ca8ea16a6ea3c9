//! The operations and what they answer.

use std::time::Duration;

use lightcone::operation::{OPERATIONS, Operation};
use reqwest::Method;
use serde_json::json;

use crate::local::{Local, answer};

const SCRIPTS: &str = "
- {instruction: finish, steps: [{finish: done}]}
- {instruction: fail, steps: [{fail: {error_code: not_found, result: no such thing, retryable: true}}]}
- {instruction: stay, steps: [{wait_ms: 60000}]}
";

#[tokio::test]
async fn a_start_answers_at_once_and_the_status_tells_the_end() {
    let local = Local::with_scripts(SCRIPTS).await;
    let started = local.post("/agent/tasks", json!({"instruction": "finish"})).await;
    assert_eq!(started.status, 200);
    assert_eq!(started.body["status"], "running");
    let id = started.body["task_id"].as_str().unwrap();
    assert_eq!(started.body.as_object().unwrap().len(), 2, "{started:?}");
    let status = local.ended(id).await;
    let times = ["created_at", "started_at", "ended_at"].map(|name| status[name].as_str().unwrap().to_owned());
    assert!(times.is_sorted() && times[0].len() == 24 && times[0].ends_with('Z'), "{times:?}");
    let expected = json!({
        "status": "completed", "task_id": id, "exit_code": 0, "instruction": "finish", "result": "done", "steps": 0, "model": "scripted",
        "created_at": times[0], "started_at": times[1], "ended_at": times[2],
    });
    assert_eq!(status, expected);
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_task_that_gives_up_has_failed_with_exit_code_1() {
    let local = Local::with_scripts(SCRIPTS).await;
    let events = local.run(json!({"instruction": "fail"})).await;
    let expected = json!({"type": "failed", "error_code": "not_found", "retryable": true, "result": "no such thing", "step": 0});
    assert_eq!(events.last(), Some(&expected));
    let id = events[0]["task_id"].as_str().unwrap();
    let status = local.status(id).await;
    assert_eq!((&status["status"], &status["exit_code"]), (&json!("failed"), &json!(1)));
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_running_task_has_no_exit_code_and_acknowledges_each_call() {
    let local = Local::with_scripts(SCRIPTS).await;
    let id = local.start(json!({"instruction": "stay"})).await;
    assert_eq!(local.status(&id).await.get("exit_code"), None);
    for (call, expected) in [("pause", "paused"), ("pause", "paused"), ("resume", "running"), ("resume", "running")] {
        let answer = local.call(&id, call).await;
        assert_eq!((answer.status.as_u16(), &answer.body), (200, &json!({"status": expected})));
        assert_eq!(local.status(&id).await["status"], expected, "after {call}");
    }
    let answer = local.inject(&id, "hurry").await;
    assert_eq!((answer.status.as_u16(), answer.body), (200, json!({"status": "queued"})));
    local.server.shutdown().await;
}

#[tokio::test]
async fn every_operation_of_the_table_has_its_route_and_asks_for_the_key() {
    let local = Local::with_scripts(SCRIPTS).await;
    for Operation { name, method, path, .. } in OPERATIONS {
        let url = format!("{}{}", local.server.url(), path.replace("{id}", "task_1"));
        let without = answer(local.http.request((*method).clone(), &url)).await;
        assert_eq!(without.status, 401, "{name}");
        assert_eq!(without.headers["www-authenticate"], "Bearer");
        assert!(without.body["detail"].as_str().unwrap().contains("Authorization: Bearer"), "{without:?}");
        let wrong = answer(local.http.request((*method).clone(), &url).bearer_auth("sk_wrong")).await;
        assert_eq!(wrong.status, 401, "{name}");
        assert!(!wrong.body.to_string().contains("sk_"), "{wrong:?}");
        let other = answer(local.http.request((*method).clone(), &url).header("authorization", "Basic abc")).await;
        assert_eq!(other.status, 401, "{name}");
    }
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_key_starts_one_task_however_often_it_is_sent() {
    let local = Local::with_scripts(SCRIPTS).await;
    let body = json!({"instruction": "stay", "idempotency_key": "once", "agent_icon": null});
    let first = local.post("/agent/tasks", body.clone()).await.body;
    assert_eq!((&first["idempotency_key"], &first["reused"]), (&json!("once"), &json!(false)));
    // The same body, with members in another order and nulls left out.
    let again = local.post("/agent/tasks", json!({"idempotency_key": "once", "instruction": "stay"})).await.body;
    assert_eq!((&again["task_id"], &again["reused"]), (&first["task_id"], &json!(true)));
    let mut stream = local.stream(body).await;
    assert_eq!(stream.next().await.unwrap()["task_id"], first["task_id"]);

    let other = local.post("/agent/tasks", json!({"instruction": "finish", "idempotency_key": "once"})).await;
    assert_eq!(other.status, 409);
    assert_eq!(other.headers["x-should-retry"], "false");
    assert!(other.body["detail"].as_str().unwrap().contains("idempotency_key"), "{other:?}");
    local.server.shutdown().await;
}

#[tokio::test]
async fn starts_with_one_key_at_the_same_time_start_one_task() {
    let local = Local::with_scripts(SCRIPTS).await;
    let body = json!({"instruction": "finish", "idempotency_key": "once"});
    let starts = (0..20).map(|_| local.post("/agent/tasks", body.clone()));
    let answers = futures_util::future::join_all(starts).await;
    assert!(answers.iter().all(|answer| answer.body["task_id"] == answers[0].body["task_id"]));
    assert_eq!(answers.iter().filter(|answer| answer.body["reused"] == false).count(), 1);
    local.server.shutdown().await;
}

#[tokio::test]
async fn fifty_tasks_run_at_once() {
    let local = Local::with_scripts("[{pattern: '^task', steps: [{wait_ms: 20}, {message: go}, {finish: done}]}]").await;
    let run = async |number: usize| {
        let mut stream = local.stream(json!({"instruction": format!("task {number}")})).await;
        let id = stream.next().await.unwrap()["task_id"].as_str().unwrap().to_owned();
        assert_eq!(local.inject(&id, "go").await.status, 200);
        stream.until("completed").await;
    };
    let all = futures_util::future::join_all((0..50).map(run));
    tokio::time::timeout(Duration::from_secs(10), all).await.expect("50 tasks end");
    local.server.shutdown().await;
}

#[tokio::test]
async fn http_2_is_spoken_too() {
    let local = Local::with_scripts(SCRIPTS).await;
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let request = client.request(Method::GET, format!("{}/agent/tasks/task_1", local.server.url()));
    assert_eq!(answer(request.bearer_auth(crate::local::KEY)).await.status, 404);
    local.server.shutdown().await;
}
