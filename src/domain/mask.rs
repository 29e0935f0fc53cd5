//! Masks: numbers of which a network shows some digits and hides the others.

/// Whether a number could be the one behind a mask, such as `986019******8366` or `99890*****67`: where the mask shows a
/// digit, the number has the same. Blanks do not count, and any other sign hides one digit.
///
/// A mask of another length than the number shows only how it begins and ends.
pub fn fits(mask: &str, number: &str) -> bool {
    let signs: Vec<char> = mask.chars().filter(|sign| !sign.is_whitespace()).collect();
    let digits: Vec<char> = number.chars().collect();
    let same = |(sign, digit): (&char, &char)| !sign.is_ascii_digit() || sign == digit;
    if signs.len() == digits.len() {
        return signs.iter().zip(&digits).all(same);
    }
    let is_shown = |(sign, _): &(&char, &char)| sign.is_ascii_digit();
    let begins = signs.iter().zip(&digits).take_while(is_shown).all(same);
    let from_the_end = signs.iter().rev().zip(digits.iter().rev());
    begins && from_the_end.take_while(is_shown).all(same)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_number_fits_a_mask_that_shows_its_digits() {
        for (mask, number, expected) in [
            ("986019******8366", "9860190101578366", true),
            ("9860 19** **** 8366", "9860190101578366", true),
            ("986019\u{a0}******\u{202f}8366", "9860190101578366", true),
            ("9860190101578366", "9860190101578366", true),
            ("986019XXXXXX8366", "9860190101578366", true),
            ("986018******8366", "9860190101578366", false),
            ("986019******8367", "9860190101578366", false),
            ("986019****15****", "9860190101578366", false),
            ("9860190101578367", "9860190101578366", false),
            // Of another length.
            ("986019*8366", "9860190101578366", true),
            ("986019*8367", "9860190101578366", false),
            ("986018*8366", "9860190101578366", false),
            ("*8366", "9860190101578366", true),
            ("", "9860190101578366", true),
        ] {
            assert_eq!(fits(mask, number), expected, "{mask}");
        }
    }
}
