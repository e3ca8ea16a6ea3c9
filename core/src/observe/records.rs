//! What is told, kept for a binding to take: bounded, and never waited for.
//!
//! A binding may not call into its host language from the threads where things happen, so
//! what happens is written down here and taken by the host's own thread when it comes by.

use std::{
    collections::VecDeque,
    fmt::{self, Write},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::SystemTime,
};

use serde::Serialize;
use serde_json::{Map, Value};
use tracing::{
    Dispatch, Event, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span,
    subscriber::Interest,
};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt, registry::LookupSpan};

/// The most records that are kept at a time.
const MOST: usize = 1000;

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Only that records were dropped.
    Warn,
    /// The outcome of each request, waits before another attempt, what becomes of streams.
    Info,
    /// Each attempt and each answer too, with headers.
    Debug,
}

impl Level {
    fn of(level: &tracing::Level) -> Self {
        match *level {
            tracing::Level::ERROR | tracing::Level::WARN => Self::Warn,
            tracing::Level::INFO => Self::Info,
            tracing::Level::DEBUG | tracing::Level::TRACE => Self::Debug,
        }
    }

    fn filter(self) -> LevelFilter {
        match self {
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
        }
    }
}

/// One thing that was told.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Record {
    /// How important it is.
    pub level: Level,
    /// What it is about: `request` or `stream`.
    pub about: &'static str,
    /// When, in seconds since 1970.
    pub time: f64,
    /// For people, the values of `fields` in it.
    pub message: String,
    /// By name, those of the request or stream among them.
    pub fields: Map<String, Value>,
}

/// Records that wait to be taken, the oldest first. When there is no room, new ones are
/// dropped and counted; the count is told as a record of its own after those that were kept.
#[derive(Debug, Default)]
pub struct Records {
    kept: Mutex<Kept>,
    /// Whether there is anything to take, to be looked at without the lock.
    any: AtomicBool,
}

#[derive(Debug, Default)]
struct Kept {
    records: VecDeque<Record>,
    dropped: u64,
}

impl Records {
    /// A subscriber that keeps here what the core tells up to that level, and nothing else.
    pub fn subscriber(self: &Arc<Self>, level: Level) -> Dispatch {
        Dispatch::new(tracing_subscriber::registry().with(Recorder { records: Arc::clone(self), level }))
    }

    /// Whether there is anything to take. Costs next to nothing.
    pub fn any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// What there is.
    pub fn take(&self) -> Vec<Record> {
        let mut kept = self.kept();
        self.any.store(false, Ordering::Release);
        let Kept { records, dropped } = std::mem::take(&mut *kept);
        drop(kept);
        let mut records = Vec::from(records);
        if dropped > 0 {
            records.push(Record {
                level: Level::Warn,
                about: "request",
                time: now(),
                message: format!("{dropped} log records were dropped, because they came faster than they were taken"),
                fields: [("dropped".to_owned(), dropped.into())].into_iter().collect(),
            });
        }
        records
    }

    fn put(&self, record: Record) {
        let mut kept = self.kept();
        if kept.records.len() < MOST {
            kept.records.push_back(record);
        } else {
            kept.dropped += 1;
        }
        self.any.store(true, Ordering::Release);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

struct Recorder {
    records: Arc<Records>,
    level: Level,
}

impl Recorder {
    /// The HTTP stack below tells of itself too; that is not for users.
    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        about(metadata).is_some() && *metadata.level() <= self.level.filter()
    }
}

fn about(metadata: &Metadata<'_>) -> Option<&'static str> {
    [(super::REQUEST, "request"), (super::STREAM, "stream")]
        .into_iter()
        .find(|(target, _)| *target == metadata.target())
        .map(|(_, about)| about)
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.wants(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level.filter())
    }

    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(about) = about(event.metadata()) else { return };
        let mut own = Fields::default();
        event.record(&mut own);
        let mut all = Map::new();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(fields) = span.extensions().get::<Fields>() {
                all.extend(fields.0.clone());
            }
        }
        let message = own.0.shift_remove("message");
        let message = text(message.as_ref().and_then(Value::as_str).unwrap_or_default(), &all, &own.0);
        all.extend(own.0);
        self.records.put(Record { level: Level::of(event.metadata().level()), about, time: now(), message, fields: all });
    }
}

/// `POST https://host/path: answered status=200 ...`.
fn text(message: &str, around: &Map<String, Value>, own: &Map<String, Value>) -> String {
    let named = |name| own.get(name).or_else(|| around.get(name)).and_then(Value::as_str);
    let mut text = match (named("method"), named("url")) {
        (Some(method), Some(url)) => format!("{method} {url}: {message}"),
        _ => message.to_owned(),
    };
    for (name, value) in own.iter().filter(|(name, _)| !matches!(name.as_str(), "method" | "url")) {
        // Writing to a string does not fail. Texts with spaces are told apart by quotes.
        let _ = match value.as_str() {
            Some(word) if name == "headers" || !word.contains([' ', '"', '\n']) => write!(text, " {name}={word}"),
            Some(words) => write!(text, " {name}={words:?}"),
            None => write!(text, " {name}={value}"),
        };
    }
    text
}

#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::{debug, info, info_span};

    #[test]
    fn records_have_what_the_span_says_too() {
        let records = Arc::new(Records::default());
        tracing::dispatcher::with_default(&records.subscriber(Level::Debug), || {
            info_span!(target: super::super::REQUEST, "request", method = "GET", url = "http://h/", operation = "list").in_scope(|| {
                debug!(target: super::super::REQUEST, status = 200, why = "two words", none = None::<u32>, "answered");
                info!(target: "hyper", "not for users");
            });
        });
        let taken = records.take();
        assert_eq!(taken.len(), 1);
        assert_eq!((taken[0].level, taken[0].about), (Level::Debug, "request"));
        assert_eq!(taken[0].message, "GET http://h/: answered status=200 why=\"two words\"");
        assert_eq!(taken[0].fields.keys().collect::<Vec<_>>(), ["method", "url", "operation", "status", "why"]);
        assert!(!records.any());
    }

    #[test]
    fn below_the_level_nothing_is_kept() {
        let records = Arc::new(Records::default());
        for (level, count) in [(Level::Warn, 0), (Level::Info, 1), (Level::Debug, 2)] {
            tracing::dispatcher::with_default(&records.subscriber(level), || {
                info!(target: super::super::STREAM, "a");
                debug!(target: super::super::STREAM, "b");
            });
            assert_eq!(records.take().len(), count, "{level:?}");
        }
    }

    #[test]
    fn what_finds_no_room_is_counted_and_the_count_told() {
        let records = Arc::new(Records::default());
        tracing::dispatcher::with_default(&records.subscriber(Level::Info), || {
            for number in 0..MOST + 7 {
                info!(target: super::super::REQUEST, number, "told");
            }
        });
        let taken = records.take();
        assert_eq!(taken.len(), MOST + 1);
        assert_eq!(taken[MOST - 1].fields["number"], MOST - 1);
        assert_eq!((taken[MOST].level, &taken[MOST].fields["dropped"]), (Level::Warn, &7.into()));
        assert!(taken[MOST].message.starts_with("7 log records were dropped"));
        assert!(records.take().is_empty());
    }
}
