//! What is kept only as a keyed hash.
//!
//! HMAC-SHA256, each purpose with a key of its own derived from the index key. A bare hash would not do: with its first
//! six and last four digits known, a card number is found by trying in under a second.

use hmac::{Hmac, Mac as _};
use rpc_schema::values::{Code, Pan};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Vault;

/// A keyed hash.
pub type Mac256 = [u8; 32];

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
    pub fn code_mac(&self, partner_id: Uuid, transaction_id: i64, code: &Code) -> Mac256 {
        mac(
            &self.code_key,
            &[
                partner_id.as_bytes(),
                &transaction_id.to_le_bytes(),
                code.digits().as_bytes(),
            ],
        )
    }

    /// The hash that is kept of a partner's secret.
    pub fn secret_mac(&self, secret: &str) -> Mac256 {
        mac(&self.secret_key, &[secret.as_bytes()])
    }

    /// Distinguishes one call's method and params from another's without keeping them.
    pub fn fingerprint(&self, parts: &[&[u8]]) -> Mac256 {
        mac(&self.fingerprint_key, parts)
    }
}

/// Whether two keyed hashes are equal, in a time that does not depend on where they differ.
pub fn same_mac(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

/// HMAC-SHA256 over the parts, each with its length, so that different lists of parts never hash alike.
pub(super) fn mac(key: &Mac256, parts: &[&[u8]]) -> Mac256 {
    // HMAC pads a key to a whole block anyway; a key of that length cannot be refused.
    let mut block = Zeroizing::new([0; 64]);
    block
        .iter_mut()
        .zip(key)
        .for_each(|(slot, byte)| *slot = *byte);
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new((&*block).into());
    for part in parts {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
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
