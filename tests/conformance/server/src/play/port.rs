//! Ports on which someone listens, or not.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpListener, TcpSocket},
    sync::{Notify, watch},
};

use crate::case::Wire;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// So many bytes are few.
const FEW: u32 = 64 << 10;

/// A port of this machine that nobody else gets, also while nobody listens there.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) address: SocketAddr,
    /// Bound, so that the system gives the port to no one who asks for any.
    _held: TcpSocket,
    /// For how long the listener was last told to leave.
    leave: watch::Sender<Duration>,
    left: Notify,
}

impl Port {
    fn hold(ip: &str) -> io::Result<Self> {
        let ip = SocketAddr::new(ip.parse().map_err(io::Error::other)?, 0);
        let held = socket(ip)?;
        held.bind(ip)?;
        Ok(Self { address: held.local_addr()?, _held: held, leave: watch::Sender::default(), left: Notify::new() })
    }

    /// With few buffers the system takes little of what is sent before it is read.
    pub(super) fn listen(&self, few_buffers: bool) -> io::Result<TcpListener> {
        let socket = socket(self.address)?;
        if few_buffers {
            socket.set_recv_buffer_size(FEW)?;
        }
        socket.bind(self.address)?;
        socket.listen(BACKLOG)
    }

    /// Nobody listens from when this returns, for so long.
    pub(super) async fn leave(&self, time: Duration) {
        self.leave.send_replace(time);
        self.left.notified().await;
    }

    /// How the listener is told to leave; it says when it has.
    pub(super) fn told_to_leave(&self) -> watch::Receiver<Duration> {
        self.leave.subscribe()
    }

    pub(super) fn has_left(&self) {
        self.left.notify_one();
    }
}

/// One that shares its port with the one that holds it.
fn socket(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv6() { TcpSocket::new_v6()? } else { TcpSocket::new_v4()? };
    socket.set_reuseaddr(true)?;
    Ok(socket)
}

/// Where a case's server will be found.
#[derive(Debug)]
pub(crate) struct Ports {
    pub(super) wire: Wire,
    pub(super) base: Port,
    /// The same server under another origin, always plain; it can be taken for a proxy.
    pub(super) other: Port,
    /// Nobody ever listens there.
    pub(super) closed: Port,
    /// Of our own server, where the case is about it.
    pub(super) service: Port,
}

impl Ports {
    pub(crate) fn hold(wire: Wire) -> io::Result<Self> {
        const IPV4: &str = "127.0.0.1";
        let base = Port::hold(if wire.ipv6 { "::1" } else { IPV4 })?;
        Ok(Self { wire, base, other: Port::hold(IPV4)?, closed: Port::hold(IPV4)?, service: Port::hold(IPV4)? })
    }

    /// Where clients find it, unless a case says otherwise.
    pub(crate) fn base_url(&self) -> String {
        let scheme = if self.wire.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.base.address)
    }

    /// By the names that cases know them by.
    pub(crate) fn addresses(&self) -> Vec<(&'static str, String)> {
        vec![
            ("base_url", self.base_url()),
            ("other_url", format!("http://{}", self.other.address)),
            ("closed_url", format!("http://{}", self.closed.address)),
        ]
    }
}
