//! Dialogs and banners that lie over a page.

use super::context::{called, key};
use super::view::View;
use super::words::{Fit, words};

/// What the buttons are called that take a dialog away, the least binding first.
const WAYS_OUT: &[&str] = &[
    "close",
    "dismiss",
    "no thanks",
    "not now",
    "later",
    "skip",
    "reject",
    "decline",
    "necessary",
    "got it",
    "ok",
    "accept",
    "agree",
    "allow",
    "continue",
];

/// The signs on such buttons.
const CROSSES: &[&str] = &["x", "×", "✕", "✖", "⨯"];

/// The button that takes away a dialog over the page, or a banner when a click had no effect.
pub(super) fn way_out(view: &View<'_>, click_failed: bool, has_tried: impl Fn(&str) -> bool) -> Option<(usize, String)> {
    let nodes = match view.modal() {
        Some(dialog) => view.within(dialog),
        None if click_failed => view.all(),
        None => return None,
    };
    let buttons: Vec<_> = nodes.filter(|at| view.role(*at) == "button" && view.is_drawn(*at) && !has_tried(&key(view, *at))).collect();
    if let Some(at) = buttons.iter().copied().find(|at| view.modal().is_some() && CROSSES.contains(&view.name(*at).to_lowercase().as_str()))
    {
        return Some((at, format!("{} takes away what lies over the page", called(view, at))));
    }
    let found = WAYS_OUT.iter().find_map(|way| {
        let wanted = words(way);
        let fits = |at: &usize| Fit::of(&wanted, &view.name(*at));
        buttons.iter().copied().find(|at| fits(at).is_whole() && fits(at).spare <= 2)
    });
    found.map(|at| (at, format!("{} takes away what lies over the page", called(view, at))))
}
