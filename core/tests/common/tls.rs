//! Servers that speak TLS with certificates made at their start, HTTP/1.1 and HTTP/2; and a proxy.
#![allow(unreachable_pub, reason = "a test file's own module")]

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use http_body_util::{BodyExt, StreamBody};
use hyper::{Request, Response, body::Frame, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
        server::WebPkiClientVerifier,
    },
};

/// The name that a test's server has besides its address; only a proxy knows the way there.
pub const NAME: &str = "tasks.example";

/// An authority of certificates that nobody trusts by himself.
pub struct Authority {
    pub pem: String,
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, as PEM.
pub struct Issued {
    pub cert: String,
    pub key: String,
    der: CertificateDer<'static>,
    key_der: Vec<u8>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { pem: certificate.pem(), der: certificate.der().clone(), issuer: Issuer::new(params, key) }
    }

    pub fn issue(&self) -> Issued {
        let names = [NAME, "localhost", "127.0.0.1"].map(str::to_owned);
        let params = CertificateParams::new(names).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Issued { cert: certificate.pem(), key: key.serialize_pem(), der: certificate.der().clone(), key_der: key.serialize_der() }
    }

    fn server(&self, protocols: &[&str], wants_certificate: bool) -> ServerConfig {
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
        let builder = if wants_certificate {
            let mut roots = RootCertStore::empty();
            roots.add(self.der.clone()).unwrap();
            builder.with_client_cert_verifier(WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let issued = self.issue();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(issued.key_der));
        let mut config = builder.with_single_cert(vec![issued.der], key).unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub head: http::request::Parts,
    pub body: Bytes,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub type Reply = Response<BoxStream<'static, Bytes>>;

/// What a server answers, request by request.
pub type Answer = Arc<dyn Fn(Seen) -> Reply + Send + Sync>;

/// A whole answer.
pub fn reply(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Reply {
    let mut builder = Response::builder().status(status);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let body = body.into();
    builder.body(Box::pin(futures_util::stream::once(async { body })) as _).unwrap()
}

pub fn paused() -> Reply {
    reply(200, &[("content-type", "application/json")], r#"{"status":"paused"}"#)
}

/// A server on a port of this machine, for as long as the test's runtime lives.
pub struct HttpServer {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<Connections>,
}

#[derive(Default)]
struct Connections {
    all: AtomicUsize,
    open: AtomicUsize,
    most: AtomicUsize,
}

impl HttpServer {
    pub async fn plain(answer: impl Fn(Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(None, Arc::new(answer)).await
    }

    pub async fn tls(authority: &Authority, protocols: &[&str], answer: impl Fn(Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(Some(authority.server(protocols, false)), Arc::new(answer)).await
    }

    /// Speaks to nobody without a certificate of the authority.
    pub async fn mutual_tls(authority: &Authority, answer: impl Fn(Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(Some(authority.server(&["h2"], true)), Arc::new(answer)).await
    }

    async fn start(tls: Option<ServerConfig>, answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, connections) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Connections::default()));
        let server = Self { address, seen: Arc::clone(&seen), connections: Arc::clone(&connections) };
        let tls = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (tls, seen, answer, connections) = (tls.clone(), Arc::clone(&seen), Arc::clone(&answer), Arc::clone(&connections));
                tokio::spawn(async move {
                    connections.all.fetch_add(1, Ordering::SeqCst);
                    let open = connections.open.fetch_add(1, Ordering::SeqCst) + 1;
                    connections.most.fetch_max(open, Ordering::SeqCst);
                    let service = service_fn(move |request| respond(request, Arc::clone(&seen), Arc::clone(&answer)));
                    let builder = auto::Builder::new(TokioExecutor::new());
                    // What a client does wrong is its test's matter.
                    match tls {
                        None => drop(builder.serve_connection(TokioIo::new(socket), service).await),
                        Some(tls) => {
                            if let Ok(socket) = tls.accept(socket).await {
                                drop(builder.serve_connection(TokioIo::new(socket), service).await);
                            }
                        }
                    }
                    connections.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        server
    }

    pub fn http(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn https(&self) -> String {
        format!("https://{}", self.address)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.connections.all.load(Ordering::SeqCst)
    }

    /// How many there were at one time.
    pub fn most_connections(&self) -> usize {
        self.connections.most.load(Ordering::SeqCst)
    }
}

async fn respond(
    request: Request<hyper::body::Incoming>,
    seen: Arc<Mutex<Vec<Seen>>>,
    answer: Answer,
) -> Result<Response<StreamBody<impl futures_util::Stream<Item = Result<Frame<Bytes>, Infallible>>>>, hyper::Error> {
    use futures_util::StreamExt;
    let (head, body) = request.into_parts();
    let request = Seen { head, body: body.collect().await?.to_bytes() };
    seen.lock().unwrap().push(request.clone());
    Ok(answer(request).map(|chunks| StreamBody::new(chunks.map(|chunk| Ok(Frame::data(chunk))))))
}

/// A proxy that leads every tunnel to one server, whatever the name; and what was asked of it.
pub struct Proxy {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Refuses who does not have this authorization.
    pub async fn start(to: SocketAddr, authorization: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self { address: listener.local_addr().unwrap(), asked: Arc::default() };
        let asked = Arc::clone(&proxy.asked);
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let asked = Arc::clone(&asked);
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        head.push(socket.read_u8().await.unwrap());
                    }
                    let head = String::from_utf8(head).unwrap();
                    asked.lock().unwrap().push(head.clone());
                    if authorization.is_some_and(|right| !head.to_lowercase().contains(&right.to_lowercase())) {
                        let _ = socket.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n").await;
                        return;
                    }
                    let mut server = TcpStream::connect(to).await.unwrap();
                    socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                    let _ = copy_bidirectional(&mut socket, &mut server).await;
                });
            }
        });
        proxy
    }

    /// The heads of the requests so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}
