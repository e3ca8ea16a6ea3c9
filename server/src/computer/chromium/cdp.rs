//! A thin client of the Chrome DevTools Protocol: numbered commands out, answers
//! and events in, each message a JSON text that ends with a zero byte.
//!
//! Commands and answers stay loose JSON, and every caller reads the few members
//! it needs, so that a browser with a newer protocol is no trouble.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::computer::ComputerError;

/// The longest wait for one answer. A browser that is silent for longer hangs.
const CALL_TIMEOUT: Duration = Duration::from_secs(15);

const ENDED: &str = "the browser has ended";

/// What the browser tells unasked.
pub(super) struct Event {
    /// The session (tab) it is about; `None` for the browser itself.
    pub(super) session: Option<String>,
    /// `Domain.event`.
    pub(super) method: String,
    params: Box<RawValue>,
}

impl Event {
    /// The event's parameters as loose JSON; `null` where they cannot be read.
    pub(super) fn params(&self) -> Value {
        parse(&self.params).unwrap_or_default()
    }
}

/// Why a command has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// The browser is there and says no.
    #[error("the browser refused {method}: {message}")]
    Refused { method: String, message: String },
    /// There is no browser any more.
    #[error("{0}")]
    Gone(String),
}

impl From<CallError> for ComputerError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused { .. } => ComputerError::Action(error.to_string()),
            CallError::Gone(text) => ComputerError::Gone(text),
        }
    }
}

struct Waiting {
    session: Option<String>,
    answer: oneshot::Sender<Result<Box<RawValue>, String>>,
}

/// A call may be given up at any time; then nobody waits for its answer.
struct Forget<'a>(&'a Connection, u64);

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.0.waiting().remove(&self.1);
    }
}

/// The two ends of the pipe to one browser.
pub(super) struct Connection {
    out: mpsc::UnboundedSender<Vec<u8>>,
    next: AtomicU64,
    waiting: Mutex<HashMap<u64, Waiting>>,
    ended: CancellationToken,
    reason: OnceLock<String>,
}

impl Connection {
    /// Talks over `reader` and `writer` until one of them ends. `on_event` runs
    /// for each event in order and must not block.
    pub(super) fn open(
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + Unpin + 'static,
        on_event: impl FnMut(&Arc<Connection>, Event) + Send + 'static,
    ) -> Arc<Self> {
        let (out, commands) = mpsc::unbounded_channel();
        let connection = Arc::new(Self {
            out,
            next: AtomicU64::new(1),
            waiting: Mutex::default(),
            ended: CancellationToken::new(),
            reason: OnceLock::new(),
        });
        tokio::spawn(write(writer, commands, connection.ended.clone()));
        tokio::spawn(read(reader, connection.clone(), on_event));
        connection
    }

    /// Sends a command and waits for its answer.
    pub(super) async fn call(&self, session: Option<&str>, method: &str, params: Value) -> Result<Box<RawValue>, CallError> {
        self.call_within(CALL_TIMEOUT, session, method, params).await
    }

    /// [`Connection::call`] with a limit of its own.
    pub(super) async fn call_within(
        &self,
        limit: Duration,
        session: Option<&str>,
        method: &str,
        params: Value,
    ) -> Result<Box<RawValue>, CallError> {
        let (sender, answer) = oneshot::channel();
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.waiting().insert(id, Waiting { session: session.map(str::to_owned), answer: sender });
        let _forgotten = Forget(self, id);
        self.write(id, session, method, params);
        tokio::select! {
            () = self.ended.cancelled() => Err(self.end(ENDED)),
            answer = tokio::time::timeout(limit, answer) => match answer {
                Ok(Ok(Ok(result))) => Ok(result),
                Ok(Ok(Err(message))) => Err(CallError::Refused { method: method.to_owned(), message }),
                Ok(Err(_)) => Err(self.end(ENDED)),
                Err(_) => Err(self.end(format!("the browser hangs: no answer to {method} within {} s", limit.as_secs()))),
            },
        }
    }

    /// Sends a command whose answer nobody needs.
    pub(super) fn send(&self, session: Option<&str>, method: &str, params: Value) {
        self.write(self.next.fetch_add(1, Ordering::Relaxed), session, method, params);
    }

    /// Ends the conversation: every call under way and to come fails with the
    /// error returned, which names the first reason that was ever given.
    pub(super) fn end(&self, reason: impl Into<String>) -> CallError {
        let first = self.reason.get_or_init(|| reason.into()).clone();
        self.ended.cancel();
        CallError::Gone(first)
    }

    /// Refuses the calls that still wait for a session that is no more.
    pub(super) fn drop_session(&self, session: &str) {
        let mut waiting = self.waiting();
        let lost: Vec<u64> = waiting.iter().filter(|(_, call)| call.session.as_deref() == Some(session)).map(|(id, _)| *id).collect();
        for call in lost.iter().filter_map(|id| waiting.remove(id)) {
            let _ = call.answer.send(Err("the tab was closed".to_owned()));
        }
    }

    fn write(&self, id: u64, session: Option<&str>, method: &str, params: Value) {
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let (Some(session), Some(members)) = (session, message.as_object_mut()) {
            members.insert("sessionId".to_owned(), session.into());
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        // A closed channel means an ended conversation, which every call sees by itself.
        let _ = self.out.send(bytes);
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write(mut writer: impl AsyncWrite + Unpin, mut commands: mpsc::UnboundedReceiver<Vec<u8>>, ended: CancellationToken) {
    while let Some(Some(command)) = ended.run_until_cancelled(commands.recv()).await {
        // The reading side reports the end; a failed write comes with it.
        if writer.write_all(&command).await.is_err() {
            break;
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    id: Option<u64>,
    method: Option<String>,
    session_id: Option<String>,
    params: Option<Box<RawValue>>,
    result: Option<Box<RawValue>>,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    message: String,
}

async fn read(
    reader: impl AsyncRead + Unpin,
    connection: Arc<Connection>,
    mut on_event: impl FnMut(&Arc<Connection>, Event) + Send + 'static,
) {
    let mut reader = BufReader::new(reader);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        match connection.ended.run_until_cancelled(reader.read_until(0, &mut bytes)).await {
            None => return,
            Some(Ok(_)) if bytes.pop() == Some(0) => {}
            Some(_) => return drop(connection.end(ENDED)),
        }
        let Ok(message) = serde_json::from_slice::<Message>(&bytes) else {
            return drop(connection.end("the browser sent something that is not a message of its protocol"));
        };
        match message {
            Message { id: Some(id), result, error, .. } => {
                let Some(call) = connection.waiting().remove(&id) else { continue };
                // A dropped receiver is a call that nobody waits for any more.
                let _ = call.answer.send(match error {
                    Some(refusal) => Err(refusal.message),
                    None => Ok(result.unwrap_or_default()),
                });
            }
            Message { method: Some(method), session_id, params, .. } => {
                on_event(&connection, Event { session: session_id, method, params: params.unwrap_or_default() });
            }
            Message { .. } => {}
        }
    }
}

/// Reads a part of an answer.
pub(super) fn read_answer<T: DeserializeOwned>(method: &str, answer: &RawValue) -> Result<T, CallError> {
    parse(answer).map_err(|error| CallError::Refused { method: method.to_owned(), message: format!("its answer cannot be read: {error}") })
}

/// A page's text may hold lone surrogates, which JSON can say and a Rust string
/// cannot; they become U+FFFD.
fn parse<T: DeserializeOwned>(raw: &RawValue) -> serde_json::Result<T> {
    serde_json::from_str(raw.get()).or_else(|_| serde_json::from_str(&without_lone_surrogates(raw.get())))
}

fn without_lone_surrogates(json: &str) -> String {
    let unit = |at: usize| -> Option<u16> {
        let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut out = String::with_capacity(json.len());
    let mut rest = 0;
    while let Some(found) = json.get(rest..).and_then(|tail| tail.find('\\')) {
        let at = rest + found;
        out.push_str(json.get(rest..at).unwrap_or_default());
        let length = match (unit(at), unit(at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                out.push_str("\\ufffd");
                rest = at + 6;
                continue;
            }
            (Some(_), _) => 6,
            // Any other escape is a backslash and one ASCII character.
            (None, _) => 2,
        };
        out.push_str(json.get(at..at + length).unwrap_or_default());
        rest = at + length;
    }
    out.push_str(json.get(rest..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_become_replacement_characters_and_all_else_stays() {
        for (json, text) in [
            (r#""a\ud83dz""#, "a\u{fffd}z"),
            (r#""\udc00\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\ud83d\ude00\ud83d""#, "\u{1f600}\u{fffd}"),
            (r#""\\ud83d \n\u00e9\ud800""#, "\\ud83d \n\u{e9}\u{fffd}"),
        ] {
            let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
            assert_eq!(parse::<String>(&raw).unwrap(), text, "{json}");
        }
    }

    fn connect() -> (Arc<Connection>, tokio::io::DuplexStream) {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (reader, writer) = tokio::io::split(ours);
        (Connection::open(reader, writer, |_, _| {}), theirs)
    }

    #[tokio::test]
    async fn answers_find_their_calls_in_any_order() {
        let (connection, mut browser) = connect();
        let (first, second, ()) =
            tokio::join!(connection.call(None, "A.a", json!({})), connection.call(Some("s"), "B.b", json!({})), async {
                browser
                    .write_all(b"{\"id\":2,\"sessionId\":\"s\",\"result\":{\"n\":2}}\0{\"id\":1,\"error\":{\"message\":\"no\"}}\0")
                    .await
                    .unwrap();
            });
        assert!(matches!(first, Err(CallError::Refused { method, message }) if method == "A.a" && message == "no"));
        assert_eq!(second.unwrap().get(), r#"{"n":2}"#);
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_browser_is_gone_after_the_limit() {
        let (connection, _browser) = connect();
        let error = connection.call(None, "A.a", json!({})).await.unwrap_err();
        assert_eq!(error.to_string(), "the browser hangs: no answer to A.a within 15 s");
        assert!(matches!(connection.call(None, "B.b", json!({})).await, Err(CallError::Gone(_))));
    }

    #[tokio::test]
    async fn a_call_that_is_given_up_is_forgotten() {
        let (connection, _browser) = connect();
        assert!(tokio::time::timeout(Duration::from_millis(1), connection.call(None, "A.a", json!({}))).await.is_err());
        assert!(connection.waiting().is_empty());
    }

    #[tokio::test]
    async fn the_end_of_the_pipe_ends_every_call() {
        let (connection, browser) = connect();
        let (outcome, ()) = tokio::join!(connection.call(None, "A.a", json!({})), async { drop(browser) });
        assert!(matches!(outcome, Err(CallError::Gone(_))));
    }

    #[tokio::test]
    async fn a_closed_tab_refuses_its_calls_only() {
        let (connection, mut browser) = connect();
        let (tab, other, ()) = tokio::join!(connection.call(Some("t"), "A.a", json!({})), connection.call(None, "B.b", json!({})), async {
            tokio::task::yield_now().await;
            connection.drop_session("t");
            browser.write_all(b"{\"id\":2,\"result\":{}}\0").await.unwrap();
        });
        assert!(matches!(tab, Err(CallError::Refused { .. })));
        assert!(other.is_ok());
    }
}
