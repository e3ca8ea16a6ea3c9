//! Reading a request's body.

use std::time::Duration;

use axum::body::Body;
use bytes::BytesMut;
use futures_util::StreamExt;
use http::StatusCode;
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::Problem;
use super::problem::FieldError;

/// The longest body there may be, in bytes.
const LIMIT: usize = 1024 * 1024;

/// How much of a body that is too long is read all the same: a client that still
/// sends would else see a broken connection in place of the answer.
const DRAIN_LIMIT: usize = 64 * LIMIT;

/// How long the next piece of a body may take.
const PIECE_LIMIT: Duration = Duration::from_secs(30);

/// The body as a JSON object, without the members that are null: null is as good as absent.
pub(super) async fn read_object(body: Body) -> Result<Map<String, Value>, Problem> {
    let bytes = read(body).await?;
    if bytes.is_empty() {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "the body is empty; send a JSON object"));
    }
    let value: Value = serde_json::from_slice(&bytes)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("the body is not JSON: {error}; send a JSON object")))?;
    match value {
        Value::Object(members) => Ok(members.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        other => {
            let message = format!("is {}; it must be a JSON object", super::params::said(&other));
            Err(Problem::fields(vec![FieldError { field: "body".to_owned(), message }]))
        }
    }
}

async fn read(body: Body) -> Result<BytesMut, Problem> {
    let mut pieces = body.into_data_stream();
    let (mut bytes, mut length) = (BytesMut::new(), 0);
    loop {
        match timeout(PIECE_LIMIT, pieces.next()).await {
            Ok(Some(Ok(piece))) => {
                length += piece.len();
                if length <= LIMIT {
                    bytes.extend_from_slice(&piece);
                } else if length > DRAIN_LIMIT {
                    break;
                }
            }
            Ok(None) => break,
            Ok(Some(Err(error))) => {
                return Err(Problem::new(StatusCode::BAD_REQUEST, format!("the body could not be read: {error}")));
            }
            Err(_) => {
                let detail = format!("the body did not arrive within {} s", PIECE_LIMIT.as_secs());
                return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, detail));
            }
        }
    }
    if length > LIMIT {
        let detail = format!("the body has more than {LIMIT} bytes; send at most that many");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    Ok(bytes)
}
