//! Forgets what is old, so that the data does not grow for ever.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::saved::SavedComputers;
use super::{Engine, Millis};
use crate::PruneError;
use crate::store::folder::{Data, Folder};
use crate::store::screenshots::Screenshots;
use crate::store::{Store, StoreError};

/// How often it is done.
const INTERVAL: Duration = Duration::from_secs(60 * 60);

/// Forgets the tasks that ended so long ago or longer, with their events, keys and
/// screenshots, and returns how many there were; and the states of computers that were not
/// used for so long.
pub(super) async fn prune(store: &Store, screenshots: &Screenshots, saved: &SavedComputers, age: Duration) -> Result<usize, StoreError> {
    let before = SystemTime::now().checked_sub(age).unwrap_or(UNIX_EPOCH);
    let millis = before.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let gone = store.prune(Millis::try_from(millis).unwrap_or(Millis::MAX)).await?;
    for task in &gone {
        screenshots.remove(task).await;
    }
    saved.prune(before).await;
    Ok(gone.len())
}

/// Prunes now and every hour until the server ends.
pub(super) async fn from_time_to_time(engine: Arc<Engine>, age: Duration) {
    loop {
        if let Err(error) = engine.prune(age).await {
            tracing::warn!(%error, "old tasks could not be forgotten");
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = engine.closing.cancelled() => return,
        }
    }
}

/// Does in a folder that no server uses at the moment what [`crate::Server::prune`] does, and
/// gives the room back to the disk. Returns how many tasks are forgotten; those that have not
/// ended stay as they are. `screenshots` is where they are if
/// [`crate::ServerConfig::screenshots`] says so.
///
/// # Errors
/// When there are no tasks in the folder, a server uses it, or it cannot be written.
pub async fn prune_folder(folder: &Path, screenshots: Option<&Path>, age: Duration) -> Result<usize, PruneError> {
    let wrong = |why: &dyn std::fmt::Display| PruneError(format!("{}: {why}", folder.display()));
    let data = Data::Folder(folder.to_owned());
    if !Folder::has_tasks(folder) {
        return Err(wrong(&"no server has kept tasks here; name the folder that `--data` named"));
    }
    let folder = Folder::open(&data).map_err(|error| wrong(&error))?;
    let store = Store::open(&folder).await.map_err(|error| match error {
        StoreError::InUse => {
            wrong(&"a server uses this folder: stop it first, or start it with `--keep DAYS`, so that it forgets by itself")
        }
        error => wrong(&error),
    })?;
    let pruned = async {
        let screenshots = Screenshots::new(screenshots, &folder).map_err(|error| wrong(&error))?;
        let count = prune(&store, &screenshots, &SavedComputers::new(folder.computers()), age).await.map_err(|error| wrong(&error))?;
        if count > 0 {
            store
                .shrink()
                .await
                .map_err(|error| wrong(&format!("{count} tasks are forgotten, but their room is not free yet: {error}")))?;
        }
        Ok(count)
    }
    .await;
    store.close().await;
    pruned
}
