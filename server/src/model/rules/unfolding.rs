//! Opening and closing: sections, menus, tabs, folders, dialogs.

use super::acts::{aside, once, press};
use super::context::{called, is_chosen, key};
use super::deed::Gesture;
use super::dialogs;
use super::memory::{Memory, Step};
use super::plan::Which;
use super::revealing::missing;
use super::target::{Kind, Target, find};
use super::view::View;
use super::words::{Word, words};
use crate::computer::Action;
use crate::model::Planned;

pub(super) fn unfold(view: &View<'_>, target: &Target, open: bool, memory: &mut Memory) -> Step {
    let expanded = |at: usize| view.node(at).and_then(|node| node.states.expanded);
    let over = ["ad", "banner", "cookie", "message", "notice", "overlay", "toast", "warning", "window"];
    let lies_over = words(&target.name).iter().any(|word| over.iter().any(|name| word.is_one_of(&[Word::new(name)])));
    if target.which == Some(Which::All) {
        let next = view.all().find(|at| view.is_drawn(*at) && expanded(*at) == Some(!open) && !memory.has_tried(&key(view, *at)));
        return match next {
            Some(at) => {
                let step = press(view, at, format!("{} is one of all", called(view, at)), Gesture::Click, memory);
                if memory.is_done {
                    memory.tried.insert(key(view, at));
                    memory.stage += 1;
                }
                aside(step, memory)
            }
            None if memory.stage > 0 || view.all().any(|at| expanded(at) == Some(open)) => Step::Done(None),
            None => missing(view, memory),
        };
    }
    let closes_dialog = !open && (lies_over || matches!(target.kind, Kind::Dialog) || target.name.is_empty() || view.modal().is_some());
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
