//! Which redirects are followed, and with what (contract, section 6; RFC 9110, section 15.4;
//! Fetch standard, "HTTP-redirect fetch").
//!
//! 307 and 308 send the same request again, body and all; after 303, and 301 and 302 of a
//! POST, a GET is sent. Another origin sees no credentials, whatever comes after.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use url::Url;

use super::{Broken, headers};

/// As many as a browser follows.
const MOST: usize = 20;

/// What says of a body how it is to be read.
const OF_BODY: [header::HeaderName; 5] =
    [header::CONTENT_ENCODING, header::CONTENT_LANGUAGE, header::CONTENT_LENGTH, header::CONTENT_LOCATION, header::CONTENT_TYPE];

/// A request as it goes to one address.
#[derive(Clone, Debug)]
pub(super) struct Hop {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// How many redirects have led here.
    pub(super) redirects: usize,
}

impl Hop {
    /// Where this answer leads; `None` if it leads nowhere.
    pub(super) fn next(&self, status: StatusCode, answer: &HeaderMap) -> Result<Option<Self>, Broken> {
        let changes = match status {
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method == Method::POST,
            StatusCode::SEE_OTHER => self.method != Method::HEAD,
            StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => false,
            _ => return Ok(None),
        };
        let location = answer.get(header::LOCATION).and_then(|location| std::str::from_utf8(location.as_bytes()).ok());
        let Some(mut url) = location.and_then(|location| self.url.join(location).ok()) else { return Ok(None) };
        // As those of a base URL, these are not sent. Addresses without a host cannot have any.
        let _ = (url.set_username(""), url.set_password(None));
        let refused = |why: String| Err(Broken::Redirect(why));
        if self.redirects == MOST {
            return refused(format!("the server redirected more than {MOST} times"));
        }
        if !matches!(url.scheme(), "http" | "https") {
            return refused(format!("the server redirected to an address with {}:, which is neither http nor https", url.scheme()));
        }
        if self.url.scheme() == "https" && url.scheme() != "https" {
            // Without path and query, which may say more than an error should.
            let origin = url.origin().ascii_serialization();
            return refused(format!(
                "the server redirected to {origin}, where others could read the request on its way; that is not followed"
            ));
        }
        let mut next = Self { url, redirects: self.redirects + 1, ..self.clone() };
        if changes {
            next.method = Method::GET;
            next.body = Bytes::new();
            OF_BODY.iter().for_each(|name| drop(next.headers.remove(name)));
        }
        if next.url.origin() != self.url.origin() {
            headers::remove_secrets(&mut next.headers);
        }
        Ok(Some(next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn hop(method: Method, url: &str) -> Hop {
        let headers = [(header::CONTENT_TYPE, "application/json"), (header::AUTHORIZATION, "Bearer sk_1"), (header::ACCEPT, "*/*")];
        let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value))).into_iter().collect();
        Hop { method, url: Url::parse(url).unwrap(), headers, body: "{}".into(), redirects: 0 }
    }

    fn follow(from: &Hop, status: u16, location: &str) -> Result<Option<Hop>, Broken> {
        let answer = [(header::LOCATION, HeaderValue::from_str(location).unwrap())].into_iter().collect();
        from.next(StatusCode::from_u16(status).unwrap(), &answer)
    }

    #[test]
    fn some_redirects_of_some_methods_become_a_get_without_a_body() {
        for (method, status, becomes) in [
            (Method::POST, 301, Method::GET),
            (Method::POST, 302, Method::GET),
            (Method::POST, 303, Method::GET),
            (Method::PUT, 303, Method::GET),
            (Method::HEAD, 303, Method::HEAD),
            (Method::PUT, 301, Method::PUT),
            (Method::DELETE, 302, Method::DELETE),
            (Method::POST, 307, Method::POST),
            (Method::POST, 308, Method::POST),
        ] {
            let from = hop(method.clone(), "http://h/a");
            let next = follow(&from, status, "/b").unwrap().unwrap();
            assert_eq!((&next.method, next.url.as_str()), (&becomes, "http://h/b"));
            let kept = method == becomes && next.body == "{}" && next.headers.contains_key(header::CONTENT_TYPE);
            assert_eq!(kept, method == becomes, "{method} {status}");
            assert_eq!(next.body.is_empty(), method != becomes);
            assert!(next.headers.contains_key(header::ACCEPT) && next.headers.contains_key(header::AUTHORIZATION));
        }
    }

    #[test]
    fn what_leads_nowhere_is_the_answer() {
        let from = hop(Method::GET, "http://h/a");
        for (status, location) in [(200, "/b"), (300, "/b"), (304, "/b"), (305, "/b"), (302, "http://[")] {
            assert!(follow(&from, status, location).unwrap().is_none(), "{status} {location}");
        }
        assert!(from.next(StatusCode::FOUND, &HeaderMap::new()).unwrap().is_none());
    }

    #[test]
    fn credentials_stay_with_the_origin_and_do_not_come_back() {
        for (to, same) in [("http://h:80/b", true), ("https://h/b", false), ("http://h:81/b", false), ("//o/b", false)] {
            let next = follow(&hop(Method::GET, "http://h/a"), 307, to).unwrap().unwrap();
            assert_eq!(next.headers.contains_key(header::AUTHORIZATION), same, "{to}");
        }
        let other = follow(&hop(Method::GET, "http://h/a"), 307, "http://o/b").unwrap().unwrap();
        let back = follow(&other, 307, "http://h/c").unwrap().unwrap();
        assert!(!back.headers.contains_key(header::AUTHORIZATION) && back.headers.contains_key(header::ACCEPT));
    }

    #[test]
    fn some_are_refused() {
        for (to, why) in [("http://h/b?s3cret", "to http://h,"), ("ftp://h/b?s3cret", "ftp"), ("data:s3cret", "data")] {
            let error = follow(&hop(Method::GET, "https://h/a"), 307, to).unwrap_err();
            let text = error.text();
            assert!(matches!(error, Broken::Redirect(_)) && text.contains(why) && !text.contains("s3cret"), "{text}");
        }
        let last = Hop { redirects: MOST, ..hop(Method::GET, "http://h/a") };
        assert!(follow(&last, 307, "/b").unwrap_err().text().contains("more than 20 times"));
        assert!(follow(&last, 200, "/b").unwrap().is_none());
    }
}
