//! What is told at the end: text that was read, and nothing else.

use unicode_segmentation::UnicodeSegmentation;

/// The most entries that are told when nobody limits them.
const MOST_ENTRIES: usize = 50;

/// A short sentence does not summarize: below so many characters the next one is added.
const SHORT_SENTENCE: usize = 60;

/// Text read for one goal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    /// Pieces, in the order of the page.
    pub(super) texts: Vec<String>,
    /// The most pieces that the goal itself asks for.
    pub(super) limit: Option<usize>,
    /// Entries of a list, to be numbered.
    pub(super) is_list: bool,
}

impl Answer {
    /// One piece of text.
    pub(super) fn text(text: String) -> Self {
        Self { texts: vec![text], limit: None, is_list: false }
    }

    /// The answer as text; `limit` is the one asked for last, by a message, and counts for lists.
    pub(super) fn told(&self, limit: Option<usize>) -> String {
        if !self.is_list {
            return self.texts.iter().take(self.limit.unwrap_or(usize::MAX)).cloned().collect::<Vec<_>>().join("\n\n");
        }
        let most = limit.or(self.limit).unwrap_or(MOST_ENTRIES);
        let mut lines: Vec<_> = self.texts.iter().take(most).enumerate().map(|(at, text)| format!("{}. {text}", at + 1)).collect();
        if limit.or(self.limit).is_none() && self.texts.len() > most {
            lines.push(format!("({} more on the page)", self.texts.len() - most));
        }
        lines.join("\n")
    }
}

/// The first sentence of a text, or the first two when the first says little.
pub(super) fn summary(text: &str) -> String {
    let mut end = 0;
    for sentence in sentences(text) {
        end += sentence.len();
        if text.get(..end).is_none_or(|start| start.trim().chars().count() >= SHORT_SENTENCE) {
            break;
        }
    }
    text.get(..end).unwrap_or(text).trim().to_owned()
}

/// Sentences by UAX #29, not broken after an abbreviation or an initial.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    const ABBREVIATIONS: &[&str] =
        &["approx.", "ca.", "cf.", "dr.", "e.g.", "etc.", "i.e.", "mr.", "mrs.", "ms.", "no.", "prof.", "st.", "vs."];
    let mut found: Vec<&str> = Vec::new();
    let mut start = 0;
    let mut end = 0;
    for piece in text.split_sentence_bounds() {
        end += piece.len();
        let last = piece.split_whitespace().last().unwrap_or_default().trim_start_matches(['(', '"', '“']).to_lowercase();
        let is_initial = last.chars().count() == 2 && last.ends_with('.') && last.starts_with(char::is_alphabetic);
        if is_initial || ABBREVIATIONS.contains(&last.as_str()) {
            continue;
        }
        found.extend(text.get(start..end));
        start = end;
    }
    found.extend(text.get(start..end).filter(|rest| !rest.is_empty()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_the_first_sentences_word_for_word() {
        let long = "Machine learning is the study of programs that get better at a task with data. It has many uses.";
        assert_eq!(summary(long), "Machine learning is the study of programs that get better at a task with data.");
        assert_eq!(
            summary("Rust is a language. It was made for browsers. It is fast."),
            "Rust is a language. It was made for browsers. It is fast."
        );
        let dotted = "Some animals, e.g. Arctic foxes studied by Dr. Smith and J. Doe in the cold north, change colour. Others do not.";
        assert_eq!(summary(dotted), "Some animals, e.g. Arctic foxes studied by Dr. Smith and J. Doe in the cold north, change colour.");
        assert_eq!(summary("no full stop"), "no full stop");
        assert_eq!(summary(""), "");
    }

    #[test]
    fn the_last_limit_counts() {
        let texts = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let list = Answer { texts: texts.clone(), limit: Some(3), is_list: true };
        assert_eq!(list.told(None), "1. a\n2. b\n3. c");
        assert_eq!(list.told(Some(2)), "1. a\n2. b");
        let passages = Answer { texts, limit: Some(2), is_list: false };
        assert_eq!(passages.told(Some(1)), "a\n\nb");
        let many = Answer { texts: vec![String::from("x"); 60], limit: None, is_list: true };
        assert!(many.told(None).ends_with("50. x\n(10 more on the page)"));
    }
}
