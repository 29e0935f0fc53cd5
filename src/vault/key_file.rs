//! The key file: JSON that only its owner can read.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::mac::Mac256;
use crate::random::RandomError;

/// Why the key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    #[error("cannot read the key file {path}")]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write the key file {path}")]
    Write { path: PathBuf, source: io::Error },
    #[error("other users can read the key file {path} (mode {mode:o}): run chmod 600 {path}")]
    Exposed { path: PathBuf, mode: u32 },
    #[error("the key file {path} is a symbolic link: name the file that it leads to")]
    Link { path: PathBuf },
    #[error("the key file {path} is malformed: {reason}")]
    Malformed { path: PathBuf, reason: String },
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// The key file: JSON, keys as 64 hexadecimal digits.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyFile {
    /// The id of the key that encrypts new card numbers.
    pub(super) current: String,
    /// All keys by id; old ones still decrypt what they encrypted.
    pub(super) keys: BTreeMap<String, String>,
    /// The key of all hashes. It must never change: cards, codes and secrets are found by it.
    pub(super) index: String,
}

/// A key from its 64 hexadecimal digits.
pub(super) fn decode_key(id: &str, text: &str) -> Result<Zeroizing<Mac256>, String> {
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text, key.as_mut_slice())
        .map_err(|_| format!("key {:?} is not 64 hexadecimal digits", shown(id)))?;
    Ok(key)
}

/// An id as an error may repeat it: where a key and its id were confused, it is the key.
pub(super) fn shown(id: &str) -> &str {
    let is_id = |sign: char| sign.is_ascii_alphanumeric() || "_-.".contains(sign);
    if id.len() <= 32 && id.chars().all(is_id) {
        id
    } else {
        "?"
    }
}
