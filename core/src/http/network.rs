//! The way to a server: through which proxy, trusting whom, as whom, over how many connections.
//!
//! Checked when a client is made; clients that share connections share all of it.

use std::{path::PathBuf, time::Duration};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::{address, body::chain};
use crate::error::{Error, ErrorKind};

/// PEM (RFC 7468), or where it is. Shown nowhere: it may be a private key.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pem {
    /// The path of a file of it.
    Path(PathBuf),
    /// The text itself.
    Text(SecretString),
}

/// What may be under way at one time. Whoever comes later waits in turn, as long as
/// [`crate::Timeouts::pool`] says. Over HTTP/2, where several share a connection, each counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxConnections {
    /// So many calls. A stream of events is one of them until its answer has begun, so that
    /// many can be opened in turn, and then be open all at once.
    Calls(usize),
    /// So many calls and open streams: over HTTP/1.1, so many connections in use.
    All(usize),
    /// Whatever there is.
    Unlimited,
}

/// How many connections a client has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// The most that are in use. Default: [`MaxConnections::Calls`], 100.
    pub max_connections: MaxConnections,
    /// The most connections that are kept open for each host while nothing uses them.
    /// `None` is without limit. Default: 100, as many as calls may be under way: if fewer were
    /// kept, many callers that take turns would close and open connections all the time.
    pub max_idle_connections: Option<usize>,
    /// After how long an unused one is closed. `None` is never. Default: 5 s, which is less
    /// than most servers wait before they do it.
    pub idle_timeout: Option<Duration>,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self { max_connections: MaxConnections::Calls(100), max_idle_connections: Some(100), idle_timeout: Some(Duration::from_secs(5)) }
    }
}

/// Settings of the network, as they are given.
#[derive(Clone, Default)]
pub(crate) struct NetworkOptions {
    pub(crate) proxy: Option<SecretString>,
    pub(crate) ca_bundle: Option<Pem>,
    /// The key may stand in the same text as the certificate.
    pub(crate) client_certificate: Option<(Pem, Option<Pem>)>,
    pub(crate) limits: ConnectionLimits,
}

/// The same, checked.
#[derive(Clone, Default)]
pub(crate) struct Network {
    proxy: Option<reqwest::Proxy>,
    extra_roots: Vec<reqwest::Certificate>,
    identity: Option<reqwest::Identity>,
    pub(super) limits: ConnectionLimits,
}

impl Network {
    pub(crate) fn new(options: &NetworkOptions) -> Result<Self, Error> {
        if matches!(options.limits.max_connections, MaxConnections::Calls(0) | MaxConnections::All(0)) {
            return Err(config("the limit max_connections is 0, which lets no call through; it must be 1 or more, or none for no limit"));
        }
        let proxy = options.proxy.as_ref().map(|url| proxy("the proxy", url.expose_secret())).transpose()?;
        let identity = options.client_certificate.as_ref().map(|(cert, key)| identity(cert, key.as_ref())).transpose()?;
        Ok(Self {
            proxy: proxy.map(reqwest::Proxy::all).transpose().map_err(|_| config("the proxy cannot be used"))?,
            extra_roots: options.ca_bundle.as_ref().map_or(Ok(Vec::new()), roots)?,
            identity,
            limits: options.limits,
        })
    }

    /// The way to a base URL. A proxy that was given is asked for every address; those of
    /// the environment cannot reach this machine for us.
    pub(super) fn route(&self, base_url: &Url) -> Route {
        Route { direct: self.proxy.is_none() && address::is_loopback(base_url), secure: base_url.scheme() == "https" }
    }

    /// Whether there is more to find fault with once it is put together.
    pub(super) fn has_certificates(&self) -> bool {
        self.identity.is_some() || !self.extra_roots.is_empty()
    }

    /// The HTTP client for this way, out of one that has the rest of its settings.
    pub(super) fn client(&self, route: Route, base: impl Fn() -> reqwest::ClientBuilder) -> Result<reqwest::Client, Error> {
        let builder = || {
            let ConnectionLimits { max_idle_connections, idle_timeout, .. } = self.limits;
            let builder = base().pool_max_idle_per_host(max_idle_connections.unwrap_or(usize::MAX)).pool_idle_timeout(idle_timeout);
            let builder = match &self.proxy {
                Some(proxy) => builder.proxy(proxy.clone()),
                None if route.direct => builder.no_proxy(),
                None => builder,
            };
            match &self.identity {
                Some(identity) => builder.identity(identity.clone()),
                None => builder,
            }
        };
        if self.proxy.is_none() && !route.direct {
            check_environment()?;
        }
        let made = self.trust(route, builder())?.build();
        let made = match made {
            // Small containers have no trust store, and a plain server needs none.
            Err(_) if !route.secure && self.extra_roots.is_empty() => builder().tls_certs_only([]).build(),
            made => made,
        };
        made.map_err(|error| {
            let with = match (&self.identity, self.extra_roots.is_empty()) {
                (Some(_), true) => " with the client certificate",
                (Some(_), false) => " with the client certificate and the CA bundle",
                (None, false) => " with the CA bundle",
                (None, true) => "",
            };
            config(format!("the HTTP client cannot be made{with}: {}", chain(&error)))
        })
    }

    /// Trusts what the platform trusts, or what SSL_CERT_FILE and SSL_CERT_DIR name in its
    /// place, and the extra roots.
    fn trust(&self, route: Route, builder: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, Error> {
        let extra = self.extra_roots.iter().cloned();
        let named: Vec<&str> = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().filter(|name| std::env::var_os(name).is_some()).collect();
        if named.is_empty() {
            return Ok(builder.tls_certs_merge(extra));
        }
        let found = rustls_native_certs::load_native_certs();
        if route.secure && found.certs.is_empty() {
            let why = found.errors.first().map_or_else(|| "no certificate is there".to_owned(), ToString::to_string);
            return Err(config(format!("the trusted certificates that {} names cannot be had: {why}", named.join(" or "))));
        }
        let found = found.certs.iter().filter_map(|root| reqwest::Certificate::from_der(root).ok());
        Ok(builder.tls_certs_only(extra.chain(found)))
    }
}

/// What of a base URL decides about the way to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// Around the proxies of the environment.
    pub(super) direct: bool,
    /// By TLS.
    pub(super) secure: bool,
}

/// A proxy's address; errors do not show it, for it may have a password in it.
fn proxy(name: &str, text: &str) -> Result<Url, Error> {
    let wrong = |why: &str| {
        config(format!("{name} {why}; it should look like \"http://proxy.example:3128\" or \"http://user:password@proxy.example:3128\""))
    };
    let text = text.trim();
    // Without a scheme it is a plain one, as curl has it.
    let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&whole).map_err(|why| wrong(&format!("has no valid address ({why})")))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(wrong(&format!("has the scheme {other:?}, which is neither http nor https"))),
    }
}

/// The proxies of the environment; a wrong one would be passed over without a word.
fn check_environment() -> Result<(), Error> {
    for names in [["HTTP_PROXY", "http_proxy"], ["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]] {
        let set = names.iter().find_map(|name| Some((name, std::env::var(name).ok()?)));
        if let Some((name, value)) = set.filter(|(_, value)| !value.trim().is_empty()) {
            proxy(&format!("the proxy in the environment variable {name}"), &value)?;
        }
    }
    Ok(())
}

fn read(name: &str, pem: &Pem) -> Result<SecretString, Error> {
    match pem {
        Pem::Text(text) => Ok(text.clone()),
        Pem::Path(path) => match std::fs::read(path) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned().into()),
            Err(error) => Err(config(format!("{name} cannot be read from {}: {error}", path.display()))),
        },
    }
}

fn certificates(name: &str, pem: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let wrong = |why: String| config(format!("{name} {why}; it must be PEM, with lines such as \"-----BEGIN CERTIFICATE-----\""));
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match found {
        Err(error) => Err(wrong(format!("is damaged ({error})"))),
        Ok(none) if none.is_empty() => Err(wrong("has no certificate in it".to_owned())),
        Ok(found) => Ok(found),
    }
}

fn roots(pem: &Pem) -> Result<Vec<reqwest::Certificate>, Error> {
    let name = "the CA bundle";
    let found = certificates(name, read(name, pem)?.expose_secret())?;
    let roots: Result<Vec<_>, _> = found.iter().map(|root| reqwest::Certificate::from_der(root)).collect();
    roots.map_err(|error| config(format!("{name} has a certificate that cannot be used: {error}")))
}

fn identity(cert: &Pem, key: Option<&Pem>) -> Result<reqwest::Identity, Error> {
    let name = "the client certificate";
    let cert = read(name, cert)?;
    certificates(name, cert.expose_secret())?;
    let key = key.map(|key| read("the client certificate's key", key)).transpose()?;
    let key_text = key.as_ref().unwrap_or(&cert).expose_secret();
    if PrivateKeyDer::from_pem_slice(key_text.as_bytes()).is_err() {
        let why = if key_text.contains("ENCRYPTED") { "is encrypted, which cannot be read" } else { "is not there" };
        return Err(config(format!(
            "{name}'s private key {why}; it must be PEM without a password, beginning \"-----BEGIN PRIVATE KEY-----\""
        )));
    }
    let both = match &key {
        Some(key) => format!("{}\n{}", cert.expose_secret(), key.expose_secret()),
        None => cert.expose_secret().to_owned(),
    };
    reqwest::Identity::from_pem(both.as_bytes()).map_err(|error| config(format!("{name} cannot be used: {}", chain(&error))))
}

fn config(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::Config, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(options: &NetworkOptions) -> String {
        let error = Network::new(options).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    }

    fn text(pem: &str) -> Pem {
        Pem::Text(pem.into())
    }

    #[test]
    fn a_proxys_address_may_be_short_and_may_have_a_password() {
        for (given, means) in [
            ("http://proxy.example:3128", "http://proxy.example:3128/"),
            (" https://user:pass%20word@proxy.example ", "https://user:pass%20word@proxy.example/"),
            ("proxy.example:3128", "http://proxy.example:3128/"),
            ("127.0.0.1:1", "http://127.0.0.1:1/"),
            ("user:word@[::1]:3128", "http://user:word@[::1]:3128/"),
        ] {
            assert_eq!(proxy("the proxy", given).unwrap().as_str(), means);
        }
    }

    #[test]
    fn a_wrong_proxy_is_named_and_its_password_is_not() {
        for (given, why) in [
            ("", "empty host"),
            ("socks5://user:s3cret@host:1", "socks5"),
            ("http://user:s3cret@host:x", "port"),
            ("http://user:s3cret@", "host"),
        ] {
            let text = refused(&NetworkOptions { proxy: Some(given.into()), ..NetworkOptions::default() });
            assert!(text.starts_with("the proxy") && text.contains(why), "{text}");
            assert!(!text.contains("s3cret"), "{text}");
        }
    }

    #[test]
    fn certificates_that_are_none_are_named() {
        let damaged = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        for (pem, why) in [
            (text(""), "no certificate"),
            (text("no pem"), "no certificate"),
            (text(damaged), "damaged"),
            (Pem::Path("/no/such/file.pem".into()), "/no/such/file.pem"),
        ] {
            let text = refused(&NetworkOptions { ca_bundle: Some(pem.clone()), ..NetworkOptions::default() });
            assert!(text.starts_with("the CA bundle") && text.contains(why), "{text}");
            let text = refused(&NetworkOptions { client_certificate: Some((pem, None)), ..NetworkOptions::default() });
            assert!(text.starts_with("the client certificate") && text.contains(why), "{text}");
        }
        let certificate = text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        for (key, why) in [
            (None, "is not there"),
            (Some(text("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")), "encrypted"),
        ] {
            let text = refused(&NetworkOptions { client_certificate: Some((certificate.clone(), key)), ..NetworkOptions::default() });
            assert!(text.contains("private key") && text.contains(why), "{text}");
        }
    }

    #[test]
    fn a_key_is_in_no_debug_text() {
        assert!(!format!("{:?}", text("-----BEGIN PRIVATE KEY-----")).contains("BEGIN"));
    }

    #[test]
    fn no_connection_at_all_is_too_few() {
        let limits = ConnectionLimits { max_connections: MaxConnections::All(0), ..ConnectionLimits::default() };
        assert!(refused(&NetworkOptions { limits, ..NetworkOptions::default() }).contains("max_connections"));
    }
}
