//! A model that plays scripts: what it does is written down before. For tests.
//!
//! `docs/scripted.md` describes the files; [`Script`] is the same from code.

mod file;

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use regex::Regex;
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::{Brief, Model, ModelError, Next, Note, Notes, Observation, Planned};

/// The name that selects it.
pub const NAME: &str = "scripted";

/// How long it waits for a message before it looks again; a message wakes it at once.
const MESSAGE_POLL_MS: u64 = 1000;

/// Which instructions a script is for.
#[derive(Clone, Debug)]
pub enum Matches {
    /// This one, apart from white space around it.
    Exact(String),
    /// Every one in which the pattern is found.
    Pattern(Regex),
}

/// One thing a script does.
#[derive(Clone, Debug)]
pub enum Step {
    /// Put an event into the stream as it is; its `type` must not be one that ends a task.
    Event(Map<String, Value>),
    /// Do something on the computer.
    Act(Planned),
    /// Let time pass.
    Wait(Duration),
    /// Wait until a message has come in that fits the pattern.
    Message(Regex),
    /// End the task with a result.
    Finish(String),
    /// End the task without success.
    Fail {
        /// A word for programs.
        error_code: String,
        /// For people.
        result: String,
        /// Whether the same task could succeed another time.
        retryable: bool,
    },
}

/// What to do for some instructions. A script without an end finishes with an empty result.
#[derive(Clone, Debug)]
pub struct Script {
    /// The instructions it is for.
    pub matches: Matches,
    /// Whether it runs on a computer; without one it cannot act.
    pub computer: bool,
    /// What it does, in order.
    pub steps: Vec<Step>,
}

/// Why scripts could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// The file could not be read.
    #[error("cannot read the scripts in {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The text is not YAML of the right shape.
    #[error("the scripts are not what docs/scripted.md describes: {0}")]
    Syntax(String),
    /// A script says something that cannot be done.
    #[error("script {script}{}: {message}", step.map(|step| format!(", step {step}")).unwrap_or_default())]
    Script {
        /// Its number in the file, from 1.
        script: usize,
        /// The number of the step, from 1, if it is a step that is wrong.
        step: Option<usize>,
        /// What is wrong and what would be right.
        message: String,
    },
}

/// Scripts; the first that matches an instruction is played. Clones are the same scripts.
#[derive(Clone, Debug, Default)]
pub struct Scripts(Arc<RwLock<Vec<Arc<Script>>>>);

impl Scripts {
    /// These, in this order.
    pub fn new(scripts: impl IntoIterator<Item = Script>) -> Self {
        Self(Arc::new(RwLock::new(scripts.into_iter().map(Arc::new).collect())))
    }

    /// From YAML text, of which JSON is a part.
    ///
    /// # Errors
    /// When the text is not a list of scripts; the error says which and where.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        file::from_yaml(text).map(Self::new)
    }

    /// From JSON text, as a program writes it: YAML does not read all that JSON may escape.
    ///
    /// # Errors
    /// As [`Scripts::parse`].
    pub fn from_json(text: &str) -> Result<Self, ScriptError> {
        file::from_json(text).map(Self::new)
    }

    /// From a YAML or JSON file.
    ///
    /// # Errors
    /// As [`Scripts::parse`], and when the file cannot be read.
    pub fn load(path: &Path) -> Result<Self, ScriptError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text),
            Err(source) => Err(ScriptError::Io { path: path.display().to_string(), source }),
        }
    }

    /// Puts scripts, in this order, before those that are there: what is said last counts first.
    /// Tasks under way play on what they began with.
    pub fn put_first(&self, scripts: &Self) {
        if Arc::ptr_eq(&self.0, &scripts.0) {
            return;
        }
        let new = scripts.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        self.0.write().unwrap_or_else(PoisonError::into_inner).splice(..0, new);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// A model that plays the script for this task.
    pub fn model(&self, brief: &Brief) -> Scripted {
        let scripts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let script = scripts.iter().find(|script| script.matches.fits(&brief.instruction)).cloned();
        Scripted { script, instruction: brief.instruction.clone(), next: 0, waiting: None, messages: Vec::new() }
    }
}

impl Matches {
    fn fits(&self, instruction: &str) -> bool {
        match self {
            Self::Exact(text) => text.trim() == instruction.trim(),
            Self::Pattern(pattern) => pattern.is_match(instruction),
        }
    }
}

/// One script being played.
#[derive(Debug)]
pub struct Scripted {
    /// `None` when no script fits.
    script: Option<Arc<Script>>,
    instruction: String,
    /// Place of the step to come.
    next: usize,
    /// When the wait under way began.
    waiting: Option<Instant>,
    /// Messages no step has asked for yet.
    messages: Vec<String>,
}

impl Scripted {
    /// The next thing to do, after the events on the way to it.
    fn advance(&mut self, notes: &Notes) -> Next {
        loop {
            let Some(script) = &self.script else { return no_script(&self.instruction) };
            match script.steps.get(self.next).cloned() {
                Some(Step::Event(event)) => notes.tell(Note::Event(event)),
                Some(Step::Act(planned)) => {
                    self.next += 1;
                    return Next::Act(vec![planned]);
                }
                Some(Step::Wait(time)) => {
                    // A pause or a message cuts the engine's waiting short, not the script's.
                    let began = *self.waiting.get_or_insert_with(Instant::now);
                    let left = time.saturating_sub(began.elapsed());
                    if !left.is_zero() {
                        return Next::Wait(u64::try_from(left.as_micros().div_ceil(1000)).unwrap_or(u64::MAX));
                    }
                    self.waiting = None;
                }
                Some(Step::Message(pattern)) => match self.messages.iter().position(|message| pattern.is_match(message)) {
                    Some(place) => drop(self.messages.remove(place)),
                    None => return Next::Wait(MESSAGE_POLL_MS),
                },
                Some(Step::Fail { error_code, result, retryable }) => return Next::GiveUp { error_code, result, retryable },
                // The end stays the next step, for the case that a message comes in just then.
                Some(Step::Finish(result)) => return Next::Finish(result),
                None => return Next::Finish(String::new()),
            }
            self.next += 1;
        }
    }
}

#[async_trait]
impl Model for Scripted {
    fn name(&self) -> &str {
        NAME
    }

    fn needs_computer(&self) -> bool {
        self.script.as_ref().is_some_and(|script| script.computer)
    }

    async fn decide(&mut self, seen: Observation<'_>, notes: &Notes) -> Result<Next, ModelError> {
        self.messages.extend_from_slice(seen.messages);
        if let Some(error) = seen.last_error {
            return Ok(Next::GiveUp { error_code: "action_failed".to_owned(), result: error.to_owned(), retryable: false });
        }
        let next = self.advance(notes);
        if matches!(next, Next::Finish(_) | Next::GiveUp { .. }) {
            self.messages.drain(..).map(Note::NotUnderstood).for_each(|note| notes.tell(note));
        }
        Ok(next)
    }
}

fn no_script(instruction: &str) -> Next {
    let result = format!("No script matches the instruction {instruction:?}.");
    Next::GiveUp { error_code: "no_script".to_owned(), result, retryable: false }
}
