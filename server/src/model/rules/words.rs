//! Words as they are compared: folded in case, lightly stemmed, without the small ones.

use unicode_segmentation::UnicodeSegmentation;

/// One word of an instruction or of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// As it was written.
    pub(super) text: String,
    /// As it is compared.
    stem: String,
}

/// Words that say nothing about what is meant.
const SMALL: &[&str] = &[
    "a",
    "all",
    "an",
    "and",
    "any",
    "are",
    "at",
    "by",
    "current",
    "currently",
    "each",
    "every",
    "for",
    "from",
    "in",
    "is",
    "it",
    "its",
    "me",
    "my",
    "of",
    "on",
    "or",
    "our",
    "please",
    "some",
    "that",
    "the",
    "their",
    "them",
    "there",
    "these",
    "this",
    "those",
    "to",
    "was",
    "were",
    "when",
    "where",
    "which",
    "who",
    "with",
    "you",
    "your",
];

impl Word {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), stem: stem(text) }
    }

    /// Whether the word is more than grammar.
    pub(super) fn is_small(text: &str) -> bool {
        SMALL.contains(&fold(text).as_str())
    }

    /// Whether the two mean the same as far as their letters tell: equal stems, or
    /// one an abbreviation or a longer form of the other (`repo`, `repositories`).
    fn is_like(&self, other: &Self) -> bool {
        let (short, long) = if self.stem.len() <= other.stem.len() { (&self.stem, &other.stem) } else { (&other.stem, &self.stem) };
        short == long || (short.chars().count() >= 4 && long.starts_with(short.as_str()))
    }

    /// Whether it is one of these words, singular or plural.
    pub(super) fn is_one_of(&self, others: &[Self]) -> bool {
        others.iter().any(|other| self.stem == other.stem)
    }

    /// Whether one of these words means the same.
    pub(super) fn is_among(&self, others: &[Self]) -> bool {
        others.iter().any(|other| self.is_like(other))
    }

    /// Whether it names more than one thing.
    pub(super) fn is_plural(&self) -> bool {
        self.stem != fold(&self.text) || self.stem == "news"
    }
}

/// The words of a text that are more than grammar.
pub(super) fn words(text: &str) -> Vec<Word> {
    text.unicode_words().filter(|word| !Word::is_small(word)).map(Word::new).collect()
}

/// The words as they were written, one blank between.
pub(super) fn joined(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// Lower case, without a possessive.
pub(super) fn fold(text: &str) -> String {
    let lower = text.to_lowercase().replace('’', "'");
    lower.strip_suffix("'s").map(str::to_owned).unwrap_or(lower)
}

/// Without the plural: enough to let `repositories` meet `repository`.
fn stem(text: &str) -> String {
    let word = fold(text);
    // "Five stars" are "5 stars".
    if let Some(n) = number(&word).filter(|_| word.chars().all(char::is_alphabetic)) {
        return n.to_string();
    }
    let end = |ending: &str, least: usize| word.strip_suffix(ending).filter(|rest| rest.chars().count() >= least);
    if let Some(rest) = end("ies", 3) {
        return format!("{rest}y");
    }
    for ending in ["sses", "shes", "ches", "xes"] {
        if let Some(rest) = end(ending, 1) {
            return format!("{rest}{}", &ending[..ending.len() - 2]);
        }
    }
    match end("s", 3) {
        Some(rest) if word != "news" && !rest.ends_with(['s', 'u', 'i']) => rest.to_owned(),
        _ => word,
    }
}

/// How well a name on the page fits the words that are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fit {
    /// How many of the wanted words it has.
    pub(super) matched: usize,
    /// How many words are wanted.
    pub(super) wanted: usize,
    /// How many words it has that nobody wants.
    pub(super) spare: usize,
}

impl Fit {
    pub(super) fn of(wanted: &[Word], name: &str) -> Self {
        let name = words(name);
        Self {
            matched: wanted.iter().filter(|word| word.is_among(&name)).count(),
            wanted: wanted.len(),
            spare: name.iter().filter(|word| !word.is_among(wanted)).count(),
        }
    }

    /// Every wanted word and no other.
    pub(super) fn is_exact(self) -> bool {
        self.is_whole() && self.spare == 0
    }

    /// Every wanted word.
    pub(super) fn is_whole(self) -> bool {
        self.wanted > 0 && self.matched == self.wanted
    }

    /// Larger is better: more wanted words first, then fewer others.
    pub(super) fn rank(self) -> (usize, std::cmp::Reverse<usize>) {
        (self.matched, std::cmp::Reverse(self.spare))
    }

    /// At least half of the name is what is wanted, so that it names the thing
    /// and does not merely mention it.
    pub(super) fn is_about(self) -> bool {
        self.matched > 0 && self.matched >= self.spare
    }
}

/// A number written in digits or as a word, up to twelve.
pub(super) fn number(text: &str) -> Option<usize> {
    const NAMES: [&str; 12] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let word = fold(text);
    NAMES.iter().position(|name| *name == word).map(|at| at + 1).or_else(|| word.parse().ok()).filter(|n| *n > 0)
}

/// `first`, `2nd`, `third`: the number it stands for, up to twelve as a word.
pub(super) fn ordinal(text: &str) -> Option<usize> {
    const NAMES: [&str; 12] =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"];
    let word = fold(text);
    NAMES.iter().position(|name| *name == word).map(|at| at + 1).or_else(|| {
        let digits = ["st", "nd", "rd", "th"].iter().find_map(|ending| word.strip_suffix(ending))?;
        digits.parse().ok().filter(|n| *n > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_meet_their_singular() {
        for (one, other) in [
            ("repositories", "repository"),
            ("Boxes", "box"),
            ("branches", "branch"),
            ("links", "Link"),
            ("GitHub's", "github"),
            ("repo", "repositories"),
            ("trend", "trending"),
            ("classes", "class"),
        ] {
            assert!(Word::new(one).is_like(&Word::new(other)), "{one} {other}");
        }
        for (one, other) in [("news", "new"), ("art", "article"), ("gas", "ga")] {
            assert!(!Word::new(one).is_like(&Word::new(other)), "{one} {other}");
        }
    }

    #[test]
    fn a_fit_counts_words_on_both_sides() {
        let wanted = words("the trending Python repositories");
        assert_eq!(Fit::of(&wanted, "Trending"), Fit { matched: 1, wanted: 3, spare: 0 });
        assert_eq!(Fit::of(&wanted, "All repositories by name"), Fit { matched: 1, wanted: 3, spare: 1 });
        assert!(Fit::of(&wanted, "Trending Python repositories").is_exact());
        assert!(!Fit::of(&words("rust"), "Iron, rust and other oxides").is_about());
    }

    #[test]
    fn numbers_and_ordinals() {
        assert_eq!(number("Three"), Some(3));
        assert_eq!(number("25"), Some(25));
        assert_eq!(number("0"), None);
        assert_eq!(ordinal("second"), Some(2));
        assert_eq!(ordinal("3rd"), Some(3));
        assert_eq!(ordinal("th"), None);
    }
}
