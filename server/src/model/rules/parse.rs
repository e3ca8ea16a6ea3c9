//! From words to a plan: clauses, verbs, sites and limits.
//!
//! Every word ends in a goal, is known to say nothing, or is reported as unplaced.

use super::asks;
use super::by_name::by_name;
use super::clauses::{clauses, joins, trimmed, without_filler};
use super::conditions::{leading_condition, leading_place, says_not, verb_inside};
use super::deed::{Deed, Gesture, Move, Scroll};
use super::deeds;
use super::finding;
use super::idioms;
use super::keyboard;
use super::limit::limit;
use super::naming;
use super::places::{site, site_phrase};
use super::plan::{Goal, MOST_REPEATS, Plan, Unplaced};
use super::referents::{Use, left_by, resolved, uses};
use super::setting::labelled;
use super::tokens::Token;
use super::typing;
use super::verbs::{Verb, is_word, verb};
use super::words::{Word, words};

/// What an instruction asks for.
pub(super) fn instruction(text: &str) -> Result<Plan, Unplaced> {
    plan(text, false)
}

/// What a message to a running task asks for: more goals, or a limit for its lists.
pub(super) fn message(text: &str) -> Result<Plan, Unplaced> {
    plan(text, true)
}

fn plan(text: &str, to_running: bool) -> Result<Plan, Unplaced> {
    let mut plan = Plan::default();
    let mut unplaced = Vec::new();
    let mut is_understood = false;
    let mut referent: Option<Vec<Token>> = None;
    let (labelled, tokens) = labelled(text);
    for sentence in tokens.split(|token| *token == Token::Stop) {
        let before = plan.goals.len();
        if let [Token::Label(at)] = sentence {
            plan.goals.extend(labelled.get(*at).cloned());
            continue;
        }
        let mut condition = None;
        let mut place: Option<String> = None;
        // Of a place that no goal has taken yet.
        let mut place_words: Vec<String> = Vec::new();
        let clauses = clauses(sentence);
        let mut last_verb: &[Token] = &[];
        for (nth, clause) in clauses.iter().copied().enumerate() {
            // "Find the email by Ada and reply to it": it is not read.
            let used = clauses.get(nth + 1).and_then(|next| uses(next));
            let found = verb(without_filler(clause)).filter(|(verb, _)| used.is_some() && *verb == Verb::Tell);
            let first = plan.goals.len();
            let said = if nth > 0 && after_then(&clauses, nth) { said_again(clause, last_verb) } else { clause.to_vec() };
            let clause = resolved(&said, referent.as_deref());
            let clause = clause.as_slice();
            if let Some(shown) = leading_condition(clause) {
                condition = Some((first, shown));
            } else if let Some(near) = leading_place(clause) {
                place = Some(near);
                unplaced.append(&mut place_words);
                place_words = telling(clause).collect();
            } else if let Some(most) = limit(clause, to_running) {
                plan.limit = Some(most);
            } else if let Some((_, object)) = found {
                let object = trimmed(object);
                referent = Some(object.to_vec());
                if used == Some(Use::Part) {
                    plan.goals.push(Goal::Do(Deed::Scroll(Scroll::To(naming::target(object)))));
                }
                continue;
            } else {
                conditional(clause, &mut plan.goals, &mut unplaced);
                is_understood |= verb(without_filler(clause)).is_some();
            }
            if plan.goals.len() > first {
                referent = plan.goals.last().and_then(left_by).or(referent);
            }
            if let Some(near) = &place {
                for goal in plan.goals.iter_mut().skip(first) {
                    if goal.set_near(near) {
                        place_words.clear();
                    }
                }
            }
            if let Some((_, object)) = verb(without_filler(clauses.get(nth).copied().unwrap_or_default())) {
                let whole = clauses.get(nth).copied().map(without_filler).unwrap_or_default();
                last_verb = whole.get(..whole.len() - object.len()).unwrap_or_default();
            }
        }
        unplaced.append(&mut place_words);
        if let Some((at, (shown, not))) = condition {
            let goals = plan.goals.split_off(at.max(before));
            if goals.is_empty() {
                unplaced.extend(sentence.iter().filter_map(Token::text).map(str::to_owned));
            }
            plan.goals.push(Goal::If { shown, not, goals });
        }
    }
    let is_empty = plan.goals.is_empty() && plan.limit.is_none() && !is_understood;
    if is_empty || !unplaced.is_empty() { Err(Unplaced(unplaced)) } else { Ok(plan) }
}

/// The words that say something.
fn telling(tokens: &[Token]) -> impl Iterator<Item = String> {
    tokens.iter().filter_map(Token::text).filter(|word| !Word::is_small(word)).map(str::to_owned)
}

/// Whether the clause before ends with "then".
fn after_then(clauses: &[&[Token]], nth: usize) -> bool {
    nth.checked_sub(1).and_then(|before| clauses.get(before)).is_some_and(|before| is_word(before.last(), "then"))
}

/// "Expand A, then B": the verb counts again where none is said.
fn said_again(clause: &[Token], last_verb: &[Token]) -> Vec<Token> {
    let rest = without_filler(clause);
    let is_bare = !rest.is_empty() && verb(rest).is_none() && leading_condition(clause).is_none();
    if is_bare && limit(clause, false).is_none() { [last_verb, rest].concat() } else { clause.to_vec() }
}

/// A clause, with "until ..." or "if ..." at its end.
fn conditional(clause: &[Token], goals: &mut Vec<Goal>, unplaced: &mut Vec<String>) {
    let at =
        verb_inside(clause).filter(|_| verb(without_filler(clause)).is_none_or(|(verb, _)| verb != Verb::Wait && verb != Verb::Search));
    let Some((doing, condition)) = at.and_then(|at| clause.split_at_checked(at)) else {
        return goals_of(clause, goals, unplaced);
    };
    let mut inner = Vec::new();
    goals_of(doing, &mut inner, unplaced);
    let mut shown = deeds::condition(condition.get(1..).unwrap_or_default());
    if shown.is_empty() {
        // "Click Accept if it is shown."
        shown = inner.iter().flat_map(|goal| words(&goal.named())).collect();
    }
    if shown.is_empty() {
        unplaced.extend(condition.iter().filter_map(Token::text).map(str::to_owned));
    }
    let not = is_word(condition.first(), "unless") != says_not(condition);
    goals.push(match is_word(condition.first(), "until") {
        true => Goal::Until { shown, goals: inner, left: MOST_REPEATS },
        false => Goal::If { shown, not, goals: inner },
    });
}

/// The goals of one clause.
fn goals_of(clause: &[Token], goals: &mut Vec<Goal>, unplaced: &mut Vec<String>) {
    let mut rest = trimmed(clause);
    if let Some((site, after)) = site_phrase(rest) {
        goals.push(Goal::Visit { site, anew: false });
        rest = without_filler(after);
    } else if let Some((site, [])) = site(rest) {
        goals.push(Goal::Visit { site, anew: true });
        return;
    }
    if rest.is_empty() {
        return;
    }
    // "Use the search field to enter ...": the second verb says it all.
    if ["use", "using"].iter().any(|word| is_word(rest.first(), word))
        && let Some(at) = rest.iter().position(|token| is_word(Some(token), "to"))
        && let Some(after) = rest.get(at + 1..).filter(|after| verb(after).is_some())
    {
        rest = after;
    }
    // "Find and list ...": the last verb has the object.
    while let Some((_, after)) = verb(rest)
        && let Some((_, next)) = after.split_first().filter(|(first, _)| joins(first))
        && verb(next).is_some()
    {
        rest = next;
    }
    let Some((verb, object)) = verb(rest) else {
        unplaced.extend(telling(rest));
        return;
    };
    let placed = match verb {
        Verb::Go => finding::go(object, goals),
        Verb::Search => finding::search(object, goals),
        Verb::Click => deeds::click(object, Gesture::Click, goals),
        Verb::DoubleClick => deeds::click(object, Gesture::DoubleClick, goals),
        Verb::RightClick => deeds::click(object, Gesture::RightClick, goals),
        Verb::Hover => deeds::click(object, Gesture::Hover, goals),
        Verb::Check => deeds::check(object, Some(true), goals),
        Verb::Uncheck => deeds::check(object, Some(false), goals),
        Verb::Toggle => deeds::check(object, None, goals),
        Verb::Choose => deeds::choose(object, goals),
        Verb::Type => typing::typing(object, false, goals),
        Verb::Fill => typing::filling(object, goals),
        Verb::Clear => typing::clear(object, goals),
        Verb::Drag => deeds::drag(object, goals),
        Verb::Slide => deeds::slide(object, goals),
        Verb::Press => keyboard::press(object, goals),
        Verb::Scroll => deeds::scroll(object, goals),
        Verb::Wait => deeds::wait(object, goals),
        Verb::Expand => deeds::unfold(object, true, goals),
        Verb::Close => deeds::unfold(object, false, goals),
        Verb::LogIn => deeds::log_in(object, goals),
        Verb::LogOut => deeds::log_out(goals),
        Verb::Submit => deeds::submit(object, goals),
        Verb::Count => asks::count(object, goals),
        Verb::Named => by_name(rest, object, goals),
        Verb::Ensure => idioms::ensure(object, goals),
        Verb::Turn => idioms::turn(object, goals),
        Verb::Put if deeds::is_for_cart(object) => {
            let (what, _) = deeds::split_last(object, &["in", "into", "to"]);
            let said = [&[Token::Word("add".to_owned())], what].concat();
            by_name(&said, said.get(1..).unwrap_or_default(), goals)
        }
        Verb::Put if deeds::is_dragged(object) => deeds::drag(object, goals),
        Verb::Put => typing::typing(object, false, goals),
        Verb::Sort => idioms::sort(object, goals),
        Verb::Increase => idioms::step(object, true, goals),
        Verb::Decrease => idioms::step(object, false, goals),
        Verb::Send => idioms::send(object, goals),
        Verb::Back => idioms::history(Move::Back, object, goals),
        Verb::Forward => idioms::history(Move::Forward, object, goals),
        Verb::Reload => idioms::history(Move::Reload, object, goals),
        Verb::Explore => Ok(()),
        Verb::Tell if is_word(rest.first(), "check") && object.is_empty() => deeds::check_out(goals),
        Verb::Tell => finding::tell(object, false, goals),
        Verb::Summarize => finding::tell(object, true, goals),
    };
    match placed {
        Ok(()) => {}
        Err(Unplaced(words)) if words.is_empty() => unplaced.extend(rest.iter().filter_map(Token::text).map(str::to_owned)),
        Err(Unplaced(words)) => unplaced.extend(words),
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod parse_tests;
