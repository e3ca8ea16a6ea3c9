//! Places for computers, and the line of tasks that wait for one.
//!
//! A computer has its place from before its launch until it is closed, a kept one too.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, pending, ready};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use super::agent::{Halt, change};
use super::{Engine, Refusal, Status};

/// About what a browser takes, in bytes.
const COMPUTER: u64 = 200 * 1024 * 1024;

/// So many browsers keep one core busy.
const PER_CORE: usize = 4;

/// As many computers as go into half of the memory, and as the cores can serve.
pub(crate) fn default_places() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let room = memory().map_or(usize::MAX, |bytes| usize::try_from(bytes / 2 / COMPUTER).unwrap_or(usize::MAX));
    room.min(cores.saturating_mul(PER_CORE)).max(1)
}

/// The machine's memory in bytes, where the system tells it.
fn memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(total.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// A place; it is free again once this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
}

/// All places, and how many may wait.
pub(super) struct Places {
    free: Arc<Semaphore>,
    count: usize,
    waiting: Arc<AtomicUsize>,
    most_waiting: usize,
}

/// What a task that needs a computer got.
pub(super) enum Turn {
    Now(Place),
    Later(InLine),
}

impl Places {
    pub(super) fn new(count: usize, most_waiting: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(count)), count, waiting: Arc::default(), most_waiting }
    }

    /// A place, or one in the line if that is not full.
    pub(super) fn ask(&self) -> Result<Turn, Refusal> {
        if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
            return Ok(Turn::Now(Place { _permit: permit }));
        }
        let room = |waiting| (waiting < self.most_waiting).then_some(waiting + 1);
        match self.waiting.fetch_update(Ordering::SeqCst, Ordering::SeqCst, room) {
            Ok(_) => Ok(Turn::Later(InLine::new(&self.free, &self.waiting))),
            Err(waiting) => Err(Refusal::Full { computers: self.count, waiting }),
        }
    }

    /// Puts a task in line that stood there before a restart, however long the line is.
    pub(super) fn line_up(&self) -> InLine {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        InLine::new(&self.free, &self.waiting)
    }
}

/// Comes to a place when those before it have had theirs.
type Acquire = BoxFuture<'static, Result<OwnedSemaphorePermit, AcquireError>>;

/// A task's stay in the line.
pub(super) struct InLine {
    free: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    acquire: Acquire,
}

impl InLine {
    /// At the end of the line from now on, whenever it is waited for.
    fn new(free: &Arc<Semaphore>, waiting: &Arc<AtomicUsize>) -> Self {
        Self { free: Arc::clone(free), waiting: Arc::clone(waiting), acquire: at_the_end(free) }
    }

    /// Waits for the place of a queued task. While it is paused others go before.
    pub(super) async fn wait(mut self, engine: &Engine, id: &str) -> Result<Place, Halt> {
        loop {
            while change(engine, id, |task, log| task.hold(log)).await? {
                // Leaves the line, and a place that came meanwhile.
                self.acquire = pending().boxed();
                engine.store.until(id, |task| task.status() != Status::Paused).await;
                self.acquire = at_the_end(&self.free);
            }
            let permit = tokio::select! {
                permit = &mut self.acquire => permit.map_err(|_| Halt::Ended)?,
                () = engine.store.until(id, |task| task.status() != Status::Queued) => continue,
            };
            if change(engine, id, |task, _| task.leave_queue()).await? {
                return Ok(Place { _permit: permit });
            }
            self.acquire = at_the_end(&self.free);
        }
    }
}

/// A semaphore's line is in the order in which it was first asked: that is now, not when
/// the task's runner comes to it.
fn at_the_end(free: &Arc<Semaphore>) -> Acquire {
    let mut acquire = Arc::clone(free).acquire_owned().boxed();
    match (&mut acquire).now_or_never() {
        Some(had) => ready(had).boxed(),
        None => acquire,
    }
}

impl Drop for InLine {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}
