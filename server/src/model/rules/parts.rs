//! Rows, cells and sentences: "the second row of the table", "the last cell of the row of
//! Kettle", "the first sentence of the History section".

use super::answer::{Answer, sentences};
use super::deed::Part;
use super::figures::{header_text, tables};
use super::plan::{What, Which};
use super::read::{paragraphs, scope};
use super::tokens::Token;
use super::view::View;
use super::words::{Fit, Word, fold, number, ordinal, words};

/// What is asked for, if it is one of these.
pub(super) fn part(object: &[Token]) -> Option<Part> {
    let mut part = Part { sentence: None, cell: None, row: None, is_row: false, about: Vec::new() };
    let mut counted = None;
    let (mut is_part, mut at) = (false, 0);
    while let Some(token) = object.get(at) {
        at += 1;
        let Some(text) = token.text() else { continue };
        let word = fold(text);
        let after = object.get(at).and_then(Token::word).and_then(number);
        let nth = || after.map(Which::Nth).or(counted);
        match word.as_str() {
            _ if token.word().is_none() => part.about.extend(words(text)),
            "cell" => (is_part, part.cell) = (true, Some(nth().unwrap_or(Which::Nth(1)))),
            "row" => (is_part, part.is_row, part.row) = (true, true, nth()),
            "table" => is_part = true,
            "sentence" => (is_part, part.sentence) = (true, Some(nth().unwrap_or(Which::Nth(1)))),
            "last" => {
                counted = Some(Which::Last);
                continue;
            }
            "column" | "section" | "paragraph" | "text" | "content" | "contents" | "whole" | "values" => {}
            _ => {
                match ordinal(text) {
                    Some(nth) => counted = Some(Which::Nth(nth)),
                    None if !Word::is_small(text) => part.about.push(Word::new(text)),
                    None => {}
                }
                continue;
            }
        }
        at += usize::from(after.is_some() && token.word().is_some());
        counted = None;
    }
    is_part.then_some(part)
}

/// The part as the page has it.
pub(super) fn read(view: &View<'_>, part: &Part) -> Option<Answer> {
    if let Some(which) = part.sentence {
        let nodes = if part.about.is_empty() { view.all() } else { scope(view, What::Prose, &part.about)? };
        let text = paragraphs(view, &nodes).join(" ");
        return picked(sentences(&text), which).map(|sentence| Answer::text(sentence.trim().to_owned()));
    }
    let mut tables = tables(view);
    // Of several tables the one whose heading or columns have the words.
    let fit = |first: usize, header: &[usize]| {
        let above = view.heading_above(first).map(|at| view.name(at)).unwrap_or_default();
        let columns: Vec<String> = (0..header.len()).map(|column| header_text(view, header, column)).collect();
        Fit::of(&part.about, &format!("{above} {}", columns.join(" "))).matched
    };
    tables.retain(|table| !table.rows.is_empty());
    tables.sort_by_key(|table| {
        let first = table.rows.first().map_or(0, |(row, _)| *row);
        std::cmp::Reverse(fit(first, table.header().unwrap_or_default()))
    });
    let table = tables.into_iter().next()?;
    let line = |row: &usize| super::lists::line(view, &(*row..view.within(*row).end));
    let says = |row: &usize| part.about.iter().filter(|word| word.is_among(&words(&line(row)))).count();
    let named = table.rows.iter().max_by_key(|(row, _)| says(row)).filter(|(row, _)| says(row) > 0);
    let (row, cells) = match part.row {
        Some(which) => picked(table.rows.iter().collect(), which)?,
        None if part.is_row || part.cell.is_some() => named.or_else(|| table.rows.first().filter(|_| part.about.is_empty()))?,
        None => {
            let texts = table.rows.iter().map(|(row, _)| line(row)).collect();
            return Some(Answer { texts, limit: None, is_list: true });
        }
    };
    match part.cell {
        Some(which) => picked(cells.clone(), which).map(|at| Answer::text(view.text(at))),
        None => Some(Answer::text(line(row))),
    }
}

fn picked<T>(all: Vec<T>, which: Which) -> Option<T> {
    match which {
        Which::Nth(nth) => all.into_iter().nth(nth - 1),
        Which::Last => all.into_iter().next_back(),
        Which::All => None,
    }
}
