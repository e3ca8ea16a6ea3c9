//! Below the operations: requests of one's own, and answers as bytes.

use bytes::Bytes;
use futures_util::future::Either;
use http::Method;
use serde_json::Map;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::{
    client::{Asked, Client},
    config::CallOptions,
    error::{Error, ErrorKind},
    http::{Answer, Body, Head, Request, address},
    operation::Repeat,
    sse::{FrameStream, Opened},
};

impl Client {
    /// Sends a request to a route that is no operation here, and reads its whole answer.
    /// The path comes after the base URL's own and may have a query. The settings of the
    /// client and of the call count as for operations; a body is said to be JSON unless a
    /// header says what else it is.
    ///
    /// ```no_run
    /// # async fn example(client: lightcone::Client) -> Result<(), lightcone::Error> {
    /// use lightcone::{CallOptions, http::Method};
    ///
    /// let options = CallOptions::new().query("limit", 5).header("X-Trace", "7");
    /// let answer = client.request(Method::GET, "/agent/tasks", None, options).await?;
    /// println!("{} {}", answer.head.status, String::from_utf8_lossy(&answer.body));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `invalid_argument` for a whole address in place of a path; the kinds that every call
    /// has. What may have arrived is sent again only by methods for which that is harmless
    /// (RFC 9110, section 9.2.2): not by POST and PATCH.
    pub async fn request(&self, method: Method, path: &str, body: Option<Bytes>, options: CallOptions) -> Result<Answer, Error> {
        let request = self.own_request(method, path, body, &options)?;
        self.answer(&request).await
    }

    /// The same with an answer whose body is read as it comes.
    ///
    /// # Errors
    /// As [`Client::request`]; what goes wrong later comes out of the stream.
    pub async fn request_stream(&self, method: Method, path: &str, body: Option<Bytes>, options: CallOptions) -> Result<ByteStream, Error> {
        let request = self.own_request(method, path, body, &options)?;
        self.open_bytes(request, options).await
    }

    pub(crate) fn own_request(&self, method: Method, path: &str, body: Option<Bytes>, options: &CallOptions) -> Result<Request, Error> {
        let repeat = if method.is_idempotent() { Repeat::Harmless } else { Repeat::Never };
        let asked = Asked {
            method,
            path: address::own_path(path)?,
            accept: "application/json",
            headers: Vec::new(),
            query: Map::new(),
            body,
            repeat,
            purpose: None,
        };
        self.assemble(asked, options)
    }

    pub(crate) async fn open_bytes(&self, request: Request, options: CallOptions) -> Result<ByteStream, Error> {
        let (head, body) = self.head(&request).await?;
        let (closed, opened) = (self.closing(), Opened { client: self.clone(), request, options });
        Ok(ByteStream { head, opened, body: Mutex::new(Some(body)), closed })
    }
}

/// An answer whose body is read as it comes, decompressed. Closing or dropping it closes
/// its connection.
#[derive(Debug)]
pub struct ByteStream {
    head: Head,
    opened: Opened,
    /// `None` after its end.
    body: Mutex<Option<Body>>,
    closed: CancellationToken,
}

impl ByteStream {
    /// What the answer began with.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The next bytes, one or more; `None` at the end. Calls at the same time
    /// take turns. May be dropped at any time without losing bytes.
    ///
    /// # Errors
    /// `closed` after [`ByteStream::close`] or [`Client::close`]; `timeout` when nothing came for as long as the
    /// read timeout allows; `connection` when the answer broke off.
    pub async fn next(&self) -> Result<Option<Bytes>, Error> {
        let _leaving = Leaving(self);
        let next = {
            let mut body = self.body.lock().await;
            let (cancelled, read) = (self.closed.cancelled(), next_of(&mut body, &self.opened.request, self.head.retries));
            tokio::pin!(cancelled, read);
            match futures_util::future::select(cancelled, read).await {
                Either::Left(_) => None,
                Either::Right((next, _)) => Some(next),
            }
        };
        let closed = || Err(self.opened.client.closed_error("answer"));
        next.filter(|_| !self.closed.is_cancelled()).unwrap_or_else(closed)
    }

    /// All that is left of it.
    ///
    /// # Errors
    /// As [`ByteStream::next`].
    pub async fn read(&self) -> Result<Bytes, Error> {
        let mut whole = Vec::new();
        while let Some(bytes) = self.next().await? {
            whole.extend_from_slice(&bytes);
        }
        Ok(whole.into())
    }

    /// The answer as a stream of events, if it is one, from where it stands; nothing is left
    /// to read here then.
    ///
    /// # Errors
    /// `closed` when it was closed or read to its end; `response` when it is no stream of events.
    pub async fn events(&self) -> Result<FrameStream, Error> {
        let body = self.body.lock().await.take().filter(|_| !self.closed.is_cancelled());
        let body =
            body.ok_or_else(|| Error::new(ErrorKind::Closed, "the answer was closed or read to its end; no events are left in it"))?;
        FrameStream::new(self.opened.clone(), self.head.clone(), body).await
    }

    /// Whether it was closed, by itself or with its client.
    pub fn is_closed(&self) -> bool {
        self.closed.is_cancelled()
    }

    /// Closes the connection; whoever waits for bytes gets a `closed` error.
    pub fn close(&self) {
        self.closed.cancel();
        self.let_go();
    }

    /// Lets go of the connection, unless somebody reads, who does it on leaving.
    fn let_go(&self) {
        if let Ok(mut body) = self.body.try_lock() {
            *body = None;
        }
    }
}

/// Somebody who reads: on leaving, with an answer or given up, does what [`ByteStream::close`] could not do meanwhile.
struct Leaving<'a>(&'a ByteStream);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if self.0.closed.is_cancelled() {
            self.0.let_go();
        }
    }
}

async fn next_of(body: &mut Option<Body>, request: &Request, retries: u32) -> Result<Option<Bytes>, Error> {
    while let Some(reading) = body {
        match reading.next(request.timeouts.read).await {
            Ok(Some(none)) if none.is_empty() => {}
            Ok(Some(bytes)) => return Ok(Some(bytes)),
            Ok(None) => *body = None,
            Err(broken) => {
                *body = None;
                return Err(request.broken(broken, retries));
            }
        }
    }
    Ok(None)
}
