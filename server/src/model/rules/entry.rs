//! Putting values in: text into fields, dates into fields and calendars, sliders to a value.

use super::acts::{Now, press};
use super::context::called;
use super::dates::{Date, shown_month};
use super::deed::{Deed, Gesture, Text};
use super::labels::plain;
use super::memory::{Effect, Memory, Reach, Step};
use super::revealing::missing;
use super::setting::{has_choices, set};
use super::target::{FIELDS, Found, Kind, Target, WHOLE, find};
use super::turning::to_turn;
use super::view::View;
use crate::computer::{Action, Point};
use crate::model::Planned;

/// Other names for the field of a name that people log in by.
const USER: &[&str] = &["username", "user name", "user", "login", "email", "e-mail", "name", "account"];

/// What people say for it.
const LOGINS: &[&str] = &["username", "user name", "user", "login", "account"];

/// Half of the handle of a slider, in CSS pixels.
const HANDLE: f64 = 8.0;

/// The most months that are turned over in a calendar.
const MOST_MONTHS: i64 = 36;

pub(super) fn enter(view: &View<'_>, deed: &Deed, now: &Now<'_>, memory: &mut Memory) -> Step {
    match deed {
        Deed::Type { text, field } => match text {
            Text::Given(text) => {
                let is_no_field = !field.name.is_empty() && !has_field(view, field, memory);
                match is_no_field && (has_choices(view, field) || text.parse::<i64>().is_ok()) {
                    true => set(view, text, field, now, memory),
                    false => type_text(view, text, field, memory),
                }
            }
            Text::Read => match now.read {
                Some(text) => type_text(view, text, field, memory),
                None => Step::Stuck,
            },
            Text::Labelled(phrase) => {
                let (field, text) = memory.split.get_or_insert_with(|| labelled(view, phrase, field)).clone();
                type_text(view, &text, &field, memory)
            }
        },
        Deed::Date { date, field } => enter_date(view, date, field, now, memory),
        Deed::Complete { starts, ends, field } => complete(view, starts, ends, field, now, memory),
        Deed::Slide { value, control } => slide(view, *value, control, memory),
        _ => Step::Stuck,
    }
}

fn key_press(key: &str, description: String) -> Planned {
    Planned { action: Action::Keys { keys: key.split('+').map(str::to_owned).collect() }, description }
}

/// Where the label ends and the text begins: at the longest label that some field has.
fn labelled(view: &View<'_>, phrase: &str, field: &Target) -> (Target, String) {
    let parts: Vec<&str> = phrase.split(' ').collect();
    for split in (1..parts.len()).rev() {
        let label = Target::named(Kind::Field, &parts.get(..split).unwrap_or_default().join(" "));
        let found = find(view, &label, |at| is_field(view, at));
        if found.first().is_some_and(|best| best.fit > WHOLE) {
            return (label, parts.get(split..).unwrap_or_default().join(" "));
        }
    }
    (field.clone(), phrase.to_owned())
}

/// Whether text goes in here.
pub(super) fn is_field(view: &View<'_>, at: usize) -> bool {
    FIELDS.contains(&view.role(at)) && !view.within(at).any(|inner| view.role(inner) == "option")
}

/// Whether there is a field for it.
pub(super) fn has_field(view: &View<'_>, target: &Target, memory: &Memory) -> bool {
    field(view, target, memory).is_some()
}

/// The field that is meant, and why that one.
fn field(view: &View<'_>, target: &Target, memory: &Memory) -> Option<(usize, String)> {
    let of = |at: usize, why: &str| Some((at, format!("{} {why}", called(view, at))));
    let may = |at: usize| is_field(view, at);
    let fields: Vec<usize> =
        view.all().filter(|at| may(*at) && view.is_drawn(*at) && view.node(*at).is_some_and(|node| !node.states.disabled)).collect();
    if let Some(at) = memory.field.and_then(|nth| fields.get(nth)) {
        return of(*at, "was chosen before");
    }
    let secret = |at: &usize| view.node(*at).is_some_and(|node| node.states.secret);
    let why = |found: &Found| Some((found.at, found.why(view, target)));
    if target.name.is_empty() && target.which.is_none() && target.near.is_empty() {
        let in_front = |at: &&usize| view.modal().is_none_or(|dialog| view.within(dialog).contains(*at));
        let is_empty = |at: &&usize| view.node(**at).is_some_and(|node| node.value.as_deref().unwrap_or_default().is_empty());
        let focused = fields.iter().find(|at| view.node(**at).is_some_and(|node| node.states.focused) && is_empty(at));
        return match focused.or_else(|| fields.iter().filter(in_front).find(is_empty)) {
            Some(at) => of(*at, "is the first empty field"),
            None => of(*fields.first()?, "is the first field"),
        };
    }
    if let Some(best) = find(view, &Target { kind: Kind::Field, ..target.clone() }, may).first() {
        return why(best);
    }
    let name = plain(&target.name);
    if name.contains("password")
        && let Some(at) = fields.iter().copied().find(secret)
    {
        return of(at, "hides what is typed");
    }
    if LOGINS.contains(&name.as_str()) && fields.iter().any(secret) {
        let named =
            USER.iter().find_map(|other| find(view, &Target::named(Kind::Field, other), |at| may(at) && !secret(&at)).into_iter().next());
        let before_password = || fields.windows(2).find_map(|pair| Some(*pair.first()?).filter(|_| pair.last().is_some_and(secret)));
        return match named {
            Some(best) => of(best.at, "is what people log in by"),
            None => of(before_password()?, "stands before the password"),
        };
    }
    match fields.as_slice() {
        [only] => of(*only, "is the only field"),
        _ => None,
    }
}

/// Clicks into the field, replaces what it holds, sees whether it has the text.
pub(super) fn type_text(view: &View<'_>, text: &str, target: &Target, memory: &mut Memory) -> Step {
    let Some((at, why)) = field(view, target, memory) else {
        return missing(view, memory);
    };
    let Some(node) = view.node(at) else { return Step::Stuck };
    let value = node.value.as_deref().unwrap_or_default();
    if memory.typed > 1 && value.is_empty() && !text.is_empty() && !node.states.secret && says_value(view, at) {
        // Nothing that was typed has arrived.
        return Step::Stuck;
    }
    if memory.typed > 0 && (node.states.secret || value == text || memory.typed > 1) {
        return Step::Done(None);
    }
    if memory.typed == 0 && value == text && !node.states.secret {
        return Step::Done(None);
    }
    // Once it holds text it may fit no more: "the first empty field".
    memory.field = view
        .all()
        .filter(|other| is_field(view, *other) && view.is_drawn(*other) && view.node(*other).is_some_and(|node| !node.states.disabled))
        .position(|other| other == at);
    if !node.states.focused && memory.focused < 2 {
        return Step::Focus { at, why };
    }
    memory.typed += 1;
    if node.role == "inputtime"
        && let (Some(digits), Some(place), Some(point)) = (keyed_time(text), node.bounds, view.point(at))
    {
        // Its parts are typed one after the other, the hour first.
        memory.typed += 1;
        let coordinates = Point(place.x + 12.0, point.1);
        return Step::Act(vec![
            Planned { action: Action::Click { coordinates }, description: format!("{} begins with the hour", called(view, at)) },
            Planned { action: Action::Type { text: digits }, description: "the hour, the minutes and the half of the day".to_owned() },
        ]);
    }
    let mut steps = Vec::new();
    if !value.is_empty() {
        steps.push(key_press("Control+a", format!("{} holds other text", called(view, at))));
    }
    steps.push(match text.is_empty() {
        true => key_press("Delete", format!("{} is to be empty", called(view, at))),
        // The text itself is not told: it may be a secret that the page does not mark as one.
        false => {
            Planned { action: Action::Type { text: text.to_owned() }, description: format!("the text goes into {}", called(view, at)) }
        }
    });
    Step::Act(steps)
}

/// Whether a field says what it holds: one without a role of its own may not.
fn says_value(view: &View<'_>, at: usize) -> bool {
    ["textbox", "searchbox"].contains(&view.role(at))
}

/// "4:30 PM", "16:30": as time fields of an English browser take it.
fn keyed_time(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let clock: String = lower.chars().filter(|mark| mark.is_ascii_digit() || *mark == ':').collect();
    let (hour, minute) = clock.split_once(':')?;
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    let late = lower.contains("pm") || lower.contains("p.m") || hour >= 12 && !lower.contains("am");
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    Some(format!("{hour:02}{minute:02}{}", if late { "PM" } else { "AM" }))
}

fn enter_date(view: &View<'_>, date: &Date, target: &Target, now: &Now<'_>, memory: &mut Memory) -> Step {
    const DATED: &[&str] = &["date", "datetime"];
    if memory.stage == 2 {
        return Step::Done(None);
    }
    if let Some(step) = turn_calendar(view, date, now, memory) {
        return step;
    }
    let native = find(view, &Target { kind: Kind::Field, ..target.clone() }, |at| DATED.contains(&view.role(at)))
        .into_iter()
        .next()
        .map(|found| found.at);
    let native = native.or_else(|| view.all().find(|at| DATED.contains(&view.role(*at)) && view.is_drawn(*at)));
    if let Some(at) = native {
        let Some(Reach::At(point)) = memory.reach(view, at, "") else { return missing(view, memory) };
        let left = view.node(at).and_then(|node| node.bounds).map_or(point.0, |place| place.x + 12.0);
        memory.stage = 2;
        return Step::Act(vec![
            Planned {
                action: Action::Click { coordinates: Point(left, point.1) },
                description: format!("{} takes a date", called(view, at)),
            },
            Planned { action: Action::Type { text: date.keyed() }, description: "the month, the day and the year".to_owned() },
        ]);
    }
    if memory.stage == 0 {
        // A click may open a calendar; only where it does not, the date is typed.
        let Some((at, why)) = field(view, target, memory) else { return missing(view, memory) };
        memory.stage = 1;
        return match press(view, at, why, Gesture::Click, memory) {
            Step::Act(scroll) => {
                memory.stage = 0;
                Step::Act(scroll)
            }
            step => step,
        };
    }
    type_text(view, &date.written, target, memory)
}

/// Turns a calendar to the month and clicks the day, where a calendar is shown.
fn turn_calendar(view: &View<'_>, date: &Date, now: &Now<'_>, memory: &mut Memory) -> Option<Step> {
    let texts: Vec<usize> = view.all().filter(|at| view.role(*at) == "text" && view.is_drawn(*at) && !view.name(*at).is_empty()).collect();
    let one = |at: &usize| shown_month(&view.name(*at)).map(|month| (*at, month));
    let two = |pair: &[usize]| {
        let (first, second) = (*pair.first()?, *pair.last()?);
        shown_month(&format!("{} {}", view.name(first), view.name(second))).map(|month| (second, month))
    };
    let (header, month) = texts.iter().find_map(one).or_else(|| texts.windows(2).find_map(two))?;
    let away = date.months_after(month);
    if away == 0 {
        let day = date.day.to_string();
        let days: Vec<usize> = texts.iter().copied().filter(|at| *at > header && view.name(*at) == day).collect();
        // The end of the month before and the beginning of the next may be shown as well.
        let at = if date.day > 15 { days.last() } else { days.first() };
        memory.stage = 2;
        return Some(press(view, *at?, format!("day {day} of the month that is shown"), Gesture::Click, memory));
    }
    if away.abs() > MOST_MONTHS || now.effect == Effect::Failed && memory.reveals > 0 {
        return None;
    }
    let turn = to_turn(view, away > 0)?;
    memory.reveals += 1;
    Some(press(view, turn, format!("{} turns the calendar towards {}", called(view, turn), date.iso()), Gesture::Click, memory))
}

/// Types the beginning and chooses what is suggested.
fn complete(view: &View<'_>, starts: &str, ends: &str, target: &Target, now: &Now<'_>, memory: &mut Memory) -> Step {
    if memory.stage > 0 && now.effect != Effect::Idle {
        return Step::Done(None);
    }
    if memory.typed == 0 {
        return match type_text(view, starts, target, memory) {
            Step::Done(_) => Step::Stuck,
            step => step,
        };
    }
    let fits = |at: &usize| {
        let name = view.name(*at).to_lowercase();
        ["option", "menuitem", "listitem", "text", "link", "button"].contains(&view.role(*at))
            && view.is_drawn(*at)
            && name.starts_with(&starts.to_lowercase())
            && name.ends_with(&ends.to_lowercase())
            && !view.ancestors(*at).any(|up| FIELDS.contains(&view.role(up)) && is_field(view, up))
    };
    match view.all().filter(fits).min_by_key(|at| view.role(*at) == "text") {
        Some(at) => {
            memory.stage = 1;
            press(view, at, format!("{} begins with \"{starts}\" and ends with \"{ends}\"", called(view, at)), Gesture::Click, memory)
        }
        None => missing(view, memory),
    }
}

/// The number that a control stands at.
fn value_of(view: &View<'_>, at: usize) -> Option<f64> {
    let node = view.node(at)?;
    node.value.as_deref().unwrap_or("0").trim_end_matches('%').trim().parse().ok()
}

/// Sets a slider by its ends, a click between them and the arrow keys; a spinner by typing.
fn slide(view: &View<'_>, wanted: f64, target: &Target, memory: &mut Memory) -> Step {
    let is_slider = |at: usize| ["slider", "spinbutton"].contains(&view.role(at));
    let found = find(view, &Target { kind: Kind::Slider, ..target.clone() }, is_slider).into_iter().next();
    let only = || view.all().find(|at| is_slider(*at) && view.is_drawn(*at));
    let Some(at) = found.as_ref().map(|found| found.at).or_else(only) else { return missing(view, memory) };
    if view.role(at) == "spinbutton" && memory.typed > 0 {
        return Step::Done(None);
    }
    // A text field that says it is a spinner may not say its value.
    let unknown = (view.role(at) == "spinbutton").then_some(f64::NAN);
    let Some(now) = value_of(view, at).or(unknown) else { return Step::Stuck };
    if (now - wanted).abs() < 1e-9 && (view.role(at) == "slider" || memory.typed > 0) {
        return Step::Done(None);
    }
    if view.role(at) == "spinbutton" && memory.typed == 0 {
        let fields = view
            .all()
            .filter(|other| is_field(view, *other) && view.is_drawn(*other) && view.node(*other).is_some_and(|node| !node.states.disabled));
        memory.field = fields.into_iter().position(|other| other == at);
        let text = Target { kind: Kind::Field, ..Target::default() };
        return type_text(view, &wanted.to_string(), &text, memory);
    }
    let press_key = |key: &str, why: &str| Step::Act(vec![key_press(key, format!("{} {why}", called(view, at)))]);
    memory.stage += 1;
    match memory.stage {
        1 => Step::Focus { at, why: format!("{} is what can be set", called(view, at)) },
        2 => press_key("Home", "shows where it begins"),
        3 => {
            memory.ends.0 = now;
            press_key("End", "shows where it ends")
        }
        4 => {
            memory.ends.1 = now;
            let (low, high) = memory.ends;
            let (Some(Point(_, y)), Some(place)) = (view.point(at), view.node(at).and_then(|node| node.bounds)) else { return Step::Stuck };
            let part = if high > low { ((wanted - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
            let x = place.x + HANDLE + (place.width - 2.0 * HANDLE) * part;
            Step::Act(vec![Planned {
                action: Action::Click { coordinates: Point(x.round(), y) },
                description: format!("about where {wanted} is"),
            }])
        }
        5..=12 => {
            let key = if now < wanted { "ArrowRight" } else { "ArrowLeft" };
            // How far one key goes is seen the first time.
            let step = memory.last_value.replace(now).map(|last| (last - now).abs()).filter(|step| *step > 0.0 && memory.stage == 6);
            let times = step.map_or(1.0, |step| ((wanted - now).abs() / step).round().clamp(1.0, 12.0)) as usize;
            Step::Act(vec![key_press(key, format!("{} is at {now}, on the way to {wanted}", called(view, at))); times])
        }
        _ => Step::Stuck,
    }
}
