//! The server within this command: its options, for `serve` and `run` alike.

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use lightcone_server::{
    ServerConfig,
    computer::chromium::Chromium,
    model::{Chosen, Config, Models, rules::Rules, scripted::Scripts},
    net::{HostPattern, Policy},
    web::Web,
};

use crate::{Stop, USAGE};

/// What the agent of the local server sees and how it acts.
#[derive(Args)]
pub(crate) struct Local {
    /// Answer the browser from folders named after hosts in DIR instead of the network; `demo` is a small built-in web for github.com and wikipedia.org
    #[arg(long, value_name = "DIR|demo")]
    web: Option<PathBuf>,
    /// Let the browser reach loopback and private addresses, not only public ones
    #[arg(long, conflicts_with = "web")]
    allow_private: bool,
    /// Let the browser reach this host whatever its address is: a name, `*.NAME` for all under it, or an address; may be repeated
    #[arg(long, value_name = "HOST", conflicts_with = "web")]
    allow: Vec<HostPattern>,
    /// Keep the browser away from this host, even where it is allowed; may be repeated
    #[arg(long, value_name = "HOST", conflicts_with = "web")]
    deny: Vec<HostPattern>,
    /// Device pixels for each CSS pixel, 0.5 to 4: screenshots are the viewport times this
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = scale)]
    device_scale: f64,
    /// The least time in milliseconds that a step takes, so that a person can follow and act
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pace: u64,
    /// Scripts for the model `scripted`, in YAML or JSON; see docs/scripted.md
    #[arg(long, value_name = "FILE")]
    scripts: Option<PathBuf>,
    /// A secret that the agent may type on HOST as <secret:NAME> and never sees; VALUE is the text itself, `env:VARIABLE` or `file:PATH`; may be repeated
    #[arg(long, value_name = "NAME=VALUE@HOST")]
    secret: Vec<String>,
    /// The model that decides: the name of one, or where it is, such as northstar@http://localhost:8000/v1, anthropic:MODEL, chat:MODEL@URL, command:PROGRAM or cassette:FILE; see docs/models.md [default: rules, or what --config says]
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// Models with names, their keys, prices and limits, and secrets, in TOML; see docs/models.md
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A file with the key of the model; only its owner may be able to read it [default: the environment's OPENAI_API_KEY, ANTHROPIC_API_KEY or TZAFON_API_KEY for the hosts they are for, LIGHTCONE_MODEL_KEY for all others]
    #[arg(long, value_name = "FILE")]
    model_key_file: Option<PathBuf>,
    /// The most a task may cost, by the prices that --config says
    #[arg(long, value_name = "AMOUNT")]
    max_cost: Option<f64>,
    /// Record what the model answers in this new file, which plays it again as --model cassette:FILE
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

impl Local {
    /// Whether any of these options is given that only a server within this command has.
    pub(crate) fn is_given(&self) -> bool {
        let reach = self.allow_private || !self.allow.is_empty() || !self.deny.is_empty();
        let of_model = self.config.is_some() || self.model_key_file.is_some() || self.max_cost.is_some() || self.record.is_some();
        let acts = self.pace > 0 || self.scripts.is_some() || !self.secret.is_empty();
        self.web.is_some() || reach || self.device_scale != 1.0 || acts || of_model
    }

    /// The settings of a server that requires this key.
    pub(crate) fn config(self, key: &str) -> Result<ServerConfig, Stop> {
        let wrong = |option: &str, error: &dyn std::fmt::Display| Stop::new(USAGE, format!("{option}: {error}"));
        let web = self.web.map(Web::of_option).transpose().map_err(|error| wrong("--web", &error))?;
        let mut models = Models::new("rules", Rules::new);
        if let Some(file) = &self.scripts {
            models = models.with_scripts(Scripts::load(file).map_err(|error| wrong("--scripts", &error))?);
        }
        let named = self.config.as_deref().map(Config::load).transpose().map_err(|error| wrong("--config", &error))?.unwrap_or_default();
        let mut secrets = named.secrets().map_err(|error| wrong("--config", &error))?;
        // Read here and not by clap, whose errors would show the value.
        for secret in &self.secret {
            let secret = secret.parse().map_err(|error| wrong("--secret", &error))?;
            secrets = secrets.with(secret).map_err(|error| wrong("--secret", &error))?;
        }
        let chosen = Chosen {
            model: self.model,
            key_file: self.model_key_file,
            max_cost: self.max_cost,
            record: self.record,
            withheld: secrets.variables(),
        };
        models = named.add_to(models, chosen).map_err(|error| Stop::new(USAGE, error))?;
        let policy = Policy { allow_private: self.allow_private, allow: self.allow, deny: self.deny };
        let mut config =
            ServerConfig::new(key, Arc::new(Chromium { scale: self.device_scale, web, policy, ..Chromium::default() }), models);
        config.pace = Duration::from_millis(self.pace);
        config.secrets = secrets;
        Ok(config)
    }
}

fn scale(text: &str) -> Result<f64, String> {
    let scale = text.parse().ok().filter(|scale| (0.5..=4.0).contains(scale));
    scale.ok_or_else(|| "it must be a number from 0.5 to 4, such as 2".to_owned())
}

#[cfg(test)]
mod tests {
    use super::scale;

    #[test]
    fn scales_are_those_of_screens() {
        for (text, expected) in [("2", Some(2.0)), ("1.5", Some(1.5)), ("0.5", Some(0.5)), ("4", Some(4.0))] {
            assert_eq!(scale(text).ok(), expected, "{text}");
        }
        for text in ["0", "-1", "4.1", "NaN", "inf", "2x", ""] {
            assert!(scale(text).unwrap_err().contains("0.5 to 4"), "{text}");
        }
    }
}
