//! A task's event log as an event stream (contract, section 3; WHATWG HTML, server-sent events).

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_core::Stream;
use futures_util::stream;
use http::{HeaderValue, header};
use lightcone::tasks::StreamMode;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::Problem;
use super::hosts::Base;
use super::problem::FieldError;
use crate::engine::{Engine, Refusal};
use crate::store::{Seen, StoreError, Stored};

/// After so much silence the stream says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// One comment line and no blank line: a blank line is the end of an event to clients
/// that remember an earlier `id:`, and some of them fail on an event without data.
const PING: &[u8] = b": ping\n";

/// The most events that are read from the log at once.
const BATCH: usize = 256;

/// What `stream_mode: concise` leaves out.
const VERBOSE_ONLY: [&str; 3] = ["thinking", "action", "executed"];

/// Answers with a task's events to the end of the task: from the first one, or from
/// the one after `last`, the id that a reader saw last. Links in them begin with `base`.
pub(super) async fn respond(engine: Arc<Engine>, id: &str, last: Option<&HeaderValue>, base: Base) -> Result<Response, Problem> {
    let task = engine.task(id).await?;
    let changes = engine.store.watch(id).await?.ok_or_else(|| Refusal::UnknownTask(id.to_owned()))?;
    let next = match last {
        Some(last) => after(last, changes.borrow().events)?,
        None => 0,
    };
    let concise = task.body.get("stream_mode").and_then(Value::as_str) == Some(StreamMode::Concise.as_str());
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    let follower = Follower { engine, id: task.id, concise, base, changes, next, spoke: Instant::now() };
    Ok((headers, Body::from_stream(frames(follower))).into_response())
}

/// Number of the event after `last`, in a log of so many.
fn after(last: &HeaderValue, events: usize) -> Result<usize, Problem> {
    match last.to_str().ok().and_then(|last| last.parse::<usize>().ok()) {
        Some(last) if last < events => Ok(last + 1),
        _ => {
            let right = match events.checked_sub(1) {
                Some(newest) => format!("it must be the id of an event, a whole number from 0 to {newest}"),
                None => "the task has no events yet, so leave it out".to_owned(),
            };
            Err(Problem::fields(vec![FieldError { field: "Last-Event-ID".to_owned(), message: format!("is {last:?}; {right}") }]))
        }
    }
}

struct Follower {
    engine: Arc<Engine>,
    id: String,
    concise: bool,
    base: Base,
    changes: watch::Receiver<Seen>,
    /// Number of the event to read next.
    next: usize,
    /// When something was last sent.
    spoke: Instant,
}

/// A failure of the store breaks the stream off, so that the reader comes again.
fn frames(follower: Follower) -> impl Stream<Item = Result<Bytes, StoreError>> {
    stream::try_unfold(follower, |mut follower| async {
        let Some(bytes) = follower.more().await? else { return Ok(None) };
        follower.spoke = Instant::now();
        Ok(Some((bytes, follower)))
    })
}

impl Follower {
    /// The next bytes to send; `None` after the last event.
    async fn more(&mut self) -> Result<Option<Bytes>, StoreError> {
        loop {
            let (written, ended) = {
                let seen = self.changes.borrow_and_update();
                (seen.events, seen.state.status().is_end())
            };
            if self.next < written {
                let events = self.engine.store.events(&self.id, self.next, BATCH).await?;
                let first = self.next;
                self.next += events.len();
                let frames = self.render(first, &events);
                if !frames.is_empty() {
                    return Ok(Some(frames.into()));
                }
                // A task that is forgotten meanwhile has no more events to come.
                if !events.is_empty() {
                    continue;
                }
            }
            if ended {
                return Ok(None);
            }
            match timeout_at(self.spoke + HEARTBEAT, self.changes.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Ok(None),
                Err(_) => return Ok(Some(Bytes::from_static(PING))),
            }
        }
    }

    fn render(&self, first: usize, events: &[Arc<Stored>]) -> Vec<u8> {
        let mut frames = Vec::new();
        for (id, event) in (first..).zip(events) {
            if self.concise && VERBOSE_ONLY.contains(&event.kind.as_str()) {
                continue;
            }
            frames.extend_from_slice(format!("id: {id}\ndata: ").as_bytes());
            frames.extend_from_slice(self.linked(event).as_bytes());
            frames.extend_from_slice(b"\n\n");
        }
        frames
    }

    /// The event with its link made whole. What is stored has no host in it: that may be
    /// another one at the next start, and is another one for each way to the server.
    fn linked<'a>(&self, event: &'a Stored) -> Cow<'a, str> {
        // Within a text of JSON the quotes would be escaped.
        const LINK: &str = "\"screenshot_url\":\"/";
        match event.data.split_once(LINK) {
            Some((before, after)) if event.kind == "screenshot" => format!("{before}\"screenshot_url\":\"{}/{after}", self.base.0).into(),
            _ => event.data.as_str().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt};
    use lightcone::tasks::{Event, ProgressUpdate, Thinking};

    use super::*;
    use crate::engine::State;
    use crate::engine::tests::{Stubborn, engine};

    async fn follower(concise: bool) -> Follower {
        let engine = engine(|_| -> Stubborn { unreachable!("no task runs here") }).await;
        engine.store.create("task_1", None, ().into(), State::new("task_1".into(), 100), &[]).await.unwrap();
        let changes = engine.store.watch("task_1").await.unwrap().unwrap();
        Follower { engine, id: "task_1".into(), concise, base: Base("http://localhost".into()), changes, next: 0, spoke: Instant::now() }
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
        engine.store.change("task_1", |task, log| task.tell(update, log)).await.unwrap().unwrap().unwrap();
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
                engine.store.change("task_1", |task, log| task.tell(thinking, log)).await.unwrap().unwrap().unwrap();
            }
        };
        tokio::select! {
            frame = frames.next() => assert_eq!(frame.unwrap().unwrap(), ": ping\n"),
            () = tell => {}
        }
        assert_eq!(began.elapsed().as_secs(), 15);
    }
}
