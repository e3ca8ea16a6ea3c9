//! Headers of requests, layer over layer, and as errors and bindings see them.

use std::borrow::Cow;

use bytes::BytesMut;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::error::{Error, ErrorKind};

/// Headers to set, or to remove where the value is `None`, in the order given.
pub(crate) type HeaderChanges = Vec<(String, Option<String>)>;

/// What the name of a secret has in it. Too much is hidden rather than too little.
pub(crate) const SECRET_WORDS: &[&str] =
    &["auth", "bearer", "cookie", "credential", "jwt", "key", "pass", "pwd", "secret", "session", "sig", "token"];

/// Stands in the place of a secret.
pub(crate) const REDACTED: &str = "[redacted]";

/// Puts one layer over the headers there are.
pub(crate) fn apply(headers: &mut HeaderMap, changes: &HeaderChanges) -> Result<(), Error> {
    for (name, value) in changes {
        let key = HeaderName::try_from(name.as_str()).map_err(|_| {
            Error::new(ErrorKind::InvalidArgument, format!("the header name {name:?} is not a valid one (RFC 9110, section 5.1)"))
        })?;
        match value {
            None => drop(headers.remove(&key)),
            Some(value) => drop(headers.insert(key, self::value(name, value)?)),
        }
    }
    Ok(())
}

/// A header's value; an error names the header and never the value, which may be a secret.
pub(crate) fn value(name: &str, value: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
        let text =
            format!("the value of the header {name:?} has a line break or another control character in it, which a header cannot carry");
        Error::new(ErrorKind::InvalidArgument, text)
    })
}

/// The same, apart from the buffer that an answer was read into: values are parts of it as they
/// come, and keep all of it for as long as they are there.
pub(crate) fn apart(mut headers: HeaderMap) -> HeaderMap {
    let mut texts = BytesMut::with_capacity(headers.values().map(HeaderValue::len).sum());
    for value in headers.values_mut() {
        texts.extend_from_slice(value.as_bytes());
        if let Ok(mut own) = HeaderValue::from_maybe_shared(texts.split().freeze()) {
            own.set_sensitive(value.is_sensitive());
            *value = own;
        }
    }
    headers
}

/// What kind of content there is, as far as it is said.
pub(crate) fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether they begin a stream of events.
pub(crate) fn are_of_events(headers: &HeaderMap) -> bool {
    let kind = content_type(headers).trim_start();
    kind.get(..17).is_some_and(|start| start.eq_ignore_ascii_case("text/event-stream"))
}

/// Whether a header or a member of a query has a secret as its value, by its name.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// The value of a header, for people; that of a secret is left out of sight.
pub(crate) fn shown<'a>(name: &HeaderName, value: &'a HeaderValue) -> Cow<'a, str> {
    if value.is_sensitive() || is_secret(name.as_str()) { Cow::Borrowed(REDACTED) } else { String::from_utf8_lossy(value.as_bytes()) }
}

/// Takes away what no other origin may see.
pub(crate) fn remove_secrets(headers: &mut HeaderMap) {
    let secret: Vec<HeaderName> = headers.keys().filter(|name| is_secret(name.as_str())).cloned().collect();
    for name in secret {
        headers.remove(name);
    }
}

/// As pairs of text, for errors and bindings; secrets of a request are left out of sight.
pub(crate) fn pairs(headers: &HeaderMap, redact: bool) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let text = if redact { shown(name, value) } else { String::from_utf8_lossy(value.as_bytes()) };
            (name.as_str().to_owned(), text.into_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apart_they_keep_no_buffer() {
        let buffer = bytes::Bytes::from(b"text/plain and more".to_vec());
        let mut headers = HeaderMap::new();
        headers.append("accept", HeaderValue::from_maybe_shared(buffer.slice(..10)).unwrap());
        headers.append("accept", HeaderValue::from_maybe_shared(buffer.slice(11..)).unwrap());
        headers.append("x-empty", HeaderValue::from_static(""));
        let before = headers.clone();
        let own = apart(headers);
        assert_eq!(own, before);
        assert!(!buffer.is_unique());
        drop(before);
        assert!(buffer.is_unique());
    }

    #[test]
    fn later_layers_win_and_none_removes() {
        let mut headers = HeaderMap::new();
        apply(&mut headers, &vec![("Accept".into(), Some("a".into())), ("X-A".into(), Some("1".into()))]).unwrap();
        apply(&mut headers, &vec![("accept".into(), Some("b".into())), ("x-a".into(), None), ("x-b".into(), None)]).unwrap();
        assert_eq!(pairs(&headers, true), [("accept".to_owned(), "b".to_owned())]);
    }

    #[test]
    fn a_secret_is_in_no_error_and_no_view() {
        let error = apply(&mut HeaderMap::new(), &vec![("authorization".into(), Some("Bearer sk_1\n".into()))]).unwrap_err();
        assert!(!error.to_string().contains("sk_1") && error.to_string().contains("authorization"));
        let mut headers = HeaderMap::new();
        apply(&mut headers, &vec![("authorization".into(), Some("Bearer sk_1".into())), ("X-Api-Key".into(), Some("sk_1".into()))])
            .unwrap();
        assert!(!format!("{:?}", pairs(&headers, true)).contains("sk_1"));
        assert!(apply(&mut HeaderMap::new(), &vec![("a b".into(), Some("x".into()))]).unwrap_err().to_string().contains("\"a b\""));
    }
}
