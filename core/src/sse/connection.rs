//! Reads one connection of a stream, from its head to its end.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::{Decoder, TooBig, position::Position, read_ahead::Shared};
use crate::http::{Body, Broken};

/// How long the stream may go on after the event that ended the task: enough for what a
/// server still has to say, and no wait for one that never closes.
const GRACE: Duration = Duration::from_secs(1);

/// So much is passed on though more is there: whoever takes it should not wait meanwhile.
const ENOUGH_FRAMES: usize = 256;
const ENOUGH_BYTES: usize = 256 << 10;

/// How a connection ended.
#[derive(Debug)]
pub(super) enum Ending {
    /// Its body ended as HTTP says, or with `[DONE]`, or was left after the end of the task.
    Clean,
    /// It broke off, or nothing came for too long.
    Broken(Broken),
    /// Bytes came, and for this long no event.
    NoEvent(Duration),
    /// An event grew over the limit.
    TooBig(TooBig),
}

/// How long to wait on a stream (contract, section 8.3).
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    /// For the next byte.
    pub(super) read: Option<Duration>,
    /// For the next event, whatever else comes. It starts with each connection, and stands
    /// still while the buffer is full.
    pub(super) event: Option<Duration>,
}

/// One connection, its head read.
pub(super) struct Connection<'a> {
    pub(super) body: Box<Body>,
    pub(super) decoder: Decoder,
    pub(super) position: &'a mut Position,
    pub(super) clocks: Clocks,
}

impl Connection<'_> {
    /// Puts what is new into the buffer, as far as there is room, until the end.
    pub(super) async fn read(&mut self, shared: &Shared) -> Ending {
        let mut last_event = Instant::now();
        let mut grace = GRACE;
        loop {
            while shared.buffer().is_full() {
                shared.taken.notified().await;
                last_event = Instant::now();
            }
            let task_ended = shared.buffer().terminal.is_some();
            let first = if task_ended { self.wait_within(&mut grace).await } else { self.wait(last_event).await };
            let ending = self.decode(first, shared).await;
            if !self.decoder.ready().is_empty() {
                last_event = Instant::now();
                if self.pass_on(shared) {
                    self.decoder.forget_unfinished();
                    return Ending::Clean;
                }
                shared.arrived.notify_one();
            }
            if let Some(ending) = ending {
                return ending;
            }
        }
    }

    /// Decodes the next bytes, and with them all that are there already; how the connection
    /// ended, if it did. What is decoded is passed on only then: whoever waits for it is woken
    /// for many events, even if each comes in a chunk of its own.
    async fn decode(&mut self, first: Result<Option<Bytes>, Ending>, shared: &Shared) -> Option<Ending> {
        let (mut next, mut bytes) = (first, 0);
        loop {
            let chunk = match next {
                Ok(Some(chunk)) => chunk,
                Ok(None) => return Some(Ending::Clean),
                Err(ending) => return Some(ending),
            };
            shared.log.received(chunk.len());
            bytes += chunk.len();
            if let Err(too_big) = self.decoder.feed(chunk) {
                return Some(Ending::TooBig(too_big));
            }
            if self.decoder.ready().len() >= ENOUGH_FRAMES || bytes >= ENOUGH_BYTES {
                return None;
            }
            next = self.body.next_soon().await?.map_err(Ending::Broken);
        }
    }

    /// The next bytes, waited for as long as both clocks allow.
    async fn wait(&mut self, last_event: Instant) -> Result<Option<Bytes>, Ending> {
        let next = self.body.next(self.clocks.read);
        let next = match self.clocks.event {
            Some(limit) => {
                tokio::time::timeout(limit.saturating_sub(last_event.elapsed()), next).await.map_err(|_| Ending::NoEvent(limit))?
            }
            None => next.await,
        };
        next.map_err(Ending::Broken)
    }

    /// The next bytes after the end of the task, waited for only while grace is left.
    async fn wait_within(&mut self, grace: &mut Duration) -> Result<Option<Bytes>, Ending> {
        let began = Instant::now();
        let next = tokio::time::timeout(*grace, self.body.next(self.clocks.read)).await;
        *grace = grace.saturating_sub(began.elapsed());
        match next {
            Ok(next) if !grace.is_zero() => next.map_err(Ending::Broken),
            _ => Err(Ending::Clean),
        }
    }

    /// Moves what is new among the decoder's frames into the buffer; true at `[DONE]`.
    fn pass_on(&mut self, shared: &Shared) -> bool {
        let mut buffer = shared.buffer();
        for frame in self.decoder.ready().drain(..) {
            if frame.is_done() {
                return true;
            }
            if self.position.admit(&frame) {
                buffer.put(frame);
            }
        }
        false
    }
}
