//! Calls with one answer: what is sent, what is sent again, what comes of it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod common;

use std::time::Duration;

use common::{Server, answer, header, write};
use lightcone::{
    CallOptions, Client, ErrorKind, Timeouts,
    tasks::{Kind, StartParams},
};

const NOW: &str = "retry-after-ms: 1\r\n";
const STARTED: &str = r#"{"status":"running","task_id":"t1","later":1}"#;

fn body(request: &str) -> serde_json::Value {
    serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn a_start_sends_what_was_given_and_keeps_what_it_does_not_know() {
    let server = Server::start(vec![answer(200, "", STARTED)]);
    let params = StartParams::new("do it").kind(Kind::Browser).max_steps(3).extra("novel", true);
    let task = server.client().agent().tasks().start(params).await.unwrap();
    assert_eq!((task.task_id.as_deref(), task.reused), (Some("t1"), None));
    assert_eq!(task.extra.get("later"), Some(&1.into()));
    let request = server.requests().remove(0);
    assert!(request.starts_with("POST /agent/tasks HTTP/1.1\r\n"), "{request}");
    assert_eq!(header(&request, "authorization"), Some("Bearer sk_test"));
    assert_eq!(header(&request, "content-type"), Some("application/json"));
    assert_eq!(header(&request, "x-stainless-retry-count"), Some("0"));
    let sent = body(&request);
    let names: Vec<&String> = sent.as_object().unwrap().keys().collect();
    assert_eq!(names, ["instruction", "idempotency_key", "kind", "max_steps", "novel"]);
}

#[tokio::test]
async fn a_start_keeps_its_key_over_all_attempts() {
    let cut = vec![write("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{")];
    let server = Server::start(vec![answer(503, NOW, ""), cut, answer(200, "", STARTED)]);
    let task = server.client().agent().tasks().start(StartParams::new("x")).await.unwrap();
    assert_eq!(task.status.as_deref(), Some("running"));
    let requests = server.requests();
    let keys: Vec<_> = requests.iter().map(|request| body(request)["idempotency_key"].clone()).collect();
    assert!(keys.len() == 3 && keys[0].is_string() && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert_eq!(requests.iter().map(|request| header(request, "x-stainless-retry-count").unwrap()).collect::<Vec<_>>(), ["0", "1", "2"]);
}

#[tokio::test]
async fn a_message_that_may_have_arrived_is_not_sent_again() {
    let server = Server::start(vec![vec![], answer(200, "", r#"{"status":"queued"}"#)]);
    let error = server.client().agent().tasks().inject_message("t1", "hello").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
    assert!(error.to_string().contains(&server.url), "{error}");
    // An answer that says no is certain: that may be tried again.
    let server = Server::start(vec![answer(503, NOW, ""), answer(200, "", r#"{"status":"queued"}"#)]);
    server.client().agent().tasks().inject_message("t1", "hello").await.unwrap();
}

#[tokio::test]
async fn a_pause_whose_answer_was_cut_is_not_sent_again() {
    let cut = || vec![write("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{")];
    let server = Server::start(vec![cut(), cut()]);
    assert_eq!(server.client().agent().tasks().pause("t1").await.unwrap_err().attempts(), 1);
    assert_eq!(header(&server.requests()[0], "content-length"), Some("0"));
    assert_eq!(header(&server.requests()[0], "content-type"), None);
    let server = Server::start(vec![cut(), answer(200, "", r#"{"status":"paused","exit_code":null}"#)]);
    let status = server.client().agent().tasks().retrieve_status("t1").await.unwrap();
    assert_eq!(status.exit_code, None);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    for (status, kind) in [
        (400, ErrorKind::BadRequest),
        (401, ErrorKind::Authentication),
        (403, ErrorKind::PermissionDenied),
        (404, ErrorKind::NotFound),
        (409, ErrorKind::Conflict),
        (418, ErrorKind::Status),
        (422, ErrorKind::UnprocessableEntity),
        (429, ErrorKind::RateLimit),
        (500, ErrorKind::InternalServer),
    ] {
        let server = Server::start(vec![answer(status, "x-should-retry: false\r\nx-a: 1\r\n", r#"{"detail":"because"}"#)]);
        let error = server.client().agent().tasks().pause("t1").await.unwrap_err();
        assert_eq!((error.kind(), error.status(), error.attempts()), (kind, Some(status), 1));
        assert!(error.to_string().starts_with(&status.to_string()) && error.to_string().ends_with(": because"), "{error}");
        assert!(error.record().response.as_ref().unwrap().headers.contains(&("x-a".into(), "1".into())));
        assert!(!String::from_utf8(error.to_json()).unwrap().contains("sk_test"));
    }
}

#[tokio::test]
async fn options_of_a_call_win_over_the_clients() {
    let server = Server::start(vec![answer(503, NOW, "")]);
    let options = CallOptions::new().max_retries(0).header("X-A", "call").query("q", vec![1, 2]);
    let error = server.client().agent().tasks().with(options).retrieve_status("a/b").await.unwrap_err();
    assert_eq!(error.attempts(), 1);
    let request = server.requests().remove(0);
    assert!(request.starts_with("GET /agent/tasks/a%2Fb?q=1%2C2 HTTP/1.1\r\n"), "{request}");
    assert_eq!(header(&request, "x-a"), Some("call"));
}

#[tokio::test]
async fn a_server_that_is_not_there_and_one_that_says_nothing() {
    let client = Client::builder().api_key("k").base_url("http://127.0.0.1:9").max_retries(0).build().unwrap();
    let error = client.agent().tasks().pause("t").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.to_string().starts_with("Connection error.") && error.to_string().contains("http://127.0.0.1:9"), "{error}");

    let server = Server::start(vec![vec![common::Step::Silence(Duration::from_secs(5))]]);
    let options = CallOptions::new().max_retries(0).timeouts(Timeouts::all(Duration::from_millis(50)));
    let error = server.client().agent().tasks().with(options).pause("t").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().starts_with("Request timed out."), "{error}");
}

#[tokio::test]
async fn wrong_arguments_never_reach_the_wire() {
    let server = Server::start(vec![]);
    let client = server.client();
    let tasks = client.agent().tasks();
    for id in ["", ".", ".."] {
        assert_eq!(tasks.pause(id).await.unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
    let error = tasks.start(StartParams::new("x").temperature(f64::NAN)).await.unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidArgument && error.to_string().contains("temperature"));
    assert!(server.requests().is_empty());
}
