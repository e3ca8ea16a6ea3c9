//! Temporary folders that go with whoever made them, and what is left of those who could
//! not tidy up: a server that is killed leaves its folders behind.
//!
//! Each folder has a lock file that is held as long as anybody uses it, so a folder whose
//! lock is free belongs to nobody any more.

use std::fs::{self, DirEntry, File};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const PREFIX: &str = "lightcone-";

const LOCK: &str = ".lightcone-lock";

/// A folder that is younger may not be locked yet.
const YOUNG: Duration = Duration::from_secs(60);

/// How often a running server looks for folders without an owner.
const INTERVAL: Duration = Duration::from_secs(60 * 60);

/// A temporary folder for its owner's eyes only; dropping it removes it.
pub(crate) struct Scratch {
    lock: File,
    folder: TempDir,
}

impl Scratch {
    /// A new folder; `what` is a part of its name.
    pub(crate) fn new(what: &str) -> io::Result<Self> {
        Self::new_in(&std::env::temp_dir(), what)
    }

    fn new_in(parent: &Path, what: &str) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix(&format!("{PREFIX}{what}-")).tempdir_in(parent)?;
        let lock = File::create_new(folder.path().join(LOCK))?;
        lock.lock()?;
        Ok(Self { lock, folder })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The lock for another process, which holds it from then on as this one does.
    #[cfg(unix)]
    pub(crate) fn share(&self) -> io::Result<std::os::fd::OwnedFd> {
        Ok(self.lock.try_clone()?.into())
    }

    /// Removes the folder.
    pub(crate) fn close(self) -> io::Result<()> {
        // Where files are open they cannot be removed everywhere.
        drop(self.lock);
        self.folder.close()
    }
}

/// Removes now and every hour what nobody owns any more, until the server ends.
pub(crate) async fn sweep_from_time_to_time(ending: CancellationToken) {
    loop {
        // Its only failure is a panic, which is reported as every other one.
        let _ = tokio::task::spawn_blocking(|| sweep(&std::env::temp_dir())).await;
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = ending.cancelled() => return,
        }
    }
}

fn sweep(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX)) {
        let Some(_lock) = ownerless(&entry) else { continue };
        match fs::remove_dir_all(entry.path()) {
            Ok(()) => tracing::info!(path = %entry.path().display(), "removed what a server that was killed left behind"),
            Err(error) => tracing::warn!(path = %entry.path().display(), %error, "what a killed server left behind could not be removed"),
        }
    }
}

/// The lock of a folder that was made here, by this user, some time ago, and that nobody uses.
fn ownerless(entry: &DirEntry) -> Option<File> {
    // Of the entry itself: nobody leads us elsewhere by a link.
    let folder = entry.metadata().ok()?;
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::uid(&folder) != rustix::process::geteuid().as_raw() {
        return None;
    }
    if !folder.is_dir() {
        return None;
    }
    let lock = File::options().write(true).open(entry.path().join(LOCK)).ok()?;
    let age = SystemTime::now().duration_since(lock.metadata().ok()?.modified().ok()?).ok()?;
    (age >= YOUNG && lock.try_lock().is_ok()).then_some(lock)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A folder that nobody owns any more, locked so long ago.
    fn left_behind(parent: &Path, age: Duration) -> PathBuf {
        let Scratch { lock, folder } = Scratch::new_in(parent, "dead").unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        lock.set_modified(SystemTime::now() - age).unwrap();
        folder.keep()
    }

    #[test]
    fn what_nobody_owns_any_more_is_removed_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let alive = Scratch::new_in(parent.path(), "alive").unwrap();
        alive.lock.set_modified(SystemTime::now() - 2 * YOUNG).unwrap();
        let young = left_behind(parent.path(), Duration::ZERO);
        let dead = left_behind(parent.path(), YOUNG);
        let foreign = parent.path().join("lightcone-of-somebody");
        fs::create_dir(&foreign).unwrap();
        sweep(parent.path());
        assert!(!dead.exists());
        assert!(alive.path().exists() && young.exists() && foreign.exists());
        let path = alive.path().to_owned();
        alive.close().unwrap();
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_shared_lock_holds_until_the_last_one_lets_go() {
        let parent = tempfile::tempdir().unwrap();
        let Scratch { lock, folder } = Scratch::new_in(parent.path(), "browser").unwrap();
        lock.set_modified(SystemTime::now() - YOUNG).unwrap();
        let shared = lock.try_clone().unwrap();
        drop(lock);
        sweep(parent.path());
        assert!(folder.path().exists());
        drop(shared);
        sweep(parent.path());
        assert!(!folder.path().exists());
    }

    #[cfg(unix)]
    #[test]
    fn no_link_leads_elsewhere() {
        let parent = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let place = left_behind(elsewhere.path(), YOUNG);
        std::os::unix::fs::symlink(&place, parent.path().join("lightcone-link")).unwrap();
        sweep(parent.path());
        assert!(place.join("file").exists());
    }
}
