//! From the path of a URL to a file and its type.

use std::borrow::Cow;
use std::path::{Component, Path};

use percent_encoding::percent_decode_str;

use super::Answer;

/// Looks for the file that a URL's path names. `read` gives a file of the host by
/// the names on its path.
pub(super) fn find(path: &str, read: impl Fn(&[&str]) -> Option<Vec<u8>>) -> Answer {
    let found = segments(path).and_then(|segments| {
        let names: Vec<&str> = segments.iter().map(Cow::as_ref).collect();
        let html = names.last().map(|last| format!("{last}.html"));
        let page = html.as_deref().map(|html| [names.split_last().map(|(_, above)| above).unwrap_or_default(), &[html]].concat());
        let index = [names.as_slice(), &["index.html"]].concat();
        [Some(names), page, Some(index)].into_iter().flatten().find_map(|names| Some((content_type(names.last()?), read(&names)?)))
    });
    match found {
        Some((content_type, body)) => Answer { status: 200, content_type, body },
        None => Answer {
            status: 404,
            content_type: content_type("404.html"),
            body: read(&["404.html"]).unwrap_or_else(|| NOT_FOUND.as_bytes().to_vec()),
        },
    }
}

const NOT_FOUND: &str =
    "<!doctype html><html lang=\"en\"><title>404 Not Found</title><h1>Not Found</h1><p>There is no such page on this host.</p></html>";

/// The decoded segments of a path, empty ones left out; `None` where one is not a
/// plain name on this system (`..`, a slash, a drive letter, a zero byte).
fn segments(path: &str) -> Option<Vec<Cow<'_, str>>> {
    let plain = |name: &str| {
        let mut components = Path::new(name).components();
        matches!((components.next(), components.next()), (Some(Component::Normal(only)), None) if only == name)
            && !name.contains(['\0', '/', '\\'])
    };
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| percent_decode_str(segment).decode_utf8().ok().filter(|name| plain(name)))
        .collect()
}

fn content_type(name: &str) -> String {
    let mime = mime_guess::from_path(name).first_or_octet_stream();
    match (mime.type_(), mime.subtype()) {
        (mime_guess::mime::TEXT, _) | (_, mime_guess::mime::JSON | mime_guess::mime::JAVASCRIPT) => format!("{mime}; charset=utf-8"),
        _ => mime.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILES: [&str; 7] = ["index.html", "a.html", "a/b", "a/index.html", "a/b c.html", "style.css", "\u{e9}.json"];

    fn get(path: &str) -> (u16, String) {
        let answer = find(path, |names| FILES.contains(&names.join("/").as_str()).then(|| names.join("/").into_bytes()));
        (answer.status, String::from_utf8(answer.body).unwrap())
    }

    #[test]
    fn a_path_names_a_file_a_page_or_a_folder() {
        for (path, file) in [
            ("/", "index.html"),
            ("/index.html", "index.html"),
            ("/a", "a.html"),
            ("/a/", "a.html"),
            ("/a/b", "a/b"),
            ("//a//b", "a/b"),
            ("/a/b%20c", "a/b c.html"),
            ("/style.css", "style.css"),
            ("/%C3%A9.json", "\u{e9}.json"),
        ] {
            assert_eq!(get(path), (200, file.to_owned()), "{path}");
        }
    }

    #[test]
    fn what_is_not_there_is_a_404() {
        for path in ["/b", "/a/b/c", "/a%2Fb", "/..", "/a/../a", "/%2e%2e/a", "/a%00", "/%FF", "/a%5Cb", "/index.html/x"] {
            let (status, body) = get(path);
            assert_eq!(status, 404, "{path}");
            assert!(body.contains("Not Found"), "{path}");
        }
    }

    #[test]
    fn types_come_from_the_extension() {
        for (name, kind) in [
            ("x.html", "text/html; charset=utf-8"),
            ("x.css", "text/css; charset=utf-8"),
            ("x.js", "text/javascript; charset=utf-8"),
            ("x.json", "application/json; charset=utf-8"),
            ("x.svg", "image/svg+xml"),
            ("x.png", "image/png"),
            ("x", "application/octet-stream"),
        ] {
            assert_eq!(content_type(name), kind);
        }
    }

    proptest! {
        #[test]
        fn only_plain_names_are_ever_asked_for(path in "(/|\\.|%2e|%2f|%5c|\\\\|[a-c]|:|%00|%C3|\\PC){0,24}") {
            find(&path, |names| {
                for name in names {
                    assert!(!name.is_empty() && *name != "." && *name != ".." && !name.contains(['/', '\\', '\0']), "{name:?}");
                }
                None
            });
        }
    }
}
