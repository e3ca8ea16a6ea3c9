//! Where an operation's parameters stand in its request.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::headers::HeaderChanges;
use crate::{
    error::{Error, ErrorKind},
    operation::{Input, Operation},
};

/// Parameters, each in its place.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Placed {
    pub(crate) body: Option<Bytes>,
    pub(crate) query: Map<String, Value>,
    pub(crate) headers: HeaderChanges,
}

/// Puts an operation's parameters, one JSON object whatever the operation, where they belong.
pub(crate) fn place(operation: &Operation, params: Option<Bytes>) -> Result<Placed, Error> {
    let wrong = |what: String| Error::new(ErrorKind::InvalidArgument, format!("{}: {what}", operation.name));
    let members = |params: Option<Bytes>| match params {
        None => Ok(Map::new()),
        Some(params) => serde_json::from_slice(&params).map_err(|error| wrong(format!("the parameters are not a JSON object: {error}"))),
    };
    match operation.input {
        Input::Body(_) if params.is_none() => Err(wrong("it needs a body: a JSON object".to_owned())),
        Input::Client(_) => Ok(Placed::default()),
        Input::Body(_) | Input::None => Ok(Placed { body: params, ..Placed::default() }),
        Input::Query(_) => Ok(Placed { query: members(params)?, ..Placed::default() }),
        Input::Headers(_) => {
            let header = |(name, value): (String, Value)| match value {
                Value::Null => None,
                // An empty id names no event (WHATWG HTML, 9.2.6).
                Value::String(text) if text.is_empty() => None,
                Value::String(text) => Some(Ok((name.replace('_', "-"), Some(text)))),
                Value::Number(number) => Some(Ok((name.replace('_', "-"), Some(number.to_string())))),
                other => Some(Err(wrong(format!("`{name}` is {other}; it must be text")))),
            };
            let headers = members(params)?.into_iter().filter_map(header).collect::<Result<_, _>>()?;
            Ok(Placed { headers, ..Placed::default() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{EVENTS, LIST, PAUSE, START};
    use serde_json::json;

    fn placed(operation: &Operation, params: &'static str) -> Result<Placed, Error> {
        place(operation, Some(Bytes::from_static(params.as_bytes())))
    }

    #[test]
    fn each_operation_has_its_place() {
        let body = r#"{"instruction":"x"}"#;
        assert_eq!(placed(&START, body).unwrap(), Placed { body: Some(body.into()), ..Placed::default() });
        let query = json!({"limit": 3, "status": null}).as_object().unwrap().clone();
        assert_eq!(placed(&LIST, r#"{"limit":3,"status":null}"#).unwrap(), Placed { query, ..Placed::default() });
        for (params, headers) in [
            (r#"{"last_event_id":"7"}"#, vec![("last-event-id".to_owned(), Some("7".to_owned()))]),
            (r#"{"last_event_id":0}"#, vec![("last-event-id".to_owned(), Some("0".to_owned()))]),
            (r#"{"last_event_id":null}"#, vec![]),
            (r#"{"last_event_id":""}"#, vec![]),
        ] {
            assert_eq!(placed(&EVENTS, params).unwrap(), Placed { headers, ..Placed::default() });
        }
        for operation in [&PAUSE, &LIST, &EVENTS] {
            assert_eq!(place(operation, None).unwrap(), Placed::default());
        }
    }

    #[test]
    fn what_has_no_place_is_refused() {
        for (operation, params, word) in
            [(&LIST, "[]", "list"), (&EVENTS, r#"{"last_event_id":[1]}"#, "last_event_id"), (&EVENTS, "1", "events")]
        {
            let error = placed(operation, params).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            assert!(error.to_string().contains(word), "{error}");
        }
        assert_eq!(place(&START, None).unwrap_err().to_string(), "start: it needs a body: a JSON object");
    }
}
