//! The currency of a card or an operation.

/// The sum, the only currency in which the gateway moves money.
pub const SUM: i32 = 860;

/// Numeric code and letters of ISO 4217, for the currencies that cards here are issued in.
const KNOWN: &[(i32, &str)] = &[
    (SUM, "UZS"),
    (840, "USD"),
    (978, "EUR"),
    (643, "RUB"),
    (398, "KZT"),
    (156, "CNY"),
    (826, "GBP"),
    (756, "CHF"),
    (392, "JPY"),
    (949, "TRY"),
    (417, "KGS"),
    (972, "TJS"),
    (934, "TMT"),
    (784, "AED"),
];

/// The numeric code of a currency that a network gives as a number or in letters. What it does not give, or in a word
/// that is not known, is the sum: for a word nobody knows, no card becomes useless.
pub fn read(text: &str) -> i32 {
    let in_letters = |(_, letters): &&(i32, &str)| letters.eq_ignore_ascii_case(text);
    match KNOWN.iter().find(in_letters) {
        Some((code, _)) => *code,
        None => text.parse().ok().filter(|code| *code > 0).unwrap_or(SUM),
    }
}

/// The letters of a numeric code; empty for one that is not known.
pub fn letters(code: i32) -> &'static str {
    KNOWN
        .iter()
        .find_map(|(known, letters)| (*known == code).then_some(*letters))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_read_as_a_number_or_in_letters() {
        for (text, code) in [
            ("", SUM),
            ("860", SUM),
            ("UZS", SUM),
            ("uzs", SUM),
            ("000", SUM),
            ("sum", SUM),
            ("-1", SUM),
            ("840", 840),
            ("USD", 840),
            ("Usd", 840),
            ("036", 36),
            ("978", 978),
        ] {
            assert_eq!(read(text), code, "{text}");
        }
        assert_eq!(
            (letters(860), letters(840), letters(36)),
            ("UZS", "USD", "")
        );
    }
}
