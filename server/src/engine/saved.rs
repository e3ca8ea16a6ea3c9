//! What is kept of persistent computers, a folder for each, under their ids.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::computer::Computer;

/// How long a computer may take to write down its state.
const SAVE_LIMIT: Duration = Duration::from_secs(10);

/// The saved states.
pub(super) struct SavedComputers {
    folder: PathBuf,
}

impl SavedComputers {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The state saved under this id.
    pub(super) fn find(&self, id: &str) -> Option<PathBuf> {
        // An id as this server makes them: no path leads out of the folder.
        let known = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let folder = self.folder.join(id);
        (known && folder.is_dir()).then_some(folder)
    }

    /// The same, for a computer that goes on from it, so that it counts as used now.
    pub(super) fn restore(&self, id: &str) -> Option<PathBuf> {
        let state = self.find(id)?;
        // Else it is forgotten a little early.
        if let Err(error) = File::open(&state).and_then(|state| state.set_modified(SystemTime::now())) {
            tracing::debug!(computer = id, %error, "the time of a saved state could not be set");
        }
        Some(state)
    }

    /// Forgets the states that were last saved or used by then, and what an interrupted save left.
    pub(super) async fn prune(&self, before: SystemTime) {
        let folder = self.folder.clone();
        let pruned = tokio::task::spawn_blocking(move || prune(&folder, before)).await.map_err(io::Error::other).flatten();
        if let Err(error) = pruned {
            tracing::warn!(%error, "old states of computers could not be removed");
        }
    }

    /// Ends a computer and keeps its state, whole or not at all.
    pub(super) async fn save(&self, computer: &dyn Computer) {
        let saved = tokio::time::timeout(SAVE_LIMIT, self.try_to(computer)).await;
        let failure = match saved {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("it took more than {} s", SAVE_LIMIT.as_secs()),
        };
        tracing::warn!(computer = computer.id(), error = failure, "the state of a computer could not be saved");
    }

    async fn try_to(&self, computer: &dyn Computer) -> io::Result<()> {
        tokio::fs::create_dir_all(&self.folder).await?;
        let new = tempfile::Builder::new().prefix(".new-").tempdir_in(&self.folder)?;
        computer.save(new.path()).await.map_err(io::Error::other)?;
        let place = self.folder.join(computer.id());
        match tokio::fs::remove_dir_all(&place).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        tokio::fs::rename(new.path(), place).await
    }
}

fn prune(folder: &Path, before: SystemTime) -> io::Result<()> {
    let states = match std::fs::read_dir(folder) {
        // Nothing was ever saved.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        states => states?,
    };
    for state in states {
        let state = state?;
        if state.metadata()?.modified()? <= before {
            std::fs::remove_dir_all(state.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    #[tokio::test]
    async fn a_state_is_forgotten_once_it_was_not_used_for_long() {
        let folder = tempfile::tempdir().unwrap();
        let saved = SavedComputers::new(folder.path().join("computers"));
        saved.prune(SystemTime::now()).await;
        for (name, days) in [("computer_old", 9), ("computer_used", 9), ("computer_new", 1), (".new-interrupted", 9)] {
            let state = saved.folder.join(name);
            std::fs::create_dir_all(state.join("Local Storage")).unwrap();
            std::fs::write(state.join("cookies.json"), "{}").unwrap();
            File::open(&state).unwrap().set_modified(SystemTime::now() - DAY * days).unwrap();
        }
        assert!(saved.restore("computer_used").is_some() && saved.restore("computer_none").is_none());
        saved.prune(SystemTime::now() - DAY * 7).await;
        let mut left: Vec<_> = std::fs::read_dir(&saved.folder).unwrap().map(|state| state.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["computer_new", "computer_used"]);
    }
}
