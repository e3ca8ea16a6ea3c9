//! What was read ahead of whoever takes the frames, up to a bound.
//!
//! HTTP chunks come one by one, often one for each event. Read only on demand, each
//! event would cost the reader a wake-up; read ahead, one wake-up brings many.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use smol_str::SmolStr;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Frame;
use crate::{
    error::Error,
    observe::{Reached, StreamLog},
};

/// How far: enough to make a wake-up cheap beside what it brings, little enough to hold
/// in memory. A reader that is slower stops the connection.
const MOST_FRAMES: usize = 1024;
const MOST_BYTES: usize = 4 << 20;

/// Of data, what is handed over at once: with large events, more of it is only held in memory.
const ENOUGH_BYTES: usize = 512 << 10;

/// The event that names the task, its computer and its model is among the first, and small.
const LOOK_FOR_NAMES: (usize, usize) = (8, 4096);

/// What was read and not yet taken.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    pub(super) frames: VecDeque<Frame>,
    /// The size of the data in `frames`.
    bytes: usize,
    /// How many frames there have been.
    pub(super) count: usize,
    /// What comes after `frames`; `None` while there may be more.
    pub(super) end: Option<End>,
    pub(super) task_id: Option<String>,
    pub(super) computer_id: Option<String>,
    pub(super) model: Option<String>,
    /// The id in force at the last frame.
    pub(super) last_id: Option<SmolStr>,
    /// The event with which the task has ended.
    pub(super) terminal: Option<Frame>,
}

/// How a stream ended.
#[derive(Debug)]
pub(super) enum End {
    /// As it should, or its error was told.
    Clean,
    /// With an error, which is still to be told; `None` if there was nobody to say which.
    Failed(Option<Error>),
}

impl Buffer {
    /// An empty one; `task_id` is what the answer's headers say.
    pub(super) fn of_task(task_id: Option<String>) -> Self {
        Self { task_id, ..Self::default() }
    }

    /// At most `max` of the frames, and no more than it takes to hand over a good amount of data.
    pub(super) fn take(&mut self, max: usize) -> Vec<Frame> {
        let mut bytes = 0;
        let fits = |frame: &&Frame| {
            let fits = bytes < ENOUGH_BYTES;
            bytes += frame.data.len();
            fits
        };
        let count = self.frames.iter().take(max.max(1)).take_while(fits).count();
        let taken: Vec<Frame> = self.frames.drain(..count).collect();
        self.bytes -= taken.iter().map(|frame| frame.data.len()).sum::<usize>();
        taken
    }

    pub(super) fn put(&mut self, frame: Frame) {
        let looked_for = self.count < LOOK_FOR_NAMES.0 && frame.data.len() < LOOK_FOR_NAMES.1;
        if looked_for && (self.task_id.is_none() || self.computer_id.is_none() || self.model.is_none()) {
            let names = frame.names();
            self.task_id = self.task_id.take().or(names.task_id);
            self.computer_id = self.computer_id.take().or(names.computer_id);
            self.model = self.model.take().or(names.model);
        }
        if self.terminal.is_none() && frame.is_terminal() {
            self.terminal = Some(frame.clone());
        }
        self.count += 1;
        self.bytes += frame.data.len();
        self.last_id.clone_from(&frame.id);
        self.frames.push_back(frame);
    }

    /// Whether all of it was taken, to a good end.
    pub(super) fn is_over(&self) -> bool {
        self.frames.is_empty() && matches!(self.end, Some(End::Clean))
    }

    pub(super) fn is_full(&self) -> bool {
        self.frames.len() >= MOST_FRAMES || self.bytes >= MOST_BYTES
    }
}

/// What the one that reads and the one that takes share.
#[derive(Debug)]
pub(super) struct Shared {
    buffer: Mutex<Buffer>,
    pub(super) log: StreamLog,
    /// Told when frames or the end have come.
    pub(super) arrived: Notify,
    /// Told when frames were taken.
    pub(super) taken: Notify,
    /// Cancelled when nobody wants the stream any more.
    pub(super) closed: CancellationToken,
}

impl Shared {
    /// Nothing was read yet.
    pub(super) fn new(task_id: Option<String>, log: StreamLog, closed: CancellationToken) -> Self {
        let buffer = Mutex::new(Buffer::of_task(task_id));
        Self { buffer, log, arrived: Notify::new(), taken: Notify::new(), closed }
    }

    /// Ends the reading: nobody wants the stream any more.
    pub(super) fn close(&self) {
        self.closed.cancel();
        self.log.closed(&self.reached());
    }

    /// How far the stream has come.
    pub(super) fn reached(&self) -> Reached {
        let buffer = self.buffer();
        Reached { events: buffer.count, task_ended: buffer.terminal.is_some(), last_event_id: buffer.last_id.clone() }
    }

    pub(super) fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes sure that whoever waits for frames hears of the end of the reading, even if it
    /// is the end of the runtime or a fault in the reader.
    pub(super) fn ends_for_sure(&self) -> impl Drop {
        EndsForSure(self)
    }
}

struct EndsForSure<'a>(&'a Shared);

impl Drop for EndsForSure<'_> {
    fn drop(&mut self) {
        self.0.buffer().end.get_or_insert(End::Failed(None));
        self.0.arrived.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(sizes: &[usize], max: usize) -> Vec<usize> {
        let mut buffer = Buffer::default();
        for size in sizes {
            buffer.put(Frame::new(None, None, "0".repeat(*size).into(), false));
        }
        std::iter::from_fn(|| Some(buffer.take(max).len()).filter(|count| *count > 0)).collect()
    }

    #[test]
    fn what_is_taken_at_once_is_bounded_by_count_and_by_size() {
        assert_eq!(counts(&[200; 5], 2), [2, 2, 1]);
        assert_eq!(counts(&[200; 2], 0), [1, 1]);
        assert_eq!(counts(&[ENOUGH_BYTES / 2; 5], 256), [2, 2, 1]);
        assert_eq!(counts(&[1, 2 * ENOUGH_BYTES, 1, 1], 256), [2, 2]);
    }
}
