//! From clauses to what is worked out: counts, the largest, values, words of a text.

use super::deed::Figure;
use super::deeds::{nothing, texts};
use super::naming::target;
use super::object;
use super::parts;
use super::plan::{Goal, Unplaced};
use super::target::Kind;
use super::tokens::Token;
use super::verbs::is_word;
use super::words::{fold, ordinal, words};

/// "Count the rows", "how many links are there".
pub(super) fn count(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let around = [
        "are", "there", "is", "i", "we", "you", "the", "on", "this", "page", "shown", "have", "has", "does", "do", "of", "number", "all",
        "in", "it",
    ];
    let rest: Vec<_> = object.iter().filter(|token| !around.iter().any(|word| is_word(Some(token), word))).cloned().collect();
    let what = target(&rest);
    let about = words(&rest.iter().filter_map(Token::text).collect::<Vec<_>>().join(" "));
    if about.is_empty() {
        return Err(nothing());
    }
    goals.push(Goal::Figure(Figure::Count { what, about }));
    Ok(())
}

/// "The most expensive product", "the largest number": which end, and of what.
pub(super) fn extreme(tokens: &[Token]) -> Option<(bool, String)> {
    const MOST: &[(&str, &str)] = &[
        ("biggest", ""),
        ("greatest", ""),
        ("highest", ""),
        ("largest", ""),
        ("maximum", ""),
        ("longest", "duration"),
        ("most", ""),
        ("heaviest", "weight"),
        ("newest", ""),
        ("oldest", "age"),
        ("tallest", "height"),
        ("priciest", "price"),
        ("max", ""),
    ];
    const LEAST: &[(&str, &str)] = &[
        ("cheapest", "price"),
        ("fewest", ""),
        ("least", ""),
        ("lowest", ""),
        ("minimum", ""),
        ("shortest", "duration"),
        ("smallest", ""),
        ("lightest", "weight"),
        ("fastest", "time"),
        ("youngest", "age"),
        ("min", ""),
    ];
    let mut rest = Vec::new();
    let mut found = None;
    for token in tokens {
        let Token::Word(text) = token else {
            rest.extend(token.text().map(str::to_owned));
            continue;
        };
        let word = fold(text);
        let column = |list: &[(&str, &str)]| list.iter().find(|(name, _)| *name == word).map(|(_, column)| (*column).to_owned());
        let (most, column) = match (column(MOST), column(LEAST)) {
            _ if found.is_some() => (true, None),
            (Some(column), _) => (true, Some(column)),
            (None, column) => (false, column),
        };
        match column {
            Some(column) => {
                found = Some(most);
                rest.push(column);
            }
            None if word == "expensive" => rest.push("price".to_owned()),
            None if !["one", "has", "have", "had"].contains(&word.as_str()) => rest.push(text.clone()),
            None => {}
        }
    }
    found.map(|most| (most, rest.join(" ")))
}

/// What is worked out rather than read as it stands: "the value of X", "the third word of
/// the paragraph", "the cheapest product".
pub(super) fn figure(object: &[Token]) -> Option<Figure> {
    let said = texts(object);
    if let Some(at) = said.iter().position(|word| word == "word") {
        let nth = said.get(at.checked_sub(1)?).and_then(|word| ordinal(word));
        let of = target(object.get(at + 1..).unwrap_or_default());
        return Some(Figure::Word { nth, of });
    }
    if let Some(part) = parts::part(object) {
        return Some(Figure::Part(part));
    }
    let of = said.iter().position(|word| word == "of" || word == "for");
    if let Some(at) = of.filter(|at| said.get(..*at).is_some_and(|before| before.iter().any(|word| word == "value"))) {
        let about = words(&object.get(at + 1..)?.iter().filter_map(Token::text).collect::<Vec<_>>().join(" "));
        return Some(Figure::Value { about }).filter(|_| said.len() > at + 1);
    }
    let holds = |word: &String| ["text", "value", "content", "contents"].contains(&word.as_str());
    let of = said.iter().position(|word| ["of", "in", "from"].contains(&word.as_str()));
    if let Some(at) = of.filter(|at| said.get(..*at).is_some_and(|before| before.iter().any(holds))) {
        let of = target(object.get(at + 1..).unwrap_or_default());
        if of.kind == Kind::Field {
            return Some(Figure::Content { of });
        }
    }
    if object::begins(object) && !said.iter().any(|word| word == "number") {
        return None;
    }
    let (most, rest) = extreme(object)?;
    Some(Figure::Extreme { most, about: words(&rest), click: None })
}
