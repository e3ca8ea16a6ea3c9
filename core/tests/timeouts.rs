//! How long is waited for what (contract, section 6).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod common;

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use common::{Server, Step, answer, cut_stream, write};
use futures_util::StreamExt;
use lightcone::{CallOptions, Client, Error, ErrorKind, Timeouts, tasks::StartParams};

const NONE: Timeouts = Timeouts { connect: None, read: None, write: None, pool: None };
const SHORT: Option<Duration> = Some(Duration::from_millis(100));
const OK: &str = r#"{"status":"paused"}"#;
const STARTED: &str = r#"{"status":"running","task_id":"t1"}"#;

/// The error of a call with these limits, which is made once.
async fn error(client: &Client, limits: Timeouts) -> Error {
    let options = CallOptions::new().max_retries(0).timeouts(limits);
    client.agent().tasks().with(options).pause("t1").await.unwrap_err()
}

/// An address where connections are made by nobody: a listener whose queue is full.
struct Deaf {
    listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl Deaf {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let queue = std::iter::from_fn(|| TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok()).collect();
        Self { listener, _queue: queue }
    }

    fn client(&self) -> Client {
        Client::builder().api_key("k").base_url(format!("http://{}", self.listener.local_addr().unwrap())).build().unwrap()
    }
}

#[tokio::test]
async fn a_call_waits_for_a_connection_as_long_as_it_says() {
    let deaf = tokio::task::spawn_blocking(Deaf::new).await.unwrap();
    // The client's own limit is 5 s, and a limit for reading is none for connecting.
    for limits in [Timeouts { connect: SHORT, ..NONE }, Timeouts { connect: SHORT, read: Some(Duration::from_millis(1)), ..NONE }] {
        let error = error(&deaf.client(), limits).await;
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 1));
        assert!(error.to_string().starts_with("Request timed out.") && error.to_string().contains("no connection within 0.1 s"), "{error}");
    }
}

#[tokio::test]
async fn a_call_waits_for_an_answer_as_long_as_it_says() {
    for begun in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"] {
        let (told, _closed) = mpsc::channel();
        let server = Server::start(vec![vec![write(begun), Step::AwaitClose(told)]]);
        let error = error(&server.client(), Timeouts { read: SHORT, ..NONE }).await;
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 1));
        assert!(error.to_string().contains("nothing came for 0.1 s"), "{error}");
    }
}

/// More than the buffers on the way hold.
const LARGE: usize = 32 << 20;

/// A server that reads the head of a request with a large body, and then as `reads` does.
fn reader(reads: impl FnOnce(TcpStream) + Send + 'static) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            socket.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        reads(socket);
    });
    Client::builder().api_key("k").base_url(url).build().unwrap()
}

async fn start(client: &Client, limits: Timeouts) -> Result<(), Error> {
    let options = CallOptions::new().max_retries(0).timeouts(limits);
    client.agent().tasks().with(options).start(StartParams::new("x".repeat(LARGE))).await.map(|_| ())
}

#[tokio::test]
async fn a_body_that_nobody_takes_is_waited_for_as_long_as_it_says() {
    let (kept, sockets) = mpsc::channel();
    for read in [None, Some(Duration::from_secs(60))] {
        let kept = kept.clone();
        let client = reader(move |socket| kept.send(socket).unwrap());
        let error = start(&client, Timeouts { write: SHORT, read, ..NONE }).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 1));
        assert!(error.to_string().starts_with("Request timed out.") && error.to_string().contains("took no more"), "{error}");
    }
    drop(sockets);
}

#[tokio::test]
async fn a_body_that_is_taken_slowly_is_not_given_up() {
    let client = reader(|mut socket| {
        let mut buffer = vec![0; 1 << 20];
        for _ in 1..LARGE >> 20 {
            socket.read_exact(&mut buffer).unwrap();
            thread::sleep(Duration::from_millis(30));
        }
        // All of it was sent by then, or nearly: the answer is waited for.
        thread::sleep(Duration::from_millis(300));
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", STARTED.len());
        socket.write_all((head + STARTED).as_bytes()).unwrap();
        while socket.read(&mut buffer).is_ok_and(|count| count > 0) {}
    });
    let begun = Instant::now();
    let limit = Duration::from_millis(500);
    start(&client, Timeouts { write: Some(limit), read: Some(Duration::from_secs(20)), ..NONE }).await.unwrap();
    assert!(begun.elapsed() > limit, "the server was not slow");
}

#[tokio::test]
async fn no_limit_is_none() {
    let server = Server::start(vec![[vec![Step::Silence(Duration::from_millis(300))], answer(200, "", OK)].concat()]);
    let client = Client::builder().api_key("k").base_url(&server.url).timeouts(Timeouts::all(Duration::from_millis(20))).build().unwrap();
    client.agent().tasks().with(CallOptions::new().timeouts(NONE)).pause("t1").await.unwrap();
}

#[tokio::test]
async fn a_call_waits_in_turn_for_a_free_connection() {
    // The server holds three streams open at once, each in a thread of its own.
    let (told, _closed) = mpsc::channel();
    let held = || [cut_stream("data: 1\n\n"), vec![Step::AwaitClose(told.clone())]].concat();
    let streams: Vec<Server> = (0..3).map(|_| Server::start(vec![held()])).collect();
    let free = Server::start(vec![answer(200, "", OK)]);
    let settings = |url: &str| format!(r#"{{"api_key":"k","base_url":"{url}","limits":{{"max_connections":3}}}}"#);
    let client = Client::from_json(settings(&free.url).as_bytes()).unwrap();
    let mut open = Vec::new();
    for server in &streams {
        let at = client.sharing_json(settings(&server.url).as_bytes()).unwrap();
        let mut events = at.agent().tasks().start_stream(StartParams::new("x")).await.unwrap();
        events.next().await.unwrap().unwrap();
        open.push(events);
    }
    let error = error(&client, Timeouts { pool: SHORT, ..NONE }).await;
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("in use for 0.1 s") && free.requests().is_empty(), "{error}");
    // Who waits longer gets the connection that becomes free.
    let options = CallOptions::new().timeouts(NONE);
    let tasks = client.agent().tasks().with(options);
    let (paused, ()) = tokio::join!(tasks.pause("t1"), async { drop(open.pop()) });
    paused.unwrap();
}
