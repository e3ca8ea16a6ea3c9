//! Which names this server is known by, and which pages are its own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::{HeaderMap, HeaderName, Uri, header};
use url::Host;

use crate::net::{HostPattern, parse_host};

/// A proxy before the server says in it how it was asked itself.
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The names under which the server may be asked: its loopback ones, and those that were allowed.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    own: Vec<Host>,
    allowed: Vec<HostPattern>,
}

/// Where links to this server begin for whoever asked: as it was asked itself, such as
/// `http://127.0.0.1:8700`.
#[derive(Clone, Debug)]
pub(super) struct Base(pub(super) String);

impl Hosts {
    /// Of a server that listens there.
    pub(crate) fn new(listen: IpAddr, allowed: Vec<HostPattern>) -> Self {
        let mut own = vec![Host::Domain("localhost".to_owned()), Host::Ipv4(Ipv4Addr::LOCALHOST), Host::Ipv6(Ipv6Addr::LOCALHOST)];
        if listen.is_loopback() {
            own.push(match listen {
                IpAddr::V4(address) => Host::Ipv4(address),
                IpAddr::V6(address) => Host::Ipv6(address),
            });
        }
        Self { own, allowed }
    }

    /// Passes only requests to a name of this server, and from browsers only those of its
    /// own pages: a website must not reach it through its visitor, nor by a DNS name of its
    /// own that it lets point here.
    ///
    /// # Errors
    /// What is wrong with the request.
    pub(super) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<Base, String> {
        // A target with a host counts (RFC 9112, section 3.2.2); neither may be another's.
        let mut hosts: Vec<&[u8]> = uri.authority().map(|authority| authority.as_str().as_bytes()).into_iter().collect();
        hosts.extend(headers.get_all(header::HOST).iter().map(http::HeaderValue::as_bytes));
        let Some(host) = hosts.first() else {
            return Err("the request names no Host; send the one of the server's address".to_owned());
        };
        let mut is_own = true;
        for host in &hosts {
            is_own &= self.knows(host).ok_or_else(|| {
                let host = String::from_utf8_lossy(host);
                format!("the Host {host:?} is not this server's; use localhost, 127.0.0.1 or [::1], or allow it with --allowed-host")
            })?;
        }
        let host = String::from_utf8_lossy(host);
        let plain = format!("http://{host}");
        // Under its own names it speaks plain HTTP only; a proxy may do more under others.
        let secure = (!is_own).then(|| format!("https://{host}"));
        for origin in headers.get_all(header::ORIGIN) {
            if ![Some(&plain), secure.as_ref()].into_iter().flatten().any(|own| own.as_bytes() == origin.as_bytes()) {
                let detail = format!("the Origin {origin:?} is another site's; only pages of {plain} may call this server from a browser");
                return Err(detail);
            }
        }
        let forwarded = headers.get(X_FORWARDED_PROTO).is_some_and(|protocol| protocol.as_bytes() == b"https");
        Ok(Base(secure.filter(|_| forwarded).unwrap_or(plain)))
    }

    /// Whether the host, with or without a port, is one of the server's own names (or else
    /// an allowed one); `None` when it is neither.
    fn knows(&self, host: &[u8]) -> Option<bool> {
        let host = str::from_utf8(host).ok()?;
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        // What the URL standard would decode first is in no browser's header.
        let host = parse_host(name).filter(|_| name.is_ascii() && !name.contains('%'))?;
        if self.own.contains(&host) {
            return Some(true);
        }
        self.allowed.iter().any(|pattern| pattern.matches(&host)).then_some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(listen: &str, allowed: &[&str]) -> Hosts {
        Hosts::new(listen.parse().unwrap(), allowed.iter().map(|host| host.parse().unwrap()).collect())
    }

    /// Where links begin after a request to `target` with these headers.
    fn base(hosts: &Hosts, target: &str, headers: &[(HeaderName, &str)]) -> Result<String, String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value.parse().unwrap());
        }
        hosts.check(&target.parse().unwrap(), &map).map(|base| base.0)
    }

    fn host(hosts: &Hosts, host: &str) -> Result<String, String> {
        base(hosts, "/", &[(header::HOST, host)])
    }

    #[test]
    fn only_its_own_names_are_its_own() {
        let own = hosts("127.0.0.1", &[]);
        for known in ["localhost", "LOCALHOST:80", "localhost.", "127.0.0.1", "127.0.0.1:9", "[::1]", "[::1]:8080", "localhost:"] {
            assert_eq!(host(&own, known), Ok(format!("http://{known}")));
        }
        for other in [
            "",
            ":80",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:80",
            "127.0.0.2",
            "0.0.0.0",
            "::1",
            "[::1",
            "[fe80::1]",
            "localhost:x",
            "localhost@evil.example",
            "evil.example@localhost",
            "localhost, evil.example",
            "local%68ost",
            "evil.example#localhost",
        ] {
            let refused = host(&own, other).unwrap_err();
            assert!(refused.contains("Host") && refused.contains("localhost"), "{other}: {refused}");
        }
        assert!(base(&own, "/", &[]).unwrap_err().contains("names no Host"));
        assert!(host(&hosts("127.0.0.2", &[]), "127.0.0.2:80").is_ok());
        assert!(host(&hosts("192.0.2.1", &[]), "192.0.2.1:80").is_err());
    }

    #[test]
    fn allowed_names_are_known_with_any_port() {
        let open = hosts("0.0.0.0", &["agent.example", "*.lab.example", "192.0.2.7", "[2001:db8::7]"]);
        for known in ["agent.example", "Agent.Example:8700", "a.lab.example", "192.0.2.7:80", "[2001:db8::7]:80", "localhost:8700"] {
            assert_eq!(host(&open, known), Ok(format!("http://{known}")));
        }
        for other in ["lab.example", "example", "x.agent.example", "agent.example.evil.example", "192.0.2.8", "[2001:db8::8]", "0.0.0.0"] {
            assert!(host(&open, other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_target_with_a_host_must_be_known_too() {
        let own = hosts("127.0.0.1", &[]);
        let localhost = (header::HOST, "localhost");
        assert_eq!(base(&own, "http://127.0.0.1:80/x", std::slice::from_ref(&localhost)), Ok("http://127.0.0.1:80".to_owned()));
        assert!(base(&own, "http://evil.example/", std::slice::from_ref(&localhost)).unwrap_err().contains("evil.example"));
        assert!(base(&own, "http://localhost/", &[(header::HOST, "evil.example")]).is_err());
        assert!(base(&own, "/", &[localhost, (header::HOST, "evil.example")]).is_err());
    }

    #[test]
    fn only_its_own_pages_may_call_it() {
        let open = hosts("127.0.0.1", &["agent.example"]);
        let from = |host: &'static str, origin: &'static str| base(&open, "/", &[(header::HOST, host), (header::ORIGIN, origin)]);
        for (host, origin) in [
            ("localhost:8700", "http://localhost:8700"),
            ("[::1]:8700", "http://[::1]:8700"),
            ("agent.example", "http://agent.example"),
            ("agent.example", "https://agent.example"),
        ] {
            assert!(from(host, origin).is_ok(), "{host} {origin}");
        }
        for (host, origin) in [
            ("localhost:8700", "null"),
            ("localhost:8700", ""),
            ("localhost:8700", "http://localhost"),
            ("localhost:8700", "http://localhost:8701"),
            ("localhost:8700", "http://127.0.0.1:8700"),
            ("localhost:8700", "https://localhost:8700"),
            ("localhost:8700", "http://localhost:8700.evil.example"),
            ("agent.example", "https://evil.example"),
            ("agent.example", "http://localhost:8700"),
        ] {
            assert!(from(host, origin).unwrap_err().contains("Origin"), "{host} {origin}");
        }
        let two = [(header::HOST, "localhost"), (header::ORIGIN, "http://localhost"), (header::ORIGIN, "http://evil.example")];
        assert!(base(&open, "/", &two).is_err());
    }

    #[test]
    fn links_are_secure_where_a_proxy_was_asked_so() {
        let open = hosts("127.0.0.1", &["agent.example"]);
        let asked = |host: &'static str, protocol: &'static str| base(&open, "/", &[(header::HOST, host), (X_FORWARDED_PROTO, protocol)]);
        assert_eq!(asked("agent.example", "https"), Ok("https://agent.example".to_owned()));
        assert_eq!(asked("agent.example", "javascript"), Ok("http://agent.example".to_owned()));
        assert_eq!(asked("localhost:8700", "https"), Ok("http://localhost:8700".to_owned()));
    }
}
