//! One connection: requests in, answers out.

use std::{io, pin::pin, time::Duration};

use bytes::{Buf, Bytes, BytesMut};
use serde::Deserialize;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, MissedTickBehavior},
};

use crate::{
    TASK_ID,
    recipe::Recipe,
    render::{Events, chunk, completed, started},
    store::Store,
};

const LARGEST_REQUEST: usize = 1 << 20;
const MOST_HEADERS: usize = 64;

struct Request {
    method: String,
    path: String,
    body: Bytes,
}

/// Answers requests until the client goes.
pub(crate) async fn talk(mut stream: TcpStream, store: &Store) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut received = BytesMut::with_capacity(8192);
    while let Some(request) = read_request(&mut stream, &mut received).await? {
        let is_task = request.path.rsplit_once("/agent/tasks/").is_some_and(|(_, id)| !id.is_empty() && !id.contains('/'));
        match request.method.as_str() {
            "POST" if request.path.ends_with("/agent/tasks/stream") => match recipe(&request.body) {
                Ok(Recipe { pace: Some(pace), events, size, .. }) => write_paced(&mut stream, events, size, pace).await?,
                Ok(recipe) => {
                    let body = store.body(recipe);
                    let head = stream_head();
                    stream.write_all_buf(&mut Buf::chain(head.as_bytes(), body.events).chain(body.end.as_bytes())).await?;
                }
                Err(detail) => stream.write_all(problem(422, &detail).as_bytes()).await?,
            },
            "GET" if is_task => stream.write_all(status().as_bytes()).await?,
            _ => stream.write_all(problem(404, "no such route").as_bytes()).await?,
        }
    }
    Ok(())
}

/// What the instruction of a `start_stream` asks for.
fn recipe(body: &[u8]) -> Result<Recipe, String> {
    #[derive(Deserialize)]
    struct Params<'a> {
        #[serde(borrow)]
        instruction: std::borrow::Cow<'a, str>,
    }
    serde_json::from_slice::<Params<'_>>(body).map_err(|error| error.to_string())?.instruction.parse()
}

/// Writes each event when its time has come: the first at once.
async fn write_paced(stream: &mut TcpStream, events: usize, size: usize, pace: Duration) -> io::Result<()> {
    let of_size = Events::new(size);
    let mut clock = pin!(tokio::time::interval_at(Instant::now(), pace));
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut text = stream_head();
    chunk(&mut text, &started());
    for number in 0..events {
        clock.tick().await;
        chunk(&mut text, &of_size.timed_frame(number));
        if number + 1 == events {
            chunk(&mut text, &completed(events));
            text.push_str("0\r\n\r\n");
        }
        stream.write_all(text.as_bytes()).await?;
        text.clear();
    }
    Ok(())
}

/// As our server begins a stream: its task can be followed at another address, too.
fn stream_head() -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\nx-request-id: req_bench\r\nx-task-id: {TASK_ID}\r\n\
         link: <{TASK_ID}/events>; rel=\"events\"\r\ntransfer-encoding: chunked\r\n\r\n"
    )
}

fn status() -> String {
    answer("200 OK", "application/json", &json!({"status": "running", "task_id": TASK_ID}).to_string())
}

fn problem(status: u16, detail: &str) -> String {
    let title = if status == 422 { "Unprocessable Entity" } else { "Not Found" };
    let body = json!({"type": "about:blank", "title": title, "status": status, "detail": detail});
    answer(&format!("{status} {title}"), "application/problem+json", &body.to_string())
}

fn answer(status: &str, kind: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nx-request-id: req_bench\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// The next request; `None` when the client has gone.
async fn read_request(stream: &mut TcpStream, received: &mut BytesMut) -> io::Result<Option<Request>> {
    loop {
        if let Some(request) = parse(received)? {
            return Ok(Some(request));
        }
        if stream.read_buf(received).await? == 0 {
            return Ok(None);
        }
    }
}

/// Takes the first request out of what was received, if all of it is there.
fn parse(received: &mut BytesMut) -> io::Result<Option<Request>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = parsed.parse(received).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let length = parsed.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|header| std::str::from_utf8(header.value).ok()?.trim().parse().ok()).unwrap_or(0usize);
    if length > LARGEST_REQUEST {
        return Err(io::Error::other("a request that is too large"));
    }
    if received.len() < head + length {
        return Ok(None);
    }
    let (method, path) = (parsed.method.unwrap_or_default().to_owned(), parsed.path.unwrap_or_default().to_owned());
    received.advance(head);
    Ok(Some(Request { method, path, body: received.split_to(length).freeze() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_taken_one_by_one_as_they_come() {
        let two = b"POST /agent/tasks/stream HTTP/1.1\r\nhost: x\r\nContent-Length: 2\r\n\r\n{}GET /agent/tasks/t HTTP/1.1\r\n\r\n";
        let mut received = BytesMut::new();
        let mut requests = Vec::new();
        for byte in two {
            received.extend_from_slice(&[*byte]);
            requests.extend(parse(&mut received).unwrap().map(|request| (request.method, request.path, request.body)));
        }
        let post = ("POST".to_owned(), "/agent/tasks/stream".to_owned(), Bytes::from_static(b"{}"));
        assert_eq!(requests, [post, ("GET".to_owned(), "/agent/tasks/t".to_owned(), Bytes::new())]);
        assert!(received.is_empty());
    }
}
