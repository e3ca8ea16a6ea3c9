//! What stands around a thing and tells what it is of: the "rust" of a link "Download"
//! under the heading "Rust".

use super::context::context;
use super::labels::without_nouns;
use super::lists::is_kind;
use super::view::View;
use super::words::{Word, words};

/// The most texts of a box without a role that counts as one entry.
const MOST_TEXTS: usize = 8;

/// Whether a name on the page names what is meant: each word that it lacks is a mere noun for
/// such things, or stands around it.
pub(super) fn names(view: &View<'_>, at: usize, meant: &str, shown: &str) -> bool {
    let shown = words(shown);
    let lacking: Vec<Word> = without_nouns(meant).into_iter().filter(|word| !word.is_among(&shown) && !is_kind(word)).collect();
    lacking.is_empty() || surrounds(view, at, &lacking)
}

/// Whether each of these words stands around a thing: in the names of what holds it, in its
/// entry of a list or a table, in the heading above, or in what the page goes by.
fn surrounds(view: &View<'_>, at: usize, lacking: &[Word]) -> bool {
    let holders = view.ancestors(at).filter(|up| !["document", "rootwebarea"].contains(&view.role(*up)));
    let mut around: Vec<Word> = holders.flat_map(|up| words(&view.name(up))).collect();
    if let Some(entry) = view.ancestors(at).find(|up| is_entry(view, *up)) {
        around.extend(words(&view.text(entry)));
    }
    around.extend(view.heading_above(at).map(|heading| words(&view.name(heading))).unwrap_or_default());
    around.extend(context(view));
    lacking.iter().all(|word| word.is_among(&around))
}

fn is_entry(view: &View<'_>, at: usize) -> bool {
    let texts = || view.within(at).filter(|inner| view.role(*inner) == "text" && view.is_drawn(*inner)).count();
    match view.role(at) {
        "row" | "listitem" | "article" | "treeitem" => true,
        "generic" => (2..=MOST_TEXTS).contains(&texts()),
        _ => false,
    }
}
