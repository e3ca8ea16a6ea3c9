//! Turning: back and forth in what was shown before, and in the pages of a list; and the
//! order of its entries.

use super::acts::{once, press};
use super::context::called;
use super::deed::{Gesture, Move};
use super::labels::labels;
use super::memory::{Memory, Step};
use super::revealing::missing;
use super::view::View;
use super::words::words;
use crate::computer::Action;
use crate::model::Planned;

const NEXT: &[&str] = &["next", "next page", "next slide", "next month", "›", ">", "»", "→", "▶", "►", "older"];
const PREVIOUS: &[&str] = &["prev", "previous", "previous page", "previous slide", "previous month", "‹", "<", "«", "←", "◀", "◄", "newer"];
const LAST: &[&str] = &["last", "last page", "»|", ">>", "⏭"];

/// Roles of what is turned by.
const TURNS: &[&str] = &["button", "link", "text", "generic", "tab", "menuitem"];

/// What to do next to turn.
pub(super) fn turn(view: &View<'_>, how: Move, memory: &mut Memory) -> Step {
    let how = if how == Move::Previous && to_turn(view, false).is_none() { Move::Back } else { how };
    let action = match how {
        Move::Back => Some((Action::Back, "the page before is asked for")),
        Move::Forward => Some((Action::Forward, "the page that was left is asked for")),
        Move::Reload => Some((Action::Navigate { url: view.page.url.clone() }, "the page is to be loaded again")),
        _ => None,
    };
    if let Some((action, why)) = action {
        return once(memory, vec![Planned { action, description: why.to_owned() }]);
    }
    let (at, why) = match how {
        Move::Page(nth) => {
            let numbered = control(view, |name| name == nth.to_string() || name == format!("page {nth}"));
            (numbered, format!("bears the number {nth}"))
        }
        Move::Last => {
            let largest = numbers(view).into_iter().max_by_key(|(number, _)| *number).map(|(_, at)| at);
            (control(view, |name| LAST.contains(&name)).or(largest), "leads to the last page".to_owned())
        }
        Move::Previous => (to_turn(view, false), "leads to the page before".to_owned()),
        _ => (to_turn(view, true), "leads to the next page".to_owned()),
    };
    match at {
        Some(at) if view.node(at).is_some_and(|node| node.states.disabled) => missing(view, memory),
        Some(at) => press(view, at, format!("{} {why}", called(view, at)), Gesture::Click, memory),
        None => missing(view, memory),
    }
}

/// Whether a name, in lower case, leads to the next page.
pub(super) fn is_next(name: &str) -> bool {
    is_called(name, NEXT)
}

/// The control that leads on, or back.
pub(super) fn to_turn(view: &View<'_>, onward: bool) -> Option<usize> {
    control(view, |name| is_called(name, if onward { NEXT } else { PREVIOUS }))
}

/// Whether the page shows one of several pages of a list, and others come after it.
pub(super) fn goes_on(view: &View<'_>) -> bool {
    let onward = to_turn(view, true).is_some_and(|at| view.node(at).is_some_and(|node| !node.states.disabled));
    let says_which = |at: usize| {
        let said = words(&view.name(at));
        let place = |word: &str| said.iter().position(|one| one.text.eq_ignore_ascii_case(word));
        view.role(at) == "text"
            && view.is_drawn(at)
            && place("page").is_some_and(|page| said.get(page + 1).is_some_and(|next| next.text.parse::<usize>().is_ok()))
    };
    onward && (numbers(view).len() > 1 || view.all().any(says_which))
}

/// "Next", "Next ›", "› next".
fn is_called(name: &str, names: &[&str]) -> bool {
    let bare = name.trim_matches(|mark: char| !mark.is_alphanumeric());
    names.contains(&name) || (!bare.is_empty() && names.contains(&bare))
}

/// The first thing to be clicked whose name, in lower case, is what is looked for.
fn control(view: &View<'_>, fits: impl Fn(&str) -> bool) -> Option<usize> {
    view.all().find(|at| {
        let usable = view.is_drawn(*at) && TURNS.contains(&view.role(*at));
        usable && labels(view, *at).iter().any(|label| fits(label.trim().to_lowercase().as_str()))
    })
}

/// What is called like a number and can be clicked.
fn numbers(view: &View<'_>) -> Vec<(usize, usize)> {
    let is_control = |at: &usize| ["button", "link"].contains(&view.role(*at)) && view.is_drawn(*at);
    view.all().filter(is_control).filter_map(|at| Some((view.name(at).trim().parse().ok()?, at))).collect()
}
