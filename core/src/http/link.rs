//! The `Link` header (RFC 8288), read as leniently as its appendix B advises.

use http::HeaderMap;
use url::Url;

/// Where the first link of that relation leads, relative to `base`, if that is on the same
/// origin: a server names addresses of its own, and gets no say about anyone else's.
pub(crate) fn target(headers: &HeaderMap, relation: &str, base: &Url) -> Option<Url> {
    headers
        .get_all(http::header::LINK)
        .iter()
        .flat_map(|value| links(&String::from_utf8_lossy(value.as_bytes())))
        .find(|link| link.has_relation(relation))
        .and_then(|link| base.join(&link.target).ok())
        .filter(|url| url.origin() == base.origin())
}

/// Optional whitespace (RFC 9110, section 5.6.3).
const BLANK: [char; 2] = [' ', '\t'];

#[derive(Debug, PartialEq, Eq)]
struct Link {
    target: String,
    parameters: Vec<(String, String)>,
}

impl Link {
    fn parameter(&self, name: &str) -> Option<&str> {
        // Of a repeated parameter the first counts (section 3.3).
        self.parameters.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A link with an anchor is about something else than what was asked for.
    fn has_relation(&self, relation: &str) -> bool {
        let relations = self.parameter("rel").unwrap_or_default();
        self.parameter("anchor").is_none() && relations.split_ascii_whitespace().any(|given| given.eq_ignore_ascii_case(relation))
    }
}

/// The links of one header; what is none ends the reading.
fn links(mut rest: &str) -> Vec<Link> {
    let mut links = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let Some((target, after)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) else { return links };
        let mut link = Link { target: target.trim_matches(BLANK).to_owned(), parameters: Vec::new() };
        rest = after.trim_start_matches(BLANK);
        while let Some(after) = rest.strip_prefix(';') {
            let (name, after) = until(after, &['=', ';', ',']);
            let (value, after) = match after.strip_prefix('=') {
                Some(after) => value(after.trim_start_matches(BLANK)),
                None => (String::new(), after),
            };
            link.parameters.push((name.trim_matches(BLANK).to_owned(), value));
            rest = after.trim_start_matches(BLANK);
        }
        links.push(link);
        // What follows a quoted text and belongs to nothing is passed over.
        rest = until(rest, &[',']).1;
    }
}

/// A parameter's value, quoted or bare, and what follows it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (bare, rest) = until(text, &[';', ',']);
        return (bare.trim_matches(BLANK).to_owned(), rest);
    };
    let mut value = String::new();
    let mut chars = quoted.chars();
    while let Some(char) = chars.next() {
        match char {
            '"' => break,
            '\\' => value.extend(chars.next()),
            other => value.push(other),
        }
    }
    (value, chars.as_str())
}

fn until<'a>(text: &'a str, ends: &[char]) -> (&'a str, &'a str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(values: &[&str], base: &str) -> Option<String> {
        let headers = values.iter().map(|value| (http::header::LINK, value.parse().unwrap())).collect();
        target(&headers, "events", &Url::parse(base).unwrap()).map(String::from)
    }

    #[test]
    fn a_target_is_relative_to_what_answered() {
        let base = "http://h:1/pre/fix/agent/tasks/stream?x=1";
        let events = Some("http://h:1/pre/fix/agent/tasks/t1/events".to_owned());
        for value in [
            "<t1/events>; rel=\"events\"",
            "<t1/events>;rel=events",
            " , <t1/events> ; title=\"a, <b>; \\\"rel=x\\\"\" ; REL = \"self Events\"",
            "</other>; rel=next, <t1/events>; rel=events",
            "<t1/events>; rel=events; rel=ignored",
            "</pre/fix/agent/tasks/t1/events>; rel=events",
            "<http://h:1/pre/fix/agent/tasks/t1/events>; rel=events; flag",
            "<t1/events>; flag; rel=events, broken",
        ] {
            assert_eq!(found(&[value], base), events, "{value}");
        }
        assert_eq!(found(&["<a>; rel=self", "<t1/events>; rel=events"], base), events);
    }

    #[test]
    fn what_is_elsewhere_or_something_else_is_ignored() {
        let base = "https://h/agent/tasks/stream";
        for value in [
            "<http://h/agent/tasks/t1/events>; rel=events",
            "<https://evil/agent/tasks/t1/events>; rel=events",
            "<https://h:444/x>; rel=events",
            "<//evil/x>; rel=events",
            "<file:///etc/passwd>; rel=events",
            "<t1/events>; rel=eventsource",
            "<t1/events>; rel=next; rel=events",
            "<t1/events>; rel=events; anchor=\"/other\"",
            "<t1/events>",
            "<t1/events; rel=events",
            "t1/events; rel=events",
            "",
        ] {
            assert_eq!(found(&[value], base), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_survived_and_no_other_origin_comes_of_it(value in "[<>;,=\"\\\\ a-z/:.]{0,60}") {
            let base = Url::parse("https://h/agent/tasks/stream").unwrap();
            let headers = [(http::header::LINK, http::HeaderValue::from_str(&value).unwrap())].into_iter().collect();
            if let Some(url) = target(&headers, "events", &base) {
                prop_assert_eq!(url.origin(), base.origin());
            }
        }

        #[test]
        fn what_was_written_is_read(target in "[^<>\\x00-\\x20]{0,12}", title in "\\PC{0,12}", before in "[a-z]{1,5}") {
            let quoted = title.replace('\\', "\\\\").replace('"', "\\\"");
            let header = format!("<x>; rel={before}, <{target}>; title=\"{quoted}\"; rel=\"{before} events\", <y>; rel=z");
            let links = links(&header);
            prop_assert_eq!(links.len(), 3);
            prop_assert_eq!((links[1].target.as_str(), links[1].parameter("title")), (target.as_str(), Some(title.as_str())));
            prop_assert!(links[1].has_relation("Events") && !links[0].has_relation("events"));
        }
    }
}
