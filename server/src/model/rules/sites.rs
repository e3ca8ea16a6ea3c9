//! Where an instruction's words lead: addresses, and well-known sites by name.

use url::{Host, Url};

use super::words::fold;

/// Sites that people call by a name. The name is all that is known of them here.
const SITES: &[(&str, &str)] = &[
    ("arxiv", "arxiv.org"),
    ("bbc", "www.bbc.com"),
    ("bing", "www.bing.com"),
    ("crates io", "crates.io"),
    ("docs rs", "docs.rs"),
    ("duckduckgo", "duckduckgo.com"),
    ("github", "github.com"),
    ("gitlab", "gitlab.com"),
    ("google", "www.google.com"),
    ("hacker news", "news.ycombinator.com"),
    ("mdn", "developer.mozilla.org"),
    ("npm", "www.npmjs.com"),
    ("openstreetmap", "www.openstreetmap.org"),
    ("pypi", "pypi.org"),
    ("reddit", "www.reddit.com"),
    ("stack overflow", "stackoverflow.com"),
    ("stackoverflow", "stackoverflow.com"),
    ("wikipedia", "www.wikipedia.org"),
    ("youtube", "www.youtube.com"),
];

/// The longest name in [`SITES`], in words.
const LONGEST: usize = 2;

/// The site or address that the words begin with, and how many words that takes.
pub(super) fn leading(words: &[&str]) -> Option<(Url, usize)> {
    (1..=LONGEST.min(words.len()))
        .rev()
        .find_map(|take| {
            let name = words.get(..take)?.iter().map(|word| fold(word)).collect::<Vec<_>>().join(" ");
            let host = SITES.iter().find(|(known, _)| *known == name)?.1;
            Some((Url::parse(&format!("https://{host}/")).ok()?, take))
        })
        .or_else(|| Some((address(words.first()?)?, 1)))
}

/// The address that a word is, if it looks like one: a URL, or a host with a dot,
/// `localhost` or an IP address, with a port and a path at will.
fn address(word: &str) -> Option<Url> {
    let word = word.strip_suffix("'s").unwrap_or(word);
    let lower = word.to_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return Url::parse(word).ok();
    }
    if word.contains('@') || !word.starts_with(|first: char| first.is_alphanumeric() || first == '[') {
        return None;
    }
    let url = Url::parse(&format!("https://{word}")).ok()?;
    match url.host()? {
        Host::Domain("localhost") | Host::Ipv6(_) => Url::parse(&format!("http://{word}")).ok(),
        // To the URL standard `3` and `3.5` are addresses too; to people they are numbers.
        Host::Ipv4(ip) if word.starts_with(&ip.to_string()) => Url::parse(&format!("http://{word}")).ok(),
        Host::Ipv4(_) => None,
        Host::Domain(host) => {
            let (name, top) = host.rsplit_once('.')?;
            let is_host = !name.is_empty()
                && top.chars().count() >= 2
                && top.chars().all(|c| c.is_ascii_alphabetic() || top.starts_with("xn--"))
                && host.split('.').all(|label| !label.is_empty());
            is_host.then_some(url)
        }
    }
}

/// Whether a page of this address already lies on that site: the same host, or a
/// part of it such as `en.` or `www.`.
pub(super) fn is_on(page: &str, site: &Url) -> bool {
    let host = |url: &Url| url.host_str().map(|host| host.strip_prefix("www.").unwrap_or(host).to_owned());
    let (Some(page), Some(site)) = (Url::parse(page).ok().as_ref().and_then(host), host(site)) else { return false };
    page == site || page.strip_suffix(site.as_str()).is_some_and(|part| part.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(text: &str) -> Option<(String, usize)> {
        leading(&text.split(' ').collect::<Vec<_>>()).map(|(url, take)| (url.to_string(), take))
    }

    #[test]
    fn names_and_addresses() {
        for (text, url, take) in [
            ("GitHub and more", "https://github.com/", 1),
            ("Hacker News today", "https://news.ycombinator.com/", 2),
            ("Wikipedia's article", "https://www.wikipedia.org/", 1),
            ("github.com", "https://github.com/", 1),
            ("GITHUB.COM's", "https://github.com/", 1),
            ("en.wikipedia.org/wiki/Rust", "https://en.wikipedia.org/wiki/Rust", 1),
            ("http://shop.test/a?b=c", "http://shop.test/a?b=c", 1),
            ("localhost:8080/x", "http://localhost:8080/x", 1),
            ("127.0.0.1:90", "http://127.0.0.1:90/", 1),
        ] {
            assert_eq!(leads(text), Some((url.to_owned(), take)), "{text}");
        }
        for text in ["python", "3", "3.5", "me@example.com", "e.g", "...", "", "v1.2.3-x", "https://", "/a/b", "a..b"] {
            assert_eq!(leads(text), None, "{text}");
        }
    }

    #[test]
    fn a_page_lies_on_its_site() {
        let site = Url::parse("https://www.wikipedia.org/").unwrap();
        assert!(is_on("https://en.wikipedia.org/wiki/Rust", &site));
        assert!(is_on("https://wikipedia.org/", &site));
        assert!(!is_on("https://notwikipedia.org/", &site));
        assert!(!is_on("about:blank", &site));
    }
}
