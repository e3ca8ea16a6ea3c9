//! A server that answers as the Agent Tasks API does, and is never what is slow.
//!
//! It is driven through the public methods of any client: a stream is what the
//! instruction of `start_stream` asks for (see [`Recipe`]), and every task's status is that
//! it runs. What a stream consists of is rendered beforehand and written in few, large
//! writes, whatever its HTTP chunks are; only paced streams are written event by event,
//! each with the time at which it was sent.

mod connection;
mod recipe;
mod render;
mod store;

use std::{io, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use tokio::net::{TcpListener, TcpSocket};

pub use recipe::Recipe;

/// The task that every answer is about.
pub const TASK_ID: &str = "task_bench";

/// As many as may ask for a connection at the same moment: streams are opened by the thousand.
const BACKLOG: u32 = 4096;

/// So many frames with data of this size, as a stream has them, for what reads without a server.
pub fn frames(count: usize, size: usize) -> Vec<Bytes> {
    let events = render::Events::new(size);
    (0..count).map(|number| events.frame(number).into()).collect()
}

/// A server in a thread of its own, as long as the program runs; its address.
///
/// # Errors
/// What the system says.
pub fn start() -> io::Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = runtime.block_on(async { listen() })?;
    let url = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || runtime.block_on(serve(listener)));
    Ok(url)
}

/// A socket that takes in connections on a free port of the loopback interface.
///
/// # Errors
/// What the system says.
pub fn listen() -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    socket.listen(BACKLOG)
}

/// Answers until it is dropped.
///
/// # Errors
/// When no connection can be taken in any more.
pub async fn serve(listener: TcpListener) -> io::Result<()> {
    let store = Arc::new(store::Store::default());
    loop {
        let (stream, _) = listener.accept().await?;
        let store = Arc::clone(&store);
        // A client that goes away in the middle is the client's business.
        tokio::spawn(async move { connection::talk(stream, &store).await });
    }
}
