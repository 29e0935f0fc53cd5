//! The values that partners send: what each may look like, and what it becomes.
//!
//! Each type parses itself from JSON once, at the edge; behind it no rule has to be checked again.
//! Sources: the field tables of the two documents, and design section 2.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

mod period;

pub use period::{Date, OperationId, Page, PageSize, TokenList};

/// The rule that a value did not keep; it decides the error that the partner sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Sixteen digits.
    Pan,
    /// A real month, `yyMM` or `MMYY` as the method says.
    Expiry,
    /// Twelve digits.
    PhoneDigits,
    /// A phone starts with `998`.
    PhonePrefix,
    /// A whole number of tiyin above zero.
    Amount,
    /// A UUID.
    Uuid,
    /// Six digits of a confirmation code.
    Code,
    /// One of `UZCARD` and `HUMO`.
    Network,
    /// A value of the documented JSON type, where no other rule applies.
    Type,
    /// 1 to 64 of `A-Za-z0-9._:-`.
    ExtId,
    /// A day of the calendar, `YYYY-MM-DD`.
    Date,
    /// A whole number within its range.
    Range,
    /// A list of 1 to 20 tokens.
    Tokens,
}

/// What is wrong with one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueFault {
    /// Another JSON type, or a number that is no 64-bit integer.
    WrongType(Rule),
    /// The right JSON type with content that breaks the rule.
    Format(Rule),
}

/// A value that can be a member of `params`.
pub trait Value: Sized {
    /// The JSON text, blanks removed, that counts as missing in a required member, besides `null`.
    const EMPTY: Option<&'static str>;

    /// Reads the value from its JSON text.
    ///
    /// # Errors
    /// Says which rule the text breaks; never repeats the text.
    fn decode(raw: &RawValue) -> Result<Self, ValueFault>;

    /// The JSON Schema (draft-07) of the value, for the OpenRPC document.
    fn schema(generator: &mut SchemaGenerator) -> Schema;
}

fn decode_string(raw: &RawValue, rule: Rule) -> Result<String, ValueFault> {
    serde_json::from_str(raw.get()).map_err(|_| ValueFault::WrongType(rule))
}

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A card number: sixteen digits. Shows itself only masked; the digits need [`Pan::digits`].
///
/// No check digit is asked for: a documented sample fails Luhn's test (design section 2).
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Pan(String);

impl Pan {
    /// Sixteen digits, else `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_digits(text, 16).then(|| Self(text.to_owned()))
    }

    /// The whole number. For the networks, the vault and the permission `pan.read` alone.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// Mask of card results: `986019*****8366` (document, `cards.add-confirm`).
    #[must_use]
    pub fn mask(&self) -> String {
        self.masked("*****")
    }

    /// Mask of operations: `986019***8366` (document, `cards.monitoring`).
    #[must_use]
    pub fn short_mask(&self) -> String {
        self.masked("***")
    }

    fn masked(&self, stars: &str) -> String {
        let head = self.0.get(..6).unwrap_or_default();
        let tail = self.0.get(12..).unwrap_or_default();
        format!("{head}{stars}{tail}")
    }
}

impl fmt::Debug for Pan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mask())
    }
}

impl Value for Pan {
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        Self::parse(&decode_string(raw, Rule::Pan)?).ok_or(ValueFault::Format(Rule::Pan))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "Pan", "type": "string", "pattern": "^[0-9]{16}$", "description": "Card number, 16 digits.", "examples": ["8600010132441332"] })
    }
}

/// The month in which a card expires. Each document writes it in its own order, see [`ExpiryYymm`], [`ExpiryMmyy`].
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
    ($(#[doc = $doc:literal])* $name:ident, $parse:ident, $pattern:literal, $example:literal) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name(pub Expiry);

        impl Value for $name {
            const EMPTY: Option<&'static str> = Some("\"\"");

            fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
                Expiry::$parse(&decode_string(raw, Rule::Expiry)?)
                    .map(Self)
                    .ok_or(ValueFault::Format(Rule::Expiry))
            }

            fn schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "title": stringify!($name), "type": "string", "pattern": $pattern, "description": concat!($($doc),*).trim_ascii(), "examples": [$example] })
            }
        }
    };
}

expiry_order!(
    /// The card's expiry, `yyMM`: two digits of the year, then the month.
    ExpiryYymm, from_yymm, "^[0-9]{2}(0[1-9]|1[0-2])$", "3012"
);
expiry_order!(
    /// The card's expiry, `MMYY`: the month, then two digits of the year.
    ExpiryMmyy, from_mmyy, "^(0[1-9]|1[0-2])[0-9]{2}$", "1230"
);

impl Serialize for ExpiryYymm {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.yymm())
    }
}

impl Serialize for ExpiryMmyy {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{:02}{:02}", self.0.month, self.0.year))
    }
}

/// A phone: `998` and nine digits.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// `998` and nine digits, else `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (is_digits(text, 12) && text.starts_with("998")).then(|| Self(text.to_owned()))
    }

    /// The twelve digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    fn decode_digits(text: &str) -> Result<Self, ValueFault> {
        if !is_digits(text, 12) {
            return Err(ValueFault::Format(Rule::PhoneDigits));
        }
        Self::parse(text).ok_or(ValueFault::Format(Rule::PhonePrefix))
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "998*******{}", self.0.get(10..).unwrap_or_default())
    }
}

impl Value for Phone {
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        Self::decode_digits(&decode_string(raw, Rule::PhoneDigits)?)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "Phone", "type": "string", "pattern": "^998[0-9]{9}$", "description": "Phone: `998` and nine digits.", "examples": ["998901234567"] })
    }
}

/// A phone that may begin with `+`, as `cards.add` documents it: `+998` and nine digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct PlusPhone(pub Phone);

impl Value for PlusPhone {
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        let text = decode_string(raw, Rule::PhoneDigits)?;
        Phone::decode_digits(text.strip_prefix('+').unwrap_or(&text)).map(Self)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "PlusPhone", "type": "string", "pattern": "^\\+?998[0-9]{9}$", "description": "Phone: `998` and nine digits, with or without a leading `+`.", "examples": ["+998901234567"] })
    }
}

/// Money: a whole number of tiyin (1 UZS is 100 tiyin), above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Amount(i64);

impl Amount {
    /// Above zero, else `None`.
    #[must_use]
    pub fn new(tiyin: i64) -> Option<Self> {
        (tiyin > 0).then_some(Self(tiyin))
    }

    /// The number of tiyin.
    #[must_use]
    pub fn tiyin(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Value for Amount {
    const EMPTY: Option<&'static str> = None;

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        let tiyin =
            serde_json::from_str(raw.get()).map_err(|_| ValueFault::WrongType(Rule::Amount))?;
        Self::new(tiyin).ok_or(ValueFault::Format(Rule::Amount))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "Amount", "type": "integer", "minimum": 1, "maximum": i64::MAX, "description": "Amount in tiyin (1 UZS is 100 tiyin).", "examples": [500_000] })
    }
}

/// The token of a card: `token` in the B family, `cardId` in the A family.
///
/// A text that is no UUID is, in the B family, simply a token that nobody has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct CardToken(String);

impl CardToken {
    /// The token's UUID, if it is one.
    #[must_use]
    pub fn uuid(&self) -> Option<Uuid> {
        Uuid::try_parse(&self.0).ok()
    }
}

impl From<Uuid> for CardToken {
    fn from(token: Uuid) -> Self {
        Self(token.to_string())
    }
}

impl Value for CardToken {
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        decode_string(raw, Rule::Type).map(Self)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "CardToken", "type": "string", "format": "uuid", "description": "The card's token, as `cards.add-confirm` (`token`) or `cards.attach` (`cardId`) gave it.", "examples": ["a1807840-4577-11ee-bec9-ddd6006913ab"] })
    }
}

impl Value for Uuid {
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        let text = decode_string(raw, Rule::Uuid)?;
        Self::try_parse(&text).map_err(|_| ValueFault::Format(Rule::Uuid))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "Uuid", "type": "string", "format": "uuid", "description": "A UUID.", "examples": ["87a490f5-831e-4751-86c0-008fc3dfe695"] })
    }
}

/// The code that the card's holder received by SMS: six digits.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Code(String);

impl Code {
    /// Six digits, else `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_digits(text, 6).then(|| Self(text.to_owned()))
    }

    /// The six digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("******")
    }
}

impl Value for Code {
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        Self::parse(&decode_string(raw, Rule::Code)?).ok_or(ValueFault::Format(Rule::Code))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "Code", "type": "string", "pattern": "^[0-9]{6}$", "description": "The code from the SMS, six digits.", "examples": ["111111"] })
    }
}

/// The card networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Network {
    /// UZCARD, reached through SVGate.
    Uzcard,
    /// HUMO, reached through its PaymentServer and card-info middleware.
    Humo,
}

impl Network {
    /// `UZCARD` or `HUMO`, as in `processingType` and `data.network`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Uzcard => "UZCARD",
            Self::Humo => "HUMO",
        }
    }

    /// `uzcard` or `humo`, as in the member `vendor`.
    #[must_use]
    pub fn vendor(self) -> &'static str {
        match self {
            Self::Uzcard => "uzcard",
            Self::Humo => "humo",
        }
    }

    /// The reverse of [`Network::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Uzcard, Self::Humo]
            .into_iter()
            .find(|network| network.name() == name)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Value for Network {
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        Self::from_name(&decode_string(raw, Rule::Network)?)
            .ok_or(ValueFault::Format(Rule::Network))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Self>()
    }
}

/// The partner's own id of an operation: 1 to 64 of `A-Za-z0-9._:-`, unique per partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ExtId(String);

impl ExtId {
    /// 1 to 64 of `A-Za-z0-9._:-`, else `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
        ((1..=64).contains(&text.len()) && text.bytes().all(allowed)).then(|| Self(text.to_owned()))
    }

    /// The id as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for ExtId {
    const EMPTY: Option<&'static str> = None;

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        Self::parse(&decode_string(raw, Rule::ExtId)?).ok_or(ValueFault::Format(Rule::ExtId))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "ExtId", "type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$", "description": "Your own id of the operation, unique among yours: a repeat with the same id never moves money twice.", "examples": ["order-1042"] })
    }
}

/// The number of a transaction, as an earlier call answered it.
pub type TransactionId = i64;

impl Value for TransactionId {
    const EMPTY: Option<&'static str> = None;

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        serde_json::from_str(raw.get()).map_err(|_| ValueFault::WrongType(Rule::Type))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "TransactionId", "type": "integer", "description": "The number of the transaction.", "examples": [2_557_767] })
    }
}

/// The id of a merchant or of a terminal at a network: any text; only registered pairs are served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct TerminalText(pub String);

impl Value for TerminalText {
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        let text = decode_string(raw, Rule::Type)?;
        // Only registered pairs are served, so no network's own lengths are asked for here.
        if (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
            Ok(Self(text))
        } else {
            Err(ValueFault::Format(Rule::Type))
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "TerminalText", "type": "string", "minLength": 1, "maxLength": 64, "description": "Id of a merchant or terminal registered at the card's network." })
    }
}

impl Value for bool {
    const EMPTY: Option<&'static str> = None;

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        serde_json::from_str(raw.get()).map_err(|_| ValueFault::WrongType(Rule::Type))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "Boolean", "type": "boolean" })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    use super::*;

    fn decode<V: Value>(text: &str) -> Result<V, ValueFault> {
        V::decode(&RawValue::from_string(text.to_owned()).unwrap())
    }

    fn decode_text<V: Value>(text: &str) -> Result<V, ValueFault> {
        decode(&Json::from(text).to_string())
    }

    /// The schema's own examples are values of the type; answers how many there are.
    fn examples_decode<V: Value>() -> usize {
        let schema = V::schema(&mut SchemaGenerator::default());
        let examples = schema.get("examples").and_then(Json::as_array);
        for example in examples.into_iter().flatten() {
            assert!(decode::<V>(&example.to_string()).is_ok(), "{example}");
        }
        examples.map_or(0, Vec::len)
    }

    #[test]
    fn examples_of_schemas_are_values() {
        let counts = [
            examples_decode::<Pan>(),
            examples_decode::<ExpiryYymm>(),
            examples_decode::<ExpiryMmyy>(),
            examples_decode::<Phone>(),
            examples_decode::<PlusPhone>(),
            examples_decode::<Amount>(),
            examples_decode::<CardToken>(),
            examples_decode::<Uuid>(),
            examples_decode::<Code>(),
            examples_decode::<ExtId>(),
            examples_decode::<TransactionId>(),
            examples_decode::<Date>(),
            examples_decode::<Page>(),
            examples_decode::<PageSize>(),
            examples_decode::<TokenList>(),
            examples_decode::<OperationId>(),
        ];
        assert_eq!(counts, [1; 16]);
    }

    #[test]
    fn a_number_is_an_amount_only_as_a_whole_one_of_64_bits_above_zero() {
        for wrong in [
            "1.0",
            "1e3",
            "1E0",
            "0.5",
            "\"5\"",
            "true",
            "[1]",
            "{}",
            "9223372036854775808",
            "1e999",
            "-9223372036854775809",
        ] {
            let fault = ValueFault::WrongType(Rule::Amount);
            assert_eq!(decode::<Amount>(wrong), Err(fault), "{wrong}");
        }
        for too_small in ["0", "-1", "-9223372036854775808"] {
            let fault = ValueFault::Format(Rule::Amount);
            assert_eq!(decode::<Amount>(too_small), Err(fault), "{too_small}");
        }
        assert_eq!(decode::<Amount>("1").map(Amount::tiyin), Ok(1));
        assert_eq!(
            decode::<Amount>("9223372036854775807").map(Amount::tiyin),
            Ok(i64::MAX)
        );
    }

    #[test]
    fn the_documented_masks() {
        let pan = Pan::parse("9860190101578366").unwrap();
        assert_eq!(pan.mask(), "986019*****8366");
        assert_eq!(pan.short_mask(), "986019***8366");
        assert_eq!(format!("{pan:?}"), "986019*****8366");
    }

    #[test]
    fn secrets_show_nothing_when_they_are_printed() {
        assert_eq!(format!("{:?}", Code::parse("445127").unwrap()), "******");
        assert_eq!(
            format!("{:?}", Phone::parse("998901234567").unwrap()),
            "998*******67"
        );
    }

    #[test]
    fn each_document_has_its_own_order_of_an_expiry() {
        let expiry = decode_text::<ExpiryYymm>("3012").unwrap().0;
        assert_eq!(decode_text::<ExpiryMmyy>("1230").unwrap().0, expiry);
        let fault = ValueFault::Format(Rule::Expiry);
        assert_eq!(decode_text::<ExpiryYymm>("1230"), Err(fault));
        assert_eq!(decode_text::<ExpiryMmyy>("3012"), Err(fault));
    }

    #[test]
    fn phones_are_998_and_nine_digits_with_a_plus_where_it_is_documented() {
        let digits = ValueFault::Format(Rule::PhoneDigits);
        let prefix = ValueFault::Format(Rule::PhonePrefix);
        let bare = |phone: PlusPhone| phone.0;
        for (text, plain, with_plus) in [
            ("998901234567", None, None),
            ("+998901234567", Some(digits), None),
            ("997901234567", Some(prefix), Some(prefix)),
            ("+997901234567", Some(digits), Some(prefix)),
            ("++998901234567", Some(digits), Some(digits)),
            ("9989012345678", Some(digits), Some(digits)),
            ("99890123456", Some(digits), Some(digits)),
            ("99890123456x", Some(digits), Some(digits)),
            ("99890123456７", Some(digits), Some(digits)),
        ] {
            assert_eq!(decode_text::<Phone>(text).err(), plain, "{text}");
            assert_eq!(
                decode_text::<PlusPhone>(text).map(bare).err(),
                with_plus,
                "{text}"
            );
        }
        let with_plus = decode_text::<PlusPhone>("+998901234567").unwrap();
        assert_eq!(with_plus, decode_text("998901234567").unwrap());
        assert_eq!(with_plus.0.digits(), "998901234567");
    }

    #[test]
    fn networks_are_written_in_capitals() {
        for network in [Network::Uzcard, Network::Humo] {
            assert_eq!(decode_text(network.name()), Ok(network));
            assert_eq!(serde_json::to_value(network).unwrap(), network.name());
            assert_eq!(network.vendor(), network.name().to_lowercase());
            assert_eq!(
                decode_text::<Network>(network.vendor()),
                Err(ValueFault::Format(Rule::Network))
            );
        }
    }

    #[test]
    fn a_token_that_is_no_uuid_is_one_that_nobody_has() {
        assert_eq!(decode_text::<CardToken>("nobody's").unwrap().uuid(), None);
        let token = Uuid::from_u128(7);
        assert_eq!(
            decode_text::<CardToken>(&token.to_string()).unwrap().uuid(),
            Some(token)
        );
        assert_eq!(CardToken::from(token).uuid(), Some(token));
    }

    #[test]
    fn terminals_are_short_and_printable() {
        for good in ["90001", "0040100000401CS", "ÖÄ", &"x".repeat(64)] {
            assert!(decode_text::<TerminalText>(good).is_ok(), "{good}");
        }
        for bad in [&"x".repeat(65), "a\u{0}b", "a\n", "\u{7f}"] {
            assert_eq!(
                decode_text::<TerminalText>(bad),
                Err(ValueFault::Format(Rule::Type)),
                "{bad:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn an_amount_is_every_number_above_zero(tiyin: i64) {
            let amount = Amount::new(tiyin);
            prop_assert_eq!(amount.map(Amount::tiyin), (tiyin > 0).then_some(tiyin));
            prop_assert_eq!(decode::<Amount>(&tiyin.to_string()).ok(), amount);
            if let Some(amount) = amount {
                prop_assert_eq!(amount.to_string(), tiyin.to_string());
                prop_assert_eq!(json!(amount), json!(tiyin));
            }
        }

        #[test]
        fn a_number_in_another_spelling_is_no_amount(tiyin in 1..i64::MAX, beyond in 1_u64 << 63..) {
            for text in [format!("{tiyin}.0"), format!("{tiyin}e0"), format!("\"{tiyin}\""), beyond.to_string()] {
                prop_assert_eq!(decode::<Amount>(&text), Err(ValueFault::WrongType(Rule::Amount)));
            }
        }

        #[test]
        fn a_mask_shows_the_first_six_and_the_last_four_digits(digits in "[0-9]{16}") {
            let pan = decode_text::<Pan>(&digits).unwrap();
            prop_assert_eq!(pan.digits(), &digits);
            prop_assert_eq!(pan.mask(), format!("{}*****{}", &digits[..6], &digits[12..]));
            prop_assert_eq!(pan.short_mask(), format!("{}***{}", &digits[..6], &digits[12..]));
            prop_assert_eq!(format!("{pan:?}"), pan.mask());
        }

        #[test]
        fn nothing_but_sixteen_digits_is_a_card_number(text in "[0-9]{0,15}|[0-9]{17,20}|[0-9]{8}[^0-9][0-9]{7}|\\PC{16}") {
            let good = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit());
            prop_assert_eq!(Pan::parse(&text).is_some(), good);
        }

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

        #[test]
        fn an_ext_id_is_1_to_64_of_its_letters(text in "[A-Za-z0-9._:-]{0,70}") {
            let ext_id = decode_text::<ExtId>(&text);
            prop_assert_eq!(ext_id.is_ok(), (1..=64).contains(&text.len()));
            if let Ok(ext_id) = ext_id {
                prop_assert_eq!(ext_id.as_str(), text);
            }
        }

        #[test]
        fn another_letter_is_not_in_an_ext_id(before in "[A-Za-z0-9._:-]{0,20}", letter in "[^A-Za-z0-9._:-]", after in "[A-Za-z0-9._:-]{0,20}") {
            let text = format!("{before}{letter}{after}");
            prop_assert_eq!(decode_text::<ExtId>(&text), Err(ValueFault::Format(Rule::ExtId)));
        }
    }
}
