//! The targets of `fuzz/`: each takes any bytes and panics where a rule is broken that must hold for all of them.
//!
//! `cargo fuzz` looks for such bytes; the tests here try those that it has kept (docs/testing.md#fuzzing).

#[cfg(test)]
mod corpora;
mod envelope;
mod headers;
mod masking;
mod networks;
mod params;
mod providers;
mod vault;

pub use self::envelope::envelope;
pub use self::headers::headers;
pub use self::masking::masking;
pub use self::networks::{humo_json, humo_soap, uzcard};
pub use self::params::params;
pub use self::providers::providers;
pub use self::vault::vault;

/// Every target by its name, which is also that of its folders in `fuzz/corpus` and `fuzz/regressions`.
pub const TARGETS: &[(&str, fn(&[u8]))] = &[
    ("envelope", envelope),
    ("headers", headers),
    ("humo_json", humo_json),
    ("humo_soap", humo_soap),
    ("masking", masking),
    ("params", params),
    ("providers", providers),
    ("uzcard", uzcard),
    ("vault", vault),
];

/// Fewer digits in a row can be a code, an amount or a part of a mask. More may be a card number.
const SHORT: usize = 7;

/// The runs of so many digits in a text.
fn runs_of_digits(text: &str, least: usize) -> impl Iterator<Item = &str> {
    text.split(|sign: char| !sign.is_ascii_digit())
        .filter(move |run| run.len() >= least)
}

/// Panics if `told`, which reaches a log or another party, has digits of `input` that may be a card number.
fn assert_tells_no_number(told: &str, input: &str) {
    for run in runs_of_digits(told, SHORT) {
        assert!(!input.contains(run), "{run} is told in {told:?}");
    }
}

/// Panics if a text cannot be kept by every database: PostgreSQL takes no NUL, and a control character has no place in a
/// name or a number.
fn assert_can_be_kept(text: &str) {
    assert!(!text.contains(char::is_control), "{text:?} cannot be kept");
}
