//! What an instruction names, and where it is on a page.
//!
//! Pages need no roles and no labels for it: text that is drawn can be clicked, and a
//! field without a name goes by the words beside or above it.

use super::context::{called, menu};
use super::follow::counted;
use super::labels::{SAID, labels, likeness, without_nouns};
use super::nearness::{anchors, by_nearness, cost};
use super::plan::{What, Which};
use super::surroundings::names;
use super::synonyms;
use super::view::View;

/// The kind of a thing, as its noun says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Any,
    Button,
    Link,
    Tab,
    Checkbox,
    Radio,
    Option,
    Field,
    List,
    Menu,
    Slider,
    Image,
    Dialog,
    Section,
    Branch,
    Row,
    /// What a search found.
    Entry,
}

/// Where text goes in.
pub(super) const FIELDS: &[&str] = &["textbox", "searchbox", "combobox", "spinbutton", "date", "inputtime", "datetime"];

/// What is chosen, among others or for itself.
const CHOICES: &[&str] =
    &["option", "radio", "checkbox", "switch", "menuitem", "menuitemradio", "menuitemcheckbox", "tab", "treeitem", "gridcell"];

/// What is there to be used.
pub(super) const CONTROLS: &[&str] = &[
    "button",
    "link",
    "menuitem",
    "menuitemradio",
    "menuitemcheckbox",
    "option",
    "radio",
    "checkbox",
    "switch",
    "tab",
    "treeitem",
    "textbox",
    "searchbox",
    "combobox",
    "listbox",
    "spinbutton",
    "slider",
    "image",
    "img",
    "disclosuretriangle",
    "gridcell",
    "columnheader",
    "date",
    "inputtime",
];

/// What only holds others, whatever its name.
const HOLDERS: &[&str] = &["document", "rootwebarea", "main", "form", "region", "group", "dialog", "alertdialog", "table", "list", "grid"];

/// So much of a hundred has to fit for a thing to be named at all.
pub(super) const LEAST: u32 = 40;

/// What can be used goes before a mere text.
const BONUS: u32 = 8;

/// All the words are there.
pub(super) const WHOLE: u32 = 60;

impl Kind {
    /// The roles that a thing of this kind has on a page that says roles.
    pub(super) fn roles(self) -> &'static [&'static str] {
        match self {
            Self::Any => &[],
            Self::Button => &["button"],
            Self::Link => &["link"],
            Self::Tab => &["tab"],
            Self::Checkbox => &["checkbox", "switch", "menuitemcheckbox"],
            Self::Radio => &["radio", "menuitemradio"],
            Self::Option => CHOICES,
            Self::Field => FIELDS,
            Self::List => &["combobox", "listbox"],
            Self::Menu => &["button", "menuitem", "combobox"],
            Self::Slider => &["slider", "spinbutton"],
            Self::Image => &["image", "img"],
            Self::Dialog => &["dialog", "alertdialog"],
            Self::Section => &["button", "tab", "disclosuretriangle", "heading", "summary"],
            Self::Branch => &["treeitem"],
            Self::Row => &["row", "listitem", "article"],
            Self::Entry => &["link"],
        }
    }

    /// For people.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Button => "button",
            Self::Link => "link",
            Self::Tab => "tab",
            Self::Checkbox => "checkbox",
            Self::Radio => "radio button",
            Self::Option => "option",
            Self::Field => "field",
            Self::List => "list",
            Self::Menu => "menu",
            Self::Slider => "slider",
            Self::Image => "image",
            Self::Dialog => "dialog",
            Self::Section => "section",
            Self::Branch => "item of a tree",
            Self::Row => "row",
            Self::Entry => "result",
        }
    }
}

/// What is named: "the second Delete button in the row of Bob".
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Target {
    /// Button.
    pub(super) kind: Kind,
    /// Delete.
    pub(super) name: String,
    /// The phrase as it was written: names may have nouns and prepositions in them.
    pub(super) phrase: String,
    /// Whether the name stood between quotation marks, so that it is all of it.
    pub(super) is_quoted: bool,
    /// Whether the name is a verb, and what it is done to may be part of the name.
    pub(super) is_verb: bool,
    /// The second.
    pub(super) which: Option<Which>,
    /// Bob: words that stand near it.
    pub(super) near: String,
}

impl Target {
    /// Something that bears a name.
    pub(super) fn named(kind: Kind, name: &str) -> Self {
        Self { kind, name: name.to_owned(), phrase: name.to_owned(), ..Self::default() }
    }

    /// Whether neither name nor kind nor place is said.
    pub(super) fn is_nothing(&self) -> bool {
        self.kind == Kind::Any && self.name.is_empty() && self.near.is_empty() && self.which.is_none()
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = Vec::new();
        match self.which {
            Some(Which::Nth(n)) => parts.push(format!("number {n}:")),
            Some(Which::Last) => parts.push("the last".to_owned()),
            _ => {}
        }
        if !self.kind.noun().is_empty() || self.name.is_empty() {
            parts.push(format!("a {}", if self.kind == Kind::Any { "thing" } else { self.kind.noun() }));
        }
        if !self.name.is_empty() {
            parts.push(format!("\"{}\"", self.name));
        }
        if !self.near.is_empty() {
            parts.push(format!("near \"{}\"", self.near));
        }
        f.write_str(&parts.join(" "))
    }
}

/// A thing on the page that fits, how well in hundredths, and by which words.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) at: usize,
    pub(super) fit: u32,
    pub(super) label: String,
}

impl Found {
    /// For people: what it is and why it was chosen.
    pub(super) fn why(&self, view: &View<'_>, target: &Target) -> String {
        let thing = called(view, self.at);
        let fits = match self.fit {
            _ if target.name.is_empty() => format!("{thing} is {target}"),
            100.. if view.name(self.at) == self.label => format!("{thing} bears the name \"{}\"", target.name),
            100.. => format!("{thing} stands beside \"{}\"", self.label),
            WHOLE.. => format!("{thing} has all the words of \"{}\"", target.name),
            _ => format!("{thing} fits \"{}\" best", target.name),
        };
        if target.near.is_empty() || target.name.is_empty() { fits } else { format!("{fits} and is nearest to \"{}\"", target.near) }
    }
}

/// The things that fit, best first: by name, then by nearness, then in the order of the page.
///
/// Where nothing bears the words, other words for the same are tried.
pub(super) fn find(view: &View<'_>, target: &Target, may: impl Fn(usize) -> bool) -> Vec<Found> {
    let found = find_among(view, target, &may);
    if !found.is_empty() || target.is_quoted && !target.is_verb {
        return found;
    }
    let other = |name: String| find_among(view, &Target { phrase: name.clone(), name, ..target.clone() }, &may);
    synonyms::variants(&target.name).into_iter().map(other).find(|found| !found.is_empty()).unwrap_or_default()
}

fn find_among(view: &View<'_>, target: &Target, may: &dyn Fn(usize) -> bool) -> Vec<Found> {
    let usable = |at: &usize| {
        let drawn = view.is_drawn(*at) || menu(view, *at).is_some();
        drawn && view.node(*at).is_some_and(|node| !node.states.disabled) && may(*at)
    };
    let mut found: Vec<Found> = if target.name.is_empty() && target.kind == Kind::Entry {
        let entries = counted(view, What::Item);
        let entries = if entries.len() > 1 { entries } else { counted(view, What::Link) };
        entries.into_iter().filter(usable).map(|at| Found { at, fit: WHOLE, label: String::new() }).collect()
    } else if target.name.is_empty() {
        let of_kind = |at: &usize| target.kind.roles().contains(&view.role(*at));
        view.all().filter(|at| of_kind(at) && usable(at)).map(|at| Found { at, fit: WHOLE, label: String::new() }).collect()
    } else {
        view.all().filter(usable).filter_map(|at| fitting(view, target, at)).collect()
    };
    let is_noun = !target.name.is_empty() && without_nouns(&target.name).is_empty();
    if found.is_empty() && !target.is_quoted && !target.near.is_empty() && is_noun {
        // "The email by Nora": nothing says email, something says Nora.
        let by_place =
            Target { name: target.near.clone(), phrase: target.near.clone(), near: String::new(), kind: Kind::Any, ..target.clone() };
        return find_among(view, &by_place, may);
    }
    let best = found.iter().map(|one| one.fit).max().unwrap_or(0);
    if target.is_verb && found.iter().any(|one| one.fit == SAID || one.fit == SAID + BONUS) {
        // The name says what it is done to; nothing else is to be near.
        found.retain(|one| one.fit >= SAID);
        found.sort_by_key(|one| std::cmp::Reverse(one.fit));
        return found;
    }
    if target.which.is_some() || !target.near.is_empty() {
        // What is counted, or told apart by its place, fits as well as the best.
        found.retain(|one| target.name.is_empty() || one.fit >= best.min(WHOLE));
    }
    if !target.near.is_empty() {
        by_nearness(view, &target.near, &mut found);
    } else if target.which.is_none() {
        let in_front = |at: usize| view.modal().is_some_and(|dialog| view.within(dialog).contains(&at));
        found.sort_by_key(|one| std::cmp::Reverse((in_front(one.at) && one.fit >= WHOLE, one.fit)));
    }
    match target.which {
        Some(Which::Nth(n)) => found.into_iter().nth(n - 1).into_iter().collect(),
        Some(Which::Last) => found.pop().into_iter().collect(),
        _ => found,
    }
}

/// Each thing that fits, one for each place that it is to be near.
pub(super) fn find_each(view: &View<'_>, target: &Target) -> Vec<usize> {
    let found = find(view, &Target { which: None, near: String::new(), ..target.clone() }, |_| true);
    let best = found.iter().map(|one| one.fit).max().unwrap_or(0);
    let same: Vec<Found> = found.into_iter().filter(|one| one.fit == best).collect();
    if target.near.is_empty() {
        return same.into_iter().map(|one| one.at).collect();
    }
    let nearest = |anchor: usize| same.iter().map(|one| one.at).min_by_key(|at| cost(view, *at, anchor));
    let mut each: Vec<usize> = anchors(view, &target.near).into_iter().filter_map(nearest).collect();
    each.dedup();
    each
}

/// How well one node fits a name, if it does.
fn fitting(view: &View<'_>, target: &Target, at: usize) -> Option<Found> {
    let role = view.role(at);
    let is_control = CONTROLS.contains(&role);
    let is_text = role == "text" || role == "label" || role == "heading" || role == "listitem" || role == "cell" || role == "summary";
    let is_icon = role == "generic" && view.node(at).is_some_and(|node| node.description.is_some());
    let is_text = is_text || is_icon;
    if !is_control && role != "text" && view.within(at).any(|inner| CONTROLS.contains(&view.role(inner))) {
        // What is in it stands for itself.
        return None;
    }
    if HOLDERS.contains(&role) || !(is_control || is_text || target.kind.roles().contains(&role)) {
        return None;
    }
    if !is_control && view.ancestors(at).any(|up| CONTROLS.contains(&view.role(up)) || (view.role(up) == role && role != "generic")) {
        // The control that it belongs to stands for it.
        return None;
    }
    let label = labels(view, at).into_iter().map(|label| (likeness(target, &label), label)).max_by_key(|(fit, _)| *fit);
    // A long text that only has the words as well is what a control may be called, and no name of its own.
    let least = if target.is_quoted { WHOLE } else { LEAST + u32::from(!is_control) };
    let (likeness, label) = label.filter(|(fit, _)| *fit >= least)?;
    if likeness < WHOLE && !names(view, at, &target.name, &label) {
        return None;
    }
    let bonus = match target.kind {
        Kind::Any if is_control && !FIELDS.contains(&role) => BONUS,
        Kind::Any => 0,
        kind if kind.roles().contains(&role) => 12,
        _ if is_control => 3,
        _ => 0,
    };
    Some(Found { at, fit: likeness + bonus, label })
}
