//! One HTTP/1.1 connection.

use std::{fmt::Write as _, io, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::server::TlsStream;

use super::{
    Request, Shared,
    answer::Answer,
    http2, request,
    sending::{self, Sent},
};
use crate::case::{End, Framing, Reading, Rule};

/// A connection that can be reset.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    /// Lets the closing be a reset.
    fn reset(&self) -> io::Result<()>;
}

impl Wire for TcpStream {
    fn reset(&self) -> io::Result<()> {
        self.set_zero_linger()
    }
}

impl Wire for TlsStream<TcpStream> {
    fn reset(&self) -> io::Result<()> {
        self.get_ref().0.set_zero_linger()
    }
}

/// Answers requests until one side closes.
pub(super) async fn serve(mut socket: TcpStream, secure: bool, shared: &Arc<Shared>) {
    // A piece goes out when it is written.
    let _ = socket.set_nodelay(true);
    if secure || conversation(&mut socket, shared).await == After::Tunnel {
        let Some(acceptor) = &shared.secure else { return };
        // A client that does not trust the server is its case's matter.
        let Ok(mut socket) = acceptor.accept(socket).await else { return };
        if socket.get_ref().1.alpn_protocol() == Some(b"h2") {
            http2::serve(socket, shared).await;
        } else {
            conversation(&mut socket, shared).await;
        }
    }
}

/// What comes after a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Nothing,
    /// The client has asked for a tunnel and got it: it speaks to the server itself now.
    Tunnel,
}

async fn conversation(socket: &mut impl Wire, shared: &Shared) -> After {
    let mut buffer = Vec::new();
    loop {
        let (request, number, rule) = match hear(socket, &mut buffer, shared).await {
            Ok(Some(heard)) => heard,
            Ok(None) => return After::Nothing,
            Err(error) => {
                // A client that gives up a call may close whenever it likes.
                if error.kind() == io::ErrorKind::InvalidData {
                    shared.fault(error.to_string());
                }
                return After::Nothing;
            }
        };
        let answer = rule.map_or_else(Answer::unforeseen, |rule| Answer::new(&rule, &request, &shared.case));
        let sent = send(socket, &answer, shared, number).await;
        let all_sent = matches!(sent, Ok(Sent::All));
        let stays = all_sent && answer.end == End::Finish && answer.framing != Framing::Close && answer.head.is_some();
        if all_sent && answer.end == End::Stall {
            shared.reach("stalled");
            sending::until_closed(socket).await;
            shared.answered(number, true);
            return After::Nothing;
        }
        if all_sent
            && answer.end == End::Reset
            && let Err(error) = socket.reset()
        {
            shared.fault(format!("a connection could not be reset: {error}"));
        }
        shared.answered(number, !all_sent);
        if stays && request.method == "CONNECT" && answer.head.as_ref().is_some_and(|(status, _)| *status == 200) {
            return After::Tunnel;
        }
        if !stays {
            // A reset is not to be a farewell of TLS before.
            if answer.end != End::Reset {
                let _ = socket.shutdown().await;
            }
            return After::Nothing;
        }
    }
}

/// Reads the next request and writes it down, as the rule that answers it says; `None` when the
/// client has closed the connection.
async fn hear(socket: &mut impl Wire, buffer: &mut Vec<u8>, shared: &Shared) -> io::Result<Option<(Request, usize, Option<Rule>)>> {
    let Some((mut request, length)) = request::head(socket, buffer).await? else { return Ok(None) };
    let Some(reading) = shared.reading(&request) else {
        request.body = request::body(socket, buffer, length).await?;
        let (number, rule) = shared.hear(request.clone());
        return Ok(Some((request, number, rule)));
    };
    let (number, rule) = shared.hear(request.clone());
    let read = match reading {
        Reading::After(place) => {
            shared.reached(&place).await;
            request::body(socket, buffer, length).await.map(drop)
        }
        Reading::Slowly { bytes, pause } => slowly(socket, buffer, length, bytes, shared.seconds(pause)).await,
    };
    if read.is_err() {
        shared.answered(number, true);
    }
    read.map(|()| Some((request, number, rule)))
}

async fn slowly(socket: &mut impl Wire, buffer: &mut Vec<u8>, length: usize, bytes: usize, pause: Duration) -> io::Result<()> {
    let mut left = length;
    while left > 0 {
        let piece = left.min(bytes.max(1));
        request::body(socket, buffer, piece).await?;
        left -= piece;
        tokio::time::sleep(pause).await;
    }
    Ok(())
}

async fn send(socket: &mut impl Wire, answer: &Answer, shared: &Shared, number: usize) -> io::Result<Sent> {
    if let Some((status, headers)) = &answer.head {
        let mut head = format!(
            "HTTP/1.1 {status} {}\r\n",
            http::StatusCode::from_u16(*status).map_or("X", |status| status.canonical_reason().unwrap_or("X"))
        );
        for (name, value) in headers {
            // Writing into a String does not fail.
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let own = |name: &str| headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        match answer.framing {
            _ if answer.is_tunnel || own("content-length") || own("transfer-encoding") || matches!(status, 204 | 304) => {}
            Framing::Chunked => head.push_str("transfer-encoding: chunked\r\n"),
            Framing::Length => {
                let _ = write!(head, "content-length: {}\r\n", answer.length);
            }
            Framing::Close => head.push_str("connection: close\r\n"),
        }
        head.push_str("\r\n");
        shared.sending(number);
        socket.write_all(head.as_bytes()).await?;
    }
    let chunked = answer.head.is_some() && answer.framing == Framing::Chunked;
    for piece in &answer.pieces {
        shared.sending(number);
        if sending::piece(socket, piece, chunked, shared, number).await? == Sent::Left {
            return Ok(Sent::Left);
        }
    }
    if chunked && answer.end == End::Finish {
        shared.sending(number);
        socket.write_all(b"0\r\n\r\n").await?;
    }
    socket.flush().await?;
    Ok(Sent::All)
}
