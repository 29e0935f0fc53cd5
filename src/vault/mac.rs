//! HMAC-SHA256, and how two such values are compared.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// A keyed hash.
pub type Mac256 = [u8; 32];

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
