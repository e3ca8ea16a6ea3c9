//! Where a request goes: base address, path, ids, query.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use url::{Host, Url};

use crate::error::{Error, ErrorKind};

/// Everything outside of `pchar` (RFC 3986, section 3.3).
const NOT_PCHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// Checks a base address; a path in it stays and leads every request's path.
pub(crate) fn base(text: &str) -> Result<Url, Error> {
    let text = text.trim();
    let wrong = |why: &str| {
        // What stands before an @ may be a password.
        let shown = if text.contains('@') { String::new() } else { format!(" is {text:?}") };
        let right = "it should look like \"https://api.tzafon.ai\" or \"http://127.0.0.1:8700\"";
        Error::new(ErrorKind::Config, format!("the base URL{shown}: {why}; {right}"))
    };
    if text.contains(char::is_whitespace) {
        return Err(wrong("there is a space or a line break in it"));
    }
    let url = Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => wrong("it does not begin with http:// or https://"),
        other => wrong(&other.to_string()),
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(&format!("the scheme {:?} is neither http nor https", url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("there is a user name or a password in it, which are not sent; give the key by itself"));
    }
    Ok(url)
}

/// Whether an address is this machine's own: no proxy can reach it for us.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The path of an operation with the id in its place.
pub(crate) fn path(template: &str, id: Option<&str>) -> Result<String, Error> {
    if !template.contains("{id}") {
        return Ok(template.to_owned());
    }
    let id = id.unwrap_or_default();
    let wrong = |text: String| Error::new(ErrorKind::InvalidArgument, text);
    match id {
        "" => Err(wrong(format!("Expected a non-empty value for `id` but received {}", "''"))),
        // A URL parser takes these for steps within the path.
        "." | ".." => Err(wrong(format!("Expected a task's id for `id` but received '{id}', which would change the path of the request"))),
        _ => Ok(template.replace("{id}", &utf8_percent_encode(id, NOT_PCHAR).to_string())),
    }
}

/// A path of the caller's own: whatever it is, it leads to the same server.
pub(crate) fn own_path(path: &str) -> Result<String, Error> {
    let before_query = path.split('?').next().unwrap_or_default();
    if before_query.contains("://") || path.starts_with("//") {
        let text = format!("expected a path such as \"/agent/tasks\", not the whole address {path:?}: the server is the client's base URL");
        return Err(Error::new(ErrorKind::InvalidArgument, text));
    }
    Ok(if path.starts_with('/') { path.to_owned() } else { format!("/{path}") })
}

/// The whole address; the path may have a query already.
pub(crate) fn join(base: &Url, path: &str, query: &[(String, String)]) -> Url {
    let mut url = base.clone();
    let (path, own_query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url.set_query(own_query.filter(|query| !query.is_empty()));
    url.set_fragment(None);
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    url
}

/// A query as JSON into names and values: arrays joined by commas, nesting in
/// brackets, null left out (contract, section 6).
pub(crate) fn query(members: &Map<String, Value>) -> Result<Vec<(String, String)>, Error> {
    let mut pairs = Vec::new();
    for (name, value) in members {
        flatten(name.clone(), value, &mut pairs)?;
    }
    Ok(pairs)
}

fn flatten(name: String, value: &Value, pairs: &mut Vec<(String, String)>) -> Result<(), Error> {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (inner, value) in members {
                flatten(format!("{name}[{inner}]"), value, pairs)?;
            }
        }
        Value::Array(items) => {
            let texts: Option<Vec<String>> = items.iter().filter(|item| !item.is_null()).map(scalar).collect();
            let Some(texts) = texts else {
                let text = format!(
                    "the query parameter {name:?} is a list with a list or an object in it; only texts, numbers and booleans can be joined"
                );
                return Err(Error::new(ErrorKind::InvalidArgument, text));
            };
            pairs.push((name, texts.join(",")));
        }
        other => pairs.extend(scalar(other).map(|text| (name, text))),
    }
    Ok(())
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_path_prefix_stays() {
        for (text, expected) in [
            ("https://host", "https://host/agent/tasks"),
            ("https://host/", "https://host/agent/tasks"),
            ("http://host:1/api/v2/", "http://host:1/api/v2/agent/tasks"),
            ("http://[::1]:80/x?y=1#z", "http://[::1]/x/agent/tasks"),
        ] {
            assert_eq!(join(&base(text).unwrap(), "/agent/tasks", &[]).as_str(), expected);
        }
    }

    #[test]
    fn a_path_of_ones_own_stays_on_the_server() {
        for (path, expected) in [
            ("/x/y", "http://h/pre/x/y?b=2"),
            ("x%2Fy?a=1&a=%20", "http://h/pre/x%2Fy?a=1&a=%20&b=2"),
            ("/x y/ü#z?", "http://h/pre/x%20y/%C3%BC%23z?b=2"),
            ("/x?url=http://other", "http://h/pre/x?url=http://other&b=2"),
            ("@other.example/x", "http://h/pre/@other.example/x?b=2"),
            ("", "http://h/pre/?b=2"),
        ] {
            let url = join(&base("http://h/pre").unwrap(), &own_path(path).unwrap(), &[("b".to_owned(), "2".to_owned())]);
            assert_eq!(url.as_str(), expected);
        }
        for path in ["http://other/x", "//other/x", "https://"] {
            assert_eq!(own_path(path).unwrap_err().kind(), ErrorKind::InvalidArgument);
        }
    }

    #[test]
    fn which_addresses_are_this_machines_own() {
        for own in ["http://localhost:1", "http://127.0.0.1", "http://127.9.9.9/x", "http://[::1]:80", "http://LOCALHOST"] {
            assert!(is_loopback(&base(own).unwrap()), "{own}");
        }
        for other in ["https://api.tzafon.ai", "http://localhost.example", "http://10.0.0.1", "http://[::2]"] {
            assert!(!is_loopback(&base(other).unwrap()), "{other}");
        }
    }

    #[test]
    fn a_wrong_base_address_says_why() {
        for (text, why) in [
            ("api.tzafon.ai", "http://"),
            ("", "http://"),
            ("ftp://host", "ftp"),
            ("http://", "host"),
            ("localhost:80", "localhost"),
            ("http://api .tzafon.ai", "space"),
            ("http://host/a b", "space"),
            ("https://user:secret@host", "password"),
            ("https://secret@ho st", "space"),
        ] {
            let error = base(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().contains(why) && !error.to_string().contains("secret"), "{error}");
        }
        assert_eq!(base(" https://host\n").unwrap().as_str(), "https://host/");
    }

    #[test]
    fn ids_that_would_change_the_path_are_refused() {
        for id in [None, Some(""), Some("."), Some("..")] {
            assert_eq!(path("/agent/tasks/{id}", id).unwrap_err().kind(), ErrorKind::InvalidArgument);
        }
        assert_eq!(path("/agent/tasks/{id}", None).unwrap_err().to_string(), "Expected a non-empty value for `id` but received ''");
        assert_eq!(
            path("/agent/tasks/{id}/pause", Some("a/../b?c#d %2e\\é")).unwrap(),
            "/agent/tasks/a%2F..%2Fb%3Fc%23d%20%252e%5C%C3%A9/pause"
        );
    }

    #[test]
    fn a_query_is_flattened() {
        let members = json!({"a": [1, "x", true, null], "b": {"c": false, "d": {"e": 1.5}}, "n": null, "s": "ü &"});
        let pairs = query(members.as_object().unwrap()).unwrap();
        let url = join(&base("http://h").unwrap(), "/p", &pairs);
        assert_eq!(url.as_str(), "http://h/p?a=1%2Cx%2Ctrue&b%5Bc%5D=false&b%5Bd%5D%5Be%5D=1.5&s=%C3%BC+%26");
        assert!(query(json!({"a": [[1]]}).as_object().unwrap()).is_err());
    }

    proptest! {
        #[test]
        fn any_id_stays_one_segment_and_comes_back(id in "\\PC{1,20}") {
            prop_assume!(id != "." && id != "..");
            let url = join(&base("http://h/pre").unwrap(), &path("/agent/tasks/{id}/pause", Some(&id)).unwrap(), &[]);
            let segments: Vec<&str> = url.path_segments().unwrap().collect();
            prop_assert_eq!(segments.len(), 5);
            let decoded = percent_encoding::percent_decode_str(segments[3]).decode_utf8().unwrap();
            prop_assert_eq!(decoded, id);
        }
    }
}
