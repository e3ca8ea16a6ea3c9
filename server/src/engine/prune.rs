//! Forgets what is old, so that the data does not grow for ever.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Engine, Millis};
use crate::store::StoreError;

/// How often it is done.
const INTERVAL: Duration = Duration::from_secs(60 * 60);

/// Forgets the tasks that ended so long ago or longer, with their events, keys and
/// screenshots, and returns how many there were.
pub(super) async fn prune(engine: &Engine, age: Duration) -> Result<usize, StoreError> {
    let before = SystemTime::now().checked_sub(age).and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let gone = engine.store.prune(Millis::try_from(before.as_millis()).unwrap_or(Millis::MAX)).await?;
    for task in &gone {
        engine.screenshots().remove(task).await;
    }
    Ok(gone.len())
}

/// Prunes now and every hour until the server ends.
pub(super) async fn from_time_to_time(engine: Arc<Engine>, age: Duration) {
    loop {
        if let Err(error) = prune(&engine, age).await {
            tracing::warn!(%error, "old tasks could not be forgotten");
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = engine.closing.cancelled() => return,
        }
    }
}
