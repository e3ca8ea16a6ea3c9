//! Takes connections and ends them.

use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long connections may take to finish what they are at, once the server ends.
const GRACE: Duration = Duration::from_secs(1);

/// After a connection could not be accepted (no file handles left), others may end meanwhile.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long a connection may take for the headers of a request.
const HEADER_LIMIT: Duration = Duration::from_secs(30);

/// Serves until `stopping` is cancelled, then calls `before_end` while connections
/// are still served, and ends them.
pub(crate) async fn serve(listener: TcpListener, router: Router, stopping: CancellationToken, before_end: impl Future<Output = ()>) {
    let mut connections = JoinSet::new();
    let ending = CancellationToken::new();
    {
        let accept = async {
            loop {
                tokio::select! {
                    accepted = listener.accept() => match accepted {
                        Ok((stream, _)) => drop(connections.spawn(connection(stream, router.clone(), ending.clone()))),
                        Err(error) => {
                            tracing::warn!(%error, "a connection could not be accepted");
                            tokio::time::sleep(ACCEPT_PAUSE).await;
                        }
                    },
                    // Else every connection that ever was would be remembered.
                    Some(_) = connections.join_next() => {}
                }
            }
        };
        let end = async {
            stopping.cancelled().await;
            before_end.await;
        };
        tokio::select! {
            () = end => {}
            () = accept => {}
        }
    }
    drop(listener);
    ending.cancel();
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout(GRACE, all).await.is_err() {
        connections.shutdown().await;
    }
}

async fn connection(stream: TcpStream, router: Router, ending: CancellationToken) {
    // Events are small and must not wait for one another.
    let _ = stream.set_nodelay(true);
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_LIMIT);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = ending.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error, "a connection ended early");
    }
}
