//! How many there are of something.

use super::labels::without_nouns;
use super::lists::{self, List, is_kind};
use super::target::{Kind, Target};
use super::view::View;
use super::words::{Fit, Word, words};

/// How many of a kind, or of what mentions the words.
pub(super) fn count(view: &View<'_>, what: &Target, about: &[Word], placed: &[Word]) -> Option<usize> {
    let roles: &[&str] = match what.kind {
        Kind::Any | Kind::Option => &[],
        Kind::Row => &["row"],
        kind => kind.roles(),
    };
    let (noun, rest) = about.split_last()?;
    let says = |role: &str| Fit::of(std::slice::from_ref(noun), role).is_whole();
    let by_noun =
        ["heading", "paragraph", "link", "button", "image", "row", "column", "option", "radio"].into_iter().find(|role| says(role));
    if !roles.is_empty() || by_noun.is_some() {
        let roles: Vec<&str> = if roles.is_empty() {
            match by_noun? {
                "column" => vec!["columnheader"],
                "image" => vec!["image", "img"],
                role => vec![role],
            }
        } else {
            roles.to_vec()
        };
        let named = what.name.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        let wanted: Vec<Word> = if by_noun.is_some() { rest.to_vec() } else { words(&named) };
        let is_one = |at: &usize| {
            let has_cells = view.role(*at) != "row" || view.within(*at).any(|inner| ["cell", "gridcell"].contains(&view.role(inner)));
            let state = view.node(*at).and_then(|node| node.states.checked);
            let stated = |word: &Word| match word.text.to_lowercase().as_str() {
                "checked" | "ticked" | "selected" => state == Some(true),
                "unchecked" | "unticked" | "empty" => state == Some(false),
                _ => {
                    Fit::of(std::slice::from_ref(word), &view.text_of(*at..view.within(*at).end, " ")).is_whole()
                        || Fit::of(std::slice::from_ref(word), &view.name(*at)).is_whole()
                }
            };
            roles.contains(&view.role(*at)) && view.is_drawn(*at) && has_cells && wanted.iter().all(stated)
        };
        let found = view.all().filter(is_one).count();
        if found > 0 {
            return Some(found);
        }
    }
    lists::lists(view).iter().find_map(|list| in_list(view, list, about, placed))
}

/// How many entries of a list are meant, if every word is accounted for: by the page, by what
/// the list is called, by a noun for entries of any kind, or by the entries themselves.
fn in_list(view: &View<'_>, list: &List, about: &[Word], placed: &[Word]) -> Option<usize> {
    let placed = [placed, &words(&list.label)].concat();
    let lines: Vec<String> = list.entries.iter().map(|entry| lists::line(view, entry)).collect();
    let says = |word: &Word, line: &str| Fit::of(std::slice::from_ref(word), line).is_whole();
    let named = |word: &Word| word.is_among(&placed) || is_kind(word) || without_nouns(&word.text).is_empty();
    let told: Vec<&Word> = about.iter().filter(|word| !named(word)).collect();
    if told.is_empty() {
        return Some(lines.len());
    }
    let count = lines.iter().filter(|line| told.iter().all(|word| says(word, line))).count();
    Some(count).filter(|count| *count > 0)
}

/// The number that the page gives itself: "3 new messages", "35 points" in the entry of the Hawks.
pub(super) fn said_number(view: &View<'_>, about: &[Word]) -> Option<usize> {
    let said = |text: &str, wanted: &[Word]| {
        let parts: Vec<&str> = text.split_whitespace().collect();
        (0..parts.len()).find_map(|at| {
            let number = parts.get(at)?.replace(',', "").parse::<usize>().ok()?;
            let after = parts.get(at + 1..at + 1 + wanted.len())?.join(" ");
            Fit::of(wanted, &after).is_whole().then_some(number)
        })
    };
    let texts = || view.all().filter(|at| view.role(*at) == "text" && view.is_drawn(*at)).map(|at| view.name(at));
    if let Some(number) = texts().find_map(|text| said(&text, about)) {
        return Some(number);
    }
    let (noun, of) = about.split_first().filter(|(_, of)| !of.is_empty())?;
    let lists = lists::lists(view);
    let lines = lists.iter().flat_map(|list| &list.entries).map(|entry| lists::line(view, entry));
    lines.filter(|line| Fit::of(of, line).is_whole()).find_map(|line| said(&line, std::slice::from_ref(noun)))
}
