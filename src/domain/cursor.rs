//! How does a list go on where a page ended? By a cursor: the place of the last entry, and a digest of the list that it
//! belongs to. It is no secret: whose entries are listed is asked of the credentials, page by page.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::time::UnixMillis;
use rpc_schema::errors::ErrorCode;
use rpc_schema::reason::Reason;
use rpc_schema::values;
use sha2::{Digest as _, Sha256};

use crate::domain::failure::Failure;

/// The first byte. Another one is of another version, whose cursors this one does not read.
const VERSION: u8 = 1;

/// A list: its method and the params that choose its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListDigest([u8; 8]);

impl ListDigest {
    /// The list of this method with these params, in a spelling that is the same for the same entries.
    pub fn of(method: &str, params: &str) -> Self {
        // No method's name has a line feed, so no two lists are written alike.
        let digest: [u8; 32] = Sha256::digest(format!("{method}\n{params}")).into();
        let mut short = [0; 8];
        short
            .iter_mut()
            .zip(digest)
            .for_each(|(to, byte)| *to = byte);
        Self(short)
    }

    /// The cursor behind the entry that was created at `at` and has this id.
    pub fn cursor<const N: usize>(self, at: UnixMillis, id: [u8; N]) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(self.0);
        bytes.extend(at.0.to_be_bytes());
        bytes.extend(id);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place that a cursor of this list stands for.
    ///
    /// # Errors
    /// -32401 `cursor_mismatch`: it is none, or of another list.
    pub fn place<const N: usize>(
        self,
        cursor: &values::Cursor,
    ) -> Result<(UnixMillis, [u8; N]), Failure> {
        self.read(cursor.as_str()).ok_or_else(|| {
            Failure::new(ErrorCode::InvalidInput)
                .because(Reason::CursorMismatch)
                .field("cursor")
        })
    }

    fn read<const N: usize>(self, text: &str) -> Option<(UnixMillis, [u8; N])> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (digest, rest) = rest.split_first_chunk::<8>()?;
        let (at, id) = rest.split_first_chunk::<8>()?;
        let same = *version == VERSION && *digest == self.0;
        let at = UnixMillis(i64::from_be_bytes(*at));
        same.then(|| Some((at, id.try_into().ok()?)))?
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_leads_back_to_its_place_in_its_list_alone(at: i64, id: [u8; 16], params in ".{0,20}", other in ".{0,20}") {
            let list = ListDigest::of("cards.list", &params);
            let cursor = list.cursor(UnixMillis(at), id);
            prop_assert!(cursor.len() <= 200);
            prop_assert_eq!(list.read(&cursor), Some((UnixMillis(at), id)));
            let elsewhere = ListDigest::of("cards.list", &other);
            prop_assert_eq!(elsewhere.read::<16>(&cursor).is_some(), params == other);
            prop_assert_eq!(ListDigest::of("transactions.list", &params).read::<16>(&cursor), None);
            // The id of another kind of list.
            prop_assert_eq!(list.read::<8>(&cursor), None);
        }

        #[test]
        fn what_is_no_cursor_leads_nowhere(text in "[A-Za-z0-9_-]{1,200}") {
            prop_assert_eq!(ListDigest::of("cards.list", "").read::<16>(&text), None);
        }
    }

    #[test]
    fn another_version_leads_nowhere() {
        let list = ListDigest::of("cards.list", "");
        let mut bytes = URL_SAFE_NO_PAD
            .decode(list.cursor(UnixMillis(7), [7; 8]))
            .unwrap();
        assert_eq!(bytes[0], VERSION);
        bytes[0] = 2;
        assert_eq!(list.read::<8>(&URL_SAFE_NO_PAD.encode(bytes)), None);
    }
}
