//! The texts that a thing on a page goes by, and how much they are like a name.

use super::target::{CONTROLS, FIELDS, LEAST, Target, WHOLE};
use super::view::View;
use super::words::{Fit, Word, words};
use crate::computer::Rect;

/// How far away the words may stand that name a field, in CSS pixels.
const LABEL_REACH: f64 = 440.0;

/// Nouns for things that pages show without calling them so: "the email by Nora", "the
/// trash icon".
const NOUNS: &[&str] = &[
    "address",
    "amount",
    "application",
    "app",
    "box",
    "button",
    "card",
    "category",
    "chat",
    "checkbox",
    "column",
    "contact",
    "conversation",
    "date",
    "dialog",
    "drop-down",
    "dropdown",
    "email",
    "entry",
    "field",
    "file",
    "folder",
    "form",
    "icon",
    "item",
    "label",
    "link",
    "list",
    "mail",
    "menu",
    "message",
    "number",
    "option",
    "page",
    "person",
    "picker",
    "post",
    "product",
    "question",
    "row",
    "section",
    "setting",
    "slider",
    "subject",
    "symbol",
    "tab",
    "table",
    "task",
    "thing",
    "thread",
    "todo",
    "user",
    "window",
    "word",
    "words",
];

/// The words of a name that are more than a noun for such a thing.
pub(super) fn without_nouns(name: &str) -> Vec<Word> {
    let nouns: Vec<Word> = NOUNS.iter().map(|noun| Word::new(noun)).collect();
    words(name).into_iter().filter(|word| !word.is_one_of(&nouns)).collect()
}

/// The texts that a node may go by.
pub(super) fn labels(view: &View<'_>, at: usize) -> Vec<String> {
    let mut labels = vec![view.name(at)];
    let Some(node) = view.node(at) else { return labels };
    labels.extend(node.description.clone());
    let shows_nothing = labels.iter().all(|label| label.trim().is_empty());
    let is_entry = FIELDS.contains(&node.role.as_str()) || ["slider", "listbox"].contains(&node.role.as_str());
    if is_entry || shows_nothing {
        labels.extend(beside(view, at));
    }
    if node.role == "button" {
        labels.extend(node.value.clone());
    }
    labels.retain(|label| !label.trim().is_empty());
    labels
}

/// The words that stand beside a control without a name: before it in its row, above
/// it, or, for what is ticked, after it, and above it only where none are in its row.
fn beside(view: &View<'_>, at: usize) -> Option<String> {
    let place = view.node(at)?.bounds?;
    let ticked = ["checkbox", "radio", "switch"].contains(&view.role(at));
    let distance = |other: Rect| {
        let in_row = other.y < place.y + place.height && place.y < other.y + other.height;
        let before = place.x - (other.x + other.width);
        let after = other.x - (place.x + place.width);
        let above = place.y - (other.y + other.height);
        if in_row && before >= -2.0 {
            Some(if ticked { before * 1.5 } else { before })
        } else if in_row && after >= -2.0 {
            Some(if ticked { after } else { after * 3.0 + 40.0 })
        } else if above >= -2.0 && other.x < place.x + place.width && place.x < other.x + other.width {
            Some(above * 2.0 + 10.0)
        } else {
            None
        }
    };
    let is_plain = |text: &usize| {
        view.role(*text) == "text"
            && view.is_drawn(*text)
            && !view.name(*text).is_empty()
            && !view.ancestors(*text).any(|up| CONTROLS.contains(&view.role(up)))
    };
    // What is ticked is seldom named from above: that may be a heading, wide enough to reach over it.
    let far = |other: Rect| ticked && other.y + other.height <= place.y;
    let near = view.all().filter(is_plain).filter_map(|text| {
        let other = view.node(text)?.bounds?;
        Some((far(other), distance(other)?, text))
    });
    let near = near.filter(|(_, distance, _)| *distance < LABEL_REACH);
    let (.., text) = near.min_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)))?;
    Some(view.name(text))
}

/// How much a name on the page is like what is named, of a hundred.
pub(super) fn likeness(target: &Target, name: &str) -> u32 {
    // Two spellings of one word.
    let spelled = |text: &str| text.replace("E-mail", "Email").replace("e-mail", "email");
    let name = &spelled(name);
    let shown = plain(name);
    if shown == plain(&spelled(&target.name)) || shown == plain(&spelled(&target.phrase)) || is_sign(&target.name, name) {
        return 100;
    }
    let wanted = words(&spelled(&target.name));
    if target.is_verb {
        // "Place the order" is what "Place order" does.
        let said = Fit::of(&words(&spelled(&target.phrase)), name);
        if said.wanted > wanted.len() && said.is_whole() && said.spare <= 2 {
            return SAID;
        }
    }
    let fit = like_words(&wanted, name);
    let named = without_nouns(&spelled(&target.name));
    if fit >= WHOLE || target.is_quoted || named.is_empty() || named.len() == wanted.len() {
        return fit;
    }
    // "The trash icon" is called "Trash".
    like_words(&named, name).saturating_sub(6).max(fit)
}

/// A verb with all that it is done to.
pub(super) const SAID: u32 = 97;

fn like_words(wanted: &[Word], name: &str) -> u32 {
    let fit = Fit::of(wanted, name);
    let spare = u32::try_from(fit.spare).unwrap_or(u32::MAX).min(19);
    if fit.is_exact() {
        92
    } else if fit.is_whole() && fit.spare > 3 * fit.wanted + 2 {
        // A long text that has the words as well, such as an instruction on the page.
        LEAST
    } else if fit.is_whole() {
        80 - spare
    } else if fit.matched * 2 >= fit.wanted && fit.matched > 0 && fit.wanted > 1 {
        // A word more or less is usual; a text that only mentions some is not meant.
        if fit.is_about() { 50 } else { 0 }
    } else {
        0
    }
}

/// Signs that people call by a word.
const SIGNS: &[(&str, &[&str])] = &[
    ("+", &["+", "＋"]),
    ("-", &["-", "−", "–"]),
    ("cross", &["×", "✕", "✖", "x"]),
    ("minus", &["-", "−", "–"]),
    ("plus", &["+", "＋"]),
    ("star", &["☆", "★"]),
];

fn is_sign(said: &str, shown: &str) -> bool {
    SIGNS.iter().any(|(name, signs)| said.eq_ignore_ascii_case(name) && signs.contains(&shown.trim()))
}

/// Letters and digits in lower case; a text without any as it is.
pub(super) fn plain(text: &str) -> String {
    let words: Vec<String> =
        text.split(|mark: char| !mark.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    if words.is_empty() { text.trim().to_owned() } else { words.join(" ") }
}
