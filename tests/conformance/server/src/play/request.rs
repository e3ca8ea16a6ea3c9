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

/// The next request of an HTTP/1 connection; `None` when the client has closed it.
pub(super) async fn read(socket: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    loop {
        if let Some((mut request, head, length)) = parse(buffer)? {
            while buffer.len() < head + length {
                if socket.read_buf(buffer).await? == 0 {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was closed inside a request's body"));
                }
            }
            request.body = buffer.drain(..head + length).skip(head).collect();
            return Ok(Some(request));
        }
        if socket.read_buf(buffer).await? == 0 {
            return match buffer.is_empty() {
                true => Ok(None),
                false => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was closed inside a request's head")),
            };
        }
    }
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
