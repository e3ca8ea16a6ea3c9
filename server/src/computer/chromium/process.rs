//! The browser's processes: started with a pipe and a profile of their own, ended
//! as one group.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use command_fds::{CommandFdExt as _, FdMapping};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::saved;
use crate::scratch::Scratch;

/// How long a browser may take to close by itself.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long processes that were killed may take to vanish.
const REAP_TIMEOUT: Duration = Duration::from_secs(5);
/// How much of what a browser says on stderr is kept, in bytes.
const WORDS: usize = 2048;

/// Chromium has a socket in its temporary folder, `/org.chromium.Chromium.XXXXXX/SingletonSocket`,
/// and does not start when that makes a longer path than a socket may have: 104 bytes with
/// the zero at the end, where it is least.
const LONGEST_TMPDIR: usize = 104 - 1 - 45;

/// A wish to keep a browser's storage in a folder, and whom to tell how that went.
type Keep = (PathBuf, oneshot::Sender<io::Result<()>>);

/// A running browser. Dropping it kills all of its processes.
pub(super) struct Process {
    child: Child,
    group: Option<Pid>,
    words: Arc<Mutex<Vec<u8>>>,
    keep: Arc<Mutex<Option<Keep>>>,
    /// Cancelled when the last process has gone, and the profile with it.
    gone: CancellationToken,
}

impl Process {
    /// Starts `executable` with a fresh profile, or one with the storage of the folder
    /// `saved`, and with descriptors 3 and 4 as
    /// the pipe of `--remote-debugging-pipe`: the far ends are returned. They are
    /// all that keeps the browser alive: it exits when this process is gone,
    /// however that comes about.
    pub(super) fn start(
        executable: &Path,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        saved: Option<&Path>,
    ) -> io::Result<(Self, pipe::Receiver, pipe::Sender)> {
        let profile = Scratch::new("chromium")?;
        if let Some(folder) = saved {
            saved::restore_storage(folder, profile.path())?;
        }
        let mut data = OsString::from("--user-data-dir=");
        data.push(profile.path());
        let (commands_in, commands_out) = io::pipe()?;
        let (answers_in, answers_out) = io::pipe()?;
        let mut command = Command::new(executable);
        command
            .arg("--remote-debugging-pipe")
            .arg(data)
            .args(arguments)
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .fd_mappings(vec![
                FdMapping { parent_fd: commands_in.into(), child_fd: 3 },
                FdMapping { parent_fd: answers_out.into(), child_fd: 4 },
                // The profile is in use as long as its browser runs, whatever becomes of the server.
                FdMapping { parent_fd: profile.share()?, child_fd: 5 },
            ])
            .map_err(io::Error::other)?;
        if profile.path().as_os_str().len() <= LONGEST_TMPDIR {
            // A browser that is killed leaves a folder there, which so goes with the profile.
            command.env("TMPDIR", profile.path());
        }
        let mut child = command.spawn()?;
        let group = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
        let (words, gone, keep) = (Arc::default(), CancellationToken::new(), Arc::default());
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(outlive(stderr, profile, Arc::clone(&words), Arc::clone(&keep), gone.clone()));
        }
        let process = Self { child, group, words, keep, gone };
        let reader = pipe::Receiver::from_owned_fd(answers_in.into())?;
        let writer = pipe::Sender::from_owned_fd(commands_out.into())?;
        Ok((process, reader, writer))
    }

    /// The last lines of a browser that ended by itself.
    pub(super) async fn last_words(&self) -> String {
        // What was said just before the end may still be on its way.
        let _ = tokio::time::timeout(Duration::from_secs(1), self.gone.cancelled()).await;
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&words).trim().to_owned()
    }

    /// Waits until a browser that was asked to close has gone, and keeps its storage in
    /// the folder.
    pub(super) async fn leave(&mut self, folder: &Path) -> io::Result<()> {
        let (done, kept) = oneshot::channel();
        *self.keep.lock().unwrap_or_else(PoisonError::into_inner) = Some((folder.to_owned(), done));
        let left = tokio::time::timeout(LEAVE_TIMEOUT, self.child.wait()).await;
        self.end().await;
        left??;
        kept.await.map_err(|_| io::Error::other("its processes are still there"))?
    }

    /// Kills everything, and waits until it is gone and the profile removed.
    pub(super) async fn end(&mut self) {
        self.kill();
        // Fails only where it was waited for already.
        let _ = self.child.wait().await;
        // Its number may belong to somebody else from now on.
        self.group = None;
        if tokio::time::timeout(REAP_TIMEOUT, self.gone.cancelled()).await.is_err() {
            tracing::warn!("processes of a browser are still there {REAP_TIMEOUT:?} after they were killed");
        }
    }

    fn kill(&self) {
        if let Some(group) = self.group {
            // Fails only where there is nothing left to kill.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Keeps the end of what the browser says, and keeps or removes its profile once nobody
/// can write to it any more: stderr is the one thing that all of its processes
/// hold, so it ends with the last of them.
async fn outlive(
    mut stderr: ChildStderr,
    profile: Scratch,
    words: Arc<Mutex<Vec<u8>>>,
    keep: Arc<Mutex<Option<Keep>>>,
    gone: CancellationToken,
) {
    let _gone = gone.drop_guard();
    let mut chunk = [0; WORDS];
    while let Ok(length @ 1..) = stderr.read(&mut chunk).await {
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        words.extend_from_slice(chunk.get(..length).unwrap_or_default());
        let excess = words.len().saturating_sub(WORDS);
        words.drain(..excess);
    }
    let path = profile.path().to_owned();
    let keep = keep.lock().unwrap_or_else(PoisonError::into_inner).take();
    let end = move || {
        if let Some((folder, done)) = keep {
            // Whoever wished for it may have left.
            let _ = done.send(saved::keep_storage(profile.path(), &folder));
        }
        profile.close()
    };
    if let Ok(Err(error)) = tokio::task::spawn_blocking(end).await {
        tracing::warn!(path = %path.display(), %error, "the profile of a closed browser could not be removed");
    }
}
