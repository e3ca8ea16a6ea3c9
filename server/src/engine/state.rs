//! Where a task is and how it gets from there to its end: the table of contract
//! section 4 as pure transitions.
//!
//! A transition either changes the state and adds its events to the log, or is
//! refused and changes nothing. The store runs one under its lock, so that state
//! and events never disagree.

mod end;

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use lightcone::tasks::{Action, ErrorEvent, Event, MessageInjected, NotUnderstood, Paused, Queued, Resumed, Started};
use serde::{Deserialize, Serialize};

pub(crate) use self::end::End;
use super::event;
use crate::model::{Planned, Usage};

/// Where a task is, as `status` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Queued,
    Running,
    Paused,
    Completed,
    Failed,
    Cancelled,
}

/// All of them.
pub(crate) const STATUSES: [Status; 6] =
    [Status::Queued, Status::Running, Status::Paused, Status::Completed, Status::Failed, Status::Cancelled];

impl Status {
    /// The word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing comes after it.
    pub(crate) fn is_end(self) -> bool {
        !matches!(self, Self::Queued | Self::Running | Self::Paused)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The task has ended: nothing more can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended(pub(crate) Status);

/// Why a step did not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoStep {
    /// The task has ended.
    Ended(Ended),
    /// All steps it may do are done.
    OutOfSteps,
}

/// The state of one task, as it is stored too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    task_id: String,
    status: Status,
    /// Whether it waits for its turn, paused or not.
    waits: bool,
    /// Whether the pause took hold and `paused` was told.
    held: bool,
    /// Whether something came in since the agent last looked: what it planned before is stale.
    disturbed: bool,
    /// Whether somebody called it off; its end is told once its computer is seen to.
    cancelling: bool,
    exit_code: Option<i64>,
    steps: i64,
    max_steps: i64,
    inbox: Vec<String>,
    model: Option<String>,
    result: Option<String>,
    error_code: Option<String>,
    /// Of states stored before there was any, none.
    #[serde(default)]
    usage: Option<Usage>,
    created_at: Millis,
    started_at: Option<Millis>,
    ended_at: Option<Millis>,
}

/// A time in milliseconds since 1970.
pub(crate) type Millis = u64;

impl State {
    /// A task that can begin.
    pub(crate) fn new(task_id: String, max_steps: i64) -> Self {
        Self {
            task_id,
            status: Status::Running,
            waits: false,
            held: false,
            disturbed: false,
            cancelling: false,
            exit_code: None,
            steps: 0,
            max_steps,
            inbox: Vec::new(),
            model: None,
            result: None,
            error_code: None,
            usage: None,
            created_at: now(),
            started_at: None,
            ended_at: None,
        }
    }

    /// A task that waits for its turn.
    pub(crate) fn queued(task_id: String, max_steps: i64, log: &mut Vec<Event>) -> Self {
        log.push(event!(Queued { task_id: task_id.clone(), step: 0 }));
        Self { status: Status::Queued, waits: true, ..Self::new(task_id, max_steps) }
    }

    pub(crate) fn status(&self) -> Status {
        self.status
    }

    /// Whether it waits for its turn, paused or not.
    pub(crate) fn waits(&self) -> bool {
        self.waits
    }

    /// `None` until the task has ended.
    pub(crate) fn exit_code(&self) -> Option<i64> {
        self.exit_code
    }

    /// The model that really runs, once it does.
    pub(crate) fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// What came of it, in words, once it has ended.
    pub(crate) fn result(&self) -> Option<&str> {
        self.result.as_deref()
    }

    /// Why it failed, as one word.
    pub(crate) fn error_code(&self) -> Option<&str> {
        self.error_code.as_deref()
    }

    /// What its model took so far; `None` for a model that counts nothing.
    pub(crate) fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// When it was asked for.
    pub(crate) fn created_at(&self) -> Millis {
        self.created_at
    }

    /// When its agent began.
    pub(crate) fn started_at(&self) -> Option<Millis> {
        self.started_at
    }

    /// When it ended.
    pub(crate) fn ended_at(&self) -> Option<Millis> {
        self.ended_at
    }

    /// Whether a pause or a message came in since the agent last looked.
    pub(crate) fn disturbed(&self) -> bool {
        self.disturbed
    }

    /// Whether it is to end because somebody called it off.
    pub(crate) fn cancelling(&self) -> bool {
        self.cancelling
    }

    /// Whether there are messages the agent has not read.
    pub(crate) fn has_mail(&self) -> bool {
        !self.inbox.is_empty()
    }

    /// The number of the last step; 0 before the first.
    pub(crate) fn steps(&self) -> i64 {
        self.steps
    }

    // What people do.

    /// Holds the task at its next step.
    pub(crate) fn pause(&mut self) -> Result<(), Ended> {
        self.live()?;
        self.status = Status::Paused;
        self.disturbed = true;
        Ok(())
    }

    /// Lets it go on. `resumed` is told only after `paused`, so the two alternate.
    pub(crate) fn resume(&mut self, by: &str, log: &mut Vec<Event>) -> Result<(), Ended> {
        self.live()?;
        self.status = if self.waits { Status::Queued } else { Status::Running };
        if std::mem::take(&mut self.held) {
            log.push(event!(Resumed { task_id: self.task_id.clone(), step: self.steps, by: by }));
        }
        Ok(())
    }

    /// Puts a message where the agent reads it before its next step.
    pub(crate) fn inject(&mut self, message: String, log: &mut Vec<Event>) -> Result<(), Ended> {
        self.live()?;
        self.inbox.push(message.clone());
        self.disturbed = true;
        let position = self.inbox.len() as i64;
        log.push(event!(MessageInjected { task_id: self.task_id.clone(), step: self.steps, message: message, position: position }));
        Ok(())
    }

    /// Calls the task off, whose runner then ends it; once more is harmless.
    pub(crate) fn cancel(&mut self) -> Result<(), Ended> {
        if self.status != Status::Cancelled {
            self.live()?;
            self.cancelling = true;
        }
        Ok(())
    }

    // What the agent does.

    /// It is its turn; `false` when it is paused and lets others go before.
    pub(crate) fn leave_queue(&mut self) -> Result<bool, Ended> {
        self.live()?;
        if self.status == Status::Queued {
            self.status = Status::Running;
            self.waits = false;
        }
        Ok(!self.waits)
    }

    /// The agent runs, with this model, on this computer if the model wants one.
    pub(crate) fn begin(&mut self, model: &str, computer_id: Option<&str>, log: &mut Vec<Event>) -> Result<(), Ended> {
        self.live()?;
        self.model = Some(model.to_owned());
        self.started_at = Some(now());
        let mut started = Started::default();
        started.task_id = Some(self.task_id.clone());
        started.computer_id = computer_id.map(str::to_owned);
        started.model = Some(model.to_owned());
        started.max_steps = Some(self.max_steps);
        log.push(started.into());
        Ok(())
    }

    /// Between two steps: `true` when a pause takes hold or holds.
    pub(crate) fn hold(&mut self, log: &mut Vec<Event>) -> Result<bool, Ended> {
        self.live()?;
        if self.status != Status::Paused {
            return Ok(false);
        }
        if !std::mem::replace(&mut self.held, true) {
            log.push(event!(Paused { task_id: self.task_id.clone(), step: self.steps }));
        }
        Ok(true)
    }

    /// The agent looks anew: hands over the messages since the last time.
    pub(crate) fn read_mail(&mut self) -> Result<Vec<String>, Ended> {
        self.live()?;
        self.disturbed = self.status == Status::Paused;
        Ok(std::mem::take(&mut self.inbox))
    }

    /// The agent is about to do something, or spends a step on nothing.
    pub(crate) fn begin_step(&mut self, planned: Option<&Planned>, log: &mut Vec<Event>) -> Result<i64, NoStep> {
        self.live().map_err(NoStep::Ended)?;
        if self.steps >= self.max_steps {
            return Err(NoStep::OutOfSteps);
        }
        self.steps += 1;
        let mut action = Action::default();
        action.step = Some(self.steps);
        action.action = planned.and_then(|planned| serde_json::to_value(&planned.action).ok());
        action.description = planned.map(|planned| planned.description.clone());
        log.push(action.into());
        Ok(self.steps)
    }

    /// The agent could not use a message.
    pub(crate) fn not_understood(&mut self, message: String, log: &mut Vec<Event>) -> Result<(), Ended> {
        let (task_id, step) = (self.task_id.clone(), self.steps);
        self.tell(event!(NotUnderstood { task_id: task_id, step: step, message: message }), log)
    }

    /// Something went wrong on the way to the next step, and the task goes on.
    pub(crate) fn error_before_step(&self, error: String, log: &mut Vec<Event>) -> Result<(), Ended> {
        let step = self.steps + 1;
        self.tell(event!(ErrorEvent { error: error, step: step }), log)
    }

    /// What one more call of its model took.
    pub(crate) fn add_usage(&mut self, more: Usage) -> Result<(), Ended> {
        self.live()?;
        *self.usage.get_or_insert_default() += more;
        Ok(())
    }

    /// An event that changes nothing.
    pub(crate) fn tell(&self, event: Event, log: &mut Vec<Event>) -> Result<(), Ended> {
        self.live()?;
        log.push(event);
        Ok(())
    }

    /// The last thing that happens to a task, whether it runs or is paused.
    pub(crate) fn end(&mut self, end: End, log: &mut Vec<Event>) -> Result<(), Ended> {
        self.live()?;
        self.status = end.status();
        self.exit_code = Some(end.exit_code());
        self.ended_at = Some(now());
        (self.error_code, self.result) = end.outcome();
        log.push(end.into_event(self.steps));
        Ok(())
    }

    fn live(&self) -> Result<(), Ended> {
        if self.status.is_end() { Err(Ended(self.status)) } else { Ok(()) }
    }
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

#[cfg(test)]
mod tests;
