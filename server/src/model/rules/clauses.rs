//! Where one clause ends and the next begins, and the words around them that change nothing.

use super::limit::limit;
use super::places::{leading_words, site_phrase};
use super::sites;
use super::tokens::Token;
use super::verbs::{Verb, is_word, verb};
use super::words::fold;

/// Words before a verb that change nothing.
const BEFORE: &[&str] = &[
    "afterwards",
    "also",
    "and",
    "but",
    "can",
    "could",
    "finally",
    "first",
    "help",
    "i",
    "i'd",
    "just",
    "kindly",
    "let's",
    "like",
    "me",
    "need",
    "next",
    "now",
    "please",
    "so",
    "then",
    "to",
    "want",
    "would",
    "you",
];

/// Words at the end of a clause that change nothing.
const AFTER: &[&str] = &["and", "but", "here", "now", "please", "thanks", "then", "there"];

/// Cuts a sentence at commas and joining words where a new clause begins.
pub(super) fn clauses(sentence: &[Token]) -> Vec<&[Token]> {
    let mut found = Vec::new();
    let mut start = 0;
    for at in 1..sentence.len() {
        let (Some(before), Some(rest)) = (sentence.get(at - 1), sentence.get(at..)) else { continue };
        let says_something = sentence
            .get(start..at)
            .is_some_and(|clause| verb(without_filler(clause)).is_none_or(|(_, object)| stands_alone(clause) || !object.iter().all(joins)));
        let again = is_word(Some(before), "then") && rest.iter().any(|token| token.text().is_some());
        if joins(before) && says_something && (begins_clause(rest) || again) {
            found.extend(sentence.get(start..at));
            start = at;
        }
    }
    found.extend(sentence.get(start..));
    found.retain(|clause| clause.iter().any(|token| token.text().is_some()));
    found
}

/// A clause without what it is done for: "to delete it".
pub(super) fn without_purpose(clause: &[Token]) -> &[Token] {
    match clause {
        [rest @ .., to, doing, last]
            if is_word(Some(to), "to")
                && verb(std::slice::from_ref(doing)).is_some()
                && ["it", "them", "that"].iter().any(|word| is_word(Some(last), word)) =>
        {
            rest
        }
        _ => clause,
    }
}

/// Whether a new clause may begin after this.
pub(super) fn joins(token: &Token) -> bool {
    *token == Token::Pause || ["and", "but", "then"].iter().any(|word| is_word(Some(token), word))
}

fn begins_clause(rest: &[Token]) -> bool {
    let rest = without_filler(rest);
    let clause = rest.split(|token| *token == Token::Pause).next().unwrap_or_default();
    limit(clause, false).is_some()
        || verb(rest).is_some_and(|(verb, after)| {
            // "Search" and "list" are nouns as well: "binary trees and search algorithms".
            let bare_search = verb == Verb::Search && rest.len() - after.len() == 1;
            (!after.is_empty() || stands_alone(rest))
                && (!bare_search || sites::leading(&leading_words(after)).is_some() || matches!(after.first(), Some(Token::Quoted(_))))
        })
        || site_phrase(rest).is_some_and(|(_, after)| after.is_empty() || begins_clause(after))
}

/// Verbs that are the name of a button and need no object.
const BUTTONS: &[&str] =
    &["accept", "apply", "cancel", "confirm", "continue", "download", "finish", "proceed", "publish", "register", "save", "subscribe"];

fn texts_of(clause: &[Token]) -> usize {
    clause.iter().filter(|token| token.text().is_some()).count()
}

/// Whether a verb needs no object: "submit", "log out", "scroll down", "save".
fn stands_alone(clause: &[Token]) -> bool {
    let clause = without_filler(clause);
    let is_button = || clause.first().and_then(Token::word).is_some_and(|word| BUTTONS.contains(&fold(word).as_str()));
    if matches!(clause, [check, out, ..] if is_word(Some(check), "check") && is_word(Some(out), "out")) && texts_of(clause) == 2 {
        return true;
    }
    if is_button() && clause.iter().skip(1).all(|token| token.text().is_none() || is_word(Some(token), "then")) {
        return true;
    }
    verb(without_filler(clause)).is_some_and(|(verb, _)| {
        matches!(verb, Verb::Submit | Verb::LogIn | Verb::LogOut | Verb::Scroll | Verb::Back | Verb::Reload | Verb::Send)
    })
}

pub(super) fn without_filler(mut tokens: &[Token]) -> &[Token] {
    let mut wishes = false;
    while let Some((first, rest)) = tokens.split_first() {
        // "I would like to ..." asks for no "Like" to be pressed.
        let is_wish = wishes && is_word(Some(first), "like");
        wishes = ["i'd", "would", "i"].iter().any(|word| is_word(Some(first), word));
        let fills = *first == Token::Pause || first.word().is_some_and(|word| BEFORE.contains(&fold(word).as_str()));
        if !fills || (verb(tokens).is_some() && !is_wish) {
            break;
        }
        tokens = rest;
    }
    tokens
}

/// A clause without what changes nothing at its ends.
pub(super) fn trimmed(clause: &[Token]) -> &[Token] {
    let mut rest = without_filler(clause);
    while let Some((last, before)) = rest.split_last() {
        let fills = *last == Token::Pause || last.word().is_some_and(|word| AFTER.contains(&fold(word).as_str()));
        if !fills {
            break;
        }
        rest = before;
    }
    rest
}
