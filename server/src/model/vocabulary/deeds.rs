//! What a verb and its members come to.

use serde_json::Value;
use url::Url;

use super::keys::{Chord, are_modifiers, chords};
use super::members::{Members, shown, squashed};
use super::names::{Axis, Button, Habits, Verb};
use super::{Dialect, Said, Unclear, scroll};
use crate::computer::Action;

const TEXT: &[&str] = &["text", "content", "value", "string", "message", "input", "inputtext", "texttotype", "data"];
const KEYS: &[&str] =
    &["keys", "key", "combination", "combo", "keycombination", "keycombo", "hotkey", "shortcut", "keyname", "text", "value", "content"];
const HELD: &[&str] = &["modifiers", "modifier", "modifierkeys", "holdkeys", "holdkey", "hold"];
const BUTTON: &[&str] = &["button", "mousebutton", "clicktype", "buttontype"];
const CLICKS: &[&str] = &["clickcount", "numclicks", "clicks", "count", "nclicks", "times", "numberofclicks"];
const PRESSES: &[&str] = &["presses", "repeat", "times", "count", "repetitions"];
const ENTER: &[&str] = &["pressenter", "enter", "submit", "pressenterafter", "hitenter", "pressenterkey", "sendenter"];
const CLEAR: &[&str] =
    &["clear", "clearbeforetyping", "clearfirst", "cleartext", "clearexisting", "clearfield", "deleteexistingtext", "replace", "overwrite"];
const SECONDS: &[&str] = &["seconds", "secs", "durationseconds", "timeseconds"];
const MILLISECONDS: &[&str] = &["ms", "milliseconds", "millis", "durationms", "timems", "waitms", "delayms"];
const TIME: &[&str] = &["time", "duration", "waittime", "amount", "delay", "value"];
const ADDRESS: &[&str] = &["url", "address", "link", "href", "website", "uri", "site", "page", "text", "value", "content"];
const ANSWER: &[&str] = &[
    "text",
    "answer",
    "finalanswer",
    "content",
    "message",
    "result",
    "response",
    "summary",
    "output",
    "value",
    "reason",
    "explanation",
    "question",
    "finalresult",
];
const OUTCOME: &[&str] = &["status", "outcome", "success", "goalstatus", "issuccessful", "successful"];

const SUCCESS: &[&str] = &["success", "successful", "succeeded", "complete", "completed", "done", "ok", "finished", "true", "yes", ""];
const FAILURE: &[&str] = &[
    "failure",
    "failed",
    "fail",
    "infeasible",
    "impossible",
    "error",
    "aborted",
    "incomplete",
    "unsuccessful",
    "notpossible",
    "giveup",
    "false",
    "no",
    "unable",
    "blocked",
];

/// The longest wait, in seconds.
const LONGEST: f64 = 60.0;
/// Nobody waits for so many seconds: milliseconds are meant.
const NO_SECONDS: f64 = 300.0;
/// Keys of one call, its repetitions counted.
const MOST_PRESSES: usize = 100;

pub(super) fn said(verb: Verb, members: &Members, dialect: &Dialect) -> Result<Said, Unclear> {
    let actions = match verb {
        Verb::Click(button, count) => click(button, count, members, dialect)?,
        Verb::Drag => {
            holds_nothing(members)?;
            vec![Action::Drag { path: dialect.path(members)? }]
        }
        Verb::Type(habits) => typed(habits, members, dialect)?,
        Verb::Keys => pressed(members)?,
        Verb::Scroll(axis) => scrolled(axis, members, dialect)?,
        Verb::Move => vec![Action::Move { coordinates: dialect.place(members)?.ok_or_else(|| no_place(dialect))? }],
        Verb::Wait(seconds) => vec![Action::Wait { ms: wait(seconds, members) }],
        Verb::Navigate => {
            let missing = || Unclear("the address is missing: give `url`, such as \"https://example.com/\"".to_owned());
            vec![Action::Navigate { url: address(&members.text(ADDRESS).ok_or_else(missing)?)? }]
        }
        Verb::Open => match members.text(ADDRESS).filter(|text| !text.trim().is_empty()) {
            Some(text) => vec![Action::Navigate { url: address(&text)? }],
            None => vec![Action::Screenshot],
        },
        Verb::Back => vec![Action::Back],
        Verb::Forward => vec![Action::Forward],
        Verb::Reload => vec![Action::Reload],
        Verb::Look => vec![Action::Screenshot],
        Verb::End => return end(members),
        Verb::Fail => return Ok(Said::Failed(members.text(ANSWER).unwrap_or_default())),
        Verb::Other(why) => return Err(Unclear(why.to_owned())),
    };
    Ok(Said::Do(actions))
}

fn no_place(dialect: &Dialect) -> Unclear {
    Unclear(format!("the place is missing: give `coordinate`, as {}", dialect.right_place()))
}

fn keys(names: &[&str]) -> Action {
    Action::Keys { keys: names.iter().map(|name| (*name).to_owned()).collect() }
}

fn click(button: Button, count: u64, members: &Members, dialect: &Dialect) -> Result<Vec<Action>, Unclear> {
    let (mut button, mut count) = (button, count);
    if (button, count) == (Button::Left, 1) {
        let said = members.text(BUTTON).unwrap_or_default();
        match squashed(&said).trim_start_matches("mouse").trim_end_matches("button").trim_end_matches("click") {
            "" | "left" | "primary" | "single" | "0" | "1" => {}
            "right" | "secondary" | "3" => button = Button::Right,
            "middle" | "wheel" | "center" | "2" => button = Button::Middle,
            "double" => count = 2,
            "triple" => count = 3,
            "back" => return Ok(vec![Action::Back]),
            "forward" => return Ok(vec![Action::Forward]),
            _ => return Err(Unclear(format!("there is no mouse button {}: right are left, middle, right", shown(&said)))),
        }
        count = members.number(CLICKS).map_or(count, |clicks| clicks.clamp(1.0, 3.0) as u64);
    }
    let coordinates = match dialect.place(members)? {
        Some(place) => place,
        None if dialect.clicks_at_mouse => dialect.mouse,
        None => return Err(no_place(dialect)),
    };
    if (button, count) != (Button::Left, 1) {
        holds_nothing(members)?;
    }
    Ok(match (button, count) {
        (Button::Left, 1) => match held(members) {
            keys if keys.is_empty() => vec![Action::Click { coordinates }],
            keys => vec![Action::ClickHolding { coordinates, keys }],
        },
        (Button::Left, 2) => vec![Action::DoubleClick { coordinates }],
        (Button::Left, _) => vec![Action::TripleClick { coordinates }],
        (Button::Right, count) => (0..count).map(|_| Action::RightClick { coordinates }).collect(),
        (Button::Middle, count) => (0..count).map(|_| Action::MiddleClick { coordinates }).collect(),
    })
}

/// The keys held meanwhile. A text is a label, or what else a model notes, unless it consists
/// of such keys.
fn held(members: &Members) -> Chord {
    members.all(HELD).chain(members.all(&["keys", "key", "text"])).find_map(modifiers).unwrap_or_default()
}

/// The keys of a value, if all only change what others do.
fn modifiers(value: &Value) -> Option<Chord> {
    Some(chords(value).ok()?.concat()).filter(|keys| !keys.is_empty() && are_modifiers(keys))
}

fn holds_nothing(members: &Members) -> Result<(), Unclear> {
    if held(members).is_empty() {
        return Ok(());
    }
    let text =
        "keys can be held in a single left click only: do this without them, or do the same by keys, as with [\"Shift\", \"ArrowDown\"]";
    Err(Unclear(text.to_owned()))
}

fn typed(habits: Habits, members: &Members, dialect: &Dialect) -> Result<Vec<Action>, Unclear> {
    let missing = || Unclear("the text is missing: give it as `text`".to_owned());
    let text = members.text(TEXT).ok_or_else(missing)?;
    let clears = members.flag(CLEAR).unwrap_or(habits.clears);
    let enters = members.flag(ENTER).unwrap_or(habits.enters) && !text.ends_with('\n');
    let mut actions: Vec<Action> = dialect.place(members)?.map(|coordinates| Action::Click { coordinates }).into_iter().collect();
    if clears {
        actions.push(keys(&["Control", "a"]));
        if text.is_empty() {
            actions.push(keys(&["Backspace"]));
        }
    }
    if !text.is_empty() {
        actions.push(Action::Type { text });
    }
    if enters {
        actions.push(keys(&["Enter"]));
    }
    if actions.is_empty() { Err(Unclear("the text is empty: there is nothing to type".to_owned())) } else { Ok(actions) }
}

fn pressed(members: &Members) -> Result<Vec<Action>, Unclear> {
    let missing = || Unclear("the key is missing: give `keys`, such as [\"Control\", \"a\"] or [\"Enter\"]".to_owned());
    let mut presses = chords(members.first(KEYS).ok_or_else(missing)?.1)?;
    if presses.iter().all(Chord::is_empty) {
        return Err(missing());
    }
    if let (Some(mut held), Some(first)) = (members.all(HELD).find_map(modifiers), presses.first_mut()) {
        held.retain(|key| !first.contains(key));
        first.splice(0..0, held);
    }
    let most = MOST_PRESSES / presses.len().max(1);
    let times = members.number(PRESSES).map_or(1, |times| times as usize).clamp(1, most.max(1));
    let actions: Vec<Action> = presses.into_iter().map(|keys| Action::Keys { keys }).collect();
    Ok(std::iter::repeat_n(actions, times).flatten().collect())
}

fn scrolled(axis: Axis, members: &Members, dialect: &Dialect) -> Result<Vec<Action>, Unclear> {
    holds_nothing(members)?;
    let (delta_x, delta_y) = scroll::way(axis, members, dialect)?;
    Ok(vec![Action::Scroll { coordinates: dialect.place(members)?.unwrap_or(dialect.mouse), delta_x, delta_y }])
}

/// Milliseconds.
fn wait(usual: f64, members: &Members) -> u64 {
    let seconds = match (members.number(MILLISECONDS), members.number(SECONDS), members.number(TIME)) {
        (Some(milliseconds), ..) => milliseconds / 1000.0,
        (_, Some(seconds), _) => seconds,
        (.., Some(time)) if time >= NO_SECONDS => time / 1000.0,
        (.., Some(time)) => time,
        _ => usual,
    };
    (seconds.clamp(0.0, LONGEST) * 1000.0).round() as u64
}

/// An address as people write it.
fn address(text: &str) -> Result<String, Unclear> {
    let text = text.trim().trim_matches(['"', '\'', '<', '>', '`']).trim();
    let wrong = |why: &str| Unclear(format!("{} is not an address that can be opened: {why}", shown(text)));
    let (before, after) = text.split_once(':').unwrap_or((text, ""));
    let is_port =
        after.split(['/', '?', '#']).next().is_some_and(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    let has_scheme = text.contains(':') && !is_port && !before.contains(['.', '/', '?', '#', '[']) && !before.is_empty();
    if has_scheme && !["http", "https"].iter().any(|scheme| before.eq_ignore_ascii_case(scheme)) {
        return Err(wrong("right is one that begins with https:// or http://"));
    }
    let local = ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| text.starts_with(host));
    let scheme = if local { "http" } else { "https" };
    let whole = if has_scheme { text.to_owned() } else { format!("{scheme}://{}", text.trim_start_matches('/')) };
    match Url::parse(&whole) {
        Ok(url) if url.host().is_some() => Ok(whole),
        Ok(_) => Err(wrong("it names no host; right is one such as https://example.com/")),
        Err(error) => Err(wrong(&format!("{error}; right is one such as https://example.com/"))),
    }
}

fn end(members: &Members) -> Result<Said, Unclear> {
    let text = members.text(ANSWER).unwrap_or_default();
    let outcome = members.first(OUTCOME).map(|(_, value)| match value {
        Value::String(word) => word.clone(),
        value => value.to_string(),
    });
    let Some(word) = outcome else { return Ok(Said::Done(text)) };
    let squashed = squashed(&word);
    if SUCCESS.contains(&squashed.as_str()) {
        return Ok(Said::Done(text));
    }
    if FAILURE.contains(&squashed.as_str()) {
        return Ok(Said::Failed(text));
    }
    Err(Unclear(format!("there is no status {}: right are success, failure", shown(&word))))
}
