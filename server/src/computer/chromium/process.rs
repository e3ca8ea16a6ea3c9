//! The browser's processes: started with a pipe and a profile of their own, ended
//! as one group.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use command_fds::{CommandFdExt as _, FdMapping};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tempfile::TempDir;
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};

/// How long processes that were killed may take to vanish.
const REAP_TIMEOUT: Duration = Duration::from_secs(5);

/// A running browser. Dropping it kills all of its processes.
pub(super) struct Process {
    child: Child,
    group: Option<Pid>,
    /// Holds the profile and what the browser says on stderr.
    folder: Option<TempDir>,
}

impl Process {
    /// Starts `executable` with a fresh profile, and with descriptors 3 and 4 as
    /// the pipe of `--remote-debugging-pipe`: the far ends are returned. They are
    /// all that keeps the browser alive: it exits when this process is gone,
    /// however that comes about.
    pub(super) fn start(
        executable: &Path,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> io::Result<(Self, pipe::Receiver, pipe::Sender)> {
        let folder = tempfile::Builder::new().prefix("lightcone-chromium-").tempdir()?;
        let mut profile = std::ffi::OsString::from("--user-data-dir=");
        profile.push(folder.path().join("profile"));
        let (commands_in, commands_out) = io::pipe()?;
        let (answers_in, answers_out) = io::pipe()?;
        let mut command = Command::new(executable);
        command
            .arg("--remote-debugging-pipe")
            .arg(profile)
            .args(arguments)
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.path().join("stderr"))?)
            .process_group(0)
            .kill_on_drop(true)
            .fd_mappings(vec![
                FdMapping { parent_fd: commands_in.into(), child_fd: 3 },
                FdMapping { parent_fd: answers_out.into(), child_fd: 4 },
            ])
            .map_err(io::Error::other)?;
        let child = command.spawn()?;
        let group = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
        let reader = pipe::Receiver::from_owned_fd(answers_in.into())?;
        let writer = pipe::Sender::from_owned_fd(commands_out.into())?;
        Ok((Self { child, group, folder: Some(folder) }, reader, writer))
    }

    /// The last lines the browser wrote on stderr.
    pub(super) fn last_words(&self) -> String {
        let written = self.folder.as_ref().and_then(|folder| std::fs::read(folder.path().join("stderr")).ok()).unwrap_or_default();
        let text = String::from_utf8_lossy(&written);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        lines.get(lines.len().saturating_sub(5)..).unwrap_or_default().join("\n")
    }

    /// Kills everything and waits until it is gone and the profile removed.
    pub(super) async fn end(&mut self) {
        self.kill();
        // Fails only where the child was waited for already.
        let _ = self.child.wait().await;
        let deadline = tokio::time::Instant::now() + REAP_TIMEOUT;
        while self.group.is_some_and(alive) && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.group = None;
        if let Some(folder) = self.folder.take() {
            remove(folder);
        }
    }

    fn kill(&self) {
        // The kill is for what still runs; nothing left to kill is what is wanted.
        if let Some(group) = self.group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if let (Some(group), Some(folder)) = (self.group, self.folder.take()) {
            // A profile can only be removed once nobody writes to it, and a drop must not wait.
            std::thread::spawn(move || {
                let deadline = std::time::Instant::now() + REAP_TIMEOUT;
                while alive(group) && std::time::Instant::now() < deadline {
                    std::thread::sleep(Duration::from_millis(20));
                }
                remove(folder);
            });
        }
    }
}

fn alive(group: Pid) -> bool {
    test_kill_process_group(group).is_ok()
}

fn remove(folder: TempDir) {
    let path = folder.path().to_owned();
    if let Err(error) = folder.close() {
        tracing::warn!(path = %path.display(), %error, "the folder of a closed browser could not be removed");
    }
}
