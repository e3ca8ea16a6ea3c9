//! Keeps what a model answers.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;

use super::canonical::Canonical;
use super::{Answer, Header, Kept, Line, Refusal, VERSION};
use crate::model::adapter::Gather;
use crate::model::connection::Settings;
use crate::model::transport::{Failure, Transport, without_key};

/// A file that is recorded to, by all tasks of a model.
pub(crate) struct Recorder {
    path: PathBuf,
    /// Locked while a line is written, so that lines are whole.
    file: Mutex<File>,
    tasks: AtomicU64,
    /// Is kept out of it.
    key: Option<SecretString>,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recorder").field(&self.path).finish()
    }
}

impl Recorder {
    /// Begins a recording of this model.
    ///
    /// # Errors
    /// When the file cannot be written, is being written to by another, or has answers in it:
    /// they have cost something, and are not what is recorded now.
    pub(crate) fn begin(path: &Path, model: &str, settings: &Settings) -> Result<Arc<Self>, String> {
        let wrong = |why: &dyn fmt::Display| format!("cannot record to {}: {why}", path.display());
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(|error| wrong(&error))?;
        file.try_lock().map_err(|error| match error {
            std::fs::TryLockError::WouldBlock => wrong(&"another model is recorded there"),
            std::fs::TryLockError::Error(error) => wrong(&error),
        })?;
        // The head alone is what a server leaves that was asked nothing.
        let mut lines = BufReader::new(&file).lines();
        let head = lines.next().transpose().map_err(|error| wrong(&error))?;
        let is_ours = head.as_deref().is_none_or(|head| serde_json::from_str::<Header>(head).is_ok());
        if !is_ours || lines.next().is_some() {
            return Err(wrong(&"something is in it already; name a new file, or remove this one"));
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(|error| wrong(&error))?;
        let header = Header { cassette: VERSION, model: without_key(model, settings.key.as_ref()), settings: Kept::of(settings) };
        write(&mut file, &header).map_err(|error| wrong(&error))?;
        Ok(Arc::new(Self { path: path.to_owned(), file: Mutex::new(file), tasks: AtomicU64::new(0), key: settings.key.clone() }))
    }

    /// Records a task whose requests go over this transport.
    pub(crate) fn task(self: Arc<Self>, inner: Box<dyn Transport>) -> Box<dyn Transport> {
        let task = self.tasks.fetch_add(1, Ordering::Relaxed) + 1;
        Box::new(Recording { inner, recorder: self, task })
    }

    fn keep(&self, task: u64, body: &Value, answer: impl FnOnce(&Canonical) -> Answer) -> Result<(), Failure> {
        let canonical = Canonical::of(body, self.key.as_ref());
        let (digest, answer) = (canonical.digest(), answer(&canonical));
        let line = Line { task, digest, request: canonical.request, answer };
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        write(&mut file, &line).map_err(|error| Failure::Final(format!("cannot record to {}: {error}", self.path.display())))
    }
}

/// The whole line at once, so that a file that is read meanwhile, or whose writer is killed,
/// ends with a whole one.
fn write(file: &mut File, line: &impl Serialize) -> std::io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    file.write_all(&text)?;
    file.flush()
}

/// Records one task.
struct Recording {
    inner: Box<dyn Transport>,
    recorder: Arc<Recorder>,
    task: u64,
}

#[async_trait]
impl Transport for Recording {
    async fn exchange(&mut self, body: &Value, gather: Option<Box<dyn Gather>>, tell: &(dyn Fn(String) + Sync)) -> Result<Value, Failure> {
        let told = Mutex::new(String::new());
        let overhear = |text: String| {
            told.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
            tell(text);
        };
        let answer = self.inner.exchange(body, gather, &overhear).await;
        let key = self.recorder.key.as_ref();
        // Nothing is awaited from here on: what is recorded is what the task goes on with.
        match &answer {
            Ok(reply) => {
                let text = without_key(&told.into_inner().unwrap_or_else(PoisonError::into_inner), key);
                self.recorder.keep(self.task, body, |canonical| Answer::Reply { reply: canonical.put_away(reply, key), text })?;
            }
            // After these the same is asked in another way, now and from then on.
            Err(failure @ Failure::Status { status, message, .. }) if failure.is_refusal() || failure.is_too_long() => {
                let refusal = Refusal { status: *status, message: without_key(message, key) };
                self.recorder.keep(self.task, body, |_| Answer::Refusal { refusal })?;
            }
            Err(_) => {}
        }
        answer
    }
}
