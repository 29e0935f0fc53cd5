//! One setting: what it is called, what kind of value it takes, and between which bounds.

use std::net::{IpAddr, SocketAddr};

use super::route::ProxyAddress;

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Setting {
    /// Section and key: `server.batch_limit`.
    pub(super) key: &'static str,
    pub(super) kind: Kind,
}

/// What a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text of at least one character, and at most this many.
    Text(usize),
    /// The same, and may be empty.
    MaybeEmpty(usize),
    /// `true` or `false`.
    Flag,
    /// A whole number: the least and the greatest.
    Whole(i64, i64),
    /// An IP address with a port.
    Address,
    /// An IP address.
    Ip,
    /// A proxy's address.
    Proxy,
    /// What a header of HTTP can carry; may be empty.
    Header,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Whole numbers; in the file alone.
    Numbers,
    /// Texts; in the file alone.
    Texts,
    /// Words: in the environment one text with commas.
    Words,
    /// The table of prefixes; in the file alone.
    Prefixes,
    /// The partners of a payment facilitator; in the file alone.
    Merchants,
    /// Tables with names of their own, each with these settings; in the file alone.
    Accounts(&'static [Setting]),
}

/// The longest URL, and the longest path.
pub(super) const LONG: usize = 4_096;

/// The longest text of a header.
const HEADER: usize = 256;

/// A setting of this name, which takes this.
pub(super) const fn setting(key: &'static str, kind: Kind) -> Setting {
    Setting { key, kind }
}

impl Kind {
    /// What it must be, with an example of the form. Never a value that somebody has set.
    pub(super) fn expected(self) -> String {
        match self {
            Self::Text(most) => format!("must be text of 1 to {most} characters, such as \"abc\""),
            Self::MaybeEmpty(most) => {
                format!("must be text of at most {most} characters, such as \"abc\"")
            }
            Self::Flag => "must be true or false".to_owned(),
            Self::Whole(least, greatest) => {
                format!("must be a whole number from {least} to {greatest}, such as {least}")
            }
            Self::Address => {
                "must be an IP address with a port, such as \"127.0.0.1:8080\"".to_owned()
            }
            Self::Ip => "must be an IP address, such as \"10.1.2.3\"".to_owned(),
            Self::Proxy => "must be http://HOST:PORT or socks5://HOST:PORT, without a user, such as \"http://10.1.2.3:3128\""
                .to_owned(),
            Self::Header => format!(
                "must be text of at most {HEADER} characters that a header can carry, such as \"abc\""
            ),
            Self::Choice(words) => format!("must be \"{}\"", words.join("\" or \"")),
            Self::Numbers => "must be a list of whole numbers, such as [14, 51]".to_owned(),
            Self::Words | Self::Texts => "must be a list of texts, such as [\"abc\", \"def\"]".to_owned(),
            Self::Merchants => "must be a list of { partner = \"shop\", mcc = \"5411\", legal_name = \"SHOP MCHJ\", legal_type = 1, \
                 legal_id = \"300000001\" }, with legal_oked or without"
                .to_owned(),
            Self::Accounts(_) => "must be tables of settings, each under a name of 1 to 32 of a-z, 0-9, - and _, and not under \
                                  default, which is the section itself"
                .to_owned(),
            Self::Prefixes => {
                "must be a list of { prefix = \"8600\", network = \"UZCARD\" } with digits and UZCARD or HUMO".to_owned()
            }
        }
    }

    /// Whether this text, as the environment or the file has it, can be the value.
    pub(super) fn takes_text(self, text: &str) -> bool {
        match self {
            Self::Text(most) => (1..=most).contains(&text.chars().count()),
            Self::MaybeEmpty(most) => text.chars().count() <= most,
            Self::Flag => matches!(text, "true" | "false"),
            Self::Whole(..) => text.parse().is_ok_and(|number| self.takes_number(number)),
            Self::Address => text.parse::<SocketAddr>().is_ok(),
            Self::Ip => text.parse::<IpAddr>().is_ok(),
            Self::Proxy => text.len() <= LONG && ProxyAddress::parse(text).is_some(),
            Self::Header => {
                text.len() <= HEADER && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
            }
            Self::Choice(words) => words.contains(&text),
            Self::Words => true,
            Self::Numbers | Self::Texts | Self::Prefixes | Self::Merchants | Self::Accounts(_) => {
                false
            }
        }
    }

    /// Whether this number is within the bounds.
    pub(super) fn takes_number(self, number: i64) -> bool {
        match self {
            Self::Whole(least, greatest) => (least..=greatest).contains(&number),
            Self::Text(_)
            | Self::MaybeEmpty(_)
            | Self::Flag
            | Self::Address
            | Self::Ip
            | Self::Proxy
            | Self::Header
            | Self::Choice(_)
            | Self::Numbers
            | Self::Words
            | Self::Texts
            | Self::Prefixes
            | Self::Merchants
            | Self::Accounts(_) => false,
        }
    }

    /// Whether only a file can have it.
    pub(super) fn is_list(self) -> bool {
        matches!(
            self,
            Self::Numbers | Self::Texts | Self::Prefixes | Self::Merchants | Self::Accounts(_)
        )
    }
}
