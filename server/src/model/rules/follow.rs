//! Following a link or a button that is named or counted.

use super::context::{called, candidates, is_chosen, key};
use super::lists;
use super::memory::{Effect, Memory, Step};
use super::plan::{Object, What, Which};
use super::revealing::missing;
use super::surroundings::names;
use super::target::{FIELDS, Kind, Target, WHOLE, find};
use super::view::View;
use super::words::{Fit, joined};

/// What to do next to follow what is named.
pub(super) fn follow(view: &View<'_>, object: &Object, effect: Effect, memory: &mut Memory) -> Step {
    // What was opened on the way to it has an effect as well.
    let has_clicked = std::mem::take(&mut memory.stage) > 0;
    if effect == Effect::Changed && has_clicked || is_there(view, object) {
        return Step::Done(None);
    }
    let named: Vec<_> = if object.about.is_empty() {
        counted(view, object.what).into_iter().map(|at| (at, format!("{} comes at that place", called(view, at)))).collect()
    } else {
        let all = candidates(view, &object.about, |_| false);
        let best = all.first().map(|way| way.fit.rank());
        all.into_iter()
            .filter(|way| Some(way.fit.rank()) == best || object.which == Which::All)
            // Half of the words is the least that names a thing; the others have to stand around it.
            .filter(|way| way.fit.matched * 2 >= way.fit.wanted && names(view, way.at, &joined(&object.about), &view.name(way.at)))
            .map(|way| {
                (
                    way.at,
                    format!(
                        "{} fits \"{}\" best ({} of {} words)",
                        called(view, way.at),
                        joined(&object.about),
                        way.fit.matched,
                        way.fit.wanted
                    ),
                )
            })
            .collect()
    };
    let chosen = match object.which {
        Which::All => named.into_iter().find(|(at, _)| !memory.has_tried(&key(view, *at))),
        Which::Nth(n) => named.into_iter().nth(n - 1).filter(|(at, _)| !memory.has_tried(&key(view, *at))),
        Which::Last => named.into_iter().next_back().filter(|(at, _)| !memory.has_tried(&key(view, *at))),
    };
    match chosen {
        Some((at, why)) => {
            memory.stage = 1;
            Step::Click { at, why }
        }
        None => unmarked(view, object, memory),
    }
}

/// Where no link or button fits, a text may: pages need no roles to be clicked.
fn unmarked(view: &View<'_>, object: &Object, memory: &mut Memory) -> Step {
    if object.about.is_empty() {
        return Step::Stuck;
    }
    let target =
        Target { which: Some(object.which).filter(|which| *which != Which::All), ..Target::named(Kind::Any, &joined(&object.about)) };
    let found = find(view, &target, |at| !memory.has_tried(&key(view, at)) && !FIELDS.contains(&view.role(at)));
    match found.first().filter(|best| best.fit >= WHOLE) {
        Some(best) => {
            memory.stage = 1;
            Step::Click { at: best.at, why: best.why(view, &target) }
        }
        None => missing(view, memory),
    }
}

/// Whether what is named is chosen already: the tab that is open, the page that is shown.
fn is_there(view: &View<'_>, object: &Object) -> bool {
    view.all().any(|at| is_chosen(view, at) && Fit::of(&object.about, &view.name(at)).is_exact())
}

/// Links, those of the content before those around it; of entries, the first link in each.
pub(super) fn counted(view: &View<'_>, what: What) -> Vec<usize> {
    if what == What::Link {
        let links = |at: &usize| view.role(*at) == "link" && view.is_drawn(*at);
        let (content, frame): (Vec<_>, Vec<_>) = view.all().filter(links).partition(|at| view.is_content(*at));
        return content.into_iter().chain(frame).collect();
    }
    let list = lists::lists(view).into_iter().find(|list| list.entries.iter().any(|entry| entry.clone().any(|at| view.role(at) == "link")));
    let entries = list.map(|list| list.entries).unwrap_or_default();
    entries.into_iter().filter_map(|mut entry| entry.find(|at| view.role(*at) == "link" && view.is_drawn(*at))).collect()
}
