//! A task's event log as an event stream (contract, section 3; WHATWG HTML, server-sent events).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_core::Stream;
use futures_util::stream;
use http::header;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::engine::Engine;
use crate::store::Stored;

/// After so much silence the stream says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// One comment line and no blank line: a blank line is the end of an event to clients
/// that remember an earlier `id:`, and some of them fail on an event without data.
const PING: &[u8] = b": ping\n";

/// The most events that are read from the log at once.
const BATCH: usize = 256;

/// What `stream_mode: concise` leaves out.
const VERBOSE_ONLY: [&str; 3] = ["thinking", "action", "executed"];

/// Answers with a task's events from the first one to the end of the task.
pub(super) async fn respond(engine: Arc<Engine>, id: String, concise: bool) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    let body = match engine.store.watch(&id).await {
        Some(changes) => Body::from_stream(frames(Follower { engine, id, concise, changes, next: 0, spoke: Instant::now() })),
        None => Body::empty(),
    };
    (headers, body).into_response()
}

struct Follower {
    engine: Arc<Engine>,
    id: String,
    concise: bool,
    changes: watch::Receiver<u64>,
    /// Number of the event to read next.
    next: usize,
    /// When something was last sent.
    spoke: Instant,
}

fn frames(follower: Follower) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(follower, |mut follower| async {
        let bytes = follower.more().await?;
        follower.spoke = Instant::now();
        Some((Ok(bytes), follower))
    })
}

impl Follower {
    /// The next bytes to send; `None` after the last event.
    async fn more(&mut self) -> Option<Bytes> {
        loop {
            self.changes.borrow_and_update();
            // Asked before the events are read: what had ended then has all its events.
            let ended = self.engine.store.state(&self.id).await?.status().is_end();
            let events = self.engine.store.events(&self.id, self.next, BATCH).await;
            let (first, count) = (self.next, events.len());
            self.next += count;
            let frames = self.render(first, &events);
            if !frames.is_empty() {
                return Some(frames.into());
            }
            if count > 0 {
                continue;
            }
            if ended {
                return None;
            }
            match timeout_at(self.spoke + HEARTBEAT, self.changes.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return None,
                Err(_) => return Some(Bytes::from_static(PING)),
            }
        }
    }

    fn render(&self, first: usize, events: &[Stored]) -> Vec<u8> {
        let mut frames = Vec::new();
        for (id, event) in (first..).zip(events) {
            if self.concise && VERBOSE_ONLY.contains(&event.kind.as_str()) {
                continue;
            }
            frames.extend_from_slice(format!("id: {id}\ndata: ").as_bytes());
            frames.extend_from_slice(&event.data);
            frames.extend_from_slice(b"\n\n");
        }
        frames
    }
}
