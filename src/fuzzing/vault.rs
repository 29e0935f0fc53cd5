//! Key files and sealed card numbers.

use rpc_schema::values::Pan;
use uuid::Uuid;

use crate::random::{Random, RandomError};
use crate::vault::{Owner, Vault};

/// No randomness at all: the same bytes each time.
struct Fixed([u8; 12]);

impl Random for Fixed {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        for (byte, fixed) in bytes.iter_mut().zip(self.0.iter().cycle()) {
            *byte = *fixed;
        }
        Ok(())
    }
}

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const OWNER: Owner = Owner {
    partner_id: Uuid::from_u128(1),
    row: Uuid::from_u128(2),
};

/// As the text of a key file: an error tells no key. As a sealed value: nothing opens that was not sealed for that partner and
/// row.
pub fn vault(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Err(error) = Vault::of_text(text)
    {
        for word in text.split(|sign: char| !sign.is_ascii_alphanumeric()) {
            assert!(
                word.len() < 33 || !error.contains(word),
                "{error:?} may tell a key"
            );
        }
    }
    let file = format!(r#"{{"current":"k1","keys":{{"k1":"{KEY}"}},"index":"{KEY}"}}"#);
    let Ok(vault) = Vault::of_text(&file) else {
        panic!("the keys of the target cannot be read");
    };
    let digits: String = bytes
        .iter()
        .map(|byte| char::from(b'0' + byte % 10))
        .chain(std::iter::repeat('0'))
        .take(16)
        .collect();
    let Some(pan) = Pan::parse(&digits) else {
        panic!("{digits} are digits");
    };
    let Ok(sealed) = vault.seal(&Fixed([7; 12]), OWNER, &pan) else {
        panic!("{pan:?} cannot be sealed");
    };
    // The fuzzer sees what a tag is compared with, so it can make one: what opens is what sealing gives.
    if let (Ok(opened), Some(nonce)) = (vault.open_pan(OWNER, "k1", bytes), bytes.first_chunk()) {
        let again = vault.seal(&Fixed(*nonce), OWNER, &opened);
        assert!(
            again.is_ok_and(|again| again.bytes == bytes),
            "a forged number opens"
        );
    }
    assert_eq!(
        vault.open_pan(OWNER, &sealed.key_id, &sealed.bytes).ok(),
        Some(pan)
    );
    let (partner_id, row) = (OWNER.row, OWNER.partner_id);
    for other in [
        Owner {
            partner_id,
            ..OWNER
        },
        Owner { row, ..OWNER },
    ] {
        assert!(vault.open_pan(other, "k1", &sealed.bytes).is_err());
    }
    // One bit that is flipped, wherever the input says.
    if let Some([at, bit]) = bytes.first_chunk() {
        let mut forged = sealed.bytes.clone();
        let at = usize::from(*at) % forged.len();
        if let Some(byte) = forged.get_mut(at) {
            *byte ^= 1 << (bit % 8);
        }
        assert!(vault.open_pan(OWNER, "k1", &forged).is_err(), "byte {at}");
    }
}
