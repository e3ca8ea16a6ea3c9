//! Which of several things is nearest to what is named beside it.

use super::context::context;
use super::labels::{labels, likeness, plain, without_nouns};
use super::target::{Found, Kind, Target, WHOLE};
use super::view::View;
use super::words::{Word, joined};

/// Roles of what something can be near.
const ANCHORS: &[&str] =
    &["button", "cell", "columnheader", "gridcell", "heading", "image", "label", "link", "rowheader", "text", "treeitem"];

/// Orders things by how near they are to the words: in the same row, then in the same
/// part of the page, then after them.
pub(super) fn by_nearness(view: &View<'_>, near: &str, found: &mut Vec<Found>) {
    let anchors = anchors(view, near);
    if anchors.is_empty() {
        let dialog = view.modal().filter(|_| plain(near).contains("dialog") || plain(near).contains("popup"));
        let inside = |at: usize| dialog.is_some_and(|dialog| view.within(dialog).contains(&at));
        found.sort_by_key(|one| std::cmp::Reverse((inside(one.at), one.fit)));
        if !is_anywhere(view, near) {
            // It is to be near something that is not there: taking another would be a guess.
            found.clear();
        }
        return;
    }
    found.sort_by_cached_key(|one| anchors.iter().map(|anchor| cost(view, one.at, *anchor)).min());
}

/// Whether the words tell nothing apart: nouns for parts of a page, or what the page as a
/// whole is called.
fn is_anywhere(view: &View<'_>, near: &str) -> bool {
    const PARTS: &[&str] = &[
        "page",
        "screen",
        "form",
        "top",
        "bottom",
        "footer",
        "header",
        "site",
        "website",
        "popup",
        "banner",
        "list",
        "end",
        "it",
        "suggestion",
        "choice",
        "option",
        "result",
    ];
    let parts: Vec<Word> = PARTS.iter().map(|part| Word::new(part)).collect();
    let whole = context(view);
    without_nouns(near).iter().all(|word| word.is_one_of(&parts) || word.is_one_of(&whole))
}

/// Where the words stand that something is to be near.
pub(super) fn anchors(view: &View<'_>, near: &str) -> Vec<usize> {
    let anchor = Target { is_quoted: true, ..Target::named(Kind::Any, near) };
    let named = joined(&without_nouns(near));
    // "The row of user Bob" is near Bob.
    let bare = Target { is_quoted: true, ..Target::named(Kind::Any, &named) };
    let fit = |at: usize| {
        let label =
            |label: &String| likeness(&anchor, label).max(if named.is_empty() { 0 } else { likeness(&bare, label).saturating_sub(6) });
        labels(view, at).iter().map(label).max().unwrap_or(0)
    };
    let is_anchor = |at: &usize| ANCHORS.contains(&view.role(*at)) && view.is_drawn(*at);
    let mut anchors: Vec<(u32, usize)> = view.all().filter(is_anchor).map(|at| (fit(at), at)).filter(|(fit, _)| *fit >= WHOLE).collect();
    let best = anchors.iter().map(|(fit, _)| *fit).max().unwrap_or(0);
    anchors.retain(|(fit, _)| *fit == best);
    anchors.into_iter().map(|(_, at)| at).collect()
}

/// How far one thing is from another: not in its row, not in its part of the page, before it.
pub(super) fn cost(view: &View<'_>, at: usize, anchor: usize) -> (bool, bool, usize, usize) {
    let middle = |at: usize| view.node(at).and_then(|node| node.bounds).map(|place| place.y + place.height / 2.0);
    let in_row = middle(at).zip(middle(anchor)).is_some_and(|(one, other)| (one - other).abs() < 14.0);
    let order = if at > anchor { at - anchor } else { (anchor - at) * 2 };
    let shared = view.ancestors(at).find(|up| view.within(*up).contains(&anchor)).map_or(usize::MAX, |up| view.within(up).len());
    // What stands under a heading belongs to it, also where no box holds the two together.
    let heading = std::iter::once(anchor).chain(view.ancestors(anchor)).find(|up| view.role(*up) == "heading");
    let is_under = heading.is_some_and(|heading| view.section(heading).contains(&at));
    (!in_row, !is_under, shared, order)
}
