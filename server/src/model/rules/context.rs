//! What a page is about already, and what on it can be clicked.

use url::Url;

use super::view::View;
use super::words::{Fit, Word, words};
use crate::computer::States;

/// Roles of what leads somewhere or changes what is shown when it is clicked.
const CONTROLS: &[&str] = &["button", "link", "menuitem", "menuitemradio", "option", "radio", "tab", "treeitem"];

/// The words a page goes by: its title, its main heading, its address, and the
/// controls on it that are chosen.
pub(super) fn context(view: &View<'_>) -> Vec<Word> {
    let mut text = format!("{} ", view.page.title);
    if let Some(heading) = view.main_heading() {
        text.push_str(&view.name(heading));
    }
    if let Ok(url) = Url::parse(&view.page.url) {
        for part in url.path_segments().into_iter().flatten() {
            text.push_str(&format!(" {part}"));
        }
        for (_, value) in url.query_pairs() {
            text.push_str(&format!(" {value}"));
        }
    }
    for at in view.all().filter(|at| is_chosen(view, *at)) {
        text.push_str(&format!(" {}", view.name(at)));
    }
    words(&text)
}

/// Whether a control stands for what is shown: the open tab, the chosen option, a link
/// to this page.
pub(super) fn is_chosen(view: &View<'_>, at: usize) -> bool {
    let is_on = |states: &States| states.selected == Some(true) || (view.role(at) == "radio" && states.checked == Some(true));
    CONTROLS.contains(&view.role(at)) && (leads_here(view, at) || view.node(at).is_some_and(|node| is_on(&node.states)))
}

/// Whether a link leads to the page that is shown.
fn leads_here(view: &View<'_>, at: usize) -> bool {
    view.node(at).and_then(|node| node.url.as_deref()) == Some(view.page.url.as_str())
}

/// What can be clicked to come nearer to some words.
pub(super) fn controls<'a>(view: &'a View<'_>) -> impl Iterator<Item = usize> + 'a {
    view.all().filter(|at| {
        let Some(node) = view.node(*at) else { return false };
        let usable = CONTROLS.contains(&node.role.as_str()) && !node.states.disabled && !is_chosen(view, *at);
        usable && (view.is_drawn(*at) || menu(view, *at).is_some())
    })
}

/// The closed menu that an option belongs to: it is chosen by way of that menu.
pub(super) fn menu(view: &View<'_>, option: usize) -> Option<usize> {
    let is_option = view.role(option) == "option";
    view.ancestors(option).find(|at| is_option && view.role(*at) == "combobox" && view.is_drawn(*at))
}

/// A control that fits, and how well.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    pub(super) at: usize,
    pub(super) fit: Fit,
}

/// The controls that fit some words, best first; of equals the earlier on the page,
/// what belongs to the content after what leads around the site.
pub(super) fn candidates(view: &View<'_>, wanted: &[Word], tried: impl Fn(&str) -> bool) -> Vec<Candidate> {
    let mut found: Vec<_> = controls(view)
        .filter(|at| !tried(&key(view, *at)))
        .map(|at| Candidate { at, fit: Fit::of(wanted, &view.name(at)) })
        .filter(|candidate| candidate.fit.matched > 0)
        .collect();
    found.sort_by_key(|candidate| std::cmp::Reverse(candidate.fit.rank()));
    found
}

/// Names a control, so that it is recognised on a later look.
pub(super) fn key(view: &View<'_>, at: usize) -> String {
    let place = view.node(at).and_then(|node| node.url.clone()).unwrap_or_else(|| view.page.url.clone());
    format!("{} {} {place}", view.role(at), view.name(at))
}

/// For people: `link "Trending"`.
pub(super) fn called(view: &View<'_>, at: usize) -> String {
    let name = view.name(at);
    let role = view.role(at);
    if name.is_empty() { role.to_owned() } else { format!("{role} \"{}\"", shortened(&name, 60)) }
}

/// At most so many characters, with an ellipsis in place of the rest.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most.saturating_sub(1)).chain(['…']).collect() }
}
