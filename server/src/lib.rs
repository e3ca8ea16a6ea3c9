//! The local Agent Tasks service.
//!
//! ```no_run
//! # async fn example(computers: std::sync::Arc<dyn lightcone_server::computer::Computers>) -> Result<(), Box<dyn std::error::Error>> {
//! use lightcone_server::model::{Models, scripted::{NAME, Scripts}};
//! use lightcone_server::{Server, ServerConfig};
//!
//! let scripts = Scripts::parse("[{pattern: '', steps: [{finish: hello}]}]")?;
//! let models = Models::new(NAME, move |brief| scripts.model(&brief));
//! let server = Server::start(ServerConfig::new("sk_local", computers, models)).await?;
//! println!("listening on {}", server.url());
//! server.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod api;
pub mod computer;
mod engine;
pub mod keys;
pub mod local;
pub mod model;
pub mod net;
mod scratch;
pub mod secrets;
mod store;
pub mod web;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use api::faults::{Fault, Faults};
pub use keys::new_key;

use api::hosts::Hosts;
use computer::Computers;
use engine::{Engine, Parts};
use keys::Keys;
use model::Models;
use net::HostPattern;
use secrets::Secrets;
use store::folder::Folder;
use store::screenshots::Screenshots;
use store::{Store, StoreError};

pub use engine::prune_folder;
pub use store::folder::Data;

/// How long tasks and computers may take to end once the server ends.
const END_LIMIT: Duration = Duration::from_secs(3);

/// What a server is started with.
#[derive(Clone)]
#[non_exhaustive]
pub struct ServerConfig {
    /// Where to listen; port 0 takes a free one. Default: 127.0.0.1:0.
    pub listen: SocketAddr,
    /// The hosts under which it may be asked beside `localhost` and its loopback addresses;
    /// at least one where `listen` can be reached from other machines. Default: none.
    pub allowed_hosts: Vec<HostPattern>,
    /// The keys of which every request must carry one: at least one, of visible ASCII characters.
    pub keys: Vec<SecretString>,
    /// Where computers come from.
    pub computers: Arc<dyn Computers>,
    /// The models there are, and the default one.
    pub models: Models,
    /// The least time an action takes, so that a person can act meanwhile. Default: none.
    pub pace: Duration,
    /// Where tasks, their events and their screenshots are kept. Default: in memory.
    pub data: Data,
    /// How many computers there may be at once; more tasks that need one are queued.
    /// Default: as many as go into half of the memory, at most four a core.
    pub max_concurrent: usize,
    /// How many tasks may be queued; a start beyond is refused (429). Default: 1000.
    pub max_queued: usize,
    /// How long a task is remembered after its end, with its events, screenshots and
    /// idempotency key, and the saved state of a computer after its last use. Default: for ever.
    pub keep: Option<Duration>,
    /// Another folder for screenshots, one folder per task in it; made if it is not
    /// there. Default: one within the data.
    pub screenshots: Option<PathBuf>,
    /// What every model may have typed without seeing it. Default: none.
    pub secrets: Secrets,
    /// Answers that go wrong on purpose. Default: none.
    pub faults: Faults,
}

impl ServerConfig {
    /// With one key and the defaults above.
    pub fn new(key: impl Into<SecretString>, computers: Arc<dyn Computers>, models: Models) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            allowed_hosts: Vec::new(),
            keys: vec![key.into()],
            computers,
            models,
            pace: Duration::ZERO,
            data: Data::Memory,
            max_concurrent: engine::default_places(),
            max_queued: 1000,
            keep: None,
            screenshots: None,
            secrets: Secrets::default(),
            faults: Faults::default(),
        }
    }
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address can be reached from other machines, and nothing says by which names.
    #[error(
        "cannot listen on {0}: other machines reach it, so the host that they ask for must be allowed; without, only loopback addresses are accepted, such as 127.0.0.1 or [::1]"
    )]
    NoAllowedHost(SocketAddr),
    /// There is no key, or one is empty or has characters that no header can carry.
    #[error("there must be a key, and each must not be empty and be of visible ASCII characters")]
    BadKey,
    /// The address could not be had.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// There is no place for screenshots.
    #[error("cannot use {} for screenshots: {source}", folder.display())]
    Screenshots {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The data cannot be kept there.
    #[error("cannot keep data in {}: {reason}", place(.data))]
    Data {
        /// Where it was to be kept.
        data: Data,
        /// Why not, and what to do about it.
        reason: String,
    },
}

fn place(data: &Data) -> String {
    match data {
        Data::Memory => "a temporary folder".to_owned(),
        Data::Folder(folder) => folder.display().to_string(),
    }
}

/// Why old tasks were not forgotten.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PruneError(String);

/// A running server. Dropping it stops it in the background; [`Server::shutdown`] waits for that.
pub struct Server {
    address: SocketAddr,
    engine: Arc<Engine>,
    stop: DropGuard,
    serving: JoinHandle<()>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("url", &self.url()).finish_non_exhaustive()
    }
}

impl Server {
    /// Starts a server on the current tokio runtime. It answers from then on.
    ///
    /// # Errors
    /// When the address or the key cannot be used; see [`StartError`].
    pub async fn start(config: ServerConfig) -> Result<Self, StartError> {
        let ServerConfig {
            listen,
            allowed_hosts,
            keys,
            computers,
            models,
            pace,
            data,
            max_concurrent,
            max_queued,
            keep,
            screenshots,
            secrets,
            faults,
        } = config;
        if !listen.ip().is_loopback() && allowed_hosts.is_empty() {
            return Err(StartError::NoAllowedHost(listen));
        }
        let hosts = Hosts::new(listen.ip(), allowed_hosts);
        let keys = Keys::new(&keys).ok_or(StartError::BadKey)?;
        let unbound = |source| StartError::Bind { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(unbound)?;
        let address = listener.local_addr().map_err(unbound)?;
        let unkept = |reason: String| StartError::Data { data: data.clone(), reason };
        let folder = Folder::open(&data).map_err(|error| unkept(error.to_string()))?;
        let screenshots = Screenshots::new(screenshots.as_deref(), &folder).map_err(|source| match screenshots {
            Some(folder) => StartError::Screenshots { folder, source },
            None => unkept(source.to_string()),
        })?;
        let unstored = |error: StoreError| unkept(error.to_string());
        let store = Store::open(&folder).await.map_err(unstored)?;
        let parts = Parts { computers, models, pace, max_concurrent, max_queued, keep, screenshots, secrets, folder };
        let engine = Engine::open(parts, store).await.map_err(unstored)?;
        tokio::spawn(scratch::sweep_from_time_to_time(engine.closing()));
        let router = api::router(api::App { engine: Arc::clone(&engine), keys, hosts, faults });
        let stopping = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, router, stopping.clone(), Arc::clone(&engine)));
        Ok(Self { address, engine, stop: stopping.drop_guard(), serving })
    }

    /// The base URL, such as `http://127.0.0.1:8080`; of a server that listens on every
    /// address, the one of this machine.
    pub fn url(&self) -> String {
        let mut address = self.address;
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        format!("http://{address}")
    }

    /// Forgets the tasks that ended so long ago or longer, with their events, screenshots
    /// and idempotency keys, and returns how many there were; and the saved states of
    /// computers that were not used for so long.
    ///
    /// # Errors
    /// When the data cannot be written.
    pub async fn prune(&self, age: Duration) -> Result<usize, PruneError> {
        self.engine.prune(age).await.map_err(|error| PruneError(error.to_string()))
    }

    /// Stops the server: ends its tasks (`failed`, exit code 70), lets their streams
    /// tell it, closes every computer and connection. Takes less than 5 seconds.
    pub async fn shutdown(self) {
        drop(self.stop);
        if let Err(error) = self.serving.await {
            tracing::error!(%error, "the server did not end as it should");
        }
    }
}

async fn serve(listener: TcpListener, router: axum::Router, stopping: CancellationToken, engine: Arc<Engine>) {
    api::serve(listener, router, stopping, end(&engine)).await;
    engine.store.close().await;
}

async fn end(engine: &Engine) {
    if timeout(END_LIMIT, engine.shut_down()).await.is_err() {
        tracing::warn!("some computers did not close in time");
    }
}
