//! What "it", "them" and "its" point back at: what was named last.

use super::clauses::{trimmed, without_filler, without_purpose};
use super::deed::{Deed, Scroll, Text};
use super::labels::without_nouns;
use super::plan::Goal;
use super::target::Target;
use super::tokens::Token;
use super::verbs::{Verb, is_word, verb};
use super::words::{fold, joined};

const PRONOUNS: &[&str] = &["it", "them", "him", "her", "this", "that", "these", "those"];
const POSSESSIVES: &[&str] = &["its", "their", "his", "her"];

/// Verbs whose object may be a pronoun for a thing on the page.
const POINTING: &[Verb] = &[
    Verb::Click,
    Verb::DoubleClick,
    Verb::RightClick,
    Verb::Hover,
    Verb::Press,
    Verb::Check,
    Verb::Uncheck,
    Verb::Toggle,
    Verb::Choose,
    Verb::Drag,
    Verb::Go,
    Verb::Expand,
    Verb::Close,
    Verb::Named,
];

/// How a clause uses what the clause before it looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// "... and click it": one deed.
    Itself,
    /// "... and click on their email": it has to be there first.
    Part,
}

/// Where a clause has a pronoun that stands for a thing, and of how many words.
fn pronoun(clause: &[Token]) -> Option<(usize, usize, Use)> {
    let (verb, object) = verb(without_filler(clause))?;
    let start = clause.len() - object.len();
    if verb == Verb::Tell {
        let at = object.iter().position(|token| is_one_of(token, POSSESSIVES))?;
        return (at < 3 && at + 1 < trimmed(object).len()).then_some((start + at, 1, Use::Part));
    }
    if !POINTING.contains(&verb) {
        return None;
    }
    for (at, token) in object.iter().enumerate() {
        let next = object.get(at + 1).filter(|next| next.text().is_some() && !is_preposition(next));
        let says_more = next.is_some_and(|next| next.word().is_some_and(|word| !without_nouns(word).is_empty()));
        if is_one_of(token, POSSESSIVES) && next.is_some() && !is_and(next) {
            return Some((start + at, 1, Use::Part));
        }
        if is_one_of(token, PRONOUNS) && !says_more {
            let noun = usize::from(next.is_some() && !is_and(next));
            return Some((start + at, 1 + noun, Use::Itself));
        }
    }
    None
}

fn is_one_of(token: &Token, words: &[&str]) -> bool {
    token.word().is_some_and(|word| words.contains(&fold(word).as_str()))
}

fn is_preposition(token: &Token) -> bool {
    is_one_of(token, &["to", "with", "into", "onto", "from", "in", "on", "by", "saying", "off", "as"])
}

fn is_and(token: Option<&Token>) -> bool {
    ["and", "then"].iter().any(|word| is_word(token, word))
}

/// How the clause uses what the one before it looked for, if it does.
pub(super) fn uses(clause: &[Token]) -> Option<Use> {
    pronoun(clause).map(|(_, _, how)| how)
}

/// The clause with what its pronoun stands for in the place of it.
pub(super) fn resolved(clause: &[Token], referent: Option<&[Token]>) -> Vec<Token> {
    let (Some((at, length, how)), Some(referent)) = (pronoun(clause), referent) else { return clause.to_vec() };
    let (before, after) = (clause.get(..at).unwrap_or_default(), clause.get(at + length..).unwrap_or_default());
    let of = [Token::Word("of".to_owned())];
    let bare = without_purpose(clause);
    if bare.len() < clause.len() && at >= bare.len() {
        // "Click the bin to delete it": the bin beside it.
        return [bare, &of, referent].concat();
    }
    match how {
        Use::Itself => [before, referent, after].concat(),
        Use::Part => {
            // The name of the part is what is meant; between quotation marks the whole would be.
            let words =
                |token: &Token| token.text().unwrap_or_default().split(' ').map(|word| Token::Word(word.to_owned())).collect::<Vec<_>>();
            [before, trimmed(after), &of, &referent.iter().flat_map(words).collect::<Vec<_>>()].concat()
        }
    }
}

/// What a goal leaves behind for a pronoun to point at.
pub(super) fn left_by(goal: &Goal) -> Option<Vec<Token>> {
    let name = match goal {
        Goal::Do(
            Deed::Click { target, .. } | Deed::Check { target, .. } | Deed::Unfold { target, .. } | Deed::Scroll(Scroll::To(target)),
        ) => named(target),
        Goal::Do(Deed::Choose { option, .. }) => named(option),
        Goal::Do(Deed::Type { text: Text::Given(text), field }) if !is_secret(&field.phrase) => {
            if field.near.is_empty() {
                text.clone()
            } else {
                field.near.clone()
            }
        }
        Goal::Do(Deed::Set { control, .. }) => control.near.clone(),
        Goal::Do(Deed::Add { entry, .. }) => entry.clone(),
        Goal::Do(Deed::Wait { shown, .. }) | Goal::Until { shown, .. } | Goal::If { shown, .. } => joined(shown),
        Goal::Follow(object) | Goal::Read { object, .. } => joined(&object.about),
        _ => String::new(),
    };
    (!name.is_empty()).then(|| vec![Token::Quoted(name)])
}

/// Whether what goes into a field of that name is nobody else's business.
fn is_secret(field: &str) -> bool {
    let field = fold(field);
    ["code", "key", "passphrase", "password", "pin", "secret", "token"].iter().any(|word| field.contains(word))
}

/// The name of a thing; its place, where the name is a mere noun.
fn named(target: &Target) -> String {
    let is_noun = without_nouns(&target.name).is_empty();
    if is_noun && !target.near.is_empty() { target.near.clone() } else { target.name.clone() }
}
