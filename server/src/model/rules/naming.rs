//! From words to what they name: "the second Delete button in the row of Bob".

use super::labels::without_nouns;
use super::plan::Which;
use super::target::{Kind, Target};
use super::tokens::Token;
use super::words::{Word, fold, ordinal};

/// Nouns of things on pages, the longer ones first.
const NOUNS: &[(&str, Kind)] = &[
    ("input text box", Kind::Field),
    ("radio button", Kind::Radio),
    ("check box", Kind::Checkbox),
    ("text field", Kind::Field),
    ("text box", Kind::Field),
    ("text area", Kind::Field),
    ("text input", Kind::Field),
    ("input field", Kind::Field),
    ("input box", Kind::Field),
    ("input textbox", Kind::Field),
    ("search box", Kind::Field),
    ("search field", Kind::Field),
    ("search bar", Kind::Field),
    ("search result", Kind::Entry),
    ("result", Kind::Entry),
    ("scroll list", Kind::List),
    ("drop down", Kind::List),
    ("list box", Kind::List),
    ("menu item", Kind::Any),
    ("dialog box", Kind::Dialog),
    ("dialog window", Kind::Dialog),
    ("button", Kind::Button),
    ("link", Kind::Link),
    ("hyperlink", Kind::Link),
    ("tab", Kind::Tab),
    ("checkbox", Kind::Checkbox),
    ("switch", Kind::Checkbox),
    ("toggle", Kind::Checkbox),
    ("radio", Kind::Radio),
    ("option", Kind::Option),
    ("textbox", Kind::Field),
    ("textarea", Kind::Field),
    ("input", Kind::Field),
    ("field", Kind::Field),
    ("dropdown", Kind::List),
    ("drop-down", Kind::List),
    ("combobox", Kind::List),
    ("listbox", Kind::List),
    ("menu", Kind::Menu),
    ("slider", Kind::Slider),
    ("spinner", Kind::Slider),
    ("image", Kind::Image),
    ("picture", Kind::Image),
    ("icon", Kind::Any),
    ("item", Kind::Any),
    ("label", Kind::Any),
    ("element", Kind::Any),
    ("dialog", Kind::Dialog),
    ("popup", Kind::Dialog),
    ("section", Kind::Section),
    ("panel", Kind::Section),
    ("accordion", Kind::Section),
    ("folder", Kind::Branch),
    ("file", Kind::Branch),
    ("node", Kind::Branch),
    ("row", Kind::Row),
];

/// What comes after these stands near what is meant.
const NEAR: &[&str] =
    &["above", "below", "beside", "beneath", "by", "for", "from", "in", "inside", "near", "next", "of", "on", "under", "within"];

/// What comes after these is the name.
const CALLED: &[&str] =
    &["called", "entitled", "labeled", "labelled", "marked", "named", "reading", "saying", "says", "titled", "with", "text"];

/// Words around a name that are no part of it.
const AROUND: &[&str] = &["a", "an", "the", "that", "to", "this", "these", "your", "my", "user", "following", "is", "it"];

/// Reads a name with its kind, its number and its place.
pub(super) fn target(tokens: &[Token]) -> Target {
    let texts: Vec<(&str, bool)> = tokens.iter().filter_map(|token| Some((token.text()?, matches!(token, Token::Quoted(_))))).collect();
    let mut rest = texts.as_slice();
    while let Some(((first, false), after)) = rest.split_first().map(|(first, after)| (*first, after))
        && !after.is_empty()
        && (AROUND.contains(&fold(first).as_str())
            || ["at", "into", "on", "onto", "in", "both", "all", "over"].contains(&fold(first).as_str()))
    {
        rest = after;
    }
    let rest = without_edge(rest);
    let phrase = rest.iter().map(|(text, _)| *text).collect::<Vec<_>>().join(" ");
    let mut target = Target { phrase, is_quoted: false, ..Target::default() };
    let has_quoted = rest.iter().any(|(_, quoted)| *quoted);
    let (mut name, mut near, mut beside): (Vec<&str>, Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new(), Vec::new());
    let mut is_near = false;
    let mut at = 0;
    while let Some((text, quoted)) = rest.get(at).copied() {
        let word = fold(text);
        at += 1;
        if quoted {
            if target.is_quoted {
                if without_nouns(&near.join(" ")).is_empty() {
                    near.clear();
                }
                near.push(text);
            } else {
                name.clear();
                name.push(text);
                target.is_quoted = true;
            }
            continue;
        }
        if let Some(nth) =
            which(&word, rest.get(at).map(|(next, _)| *next)).filter(|_| name.is_empty() && target.which.is_none() && !is_near)
        {
            target.which = Some(nth);
        } else if let Some((kind, length)) = noun(rest.get(at - 1..).unwrap_or_default()) {
            at += length - 1;
            let number =
                rest.get(at).and_then(|(next, quoted)| Some(next.trim_start_matches('#').parse::<usize>().ok()?).filter(|_| !quoted));
            if is_near {
                // "In the row of Bob" is near Bob, "in the dialog" near the dialog itself.
                near.extend(Some(text).filter(|_| kind == Kind::Dialog));
            } else if target.kind == Kind::Any && kind != Kind::Any {
                target.kind = kind;
                if let Some(number) = number.filter(|number| name.is_empty() && *number > 0 && target.which.is_none()) {
                    target.which = Some(Which::Nth(number));
                    at += 1;
                }
            }
        } else if ["all", "each", "every"].contains(&word.as_str()) && is_near {
            target.which = Some(Which::All);
        } else if ["post", "posts"].contains(&word.as_str()) && is_near {
            // Of a post it says who it is by.
        } else if NEAR.contains(&word.as_str()) && (at > 1) {
            is_near = true;
        } else if CALLED.contains(&word.as_str()) && (has_quoted || at > 1) && rest.len() > at {
            is_near = false;
        } else if AROUND.contains(&word.as_str()) {
            if !is_near && !name.is_empty() && !has_quoted {
                name.push(text);
            }
        } else if is_near || (has_quoted && target.is_quoted) {
            near.push(text);
        } else if !has_quoted {
            name.push(text);
        } else {
            beside.push(text);
        }
    }
    target.name = name.join(" ");
    if !without_nouns(&beside.join(" ")).is_empty() {
        // Words before a quoted name that are no noun for it tell it from others: they are to be near.
        near.splice(..0, beside);
    }
    target.near = near.join(" ");
    if target.name.is_empty()
        && target.kind != Kind::Any
        && ["checkbox", "radio"].contains(&target.kind.roles().first().copied().unwrap_or_default())
        && !target.near.is_empty()
    {
        // What is ticked goes by the words beside it: "the checkbox next to Apples".
        target.name = std::mem::take(&mut target.near);
    }
    if target.near.split(' ').all(|word| ["page", "screen", "below", "above"].contains(&fold(word).as_str()) || Word::is_small(word)) {
        target.near.clear();
    }
    target
}

/// Without "at the bottom of the page": where on the screen it is, the page does not say.
fn without_edge<'a>(rest: &'a [(&'a str, bool)]) -> &'a [(&'a str, bool)] {
    const EDGES: &[&str] = &["bottom", "end", "left", "right", "top"];
    let says = |at: usize, words: &[&str]| rest.get(at).is_some_and(|(text, quoted)| !quoted && words.contains(&fold(text).as_str()));
    let is_edge = |at: &usize| says(*at, &["at", "on"]) && says(at + 1, &["the"]) && says(at + 2, EDGES);
    let ends = |at: &usize| rest.len() == at + 3 || says(at + 3, &["of"]) && rest.last().is_some_and(|(text, _)| fold(text) == "page");
    let edge = (1..rest.len()).filter(is_edge).find(ends);
    edge.and_then(|at| rest.get(..at)).unwrap_or(rest)
}

/// "First", "3rd", "last", "#2".
fn which(word: &str, next: Option<&str>) -> Option<Which> {
    // A person's first and last name are no first and last of several.
    next.filter(|next| !["name", "names"].contains(&fold(next).as_str()))?;
    match word {
        "last" => Some(Which::Last),
        _ => ordinal(word).map(Which::Nth),
    }
}

/// The noun at the beginning, and of how many words it is.
fn noun(rest: &[(&str, bool)]) -> Option<(Kind, usize)> {
    NOUNS.iter().find_map(|(noun, kind)| {
        let length = noun.split(' ').count();
        let said = rest.get(..length)?;
        let is_noun = said.iter().zip(noun.split(' ')).all(|((text, quoted), word)| {
            let text = fold(text);
            !quoted && (text == word || text.strip_suffix('s') == Some(word) || text.strip_suffix("es") == Some(word))
        });
        is_noun.then_some((*kind, length))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    #[test]
    fn names_have_kinds_numbers_and_places() {
        for (text, told) in [
            ("on the \"Submit\" button", "a button \"Submit\""),
            ("button ONE", "a button \"ONE\""),
            ("the button in the dialog box labeled \"Cancel\"", "a button \"Cancel\" near \"dialog\""),
            ("the 3rd checkbox", "number 3: a checkbox"),
            ("the \"Edit\" button in the row of \"Bob\"", "a button \"Edit\" near \"Bob\""),
            ("the Archive \"Edit\" button in the row of \"Bob\"", "a button \"Edit\" near \"Archive Bob\""),
            ("the \"Edit\" button in the Admin row of \"Bob\"", "a button \"Edit\" near \"Admin Bob\""),
            ("the Delete button for Bob Smith", "a button \"Delete\" near \"Bob Smith\""),
            ("the checkbox next to Apples", "a checkbox \"Apples\""),
            ("Add to cart", "\"Add to cart\""),
            ("the last link", "the last a link"),
            ("the folder or file named \"Notes\"", "a item of a tree \"Notes\""),
            ("the button", "a button"),
            ("the Imprint link at the bottom of the page", "a link \"Imprint\""),
        ] {
            assert_eq!(target(&tokens(text)).to_string(), told, "{text}");
        }
    }
}
