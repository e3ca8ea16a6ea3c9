//! A server within another program, for that program's tests; what the bindings' `LocalServer` is made of.
//!
//! Options, scripts and faults come as JSON, so that both languages share their rules and their errors.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use lightcone::operation::{Answer, OPERATIONS, Operation};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::Mutex;

use crate::computer::chromium::Chromium;
use crate::model::rules::Rules;
use crate::model::scripted::{self, ScriptError, Scripts};
use crate::model::{Chosen, Config, ConfigError, Models};
use crate::net::Policy;
use crate::web::{Web, WebError};
use crate::{Fault, Faults, Server, ServerConfig, StartError};

/// Why a local server does not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// The options or a fault are not of the right shape.
    #[error("{what}: {why}")]
    Wrong {
        /// The thing that is wrong.
        what: &'static str,
        /// What is wrong with it and what would be right.
        why: String,
    },
    /// The scripts cannot be played.
    #[error(transparent)]
    Scripts(#[from] ScriptError),
    /// The model cannot be used as it is named, or as the configuration says.
    #[error(transparent)]
    Model(#[from] ConfigError),
    /// The folder cannot stand in for the web.
    #[error(transparent)]
    Web(#[from] WebError),
    /// The server did not start.
    #[error(transparent)]
    Start(#[from] StartError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options<'a> {
    web: Option<PathBuf>,
    #[serde(default)]
    pace_ms: u64,
    #[serde(borrow)]
    scripts: Option<&'a RawValue>,
    scripts_file: Option<PathBuf>,
    model: Option<String>,
    config: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultText {
    operation: String,
    status: Option<u16>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    after_events: Option<usize>,
    #[serde(default = "once")]
    times: u32,
}

fn once() -> u32 {
    1
}

/// A running server on a free port with a key of its own. Dropping it stops it in the
/// background; [`LocalServer::close`] waits for that.
pub struct LocalServer {
    url: String,
    key: String,
    scripts: Scripts,
    faults: Faults,
    server: Mutex<Option<Server>>,
}

impl fmt::Debug for LocalServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalServer").field("url", &self.url).finish_non_exhaustive()
    }
}

impl LocalServer {
    /// Starts a server on the current tokio runtime. `options` is a JSON object, each member optional:
    /// `web` (a folder with one folder per host, or `demo`), `pace_ms`, `scripts` (a list as
    /// `docs/scripted.md` describes it), `scripts_file`, `model` and `config` (a model and a file of models as
    /// `docs/models.md` describes them, and its secrets).
    ///
    /// The default model is `scripted` where scripts are given, even none in a list, and once one is added; else `model`,
    /// what `config` says, or `rules`.
    ///
    /// # Errors
    /// When an option is wrong or the server does not start.
    pub async fn start(options: &str) -> Result<Self, LocalError> {
        let options: Options<'_> = read("the options of the local server", options)?;
        let web = options.web.map(Web::of_option).transpose()?;
        let only_scripts = options.scripts.is_some() || options.scripts_file.is_some();
        let scripts = match (options.scripts, &options.scripts_file) {
            (None, None) => Scripts::default(),
            (Some(list), None) => Scripts::from_json(list.get())?,
            (None, Some(file)) => Scripts::load(file)?,
            (Some(_), Some(_)) => return Err(wrong("the scripts", "give a list or a file, not both")),
        };
        // It is there to try one's own pages, which are on this machine or near it.
        let policy = Policy { allow_private: true, ..Policy::default() };
        let key = crate::new_key();
        let played = scripts.clone();
        let config = options.config.as_deref().map(Config::load).transpose()?.unwrap_or_default();
        let secrets = config.secrets()?;
        let models = match (only_scripts, options.model) {
            (true, Some(_)) => return Err(wrong("the model", "where scripts are given it is `scripted`; give one or the other")),
            (true, None) => {
                let models = Models::new(scripted::NAME, move |brief| played.model(&brief)).with("rules", Rules::new);
                config.add_to(models, Chosen { model: Some(scripted::NAME.to_owned()), ..Chosen::default() })?
            }
            (false, model) => config.add_to(Models::new("rules", Rules::new), Chosen { model, ..Chosen::default() })?.preferring(played),
        };
        let mut config = ServerConfig::new(key.as_str(), Arc::new(Chromium { web, policy, ..Chromium::default() }), models);
        config.pace = Duration::from_millis(options.pace_ms);
        config.secrets = secrets;
        let faults = config.faults.clone();
        let server = Server::start(config).await?;
        Ok(Self { url: server.url(), key, scripts, faults, server: Mutex::new(Some(server)) })
    }

    /// The base URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The key that requests must carry.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Adds one script, a JSON object as `docs/scripted.md` describes it. It goes before those that are there.
    ///
    /// # Errors
    /// When the script cannot be played.
    pub fn script(&self, script: &str) -> Result<(), LocalError> {
        self.scripts.put_first(&Scripts::from_json(&format!("[{script}]"))?);
        Ok(())
    }

    /// Lets the next answers of one operation go wrong. `fault` is a JSON object: `operation`, `times` (default 1),
    /// and either `status` with optional `headers` (a list of pairs), or `after_events`: the connection breaks
    /// after so many events; at 0, which is all that an operation without events can have, there is no answer.
    ///
    /// # Errors
    /// When there is no such operation or it cannot go wrong like this.
    pub fn add_fault(&self, fault: &str) -> Result<(), LocalError> {
        let FaultText { operation, status, headers, after_events, times } = read("the fault", fault)?;
        let operation = operation_named(&operation)?;
        let fault = match (status, after_events) {
            (Some(status), None) => Fault::Status(error_status(status)?, header_map(&headers)?),
            (None, Some(0)) => Fault::Drop(0),
            (None, Some(events)) if operation.answer == Answer::Events => Fault::Drop(events),
            (None, Some(_)) => {
                let why = format!("{} answers without events, so it can only break off after 0 of them", operation.name);
                return Err(wrong("the fault", why));
            }
            _ => return Err(wrong("the fault", "say either `status` or `after_events`")),
        };
        if times == 0 {
            return Err(wrong("the fault", "`times` is 0; it must be at least 1"));
        }
        self.faults.add(operation, fault, times);
        Ok(())
    }

    /// Stops the server as [`Server::shutdown`] does. Once more is harmless.
    pub async fn close(&self) {
        let mut server = self.server.lock().await;
        if let Some(server) = server.take() {
            server.shutdown().await;
        }
    }
}

fn read<'a, T: Deserialize<'a>>(what: &'static str, text: &'a str) -> Result<T, LocalError> {
    serde_json::from_str(text).map_err(|error| wrong(what, error.to_string()))
}

fn wrong(what: &'static str, why: impl Into<String>) -> LocalError {
    LocalError::Wrong { what, why: why.into() }
}

fn operation_named(name: &str) -> Result<&'static Operation, LocalError> {
    Operation::by_name(name).ok_or_else(|| {
        let known: Vec<&str> = OPERATIONS.iter().map(|known| known.name).collect();
        wrong("the fault", format!("there is no operation {name:?}; there are {}", known.join(", ")))
    })
}

fn error_status(status: u16) -> Result<StatusCode, LocalError> {
    let known = StatusCode::from_u16(status).ok().filter(|status| status.is_client_error() || status.is_server_error());
    known.ok_or_else(|| wrong("the fault", format!("the status {status} is no error; errors are 400 to 599")))
}

fn header_map(pairs: &[(String, String)]) -> Result<HeaderMap, LocalError> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let (Ok(known), Ok(text)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else {
            return Err(wrong("the fault", format!("the header {name:?} has a name or a value that no header can have")));
        };
        headers.append(known, text);
    }
    Ok(headers)
}
