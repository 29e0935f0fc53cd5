//! How a secret may be spelled where it should not be.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// What must not be found.
pub(super) struct Secret {
    what: String,
    text: String,
    kind: Kind,
}

enum Kind {
    /// Long enough to be found in anything.
    Long,
    /// Six digits, which stand somewhere in every long number: they count where they stand alone.
    Word,
    /// The hexadecimal digits of a key, which may also be there as its bytes.
    Key,
}

/// One spelling of a secret, each byte as the character of its number.
pub(super) struct Spelled {
    pub(super) what: String,
    pub(super) needle: String,
    pub(super) alone: bool,
}

impl Secret {
    pub(super) fn new(what: &str, text: &str) -> Self {
        Self::of(what, text, Kind::Long)
    }

    pub(super) fn word(what: &str, text: &str) -> Self {
        Self::of(what, text, Kind::Word)
    }

    pub(super) fn key(what: &str, text: &str) -> Self {
        Self::of(what, text, Kind::Key)
    }

    fn of(what: &str, text: &str, kind: Kind) -> Self {
        assert!(text.len() >= 6, "{what} is {text:?}");
        Self {
            what: what.to_owned(),
            text: text.to_owned(),
            kind,
        }
    }

    /// Its spellings.
    pub(super) fn spelled(&self) -> Vec<Spelled> {
        let mut bytes: Vec<(&str, Vec<u8>)> = vec![("as it is", self.text.clone().into())];
        match self.kind {
            Kind::Word => {}
            Kind::Long => spell(self.text.as_bytes(), &mut bytes),
            Kind::Key => {
                let key = hex::decode(&self.text).unwrap();
                bytes.push(("in capitals", self.text.to_uppercase().into()));
                spell(&key, &mut bytes);
                bytes.push(("as bytes", key));
            }
        }
        bytes
            .into_iter()
            .map(|(how, needle)| Spelled {
                what: format!("{} {how}", self.what),
                needle: latin(&needle),
                alone: matches!(self.kind, Kind::Word),
            })
            .collect()
    }
}

fn spell(secret: &[u8], into: &mut Vec<(&str, Vec<u8>)>) {
    into.push(("in hexadecimal", hex::encode(secret).into()));
    into.push(("as its hash", hex::encode(Sha256::digest(secret)).into()));
    into.push(("as its hash's bytes", Sha256::digest(secret).to_vec()));
    // Within a longer text it may begin at any bit of a base64 digit.
    for shift in 0..3 {
        let encoded = STANDARD.encode([vec![0; shift], secret.to_vec()].concat());
        let begin = (shift * 8).div_ceil(6);
        let end = (shift + secret.len()) * 8 / 6;
        into.push(("in base64", encoded[begin..end].into()));
    }
    if secret.len() == 16 && secret.iter().all(u8::is_ascii_digit) {
        for between in [b" ", b"-"] {
            let groups: Vec<&[u8]> = secret.chunks(4).collect();
            into.push(("in groups", groups.join(&between[..])));
        }
    }
}

/// Bytes as a text that can be searched.
pub(super) fn latin(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

impl Spelled {
    /// Where it stands in a text.
    pub(super) fn find(&self, text: &str) -> Option<usize> {
        let is_part = |sign: Option<char>| sign.is_some_and(|sign| sign.is_ascii_alphanumeric());
        text.match_indices(&self.needle)
            .map(|(at, _)| at)
            .find(|at| {
                let (before, rest) = text.split_at(*at);
                let after = rest[self.needle.len()..].chars().next();
                !self.alone || !(is_part(before.chars().next_back()) || is_part(after))
            })
    }
}

#[test]
fn a_secret_is_found_in_every_spelling() {
    let found = |secret: &Secret, text: &[u8]| {
        let text = latin(text);
        secret
            .spelled()
            .iter()
            .any(|spelled| spelled.find(&text).is_some())
    };
    let card = Secret::new("a card", "8600490744313347");
    for text in [
        "pan=8600490744313347,",
        "8600 4907 4431 3347",
        "8600-4907-4431-3347",
        "\\x38363030343930373434333133333437",
    ] {
        assert!(found(&card, text.as_bytes()), "{text}");
    }
    assert!(!found(&card, b"860049*****3347"));
    for user in ["a", "ab", "abc"] {
        let credentials = STANDARD.encode(format!("{user}:8600490744313347!"));
        assert!(found(&card, credentials.as_bytes()), "{credentials}");
    }
    let key = "00ff".repeat(16);
    let secret = Secret::key("a key", &key);
    assert!(found(&secret, &hex::decode(&key).unwrap()));
    assert!(found(&secret, format!("\\x{key}").as_bytes()));
    assert!(found(&secret, key.to_uppercase().as_bytes()));
    let code = Secret::word("a code", "739152");
    assert!(found(&code, b"code: 739152.") && found(&code, b"739152"));
    assert!(!found(&code, b"1739152") && !found(&code, b"7391520") && !found(&code, b"a739152"));
}
