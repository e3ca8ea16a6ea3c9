//! What the command writes on the terminal.

use std::{
    io::{self, IsTerminal, Write},
    sync::{Mutex, PoisonError},
};

use indicatif::ProgressBar;
use serde::Serialize;

/// What turns under everything else that is written, if anything.
static SPINNER: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Lets this turn under what is written from now on.
pub(crate) fn spin(spinner: ProgressBar) {
    *SPINNER.lock().unwrap_or_else(PoisonError::into_inner) = Some(spinner);
}

/// Takes what turns off the terminal.
pub(crate) fn stop_spinning() {
    let spinner = SPINNER.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(spinner) = spinner {
        spinner.finish_and_clear();
    }
}

/// Writes while nothing turns: two do not write on one line.
fn above<T>(write: impl FnOnce() -> T) -> T {
    let spinner = SPINNER.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match spinner {
        Some(spinner) => spinner.suspend(write),
        None => write(),
    }
}

/// A line on standard output, at once.
pub(crate) fn line(text: impl AsRef<str>) {
    above(|| {
        let mut out = io::stdout().lock();
        // A reader that has gone away does not end the task.
        let _ = writeln!(out, "{}", plain(text.as_ref()));
        let _ = out.flush();
    });
}

/// A line on standard error: what went wrong, or is not part of the output.
pub(crate) fn aside(text: impl AsRef<str>) {
    above(|| {
        let _ = writeln!(io::stderr(), "lightcone: {}", plain(text.as_ref()));
    });
}

/// Where the log goes: to standard error, a line at a time.
pub(crate) struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        above(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// A value as one line of JSON on standard output.
pub(crate) fn json(value: &impl Serialize) {
    // What is printed came from JSON or is made of texts and numbers.
    line(escaped(&serde_json::to_string(value).unwrap_or_default()));
}

/// Rows under their names, in columns as wide as they need; in a terminal no line is wider
/// than that, at the cost of the last column.
pub(crate) fn table<const N: usize>(names: [&str; N], rows: &[[String; N]]) {
    let rows: Vec<[String; N]> =
        std::iter::once(names.map(str::to_owned)).chain(rows.iter().map(|row| row.each_ref().map(|cell| flat(cell)))).collect();
    let widths = rows.iter().fold([0; N], |widest, row| {
        let mut widths = row.iter().map(|cell| console::measure_text_width(cell));
        widest.map(|width| width.max(widths.next().unwrap_or(0)))
    });
    let terminal = io::stdout().is_terminal().then(|| usize::from(console::Term::stdout().size().1));
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| console::pad_str(cell, width, console::Alignment::Left, None));
        let text = cells.collect::<Vec<_>>().join("  ");
        line(match terminal {
            Some(width) => console::truncate_str(text.trim_end(), width, "…"),
            None => text.trim_end().into(),
        });
    }
}

/// Text from pages and models is data: no control character of it reaches the terminal, nor
/// one that changes the order in which others are shown (Unicode, annex 9).
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if steers(c) && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c }).collect()
}

/// The same in one line: a text of several cannot pass for lines of ours.
pub(crate) fn flat(text: &str) -> String {
    plain(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// JSON with such characters as escapes: they stand within strings only, and whoever reads
/// it has them back.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if steers(c) {
            // All of them are in the first plane, so that one unit is enough.
            text.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            text.push(c);
        }
    }
    text
}

fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_escape_sequence_gets_through() {
        assert_eq!(plain("a\u{1b}[31mb\u{9b}c\r\n\td\u{202e}e"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}\n\td\u{fffd}e");
        assert_eq!(flat(" a\n  b\r\tc\u{1b}d "), "a b c\u{fffd}d");
    }

    #[test]
    fn json_says_the_same_without_them() {
        let value = serde_json::json!({"a\u{7f}": "b\u{1b}[31m\u{9b}c\u{202e}\n\u{e9}\u{1f30d}"});
        let text = escaped(&value.to_string());
        assert!(!text.contains(steers) && text.contains('\u{1f30d}'), "{text:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
