//! `[[prefixes]]`: which network a card belongs to.

use validator::ValidationError;

use super::Config;
use super::check::fault;

pub(super) fn prefixes_are_digits(config: &Config) -> Result<(), ValidationError> {
    let malformed = config
        .prefixes
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
