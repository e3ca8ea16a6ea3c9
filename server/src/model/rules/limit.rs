//! Words that only say how much of a list is wanted.

use super::tokens::Token;
use super::words::{fold, number};

/// "Focus on the top 3 results only": a number, a word that limits, and nothing else.
pub(super) fn limit(clause: &[Token], to_running: bool) -> Option<usize> {
    const MARKS: &[&str] = &["best", "first", "focus", "just", "keep", "limit", "most", "only", "stick", "than", "top"];
    const OTHERS: &[&str] = &[
        "and", "at", "but", "entries", "entry", "hits", "it", "item", "items", "more", "no", "of", "on", "one", "ones", "please", "result",
        "results", "the", "them", "then", "those", "to", "want", "i", "with",
    ];
    const VERBS: &[&str] = &["find", "get", "give", "list", "me", "read", "return", "show", "tell"];
    let words: Vec<_> = clause.iter().filter(|token| **token != Token::Pause).map(Token::word).collect::<Option<_>>()?;
    let words: Vec<_> = words.into_iter().map(fold).collect();
    let mut numbers = words.iter().filter_map(|word| number(word).filter(|_| word != "one"));
    let counted = numbers.next();
    let marked = words.iter().any(|word| MARKS.contains(&word.as_str()));
    // "List the first five" has a verb in front, "limit the list to five" has none.
    let begins_with_list = words.first().is_some_and(|word| word == "list");
    let known = |word: &String| {
        let word = word.as_str();
        MARKS.contains(&word)
            || OTHERS.contains(&word)
            || number(word).is_some()
            || (word == "list" && !begins_with_list)
            || (to_running && VERBS.contains(&word))
    };
    if !marked || numbers.next().is_some() || !words.iter().all(known) {
        return None;
    }
    // "Only the top result", "just the first one".
    let single = words.windows(2).any(|pair| matches!(pair, [mark, noun] if ["top", "first", "best"].contains(&mark.as_str()) && ["one", "result", "item", "entry", "hit"].contains(&noun.as_str())));
    counted.or(single.then_some(1))
}
