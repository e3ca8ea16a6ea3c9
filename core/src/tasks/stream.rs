//! A task's events as a [`futures::Stream`](futures_core::Stream).

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::Stream;
use futures_util::StreamExt;
use smol_str::SmolStr;

use super::{Event, TaskResult};
use crate::{
    error::{Error, ErrorKind},
    http::Head,
    sse::{Frame, FrameStream, excerpt},
};

/// Most frames taken from the connection in one go.
const BATCH: usize = 256;

/// An event with its frame, or what went wrong.
type Item = Result<(Event, Frame), Error>;

/// The events of one task, as they come.
///
/// After the event that ended the task the stream ends: when the server ends it, or after a
/// second. What comes in that second is given out too.
///
/// Dropping it closes the connection at once; the task on the server goes on.
pub struct EventStream {
    frames: Arc<FrameStream>,
    events: Pin<Box<dyn Stream<Item = Item> + Send>>,
    last_event_id: Option<SmolStr>,
    terminal_event: Option<Event>,
}

impl EventStream {
    pub(crate) fn new(frames: FrameStream) -> Self {
        let frames = Arc::new(frames);
        let state = State { frames: Arc::clone(&frames), batch: Vec::new().into_iter(), ended: false };
        Self {
            frames,
            events: Box::pin(futures_util::stream::unfold(state, State::next).fuse()),
            last_event_id: None,
            terminal_event: None,
        }
    }

    /// What the answer began with: status, headers.
    pub fn head(&self) -> &Head {
        self.frames.head()
    }

    /// The task's id, once the server has named it.
    pub fn task_id(&self) -> Option<String> {
        self.frames.task_id()
    }

    /// The id of the event yielded last.
    pub fn last_event_id(&self) -> Option<&str> {
        self.last_event_id.as_deref()
    }

    /// The computer that the task runs on, once the server has named it.
    pub fn computer_id(&self) -> Option<String> {
        self.frames.computer_id()
    }

    /// The event with which the task ended, once it has been yielded.
    pub fn terminal_event(&self) -> Option<&Event> {
        self.terminal_event.as_ref()
    }

    /// Reads on to the end and gives the task's result: the `result` of the event it ended
    /// with, a failure's too; `None` where that has none, or the stream ended without one.
    ///
    /// # Errors
    /// What goes wrong on the stream. A task that failed is none: see [`EventStream::terminal_event`].
    pub async fn result(&mut self) -> Result<Option<String>, Error> {
        while let Some(event) = self.next().await {
            event?;
        }
        let result = self.terminal_event.as_ref().map(|event| event.to_json().get("result").cloned());
        Ok(result.flatten().and_then(|result| result.as_str().map(str::to_owned)))
    }
}

impl EventStream {
    /// Takes itself, as a future that borrowed it could not move between threads.
    pub(super) async fn outcome(self) -> Result<TaskResult, Error> {
        self.frames.outcome().await
    }
}

struct State {
    frames: Arc<FrameStream>,
    batch: std::vec::IntoIter<Frame>,
    ended: bool,
}

impl State {
    async fn next(mut self) -> Option<(Item, Self)> {
        if self.ended {
            return None;
        }
        let frame = match self.batch.next() {
            Some(frame) => frame,
            None => match self.frames.next_batch(BATCH).await {
                Ok(batch) => {
                    self.batch = batch.into_iter();
                    self.batch.next()?
                }
                Err(error) => {
                    self.ended = true;
                    return Some((Err(error), self));
                }
            },
        };
        let event = Event::from_json(frame.data.as_bytes()).map(|event| (event, frame.clone())).map_err(|error| {
            let text = format!("an event of the stream is not JSON ({error}): {}", excerpt(frame.data.as_bytes()));
            self.ended = true;
            self.frames.close();
            let mut error = self.frames.head().error(ErrorKind::Response, text, frame.data.as_bytes());
            error.record_mut().task_id = self.frames.task_id();
            error
        });
        Some((event, self))
    }
}

impl Stream for EventStream {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.events.as_mut().poll_next(cx).map(|next| {
            next.map(|item| {
                item.map(|(event, frame)| {
                    if self.terminal_event.is_none() && frame.is_terminal() {
                        self.terminal_event = Some(event.clone());
                    }
                    self.last_event_id = frame.id;
                    event
                })
            })
        })
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("task_id", &self.task_id()).field("last_event_id", &self.last_event_id).finish_non_exhaustive()
    }
}
