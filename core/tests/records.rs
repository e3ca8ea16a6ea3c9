//! What the client tells of its work, and what it never tells.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod common;

use std::sync::{Arc, mpsc};

use common::{Server, Step, answer, cut_stream_with, stream, write};
use futures_util::StreamExt;
use lightcone::{
    CallOptions, Client,
    observe::{Level, Record, Records, told_to},
    tasks::StartParams,
};
use proptest::prelude::*;

const NOW: &str = "retry-after-ms: 1\r\n";
const STARTED: &str = r#"{"status":"running","task_id":"t1"}"#;
const CAN: &str = "x-task-id: t1\r\nlink: <t1/events?sig=9>; rel=\"events\"\r\n";

/// Does the work, and gives what was told of it.
async fn told<F: Future>(level: Level, work: F) -> (F::Output, Vec<Record>) {
    let records = Arc::new(Records::default());
    let done = told_to(Some(records.subscriber(level)), work).await;
    (done, records.take())
}

fn texts(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.message.as_str()).collect()
}

#[tokio::test]
async fn a_call_tells_its_waits_and_its_outcome() {
    let server =
        Server::start(vec![answer(503, &format!("{NOW}x-request-id: r1\r\n"), "no"), answer(200, "x-request-id: r2\r\n", STARTED)]);
    let client = server.client();
    let (done, records) = told(Level::Info, client.agent().tasks().start(StartParams::new("x"))).await;
    done.unwrap();
    let place = format!("POST {}/agent/tasks: ", server.url);
    let expected = [
        r#"sent again after a wait why="status 503" request_id=r1 attempt=1 wait=0.001"#,
        "answered status=200 request_id=r2 retries=1 bytes=",
    ];
    assert_eq!(records.len(), 2, "{:?}", texts(&records));
    for (record, expected) in records.iter().zip(expected) {
        assert!(record.message.starts_with(&format!("{place}{expected}")), "{}", record.message);
        assert_eq!((record.level, record.about, &record.fields["operation"]), (Level::Info, "request", &"start".into()));
    }
    assert_eq!(records[1].fields["bytes"], STARTED.len());
    assert!(records[1].fields["elapsed"].as_f64().unwrap() > 0.0);
}

#[tokio::test]
async fn a_refusal_is_told_without_the_servers_words() {
    let server = Server::start(vec![answer(401, "x-request-id: r1\r\n", r#"{"detail":"no key like sk_test"}"#)]);
    let client = server.client();
    let (done, records) = told(Level::Debug, client.agent().tasks().pause("t1")).await;
    done.unwrap_err();
    let last = records.last().unwrap();
    assert!(last.message.contains(r#"failed kind=authentication why="status 401" request_id=r1 retries=0"#), "{}", last.message);
    assert!(!texts(&records).concat().contains("sk_test"));
}

#[tokio::test]
async fn a_connection_that_is_not_made_is_told_with_its_cause() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::builder().api_key("sk_test").base_url(&url).max_retries(0).build().unwrap();
    let (done, records) = told(Level::Info, client.agent().tasks().pause("t1")).await;
    done.unwrap_err();
    assert_eq!(records.len(), 1);
    assert!(records[0].message.contains("failed kind=connection") && records[0].message.contains("refused"), "{}", records[0].message);
}

#[tokio::test]
async fn attempts_and_answers_are_told_at_debug() {
    let server = Server::start(vec![answer(200, "set-cookie: sid=9\r\nx-a: b\r\n", STARTED)]);
    let client = server.client();
    let options = CallOptions::new().query("api_key", "9").query("page", 2);
    let (done, records) = told(Level::Debug, client.agent().tasks().with(options).start(StartParams::new("my password is 9"))).await;
    done.unwrap();
    assert_eq!(records.iter().map(|record| record.level).collect::<Vec<_>>(), [Level::Debug, Level::Debug, Level::Info]);
    let place = format!("POST {}/agent/tasks?api_key=[redacted]&page=2: ", server.url);
    assert!(records.iter().all(|record| record.message.starts_with(&place)), "{:?}", texts(&records));
    assert!(records[0].message.contains("sending attempt=1 bytes=") && records[0].message.contains(r#""authorization": "[redacted]""#));
    assert!(records[1].message.contains(r#""set-cookie": "[redacted]""#) && records[1].message.contains(r#""x-a": "b""#));
    assert!(!texts(&records).concat().contains("password"));
}

#[tokio::test]
async fn a_stream_tells_that_it_was_taken_up_again_and_how_it_ended() {
    let server = Server::start(vec![
        cut_stream_with(CAN, "id: 0\ndata: {\"type\":\"started\"}\n\n"),
        stream("id: 1\ndata: {\"type\":\"completed\",\"result\":\"\"}\n\n"),
    ]);
    let client = server.client();
    let (count, records) = told(Level::Info, async {
        let mut events = client.agent().tasks().start_stream(StartParams::new("x")).await.unwrap();
        let mut count = 0;
        while let Some(event) = events.next().await {
            event.unwrap();
            count += 1;
        }
        count
    })
    .await;
    assert_eq!(count, 2);
    let texts = texts(&records);
    assert_eq!(texts.len(), 4, "{texts:?}");
    assert!(texts[0].contains("/agent/tasks/stream: answered status=200"));
    assert!(
        texts[1].contains("to be taken up again why=\"The stream broke off") && texts[1].ends_with("last_event_id=0 attempt=1 wait=0.0")
    );
    assert!(texts[2].ends_with("goes on last_event_id=0"));
    assert!(texts[3].contains("ended events=2 bytes=") && texts[3].contains("resumed=1 task_ended=true last_event_id=1 elapsed="));
    assert!(records[1..].iter().all(|record| record.about == "stream" && record.fields["task_id"] == "t1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_closes_a_stream_or_drops_a_call_has_it_told_at_once() {
    let (closed, was_closed) = mpsc::channel();
    let script = cut_stream_with("", "data: {\"type\":\"started\"}\n\n").into_iter().chain([Step::AwaitClose(closed)]).collect();
    let server = Server::start(vec![script, vec![Step::Silence(std::time::Duration::from_secs(1))]]);
    let client = server.client();
    let records = Arc::new(Records::default());
    let listener = records.subscriber(Level::Info);
    let opening = client.open_json("start_stream", b"{}", Some(r#"{"instruction":"x"}"#.into()));
    let frames = told_to(Some(listener.clone()), opening).await.unwrap();
    assert_eq!(frames.next_batch(9).await.unwrap().len(), 1);
    // Told from here, where nobody listens.
    frames.close();
    let taken = records.take();
    assert!(taken.last().unwrap().message.contains("closed by the caller events=1"), "{:?}", texts(&taken));
    drop(frames);
    was_closed.recv().unwrap();
    let call = told_to(Some(listener), client.call_json("pause", br#"{"id":"t1"}"#, None));
    assert!(tokio::time::timeout(std::time::Duration::from_millis(100), call).await.is_err());
    let taken = records.take();
    assert_eq!(taken.len(), 1);
    assert!(taken[0].message.contains("/t1/pause: stopped by the caller elapsed="), "{:?}", texts(&taken));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Wherever a secret is, and however the call goes.
    #[test]
    fn no_secret_is_ever_told(secret in "[0-9a-f]{24}", way in 0..4, at in 0..8) {
        let scripts = match way {
            0 => vec![answer(200, &format!("set-cookie: sid={secret}\r\nlocation: /x?t={secret}\r\n"), &format!(r#"{{"echo":"{secret}"}}"#))],
            1 => vec![answer(503, NOW, &secret), answer(400, "", &format!(r#"{{"detail":"{secret}"}}"#))],
            2 => vec![vec![], vec![write(format!("HTTP/1.1 302 Found\r\nlocation: gopher://h/?token={secret}\r\n\r\n"))]],
            _ => vec![stream(format!("data: {{\"type\":\"action\",\"action\":{{\"text\":\"{secret}\"}}}}\n\n"))],
        };
        let server = Server::start(scripts);
        let mut builder = Client::builder().base_url(&server.url).max_retries(1).api_key(if at == 0 { &secret } else { "sk_1" });
        if at == 1 {
            // To this machine no proxy leads.
            builder = builder.base_url("http://service.example").proxy(format!("http://user:{secret}@{}", server.url.trim_start_matches("http://")));
        }
        let client = builder.build().unwrap();
        let options = match at {
            2 => CallOptions::new().header("cookie", format!("sid={secret}")),
            3 => CallOptions::new().header("X-Api-Key", secret.as_str()),
            4 => CallOptions::new().query("access_token", secret.as_str()),
            5 => CallOptions::new().query("filter", serde_json::json!({ "Password": secret })),
            6 => CallOptions::new().header("proxy-authorization", format!("Basic {secret}")),
            _ => CallOptions::new(),
        };
        let params = StartParams::new(if at == 7 { format!("type the password {secret}") } else { "x".into() });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let ((), records) = runtime.block_on(told(Level::Debug, async {
            let tasks = client.agent().tasks().with(options);
            if way == 3 {
                if let Ok(events) = tasks.start_stream(params).await {
                    events.collect::<Vec<_>>().await;
                }
            } else {
                let _ = tasks.start(params).await;
            }
        }));
        prop_assert!(records.len() >= 2);
        let text = serde_json::to_string(&records).unwrap();
        prop_assert!(!text.contains(&secret), "{}", text);
    }
}
