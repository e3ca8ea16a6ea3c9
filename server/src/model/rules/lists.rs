//! What a page lists: lists, tables, feeds of articles, and headings in a row.

use std::ops::Range;

use super::view::View;
use super::words::Word;

/// Nouns for the entries of some list, whatever the page calls them.
const KINDS: &[&str] = &[
    "article",
    "book",
    "city",
    "comment",
    "email",
    "message",
    "player",
    "review",
    "team",
    "task",
    "entry",
    "item",
    "library",
    "link",
    "name",
    "news",
    "one",
    "option",
    "package",
    "page",
    "post",
    "product",
    "project",
    "repository",
    "result",
    "story",
    "thing",
    "title",
    "topic",
];

/// Whether a word is a noun for the entries of lists of any kind.
pub(super) fn is_kind(word: &Word) -> bool {
    word.is_one_of(&KINDS.iter().map(|kind| Word::new(kind)).collect::<Vec<_>>())
}

/// Entries that belong together.
pub(super) struct List {
    /// What the page calls it: its own name and the heading above.
    pub(super) label: String,
    /// Nodes of each entry.
    pub(super) entries: Vec<Range<usize>>,
    /// Whether it is marked up as one, and not only a row of headings.
    is_marked: bool,
}

/// The lists in the content of a page, those with the most to say first.
pub(super) fn lists(view: &View<'_>) -> Vec<List> {
    let mut lists: Vec<List> = Vec::new();
    for (entry, owners) in [("listitem", ["list", "feed"]), ("row", ["table", "grid"]), ("article", ["feed", "main"])] {
        let mut groups: Vec<(Option<usize>, Vec<Range<usize>>)> = Vec::new();
        for at in view.content(entry).filter(|at| is_entry(view, *at)) {
            let owner = view.ancestors(at).find(|ancestor| owners.contains(&view.role(*ancestor))).or_else(|| view.parent(at));
            let nodes = at..view.within(at).end;
            match groups.iter_mut().find(|(known, _)| *known == owner) {
                Some((_, entries)) => entries.push(nodes),
                None => groups.push((owner, vec![nodes])),
            }
        }
        lists.extend(groups.into_iter().map(|(owner, entries)| List { label: label(view, owner, &entries), entries, is_marked: true }));
    }
    lists.extend(headings_in_a_row(view));
    lists.extend(boxes_alike(view));
    lists.extend(sections_alike(view));
    lists.sort_by_cached_key(|list| {
        std::cmp::Reverse((list.is_marked, list.entries.iter().map(|entry| view.text_of(entry.clone(), " ").len()).sum::<usize>()))
    });
    lists
}

/// The most texts of one entry among boxes without a role.
const MOST_PARTS: usize = 16;

/// Boxes without a role that follow one another and are built alike: cards, rows of a mailbox.
fn boxes_alike(view: &View<'_>) -> Vec<List> {
    let shape = |at: usize| -> Vec<&str> {
        view.within(at)
            .filter(|inner| view.parent(*inner) == Some(at) && !view.name(*inner).trim().is_empty())
            .map(|inner| view.role(inner))
            .collect()
    };
    let parts = |at: usize| view.within(at).filter(|inner| view.role(*inner) == "text" && !view.name(*inner).trim().is_empty()).count();
    struct Group<'a> {
        owner: Option<usize>,
        shape: Vec<&'a str>,
        entries: Vec<Range<usize>>,
    }
    let mut groups: Vec<Group<'_>> = Vec::new();
    for at in view.content("generic").filter(|at| view.is_drawn(*at) && (2..=MOST_PARTS).contains(&parts(*at))) {
        let (parent, shape) = (view.parent(at), shape(at));
        let nodes = at..view.within(at).end;
        match groups.iter_mut().find(|group| group.owner == parent && group.shape == shape) {
            Some(group) => group.entries.push(nodes),
            None => groups.push(Group { owner: parent, shape, entries: vec![nodes] }),
        }
    }
    groups.retain(|group| group.entries.len() > 1);
    groups.into_iter().map(|Group { owner, entries, .. }| List { label: label(view, owner, &entries), entries, is_marked: false }).collect()
}

/// Headings of one level that are followed by the same kinds of things, some of them to be
/// used: cards whose boxes the browser leaves out.
fn sections_alike(view: &View<'_>) -> Option<List> {
    let level = |at: usize| view.node(at).and_then(|node| node.level).unwrap_or(2);
    let main = view.main_heading();
    let headings: Vec<usize> = view.content("heading").collect();
    let lowest = headings.iter().map(|at| level(*at)).max()?;
    let headings: Vec<usize> = headings.into_iter().filter(|at| level(*at) == lowest).collect();
    let is_part = |at: &usize| !["text", "generic", "listmarker"].contains(&view.role(*at)) && view.is_drawn(*at);
    let parts = |at: usize| view.section(at).filter(is_part).collect::<Vec<_>>();
    let first: Vec<&str> = parts(*headings.first()?).into_iter().map(|at| view.role(at)).collect();
    let is_used = first.iter().any(|role| ["button", "link", "spinbutton", "checkbox"].contains(role));
    if headings.len() < 2 || first.is_empty() || !is_used || headings.len() == 1 && main == headings.first().copied() {
        return None;
    }
    let entry = |at: &usize| {
        let own = parts(*at);
        let roles: Vec<&str> = own.iter().take(first.len()).map(|at| view.role(*at)).collect();
        // After the last comes the rest of the page.
        let end = own.get(first.len() - 1).map(|last| view.within(*last).end)?;
        (roles == first).then_some(*at..end)
    };
    let entries: Vec<Range<usize>> = headings.iter().map_while(entry).collect();
    let label = label(view, None, &entries);
    (entries.len() == headings.len()).then_some(List { label, entries, is_marked: false })
}

/// An entry has text, is no row of column names, and is not the whole of another entry.
fn is_entry(view: &View<'_>, at: usize) -> bool {
    let names_columns =
        view.role(at) == "row" && view.within(at).all(|inner| !["cell", "gridcell", "rowheader"].contains(&view.role(inner)));
    let repeats = view.role(at) == "article" && view.ancestors(at).any(|ancestor| view.role(ancestor) == "listitem");
    !names_columns && !repeats && !view.text(at).is_empty()
}

fn label(view: &View<'_>, owner: Option<usize>, entries: &[Range<usize>]) -> String {
    let name = owner
        .and_then(|owner| view.node(owner))
        .filter(|node| !["main", "generic"].contains(&node.role.as_str()))
        .map_or("", |node| node.name.trim());
    let start = entries.first().map_or(0, |entry| entry.start);
    let above = view.heading_above(start).map(|at| view.name(at)).unwrap_or_default();
    format!("{name} {above}").trim().to_owned()
}

/// Headings of one level that each hold a link: results that are no list to the browser.
fn headings_in_a_row(view: &View<'_>) -> Vec<List> {
    let mut by_level: Vec<(u32, Vec<Range<usize>>)> = Vec::new();
    for at in view.content("heading") {
        let level = view.node(at).and_then(|node| node.level).unwrap_or(2);
        let has_link =
            view.within(at).any(|inner| view.role(inner) == "link") || view.parent(at).is_some_and(|parent| view.role(parent) == "link");
        let inside = view.ancestors(at).any(|ancestor| ["listitem", "article", "row"].contains(&view.role(ancestor)));
        if level < 2 || !has_link || inside {
            continue;
        }
        let nodes = at..view.section(at).end;
        match by_level.iter_mut().find(|(known, _)| *known == level) {
            Some((_, entries)) => entries.push(nodes),
            None => by_level.push((level, vec![nodes])),
        }
    }
    let rows = by_level.into_iter().filter(|(_, entries)| entries.len() > 1);
    rows.map(|(level, entries)| {
        let first = entries.first().map_or(0, |entry| entry.start);
        let above = view
            .content("heading")
            .take_while(|at| *at < first)
            .filter(|at| view.node(*at).and_then(|node| node.level).unwrap_or(2) < level)
            .last();
        List { label: above.map(|at| view.name(at)).unwrap_or_default(), entries, is_marked: false }
    })
    .collect()
}

/// An entry in one line, its parts set apart.
pub(super) fn line(view: &View<'_>, entry: &Range<usize>) -> String {
    view.text_of(entry.clone(), " · ")
}
