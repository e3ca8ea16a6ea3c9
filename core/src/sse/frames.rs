//! The frames of one answer, as they come.

use std::{sync::Mutex as StdMutex, time::Duration};

use bytes::Bytes;
use futures_util::FutureExt;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::{Decoder, Frame};
use crate::{
    error::{Error, ErrorKind},
    http::{Broken, Head, next_chunk, read_body},
    tasks::TERMINAL,
};

/// The most bytes that one event may have (contract, section 3).
const LARGEST_EVENT: usize = 64 << 20;
/// `started` is among the first frames, and small.
const LOOK_FOR_TASK_ID: (usize, usize) = (8, 4096);

/// The stream of an answer as frames, in batches.
///
/// It reads from the connection only while it is asked for frames, so that a slow
/// reader stops the sender and costs no memory. Closing or dropping it closes the
/// connection; the task on the server goes on.
#[derive(Debug)]
pub struct FrameStream {
    head: Head,
    read: Option<Duration>,
    inner: Mutex<Inner>,
    closed: CancellationToken,
    task_id: StdMutex<Option<String>>,
}

#[derive(Debug)]
struct Inner {
    /// `None` once there is nothing more to read.
    response: Option<reqwest::Response>,
    decoder: Decoder,
    /// What ends the stream after the frames that are ready; made an error only then, which tells of these frames.
    end: Option<(ErrorKind, String)>,
    frames: usize,
    last: Option<Frame>,
}

impl FrameStream {
    /// Takes over a success, if it is a stream of events.
    pub(crate) async fn new(head: Head, response: reqwest::Response, read: Option<Duration>) -> Result<Self, Error> {
        let kind = head.headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !kind.trim_start().get(..17).is_some_and(|start| start.eq_ignore_ascii_case("text/event-stream")) {
            let kind = if kind.is_empty() { "no content type".to_owned() } else { kind.to_owned() };
            let body = read_body(response, read).await.unwrap_or_default();
            let text = format!("expected a stream of events (text/event-stream), but the server answered with {kind}: {}", excerpt(&body));
            return Err(head.error(ErrorKind::Response, text, &body));
        }
        let task_id = head.headers.get("x-task-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let inner = Inner { response: Some(response), decoder: Decoder::new(LARGEST_EVENT), end: None, frames: 0, last: None };
        Ok(Self { head, read, inner: Mutex::new(inner), closed: CancellationToken::new(), task_id: StdMutex::new(task_id) })
    }

    /// What the answer began with.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The task, once the server has named it.
    pub fn task_id(&self) -> Option<String> {
        self.task_id.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Whatever is there now, at least one frame and at most `max`; empty at the end.
    /// Calls at the same time take turns. May be dropped at any time without losing a frame.
    ///
    /// # Errors
    /// `closed` after [`FrameStream::close`]; `timeout` when nothing came for as long as
    /// the read timeout allows; `stream_interrupted` when the connection broke off;
    /// `response` for an event that is too big.
    pub async fn next_batch(&self, max: usize) -> Result<Vec<Frame>, Error> {
        // Dropped after the lock, also when this whole wait is dropped before its end.
        let _release = ReleaseIfClosed(self);
        let mut inner = tokio::select! {
            biased;
            () = self.closed.cancelled() => return Err(self.closed_error()),
            inner = self.inner.lock() => inner,
        };
        loop {
            if self.closed.is_cancelled() {
                return Err(self.closed_error());
            }
            if !inner.decoder.ready().is_empty() {
                self.take_what_is_there(&mut inner, max);
                let ready = inner.decoder.ready();
                let count = ready.len().min(max.max(1));
                let batch: Vec<Frame> = ready.drain(..count).collect();
                self.note(&mut inner, &batch);
                if let Some(done) = batch.iter().position(|frame| frame.data.trim_ascii() == b"[DONE]") {
                    inner.response = None;
                    inner.decoder.ready().clear();
                    return Ok(batch.into_iter().take(done).collect());
                }
                return Ok(batch);
            }
            let Some(response) = inner.response.as_mut() else {
                return match inner.end.take() {
                    Some((kind, text)) => Err(self.error(kind, text, &inner)),
                    None => Ok(Vec::new()),
                };
            };
            let chunk = tokio::select! {
                biased;
                () = self.closed.cancelled() => continue,
                chunk = next_chunk(response, self.read) => chunk,
            };
            self.feed(&mut inner, chunk);
        }
    }

    /// Reads on as long as there is something to read at once.
    fn take_what_is_there(&self, inner: &mut Inner, max: usize) {
        while inner.decoder.ready().len() < max {
            let Some(chunk) = inner.response.as_mut().and_then(|response| response.chunk().now_or_never()) else { return };
            self.feed(inner, chunk.map_err(Broken::Error));
        }
    }

    fn feed(&self, inner: &mut Inner, chunk: Result<Option<Bytes>, Broken>) {
        let broken = match chunk {
            Ok(Some(bytes)) => match inner.decoder.feed(bytes) {
                Ok(()) => return,
                Err(too_big) => {
                    inner.response = None;
                    inner.end = Some((ErrorKind::Response, format!("the stream sent {too_big}, which is the most that is read")));
                    return;
                }
            },
            Ok(None) => None,
            Err(broken) => Some(broken),
        };
        inner.response = None;
        // Without its blank line a frame is not certain to be whole; as the stream cannot be
        // taken up again, it is given out if it could not have gone on (contract, section 3).
        if let Some(frame) = inner.decoder.finish().filter(is_whole) {
            inner.decoder.ready().push_back(frame);
        }
        let Some(broken) = broken else { return };
        if inner.decoder.ready().back().or(inner.last.as_ref()).is_some_and(is_terminal) {
            return;
        }
        inner.end = Some(if broken.is_timeout() {
            (ErrorKind::Timeout, format!("Request timed out. On the stream {}", broken.text()))
        } else {
            let text =
                "Connection error. The stream broke off before the task ended; the task itself may be running still: ask for its status";
            (ErrorKind::StreamInterrupted, format!("{text} ({})", broken.text()))
        });
    }

    /// Remembers what later errors tell.
    fn note(&self, inner: &mut Inner, batch: &[Frame]) {
        if inner.frames < LOOK_FOR_TASK_ID.0 && self.task_id().is_none() {
            let found = batch.iter().filter(|frame| frame.data.len() < LOOK_FOR_TASK_ID.1).find_map(|frame| tag(frame)?.task_id);
            *self.task_id.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = found;
        }
        inner.frames += batch.len();
        inner.last = batch.last().cloned().or(inner.last.take());
    }

    fn error(&self, kind: ErrorKind, message: String, inner: &Inner) -> Error {
        let mut error = self.head.error(kind, message, b"");
        let record = error.record_mut();
        record.task_id = self.task_id();
        record.last_event_id = inner.last.as_ref().and_then(|frame| frame.id.as_deref()).map(str::to_owned);
        error
    }

    fn closed_error(&self) -> Error {
        Error::new(ErrorKind::Closed, "the stream was closed")
    }

    /// Closes the connection; whoever waits for a batch gets a `closed` error.
    pub fn close(&self) {
        self.closed.cancel();
        self.release();
    }

    /// Lets go of the connection, unless a wait holds it: that one does so at its own end.
    fn release(&self) {
        if let Ok(mut inner) = self.inner.try_lock() {
            inner.response = None;
        }
    }
}

/// Lets go of the connection at the end of a wait, if the stream was closed meanwhile.
struct ReleaseIfClosed<'a>(&'a FrameStream);

impl Drop for ReleaseIfClosed<'_> {
    fn drop(&mut self) {
        if self.0.closed.is_cancelled() {
            self.0.release();
        }
    }
}

#[derive(Deserialize)]
struct Tag {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    task_id: Option<String>,
}

fn tag(frame: &Frame) -> Option<Tag> {
    serde_json::from_slice(&frame.data).ok()
}

fn is_terminal(frame: &Frame) -> bool {
    tag(frame).and_then(|tag| tag.kind).is_some_and(|kind| TERMINAL.contains(&kind.as_str()))
}

/// One whole JSON object or array. A number, say, could have gone on.
fn is_whole(frame: &Frame) -> bool {
    matches!(frame.data.trim_ascii_start().first(), Some(b'{' | b'['))
        && serde_json::from_slice::<serde::de::IgnoredAny>(&frame.data).is_ok()
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
