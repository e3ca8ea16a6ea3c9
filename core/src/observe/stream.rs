//! What is told of one stream, over all of its connections.

use std::{
    sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use smol_str::SmolStr;
use tracing::{Dispatch, Span, info, info_span};

use super::{Address, STREAM, Why, listener, seconds, within};
use crate::{error::Error, http::Request};

/// How far a stream has come.
pub(crate) struct Reached {
    pub(crate) events: usize,
    /// The event with which the task ended has come.
    pub(crate) task_ended: bool,
    pub(crate) last_event_id: Option<SmolStr>,
}

/// Tells of one stream. It is told of where the stream was opened, whoever reads or closes it.
#[derive(Debug)]
pub(crate) struct StreamLog {
    span: Span,
    listener: Option<Dispatch>,
    started: Instant,
    /// Received in bodies, decompressed.
    bytes: AtomicU64,
    resumed: AtomicU32,
    over: AtomicBool,
}

impl StreamLog {
    pub(crate) fn new(request: &Request, task_id: Option<&str>) -> Self {
        let span = info_span!(
            target: STREAM,
            "stream",
            operation = request.operation(),
            method = %request.method,
            url = %Address(&request.url),
            task_id,
        );
        let listener = if span.is_disabled() { None } else { listener() };
        Self { span, listener, started: Instant::now(), bytes: AtomicU64::new(0), resumed: AtomicU32::new(0), over: AtomicBool::new(false) }
    }

    /// Whoever listens to this stream.
    pub(crate) fn listener(&self) -> Option<Dispatch> {
        self.listener.clone()
    }

    /// The stream's span, for work that is part of it.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Counts what was received.
    pub(crate) fn received(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Tells that the stream broke off, and is taken up again after this long; `tries` were
    /// made already.
    pub(crate) fn resuming(&self, why: &str, tries: u32, wait: Duration, reached: &Reached) {
        let last_event_id = reached.last_event_id.as_deref();
        self.tell(|| info!(target: STREAM, why, last_event_id, attempt = tries + 1, wait = seconds(wait), "to be taken up again"));
    }

    /// Tells that the stream goes on.
    pub(crate) fn resumed(&self, reached: &Reached) {
        self.resumed.fetch_add(1, Ordering::Relaxed);
        self.tell(|| info!(target: STREAM, last_event_id = reached.last_event_id.as_deref(), "goes on"));
    }

    /// Tells of the end, unless it was told.
    pub(crate) fn ended(&self, error: Option<&Error>, reached: &Reached) {
        self.over(if error.is_some() { "failed" } else { "ended" }, error, reached);
    }

    /// Tells, unless an end was told, that the caller wants no more of it.
    pub(crate) fn closed(&self, reached: &Reached) {
        self.over("closed by the caller", None, reached);
    }

    fn over(&self, how: &str, error: Option<&Error>, reached: &Reached) {
        if self.over.swap(true, Ordering::Relaxed) {
            return;
        }
        self.tell(|| {
            info!(
                target: STREAM,
                kind = error.map(|error| error.kind().as_str()),
                why = error.map(Why).map(tracing::field::display),
                events = reached.events,
                bytes = self.bytes.load(Ordering::Relaxed),
                resumed = self.resumed.load(Ordering::Relaxed),
                task_ended = reached.task_ended,
                last_event_id = reached.last_event_id.as_deref(),
                elapsed = seconds(self.started.elapsed()),
                "{how}"
            );
        });
    }

    fn tell(&self, tell: impl FnOnce()) {
        within(self.listener.as_ref(), &self.span, tell);
    }
}
