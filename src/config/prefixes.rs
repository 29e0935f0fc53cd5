//! `[[prefixes]]`: which network a card belongs to.

/// Whether a card number can begin so.
pub(super) fn is_prefix(text: &str) -> bool {
    (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
