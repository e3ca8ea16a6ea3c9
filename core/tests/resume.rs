//! Streams that break and go on (contract, sections 8.1 to 8.3).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod common;

use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

use common::{Server, Step, answer, cut_stream, cut_stream_with, header, stream, write};
use futures_util::StreamExt;
use lightcone::{
    CallOptions, Error, ErrorKind, Timeouts,
    tasks::{EventStream, StartParams},
};

const CAN: &str = "x-task-id: t1\r\nlink: <t1/events>; rel=\"events\"\r\n";
/// Makes the waits between attempts short.
const SOON: &str = "retry: 1\n\n";
const RUNNING: &str = r#"{"status":"running","task_id":"t1"}"#;

fn event(id: usize) -> String {
    format!("id: {id}\ndata: {{\"type\":\"n{id}\"}}\n\n")
}

fn end(id: usize) -> String {
    format!("id: {id}\ndata: {{\"type\":\"completed\",\"result\":\"done\"}}\n\n")
}

async fn open(server: &Server, options: CallOptions) -> EventStream {
    server.client().agent().tasks().with(options).start_stream(StartParams::new("x")).await.unwrap()
}

/// The types of all events, and the error at the end if there was one.
async fn drain(mut events: EventStream) -> (Vec<String>, Option<Error>) {
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => seen.push(event.kind().unwrap().to_owned()),
            Err(error) => {
                assert!(events.next().await.is_none());
                return (seen, Some(error));
            }
        }
    }
    (seen, None)
}

async fn follow(scripts: Vec<Vec<Step>>) -> (Vec<String>, Option<Error>, Vec<String>) {
    let server = Server::start(scripts);
    let (seen, error) = drain(open(&server, CallOptions::new()).await).await;
    (seen, error, server.requests())
}

fn paths(requests: &[String]) -> Vec<&str> {
    requests.iter().map(|request| request.split(" HTTP").next().unwrap()).collect()
}

#[tokio::test]
async fn a_broken_stream_goes_on_after_the_last_event() {
    let server = Server::start(vec![
        cut_stream_with(CAN, event(0) + &event(1) + "id: 2\ndata: {\"type\":\"unfin"),
        cut_stream(&(event(1) + &event(2))),
        stream(event(3) + &end(4)),
    ]);
    let options = CallOptions::new().header("X-A", "call").query("q", 1);
    let (seen, error) = drain(open(&server, options).await).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(seen, ["n0", "n1", "n2", "n3", "completed"]);
    let requests = server.requests();
    assert_eq!(paths(&requests), ["POST /agent/tasks/stream?q=1", "GET /agent/tasks/t1/events?q=1", "GET /agent/tasks/t1/events?q=1"]);
    assert_eq!(requests.iter().map(|request| header(request, "last-event-id")).collect::<Vec<_>>(), [None, Some("1"), Some("2")]);
    for request in &requests[1..] {
        assert_eq!(header(request, "authorization"), Some("Bearer sk_test"));
        assert_eq!(header(request, "accept"), Some("text/event-stream"));
        assert_eq!((header(request, "x-a"), header(request, "content-type")), (Some("call"), None));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_at_every_byte_nothing_is_lost_and_nothing_doubled() {
    let frames: Vec<String> = (0..29).map(event).chain([end(29)]).collect();
    let whole = frames.concat();
    let expected: Vec<String> = (0..29).map(|id| format!("n{id}")).chain(["completed".to_owned()]).collect();
    // Cut after the last frame there is nothing to resume; the connection is not made.
    let cuts = 0..whole.len() - 1;
    let rest = Step::Replay(frames.into());
    // Nothing has moved in a stream that is cut before its first event: the wait is the stream's own.
    let scripts = cuts.clone().flat_map(|at| [cut_stream_with(CAN, format!("{SOON}{}", &whole[..at])), vec![rest.clone()]]);
    let server = Server::start(scripts.collect());
    let client = server.client();
    for at in cuts {
        let (seen, error) = drain(client.agent().tasks().start_stream(StartParams::new("x")).await.unwrap()).await;
        assert!(error.is_none(), "cut at {at}: {error:?}");
        assert_eq!(seen, expected, "cut at {at}");
    }
}

#[tokio::test]
async fn a_path_prefix_and_a_redirect_survive() {
    let server = Server::start(vec![
        vec![write("HTTP/1.1 307 X\r\nlocation: /new/agent/tasks/stream\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")],
        cut_stream_with(CAN, event(0)),
        stream(end(1)),
    ]);
    let (seen, error) = drain(open(&server, CallOptions::new()).await).await;
    assert!(error.is_none() && seen == ["n0", "completed"], "{seen:?} {error:?}");
    assert_eq!(paths(&server.requests())[1..], ["POST /new/agent/tasks/stream", "GET /new/agent/tasks/t1/events"]);
}

#[tokio::test]
async fn credentials_go_to_no_other_origin() {
    let other = Server::start(vec![cut_stream_with(CAN, event(0)), stream(end(1))]);
    let redirect =
        format!("HTTP/1.1 307 X\r\nlocation: {}/agent/tasks/stream\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", other.url);
    let server = Server::start(vec![vec![write(redirect)]]);
    let (seen, error) = drain(open(&server, CallOptions::new()).await).await;
    assert!(error.is_none() && seen == ["n0", "completed"], "{seen:?} {error:?}");
    for request in other.requests() {
        assert_eq!(header(&request, "authorization"), None, "{request}");
    }
    // A server does not send its clients elsewhere.
    let elsewhere = Server::start(vec![stream(end(1))]);
    let (seen, error, _) = follow(vec![cut_stream_with(&format!("link: <{}/x>; rel=events\r\n", elsewhere.url), event(0))]).await;
    assert_eq!((seen.len(), error.unwrap().kind()), (1, ErrorKind::StreamInterrupted));
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn the_budget_is_refilled_by_events_only() {
    // One event for each connection, more often than the budget; the last is sent again each time.
    let scripts = (0..8).map(|id| cut_stream_with(CAN, SOON.to_owned() + &event(id) + &event(id + 1)));
    let (seen, error, _) = follow(scripts.chain([stream(end(9))]).collect()).await;
    assert!(error.is_none() && seen.len() == 10, "{seen:?} {error:?}");
    // Two that bring nothing new use it up.
    let nothing = || cut_stream(&event(0));
    let (seen, error, requests) = follow(vec![cut_stream_with(CAN, SOON.to_owned() + &event(0)), nothing(), nothing(), nothing()]).await;
    let error = error.unwrap();
    assert_eq!((seen.len(), error.kind(), requests.len()), (1, ErrorKind::StreamInterrupted, 3));
    assert_eq!((error.record().task_id.as_deref(), error.record().last_event_id.as_deref()), (Some("t1"), Some("0")));
    assert!(error.to_string().starts_with("Connection error.") && error.to_string().contains("retrieve_status"), "{error}");
}

#[tokio::test]
async fn attempts_that_fail_are_made_again_and_a_no_is_final() {
    let first = || cut_stream_with(CAN, SOON.to_owned() + &event(0));
    let (seen, error, requests) = follow(vec![first(), answer(503, "", ""), stream(end(1))]).await;
    assert!(error.is_none() && seen == ["n0", "completed"] && requests.len() == 3, "{seen:?} {error:?}");
    for (status, script) in [(404, answer(404, "", r#"{"detail":"no such task"}"#)), (200, answer(200, "", r#"{"detail":"no such task"}"#))]
    {
        let (seen, error, requests) = follow(vec![first(), script, stream(end(1))]).await;
        let error = error.unwrap();
        assert_eq!((seen.len(), error.kind(), error.status(), requests.len()), (1, ErrorKind::StreamInterrupted, Some(status), 2));
        assert_eq!((error.record().task_id.as_deref(), error.record().last_event_id.as_deref()), (Some("t1"), Some("0")));
        assert!(error.record().response.as_ref().unwrap().body.contains("no such task"), "{error}");
        assert!(error.record().request.as_ref().unwrap().url.ends_with("/agent/tasks/t1/events"));
    }
}

#[tokio::test]
async fn no_retries_is_no_resuming() {
    let unfinished = "id: 1\ndata: {\"type\":\"whole\"}";
    let server = Server::start(vec![cut_stream_with(CAN, event(0) + unfinished), stream(end(2))]);
    let (seen, error) = drain(open(&server, CallOptions::new().max_retries(0)).await).await;
    let error = error.unwrap();
    assert_eq!((seen, error.kind()), (vec!["n0".to_owned(), "whole".to_owned()], ErrorKind::StreamInterrupted));
    assert_eq!((error.record().last_event_id.as_deref(), server.requests().len()), (Some("1"), 1));
}

#[tokio::test]
async fn events_without_ids_are_not_resumed() {
    let (seen, error, requests) = follow(vec![cut_stream_with(CAN, "data: {\"type\":\"a\"}\n\n"), stream(end(1))]).await;
    assert_eq!((seen.len(), error.unwrap().kind(), requests.len()), (1, ErrorKind::StreamInterrupted, 1));
}

#[tokio::test]
async fn a_clean_end_without_a_terminal_event_asks_for_the_task() {
    let named = "x-task-id: t1\r\n";
    let ends = |headers: &str, bytes: String| {
        vec![write(format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n{headers}\r\n{bytes}"))]
    };
    for (done, status) in [("", r#"{"status":"failed","exit_code":3}"#), ("data: [DONE]\n\n", r#"{"status":"later","exit_code":0}"#)] {
        let (seen, error, requests) = follow(vec![ends(named, event(0) + done), answer(200, "", status)]).await;
        assert!(error.is_none() && seen == ["n0"], "{seen:?} {error:?}");
        assert_eq!(paths(&requests), ["POST /agent/tasks/stream", "GET /agent/tasks/t1"]);
    }
    // It goes on, or nobody knows: the stream does so too if it can.
    for status in [answer(200, "", RUNNING), answer(500, "", ""), answer(200, "", "?"), vec![]] {
        let (seen, error, requests) = follow(vec![ends(named, event(0)), status.clone()]).await;
        let error = error.unwrap();
        assert_eq!((seen.len(), error.kind(), requests.len()), (1, ErrorKind::StreamInterrupted, 2));
        assert!(error.to_string().contains("retrieve_status") && error.record().task_id.as_deref() == Some("t1"), "{error}");
        let (seen, error, requests) = follow(vec![ends(CAN, event(0)), status, stream(end(1))]).await;
        assert!(error.is_none() && seen == ["n0", "completed"], "{seen:?} {error:?}");
        assert_eq!(paths(&requests), ["POST /agent/tasks/stream", "GET /agent/tasks/t1", "GET /agent/tasks/t1/events"]);
    }
    // A frame that is cut off shows that there is more, without a question.
    let (seen, _, requests) = follow(vec![ends(CAN, event(0) + "id: 1\nda"), stream(end(1))]).await;
    assert!(seen == ["n0", "completed"] && requests.len() == 2, "{seen:?}");
    // Nobody to ask for, and nothing to ask.
    let (seen, error, requests) = follow(vec![ends("", event(0))]).await;
    assert!(error.is_none() && seen == ["n0"] && requests.len() == 1);
    let (seen, error, requests) = follow(vec![ends(CAN, end(0) + &event(1))]).await;
    assert!(error.is_none() && seen == ["completed", "n1"] && requests.len() == 1);
}

#[tokio::test]
async fn silence_is_resumed_and_a_lack_of_events_is_not() {
    let (told, _closed) = mpsc::channel();
    let silent = cut_stream_with(CAN, event(0)).into_iter().chain([Step::AwaitClose(told)]).collect();
    let server = Server::start(vec![silent, stream(end(1))]);
    let limits = Timeouts { read: Some(Duration::from_secs(1)), ..Timeouts::default() };
    let (seen, error) = drain(open(&server, CallOptions::new().timeouts(limits)).await).await;
    assert!(error.is_none() && seen == ["n0", "completed"], "{seen:?} {error:?}");

    let pings = |script: Vec<Step>| {
        let ping = [write(": ping\n\n"), Step::Silence(Duration::from_millis(20))];
        script.into_iter().chain((0..250).flat_map(|_| ping.clone())).collect::<Vec<_>>()
    };
    let server = Server::start(vec![pings(cut_stream_with(CAN, event(0))), stream(end(1))]);
    let options = CallOptions::new().event_timeout(Some(Duration::from_millis(150)));
    let (seen, error) = drain(open(&server, options).await).await;
    let error = error.unwrap();
    assert_eq!((seen.len(), error.kind(), server.requests().len()), (1, ErrorKind::Timeout, 1));
    assert_eq!(error.record().task_id.as_deref(), Some("t1"));
    assert!(error.to_string().starts_with("Request timed out.") && error.to_string().contains("no event"), "{error}");
}

#[tokio::test]
async fn closing_ends_a_waiting_delay_and_a_waiting_attempt() {
    // The delay is a minute; the attempt would wait for its answer.
    for scripts in [
        vec![cut_stream_with(CAN, "retry: 60000\n\n".to_owned() + &event(0)), answer(503, "", "")],
        vec![cut_stream_with(CAN, event(0)), vec![]],
    ] {
        let (told, closed) = mpsc::channel();
        let mut scripts = scripts;
        let waits_for_close = scripts[1].is_empty();
        if waits_for_close {
            scripts[1] = vec![Step::AwaitClose(told)];
        }
        let server = Server::start(scripts);
        let frames = server.client().open_json("start_stream", b"{}", Some(b"{\"instruction\":\"x\"}".to_vec().into())).await.unwrap();
        assert_eq!(frames.next_batch(1).await.unwrap().len(), 1);
        let deadline = Instant::now() + Duration::from_secs(20);
        while server.requests().len() < 2 && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(server.requests().len(), 2);
        let (waited, ()) = tokio::join!(frames.next_batch(1), async { frames.close() });
        assert_eq!(waited.unwrap_err().kind(), ErrorKind::Closed);
        if waits_for_close {
            tokio::task::spawn_blocking(move || closed.recv_timeout(Duration::from_secs(10))).await.unwrap().unwrap();
        }
    }
}
