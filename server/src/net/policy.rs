//! Which hosts a browser may reach: a pure decision, made before each connection.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use url::Host;

use super::address::{Kind, carried};

/// What a browser may reach. By default: public addresses only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Opens loopback and private addresses, but not those of cloud metadata.
    pub allow_private: bool,
    /// Hosts that may be reached whatever their addresses are.
    pub allow: Vec<HostPattern>,
    /// Hosts that may not be reached, even where they are allowed otherwise. An address
    /// here also stands for all names that resolve to it.
    pub deny: Vec<HostPattern>,
}

impl Policy {
    /// Whether `host` may be asked for at all. Decided before its name is resolved.
    ///
    /// # Errors
    /// Where the host is denied.
    pub fn check_host(&self, host: &Host) -> Result<(), Refusal> {
        match self.deny.iter().find(|pattern| pattern.matches(host)) {
            Some(pattern) => Err(Refusal::Denied { host: host.clone(), pattern: pattern.clone() }),
            None => Ok(()),
        }
    }

    /// Whether `host` may be reached at `address`, which is one that it resolved to.
    ///
    /// # Errors
    /// Where the host or the address is denied, or the address is of a kind that is
    /// not open.
    pub fn check(&self, host: &Host, address: IpAddr) -> Result<(), Refusal> {
        self.check_host(host)?;
        let forms = [Some(literal(address)), literal_inside(address)];
        if let Some(pattern) = self.deny.iter().find(|pattern| forms.iter().flatten().any(|form| pattern.matches(form))) {
            return Err(Refusal::Denied { host: host.clone(), pattern: pattern.clone() });
        }
        if self.allow.iter().any(|pattern| pattern.matches(host)) {
            return Ok(());
        }
        match Kind::of(address) {
            Kind::Public => Ok(()),
            Kind::Loopback | Kind::Private if self.allow_private => Ok(()),
            kind => Err(Refusal::Address { host: host.clone(), address, kind }),
        }
    }
}

fn literal(address: IpAddr) -> Host {
    match address {
        IpAddr::V4(address) => Host::Ipv4(address),
        IpAddr::V6(address) => Host::Ipv6(address),
    }
}

fn literal_inside(address: IpAddr) -> Option<Host> {
    match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => carried(address).map(Host::Ipv4),
    }
}

/// Why a host may not be reached, in words for people, with the option that opens it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A pattern of [`Policy::deny`] names it.
    #[error("{host} is refused by --deny {pattern}")]
    Denied {
        /// The host asked for.
        host: Host,
        /// The pattern that names it or its address.
        pattern: HostPattern,
    },
    /// Its address is not open.
    #[error("{} is refused: {address} is {kind}; {}", host, opening(host, *kind))]
    Address {
        /// The host asked for.
        host: Host,
        /// The address that it has.
        address: IpAddr,
        /// What kind of address that is.
        kind: Kind,
    },
}

fn opening(host: &Host, kind: Kind) -> String {
    match kind {
        Kind::Loopback | Kind::Private => format!("--allow {host} opens this host, --allow-private all loopback and private addresses"),
        _ => format!("--allow {host} opens this host"),
    }
}

/// A host by name or address, or all hosts under a name: `example.com`, `*.example.com`,
/// `10.0.0.7`, `[::1]`.
///
/// Names are compared as the URL standard writes them: in lower case, other scripts in
/// Punycode, every spelling of an IPv4 address as four decimal numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    host: Host,
    /// The pattern stands for the hosts under the name, not for the name itself.
    under: bool,
}

impl HostPattern {
    pub(crate) fn matches(&self, host: &Host) -> bool {
        match (&self.host, host) {
            (Host::Domain(name), Host::Domain(host)) if self.under => {
                host.strip_suffix(name.as_str()).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            }
            (pattern, host) => pattern == host,
        }
    }
}

/// What is wrong with a [`HostPattern`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{pattern:?} is no host: write a name (example.com), all names under one (*.example.com) or an address (10.0.0.7, [::1]), without a port"
)]
pub struct BadPattern {
    pattern: String,
}

impl FromStr for HostPattern {
    type Err = BadPattern;

    fn from_str(pattern: &str) -> Result<Self, BadPattern> {
        let bad = || BadPattern { pattern: pattern.to_owned() };
        let (name, under) = match pattern.strip_prefix("*.") {
            Some(name) => (name, true),
            None => (pattern, false),
        };
        match parse_host(name).ok_or_else(bad)? {
            Host::Ipv4(_) | Host::Ipv6(_) if under => Err(bad()),
            Host::Domain(name) if name.contains('*') => Err(bad()),
            host => Ok(Self { host, under }),
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.under { "*." } else { "" }, self.host)
    }
}

/// A host as the URL standard reads it, without the dot that may end a name.
pub(crate) fn parse_host(host: &str) -> Option<Host> {
    match Host::parse(host).ok()? {
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(&name);
            (!name.is_empty() && !name.ends_with('.')).then(|| Host::Domain(name.to_owned()))
        }
        address => Some(address),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn patterns(list: &str) -> Vec<HostPattern> {
        list.split_whitespace().map(|pattern| pattern.parse().unwrap()).collect()
    }

    fn policy(allow_private: bool, allow: &str, deny: &str) -> Policy {
        Policy { allow_private, allow: patterns(allow), deny: patterns(deny) }
    }

    fn permits(policy: &Policy, host: &str, address: &str) -> bool {
        policy.check(&parse_host(host).unwrap(), address.parse().unwrap()).is_ok()
    }

    #[test]
    fn every_spelling_of_an_address_is_that_address() {
        for spelling in
            ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.0.0.1.", "１２７.0.0.1", "127。0。0。1"]
        {
            assert_eq!(parse_host(spelling), Some(Host::Ipv4([127, 0, 0, 1].into())), "{spelling}");
        }
        for spelling in ["[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[::1]", "[0:0::0:1]"] {
            let Some(Host::Ipv6(address)) = parse_host(spelling) else { panic!("{spelling}") };
            let refusal = Policy::default().check(&Host::Ipv6(address), address.into()).unwrap_err();
            assert!(matches!(refusal, Refusal::Address { kind: Kind::Loopback, .. }), "{spelling}: {refusal}");
        }
    }

    #[test]
    fn private_addresses_are_opened_by_an_option_and_metadata_by_name_only() {
        let open = policy(true, "", "");
        for address in ["127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "100.64.0.1", "fd00::1", "1.1.1.1"] {
            assert!(permits(&open, "a.test", address), "{address}");
        }
        for address in ["169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254", "169.254.0.1", "0.0.0.0", "224.0.0.1", "192.0.2.1"] {
            assert!(!permits(&open, "a.test", address), "{address}");
        }
        let named = policy(false, "169.254.169.254 metadata.test", "");
        assert!(permits(&named, "169.254.169.254", "169.254.169.254"));
        assert!(permits(&named, "metadata.test", "169.254.169.254"));
        assert!(!permits(&named, "other.test", "169.254.169.254"));
    }

    #[test]
    fn names_are_matched_whole_or_by_what_they_are_under() {
        let one = policy(false, "*.test Bücher.example", "");
        for (host, expected) in [
            ("a.test", true),
            ("A.B.TEST.", true),
            ("test", false),
            ("atest", false),
            ("xn--bcher-kva.example", true),
            ("BÜCHER.example.", true),
            ("www.bücher.example", false),
        ] {
            assert_eq!(permits(&one, host, "10.0.0.1"), expected, "{host}");
        }
    }

    #[test]
    fn deny_wins_and_an_address_stands_for_its_names() {
        let denied = policy(true, "*.test", "bad.test 127.0.0.2");
        assert!(permits(&denied, "good.test", "127.0.0.1"));
        assert!(!permits(&denied, "bad.test", "1.1.1.1"));
        assert!(!permits(&denied, "good.test", "127.0.0.2"));
        assert!(!permits(&denied, "good.test", "::ffff:127.0.0.2"));
    }

    #[test]
    fn a_refusal_says_what_would_open_the_host() {
        let why = |policy: &Policy, host: &str, address: &str| {
            policy.check(&parse_host(host).unwrap(), address.parse().unwrap()).unwrap_err().to_string()
        };
        let closed = Policy::default();
        assert_eq!(
            why(&closed, "intranet.test", "10.0.0.1"),
            "intranet.test is refused: 10.0.0.1 is a private address; --allow intranet.test opens this host, --allow-private all loopback and private addresses"
        );
        assert_eq!(
            why(&closed, "[fd00:ec2::254]", "fd00:ec2::254"),
            "[fd00:ec2::254] is refused: fd00:ec2::254 is a cloud metadata address; --allow [fd00:ec2::254] opens this host"
        );
        assert_eq!(why(&policy(true, "", "*.test"), "a.test", "1.1.1.1"), "a.test is refused by --deny *.test");
    }

    #[test]
    fn a_pattern_is_a_host() {
        for bad in
            ["", "*", "*.", ".", "a..", "*.*.test", "a.*", "*.10.0.0.1", "a.test:80", "http://a.test", "a/b", "a b", "[::1", "256.1.1.1"]
        {
            assert!(bad.parse::<HostPattern>().is_err(), "{bad}");
        }
        for (pattern, shown) in [("A.Test.", "a.test"), ("*.A.Test", "*.a.test"), ("0x7f.1", "127.0.0.1"), ("[0::1]", "[::1]")] {
            assert_eq!(pattern.parse::<HostPattern>().unwrap().to_string(), shown);
        }
    }

    fn any_address() -> impl Strategy<Value = IpAddr> {
        prop_oneof![any::<u32>().prop_map(|bits| IpAddr::V4(bits.into())), any::<u128>().prop_map(|bits| IpAddr::V6(bits.into()))]
    }

    proptest! {
        #[test]
        fn without_names_only_the_kind_counts(address in any_address(), allow_private: bool, host in "[a-z]{1,8}\\.test") {
            let expected = match Kind::of(address) {
                Kind::Public => true,
                Kind::Loopback | Kind::Private => allow_private,
                _ => false,
            };
            let policy = Policy { allow_private, ..Policy::default() };
            prop_assert_eq!(policy.check(&parse_host(&host).unwrap(), address).is_ok(), expected);
        }

        #[test]
        fn what_is_denied_is_refused_whatever_else_is_said(
            address in any_address(), allow_private: bool, label in "[a-z]{1,4}", name in "[a-z]{1,4}\\.test",
        ) {
            let host = parse_host(&format!("{label}.{name}")).unwrap();
            let all = format!("*.{name} {label}.{name}");
            for deny in [format!("*.{name}"), format!("{label}.{name}"), literal(address).to_string()] {
                prop_assert!(policy(allow_private, &all, &deny).check(&host, address).is_err(), "{}", deny);
            }
            prop_assert!(policy(allow_private, &all, "").check(&host, address).is_ok());
        }

        #[test]
        fn any_text_is_a_pattern_or_an_error_and_a_pattern_reads_back(text in "(\\*\\.)?[a-z0-9.:\\[\\]*xé-]{0,12}") {
            if let Ok(pattern) = text.parse::<HostPattern>() {
                prop_assert_eq!(pattern.to_string().parse::<HostPattern>(), Ok(pattern));
            }
        }
    }
}
