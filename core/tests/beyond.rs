//! What not every server has: list, cancel, events (contract, sections 8.6 and 9).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod common;

use common::{Server, Step, answer, cut_stream, header, stream, write};
use futures_util::{StreamExt, TryStreamExt};
use lightcone::{
    CallOptions, Error, ErrorKind,
    tasks::{EventStream, EventsParams, ListParams, TaskStatus},
};

fn page(ids: &[&str], has_more: bool) -> Vec<Step> {
    let tasks: Vec<String> = ids.iter().map(|id| format!(r#"{{"task_id":"{id}","status":"failed","result":"no"}}"#)).collect();
    answer(200, "connection: close\r\n", &format!(r#"{{"data":[{}],"has_more":{has_more}}}"#, tasks.join(",")))
}

fn refusal(status: u16, detail: &str) -> Vec<Step> {
    answer(status, "connection: close\r\n", &format!(r#"{{"detail":"{detail}"}}"#))
}

fn known() -> Vec<Step> {
    answer(200, "connection: close\r\n", r#"{"task_id":"t1","status":"running"}"#)
}

fn paths(server: &Server) -> Vec<String> {
    server.requests().iter().map(|request| request.split(" HTTP").next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_list_leads_through_all_its_pages() {
    let server = Server::start(vec![page(&["a", "b"], true), page(&["c"], true), page(&[], true)]);
    let client = server.client();
    let tasks = client.agent().tasks().with(CallOptions::new().query("q", 1));
    let first = tasks.list(ListParams::new().status(TaskStatus::Failed).limit(2)).await.unwrap();
    assert_eq!((first.data.len(), first.has_more, first.data[0].result.as_deref()), (2, true, Some("no")));
    let ids: Vec<_> = first.into_stream().map_ok(|task| task.task_id.unwrap()).try_collect().await.unwrap();
    assert_eq!(ids, ["a", "b", "c"]);
    assert_eq!(
        paths(&server),
        [
            "GET /agent/tasks?limit=2&status=failed&q=1",
            "GET /agent/tasks?after=b&limit=2&status=failed&q=1",
            "GET /agent/tasks?after=c&limit=2&status=failed&q=1",
        ]
    );
}

#[tokio::test]
async fn a_page_that_comes_again_is_the_last() {
    let server = Server::start(vec![page(&["a"], true), page(&["a"], true)]);
    let first = server.client().agent().tasks().list(ListParams::new()).await.unwrap();
    let second = first.next_page().await.unwrap().unwrap();
    assert!(second.next_page().await.unwrap().is_none());
    // The last page has none after it.
    let server = Server::start(vec![page(&["a"], false)]);
    assert!(server.client().agent().tasks().list(ListParams::new()).await.unwrap().next_page().await.unwrap().is_none());
}

#[tokio::test]
async fn an_error_on_a_later_page_comes_after_the_tasks_before_it() {
    let server = Server::start(vec![page(&["a"], true), refusal(422, "after is wrong")]);
    let first = server.client().agent().tasks().list(ListParams::new()).await.unwrap();
    let mut tasks = std::pin::pin!(first.into_stream());
    assert!(tasks.next().await.unwrap().is_ok());
    assert_eq!(tasks.next().await.unwrap().unwrap_err().kind(), ErrorKind::UnprocessableEntity);
    assert!(tasks.next().await.is_none());
}

#[tokio::test]
async fn a_task_is_cancelled() {
    let server = Server::start(vec![answer(200, "", r#"{"status":"cancelled"}"#)]);
    let answer = server.client().agent().tasks().cancel("t/1").await.unwrap();
    assert_eq!(answer.status.as_deref(), Some("cancelled"));
    assert_eq!(paths(&server), ["POST /agent/tasks/t%2F1/cancel"]);
    assert_eq!(header(&server.requests()[0], "content-length"), Some("0"));
}

async fn cancel(scripts: Vec<Vec<Step>>) -> (Error, Vec<String>) {
    let server = Server::start(scripts);
    let error = server.client().agent().tasks().with(CallOptions::new().max_retries(0)).cancel("t1").await.unwrap_err();
    (error, paths(&server))
}

#[tokio::test]
async fn a_server_that_cannot_is_told_from_a_task_it_does_not_know() {
    let asked = ["POST /agent/tasks/t1/cancel", "GET /agent/tasks/t1"];
    let (error, requests) = cancel(vec![refusal(404, "Not Found"), known()]).await;
    assert_eq!((error.kind(), error.status()), (ErrorKind::NotSupported, Some(404)));
    assert_eq!(error.to_string(), "this server has no `cancel` (POST /agent/tasks/{id}/cancel): 404 Not Found: Not Found");
    assert_eq!(requests, asked);
    // Without an answer that says so, the server's own word stands.
    for second in [refusal(404, "no t1"), refusal(500, "out of order"), vec![]] {
        let (error, requests) = cancel(vec![refusal(404, "no such thing"), second]).await;
        assert_eq!((error.kind(), requests.len()), (ErrorKind::NotFound, 2));
        assert!(error.to_string().contains("no such thing"), "{error}");
    }
    // A path that takes other methods is not taken for a task.
    let (error, requests) = cancel(vec![refusal(405, "POST")]).await;
    assert_eq!((error.kind(), requests.len()), (ErrorKind::NotSupported, 1));
    let (error, requests) = cancel(vec![refusal(409, "it has ended")]).await;
    assert_eq!((error.kind(), requests.len()), (ErrorKind::Conflict, 1));
}

#[tokio::test]
async fn what_every_server_has_is_never_unsupported() {
    let server = Server::start(vec![refusal(404, "no t1"), refusal(405, "no")]);
    let client = server.client();
    assert_eq!(client.agent().tasks().pause("t1").await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(client.agent().tasks().pause("t1").await.unwrap_err().kind(), ErrorKind::Status);
}

#[tokio::test]
async fn lists_and_events_can_be_missing_too() {
    for status in [404, 405] {
        let server = Server::start(vec![refusal(status, "no"), refusal(status, "no"), known()]);
        let client = server.client();
        let tasks = client.agent().tasks();
        assert_eq!(tasks.list(ListParams::new()).await.unwrap_err().kind(), ErrorKind::NotSupported);
        assert_eq!(tasks.events("t1", EventsParams::new()).await.unwrap_err().kind(), ErrorKind::NotSupported);
    }
}

async fn drain(events: EventStream) -> (Vec<String>, Option<ErrorKind>) {
    let mut seen = Vec::new();
    let mut events = events;
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => seen.push(event.kind().unwrap().to_owned()),
            Err(error) => return (seen, Some(error.kind())),
        }
    }
    (seen, None)
}

fn event(id: usize) -> String {
    format!("id: {id}\ndata: {{\"type\":\"n{id}\"}}\n\n")
}

fn end(id: usize) -> String {
    format!("id: {id}\ndata: {{\"type\":\"completed\",\"result\":\"done\"}}\n\n")
}

#[tokio::test]
async fn events_go_on_after_a_cut_without_being_told_where() {
    let server = Server::start(vec![cut_stream(&(event(3) + &event(4) + "id: 5\nda")), stream(event(4) + &event(5) + &end(6))]);
    let options = CallOptions::new().query("q", 1).header("x-a", "call");
    let client = server.client();
    let events = client.agent().tasks().with(options).events("t1", EventsParams::new().last_event_id("2")).await.unwrap();
    assert_eq!((events.task_id().as_deref(), events.last_event_id()), (Some("t1"), None));
    assert_eq!(drain(events).await, (["n3", "n4", "n5", "completed"].map(str::to_owned).to_vec(), None));
    let requests = server.requests();
    assert_eq!(paths(&server), ["GET /agent/tasks/t1/events?q=1"; 2]);
    assert_eq!(requests.iter().map(|request| header(request, "last-event-id")).collect::<Vec<_>>(), [Some("2"), Some("4")]);
    for request in &requests {
        assert_eq!((header(request, "accept"), header(request, "x-a")), (Some("text/event-stream"), Some("call")));
    }
}

#[tokio::test]
async fn events_that_are_cut_before_the_first_begin_in_the_same_place() {
    for (params, sent) in [(EventsParams::new(), None), (EventsParams::new().last_event_id("7"), Some("7"))] {
        let server = Server::start(vec![cut_stream("retry: 1\n\n"), stream(end(8))]);
        let client = server.client();
        assert_eq!(drain(client.agent().tasks().events("t1", params).await.unwrap()).await, (vec!["completed".to_owned()], None));
        assert_eq!(server.requests().iter().map(|request| header(request, "last-event-id")).collect::<Vec<_>>(), [sent, sent]);
    }
}

#[tokio::test]
async fn the_events_after_the_last_are_none() {
    // The server replays nothing; that the task has ended its status tells.
    let server = Server::start(vec![
        vec![write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")],
        answer(200, "", r#"{"status":"completed","exit_code":0}"#),
    ]);
    let client = server.client();
    let events = client.agent().tasks().events("t1", EventsParams::new().last_event_id("9")).await.unwrap();
    assert_eq!(drain(events).await, (vec![], None));
    assert_eq!(paths(&server), ["GET /agent/tasks/t1/events", "GET /agent/tasks/t1"]);
}
