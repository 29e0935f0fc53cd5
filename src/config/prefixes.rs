//! `[[prefixes]]`: which network a card belongs to.

use validator::ValidationError;

use super::fault::fault;
use crate::domain::network::Prefix;

pub(super) fn are_digits(prefixes: &[Prefix]) -> Result<(), ValidationError> {
    let malformed = prefixes
        .iter()
        .find(|entry| !entry.prefix.bytes().all(|byte| byte.is_ascii_digit()));
    match malformed {
        Some(entry) => Err(fault(
            "prefixes",
            format!("{:?} must consist of digits", entry.prefix),
        )),
        None => Ok(()),
    }
}
