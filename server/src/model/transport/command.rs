//! Requests to a program of the user's: a line to its standard input, a line from its
//! standard output.

use std::fmt;
use std::io;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{BufMut as _, BytesMut};
use futures_util::StreamExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::time::timeout;
use tokio_util::codec::{FramedRead, LinesCodec, LinesCodecError};
use tokio_util::task::AbortOnDropHandle;

use super::{Failure, LARGEST_ANSWER, Transport, without_key};
use crate::model::adapter::Gather;
use crate::model::describe;

/// The variable in which a program is given the key of its model.
const KEY: &str = "LIGHTCONE_MODEL_KEY";

/// How long a program that closed its output may take to end.
const END_LIMIT: Duration = Duration::from_secs(1);

/// A line on standard error that is longer is logged as several, in bytes.
const LONGEST_LINE: usize = 16 << 10;

/// A program with its arguments, and how it is started.
pub(crate) struct Program {
    /// As the person named it.
    pub(crate) name: String,
    pub(crate) executable: String,
    pub(crate) arguments: Vec<String>,
    /// The key of its model.
    pub(crate) key: Option<SecretString>,
    /// Variables of the server's environment that it is not given.
    pub(crate) withheld: Vec<String>,
    /// How long it may be silent while it owes a reply.
    pub(crate) timeout: Duration,
}

/// The process of one task.
pub(crate) struct Command {
    program: Arc<Program>,
    running: Option<Running>,
}

struct Running {
    child: Child,
    group: Group,
    input: ChildStdin,
    /// What is not written yet; a decision that is dropped leaves the rest of its line here.
    unsent: BytesMut,
    output: FramedRead<ChildStdout, LinesCodec>,
    /// How many lines it was sent, or is about to be, without a reply so far.
    owed: usize,
    /// What it says on standard error is logged meanwhile.
    log: AbortOnDropHandle<()>,
    /// The last of it.
    words: Arc<Mutex<String>>,
}

impl Command {
    pub(crate) fn new(program: Arc<Program>) -> Self {
        Self { program, running: None }
    }
}

#[async_trait]
impl Transport for Command {
    async fn exchange(
        &mut self,
        body: &Value,
        _gather: Option<Box<dyn Gather>>,
        _tell: &(dyn Fn(String) + Sync),
    ) -> Result<Value, Failure> {
        let program = &self.program;
        let running = match &mut self.running {
            Some(running) => running,
            None => self.running.insert(program.start()?),
        };
        running.unsent.put_slice(body.to_string().as_bytes());
        running.unsent.put_u8(b'\n');
        running.owed += 1;
        loop {
            let silent = |_| Failure::Unreachable(format!("{program} was silent for {:?}", program.timeout));
            let line = match timeout(program.timeout, running.line()).await.map_err(silent)? {
                Some(Ok(line)) => line,
                Some(Err(error)) => return Err(program.unreadable(&error.to_string())),
                None => return Err(running.ended(program).await),
            };
            running.owed -= 1;
            // Others answer what nobody waits for any more.
            if running.owed == 0 {
                return serde_json::from_str(&line)
                    .map_err(|error| program.unreadable(&format!("no JSON ({error}): {}", describe::shortened(&line))));
            }
        }
    }
}

impl Program {
    fn start(&self) -> Result<Running, Failure> {
        let mut command = tokio::process::Command::new(&self.executable);
        command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        for name in &self.withheld {
            command.env_remove(name);
        }
        match &self.key {
            Some(key) => command.env(KEY, key.expose_secret()),
            None => command.env_remove(KEY),
        };
        let failed = |why: &str| Failure::Final(format!("{self} cannot be started: {why}"));
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed(&format!("there is no program {:?}", self.executable)),
            io::ErrorKind::PermissionDenied => failed(&format!("{:?} may not be executed", self.executable)),
            _ => failed(&error.to_string()),
        })?;
        let group = Group::of(&child);
        let (Some(input), Some(output), Some(errors)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
            return Err(failed("it has no standard input and output"));
        };
        let words = Arc::default();
        let log = AbortOnDropHandle::new(tokio::spawn(log(self.name.clone(), errors, self.key.clone(), Arc::clone(&words))));
        let output = FramedRead::new(output, LinesCodec::new_with_max_length(LARGEST_ANSWER));
        Ok(Running { child, group, input, unsent: BytesMut::new(), output, owed: 0, log, words })
    }

    /// Nothing that comes after can be told from a reply, so there is no going on.
    fn unreadable(&self, why: &str) -> Failure {
        let text =
            format!("{self} wrote {why}. Each line on standard output is a reply; what else it has to say belongs on standard error.");
        Failure::Final(without_key(&text, self.key.as_ref()))
    }
}

/// For people.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the program {:?}", self.name)
    }
}

impl Running {
    /// Writes what is to be written while it waits for the next line. May be dropped.
    async fn line(&mut self) -> Option<Result<String, LinesCodecError>> {
        loop {
            tokio::select! {
                biased;
                line = self.output.next() => return line,
                sent = self.input.write_all_buf(&mut self.unsent), if !self.unsent.is_empty() => {
                    if sent.is_err() {
                        // It reads no more, but may have said something; if not, its output ends too.
                        self.unsent.clear();
                    }
                }
            }
        }
    }

    /// What to say of a program whose output has come to an end.
    async fn ended(&mut self, program: &Program) -> Failure {
        let how = match timeout(END_LIMIT, self.child.wait()).await {
            Ok(Ok(status)) => format!("ended ({status})"),
            Ok(Err(error)) => format!("ended ({error})"),
            Err(_) => "closed its standard output".to_owned(),
        };
        self.group.kill();
        // The last it said may still be on its way.
        let _ = timeout(END_LIMIT, &mut self.log).await;
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let words = if words.is_empty() { String::new() } else { format!(" Its last words: {}", describe::shortened(&words)) };
        Failure::Final(format!("{program} {how} and owes a reply.{words}"))
    }
}

/// Its processes go with the task, those too that it has started.
impl Drop for Running {
    fn drop(&mut self) {
        self.group.kill();
    }
}

/// Logs each line.
async fn log(program: String, mut errors: ChildStderr, key: Option<SecretString>, words: Arc<Mutex<String>>) {
    let tell = |line: &[u8]| {
        let line = without_key(String::from_utf8_lossy(line).trim_end(), key.as_ref());
        if !line.is_empty() {
            tracing::info!(program, "{line}");
            *words.lock().unwrap_or_else(PoisonError::into_inner) = line;
        }
    };
    let mut read = BytesMut::new();
    while errors.read_buf(&mut read).await.is_ok_and(|bytes| bytes > 0) {
        let end = |read: &BytesMut| read.iter().position(|byte| *byte == b'\n').map(|end| end + 1);
        while let Some(end) = end(&read).or_else(|| (read.len() >= LONGEST_LINE).then_some(read.len())) {
            tell(&read.split_to(end));
        }
    }
    tell(&read);
}

/// A process with those it has started; on Windows, which has no such thing, nothing.
struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

impl Group {
    #[cfg_attr(not(unix), allow(unused_variables, reason = "there are no groups"))]
    fn of(child: &Child) -> Self {
        Self {
            #[cfg(unix)]
            leader: child.id().and_then(|id| rustix::process::Pid::from_raw(id.try_into().ok()?)),
        }
    }

    /// Once only: the number may belong to others later.
    fn kill(&mut self) {
        #[cfg(unix)]
        if let Some(leader) = self.leader.take() {
            // Fails only where there is nothing left to kill.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}
