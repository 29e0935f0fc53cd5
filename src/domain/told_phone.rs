//! A phone as a network tells it: whole or masked, in whatever spelling (docs/networks.md#phones-and-masks).

use rpc_schema::values::Phone;

use super::mask;

/// Of these signs a phone may have any, anywhere. Blanks of all kinds go without saying.
const BETWEEN: &[char] = &[
    '(', ')', '[', ']', '-', '.', '/', '+', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}',
    '\u{2014}', '\u{2212}',
    // Signs without width, which come with a text that was copied.
    '\u{200b}', '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{2060}', '\u{feff}',
];
/// The digits of a phone without its country's.
const NATIONAL: usize = 9;
const COUNTRY: &str = "998";

/// See the module. Its digits and the signs that hide digits, from `998` on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldPhone(String);

impl ToldPhone {
    /// Reads any spelling; `None` where there is no sign at all.
    pub fn read(text: &str) -> Option<Self> {
        let signs: String = text
            .chars()
            .filter(|sign| !sign.is_whitespace() && !BETWEEN.contains(sign))
            .collect();
        // `00` before a country, or zeros that some register has put in front. No number here begins with a zero.
        let signs = signs.trim_start_matches('0');
        match signs.chars().count() {
            0 => None,
            NATIONAL => Some(Self(format!("{COUNTRY}{signs}"))),
            _ => Some(Self(signs.to_owned())),
        }
    }

    /// The phone, if all of it is shown.
    pub fn whole(&self) -> Option<Phone> {
        Phone::parse(&self.0)
    }

    /// The phone, if all of it is shown; else the one that is known already, if the mask can be its.
    pub fn or_known(&self, known: &str) -> Option<Phone> {
        self.whole()
            .or_else(|| Phone::parse(known).filter(|phone| self.fits(phone)))
    }

    /// Whether this is the phone, or a mask that it fits.
    pub fn fits(&self, phone: &Phone) -> bool {
        let digits = phone.digits();
        let national = digits.strip_prefix(COUNTRY).unwrap_or(digits);
        // A mask of another length may begin with the country's digits or without them.
        mask::fits(&self.0, digits)
            || (self.0.chars().count() != digits.len() && mask::fits(&self.0, national))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone() -> Phone {
        Phone::parse("998901234567").unwrap()
    }

    #[test]
    fn a_phone_is_read_in_any_spelling() {
        for text in [
            "998901234567",
            "+998901234567",
            "+998 90 123 45 67",
            "+998 (90) 123-45-67",
            "998\u{a0}90\u{a0}123\u{202f}45\u{2009}67",
            "998-90-123-45-67",
            "+998\u{2011}90\u{2013}123 45 67",
            "00998901234567",
            "00 998 90 123 45 67",
            "000998901234567",
            "901234567",
            "90 123-45-67",
            "(90)1234567",
            "0901234567",
            " 998901234567\u{feff}",
        ] {
            let told = ToldPhone::read(text).unwrap();
            assert_eq!(told.whole(), Some(phone()), "{text}");
            assert!(told.fits(&phone()), "{text}");
        }
    }

    #[test]
    fn what_is_no_phone_of_this_country_is_none() {
        for text in ["", " ", "+", "()-", "0", "\u{a0}"] {
            assert_eq!(ToldPhone::read(text), None, "{text}");
        }
        for text in [
            "99890123456",
            "9989012345678",
            "79161234567",
            "12345",
            "90123456",
            "99890123456x",
            "９９８９０１２３４５６７",
        ] {
            assert_eq!(ToldPhone::read(text).unwrap().whole(), None, "{text}");
        }
    }

    #[test]
    fn a_mask_is_compared_where_it_shows_digits() {
        for text in [
            "99890*****67",
            "+99890*****67",
            "+998 90 *** ** 67",
            "+998 (90) ***-**-67",
            "90*****67",
            "90 *** ** 67",
            "********4567",
            "*****4567",
            "*4567",
            "99890*67",
            "90*67",
            "998XXXXXXX67",
        ] {
            let told = ToldPhone::read(text).unwrap();
            assert!(told.fits(&phone()), "{text}");
            assert_eq!(told.whole(), None, "{text}");
        }
        for text in [
            "99890*****68",
            "99891*****67",
            "+998 91 *** ** 67",
            "91*****67",
            "*4568",
            "91*67",
            "99891*67",
            "998901234568",
            "90 123 45 68",
            "79161234567",
        ] {
            assert!(!ToldPhone::read(text).unwrap().fits(&phone()), "{text}");
        }
    }
}
