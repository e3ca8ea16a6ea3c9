//! Waiting for a task and running a whole one (contract, section 8.5), and the end of a
//! stream after the end of its task.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod common;

use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use common::{Server, Step, answer, cut_stream_with, stream, write};
use futures_util::StreamExt;
use lightcone::{
    CallOptions, Error, ErrorKind,
    tasks::{StartParams, TaskResult, WaitParams},
};
use serde_json::{Value, json};

const CAN: &str = "x-task-id: t1\r\nlink: <t1/events>; rel=\"events\"\r\n";
const NAMED: &str = "x-task-id: t1\r\n";
const ENDED: &str = r#"{"status":"completed","exit_code":0,"result":"from the status","steps":4,"model":"rules"}"#;
const RUNNING: &str = r#"{"status":"running","task_id":"t1"}"#;

fn status(body: &str) -> Vec<Step> {
    answer(200, "connection: close\r\n", body)
}

fn event(id: usize, data: &str) -> String {
    format!("id: {id}\ndata: {data}\n\n")
}

fn started() -> String {
    event(0, r#"{"type":"started","task_id":"t1","computer_id":"c1","model":"the model"}"#)
}

fn completed(id: usize) -> String {
    event(id, r#"{"type":"completed","result":"from the event","step":3}"#)
}

fn as_json(result: &TaskResult) -> Value {
    serde_json::from_slice(&result.to_json()).unwrap()
}

fn paths(server: &Server) -> Vec<String> {
    server.requests().iter().map(|request| request.split(" HTTP").next().unwrap().to_owned()).collect()
}

fn quickly() -> WaitParams {
    WaitParams::new().poll_interval(Duration::from_millis(1))
}

async fn run(scripts: Vec<Vec<Step>>, options: CallOptions) -> (Result<TaskResult, Error>, Vec<String>, Vec<String>) {
    let server = Server::start(scripts);
    let client = server.client();
    let mut seen = Vec::new();
    let result =
        client.agent().tasks().with(options).run_with(StartParams::new("x"), |event| seen.push(event.kind().unwrap().to_owned())).await;
    (result, seen, paths(&server))
}

#[tokio::test]
async fn wait_asks_until_the_task_has_ended() {
    let server = Server::start(vec![status(r#"{"status":"queued"}"#), status(RUNNING), status(r#"{"status":"paused"}"#), status(ENDED)]);
    let result = server.client().agent().tasks().wait("t1", quickly()).await.unwrap();
    let expected = json!({"status":"completed","exit_code":0,"result":"from the status","task_id":"t1","steps":4,"model":"rules"});
    assert_eq!(as_json(&result), expected);
    assert_eq!(paths(&server), ["GET /agent/tasks/t1"; 4]);
}

#[tokio::test]
async fn wait_is_over_by_its_time_whatever_the_server_does() {
    let limit = Duration::from_millis(300);
    let (told, _closed) = mpsc::channel();
    let answers = std::iter::repeat_n(status(RUNNING), 100).collect();
    let (silent, failing) =
        (vec![vec![Step::AwaitClose(told)]], std::iter::repeat_n(answer(503, "connection: close\r\n", ""), 10).collect());
    for (scripts, word) in [(answers, "its status is running"), (silent, "has not told its status"), (failing, "has not told its status")] {
        let server = Server::start(scripts);
        let began = Instant::now();
        let error = server
            .client()
            .agent()
            .tasks()
            .wait("t1", quickly().poll_interval(Duration::from_millis(50)).timeout(limit))
            .await
            .unwrap_err();
        assert!(began.elapsed() >= limit && began.elapsed() < Duration::from_secs(10));
        assert_eq!((error.kind(), error.record().task_id.as_deref()), (ErrorKind::Timeout, Some("t1")));
        assert!(
            error.to_string().starts_with("Request timed out. Task t1 had not ended after 0.3 s") && error.to_string().contains(word),
            "{error}"
        );
    }
}

#[tokio::test]
async fn what_wait_cannot_do_it_says() {
    let server = Server::start(vec![answer(404, "", r#"{"detail":"no t1"}"#)]);
    let error = server.client().agent().tasks().wait("t1", quickly()).await.unwrap_err();
    assert_eq!((error.kind(), error.record().task_id.as_deref()), (ErrorKind::NotFound, Some("t1")));
    let error = server.client().agent().tasks().wait("t1", quickly().poll_interval(Duration::ZERO)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    let error = server.client().agent().tasks().wait("", quickly()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

#[tokio::test]
async fn wait_comes_through_the_door() {
    let server = Server::start(vec![status(RUNNING), status(ENDED)]);
    let params = Bytes::from_static(br#"{"timeout":20,"poll_interval":0.001}"#);
    let answer = server.client().call_json("wait", br#"{"id":"t1"}"#, Some(params)).await.unwrap();
    assert_eq!((answer.head.status, &answer.body[..20]), (200, &br#"{"status":"completed"#[..]));
    let error = server.client().call_json("wait", br#"{"id":"t1"}"#, Some(Bytes::from_static(br#"{"timeout":-1}"#))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().contains("-1 s"), "{error}");
}

#[tokio::test]
async fn a_run_gives_its_events_and_its_result() {
    let (result, seen, requests) = run(vec![stream(started() + &completed(1)), status(ENDED)], CallOptions::new()).await;
    let expected = json!({"status":"completed","exit_code":0,"result":"from the event","task_id":"t1","steps":4,"model":"rules"});
    assert_eq!(as_json(&result.unwrap()), expected);
    assert_eq!(seen, ["started", "completed"]);
    assert_eq!(requests, ["POST /agent/tasks/stream", "GET /agent/tasks/t1"]);
}

#[tokio::test]
async fn a_failed_run_is_a_result_too() {
    for (terminal, told, expected) in [
        (r#"{"type":"failed","result":"no","step":2}"#, r#"{"status":"failed","exit_code":70}"#, json!(["failed", 70, "no", 2])),
        (
            r#"{"type":"max_steps","step":9}"#,
            r#"{"status":"failed","exit_code":3,"result":"out of steps"}"#,
            json!(["failed", 3, "out of steps", 9]),
        ),
        // A status that lags behind has nothing to say.
        (r#"{"type":"config_error","error":"no such model"}"#, RUNNING, json!(["failed", 2, "no such model", null])),
        (r#"{"type":"cancelled"}"#, "no JSON", json!(["cancelled", null, null, null])),
    ] {
        let (result, _, _) = run(vec![stream(started() + &event(1, terminal)), status(told)], CallOptions::new()).await;
        let result = result.unwrap();
        let got = json!([result.status, result.exit_code, result.result, result.steps]);
        assert_eq!((got, result.model.as_deref()), (expected, Some("the model")), "{terminal}");
        assert_eq!(result.error_for_status().unwrap_err().kind(), ErrorKind::TaskFailed);
    }
}

#[tokio::test]
async fn what_is_known_is_not_lost_when_the_status_does_not_come() {
    let scripts = vec![stream(started() + &completed(1)), answer(500, "", "")];
    let (result, _, _) = run(scripts, CallOptions::new().max_retries(0)).await;
    let expected = json!({"status":"completed","exit_code":0,"result":"from the event","task_id":"t1","steps":3,"model":"the model"});
    assert_eq!(as_json(&result.unwrap()), expected);
    // Nobody named the task, so there is nothing to ask for.
    let (result, _, requests) = run(vec![stream(completed(0))], CallOptions::new()).await;
    assert_eq!((result.unwrap().task_id, requests.len()), (None, 1));
}

#[tokio::test]
async fn the_end_of_a_run_that_breaks_off_is_waited_for() {
    // The stream cannot be taken up again: not at all, or because the server refuses.
    let refused = vec![cut_stream_with(CAN, started()), answer(404, "connection: close\r\n", "")];
    let cannot = vec![cut_stream_with(NAMED, started())];
    let off = vec![cut_stream_with(CAN, started())];
    for (scripts, options) in [(refused, CallOptions::new()), (cannot, CallOptions::new()), (off, CallOptions::new().max_retries(0))] {
        let scripts = scripts.into_iter().chain([status(RUNNING), status(ENDED)]).collect();
        let (result, seen, requests) = run(scripts, options).await;
        let result = result.unwrap();
        assert_eq!((result.status.as_str(), result.result.as_deref()), ("completed", Some("from the status")));
        assert_eq!(seen, ["started"]);
        assert_eq!(requests[requests.len() - 2..], ["GET /agent/tasks/t1"; 2]);
    }
    // The event timeout is the limit there is for a task that shows no sign.
    let scripts = [cut_stream_with(NAMED, started())].into_iter().chain(std::iter::repeat_n(status(RUNNING), 20)).collect();
    let (result, _, _) = run(scripts, CallOptions::new().event_timeout(Some(Duration::from_millis(400)))).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.record().task_id.as_deref()), (ErrorKind::Timeout, Some("t1")));
    // Nobody to ask for.
    let (result, _, requests) = run(vec![cut_stream_with("", event(0, r#"{"type":"n"}"#))], CallOptions::new()).await;
    assert_eq!((result.unwrap_err().kind(), requests.len()), (ErrorKind::StreamInterrupted, 1));
}

#[tokio::test]
async fn a_run_that_ends_without_its_task_says_so() {
    let quiet_end = |headers: &str| {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n{headers}\r\n");
        vec![write(head + &started())]
    };
    // The task has ended, and its status tells how.
    let (result, _, requests) = run(vec![quiet_end(""), status(ENDED), status(ENDED)], CallOptions::new()).await;
    assert_eq!((result.unwrap().result.as_deref(), requests.len()), (Some("from the status"), 3));
    // A task left at running by a server that cannot resume may never end.
    let (result, _, requests) = run(vec![quiet_end(""), status(RUNNING)], CallOptions::new()).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.record().task_id.as_deref(), requests.len()), (ErrorKind::StreamInterrupted, Some("t1"), 2));
    // Nothing is known.
    let (result, _, _) = run(vec![stream(event(0, r#"{"type":"n"}"#))], CallOptions::new()).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Response);
}

#[tokio::test]
async fn after_the_end_of_the_task_a_stream_ends_with_or_without_the_server() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 1000000000\r\n\r\n";
    for pings in [0, 300] {
        let (told, closed) = mpsc::channel();
        let begin = write(head.to_owned() + &started() + &completed(1));
        let after = [begin, write("\n"), Step::Silence(Duration::from_millis(50)), write(event(2, r#"{"type":"late"}"#))];
        let pings = (0..pings).flat_map(|_| [write(": ping\n\n"), Step::Silence(Duration::from_millis(20))]);
        let server = Server::start(vec![after.into_iter().chain(pings).chain([Step::AwaitClose(told)]).collect()]);
        let began = Instant::now();
        let events = server.client().agent().tasks().start_stream(StartParams::new("x")).await.unwrap();
        let seen: Vec<_> = events.map(|event| event.unwrap().kind().unwrap().to_owned()).collect().await;
        assert_eq!(seen, ["started", "completed", "late"]);
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        // A server that is still writing finds the connection closed; either way its part is over.
        let heard = tokio::task::spawn_blocking(move || closed.recv_timeout(Duration::from_secs(10))).await.unwrap();
        assert_ne!(heard, Err(mpsc::RecvTimeoutError::Timeout));
        assert_eq!(paths(&server), ["POST /agent/tasks/stream"]);
    }
}
