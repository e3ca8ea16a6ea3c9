//! An endpoint of any API: checks requests with the API's fake and answers as it is told.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::{Asked, Fake, Intent};

/// What the endpoint does with one request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Turn {
    /// Wants this done, all of it in one answer.
    Say(Vec<Intent>),
    /// The malformed answer of that number.
    Malformed(usize),
    /// Will not do it.
    Refuse,
    /// The request is too long.
    TooLong,
    /// There were too many requests; come again after so many seconds.
    RateLimited(u64),
    /// This status, without anything that says why.
    Broken(u16),
    /// The same, after so many milliseconds.
    Slow(u64, Vec<Intent>),
    /// Never answers.
    Silent,
    /// The connection ends in the middle of the answer.
    Cut,
}

/// What a request was.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) asked: Asked,
    pub(crate) body: Value,
}

#[derive(Default)]
struct Log {
    heard: Vec<Heard>,
    faults: Vec<String>,
    /// Requests whose client left before the answer.
    abandoned: usize,
}

type Decide = Box<dyn FnMut(&Asked) -> Turn + Send>;

struct Inner {
    path: &'static str,
    mind: Mutex<(Box<dyn Fake>, Decide)>,
    log: Mutex<Log>,
}

/// A fake at its address, until it is dropped.
pub(crate) struct Endpoint {
    pub(crate) url: String,
    inner: Arc<Inner>,
    serving: AbortHandle,
}

impl Endpoint {
    /// `decide` says what becomes of each request that is right.
    pub(crate) async fn start(fake: Box<dyn Fake>, decide: impl FnMut(&Asked) -> Turn + Send + 'static) -> Self {
        let inner = Arc::new(Inner { path: fake.path(), mind: Mutex::new((fake, Box::new(decide))), log: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let router = Router::new().fallback(serve).with_state(Arc::clone(&inner));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }).abort_handle();
        Self { url, inner, serving }
    }

    /// The requests that were right, in order.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.inner.log.lock().unwrap().heard.clone()
    }

    /// What was wrong with others.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.inner.log.lock().unwrap().faults.clone()
    }

    pub(crate) fn abandoned(&self) -> usize {
        self.inner.log.lock().unwrap().abandoned
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Notes that its request was abandoned, unless it is answered.
struct Waiting(Arc<Inner>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.log.lock().unwrap().abandoned += 1;
    }
}

async fn serve(State(inner): State<Arc<Inner>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    if method == Method::GET && uri.path() == "/v1/models" {
        return json_answer(StatusCode::OK, &json!({ "object": "list", "data": [{ "id": "served", "object": "model" }] }));
    }
    let heard = hear(&inner, &method, &uri, &headers, &body);
    let (turn, body) = match heard {
        Ok(heard) => heard,
        Err(fault) => {
            let answer = json_answer(StatusCode::BAD_REQUEST, &json!({ "error": { "message": fault, "type": "invalid_request_error" } }));
            inner.log.lock().unwrap().faults.push(fault);
            return answer;
        }
    };
    if turn == Turn::Silent {
        let _waiting = Waiting(inner);
        return std::future::pending().await;
    }
    if let Turn::Slow(milliseconds, _) = turn {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
    let is_streamed = body["stream"] == true;
    let fake = &mut inner.mind.lock().unwrap().0;
    match turn {
        Turn::Say(intents) | Turn::Slow(_, intents) => match fake.streamed(&intents).filter(|_| is_streamed) {
            Some(events) => event_stream(&events),
            None => json_answer(StatusCode::OK, &fake.answer(&intents)),
        },
        Turn::Malformed(nth) => json_answer(StatusCode::OK, &fake.malformed().swap_remove(nth).1),
        Turn::Refuse => json_answer(StatusCode::OK, &fake.refusal()),
        Turn::TooLong => error(fake.too_long()),
        Turn::RateLimited(seconds) => {
            let mut answer = error(fake.rate_limited());
            answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            answer
        }
        Turn::Broken(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Turn::Cut => cut(is_streamed),
        Turn::Silent => unreachable!("it is not answered"),
    }
}

/// What is to be done with a request that is right; what is wrong with it otherwise.
fn hear(inner: &Inner, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Result<(Turn, Value), String> {
    if (method, uri.path()) != (&Method::POST, inner.path) {
        return Err(format!("{method} {uri} instead of POST {}", inner.path));
    }
    if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind != "application/json") {
        return Err("the content-type is not application/json".to_owned());
    }
    let body: Value = serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?;
    let (fake, decide) = &mut *inner.mind.lock().unwrap();
    let asked = fake.check(headers, &body)?;
    inner.log.lock().unwrap().heard.push(Heard { asked: asked.clone(), body: body.clone() });
    Ok((decide(&asked), body))
}

fn json_answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

fn error((status, body): (u16, Value)) -> Response {
    json_answer(StatusCode::from_u16(status).unwrap(), &body)
}

/// Each event in a piece of its own. The mark at the end is what chat completions have, and
/// the others are said to pass over.
fn event_stream(events: &[Value]) -> Response {
    let frame = |event: &Value| {
        let kind = event["type"].as_str().map(|kind| format!("event: {kind}\n")).unwrap_or_default();
        format!("{kind}data: {event}\n\n")
    };
    let mut frames: Vec<String> = events.iter().map(frame).collect();
    if events.iter().any(|event| event["object"] == "chat.completion.chunk") {
        frames.push("data: [DONE]\n\n".to_owned());
    }
    let frames = stream::iter(frames.into_iter().map(Ok::<_, Infallible>));
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(frames)).into_response()
}

fn cut(is_streamed: bool) -> Response {
    let (kind, begun) = if is_streamed { ("text/event-stream", ": \n\n") } else { ("application/json", "{\"") };
    let pieces = stream::unfold(0, move |nth| async move {
        if nth == 1 {
            // The beginning gets through before the end of the connection does.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let piece = if nth == 0 { Ok(begun) } else { Err(std::io::Error::other("cut")) };
        Some((piece, nth + 1))
    });
    ([(header::CONTENT_TYPE, kind)], Body::from_stream(pieces)).into_response()
}
