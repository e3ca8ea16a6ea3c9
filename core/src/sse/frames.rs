//! The frames of one stream, as they come.

use std::sync::Arc;

use tokio::sync::Mutex;
use tracing::Instrument;

use super::{
    Frame,
    follow::{Follower, Opened},
    read_ahead::{End, Shared},
};
use crate::{
    client::Client,
    config::CallOptions,
    error::{Error, ErrorKind},
    http::{Body, Head, headers},
    observe::{self, StreamLog},
    tasks::{self, TaskResult, WaitParams},
};

const STOPPED: &str = "Connection error. The reading of the stream stopped before its end";

/// The events of a task as frames, in batches.
///
/// A connection that breaks is made again where the server says how; each frame comes
/// once all the same (contract, section 8.1). The stream is read ahead up to a bound, so that a slow reader stops the sender and costs
/// little memory. Closing or dropping it closes the connection; the task on the server
/// goes on.
#[derive(Debug)]
pub struct FrameStream {
    head: Head,
    client: Client,
    options: CallOptions,
    shared: Arc<Shared>,
    /// Held by the call whose turn it is, so that calls get their frames in their own order.
    turn: Mutex<()>,
}

impl FrameStream {
    /// Takes over a success, if it is a stream of events, and starts to read it.
    pub(crate) async fn new(opened: Opened, head: Head, body: Body) -> Result<Self, Error> {
        if !headers::are_of_events(&head.headers) {
            let kind = headers::content_type(&head.headers);
            let kind = if kind.is_empty() { "no content type".to_owned() } else { kind.to_owned() };
            let body = body.read(opened.request.timeouts.read).await.unwrap_or_default();
            let text = format!("expected a stream of events (text/event-stream), but the server answered with {kind}: {}", excerpt(&body));
            return Err(head.error(ErrorKind::Response, text, &body));
        }
        let named = head.headers.get("x-task-id").and_then(|value| value.to_str().ok());
        let task_id = named.map(str::to_owned).or_else(|| opened.request.purpose.as_ref()?.task_id.clone());
        let log = StreamLog::new(&opened.request, task_id.as_deref());
        let (listener, span) = (log.listener(), log.span());
        let shared = Arc::new(Shared::new(task_id, log, opened.client.closing()));
        let (client, options) = (opened.client.clone(), opened.options.clone());
        let following = Box::new(Follower::new(opened, head.clone(), Arc::clone(&shared))).follow(Box::new(body));
        tokio::spawn(observe::told_to(listener, following.instrument(span)));
        Ok(Self { head, client, options, shared, turn: Mutex::new(()) })
    }

    /// What the answer began with.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The task, once the server has named it.
    pub fn task_id(&self) -> Option<String> {
        self.shared.buffer().task_id.clone()
    }

    /// The computer that the task runs on, once the server has named it.
    pub fn computer_id(&self) -> Option<String> {
        self.shared.buffer().computer_id.clone()
    }

    /// The event with which the task ended, once it has been read. As the stream is read
    /// ahead, batches with events before it may still be to be taken.
    pub fn terminal_event(&self) -> Option<Frame> {
        self.shared.buffer().terminal.clone()
    }

    /// Whatever is there now, at least one frame and at most `max`, or fewer large ones; empty at the end.
    /// Calls at the same time take turns. May be dropped at any time without losing a frame.
    ///
    /// # Errors
    /// `closed` after [`FrameStream::close`] or [`Client::close`]; `timeout` when nothing came for as long as
    /// the read timeout allows, or no event for as long as the event timeout does;
    /// `stream_interrupted` when the stream broke off, or ended before its task, and could
    /// not be taken up again; `response` for an event that is too big.
    pub async fn next_batch(&self, max: usize) -> Result<Vec<Frame>, Error> {
        tokio::select! {
            biased;
            () = self.shared.closed.cancelled() => Err(self.client.closed_error("stream")),
            batch = self.next_in_turn(max) => batch,
        }
    }

    async fn next_in_turn(&self, max: usize) -> Result<Vec<Frame>, Error> {
        let _turn = self.turn.lock().await;
        loop {
            {
                let mut buffer = self.shared.buffer();
                if !buffer.frames.is_empty() {
                    let batch = buffer.take(max);
                    drop(buffer);
                    self.shared.taken.notify_one();
                    return Ok(batch);
                }
                match buffer.end.take() {
                    None => {}
                    Some(end) => {
                        buffer.end = Some(End::Clean);
                        return match end {
                            End::Clean => Ok(Vec::new()),
                            End::Failed(Some(error)) => Err(error),
                            End::Failed(None) => Err(self.head.error(ErrorKind::Connection, STOPPED, b"")),
                        };
                    }
                }
            }
            self.shared.arrived.notified().await;
        }
    }

    /// Reads on to the end, and tells how the task ended.
    ///
    /// Of a run ([`operation::RUN`](crate::operation::RUN)) whose stream broke off for good, the
    /// task's end is waited for, no longer than the event timeout if there is one.
    ///
    /// # Errors
    /// As [`FrameStream::next_batch`]; those of [`Tasks::wait`](crate::tasks::Tasks::wait); `response` for a stream that ends without an event that
    /// ends the task, and without having named it.
    pub async fn outcome(&self) -> Result<TaskResult, Error> {
        // Who has read to the end may have closed the stream since.
        while !self.shared.buffer().is_over() && !self.next_batch(usize::MAX).await?.is_empty() {}
        let (task_id, terminal, model) = {
            let buffer = self.shared.buffer();
            (buffer.task_id.clone(), buffer.terminal.clone(), buffer.model.clone())
        };
        match (task_id, terminal) {
            (id, Some(terminal)) => Ok(tasks::outcome(&self.client, &self.options, id, &terminal, model).await),
            (Some(id), None) => {
                let params = WaitParams { timeout: self.client.event_timeout(&self.options), ..WaitParams::default() };
                tasks::wait(&self.client, &id, params, &self.options).await.map(|(result, _)| result)
            }
            (None, None) => {
                let text = "the stream ended without an event that ends the task, and without having named it";
                Err(self.head.error(ErrorKind::Response, text, b""))
            }
        }
    }

    /// Whether it was closed, by itself or with its client.
    pub fn is_closed(&self) -> bool {
        self.shared.closed.is_cancelled()
    }

    /// Closes the connection; whoever waits for a batch gets a `closed` error.
    pub fn close(&self) {
        self.shared.close();
    }
}

impl Drop for FrameStream {
    fn drop(&mut self) {
        self.close();
    }
}

/// The beginning of a body, for an error's text.
pub(crate) fn excerpt(body: &[u8]) -> String {
    const MOST: usize = 200;
    let text = String::from_utf8_lossy(body.get(..MOST * 4).unwrap_or(body));
    let mut short: String = text.chars().take(MOST).collect();
    if short.len() < body.len() {
        short.push('…');
    }
    short
}
