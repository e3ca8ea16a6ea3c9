//! Agent tasks: say in plain words what a computer should do, and watch an agent do it.

mod error;
pub mod operation;
pub mod tasks;

pub use error::{ERRORS, Error, ErrorKind, ErrorRecord, ErrorRow, RequestInfo, ResponseInfo};
