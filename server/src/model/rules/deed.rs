//! What is to be done on a page with mouse and keyboard, and what is to be worked out from it.

use std::fmt;

use super::dates::Date;
use super::plan::Which;
use super::target::Target;
use super::words::{Word, joined};

/// How something is clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gesture {
    Click,
    DoubleClick,
    RightClick,
    Hover,
}

/// Text to be typed.
#[derive(Clone, PartialEq)]
pub(super) enum Text {
    /// As the instruction has it.
    Given(String),
    /// What was read last.
    Read,
    /// A label and a text without a mark between them: where the label ends the page shows.
    Labelled(String),
}

/// Texts may be passwords: only their kind is told.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Given(_) => "Given",
            Self::Read => "Read",
            Self::Labelled(_) => "Labelled",
        })
    }
}

/// Where something is dragged to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    /// Onto another thing.
    Onto(Target),
    /// To a position among its like, from 1.
    Position(usize),
    /// To the end of them.
    End,
    /// So far right and down, in lengths of the thing itself.
    Away(f64, f64),
}

/// Where to scroll.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scroll {
    To(Target),
    Top,
    Bottom,
    /// Screens down; negative is up.
    By(f64),
}

/// Which way to turn in what was shown before, or in the pages of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Back,
    Forward,
    Reload,
    Next,
    Previous,
    /// Of a list in pages, the page of that number.
    Page(usize),
    Last,
}

/// One thing to be done.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Deed {
    Click {
        target: Target,
        gesture: Gesture,
    },
    /// A box or switch: on, off, or the other way round.
    Check {
        target: Target,
        on: Option<bool>,
    },
    /// One of several, in what bears a name or anywhere.
    Choose {
        option: Target,
        list: Target,
        /// Beside those chosen before.
        besides: bool,
    },
    /// What comes up while the beginning is typed.
    Complete {
        starts: String,
        ends: String,
        field: Target,
    },
    Type {
        text: Text,
        field: Target,
    },
    Date {
        date: Date,
        field: Target,
    },
    Slide {
        value: f64,
        control: Target,
    },
    Drag {
        what: Target,
        to: Place,
    },
    Keys {
        keys: Vec<String>,
        times: usize,
    },
    Scroll(Scroll),
    Move {
        how: Move,
    },
    /// Click what entries are ordered by.
    Sort {
        by: Target,
        /// The largest first, or the smallest; not said, whatever a click brings.
        descending: Option<bool>,
    },
    /// Give a value to what bears a label, whatever kind of control that is.
    Set {
        value: Text,
        control: Target,
    },
    /// Make a new entry of a list: type it, unless something of that name is there to be added.
    Add {
        entry: String,
        target: Target,
    },
    /// Until something is shown, or is not shown any more.
    Wait {
        shown: Vec<Word>,
        gone: bool,
    },
    Pause {
        ms: u64,
    },
    /// Open or close what opens and closes.
    Unfold {
        target: Target,
        open: bool,
    },
    /// Send a form off.
    Submit,
    /// Log in or out where the page has a control for it.
    Confirm {
        names: &'static [&'static str],
    },
}

/// A piece of a table or of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) sentence: Option<Which>,
    pub(super) cell: Option<Which>,
    /// Which row, where it is counted.
    pub(super) row: Option<Which>,
    /// Whether a row is named, counted or not.
    pub(super) is_row: bool,
    /// The other words: what the table, the row or the section is called.
    pub(super) about: Vec<Word>,
}

/// Something to be worked out from what the page shows.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Figure {
    /// How many.
    Count { what: Target, about: Vec<Word> },
    /// Which of some entries has the most or the least, and in which column.
    Extreme { most: bool, about: Vec<Word>, click: Option<Target> },
    /// The value of a label, or of a column in a row.
    Value { about: Vec<Word> },
    /// A piece of a table or of a text.
    Part(Part),
    /// A word of a text, counted from 1; `None` for the last.
    Word { nth: Option<usize>, of: Target },
    /// What a field, or a kind of text, holds.
    Content { of: Target },
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Click { target, .. } | Self::Check { target, .. } | Self::Unfold { target, .. } => target.fmt(f),
            Self::Choose { option, list, .. } if list.name.is_empty() => option.fmt(f),
            Self::Choose { option, list, .. } => write!(f, "{option} in {list}"),
            Self::Complete { starts, ends, .. } => write!(f, "a suggestion that begins with \"{starts}\" and ends with \"{ends}\""),
            Self::Type { field, .. } | Self::Date { field, .. } if field.name.is_empty() => f.write_str("a field to type into"),
            Self::Type { field, .. } | Self::Date { field, .. } => write!(f, "a field {field}"),
            Self::Slide { control, .. } => write!(f, "something to set to a value: {control}"),
            Self::Drag { what, to: Place::Onto(to) } => write!(f, "{what} and {to} to drag it to"),
            Self::Drag { what, .. } => what.fmt(f),
            Self::Keys { keys, .. } => write!(f, "the key {}", keys.join("+")),
            Self::Scroll(Scroll::To(target)) => target.fmt(f),
            Self::Scroll(_) | Self::Pause { .. } => f.write_str("the page"),
            Self::Wait { shown, gone: false } => write!(f, "\"{}\", for which it waited,", joined(shown)),
            Self::Wait { shown, gone: true } => write!(f, "a page without \"{}\"", joined(shown)),
            Self::Move { how } => f.write_str(match how {
                Move::Back | Move::Forward | Move::Reload => "the page",
                Move::Next => "a way to the next page",
                Move::Previous => "a way to the previous page",
                Move::Page(_) => "a way to a page of that number",
                Move::Last => "a way to the last page",
            }),
            Self::Sort { by, .. } => write!(f, "something to sort by {by}"),
            Self::Set { control, .. } => write!(f, "something to set: {control}"),
            Self::Add { target, .. } => write!(f, "a way to add {target}"),
            Self::Submit => f.write_str("a button that sends the form"),
            Self::Confirm { names } => write!(f, "a button \"{}\"", names.first().copied().unwrap_or_default()),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count { what, about } if about.is_empty() => write!(f, "{what} to count"),
            Self::Count { about, .. } => write!(f, "\"{}\" to count", joined(about)),
            Self::Extreme { most, about, .. } => {
                write!(f, "entries with numbers to find the {} of \"{}\"", if *most { "largest" } else { "smallest" }, joined(about))
            }
            Self::Part(part) if part.sentence.is_some() => write!(f, "a sentence of \"{}\"", joined(&part.about)),
            Self::Part(part) if part.cell.is_some() => write!(f, "a cell of a table \"{}\"", joined(&part.about)),
            Self::Part(part) => write!(f, "a table or row \"{}\"", joined(&part.about)),
            Self::Value { about } => write!(f, "a value of \"{}\"", joined(about)),
            Self::Word { of, .. } | Self::Content { of } => write!(f, "the text of {of}"),
        }
    }
}
