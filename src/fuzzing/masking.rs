//! Masks of card numbers and phones, ours and the networks'.

use rpc_schema::values::{Code, Pan, Phone};

use crate::domain::mask::fits;
use crate::domain::told_phone::ToldPhone;

/// The bytes are digits of a card and of a phone, and a mask that a network may have written. What we mask shows no seven
/// digits in a row, and is a mask of its number; a phone that is read is written in what was told.
pub fn masking(bytes: &[u8]) {
    let digits: String = bytes
        .iter()
        .map(|byte| char::from(b'0' + byte % 10))
        .chain(std::iter::repeat('0'))
        .take(25)
        .collect();
    let (pan, phone) = digits.split_at(16);
    let (Some(pan), Some(phone)) = (Pan::parse(pan), Phone::parse(&format!("998{phone}"))) else {
        panic!("{digits} are digits");
    };
    for mask in [pan.mask(), pan.short_mask(), format!("{pan:?}")] {
        assert_hides(&mask, pan.digits());
        assert!(fits(&mask, pan.digits()), "{mask}");
    }
    assert_hides(&format!("{phone:?}"), phone.digits());
    if let Some(code) = digits.get(..6).and_then(Code::parse) {
        assert!(!format!("{code:?}").contains(code.digits()));
    }

    let told = String::from_utf8_lossy(bytes);
    // A mask of the whole number's length that shows another digit is never the number's.
    if fits(&told, pan.digits()) {
        let signs: Vec<char> = told.chars().filter(|sign| !sign.is_whitespace()).collect();
        let differs = signs.len() == 16
            && signs
                .iter()
                .zip(pan.digits().chars())
                .any(|(sign, digit)| sign.is_ascii_digit() && *sign != digit);
        assert!(!differs, "{told}");
    }
    if let Some(read) = ToldPhone::read(&told) {
        let of_text: String = told.chars().filter(char::is_ascii_digit).collect();
        if let Some(whole) = read.whole() {
            assert!(read.fits(&whole), "{told}");
            let national = whole.digits().get(3..).unwrap_or_default();
            assert!(of_text.ends_with(national), "{told}");
        }
        let known = read.or_known(phone.digits());
        assert!(known.is_none() || known == read.whole() || known == Some(phone));
    }
}

fn assert_hides(mask: &str, number: &str) {
    for at in 0..=number.len().saturating_sub(7) {
        let shown = number.get(at..at + 7).unwrap_or_default();
        assert!(!mask.contains(shown), "{mask} shows {shown}");
    }
}
