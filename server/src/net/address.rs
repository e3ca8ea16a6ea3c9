//! What kind of place an IP address is, by the special-purpose address registries of
//! IANA (RFC 6890 and its updates). Addresses that carry another one inside count as
//! that one.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The kind of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A place on the internet.
    Public,
    /// This machine (RFC 1122, RFC 4291).
    Loopback,
    /// A private network (RFC 1918), a unique local address (RFC 4193), or the space
    /// that providers share (RFC 6598).
    Private,
    /// This link only (RFC 3927, RFC 4291).
    LinkLocal,
    /// Where clouds tell a machine its credentials.
    Metadata,
    /// A group, or every machine of a network (RFC 5771, RFC 919, RFC 4291).
    Multicast,
    /// No address at all; some systems take it for this machine (RFC 1122).
    Unspecified,
    /// For examples (RFC 5737, RFC 3849, RFC 9637).
    Documentation,
    /// Everything else that is no place on the internet: benchmarks, protocols, the future.
    Reserved,
}

impl Kind {
    /// The kind of `address`.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => of_v4(address),
            IpAddr::V6(address) => of_v6(address),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "a public address",
            Self::Loopback => "a loopback address",
            Self::Private => "a private address",
            Self::LinkLocal => "a link-local address",
            Self::Metadata => "a cloud metadata address",
            Self::Multicast => "a multicast or broadcast address",
            Self::Unspecified => "an unspecified address",
            Self::Documentation => "an address for documentation",
            Self::Reserved => "a reserved address",
        })
    }
}

/// Single addresses inside other ranges, so looked at first: the metadata services of
/// the large clouds, some of them in private or even in public space.
const METADATA_V4: [Ipv4Addr; 6] = [
    Ipv4Addr::new(169, 254, 169, 254),
    // Credentials of containers.
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];

const METADATA_V6: [Ipv6Addr; 3] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];

/// Ranges of IPv4: the first address, the bits that all of a range have in common.
const RANGES_V4: [(Ipv4Addr, u32, Kind); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8, Kind::Unspecified),
    (Ipv4Addr::new(10, 0, 0, 0), 8, Kind::Private),
    (Ipv4Addr::new(100, 64, 0, 0), 10, Kind::Private),
    (Ipv4Addr::new(127, 0, 0, 0), 8, Kind::Loopback),
    (Ipv4Addr::new(169, 254, 0, 0), 16, Kind::LinkLocal),
    (Ipv4Addr::new(172, 16, 0, 0), 12, Kind::Private),
    (Ipv4Addr::new(192, 0, 0, 0), 24, Kind::Reserved),
    (Ipv4Addr::new(192, 0, 2, 0), 24, Kind::Documentation),
    (Ipv4Addr::new(192, 88, 99, 0), 24, Kind::Reserved),
    (Ipv4Addr::new(192, 168, 0, 0), 16, Kind::Private),
    (Ipv4Addr::new(198, 18, 0, 0), 15, Kind::Reserved),
    (Ipv4Addr::new(198, 51, 100, 0), 24, Kind::Documentation),
    (Ipv4Addr::new(203, 0, 113, 0), 24, Kind::Documentation),
    (Ipv4Addr::new(224, 0, 0, 0), 4, Kind::Multicast),
    (Ipv4Addr::BROADCAST, 32, Kind::Multicast),
    (Ipv4Addr::new(240, 0, 0, 0), 4, Kind::Reserved),
];

/// Ranges of IPv6. What is in none of them is reserved: only 2000::/3 is in use.
const RANGES_V6: [(Ipv6Addr, u32, Kind); 9] = [
    (Ipv6Addr::UNSPECIFIED, 128, Kind::Unspecified),
    (Ipv6Addr::LOCALHOST, 128, Kind::Loopback),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, Kind::Private),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, Kind::LinkLocal),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, Kind::Multicast),
    // Protocols, Teredo tunnels among them.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, Kind::Reserved),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, Kind::Documentation),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, Kind::Documentation),
    (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3, Kind::Public),
];

/// Where an IPv6 address carries an IPv4 address: the range, and how many bits stand
/// after the carried one.
const CARRIERS: [(Ipv6Addr, u32, u32); 5] = [
    // IPv4-compatible and IPv4-mapped (RFC 4291), IPv4-translated (RFC 2765).
    (Ipv6Addr::UNSPECIFIED, 96, 0),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, 0),
    (Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96, 0),
    // NAT64 (RFC 6052).
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96, 0),
    // 6to4 (RFC 3056).
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, 80),
];

fn of_v4(address: Ipv4Addr) -> Kind {
    if METADATA_V4.contains(&address) {
        return Kind::Metadata;
    }
    let bits = u32::from(address);
    let range = RANGES_V4.iter().find(|(first, prefix, _)| (bits ^ u32::from(*first)).leading_zeros() >= *prefix);
    range.map_or(Kind::Public, |(_, _, kind)| *kind)
}

fn of_v6(address: Ipv6Addr) -> Kind {
    if METADATA_V6.contains(&address) {
        return Kind::Metadata;
    }
    if let Some(carried) = carried(address) {
        return of_v4(carried);
    }
    let range = RANGES_V6.iter().find(|(first, prefix, _)| starts_like(address, *first, *prefix));
    range.map_or(Kind::Reserved, |(_, _, kind)| *kind)
}

/// The IPv4 address inside an IPv6 address.
pub(super) fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    if address.is_unspecified() || address.is_loopback() {
        return None;
    }
    let (_, _, after) = CARRIERS.iter().find(|(first, prefix, _)| starts_like(address, *first, *prefix))?;
    let bits = (u128::from(address) >> after) & u128::from(u32::MAX);
    u32::try_from(bits).ok().map(Ipv4Addr::from)
}

fn starts_like(address: Ipv6Addr, first: Ipv6Addr, prefix: u32) -> bool {
    (u128::from(address) ^ u128::from(first)).leading_zeros() >= prefix
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_range_begins_and_ends_where_the_registry_says() {
        for (addresses, kind) in [
            ("1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0", Kind::Public),
            ("169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0", Kind::Public),
            ("198.17.255.255 198.20.0.0 223.255.255.255 2000:: 2001:200:: 2606:4700::1111 3ffe::", Kind::Public),
            ("127.0.0.0 127.0.0.1 127.255.255.255 ::1", Kind::Loopback),
            ("10.0.0.0 10.255.255.255 172.16.0.0 172.31.255.255 192.168.0.0 192.168.255.255", Kind::Private),
            ("100.64.0.0 100.127.255.255 fc00:: fdff::1", Kind::Private),
            ("169.254.0.0 169.254.255.255 fe80::1 febf::", Kind::LinkLocal),
            ("169.254.169.254 100.100.100.200 fd00:ec2::254", Kind::Metadata),
            ("224.0.0.1 239.255.255.255 255.255.255.255 ff02::1", Kind::Multicast),
            ("0.0.0.0 0.255.255.255 ::", Kind::Unspecified),
            ("192.0.2.1 198.51.100.1 203.0.113.255 2001:db8::1 3fff::1 3fff:fff::", Kind::Documentation),
            ("192.0.0.1 192.88.99.1 198.18.0.0 198.19.255.255 240.0.0.0 255.255.255.254", Kind::Reserved),
            ("100:: 64:ff9b:1::1 2001::1 2001:1ff:: 4000:: 5f00:: fec0::1 1::", Kind::Reserved),
        ] {
            for address in addresses.split(' ') {
                assert_eq!(Kind::of(address.parse().unwrap()), kind, "{address}");
            }
        }
    }

    proptest! {
        #[test]
        fn an_address_in_another_one_is_of_the_same_kind(bits: u32) {
            let address = Ipv4Addr::from(bits);
            let kind = Kind::of(address.into());
            let [high, low] = [(bits >> 16) as u16, bits as u16];
            for carrier in [
                Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low),
                Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 1, 2, 3, 4, 5),
            ] {
                prop_assert_eq!(Kind::of(carrier.into()), kind, "{}", carrier);
            }
            if bits > 1 {
                prop_assert_eq!(Kind::of(Ipv6Addr::from(u128::from(bits)).into()), kind);
            }
        }

        #[test]
        fn only_global_unicast_or_what_carries_a_public_address_is_public(bits: u128) {
            let address = Ipv6Addr::from(bits);
            if Kind::of(address.into()) == Kind::Public {
                prop_assert!(bits >> 125 == 1 || carried(address).is_some(), "{}", address);
            }
        }
    }
}
