//! The places that calls take, as many as there may be connections.
//!
//! The HTTP client has a connection ready for the next call only a moment after the body on
//! it has ended. Whoever begins in that moment would open one more than there may be: so it
//! gives the moment to the connections that are expected back.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::Broken;

/// Far longer than it takes for a connection to be back; waited out only where it is not
/// coming, because the server closed it without having said so.
const MOMENT: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Places {
    /// Whoever waits for one gets it in turn.
    free: Arc<Semaphore>,
    most: usize,
    /// Since when each connection is expected that nobody has used yet.
    expected: Mutex<VecDeque<Instant>>,
}

/// One place; free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    /// `None` is as many as can be counted.
    pub(super) fn new(most: Option<usize>) -> Arc<Self> {
        let most = most.unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS);
        Arc::new(Self { free: Arc::new(Semaphore::new(most)), most, expected: Mutex::default() })
    }

    /// A place, waited for at most this long.
    pub(super) async fn take(self: &Arc<Self>, limit: Option<Duration>) -> Result<Place, Broken> {
        let free = Arc::clone(&self.free).acquire_owned();
        let free = match limit {
            Some(limit) => tokio::time::timeout(limit, free).await.map_err(|_| Broken::NoneFree(limit))?,
            None => free.await,
        };
        // The semaphore is never closed.
        let permit = free.map_err(|_| Broken::NoneFree(Duration::ZERO))?;
        Ok(Place { places: Arc::clone(self), _permit: permit })
    }

    /// Before one more connection is made: waits for those that are expected back, if with
    /// them there would be too many.
    pub(super) async fn wait_for_expected(&self) {
        let taken = self.most.saturating_sub(self.free.available_permits());
        let expected = self.expected().len();
        if taken.saturating_add(expected) > self.most {
            tokio::time::sleep(MOMENT).await;
        }
    }

    /// A connection is about to be there for whoever comes next.
    pub(super) fn expect(&self) {
        self.expected().push_back(Instant::now());
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
    /// The body has ended, and its connection can be used again.
    pub(super) fn returns(&self) {
        self.places.expect();
    }

    /// The call has got a connection that was there already.
    pub(super) fn reused(&self) {
        self.places.expected().pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn waits(places: &Places) -> bool {
        tokio::time::timeout(MOMENT / 10, places.wait_for_expected()).await.is_err()
    }

    #[tokio::test]
    async fn only_who_would_be_one_too_many_waits() {
        let places = Places::new(Some(2));
        let (one, two) = (places.take(None).await.unwrap(), places.take(None).await.unwrap());
        assert!(!waits(&places).await);
        one.returns();
        drop(one);
        assert!(!waits(&places).await);
        let next = places.take(None).await.unwrap();
        assert!(waits(&places).await);
        next.reused();
        assert!(!waits(&places).await);
        two.returns();
        assert!(waits(&places).await);
        tokio::time::sleep(MOMENT).await;
        assert!(!waits(&places).await, "it did not come back");
    }

    #[tokio::test]
    async fn without_a_limit_nobody_waits() {
        let places = Places::new(None);
        let places_taken: Vec<Place> =
            futures_util::future::join_all((0..200).map(|_| places.take(None))).await.into_iter().map(Result::unwrap).collect();
        places_taken.iter().for_each(Place::returns);
        assert!(!waits(&places).await);
    }
}
