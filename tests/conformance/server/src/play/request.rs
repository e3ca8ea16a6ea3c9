//! Requests as they came.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// A request, its body read.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// As it stood in the first line.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Method and target.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// The next request of an HTTP/1 connection, and how long its body is, which is still to be read;
/// `None` when the client has closed it.
pub(super) async fn head(socket: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> io::Result<Option<(Request, usize)>> {
    loop {
        if let Some((request, head, length)) = parse(buffer)? {
            buffer.drain(..head);
            return Ok(Some((request, length)));
        }
        if socket.read_buf(buffer).await? == 0 {
            return match buffer.is_empty() {
                true => Ok(None),
                false => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was closed inside a request's head")),
            };
        }
    }
}

/// So many bytes of a request's body.
pub(super) async fn body(socket: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>, length: usize) -> io::Result<Vec<u8>> {
    while buffer.len() < length {
        if socket.read_buf(buffer).await? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was closed inside a request's body"));
        }
    }
    Ok(buffer.drain(..length).collect())
}

/// The request, how long its head is, and how long its body; `None` while the head is not there yet.
fn parse(buffer: &[u8]) -> io::Result<Option<(Request, usize, usize)>> {
    let wrong = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut parsed = httparse::Request::new(&mut headers);
    let head = match parsed.parse(buffer).map_err(|error| wrong(format!("a request is no HTTP: {error}")))? {
        httparse::Status::Complete(head) => head,
        httparse::Status::Partial => return Ok(None),
    };
    let request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        target: parsed.path.unwrap_or_default().to_owned(),
        headers: parsed
            .headers
            .iter()
            .map(|header| (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned()))
            .collect(),
        body: Vec::new(),
    };
    let length = match (request.header("content-length"), request.header("transfer-encoding")) {
        (_, Some(encoding)) => return Err(wrong(format!("a request's body has transfer-encoding {encoding}; its length is known"))),
        (Some(length), None) => length.parse().map_err(|_| wrong(format!("a request's content-length is {length:?}")))?,
        (None, None) => 0,
    };
    Ok(Some((request, head, length)))
}
