//! How a person names a model: `northstar@http://localhost:8000/v1`, `command:PROGRAM`,
//! `cassette:FILE`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use secrecy::SecretString;
use url::Url;

use super::adapter::Adapter;
use super::adapter::anthropic::Anthropic;
use super::adapter::chat::Chat;
use super::adapter::command::Lines;
use super::adapter::northstar::Northstar;
use super::adapter::responses::Responses;
use super::adapter::uitars::UiTars;
use super::connection::{Connection, Dial, Settings};
use super::transport::cassette::{Cassette, Player, Recorder};
use super::transport::command::{Command, Program};
use super::transport::http::{Http, public};

/// A model that is not of this server:
///
/// - behind an API: `API:MODEL@URL`, of which `MODEL` or `URL` may be left out where the API
///   has a default;
/// - a program: `command:PROGRAM ARGUMENT...`, split into words as a shell does it;
/// - answers that were recorded: `cassette:FILE`.
///
/// Models of `responses` are asked with the computer tool that they were made for:
/// `computer-use-preview` with `computer_use_preview`, those of `tzafon.` with
/// `computer_use`, all others with `computer`. Behind a name that does not tell,
/// `responses:MODEL#TOOL` names it. So does `anthropic:MODEL#TOOL` the version of the tool,
/// for endpoints that have another than the one each model was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Endpoint(Endpoint),
    Command { line: String, executable: String, arguments: Vec<String> },
    Cassette(PathBuf),
}

/// A model behind an API.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Endpoint {
    api: Api,
    model: Option<String>,
    url: Option<Url>,
}

/// The APIs there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Api {
    Responses,
    Northstar,
    Anthropic,
    Chat,
    UiTars,
}

/// Each with the word that names it.
const APIS: [(&str, Api); 5] = [
    ("responses", Api::Responses),
    ("northstar", Api::Northstar),
    ("anthropic", Api::Anthropic),
    ("chat", Api::Chat),
    ("uitars", Api::UiTars),
];

/// Where hosted models are, and the variable of the environment that has the key.
const HOSTED: [(&str, &str); 3] =
    [("api.openai.com", "OPENAI_API_KEY"), ("api.anthropic.com", "ANTHROPIC_API_KEY"), ("api.tzafon.ai", "TZAFON_API_KEY")];

/// The variable with the key for every other endpoint; those at home mostly need none.
const OWN_KEY: &str = "LIGHTCONE_MODEL_KEY";

/// Why a model cannot be used as it is named.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ReferenceError(String);

/// What begins the name of a program, and of a recording.
const COMMAND: &str = "command";
const CASSETTE: &str = "cassette";

impl Reference {
    /// The model behind it; nothing is asked yet. Without a key in the settings it is read
    /// from the environment: `OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, `TZAFON_API_KEY` for
    /// the hosts they belong to and no other, `LIGHTCONE_MODEL_KEY` for the rest.
    ///
    /// # Errors
    /// When a key is missing or cannot be sent; when a recording cannot be read, or made.
    pub fn connect(&self, mut settings: Settings) -> Result<Connection, ReferenceError> {
        let wrong = |why: String| ReferenceError(format!("{self}: {why}"));
        let (adapter, dial): (_, Dial) = match &self.0 {
            Kind::Endpoint(endpoint) => endpoint.connect(&mut settings)?,
            Kind::Command { line, executable, arguments } => {
                settings.key = settings.key.or_else(|| kept_key(OWN_KEY));
                let program = Arc::new(Program {
                    name: line.clone(),
                    executable: executable.clone(),
                    arguments: arguments.clone(),
                    key: settings.key.clone(),
                    withheld: HOSTED.iter().map(|(_, variable)| (*variable).to_owned()).chain(settings.withheld.clone()).collect(),
                    timeout: settings.timeout,
                });
                (Arc::new(Lines), Arc::new(move || Box::new(Command::new(Arc::clone(&program)))))
            }
            Kind::Cassette(file) => {
                if settings.record.is_some() {
                    return Err(wrong("what is played cannot be recorded".to_owned()));
                }
                let cassette = Cassette::open(file).map_err(ReferenceError)?;
                cassette.settle(&mut settings);
                let recorded: Self = cassette.model().parse().map_err(|error| wrong(format!("it was recorded of {error}")))?;
                let adapter = recorded.adapter(&settings).map_err(|error| wrong(error.to_string()))?;
                (adapter, Arc::new(move || Box::new(Player::new(Arc::clone(&cassette)))))
            }
        };
        let dial = match &settings.record {
            None => dial,
            Some(file) => {
                let recorder = Recorder::begin(file, &self.to_string(), &settings).map_err(ReferenceError)?;
                Arc::new(move || Arc::clone(&recorder).task(dial()))
            }
        };
        Ok(Connection::new(self.to_string(), adapter, dial, settings))
    }

    /// What a model of this kind speaks.
    fn adapter(&self, settings: &Settings) -> Result<Arc<dyn Adapter>, ReferenceError> {
        match &self.0 {
            Kind::Endpoint(endpoint) => endpoint.adapter(settings),
            Kind::Command { .. } => Ok(Arc::new(Lines)),
            Kind::Cassette(_) => Err(ReferenceError(format!("{self} is no model that answers, but a recording"))),
        }
    }

    /// With a recording's relative path taken from this folder on.
    #[must_use]
    pub(crate) fn within(self, folder: &Path) -> Self {
        match self.0 {
            Kind::Cassette(file) => Self(Kind::Cassette(folder.join(file))),
            kind => Self(kind),
        }
    }
}

/// A key of the environment; a blank one is none.
fn kept_key(variable: &str) -> Option<SecretString> {
    std::env::var(variable).ok().map(|key| key.trim().to_owned()).filter(|key| !key.is_empty()).map(SecretString::from)
}

impl Endpoint {
    fn connect(&self, settings: &mut Settings) -> Result<(Arc<dyn Adapter>, Dial), ReferenceError> {
        let url = self
            .url
            .clone()
            .or_else(|| self.api.home(self.model.as_deref()))
            .ok_or_else(|| ReferenceError(format!("{self} does not say where the model is: write {}:MODEL@URL", self.api)))?;
        let hosted = HOSTED.iter().find(|(host, _)| url.host_str() == Some(host)).map(|(_, variable)| *variable);
        if settings.key.is_none() {
            settings.key = kept_key(hosted.unwrap_or(OWN_KEY));
        }
        if let (Some(variable), None) = (hosted, &settings.key) {
            return Err(ReferenceError(format!("{self} needs a key: set {variable}, or name a file that has it")));
        }
        let adapter = self.adapter(settings)?;
        let http = Http::new(&url, adapter.wire(), settings.key.as_ref(), settings.timeout)
            .map_err(|why| ReferenceError(format!("{self}: {why}")))?;
        Ok((adapter, Arc::new(move || Box::new(Arc::clone(&http)))))
    }

    fn adapter(&self, settings: &Settings) -> Result<Arc<dyn Adapter>, ReferenceError> {
        let model = self.model.as_deref().unwrap_or_default();
        let wrong = |why: String| ReferenceError(format!("{self}: {why}"));
        match self.api {
            Api::Responses => Ok(Arc::new(Responses::new(model).map_err(wrong)?)),
            Api::Northstar => Ok(Arc::new(Northstar { model: self.model.clone() })),
            Api::Anthropic => Ok(Arc::new(Anthropic::new(model).map_err(wrong)?)),
            Api::Chat => Ok(Arc::new(Chat::new(model, settings.vision))),
            Api::UiTars => Ok(Arc::new(UiTars::new(self.model.clone()))),
        }
    }
}

impl Api {
    /// Where it is when no URL is given.
    fn home(self, model: Option<&str>) -> Option<Url> {
        let url = match self {
            Self::Responses if model.is_some_and(|model| model.starts_with("tzafon.")) => "https://api.tzafon.ai/v1",
            Self::Responses => "https://api.openai.com/v1",
            Self::Anthropic => "https://api.anthropic.com/v1",
            Self::Northstar | Self::Chat | Self::UiTars => return None,
        };
        url.parse().ok()
    }

    /// Whether the endpoint tells what it serves, so that the model need not be named.
    fn needs_model(self) -> bool {
        !matches!(self, Self::Northstar | Self::UiTars)
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(APIS.iter().find(|(_, api)| api == self).map_or("", |(name, _)| name))
    }
}

/// Without what is secret in the URL.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Endpoint(endpoint) => endpoint.fmt(f),
            Kind::Command { line, .. } => write!(f, "{COMMAND}:{line}"),
            Kind::Cassette(file) => write!(f, "{CASSETTE}:{}", file.display()),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.api)?;
        if let Some(model) = &self.model {
            write!(f, ":{model}")?;
        }
        self.url.as_ref().map_or(Ok(()), |url| write!(f, "@{}", public(url)))
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let rest = |kind: &str| text.strip_prefix(kind)?.strip_prefix(':').map(str::trim);
        if let Some(line) = rest(COMMAND) {
            return command(line);
        }
        if let Some(file) = rest(CASSETTE) {
            return match file {
                "" => Err(ReferenceError("the file with the recording is missing: cassette:FILE".to_owned())),
                file => Ok(Self(Kind::Cassette(file.into()))),
            };
        }
        let names: Vec<&str> = APIS.iter().map(|(name, _)| *name).chain([COMMAND, CASSETTE]).collect();
        let wrong = |why: String| Err(ReferenceError(why));
        let (what, url) = match text.split_once("@http") {
            Some((what, rest)) => match Url::parse(&format!("http{rest}")) {
                Ok(url) if url.has_host() => (what, Some(url)),
                _ => return wrong(format!("what follows the @ of this model is no URL; write {what}@http://HOST:PORT/v1")),
            },
            None if text.contains('@') => {
                return wrong("what follows the @ of a model is a URL that begins with http:// or https://".to_owned());
            }
            None => (text, None),
        };
        let (name, model) = match what.split_once(':') {
            Some((name, model)) => (name, Some(model.to_owned()).filter(|model| !model.is_empty())),
            None => (what, None),
        };
        let Some((_, api)) = APIS.iter().find(|(known, _)| *known == name) else {
            return wrong(format!(
                "there is no kind of model {name:?}; use one of {}, as in northstar@http://localhost:8000/v1",
                names.join(", ")
            ));
        };
        if model.is_none() && api.needs_model() {
            return wrong(format!("{name} needs the name of a model: {name}:MODEL"));
        }
        Ok(Self(Kind::Endpoint(Endpoint { api: *api, model, url })))
    }
}

/// A program with its arguments. No shell is run, so what only a shell does is not done.
fn command(line: &str) -> Result<Reference, ReferenceError> {
    let wrong = |why: &str| ReferenceError(format!("{COMMAND}:{line}: {why}"));
    let mut words = shlex::split(line).ok_or_else(|| wrong("a quote is not closed, or nothing follows the last backslash"))?.into_iter();
    let executable = words.next().ok_or_else(|| wrong("the program is missing, as in command:python3 agent.py"))?;
    Ok(Reference(Kind::Command { line: line.to_owned(), executable, arguments: words.collect() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_named_in_one_line() {
        for text in [
            "northstar@http://localhost:8000/v1",
            "responses:computer-use-preview",
            "chat:org/name:7b@https://a.test/v1",
            "anthropic:claude@http://127.0.0.1:1/",
            "command:python3 'my agent.py' --at @http://x",
            "cassette:tests/a@b.jsonl",
        ] {
            assert_eq!(text.parse::<Reference>().map(|reference| reference.to_string()), Ok(text.to_owned()));
        }
        let secret: Reference = "uitars@http://me:word@a.test/v1?key=x".parse().unwrap();
        assert_eq!(secret.to_string(), "uitars@http://a.test/v1");
    }

    #[test]
    fn what_is_wrong_with_a_name_is_said() {
        for (text, why) in [
            ("gpt", "there is no kind of model \"gpt\""),
            ("chat:x@localhost:8000", "begins with http:// or https://"),
            ("northstar@http://", "is no URL"),
            ("anthropic", "anthropic needs the name of a model"),
            ("command: ", "the program is missing"),
            ("command:python3 'agent.py", "a quote is not closed"),
            ("cassette:", "cassette:FILE"),
            ("command", "there is no kind of model \"command\""),
        ] {
            let error = text.parse::<Reference>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        let error = "chat:x".parse::<Reference>().unwrap().connect(Settings::default()).unwrap_err().to_string();
        assert!(error.contains("chat:MODEL@URL"), "{error}");
        let mouse: Reference = "responses:mine#mouse@http://127.0.0.1:1/v1".parse().unwrap();
        let error = mouse.connect(Settings::default()).unwrap_err().to_string();
        assert!(error.contains("there is no computer tool \"mouse\""), "{error}");
    }
}
