//! Answers as a model once did.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::canonical::{Canonical, digest};
use super::{Answer, Header, Line, VERSION, difference};
use crate::model::adapter::Gather;
use crate::model::connection::Settings;
use crate::model::transport::{Failure, Transport};

/// A recording.
#[derive(Debug)]
pub(crate) struct Cassette {
    path: PathBuf,
    header: Header,
    lines: Vec<Line>,
    /// Which lines answer a request, in the order in which they were recorded.
    by_digest: HashMap<String, Vec<usize>>,
}

impl Cassette {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read or is no recording of this version: what is wrong in which line.
    pub(crate) fn open(path: &Path) -> Result<Arc<Self>, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        let wrong = |line: usize, why: &str| format!("line {line} of {} {why}", path.display());
        let mut texts = text.lines();
        let head: Value = texts.next().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
        match head.get("cassette").and_then(Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => return Err(wrong(1, &format!("says that it is of version {version}; this program plays version {VERSION}"))),
            None => return Err(wrong(1, "is not how a recording begins; one is made by --record FILE")),
        }
        let header = serde_json::from_value(head).map_err(|error| wrong(1, &format!("cannot be read: {error}")))?;
        let (mut lines, mut by_digest) = (Vec::new(), HashMap::<_, Vec<usize>>::new());
        for (number, text) in (2..).zip(texts) {
            let line: Line = serde_json::from_str(text).map_err(|error| wrong(number, &format!("cannot be read: {error}")))?;
            if line.digest != digest(&line.request) {
                return Err(wrong(number, "has a digest that is not of its request: it was changed, and has to be recorded anew"));
            }
            by_digest.entry(line.digest.clone()).or_default().push(lines.len());
            lines.push(line);
        }
        Ok(Arc::new(Self { path: path.to_owned(), header, lines, by_digest }))
    }

    /// The reference of the model that was recorded.
    pub(crate) fn model(&self) -> &str {
        &self.header.model
    }

    /// Brings settings to what requests depended on.
    pub(crate) fn settle(&self, settings: &mut Settings) {
        self.header.settings.put_into(settings);
    }

    /// Why nothing answers this request: what comes closest to it, and where they part.
    fn miss(&self, asked: &Canonical, digest: &str) -> Failure {
        let path = self.path.display();
        if let Some(lines) = self.by_digest.get(digest) {
            let times = lines.len();
            return Failure::Final(format!("{path} has this request {times} times, and it is made once more. Record anew."));
        }
        let now = asked.request.to_string();
        let common = |line: &Line| line.request.to_string().bytes().zip(now.bytes()).take_while(|(one, other)| one == other).count();
        let closest = (2..).zip(&self.lines).max_by_key(|(_, line)| common(line));
        let why = match closest.and_then(|(number, line)| Some((number, difference::first(&line.request, &asked.request)?))) {
            Some((number, why)) => format!("line {number} comes closest, but {why}"),
            None => "it has no answers at all".to_owned(),
        };
        Failure::Final(format!("{path} has no answer to this request: {why}. Record anew if that is as it should be."))
    }
}

/// Plays for one task.
pub(crate) struct Player {
    cassette: Arc<Cassette>,
    /// Lines that this task was answered with.
    played: HashSet<usize>,
    /// The recorded task that it follows.
    task: Option<u64>,
}

impl Player {
    pub(crate) fn new(cassette: Arc<Cassette>) -> Self {
        Self { cassette, played: HashSet::new(), task: None }
    }

    /// The next line with this digest: of the recorded task that this one follows, if it has
    /// one, so that those recorded at once are not mixed.
    fn next(&mut self, digest: &str) -> Option<&Line> {
        let left = || self.cassette.by_digest.get(digest).into_iter().flatten().copied().filter(|at| !self.played.contains(at));
        let of_task = |at: &usize| self.cassette.lines.get(*at).map(|line| line.task) == self.task;
        let at = left().find(of_task).or_else(|| left().next())?;
        let line = self.cassette.lines.get(at)?;
        self.played.insert(at);
        self.task = Some(line.task);
        Some(line)
    }
}

#[async_trait]
impl Transport for Player {
    async fn exchange(&mut self, body: &Value, gather: Option<Box<dyn Gather>>, tell: &(dyn Fn(String) + Sync)) -> Result<Value, Failure> {
        let asked = Canonical::of(body, None);
        let digest = asked.digest();
        let Some(line) = self.next(&digest) else {
            return Err(self.cassette.miss(&asked, &digest));
        };
        match line.answer.clone() {
            Answer::Reply { reply, text } => {
                if gather.is_some() && !text.is_empty() {
                    tell(text);
                }
                Ok(asked.take_out(&reply))
            }
            Answer::Refusal { refusal } => Err(Failure::Status {
                endpoint: self.cassette.path.display().to_string(),
                status: refusal.status,
                message: refusal.message,
                retry_after: None,
            }),
        }
    }
}
