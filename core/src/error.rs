//! What can go wrong, in one tree for every language (contract, section 6).

use std::{any::Any, fmt};

use serde::Serialize;

/// Declares the kinds with their names and places in the tree.
macro_rules! kinds {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident = $wire:literal, $class:literal < $parent:literal $(, $status:literal)?;
    )*) => {
        /// What kind of thing went wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $( $(#[doc = $doc])+ #[serde(rename = $wire)] $name, )*
        }

        impl ErrorKind {
            /// The name by which a binding knows it.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => $wire, )* }
            }
        }

        /// Every kind, for the tables that the bindings build their exceptions from.
        pub const ERRORS: &[ErrorRow] = &[$( ErrorRow {
            kind: ErrorKind::$name,
            class: $class,
            parent: $parent,
            status: kinds!(@status $($status)?),
            doc: concat!($($doc),+),
        }, )*];
    };
    (@status) => { None };
    (@status $status:literal) => { Some($status) };
}

/// One line of the table of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorRow {
    /// The kind.
    pub kind: ErrorKind,
    /// The class that stands for it in Python and TypeScript.
    pub class: &'static str,
    /// The class it is under.
    pub parent: &'static str,
    /// The HTTP status it stands for, if for just one.
    pub status: Option<u16>,
    /// What it means.
    pub doc: &'static str,
}

kinds! {
    /// The client cannot be made or used like this: no key, an address that is no URL, a negative timeout.
    Config = "config", "LightconeError" < "Exception";
    /// An argument of the call is wrong: an empty id, a body that is not a JSON object.
    InvalidArgument = "invalid_argument", "LightconeError" < "Exception";
    /// The client or the stream was closed before or during the call.
    Closed = "closed", "LightconeError" < "Exception";
    /// This library itself failed in a way that it should not: a fault to be reported.
    Bug = "bug", "LightconeError" < "Exception";
    /// The answer is not what the operation promises: an event that is not JSON, JSON where a stream was due.
    Response = "response", "APIError" < "LightconeError";
    /// The server answered with a status that says no, other than those below.
    Status = "status", "APIStatusError" < "APIError";
    /// The request was malformed.
    BadRequest = "bad_request", "BadRequestError" < "APIStatusError", 400;
    /// The key is missing or wrong.
    Authentication = "authentication", "AuthenticationError" < "APIStatusError", 401;
    /// The key may not do this.
    PermissionDenied = "permission_denied", "PermissionDeniedError" < "APIStatusError", 403;
    /// There is no such task, computer or route.
    NotFound = "not_found", "NotFoundError" < "APIStatusError", 404;
    /// This server has no such operation: the hosted service has no list, no cancel and no way to follow a task that runs already.
    NotSupported = "not_supported", "NotSupportedError" < "NotFoundError";
    /// The task's state forbids it, or the idempotency key belongs to another request.
    Conflict = "conflict", "ConflictError" < "APIStatusError", 409;
    /// A field has a value that the server does not accept.
    UnprocessableEntity = "unprocessable_entity", "UnprocessableEntityError" < "APIStatusError", 422;
    /// Too many requests, or too many tasks at once.
    RateLimit = "rate_limit", "RateLimitError" < "APIStatusError", 429;
    /// The server failed: any status from 500.
    InternalServer = "internal_server", "InternalServerError" < "APIStatusError";
    /// A task ended and was not completed, and whoever ran it wanted that to be an error.
    TaskFailed = "task_failed", "TaskFailedError" < "LightconeError";
    /// The server could not be reached, or the connection broke.
    Connection = "connection", "APIConnectionError" < "APIError";
    /// Nothing came for as long as the timeout allows.
    Timeout = "timeout", "APITimeoutError" < "APIConnectionError";
    /// A task's stream broke off and could not be taken up again; the task itself may be running still.
    StreamInterrupted = "stream_interrupted", "StreamInterruptedError" < "APIConnectionError";
}

impl ErrorKind {
    /// The kind for an HTTP status that is not a success.
    pub fn of_status(status: u16) -> Self {
        let exact = ERRORS.iter().find(|row| row.status == Some(status));
        exact.map_or(if status >= 500 { Self::InternalServer } else { Self::Status }, |row| row.kind)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A request as an error tells of it. The value of `authorization` is never in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RequestInfo {
    /// The HTTP method.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// What was sent with it, in order.
    pub headers: Vec<(String, String)>,
}

/// An answer as an error tells of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ResponseInfo {
    /// The HTTP status.
    pub status: u16,
    /// The headers in order, repeats included.
    pub headers: Vec<(String, String)>,
    /// The body as text; bytes that are not UTF-8 become U+FFFD.
    pub body: String,
}

/// Everything known of an error; what crosses to a binding, as JSON.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ErrorRecord {
    /// What kind of thing went wrong.
    pub kind: ErrorKind,
    /// For people: what was wrong, where, and what would be right.
    pub message: String,
    /// The request, once there was one.
    pub request: Option<RequestInfo>,
    /// The answer, if one came.
    pub response: Option<ResponseInfo>,
    /// How often the request was sent.
    pub attempts: u32,
    /// The task concerned, where it is known.
    pub task_id: Option<String>,
    /// The id of the last event that came, on a stream.
    pub last_event_id: Option<String>,
}

/// What went wrong in a call or on a stream.
#[derive(Clone, thiserror::Error)]
#[error("{}", .0.message)]
pub struct Error(Box<ErrorRecord>);

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(ErrorRecord {
            kind,
            message: message.into(),
            request: None,
            response: None,
            attempts: 0,
            task_id: None,
            last_event_id: None,
        }))
    }

    /// The error that a panic becomes at the edge to another language.
    pub fn of_panic(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        let text = text.unwrap_or("no message");
        Self::new(
            ErrorKind::Bug,
            format!("the native part of Lightcone {} failed in a way that it should not; please report this text: {text}", crate::VERSION),
        )
    }

    pub(crate) fn record_mut(&mut self) -> &mut ErrorRecord {
        &mut self.0
    }

    /// Everything known of it.
    pub fn record(&self) -> &ErrorRecord {
        &self.0
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status, if the server answered.
    pub fn status(&self) -> Option<u16> {
        self.0.response.as_ref().map(|response| response.status)
    }

    /// How often the request was sent; 0 when it never was.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The record as JSON, as a binding reads it.
    pub fn to_json(&self) -> Vec<u8> {
        // A record is strings and numbers, which always serialize.
        serde_json::to_vec(&*self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("status", &self.status())
            .field("attempts", &self.0.attempts)
            .field("task_id", &self.0.task_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_kind() {
        assert_eq!(ErrorKind::of_status(404), ErrorKind::NotFound);
        assert_eq!(ErrorKind::of_status(418), ErrorKind::Status);
        for status in [500, 502, 503, 599] {
            assert_eq!(ErrorKind::of_status(status), ErrorKind::InternalServer);
        }
    }

    #[test]
    fn a_panic_asks_to_be_reported() {
        let panics: [Box<dyn Any + Send>; 3] = [Box::new("index 7"), Box::new("index 7".to_owned()), Box::new(7)];
        let texts = panics.map(|panic| Error::of_panic(&*panic).to_string());
        assert!(texts.iter().all(|text| text.contains("please report") && text.contains(crate::VERSION)), "{texts:?}");
        assert!(texts[0].ends_with(": index 7") && texts[1] == texts[0] && texts[2].ends_with(": no message"), "{texts:?}");
    }

    #[test]
    fn every_parent_in_the_table_is_there() {
        let root = ["Exception", "LightconeError", "APIError", "APIStatusError"];
        for row in ERRORS {
            assert!(root.contains(&row.parent) || ERRORS.iter().any(|other| other.class == row.parent), "{row:?}");
        }
    }
}
