//! What is kept only as a keyed hash.
//!
//! HMAC-SHA256, each purpose with a key of its own derived from the index key. A bare hash would not do: with its first
//! six and last four digits known, a card number is found by trying in under a second.

use entity::ids::TransactionId;
use rpc_schema::values::{Code, Pan};
use uuid::Uuid;

use super::Vault;
use super::mac::{Mac256, mac};

impl Vault {
    /// The hash by which a card number is found.
    pub fn pan_hash(&self, pan: &Pan) -> Mac256 {
        mac(&self.pan_hash_key, &[pan.digits().as_bytes()])
    }

    /// The hash by which a phone is found on a list.
    pub fn phone_hash(&self, phone: &str) -> Mac256 {
        mac(&self.pan_hash_key, &[b"phone", phone.as_bytes()])
    }

    /// The hash that is kept of a confirmation code, bound to its partner and transaction.
    pub fn code_mac(&self, partner_id: Uuid, transaction_id: TransactionId, code: &Code) -> Mac256 {
        mac(
            &self.code_key,
            &[
                partner_id.as_bytes(),
                &transaction_id.0.to_le_bytes(),
                code.digits().as_bytes(),
            ],
        )
    }

    /// The hash that is kept of a partner's secret.
    pub fn secret_mac(&self, secret: &str) -> Mac256 {
        mac(&self.secret_key, &[secret.as_bytes()])
    }

    /// The hash under which failed logins of a user name from a source are counted.
    pub fn login_mac(&self, name: &str, source: &[u8]) -> Mac256 {
        mac(&self.secret_key, &[b"login", name.as_bytes(), source])
    }

    /// What is mixed into the passwords of operators, so that they cannot be guessed from the database alone.
    pub fn password_pepper(&self) -> Mac256 {
        mac(&self.secret_key, &[b"operator", b"password"])
    }

    /// The hash that is kept of the one-time code with which an operator sets a password.
    pub fn operator_code_mac(&self, operator_id: Uuid, code: &str) -> Mac256 {
        mac(
            &self.secret_key,
            &[
                b"operator",
                b"code",
                operator_id.as_bytes(),
                code.as_bytes(),
            ],
        )
    }

    /// The hash under which a sign-in is kept.
    pub fn session_mac(&self, token: &str) -> Mac256 {
        mac(
            &self.secret_key,
            &[b"operator", b"session", token.as_bytes()],
        )
    }

    /// What the forms of a sign-in carry: it follows from the token, which no page can read.
    pub fn form_mac(&self, token: &str) -> Mac256 {
        mac(&self.secret_key, &[b"operator", b"form", token.as_bytes()])
    }

    /// The hash under which something that is limited is counted.
    pub fn limit_mac(&self, of: &[&[u8]]) -> Mac256 {
        let mut parts: Vec<&[u8]> = vec![b"limit"];
        parts.extend_from_slice(of);
        mac(&self.pan_hash_key, &parts)
    }

    /// What a reference of ours is made of, where it must follow from what is known.
    pub fn reference_mac(&self, parts: &[&[u8]]) -> Mac256 {
        mac(&self.reference_key, parts)
    }

    /// The hash that seals a row of the audit log, or the end of a chain. It follows from the index key, which encrypts
    /// nothing and is never rotated or retired: so what was sealed can be verified as long as the installation lives.
    pub fn audit_mac(&self, parts: &[&[u8]]) -> Mac256 {
        mac(&self.audit_key, parts)
    }

    /// Distinguishes one call's method and params from another's without keeping them.
    pub fn fingerprint(&self, parts: &[&[u8]]) -> Mac256 {
        mac(&self.fingerprint_key, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::vault;
    use super::*;

    #[test]
    fn hashes_differ_by_purpose_and_by_key() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (first, second) = (vault(one.path()), vault(two.path()));
        let pan = Pan::parse("8600010132441332").unwrap();
        assert_eq!(first.pan_hash(&pan), first.pan_hash(&pan));
        assert_ne!(first.pan_hash(&pan), second.pan_hash(&pan));
        assert_ne!(first.pan_hash(&pan), first.secret_mac(pan.digits()));
        assert_ne!(
            first.fingerprint(&[b"ab", b"c"]),
            first.fingerprint(&[b"a", b"bc"])
        );
        assert_ne!(first.proofs(), second.proofs());
    }
}
