//! Searching: find the field, type, press Enter, and where prose is wanted open the
//! result that fits best.

use super::context::{called, candidates};
use super::labels::labels;
use super::lists;
use super::memory::{Effect, Memory, Search, Step};
use super::read::looks_like_results;
use super::view::View;
use super::words::{Fit, Word, joined, words};
use crate::computer::Action;
use crate::model::Planned;

/// What search fields and buttons are called.
const NAMES: &str = "search find query lookup";

/// What buttons beside search fields are called.
const BUTTONS: &str = "search find look go query lookup submit ok";

/// What to do next to have the page search. With `open`, its best result is opened.
pub(super) fn search(view: &View<'_>, query: &str, open: bool, effect: Effect, memory: &mut Memory) -> Step {
    match (memory.search, effect) {
        // The page found it while it was typed.
        (Search::Entered, Effect::Failed) if memory.nodes.is_some_and(|before| before != view.page.nodes.len()) => Step::Done(None),
        (Search::Entered, Effect::Failed) => {
            memory.search = Search::Clicked;
            match button(view) {
                Some(at) => Step::Click { at, why: format!("Enter did nothing; {} belongs to the field", called(view, at)) },
                None => Step::Stuck,
            }
        }
        (Search::Clicked, Effect::Failed) => Step::Stuck,
        (Search::Entered | Search::Clicked, _) if open && looks_like_results(view) => {
            memory.search = Search::Opening;
            result(view, query, memory)
        }
        (Search::Opening, Effect::Failed) => result(view, query, memory),
        (Search::Entered | Search::Clicked | Search::Opening, _) => Step::Done(None),
        (Search::Filling, _) => fill(view, query, memory),
    }
}

fn fill(view: &View<'_>, query: &str, memory: &mut Memory) -> Step {
    let Some((at, node)) = field(view).and_then(|at| Some((at, view.node(at)?))) else {
        // Some pages show the field only after a click.
        let wanted = words("search");
        let way = candidates(view, &wanted, |key| memory.has_tried(key)).into_iter().find(|way| way.fit.is_about());
        return match way {
            Some(way) => Step::Click { at: way.at, why: format!("no search field is shown; {} may open one", called(view, way.at)) },
            None => Step::Stuck,
        };
    };
    let value = node.value.as_deref().unwrap_or_default();
    let act = |action, description: String| Planned { action, description };
    let typing = act(Action::Type { text: query.to_owned() }, format!("the words to search for go into {}", called(view, at)));
    if !node.states.focused && memory.focused < 2 {
        return Step::Focus { at, why: format!("{} is where this page searches", called(view, at)) };
    }
    // A field that hides what it holds is taken at its word after two tries.
    if value == query || memory.typed >= 2 {
        memory.search = Search::Entered;
        return Step::Try(act(Action::Keys { keys: vec!["Enter".to_owned()] }, format!("{} holds \"{query}\"", called(view, at))));
    }
    memory.typed += 1;
    memory.nodes.get_or_insert(view.page.nodes.len());
    if value.is_empty() {
        return Step::Act(vec![typing]);
    }
    let select = act(Action::Keys { keys: vec!["Control".to_owned(), "a".to_owned()] }, format!("{} holds other words", called(view, at)));
    Step::Act(vec![select, typing])
}

/// The field that searches: by role, by landmark, by name, or the only one there is.
pub(super) fn field(view: &View<'_>) -> Option<usize> {
    let fields: Vec<_> = view
        .all()
        .filter(|at| {
            let Some(node) = view.node(*at) else { return false };
            let is_menu = node.role == "combobox" && view.within(*at).any(|inner| view.role(inner) == "option");
            ["searchbox", "textbox", "combobox"].contains(&node.role.as_str())
                && !is_menu
                && !node.states.secret
                && !node.states.disabled
                && view.is_drawn(*at)
        })
        .collect();
    let named = words(NAMES);
    let rank = |at: usize| {
        let node = view.node(at);
        let text = node.map(|node| format!("{} {}", node.name, node.description.as_deref().unwrap_or_default())).unwrap_or_default();
        if view.role(at) == "searchbox" {
            4
        } else if view.ancestors(at).any(|up| view.role(up) == "search") {
            3
        } else if Fit::of(&named, &text).matched > 0 {
            2
        } else {
            usize::from(fields.len() == 1)
        }
    };
    fields.iter().copied().filter(|at| rank(*at) > 0).max_by_key(|at| (rank(*at), std::cmp::Reverse(*at)))
}

/// What to search for these words with, where the page has a field for it. One that asks for
/// something of a kind ("Enter a city") gets the name that was said and not the whole question.
pub(super) fn query(view: &View<'_>, about: &[Word]) -> Option<String> {
    let at = field(view)?;
    let label = labels(view, at).join(" ");
    let searches = view.role(at) == "searchbox"
        || view.ancestors(at).any(|up| view.role(up) == "search")
        || Fit::of(&words(NAMES), &label).matched > 0;
    // The only field of a page may as well send what is typed to somebody.
    let is_beside_search = button(view).is_some_and(|button| Fit::of(&words(NAMES), &view.name(button)).matched > 0);
    if !searches && !is_beside_search {
        return None;
    }
    let is_name = |word: &&Word| word.text.starts_with(char::is_uppercase);
    let names: Vec<Word> = about.iter().filter(is_name).cloned().collect();
    let query = joined(if searches { about } else { &names });
    Some(query).filter(|query| !query.is_empty())
}

/// The button that belongs to the search field: the next one after it, if it is called like
/// one that searches or shows only a sign.
fn button(view: &View<'_>) -> Option<usize> {
    let field = field(view)?;
    let next = view.all().find(|at| *at > field && view.role(*at) == "button" && view.is_drawn(*at))?;
    let name = words(&view.name(next));
    let searches = name.is_empty() || name.iter().any(|word| word.is_one_of(&words(BUTTONS)));
    searches.then_some(next)
}

/// The result whose name fits the query best, else the first.
fn result(view: &View<'_>, query: &str, memory: &Memory) -> Step {
    let wanted = words(query);
    let untried = |key: &str| memory.has_tried(key);
    let fitting = candidates(view, &wanted, untried).into_iter().find(|way| view.role(way.at) == "link" && view.is_content(way.at));
    if let Some(way) = fitting {
        let why = format!("{} fits \"{query}\" best ({} of {} words)", called(view, way.at), way.fit.matched, way.fit.wanted);
        return Step::Click { at: way.at, why };
    }
    let first = lists::lists(view).into_iter().next().and_then(|list| list.entries.into_iter().next());
    match first.and_then(|entry| entry.clone().find(|at| view.role(*at) == "link" && !memory.has_tried(&super::context::key(view, *at)))) {
        Some(at) => Step::Click { at, why: format!("{} is the first result", called(view, at)) },
        None => Step::Stuck,
    }
}
