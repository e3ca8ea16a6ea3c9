//! What a request is for, and what a refusal of it means then.

use std::time::Instant;

use super::{Request, Transport};
use crate::{
    error::{Error, ErrorKind},
    operation::Operation,
};

/// An operation of the table that a request does.
#[derive(Clone, Debug)]
pub(crate) struct Purpose {
    pub(crate) operation: &'static Operation,
    /// The task that it is about, where the path names one.
    pub(crate) task_id: Option<String>,
    /// Asks for that task's status, which every server tells; there if not every server has
    /// the operation.
    pub(crate) question: Option<Box<Request>>,
}

impl Purpose {
    /// What a refusal means. A task that a server does not know is told from an operation that
    /// it does not have, for both can be 404: where the task's status is there, the operation
    /// is what is missing; where it is not, or the question fails, the server's own word stands.
    pub(super) async fn explain(&self, error: Error, transport: &Transport) -> Error {
        let missing = match error.status() {
            _ if self.operation.everywhere => false,
            Some(404) => match &self.question {
                Some(question) => transport.attempt(question, 0, Instant::now()).await.is_ok(),
                None => true,
            },
            // The path is there for another operation.
            Some(405) => true,
            _ => false,
        };
        if missing { self.not_supported(error) } else { error }
    }

    fn not_supported(&self, mut error: Error) -> Error {
        let Operation { name, method, path, .. } = self.operation;
        let record = error.record_mut();
        record.kind = ErrorKind::NotSupported;
        record.message = format!("this server has no `{name}` ({method} {path}): {}", record.message);
        error
    }
}
