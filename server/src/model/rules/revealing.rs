//! What is not there: it may still come, or be behind something that can be opened.

use super::acts::{aside, press};
use super::context::{called, key};
use super::deed::Gesture;
use super::memory::{Memory, Step};
use super::target::FIELDS;
use super::view::View;
use super::{dialogs, turning};
use crate::computer::{Action, Point};
use crate::model::Planned;

/// How many looks something may take to come up.
const LOOKS_FOR: usize = 7;

/// How many things are opened to find something behind them.
pub(super) const MOST_REVEALS: usize = 14;

/// Names of what leads to more of the same.
const ONWARD: &[&str] = &["more", "show more", "load more", "see more", ">>", "menu", "☰"];

/// What is not there: it may still come, or be behind something that can be opened.
pub(super) fn missing(view: &View<'_>, memory: &mut Memory) -> Step {
    memory.looks += 1;
    if memory.looks == 1 {
        return Step::Look;
    }
    // A dialog may keep everything else out of reach.
    if view.modal().is_some()
        && let Some((at, why)) = dialogs::way_out(view, true, |key| memory.has_tried(key))
    {
        memory.tried.insert(key(view, at));
        memory.looks = 0;
        let step = press(view, at, why, Gesture::Click, memory);
        return aside(step, memory);
    }
    if memory.reveals < MOST_REVEALS
        && let Some((at, why)) = opener(view, memory)
    {
        memory.reveals += 1;
        if memory.last_revealed.replace(view.fingerprint()) == Some(view.fingerprint()) || !is_onward(view, at) {
            memory.tried.insert(key(view, at));
        }
        let step = press(view, at, why, Gesture::Click, memory);
        return aside(step, memory);
    }
    if memory.looks < LOOKS_FOR {
        return Step::Look;
    }
    further(view, memory).unwrap_or(Step::Stuck)
}

/// Scrolls to the end of a page that may load more there; not twice where it did not.
fn further(view: &View<'_>, memory: &mut Memory) -> Option<Step> {
    let length = view.page.content.1;
    let below = length - view.page.scroll.1 - f64::from(view.page.viewport.height);
    if memory.scrolled_at.is_some_and(|last| length <= last)
        || memory.reveals >= MOST_REVEALS
        || below < 1.0 && memory.scrolled_at.is_none()
    {
        return None;
    }
    memory.scrolled_at = Some(length);
    memory.reveals += 1;
    memory.looks = 1;
    let viewport = view.page.viewport;
    let coordinates = Point(f64::from(viewport.width / 2), f64::from(viewport.height / 2));
    let action = Action::Scroll { coordinates, delta_x: 0.0, delta_y: length };
    Some(Step::Act(vec![Planned { action, description: "the page may go on further down".to_owned() }]))
}

fn is_onward(view: &View<'_>, at: usize) -> bool {
    let name = view.name(at).to_lowercase();
    ["button", "link", "text"].contains(&view.role(at)) && (ONWARD.contains(&name.as_str()) || turning::is_next(&name))
}

/// Something closed that may hold what is looked for: a section, a tab, a menu, the next page.
fn opener(view: &View<'_>, memory: &Memory) -> Option<(usize, String)> {
    let here = view.page.url.split('#').next().unwrap_or_default();
    let rank = |at: usize| {
        let node = view.node(at)?;
        let to_part =
            node.url.as_deref().and_then(|url| url.strip_prefix(here)).is_some_and(|rest| rest.len() > 1 && rest.starts_with('#'));
        let is_choice = node.role == "combobox" && view.within(at).any(|inner| view.role(inner) == "option");
        if FIELDS.contains(&node.role.as_str()) && (is_choice || node.role != "combobox") {
            None
        } else if node.states.expanded == Some(false) || node.role == "disclosuretriangle" {
            Some(0)
        } else if (node.role == "tab" && node.states.selected != Some(true)) || (node.role == "link" && to_part) {
            Some(1)
        } else if is_onward(view, at) {
            Some(2)
        } else {
            None
        }
    };
    let usable =
        |at: &usize| view.is_drawn(*at) && !memory.has_tried(&key(view, *at)) && view.node(*at).is_some_and(|node| !node.states.disabled);
    let (_, at) = view.all().filter(usable).filter_map(|at| Some((rank(at)?, at))).min()?;
    Some((at, format!("{} may hold what is not shown yet", called(view, at))))
}
