//! Whether a phone fits the mask that SVGate shows of it.

/// Whether a phone fits the mask that SVGate returned, such as `99890*****67`: the digits that it shows are the same.
pub(super) fn agrees(mask: &str, phone: &str) -> bool {
    let mask = mask.trim_start_matches('+');
    let digit_fits = |(shown, digit): (char, char)| !shown.is_ascii_digit() || shown == digit;
    if mask.chars().count() == phone.len() {
        return mask.chars().zip(phone.chars()).all(digit_fits);
    }
    // A mask of another length still shows how the phone ends.
    mask.chars()
        .rev()
        .zip(phone.chars().rev())
        .take_while(|(shown, _)| shown.is_ascii_digit())
        .all(digit_fits)
}

#[cfg(test)]
mod tests {
    use super::agrees;

    #[test]
    fn a_phone_fits_its_mask() {
        for mask in [
            "99890*****67",
            "998901234567",
            "+99890*****67",
            "********4567",
            "*4567",
            "",
        ] {
            assert!(agrees(mask, "998901234567"), "{mask}");
        }
        for mask in ["99890*****68", "99891*****67", "*4568", "998901234568"] {
            assert!(!agrees(mask, "998901234567"), "{mask}");
        }
    }
}
