//! Putting the entries of a page in order.

use super::acts::{aside, press};
use super::deed::Gesture;
use super::figures::{header_text, numbers, tables};
use super::memory::{Memory, Step};
use super::revealing::missing;
use super::target::{Found, Kind, Target, WHOLE, find};
use super::view::View;
use super::words::{Fit, words};

/// How often the head of a column is clicked to have its order.
const MOST_CLICKS: usize = 3;

/// What pages call the two orders.
const DESCENDING: &[&str] = &["descending", "desc", "high to low", "highest", "largest", "newest", "z a", "expensive"];
const ASCENDING: &[&str] = &["ascending", "asc", "low to high", "lowest", "smallest", "oldest", "a z", "cheapest"];

/// Clicks what entries are ordered by: the head of a column, an option or a button of that
/// name. An order that is asked for is seen in the column before it is done.
pub(super) fn sort(view: &View<'_>, by: &Target, descending: Option<bool>, memory: &mut Memory) -> Step {
    let heads = |at: usize| {
        let in_head = view.ancestors(at).any(|up| view.role(up) == "columnheader");
        view.role(at) == "columnheader" || (in_head && ["button", "link"].contains(&view.role(at)))
    };
    let mut found = find(view, &Target { kind: Kind::Any, ..by.clone() }, heads);
    found.retain(|one| one.fit >= WHOLE);
    // What is inside the head of the column is there to be clicked.
    if let Some(head) = found.iter().find(|one| view.role(one.at) != "columnheader").or(found.first()) {
        return by_column(view, head, by, descending, memory);
    }
    let mut found = find(view, by, |at| ["button", "link", "option", "radio", "menuitem"].contains(&view.role(at)));
    found.retain(|one| one.fit >= WHOLE && descending.is_none_or(|down| says_order(&view.name(one.at), down)));
    match found.first() {
        Some(best) if super::context::menu(view, best.at).is_some() => {
            memory.is_done = true;
            Step::Click { at: best.at, why: best.why(view, by) }
        }
        Some(best) => press(view, best.at, best.why(view, by), Gesture::Click, memory),
        None => missing(view, memory),
    }
}

fn says_order(name: &str, descending: bool) -> bool {
    let name = super::labels::plain(name);
    let padded = format!(" {name} ");
    let says = |names: &[&str]| names.iter().any(|order| padded.contains(&format!(" {order} ")));
    if descending { says(DESCENDING) } else { says(ASCENDING) }
}

fn by_column(view: &View<'_>, head: &Found, by: &Target, descending: Option<bool>, memory: &mut Memory) -> Step {
    let Some(down) = descending else { return press(view, head.at, head.why(view, by), Gesture::Click, memory) };
    if memory.stage > 0 && is_ordered(view, by, down) {
        return Step::Done(None);
    }
    if memory.stage >= MOST_CLICKS {
        return Step::Stuck;
    }
    let step = press(view, head.at, head.why(view, by), Gesture::Click, memory);
    memory.stage += usize::from(memory.is_done);
    aside(step, memory)
}

/// Whether the cells of the column that bears the name stand in that order.
fn is_ordered(view: &View<'_>, by: &Target, down: bool) -> bool {
    let wanted = words(&by.name);
    tables(view).iter().any(|table| {
        let Some(header) = table.header() else { return false };
        let Some(column) = (0..header.len()).find(|at| Fit::of(&wanted, &header_text(view, header, *at)).is_whole()) else {
            return false;
        };
        let cells: Vec<String> = table.rows.iter().filter_map(|(_, cells)| Some(view.text(*cells.get(column)?))).collect();
        let figures: Vec<f64> = cells.iter().filter_map(|cell| numbers(cell).into_iter().next()).collect();
        if figures.len() == cells.len() {
            figures.is_sorted_by(|one, other| if down { one >= other } else { one <= other })
        } else {
            let folded: Vec<String> = cells.iter().map(|cell| cell.to_lowercase()).collect();
            folded.is_sorted_by(|one, other| if down { one >= other } else { one <= other })
        }
    })
}
