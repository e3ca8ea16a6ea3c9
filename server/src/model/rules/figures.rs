//! What is worked out from a page: counts, the largest and the smallest, values of labels
//! and cells, words of a text.

use std::ops::Range;

use super::acts::press;
use super::answer::Answer;
use super::context::called;
use super::deed::{Figure, Gesture};
use super::entry::is_field;
use super::labels::{likeness, without_nouns};
use super::lists;
use super::memory::{Effect, Memory, Step};
use super::parts;
use super::plan::Which;
use super::revealing::missing;
use super::target::{Kind, Target, WHOLE, find};
use super::view::View;
use super::words::{Fit, Word, joined, words};

/// What people call a number of stars.
const RATED: &[&str] = &["rated", "rating", "ratings", "stars"];

/// Roles of what is used or stands over more.
const USED: &[&str] = &["button", "heading", "link", "menuitem", "option", "tab", "treeitem"];

/// Roles of cells.
const CELLS: &[&str] = &["cell", "gridcell", "rowheader", "columnheader"];

/// What to do next to work something out.
pub(super) fn figure(view: &View<'_>, figure: &Figure, effect: Effect, memory: &mut Memory) -> Step {
    if memory.is_done && effect != Effect::Idle {
        return Step::Done(None);
    }
    let told = match figure {
        Figure::Part(part) => {
            return match parts::read(view, part) {
                Some(answer) => Step::Done(Some(answer)),
                None => missing(view, memory),
            };
        }
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
    if let Some(number) = said_number(view, about) {
        return Some(number);
    }
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

/// The number that the page gives itself: "3 new messages", "35 points" in the entry of the Hawks.
fn said_number(view: &View<'_>, about: &[Word]) -> Option<usize> {
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
        let entries: Vec<_> = of_kind(view, &list.entries, about)
            .into_iter()
            .filter_map(|entry| Some((measured(&lists::line(view, &entry), about)?, entry)))
            .collect();
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

/// Of some entries those that are meant: "the cheapest mug" is none of the lamps.
fn of_kind(view: &View<'_>, entries: &[Range<usize>], about: &[Word]) -> Vec<Range<usize>> {
    let mut left = entries.to_vec();
    for word in about {
        let says = |entry: &Range<usize>| Fit::of(std::slice::from_ref(word), &lists::line(view, entry)).is_whole();
        if left.iter().any(says) {
            left.retain(says);
        }
    }
    left
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
    let unit = about.iter().any(|word| RATED.contains(&word.text.to_lowercase().as_str()));
    let rated = parts.windows(2).find_map(|pair| {
        (*pair.last()? == "out" || pair.last()?.starts_with("star")).then(|| numbers(pair.first()?).into_iter().next())?
    });
    priced.filter(|_| is_price).or(rated.filter(|_| unit)).or(beside).or_else(|| numbers(text).pop())
}

/// A table.
pub(super) struct Table {
    head: Option<Vec<usize>>,
    /// Each row with its cells.
    pub(super) rows: Vec<(usize, Vec<usize>)>,
}

impl Table {
    /// The cells that name the columns.
    pub(super) fn header(&self) -> Option<&[usize]> {
        self.head.as_deref()
    }
}

pub(super) fn header_text(view: &View<'_>, header: &[usize], column: usize) -> String {
    header.get(column).map(|at| view.name(*at)).unwrap_or_default()
}

/// The tables of a page: rows of cells, and the row of column names if there is one.
pub(super) fn tables(view: &View<'_>) -> Vec<Table> {
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
    let find = |about: &[Word]| cell(view, about).or_else(|| labelled(view, about));
    // "The population of the town": the page is about the town. "The phone number": a label says "Phone".
    let whole = super::context::context(view);
    let said: Vec<Word> = about.iter().filter(|word| !word.is_among(&whole)).cloned().collect();
    let named = without_nouns(&joined(about));
    let both = without_nouns(&joined(&said));
    let first = about.get(..about.len().saturating_sub(1)).unwrap_or_default().to_vec();
    let ends_in_noun = about.last().is_some_and(|last| without_nouns(&last.text).is_empty());
    let tries = [about.to_vec(), said, named, both, if ends_in_noun { first } else { Vec::new() }];
    tries.iter().filter(|about| !about.is_empty()).find_map(|about| find(about)).or_else(|| priced(view, about))
}

/// "The price of the lamp", where an entry names the lamp and has one price.
fn priced(view: &View<'_>, about: &[Word]) -> Option<String> {
    let asks = ["price", "cost", "costs"];
    let of: Vec<Word> = about.iter().filter(|word| !asks.contains(&word.text.to_lowercase().as_str())).cloned().collect();
    if of.is_empty() || of.len() == about.len() {
        return None;
    }
    let lists = lists::lists(view);
    let mut entries: Vec<Range<usize>> = lists.into_iter().flat_map(|list| list.entries).collect();
    entries.retain(|entry| Fit::of(&of, &lists::line(view, entry)).is_whole());
    let text = entries.into_iter().map(|entry| lists::line(view, &entry)).min_by_key(String::len)?;
    text.split_whitespace().find(|part| part.contains(['$', '€', '£']) && !numbers(part).is_empty()).map(str::to_owned)
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
                // The name of the first column may be said with what stands in it: "the class Boxing".
                let first = table.header().map(|header| header_text(view, header, 0)).unwrap_or_default();
                let row = format!("{first} {}", view.text(*cells.first()?));
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
    // What is there to be used, or stands over more, is no label of a value.
    let is_plain = |at: usize| !view.ancestors(at).any(|up| USED.contains(&view.role(up)));
    let texts: Vec<usize> = view.all().filter(|at| view.role(*at) == "text" && view.is_drawn(*at) && !view.name(*at).is_empty()).collect();
    for at in texts.iter().filter(|at| is_plain(**at)) {
        let name = view.name(*at);
        if let Some((label, value)) = name.split_once(':').filter(|(_, value)| !value.trim().is_empty())
            && likeness(&wanted, label) >= 90
        {
            return Some(value.trim().to_owned());
        }
    }
    let named = texts.iter().position(|at| is_plain(*at) && likeness(&wanted, &view.name(*at)) >= 90);
    // Another label is no value.
    if let Some(next) = named.and_then(|at| texts.get(at + 1)).filter(|next| !view.name(**next).ends_with(':')) {
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
