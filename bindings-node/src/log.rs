//! What the core tells, on its way to a client's `logger` (see `ts/core/log.ts`).
//!
//! Things happen on the runtime's threads: records wait in a bounded buffer until JavaScript
//! comes by and takes them.

use std::sync::Arc;

use lightcone::observe::{Level, Records};
use tracing::Dispatch;

/// Of one client.
pub(crate) struct Log {
    records: Arc<Records>,
    listener: Dispatch,
}

impl Log {
    /// Of everything, or of what is told at `info`.
    pub(crate) fn new(everything: bool) -> Self {
        let records = Arc::new(Records::default());
        let listener = records.subscriber(if everything { Level::Debug } else { Level::Info });
        Self { records, listener }
    }

    pub(crate) fn listener(&self) -> Dispatch {
        self.listener.clone()
    }

    /// What there is, as a JSON array.
    pub(crate) fn take(&self) -> Option<String> {
        // Strings and numbers always serialize.
        self.records.any().then(|| serde_json::to_string(&self.records.take()).unwrap_or_default())
    }
}
