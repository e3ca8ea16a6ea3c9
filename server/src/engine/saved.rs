//! What is kept of persistent computers, a folder for each, under their ids.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

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
