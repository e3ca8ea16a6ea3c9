//! From clauses to what is opened, searched for and read.

use super::asks;
use super::clauses::{joins, trimmed};
use super::deed::{Deed, Figure};
use super::deeds::split_last;
use super::idioms;
use super::naming::target;
use super::object;
use super::places::{site, site_phrase, with_site, without};
use super::plan::{Goal, Object, Unplaced, What, Which};
use super::target::Kind;
use super::tokens::Token;
use super::verbs::is_word;
use super::words::{Word, fold, ordinal, words};

pub(super) fn go(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    match site(object) {
        Some((site, rest)) => {
            goals.push(Goal::Visit { site, anew: true });
            placed_all(rest)
        }
        None if idioms::page(object, goals).is_some() => Ok(()),
        None => open(object, goals),
    }
}

/// "Open the Settings menu", "open A > B": a tab, a menu, a section or a folder is opened
/// where it is; anything else is followed.
fn open(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let steps: Vec<&[Token]> = object.split(|token| [">", "→", "›"].iter().any(|sign| is_word(Some(token), sign))).collect();
    if steps.len() > 1 {
        for step in steps {
            goals.push(Goal::Do(Deed::Unfold { target: target(step), open: true }));
        }
        return Ok(());
    }
    let named = target(object);
    let opens = matches!(named.kind, Kind::Tab | Kind::Menu | Kind::Dialog | Kind::Branch | Kind::List);
    if opens && !named.name.is_empty() {
        goals.push(Goal::Do(Deed::Unfold { target: named, open: true }));
        return Ok(());
    }
    if let Some((most, rest)) = asks::extreme(object) {
        goals.push(Goal::Figure(Figure::Extreme { most, about: words(&rest), click: Some(named) }));
        return Ok(());
    }
    click(object, goals)
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

pub(super) fn tell(object: &[Token], brief: bool, goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let before = goals.len();
    let object = with_site(object, goals);
    let object = with_part(&object, goals)?;
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

/// Takes "on the Specs tab", "on the prices page" out of an object and makes it a goal.
fn with_part(object: &[Token], goals: &mut Vec<Goal>) -> Result<Vec<Token>, Unplaced> {
    let (before, Some(place)) = split_last(object, &["on", "in", "from"]) else { return Ok(object.to_vec()) };
    let is_tab = place.last().is_some_and(|last| is_word(Some(last), "tab"));
    let is_page = place.last().is_some_and(|last| is_word(Some(last), "page"));
    let named = target(place);
    let says_which = place.iter().filter_map(Token::text).filter(|word| !Word::is_small(word) && ordinal(word).is_none()).count() > 1;
    if !says_which || before.is_empty() || !(is_tab || is_page) {
        return Ok(object.to_vec());
    }
    if is_tab {
        goals.push(Goal::Do(Deed::Unfold { target: named, open: true }));
    } else {
        click(place, goals)?;
    }
    Ok(before.to_vec())
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
pub(super) fn search(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
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

/// Whether the words left over say nothing; those that do are named.
fn placed_all(rest: &[Token]) -> Result<(), Unplaced> {
    let left: Vec<_> =
        rest.iter().filter_map(Token::text).filter(|word| !Word::is_small(word) && ordinal(word).is_none()).map(str::to_owned).collect();
    if left.is_empty() { Ok(()) } else { Err(Unplaced(left)) }
}
