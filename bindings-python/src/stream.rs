//! A stream of events. Frames cross from the runtime in batches and become Python objects one by one, when asked for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use lightcone::ErrorKind;
use lightcone::sse::{Frame, FrameStream};
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::{Map, Value, json};
use smol_str::SmolStr;

use crate::decode::decode;
use crate::error::{self, Record};
use crate::log;
use crate::process::Owned;
use crate::runtime::engine;
use crate::work::Work;

/// Enough to make a crossing cheap beside the events it brings.
const BATCH: usize = 256;

/// How much of an event that is not JSON an error's text shows, in characters; the error's body has all of it.
const SHOWN: usize = 200;

/// Why there is nothing more to come.
#[derive(Clone, Copy)]
enum End {
    /// The server ended the stream, or an error did that was raised already.
    Finished,
    /// The user closed it.
    Closed,
}

#[derive(Default)]
struct State {
    ready: VecDeque<Frame>,
    end: Option<End>,
    /// The last frame handed to the user, without its data.
    last_event_id: Option<SmolStr>,
    event_name: Option<SmolStr>,
    /// The frame that ended the task, once it was handed to the user.
    terminal: Option<Frame>,
}

struct Shared {
    frames: FrameStream,
    /// One batch is asked for at a time, so that frames are queued in the order they came.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a frame is ready or the stream has ended.
    async fn fill(self: Arc<Self>) -> Result<(), lightcone::Error> {
        let _turn = self.turn.lock().await;
        {
            let state = self.state();
            if !state.ready.is_empty() || state.end.is_some() {
                return Ok(());
            }
        }
        let batch = self.frames.next_batch(BATCH).await;
        let mut state = self.state();
        if state.end.is_some() {
            // The user closed the stream meanwhile and wants nothing of it any more.
            return Ok(());
        }
        match batch {
            Ok(frames) if frames.is_empty() => state.end = Some(End::Finished),
            Ok(frames) => state.ready.extend(frames),
            Err(error) => {
                state.end = Some(if error.kind() == ErrorKind::Closed { End::Closed } else { End::Finished });
                return Err(error);
            }
        }
        Ok(())
    }

    /// Closes the connection; what was not read is gone.
    fn close(&self, end: End) {
        let mut state = self.state();
        state.end.get_or_insert(end);
        state.ready.clear();
        drop(state);
        self.frames.close();
    }
}

async fn outcome(shared: Arc<Shared>) -> Result<Vec<u8>, lightcone::Error> {
    shared.frames.outcome().await.map(|result| result.to_json())
}

/// What the next event is.
pub(crate) enum Next<'py> {
    Event(Bound<'py, PyAny>),
    Pending,
    End,
}

/// The events of one answer.
#[pyclass(frozen, module = "tzafon._native")]
pub(crate) struct EventStream {
    shared: Owned<Arc<Shared>>,
    head: Vec<u8>,
}

impl EventStream {
    pub(crate) fn new(frames: FrameStream) -> Self {
        let head = frames.head().to_json();
        let shared = Shared { frames, turn: tokio::sync::Mutex::new(()), state: Mutex::new(State::default()) };
        Self { shared: Owned::new(Arc::new(shared)), head }
    }

    fn shared(&self) -> PyResult<&Arc<Shared>> {
        self.shared.get().ok_or_else(error::forked)
    }

    /// Whether [`EventStream::take`] has anything to say.
    pub(crate) fn is_ready(&self) -> bool {
        self.shared.get().is_none_or(|shared| {
            let state = shared.state();
            !state.ready.is_empty() || state.end.is_some()
        })
    }

    /// The next event, waited for; `None` at the end.
    pub(crate) fn wait<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        loop {
            match self.take(py)? {
                Next::Event(event) => return Ok(Some(event)),
                Next::End => return Ok(None),
                Next::Pending if self.refill()? => {}
                Next::Pending => {
                    let shared = self.shared()?;
                    // After Ctrl-C the connection is closed; after any other error the stream has ended already.
                    engine(py)?.block(py, Arc::clone(shared).fill()).inspect_err(|_| shared.close(End::Closed))?;
                }
            }
        }
    }

    /// The next event, if it is there already.
    pub(crate) fn take<'py>(&self, py: Python<'py>) -> PyResult<Next<'py>> {
        let shared = self.shared()?;
        let frame = {
            let mut state = shared.state();
            let Some(frame) = state.ready.pop_front() else {
                return match state.end {
                    None => Ok(Next::Pending),
                    Some(End::Finished) => Ok(Next::End),
                    Some(End::Closed) => Err(error::plain("closed", "The stream was closed; its events cannot be read any more.")),
                };
            };
            state.last_event_id.clone_from(&frame.id);
            state.event_name.clone_from(&frame.event);
            if state.terminal.is_none() && frame.is_terminal() {
                state.terminal = Some(frame.clone());
            }
            frame
        };
        if let Some(event) = decode(py, frame.data.as_bytes())? {
            return Ok(Next::Event(event));
        }
        shared.close(End::Finished);
        Err(self.not_json(shared, &frame))
    }

    /// The error of a frame whose data is not JSON; it carries the data as its body.
    fn not_json(&self, shared: &Shared, frame: &Frame) -> PyErr {
        let data: &str = &frame.data;
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

    /// The task, once the server has named it.
    #[getter]
    fn task_id(&self) -> PyResult<Option<String>> {
        Ok(self.shared()?.frames.task_id())
    }

    /// The computer that the task runs on, once the server has named it.
    #[getter]
    fn computer_id(&self) -> PyResult<Option<String>> {
        Ok(self.shared()?.frames.computer_id())
    }

    /// Whether there may be more to come for this process: it was neither closed nor read up to its end or its task's.
    #[getter]
    fn is_open(&self) -> bool {
        let Some(shared) = self.shared.get() else { return false };
        let state = shared.state();
        state.end.is_none() && state.terminal.is_none() && !shared.frames.is_closed()
    }

    /// The event that ended the task, once it was handed out.
    #[getter]
    fn terminal_event<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let terminal = self.shared()?.state().terminal.clone();
        terminal.map_or(Ok(None), |frame| decode(py, frame.data.as_bytes()))
    }

    /// Reads on to the end and waits until it is known how the task ended; that as JSON.
    fn outcome(&self, py: Python<'_>) -> PyResult<Py<PyBytes>> {
        error::guard(|| {
            let shared = self.shared()?;
            let result = engine(py)?.block(py, outcome(Arc::clone(shared))).inspect_err(|_| shared.close(End::Closed))?;
            Ok(PyBytes::new(py, &result).unbind())
        })
    }

    /// The same for an asyncio future.
    fn outcome_async(&self, py: Python<'_>, event_loop: Py<PyAny>, future: Py<PyAny>) -> PyResult<Py<Work>> {
        error::guard(|| {
            let work = outcome(Arc::clone(self.shared()?));
            Work::start(py, event_loop, future, work, |py, result| Ok(PyBytes::new(py, &result).into_any().unbind()))
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

    /// Whether something has come meanwhile, or the end; without a wait.
    fn refill(&self) -> PyResult<bool> {
        error::guard(|| match Arc::clone(self.shared()?).fill().now_or_never() {
            Some(done) => done.map(|()| true).map_err(|error| error::to_python(&error)),
            None => Ok(false),
        })
    }

    /// Settles an asyncio future once `take_ready` has an event or an end.
    fn wait_ready(&self, py: Python<'_>, event_loop: Py<PyAny>, future: Py<PyAny>) -> PyResult<Py<Work>> {
        error::guard(|| Work::start(py, event_loop, future, Arc::clone(self.shared()?).fill(), |py, ()| Ok(py.None())))
    }

    /// Closes the connection at once. Harmless when it is closed, and in a forked child, whose parent it belongs to.
    fn close(&self, py: Python<'_>) {
        if let Some(shared) = self.shared.get() {
            shared.close(End::Closed);
            log::pass_on(py);
        }
    }
}
