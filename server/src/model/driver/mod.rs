//! Drives a task with a model behind an API: the [`Model`] that every adapter has.
//!
//! It keeps the conversation, asks over a [`Transport`], and makes actions of what is
//! answered. Nothing is kept of a turn before it is whole, so that a decision may be
//! dropped at any point and asked for anew.

mod conversation;
mod effect;
mod instructions;
mod open;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

pub(crate) use conversation::{Conversation, Outcome, Shown, Spoken, Turn};

use self::conversation::{leave_out_screenshots, leave_out_turns, tokens};
use self::effect::Effects;
use self::open::{Open, OpenCall};
use super::adapter::{Adapter, Call, Prose, Reply, Screen, Stop, Window};
use super::connection::Settings;
use super::picture::Picture;
use super::transport::{Failure, Transport};
use super::vocabulary::Said;
use super::{Brief, Model, ModelError, Next, Note, Notes, Observation, Planned, Usage, describe};
use crate::computer::{Action, Page, Point, Viewport};

/// With so many steps left the model is told so, and at the last one again.
const FEW_STEPS: u64 = 5;

/// One task, driven by a model.
pub(crate) struct Driver {
    name: String,
    brief: Brief,
    adapter: Arc<dyn Adapter>,
    transport: Box<dyn Transport>,
    settings: Arc<Settings>,
    /// The text of the system.
    instructions: String,
    /// `None` once the model has refused it.
    temperature: Option<f64>,
    /// See [`Conversation::refused`].
    refused: u8,
    turns: Vec<Arc<Turn>>,
    /// The calls of the model's last turn.
    open: Open,
    effects: Effects,
    mouse: Point,
    used: Usage,
}

impl Driver {
    pub(crate) fn new(
        name: String,
        brief: Brief,
        adapter: Arc<dyn Adapter>,
        transport: Box<dyn Transport>,
        settings: Arc<Settings>,
    ) -> Self {
        let Viewport { width, height } = brief.viewport;
        let mouse = Point(f64::from(width) / 2.0, f64::from(height) / 2.0);
        let (instructions, temperature) = (instructions::text(&brief), Some(brief.temperature));
        Self {
            name,
            brief,
            adapter,
            transport,
            settings,
            instructions,
            temperature,
            refused: 0,
            turns: Vec::new(),
            open: Open::default(),
            effects: Effects::default(),
            mouse,
            used: Usage::default(),
        }
    }

    /// What the next turn shows, but for the hint that [`Effects`] may give.
    async fn show(&self, seen: &Observation<'_>, picture: Viewport) -> Result<Shown, ModelError> {
        let outcomes = self.open.outcomes(seen);
        let mut shown = Shown { step: seen.step, outcomes, messages: seen.messages.to_vec(), ..Shown::default() };
        if self.turns.is_empty() {
            shown.texts.push(self.brief.instruction.clone());
        }
        let no_call_has_it = shown.outcomes.iter().all(|outcome| !outcome.failed);
        if let Some(error) = seen.last_error.filter(|_| no_call_has_it) {
            shown.texts.push(format!("That could not be done: {error}"));
        }
        shown.texts.extend(seen.messages.iter().map(|message| format!("The person says: {message}")));
        match self.brief.max_steps.saturating_sub(seen.step.saturating_sub(1)) {
            1 => shown
                .texts
                .push("This is the last step. Unless it completes the task, end now and say what you have found so far.".to_owned()),
            left @ FEW_STEPS if left < self.brief.max_steps => shown.texts.push(format!("Only {left} steps are left. Come to an end.")),
            _ => {}
        }
        if let Some(screenshot) = seen.screenshot {
            let scaled = Picture::scaled(screenshot, picture).await;
            shown.picture = Some(scaled.map_err(|message| ModelError { message, retryable: false, retry_after: None })?);
        }
        shown.page = seen.page.cloned().map(Arc::new);
        Ok(shown)
    }

    /// Asks for the model's next turn, with less if it was too much.
    async fn ask(&mut self, turns: &mut Vec<Arc<Turn>>, picture: Viewport, notes: &Notes) -> Result<Value, ModelError> {
        let mut window = self.adapter.window();
        window.most = self.settings.screenshots.unwrap_or(window.most);
        leave_out_screenshots(turns, window);
        if let Some(most) = self.settings.context_tokens {
            leave_out_turns(turns, most);
        }
        loop {
            let mut talk = Conversation {
                brief: &self.brief,
                instructions: &self.instructions,
                picture,
                temperature: self.temperature,
                refused: self.refused,
                stream: self.brief.stream_deltas,
                turns,
            };
            let gather = if talk.stream { self.adapter.gather() } else { None };
            let body = self.adapter.request(&talk);
            let answer = self.transport.exchange(&body, gather, &|text| notes.tell(Note::Progress(text))).await;
            match answer {
                Ok(answer) => return Ok(answer),
                Err(failure) if failure.is_about_temperature() && self.temperature.is_some() => {
                    self.temperature = None;
                    notes.tell(Note::Error(format!("{failure}; asked again without a temperature")));
                }
                Err(failure) if failure.is_too_long() => {
                    let half = tokens(turns) / 2;
                    let fewer = leave_out_screenshots(turns, Window { most: 1, chunk: 1 });
                    let shorter = leave_out_turns(turns, half);
                    if !fewer && !shorter {
                        return Err(Failure::Final(failure.to_string()).into());
                    }
                    notes.tell(Note::Error(format!("{failure}; asked again with less of what was before")));
                }
                Err(failure) => {
                    talk.refused = self.refused.saturating_add(1);
                    if !failure.is_refusal() || self.adapter.request(&talk) == body {
                        return Err(failure.into());
                    }
                    self.refused = talk.refused;
                    notes.tell(Note::Error(format!("{failure}; asked again in a plainer form")));
                }
            }
        }
    }

    fn remember(&mut self, turns: Vec<Arc<Turn>>, open: Open, effects: Effects) {
        (self.turns, self.open, self.effects) = (turns, open, effects);
    }

    fn count(&mut self, mut usage: Usage, notes: &Notes) {
        usage.cost = self.settings.prices.map(|prices| prices.cost(&usage));
        self.used += usage;
        notes.tell(Note::Usage(usage));
    }

    /// How the task ends because it costs too much.
    fn out_of_money(&self) -> Option<Next> {
        let (most, cost) = (self.settings.max_cost?, self.used.cost?);
        (cost >= most)
            .then(|| give_up("max_cost", format!("The model has cost {cost:.4}, and {most:.4} is the most a task may cost here.")))
    }

    /// What is done of a turn that can be carried out: the actions, what they are counted
    /// as, and the end that comes after them.
    fn plan(&mut self, calls: Vec<Call>, text: &str, page: Option<&Page>) -> (Vec<Planned>, Vec<OpenCall>, Option<Next>) {
        let (mut plan, mut open, mut then) = (Vec::new(), Vec::new(), None);
        if calls.is_empty() {
            then = Some(Next::Finish(text.to_owned()));
        }
        for Call { id, name, said } in calls {
            let mut count = 0;
            match said {
                // What comes after an end is not done.
                _ if then.is_some() => {}
                Ok(Said::Do(actions)) => {
                    count = actions.len() as u64;
                    for action in actions {
                        self.mouse = place(&action).unwrap_or(self.mouse);
                        let description = if text.is_empty() { describe::action(&action, page) } else { describe::shortened(text) };
                        plan.push(Planned { action, description });
                    }
                }
                Ok(Said::Done(answer)) => then = Some(Next::Finish(if answer.is_empty() { text.to_owned() } else { answer })),
                Ok(Said::Failed(why)) => {
                    let why = if why.is_empty() { text.to_owned() } else { why };
                    then = Some(give_up("gave_up", if why.is_empty() { "The model says that it cannot do this.".to_owned() } else { why }));
                }
                Err(_) => {}
            }
            open.push(OpenCall { id, name, actions: Ok(count) });
        }
        (plan, open, then)
    }
}

#[async_trait]
impl Model for Driver {
    fn name(&self) -> &str {
        &self.name
    }

    fn needs_computer(&self) -> bool {
        true
    }

    async fn decide(&mut self, seen: Observation<'_>, notes: &Notes) -> Result<Next, ModelError> {
        if let Some(end) = self.open.end(&seen) {
            return Ok(end);
        }
        let picture = self.adapter.picture(self.brief.viewport);
        let mut shown = self.show(&seen, picture).await?;
        let mut effects = self.effects.clone();
        match effects.look(shown.page.as_ref(), shown.picture.as_ref()).await {
            effect::Advice::None => {}
            effect::Advice::Hint(hint) => shown.texts.push(hint),
            effect::Advice::Stuck(why) => return Ok(give_up("stuck", why)),
        }
        let mut turns = self.turns.clone();
        turns.push(Arc::new(Turn::Shown(shown.clone())));
        let mut asked_before = false;
        loop {
            if let Some(end) = self.out_of_money() {
                return Ok(end);
            }
            let answer = self.ask(&mut turns, picture, notes).await?;
            let screen = Screen { viewport: self.brief.viewport, picture, mouse: self.mouse, page: seen.page };
            let reply = self.adapter.reply(&answer, &screen).map_err(Failure::Unreadable)?;
            self.count(reply.usage, notes);
            turns.push(Arc::new(Turn::Said(Spoken::from(&reply))));
            if let Some(Stop::Refused(why)) = &reply.stop {
                return Ok(give_up("refused", format!("The model refuses this: {why}")));
            }
            if !reply.safety_checks.is_empty() {
                notes.tell(safety_event(&reply.safety_checks, self.settings.allow_safety_checks));
                if !self.settings.allow_safety_checks {
                    return Ok(give_up("safety_check", unsafe_to_go_on(&reply.safety_checks)));
                }
            }
            let Some(why) = unclear(&reply, self.adapter.prose()) else {
                let (plan, calls, then) = self.plan(reply.calls, reply.text.trim(), seen.page);
                let end = then.clone().filter(|_| plan.is_empty());
                effects.act(plan.iter().map(|planned| &planned.action));
                self.remember(turns, Open { first_step: seen.step, calls, then }, effects);
                return Ok(end.unwrap_or(Next::Act(plan)));
            };
            let calls: Vec<OpenCall> = reply.calls.into_iter().map(OpenCall::not_read).collect();
            let open = Open { first_step: seen.step, calls, then: None };
            if asked_before {
                self.remember(turns, open, effects);
                return Ok(Next::Miss(why));
            }
            asked_before = true;
            notes.tell(Note::Error(why.clone()));
            let texts = if open.calls.is_empty() { vec![why] } else { Vec::new() };
            let again = Shown { outcomes: open.outcomes(&seen), texts, messages: Vec::new(), ..shown.clone() };
            turns.push(Arc::new(Turn::Shown(again)));
        }
    }
}

/// Why a turn cannot be carried out, for the model and for people.
fn unclear(reply: &Reply, prose: Prose) -> Option<String> {
    if reply.stop == Some(Stop::CutShort) {
        return Some("The answer was cut short, as it was too long. Answer with less text.".to_owned());
    }
    if reply.calls.is_empty() {
        return match prose {
            Prose::Answer if !reply.text.trim().is_empty() => None,
            _ => {
                Some("The answer calls no action. Call the one that comes next; if the task is done, call the one that ends it.".to_owned())
            }
        };
    }
    reply.calls.iter().find_map(|call| call.said.as_ref().err()).map(ToString::to_string)
}

/// Where the mouse is after an action.
fn place(action: &Action) -> Option<Point> {
    match action {
        Action::Click { coordinates }
        | Action::ClickHolding { coordinates, .. }
        | Action::DoubleClick { coordinates }
        | Action::TripleClick { coordinates }
        | Action::RightClick { coordinates }
        | Action::MiddleClick { coordinates }
        | Action::Move { coordinates }
        | Action::Scroll { coordinates, .. } => Some(*coordinates),
        Action::Drag { path } => path.last().copied(),
        Action::Navigate { .. }
        | Action::Back
        | Action::Forward
        | Action::Reload
        | Action::Type { .. }
        | Action::Keys { .. }
        | Action::Wait { .. }
        | Action::Screenshot => None,
    }
}

fn give_up(error_code: &str, result: String) -> Next {
    Next::GiveUp { error_code: error_code.to_owned(), result, retryable: false }
}

fn safety_event(checks: &[Value], allowed: bool) -> Note {
    let event = json!({ "type": "safety_check", "checks": checks, "allowed": allowed });
    Note::Event(event.as_object().cloned().unwrap_or_default())
}

fn unsafe_to_go_on(checks: &[Value]) -> String {
    let told: Vec<&str> = checks.iter().filter_map(|check| check.get("message")?.as_str()).collect();
    format!("The model wants a person to look at this before it goes on: {} Allow it with allow_safety_checks.", told.join(" "))
}

#[cfg(test)]
mod tests;
