//! Secrets: what a model has typed without ever seeing it.
//!
//! A model is told [`Placeholder`]s. `guard` puts the value in the place of one at the
//! moment of typing, on the secret's own hosts only; `hide` puts the placeholder in the
//! place of the value wherever text comes back.

mod guard;
mod hide;
mod paint;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::net::HostPattern;

pub(crate) use guard::Guarded;
pub(crate) use hide::is_placeholders;

/// A shorter text is found everywhere.
const SHORTEST: usize = 3;

/// A longer one is a mistake, such as the wrong file.
const LONGEST: usize = 1024;

/// How an option names a secret.
const FORM: &str = "write NAME=VALUE@HOST; VALUE may be env:VARIABLE or file:PATH, and HOST is what follows the last @";

/// A text that a model may have typed on some hosts and may not know.
#[derive(Clone)]
pub struct Secret {
    name: String,
    value: SecretString,
    hosts: Vec<HostPattern>,
    /// The variable of the environment that has the value, too.
    variable: Option<String>,
}

/// A secret, as a model is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// Its name.
    pub name: String,
    /// What the model types in its place: `<secret:NAME>`.
    pub placeholder: String,
    /// Where it is filled in, for people: `shop.example, *.bank.example`.
    pub hosts: String,
}

/// Why a text is no [`Secret`]. Never says any of its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SecretError(String);

/// A secret in a file of settings: where its value is, in exactly one of three ways, and
/// where it may be typed. Its name is beside it: [`SecretEntry::read`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretEntry {
    /// The value itself.
    value: Option<SecretString>,
    /// A variable of the environment.
    env: Option<String>,
    /// A file of one line.
    file: Option<PathBuf>,
    /// Host names, `*.NAME`, or addresses; without ports.
    hosts: Vec<String>,
}

impl Secret {
    /// A secret of this name: letters, digits, `_` and `-`.
    ///
    /// # Errors
    /// When the name is none, when there is no host, or when the value has less than 3 or
    /// more than 1024 characters, or more than one line.
    pub fn new(name: &str, value: SecretString, hosts: Vec<HostPattern>) -> Result<Self, SecretError> {
        let named = |why: &str| Err(SecretError(format!("the secret {name}: {why}")));
        if !is_name(name) {
            return Err(SecretError(format!("a secret is named by letters, digits, _ and -; {FORM}")));
        }
        if hosts.is_empty() {
            return named("it needs a host on which it may be typed");
        }
        let text = value.expose_secret();
        if text.chars().any(char::is_control) {
            return named("its value must be one line, without tabs or other control characters");
        }
        if text.split_whitespace().map(|part| part.chars().count()).sum::<usize>() < SHORTEST {
            return named("its value has less than 3 characters: it could not be told from other text");
        }
        if text.chars().count() > LONGEST {
            return named("its value has more than 1024 characters");
        }
        Ok(Self { name: name.to_owned(), value, hosts, variable: None })
    }

    fn placeholder(&self) -> String {
        format!("{}{}{}", hide::OPENING, self.name, hide::CLOSING)
    }

    fn hosts(&self) -> String {
        self.hosts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("name", &self.name).field("hosts", &self.hosts()).finish_non_exhaustive()
    }
}

impl SecretEntry {
    /// The variable of the environment that has the value.
    pub(crate) fn variable(&self) -> Option<&str> {
        self.env.as_deref()
    }

    /// The secret of this name, with its value read now; the path of a file begins at `folder`.
    ///
    /// # Errors
    /// When the value cannot be read, and where [`Secret::new`] refuses it.
    pub fn read(self, name: &str, folder: &Path) -> Result<Secret, SecretError> {
        let named = |why: String| SecretError(format!("the secret {name}: {why}"));
        let value = match (self.value, &self.env, self.file) {
            (Some(value), None, None) => value,
            (None, Some(variable), None) => {
                std::env::var(variable).map_err(|_| named(format!("{variable} is not set in the environment, or is no text")))?.into()
            }
            (None, None, Some(file)) => {
                let file = folder.join(file);
                let text = std::fs::read_to_string(&file).map_err(|error| named(format!("{} cannot be read: {error}", file.display())))?;
                text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line)).into()
            }
            _ => return Err(named("say exactly one of value, env, file".to_owned())),
        };
        // What is wrong with a host is not repeated: it may be a part of the value.
        let hosts: Result<Vec<HostPattern>, _> = self.hosts.iter().map(|host| host.parse()).collect();
        let hosts = hosts.map_err(|_| {
            named(
                "its host is none: it must be a name (example.com), all names under one (*.example.com) or an address, without a port"
                    .into(),
            )
        })?;
        Ok(Secret { variable: self.env, ..Secret::new(name, value, hosts)? })
    }
}

impl FromStr for Secret {
    type Err = SecretError;

    /// Reads `NAME=VALUE@HOST`, of which the host follows the last `@`, and the value is the
    /// text itself, `env:VARIABLE` or `file:PATH`.
    fn from_str(text: &str) -> Result<Self, SecretError> {
        let malformed = || SecretError(FORM.to_owned());
        let (name, rest) = text.split_once('=').ok_or_else(malformed)?;
        let (value, host) = rest.rsplit_once('@').ok_or_else(malformed)?;
        let mut entry = SecretEntry { value: None, env: None, file: None, hosts: vec![host.to_owned()] };
        if !is_name(name) {
            return Err(malformed());
        }
        if let Some(variable) = value.strip_prefix("env:") {
            entry.env = Some(variable.to_owned());
        } else if let Some(file) = value.strip_prefix("file:") {
            entry.file = Some(file.into());
        } else {
            entry.value = Some(value.into());
        }
        entry.read(name, Path::new(""))
    }
}

/// All secrets of a server, by name. Clones are cheap enough for one a task.
#[derive(Clone, Debug, Default)]
pub struct Secrets(BTreeMap<String, Secret>);

impl Secrets {
    /// With one more. One of the same name and value as another adds its hosts.
    ///
    /// # Errors
    /// When another one has the name and another value.
    pub fn with(mut self, secret: Secret) -> Result<Self, SecretError> {
        match self.0.get_mut(&secret.name) {
            None => drop(self.0.insert(secret.name.clone(), secret)),
            Some(known) if known.value.expose_secret() == secret.value.expose_secret() => known.hosts.extend(secret.hosts),
            Some(_) => return Err(SecretError(format!("the secret {}: it has two values; give one of them another name", secret.name))),
        }
        Ok(self)
    }

    /// The variables of the environment that have values of them: for no program of a model.
    pub fn variables(&self) -> Vec<String> {
        self.0.values().filter_map(|secret| secret.variable.clone()).collect()
    }

    /// What models are told of them.
    pub(crate) fn placeholders(&self) -> Vec<Placeholder> {
        let told = |secret: &Secret| Placeholder { name: secret.name.clone(), placeholder: secret.placeholder(), hosts: secret.hosts() };
        self.0.values().map(told).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Secret, SecretError> {
        text.parse()
    }

    #[test]
    fn an_option_is_a_name_a_value_and_a_host() {
        for (text, name, value, host) in [
            ("PW=hunter2@shop.example", "PW", "hunter2", "shop.example"),
            ("mail=me@home.example@*.shop.example", "mail", "me@home.example", "*.shop.example"),
            ("a-b_1=x=y=z@127.0.0.1", "a-b_1", "x=y=z", "127.0.0.1"),
            ("PW= spaced out @[::1]", "PW", " spaced out ", "[::1]"),
        ] {
            let secret = read(text).unwrap();
            assert_eq!((secret.name.as_str(), secret.value.expose_secret(), secret.hosts().as_str()), (name, value, host), "{text}");
            assert_eq!(secret.placeholder(), format!("<secret:{name}>"));
        }
    }

    #[test]
    fn what_is_wrong_with_an_option_is_said_without_its_value() {
        for (text, why) in [
            ("hunter2", "NAME=VALUE@HOST"),
            ("PW=hunter2", "NAME=VALUE@HOST"),
            ("hunter2@shop.example", "NAME=VALUE@HOST"),
            ("=hunter2@shop.example", "NAME=VALUE@HOST"),
            ("P W=hunter2@shop.example", "NAME=VALUE@HOST"),
            ("PW=hunter2@", "its host is none"),
            ("PW=x@hunter2:80", "without a port"),
            ("PW=ab@shop.example", "less than 3 characters"),
            ("PW=a   b@shop.example", "less than 3 characters"),
            ("PW=hunter2\tx@shop.example", "one line"),
            ("PW=env:NOT_SET_ANYWHERE@shop.example", "NOT_SET_ANYWHERE is not set"),
            ("PW=file:/no/such/file@shop.example", "/no/such/file cannot be read"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("hunter2"), "{text}: {error}");
        }
        assert!(read(&format!("PW={}@shop.example", "x".repeat(1025))).unwrap_err().to_string().contains("more than 1024"));
    }

    #[test]
    fn a_value_may_be_in_a_file_or_in_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("word");
        for (content, value) in [("hunter2", "hunter2"), ("hunter2\n", "hunter2"), ("hunter2\r\n", "hunter2"), (" hunter2 \n", " hunter2 ")]
        {
            std::fs::write(&file, content).unwrap();
            assert_eq!(read(&format!("PW=file:{}@shop.example", file.display())).unwrap().value.expose_secret(), value);
        }
        std::fs::write(&file, "hunter2\nhunter3\n").unwrap();
        assert!(read(&format!("PW=file:{}@shop.example", file.display())).is_err());
        // One that is always there.
        let secret = read("PW=env:PATH@shop.example").unwrap();
        assert_eq!(secret.value.expose_secret(), std::env::var("PATH").unwrap());
        assert_eq!(Secrets::default().with(secret).unwrap().variables(), ["PATH"]);
    }

    #[test]
    fn a_file_of_settings_says_the_same() {
        let entry = |text: &str| serde_json::from_str::<SecretEntry>(text).unwrap().read("PW", Path::new(""));
        let secret = entry(r#"{"value": "hunter2", "hosts": ["shop.example", "*.shop.example"]}"#).unwrap();
        assert_eq!((secret.hosts().as_str(), secret.value.expose_secret()), ("shop.example, *.shop.example", "hunter2"));
        for (text, why) in [
            (r#"{"hosts": ["shop.example"]}"#, "exactly one of"),
            (r#"{"value": "hunter2", "env": "PATH", "hosts": ["shop.example"]}"#, "exactly one of"),
            (r#"{"value": "hunter2", "hosts": []}"#, "needs a host"),
            (r#"{"value": "hunter2", "hosts": ["a b"]}"#, "its host is none"),
        ] {
            let error = entry(text).unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("hunter2"), "{text}: {error}");
        }
    }

    #[test]
    fn one_name_has_one_value() {
        let with = |secrets: Secrets, text: &str| secrets.with(read(text).unwrap());
        let secrets = with(Secrets::default(), "PW=hunter2@a.example").unwrap();
        let both = with(secrets.clone(), "PW=hunter2@b.example").unwrap();
        let told = Placeholder { name: "PW".into(), placeholder: "<secret:PW>".into(), hosts: "a.example, b.example".into() };
        assert_eq!(both.placeholders(), [told]);
        let error = with(secrets, "PW=hunter3@b.example").unwrap_err().to_string();
        assert!(error.contains("two values") && !error.contains("hunter"), "{error}");
    }

    #[test]
    fn a_value_is_in_no_debug_text() {
        let secrets = Secrets::default().with(read("PW=hunter2@a.example").unwrap()).unwrap();
        let text = format!("{secrets:?}");
        assert!(text.contains("a.example") && !text.contains("hunter2"), "{text}");
    }
}
