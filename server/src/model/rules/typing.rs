//! From clauses to typing: which text goes into which field.

use super::asks::figure;
use super::dates::Date;
use super::deed::{Deed, Figure, Text};
use super::deeds::{self, dated_field, nothing, pieces, split_last};
use super::naming::target;
use super::plan::{Goal, Unplaced, Which};
use super::target::{Kind, Target};
use super::tokens::Token;
use super::verbs::is_word;
use super::words::fold;

/// What comes after these is where the text goes.
const INTO: &[&str] = &["into", "in", "as", "to", "for", "under", "inside", "on"];

/// What comes after these is the text.
const WITH: &[&str] = &["with", "to", "as", "is", "=", "be", "equals"];

/// Words around a text that are no part of a field's name.
const AROUND: &[&str] =
    &["the", "a", "an", "text", "value", "word", "words", "string", "and", "then", "in", "form", "out", "with", "number", "item"];

/// Types a text as the instruction has it; a date where it is one and a date is asked for.
pub(super) fn given(text: &str, field: Target) -> Goal {
    let is_dated = field.phrase.to_lowercase().contains("date") || field.phrase.to_lowercase().contains("day");
    // A month by name, or the year first, is nothing but a date.
    let is_plain = text.chars().any(char::is_alphabetic) || text.split('-').next().is_some_and(|year| year.len() == 4);
    match Date::parse(text).filter(|_| is_dated || is_plain || field.name.is_empty()) {
        Some(date) => Goal::Do(Deed::Date { date, field: dated_field(field) }),
        None => Goal::Do(Deed::Type { text: Text::Given(text.to_owned()), field }),
    }
}

/// "Set the slider to 5", "fill in the name with X".
pub(super) fn filling(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let says_slider = object.iter().any(|token| ["slider", "volume"].iter().any(|word| is_word(Some(token), word)));
    if says_slider && deeds::slide(object, goals).is_ok() { Ok(()) } else { typing(object, true, goals) }
}

/// "Clear the name field".
pub(super) fn clear(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    goals.push(Goal::Do(Deed::Type { text: Text::Given(String::new()), field: field(object) }));
    Ok(())
}

fn field(tokens: &[Token]) -> Target {
    let mut field = target(tokens);
    field.kind = Kind::Field;
    field
}

/// "Enter X into the field Y", "fill in Y with X", "the username X and the password Y".
pub(super) fn typing(object: &[Token], fills: bool, goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let before = goals.len();
    if fills && in_pairs(object, goals) {
        return Ok(());
    }
    if object.iter().any(|token| matches!(token, Token::Quoted(_))) {
        quoted(object, goals)?;
    } else {
        bare(object, fills, goals)?;
    }
    if goals.len() == before { Err(nothing()) } else { Ok(()) }
}

/// "A with "x", B with "y"": a text for each field.
fn in_pairs(object: &[Token], goals: &mut Vec<Goal>) -> bool {
    if let Some(shared) = shared_noun(object) {
        goals.extend(shared);
        return true;
    }
    let pairs: Option<Vec<_>> = pieces(object)
        .into_iter()
        .map(|piece| {
            if let [label @ .., Token::Quoted(text)] = piece
                && split_last(label, WITH).1.is_none_or(|rest| !rest.is_empty())
                && !label.last().is_some_and(|last| WITH.iter().any(|word| is_word(Some(last), word)))
            {
                let label = after_form(label);
                return (!label.is_empty()).then(|| given(text, field(label)));
            }
            let (label, text) = split_last(piece, WITH);
            match text? {
                [Token::Quoted(text)] if !label.is_empty() => Some(given(text, field(after_form(label)))),
                _ => None,
            }
        })
        .collect();
    let Some(pairs) = pairs.filter(|pairs| !pairs.is_empty()) else { return false };
    goals.extend(pairs);
    true
}

/// "The first and last name with "x" and "y"": the noun belongs to each.
fn shared_noun(object: &[Token]) -> Option<Vec<Goal>> {
    let at = object.iter().position(|token| WITH.iter().any(|word| is_word(Some(token), word)))?;
    let (labels, texts) = (pieces(object.get(..at)?), pieces(object.get(at + 1..)?));
    let (noun, last) = labels.last()?.split_last()?;
    let are_texts = texts.iter().all(|text| matches!(text, [Token::Quoted(_)]));
    if labels.len() < 2 || labels.len() != texts.len() || !are_texts || last.is_empty() {
        return None;
    }
    let named = |label: &[Token]| if label.last() == Some(noun) { label.to_vec() } else { [label, std::slice::from_ref(noun)].concat() };
    let each =
        labels.iter().zip(texts).map(|(label, text)| given(text.first().and_then(Token::text).unwrap_or_default(), field(&named(label))));
    Some(each.collect())
}

/// Texts between quotation marks, each with the words before or after it.
fn quoted(object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let parts: Vec<&[Token]> = object.split(|token| matches!(token, Token::Quoted(_))).collect();
    let texts: Vec<&str> = object.iter().filter(|token| matches!(token, Token::Quoted(_))).filter_map(Token::text).collect();
    let says = |tokens: &[Token], words: &[&str]| tokens.iter().any(|token| words.iter().any(|word| is_word(Some(token), word)));
    if let [starts, ends] = texts.as_slice()
        && says(object, &["starts", "begins", "starting", "beginning"])
        && says(object, &["ends", "ending"])
    {
        let field = Target { kind: Kind::Field, ..Target::default() };
        goals.push(Goal::Do(Deed::Complete { starts: (*starts).to_owned(), ends: (*ends).to_owned(), field }));
        return Ok(());
    }
    if let [starts] = texts.as_slice()
        && says(object, &["starts", "begins", "starting", "beginning"])
    {
        let field = Target { kind: Kind::Field, ..Target::default() };
        goals.push(Goal::Do(Deed::Complete { starts: (*starts).to_owned(), ends: String::new(), field }));
        return Ok(());
    }
    let names_something = |part: &[Token]| part.iter().filter_map(Token::text).any(|word| !AROUND.contains(&fold(word).as_str()));
    let is_label_first = parts.first().is_some_and(|first| names_something(first));
    let tail = parts.last().copied().unwrap_or_default();
    let repeats = texts.len() == 1 && says(tail, &["both", "all", "each", "every"]);
    for (at, text) in texts.iter().enumerate() {
        let part = if is_label_first { parts.get(at) } else { parts.get(at + 1) }.copied().unwrap_or_default();
        let part = stripped(part);
        let text = cased(text, &fold(&tail.iter().filter_map(Token::text).collect::<Vec<_>>().join(" ")));
        let field = if is_label_first || names_something(part) { field(part) } else { Target { kind: Kind::Field, ..Target::default() } };
        if repeats {
            let every = |nth| Target { which: Some(Which::Nth(nth)), kind: Kind::Field, ..Target::default() };
            goals.extend([given(&text, every(1)), given(&text, every(2))]);
        } else {
            goals.push(given(&text, without_case(field)));
        }
    }
    Ok(())
}

/// "In all lower case letters" says how the text is written.
fn cased(text: &str, tail: &str) -> String {
    if tail.contains("lower case") || tail.contains("lowercase") {
        text.to_lowercase()
    } else if tail.contains("upper case") || tail.contains("uppercase") || tail.contains("capital letters") {
        text.to_uppercase()
    } else {
        text.to_owned()
    }
}

fn without_case(field: Target) -> Target {
    let is_case = |text: &str| text.to_lowercase().contains("case") || text.to_lowercase().contains("capital");
    if is_case(&field.name) || is_case(&field.near) { Target { kind: Kind::Field, ..Target::default() } } else { field }
}

/// Without joining words and prepositions at the ends.
fn stripped(mut tokens: &[Token]) -> &[Token] {
    let is_end = |token: &Token| {
        let joins = |word: &str| ["and", "then", "the", "a", "an", "value"].contains(&word) || INTO.contains(&word) || WITH.contains(&word);
        *token == Token::Pause || token.word().is_some_and(|word| joins(&fold(word)))
    };
    while let [first, rest @ ..] = tokens
        && is_end(first)
    {
        tokens = rest;
    }
    while let [rest @ .., last] = tokens
        && is_end(last)
    {
        tokens = rest;
    }
    tokens
}

/// Texts without quotation marks.
fn bare(object: &[Token], fills: bool, goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let text_of = |tokens: &[Token]| tokens.iter().filter_map(Token::text).collect::<Vec<_>>().join(" ");
    let object = without_order(object);
    if let Some(described) = object.iter().find(|token| token.word().is_some_and(|word| DESCRIBES.contains(&fold(word).as_str()))) {
        // "A valid address" says what to type and not the text of it.
        return Err(Unplaced(described.text().into_iter().map(str::to_owned).collect()));
    }
    let parts = pieces(object);
    if !fills && parts.len() > 1 && parts.iter().all(|part| split_last(part, INTO).1.is_some()) {
        // "Ada as the name, London as the city".
        for part in parts {
            let (text, place) = split_last(part, INTO);
            goals.push(given(&text_of(text), field(place.unwrap_or_default())));
        }
        return Ok(());
    }
    if !fills {
        let (text, place) = split_last(object, INTO);
        let field = place.map(field).unwrap_or(Target { kind: Kind::Field, ..Target::default() });
        if ["that", "it", "this", "the result", "the text", "that word", "the word", "the answer", "that text"]
            .contains(&fold(&text_of(text)).as_str())
        {
            goals.push(Goal::Do(Deed::Type { text: Text::Read, field }));
            return Ok(());
        }
        if let Some(figure) =
            figure(text).filter(|figure| matches!(figure, Figure::Value { .. } | Figure::Word { .. } | Figure::Content { .. }))
        {
            goals.extend([Goal::Figure(figure), Goal::Do(Deed::Type { text: Text::Read, field })]);
            return Ok(());
        }
        if place.is_some() {
            goals.push(given(&text_of(text), field));
            return Ok(());
        }
    }
    // "First name with John, last name with Smith", "John, Smith" in order.
    let gives = |piece: &[Token]| piece.iter().any(|token| WITH.iter().any(|word| is_word(Some(token), word)));
    let has_values = fills && pieces(object).into_iter().any(gives);
    for piece in pieces(object) {
        let piece = if ["in", "out"].iter().any(|word| is_word(piece.first(), word)) { piece.get(1..).unwrap_or_default() } else { piece };
        let rest = after_form(piece);
        if let [value, label @ ..] = rest
            && has_values
            && !label.is_empty()
            && let Some(value) = value.word().filter(|word| word.parse::<u64>().is_ok())
        {
            // "The arrival to 3 May, 2 nights": the value stands before its label.
            goals.push(given(value, field(label)));
            continue;
        }
        match rest.iter().position(|token| WITH.iter().any(|word| is_word(Some(token), word))).filter(|at| *at > 0 && at + 1 < rest.len()) {
            Some(at) => goals.push(given(&text_of(rest.get(at + 1..).unwrap_or_default()), field(rest.get(..at).unwrap_or_default()))),
            None if text_of(rest).is_empty() => {}
            None => {
                let text = text_of(rest);
                let field = Target { kind: Kind::Field, ..Target::default() };
                goals.push(match Date::parse(&text) {
                    Some(date) => Goal::Do(Deed::Date { date, field }),
                    None => Goal::Do(Deed::Type { text: Text::Labelled(text), field }),
                });
            }
        }
    }
    Ok(())
}

/// Words that describe a text instead of giving it.
const DESCRIBES: &[&str] =
    &["any", "anything", "appropriate", "arbitrary", "correct", "random", "sensible", "some", "something", "suitable", "valid"];

/// Without "in the form in this order": texts in order go into the fields in order.
fn without_order(object: &[Token]) -> &[Token] {
    const ENDS: &[&str] =
        &["in the form", "into the form", "in this order", "in that order", "in order", "in the fields", "into the fields"];
    let mut rest = object;
    loop {
        let shorter = ENDS.iter().find_map(|end| {
            let words: Vec<&str> = end.split(' ').collect();
            let (before, tail) = rest.split_at_checked(rest.len().checked_sub(words.len())?)?;
            let ends = tail.iter().zip(words).all(|(token, word)| is_word(Some(token), word));
            (ends && !before.is_empty()).then_some(before)
        });
        match shorter {
            Some(shorter) => rest = shorter,
            None => return rest,
        }
    }
}

/// Without "the form with".
fn after_form(tokens: &[Token]) -> &[Token] {
    let form = tokens.iter().take(3).position(|token| is_word(Some(token), "form") || is_word(Some(token), "fields"));
    let Some(rest) = form.and_then(|at| tokens.get(at + 1..)) else { return tokens };
    if is_word(rest.first(), "with") || is_word(rest.first(), "using") { rest.get(1..).unwrap_or_default() } else { rest }
}
