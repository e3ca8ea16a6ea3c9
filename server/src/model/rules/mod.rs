//! `rules`: the offline model. Plain rules over the accessibility tree, no intelligence.
//!
//! An instruction becomes a `plan` of goals (`parse`, `object`). For each look at
//! the page the goal that is due says its next step (`visit`, `search`, `follow`,
//! `read`; for what is done with mouse and keyboard `acts` and `entry`, for what is
//! worked out `figures`): pure functions over the page and what was done for this goal
//! (`memory`). `target` finds what is named on pages with and without roles.
//! What is told at the end was read from pages, word for word (`answer`).

mod acts;
mod adding;
mod answer;
mod asks;
mod by_name;
mod choosing;
mod clauses;
mod conditions;
mod context;
mod counting;
mod dates;
mod deed;
mod deeds;
mod dialogs;
mod dragging;
mod entry;
mod extremes;
mod figures;
mod finding;
mod follow;
mod idioms;
mod keyboard;
mod labels;
mod limit;
mod lists;
mod memory;
mod naming;
mod nearness;
mod object;
mod parse;
mod parts;
mod places;
mod plan;
mod read;
mod referents;
mod revealing;
mod search;
mod setting;
mod sites;
mod sorting;
mod surroundings;
mod synonyms;
mod target;
mod tokens;
mod turning;
mod typing;
mod unfolding;
mod verbs;
mod view;
mod visit;
mod words;

use std::collections::VecDeque;

use async_trait::async_trait;

use self::acts::Now;
use self::answer::Answer;
use self::memory::{Effect, LOOK_AGAIN_MS, Memory, Step};
use self::plan::{Goal, MOST_REPEATS, Object, Plan, Unplaced, What};
use self::view::View;
use self::words::Word;
use super::{Brief, Model, ModelError, Next, Note, Notes, Observation, Planned};
use crate::computer::Action;

/// How often it goes back from pages that led nowhere, for one goal.
const MOST_BACKS: usize = 3;

/// How many looks a condition gets to come true.
const LOOKS_FOR_CONDITION: usize = 2;

/// The offline model: follows an instruction by plain rules.
///
/// The earlier conversation, the system prompt and the temperature mean nothing to it.
pub struct Rules {
    goals: VecDeque<(Goal, Memory)>,
    not_understood: Option<Unplaced>,
    last_goal: Option<Goal>,
    answers: Vec<Answer>,
    limit: Option<usize>,
}

impl Rules {
    /// A model for one task. An instruction that is not understood is told by the first decision.
    pub fn new(brief: Brief) -> Self {
        let (plan, not_understood) = match parse::instruction(&brief.instruction) {
            Ok(plan) => (plan, None),
            Err(unplaced) => (Plan::default(), Some(unplaced)),
        };
        let goals = plan.goals.into_iter().map(|goal| (goal, Memory::default())).collect();
        Self { goals, not_understood, last_goal: None, answers: Vec::new(), limit: plan.limit }
    }

    /// Takes in a message; what it could not use it names.
    fn take_in(&mut self, message: &str) -> Note {
        let plan = match parse::message(message) {
            Ok(plan) => plan,
            Err(unplaced) => return Note::NotUnderstood(format!("\"{message}\": {}", no_meaning(&unplaced))),
        };
        let told = self.answers.iter().any(|answer| answer.is_list);
        let lists = told || self.goals.iter().map(|(goal, _)| goal).chain(&plan.goals).chain(&self.last_goal).any(Goal::tells_list);
        if plan.limit.is_some() && !lists {
            return Note::NotUnderstood(format!("\"{message}\": nothing in this task tells a list that could be shortened"));
        }
        self.limit = plan.limit.or(self.limit);
        let mut changes: Vec<_> = plan.limit.iter().map(|most| format!("lists are told up to entry {most}")).collect();
        changes.extend(plan.goals.iter().map(|goal| format!("{goal} is looked for as well")));
        self.goals.extend(plan.goals.into_iter().map(|goal| (goal, Memory::default())));
        Note::Progress(format!("\"{message}\": {}", changes.join("; ")))
    }

    /// What remains to be told when all goals are reached: what a search found, else where it got.
    fn closing(&self, view: &View<'_>) -> Option<Goal> {
        if !self.answers.is_empty() {
            return None;
        }
        let (what, brief) = match &self.last_goal {
            None => (What::Item, false),
            Some(Goal::Search { query }) if read::is_about(view, query) => (What::Prose, true),
            Some(Goal::Search { .. }) if !lists::lists(view).is_empty() => (What::Item, false),
            // What the page says of a search without results.
            Some(Goal::Search { .. }) if read::has_prose(view) => (What::Prose, false),
            Some(_) => (What::Place, false),
        };
        Some(Goal::Read { object: Object::all(what), brief })
    }

    fn next(&mut self, view: &View<'_>, last_error: Option<&str>) -> Next {
        loop {
            if self.goals.is_empty() {
                match self.closing(view) {
                    Some(goal) => self.goals.push_back((goal, Memory::default())),
                    None => break,
                }
            }
            let read_next = self.goals.iter().skip(1).map(|(goal, _)| goal).take_while(|goal| matches!(goal, Goal::Read { .. }));
            let prose_follows = read_next.into_iter().any(Goal::tells_prose);
            if let Some((Goal::If { .. } | Goal::Until { .. }, _)) = self.goals.front() {
                if let Some(next) = self.decide_condition(view) {
                    return next;
                }
                continue;
            }
            let read = self.answers.last().map(|answer| answer.told(None));
            let has_acted = self.last_goal.is_some();
            let has_arrived = matches!(self.last_goal, Some(Goal::Visit { .. }));
            let Some((goal, memory)) = self.goals.front_mut() else { break };
            if !matches!(goal, Goal::Visit { .. }) && is_blank(&view.page.url) {
                let result = format!(
                    "No page is open and the instruction names no site where to look for {goal}: say which, such as \"on wikipedia.org\"."
                );
                return give_up("not_understood", result);
            }
            memory.look(view, goal.about());
            let effect = memory.settle(view, last_error);
            if effect == Effect::Waiting {
                return Next::Wait(LOOK_AGAIN_MS);
            }
            if !matches!(goal, Goal::Do(_) | Goal::Figure(_))
                && let Some(next) = clear_the_way(view, effect, memory)
            {
                return next;
            }
            let now = Now { effect, error: last_error, read: read.as_deref(), has_arrived };
            match advance(view, goal, prose_follows, now, memory) {
                // What was just done may not have brought everything yet.
                Advance::Next(Next::GiveUp { .. }) if matches!(goal, Goal::Read { .. }) && memory.may_come(view, has_acted) => {
                    return Next::Wait(LOOK_AGAIN_MS);
                }
                Advance::Next(next) => return next,
                Advance::Reached(answer) => {
                    self.answers.extend(answer);
                    self.last_goal = self.goals.pop_front().map(|(goal, _)| goal);
                    if matches!(self.last_goal, Some(Goal::Search { .. })) {
                        // What is read now is read from what was found; no other search is made for it.
                        let readings = self.goals.iter_mut().take_while(|(goal, _)| matches!(goal, Goal::Read { .. }));
                        readings.for_each(|(_, memory)| memory.has_searched = true);
                    }
                }
                Advance::Search(query) => self.goals.push_front((Goal::Search { query }, Memory::default())),
            }
        }
        Next::Finish(self.answers.iter().map(|answer| answer.told(self.limit)).collect::<Vec<_>>().join("\n\n"))
    }

    /// Puts the goals of a condition in its place, or none; `None` when that is done.
    fn decide_condition(&mut self, view: &View<'_>) -> Option<Next> {
        let (goal, mut memory) = self.goals.pop_front()?;
        let goals = match goal {
            Goal::If { shown, not, goals } => {
                // What is to be shown may still be on its way.
                if acts::shows(view, &shown) == not && memory.looks < LOOKS_FOR_CONDITION {
                    memory.looks += 1;
                    self.goals.push_front((Goal::If { shown, not, goals }, memory));
                    return Some(Next::Wait(LOOK_AGAIN_MS));
                }
                if acts::shows(view, &shown) == not { Vec::new() } else { goals }
            }
            Goal::Until { shown, .. } if acts::shows(view, &shown) => Vec::new(),
            Goal::Until { shown, left: 0, .. } => {
                let result = format!("\"{}\" did not come, although it was done {MOST_REPEATS} times.", words::joined(&shown));
                return Some(give_up("not_found", result));
            }
            Goal::Until { shown, goals, left } => {
                goals.iter().cloned().chain([Goal::Until { shown, goals: goals.clone(), left: left - 1 }]).collect()
            }
            other => vec![other],
        };
        for goal in goals.into_iter().rev() {
            self.goals.push_front((goal, Memory::default()));
        }
        None
    }
}

/// What comes of one step of a goal.
enum Advance {
    Next(Next),
    Reached(Option<Answer>),
    Search(String),
}

/// Lets a goal say its steps until one can be done.
fn advance(view: &View<'_>, goal: &Goal, prose_follows: bool, now: Now<'_>, memory: &mut Memory) -> Advance {
    let Now { mut effect, error: last_error, read, has_arrived } = now;
    loop {
        let step = match goal {
            Goal::Visit { site, anew } => visit::visit(view, site, *anew, last_error, memory),
            Goal::Search { query } => search::search(view, query, prose_follows, effect, memory),
            Goal::Follow(object) => follow::follow(view, object, effect, memory),
            Goal::Read { object, brief } => read::read(view, object, *brief, memory),
            Goal::Do(deed) => acts::act(view, deed, &Now { effect, error: last_error, read, has_arrived }, memory),
            Goal::Figure(figure) => figures::figure(view, figure, &Now { effect, error: last_error, read, has_arrived }, memory),
            Goal::If { .. } | Goal::Until { .. } => Step::Stuck,
        };
        let actions = match step {
            Step::Done(answer) => return Advance::Reached(answer),
            Step::Search(query) => {
                memory.has_searched = true;
                return Advance::Search(query);
            }
            Step::Look => return Advance::Next(Next::Wait(LOOK_AGAIN_MS)),
            Step::Stuck => return Advance::Next(go_back_or_give_up(goal, last_error, memory)),
            Step::Click { at, why } => memory.click(view, at, &why),
            Step::Focus { at, why } => memory.focus(view, at, &why),
            Step::Try(planned) => memory.count_action().map(|()| {
                memory.expect_change(view);
                vec![planned]
            }),
            Step::Act(planned) => memory.count_action().map(|()| planned),
        };
        match actions {
            Some(actions) => return Advance::Next(Next::Act(actions)),
            None if memory.is_spent() => return Advance::Next(give_up("not_found", not_found(goal, last_error, memory))),
            // What cannot be reached counts as tried; the next best comes now.
            None => effect = Effect::Failed,
        }
    }
}

/// A dialog over the page is taken away first; a banner when it may have caught a click.
fn clear_the_way(view: &View<'_>, effect: Effect, memory: &mut Memory) -> Option<Next> {
    let (at, why) = dialogs::way_out(view, effect == Effect::Failed, |key| memory.has_tried(key))?;
    memory.dismiss(view, at, &why, effect).map(Next::Act)
}

fn go_back_or_give_up(goal: &Goal, last_error: Option<&str>, memory: &mut Memory) -> Next {
    let can_go_back = matches!(goal, Goal::Read { .. }) && memory.backs < MOST_BACKS;
    match memory.leave().filter(|_| can_go_back) {
        Some(called) => Next::Act(vec![Planned { action: Action::Back, description: format!("{called} led to nothing that fits {goal}") }]),
        None => give_up("not_found", not_found(goal, last_error, memory)),
    }
}

/// For people: what was not found, and where it was looked for.
fn not_found(goal: &Goal, last_error: Option<&str>, memory: &Memory) -> String {
    let error = last_error.map(|error| format!(" The last action failed: {error}")).unwrap_or_default();
    match goal {
        Goal::Visit { site, .. } => format!("Could not open {site}.{error}"),
        _ => format!("Could not find {goal} on {}.{}{error}", memory.places.join(", "), nowhere(memory.unseen())),
    }
}

fn nowhere(unseen: &[Word]) -> String {
    let quoted: Vec<_> = unseen.iter().map(|word| format!("\"{}\"", word.text)).collect();
    if quoted.is_empty() { String::new() } else { format!(" Nothing there says {}.", quoted.join(" or ")) }
}

fn give_up(error_code: &str, result: String) -> Next {
    Next::GiveUp { error_code: error_code.to_owned(), result, retryable: false }
}

fn no_meaning(unplaced: &Unplaced) -> String {
    if unplaced.0.is_empty() { "there are no words to act on".to_owned() } else { format!("no meaning here for {unplaced}") }
}

/// Whether no page is open: a fresh browser shows an empty one.
fn is_blank(url: &str) -> bool {
    url.is_empty() || url.starts_with("about:") || url.starts_with("chrome:")
}

#[async_trait]
impl Model for Rules {
    fn name(&self) -> &str {
        "rules"
    }

    fn needs_computer(&self) -> bool {
        true
    }

    async fn decide(&mut self, seen: Observation<'_>, notes: &Notes) -> Result<Next, ModelError> {
        let Some(page) = seen.page else {
            let message = "the rules model reads the page, and was shown none".to_owned();
            return Err(ModelError { message, retryable: false, retry_after: None });
        };
        for message in seen.messages {
            notes.tell(self.take_in(message));
        }
        Ok(match &self.not_understood {
            Some(unplaced) => give_up("not_understood", format!("The instruction is not understood: {}.", no_meaning(unplaced))),
            None => self.next(&View::new(page), seen.last_error),
        })
    }
}

#[cfg(test)]
mod tests;
