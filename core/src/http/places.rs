//! The places that calls take, as many as may be under way.
//!
//! The HTTP client has a connection ready for the next call only a moment after the body on
//! it has ended. Whoever begins in that moment would open one more than is needed, or than
//! there may be: so it gives the moment to one of the connections that are expected back.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::{
    Broken,
    network::{ConnectionLimits, MaxConnections},
};

/// How long it is waited for one that is expected back: far longer than that takes, on a busy
/// machine too. It is waited out only where the server closed the connection without having
/// said so, and then not again, unless there may be no other connection.
const MOMENT: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Places {
    /// Whoever waits for one gets it in turn.
    free: Arc<Semaphore>,
    most: usize,
    waiting: AtomicUsize,
    /// Whether a stream has its place for as long as it is open.
    for_streams: bool,
    /// How many connections are kept that nobody uses.
    most_idle: usize,
    /// Since when each connection is expected that nobody has used yet.
    expected: Mutex<VecDeque<Instant>>,
    /// Whether the last connection that was expected has come.
    come_back: AtomicBool,
}

/// What one call has; its place is free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Places {
    pub(super) fn new(limits: ConnectionLimits) -> Arc<Self> {
        let (most, for_streams) = match limits.max_connections {
            MaxConnections::Calls(most) => (most, false),
            MaxConnections::All(most) => (most, true),
            MaxConnections::Unlimited => (usize::MAX, false),
        };
        let most = most.min(Semaphore::MAX_PERMITS);
        Arc::new(Self {
            free: Arc::new(Semaphore::new(most)),
            most,
            waiting: AtomicUsize::new(0),
            for_streams,
            most_idle: limits.max_idle_connections.unwrap_or(usize::MAX),
            expected: Mutex::default(),
            come_back: AtomicBool::new(true),
        })
    }

    /// A place, waited for at most this long.
    pub(super) async fn take(self: &Arc<Self>, limit: Option<Duration>) -> Result<Place, Broken> {
        let _waiting = Waiting::new(&self.waiting);
        let free = Arc::clone(&self.free).acquire_owned();
        let free = match limit {
            Some(limit) => tokio::time::timeout(limit, free).await.map_err(|_| Broken::NoneFree(limit))?,
            None => free.await,
        };
        // The semaphore is never closed.
        let permit = free.map_err(|_| Broken::NoneFree(Duration::ZERO))?;
        Ok(Place { places: Arc::clone(self), permit: Some(permit) })
    }

    /// Before one more connection is made: until when to wait for one that is expected back.
    /// Nobody else then waits for the same.
    pub(super) fn claim(&self) -> Option<Instant> {
        let taken = self.most.saturating_sub(self.free.available_permits());
        let mut expected = self.expected();
        let too_many = taken.saturating_add(expected.len()) > self.most;
        // One that was expected earlier is less likely to come.
        let until = *expected.back()? + MOMENT;
        ((too_many || self.come_back.load(Ordering::Relaxed)) && until > Instant::now()).then(|| {
            expected.pop_back();
            until
        })
    }

    /// What came of the waiting for one.
    pub(super) fn came_back(&self, did: bool) {
        self.come_back.store(did, Ordering::Relaxed);
    }

    /// A call has got a connection that was there already.
    pub(super) fn reused(&self) {
        self.expected().pop_front();
        self.came_back(true);
    }

    /// A connection is about to be there for whoever comes next.
    pub(super) fn expect(&self) {
        self.expect_for(self.waiting.load(Ordering::Relaxed));
    }

    /// The same, with so many who may take it at once: of the others, no more than are kept.
    fn expect_for(&self, waiting: usize) {
        let mut expected = self.expected();
        if expected.len() < self.most_idle.saturating_add(waiting) {
            expected.push_back(Instant::now());
        }
    }

    fn expected(&self) -> MutexGuard<'_, VecDeque<Instant>> {
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        while expected.front().is_some_and(|since| since.elapsed() > MOMENT) {
            expected.pop_front();
        }
        expected
    }
}

impl Place {
    /// The answer is a stream of events: it may be open for hours, and waits most of the time.
    pub(super) fn is_of_stream(&mut self) {
        if !self.places.for_streams {
            self.permit = None;
        }
    }

    /// The body has ended, and its connection can be used again.
    pub(super) fn returns(&self) {
        match self.permit {
            Some(_) => self.places.expect(),
            // Nobody's turn comes by this.
            None => self.places.expect_for(0),
        }
    }
}

/// Counts a caller that waits for a place.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(most: MaxConnections) -> Arc<Places> {
        Places::new(ConnectionLimits { max_connections: most, max_idle_connections: Some(20), ..ConnectionLimits::default() })
    }

    /// By when each wait is over depends on when the connection was expected: far from now, so
    /// that no time passes meanwhile.
    fn expected_back(places: &Places) -> Instant {
        let since = Instant::now() + 10 * MOMENT;
        places.expected().push_back(since);
        since
    }

    #[tokio::test]
    async fn a_connection_that_is_expected_back_is_waited_for_by_one_call() {
        let places = places(MaxConnections::Calls(100));
        let _taken = places.take(None).await.unwrap();
        assert_eq!(places.claim(), None);
        let (first, second) = (expected_back(&places), expected_back(&places));
        assert_eq!(places.claim(), Some(second + MOMENT));
        places.reused();
        assert_eq!(places.claim(), None, "one is claimed, and the other was there");
        assert!(first <= second);
    }

    #[tokio::test]
    async fn nobody_waits_for_one_that_does_not_come() {
        for most in [100, 1] {
            let places = places(MaxConnections::All(most));
            let _taken = places.take(None).await.unwrap();
            places.expected.lock().unwrap().push_back(Instant::now() - MOMENT);
            assert_eq!(places.claim(), None);
        }
    }

    #[tokio::test]
    async fn where_none_comes_back_only_whoever_would_be_one_too_many_waits() {
        let places = places(MaxConnections::All(2));
        let _one = places.take(None).await.unwrap();
        let since = expected_back(&places);
        places.came_back(false);
        assert_eq!(places.claim(), None);
        let two = places.take(None).await.unwrap();
        assert_eq!(places.claim(), Some(since + MOMENT));
        drop(two);
        let since = expected_back(&places);
        places.expect();
        places.reused();
        assert_eq!(places.claim().map(|until| until < since), Some(true), "they come back");
    }

    #[tokio::test]
    async fn without_a_limit_none_is_too_many() {
        let places = places(MaxConnections::Unlimited);
        let taken: Vec<Place> =
            futures_util::future::join_all((0..200).map(|_| places.take(None))).await.into_iter().map(Result::unwrap).collect();
        taken.iter().for_each(Place::returns);
        places.came_back(false);
        assert_eq!(places.claim(), None);
    }

    #[tokio::test]
    async fn a_stream_gives_its_place_back_unless_the_limit_is_for_all() {
        for (most, free) in [(MaxConnections::Calls(2), 2), (MaxConnections::All(2), 1)] {
            let places = places(most);
            let mut open = places.take(None).await.unwrap();
            open.is_of_stream();
            assert_eq!(places.free.available_permits(), free);
            drop(open);
            assert_eq!(places.free.available_permits(), 2);
        }
    }

    #[tokio::test]
    async fn no_more_are_expected_than_are_kept_or_waited_for() {
        let places = places(MaxConnections::Calls(1));
        let taken = places.take(None).await.unwrap();
        (0..100).for_each(|_| taken.returns());
        assert_eq!(places.expected().len(), 20);
        let waiting = tokio::spawn({
            let places = Arc::clone(&places);
            async move { places.take(None).await }
        });
        tokio::task::yield_now().await;
        taken.returns();
        taken.returns();
        assert_eq!(places.expected().len(), 21);
        places.expected().clear();
        let stream = Place { places: Arc::clone(&places), permit: None };
        (0..100).for_each(|_| stream.returns());
        assert_eq!(places.expected().len(), 20);
        drop(taken);
        waiting.await.unwrap().unwrap();
        assert_eq!(places.waiting.load(Ordering::Relaxed), 0);
    }
}
