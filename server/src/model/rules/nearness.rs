//! Which of several things is nearest to what is named beside it.

use super::labels::{likeness, plain};
use super::target::{Found, Kind, Target, WHOLE};
use super::view::View;

/// Orders things by how near they are to the words: in the same row, then in the same
/// part of the page, then after them.
pub(super) fn by_nearness(view: &View<'_>, near: &str, found: &mut [Found]) {
    let anchors = anchors(view, near);
    if anchors.is_empty() {
        let dialog = view.modal().filter(|_| plain(near).contains("dialog") || plain(near).contains("popup"));
        let inside = |at: usize| dialog.is_some_and(|dialog| view.within(dialog).contains(&at));
        found.sort_by_key(|one| std::cmp::Reverse((inside(one.at), one.fit)));
        return;
    }
    found.sort_by_cached_key(|one| anchors.iter().map(|anchor| cost(view, one.at, *anchor)).min());
}

/// Where the words stand that something is to be near.
pub(super) fn anchors(view: &View<'_>, near: &str) -> Vec<usize> {
    let anchor = Target { is_quoted: true, ..Target::named(Kind::Any, near) };
    let is_anchor = |at: &usize| {
        let role = view.role(*at);
        (role == "text" || role == "heading" || role == "link" || role == "cell") && view.is_drawn(*at)
    };
    let mut anchors: Vec<(u32, usize)> =
        view.all().filter(is_anchor).map(|at| (likeness(&anchor, &view.name(at)), at)).filter(|(fit, _)| *fit >= WHOLE).collect();
    let best = anchors.iter().map(|(fit, _)| *fit).max().unwrap_or(0);
    anchors.retain(|(fit, _)| *fit == best);
    anchors.into_iter().map(|(_, at)| at).collect()
}

/// How far one thing is from another: not in its row, not in its part of the page, before it.
pub(super) fn cost(view: &View<'_>, at: usize, anchor: usize) -> (bool, usize, usize) {
    let middle = |at: usize| view.node(at).and_then(|node| node.bounds).map(|place| place.y + place.height / 2.0);
    let in_row = middle(at).zip(middle(anchor)).is_some_and(|(one, other)| (one - other).abs() < 14.0);
    let order = if at > anchor { at - anchor } else { (anchor - at) * 2 };
    let shared = view.ancestors(at).find(|up| view.within(*up).contains(&anchor)).map_or(usize::MAX, |up| view.within(up).len());
    (!in_row, shared, order)
}
