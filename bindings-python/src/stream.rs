//! A stream of events. Frames cross from the runtime in batches and become Python objects one by one, when asked for.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use lightcone::sse::{Frame, FrameStream};
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::{Map, Value, json};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::decode::decode;
use crate::error::{self, Record};
use crate::process::Owned;
use crate::runtime::engine;
use crate::work::Work;

/// How far a stream is read ahead of its reader, in frames and in bytes: enough to make a wake-up cheap beside the
/// events it brings, and little enough to hold in memory. A reader that is slower than that stops the socket.
const AHEAD: (usize, usize) = (256, 4 << 20);

/// How much of an event that is not JSON an error's text shows, in characters; the error's body has all of it.
const SHOWN: usize = 200;

/// Why there is nothing more to come.
enum End {
    /// The server ended the stream, or an error did that was raised already.
    Finished,
    /// An error did, which is still to be raised.
    Failed(PyErr),
    /// The user closed it.
    Closed,
}

#[derive(Default)]
struct State {
    ready: VecDeque<Frame>,
    /// The size of the data in `ready`.
    bytes: usize,
    end: Option<End>,
    /// Whether the user was told of the end, be it by an error; closing changes nothing then.
    told: bool,
    /// The last frame handed to the user, without its data.
    last_event_id: Option<Arc<str>>,
    event_name: Option<Arc<str>>,
}

struct Shared {
    frames: FrameStream,
    state: Mutex<State>,
    /// Told when frames or the end have come.
    arrived: Notify,
    /// Told when frames were taken, or nobody wants any more.
    taken: Notify,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads ahead until the end. HTTP chunks come one by one, often one for each event: read only when the user asks,
    /// each event would cost a wake-up.
    async fn read_ahead(self: Arc<Self>) {
        loop {
            let room = {
                let state = self.state();
                if state.end.is_some() {
                    return;
                }
                state.ready.len() < AHEAD.0 && state.bytes < AHEAD.1
            };
            if !room {
                self.taken.notified().await;
                continue;
            }
            let batch = error::flatten(AssertUnwindSafe(self.frames.next_batch(AHEAD.0)).catch_unwind().await);
            let mut state = self.state();
            match batch {
                // Frames that came while the user closed the stream are not wanted any more.
                _ if state.end.is_some() => {}
                Ok(frames) if frames.is_empty() => state.end = Some(End::Finished),
                Ok(frames) => {
                    state.bytes += frames.iter().map(|frame| frame.data.len()).sum::<usize>();
                    state.ready.extend(frames);
                }
                Err(error) => state.end = Some(End::Failed(error)),
            }
            drop(state);
            self.arrived.notify_waiters();
        }
    }

    /// Waits until a frame is ready or the stream has ended.
    async fn ready(self: Arc<Self>) -> Result<(), lightcone::Error> {
        loop {
            let mut arrived = std::pin::pin!(self.arrived.notified());
            // From here on nothing that arrives is missed.
            arrived.as_mut().enable();
            {
                let state = self.state();
                if !state.ready.is_empty() || state.end.is_some() {
                    return Ok(());
                }
            }
            arrived.await;
        }
    }

    /// Closes the connection; what was not read is gone.
    fn close(&self) {
        let mut state = self.state();
        if !state.told {
            state.end = Some(End::Closed);
        }
        state.ready.clear();
        drop(state);
        self.frames.close();
        self.taken.notify_one();
        self.arrived.notify_waiters();
    }
}

/// What the next event is.
enum Next<'py> {
    Event(Bound<'py, PyAny>),
    Pending,
    End,
}

/// The events of one answer.
#[pyclass(frozen, module = "tzafon._native")]
pub(crate) struct EventStream {
    shared: Owned<Arc<Shared>>,
    reader: Owned<AbortHandle>,
    head: Vec<u8>,
}

impl Drop for EventStream {
    fn drop(&mut self) {
        if let Some(reader) = self.reader.get() {
            reader.abort();
        }
    }
}

impl EventStream {
    pub(crate) fn new(py: Python<'_>, frames: FrameStream) -> PyResult<Self> {
        let head = frames.head().to_json();
        let (arrived, taken) = (Notify::new(), Notify::new());
        let shared = Arc::new(Shared { frames, state: Mutex::new(State::default()), arrived, taken });
        let reader = engine(py)?.start(Arc::clone(&shared).read_ahead());
        Ok(Self { shared: Owned::new(shared), reader: Owned::new(reader), head })
    }

    fn shared(&self) -> PyResult<&Arc<Shared>> {
        self.shared.get().ok_or_else(error::forked)
    }

    /// The next event, if it is there already.
    fn take<'py>(&self, py: Python<'py>) -> PyResult<Next<'py>> {
        let shared = self.shared()?;
        let frame = {
            let mut state = shared.state();
            let Some(frame) = state.ready.pop_front() else {
                return match state.end.take() {
                    None => Ok(Next::Pending),
                    Some(End::Closed) => {
                        state.end = Some(End::Closed);
                        let text = "The stream was closed; its events cannot be read any more.";
                        Err(error::plain("closed", text))
                    }
                    Some(end) => {
                        state.end = Some(End::Finished);
                        state.told = true;
                        if let End::Failed(error) = end { Err(error) } else { Ok(Next::End) }
                    }
                };
            };
            state.bytes -= frame.data.len();
            state.last_event_id.clone_from(&frame.id);
            state.event_name.clone_from(&frame.event);
            frame
        };
        shared.taken.notify_one();
        if let Some(event) = decode(py, &frame.data)? {
            return Ok(Next::Event(event));
        }
        {
            let mut state = shared.state();
            state.end = Some(End::Finished);
            state.told = true;
        }
        shared.close();
        Err(self.not_json(shared, &frame))
    }

    /// The error of a frame whose data is not JSON; it carries the data as its body.
    fn not_json(&self, shared: &Shared, frame: &Frame) -> PyErr {
        let data = String::from_utf8_lossy(&frame.data);
        let shown: String = data.chars().take(SHOWN).collect();
        let more = if shown.len() < data.len() { "..." } else { "" };
        let head: Map<String, Value> = serde_json::from_slice(&self.head).unwrap_or_default();
        let (status, headers) = (head.get("status"), head.get("headers"));
        let (method, url, sent) = (head.get("method"), head.get("request_url"), head.get("request_headers"));
        Record {
            kind: "response",
            message: format!("The stream carried an event that is not JSON: {shown}{more}"),
            request: Some(json!({ "method": method, "url": url, "headers": sent })),
            response: Some(json!({ "status": status, "headers": headers, "body": data })),
            attempts: 1,
            task_id: shared.frames.task_id(),
            last_event_id: frame.id.as_deref(),
        }
        .into_python()
    }
}

#[pymethods]
impl EventStream {
    /// The metadata of the answer as JSON.
    #[getter]
    fn head(&self, py: Python<'_>) -> Py<PyBytes> {
        PyBytes::new(py, &self.head).unbind()
    }

    /// The id in force at the last event handed out.
    #[getter]
    fn last_event_id(&self) -> PyResult<Option<String>> {
        Ok(self.shared()?.state().last_event_id.as_deref().map(str::to_owned))
    }

    /// The `event:` name of the last event handed out.
    #[getter]
    fn event_name(&self) -> PyResult<Option<String>> {
        Ok(self.shared()?.state().event_name.as_deref().map(str::to_owned))
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// The next event, waited for.
    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        error::guard(|| {
            loop {
                match self.take(py)? {
                    Next::Event(event) => return Ok(Some(event)),
                    Next::End => return Ok(None),
                    Next::Pending => {
                        let shared = self.shared()?;
                        // Only a signal's exception ends the wait like this.
                        engine(py)?.block(py, Arc::clone(shared).ready()).inspect_err(|_| shared.close())?;
                    }
                }
            }
        })
    }

    /// The next event if it is there already, else `pending`.
    fn take_ready<'py>(&self, py: Python<'py>, pending: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        error::guard(|| match self.take(py)? {
            Next::Event(event) => Ok(event),
            Next::Pending => Ok(pending),
            Next::End => Err(PyStopAsyncIteration::new_err(())),
        })
    }

    /// Settles an asyncio future once `take_ready` has an event or an end.
    fn wait_ready(&self, py: Python<'_>, event_loop: Py<PyAny>, future: Py<PyAny>) -> PyResult<Py<Work>> {
        error::guard(|| Work::start(py, event_loop, future, Arc::clone(self.shared()?).ready(), |py, ()| Ok(py.None())))
    }

    /// Closes the connection at once. Harmless when it is closed, and in a forked child, whose parent it belongs to.
    fn close(&self) {
        if let Some(shared) = self.shared.get() {
            shared.close();
        }
    }
}
