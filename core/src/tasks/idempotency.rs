//! One idempotency key over all attempts of one logical start (contract, section 8.1).

use std::fmt;

use bytes::Bytes;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
    ser::SerializeMap,
};
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};

const KEY: &str = "idempotency_key";

/// A JSON object's members as they were written, in order.
struct Members(Vec<(String, Box<RawValue>)>);

/// The body with its idempotency key: its own, else `key`, else a new one. It stands
/// where its name belongs: the first member leads, the rest are in alphabetical order.
pub(crate) fn with_key(body: &Bytes, key: Option<&str>) -> Result<Bytes, Error> {
    let wrong = |error: serde_json::Error| Error::new(ErrorKind::InvalidArgument, format!("the body is not a JSON object: {error}"));
    let mut members: Members = serde_json::from_slice(body).map_err(wrong)?;
    // null is no key, and a start without a key could not be sent again safely. Of a repeated
    // member most readers take the last.
    if members.0.iter().rfind(|(name, _)| name == KEY).is_some_and(|(_, value)| value.get() != "null") {
        return Ok(body.clone());
    }
    members.0.retain(|(name, _)| name != KEY);
    let made;
    let key = match key {
        Some(key) => key,
        None => {
            made = format!("lc-{}", uuid::Uuid::new_v4());
            &made
        }
    };
    let place = members.0.iter().skip(1).position(|(name, _)| name.as_str() > KEY).map_or(members.0.len(), |after| after + 1);
    members.0.insert(place, (KEY.to_owned(), serde_json::value::to_raw_value(key).map_err(wrong)?));
    serde_json::to_vec(&members).map(Bytes::from).map_err(wrong)
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyed(body: &'static str, key: Option<&str>) -> String {
        String::from_utf8(with_key(&Bytes::from_static(body.as_bytes()), key).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn the_key_stands_where_its_name_belongs() {
        let own = r#"{"instruction":"x","idempotency_key":"mine","kind":"browser"}"#;
        assert_eq!(keyed(own, Some("other")), own);
        assert_eq!(
            keyed(r#"{"instruction":"é","context":[],"kind":"browser","n":12345678901234567890123}"#, Some("k")),
            r#"{"instruction":"é","context":[],"idempotency_key":"k","kind":"browser","n":12345678901234567890123}"#
        );
        assert_eq!(keyed(r#"{"instruction":"x"}"#, Some("k")), r#"{"instruction":"x","idempotency_key":"k"}"#);
        assert_eq!(keyed(r#"{"instruction":"x","idempotency_key":null}"#, Some("k")), r#"{"instruction":"x","idempotency_key":"k"}"#);
        assert_eq!(keyed("{}", Some("k")), r#"{"idempotency_key":"k"}"#);
        assert_eq!(keyed(r#"{"idempotency_key":"mine","idempotency_key":null}"#, Some("k")), r#"{"idempotency_key":"k"}"#);
    }

    #[test]
    fn made_keys_differ() {
        assert_ne!(keyed("{}", None), keyed("{}", None));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for body in ["[]", "1", "", "{"] {
            assert_eq!(with_key(&Bytes::from_static(body.as_bytes()), None).unwrap_err().kind(), ErrorKind::InvalidArgument, "{body}");
        }
    }
}
