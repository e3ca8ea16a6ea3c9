//! Adding to a list: what is there to be added, or what is typed as a new entry.

use super::acts::press;
use super::deed::Gesture;
use super::entry::{has_field, type_text};
use super::memory::{Memory, Step};
use super::nearness::anchors;
use super::revealing::missing;
use super::target::{Kind, Target, find};
use super::view::View;
use crate::computer::Action;
use crate::model::Planned;

/// What to do next to add an entry.
pub(super) fn add(view: &View<'_>, entry: &str, target: &Target, memory: &mut Memory) -> Step {
    let button = Target { near: String::new(), ..target.clone() };
    let buttons = find(view, &button, |at| view.role(at) == "button" || view.role(at) == "link");
    if memory.typed == 0 && !anchors(view, entry).is_empty() && !buttons.is_empty() {
        return match find(view, target, |_| true).first() {
            Some(best) => press(view, best.at, best.why(view, target), Gesture::Click, memory),
            None => missing(view, memory),
        };
    }
    let field = Target { kind: Kind::Field, ..Target::default() };
    if memory.stage == 0 {
        if !has_field(view, &field, memory) {
            return missing(view, memory);
        }
        return match type_text(view, entry, &field, memory) {
            Step::Done(_) => {
                memory.stage = 1;
                Step::Look
            }
            step => step,
        };
    }
    match buttons.first() {
        Some(best) => press(view, best.at, best.why(view, &button), Gesture::Click, memory),
        None => {
            memory.is_done = true;
            Step::Try(Planned {
                action: Action::Keys { keys: vec!["Enter".to_owned()] },
                description: "Enter adds what was typed".to_owned(),
            })
        }
    }
}
