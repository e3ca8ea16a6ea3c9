//! The computers that are live: in use by a task, or kept for the next one.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::queue::Place;
use super::saved::SavedComputers;
use crate::computer::Computer;

/// How long a kept computer waits for a task before it is closed (contract, section 9).
const IDLE_LIMIT: Duration = Duration::from_secs(10 * 60);

/// How long a computer may take to close before it is dropped, which ends it too.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// What a task has of the computer that it asks for, before it runs.
pub(super) enum Wanted {
    /// Nothing: it gets a fresh one.
    Fresh,
    /// The computer itself, which is live.
    Live(Lease),
    /// The id of one that is restored once it is the task's turn.
    Saved(Claim),
}

impl Wanted {
    /// Leaves it for a later task, as it was.
    pub(super) fn give_back(&mut self) {
        if let Self::Live(lease) = std::mem::replace(self, Self::Fresh) {
            lease.keep();
        }
    }
}

/// Why a computer cannot be had.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotHad {
    /// No live computer has that id.
    Missing,
    /// Another task is on it.
    Busy,
}

struct Slot {
    computer: Arc<dyn Computer>,
    /// Its state is saved when it is closed.
    persistent: bool,
    /// Free again once the computer is closed.
    _place: Option<Place>,
    /// Set while no task is on it; tells one stay from the next.
    stay: Option<u64>,
}

#[derive(Default)]
struct Slots {
    by_id: HashMap<String, Slot>,
    /// Ids of computers that a task is to restore, or whose state is being saved.
    claimed: HashSet<String>,
    stays: u64,
}

/// The register of live computers.
pub(crate) struct LiveComputers {
    slots: Mutex<Slots>,
    saved: SavedComputers,
    tracker: TaskTracker,
    closing: CancellationToken,
}

impl LiveComputers {
    /// None yet; the states of persistent ones go to `saved`. Kept computers are closed when `closing` is cancelled; `tracker`
    /// knows when that is done.
    pub(super) fn new(saved: SavedComputers, tracker: TaskTracker, closing: CancellationToken) -> Arc<Self> {
        Arc::new(Self { slots: Mutex::default(), saved, tracker, closing })
    }

    /// What is saved of computers that are not live.
    pub(super) fn saved(&self) -> &SavedComputers {
        &self.saved
    }

    /// Takes the id of a saved computer for a task that is to restore it, until it is
    /// live or the task has ended.
    pub(super) fn claim(self: &Arc<Self>, id: &str) -> Result<Claim, NotHad> {
        let mut slots = self.slots();
        if slots.by_id.contains_key(id) || !slots.claimed.insert(id.to_owned()) {
            return Err(NotHad::Busy);
        }
        Ok(Claim { id: id.to_owned(), register: Arc::clone(self) })
    }

    /// Registers a fresh computer for the task that had it launched.
    pub(super) fn enter(self: &Arc<Self>, computer: Box<dyn Computer>, place: Option<Place>) -> Lease {
        let computer: Arc<dyn Computer> = Arc::from(computer);
        self.slots()
            .by_id
            .insert(computer.id().to_owned(), Slot { computer: Arc::clone(&computer), persistent: false, _place: place, stay: None });
        Lease { computer, register: Arc::clone(self), kept: false }
    }

    /// Takes a kept computer for a task.
    pub(crate) fn take(self: &Arc<Self>, id: &str) -> Result<Lease, NotHad> {
        let mut slots = self.slots();
        if slots.claimed.contains(id) {
            return Err(NotHad::Busy);
        }
        let slot = slots.by_id.get_mut(id).ok_or(NotHad::Missing)?;
        slot.stay.take().ok_or(NotHad::Busy)?;
        Ok(Lease { computer: Arc::clone(&slot.computer), register: Arc::clone(self), kept: false })
    }

    /// Takes a computer out if nothing used it since that stay began. Its id stays taken
    /// until its state is saved.
    fn evict(self: &Arc<Self>, id: &str, stay: u64) -> Option<(Slot, Claim)> {
        let mut slots = self.slots();
        if slots.by_id.get(id)?.stay != Some(stay) {
            return None;
        }
        let slot = slots.by_id.remove(id)?;
        slots.claimed.insert(id.to_owned());
        Some((slot, Claim { id: id.to_owned(), register: Arc::clone(self) }))
    }

    async fn close(&self, computer: &dyn Computer, persistent: bool) {
        if persistent {
            self.saved.save(computer).await;
        }
        if tokio::time::timeout(CLOSE_LIMIT, computer.close()).await.is_err() {
            tracing::warn!(computer = computer.id(), "the computer did not close in time and is dropped");
        }
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The id of a computer that is not live, for one task.
pub(super) struct Claim {
    id: String,
    register: Arc<LiveComputers>,
}

impl Claim {
    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.register.slots().claimed.remove(&self.id);
    }
}

/// The use of one computer by one task. Dropping it takes the computer out of the register.
pub(crate) struct Lease {
    computer: Arc<dyn Computer>,
    register: Arc<LiveComputers>,
    kept: bool,
}

impl Lease {
    /// The computer itself.
    pub(crate) fn computer(&self) -> Arc<dyn Computer> {
        Arc::clone(&self.computer)
    }

    /// From now on its state is saved when it is closed.
    pub(super) fn persist(&self) {
        if let Some(slot) = self.register.slots().by_id.get_mut(self.computer.id()) {
            slot.persistent = true;
        }
    }

    /// Leaves the computer for a later task, until the idle limit or the server's end.
    pub(crate) fn keep(mut self) {
        self.kept = true;
        let id = self.computer.id().to_owned();
        let register = Arc::clone(&self.register);
        let stay = {
            let mut slots = register.slots();
            slots.stays += 1;
            let stay = slots.stays;
            if let Some(slot) = slots.by_id.get_mut(&id) {
                slot.stay = Some(stay);
            }
            stay
        };
        self.register.tracker.spawn(async move {
            tokio::select! {
                () = tokio::time::sleep(IDLE_LIMIT) => {}
                () = register.closing.cancelled() => {}
            }
            if let Some((slot, _claim)) = register.evict(&id, stay) {
                register.close(&*slot.computer, slot.persistent).await;
            }
        });
    }

    /// Ends the computer and waits until it has.
    pub(crate) async fn close(self) {
        let persistent = self.register.slots().by_id.get(self.computer.id()).is_some_and(|slot| slot.persistent);
        self.register.close(&*self.computer, persistent).await;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.kept {
            self.register.slots().by_id.remove(self.computer.id());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicBool, Ordering};

    use async_trait::async_trait;
    use tokio::time::{advance, sleep};

    use super::*;
    use crate::computer::{Action, ComputerError, Page};

    struct Idle(Arc<AtomicBool>);

    #[async_trait]
    impl Computer for Idle {
        fn id(&self) -> &str {
            "c"
        }

        async fn act(&self, _: &Action) -> Result<(), ComputerError> {
            Ok(())
        }

        async fn screenshot(&self) -> Result<Vec<u8>, ComputerError> {
            Ok(Vec::new())
        }

        async fn page(&self) -> Result<Page, ComputerError> {
            Err(ComputerError::Action("nothing to see".into()))
        }

        async fn save(&self, _: &Path) -> Result<(), ComputerError> {
            Ok(())
        }

        async fn close(&self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_kept_computer_is_closed_once_it_was_idle_for_ten_minutes() {
        let register = LiveComputers::new(SavedComputers::new(PathBuf::new()), TaskTracker::new(), CancellationToken::new());
        let closed = Arc::new(AtomicBool::new(false));
        register.enter(Box::new(Idle(Arc::clone(&closed))), None).keep();
        sleep(IDLE_LIMIT - Duration::from_secs(1)).await;
        // Used in time, so that the clock begins anew.
        register.take("c").ok().unwrap().keep();
        sleep(IDLE_LIMIT - Duration::from_secs(1)).await;
        assert!(!closed.load(Ordering::SeqCst));
        sleep(Duration::from_secs(2)).await;
        assert!(closed.load(Ordering::SeqCst));
        assert_eq!(register.take("c").err(), Some(NotHad::Missing));
    }

    #[tokio::test(start_paused = true)]
    async fn a_computer_in_use_is_busy_and_never_idle() {
        let register = LiveComputers::new(SavedComputers::new(PathBuf::new()), TaskTracker::new(), CancellationToken::new());
        let closed = Arc::new(AtomicBool::new(false));
        register.enter(Box::new(Idle(Arc::clone(&closed))), None).keep();
        let lease = register.take("c").ok().unwrap();
        assert_eq!(register.take("c").err(), Some(NotHad::Busy));
        advance(IDLE_LIMIT * 2).await;
        assert!(!closed.load(Ordering::SeqCst));
        lease.close().await;
        assert!(closed.load(Ordering::SeqCst));
        assert_eq!(register.take("c").err(), Some(NotHad::Missing));
    }

    #[tokio::test(start_paused = true)]
    async fn the_servers_end_closes_what_was_kept() {
        let (tracker, closing) = (TaskTracker::new(), CancellationToken::new());
        let register = LiveComputers::new(SavedComputers::new(PathBuf::new()), tracker.clone(), closing.clone());
        let closed = Arc::new(AtomicBool::new(false));
        register.enter(Box::new(Idle(Arc::clone(&closed))), None).keep();
        closing.cancel();
        tracker.close();
        tracker.wait().await;
        assert!(closed.load(Ordering::SeqCst));
    }
}
