//! Which of several entries has the most or the least of something.

use std::ops::Range;

use super::figures::{header_text, numbers, tables};
use super::labels::without_nouns;
use super::lists::{self, is_kind};
use super::view::View;
use super::words::{Fit, Word, words};

/// What people call a number of stars.
const RATED: &[&str] = &["rated", "rating", "ratings", "star", "starred", "stars"];

/// Signs of a price.
pub(super) const CURRENCIES: [char; 3] = ['$', '€', '£'];

/// Words that stand for the number itself.
const MEASURES: &[&str] = &["amount", "number", "value"];

/// The entry whose number is the largest or the smallest, and its text.
pub(super) fn extreme(view: &View<'_>, most: bool, about: &[Word], placed: &[Word]) -> Option<(Range<usize>, String)> {
    let best = |entries: Vec<(f64, Range<usize>)>| {
        let ordered = |one: &(f64, Range<usize>), other: &(f64, Range<usize>)| one.0.total_cmp(&other.0);
        if most { entries.into_iter().rev().max_by(ordered) } else { entries.into_iter().min_by(ordered) }
    };
    for table in tables(view) {
        let Some(header) = table.header() else { continue };
        let column = (0..header.len()).map(|at| (Fit::of(about, &header_text(view, header, at)).matched, std::cmp::Reverse(at))).max();
        let Some((_, std::cmp::Reverse(column))) = column.filter(|(matched, _)| *matched > 0) else { continue };
        let head = header_text(view, header, column);
        let left: Vec<Word> = about.iter().filter(|word| !word.is_among(&words(&head))).cloned().collect();
        let rows: Vec<Range<usize>> = table.rows.iter().map(|(row, _)| *row..view.within(*row).end).collect();
        let Some(meant) = of_kind(view, &rows, &left, placed) else { continue };
        let entries = table.rows.iter().filter(|(row, _)| meant.iter().any(|entry| entry.start == *row)).filter_map(|(row, cells)| {
            let number = numbers(&view.text(*cells.get(column)?)).into_iter().next()?;
            Some((number, *row..view.within(*row).end))
        });
        if let Some((_, row)) = best(entries.collect()) {
            let line = lists::line(view, &row);
            return Some((row, line));
        }
    }
    let lists = lists::lists(view);
    for list in lists {
        let Some(meant) = of_kind(view, &list.entries, about, &[placed, &words(&list.label)].concat()) else { continue };
        let entries: Vec<_> = meant.into_iter().filter_map(|entry| Some((measured(&lists::line(view, &entry), about)?, entry))).collect();
        if entries.len() > 1
            && let Some((_, entry)) = best(entries)
        {
            let line = lists::line(view, &entry);
            return Some((entry, line));
        }
    }
    if about.iter().any(|word| !accounts(word, placed, &view.text_of(view.all(), " "))) {
        return None;
    }
    let is_price = about.iter().any(|word| word.text.eq_ignore_ascii_case("price"));
    let currency = |text: &str| text.contains(CURRENCIES);
    let priced = is_price && view.all().any(|at| view.role(at) == "text" && currency(&view.name(at)));
    let single = |at: &usize| {
        let name = view.name(*at);
        if priced && !currency(&name) {
            return None;
        }
        let is_text = (view.role(*at) == "text" || ["button", "link", "cell"].contains(&view.role(*at))) && view.is_drawn(*at);
        is_text.then(|| numbers(&name).into_iter().next()).flatten().map(|number| (number, *at..*at + 1))
    };
    let (_, at) = best(view.all().filter_map(|at| single(&at)).collect())?;
    // Where no list holds it, the heading above says what it is of.
    let of = view.heading_above(at.start).filter(|heading| Some(*heading) != view.main_heading()).map(|heading| view.name(heading));
    let text = of.into_iter().chain([view.name(at.start)]).collect::<Vec<_>>().join(" · ");
    Some((at, text))
}

/// Of some entries those that are meant: "the cheapest mug" is none of the lamps. `None` when
/// a word is neither said by an entry nor accounted for by the list or the page.
fn of_kind(view: &View<'_>, entries: &[Range<usize>], about: &[Word], placed: &[Word]) -> Option<Vec<Range<usize>>> {
    let text: String = entries.iter().map(|entry| lists::line(view, entry) + "\n").collect();
    let mut left = entries.to_vec();
    for word in about {
        let says = |entry: &Range<usize>| Fit::of(std::slice::from_ref(word), &lists::line(view, entry)).is_whole();
        if left.iter().any(says) {
            left.retain(says);
        } else if !accounts(word, placed, &text) {
            return None;
        }
    }
    Some(left)
}

/// Whether a word says what is measured, and not what of.
pub(super) fn is_measure(word: &Word) -> bool {
    let said = word.text.to_lowercase();
    said == "price" || RATED.contains(&said.as_str()) || MEASURES.contains(&said.as_str())
}

/// Whether a word needs no entry that says it.
fn accounts(word: &Word, placed: &[Word], text: &str) -> bool {
    let said = word.text.to_lowercase();
    let is_rated = || text.contains(['★', '⭐']) || text.contains(" out of ") || text.contains(" star");
    let is_unit = (said == "price" && text.contains(CURRENCIES)) || (RATED.contains(&said.as_str()) && is_rated());
    let is_noun = is_kind(word) || MEASURES.contains(&said.as_str()) || without_nouns(&word.text).is_empty();
    is_unit || is_noun || word.is_among(placed)
}

/// The number of an entry that the words are about: beside a currency for prices, beside a
/// star for ratings, beside one of the words, else the only one.
fn measured(text: &str, about: &[Word]) -> Option<f64> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let is_price = about.iter().any(|word| word.text.eq_ignore_ascii_case("price"));
    let priced = parts.iter().find(|part| part.contains(CURRENCIES)).and_then(|part| numbers(part).into_iter().next());
    let beside = parts.windows(2).find_map(|pair| {
        let (first, second) = (pair.first()?, pair.last()?);
        let says = |part: &str| Fit::of(about, part).matched > 0;
        if says(second) {
            numbers(first).into_iter().next()
        } else if says(first) {
            numbers(second).into_iter().next()
        } else {
            None
        }
    });
    let unit = about.iter().any(|word| RATED.contains(&word.text.to_lowercase().as_str()));
    let rated = parts.windows(2).find_map(|pair| {
        let (first, second) = (pair.first()?, pair.last()?);
        match *first {
            "★" | "⭐" => numbers(second).into_iter().next(),
            _ => (*second == "out" || second.starts_with("star")).then(|| numbers(first).into_iter().next())?,
        }
    });
    let only = || numbers(text).pop().filter(|_| numbers(text).len() == 1);
    priced.filter(|_| is_price).or(rated.filter(|_| unit)).or(beside).or_else(only)
}
