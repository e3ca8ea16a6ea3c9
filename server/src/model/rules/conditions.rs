//! Conditions and places that a sentence begins or ends with.

use super::clauses::{trimmed, without_filler};
use super::deeds;
use super::naming;
use super::places::site_phrase;
use super::tokens::Token;
use super::verbs::{is_word, verb};
use super::words::Word;

/// "If the banner is shown", "unless it says Done": words, and whether they must not be there.
pub(super) fn leading_condition(clause: &[Token]) -> Option<(Vec<Word>, bool)> {
    let rest = trimmed(clause);
    let not = is_word(rest.first(), "unless");
    let is_condition = not || ["if", "when", "once"].iter().any(|word| is_word(rest.first(), word));
    let shown = deeds::condition(rest.get(1..)?);
    (is_condition && !shown.is_empty() && verb_inside(rest).is_none()).then(|| (shown, not != says_not(rest)))
}

pub(super) fn says_not(tokens: &[Token]) -> bool {
    ["not", "no", "isn't"].iter().any(|not| tokens.iter().any(|token| is_word(Some(token), not)))
}

/// Where a condition at the end begins.
pub(super) fn verb_inside(tokens: &[Token]) -> Option<usize> {
    tokens.iter().skip(1).position(|token| ["until", "if", "unless"].iter().any(|word| is_word(Some(token), word))).map(|at| at + 1)
}

/// "For the user Bob, ...", "in the dialog, ...": where the rest of the sentence is done; not a place within another.
pub(super) fn leading_place(clause: &[Token]) -> Option<String> {
    let (last, rest) = clause.split_last()?;
    let is_place = ["for", "in", "under", "inside", "within"].iter().any(|word| is_word(rest.first(), word));
    let ends = *last == Token::Pause && site_phrase(clause).is_none();
    let place = naming::target(rest.get(1..)?);
    let is_one = is_place && ends && verb(without_filler(rest)).is_none() && place.near.is_empty();
    is_one.then_some(if place.name.is_empty() { place.phrase } else { place.name })
}
