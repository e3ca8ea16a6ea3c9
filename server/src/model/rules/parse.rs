//! From words to a plan: clauses, verbs, sites and limits.
//!
//! Every word ends in a goal, is known to say nothing, or is reported as unplaced.

use url::Url;

use super::asks;
use super::conditions::{leading_condition, leading_place, says_not, verb_inside};
use super::deed::Gesture;
use super::deeds;
use super::keyboard;
use super::limit::limit;
use super::object;
use super::plan::{Goal, MOST_REPEATS, Object, Plan, Unplaced, What, Which};
use super::sites;
use super::tokens::{Token, tokens};
use super::typing;
use super::verbs::{Verb, is_word, verb};
use super::words::{Word, fold, ordinal, words};

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

/// Words that tie a site to a verb: "on Wikipedia".
const AT: &[&str] = &["at", "from", "in", "on", "using", "via"];

/// Words that a site's name may carry: "the GitHub website".
const SITE_NOUNS: &[&str] = &["home", "homepage", "page", "site", "website"];

/// What an instruction asks for.
pub(super) fn instruction(text: &str) -> Result<Plan, Unplaced> {
    plan(text, false)
}

/// What a message to a running task asks for: more goals, or a limit for its lists.
pub(super) fn message(text: &str) -> Result<Plan, Unplaced> {
    plan(text, true)
}

fn plan(text: &str, to_running: bool) -> Result<Plan, Unplaced> {
    let tokens = tokens(text);
    let mut plan = Plan::default();
    let mut unplaced = Vec::new();
    let mut is_understood = false;
    for sentence in tokens.split(|token| *token == Token::Stop) {
        let before = plan.goals.len();
        let mut condition = None;
        let mut place = None;
        let clauses = clauses(sentence);
        for (nth, clause) in clauses.iter().copied().enumerate() {
            // "Find the email by Ada and reply to it": it is opened and not read.
            let is_used = clauses.get(nth + 1).and_then(|next| verb(without_filler(next))).is_some_and(|(verb, _)| verb == Verb::Named);
            let found = verb(without_filler(clause)).filter(|(verb, _)| is_used && *verb == Verb::Tell);
            let first = plan.goals.len();
            if let Some(shown) = leading_condition(clause) {
                condition = Some((first, shown));
            } else if let Some(near) = leading_place(clause) {
                place = Some(near);
            } else if let Some(most) = limit(clause, to_running) {
                plan.limit = Some(most);
            } else if let Some((_, object)) = found {
                if deeds::click(trimmed(object), Gesture::Click, &mut plan.goals).is_err() {
                    unplaced.extend(object.iter().filter_map(Token::text).map(str::to_owned));
                }
            } else {
                conditional(clause, &mut plan.goals, &mut unplaced);
                is_understood |= verb(without_filler(clause)).is_some();
            }
            if let Some(near) = &place {
                plan.goals.iter_mut().skip(first).for_each(|goal| goal.set_near(near));
            }
        }
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

/// Cuts a sentence at commas and joining words where a new clause begins.
fn clauses(sentence: &[Token]) -> Vec<&[Token]> {
    let mut found = Vec::new();
    let mut start = 0;
    for at in 1..sentence.len() {
        let (Some(before), Some(rest)) = (sentence.get(at - 1), sentence.get(at..)) else { continue };
        let says_something = sentence
            .get(start..at)
            .is_some_and(|clause| verb(without_filler(clause)).is_none_or(|(_, object)| stands_alone(clause) || !object.iter().all(joins)));
        if joins(before) && says_something && begins_clause(rest) {
            found.extend(sentence.get(start..at));
            start = at;
        }
    }
    found.extend(sentence.get(start..));
    found.retain(|clause| clause.iter().any(|token| token.text().is_some()));
    found
}

/// Whether a new clause may begin after this.
fn joins(token: &Token) -> bool {
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

/// Whether a verb needs no object: "submit", "log out", "scroll down".
fn stands_alone(clause: &[Token]) -> bool {
    verb(without_filler(clause)).is_some_and(|(verb, _)| matches!(verb, Verb::Submit | Verb::LogIn | Verb::LogOut | Verb::Scroll))
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
        unplaced.extend(rest.iter().filter_map(Token::text).filter(|word| !Word::is_small(word)).map(str::to_owned));
        return;
    };
    let placed = match verb {
        Verb::Go => go(object, goals),
        Verb::Search => search(object, goals),
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
        Verb::Named => deeds::by_name(rest, object, goals),
        Verb::Explore => Ok(()),
        Verb::Tell => tell(object, false, goals),
        Verb::Summarize => tell(object, true, goals),
    };
    match placed {
        Ok(()) => {}
        Err(Unplaced(words)) if words.is_empty() => unplaced.extend(rest.iter().filter_map(Token::text).map(str::to_owned)),
        Err(Unplaced(words)) => unplaced.extend(words),
    }
}

fn go(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    match site(object) {
        Some((site, rest)) => {
            goals.push(Goal::Visit { site, anew: true });
            placed_all(rest)
        }
        None => click(object, goals),
    }
}

fn click(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let object = with_site(object, goals);
    let mut object = object::parse(&object)?;
    if !matches!(object.what, What::Link | What::Item) {
        object.what = What::Named;
        if object.about.is_empty() {
            return Err(Unplaced(Vec::new()));
        }
    }
    goals.push(Goal::Follow(object));
    Ok(())
}

fn tell(object: &[Token], brief: bool, goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let before = goals.len();
    let object = with_site(object, goals);
    if let Some(figure) = asks::figure(&object).filter(|_| !brief) {
        goals.push(Goal::Figure(figure));
        return Ok(());
    }
    if object.is_empty() && goals.len() > before {
        goals.push(Goal::Read { object: Object::all(What::Prose), brief });
        return Ok(());
    }
    let mut start = 0;
    // "The title and the first paragraph" are two things to tell.
    for at in 1..=object.len() {
        let is_next = object.get(at - 1).is_some_and(joins) && object.get(at..).is_some_and(object::begins);
        if is_next || at == object.len() {
            let part = object::parse(trimmed(object.get(start..at).unwrap_or_default()))?;
            push_reading(goals, part, brief);
            start = at;
        }
    }
    if start == 0 { Err(Unplaced(Vec::new())) } else { Ok(()) }
}

/// "Find the repositories and tell me the top 5" is one list, and not two.
fn push_reading(goals: &mut Vec<Goal>, object: Object, brief: bool) {
    let only_limits = object.what == What::Item && object.which == Which::All && object.about.is_empty() && object.limit.is_some();
    match goals.last_mut() {
        Some(Goal::Read { object: before, .. }) if only_limits && before.limit.is_none() => before.limit = object.limit,
        _ => goals.push(Goal::Read { object, brief }),
    }
}

/// "Wikipedia for X", "on Wikipedia for X", "for X on Wikipedia", "X in the search field".
fn search(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let mut rest = object;
    if let Some((site, after)) = site_phrase(rest).or_else(|| site(rest).filter(|(_, after)| is_word(after.first(), "for"))) {
        goals.push(Goal::Visit { site, anew: false });
        rest = after;
    }
    rest = without(rest, &["for"]);
    for end in ["in the search field", "in the search box", "in the search bar", "using the search field", "using the search box"] {
        let words: Vec<_> = end.split(' ').collect();
        let split = rest.len().saturating_sub(words.len());
        let (query, tail) = rest.split_at(split);
        if tail.iter().map(|token| token.word().map(fold)).eq(words.iter().map(|word| Some((*word).to_owned()))) {
            rest = query;
        }
    }
    // The site comes last, so that "life in Google" may be searched for on Wikipedia.
    let at_end = (1..rest.len()).rev().find_map(|at| {
        let (query, tail) = (rest.get(..at)?, rest.get(at..)?);
        site_phrase(tail).filter(|(_, after)| after.is_empty()).map(|(site, _)| (query, site))
    });
    if let Some((query, site)) = at_end {
        goals.push(Goal::Visit { site, anew: false });
        rest = query;
    }
    let quoted = rest.iter().filter(|token| matches!(token, Token::Quoted(_))).count();
    let query = if quoted == 1 {
        let others: Vec<_> = rest.iter().filter(|token| token.word().is_some()).cloned().collect();
        placed_all(&others)?;
        rest.iter().find(|token| matches!(token, Token::Quoted(_))).and_then(Token::text).unwrap_or_default().to_owned()
    } else {
        rest.iter().filter_map(Token::text).collect::<Vec<_>>().join(" ")
    };
    if query.is_empty() {
        return Err(Unplaced(Vec::new()));
    }
    goals.push(Goal::Search { query });
    Ok(())
}

/// Takes "on Wikipedia", "Wikipedia's" or the "Wikipedia" of "Wikipedia article" out of an
/// object and makes it a goal.
fn with_site(object: &[Token], goals: &mut Vec<Goal>) -> Vec<Token> {
    for at in 0..object.len() {
        let (Some(before), Some(rest)) = (object.get(..at), object.get(at..)) else { continue };
        let possessive = rest.first().and_then(Token::word).is_some_and(|word| word.ends_with("'s") || word.ends_with("’s"));
        let Some((site, after)) =
            (if possessive { site(rest) } else { site_phrase(rest).or_else(|| site_of_article(rest)).or_else(|| address(rest)) })
        else {
            continue;
        };
        goals.push(Goal::Visit { site, anew: false });
        return before.iter().chain(after).cloned().collect();
    }
    object.to_vec()
}

/// "Wikipedia article ...", the noun left in place.
fn site_of_article(tokens: &[Token]) -> Option<(Url, &[Token])> {
    let (site, take) = sites::leading(&leading_words(tokens))?;
    let rest = tokens.get(take..)?;
    let is_article = ["article", "articles", "entry", "page"].iter().any(|noun| is_word(rest.first(), noun));
    is_article.then_some((site, rest))
}

/// "https://example.com", "of example.com/about", "example.com/about": an address that is
/// no mere name with a dot.
fn address(tokens: &[Token]) -> Option<(Url, &[Token])> {
    let after_of = tokens.strip_prefix(&[Token::Word("of".to_owned())]);
    let (first, rest) = after_of.unwrap_or(tokens).split_first()?;
    let word = first.word().filter(|word| word.contains('/') || (after_of.is_some() && word.contains('.')))?;
    let (site, _) = sites::leading(&[word])?;
    Some((site, rest))
}

/// "On Wikipedia ...": a site after a word that ties it to a verb.
pub(super) fn site_phrase(tokens: &[Token]) -> Option<(Url, &[Token])> {
    let (first, rest) = tokens.split_first()?;
    let at = fold(first.word()?);
    site(rest).filter(|_| AT.contains(&at.as_str()))
}

/// "The GitHub website ...": a site and what may stand around it.
fn site(tokens: &[Token]) -> Option<(Url, &[Token])> {
    let rest = without(tokens, &["the", "website", "site"]);
    let (site, take) = sites::leading(&leading_words(rest))?;
    let rest = without(rest.get(take..)?, SITE_NOUNS);
    Some((site, rest.strip_prefix(&[Token::Pause]).unwrap_or(rest)))
}

/// The tokens after any of these words.
fn without<'a>(mut tokens: &'a [Token], words: &[&str]) -> &'a [Token] {
    while let Some((first, rest)) = tokens.split_first()
        && words.iter().any(|word| is_word(Some(first), word))
    {
        tokens = rest;
    }
    tokens
}

/// The unquoted words at the beginning.
fn leading_words(tokens: &[Token]) -> Vec<&str> {
    tokens.iter().map_while(Token::word).collect()
}

pub(super) fn without_filler(mut tokens: &[Token]) -> &[Token] {
    while let Some((first, rest)) = tokens.split_first() {
        let fills = *first == Token::Pause || first.word().is_some_and(|word| BEFORE.contains(&fold(word).as_str()));
        if !fills || verb(tokens).is_some() {
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

/// Whether the words left over say nothing; those that do are named.
fn placed_all(rest: &[Token]) -> Result<(), Unplaced> {
    let left: Vec<_> =
        rest.iter().filter_map(Token::text).filter(|word| !Word::is_small(word) && ordinal(word).is_none()).map(str::to_owned).collect();
    if left.is_empty() { Ok(()) } else { Err(Unplaced(left)) }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod parse_tests;
