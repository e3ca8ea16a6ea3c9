//! Web servers on the loopback address that count who comes.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use lightcone_server::net::Resolve;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinHandle;

/// What a site answers to a path: header lines that end with a line break, and a body.
type Pages = dyn Fn(&str) -> (String, String) + Send + Sync;

pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Site {
    pub(crate) async fn start(pages: impl Fn(&str) -> (String, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (count, pages): (_, Arc<Pages>) = (Arc::clone(&connections), Arc::new(pages));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(answer(stream, Arc::clone(&pages)));
            }
        });
        Self { address, connections, serving }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Answers one request.
async fn answer(mut stream: TcpStream, pages: Arc<Pages>) -> io::Result<()> {
    let mut asked = Vec::new();
    while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut asked).await? == 0 {
            return Ok(());
        }
    }
    let asked = String::from_utf8_lossy(&asked).into_owned();
    let (headers, body) = pages(asked.split(' ').nth(1).unwrap_or_default());
    let status = if headers.contains("location:") { "302 Found" } else { "200 OK" };
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\naccess-control-allow-origin: *\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    stream.write_all(answer.as_bytes()).await
}

/// A page, and an address that redirects to what stands after `/to?`.
pub(crate) fn page_and_redirects(page: String) -> impl Fn(&str) -> (String, String) {
    move |path| match path.strip_prefix("/to?") {
        Some(target) => (format!("location: {target}\r\n"), String::new()),
        None => ("content-type: text/html\r\n".to_owned(), page.clone()),
    }
}

/// A socket that counts packets.
pub(crate) struct Packets {
    pub(crate) port: u16,
    count: Arc<AtomicUsize>,
    receiving: JoinHandle<()>,
}

impl Packets {
    pub(crate) async fn start() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = socket.local_addr().unwrap().port();
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let receiving = tokio::spawn(async move {
            while socket.recv(&mut [0; 2048]).await.is_ok() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { port, count, receiving }
    }

    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

impl Drop for Packets {
    fn drop(&mut self) {
        self.receiving.abort();
    }
}

/// Name servers of the test's own: each name has its addresses, the next one each time
/// that it is asked for, the last one from then on.
#[derive(Debug)]
pub(crate) struct Names(HashMap<&'static str, (AtomicUsize, Vec<IpAddr>)>);

impl Names {
    pub(crate) fn new(names: &[(&'static str, &[&str])]) -> Arc<Self> {
        let parse = |addresses: &[&str]| addresses.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self(names.iter().map(|(name, addresses)| (*name, (AtomicUsize::new(0), parse(addresses)))).collect()))
    }
}

#[async_trait]
impl Resolve for Names {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let (asked, addresses) = self.0.get(name).ok_or(io::ErrorKind::NotFound)?;
        let nth = asked.fetch_add(1, Ordering::SeqCst).min(addresses.len() - 1);
        Ok(vec![addresses[nth]])
    }
}
