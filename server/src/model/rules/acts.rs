//! Doing what is to be done with named things: one step at each look, until it is done.

use super::choosing::{check, choose};
use super::context::{called, key, menu};
use super::deed::{Deed, Gesture, Scroll, Text};
use super::labels::labels;
use super::memory::{Effect, Memory, Reach, Step};
use super::nearness::anchors;
use super::plan::Which;
use super::revealing::{MOST_REVEALS, missing};
use super::target::{Found, Kind, Target, find, find_each};
use super::unfolding::unfold;
use super::view::View;
use super::words::{Fit, Word, words};
use super::{adding, dialogs, dragging, entry, setting, sorting, turning};
use crate::computer::{Action, Point};
use crate::model::Planned;

/// How many looks something may take that is waited for by order.
const LOOKS_WAITED: usize = 75;

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
    /// Whether all that was done before was to open a site.
    pub(super) has_arrived: bool,
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
    if let Deed::Set { value: Text::Given(value), control } = deed {
        return setting::set(view, value, control, now, memory);
    }
    match deed {
        Deed::Click { target, gesture } => click(view, target, *gesture, memory),
        Deed::Check { target, on } => check(view, target, *on, memory),
        Deed::Choose { option, list, besides } => choose(view, option, list, *besides, memory),
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
        Deed::Move { how } => turning::turn(view, *how, memory),
        Deed::Sort { by, descending } => sorting::sort(view, by, *descending, memory),
        Deed::Add { entry, target } => adding::add(view, entry, target, memory),
        Deed::Submit => confirm(view, SENDS, memory),
        Deed::Confirm { names } => confirm(view, names, memory),
        Deed::Type { .. } | Deed::Date { .. } | Deed::Complete { .. } | Deed::Slide { .. } | Deed::Set { .. } => Step::Stuck,
    }
}

/// Does something once; done at the next look.
pub(super) fn once(memory: &mut Memory, planned: Vec<Planned>) -> Step {
    if memory.stage > 0 {
        return Step::Done(None);
    }
    memory.stage = 1;
    Step::Act(planned)
}

/// Whether the page shows all of the words in one place.
pub(super) fn shows(view: &View<'_>, words: &[Word]) -> bool {
    let is = |name: &str| matches!(words, [one] if one.is_one_of(&[Word::new(name)]));
    if is("dialog") || is("popup") {
        return view.modal().is_some();
    }
    if is("message") && view.all().any(|at| ["alert", "status"].contains(&view.role(at)) && !view.text(at).is_empty()) {
        return true;
    }
    let is_shown = |at: &usize| (view.is_drawn(*at) || view.role(*at) == "alert") && !["document", "rootwebarea"].contains(&view.role(*at));
    view.all().filter(is_shown).any(|at| labels(view, at).iter().any(|label| Fit::of(words, label).is_whole()))
}

/// A click on something, as a step whose effect is seen at the next look.
pub(super) fn press(view: &View<'_>, at: usize, why: String, gesture: Gesture, memory: &mut Memory) -> Step {
    match memory.reach(view, aim(view, at), &key(view, at)) {
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

/// Where a thing is to be hit: what holds others is hit at its own first text.
fn aim(view: &View<'_>, at: usize) -> usize {
    let holds = ["treeitem", "listitem", "row", "cell", "gridcell"].contains(&view.role(at));
    let text =
        || view.within(at).find(|inner| view.role(*inner) == "text" && view.is_drawn(*inner) && !view.name(*inner).trim().is_empty());
    if holds { text().unwrap_or(at) } else { at }
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
pub(super) fn aside(step: Step, memory: &mut Memory) -> Step {
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
    // What is near something may show only once that is open: the reply to a message.
    let target = &if memory.is_open { Target { near: String::new(), ..target.clone() } } else { target.clone() };
    let found = find(view, target, |at| !memory.has_tried(&key(view, at)));
    if let Some(best) = found.first() {
        return match control_of(view, best.at) {
            Some(at) => press(view, at, format!("{} goes with {}", called(view, at), best.why(view, target)), gesture, memory),
            None => clicked(view, best, target, gesture, memory),
        };
    }
    if !target.near.is_empty() && !target.name.is_empty() {
        let bare = Target { near: String::new(), ..target.clone() };
        let opens = anchors(view, &target.near).into_iter().find(|at| !memory.has_tried(&key(view, *at)));
        if let Some(at) = opens.filter(|_| find(view, &bare, |_| true).is_empty()) {
            memory.is_open = true;
            let why = format!("{} may show {bare} once it is open", called(view, at));
            let step = press(view, at, why, Gesture::Click, memory);
            return aside(step, memory);
        }
    }
    missing(view, memory)
}

/// The link or button that a mere label with a colon stands before.
fn control_of(view: &View<'_>, label: usize) -> Option<usize> {
    let is_label = view.role(label) == "text" && view.name(label).ends_with(':');
    let next = (label + 1..view.page.nodes.len()).find(|at| view.is_drawn(*at) && !view.name(*at).trim().is_empty());
    next.filter(|at| is_label && ["button", "link"].contains(&view.role(*at)))
}

pub(super) fn clicked(view: &View<'_>, best: &Found, target: &Target, gesture: Gesture, memory: &mut Memory) -> Step {
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
        Scroll::Bottom => {
            // A page may grow while it is scrolled.
            memory.looks += 1;
            if memory.looks > 1 && memory.scrolled_at.is_some_and(|last| view.page.content.1 <= last) {
                return if memory.looks < 4 { Step::Look } else { Step::Done(None) };
            }
            if memory.reveals >= MOST_REVEALS {
                return Step::Done(None);
            }
            memory.looks = 1;
            memory.reveals += 1;
            memory.scrolled_at = Some(view.page.content.1);
            Step::Act(by(view.page.content.1, "the end is asked for"))
        }
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
