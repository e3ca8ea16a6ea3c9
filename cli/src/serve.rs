//! `lightcone serve`.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use lightcone_server::{Data, Server, keys, net::HostPattern, new_key};
use secrecy::{ExposeSecret, SecretString};

use crate::{FAILED, Stop, USAGE, data, interrupts::Interrupts, local::Local, say};

/// Where `serve` listens and other commands look, unless told otherwise.
pub(crate) const DEFAULT_PORT: u16 = 8700;

pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Run a local task server until Ctrl-C
///
/// Programs written for the Agent Tasks API run against it unchanged: set LIGHTCONE_BASE_URL
/// and TZAFON_API_KEY as it prints them. Other machines reach it only with --host. Tasks, their
/// events and screenshots are kept: a server that is started again goes on with them.
#[derive(Args)]
#[command(after_help = "Examples:
  lightcone serve --web demo
  lightcone serve --port 0 --pace 500
  lightcone serve --allow-private --deny '*.internal.example'
  lightcone serve --scripts agent.yaml
  lightcone serve --model northstar@http://localhost:8000/v1
  lightcone serve --config models.toml --model claude
  lightcone serve --data ./tasks --keep 30
  lightcone serve --data :memory:
  lightcone serve --host 0.0.0.0 --allowed-host agents.example --api-keys keys.txt")]
pub(crate) struct Serve {
    /// The address to listen on; one that other machines can reach, such as 0.0.0.0 for all of this machine's, needs a key of your own and --allowed-host
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::from(Ipv4Addr::LOCALHOST), value_parser = address)]
    host: IpAddr,
    /// A host name or address under which clients ask, beside localhost and 127.0.0.1: a name, `*.NAME` for all under it, or an address, without a port; may be repeated
    #[arg(long, value_name = "NAME", env = "LIGHTCONE_ALLOWED_HOSTS", value_delimiter = ',')]
    allowed_host: Vec<HostPattern>,
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = DEFAULT_PORT)]
    port: u16,
    /// A key that requests may carry; may be repeated. Other users of this machine can read it in the list of processes: prefer the environment, or --api-keys [default: one that is made at the first start and kept with the tasks]
    #[arg(long, value_name = "KEY", env = "TZAFON_API_KEY", hide_env_values = true)]
    api_key: Vec<SecretString>,
    /// A file with keys that requests may carry, one a line; only its owner may be able to read it
    #[arg(long, value_name = "FILE", env = "LIGHTCONE_API_KEYS")]
    api_keys: Option<PathBuf>,
    /// Where tasks are kept; `:memory:` keeps them only until the server ends [default: a folder of your own]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How many browsers there may be at once, about 200 MB each; more tasks are queued [default: by memory and cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    max_concurrent: Option<u16>,
    /// How many tasks may be queued before more are refused
    #[arg(long, value_name = "N", default_value_t = 1000)]
    max_queued: usize,
    /// Forget tasks, with their events and screenshots, so many days after their end, and saved states of browsers after their last use [default: never]
    #[arg(long, value_name = "DAYS")]
    keep: Option<u32>,
    /// Keep screenshots in this folder instead of one beside the tasks
    #[arg(long, value_name = "DIR")]
    screenshots: Option<PathBuf>,
    #[command(flatten)]
    local: Local,
}

impl Serve {
    pub(crate) async fn run(self) -> Result<i32, Stop> {
        let data = place(self.data)?;
        let given = given_keys(self.api_key, self.api_keys.as_deref())?;
        if !self.host.is_loopback() {
            check_open(self.host, &given, &self.allowed_host)?;
        }
        let own = if given.is_empty() { own_keys(&data)? } else { Vec::new() };
        // A key that somebody chose is a secret of theirs, and is not shown.
        let shown = own.first().cloned();
        let mut config = self.local.config(&new_key())?;
        config.keys = [given, own].concat();
        config.listen = SocketAddr::from((self.host, self.port));
        let known_as: Vec<String> = self.allowed_host.iter().map(ToString::to_string).collect();
        config.allowed_hosts = self.allowed_host;
        config.data = data;
        config.max_concurrent = self.max_concurrent.map_or(config.max_concurrent, usize::from);
        config.max_queued = self.max_queued;
        config.screenshots = self.screenshots;
        config.keep = self.keep.map(|days| DAY * days);
        let kept = match &config.data {
            Data::Folder(folder) => format!("in {}", folder.display()),
            Data::Memory => "only until it ends".to_owned(),
        };
        let server = Server::start(config).await.map_err(|error| Stop::new(FAILED, error))?;
        let mut interrupts = Interrupts::listen()?;
        say::line(format!("Serving agent tasks on {}  (Ctrl-C ends it)", server.url()));
        say::line(format!("  export LIGHTCONE_BASE_URL={}", server.url()));
        if let Some(key) = shown {
            say::line(format!("  export TZAFON_API_KEY={}", key.expose_secret()));
            say::line(format!("  watch: {}/#key={}", server.url(), key.expose_secret()));
        } else {
            say::line("  TZAFON_API_KEY: one that it was started with");
            say::line(format!("  watch: {}/#key=<that key>", server.url()));
        }
        if !known_as.is_empty() {
            say::line(format!("  It may also be asked as {}.", known_as.join(", ")));
        }
        say::line(format!("  Tasks are kept {kept}."));
        interrupts.next().await;
        server.shutdown().await;
        Ok(0)
    }
}

/// An address, also in the brackets of a URL.
fn address(text: &str) -> Result<IpAddr, String> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().map_err(|_| "it must be an address of this machine, such as 127.0.0.1, ::1 or 0.0.0.0".to_owned())
}

/// What is reached by other machines is opened knowingly: by keys that somebody chose and
/// handed on, under names that clients really use.
fn check_open(host: IpAddr, keys: &[SecretString], allowed: &[HostPattern]) -> Result<(), Stop> {
    let mut missing = Vec::new();
    if keys.is_empty() {
        missing.push("a key of your own: --api-keys FILE, or TZAFON_API_KEY");
    }
    if allowed.is_empty() {
        missing.push("the name that clients ask for: --allowed-host NAME, or LIGHTCONE_ALLOWED_HOSTS");
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(Stop::new(USAGE, format!("--host {host} can be reached from other machines; that needs {}", missing.join("; and "))))
}

/// The keys that whoever starts the server chose; a blank one is none.
fn given_keys(mut keys: Vec<SecretString>, file: Option<&Path>) -> Result<Vec<SecretString>, Stop> {
    keys.retain(|key| !key.expose_secret().trim().is_empty());
    if let Some(file) = file {
        keys.extend(keys::read(file).map_err(|error| Stop::new(USAGE, format!("--api-keys: {error}")))?);
    }
    Ok(keys)
}

/// The server's own keys, as long-lived as the tasks.
fn own_keys(data: &Data) -> Result<Vec<SecretString>, Stop> {
    match data {
        Data::Memory => Ok(vec![new_key().into()]),
        Data::Folder(folder) => keys::keep(folder).map_err(|error| Stop::new(FAILED, error)),
    }
}

/// Where to keep tasks, when that is asked for.
fn place(place: Option<PathBuf>) -> Result<Data, Stop> {
    match place {
        Some(place) if place.as_os_str() == ":memory:" => Ok(Data::Memory),
        place => data::folder(place).map(Data::Folder),
    }
}
