//! What an instruction asks for, as goals to be reached one after the other.

use std::fmt;

use url::Url;

use super::deed::{Deed, Figure};
use super::words::{Word, joined};

/// The goals of one instruction or message.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Plan {
    /// In the order they are asked for.
    pub(super) goals: Vec<Goal>,
    /// "Only the top 3": the most entries of any list that is told.
    pub(super) limit: Option<usize>,
}

/// How often something is done until a condition holds.
pub(super) const MOST_REPEATS: usize = 25;

/// One thing to be reached before the next.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Goal {
    /// Be on a site.
    Visit {
        /// Where it is opened.
        site: Url,
        /// Open it even when the page already lies on it: "go to" and not just "on".
        anew: bool,
    },
    /// Put words into the page's search field.
    Search {
        /// As they are to be typed.
        query: String,
    },
    /// Click a link or a button.
    Follow(Object),
    /// Tell what the page says.
    Read {
        /// Of what.
        object: Object,
        /// The first sentences of it only.
        brief: bool,
    },
    /// Do something with what is named.
    Do(Deed),
    /// Work something out from what the page shows.
    Figure(Figure),
    /// Reach these goals, if the page shows the words.
    If {
        /// All of them in one place.
        shown: Vec<Word>,
        /// If it does not.
        not: bool,
        goals: Vec<Goal>,
    },
    /// Reach these goals again and again, until the page shows the words.
    Until {
        /// All of them in one place.
        shown: Vec<Word>,
        goals: Vec<Goal>,
        /// How often yet.
        left: usize,
    },
}

/// What a verb is about: "the second paragraph of the History section".
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Object {
    /// Paragraph.
    pub(super) what: What,
    /// The second.
    pub(super) which: Which,
    /// History.
    pub(super) about: Vec<Word>,
    /// "The top 3": at most so many of them.
    pub(super) limit: Option<usize>,
}

/// A part of a page, as people call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Not said: whatever bears the name.
    Named,
    /// The title and the address.
    Place,
    /// The title alone.
    Title,
    /// Headings.
    Heading,
    /// Paragraphs.
    Paragraph,
    /// A whole list.
    List,
    /// Entries of a list: items, results.
    Item,
    /// Links.
    Link,
    /// An article, a section: its heading and its paragraphs.
    Prose,
}

/// Which of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Each.
    All,
    /// Counted from 1.
    Nth(usize),
    /// The last.
    Last,
}

impl Goal {
    /// The words that it looks for on pages.
    pub(super) fn about(&self) -> &[Word] {
        match self {
            Self::Follow(object) | Self::Read { object, .. } => &object.about,
            Self::Visit { .. } | Self::Search { .. } | Self::Do(_) | Self::Figure(_) | Self::If { .. } | Self::Until { .. } => &[],
        }
    }

    /// Says near what it is to be done, where the goal itself does not; whether it is of a kind that has such a place.
    pub(super) fn set_near(&mut self, near: &str) -> bool {
        let target = match self {
            Self::Do(Deed::Click { target, .. } | Deed::Check { target, .. } | Deed::Unfold { target, .. }) => target,
            Self::Do(Deed::Type { field: target, .. } | Deed::Choose { list: target, .. }) => target,
            _ => return false,
        };
        if target.near.is_empty() {
            near.clone_into(&mut target.near);
        }
        target.near == near
    }

    /// The name of what it is done with.
    pub(super) fn named(&self) -> String {
        match self {
            Self::Do(Deed::Click { target, .. } | Deed::Check { target, .. } | Deed::Unfold { target, .. }) => target.name.clone(),
            _ => joined(self.about()),
        }
    }

    /// Whether it tells a list, which a limit can shorten.
    pub(super) fn tells_list(&self) -> bool {
        match self {
            Self::Search { .. } => true,
            Self::Read { object, .. } => !matches!(object.what, What::Place | What::Title | What::Paragraph | What::Prose),
            Self::Visit { .. } | Self::Follow(_) | Self::Do(_) | Self::Figure(_) | Self::If { .. } | Self::Until { .. } => false,
        }
    }

    /// Whether it tells running text, as an article has it and a list of results does not.
    pub(super) fn tells_prose(&self) -> bool {
        matches!(self, Self::Read { object: Object { what: What::Paragraph | What::Prose, .. }, .. })
    }
}

impl Object {
    /// All of a kind, about nothing special.
    pub(super) fn all(what: What) -> Self {
        Self { what, which: Which::All, about: Vec::new(), limit: None }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.what {
            What::Named => "",
            What::Place => "the page",
            What::Title => "the title",
            What::Heading => "a heading",
            What::Paragraph => "a paragraph",
            What::List => "a list",
            What::Item => "an entry of a list",
            What::Link => "a link",
            What::Prose => "text",
        };
        let number = match self.which {
            Which::Nth(n) if n > 1 => format!(" number {n}"),
            _ => String::new(),
        };
        match (kind, self.about.is_empty()) {
            ("", _) => write!(f, "\"{}\"", joined(&self.about)),
            (kind, true) => write!(f, "{kind}{number}"),
            (kind, false) => write!(f, "{kind}{number} about \"{}\"", joined(&self.about)),
        }
    }
}

/// For people: what is to be found for this goal.
impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Visit { site, .. } => write!(f, "the site {site}"),
            Self::Search { query } => write!(f, "a way to search for \"{query}\""),
            Self::Follow(object) if object.what == What::Named => write!(f, "a link or button {object}"),
            Self::Follow(object) | Self::Read { object, .. } => object.fmt(f),
            Self::Do(deed) => deed.fmt(f),
            Self::Figure(figure) => figure.fmt(f),
            Self::If { shown, .. } | Self::Until { shown, .. } => write!(f, "\"{}\"", joined(shown)),
        }
    }
}

/// The words of an instruction or message that mean nothing here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unplaced(pub(super) Vec<String>);

impl fmt::Display for Unplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted: Vec<_> = self.0.iter().map(|word| format!("\"{word}\"")).collect();
        f.write_str(&quoted.join(", "))
    }
}
