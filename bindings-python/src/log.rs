//! What the core tells, on its way to Python's `logging` (see `tzafon/_logging.py`).
//!
//! Things happen on the runtime's threads, which do not call into Python for this: records wait in a bounded
//! buffer until a thread of Python's own comes by here, which it does whenever a wait ends, and ten times a
//! second during it.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lightcone::observe::{Level, Record, Records};
use pyo3::prelude::*;
use tracing::Dispatch;

use crate::process::Owned;
use crate::runtime;

/// What `logging` wants to hear, as Python said last.
static LEVEL: AtomicU8 = AtomicU8::new(0);

/// Locked only while the GIL is held, as `runtime::ENGINE` is and for the same reason.
static LOG: Mutex<Option<Owned<Log>>> = Mutex::new(None);

/// One per process: in a forked child the buffer may be locked by a thread that is not there.
struct Log {
    records: Arc<Records>,
    level: Level,
    listener: Dispatch,
}

fn log() -> MutexGuard<'static, Option<Owned<Log>>> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says what to tell from the next call on: 0 nothing, 1 what is `INFO` in Python, 2 `DEBUG` too.
#[pyfunction]
pub(crate) fn set_log_level(level: u8) {
    LEVEL.store(level, Ordering::Relaxed);
}

/// Whoever listens to a call that begins now. Needs the GIL.
pub(crate) fn listener() -> Option<Dispatch> {
    let level = match LEVEL.load(Ordering::Relaxed) {
        0 => return None,
        1 => Level::Info,
        _ => Level::Debug,
    };
    let mut log = log();
    let current = log.as_ref().and_then(Owned::get);
    if let Some(current) = current.filter(|current| current.level == level) {
        return Some(current.listener.clone());
    }
    let records = current.map(|current| Arc::clone(&current.records)).unwrap_or_default();
    let listener = records.subscriber(level);
    *log = Some(Owned::new(Log { records, level, listener: listener.clone() }));
    Some(listener)
}

/// Hands what there is to log to `logging`. A fault there is no fault of the call's, and is reported as one of a destructor's is.
#[pyfunction(name = "pass_on_log")]
pub(crate) fn pass_on(py: Python<'_>) {
    if let Some(engine) = runtime::started() {
        engine.visit(|| pass_on_now(py));
    }
}

fn pass_on_now(py: Python<'_>) {
    let records = match log().as_ref().and_then(Owned::get) {
        Some(log) if log.records.any() => Arc::clone(&log.records),
        _ => return,
    };
    let crossing: Vec<_> = records.take().into_iter().map(cross).collect();
    // It is loaded, but where the interpreter has begun to let go of its modules.
    let Ok(logging) = py.import("tzafon._logging") else { return };
    if let Err(error) = logging.call_method1("emit", (crossing,)) {
        error.write_unraisable(py, None);
    }
}

/// What `_logging.emit` takes.
fn cross(record: Record) -> (&'static str, u8, f64, String, String) {
    let level = match record.level {
        Level::Debug => 10,
        Level::Info => 20,
        Level::Warn => 30,
    };
    // Strings and numbers always serialize.
    let fields = serde_json::to_string(&record.fields).unwrap_or_default();
    (record.about, level, record.time, record.message, fields)
}
