//! The sites that a clause names: "on Wikipedia", "GitHub's", "the GitHub website".

use url::Url;

use super::plan::Goal;
use super::sites;
use super::tokens::Token;
use super::verbs::is_word;
use super::words::fold;

/// Words that tie a site to a verb: "on Wikipedia".
const AT: &[&str] = &["at", "from", "in", "on", "using", "via"];

/// Words that a site's name may carry: "the GitHub website".
const SITE_NOUNS: &[&str] = &["home", "homepage", "page", "site", "website"];

/// Takes "on Wikipedia", "Wikipedia's" or the "Wikipedia" of "Wikipedia article" out of an
/// object and makes it a goal.
pub(super) fn with_site(object: &[Token], goals: &mut Vec<Goal>) -> Vec<Token> {
    for at in 0..object.len() {
        let (Some(before), Some(rest)) = (object.get(..at), object.get(at..)) else { continue };
        let possessive = rest.first().and_then(Token::word).is_some_and(|word| word.ends_with("'s") || word.ends_with("’s"));
        let Some((site, after)) =
            (if possessive { site(rest) } else { site_phrase(rest).or_else(|| site_of_article(rest)).or_else(|| address(rest)) })
        else {
            continue;
        };
        goals.push(Goal::Visit { site, anew: false });
        return before.iter().chain(after).cloned().collect();
    }
    object.to_vec()
}

/// "Wikipedia article ...", the noun left in place.
fn site_of_article(tokens: &[Token]) -> Option<(Url, &[Token])> {
    let (site, take) = sites::leading(&leading_words(tokens))?;
    let rest = tokens.get(take..)?;
    let is_article = ["article", "articles", "entry", "page"].iter().any(|noun| is_word(rest.first(), noun));
    is_article.then_some((site, rest))
}

/// "https://example.com", "of example.com/about", "example.com/about": an address that is
/// no mere name with a dot.
fn address(tokens: &[Token]) -> Option<(Url, &[Token])> {
    let after_of = tokens.strip_prefix(&[Token::Word("of".to_owned())]);
    let (first, rest) = after_of.unwrap_or(tokens).split_first()?;
    let word = first.word().filter(|word| word.contains('/') || (after_of.is_some() && word.contains('.')))?;
    let (site, _) = sites::leading(&[word])?;
    Some((site, rest))
}

/// "On Wikipedia ...": a site after a word that ties it to a verb.
pub(super) fn site_phrase(tokens: &[Token]) -> Option<(Url, &[Token])> {
    let (first, rest) = tokens.split_first()?;
    let at = fold(first.word()?);
    site(rest).filter(|_| AT.contains(&at.as_str()))
}

/// "The GitHub website ...": a site and what may stand around it.
pub(super) fn site(tokens: &[Token]) -> Option<(Url, &[Token])> {
    let rest = without(tokens, &["the", "website", "site"]);
    let (site, take) = sites::leading(&leading_words(rest))?;
    let rest = without(rest.get(take..)?, SITE_NOUNS);
    Some((site, rest.strip_prefix(&[Token::Pause]).unwrap_or(rest)))
}

/// The tokens after any of these words.
pub(super) fn without<'a>(mut tokens: &'a [Token], words: &[&str]) -> &'a [Token] {
    while let Some((first, rest)) = tokens.split_first()
        && words.iter().any(|word| is_word(Some(first), word))
    {
        tokens = rest;
    }
    tokens
}

/// The unquoted words at the beginning.
pub(super) fn leading_words(tokens: &[Token]) -> Vec<&str> {
    tokens.iter().map_while(Token::word).collect()
}
