//! Verbs: what a clause wants done.

use super::tokens::Token;

/// What is to be done with the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Go,
    Search,
    Click,
    Tell,
    Summarize,
}

/// The verbs; of two that fit, the longer counts.
const VERBS: &[(&str, Verb)] = &[
    ("browse to", Verb::Go),
    ("click", Verb::Click),
    ("click on", Verb::Click),
    ("collect", Verb::Tell),
    ("display", Verb::Tell),
    ("fetch", Verb::Tell),
    ("find", Verb::Tell),
    ("find out", Verb::Tell),
    ("follow", Verb::Click),
    ("get", Verb::Tell),
    ("give", Verb::Tell),
    ("give a summary of", Verb::Summarize),
    ("give me a summary of", Verb::Summarize),
    ("go on to", Verb::Go),
    ("go to", Verb::Go),
    ("head to", Verb::Go),
    ("list", Verb::Tell),
    ("load", Verb::Go),
    ("locate", Verb::Tell),
    ("look for", Verb::Tell),
    ("look up", Verb::Search),
    ("navigate to", Verb::Go),
    ("open", Verb::Go),
    ("quote", Verb::Tell),
    ("read", Verb::Tell),
    ("read out", Verb::Tell),
    ("report", Verb::Tell),
    ("return", Verb::Tell),
    ("search", Verb::Search),
    ("search for", Verb::Search),
    ("show", Verb::Tell),
    ("sum up", Verb::Summarize),
    ("summarise", Verb::Summarize),
    ("summarize", Verb::Summarize),
    ("take me to", Verb::Go),
    ("tell", Verb::Tell),
    ("visit", Verb::Go),
    ("what are", Verb::Tell),
    ("what do", Verb::Tell),
    ("what does", Verb::Tell),
    ("what is", Verb::Tell),
    ("what's", Verb::Tell),
];

/// The verb at the beginning, and what follows it.
pub(super) fn verb(tokens: &[Token]) -> Option<(Verb, &[Token])> {
    VERBS
        .iter()
        .filter_map(|(phrase, verb)| {
            let words: Vec<_> = phrase.split(' ').collect();
            let fits = words.iter().enumerate().all(|(at, word)| is_word(tokens.get(at), word));
            fits.then(|| Some((words.len(), *verb, tokens.get(words.len()..)?))).flatten()
        })
        .max_by_key(|(length, ..)| *length)
        .map(|(_, verb, rest)| (verb, rest))
}

pub(super) fn is_word(token: Option<&Token>, word: &str) -> bool {
    token.and_then(Token::word).is_some_and(|text| text.to_lowercase().replace('’', "'") == word)
}
