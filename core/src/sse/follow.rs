//! Follows a task's events over as many connections as it takes (contract, sections 8.1 to 8.3).

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use http::{HeaderValue, Method, header};
use url::Url;

use super::{
    connection::{Clocks, Connection, Ending},
    next::{Next, Standing},
    position::Position,
    read_ahead::{End, Shared},
};
use crate::{
    client::Client,
    config::CallOptions,
    error::{Error, ErrorKind},
    http::{
        Body, Head, Request,
        headers::{self, remove_secrets},
        link,
    },
    observe::Why,
    operation::{self, Repeat},
    tasks::RetrieveStatusResponse,
};

/// The most bytes that one event may have (contract, section 3).
pub(super) const LARGEST_EVENT: usize = 64 << 20;

/// What to do about a stream that stopped; it ends an error's text.
const GO_ON: &str = "the task itself may be running still: ask for its status with retrieve_status; a task that stays at `running` \
                     although nothing happens any more has most likely used up its steps";

/// The call that opened a stream.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub(crate) client: Client,
    pub(crate) request: Request,
    pub(crate) options: CallOptions,
}

/// Follows one stream to its end.
pub(super) struct Follower {
    opened: Opened,
    /// Of the connection that was read last.
    head: Head,
    /// What takes the stream up again; `None` where the server did not say how.
    again: Option<Request>,
    position: Position,
    /// The reconnection delay that the stream asked for.
    retry: Option<Duration>,
    /// How often it was tried to take the stream up again since the last event.
    tries: u32,
    /// The connection read last broke off, or could not be followed by another.
    broke_off: bool,
    shared: Arc<Shared>,
}

impl Follower {
    pub(super) fn new(opened: Opened, head: Head, shared: Arc<Shared>) -> Self {
        let again = again(&opened.request, &head);
        let after = opened.request.headers.get("last-event-id").and_then(|id| std::str::from_utf8(id.as_bytes()).ok());
        let position = Position::after(after.map(Into::into));
        Self { opened, head, again, position, retry: None, tries: 0, broke_off: false, shared }
    }

    /// Reads to the end, or until nobody wants any more; either closes the connection. In a
    /// box, like what happens seldom: a future has room for all that it may come to, several
    /// times over, and there are thousands of streams.
    pub(super) async fn follow(mut self: Box<Self>, body: Box<Body>) {
        let shared = Arc::clone(&self.shared);
        let _ends = shared.ends_for_sure();
        tokio::select! {
            biased;
            () = shared.closed.cancelled() => {}
            end = self.read_all(body) => {
                let error = end.err().map(|error| self.place(error));
                shared.log.ended(error.as_ref(), &shared.reached());
                let error = error.filter(|_| !self.is_waited_for());
                shared.buffer().end = Some(error.map_or(End::Clean, |error| End::Failed(Some(error))));
            }
        }
    }

    async fn read_all(&mut self, mut body: Box<Body>) -> Result<(), Error> {
        loop {
            let (ending, standing) = self.connection(body).await;
            self.broke_off = match ending {
                Ending::Broken(_) => true,
                Ending::Clean => self.again.is_some(),
                Ending::NoEvent(_) | Ending::TooBig(_) => false,
            };
            let next = match standing.after(&ending, fastrand::f64()) {
                Next::AskTask if Box::pin(self.task_has_ended()).await => Next::End,
                Next::AskTask => standing.resume_or_fail(fastrand::f64()),
                next => next,
            };
            body = match next {
                Next::Resume(wait) => Box::pin(self.resume(wait, standing, &ending)).await?,
                Next::End => return Ok(()),
                Next::AskTask | Next::Fail => return Err(self.failed(&ending)),
            };
        }
    }

    /// Reads one connection; how it ended, and where the stream stands then.
    async fn connection(&mut self, body: Box<Body>) -> (Ending, Standing) {
        let request = &self.opened.request;
        let clocks = Clocks { read: request.timeouts.read, event: request.event_timeout };
        let decoder = self.position.decoder(LARGEST_EVENT);
        let before = self.shared.buffer().count;
        let mut connection = Connection { body, decoder, position: &mut self.position, clocks };
        let ending = connection.read(&self.shared).await;
        let mut decoder = connection.decoder;
        self.position.leave(&decoder);
        self.retry = decoder.retry().or(self.retry);
        let mut buffer = self.shared.buffer();
        if buffer.count > before {
            self.tries = 0;
        }
        let mut standing = Standing {
            task_ended: buffer.terminal.is_some(),
            task_known: buffer.task_id.is_some(),
            resumable: self.again.is_some() && self.position.can_go_on(),
            inside_frame: decoder.is_inside_frame(),
            began: self.position.began(),
            tries: self.tries,
            max_tries: self.opened.request.max_retries,
            retry: self.retry,
        };
        // Without its blank line a frame is not certain to be whole. Where the stream is
        // taken up again it comes again; else it is given out if it could not have gone on.
        if !standing.may_resume()
            && let Some(frame) = decoder.finish().filter(|frame| frame.is_whole())
            && self.position.admit(&frame)
        {
            buffer.put(frame);
            standing.task_ended = buffer.terminal.is_some();
            standing.task_known = buffer.task_id.is_some();
        }
        drop(buffer);
        self.shared.arrived.notify_one();
        (ending, standing)
    }

    /// Opens the next connection, after as many attempts as there may be.
    async fn resume(&mut self, mut wait: Duration, mut standing: Standing, ending: &Ending) -> Result<Box<Body>, Error> {
        let mut why = stopped(ending);
        loop {
            let scaled = self.opened.request.backoff.of(wait);
            self.shared.log.resuming(&why, self.tries, scaled, &self.shared.reached());
            if !wait.is_zero() {
                tokio::time::sleep(scaled).await;
            }
            // Without a way to resume there is none to wait for.
            let Some(request) = &mut self.again else { return Err(self.failed(ending)) };
            if let Some(id) = self.position.header() {
                request.headers.insert("last-event-id", id);
            }
            self.position.reconnect();
            self.tries += 1;
            standing.tries = self.tries;
            let failure = match self.opened.client.transport().attempt(request, self.tries - 1, Instant::now()).await {
                Ok((head, body)) if headers::are_of_events(&head.headers) => {
                    self.head = head;
                    self.shared.log.resumed(&self.shared.reached());
                    return Ok(Box::new(body));
                }
                Ok((head, body)) => {
                    let body = body.read(request.timeouts.read).await.unwrap_or_default();
                    let error = head.error(ErrorKind::Response, format!("{} is no stream of events", head.status), &body);
                    return Err(not_resumed(error, ending));
                }
                Err(failure) => failure,
            };
            let again = failure.outcome().and_then(|outcome| standing.after_attempt(outcome, SystemTime::now(), fastrand::f64()));
            match again {
                Some(next) => {
                    wait = next;
                    why = Why(failure.error()).to_string();
                }
                None => return Err(not_resumed(failure.into_error(), ending)),
            }
        }
    }

    /// Whether the end of the stream is not the end of the matter: of a run, the task's end is
    /// asked for where its stream broke off. Not where a server that cannot resume ended the
    /// stream in good order and left its task running: such a task may never end.
    fn is_waited_for(&self) -> bool {
        let of_run = self.opened.request.purpose.as_ref().is_some_and(|purpose| *purpose.operation == operation::RUN);
        of_run && self.broke_off && self.shared.buffer().task_id.is_some()
    }

    /// Asks once whether the task has ended.
    async fn task_has_ended(&self) -> bool {
        let task_id = self.shared.buffer().task_id.clone();
        let options = self.opened.options.clone().max_retries(0);
        let answer = self.opened.client.call(&operation::RETRIEVE_STATUS, task_id.as_deref(), None, &options).await;
        let status = answer.ok().and_then(|answer| serde_json::from_slice::<RetrieveStatusResponse>(&answer.body).ok());
        status.is_some_and(|status| status.has_ended())
    }

    /// The error of a stream whose last connection ended like this.
    fn failed(&self, ending: &Ending) -> Error {
        let (kind, text) = match ending {
            Ending::TooBig(too_big) => (ErrorKind::Response, too_big.of_a_stream()),
            Ending::Broken(broken) if broken.is_timeout() => {
                (ErrorKind::Timeout, format!("Request timed out. On the stream {}; {GO_ON}", broken.text()))
            }
            Ending::NoEvent(limit) => {
                let text = format!("Request timed out. On the stream no event came for {} s; {GO_ON}", limit.as_secs_f64());
                (ErrorKind::Timeout, text)
            }
            Ending::Broken(_) | Ending::Clean => (ErrorKind::StreamInterrupted, format!("Connection error. {}; {GO_ON}", stopped(ending))),
        };
        self.head.error(kind, text, b"")
    }

    /// The error with the place in the stream where it happened.
    fn place(&self, mut error: Error) -> Error {
        let buffer = self.shared.buffer();
        let record = error.record_mut();
        record.task_id.clone_from(&buffer.task_id);
        record.last_event_id = buffer.last_id.as_deref().map(str::to_owned);
        error
    }
}

/// The request that takes a stream up again: the same one, if it is the operation for that; else, if the answer says where, `Link` with the relation `events`. Credentials go
/// to no other origin than the call's own.
fn again(request: &Request, head: &Head) -> Option<Request> {
    if request.purpose.as_ref().is_some_and(|purpose| *purpose.operation == operation::EVENTS) {
        return Some(request.clone());
    }
    let mut url = link::target(&head.headers, "events", &Url::parse(&head.url).ok()?)?;
    if url.query().is_none() {
        // What a gateway wants in every query.
        url.set_query(request.url.query());
    }
    let mut headers = request.headers.clone();
    if url.origin() != request.url.origin() {
        remove_secrets(&mut headers);
    }
    headers.remove(header::CONTENT_TYPE);
    headers.insert(header::ACCEPT, HeaderValue::from_static("text/event-stream"));
    Some(Request { method: Method::GET, url, headers, body: bytes::Bytes::new(), repeat: Repeat::Harmless, ..request.clone() })
}

/// What happened to the stream, for an error's text.
fn stopped(ending: &Ending) -> String {
    match ending {
        Ending::Broken(broken) => format!("The stream broke off before the task ended ({})", broken.text()),
        _ => "The stream ended before the task did".to_owned(),
    }
}

/// The error of a stream that could not be taken up again, with the answer that said so.
fn not_resumed(mut error: Error, ending: &Ending) -> Error {
    let text = format!("Connection error. {}, and could not be taken up again: {error}; {GO_ON}", stopped(ending));
    let record = error.record_mut();
    record.kind = ErrorKind::StreamInterrupted;
    record.message = text;
    error
}
