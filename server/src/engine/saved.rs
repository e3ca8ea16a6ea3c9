//! What is kept of persistent computers, a folder for each, under their ids.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::computer::Computer;

/// How long a computer may take to write down its state.
const SAVE_LIMIT: Duration = Duration::from_secs(10);

/// A state that is not whole yet.
const NEW: &str = ".new-";
/// A state while a newer one takes its place.
const OLD: &str = ".old-";

/// The saved states.
pub(super) struct SavedComputers {
    folder: PathBuf,
}

impl SavedComputers {
    /// Those in this folder. What a server was at when it was killed is tidied up.
    pub(super) fn new(folder: PathBuf) -> Self {
        if let Err(error) = recover(&folder) {
            tracing::warn!(%error, folder = %folder.display(), "the saved states of computers could not be tidied up");
        }
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
        let new = tempfile::Builder::new().prefix(NEW).tempdir_in(&self.folder)?;
        computer.save(new.path()).await.map_err(io::Error::other)?;
        let place = self.folder.join(computer.id());
        let old = self.folder.join(format!("{OLD}{}", computer.id()));
        // At every moment there is a whole state, under its own name or as the old one.
        if_there(fs::rename(&place, &old))?;
        fs::rename(new.path(), place)?;
        if_there(fs::remove_dir_all(old))
    }
}

fn if_there(done: io::Result<()>) -> io::Result<()> {
    done.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

/// What is in the folder; nothing, as long as nothing was ever saved.
fn entries(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries?.collect(),
    }
}

fn recover(folder: &Path) -> io::Result<()> {
    for entry in entries(folder)? {
        let (name, path) = (entry.file_name(), entry.path());
        let name = name.to_string_lossy();
        match name.strip_prefix(OLD).map(|id| folder.join(id)) {
            Some(place) if !place.exists() => fs::rename(path, place)?,
            Some(_) => fs::remove_dir_all(path)?,
            None if name.starts_with(NEW) => fs::remove_dir_all(path)?,
            None => {}
        }
    }
    Ok(())
}

fn prune(folder: &Path, before: SystemTime) -> io::Result<()> {
    for state in entries(folder)? {
        if state.metadata()?.modified()? <= before {
            fs::remove_dir_all(state.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    #[test]
    fn a_kill_while_a_state_was_saved_leaves_a_whole_one() {
        let folder = tempfile::tempdir().unwrap();
        for (place, text) in [("a", "a"), (".old-b", "b"), ("c", "new c"), (".old-c", "old c"), (".new-x", "half")] {
            fs::create_dir(folder.path().join(place)).unwrap();
            fs::write(folder.path().join(place).join("state"), text).unwrap();
        }
        let saved = SavedComputers::new(folder.path().to_owned());
        for (id, text) in [("a", "a"), ("b", "b"), ("c", "new c")] {
            assert_eq!(fs::read_to_string(saved.find(id).unwrap().join("state")).unwrap(), text);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_state_is_forgotten_once_it_was_not_used_for_long() {
        let folder = tempfile::tempdir().unwrap();
        let saved = SavedComputers::new(folder.path().join("computers"));
        saved.prune(SystemTime::now()).await;
        for (name, days) in [("computer_old", 9), ("computer_used", 9), ("computer_new", 1), (".new-interrupted", 9)] {
            let state = saved.folder.join(name);
            fs::create_dir_all(state.join("Local Storage")).unwrap();
            fs::write(state.join("cookies.json"), "{}").unwrap();
            File::open(&state).unwrap().set_modified(SystemTime::now() - DAY * days).unwrap();
        }
        assert!(saved.restore("computer_used").is_some() && saved.restore("computer_none").is_none());
        saved.prune(SystemTime::now() - DAY * 7).await;
        let mut left: Vec<_> = fs::read_dir(&saved.folder).unwrap().map(|state| state.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["computer_new", "computer_used"]);
    }
}
