//! Headers and addresses with what is secret in them taken out, by type: what is told of a
//! request goes through these.

use std::{
    borrow::Cow,
    fmt::{self, Write},
};

use http::{HeaderMap, HeaderName, header};
use url::Url;

use crate::http::headers::{self, REDACTED, is_secret};

/// Headers with addresses in them, whose queries may be signed.
const ADDRESSES: &[HeaderName] = &[header::LOCATION, header::CONTENT_LOCATION, header::LINK, header::REFERER, header::REFRESH];

/// Headers as they may be told.
pub(crate) struct Headers<'a>(pub(crate) &'a HeaderMap);

impl fmt::Display for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(name, value)| {
            let text = headers::shown(name, value);
            let address = text.split_once('?').filter(|_| ADDRESSES.contains(name));
            let text = address.map(|(before, _)| format!("{before}?{REDACTED}")).map_or_else(|| text.clone(), Cow::Owned);
            (name.as_str(), text)
        });
        f.debug_map().entries(shown).finish()
    }
}

/// An address as it may be told: without user, password and fragment, and without the values
/// of secret members of its query.
pub(crate) struct Address<'a>(pub(crate) &'a Url);

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.origin().ascii_serialization())?;
        f.write_str(self.0.path())?;
        let Some(query) = self.0.query() else { return Ok(()) };
        for (place, member) in query.split('&').enumerate() {
            f.write_char(if place == 0 { '?' } else { '&' })?;
            let name = member.split_once('=').map_or(member, |(name, _)| name);
            // A name may be written so that the word in it does not show.
            let decoded = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
            if is_secret(&decoded) { write!(f, "{name}={REDACTED}")? } else { f.write_str(member)? }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn address(text: &str) -> String {
        Address(&Url::parse(text).unwrap()).to_string()
    }

    fn shown(name: &str, value: &str) -> String {
        let map = [(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap())].into_iter().collect();
        Headers(&map).to_string()
    }

    #[test]
    fn what_is_secret_in_an_address_is_hidden() {
        assert_eq!(address("http://u:p@h:1/a/b?x=1&y#z"), "http://h:1/a/b?x=1&y");
        assert_eq!(address("https://h/?x=1&api_key=k&X-Amz-Signature=s"), "https://h/?x=1&api_key=[redacted]&X-Amz-Signature=[redacted]");
        assert_eq!(address("https://h/?%74oken=t&filter[Password]=p"), "https://h/?%74oken=[redacted]&filter[Password]=[redacted]");
    }

    #[test]
    fn what_is_useful_of_headers_is_shown() {
        for (name, value) in [("accept", "text/event-stream"), ("x-request-id", "r1"), ("retry-after", "3"), ("last-event-id", "7")] {
            assert_eq!(shown(name, value), format!("{{\"{name}\": \"{value}\"}}"));
        }
        assert_eq!(shown("link", "<t1/events?a=b>; rel=events"), "{\"link\": \"<t1/events?[redacted]\"}");
        assert_eq!(shown("location", "/a"), "{\"location\": \"/a\"}");
    }

    proptest! {
        #[test]
        fn no_secret_header_is_shown(
            name in prop::sample::select(vec![
                "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "X-Auth-Token", "x-my-password", "x-session-id",
            ]),
            secret in "[0-9]{8,20}", before in "(Bearer |Basic |sid=|)",
        ) {
            let text = shown(name, &format!("{before}{secret}"));
            prop_assert!(!text.contains(&secret), "{}", text);
        }

        #[test]
        fn a_sensitive_value_is_not_shown_whatever_its_name(name in "x-[a-z]{1,8}", secret in "[0-9]{8,20}") {
            let mut value = HeaderValue::from_str(&secret).unwrap();
            value.set_sensitive(true);
            let map = [(name.parse::<HeaderName>().unwrap(), value)].into_iter().collect();
            prop_assert!(!Headers(&map).to_string().contains(&secret));
        }

        #[test]
        fn no_user_password_or_secret_member_is_shown(
            secret in "[0-9]{8,20}", other in "[a-z]{0,6}", word in prop::sample::select(headers::SECRET_WORDS), upper in any::<bool>(),
        ) {
            let word = if upper { word.to_uppercase() } else { (*word).to_owned() };
            let text = address(&format!("http://{secret}:{secret}@h/p?a=1&{other}{word}{other}={secret}&b=2#{secret}"));
            prop_assert!(!text.contains(&secret) && text.contains("a=1") && text.ends_with("b=2"), "{}", text);
        }
    }
}
