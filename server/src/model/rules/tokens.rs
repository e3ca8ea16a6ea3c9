//! An instruction as words, quotations and pauses.

/// One piece of an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A word, an address, a number.
    Word(String),
    /// What stood between quotation marks.
    Quoted(String),
    /// A comma, a bracket, a colon: perhaps the end of a clause.
    Pause,
    /// The end of a sentence or line: always the end of a clause.
    Stop,
    /// A line or sentence that is a label and a value, by its number.
    Label(usize),
}

impl Token {
    /// The text, if it has one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Word(text) | Self::Quoted(text) => Some(text),
            Self::Pause | Self::Stop | Self::Label(_) => None,
        }
    }

    /// The text, unless it was quoted.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(text) => Some(text),
            _ => None,
        }
    }
}

/// Quotation marks: the opening one and what may close it.
const QUOTES: &[(char, &[char])] = &[
    ('"', &['"', '”', '“']),
    ('\'', &['\'', '’']),
    ('`', &['`', '\'']),
    ('“', &['”', '"', '“']),
    ('„', &['“', '”', '"']),
    ('‘', &['’', '\'']),
    ('«', &['»']),
    ('»', &['«']),
    ('‹', &['›']),
];

/// Splits a text; never fails. A quotation mark without its partner is no mark at all,
/// so that an apostrophe does no harm.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some((quoted, after)) = quotation(rest, first) {
            if !quoted.trim().is_empty() {
                found.push(Token::Quoted(quoted.trim().to_owned()));
            }
            rest = after;
        } else if first == '-' && rest.chars().nth(1).is_some_and(|next| next.is_ascii_digit()) {
            // A number below zero, and no mark of a list.
            let end = rest.find(separates).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            push_word(&mut found, word);
            rest = after;
        } else if separates(first) || QUOTES.iter().any(|(open, _)| *open == first) || "[]-*•".contains(first) {
            let after = rest.strip_prefix(first).unwrap_or_default();
            match first {
                '\n' => found.push(Token::Stop),
                '(' | ')' | '…' | '–' | '—' => found.push(Token::Pause),
                _ => {}
            }
            rest = after;
        } else {
            let end = rest.find(separates).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            push_word(&mut found, word);
            rest = after;
        }
    }
    found
}

/// Whether a word ends before this; it is no part of any word.
fn separates(mark: char) -> bool {
    mark.is_whitespace() || "()\"“”„«»…–—".contains(mark)
}

/// The quotation that a text begins with, and what follows it.
fn quotation(text: &str, open: char) -> Option<(&str, &str)> {
    let closers = QUOTES.iter().find(|(mark, _)| *mark == open)?.1;
    let inner = text.strip_prefix(open)?;
    inner.char_indices().find_map(|(at, mark)| {
        let after = inner.get(at + mark.len_utf8()..)?;
        let closes = closers.contains(&mark) && !after.starts_with(char::is_alphanumeric);
        closes.then(|| Some((inner.get(..at)?, after))).flatten()
    })
}

/// A word without the punctuation after it, and that punctuation as a token.
fn push_word(found: &mut Vec<Token>, word: &str) {
    let bare = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ']', '\'', '’', '*']);
    if !bare.is_empty() {
        found.push(Token::Word(bare.to_owned()));
    }
    let marks = word.get(bare.len()..).unwrap_or_default();
    if marks.contains(['.', ';', '!', '?']) {
        found.push(Token::Stop);
    } else if marks.contains([',', ':']) {
        found.push(Token::Pause);
    }
}

#[cfg(test)]
mod tests {
    use super::Token::{Pause, Stop};
    use super::*;

    fn word(text: &str) -> Token {
        Token::Word(text.to_owned())
    }

    fn quoted(text: &str) -> Token {
        Token::Quoted(text.to_owned())
    }

    #[test]
    fn words_marks_and_lines() {
        assert_eq!(
            tokens("Go to github.com, then\nread it."),
            [word("Go"), word("to"), word("github.com"), Pause, word("then"), Stop, word("read"), word("it"), Stop]
        );
        assert_eq!(tokens("list (top 3)"), [word("list"), Pause, word("top"), word("3"), Pause]);
    }

    #[test]
    fn quotations_of_all_kinds() {
        for text in ["'a b'", "\"a b\"", "“a b”", "‘a b’", "«a b»", "„a b“", "`a b`", "‹a b›", "' a b '"] {
            assert_eq!(tokens(text), [quoted("a b")], "{text}");
        }
        assert_eq!(tokens("'a b'."), [quoted("a b"), Stop]);
        assert_eq!(tokens("it's GitHub’s"), [word("it's"), word("GitHub’s")]);
        assert_eq!(tokens("'it's here'"), [quoted("it's here")]);
        assert_eq!(tokens("a” ”b"), [word("a"), word("b")]);
        assert_eq!(tokens("rock 'n roll"), [word("rock"), word("n"), word("roll")]);
    }
}
