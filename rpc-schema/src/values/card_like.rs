//! Is a text the number of a card?

use super::Network;

/// Whose cards begin how: the prefixes that nearly all public clients of the two networks use.
pub const CARD_PREFIXES: [(&str, Network); 12] = [
    ("8600", Network::Uzcard),
    ("5614", Network::Uzcard),
    ("6262", Network::Uzcard),
    ("626418", Network::Uzcard),
    ("626425", Network::Uzcard),
    ("544081", Network::Uzcard),
    ("9860", Network::Humo),
    ("400847", Network::Humo),
    ("407342", Network::Humo),
    ("418783", Network::Humo),
    ("429434", Network::Humo),
    ("555536", Network::Humo),
];

/// Whether a text is nothing but a number that could be a card's: 13 to 19 digits, blanks and hyphens between them
/// ignored, that begin as a card of UZCARD or HUMO does, or as one of another system and have its check digit.
///
/// A check digit alone says little: one number in ten has a right one. Numbers made of the time, which begin with 1 or 20,
/// begin as no card does.
#[must_use]
pub fn is_card_like(text: &str) -> bool {
    let mut digits = Vec::new();
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => digits.push(byte),
            b' ' | b'-' => {}
            _ => return false,
        }
    }
    if !(13..=19).contains(&digits.len()) {
        return false;
    }
    let is_ours = CARD_PREFIXES
        .iter()
        .any(|(prefix, _)| digits.starts_with(prefix.as_bytes()));
    is_ours || begins_as_a_card(&digits) && has_check_digit(&digits)
}

/// The ranges of the large card systems (ISO/IEC 7812): 22 to 27 (Mir, Mastercard), 3 (American Express, Diners Club, JCB), 4
/// (Visa), 5 and 6 (Mastercard, Maestro, Discover), 81 (China's), 9 (national ones).
fn begins_as_a_card(digits: &[u8]) -> bool {
    matches!(
        digits,
        [b'3'..=b'6' | b'9', ..] | [b'2', b'2'..=b'7', ..] | [b'8', b'1', ..]
    )
}

/// Luhn's sum.
fn has_check_digit(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0');
            match place % 2 {
                0 => value,
                _ if value < 5 => value * 2,
                _ => value * 2 - 9,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_card_is_told_from_other_numbers() {
        for card in [
            // With a prefix of ours, whatever the check digit.
            "8600010132441332",
            "8600 0101 3244 1333",
            "8600-0101-3244-1334",
            "9860190101578366",
            "6262000000001",
            "5440810000000000000",
            // Of others, with a right check digit.
            "4111111111111111",
            "4222222222222",
            "5555 5555 5555 4444",
            "2200000000000004",
            "2223000048400011",
            "378282246310005",
            "6011111111111117",
        ] {
            assert!(is_card_like(card), "{card}");
        }
        for other in [
            "",
            "order-1042",
            "90001",
            "860001013244",
            "86000101324413320000",
            "4111111111111112",
            "0040100000401CS",
            "order-8600010132441332",
            // Times in milliseconds, microseconds, and written out.
            "1732689600000",
            "1732689600000008",
            "20261127064100",
            "20261127-064100-000001",
            "018f4f9e-7a63-7c62-8f4f-2f6f3c5b1a2d",
        ] {
            assert!(!is_card_like(other), "{other}");
        }
    }

    proptest! {
        /// One digit more or less, and a right check digit becomes a wrong one.
        #[test]
        fn one_wrong_digit_is_noticed(digits in "4[0-9]{15}", place in 1_usize..16, by in 1_u8..10) {
            let mut changed = digits.clone().into_bytes();
            changed[place] = b'0' + (changed[place] - b'0' + by) % 10;
            prop_assert!(!(has_check_digit(digits.as_bytes()) && has_check_digit(&changed)));
        }

        #[test]
        fn up_to_twelve_digits_are_no_card(digits in "[0-9]{0,12}") {
            prop_assert!(!is_card_like(&digits));
        }
    }
}
