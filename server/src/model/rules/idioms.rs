//! From clauses to deeds where the verb alone does not say it: "make sure ... is checked",
//! "turn ... off", "sort by ...", "go back", "the next page", "send ... to ...".

use super::deed::{Deed, Gesture, Move};
use super::deeds::{self, nothing, split_last, texts};
use super::naming::target;
use super::plan::{Goal, Unplaced};
use super::target::{Kind, Target};
use super::tokens::Token;
use super::typing;
use super::verbs::is_word;
use super::words::{fold, number, ordinal};

/// States in which something is to be, and whether that is on.
const STATES: &[(&str, bool)] = &[
    ("activated", true),
    ("active", true),
    ("checked", true),
    ("chosen", true),
    ("deactivated", false),
    ("deselected", false),
    ("disabled", false),
    ("enabled", true),
    ("off", false),
    ("on", true),
    ("selected", true),
    ("ticked", true),
    ("unchecked", false),
    ("unselected", false),
    ("unticked", false),
];

/// "Make sure that X is checked", "ensure Wi-Fi is not on".
pub(super) fn ensure(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let is = object.iter().rposition(|token| ["is", "are", "stays"].iter().any(|word| is_word(Some(token), word))).ok_or_else(nothing)?;
    let (what, state) = (object.get(..is).unwrap_or_default(), object.get(is + 1..).unwrap_or_default());
    let what = what.strip_prefix(&[Token::Word("that".to_owned())]).unwrap_or(what);
    let not = is_word(state.first(), "not");
    let [state] = state.get(usize::from(not)..).unwrap_or_default() else { return Err(nothing()) };
    let said = state.text().map(fold).unwrap_or_default();
    if ["shown", "visible", "displayed", "there"].contains(&said.as_str()) {
        return deeds::wait(object, goals);
    }
    let on = STATES.iter().find(|(name, _)| *name == said).ok_or_else(nothing)?.1;
    deeds::check(what, Some(on != not), goals)
}

/// "Turn the light off", "switch everything on".
pub(super) fn turn(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let (last, what) = object.split_last().ok_or_else(nothing)?;
    let on = ["off", "on"].iter().position(|word| is_word(Some(last), word)).ok_or_else(nothing)?;
    deeds::check(what, Some(on == 1), goals)
}

/// Phrases that say an order, and whether that is the largest first.
const ORDERS: &[(&str, bool)] = &[
    ("in ascending order", false),
    ("in descending order", true),
    ("from high to low", true),
    ("from low to high", false),
    ("highest to lowest", true),
    ("lowest to highest", false),
    ("high to low", true),
    ("low to high", false),
    ("highest first", true),
    ("largest first", true),
    ("newest first", true),
    ("lowest first", false),
    ("smallest first", false),
    ("oldest first", false),
    ("cheapest first", false),
    ("a to z", false),
    ("z to a", true),
    ("ascending", false),
    ("descending", true),
];

/// Takes the order out of what is sorted.
fn without_sort_order(object: &[Token]) -> (Vec<Token>, Option<bool>) {
    for (phrase, descending) in ORDERS {
        let wanted: Vec<&str> = phrase.split(' ').collect();
        let is_said = |window: &[Token]| window.iter().zip(&wanted).all(|(token, word)| is_word(Some(token), word));
        if let Some(at) = object.windows(wanted.len()).position(is_said) {
            let rest = object.iter().enumerate().filter(|(nth, token)| !(at..at + wanted.len()).contains(nth) && **token != Token::Pause);
            return (rest.map(|(_, token)| token.clone()).collect(), Some(*descending));
        }
    }
    (object.to_vec(), None)
}

/// "Sort the table by price, highest first": what the column, or the order, is called is clicked.
pub(super) fn sort(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let (object, descending) = without_sort_order(object);
    let (_, by) = match object.first() {
        Some(first) if is_word(Some(first), "by") => (object.as_slice(), object.get(1..)),
        _ => split_last(&object, &["by"]),
    };
    let by = target(by.ok_or_else(nothing)?);
    if by.is_nothing() || by.phrase.split(' ').any(|word| fold(word) == "order") {
        return Err(nothing());
    }
    goals.push(Goal::Do(Deed::Sort { by: Target { near: String::new(), ..by }, descending }));
    Ok(())
}

/// "Increase the number of children by two".
pub(super) fn step(object: &[Token], up: bool, goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let (what, by) = split_last(object, &["by"]);
    if by.is_none() && what.iter().any(|token| is_word(Some(token), "to")) {
        return typing::filling(object, goals);
    }
    let times = match by {
        Some([times]) => times.text().and_then(number).ok_or_else(nothing)?,
        Some(_) => return Err(nothing()),
        None => 1,
    };
    let of = what.iter().position(|token| is_word(Some(token), "of")).map_or(0, |at| at + 1);
    let what = target(what.get(of..).unwrap_or_default());
    let sign = if up { "+" } else { "-" };
    let control = Target { near: what.name, is_quoted: true, ..Target::named(Kind::Any, sign) };
    goals.extend(vec![Goal::Do(Deed::Click { target: control, gesture: Gesture::Click }); times]);
    Ok(())
}

/// "Send it", "send the form", "send the message "x" to Ada".
pub(super) fn send(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let written = object.iter().find(|token| matches!(token, Token::Quoted(_))).and_then(Token::text);
    let (_, to) = split_last(object, &["to"]);
    let said = texts(object);
    let is_bare = said.iter().all(|word| ["the", "a", "form", "message", "it", "reply", "email", "off", "mail"].contains(&word.as_str()));
    match (written, to) {
        (None, _) if is_bare => {}
        (Some(written), to) => {
            if let Some(to) = to.map(target).filter(|to| !to.is_nothing()) {
                goals.push(Goal::Do(Deed::Click { target: Target { kind: Kind::Any, ..to }, gesture: Gesture::Click }));
            }
            goals.push(typing::given(written, Target { kind: Kind::Field, ..Target::default() }));
        }
        _ => return Err(nothing()),
    }
    goals.push(Goal::Do(Deed::Submit));
    Ok(())
}

/// "Go back", "reload twice": where the words after the verb say no more than how often.
pub(super) fn history(how: Move, object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let (rest, times) = times(object);
    let how = if how == Move::Back && texts(rest).iter().any(|word| word == "previous") { Move::Previous } else { how };
    let known = ["the", "page", "to", "previous", "last", "one", "this", "site", "a", "it", "in", "browser", "step"];
    match texts(rest).into_iter().find(|word| !known.contains(&word.as_str())) {
        // "Go back to the list" is more than a step back.
        Some(word) => Err(Unplaced(vec![word])),
        None => {
            goals.extend(vec![Goal::Do(Deed::Move { how }); times]);
            Ok(())
        }
    }
}

/// "Page 3", "the next page twice", "the last page": which page of several.
pub(super) fn page(object: &[Token], goals: &mut Vec<Goal>) -> Option<()> {
    let (rest, times) = times(object);
    let said: Vec<String> = texts(rest).into_iter().filter(|word| word != "the").collect();
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    let how = match said.as_slice() {
        ["next", "page" | "slide" | "month" | "one"] => Move::Next,
        ["previous" | "prev", "page" | "slide" | "month" | "one"] => Move::Previous,
        ["last", "page"] => Move::Last,
        ["first", "page"] => Move::Page(1),
        ["page", "number", nth] | ["page", nth] => Move::Page(number(nth)?),
        [nth, "page"] => Move::Page(ordinal(nth)?),
        _ => return None,
    };
    goals.extend(vec![Goal::Do(Deed::Move { how }); times]);
    Some(())
}

/// What stands before "twice" or "three times" at the end, and how often that is.
pub(super) fn times(object: &[Token]) -> (&[Token], usize) {
    let before = |length: usize| object.len().checked_sub(length).and_then(|end| object.get(..end)).unwrap_or_default();
    match object {
        [.., last] if is_word(Some(last), "twice") => (before(1), 2),
        [.., last] if is_word(Some(last), "once") => (before(1), 1),
        [.., count, last] if is_word(Some(last), "times") => match count.word().and_then(number) {
            Some(count) => (before(2), count.min(MOST_TIMES)),
            None => (object, 1),
        },
        _ => (object, 1),
    }
}

/// How often one thing is done at most.
const MOST_TIMES: usize = 50;
