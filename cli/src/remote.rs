//! The server that other commands than `serve` speak to.

use lightcone::{Client, ClientBuilder, Error, ErrorKind};
use lightcone_server::keys;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use crate::{FAILED, Stop, USAGE, data, serve::DEFAULT_PORT};

/// What LIGHTCONE_BASE_URL names, if it is set.
pub(crate) fn named() -> Option<String> {
    std::env::var("LIGHTCONE_BASE_URL").ok().filter(|url| !url.trim().is_empty())
}

/// The server to speak to: the one named, else a local one on the usual port.
pub(crate) fn url() -> String {
    named().unwrap_or_else(|| format!("http://127.0.0.1:{DEFAULT_PORT}"))
}

/// Whether an address is this machine's own.
pub(crate) fn is_loopback(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Where a key comes from.
pub(crate) enum Key {
    /// TZAFON_API_KEY is set.
    Environment,
    /// The local server of this user keeps it.
    Kept(SecretString),
    Missing,
}

/// The key for this server. One that a local server keeps goes nowhere but to this machine.
pub(crate) fn key(url: &str) -> Result<Key, Stop> {
    if has_key() {
        return Ok(Key::Environment);
    }
    let Some(folder) = data::own_folder().filter(|_| is_loopback(url)) else { return Ok(Key::Missing) };
    let kept = keys::kept(&folder).map_err(|error| Stop::new(FAILED, error))?;
    Ok(kept.map_or(Key::Missing, Key::Kept))
}

/// A client of that server.
pub(crate) fn client() -> Result<Client, Stop> {
    builder()?.build().map_err(stop)
}

/// A client of that server to be.
pub(crate) fn builder() -> Result<ClientBuilder, Stop> {
    let url = url();
    let builder = Client::builder().base_url(&url);
    match key(&url)? {
        Key::Environment => Ok(builder),
        Key::Kept(key) => Ok(builder.api_key(key.expose_secret())),
        Key::Missing => {
            let text =
                format!("no key for {url}: set TZAFON_API_KEY to one that this server takes; `lightcone serve` makes and prints one");
            Err(Stop::new(USAGE, text))
        }
    }
}

/// An error of the client as the command's end.
pub(crate) fn stop(error: Error) -> Stop {
    let code = match error.kind() {
        ErrorKind::Config | ErrorKind::InvalidArgument | ErrorKind::UnprocessableEntity => USAGE,
        _ => FAILED,
    };
    let hint = match error.kind() {
        ErrorKind::Authentication if !has_key() => {
            "\nTZAFON_API_KEY is not set, so this was the key that `lightcone serve` keeps in your own folder: set it to one that this server takes"
        }
        ErrorKind::Connection if named().is_none() => "\nstart a server with `lightcone serve`, or name one by LIGHTCONE_BASE_URL",
        _ => "",
    };
    Stop::new(code, format!("{error}{hint}"))
}

/// Whether the environment has a key.
fn has_key() -> bool {
    std::env::var("TZAFON_API_KEY").is_ok_and(|key| !key.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_key_stays_on_this_machine() {
        for url in ["http://127.0.0.1:8700", "http://localhost", "http://[::1]:9/prefix", "http://127.8.9.1"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in ["https://api.example", "http://localhost.example", "http://127.0.0.1.example", "http://10.0.0.1", "nowhere", ""] {
            assert!(!is_loopback(url), "{url}");
        }
    }
}
