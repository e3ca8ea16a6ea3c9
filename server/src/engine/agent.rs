//! The step loop: look, think, act, until there is an end.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lightcone::tasks::{ErrorEvent, Event, Executed, ProgressUpdate, Screenshot, Thinking};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, timeout};

use super::mask::Mask;
use super::state::NoStep;
use super::{End, Ended, Engine, Spec, State, Status, event};
use crate::computer::{Action, Computer, ComputerError, Page};
use crate::model::{Model, ModelError, Next, Note, Notes, Observation, Planned};
use crate::secrets::Secrets;
use crate::store::StoreError;

/// How long the agent may be without an action, a note or an end, and how long one
/// answer of its model or computer may take. Without it a task could go on for ever.
const STALL_LIMIT: Duration = Duration::from_secs(10 * 60);

/// The waits before a model or a screen that failed is asked again.
const RETRY_WAITS: [Duration; 5] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(8), Duration::from_secs(20)];

/// A model that wants a longer wait than this is not waited for so long.
const LONGEST_RETRY_WAIT: Duration = Duration::from_secs(60);

/// A model that has nothing to do is not asked more often than this.
const LEAST_WAIT: Duration = Duration::from_millis(10);

/// Why the agent stopped.
#[derive(Debug)]
pub(super) enum Halt {
    /// Somebody else ended the task.
    Ended,
    /// The task is to end like this.
    End(End),
    /// The same, and the computer cannot be used again.
    ComputerGone(String),
}

impl From<Ended> for Halt {
    fn from(_: Ended) -> Self {
        Self::Ended
    }
}

type Flow<T> = Result<T, Halt>;

/// What the agent sees: nothing when its model needs no computer.
#[derive(Default)]
struct Seen {
    screenshot: Option<Arc<Vec<u8>>>,
    page: Option<Page>,
}

/// One agent at work on one task.
pub(super) struct Agent<'a> {
    engine: &'a Engine,
    id: &'a str,
    spec: &'a Spec,
    model: Box<dyn Model>,
    computer: Option<Arc<dyn Computer>>,
    /// What the model tells while it decides, at both ends.
    notes: Notes,
    told: UnboundedReceiver<Note>,
    /// Messages the model has not been shown.
    messages: Vec<String>,
    /// Why the last action could not be done.
    last_error: Option<String>,
    /// Failures of the model or the screen in a row.
    failures: usize,
    /// When something last came of it.
    progress: Instant,
}

impl<'a> Agent<'a> {
    pub(super) fn new(engine: &'a Engine, id: &'a str, spec: &'a Spec, model: Box<dyn Model>, computer: Option<Arc<dyn Computer>>) -> Self {
        let (notes, told) = Notes::channel();
        let (messages, last_error, failures, progress) = (Vec::new(), None, 0, Instant::now());
        Self { engine, id, spec, model, computer, notes, told, messages, last_error, failures, progress }
    }

    /// Works until there is an end; never returns without one.
    pub(super) async fn work(mut self) -> Flow<Infallible> {
        let name = self.model.name().to_owned();
        let computer = self.computer.as_ref().map(|computer| computer.id().to_owned());
        self.change(|task, log| task.begin(&name, computer.as_deref(), log)).await?;
        self.hold().await?;
        self.open_start_url().await?;
        loop {
            self.hold().await?;
            let mail = self.change(|task, _| task.read_mail()).await?;
            self.messages.extend(mail);
            let Some(seen) = self.look().await? else { continue };
            let Some(next) = self.decide(&seen).await? else { continue };
            self.carry_out(next, &seen).await?;
        }
    }

    async fn open_start_url(&mut self) -> Flow<()> {
        let (Some(url), Some(computer)) = (&self.spec.start_url, &self.computer) else { return Ok(()) };
        let opened = limited(computer.act(&Action::Navigate { url: url.clone() })).await?;
        match opened {
            Ok(()) => Ok(()),
            Err(error) => self.note_failure(usable(error)?).await,
        }
    }

    /// Between two steps: stays here while the task is paused.
    async fn hold(&mut self) -> Flow<()> {
        while self.change(|task, log| task.hold(log)).await? {
            self.engine.store.until(self.id, |task| task.status() != Status::Paused).await;
            self.progress = Instant::now();
        }
        Ok(())
    }

    /// Takes a fresh look; `None` when the screen could not be read this time.
    async fn look(&mut self) -> Flow<Option<Seen>> {
        let Some(computer) = self.computer.clone() else { return Ok(Some(Seen::default())) };
        let look = async {
            let page = computer.page().await?;
            Ok::<_, ComputerError>((page, computer.screenshot().await?))
        };
        let (page, png) = match limited(look).await? {
            Ok(seen) => seen,
            Err(error) => {
                let error = usable(error)?;
                self.try_again(error.clone(), give_up("computer_error", error, true), None).await?;
                return Ok(None);
            }
        };
        let screenshot_url = if self.spec.base64_screenshots {
            format!("data:image/png;base64,{}", STANDARD.encode(&png))
        } else {
            self.engine.screenshots().keep(self.id, &png).await.map_err(not_kept)?
        };
        self.change(|task, log| {
            let step = task.steps() + 1;
            task.tell(event!(Screenshot { step: step, screenshot_url: screenshot_url }), log)?;
            task.tell(event!(Thinking { step: step }), log)
        })
        .await?;
        Ok(Some(Seen { screenshot: Some(Arc::new(png)), page: Some(page) }))
    }

    /// Asks the model; `None` when it failed this time, or a pause came in between.
    async fn decide(&mut self, seen: &Seen) -> Flow<Option<Next>> {
        let Some(asked) = self.ask(seen).await? else { return Ok(None) };
        match asked {
            Ok(next) => {
                self.messages.clear();
                self.last_error = None;
                self.failures = 0;
                Ok(Some(next))
            }
            Err(ModelError { message, retryable, retry_after }) => {
                let end = give_up("model_error", format!("The model failed: {message}"), retryable);
                if !retryable {
                    self.tell_error(message).await?;
                    return Err(Halt::End(end));
                }
                self.try_again(message, end, retry_after).await?;
                Ok(None)
            }
        }
    }

    /// Lets the model decide, and tells its notes as they come. A pause ends that, and
    /// with it the calls the model has under way.
    async fn ask(&mut self, seen: &Seen) -> Flow<Option<Result<Next, ModelError>>> {
        let step = self.change(|task, _| Ok(task.steps().unsigned_abs() + 1)).await?;
        let (engine, id) = (self.engine, self.id);
        let asked = self.model.decide(
            Observation {
                step,
                screenshot: seen.screenshot.as_ref(),
                page: seen.page.as_ref(),
                messages: &self.messages,
                last_error: self.last_error.as_deref(),
            },
            &self.notes,
        );
        let mut asked = std::pin::pin!(limited(asked));
        let answer = loop {
            tokio::select! {
                biased;
                Some(note) = self.told.recv() => {
                    self.progress = Instant::now();
                    tell_note(engine, id, note).await?;
                }
                answer = &mut asked => break Some(hidden(&engine.parts.secrets, answer?)),
                () = engine.store.until(id, |task| task.status() == Status::Paused) => break None,
            }
        };
        while let Ok(note) = self.told.try_recv() {
            self.progress = Instant::now();
            tell_note(engine, id, note).await?;
        }
        Ok(answer)
    }

    /// Tells of a failure and waits a little; the end it is, after a few in a row.
    async fn try_again(&mut self, error: String, end: End, at_least: Option<Duration>) -> Flow<()> {
        self.tell_error(error).await?;
        let Some(wait) = RETRY_WAITS.get(self.failures) else { return Err(Halt::End(end)) };
        self.failures += 1;
        let wait = at_least.unwrap_or_default().clamp(*wait, LONGEST_RETRY_WAIT);
        self.rest(wait, |task| task.status() == Status::Paused).await;
        Ok(())
    }

    async fn carry_out(&mut self, next: Next, seen: &Seen) -> Flow<()> {
        match next {
            Next::Act(plan) if plan.is_empty() => self.rest(LEAST_WAIT, State::disturbed).await,
            Next::Act(plan) => self.act(plan, Mask::new(seen.page.as_ref(), &self.engine.parts.secrets)).await?,
            Next::Wait(ms) => self.rest(Duration::from_millis(ms).clamp(LEAST_WAIT, STALL_LIMIT), State::disturbed).await,
            Next::Miss(error) => self.miss(error).await?,
            Next::Finish(result) => self.end_unless_mail(End::Finished { result }).await?,
            Next::GiveUp { error_code, result, retryable } => {
                self.end_unless_mail(give_up(&error_code, result, retryable)).await?;
            }
        }
        if self.progress.elapsed() >= STALL_LIMIT {
            return Err(Halt::End(stalled()));
        }
        Ok(())
    }

    /// Does what was planned, each a step of its own, until something comes in between.
    async fn act(&mut self, plan: Vec<Planned>, mut mask: Mask<'_>) -> Flow<()> {
        for (nth, planned) in plan.into_iter().enumerate() {
            if nth > 0 && self.change(|task, _| Ok(task.disturbed())).await? {
                break;
            }
            let began = Instant::now();
            let step = self.begin_step(Some(&mask.told(&planned))).await?;
            self.progress = Instant::now();
            let done = match &self.computer {
                Some(computer) => limited(computer.act(&planned.action)).await?,
                None => Err(ComputerError::Action("the model runs without a computer and cannot act".to_owned())),
            };
            match done {
                Ok(()) => self.change(|task, log| task.tell(event!(Executed { step: step }), log)).await?,
                Err(error) => {
                    self.note_failure(usable(error)?).await?;
                    break;
                }
            }
            let pace = self.engine.parts.pace.saturating_sub(began.elapsed());
            self.rest(pace, |task| task.status() == Status::Paused).await;
        }
        Ok(())
    }

    /// Spends a step on something that was no action.
    async fn miss(&mut self, error: String) -> Flow<()> {
        self.begin_step(None).await?;
        self.progress = Instant::now();
        self.note_failure(error).await
    }

    async fn begin_step(&mut self, told: Option<&Planned>) -> Flow<i64> {
        let begun = self.engine.store.change(self.id, |task, log| task.begin_step(told, log)).await;
        begun.map_err(not_stored)?.ok_or(Halt::Ended)?.map_err(|no_step| match no_step {
            NoStep::OutOfSteps => Halt::End(End::OutOfSteps),
            NoStep::Ended(_) => Halt::Ended,
        })
    }

    /// A message that came while the model decided is still read: it may change the end.
    async fn end_unless_mail(&mut self, end: End) -> Flow<()> {
        if self.change(|task, _| Ok(task.has_mail())).await? { Ok(()) } else { Err(Halt::End(end)) }
    }

    /// Waits, at most until something comes in that matters.
    async fn rest(&mut self, time: Duration, wake: impl Fn(&State) -> bool) {
        if !time.is_zero() {
            // Running out is what it is for.
            let _ = timeout(time, self.engine.store.until(self.id, wake)).await;
        }
    }

    async fn note_failure(&mut self, error: String) -> Flow<()> {
        self.last_error = Some(error.clone());
        self.change(|task, log| {
            let step = task.steps();
            task.tell(event!(ErrorEvent { error: error, step: step }), log)
        })
        .await
    }

    async fn tell_error(&mut self, error: String) -> Flow<()> {
        tell_note(self.engine, self.id, Note::Error(error)).await
    }

    async fn change<T>(&mut self, change: impl FnOnce(&mut State, &mut Vec<Event>) -> Result<T, Ended>) -> Flow<T> {
        self::change(self.engine, self.id, change).await
    }
}

/// Changes a task unless it has ended.
pub(super) async fn change<T>(engine: &Engine, id: &str, change: impl FnOnce(&mut State, &mut Vec<Event>) -> Result<T, Ended>) -> Flow<T> {
    Ok(engine.store.change(id, change).await.map_err(not_stored)?.ok_or(Halt::Ended)??)
}

async fn tell_note(engine: &Engine, id: &str, note: Note) -> Flow<()> {
    let event = match hidden_note(&engine.parts.secrets, note) {
        Note::Progress(message) => event!(ProgressUpdate { message: message }),
        Note::Error(error) => return change(engine, id, |task, log| task.error_before_step(error, log)).await,
        Note::Usage(usage) => return change(engine, id, |task, _| task.add_usage(usage)).await,
        Note::NotUnderstood(message) => return change(engine, id, |task, log| task.not_understood(message, log)).await,
        Note::Event(members) => Event::Unknown(members.into()),
    };
    if event.is_terminal() {
        let result = format!("The model told of an end ({}) that only the server can tell.", event.kind().unwrap_or_default());
        return Err(Halt::End(give_up("model_error", result, false)));
    }
    change(engine, id, |task, log| task.tell(event, log)).await
}

/// What a model says with no secret in it, should one have come to light.
fn hidden(secrets: &Secrets, mut said: Result<Next, ModelError>) -> Result<Next, ModelError> {
    match &mut said {
        Ok(Next::Miss(text) | Next::Finish(text) | Next::GiveUp { result: text, .. }) | Err(ModelError { message: text, .. }) => {
            secrets.hide_in(text);
        }
        // Of an action the mask decides.
        Ok(Next::Act(_) | Next::Wait(_)) => {}
    }
    said
}

fn hidden_note(secrets: &Secrets, mut note: Note) -> Note {
    match &mut note {
        Note::Progress(text) | Note::Error(text) | Note::NotUnderstood(text) => {
            secrets.hide_in(text);
        }
        Note::Event(members) => secrets.hide_in_event(members),
        Note::Usage(_) => {}
    }
    note
}

/// Nothing an agent waits for may take for ever.
async fn limited<T>(work: impl Future<Output = T>) -> Flow<T> {
    timeout(STALL_LIMIT, work).await.map_err(|_| Halt::End(stalled()))
}

/// The text of an error after which the computer can still be used.
fn usable(error: ComputerError) -> Flow<String> {
    match error {
        ComputerError::Action(text) => Ok(text),
        ComputerError::Gone(text) => Err(Halt::ComputerGone(text)),
        ComputerError::Unavailable(error) => Err(Halt::End(End::Misconfigured { error_code: "computer_unavailable", error })),
    }
}

fn give_up(error_code: &str, result: String, retryable: bool) -> End {
    End::GaveUp { error_code: error_code.to_owned(), result, retryable }
}

fn stalled() -> End {
    let minutes = STALL_LIMIT.as_secs() / 60;
    give_up("stalled", format!("Nothing came of the task for {minutes} minutes."), true)
}

fn not_kept(error: std::io::Error) -> Halt {
    let result = format!("The screenshot could not be written: {error}.");
    Halt::End(End::Died { error_code: "storage_failed", result, retryable: true })
}

fn not_stored(error: StoreError) -> Halt {
    let result = format!("The task could not be stored: {error}.");
    Halt::End(End::Died { error_code: "storage_failed", result, retryable: true })
}
