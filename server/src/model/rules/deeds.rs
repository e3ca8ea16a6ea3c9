//! From clauses to deeds: what is clicked, ticked, chosen, dragged, pressed.

use super::asks::extreme;
use super::clauses::without_purpose;
use super::dates::Date;
use super::deed::{Deed, Figure, Gesture, Place, Scroll};
use super::idioms::times;
use super::naming::target;
use super::plan::{Goal, Unplaced, Which};
use super::target::{Kind, Target};
use super::tokens::Token;
use super::typing;
use super::verbs::is_word;
use super::words::{Word, fold, number, ordinal, words};

/// Names of buttons that log in.
pub(super) const LOG_IN: &[&str] = &["log in", "login", "sign in", "submit", "continue", "enter"];
pub(super) const LOG_OUT: &[&str] = &["log out", "logout", "sign out"];

pub(super) fn nothing() -> Unplaced {
    Unplaced(Vec::new())
}

/// The pieces between commas and "and".
pub(super) fn pieces(tokens: &[Token]) -> Vec<&[Token]> {
    let is_joint = |token: &Token| *token == Token::Pause || is_word(Some(token), "and") || is_word(Some(token), "&");
    tokens.split(is_joint).filter(|piece| !piece.is_empty()).collect()
}

pub(super) fn texts(tokens: &[Token]) -> Vec<String> {
    tokens.iter().filter_map(Token::text).map(fold).collect()
}

fn named(tokens: &[Token]) -> Result<Target, Unplaced> {
    Some(target(tokens)).filter(|target| !target.is_nothing()).ok_or_else(nothing)
}

/// "Click A", "double-click the second row", "click A, B and C".
pub(super) fn click(object: &[Token], gesture: Gesture, goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let (object, times) = times(without_purpose(object));
    if is_every_other(object) {
        return Err(nothing());
    }
    let parts = pieces(object);
    let has_more = parts.len() > 1;
    let quoted = |part: &&[Token]| matches!(part, [Token::Quoted(_)]);
    // "Click A and B" is two clicks where both are quoted, else A may have an "and" in it.
    let parts = if parts.len() > 1 && parts.iter().skip(1).all(quoted) { parts } else { vec![object] };
    for part in parts {
        if let Some((most, rest)) = extreme(part).filter(|_| gesture == Gesture::Click) {
            goals.push(Goal::Figure(Figure::Extreme { most, about: words(&rest), click: Some(target(part)) }));
            continue;
        }
        let mut target = named(part)?;
        // "Save and close" is one name, and not some part of it.
        target.is_quoted |= has_more;
        goals.extend(vec![Goal::Do(Deed::Click { target, gesture }); times]);
    }
    Ok(())
}

/// "Every second link", "all other boxes": these are counted, and that is not done.
fn is_every_other(object: &[Token]) -> bool {
    let said = texts(object);
    said.windows(2).any(
        |pair| matches!(pair, [every, nth] if ["every", "each"].contains(&every.as_str()) && (nth == "other" || ordinal(nth).is_some())),
    )
}

const DONE: &[&str] = &["checked", "complete", "completed", "done", "finished", "read", "selected"];

/// "Check A and B", "uncheck all boxes", "toggle the switch".
pub(super) fn check(object: &[Token], on: Option<bool>, goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    for part in pieces(object) {
        let part = match part {
            // "Mark A as done" ticks A.
            [rest @ .., a, state] if is_word(Some(a), "as") && DONE.iter().any(|done| is_word(Some(state), done)) => rest,
            part => part,
        };
        let said = texts(part);
        let every = said.iter().any(|word| ["all", "every", "everything", "each"].contains(&word.as_str()));
        let mut target = named(part)?;
        if target.kind == Kind::Any || (every && target.name.is_empty()) {
            target.kind = Kind::Checkbox;
        }
        if every {
            target.which = Some(Which::All);
            target.name.clear();
        }
        goals.push(Goal::Do(Deed::Check { target, on }));
    }
    Ok(())
}

/// What comes after these is what is chosen from, or for.
const CHOSEN_FOR: &[&str] = &["from", "in", "with", "using", "as", "on", "for", "to"];

/// "Select A and B from the list", "choose 12/31/2020 as the date", "select 5 with the slider",
/// "select A > B > C", "select nothing".
pub(super) fn choose(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let parts = pieces(object);
    if parts.len() > 1 && parts.iter().all(|part| split_last(part, CHOSEN_FOR).1.is_some()) {
        // "Lima for City, Aisle for Seat".
        return parts.into_iter().try_for_each(|part| choose(part, goals));
    }
    let (chosen, place) = split_last(object, CHOSEN_FOR);
    let list = place.map(target).unwrap_or_default();
    let plain = chosen.iter().filter_map(Token::text).collect::<Vec<_>>().join(" ");
    if fold(&plain) == "nothing" || fold(&plain) == "none" {
        return Ok(());
    }
    let times: Vec<&str> = chosen.iter().filter_map(Token::text).filter(|word| !["the", "time"].contains(word)).collect();
    let is_clock =
        |text: &&str| text.split_once(':').is_some_and(|(hour, minute)| hour.parse::<u8>().is_ok() && minute.parse::<u8>().is_ok());
    if times.first().is_some_and(is_clock) {
        goals.push(typing::given(&times.join(" "), Target { kind: Kind::Field, ..Target::default() }));
        return Ok(());
    }
    if let Some(date) = Date::parse(&plain) {
        goals.push(Goal::Do(Deed::Date { date, field: dated_field(list) }));
        return Ok(());
    }
    let measured = list.kind == Kind::Slider || list.phrase.to_lowercase().contains("slider");
    if let Some(value) = plain.parse::<f64>().ok().filter(|_| measured) {
        goals.push(Goal::Do(Deed::Slide { value, control: Target { kind: Kind::Slider, ..list } }));
        return Ok(());
    }
    if let Some((most, rest)) = extreme(object) {
        goals.push(Goal::Figure(Figure::Extreme { most, about: words(&rest), click: Some(target(object)) }));
        return Ok(());
    }
    let before = goals.len();
    for part in pieces(chosen) {
        let path: Vec<&[Token]> =
            part.split(|token| is_word(Some(token), ">") || is_word(Some(token), "→")).filter(|step| !step.is_empty()).collect();
        let steps = path.len();
        for step in path {
            let mut option = named(step)?;
            if option.kind == Kind::Any {
                option.kind = Kind::Option;
            }
            if option.kind == Kind::List && option.name.is_empty() {
                return Err(nothing());
            }
            let besides = goals.len() > before && steps == 1;
            goals.push(Goal::Do(Deed::Choose { option, list: list.clone(), besides }));
        }
    }
    if goals.len() == before { Err(nothing()) } else { Ok(()) }
}

/// A date goes into the field that is named; "the date" alone names none.
pub(super) fn dated_field(field: Target) -> Target {
    let says_more =
        words(&field.name).iter().any(|word| !["date", "picker", "calendar", "datepicker"].contains(&fold(&word.text).as_str()));
    if says_more { field } else { Target { kind: Kind::Field, ..Target::default() } }
}

/// What stands before the last of some words, and what after it; nothing after, no word.
pub(super) fn split_last<'a>(tokens: &'a [Token], at: &[&str]) -> (&'a [Token], Option<&'a [Token]>) {
    let found = (1..tokens.len().saturating_sub(1)).rev().find(|index| at.iter().any(|word| is_word(tokens.get(*index), word)));
    match found.and_then(|index| Some((tokens.get(..index)?, tokens.get(index + 1..)?))) {
        Some((before, after)) => (before, Some(after)),
        None => (tokens, None),
    }
}

/// "Put a pear into the cart": on a page nothing is carried there, something adds it.
pub(super) fn is_for_cart(object: &[Token]) -> bool {
    let (_, place) = split_last(object, &["in", "into", "to"]);
    place.is_some_and(|place| texts(place).last().is_some_and(|last| last == "cart"))
}

/// "Put the pear in the basket": no text, and no field to put it in.
pub(super) fn is_dragged(object: &[Token]) -> bool {
    let (_, place) = split_last(object, &["in", "into", "on", "onto"]);
    let is_text = object.iter().any(|token| matches!(token, Token::Quoted(_)));
    !is_text && place.is_some_and(|place| target(place).kind == Kind::Any)
}

/// "Drag A to B", "drag A to the 3rd position", "move the slider to 5".
pub(super) fn drag(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let said = texts(object);
    let away = [("left", (-1.0, 0.0)), ("right", (1.0, 0.0)), ("up", (0.0, -1.0)), ("down", (0.0, 1.0))];
    if let Some((_, (x, y))) = away.iter().find(|(word, _)| said.last().is_some_and(|last| last == word)) {
        let what = without_end(object, &["to", "the", "left", "right", "up", "down"]);
        goals.push(Goal::Do(Deed::Drag { what: named(what)?, to: Place::Away(*x, *y) }));
        return Ok(());
    }
    let (what, to) = split_last(object, &["to", "onto", "into", "on", "in", "over"]);
    let (Some(to), what) = (to, named(what)?) else { return Err(nothing()) };
    let goal = texts(to);
    let value = to.iter().find_map(|token| token.text()?.parse::<f64>().ok());
    if let Some(value) = value.filter(|_| what.kind == Kind::Slider) {
        goals.push(Goal::Do(Deed::Slide { value, control: what }));
        return Ok(());
    }
    let is_position =
        goal.iter().any(|word| ["position", "place", "spot", "top", "bottom", "end", "beginning", "start"].contains(&word.as_str()));
    let place = match goal.iter().find_map(|word| ordinal(word).or_else(|| number(word))) {
        _ if !is_position => Place::Onto(named(to)?),
        Some(nth) => Place::Position(nth),
        None if goal.iter().any(|word| ["bottom", "end", "last"].contains(&word.as_str())) => Place::End,
        None => Place::Position(1),
    };
    goals.push(Goal::Do(Deed::Drag { what, to: place }));
    Ok(())
}

/// The tokens before any of these words at the end.
fn without_end<'a>(mut tokens: &'a [Token], words: &[&str]) -> &'a [Token] {
    while let Some((last, before)) = tokens.split_last()
        && words.iter().any(|word| is_word(Some(last), word))
    {
        tokens = before;
    }
    tokens
}

/// "Slide the volume to 40".
pub(super) fn slide(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let (control, to) = split_last(object, &["to", "at"]);
    let value = to.and_then(|to| to.iter().find_map(|token| token.text()?.trim_end_matches('%').parse().ok()));
    let control = Target { kind: Kind::Slider, ..target(control) };
    goals.push(Goal::Do(Deed::Slide { value: value.ok_or_else(nothing)?, control }));
    Ok(())
}

/// "Scroll to the end", "scroll down", "scroll to the section Prices".
pub(super) fn scroll(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let said = texts(object);
    let says = |wanted: &[&str]| said.iter().any(|word| wanted.contains(&word.as_str()));
    let rest: Vec<_> = object
        .iter()
        .filter(|token| !["down", "up", "to", "until", "page"].iter().any(|word| is_word(Some(token), word)))
        .cloned()
        .collect();
    let named = target(&rest);
    let scroll = if says(&["bottom", "end"]) {
        Scroll::Bottom
    } else if says(&["top", "beginning", "start"]) {
        Scroll::Top
    } else if !named.name.is_empty() || named.kind != Kind::Any {
        Scroll::To(named)
    } else {
        Scroll::By(if says(&["up"]) { -0.8 } else { 0.8 })
    };
    goals.push(Goal::Do(Deed::Scroll(scroll)));
    Ok(())
}

/// "Wait for the results", "wait until Done is shown", "wait 2 seconds".
pub(super) fn wait(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let said = texts(object);
    let seconds = said.iter().any(|word| word.starts_with("second") || word == "s");
    if let Some(count) =
        said.iter().find_map(|word| word.parse::<f64>().ok().or_else(|| number(word).map(|n| n as f64))).filter(|_| seconds)
    {
        goals.push(Goal::Do(Deed::Pause { ms: (count.clamp(0.0, 60.0) * 1000.0) as u64 }));
        return Ok(());
    }
    let gone = said.iter().any(|word| ["disappears", "disappear", "gone", "vanishes", "hidden"].contains(&word.as_str()));
    let shown = condition(object);
    if shown.is_empty() {
        return Err(nothing());
    }
    goals.push(Goal::Do(Deed::Wait { shown, gone }));
    Ok(())
}

/// The words that are to be shown: "there is a button Next on the page".
pub(super) fn condition(tokens: &[Token]) -> Vec<Word> {
    const AROUND: &[&str] = &[
        "shown",
        "visible",
        "displayed",
        "appears",
        "appear",
        "exists",
        "present",
        "see",
        "page",
        "says",
        "say",
        "text",
        "message",
        "button",
        "link",
        "shows",
        "until",
        "disappears",
        "disappear",
        "gone",
        "vanishes",
        "hidden",
        "not",
        "no",
        "isn't",
        "displays",
        "reads",
        "comes",
        "up",
        "dialog",
        "popup",
        "open",
        "loaded",
        "word",
        "words",
        "does",
        "longer",
        "load",
        "loads",
        "finished",
        "ready",
        "completely",
    ];
    let quoted: Vec<_> = tokens.iter().filter(|token| matches!(token, Token::Quoted(_))).filter_map(Token::text).collect();
    if !quoted.is_empty() {
        return quoted.into_iter().flat_map(words).collect();
    }
    let said = tokens.iter().filter_map(Token::text).filter(|word| !AROUND.contains(&fold(word).as_str()));
    let said = words(&said.collect::<Vec<_>>().join(" "));
    let nouns = ["message", "dialog", "popup"];
    if said.is_empty() {
        return tokens.iter().filter_map(Token::text).filter(|word| nouns.contains(&fold(word).as_str())).flat_map(words).collect();
    }
    said
}

/// "Open the Settings menu", "expand the first section", "close the dialog".
pub(super) fn unfold(object: &[Token], open: bool, goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    // "Close the dialog by clicking the x" says how.
    let how = object.iter().position(|token| is_word(Some(token), "by") || is_word(Some(token), "using"));
    if let Some((how, rest)) = how.and_then(|at| Some((at, object.get(at + 1..)?))).filter(|(_, rest)| !rest.is_empty()) {
        let rest =
            if ["clicking", "pressing"].iter().any(|word| is_word(rest.first(), word)) { rest.get(1..).unwrap_or_default() } else { rest };
        let mut way = named(rest)?;
        if way.near.is_empty() && open {
            way.near = target(object.get(..how).unwrap_or_default()).name;
        }
        goals.push(Goal::Do(Deed::Click { target: way, gesture: Gesture::Click }));
        return Ok(());
    }
    for part in pieces(object) {
        let mut target = target(part);
        if texts(part).iter().any(|word| ["all", "every", "everything"].contains(&word.as_str())) {
            target.which = Some(Which::All);
        }
        goals.push(Goal::Do(Deed::Unfold { target, open }));
    }
    Ok(())
}

/// "Log in as bob with the password secret", "log in with user bob and password secret".
pub(super) fn log_in(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let after = |names: &[&str]| {
        let at = object.iter().rposition(|token| token.word().is_some_and(|word| names.contains(&fold(word).as_str())))?;
        object
            .get(at + 1..)?
            .iter()
            .filter(|token| !["is", "of", "the", "name"].iter().any(|word| is_word(Some(token), word)))
            .find_map(Token::text)
    };
    let mut quoted = object.iter().filter(|token| matches!(token, Token::Quoted(_))).filter_map(Token::text);
    let user = quoted.next().or_else(|| after(&["user", "username", "login", "email", "name"])).or_else(|| after(&["as"]));
    let password = quoted.next().or_else(|| after(&["password", "passphrase", "pin"]));
    if let Some(user) = user {
        // People log in by a name or an address; whichever field there is comes first.
        goals.push(typing::given(user, Target { phrase: "login".to_owned(), kind: Kind::Field, ..Target::named(Kind::Field, "user") }));
    }
    if let Some(password) = password {
        goals.push(typing::given(password, Target::named(Kind::Field, "password")));
    }
    goals.push(Goal::Do(Deed::Confirm { names: LOG_IN }));
    Ok(())
}

/// "Check out".
pub(super) fn check_out(goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    goals.push(Goal::Do(Deed::Confirm { names: &["checkout", "check out", "proceed"] }));
    Ok(())
}

/// "Log out".
pub(super) fn log_out(goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    goals.push(Goal::Do(Deed::Confirm { names: LOG_OUT }));
    Ok(())
}

/// "Submit", "submit the form", "submit the order form".
pub(super) fn submit(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let said = target(object);
    let is_form = said.name.is_empty() || ["form", "it", "answer", "order"].iter().any(|word| fold(&said.name).ends_with(word));
    if !is_form {
        return Err(Unplaced(vec![said.name]));
    }
    goals.push(Goal::Do(Deed::Submit));
    Ok(())
}
