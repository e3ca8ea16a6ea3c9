//! Names and lines.

/// Lines of a file being written.
#[derive(Debug, Default)]
pub(crate) struct Lines(String);

impl Lines {
    /// A line; an empty one has no spaces at its end.
    pub(crate) fn line(&mut self, indent: usize, text: impl AsRef<str>) {
        let text = text.as_ref();
        if !text.is_empty() {
            self.0.extend(std::iter::repeat_n(' ', indent));
            self.0.push_str(text);
        }
        self.0.push('\n');
    }

    /// Several lines.
    pub(crate) fn lines<T: AsRef<str>>(&mut self, indent: usize, lines: impl IntoIterator<Item = T>) {
        lines.into_iter().for_each(|line| self.line(indent, line));
    }

    /// An empty line.
    pub(crate) fn gap(&mut self) {
        self.line(0, "");
    }

    /// The whole text.
    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// Prose in lines of at most `width` characters, as far as its words allow.
pub(crate) fn wrap(prose: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in prose.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// `retrieve_status` as `RetrieveStatus`.
pub(crate) fn pascal(snake: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    snake.split('_').map(capital).collect()
}

/// `retrieve_status` as `retrieveStatus`.
pub(crate) fn camel(snake: &str) -> String {
    let (first, rest) = snake.split_once('_').unwrap_or((snake, ""));
    format!("{first}{}", pascal(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_their_case() {
        assert_eq!(pascal("retrieve_status"), "RetrieveStatus");
        assert_eq!(camel("retrieve_status"), "retrieveStatus");
        assert_eq!(camel("start"), "start");
    }

    #[test]
    fn prose_is_wrapped_at_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("incomprehensibilities and", 3), ["incomprehensibilities", "and"]);
        assert!(wrap("", 10).is_empty());
    }

    #[test]
    fn an_empty_line_has_no_spaces() {
        let mut lines = Lines::default();
        lines.lines(2, ["a", "", "b"]);
        assert_eq!(lines.finish(), "  a\n\n  b\n");
    }
}
