//! The proxy that a browser's requests go through (RFC 9110, section 7.3): `CONNECT`
//! for everything encrypted and for WebSockets, requests with an absolute address for
//! plain HTTP.
//!
//! Each request is checked on its own, so redirects, frames, workers and new tabs are.
//! A name is resolved once and the connection goes to an address that was checked.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HOST, HeaderValue, TE, TRANSFER_ENCODING, UPGRADE, X_CONTENT_TYPE_OPTIONS};
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode, Uri};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{client, server, upgrade};
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::{Host, Url};

use super::policy::{Policy, Refusal, parse_host};
use super::resolve::Resolve;

/// How long a host may take to have its name resolved, and each of its addresses to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// So many requests that were not passed on are remembered.
const FAILURES: usize = 256;

/// Why a request was not passed on.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("{0}")]
    BadRequest(&'static str),
    #[error("there is no such host: {0}")]
    NoHost(Host),
    #[error("{0} does not answer")]
    Silent(Host),
    #[error("{host} {}", reason(source))]
    NotConnected { host: Host, source: io::Error },
    #[error("{host} did not answer as a web server does: {source}")]
    NoAnswer { host: Host, source: hyper::Error },
}

impl Failure {
    fn status(&self) -> StatusCode {
        match self {
            Self::Refused(_) => StatusCode::FORBIDDEN,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Silent(_) => StatusCode::GATEWAY_TIMEOUT,
            Self::NoHost(_) | Self::NotConnected { .. } | Self::NoAnswer { .. } => StatusCode::BAD_GATEWAY,
        }
    }
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "refused the connection".to_owned(),
        _ => format!("cannot be reached: {error}"),
    }
}

/// A host and a port.
type Place = (Host, u16);

/// A running proxy, for one browser. Dropping it ends it and all of its connections.
pub(crate) struct Proxy {
    port: u16,
    gate: Arc<Gate>,
    _running: DropGuard,
}

impl Proxy {
    /// Starts a proxy on a free port of the loopback address.
    pub(crate) async fn start(policy: Policy, resolver: Arc<dyn Resolve>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let running = CancellationToken::new();
        let gate = Arc::new(Gate { policy, resolver, failures: Mutex::default(), running: running.clone() });
        gate.spawn(accept(listener, Arc::clone(&gate)));
        Ok(Self { port, gate, _running: running.drop_guard() })
    }

    /// Where it listens, on the loopback address.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Why the last request for `url` was not passed on; `None` if it was. Of an encrypted
    /// one only the host and the port are known.
    pub(crate) fn failure(&self, url: &str) -> Option<String> {
        let mut url = Url::parse(url).ok()?;
        url.set_fragment(None);
        let asked = match url.scheme() {
            "http" => url.into(),
            _ => format!("{}:{}", url.host_str()?, url.port_or_known_default()?),
        };
        self.gate.failures().get(&asked).cloned()
    }
}

async fn accept(listener: TcpListener, gate: Arc<Gate>) {
    loop {
        match listener.accept().await {
            Ok((browser, _)) => {
                let service_gate = Arc::clone(&gate);
                let service = service_fn(move |request| {
                    let gate = Arc::clone(&service_gate);
                    async move { Ok::<_, Infallible>(gate.answer(request).await) }
                });
                let connection = server::conn::http1::Builder::new()
                    .preserve_header_case(true)
                    .serve_connection(TokioIo::new(browser), service)
                    .with_upgrades();
                gate.spawn(async {
                    // A browser may leave at any time; there is nobody to tell.
                    let _ = connection.await;
                });
            }
            Err(error) => {
                // No descriptors left, for one: they come back as others are closed.
                tracing::warn!(%error, "the proxy could not accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// What decides, and what it decided.
struct Gate {
    policy: Policy,
    resolver: Arc<dyn Resolve>,
    /// By what was asked for: a host and a port, or an address.
    failures: Mutex<HashMap<String, String>>,
    running: CancellationToken,
}

impl Gate {
    /// Runs `work` as long as the proxy runs.
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(self.running.clone().run_until_cancelled_owned(work));
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let asked = request.uri().to_string();
        let passed = match *request.method() {
            Method::CONNECT => self.tunnel(request).await,
            _ => self.forward(request).await,
        };
        match passed {
            Ok(response) => {
                self.failures().remove(&asked);
                response
            }
            Err(failure) => {
                self.note(asked, &failure);
                page(&failure)
            }
        }
    }

    /// Connects, and then passes bytes both ways until both sides have ended.
    async fn tunnel(&self, request: Request<Incoming>) -> Result<Response<Body>, Failure> {
        let authority = request.uri().authority();
        let place = authority.and_then(|authority| place(authority, None));
        let mut stream = self.connect(&place.ok_or(Failure::BadRequest("CONNECT needs a host and a port"))?).await?;
        self.spawn(async move {
            if let Ok(browser) = upgrade::on(request).await {
                // Either side may break off; the other one sees it by its own end.
                let _ = copy_bidirectional(&mut TokioIo::new(browser), &mut stream).await;
            }
        });
        Ok(Response::new(Body::empty()))
    }

    /// Passes a plain HTTP request on, and its answer back.
    async fn forward(&self, mut request: Request<Incoming>) -> Result<Response<Body>, Failure> {
        const FORM: &str = "this is a proxy: requests need an absolute http: address";
        let uri = request.uri().clone();
        let authority = uri.authority().filter(|_| uri.scheme() == Some(&Scheme::HTTP)).ok_or(Failure::BadRequest(FORM))?;
        let place = place(authority, Some(80)).ok_or(Failure::BadRequest("the address has no valid host"))?;
        // The address counts, whatever the header says (RFC 9112, section 3.2.2).
        let host = match place.1 {
            80 => place.0.to_string(),
            port => format!("{}:{port}", place.0),
        };
        let host = HeaderValue::try_from(host).map_err(|_| Failure::BadRequest("the address has no valid host"))?;
        *request.uri_mut() = uri.path_and_query().map_or_else(Uri::default, |path| Uri::from(path.clone()));
        strip(request.headers_mut());
        request.headers_mut().insert(HOST, host);
        let stream = self.connect(&place).await?;
        let no_answer = |source| Failure::NoAnswer { host: place.0.clone(), source };
        let handshake = client::conn::http1::Builder::new().preserve_header_case(true).handshake(TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.map_err(no_answer)?;
        self.spawn(async {
            // The one who reads the answer sees how it ends.
            let _ = connection.await;
        });
        let mut response = sender.send_request(request).await.map_err(no_answer)?;
        strip(response.headers_mut());
        Ok(response.map(Body::new))
    }

    /// Connects to an address of the host that the policy has seen.
    async fn connect(&self, (host, port): &Place) -> Result<TcpStream, Failure> {
        self.policy.check_host(host)?;
        let found = match host {
            Host::Ipv4(address) => vec![(*address).into()],
            Host::Ipv6(address) => vec![(*address).into()],
            Host::Domain(name) => match timeout(ANSWER_LIMIT, self.resolver.resolve(name)).await {
                Ok(found) => found.unwrap_or_default(),
                Err(_) => return Err(Failure::Silent(host.clone())),
            },
        };
        let mut failure = Failure::NoHost(host.clone());
        let mut open = Vec::with_capacity(found.len());
        for address in found {
            match self.policy.check(host, address) {
                Ok(()) => open.push(address),
                Err(refusal) => failure = refusal.into(),
            }
        }
        for address in open {
            failure = match timeout(ANSWER_LIMIT, TcpStream::connect(SocketAddr::from((address, *port)))).await {
                Ok(Ok(stream)) => {
                    // Small packets are not held back; a socket that cannot do so still works.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(source)) => Failure::NotConnected { host: host.clone(), source },
                Err(_) => Failure::Silent(host.clone()),
            };
        }
        Err(failure)
    }

    fn note(&self, asked: String, failure: &Failure) {
        tracing::info!(%failure, "a request of the browser was not passed on");
        let mut failures = self.failures();
        if failures.len() >= FAILURES {
            failures.clear();
        }
        failures.insert(asked, failure.to_string());
    }

    fn failures(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(authority: &Authority, port: Option<u16>) -> Option<Place> {
    Some((parse_host(authority.host())?, authority.port_u16().or(port)?))
}

/// Takes out what was meant for this connection only (RFC 9110, section 7.6.1).
fn strip(headers: &mut HeaderMap) {
    let named = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<HeaderName> = named.flat_map(|value| value.split(',')).filter_map(|name| name.trim().parse().ok()).collect();
    let fixed = [CONNECTION, TE, TRANSFER_ENCODING, UPGRADE];
    let proxy = ["keep-alive", "proxy-connection", "proxy-authorization", "proxy-authenticate"].map(HeaderName::from_static);
    for name in named.into_iter().chain(fixed).chain(proxy) {
        headers.remove(name);
    }
}

/// What the browser gets in place of an answer: plain text, so that nothing of it is HTML.
fn page(failure: &Failure) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{failure}\n")));
    *response.status_mut() = failure.status();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
#[path = "proxy_tests.rs"]
mod tests;
