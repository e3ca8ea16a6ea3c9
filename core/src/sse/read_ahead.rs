//! Reads an answer ahead of whoever takes its frames, up to a bound.
//!
//! HTTP chunks come one by one, often one for each event. Read only on demand, each
//! event would cost the reader a wake-up; read ahead, one wake-up brings many.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::FutureExt;
use serde::Deserialize;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Decoder, Frame};
use crate::{
    error::ErrorKind,
    http::{Broken, next_chunk},
    tasks::TERMINAL,
};

/// How far: enough to make a wake-up cheap beside what it brings, little enough to hold
/// in memory. A reader that is slower stops the connection.
const MOST_FRAMES: usize = 1024;
const MOST_BYTES: usize = 4 << 20;

/// `started` is among the first frames, and small.
const LOOK_FOR_TASK_ID: (usize, usize) = (8, 4096);

/// What was read and not yet taken.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    pub(super) frames: VecDeque<Frame>,
    /// The size of the data in `frames`.
    bytes: usize,
    /// How many frames there have been.
    count: usize,
    /// What comes after `frames`; `None` while there may be more.
    pub(super) end: Option<End>,
    pub(super) task_id: Option<String>,
    /// The last frame read.
    pub(super) last: Option<Frame>,
}

/// How a stream ended.
#[derive(Debug)]
pub(super) enum End {
    /// As it should, or its error was told.
    Clean,
    /// With an error, which is still to be told.
    Failed(ErrorKind, String),
}

impl Buffer {
    /// At most `max` of the frames.
    pub(super) fn take(&mut self, max: usize) -> Vec<Frame> {
        let count = self.frames.len().min(max.max(1));
        let taken: Vec<Frame> = self.frames.drain(..count).collect();
        self.bytes -= taken.iter().map(|frame| frame.data.len()).sum::<usize>();
        taken
    }

    fn put(&mut self, frame: Frame) {
        if self.count < LOOK_FOR_TASK_ID.0 && self.task_id.is_none() && frame.data.len() < LOOK_FOR_TASK_ID.1 {
            self.task_id = tag(&frame).and_then(|tag| tag.task_id);
        }
        self.count += 1;
        self.bytes += frame.data.len();
        self.last = Some(frame.clone());
        self.frames.push_back(frame);
    }

    fn is_full(&self) -> bool {
        self.frames.len() >= MOST_FRAMES || self.bytes >= MOST_BYTES
    }
}

/// What the one that reads and the one that takes share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    buffer: Mutex<Buffer>,
    /// Told when frames or the end have come.
    pub(super) arrived: Notify,
    /// Told when frames were taken.
    pub(super) taken: Notify,
    /// Cancelled when nobody wants the stream any more.
    pub(super) closed: CancellationToken,
}

impl Shared {
    pub(super) fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads to the end, or until nobody wants any more; either closes the connection.
    pub(super) async fn read(&self, response: reqwest::Response, limit: Option<Duration>, largest: usize) {
        let _ends = EndsForSure(self);
        tokio::select! {
            biased;
            () = self.closed.cancelled() => {}
            () = self.read_to_the_end(response, limit, largest) => {}
        }
    }

    async fn read_to_the_end(&self, mut response: reqwest::Response, limit: Option<Duration>, largest: usize) {
        let mut decoder = Decoder::new(largest);
        loop {
            while self.buffer().is_full() {
                self.taken.notified().await;
            }
            let mut chunk = next_chunk(&mut response, limit).await;
            // Whatever is there now comes along.
            loop {
                let end = match chunk {
                    Ok(Some(bytes)) => match decoder.feed(bytes) {
                        Ok(()) => None,
                        Err(too_big) => {
                            Some(End::Failed(ErrorKind::Response, format!("the stream sent {too_big}, which is the most that is read")))
                        }
                    },
                    Ok(None) => Some(self.ended(&mut decoder, None)),
                    Err(broken) => Some(self.ended(&mut decoder, Some(broken))),
                };
                if let Some(end) = self.pass_on(&mut decoder, end) {
                    self.buffer().end = Some(end);
                    return;
                }
                if self.buffer().is_full() {
                    break;
                }
                match response.chunk().now_or_never() {
                    Some(next) => chunk = next.map_err(Broken::Error),
                    None => break,
                }
            }
            self.arrived.notify_one();
        }
    }

    /// Moves the decoder's frames into the buffer; what ends the stream after them, if anything does.
    fn pass_on(&self, decoder: &mut Decoder, end: Option<End>) -> Option<End> {
        let mut buffer = self.buffer();
        for frame in decoder.ready().drain(..) {
            if frame.data.trim_ascii() == b"[DONE]" {
                return Some(End::Clean);
            }
            buffer.put(frame);
        }
        end
    }

    /// The connection has no more bytes.
    fn ended(&self, decoder: &mut Decoder, broken: Option<Broken>) -> End {
        // Without its blank line a frame is not certain to be whole; as the stream cannot be
        // taken up again, it is given out if it could not have gone on (contract, section 3).
        if let Some(frame) = decoder.finish().filter(is_whole) {
            decoder.ready().push_back(frame);
        }
        let Some(broken) = broken else { return End::Clean };
        let last_is_terminal = match decoder.ready().back() {
            Some(frame) => is_terminal(frame),
            None => self.buffer().last.as_ref().is_some_and(is_terminal),
        };
        if last_is_terminal {
            End::Clean
        } else if broken.is_timeout() {
            End::Failed(ErrorKind::Timeout, format!("Request timed out. On the stream {}", broken.text()))
        } else {
            let text =
                "Connection error. The stream broke off before the task ended; the task itself may be running still: ask for its status";
            End::Failed(ErrorKind::StreamInterrupted, format!("{text} ({})", broken.text()))
        }
    }
}

/// Whoever waits for frames hears of the end of the reading, even if it is the end of
/// the runtime or a fault in here.
struct EndsForSure<'a>(&'a Shared);

impl Drop for EndsForSure<'_> {
    fn drop(&mut self) {
        let broke = || End::Failed(ErrorKind::Connection, "Connection error. The reading of the stream stopped before its end".to_owned());
        self.0.buffer().end.get_or_insert_with(broke);
        self.0.arrived.notify_one();
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
