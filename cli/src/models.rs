//! Which model decides: the options that `serve`, `run` and `doctor` share.

use std::path::PathBuf;

use clap::Args;
use lightcone_server::model::{Chosen, Config};

use crate::{Stop, USAGE};

/// A model, and where its key is.
#[derive(Args)]
pub(crate) struct ModelOptions {
    /// The model that decides: the name of one, or where it is, such as northstar@http://localhost:8000/v1, anthropic:MODEL, chat:MODEL@URL, command:PROGRAM or cassette:FILE; see docs/models.md [default: rules, or what --config says]
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// Models with names, their keys, prices and limits, and secrets, in TOML; see docs/models.md
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A file with the key of the model; only its owner may be able to read it [default: the environment's OPENAI_API_KEY, ANTHROPIC_API_KEY or TZAFON_API_KEY for the hosts they are for, LIGHTCONE_MODEL_KEY for all others]
    #[arg(long, value_name = "FILE")]
    model_key_file: Option<PathBuf>,
}

impl ModelOptions {
    /// Whether a file is named: it means nothing to a server elsewhere.
    pub(crate) fn names_files(&self) -> bool {
        self.config.is_some() || self.model_key_file.is_some()
    }

    /// What the file says, and what is chosen over it.
    pub(crate) fn read(self) -> Result<(Config, Chosen), Stop> {
        let config = self.config.as_deref().map(Config::load).transpose();
        let config = config.map_err(|error| Stop::new(USAGE, format!("--config: {error}")))?.unwrap_or_default();
        Ok((config, Chosen { model: self.model, key_file: self.model_key_file, ..Chosen::default() }))
    }
}
