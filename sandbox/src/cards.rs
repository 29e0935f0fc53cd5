//! The test cards: fixed numbers for scripts. Each network has one card for each way in which a call can end.
//!
//! Every card can be attached; its outcome shows when money moves. Three outcomes show earlier: [`Outcome::NoSms`],
//! [`Outcome::Corporate`] and [`Outcome::Inactive`].

use std::time::Duration;

use serde::Serialize;

use crate::{
    faults::{Fault, FaultKind},
    network::Network,
};

/// The expiry of every test card, as `GET /sandbox/cards` shows it.
pub const CARD_EXPIRY: &str = "2030-12";
/// The same expiry in the networks' format, `YYMM`.
pub(crate) const CARD_EXPIRY_YYMM: &str = "3012";

/// How long a call takes for a card with [`Outcome::Slow`].
const SLOW: Duration = Duration::from_secs(10);

/// What happens to a call that moves money of the card: a payment, a hold, a transfer, a credit, the create of a HUMO
/// payment.
///
/// Information, look-ups, captures, releases, confirmations and reversals always succeed.
///
/// # As the recipient of a transfer or a credit
///
/// | outcome | SVGate `p2p.universal`, `p2p.universal.credit` | HUMO `Request`, `SOAP_TOCARD_2` | visible beforehand in |
/// |---|---|---|---|
/// | `Blocked` | -205 | 104 | `p2p.info`: `CARDSTATUS` 19; card information: a second `card` item with 104 |
/// | `Expired` | -201 | 101 | `p2p.info`: `EXP_DT` in the past; card information: a second `card` item with 101 |
/// | `PinTries` | -293 | 106 | `p2p.info`: `CARDSTATUS` 13, `PINCNT` 3; card information: `pinTryCount` 3 |
/// | `CreditRefused` | -291 | 119 | nothing |
/// | `Corporate` | -258 | 119 | card information: `commissionGroup` `CORP` |
/// | `Inactive` | -204 | 281 | `p2p.info`: `CARDSTATUS` 12; card information: `actionCode` 281 |
///
/// All but `CreditRefused` use the sender's code for the recipient too, because neither network is known to say whose
/// card it means. For a card that takes no credits no code is documented: -291, "access denied", names no reason, and
/// no sender gets it here; 119, "not permitted to cardholder", is the ISO 8583 code for it. If both cards would be
/// refused, the sender's refusal is returned, except that lack of money comes last. The other outcomes only affect
/// spending, so those cards receive money as usual.
///
/// A transport failure (from [`Self::ReplyLost`] on) is the sender's if its card has one, otherwise the recipient's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Ok,
    /// A balance of one sum. Larger amounts are refused: UZCARD -240, HUMO 116.
    InsufficientFunds,
    /// UZCARD only: the refusal is a *result* with `resp` 51 and status `ERR`, and it uses up the `ext`.
    DeclinedInResult,
    /// UZCARD -205, HUMO 104.
    Blocked,
    /// UZCARD -201, HUMO 101, although the card's expiry is in the future.
    Expired,
    /// UZCARD -293, HUMO 106.
    PinTries,
    /// The card can't receive codes: UZCARD `cards.new.otp` -206, HUMO `mb.state` `off`.
    NoSms,
    /// A company's card: UZCARD `cards.new.otp` -258; HUMO `commissionGroup` `CORP`, payments 119.
    Corporate,
    /// The card's status shows it: UZCARD status 12 and -204, HUMO action code 281.
    Inactive,
    /// Pays normally, but refuses credits.
    CreditRefused,
    /// Executed, but the reply never comes.
    ReplyLost,
    /// Not executed, and the reply never comes.
    RequestLost,
    /// Executed, with the reply after ten seconds.
    Slow,
    /// HTTP 500 without a network error in the body. Not executed.
    Http500,
    /// Executed, with an unreadable reply.
    Garbage,
}

impl Outcome {
    /// The transport failure of money-moving calls for such a card.
    pub(crate) fn transport_fault(self) -> Option<Fault> {
        let (kind, delay) = match self {
            Self::ReplyLost => (FaultKind::DropAfter, None),
            Self::RequestLost => (FaultKind::DropBefore, None),
            Self::Slow => (FaultKind::Delay, Some(SLOW)),
            Self::Http500 => (FaultKind::Http500Before, None),
            Self::Garbage => (FaultKind::GarbageAfter, None),
            Self::Ok
            | Self::InsufficientFunds
            | Self::DeclinedInResult
            | Self::Blocked
            | Self::Expired
            | Self::PinTries
            | Self::NoSms
            | Self::Corporate
            | Self::Inactive
            | Self::CreditRefused => return None,
        };
        Some(Fault { kind, delay })
    }
}

/// A test card and its outcome.
#[derive(Clone, Copy, Debug)]
pub struct TestCard {
    pub pan: &'static str,
    pub network: Network,
    pub owner: &'static str,
    pub phone: &'static str,
    /// The opening balance, in tiyin.
    pub balance: i64,
    pub outcome: Outcome,
}

impl TestCard {
    /// Digits 5 and 6 of a HUMO number name the issuing bank (docs/networks.md#card-prefixes).
    pub(crate) fn bank(&self) -> &'static str {
        self.pan.get(4..6).unwrap_or("00")
    }
}

/// `860031******4650`: first six and last four digits.
pub(crate) fn masked(pan: &str) -> String {
    let first = pan.get(..6).unwrap_or("");
    let last = pan
        .len()
        .checked_sub(4)
        .and_then(|at| pan.get(at..))
        .unwrap_or("");
    format!("{first}******{last}")
}

const TEN_MILLION_SUM: i64 = 1_000_000_000;
const ONE_SUM: i64 = 100;

const fn card(
    network: Network,
    pan: &'static str,
    owner: &'static str,
    phone: &'static str,
    balance: i64,
    outcome: Outcome,
) -> TestCard {
    TestCard {
        pan,
        network,
        owner,
        phone,
        balance,
        outcome,
    }
}

/// All test cards, in the order of `GET /sandbox/cards`.
///
/// The last four digits of a failing card hint at its refusal; they are the same in both networks.
#[rustfmt::skip] // One card per line.
pub const TEST_CARDS: &[TestCard] = {
    use Network::{Humo, Uzcard};
    use Outcome as O;
    &[
        card(Uzcard, "8600010132441332", "TEST TESTOV",       "998901234567", TEN_MILLION_SUM, O::Ok),
        card(Uzcard, "8600490744313347", "ALISHER KARIMOV",   "998901234568", TEN_MILLION_SUM, O::Ok),
        card(Uzcard, "8600010000000116", "NODIRA KAMBAGAL",   "998900010116", ONE_SUM,         O::InsufficientFunds),
        card(Uzcard, "8600010000000051", "JASUR RAD",         "998900010051", TEN_MILLION_SUM, O::DeclinedInResult),
        card(Uzcard, "8600010000000104", "BOTIR BLOKOV",      "998900010104", TEN_MILLION_SUM, O::Blocked),
        card(Uzcard, "8600010000000101", "ESKI MUDDATOV",     "998900010101", TEN_MILLION_SUM, O::Expired),
        card(Uzcard, "8600010000000106", "PULAT PINOV",       "998900010106", TEN_MILLION_SUM, O::PinTries),
        card(Uzcard, "8600010000000206", "SAIDA SMSSIZ",      "998900010206", TEN_MILLION_SUM, O::NoSms),
        card(Uzcard, "8600010000000258", "KORXONA MCHJ",      "998900010258", TEN_MILLION_SUM, O::Corporate),
        card(Uzcard, "8600010000000281", "NAZIRA NOFAOL",     "998900010281", TEN_MILLION_SUM, O::Inactive),
        card(Uzcard, "8600010000000404", "QODIR QABULSIZ",    "998900010404", TEN_MILLION_SUM, O::CreditRefused),
        card(Uzcard, "8600010000000504", "JAVOB YOQOLGAN",    "998900010504", TEN_MILLION_SUM, O::ReplyLost),
        card(Uzcard, "8600010000000408", "SOROV YOQOLGAN",    "998900010408", TEN_MILLION_SUM, O::RequestLost),
        card(Uzcard, "8600010000000010", "SEKIN SEKINOV",     "998900010010", TEN_MILLION_SUM, O::Slow),
        card(Uzcard, "8600010000000500", "XATO XATOYEV",      "998900010500", TEN_MILLION_SUM, O::Http500),
        card(Uzcard, "8600010000000999", "BUZUQ JAVOBOV",     "998900010999", TEN_MILLION_SUM, O::Garbage),
        card(Humo,   "9860190101578366", "ABDUSAMAD TURDIEV", "998977446066", TEN_MILLION_SUM, O::Ok),
        card(Humo,   "9860100123456789", "DILNOZA RAHIMOVA",  "998977446067", TEN_MILLION_SUM, O::Ok),
        card(Humo,   "9860190000000116", "NODIR KAMBAGAL",    "998900020116", ONE_SUM,         O::InsufficientFunds),
        card(Humo,   "9860190000000104", "BAHOR BLOKOVA",     "998900020104", TEN_MILLION_SUM, O::Blocked),
        card(Humo,   "9860190000000101", "ESON MUDDATOV",     "998900020101", TEN_MILLION_SUM, O::Expired),
        card(Humo,   "9860190000000106", "PARVIZ PINOV",      "998900020106", TEN_MILLION_SUM, O::PinTries),
        card(Humo,   "9860190000000206", "SARVAR SMSSIZ",     "998900020206", TEN_MILLION_SUM, O::NoSms),
        card(Humo,   "9860190000000258", "FIRMA MCHJ",        "998900020258", TEN_MILLION_SUM, O::Corporate),
        card(Humo,   "9860190000000281", "NOZIM NOFAOL",      "998900020281", TEN_MILLION_SUM, O::Inactive),
        card(Humo,   "9860190000000404", "QAMAR QABULSIZ",    "998900020404", TEN_MILLION_SUM, O::CreditRefused),
        card(Humo,   "9860190000000504", "JAMILA YOQOLGAN",   "998900020504", TEN_MILLION_SUM, O::ReplyLost),
        card(Humo,   "9860190000000408", "SOBIR YOQOLGAN",    "998900020408", TEN_MILLION_SUM, O::RequestLost),
        card(Humo,   "9860190000000010", "SITORA SEKINOVA",   "998900020010", TEN_MILLION_SUM, O::Slow),
        card(Humo,   "9860190000000500", "XURSHID XATOYEV",   "998900020500", TEN_MILLION_SUM, O::Http500),
        card(Humo,   "9860190000000999", "BARNO BUZUQOVA",    "998900020999", TEN_MILLION_SUM, O::Garbage),
    ]
};

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn numbers_and_phones_are_well_formed_and_unique() {
        let mut seen = HashSet::new();
        for card in TEST_CARDS {
            let prefix = match card.network {
                Network::Uzcard => "8600",
                Network::Humo => "9860",
                Network::Sms | Network::Fiscal => panic!("{} is no card network", card.pan),
            };
            assert!(
                card.pan.starts_with(prefix) && card.pan.len() == 16,
                "{}",
                card.pan
            );
            assert!(
                card.phone.starts_with("998") && card.phone.len() == 12,
                "{}",
                card.phone
            );
            assert!(
                seen.insert(card.pan) && seen.insert(card.phone),
                "{} twice",
                card.pan
            );
        }
    }

    #[test]
    fn masks_keep_six_and_four() {
        assert_eq!(masked("8600311234564650"), "860031******4650");
    }
}
