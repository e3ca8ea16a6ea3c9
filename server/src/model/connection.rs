//! A model behind an API, as a person names it, and what is to be known to use it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::adapter::Adapter;
use super::driver::Driver;
use super::transport::Transport;
use super::{Brief, Model, Usage};

/// What a person says of a model beside its name.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The key of the endpoint; by default from the environment.
    pub key: Option<SecretString>,
    /// How long the endpoint may be silent; two minutes by default.
    pub timeout: Duration,
    /// What it costs; without prices no cost is told and `max_cost` means nothing.
    pub prices: Option<Prices>,
    /// The most a task may cost, in the currency of the prices: it ends `failed` with
    /// `error_code` `max_cost` before a call that would come after that.
    pub max_cost: Option<f64>,
    /// How many screenshots a request holds at most; by default what suits the API.
    pub screenshots: Option<usize>,
    /// About how many tokens a request holds at most; by default without limit, until the
    /// model says that it was too much.
    pub context_tokens: Option<u64>,
    /// Go on where the model wants a person to look first; by default the task ends
    /// `failed` with `error_code` `safety_check`.
    pub allow_safety_checks: bool,
    /// Whether a `chat` model is shown pictures; it is by default. One that is not acts on
    /// what is listed of a page.
    pub vision: bool,
    /// Where its answers are recorded, to be played again as `cassette:FILE`; a new file. By
    /// default nowhere.
    pub record: Option<PathBuf>,
    /// Variables of the environment that a program (`command:`) is not given, beside those
    /// with the keys of hosted models.
    pub withheld: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            key: None,
            timeout: Duration::from_secs(120),
            prices: None,
            max_cost: None,
            screenshots: None,
            context_tokens: None,
            allow_safety_checks: false,
            vision: true,
            record: None,
            withheld: Vec::new(),
        }
    }
}

/// Prices of a million tokens, in a currency of the user's choice.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// Tokens read.
    pub input: f64,
    /// Tokens read from a cache; as `input` if it is not said.
    pub cached: Option<f64>,
    /// Tokens written.
    pub output: f64,
}

impl Prices {
    pub(crate) fn cost(&self, usage: &Usage) -> f64 {
        const MILLION: f64 = 1e6;
        let fresh = usage.input_tokens.saturating_sub(usage.cached_tokens) as f64;
        let cached = usage.cached_tokens as f64 * self.cached.unwrap_or(self.input);
        (fresh * self.input + cached + usage.output_tokens as f64 * self.output) / MILLION
    }
}

/// Makes what carries the requests of one task.
pub(crate) type Dial = Arc<dyn Fn() -> Box<dyn Transport> + Send + Sync>;

/// A model that can be asked: makes one [`Model`] per task.
#[derive(Clone)]
pub struct Connection {
    name: String,
    adapter: Arc<dyn Adapter>,
    dial: Dial,
    settings: Arc<Settings>,
}

impl Connection {
    pub(crate) fn new(name: String, adapter: Arc<dyn Adapter>, dial: Dial, settings: Settings) -> Self {
        Self { name, adapter, dial, settings: Arc::new(settings) }
    }

    /// The same by a name of the user's choice, which its tasks tell.
    pub(crate) fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// The model for one task.
    pub fn model(&self, brief: Brief) -> impl Model + use<> {
        Driver::new(self.name.clone(), brief, Arc::clone(&self.adapter), (self.dial)(), Arc::clone(&self.settings))
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("name", &self.name).field("adapter", &self.adapter).finish_non_exhaustive()
    }
}
