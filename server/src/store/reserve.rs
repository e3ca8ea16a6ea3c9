//! Room that is set aside, so that on a full disk there is enough for the ends of tasks.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// An end takes some 30 kB of the database's log, and many that come together less each.
const SIZE: usize = 2 * 1024 * 1024;

pub(super) struct Reserve {
    /// `None` where nothing is kept on a disk.
    file: Option<PathBuf>,
    there: AtomicBool,
}

impl Reserve {
    /// Sets the room aside, or what an earlier server set aside.
    pub(super) fn new(file: Option<PathBuf>) -> Self {
        let reserve = Self { file, there: AtomicBool::new(false) };
        reserve.set_aside();
        reserve
    }

    /// Sets the room aside where it was spent. Without room nothing changes.
    pub(super) fn set_aside(&self) {
        let Some(file) = &self.file else { return };
        if self.there.load(Ordering::Relaxed) {
            return;
        }
        match write(file) {
            Ok(()) => self.there.store(true, Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "there is no room to set aside for the ends of tasks"),
        }
    }

    /// Gives the room to whoever writes next; `false` when it is spent already.
    pub(super) fn spend(&self) -> bool {
        let Some(file) = &self.file else { return false };
        self.there.swap(false, Ordering::Relaxed) && fs::remove_file(file).is_ok()
    }
}

fn write(file: &PathBuf) -> io::Result<()> {
    if fs::metadata(file).is_ok_and(|known| known.len() == SIZE as u64) {
        return Ok(());
    }
    // Of random bytes: some disks keep no room for zeros.
    let mut bytes = vec![0; SIZE];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    fs::write(file, bytes).inspect_err(|_| {
        // What of it was written takes away room that is needed.
        let _ = fs::remove_file(file);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_is_spent_once_and_set_aside_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("reserve");
        let size = || fs::metadata(&file).map_or(0, |known| known.len());
        let reserve = Reserve::new(Some(file.clone()));
        assert_eq!(size(), SIZE as u64);
        assert!(reserve.spend() && !reserve.spend());
        assert_eq!(size(), 0);
        reserve.set_aside();
        assert_eq!(size(), SIZE as u64);
        // Another server finds it.
        assert!(Reserve::new(Some(file)).spend());
        assert!(!Reserve::new(None).spend());
    }
}
