//! `lightcone serve`.

use std::net::{Ipv4Addr, SocketAddr};

use clap::Args;
use lightcone_server::Server;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    FAILED, Stop,
    local::{Local, new_key},
    say, wish_to_end,
};

/// Where `serve` listens and other commands look, unless told otherwise.
pub(crate) const DEFAULT_PORT: u16 = 8700;

/// Run a local task server until Ctrl-C
///
/// Programs written for the Agent Tasks API run against it unchanged: set LIGHTCONE_BASE_URL
/// and TZAFON_API_KEY as it prints them. It listens on the loopback address only.
#[derive(Args)]
#[command(after_help = "Examples:
  lightcone serve --web demo
  lightcone serve --port 0 --pace 500
  lightcone serve --allow-private --deny '*.internal.example'
  lightcone serve --scripts agent.yaml")]
pub(crate) struct Serve {
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = DEFAULT_PORT)]
    port: u16,
    /// The key that requests must carry; a new one is made and printed if there is none
    #[arg(long, value_name = "KEY", env = "TZAFON_API_KEY", hide_env_values = true)]
    api_key: Option<SecretString>,
    #[command(flatten)]
    local: Local,
}

impl Serve {
    pub(crate) async fn run(self) -> Result<i32, Stop> {
        let given = self.api_key.filter(|key| !key.expose_secret().trim().is_empty());
        let made = given.is_none();
        let key = given.unwrap_or_else(|| new_key().into());
        let mut config = self.local.config(key.expose_secret())?;
        config.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let server = Server::start(config).await.map_err(|error| Stop::new(FAILED, error))?;
        say::line(format!("Serving agent tasks on {}  (Ctrl-C ends it)", server.url()));
        say::line(format!("  export LIGHTCONE_BASE_URL={}", server.url()));
        if made {
            say::line(format!("  export TZAFON_API_KEY={}", key.expose_secret()));
            say::line(format!("  watch: {}/#key={}", server.url(), key.expose_secret()));
        } else {
            // A key that somebody chose is a secret of theirs, and is not shown.
            say::line("  TZAFON_API_KEY: the one it was started with");
            say::line(format!("  watch: {}/#key=<that key>", server.url()));
        }
        let ended = wish_to_end().await;
        server.shutdown().await;
        ended.map(|()| 0).map_err(|error| Stop::new(FAILED, error))
    }
}
