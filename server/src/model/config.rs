//! The file that says which models and secrets a server has, and what is chosen beside it.

use std::collections::BTreeMap;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::connection::{Prices, Settings};
use super::reference::{Reference, ReferenceError};
use super::registry::{HOSTED, Models};
use crate::keys;
use crate::secrets::{SecretEntry, SecretError, Secrets};

/// A configuration cannot be used. The text says where and why, and has no key in it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

/// Models by name, each with its settings, and secrets; see `docs/models.md`.
#[derive(Debug, Default)]
pub struct Config {
    /// Relative paths start from its folder.
    file: PathBuf,
    text: Text,
}

/// What is chosen for one start of a server, over what the file says.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// The model for tasks that name none: a name of the file or of the server, or a
    /// reference such as `northstar@http://localhost:8000/v1`. By default as the file says.
    pub model: Option<String>,
    /// A file with the key of that model; readable by its owner only.
    pub key_file: Option<PathBuf>,
    /// The most that a task with that model may cost.
    pub max_cost: Option<f64>,
    /// Where that model's answers are recorded.
    pub record: Option<PathBuf>,
    /// Variables of the environment that no model's program is given, beside those that the
    /// file names.
    pub withheld: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    model: Option<String>,
    #[serde(default)]
    models: BTreeMap<String, Entry>,
    #[serde(default, deserialize_with = "secrets")]
    secrets: BTreeMap<String, SecretEntry>,
}

/// What is wrong is not repeated: it may be a value.
fn secrets<'de, D: Deserializer<'de>>(text: D) -> Result<BTreeMap<String, SecretEntry>, D::Error> {
    let entries = toml::Value::deserialize(text)?.try_into();
    entries.map_err(|_| D::Error::custom("each secret is a table of hosts, a list, and one of value, env and file, each a text"))
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    r#use: String,
    key_env: Option<String>,
    key_file: Option<PathBuf>,
    /// Seconds.
    timeout: Option<f64>,
    prices: Option<Prices>,
    max_cost: Option<f64>,
    screenshots: Option<NonZeroUsize>,
    context_tokens: Option<NonZeroU64>,
    #[serde(default)]
    allow_safety_checks: bool,
    vision: Option<bool>,
    record: Option<PathBuf>,
}

impl Config {
    /// Reads a file in TOML.
    ///
    /// # Errors
    /// When it cannot be read, is no TOML, or says what it cannot say: in which line.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        let name = file.display();
        let text = std::fs::read_to_string(file).map_err(|error| ConfigError(format!("{name} cannot be read: {error}")))?;
        let wrong = |error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let place = before.map_or(String::new(), |before| format!(", line {}", before.matches('\n').count() + 1));
            // Neither the line nor the value, as the whole error would show them: a key or a secret may stand there.
            let expected = error.message().strip_prefix("invalid ").and_then(|why| why.rsplit_once(", expected "));
            let why = expected.map_or_else(|| error.message().to_owned(), |(_, expected)| format!("this must be {expected}"));
            ConfigError(format!("{name}{place}: {why}"))
        };
        Ok(Self { file: file.to_owned(), text: toml::from_str(&text).map_err(wrong)? })
    }

    /// The secrets that it says, with their values read now.
    ///
    /// # Errors
    /// When one cannot be used: which one, and what would be right.
    pub fn secrets(&self) -> Result<Secrets, ConfigError> {
        let read = |(name, entry): (&String, &SecretEntry)| entry.clone().read(name, self.folder());
        let wrong = |error: SecretError| ConfigError(format!("{}: {error}", self.file.display()));
        self.text.secrets.iter().map(read).try_fold(Secrets::default(), |secrets, secret| secrets.with(secret?)).map_err(wrong)
    }

    fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new(""))
    }

    /// Adds these models to those of the server, and makes the chosen one its default.
    ///
    /// # Errors
    /// When a model cannot be used: which one, and what would be right.
    pub fn add_to(self, mut models: Models, chosen: Chosen) -> Result<Models, ConfigError> {
        let of_models = self.text.models.values().filter_map(|entry| entry.key_env.clone());
        let of_secrets = self.text.secrets.values().filter_map(SecretEntry::variable).map(str::to_owned);
        let withheld: Vec<String> = of_models.chain(of_secrets).chain(chosen.withheld.clone()).collect();
        let folder = self.folder();
        // Names of the hosted service mean whatever is the default.
        let asked = chosen.model.as_ref().filter(|name| !name.starts_with(HOSTED) || self.text.models.contains_key(*name));
        let default = asked.or(self.text.model.as_ref()).cloned();
        let is_default = |name: &str| default.as_deref() == Some(name);
        for (name, entry) in &self.text.models {
            let wrong = |why: String| ConfigError(format!("{}, models.{name}: {why}", self.file.display()));
            if models.names().contains(&name.as_str()) {
                return Err(wrong("the server has a model of this name already; choose another one".to_owned()));
            }
            let settings = entry.settings(folder, &withheld).map_err(wrong)?;
            let settings = if is_default(name) { chosen.over(settings)? } else { settings };
            let reference: Reference = entry.r#use.parse().map_err(|error: ReferenceError| wrong(error.to_string()))?;
            let connection = reference.within(folder).connect(checked(settings).map_err(wrong)?);
            let connection = connection.map_err(|error| wrong(error.to_string()))?.named(name);
            models = models.with(name, move |brief| connection.model(brief));
        }
        let Some(default) = default else { return chosen.needs_model().map_or(Ok(models), Err) };
        if let Some(models) = models.clone().with_default(&default) {
            let is_asked = self.text.models.contains_key(&default);
            return chosen.needs_model().filter(|_| !is_asked).map_or(Ok(models), Err);
        }
        let reference: Reference = default.parse().map_err(|error| {
            let names = models.names().join(", ");
            ConfigError(format!("there is no model {default:?}: it is none of those that have a name here ({names}); and {error}"))
        })?;
        let settings = checked(chosen.over(Settings { withheld, ..Settings::default() })?).map_err(ConfigError)?;
        let connection = reference.connect(settings).map_err(|error| ConfigError(error.to_string()))?;
        // By its name without what is secret in it.
        Ok(models.with_default_of(&reference.to_string(), move |brief| connection.model(brief)))
    }
}

impl Entry {
    fn settings(&self, folder: &Path, withheld: &[String]) -> Result<Settings, String> {
        let usual = Settings::default();
        let key = match (&self.key_env, &self.key_file) {
            (Some(_), Some(_)) => return Err("say either key_env or key_file".to_owned()),
            (Some(variable), None) => Some(key_of_environment(variable)?),
            (None, Some(file)) => Some(key_of_file(&folder.join(file)).map_err(|error| error.to_string())?),
            (None, None) => None,
        };
        let timeout = match self.timeout {
            None => usual.timeout,
            Some(seconds) => Duration::try_from_secs_f64(seconds)
                .ok()
                .filter(|timeout| !timeout.is_zero())
                .ok_or_else(|| format!("timeout is {seconds}; it is a number of seconds, more than 0"))?,
        };
        Ok(Settings {
            key,
            timeout,
            prices: self.prices,
            max_cost: self.max_cost,
            screenshots: self.screenshots.map(NonZeroUsize::get),
            context_tokens: self.context_tokens.map(NonZeroU64::get),
            allow_safety_checks: self.allow_safety_checks,
            vision: self.vision.unwrap_or(usual.vision),
            record: self.record.as_ref().map(|file| folder.join(file)),
            withheld: withheld.to_vec(),
        })
    }
}

impl Chosen {
    fn over(&self, mut settings: Settings) -> Result<Settings, ConfigError> {
        if let Some(file) = &self.key_file {
            settings.key = Some(key_of_file(file)?);
        }
        settings.max_cost = self.max_cost.or(settings.max_cost);
        settings.record = self.record.clone().or(settings.record);
        Ok(settings)
    }

    /// What is wrong when there is something here about a model, but none to be asked.
    fn needs_model(&self) -> Option<ConfigError> {
        let is_said = self.key_file.is_some() || self.max_cost.is_some() || self.record.is_some();
        is_said.then(|| {
            ConfigError(
                "a key, a highest cost and a recording are for a model that is asked; name one, such as northstar@http://localhost:8000/v1"
                    .to_owned(),
            )
        })
    }
}

/// What is wrong only in sum.
fn checked(settings: Settings) -> Result<Settings, String> {
    match settings.max_cost {
        Some(_) if settings.prices.is_none() => Err(
            "a highest cost means nothing without prices; a file of the configuration says them: prices = { input = 1.0, output = 2.0 }"
                .to_owned(),
        ),
        Some(cost) if cost <= 0.0 || cost.is_nan() => Err(format!("the highest cost is {cost}; it must be more than 0")),
        _ => Ok(settings),
    }
}

fn key_of_environment(variable: &str) -> Result<SecretString, String> {
    let key = std::env::var(variable).ok().map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
    key.map(SecretString::from).ok_or_else(|| format!("key_env names the variable {variable}, which is not set"))
}

fn key_of_file(file: &Path) -> Result<SecretString, ConfigError> {
    let several = || ConfigError(format!("there are several keys in {}; a model has one", file.display()));
    let mut keys = keys::read(file).map_err(|error| ConfigError(error.to_string()))?;
    keys.pop().filter(|_| keys.is_empty()).ok_or_else(several)
}
