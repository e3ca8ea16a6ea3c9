//! What is worked out from a page: counts, the largest and the smallest, values of labels
//! and cells, words of a text.

use std::ops::Range;

use super::acts::{missing, press};
use super::answer::Answer;
use super::context::called;
use super::deed::{Figure, Gesture};
use super::entry::is_field;
use super::labels::likeness;
use super::lists;
use super::memory::{Effect, Memory, Step};
use super::plan::Which;
use super::target::{Kind, Target, WHOLE, find};
use super::view::View;
use super::words::{Fit, Word, joined, words};

/// Roles of cells.
const CELLS: &[&str] = &["cell", "gridcell", "rowheader", "columnheader"];

/// What to do next to work something out.
pub(super) fn figure(view: &View<'_>, figure: &Figure, effect: Effect, memory: &mut Memory) -> Step {
    if memory.is_done && effect != Effect::Idle {
        return Step::Done(None);
    }
    let told = match figure {
        Figure::Count { what, about } => count(view, what, about).map(|count| count.to_string()),
        Figure::Extreme { most, about, click } => match extreme(view, *most, about) {
            Some((entry, _)) if click.is_some() => return click_in(view, entry, click.as_ref(), *most, memory),
            Some((_, text)) => Some(text),
            None => None,
        },
        Figure::Value { about } => value(view, about),
        Figure::Word { nth, of } => text_of(view, of).and_then(|text| {
            let mut words = text.split_whitespace();
            let word = nth.map_or_else(|| text.split_whitespace().last(), |nth| words.nth(nth - 1))?;
            Some(word.trim_matches(|mark: char| !mark.is_alphanumeric()).to_owned())
        }),
        Figure::Content { of } => text_of(view, of),
    };
    match told {
        Some(text) => Step::Done(Some(Answer::text(text))),
        None => missing(view, memory),
    }
}

fn click_in(view: &View<'_>, entry: Range<usize>, target: Option<&Target>, most: bool, memory: &mut Memory) -> Step {
    let inside = |at: usize| entry.contains(&at);
    let named = target.filter(|target| !target.near.is_empty()).and_then(|target| {
        let bare = Target { near: String::new(), which: None, ..target.clone() };
        find(view, &bare, inside).into_iter().next().map(|found| found.at)
    });
    let control =
        || entry.clone().find(|at| ["link", "button", "radio", "checkbox", "option"].contains(&view.role(*at)) && view.is_drawn(*at));
    let text = || entry.clone().find(|at| view.role(*at) == "text" && view.is_drawn(*at));
    let Some(at) = named.or_else(control).or_else(text) else { return Step::Stuck };
    let why = format!("{} belongs to the entry with the {} number", called(view, at), if most { "largest" } else { "smallest" });
    press(view, at, why, Gesture::Click, memory)
}

/// How many of a kind, or of what mentions the words.
fn count(view: &View<'_>, what: &Target, about: &[Word]) -> Option<usize> {
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
    let lists = lists::lists(view);
    let named = lists.iter().find(|list| Fit::of(about, &list.label).matched > 0);
    if let Some(list) = named.filter(|list| Fit::of(about, &list.label).matched + 1 >= about.len()) {
        return Some(list.entries.len());
    }
    let mentions = |wanted: &[Word]| {
        let counts =
            lists.iter().map(|list| list.entries.iter().filter(|entry| Fit::of(wanted, &lists::line(view, entry)).is_whole()).count());
        counts.into_iter().find(|count| *count > 0)
    };
    mentions(about).or_else(|| mentions(rest).filter(|_| !rest.is_empty())).or_else(|| lists.first().map(|list| list.entries.len()))
}

/// The numbers of a text, with thousands and decimals as English has them.
fn numbers(text: &str) -> Vec<f64> {
    let pieces = text.split(|mark: char| !(mark.is_ascii_digit() || mark == '.' || mark == ',' || mark == '-'));
    pieces.filter_map(|piece| piece.trim_matches([',', '.']).replace(',', "").parse().ok()).collect()
}

/// The entry whose number is the largest or the smallest, and its text.
fn extreme(view: &View<'_>, most: bool, about: &[Word]) -> Option<(Range<usize>, String)> {
    let best = |entries: Vec<(f64, Range<usize>)>| {
        let ordered = |one: &(f64, Range<usize>), other: &(f64, Range<usize>)| one.0.total_cmp(&other.0);
        if most { entries.into_iter().rev().max_by(ordered) } else { entries.into_iter().min_by(ordered) }
    };
    for table in tables(view) {
        let Some(header) = table.header() else { continue };
        let column = (0..header.len()).map(|at| (Fit::of(about, &header_text(view, header, at)).matched, std::cmp::Reverse(at))).max();
        let Some((_, std::cmp::Reverse(column))) = column.filter(|(matched, _)| *matched > 0) else { continue };
        let entries = table.rows.iter().filter_map(|(row, cells)| {
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
        let entries: Vec<_> =
            list.entries.iter().filter_map(|entry| Some((measured(&lists::line(view, entry), about)?, entry.clone()))).collect();
        if entries.len() > 1
            && let Some((_, entry)) = best(entries)
        {
            let line = lists::line(view, &entry);
            return Some((entry, line));
        }
    }
    let is_price = about.iter().any(|word| word.text.eq_ignore_ascii_case("price"));
    let currency = |text: &str| text.contains(['$', '€', '£']);
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

/// The number of an entry that the words are about: beside a currency for prices, beside
/// one of the words, else the last.
fn measured(text: &str, about: &[Word]) -> Option<f64> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let is_price = about.iter().any(|word| word.text.eq_ignore_ascii_case("price"));
    let priced = parts.iter().find(|part| part.contains(['$', '€', '£'])).and_then(|part| numbers(part).into_iter().next());
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
    priced.filter(|_| is_price).or(beside).or_else(|| numbers(text).pop())
}

struct Table {
    head: Option<Vec<usize>>,
    rows: Vec<(usize, Vec<usize>)>,
}

impl Table {
    fn header(&self) -> Option<&[usize]> {
        self.head.as_deref()
    }
}

fn header_text(view: &View<'_>, header: &[usize], column: usize) -> String {
    header.get(column).map(|at| view.name(*at)).unwrap_or_default()
}

/// The tables of a page: rows of cells, and the row of column names if there is one.
fn tables(view: &View<'_>) -> Vec<Table> {
    let mut tables: Vec<(Option<usize>, Table)> = Vec::new();
    for row in view.all().filter(|at| view.role(*at) == "row") {
        let cells: Vec<usize> = view.within(row).filter(|at| CELLS.contains(&view.role(*at))).collect();
        let owner = view.ancestors(row).find(|up| ["table", "grid", "treegrid"].contains(&view.role(*up)));
        let is_head = !cells.is_empty() && cells.iter().all(|at| view.role(*at) == "columnheader");
        let table = match tables.iter().position(|(known, _)| *known == owner) {
            Some(at) => tables.get_mut(at),
            None => {
                tables.push((owner, Table { head: None, rows: Vec::new() }));
                tables.last_mut()
            }
        };
        let Some((_, table)) = table else { continue };
        match is_head && table.head.is_none() {
            true => table.head = Some(cells),
            false => table.rows.push((row, cells)),
        }
    }
    tables.into_iter().map(|(_, table)| table).collect()
}

/// The value of a label, or of a column in the row that bears the other words.
pub(super) fn value(view: &View<'_>, about: &[Word]) -> Option<String> {
    cell(view, about).or_else(|| labelled(view, about))
}

/// The cell where a row and a column meet that together have all the words.
pub(super) fn cell(view: &View<'_>, about: &[Word]) -> Option<String> {
    let has = |words: &[Word], text: &str| {
        words.iter().filter(|word| Fit::of(std::slice::from_ref(*word), text).is_whole()).cloned().collect::<Vec<_>>()
    };
    let mut best: Option<(usize, usize)> = None;
    for table in tables(view) {
        for (_, cells) in &table.rows {
            for (column, at) in cells.iter().enumerate().skip(1) {
                let header = table.header().map(|header| header_text(view, header, column)).unwrap_or_default();
                let row = view.text(*cells.first()?);
                let in_header = has(about, &header);
                let rest: Vec<Word> = about.iter().filter(|word| !in_header.contains(word)).cloned().collect();
                let in_row = has(&rest, &row);
                let is_whole = in_header.len() + in_row.len() == about.len() && !in_row.is_empty();
                let names_column = !in_header.is_empty() || cells.len() == 2;
                let spare = Fit::of(about, &format!("{row} {header}")).spare;
                if is_whole && names_column && best.is_none_or(|(least, _)| spare < least) {
                    best = Some((spare, *at));
                }
            }
        }
    }
    best.map(|(_, at)| view.text(at))
}

/// "Label: value", a field of that label, or the text that follows the label.
fn labelled(view: &View<'_>, about: &[Word]) -> Option<String> {
    let wanted = Target { is_quoted: true, ..Target::named(Kind::Any, &joined(about)) };
    let texts: Vec<usize> = view.all().filter(|at| view.role(*at) == "text" && view.is_drawn(*at) && !view.name(*at).is_empty()).collect();
    for at in &texts {
        let name = view.name(*at);
        if let Some((label, value)) = name.split_once(':').filter(|(_, value)| !value.trim().is_empty())
            && likeness(&wanted, label) >= 90
        {
            return Some(value.trim().to_owned());
        }
    }
    let named = texts.iter().position(|at| likeness(&wanted, &view.name(*at)) >= 90);
    if let Some(next) = named.and_then(|at| texts.get(at + 1)) {
        return Some(view.name(*next));
    }
    let field =
        find(view, &Target { kind: Kind::Field, ..wanted }, |at| is_field(view, at)).into_iter().find(|found| found.fit >= WHOLE)?;
    view.node(field.at)?.value.clone()
}

/// The text of what is named: what a field holds, a paragraph, the longest text.
fn text_of(view: &View<'_>, of: &Target) -> Option<String> {
    if of.kind == Kind::Field {
        let fields: Vec<usize> = view.all().filter(|at| is_field(view, *at) && view.is_drawn(*at)).collect();
        let full = |at: &&usize| {
            view.node(**at).is_some_and(|node| !node.states.secret && node.value.as_deref().is_some_and(|value| !value.is_empty()))
        };
        let named = if of.name.is_empty() { None } else { find(view, of, |at| is_field(view, at)).first().map(|found| found.at) };
        let counted = match of.which {
            Some(Which::Nth(n)) => fields.get(n - 1).copied(),
            Some(Which::Last) => fields.last().copied(),
            _ => fields.iter().find(full).copied(),
        };
        return view.node(named.or(counted)?)?.value.clone();
    }
    let nth = if let Some(Which::Nth(n)) = of.which { n - 1 } else { 0 };
    if let Some(at) = view.all().filter(|at| view.role(*at) == "paragraph" && !view.text(*at).is_empty()).nth(nth) {
        return Some(view.text(at));
    }
    let texts = view.all().filter(|at| view.role(*at) == "text" && view.is_drawn(*at));
    texts.map(|at| view.name(at)).max_by_key(String::len).filter(|text| !text.is_empty())
}
