//! Which addresses on the net may be reached for somebody else: public ones, and what an operator allows.
//!
//! A partner names the address of its webhook. Without a rule, the gateway could be made to speak to machines that only it
//! can reach. The list is IANA's of special-purpose addresses (RFC 6890 and its registries).

use std::net::{IpAddr, Ipv6Addr};

/// A block of addresses (CIDR).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// IPv4 as a mapped IPv6 address.
    first: u128,
    /// Of 128.
    bits: u32,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Reachable {
    pub allowed: Vec<Block>,
}

/// IPv4 that is not public.
const CLOSED_V4: [&str; 15] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
];

/// The only IPv6 that is public, but for what follows.
const OPEN_V6: &str = "2000::/3";
const CLOSED_V6: [&str; 4] = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

/// What no setting opens: there sit the metadata services of clouds.
const ALWAYS_CLOSED: [&str; 2] = ["169.254.0.0/16", "fe80::/10"];

impl Block {
    /// `10.0.0.0/8`, `fd00::/8`; a bare address is a block of one. `None` where it is none, or has bits beyond its length.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let (all, before) = match address {
            IpAddr::V4(_) => (32, 96),
            IpAddr::V6(_) => (128, 0),
        };
        let length: u32 = match length {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|length| *length <= all)?
            }
            Some(_) => return None,
            None => all,
        };
        let block = Self {
            first: number(address),
            bits: before + length,
        };
        (block.first & !block.mask() == 0).then_some(block)
    }

    fn mask(self) -> u128 {
        u128::MAX.checked_shl(128 - self.bits).unwrap_or_default()
    }

    /// Whether this address is one of it.
    pub fn holds(self, address: IpAddr) -> bool {
        number(address) & self.mask() == self.first
    }
}

impl Reachable {
    /// Whether this address may be reached. An IPv4 address in an IPv6 one counts as itself.
    pub fn has(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let is_in = |blocks: &[&str]| {
            let mut blocks = blocks.iter().filter_map(|text| Block::parse(text));
            blocks.any(|block| block.holds(address))
        };
        if is_link_local(address) {
            return false;
        }
        if self.allows(address) {
            return true;
        }
        match address {
            IpAddr::V4(_) => !is_in(&CLOSED_V4),
            IpAddr::V6(_) => is_in(&[OPEN_V6]) && !is_in(&CLOSED_V6),
        }
    }

    /// Whether an operator has allowed it in words.
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allowed.iter().any(|block| block.holds(address))
    }
}

/// Whether this address may never be reached, whatever an operator allows.
pub fn is_link_local(address: IpAddr) -> bool {
    let address = address.to_canonical();
    let mut blocks = ALWAYS_CLOSED.iter().filter_map(|text| Block::parse(text));
    blocks.any(|block| block.holds(address))
}

fn number(address: IpAddr) -> u128 {
    let mapped: Ipv6Addr = match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    mapped.to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reachable(allowed: &[&str]) -> Reachable {
        let allowed = allowed.iter().map(|text| Block::parse(text).unwrap());
        Reachable {
            allowed: allowed.collect(),
        }
    }

    #[test]
    fn only_public_addresses_are_reached() {
        let closed = "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.255 \
            169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 \
            198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 \
            :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 100::1 fc00::1 fd12::1 \
            fe80::1 fec0::1 ff02::1 5f00::1 2001::1 2001:1ff::1 2001:db8::1 2002:7f00:1::1 3fff::1 4000::1";
        for address in closed.split_whitespace() {
            assert!(!reachable(&[]).has(address.parse().unwrap()), "{address}");
        }
        let open = "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.1.1.1 128.0.0.1 172.15.0.1 \
            172.32.0.1 192.167.1.1 198.17.1.1 198.20.1.1 223.255.255.255 ::ffff:1.1.1.1 2001:200::1 2606:4700::1111 \
            2a00:1450::8a";
        for address in open.split_whitespace() {
            assert!(reachable(&[]).has(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn a_setting_opens_its_blocks_and_never_link_local_ones() {
        let allowed = reachable(&[
            "10.20.0.0/16",
            "127.0.0.0/8",
            "::1",
            "fd00::/8",
            "0.0.0.0/0",
            "::/0",
        ]);
        let narrow = reachable(&["10.20.0.0/16"]);
        let has = |rules: &Reachable, text: &str| rules.has(text.parse().unwrap());
        for address in [
            "10.20.3.4",
            "127.0.0.1",
            "::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "192.168.1.1",
        ] {
            assert!(has(&allowed, address), "{address}");
        }
        for address in ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254"] {
            assert!(!has(&allowed, address), "{address}");
        }
        assert!(has(&narrow, "10.20.255.255"));
        assert!(!has(&narrow, "10.21.0.0") && !has(&narrow, "127.0.0.1"));
    }

    #[test]
    fn a_block_is_an_address_and_a_length() {
        for text in [
            "10.0.0.0/8",
            "10.1.2.3",
            "10.1.2.3/32",
            "0.0.0.0/0",
            "::/0",
            "fd00::/8",
            "::1/128",
        ] {
            assert!(Block::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "10",
            "10.0.0.0/33",
            "10.0.0.1/8",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "fd00::/129",
            "a/8",
            "/8",
        ] {
            assert_eq!(Block::parse(text), None, "{text}");
        }
    }
}
