//! The rules that several targets hold their input to.

/// Fewer digits in a row can be a code, an amount or a part of a mask. More may be a card number.
const SHORT: usize = 7;

/// The runs of so many digits in a text.
fn runs_of_digits(text: &str, least: usize) -> impl Iterator<Item = &str> {
    text.split(|sign: char| !sign.is_ascii_digit())
        .filter(move |run| run.len() >= least)
}

/// Panics if `told`, which reaches a log or another party, has digits of `input` that may be a card number.
pub(super) fn assert_tells_no_number(told: &str, input: &str) {
    for run in runs_of_digits(told, SHORT) {
        assert!(!input.contains(run), "{run} is told in {told:?}");
    }
}

/// Panics if a text cannot be kept by every database: PostgreSQL takes no NUL, and a control character has no place in a
/// name or a number.
pub(super) fn assert_can_be_kept(text: &str) {
    assert!(!text.contains(char::is_control), "{text:?} cannot be kept");
}
