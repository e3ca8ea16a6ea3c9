//! Answers that go wrong as a program's tests ask for: a status that says no, or a connection that breaks.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, BodyDataStream};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, StatusCode};
use lightcone::operation::{OPERATIONS, Operation};

use super::{App, Problem};

/// How an answer goes wrong.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Nothing is done, and the answer is this status with these headers.
    Status(StatusCode, HeaderMap),
    /// It is done, and the connection breaks in place of the answer; of a stream, after so many events.
    Drop(usize),
}

/// The faults to come of one server. Clones are the same faults.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Vec<Due>>>);

#[derive(Debug)]
struct Due {
    operation: &'static str,
    fault: Fault,
    times: u32,
}

impl Faults {
    /// Lets the next so many answers of an operation go wrong, after those it was told of before.
    pub fn add(&self, operation: &'static Operation, fault: Fault, times: u32) {
        if times > 0 {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Due { operation: operation.name, fault, times });
        }
    }

    fn take(&self, operation: &str) -> Option<Fault> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = all.iter().position(|due| due.operation == operation)?;
        let due = all.get_mut(place)?;
        due.times -= 1;
        let fault = due.fault.clone();
        if due.times == 0 {
            all.remove(place);
        }
        Some(fault)
    }
}

/// Passes a request on, and spoils the answer if a fault of its operation is due.
pub(super) async fn spoil(State(app): State<Arc<App>>, path: MatchedPath, request: Request, next: Next) -> Response {
    let operation = OPERATIONS.iter().find(|known| known.path == path.as_str() && known.method == request.method());
    match operation.and_then(|operation| app.faults.take(operation.name)) {
        None => next.run(request).await,
        Some(Fault::Status(status, headers)) => {
            let mut response = Problem::new(status, "this answer was asked for by a test").into_response();
            response.headers_mut().extend(headers);
            response
        }
        Some(Fault::Drop(events)) => {
            let (head, body) = next.run(request).await.into_parts();
            Response::from_parts(head, Body::from_stream(broken(body.into_data_stream(), events)))
        }
    }
}

/// So many events of a body, then an error, at which the connection is closed.
fn broken(body: BodyDataStream, events: usize) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold((body, events, false), move |(mut body, left, over)| async move {
        if over {
            return None;
        }
        if left == 0 {
            if events > 0 {
                // The connection sends what it was given only while it waits, and nothing after an error.
                tokio::task::yield_now().await;
            }
            return Some((Err(io::Error::other("a test asked for this connection to break")), (body, 0, true)));
        }
        let chunk = match body.next().await? {
            Ok(chunk) => chunk,
            Err(error) => return Some((Err(io::Error::other(error)), (body, left, true))),
        };
        let (end, left) = cut(&chunk, left);
        Some((Ok(chunk.slice(..end)), (body, left, false)))
    })
}

/// Where the last event wanted ends in a chunk, and how many are wanted still. Our own stream has
/// a blank line after each event and nowhere else.
fn cut(chunk: &[u8], wanted: usize) -> (usize, usize) {
    let mut left = wanted;
    for (place, pair) in chunk.windows(2).enumerate() {
        if pair == b"\n\n" {
            left -= 1;
            if left == 0 {
                return (place + 2, 0);
            }
        }
    }
    (chunk.len(), left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_cut_after_the_event_wanted() {
        let chunk = b"id: 0\ndata: {}\n\n: ping\nid: 1\ndata: {}\n\n";
        assert_eq!(cut(chunk, 1), (16, 0));
        assert_eq!(cut(chunk, 2), (chunk.len(), 0));
        assert_eq!(cut(chunk, 3), (chunk.len(), 1));
    }

    #[test]
    fn faults_come_in_order_and_as_often_as_asked_for() {
        let faults = Faults::default();
        faults.add(&lightcone::operation::PAUSE, Fault::Drop(0), 2);
        faults.add(&lightcone::operation::PAUSE, Fault::Status(StatusCode::BAD_GATEWAY, HeaderMap::new()), 1);
        assert!(faults.take("resume").is_none());
        assert!(matches!(faults.take("pause"), Some(Fault::Drop(0))));
        assert!(matches!(faults.take("pause"), Some(Fault::Drop(0))));
        assert!(matches!(faults.take("pause"), Some(Fault::Status(StatusCode::BAD_GATEWAY, _))));
        assert!(faults.take("pause").is_none());
    }
}
