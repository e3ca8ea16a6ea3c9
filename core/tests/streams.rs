//! Streams of events: every row of the contract's table (section 3) over a real connection.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod common;

use std::{sync::mpsc, time::Duration};

use bytes::Bytes;
use common::{Server, Step, answer, cut_stream, stream, write};
use futures_util::{FutureExt, StreamExt};
use lightcone::{
    CallOptions, Client, Error, ErrorKind, Timeouts,
    tasks::{EventStream, StartParams},
};

async fn open(server: &Server) -> Result<EventStream, Error> {
    server.client().agent().tasks().start_stream(StartParams::new("x")).await
}

/// The types of all events, and the error at the end if there was one.
async fn drain(server: &Server) -> (Vec<String>, Option<Error>) {
    let mut events = open(server).await.unwrap();
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => seen.push(event.kind().map_or_else(|| event.to_json().to_string(), str::to_owned)),
            Err(error) => {
                assert!(events.next().await.is_none());
                return (seen, Some(error));
            }
        }
    }
    (seen, None)
}

async fn types(bytes: impl AsRef<[u8]>) -> Vec<String> {
    let (seen, error) = drain(&Server::start(vec![stream(bytes)])).await;
    assert!(error.is_none(), "{error:?}");
    seen
}

const STARTED: &str = "id: 0\ndata: {\"type\":\"started\",\"task_id\":\"t1\"}\n\n";
const END: &str = "data: {\"type\":\"completed\"}\n\n";

#[tokio::test]
async fn what_is_legal_is_read() {
    assert_eq!(types(format!("{STARTED}: ping\n\ndata: {{\"type\":\"completed\"}}\n\n\n")).await, ["started", "completed"]);
    assert_eq!(types(format!("{STARTED}id: 1\n\nretry: 9\n\nevent: e\n\n\n\ndata: 7\n\n{END}")).await, ["started", "7", "completed"]);
    assert_eq!(types("\u{feff}data: {\"type\":\"a\"}\r\rdata: {\"type\":\ndata: \"b\"}\r\n\r\n").await, ["a", "b"]);
    assert_eq!(types("data: null\n\ndata: \"s\"\n\ndata: [1]\n\n").await, ["null", "\"s\"", "[1]"]);
    assert_eq!(types(b"data: {\"type\":\"\xff\"}\n\n").await, ["\u{fffd}"]);
    assert_eq!(types("data: {\"type\":\"a\"}\n\ndata: [DONE]\n\ndata: {\"type\":\"b\"}\n\n").await, ["a"]);
    assert_eq!(types("data: {\"type\":\"a\"}\n\ndata: [DONE]\n\ndata: {\"type\":\"b\"}").await, ["a"]);
}

#[tokio::test]
async fn the_last_frame_needs_no_blank_line_if_it_is_whole() {
    assert_eq!(types("data: {\"type\":\"a\"}\n\ndata: {\"type\":\"b\"}").await, ["a", "b"]);
    assert_eq!(types("data: {\"type\":\"a\"}\n\ndata: {\"type\":").await, ["a"]);
    assert_eq!(types("data: {\"type\":\"a\"}\n\ndata: 1").await, ["a"]);
}

#[tokio::test]
async fn a_cut_is_an_interruption_that_says_where() {
    let (seen, error) = drain(&Server::start(vec![cut_stream(STARTED)])).await;
    let error = error.unwrap();
    assert_eq!((seen, error.kind()), (vec!["started".to_owned()], ErrorKind::StreamInterrupted));
    assert_eq!((error.record().task_id.as_deref(), error.record().last_event_id.as_deref()), (Some("t1"), Some("0")));
    // After the last event a cut says nothing new.
    let (seen, error) = drain(&Server::start(vec![cut_stream("data: {\"type\":\"completed\"}\n\n")])).await;
    assert!(error.is_none() && seen == ["completed"]);
}

#[tokio::test]
async fn what_is_no_event_is_an_error_with_the_frame() {
    let (seen, error) = drain(&Server::start(vec![stream(format!("{STARTED}data: {{oops\n\ndata: 1\n\n"))])).await;
    let error = error.unwrap();
    assert_eq!((seen.len(), error.kind(), error.record().task_id.as_deref()), (1, ErrorKind::Response, Some("t1")));
    assert!(error.to_string().contains("{oops"), "{error}");
}

#[tokio::test]
async fn an_answer_that_is_no_stream_is_an_error_that_says_what_came() {
    let error = open(&Server::start(vec![answer(200, "", r#"{"status":"running"}"#)])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Response);
    assert!(error.to_string().contains("application/json") && error.to_string().contains("running"), "{error}");
    let error = open(&Server::start(vec![answer(401, "", r#"{"detail":"no"}"#)])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
}

#[tokio::test]
async fn silence_is_a_timeout_that_names_the_task() {
    let mut script = cut_stream(STARTED);
    script.push(Step::Silence(Duration::from_secs(5)));
    let server = Server::start(vec![script]);
    let options = CallOptions::new().timeouts(Timeouts::all(Duration::from_millis(100)));
    let client = server.client();
    let mut events = client.agent().tasks().with(options).start_stream(StartParams::new("x")).await.unwrap();
    events.next().await.unwrap().unwrap();
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.record().task_id.as_deref()), (ErrorKind::Timeout, Some("t1")));
}

#[tokio::test]
async fn an_event_of_ten_megabytes_and_one_that_is_too_big() {
    let big = "x".repeat(10 << 20);
    assert_eq!(types(format!("data: {{\"type\":\"{big}\"}}\n\n")).await, [big]);
    let (_, error) = drain(&Server::start(vec![stream(format!("data: \"{}\"\n\n", "x".repeat(65 << 20)))])).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::Response);
}

#[tokio::test]
async fn events_that_come_one_by_one_are_handed_over_many_at_a_time() {
    const EVENTS: usize = 2_000;
    let url = tokio::task::spawn_blocking(mock::start).await.unwrap().unwrap();
    let client = Client::builder().api_key("sk_test").base_url(url).build().unwrap();
    let body = format!(r#"{{"instruction":"events={EVENTS} size=200 per_chunk=1"}}"#);
    let frames = client.open_json("start_stream", b"{}", Some(body.into())).await.unwrap();
    // In a task of its own, which has its turn as often as those that read.
    let reading = async move {
        let (mut events, mut batches) = (0, 0);
        loop {
            match frames.next_batch(256).await.unwrap().len() {
                0 => break (events, batches),
                more => (events, batches) = (events + more, batches + 1),
            }
        }
    };
    let (events, batches) = tokio::spawn(reading).await.unwrap();
    // The mock server sends a beginning and an end of its own.
    assert_eq!(events, EVENTS + 2);
    assert!(batches < EVENTS / 8, "{batches} batches");
}

#[tokio::test]
async fn a_reader_that_stops_reading_stops_the_sender() {
    let (told, taken) = mpsc::channel();
    let mut script = cut_stream(STARTED);
    script.push(Step::Flood(format!("data: \"{}\"\n\n", "x".repeat(100_000)).into_bytes(), told));
    let mut events = open(&Server::start(vec![script])).await.unwrap();
    events.next().await.unwrap().unwrap();
    let taken = tokio::task::spawn_blocking(move || taken.recv_timeout(Duration::from_secs(20))).await.unwrap().unwrap();
    // What is read ahead, and what the sockets hold.
    assert!(taken < 64 << 20, "{taken} bytes");
}

#[tokio::test]
async fn dropping_closes_the_connection() {
    let (told, closed) = mpsc::channel();
    let mut script = cut_stream(STARTED);
    script.push(Step::AwaitClose(told));
    let mut events = open(&Server::start(vec![script])).await.unwrap();
    events.next().await.unwrap().unwrap();
    assert_eq!((events.last_event_id(), events.task_id().as_deref()), (Some("0"), Some("t1")));
    drop(events);
    tokio::task::spawn_blocking(move || closed.recv_timeout(Duration::from_secs(10))).await.unwrap().unwrap();
}

#[tokio::test]
async fn closing_while_a_wait_is_dropped_closes_the_connection() {
    let (told, closed) = mpsc::channel();
    let mut script = cut_stream(STARTED);
    script.push(Step::AwaitClose(told));
    let server = Server::start(vec![script]);
    let body = Bytes::from_static(b"{\"instruction\":\"x\"}");
    let frames = server.client().open_json("start_stream", b"{}", Some(body)).await.unwrap();
    assert_eq!(frames.next_batch(1).await.unwrap().len(), 1);
    let mut waiting = Box::pin(frames.next_batch(1));
    assert!(waiting.as_mut().now_or_never().is_none());
    // The wait holds the connection, and is never polled again to let go of it.
    frames.close();
    drop(waiting);
    tokio::task::spawn_blocking(move || closed.recv_timeout(Duration::from_secs(10))).await.unwrap().unwrap();
    assert_eq!(frames.next_batch(1).await.unwrap_err().kind(), ErrorKind::Closed);
}

#[tokio::test]
async fn a_start_stream_is_repeated_until_its_head_has_come() {
    let server = Server::start(vec![
        vec![],
        answer(503, "retry-after-ms: 1\r\n", ""),
        vec![write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9\r\n\r\n")],
    ]);
    let mut events = open(&server).await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap_err().kind(), ErrorKind::StreamInterrupted);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_stream_knows_its_computer_its_end_and_its_result() {
    let started = "data: {\"type\":\"queued\",\"task_id\":\"t1\"}\n\ndata: {\"type\":\"started\",\"computer_id\":\"c1\"}\n\n";
    for (end, result) in [
        ("data: {\"type\":\"completed\",\"result\":\"a\\nb\"}", Some("a\nb")),
        ("data: {\"step\":3,\"type\":\"failed\",\"result\":\"no\"}", Some("no")),
        ("event: completed\ndata: {\"result\":\"named\"}", Some("named")),
        ("data: {\"type\":\"cancelled\"}", None),
        ("data: {\"type\":\"completed\",\"result\":7}", None),
    ] {
        let after = "\n\ndata: {\"type\":\"failed\",\"result\":\"late\"}\n\ndata: 1\n\n";
        let mut events = open(&Server::start(vec![cut_stream(&format!("{started}{end}{after}"))])).await.unwrap();
        events.next().await.unwrap().unwrap();
        assert!(events.terminal_event().is_none());
        assert_eq!(events.result().await.unwrap().as_deref(), result, "{end}");
        assert_eq!((events.task_id().as_deref(), events.computer_id().as_deref()), (Some("t1"), Some("c1")));
        assert!(events.terminal_event().is_some());
        // Asked again it is the same.
        assert_eq!(events.result().await.unwrap().as_deref(), result);
    }
    let mut events = open(&Server::start(vec![stream("data: 1\n\n")])).await.unwrap();
    assert_eq!(events.result().await.unwrap(), None);
    let mut events = open(&Server::start(vec![cut_stream(STARTED)])).await.unwrap();
    assert_eq!(events.result().await.unwrap_err().kind(), ErrorKind::StreamInterrupted);
}
