//! Agent tasks: say in plain words what a computer should do, and watch an agent do it.
//!
//! ```no_run
//! # async fn example() -> Result<(), lightcone::Error> {
//! use futures_util::StreamExt;
//! use lightcone::{Client, tasks::StartParams};
//!
//! let client = Client::new()?; // TZAFON_API_KEY, LIGHTCONE_BASE_URL
//! let mut events = client
//!     .agent()
//!     .tasks()
//!     .start_stream(StartParams::new("Search for 'machine learning' on Wikipedia and summarize the first paragraph"))
//!     .await?;
//! while let Some(event) = events.next().await {
//!     println!("{}", event?.to_json());
//! }
//! # Ok(()) }
//! ```

mod client;
mod config;
pub mod dispatch;
mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod http;
pub mod observe;
pub mod operation;
mod raw;
mod scale;
pub mod sse;
pub mod tasks;

pub use client::{Client, ClientBuilder};
pub use config::{CallOptions, DEFAULT_BASE_URL, DEFAULT_MAX_RETRIES, Timeouts};
pub use error::{ERRORS, Error, ErrorKind, ErrorRecord, ErrorRow, RequestInfo, ResponseInfo};
pub use http::{ConnectionLimits, MaxConnections, Pem};
pub use raw::ByteStream;

/// The version of everything here.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
