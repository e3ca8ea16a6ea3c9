//! Requests of one's own and answers as bytes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod common;

use std::{sync::mpsc, time::Duration};

use common::{Server, Step, answer, cut_stream, header, stream, write};
use lightcone::{CallOptions, ErrorKind, Timeouts, http::Method};

fn once() -> CallOptions {
    CallOptions::new().max_retries(0)
}

#[tokio::test]
async fn a_request_of_ones_own() {
    let server = Server::start(vec![answer(201, "x-a: 1\r\nx-a: 2\r\n", "[1]"), answer(200, "", "")]);
    let client = server.client();
    let options = CallOptions::new().query("b", true).header("content-type", "text/plain");
    let got = client.request(Method::PUT, "routes/x?a=%20", Some("hello".into()), options).await.unwrap();
    assert_eq!((got.head.status, got.head.http_version, got.head.retries, &got.body[..]), (201, "HTTP/1.1", 0, &b"[1]"[..]));
    assert_eq!(got.head.url, format!("{}/routes/x?a=%20&b=true", server.url));
    assert_eq!(got.head.headers.get_all("x-a").iter().collect::<Vec<_>>(), ["1", "2"]);
    client.request(Method::DELETE, "/routes/x", None, once()).await.unwrap();

    let [put, delete] = &server.requests()[..] else { unreachable!() };
    assert!(put.starts_with("PUT /routes/x?a=%20&b=true HTTP/1.1\r\n") && put.ends_with("\r\n\r\nhello"), "{put}");
    assert_eq!((header(put, "content-type"), header(put, "accept")), (Some("text/plain"), Some("application/json")));
    assert_eq!(header(put, "authorization"), Some("Bearer sk_test"));
    assert_eq!((header(delete, "content-length"), header(delete, "content-type")), (None, None));
}

#[tokio::test]
async fn only_what_is_harmless_to_repeat_is_repeated() {
    for (method, attempts) in [(Method::GET, 2), (Method::PUT, 2), (Method::POST, 1), (Method::PATCH, 1)] {
        // No answer comes to the first.
        let server = Server::start(vec![vec![], answer(200, "", "{}")]);
        let outcome = server.client().request(method.clone(), "/x", None, CallOptions::new().max_retries(1)).await;
        assert_eq!((outcome.is_ok(), server.requests().len()), (attempts == 2, attempts), "{method}");
    }
    // That the server could not take it is another matter.
    let server = Server::start(vec![answer(503, "retry-after-ms: 1\r\n", ""), answer(200, "", "{}")]);
    let got = server.client().request(Method::POST, "/x", None, CallOptions::new()).await.unwrap();
    assert_eq!(got.head.retries, 1);
}

#[tokio::test]
async fn an_answer_in_pieces() {
    let (told, closed) = mpsc::channel();
    let server = Server::start(vec![[cut_stream("one"), vec![Step::AwaitClose(told)]].concat()]);
    let stream = server.client().request_stream(Method::GET, "/x", None, once()).await.unwrap();
    assert_eq!(stream.head().status, 200);
    assert_eq!(stream.next().await.unwrap().unwrap(), "one");
    // Giving up waiting loses nothing and closes nothing.
    tokio::time::timeout(Duration::from_millis(20), stream.next()).await.unwrap_err();
    assert!(closed.try_recv().is_err());
    let (waiting, ()) = tokio::join!(stream.next(), async { stream.close() });
    assert_eq!(waiting.unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(stream.next().await.unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(stream.events().await.unwrap_err().kind(), ErrorKind::Closed);
    tokio::task::spawn_blocking(move || closed.recv_timeout(Duration::from_secs(20))).await.unwrap().unwrap();
}

#[tokio::test]
async fn an_answer_to_its_end() {
    let server = Server::start(vec![stream("onetwo")]);
    let stream = server.client().request_stream(Method::GET, "/x", None, once()).await.unwrap();
    assert_eq!(stream.read().await.unwrap(), "onetwo");
    assert_eq!(stream.next().await.unwrap(), None);
    assert_eq!(stream.events().await.unwrap_err().kind(), ErrorKind::Closed);
}

#[tokio::test]
async fn an_answer_that_does_not_come_whole() {
    let server = Server::start(vec![cut_stream("one")]);
    let stream = server.client().request_stream(Method::GET, "/x", None, once()).await.unwrap();
    let error = stream.read().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
    assert_eq!(stream.next().await.unwrap(), None);

    let (told, _closed) = mpsc::channel();
    let server = Server::start(vec![[cut_stream("one"), vec![Step::AwaitClose(told)]].concat()]);
    let limits = Timeouts { read: Some(Duration::from_millis(50)), ..Timeouts::default() };
    let stream = server.client().request_stream(Method::GET, "/x", None, once().timeouts(limits)).await.unwrap();
    assert_eq!(stream.read().await.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn the_bytes_of_an_operation_become_its_events() {
    let frames = "id: 0\ndata: {\"type\":\"completed\"}\n\n";
    let server = Server::start(vec![stream(frames), stream(frames), answer(200, "", "{}")]);
    let client = server.client();
    let open = || client.open_raw_json("start_stream", br#"{"max_retries":0}"#, Some(r#"{"instruction":"x"}"#.into()));
    assert_eq!(open().await.unwrap().read().await.unwrap(), frames);
    let events = open().await.unwrap().events().await.unwrap();
    assert_eq!(events.next_batch(9).await.unwrap()[0].data, r#"{"type":"completed"}"#);
    assert!(events.next_batch(9).await.unwrap().is_empty());
    assert_eq!(open().await.unwrap().events().await.unwrap_err().kind(), ErrorKind::Response);
    assert!(server.requests().iter().all(|request| request.starts_with("POST /agent/tasks/stream ")));
}

#[tokio::test]
async fn a_refusal_is_an_error_before_there_are_bytes() {
    let server = Server::start(vec![
        answer(404, "", r#"{"detail":"no such route"}"#),
        vec![write("HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n")],
    ]);
    let client = server.client();
    let error = client.request_stream(Method::GET, "/x", None, once()).await.unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::NotFound, "404 Not Found: no such route"));
    // A redirect to nowhere.
    let error = client.request(Method::GET, "/x", None, once()).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Status, Some(302)));
}
