//! Errors on the wire: `application/problem+json` (RFC 9457; contract, section 5).

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::json;

use crate::engine::Refusal;
use crate::store::StoreError;

/// Tells clients not to send a request again that cannot succeed.
const X_SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// In seconds: about what a short task takes.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// One field that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FieldError {
    /// Its name, with an index or a member where it has parts: `context[2].role`.
    pub(crate) field: String,
    /// What came and what would be right.
    pub(crate) message: String,
}

/// An answer that is an error.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
    errors: Vec<FieldError>,
}

impl Problem {
    /// `detail` says what was wrong and what would be right.
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), errors: Vec::new() }
    }

    /// The request was understood, and some of its fields cannot be used.
    pub(crate) fn fields(errors: Vec<FieldError>) -> Self {
        let said: Vec<String> = errors.iter().map(|error| format!("{} {}", error.field, error.message)).collect();
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, detail: said.join("; "), errors }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match &refusal {
            Refusal::UnknownTask(_) | Refusal::UnknownComputer(_) | Refusal::UnknownEnvironment(_) => StatusCode::NOT_FOUND,
            Refusal::Ended { .. } | Refusal::KeyReused(_) | Refusal::ComputerBusy(_) => StatusCode::CONFLICT,
            Refusal::Full { .. } => StatusCode::TOO_MANY_REQUESTS,
            Refusal::Stopping | Refusal::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, refusal.to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Refusal::from(error).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let (Some(members), false) = (body.as_object_mut(), self.errors.is_empty()) {
            members.insert("errors".to_owned(), json!(self.errors));
        }
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self.status {
            StatusCode::CONFLICT => headers.insert(X_SHOULD_RETRY, HeaderValue::from_static("false")),
            StatusCode::TOO_MANY_REQUESTS => headers.insert(header::RETRY_AFTER, RETRY_AFTER),
            StatusCode::UNAUTHORIZED => headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            _ => None,
        };
        response
    }
}
