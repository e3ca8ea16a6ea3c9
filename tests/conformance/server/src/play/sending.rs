//! Puts the pieces of an answer on the wire.

use std::{future::Future, io, time::Duration};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{Shared, answer::Piece};

/// A client that took nothing for so long takes no more.
const FULL: Duration = Duration::from_millis(400);

/// Whether the client stayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    All,
    Left,
}

/// One piece; as a chunk where the body is chunked.
pub(super) async fn piece<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut S,
    piece: &Piece,
    chunked: bool,
    shared: &Shared,
    number: usize,
) -> io::Result<Sent> {
    match piece {
        Piece::Bytes(bytes) => {
            socket.write_all(&framed(bytes, chunked)).await?;
            shared.sent(number, bytes.len());
            Ok(Sent::All)
        }
        Piece::Pause(seconds) => {
            socket.flush().await?;
            Ok(unless_closed(socket, tokio::time::sleep(shared.seconds(*seconds))).await)
        }
        Piece::Away(seconds) => {
            socket.flush().await?;
            shared.base.leave(shared.seconds(*seconds)).await;
            Ok(Sent::All)
        }
        Piece::Mark(place) => {
            socket.flush().await?;
            shared.reach(place);
            Ok(Sent::All)
        }
        Piece::Await(place) => {
            socket.flush().await?;
            Ok(unless_closed(socket, shared.reached(place)).await)
        }
        Piece::Flood { text, most, mark } => {
            let bytes = framed(text.as_bytes(), chunked);
            let mut sent = 0;
            while sent < *most {
                match tokio::time::timeout(FULL, socket.write_all(&bytes)).await {
                    Ok(written) => written?,
                    Err(_) => break,
                }
                shared.sent(number, text.len());
                sent += text.len();
            }
            shared.reach(mark);
            Ok(Sent::All)
        }
    }
}

fn framed(bytes: &[u8], chunked: bool) -> Vec<u8> {
    if !chunked {
        return bytes.to_vec();
    }
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

async fn unless_closed(socket: &mut (impl AsyncRead + Unpin), waiting: impl Future<Output = ()>) -> Sent {
    tokio::select! {
        () = waiting => Sent::All,
        () = until_closed(socket) => Sent::Left,
    }
}

/// Waits until the client has closed the connection.
pub(super) async fn until_closed(socket: &mut (impl AsyncRead + Unpin)) {
    let mut rest = [0; 512];
    while socket.read(&mut rest).await.is_ok_and(|count| count > 0) {}
}
