//! Dragging one thing onto another, or to a position among its like.

use super::context::{called, key};
use super::deed::Place;
use super::memory::{Memory, Reach, Step};
use super::revealing::missing;
use super::target::{Target, find};
use super::view::View;
use crate::computer::{Action, Point};
use crate::model::Planned;

/// What to do next to drag something.
pub(super) fn drag(view: &View<'_>, what: &Target, to: &Place, memory: &mut Memory) -> Step {
    if memory.stage > 0 {
        return Step::Done(None);
    }
    let Some(thing) = find(view, what, |_| true).into_iter().next() else { return missing(view, memory) };
    let at = view.ancestors(thing.at).find(|up| view.role(*up) == "listitem").unwrap_or(thing.at);
    let like = siblings(view, at);
    let goal = match to {
        Place::Onto(target) => find(view, target, |other| other != at && other != thing.at).first().map(|found| found.at),
        Place::Position(nth) => like.get(nth.saturating_sub(1)).copied(),
        Place::End => like.last().copied(),
        Place::Away(..) => Some(at),
    };
    let Some(goal) = goal else { return missing(view, memory) };
    let (Some(from), Some(onto), Some(place)) = (view.point(thing.at), view.point(goal), view.node(goal).and_then(|node| node.bounds))
    else {
        return match memory.reach(view, thing.at, &key(view, thing.at)) {
            Some(Reach::By(scroll)) => Step::Act(vec![scroll]),
            _ => Step::Stuck,
        };
    };
    let order = |at: usize| like.iter().position(|other| *other == at);
    let end = match to {
        Place::Away(x, y) => Point(from.0 + x * place.width * 1.1, from.1 + y * place.height * 1.1),
        Place::Onto(_) => onto,
        // Beyond the middle, so that the others make room.
        _ if order(goal) > order(at) => Point(onto.0, onto.1 + place.height * 0.3),
        _ => Point(onto.0, onto.1 - place.height * 0.3),
    };
    memory.stage = 1;
    let description = format!("{}; it goes to {}", thing.why(view, what), called(view, goal));
    Step::Act(vec![Planned { action: Action::Drag { path: vec![from, end] }, description }])
}

/// The things of the same kind around one, in order.
fn siblings(view: &View<'_>, at: usize) -> Vec<usize> {
    let role = view.role(at);
    let parent = view.parent(at);
    let of_parent: Vec<_> =
        view.all().filter(|other| view.role(*other) == role && view.parent(*other) == parent && view.is_drawn(*other)).collect();
    let Some(place) = view.node(at).and_then(|node| node.bounds) else { return of_parent };
    let near = |other: &usize| {
        let other = view.node(*other).and_then(|node| node.bounds);
        other.is_some_and(|other| {
            (other.height - place.height).abs() < 4.0 && ((other.x - place.x).abs() < 60.0 || (other.y - place.y).abs() < 6.0)
        })
    };
    of_parent.into_iter().filter(near).collect()
}
