//! One HTTP/2 connection.

use std::{error::Error, future::poll_fn, sync::Arc};

use bytes::Bytes;
use h2::{Ping, PingPong, Reason, RecvStream, SendStream, server::SendResponse};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::Mutex,
};

use super::{
    Request, Shared,
    answer::{Answer, Piece},
};
use crate::case::End;

/// Answers requests, each by itself, until the client closes.
pub(super) async fn serve(socket: impl AsyncRead + AsyncWrite + Unpin, shared: &Arc<Shared>) {
    let mut connection = match h2::server::handshake(socket).await {
        Ok(connection) => connection,
        Err(error) => return shared.fault(format!("no HTTP/2 began: {error}")),
    };
    // One for all answers; there is no other.
    let Some(pings) = connection.ping_pong() else { return shared.fault("HTTP/2 has no ping") };
    let pings = Arc::new(Mutex::new(pings));
    let mut answers = tokio::task::JoinSet::new();
    // A client that closes in the midst of it all is its case's matter.
    while let Some(Ok((request, respond))) = connection.accept().await {
        let (shared, pings) = (Arc::clone(shared), Arc::clone(&pings));
        answers.spawn(async move {
            let (head, mut body) = request.into_parts();
            let request = Request {
                method: head.method.to_string(),
                target: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
                headers: head
                    .headers
                    .iter()
                    .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
                    .collect(),
                body: read(&mut body).await,
            };
            let (number, rule) = shared.hear(request.clone());
            let answer = rule.map_or_else(Answer::unforeseen, |rule| Answer::new(&rule, &request, &shared.case));
            let left = send(respond, &answer, &shared, number, &pings).await.unwrap_or(true);
            shared.answered(number, left);
        });
    }
    // Each answer under way learns by this that the client has left, and says so.
    drop(connection);
    while answers.join_next().await.is_some() {}
}

async fn read(body: &mut RecvStream) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(Ok(bytes)) = body.data().await {
        // Lets the client send on.
        let _ = body.flow_control().release_capacity(bytes.len());
        whole.extend_from_slice(&bytes);
    }
    whole
}

/// Whether the client left before the answer was done.
async fn send(
    mut respond: SendResponse<Bytes>,
    answer: &Answer,
    shared: &Shared,
    number: usize,
    pings: &Mutex<PingPong>,
) -> Result<bool, Box<dyn Error + Send + Sync>> {
    let Some((status, headers)) = &answer.head else {
        respond.send_reset(if answer.end == End::Refuse { Reason::REFUSED_STREAM } else { Reason::INTERNAL_ERROR });
        return Ok(false);
    };
    let mut head = http::Response::builder().status(*status);
    for (name, value) in headers {
        head = head.header(name, value);
    }
    shared.sending(number);
    let mut stream = respond.send_response(head.body(())?, false)?;
    for piece in &answer.pieces {
        shared.sending(number);
        let waiting = match piece {
            Piece::Bytes(bytes) => {
                stream.send_data(Bytes::copy_from_slice(bytes), false)?;
                shared.sent(number, bytes.len());
                continue;
            }
            Piece::Away(seconds) => {
                shared.base.leave(shared.seconds(*seconds)).await;
                continue;
            }
            Piece::Mark(place) => {
                shared.reach(place);
                continue;
            }
            Piece::Pause(seconds) => unless_left(&mut stream, tokio::time::sleep(shared.seconds(*seconds))).await,
            Piece::Await(place) => unless_left(&mut stream, shared.reached(place)).await,
            Piece::Flood { .. } => {
                shared.fault("a flood is for HTTP/1.1");
                continue;
            }
        };
        if waiting {
            return Ok(true);
        }
    }
    match answer.end {
        End::Finish => stream.send_data(Bytes::new(), true)?,
        End::Cut | End::Reset | End::Refuse => {
            // A reset takes back what has not gone out yet. A pong says that the client has what
            // went out before its ping, and the first ping goes out before what is here now.
            for _ in 0..2 {
                pings.lock().await.ping(Ping::opaque()).await?;
            }
            stream.send_reset(Reason::INTERNAL_ERROR);
        }
        End::Stall => {
            shared.reach("stalled");
            unless_left(&mut stream, std::future::pending()).await;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Waits; true when the client has left before.
async fn unless_left(stream: &mut SendStream<Bytes>, waiting: impl Future<Output = ()>) -> bool {
    tokio::select! {
        () = waiting => false,
        _ = poll_fn(|context| stream.poll_reset(context)) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::play::Ports;
    use serde_json::json;

    #[tokio::test]
    async fn whoever_closes_the_connection_has_left_its_answers() {
        let rule = json!({"on": "GET /x", "stream": ["a"], "end": "stall"});
        let case = serde_json::from_value(json!({"name": "x", "server": [rule], "steps": []})).unwrap();
        let base = Arc::new(Ports::hold(crate::case::Wire::default()).unwrap().base);
        let shared = Arc::new(Shared::new(case, 1.0, None, base));
        let (server, client) = tokio::io::duplex(1 << 16);
        let client = async {
            let (mut requests, connection) = h2::client::handshake(client).await.unwrap();
            let connection = tokio::spawn(connection);
            let request = http::Request::get("http://h/x").body(()).unwrap();
            let answer = requests.send_request(request, true).unwrap().0.await.unwrap();
            shared.reached("stalled").await;
            drop((answer, requests));
            connection.abort();
        };
        tokio::join!(serve(server, &shared), client);
        let log = shared.log();
        assert!(log.heard[0].left);
        assert_eq!(log.busy, 0);
    }
}
