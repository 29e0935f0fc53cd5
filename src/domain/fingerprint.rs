//! Which certificate does a caller show?

use std::fmt;

use sha2::{Digest as _, Sha256};

/// SHA-256 of a certificate as DER: what `openssl x509 -noout -fingerprint -sha256` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of this certificate.
    pub fn of(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }

    /// From 64 hexadecimal digits of either case, with or without a colon between two.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = match text.len() {
            64 => text.to_owned(),
            95 if text.split(':').all(|byte| byte.len() == 2) => text.replace(':', ""),
            _ => return None,
        };
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_openssl_prints_is_read() {
        let of = Fingerprint::of(b"abc");
        let plain = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(of.to_string(), plain);
        let pairs: Vec<&str> = (0..32).map(|at| &plain[at * 2..at * 2 + 2]).collect();
        let coloned = pairs.join(":").to_uppercase();
        for text in [plain, &plain.to_uppercase(), &coloned] {
            assert_eq!(Fingerprint::parse(text), Some(of), "{text}");
        }
        let shifted = format!("{}:{}", &plain[..3], pairs[2..].join(":"));
        for text in [
            "",
            &plain[1..],
            &format!("{plain}0"),
            &shifted,
            &coloned.replace('B', "G"),
        ] {
            assert_eq!(Fingerprint::parse(text), None, "{text}");
        }
    }
}
