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

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt};
    use lightcone::tasks::{Event, ProgressUpdate, Thinking};

    use super::*;
    use crate::engine::State;
    use crate::engine::tests::engine;

    async fn follower(concise: bool) -> Follower {
        let engine = engine(|_| unreachable!("no task runs here"));
        engine.store.create("task_1", None, ().into(), State::new("task_1".into(), 100)).await;
        let changes = engine.store.watch("task_1").await.unwrap();
        Follower { engine, id: "task_1".into(), concise, changes, next: 0, spoke: Instant::now() }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_broken_by_a_comment_line_without_a_blank_line() {
        let follower = follower(false).await;
        let engine = Arc::clone(&follower.engine);
        let mut frames = std::pin::pin!(frames(follower));
        let began = Instant::now();
        for seconds in [15, 30] {
            assert_eq!(frames.next().await.unwrap().unwrap(), ": ping\n");
            assert_eq!(began.elapsed().as_secs(), seconds);
        }
        tokio::time::advance(Duration::from_secs(14)).await;
        let update = Event::from(ProgressUpdate::default());
        engine.store.change("task_1", |task, log| task.tell(update, log)).await.unwrap().unwrap();
        assert_eq!(frames.next().await.unwrap().unwrap(), "id: 0\ndata: {\"type\":\"progress_update\"}\n\n");
        tokio::time::advance(Duration::from_secs(14)).await;
        assert!(frames.next().now_or_never().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn events_that_are_left_out_do_not_break_the_silence() {
        let follower = follower(true).await;
        let engine = Arc::clone(&follower.engine);
        let mut frames = std::pin::pin!(frames(follower));
        let began = Instant::now();
        let tell = async {
            loop {
                tokio::time::sleep(Duration::from_secs(10)).await;
                let thinking = Event::from(Thinking::default());
                engine.store.change("task_1", |task, log| task.tell(thinking, log)).await.unwrap().unwrap();
            }
        };
        tokio::select! {
            frame = frames.next() => assert_eq!(frame.unwrap().unwrap(), ": ping\n"),
            () = tell => {}
        }
        assert_eq!(began.elapsed().as_secs(), 15);
    }
}
