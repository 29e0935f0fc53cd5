//! The test cards: fixed numbers for scripts, and one card of each network for each way in which a call can end.
//!
//! Every card can be attached, and what is wrong with it shows when money moves; the exceptions are the outcomes that a
//! network shows at once: [`Outcome::NoSms`], [`Outcome::Corporate`] and [`Outcome::Inactive`].

use std::time::Duration;

use serde::Serialize;

use crate::{
    faults::{Kind, Script},
    network::Network,
};

/// When every test card expires, as `GET /sandbox/cards` writes it.
pub const CARD_EXPIRY: &str = "2030-12";
/// The same date as it stands on the networks' wires, `YYMM`.
pub(crate) const CARD_EXPIRY_YYMM: &str = "3012";

/// How long a call for a card with [`Outcome::Slow`] takes.
const SLOW: Duration = Duration::from_secs(10);

/// What happens to a call that moves money of the card: a payment, a hold, a transfer, a credit, a HUMO create.
///
/// Information, look-ups, captures, releases, confirmations and reversals always work.
///
/// # As the recipient of a transfer or a credit
///
/// | outcome | SVGate `p2p.universal`, `p2p.universal.credit` | HUMO `Request`, `SOAP_TOCARD_2` | told beforehand by |
/// |---|---|---|---|
/// | `Blocked` | -205 | 104 | `p2p.info`: `CARDSTATUS` 19 |
/// | `Expired` | -201 | 101 | `p2p.info`: `EXP_DT` in the past |
/// | `PinTries` | -293 | 106 | `p2p.info`: `CARDSTATUS` 13, `PINCNT` 3; card information: `pinTryCount` 3 |
/// | `CreditRefused` | -291 | 119 | nothing |
/// | `Corporate` | -258 | 119 | card information: `commissionGroup` `CORP` |
/// | `Inactive` | -204 | 281 | `p2p.info`: `CARDSTATUS` 12; card information: `actionCode` 281 |
///
/// The first three and the last two have the codes that they have as senders, as neither network is known to say whose
/// card it means. For a card that takes no credits no code is documented either: -291, "access denied", names no reason
/// and no sender here gets it; 119, "not permitted to cardholder", is ISO 8583's word for it. When both cards are in
/// trouble, the sender's is told, but for too little money. The other refusals are about spending, so such cards take money like good ones.
///
/// Trouble with the transport (from [`Self::ReplyLost`] on) is the sender's if its card has some, else the recipient's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Ok,
    /// A balance of one sum: everything above it is refused with UZCARD -240, HUMO 116.
    InsufficientFunds,
    /// UZCARD only: the refusal comes as a *result* with `resp` 51 and status `ERR`, and uses up the `ext`.
    DeclinedInResult,
    /// UZCARD -205, HUMO 104.
    Blocked,
    /// UZCARD -201, HUMO 101, although the date on the card is in the future.
    Expired,
    /// UZCARD -293, HUMO 106.
    PinTries,
    /// No code can be sent: UZCARD `cards.new.otp` -206, HUMO `mb.state` `off`.
    NoSms,
    /// A company's card: UZCARD `cards.new.otp` -258; HUMO `commissionGroup` `CORP`, payments 119.
    Corporate,
    /// The card's status says so at once: UZCARD status 12 and -204, HUMO action code 281.
    Inactive,
    /// Pays like a good card, but takes no credits.
    CreditRefused,
    /// Approved and executed, but the reply never comes.
    ReplyLost,
    /// Never executed, and the reply never comes.
    RequestLost,
    /// Approved, after ten seconds.
    Slow,
    /// HTTP 500 without a network's error in it; not executed.
    Http500,
    /// Executed, and answered with something unreadable.
    Garbage,
}

impl Outcome {
    /// How the transport misbehaves for money-moving calls of such a card.
    pub(crate) fn habit(self) -> Option<Script> {
        let (kind, delay) = match self {
            Self::ReplyLost => (Kind::DropAfter, None),
            Self::RequestLost => (Kind::DropBefore, None),
            Self::Slow => (Kind::Delay, Some(SLOW)),
            Self::Http500 => (Kind::Http500Before, None),
            Self::Garbage => (Kind::GarbageAfter, None),
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
        Some(Script { kind, delay })
    }
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct TestCard {
    pub pan: &'static str,
    pub network: Network,
    pub owner: &'static str,
    pub phone: &'static str,
    /// Money on the card of a new sandbox, in tiyin.
    pub balance: i64,
    pub outcome: Outcome,
}

impl TestCard {
    /// Digits 5 and 6 of a HUMO number name the issuing bank (section 3 of the protocol notes).
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

/// All test cards, in the order in which `GET /sandbox/cards` lists them.
///
/// The last four digits of the troublesome ones are the same in both networks and recall the refusal.
#[rustfmt::skip] // One line a card.
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
