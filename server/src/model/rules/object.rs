//! What a verb is about: which part of a page, and which of several.

use super::plan::{Object, Unplaced, What, Which};
use super::tokens::Token;
use super::words::{Word, fold, number, ordinal, words};

/// The parts of a page that have a name of their own.
const NOUNS: &[(&str, What)] = &[
    ("article", What::Prose),
    ("bullet", What::Item),
    ("content", What::Prose),
    ("entry", What::Item),
    ("heading", What::Heading),
    ("headline", What::Heading),
    ("hit", What::Item),
    ("item", What::Item),
    ("link", What::Link),
    ("list", What::List),
    ("page", What::Prose),
    ("paragraph", What::Paragraph),
    ("result", What::Item),
    ("section", What::Prose),
    ("text", What::Prose),
    ("title", What::Title),
];

/// Words around an object that name nothing on a page.
const FILLER: &[&str] = &[
    "me", "what", "says", "say", "does", "do", "only", "just", "out", "us", "as", "about", "under", "called", "named", "button", "tab",
    "website", "site", "main", "whole", "full",
];

/// Words that point back at the page that is open.
const THIS: &[&str] = &["it", "this", "that"];

/// Reads "the first three items of the list 'Downloads'". Every word that is not
/// grammar becomes the kind, the count or the name of the thing.
pub(super) fn parse(tokens: &[Token]) -> Result<Object, Unplaced> {
    let mut object = Object { what: What::Named, which: Which::All, about: Vec::new(), limit: None };
    let mut counted = None;
    let mut is_single = false;
    let mut points_back = false;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = tokens.get(at + 1).and_then(Token::word);
        at += 1;
        let word = match token {
            Token::Word(word) => word.as_str(),
            Token::Quoted(phrase) => {
                object.about.extend(words(phrase));
                continue;
            }
            Token::Pause | Token::Stop | Token::Label(_) => continue,
        };
        let before_name = object.about.is_empty() && object.what == What::Named;
        let is_first = ["top", "first", "best"].contains(&fold(word).as_str());
        if is_first && next.is_some_and(|next| fold(next) == "one") {
            counted = Some(Which::Nth(1));
            at += 1;
        } else if let Some(count) = next.and_then(number).filter(|_| is_first) {
            object.limit = Some(count);
            at += 1;
        } else if is_before_of(word, next) {
            // "The text of the heading", "the names of the products" are what they are read for.
        } else if let Some(nth) = ordinal(word).filter(|_| before_name) {
            counted = Some(Which::Nth(nth));
        } else if before_name && fold(word) == "last" {
            counted = Some(Which::Last);
        } else if before_name && fold(word) == "top" {
            counted = Some(Which::Nth(1));
        } else if let Some(count) = number(word).filter(|_| before_name && next.is_some()) {
            object.limit = Some(count);
        } else if let Some((what, plural)) = noun(word).filter(|_| is_head(next)) {
            let takes_over = object.what == What::Named || (object.what == What::List && what != What::Prose);
            if takes_over {
                object.what = if what == What::Title && plural { What::Heading } else { what };
                is_single = !plural && what != What::Item;
                if let Some(nth) = next.and_then(number) {
                    counted = Some(Which::Nth(nth));
                    at += 1;
                }
            }
        } else if THIS.contains(&fold(word).as_str()) {
            points_back = true;
        } else if before_name && counted.is_none() && fold(word) == "about" && next.is_some() {
            object.what = What::Prose;
        } else if !Word::is_small(word) && !is_filler(word, before_name && !points_back && counted.is_none() && next.is_none()) {
            object.about.push(Word::new(word));
        }
    }
    if object.what == What::Named && object.about.is_empty() {
        object.what = if points_back {
            What::Prose
        } else if counted.is_some() || object.limit.is_some() {
            What::Item
        } else {
            return Err(Unplaced(Vec::new()));
        };
    }
    object.which = match (object.what, counted) {
        (What::Prose, _) => Which::All,
        (_, Some(which)) => which,
        (_, None) if is_single => Which::Nth(1),
        (_, None) => Which::All,
    };
    Ok(object)
}

/// Whether the tokens begin with a part of a page: "the first paragraph ...".
pub(super) fn begins(tokens: &[Token]) -> bool {
    let mut words = tokens.iter().map_while(Token::word).skip_while(|word| {
        Word::is_small(word) || ordinal(word).is_some() || number(word).is_some() || ["last", "top"].contains(&fold(word).as_str())
    });
    words.next().is_some_and(|word| noun(word).is_some()) && is_head(words.next())
}

fn is_before_of(word: &str, next: Option<&str>) -> bool {
    ["content", "contents", "name", "names", "text"].contains(&fold(word).as_str()) && next.is_some_and(|next| fold(next) == "of")
}

/// Whether a word names nothing: "tell me what it says". With a capital letter, or alone
/// in its place, it does: "click on About", "open about".
fn is_filler(word: &str, stands_alone: bool) -> bool {
    FILLER.contains(&fold(word).as_str()) && !word.starts_with(char::is_uppercase) && !stands_alone
}

/// The part of a page that a word names, and whether it names several.
fn noun(word: &str) -> Option<(What, bool)> {
    let word = fold(word);
    let several = |noun: &str| word == format!("{noun}s") || noun.strip_suffix('y').is_some_and(|stem| word == format!("{stem}ies"));
    let (what, plural) = NOUNS.iter().find(|(noun, _)| word == *noun || several(noun)).map(|(noun, what)| (*what, word != *noun))?;
    // One article is a page to read; articles are what some list has.
    (what != What::Prose || !plural || word == "contents").then_some((what, plural))
}

/// Whether the word before this one ends its phrase: "list of", "page", but not "page rank".
fn is_head(next: Option<&str>) -> bool {
    next.is_none_or(|next| Word::is_small(next) || number(next).is_some() || FILLER.contains(&fold(next).as_str()))
}
