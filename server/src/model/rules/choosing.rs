//! Ticking boxes and choosing options.

use super::acts::{aside, clicked, press};
use super::context::{called, is_chosen, key, menu};
use super::deed::Gesture;
use super::labels::{labels, likeness, without_nouns};
use super::memory::{Memory, Step};
use super::plan::Which;
use super::revealing::missing;
use super::target::{FIELDS, Found, Kind, Target, find};
use super::view::View;
use crate::computer::Action;
use crate::model::Planned;

/// Roles of what is on or off.
const BOXES: &[&str] = &["checkbox", "switch", "menuitemcheckbox", "radio", "menuitemradio", "option"];

/// Roles of what is chosen.
const CHOICES: &[&str] =
    &["option", "radio", "checkbox", "switch", "menuitem", "menuitemradio", "menuitemcheckbox", "tab", "treeitem", "gridcell"];

pub(super) fn check(view: &View<'_>, target: &Target, on: Option<bool>, memory: &mut Memory) -> Step {
    let state = |at: usize| view.node(at).and_then(|node| node.states.checked.or(node.states.selected));
    if target.which == Some(Which::All) {
        let wrong = view.all().find(|at| {
            ["checkbox", "switch"].contains(&view.role(*at)) && view.is_drawn(*at) && state(*at) != on && !memory.has_tried(&key(view, *at))
        });
        return match wrong {
            Some(at) => aside(press(view, at, format!("{} is one of all", called(view, at)), Gesture::Click, memory), memory),
            None => Step::Done(None),
        };
    }
    // "The box" is any: the noun says no more than the kind.
    let is_noun = without_nouns(&target.name).is_empty();
    let target = &if is_noun { Target { name: String::new(), ..target.clone() } } else { target.clone() };
    let is_box = |at: usize| BOXES.contains(&view.role(at)) || (view.role(at) == "button" && state(at).is_some());
    let boxes = find(view, target, is_box);
    let found = if boxes.is_empty() { find(view, target, |_| true) } else { boxes };
    let Some(best) = found.first() else { return missing(view, memory) };
    if on.is_some() && state(best.at) == on {
        return Step::Done(None);
    }
    if memory.stage >= 2 {
        return Step::Stuck;
    }
    let why = best.why(view, target);
    let step = press(view, best.at, why, Gesture::Click, memory);
    if memory.is_done {
        memory.stage += 1;
        // What says its state is looked at once more.
        memory.is_done = state(best.at).is_none() || on.is_none();
    }
    step
}

pub(super) fn choose(view: &View<'_>, option: &Target, list: &Target, besides: bool, memory: &mut Memory) -> Step {
    let is_choice = |at: usize| CHOICES.contains(&view.role(at));
    // How much what an option belongs to is like the list that is named.
    let belongs = |at: usize| {
        let owners =
            view.ancestors(at).filter(|up| ["combobox", "listbox", "radiogroup", "group", "menu", "tree"].contains(&view.role(*up)));
        owners.flat_map(|owner| labels(view, owner)).map(|label| likeness(list, &label)).max().unwrap_or(0)
    };
    let best_owner = if list.name.is_empty() { 0 } else { view.all().filter(|at| is_choice(*at)).map(belongs).max().unwrap_or(0) };
    let mut found = find(view, option, |at| is_choice(at) && (list.name.is_empty() || belongs(at) == best_owner));
    if found.is_empty() {
        found = find(view, option, is_choice);
    }
    if best_owner == 0 && found.len() > 1 && !list.name.is_empty() && option.near.is_empty() {
        // No list bears the name; it may stand near the options.
        found = find(view, &Target { near: list.name.clone(), ..option.clone() }, is_choice);
    }
    if let Some(best) = found.first() {
        if besides && has_another(view, best.at) && view.node(best.at).is_some_and(|node| node.states.selected != Some(true)) {
            return choose_too(view, best, option, memory);
        }
        let is_on = view.node(best.at).is_some_and(|node| node.states.checked == Some(true)) || is_chosen(view, best.at);
        if is_on {
            return Step::Done(None);
        }
        return clicked(view, best, option, Gesture::Click, memory);
    }
    if let Some(step) = open_list(view, option, list, memory) {
        return step;
    }
    let anything = find(view, &Target { kind: Kind::Any, ..option.clone() }, |at| {
        !memory.has_tried(&key(view, at)) && !FIELDS.contains(&view.role(at))
    });
    match anything.first() {
        Some(best) => clicked(view, best, option, Gesture::Click, memory),
        None => missing(view, memory),
    }
}

/// Chooses one more option of an open list by keyboard: a click alone would take away those
/// chosen before. With Control held the arrows move without choosing.
fn choose_too(view: &View<'_>, best: &Found, option: &Target, memory: &mut Memory) -> Step {
    let Some(list) = view.parent(best.at).filter(|_| memory.stage == 0) else { return Step::Stuck };
    memory.stage = 1;
    let before = view.within(list).filter(|at| view.role(*at) == "option" && *at < best.at).count();
    let press =
        |key: &str, description: String| Planned { action: Action::Keys { keys: vec!["Control".to_owned(), key.to_owned()] }, description };
    let towards = press("ArrowDown", format!("towards {}, without choosing", called(view, best.at)));
    let mut steps = vec![press("Home", format!("the first option of {}", called(view, list)))];
    steps.extend(vec![towards; before]);
    steps.push(press(" ", format!("{}, beside those chosen before", best.why(view, option))));
    Step::Act(steps)
}

/// Whether another option of the same open list is chosen.
fn has_another(view: &View<'_>, option: usize) -> bool {
    let Some(list) = view.parent(option).filter(|up| view.role(option) == "option" && view.role(*up) == "listbox") else { return false };
    let is_chosen = |at: usize| at != option && view.node(at).is_some_and(|node| node.states.selected == Some(true));
    menu(view, option).is_none() && view.within(list).any(is_chosen)
}

/// A list whose options show only once it is open, or once something is typed into it.
fn open_list(view: &View<'_>, option: &Target, list: &Target, memory: &mut Memory) -> Option<Step> {
    let holds_options = |at: usize| view.within(at).any(|inner| view.role(inner) == "option");
    let opens = |at: usize| {
        let node = view.node(at);
        (view.role(at) == "combobox" || node.is_some_and(|node| node.states.expanded == Some(false))) && !holds_options(at)
    };
    let named = Target { kind: Kind::List, ..list.clone() };
    let closed = if list.name.is_empty() {
        view.all().find(|at| opens(*at) && view.is_drawn(*at) && !memory.has_tried(&key(view, *at)))
    } else {
        find(view, &named, |at| !memory.has_tried(&key(view, at)) && !holds_options(at)).first().map(|found| found.at)
    };
    if let Some(at) = closed {
        memory.tried.insert(key(view, at));
        let step = press(view, at, format!("{} may have {option}", called(view, at)), Gesture::Click, memory);
        return Some(aside(step, memory));
    }
    let typable = view.all().find(|at| {
        ["combobox", "textbox", "searchbox"].contains(&view.role(*at)) && view.node(*at).is_some_and(|node| node.states.focused)
    });
    let at = typable.filter(|_| memory.typed == 0 && memory.last_clicked.is_some())?;
    memory.typed += 1;
    let description = format!("{} suggests what is typed", called(view, at));
    Some(Step::Act(vec![Planned { action: Action::Type { text: option.name.clone() }, description }]))
}
