//! When does a card expire, and in which order is that written?

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::rule::{Rule, ValueFault};
use super::value::{Value, decode_string, is_digits};
use crate::components::component;

/// The month in which a card expires. Each document writes it in its own order: [`ExpiryYymm`], [`ExpiryMmyy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Expiry {
    year: u8,
    month: u8,
}

impl Expiry {
    /// From `YYMM`, the order of both networks.
    #[must_use]
    pub fn from_yymm(text: &str) -> Option<Self> {
        if !is_digits(text, 4) {
            return None;
        }
        let year = text.get(..2)?.parse().ok()?;
        let month: u8 = text.get(2..)?.parse().ok()?;
        (1..=12).contains(&month).then_some(Self { year, month })
    }

    /// From `MMYY`, the order printed on cards and used by `cards.add`.
    #[must_use]
    pub fn from_mmyy(text: &str) -> Option<Self> {
        if !is_digits(text, 4) {
            return None;
        }
        Self::from_yymm(&format!("{}{}", text.get(2..)?, text.get(..2)?))
    }

    /// `YYMM`.
    #[must_use]
    pub fn yymm(self) -> String {
        format!("{:02}{:02}", self.year, self.month)
    }
}

macro_rules! expiry_order {
    ($(#[doc = $doc:literal])* $name:ident as $title:literal, $parse:ident, $pattern:literal, $example:literal) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name(pub Expiry);

        impl Value for $name {
            type Component = Self;

            const EMPTY: Option<&'static str> = Some("\"\"");

            fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
                Expiry::$parse(&decode_string(raw, Rule::Expiry)?)
                    .map(Self)
                    .ok_or(ValueFault::Format(Rule::Expiry))
            }
        }

        component!($name as $title: { "type": "string", "pattern": $pattern, "description": concat!($($doc),*).trim_ascii(), "examples": [$example] });
    };
}

expiry_order!(
    /// The card's expiry, `yyMM`: two digits of the year, then the month.
    ExpiryYymm as "ExpiryYymm", from_yymm, "^[0-9]{2}(0[1-9]|1[0-2])$", "3012"
);
expiry_order!(
    /// The card's expiry, `MMYY`: the month, then two digits of the year.
    ExpiryMmyy as "ExpiryMmyy", from_mmyy, "^(0[1-9]|1[0-2])[0-9]{2}$", "1230"
);

impl Serialize for ExpiryYymm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.yymm())
    }
}

impl Serialize for ExpiryMmyy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{:02}{:02}", self.0.month, self.0.year))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::values::test_decode::decode_text;

    #[test]
    fn each_document_has_its_own_order_of_an_expiry() {
        let expiry = decode_text::<ExpiryYymm>("3012").unwrap().0;
        assert_eq!(decode_text::<ExpiryMmyy>("1230").unwrap().0, expiry);
        let fault = ValueFault::Format(Rule::Expiry);
        assert_eq!(decode_text::<ExpiryYymm>("1230"), Err(fault));
        assert_eq!(decode_text::<ExpiryMmyy>("3012"), Err(fault));
    }

    proptest! {
        #[test]
        fn an_expiry_comes_back_in_either_order(year in 0_u8..100, month in 1_u8..=12) {
            let (yymm, mmyy) = (format!("{year:02}{month:02}"), format!("{month:02}{year:02}"));
            let expiry = Expiry::from_yymm(&yymm).unwrap();
            prop_assert_eq!(expiry.yymm(), yymm.clone());
            prop_assert_eq!(Expiry::from_mmyy(&mmyy), Some(expiry));
            prop_assert_eq!(json!(decode_text::<ExpiryYymm>(&yymm).unwrap()), json!(yymm));
            prop_assert_eq!(json!(decode_text::<ExpiryMmyy>(&mmyy).unwrap()), json!(mmyy));
        }

        #[test]
        fn nothing_but_a_real_month_is_an_expiry(text in "[0-9]{0,6}|\\PC{4}") {
            let digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
            let real = |month: &str| (1..=12).contains(&month.parse::<u8>().unwrap_or_default());
            prop_assert_eq!(Expiry::from_yymm(&text).is_some(), digits && real(&text[2..]));
            prop_assert_eq!(Expiry::from_mmyy(&text).is_some(), digits && real(&text[..2]));
        }
    }
}
