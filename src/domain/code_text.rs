//! What does the message with a code say? A text for each purpose and language, built in or an operator's own
//! (docs/networks.md#messages-and-receipts).

use std::fmt;

use rpc_schema::errors::Lang;
use rpc_schema::values::Code;
use serde::{Deserialize, Deserializer};

use super::sms_parts::{Parts, parts};

/// The texts that are built in.
pub const BUILT_IN: &str = include_str!("code_texts.toml");

/// What a message's sender is called unless the partner's application is.
pub const SENDER: &str = "AloqaGateway";

/// What the code is for, as the holder reads it.
#[derive(Debug, Clone, Copy)]
pub enum Purpose<'a> {
    /// To attach the card with this mask.
    Attach { pan_mask: &'a str },
    /// To debit or hold this many tiyin on the card with this mask.
    Debit { tiyin: i64, pan_mask: &'a str },
    /// To transfer from the card with this mask to the one with the other; the tiyin are amount and fee.
    Transfer {
        tiyin: i64,
        pan_mask: &'a str,
        recipient_mask: &'a str,
    },
}

/// The texts of all purposes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    attach: ByLanguage,
    debit: ByLanguage,
    transfer: ByLanguage,
}

/// The texts of a purpose. A language without one takes the Russian.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ByLanguage {
    ru: Text,
    uz: Option<Text>,
    en: Option<Text>,
}

/// A text with places for what only the call knows.
#[derive(Debug, Clone)]
struct Text(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Words(String),
    Place(Place),
}

/// What only the call knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Sender,
    Code,
    Card,
    Sum,
    Recipient,
}

/// Why texts cannot be used; the message says which, and quotes nothing but a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("{0}")]
    Form(String),
    #[error("{name}: {{{place}}} is not known in this text")]
    Place { name: String, place: Place },
    #[error("{name}: {{code}} must be there, once")]
    Code { name: String },
}

impl Place {
    const ALL: [Self; 5] = [
        Self::Sender,
        Self::Code,
        Self::Card,
        Self::Sum,
        Self::Recipient,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Code => "code",
            Self::Card => "card",
            Self::Sum => "sum",
            Self::Recipient => "recipient",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl Text {
    fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((words, behind)) = rest.split_once('{') {
            let (name, after) = behind
                .split_once('}')
                .ok_or("an opening brace has no closing one")?;
            let place = Place::ALL.into_iter().find(|place| place.name() == name);
            let place = place.ok_or_else(|| {
                let known = Place::ALL.map(|place| format!("{{{place}}}")).join(", ");
                format!("between braces there can be only {known}")
            })?;
            pieces.push(Piece::Words(words.to_owned()));
            pieces.push(Piece::Place(place));
            rest = after;
        }
        pieces.push(Piece::Words(rest.to_owned()));
        Ok(Self(pieces))
    }

    fn places(&self) -> impl Iterator<Item = Place> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Words(_) => None,
            Piece::Place(place) => Some(*place),
        })
    }

    fn filled(&self, of: impl Fn(Place) -> String) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Words(words) => words.clone(),
            Piece::Place(place) => of(*place),
        });
        pieces.collect()
    }
}

impl ByLanguage {
    fn of(&self, lang: Lang) -> &Text {
        let own = match lang {
            Lang::Ru => None,
            Lang::Uz => self.uz.as_ref(),
            Lang::En => self.en.as_ref(),
        };
        own.unwrap_or(&self.ru)
    }

    fn all(&self) -> impl Iterator<Item = (&'static str, &Text)> {
        let others = [("uz", &self.uz), ("en", &self.en)];
        let others = others
            .into_iter()
            .filter_map(|(lang, text)| Some((lang, text.as_ref()?)));
        [("ru", &self.ru)].into_iter().chain(others)
    }
}

impl Texts {
    /// Reads them in the form of `code_texts.toml`.
    ///
    /// # Errors
    /// A text is missing, or has a place that is not known for its purpose, or none for the code.
    pub fn parse(toml: &str) -> Result<Self, TextError> {
        let texts: Self = toml::from_str(toml)
            .map_err(|error| TextError::Form(error.to_string().trim_end().to_owned()))?;
        let known: [(&str, &ByLanguage, &[Place]); 3] = [
            ("attach", &texts.attach, &Place::ALL[..3]),
            ("debit", &texts.debit, &Place::ALL[..4]),
            ("transfer", &texts.transfer, &Place::ALL),
        ];
        for (purpose, by_language, places) in known {
            for (lang, text) in by_language.all() {
                let name = format!("{purpose}.{lang}");
                if let Some(place) = text.places().find(|place| !places.contains(place)) {
                    return Err(TextError::Place { name, place });
                }
                if text.places().filter(|place| *place == Place::Code).count() != 1 {
                    return Err(TextError::Code { name });
                }
            }
        }
        Ok(texts)
    }

    /// The message with this code.
    pub fn message(&self, sender: &str, lang: Lang, code: &Code, purpose: Purpose<'_>) -> String {
        let (text, card, tiyin, recipient) = match purpose {
            Purpose::Attach { pan_mask } => (&self.attach, pan_mask, 0, ""),
            Purpose::Debit { tiyin, pan_mask } => (&self.debit, pan_mask, tiyin, ""),
            Purpose::Transfer {
                tiyin,
                pan_mask,
                recipient_mask,
            } => (&self.transfer, pan_mask, tiyin, recipient_mask),
        };
        text.of(lang).filled(|place| match place {
            Place::Sender => sender.to_owned(),
            Place::Code => code.digits().to_owned(),
            Place::Card => card.to_owned(),
            Place::Sum => sum(tiyin),
            Place::Recipient => recipient.to_owned(),
        })
    }

    /// How many messages of a network each text takes, with our own name as the sender and a sum of eight digits.
    pub fn sizes(&self) -> Vec<(String, Parts)> {
        let purposes = [
            ("attach", &self.attach),
            ("debit", &self.debit),
            ("transfer", &self.transfer),
        ];
        let mask = "0".repeat(15);
        let size = |text: &Text| {
            let example = text.filled(|place| match place {
                Place::Sender => SENDER.to_owned(),
                Place::Code => "000000".to_owned(),
                Place::Card | Place::Recipient => mask.clone(),
                Place::Sum => sum(1_000_000_000),
            });
            parts(&example)
        };
        let sizes = purposes.into_iter().flat_map(|(purpose, by_language)| {
            let of_language =
                move |(lang, text): (&str, &Text)| (format!("{purpose}.{lang}"), size(text));
            by_language.all().map(of_language).collect::<Vec<_>>()
        });
        sizes.collect()
    }
}

/// Tiyin as a sum of UZS.
fn sum(tiyin: i64) -> String {
    format!("{}.{:02}", tiyin / 100, tiyin % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_and_language_has_its_text() {
        let texts = Texts::parse(BUILT_IN).unwrap();
        let code = Code::parse("012345").unwrap();
        let attach = Purpose::Attach {
            pan_mask: "860001*****1332",
        };
        let debit = Purpose::Debit {
            tiyin: 500_005,
            pan_mask: "860001*****1332",
        };
        let transfer = Purpose::Transfer {
            tiyin: 100,
            pan_mask: "860001*****1332",
            recipient_mask: "986019*****8366",
        };
        let cases = [
            (
                attach,
                Lang::Ru,
                "Kundalik: код 012345 для привязки карты 860001*****1332. Никому не сообщайте его.",
            ),
            (
                attach,
                Lang::Uz,
                "Kundalik: 860001*****1332 kartasini bog'lash kodi 012345. Uni hech kimga aytmang.",
            ),
            (
                attach,
                Lang::En,
                "Kundalik: code 012345 to attach the card 860001*****1332. Tell it to nobody.",
            ),
            (
                debit,
                Lang::Ru,
                "Kundalik: код 012345 для оплаты 5000.05 UZS картой 860001*****1332. Никому не сообщайте его.",
            ),
            (
                debit,
                Lang::Uz,
                "Kundalik: 860001*****1332 kartasidan 5000.05 UZS to'lash kodi 012345. Uni hech kimga aytmang.",
            ),
            (
                debit,
                Lang::En,
                "Kundalik: code 012345 to pay 5000.05 UZS with the card 860001*****1332. Tell it to nobody.",
            ),
            (
                transfer,
                Lang::Ru,
                "Kundalik: код 012345 для перевода 1.00 UZS с карты 860001*****1332 на карту 986019*****8366. Никому не сообщайте его.",
            ),
            (
                transfer,
                Lang::Uz,
                "Kundalik: 860001*****1332 kartasidan 986019*****8366 kartasiga 1.00 UZS o'tkazish kodi 012345. Uni hech kimga aytmang.",
            ),
            (
                transfer,
                Lang::En,
                "Kundalik: code 012345 to transfer 1.00 UZS from the card 860001*****1332 to the card 986019*****8366. Tell it to nobody.",
            ),
        ];
        for (purpose, lang, said) in cases {
            assert_eq!(texts.message("Kundalik", lang, &code, purpose), said);
        }
    }

    #[test]
    fn a_missing_language_takes_the_russian_text() {
        let texts = Texts::parse(
            "[attach]\nru = '1 {code}'\n[debit]\nru = '2 {code}'\nen = '3 {code}'\n[transfer]\nru = '4 {code}'",
        )
        .unwrap();
        let code = Code::parse("111111").unwrap();
        let purpose = Purpose::Debit {
            tiyin: 1,
            pan_mask: "",
        };
        let said = |lang| texts.message("", lang, &code, purpose);
        assert_eq!(
            [said(Lang::Ru), said(Lang::Uz), said(Lang::En)],
            ["2 111111", "2 111111", "3 111111"]
        );
    }

    #[test]
    fn what_cannot_be_sent_is_refused_and_named() {
        let with = |attach: &str| {
            let toml = format!(
                "[attach]\n{attach}\n[debit]\nru = '{{code}}'\n[transfer]\nru = '{{code}}'"
            );
            Texts::parse(&toml).unwrap_err().to_string()
        };
        assert_eq!(
            with("ru = 'no place'"),
            "attach.ru: {code} must be there, once"
        );
        assert_eq!(
            with("ru = '{code} {code}'"),
            "attach.ru: {code} must be there, once"
        );
        assert_eq!(
            with("ru = '{code} {sum}'"),
            "attach.ru: {sum} is not known in this text"
        );
        assert_eq!(
            with("ru = '{code}'\nuz = '{code} {recipient}'"),
            "attach.uz: {recipient} is not known in this text"
        );
        for (attach, said) in [
            ("ru = '{code'", "an opening brace has no closing one"),
            (
                "ru = '{code} {kod}'",
                "between braces there can be only {sender}, {code}, {card}, {sum}, {recipient}",
            ),
            ("en = '{code}'", "missing field `ru`"),
            ("ru = '{code}'\nkz = '{code}'", "unknown field `kz`"),
        ] {
            assert!(with(attach).contains(said), "{attach}: {}", with(attach));
        }
    }

    /// Only Russian needs letters beyond the SMS alphabet.
    #[test]
    fn the_built_in_texts_cost_as_little_as_they_can() {
        let sizes = Texts::parse(BUILT_IN).unwrap().sizes();
        let told: Vec<_> = sizes
            .iter()
            .map(|(name, parts)| format!("{name} {}", parts.count))
            .collect();
        assert_eq!(
            told,
            [
                "attach.ru 2",
                "attach.uz 1",
                "attach.en 1",
                "debit.ru 2",
                "debit.uz 1",
                "debit.en 1",
                "transfer.ru 2",
                "transfer.uz 1",
                "transfer.en 1",
            ]
        );
        assert!(sizes.iter().all(|(_, parts)| parts.dear_letters.is_empty()));
    }
}
