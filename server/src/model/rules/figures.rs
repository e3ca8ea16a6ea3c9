//! What is worked out from a page: counts, the largest and the smallest, values of labels
//! and cells, words of a text.

use std::ops::Range;

use super::acts::{Now, press};
use super::answer::Answer;
use super::context::{called, candidates};
use super::counting::{count, said_number};
use super::deed::{Figure, Gesture};
use super::entry::is_field;
use super::extremes::{CURRENCIES, extreme, is_measure};
use super::labels::{likeness, without_nouns};
use super::lists::{self, is_kind};
use super::memory::{Effect, Memory, Step};
use super::parts;
use super::plan::Which;
use super::revealing::missing;
use super::target::{Kind, Target, WHOLE, find};
use super::view::View;
use super::words::{Fit, Word, joined, words};
use super::{search, turning};

/// Roles of what is used or stands over more.
const USED: &[&str] = &["button", "heading", "link", "menuitem", "option", "tab", "treeitem"];

/// Roles of cells.
const CELLS: &[&str] = &["cell", "gridcell", "rowheader", "columnheader"];

/// What to do next to work something out.
pub(super) fn figure(view: &View<'_>, figure: &Figure, now: &Now<'_>, memory: &mut Memory) -> Step {
    if memory.is_done && now.effect != Effect::Idle {
        return Step::Done(None);
    }
    let told = match figure {
        Figure::Part(part) => {
            return match parts::read(view, part) {
                Some(answer) => Step::Done(Some(answer)),
                None => missing(view, memory),
            };
        }
        Figure::Count { about, .. } | Figure::Extreme { about, .. } if now.has_arrived && elsewhere(view, about, memory).is_some() => {
            return elsewhere(view, about, memory).unwrap_or(Step::Stuck);
        }
        Figure::Count { what, about } => match said_number(view, about) {
            Some(number) => Some(number.to_string()),
            // What is counted may go on where it is not shown.
            None => match count(view, what, about, &memory.placed(view)) {
                Some(_) if turning::goes_on(view) => return Step::Stuck,
                Some(count) => Some(count.to_string()),
                None => None,
            },
        },
        Figure::Extreme { most, about, click } => match extreme(view, *most, about, &accounted(view, click.as_ref(), memory)) {
            Some(_) if turning::goes_on(view) => return Step::Stuck,
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

/// The words that no entry has to say: those that the page stands for, and the name of what
/// is to be clicked in the entry.
fn accounted(view: &View<'_>, click: Option<&Target>, memory: &Memory) -> Vec<Word> {
    let control = click.filter(|target| !target.near.is_empty()).map(|target| words(&target.name));
    [memory.placed(view), control.unwrap_or_default()].concat()
}

/// Where a site was just opened, the set that is named may lie on another page of it: behind
/// a link around the content that bears its name, or what the site's search finds. Some
/// entries of the first page that fit as well are not all there are.
fn elsewhere(view: &View<'_>, about: &[Word], memory: &Memory) -> Option<Step> {
    let labels: Vec<Word> = lists::lists(view).iter().flat_map(|list| words(&list.label)).collect();
    let placed = memory.placed(view);
    let set: Vec<Word> = about.iter().filter(|word| !is_measure(word)).cloned().collect();
    let missing: Vec<Word> =
        set.iter().filter(|word| !word.is_among(&placed) && !word.is_among(&labels) && !is_kind(word)).cloned().collect();
    if missing.is_empty() || memory.has_searched {
        return None;
    }
    let ways = candidates(view, &missing, |key| memory.has_tried(key));
    if let Some(way) = ways.into_iter().find(|way| way.fit.is_about() && !view.is_content(way.at)) {
        return Some(Step::Click { at: way.at, why: format!("{} may lead to all of \"{}\"", called(view, way.at), joined(&set)) });
    }
    search::query(view, &set).map(Step::Search)
}

fn click_in(view: &View<'_>, entry: Range<usize>, target: Option<&Target>, most: bool, memory: &mut Memory) -> Step {
    let inside = |at: usize| entry.contains(&at);
    let named = target.filter(|target| !target.near.is_empty()).and_then(|target| {
        let bare = Target { near: String::new(), which: None, ..target.clone() };
        find(view, &bare, inside).into_iter().next().map(|found| found.at)
    });
    if named.is_none() && target.is_some_and(|target| target.is_verb) {
        // Another control of the entry does something else.
        return missing(view, memory);
    }
    let control =
        || entry.clone().find(|at| ["link", "button", "radio", "checkbox", "option"].contains(&view.role(*at)) && view.is_drawn(*at));
    let text = || entry.clone().find(|at| view.role(*at) == "text" && view.is_drawn(*at));
    let Some(at) = named.or_else(control).or_else(text) else { return Step::Stuck };
    let why = format!("{} belongs to the entry with the {} number", called(view, at), if most { "largest" } else { "smallest" });
    press(view, at, why, Gesture::Click, memory)
}

/// The numbers of a text, with thousands and decimals as English has them.
pub(super) fn numbers(text: &str) -> Vec<f64> {
    let pieces = text.split(|mark: char| !(mark.is_ascii_digit() || mark == '.' || mark == ',' || mark == '-'));
    pieces.filter_map(|piece| piece.trim_matches([',', '.']).replace(',', "").parse().ok()).collect()
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
    text.split_whitespace().find(|part| part.contains(CURRENCIES) && !numbers(part).is_empty()).map(str::to_owned)
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
    // In running text the words before are no label, unless they say so.
    let in_text = |at: usize| view.ancestors(at).any(|up| view.role(up) == "paragraph") && !view.name(at).trim_end().ends_with(':');
    let named = texts.iter().position(|at| is_plain(*at) && !in_text(*at) && likeness(&wanted, &view.name(*at)) >= 90);
    // Another label is no value, nor is a mere sign.
    let is_value = |at: &&usize| !view.name(**at).ends_with(':') && view.name(**at).chars().any(char::is_alphanumeric);
    if let Some(next) = named.and_then(|at| texts.get(at + 1)).filter(is_value) {
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
