//! Doing what is to be done with named things: one step at each look, until it is done.

use super::context::{called, is_chosen, key, menu};
use super::deed::{Deed, Gesture, Scroll};
use super::labels::{labels, likeness};
use super::memory::{Effect, Memory, Reach, Step};
use super::plan::Which;
use super::target::{FIELDS, Found, Kind, Target, find, find_each};
use super::view::View;
use super::words::{Fit, Word, words};
use super::{dialogs, dragging, entry};
use crate::computer::{Action, Point};
use crate::model::Planned;

/// How many looks something may take to come up.
const LOOKS_FOR: usize = 5;

/// How many looks something may take that is waited for by order.
const LOOKS_WAITED: usize = 75;

/// How many things are opened to find something behind them.
const MOST_REVEALS: usize = 14;

/// Roles of what is on or off.
const BOXES: &[&str] = &["checkbox", "switch", "menuitemcheckbox", "radio", "menuitemradio", "option"];

/// Roles of what is chosen.
const CHOICES: &[&str] =
    &["option", "radio", "checkbox", "switch", "menuitem", "menuitemradio", "menuitemcheckbox", "tab", "treeitem", "gridcell"];

/// Names of what leads to more of the same.
const ONWARD: &[&str] = &["next", "more", "show more", "load more", "see more", "next page", "›", "»", ">", ">>", "→", "menu", "☰", "+"];

/// Names of buttons that send a form off, the clearest first.
const SENDS: &[&str] = &[
    "submit", "send", "ok", "save", "done", "apply", "continue", "confirm", "finish", "go", "search", "log in", "sign up", "register",
    "next",
];

/// What a deed is done with.
pub(super) struct Now<'a> {
    /// What became of the last thing that was to change the page.
    pub(super) effect: Effect,
    /// Why it could not be done, if it could not.
    pub(super) error: Option<&'a str>,
    /// What was read last.
    pub(super) read: Option<&'a str>,
}

/// What to do next for a deed.
pub(super) fn act(view: &View<'_>, deed: &Deed, now: &Now<'_>, memory: &mut Memory) -> Step {
    if matches!(deed, Deed::Type { .. } | Deed::Date { .. } | Deed::Complete { .. } | Deed::Slide { .. }) {
        return entry::enter(view, deed, now, memory);
    }
    if now.error.is_none() && memory.is_done && now.effect != Effect::Idle {
        return match covered_by(view, now, memory) {
            Some(step) => step,
            None => Step::Done(None),
        };
    }
    memory.is_done = false;
    match deed {
        Deed::Click { target, gesture } => click(view, target, *gesture, memory),
        Deed::Check { target, on } => check(view, target, *on, memory),
        Deed::Choose { option, list } => choose(view, option, list, memory),
        Deed::Drag { what, to } => dragging::drag(view, what, to, memory),
        Deed::Keys { keys, times } => {
            let press =
                Planned { action: Action::Keys { keys: keys.clone() }, description: format!("{} is to be pressed", keys.join("+")) };
            once(memory, vec![press; (*times).min(20)])
        }
        Deed::Scroll(scroll) => scrolled(view, scroll, memory),
        Deed::Wait { shown, gone } => {
            memory.looks += 1;
            match shows(view, shown) != *gone {
                true => Step::Done(None),
                false if memory.looks < LOOKS_WAITED => Step::Look,
                false => Step::Stuck,
            }
        }
        Deed::Pause { ms } => {
            once(memory, vec![Planned { action: Action::Wait { ms: *ms }, description: "the instruction says to wait".to_owned() }])
        }
        Deed::Unfold { target, open } => unfold(view, target, *open, memory),
        Deed::Submit => confirm(view, SENDS, memory),
        Deed::Confirm { names } => confirm(view, names, memory),
        Deed::Type { .. } | Deed::Date { .. } | Deed::Complete { .. } | Deed::Slide { .. } => Step::Stuck,
    }
}

/// Does something once; done at the next look.
fn once(memory: &mut Memory, planned: Vec<Planned>) -> Step {
    if memory.stage > 0 {
        return Step::Done(None);
    }
    memory.stage = 1;
    Step::Act(planned)
}

/// Whether the page shows all of the words in one place.
pub(super) fn shows(view: &View<'_>, words: &[Word]) -> bool {
    let is_shown = |at: &usize| (view.is_drawn(*at) || view.role(*at) == "alert") && !["document", "rootwebarea"].contains(&view.role(*at));
    view.all().filter(is_shown).any(|at| labels(view, at).iter().any(|label| Fit::of(words, label).is_whole()))
}

/// A click on something, as a step whose effect is seen at the next look.
pub(super) fn press(view: &View<'_>, at: usize, why: String, gesture: Gesture, memory: &mut Memory) -> Step {
    match memory.reach(view, at, &key(view, at)) {
        Some(Reach::At(coordinates)) => {
            memory.is_done = true;
            let action = match gesture {
                Gesture::Click => Action::Click { coordinates },
                Gesture::DoubleClick => Action::DoubleClick { coordinates },
                Gesture::RightClick => Action::RightClick { coordinates },
                Gesture::Hover => Action::Move { coordinates },
            };
            memory.last_clicked = Some(key(view, at));
            Step::Try(Planned { action, description: why })
        }
        Some(Reach::By(scroll)) => Step::Act(vec![scroll]),
        None => Step::Stuck,
    }
}

/// A click that had no effect because a dialog lies over the page: that goes first.
fn covered_by(view: &View<'_>, now: &Now<'_>, memory: &mut Memory) -> Option<Step> {
    let dialog = view.modal().filter(|_| now.effect == Effect::Failed)?;
    let clicked = memory.last_clicked.clone()?;
    if view.within(dialog).any(|at| key(view, at) == clicked) {
        return None;
    }
    let (at, why) = dialogs::way_out(view, true, |key| memory.has_tried(key))?;
    memory.tried.insert(key(view, at));
    Some(aside(press(view, at, why, Gesture::Click, memory), memory))
}

/// A step on the way, after which the deed itself is still to be done.
fn aside(step: Step, memory: &mut Memory) -> Step {
    memory.is_done = false;
    step
}

fn click(view: &View<'_>, target: &Target, gesture: Gesture, memory: &mut Memory) -> Step {
    if target.which == Some(Which::All) {
        let each = find_each(view, target);
        let Some(at) = each.get(memory.stage).copied() else {
            return if each.is_empty() { missing(view, memory) } else { Step::Done(None) };
        };
        let step = press(
            view,
            at,
            format!("{} is number {} of {} that fit {target}", called(view, at), memory.stage + 1, each.len()),
            gesture,
            memory,
        );
        memory.stage += usize::from(memory.is_done);
        return aside(step, memory);
    }
    let found = find(view, target, |at| !memory.has_tried(&key(view, at)));
    match found.first() {
        Some(best) => clicked(view, best, target, gesture, memory),
        None => missing(view, memory),
    }
}

fn clicked(view: &View<'_>, best: &Found, target: &Target, gesture: Gesture, memory: &mut Memory) -> Step {
    let why = best.why(view, target);
    if gesture == Gesture::Click && menu(view, best.at).is_some() {
        memory.is_done = true;
        return Step::Click { at: best.at, why };
    }
    match press(view, best.at, why, gesture, memory) {
        Step::Stuck => missing(view, memory),
        step => step,
    }
}

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
    if memory.looks < LOOKS_FOR { Step::Look } else { Step::Stuck }
}

fn is_onward(view: &View<'_>, at: usize) -> bool {
    let name = view.name(at).to_lowercase();
    ["button", "link", "text"].contains(&view.role(at)) && ONWARD.contains(&name.as_str())
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

fn check(view: &View<'_>, target: &Target, on: Option<bool>, memory: &mut Memory) -> Step {
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

fn choose(view: &View<'_>, option: &Target, list: &Target, memory: &mut Memory) -> Step {
    let is_choice = |at: usize| CHOICES.contains(&view.role(at));
    let belongs = |at: usize| {
        let owners =
            view.ancestors(at).filter(|up| ["combobox", "listbox", "radiogroup", "group", "menu", "tree"].contains(&view.role(*up)));
        list.name.is_empty() || owners.into_iter().any(|owner| labels(view, owner).iter().any(|label| likeness(list, label) > 0))
    };
    let mut found = find(view, option, |at| is_choice(at) && belongs(at));
    if found.is_empty() {
        found = find(view, option, is_choice);
    }
    if let Some(best) = found.first() {
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

fn unfold(view: &View<'_>, target: &Target, open: bool, memory: &mut Memory) -> Step {
    let expanded = |at: usize| view.node(at).and_then(|node| node.states.expanded);
    let closes_dialog = !open && (matches!(target.kind, Kind::Dialog) || target.name.is_empty() || view.modal().is_some());
    if closes_dialog && let Some((at, why)) = dialogs::way_out(view, true, |key| memory.has_tried(key)) {
        return press(view, at, why, Gesture::Click, memory);
    }
    if closes_dialog && view.modal().is_some() {
        return once(
            memory,
            vec![Planned { action: Action::Keys { keys: vec!["Escape".to_owned()] }, description: "Escape closes a dialog".to_owned() }],
        );
    }
    let named = if target.name.is_empty() {
        let of_kind = |at: &usize| expanded(*at) == Some(!open) || (view.role(*at) == "disclosuretriangle" && expanded(*at) != Some(open));
        let closed = view.all().filter(|at| view.is_drawn(*at)).find(of_kind);
        let heading = || view.all().find(|at| view.is_drawn(*at) && ["tab", "heading"].contains(&view.role(*at)));
        closed.or_else(heading).map(|at| (at, format!("{} is what can be opened", called(view, at))))
    } else {
        let found = find(view, target, |at| expanded(at).is_some());
        let found = if found.is_empty() { find(view, target, |_| true) } else { found };
        found.first().map(|best| (best.at, best.why(view, target)))
    };
    match named {
        Some((at, _)) if expanded(at) == Some(open) || (open && view.role(at) == "tab" && is_chosen(view, at)) => Step::Done(None),
        Some((at, why)) => press(view, at, why, Gesture::Click, memory),
        None => missing(view, memory),
    }
}

/// Presses the button of the clearest of some names; the last button, or Enter, where none fits.
fn confirm(view: &View<'_>, names: &[&str], memory: &mut Memory) -> Step {
    let is_button = |at: &usize| view.is_drawn(*at) && view.node(*at).is_some_and(|node| node.role == "button" && !node.states.disabled);
    let inside = |at: &usize| view.modal().is_none_or(|dialog| view.within(dialog).contains(at));
    let buttons: Vec<_> = view.all().filter(is_button).filter(inside).collect();
    let fits = |name: &str, at: usize| {
        let fit = Fit::of(&words(name), &view.name(at));
        fit.is_whole() && fit.spare <= 2
    };
    if let Some((name, at)) = names.iter().find_map(|name| Some((name, buttons.iter().copied().find(|at| fits(name, *at))?))) {
        return press(view, at, format!("{} is called like a button that does it (\"{name}\")", called(view, at)), Gesture::Click, memory);
    }
    if let Some(best) = names.iter().find_map(|name| {
        find(view, &Target { is_quoted: true, ..Target::named(Kind::Button, name) }, |_| true).into_iter().find(|found| found.fit >= 90)
    }) {
        return press(view, best.at, format!("{} is called like what does it", called(view, best.at)), Gesture::Click, memory);
    }
    match buttons.last() {
        Some(at) => press(view, *at, format!("{} is the last button", called(view, *at)), Gesture::Click, memory),
        None => once(
            memory,
            vec![Planned { action: Action::Keys { keys: vec!["Enter".to_owned()] }, description: "Enter sends a form off".to_owned() }],
        ),
    }
}

fn scrolled(view: &View<'_>, scroll: &Scroll, memory: &mut Memory) -> Step {
    let viewport = view.page.viewport;
    let coordinates = Point(f64::from(viewport.width / 2), f64::from(viewport.height / 2));
    let by = |delta_y: f64, why: &str| {
        vec![Planned { action: Action::Scroll { coordinates, delta_x: 0.0, delta_y }, description: why.to_owned() }]
    };
    match scroll {
        Scroll::Top => once(memory, by(-view.page.content.1, "the top is asked for")),
        Scroll::Bottom => once(memory, by(view.page.content.1, "the end is asked for")),
        Scroll::By(screens) => once(memory, by(screens * f64::from(viewport.height), "less than a screen, so that nothing is passed over")),
        Scroll::To(target) => match find(view, target, |_| true).first() {
            None => missing(view, memory),
            Some(best) => match memory.reach(view, best.at, &key(view, best.at)) {
                Some(Reach::By(scroll)) => Step::Act(vec![scroll]),
                Some(Reach::At(_)) => Step::Done(None),
                None => Step::Stuck,
            },
        },
    }
}
