//! The table of SVGate's codes: what each is told as, and whether it refuses for certain.
//!
//! Source: docs/networks.md#svgate-codes. A code refuses for certain only if it is given for a check that is made before
//! the call is executed (docs/contract.md#refusals-of-the-networks); nobody says when a code is given, so this is read
//! from its text, and what is in doubt leaves the outcome open.

use std::ops::RangeInclusive;

use rpc_schema::errors::ErrorCode;

use crate::domain::call::{CallResult, Doubt, Refusal};
use crate::processing::recipient;

/// What a code says about a call that moves money (docs/networks.md#svgate-codes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// A check that is made before a call is executed: it was not carried out.
    Certain(Check),
    /// A refusal by its text, though not surely: that the network does not know the call is enough.
    Likely,
    /// It says nothing about the call: unavailable, internal, time-out, duplicate, or no code that a table has.
    Open,
    /// What the call is about is not found, or ended: a question, not an answer.
    Gone,
    /// A code of other methods, which contradicts itself in answer to a call that moves money.
    Foreign,
}

/// What was checked. In a call with two legs, and in one that undoes, only some checks come first for sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// The form of the request.
    Format,
    /// The terminal or merchant.
    Terminal,
    /// What the gateway may do at SVGate.
    Rights,
    /// "Denied", without a reason.
    Denied,
    /// Sender and recipient are one card.
    SameCard,
    /// A card, its owner, its money, a limit, its bank.
    Card,
}

use Check::{Card, Denied, Format, Rights, SameCard, Terminal};
use Class::{Certain, Foreign, Gone, Likely, Open};
use ErrorCode as E;

/// One line for each known code, in order. A code without a line is open, see [`read`].
#[rustfmt::skip] // A table.
pub(super) const TABLE: &[(RangeInclusive<i64>, Class, ErrorCode)] = &[
    // Required members are missing. The gateway made the request, so the partner cannot correct it.
    (-100..=-100, Certain(Format), E::ProcessingSystemError),
    // "Execution error, retry": it may have failed at any point.
    (-102..=-101, Open, E::UzcardUnavailable),
    (-103..=-103, Certain(Format), E::ProcessingSystemError),
    // "JSON-RPC error", without a reason: it looks like the servlet's way to say that anything failed.
    (-199..=-199, Open, E::ProcessingSystemError),
    (-200..=-200, Certain(Card), E::CardNotFound),
    (-201..=-201, Certain(Card), E::CardExpired),
    (-202..=-202, Certain(Format), E::InvalidPan),
    // Expired and not reissued: out of service for good.
    (-203..=-203, Certain(Card), E::CardBlocked),
    // "Not active" can end, like a stop by the owner.
    (-204..=-204, Certain(Card), E::CardStopped),
    (-205..=-205, Certain(Card), E::CardBlocked),
    (-206..=-206, Certain(Card), E::SmsServiceOff),
    // The reference was already used, by a call of ours that may have moved money.
    (-207..=-207, Open, E::ProcessingSystemError),
    (-208..=-208, Gone, E::DataNotFound),
    (-209..=-209, Certain(Format), E::ProcessingSystemError),
    (-210..=-210, Certain(SameCard), E::SameCard),
    (-211..=-211, Open, E::UzcardUnavailable),
    (-212..=-212, Certain(Format), E::InvalidPanOrExpiry),
    (-213..=-213, Certain(SameCard), E::SameCard),
    (-214..=-214, Certain(Format), E::WrongPeriod),
    (-215..=-215, Certain(Card), E::PhoneMismatch),
    (-216..=-216, Certain(Format), E::InvalidPanOrExpiry),
    (-217..=-217, Certain(Format), E::InvalidPhone),
    (-218..=-218, Certain(Format), E::InvalidPan),
    // Main and family cards, which the gateway does not use; -220 has the text of a success.
    (-234..=-219, Foreign, E::DeclinedByNetwork),
    (-235..=-235, Certain(Card), E::CardTypeNotSupported),
    (-236..=-236, Certain(Terminal), E::TerminalNotFound),
    (-237..=-237, Certain(Terminal), E::TerminalNotFound),
    (-238..=-238, Certain(Card), E::CardAccountUnavailable),
    (-240..=-239, Certain(Card), E::InsufficientFunds),
    // The period of a hold comes from the gateway's settings.
    (-241..=-241, Certain(Format), E::ProcessingSystemError),
    // Charged, released and ended look alike.
    (-242..=-242, Gone, E::DataNotFound),
    (-243..=-243, Certain(Terminal), E::TerminalNotFound),
    // A switch or a bank's own system that is away: they cannot be told apart.
    (-244..=-244, Open, E::UzcardUnavailable),
    (-245..=-245, Certain(Card), E::InvalidAmount),
    (-246..=-246, Certain(Rights), E::ServiceBlocked),
    (-247..=-247, Certain(Terminal), E::TerminalNotFound),
    // "Card valid", "terminal exists": nothing had to be done.
    (-249..=-248, Foreign, E::TerminalNotFound),
    (-255..=-250, Certain(Terminal), E::TerminalNotFound),
    // The gateway lacks rights at SVGate. Its operator has to get them.
    (-256..=-256, Certain(Rights), E::ServiceBlocked),
    (-257..=-257, Certain(Card), E::CardNotFound),
    (-258..=-258, Certain(Card), E::CardTypeNotSupported),
    (-259..=-259, Certain(Card), E::InvalidAmount),
    // "Insufficient funds, retry".
    (-260..=-260, Likely, E::InsufficientFunds),
    (-261..=-261, Certain(Card), E::CardStopped),
    (-262..=-262, Certain(Card), E::AmountTooLarge),
    (-263..=-263, Foreign, E::ProcessingSystemError),
    // The category of the merchant is part of its registration.
    (-264..=-264, Certain(Terminal), E::TerminalNotFound),
    (-265..=-265, Open, E::ProcessingSystemError),
    (-266..=-266, Foreign, E::DeclinedByNetwork),
    (-267..=-267, Gone, E::DataNotFound),
    (-268..=-268, Certain(Terminal), E::TerminalNotFound),
    (-270..=-269, Foreign, E::InvalidCode),
    (-271..=-271, Foreign, E::CardRegistrationFailed),
    (-275..=-272, Foreign, E::OtherBankCardsNotSupported),
    (-276..=-276, Certain(Card), E::OtherBankCardsNotSupported),
    (-277..=-277, Certain(Card), E::PhoneMismatch),
    (-278..=-278, Foreign, E::DeclinedByNetwork),
    (-279..=-279, Foreign, E::DeclinedByNetwork),
    (-280..=-280, Open, E::InfoNotFound),
    (-281..=-281, Open, E::UzcardUnavailable),
    // "Not found or cancelled": done already, or never.
    (-282..=-282, Gone, E::CancelFailed),
    // Exceptions of a system behind (ATTO, transport cards), which the gateway does not serve.
    (-285..=-283, Open, E::DeclinedByNetwork),
    (-286..=-286, Certain(Terminal), E::TerminalNotFound),
    (-288..=-287, Open, E::InfoNotFound),
    (-289..=-289, Foreign, E::DeclinedByNetwork),
    (-290..=-290, Certain(Format), E::InvalidPhone),
    (-291..=-291, Certain(Denied), E::ServiceBlocked),
    (-292..=-292, Open, E::SmsGatewayUnavailable),
    (-293..=-293, Foreign, E::PinTriesExceeded),
    (-294..=-294, Foreign, E::InvalidCode),
    (-296..=-295, Foreign, E::OtherBankCardsNotSupported),
    (-297..=-297, Certain(Format), E::InvalidPhone),
    (-298..=-298, Certain(Terminal), E::TerminalNotFound),
    (-299..=-299, Open, E::InfoNotFound),
    (-300..=-300, Open, E::UzcardUnavailable),
    // "Check `trans.ext` later" (docs/networks.md#svgate-references-and-unknown-outcomes).
    (-302..=-301, Open, E::UzcardUnavailable),
    (-306..=-303, Open, E::UzcardUnavailable),
    (-307..=-307, Open, E::UzcardUnavailable),
    (-311..=-308, Open, E::UzcardUnavailable),
    (-314..=-314, Foreign, E::InvalidCode),
    (-316..=-316, Certain(Rights), E::TerminalNotFound),
    (-317..=-317, Foreign, E::InvalidCode),
    (-319..=-318, Certain(Rights), E::TerminalNotFound),
    (-320..=-320, Certain(Card), E::PhoneMismatch),
    // The access key of the gateway is wrong or missing.
    (-322..=-321, Foreign, E::ProcessingSystemError),
    // To set a card's limit, not to spend within one.
    (-324..=-323, Foreign, E::BankLimit),
    // The section lists it twice, as a limit and as an invalid date. The date is more specific.
    (-325..=-325, Certain(Format), E::WrongPeriod),
    (-328..=-326, Foreign, E::BankLimit),
    // The gateway makes `date12` and `stan`.
    (-330..=-329, Certain(Format), E::ProcessingSystemError),
    // "Errors from fraud monitoring": its refusal, or its own failure.
    (-333..=-333, Open, E::DeclinedByNetwork),
    (-357..=-350, Open, E::UzcardUnavailable),
    (-373..=-370, Foreign, E::CardInfoUnavailable),
    (-374..=-374, Certain(Terminal), E::TerminalNotFound),
    (-375..=-375, Foreign, E::TerminalNotFound),
    (-377..=-376, Certain(Format), E::ProcessingSystemError),
    (-378..=-378, Foreign, E::TokenNotGenerated),
    (-379..=-379, Certain(Format), E::ProcessingSystemError),
    // "Transaction successful, to cancel use `trans.reverse`".
    (-380..=-380, Open, E::ProcessingSystemError),
    (-381..=-381, Certain(Card), E::InvalidAmount),
    (-382..=-382, Certain(Card), E::BankNotSupported),
    // "Not this issuer".
    (-383..=-383, Certain(Card), E::BankNotSupported),
    // The sender's personal data is missing or incomplete. Only credits carry it, and it is required above some amount.
    (-386..=-384, Certain(Format), E::AmountTooLarge),
    (-387..=-387, Certain(Terminal), E::TerminalNotFound),
    (-388..=-388, Certain(Card), E::RecipientBankNotSupported),
    // A repeated reversal. Whose reversal it was, only the payment tells.
    (-389..=-389, Gone, E::CancelFailed),
    (-390..=-390, Foreign, E::InvalidCode),
    (-393..=-392, Foreign, E::DeclinedByNetwork),
    // The card of this token can only be credited.
    (-398..=-398, Certain(Card), E::CardTypeNotSupported),
    (-399..=-399, Open, E::UzcardUnavailable),
    (-403..=-400, Open, E::UzcardUnavailable),
    // "Card not found" in an older client, inside the range of "service unavailable".
    (-404..=-404, Open, E::CardNotFound),
    (-604..=-405, Open, E::UzcardUnavailable),
    // The code of success. In an error it says nothing.
    (0..=0, Open, E::ProcessingSystemError),
    // Known from an older client.
    (404..=404, Open, E::CardNotFound),
    (-2_222_222..=-2_222_222, Open, E::ProcessingSystemError),
    // JSON-RPC's own: wrong request, method, params; then what failed inside.
    (-32_602..=-32_600, Certain(Format), E::ProcessingSystemError),
    (-32_603..=-32_603, Open, E::UzcardUnavailable),
    (-32_700..=-32_700, Open, E::UzcardUnavailable),
    (-32_099..=-32_000, Open, E::UzcardUnavailable),
];

/// The values of a payment's `resp` that refuse it, if the settings name them too: 51 is the only one that a client was
/// seen to act on, the others are as in ISO 8583:1987.
#[rustfmt::skip] // A table.
const REFUSING_RESP: &[(i64, ErrorCode)] = &[
    (14, E::CardNotFound), (41, E::CardBlocked), (43, E::CardBlocked), (51, E::InsufficientFunds), (54, E::CardExpired),
    (57, E::DeclinedByNetwork), (58, E::TerminalNotFound), (61, E::BankLimit), (62, E::CardStopped), (65, E::BankLimit),
    (75, E::PinTriesExceeded),
];

/// Reads the code of an `error`. What no table has leaves the outcome open (docs/contract.md#refusals-of-the-networks).
pub(super) fn read(code: i64) -> (Class, ErrorCode) {
    TABLE
        .iter()
        .find(|(codes, ..)| codes.contains(&code))
        .map_or((Open, E::DeclinedByNetwork), |(_, class, error)| {
            (*class, *error)
        })
}

/// A call that moves money, as far as the meaning of a code depends on that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallKind {
    Pay,
    Hold,
    Capture,
    /// A release or a reversal.
    Undoing,
    /// Two legs under one reference: what is said about a card may be the recipient's bank, after the debit.
    P2p,
    /// The other leg of a transfer between the networks.
    Credit,
}

impl CallKind {
    /// The refusal, told of the card that it is about.
    fn about(self, refusal: Refusal) -> Refusal {
        match self {
            Self::P2p => of_transfer(refusal),
            Self::Credit => of_credit(refusal),
            Self::Pay | Self::Hold | Self::Capture | Self::Undoing => refusal,
        }
    }

    /// What a code of this class means in answer to this call.
    fn weigh(self, class: Class) -> Weight {
        match (self, class) {
            (Self::Pay | Self::Hold | Self::Capture, Certain(_)) => Weight::Refused,
            (Self::P2p, Certain(Format | Terminal | Rights | SameCard))
            | (Self::Undoing, Certain(Format | Terminal | Rights)) => Weight::Refused,
            (Self::P2p, Certain(Card | Denied) | Likely) => Weight::Open,
            // A debit is given back only after SVGate was asked.
            (Self::Credit, Certain(_)) => Weight::AskedOnce,
            // Where the payment stands decides, whatever card was checked.
            (Self::Undoing, Certain(SameCard | Card | Denied)) => Weight::AskedOnce,
            (Self::Capture | Self::Undoing, Gone) => Weight::AskedOnce,
            (Self::Pay | Self::Hold | Self::Capture | Self::Undoing | Self::Credit, Likely) => {
                Weight::AskedOnce
            }
            (Self::Pay | Self::Hold | Self::P2p | Self::Credit, Gone) | (_, Open | Foreign) => {
                Weight::Open
            }
        }
    }
}

/// What the answer to a call proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// It was not carried out.
    Refused,
    /// It was not, if the network, asked at once, does not know it.
    AskedOnce,
    /// Only a look-up can tell.
    Open,
}

/// What the settings say about SVGate's refusals ([`config::Uzcard`](crate::config::Uzcard)).
#[derive(Debug, Clone)]
pub(super) struct Refusals {
    /// Further codes that refuse for certain.
    pub(super) certain: Vec<i64>,
    /// The values of `resp` that do.
    pub(super) resp: Vec<i64>,
}

impl Refusals {
    /// The result of a call that was answered with an error of this code.
    pub(super) fn of_code(&self, kind: CallKind, code: i64) -> CallResult {
        let (class, error) = read(code);
        let class = match self.certain.contains(&code) {
            true => Certain(Format),
            false => class,
        };
        answered(kind, class, refusal(error, code))
    }

    /// The same of a result with this `resp`.
    pub(super) fn of_resp(&self, kind: CallKind, resp: i64) -> CallResult {
        let class = match self.resp.contains(&resp) {
            true => Certain(Card),
            false => Open,
        };
        answered(kind, class, resp_refusal(resp))
    }
}

/// Whether a payment listed with this `resp` may still be worked on: the codes of ISO 8583 for "in progress", "not
/// available" and "received too late", and SVGate's own that leave the outcome open.
pub(super) fn is_pending(resp: i64) -> bool {
    let is_open = |(codes, class, _): &(RangeInclusive<i64>, Class, ErrorCode)| {
        *class == Open && resp != 0 && codes.contains(&resp)
    };
    matches!(resp, -1 | 6 | 9 | 19..=25 | 68 | 90..=98) || TABLE.iter().any(is_open)
}

/// The refusal with this `resp`, about the card that the call is about.
pub(super) fn of_listed(kind: CallKind, resp: i64) -> Refusal {
    kind.about(resp_refusal(resp))
}

fn resp_refusal(resp: i64) -> Refusal {
    let error = match REFUSING_RESP.iter().find(|(known, _)| *known == resp) {
        Some((_, error)) => *error,
        None => read(resp).1,
    };
    refusal(error, resp)
}

fn answered(kind: CallKind, class: Class, refusal: Refusal) -> CallResult {
    let refusal = kind.about(refusal);
    let absence_suffices = match kind.weigh(class) {
        Weight::Refused => return CallResult::Refused(refusal),
        Weight::AskedOnce => true,
        Weight::Open => false,
    };
    let cause = "SVGate's code leaves the outcome open";
    CallResult::Unknown(Doubt::of_reply(cause, refusal, absence_suffices))
}

/// A refusal with SVGate's own code.
pub(super) fn refusal(code: ErrorCode, processing_code: i64) -> Refusal {
    Refusal {
        code,
        processing_code: processing_code.to_string(),
    }
}

/// "Denied", without a reason. If a card is to be credited, the refusal is taken to be about that card: missing rights
/// of the gateway would show in every call.
const DENIED: i64 = -291;

/// A refusal of `p2p.universal.credit` or `p2p.info`. It is about the recipient's card.
pub(super) fn of_credit(refusal: Refusal) -> Refusal {
    denied(refusal).unwrap_or_else(recipient::of_credit)
}

/// A refusal of `p2p.universal`. It may be about either card.
pub(super) fn of_transfer(refusal: Refusal) -> Refusal {
    denied(refusal).unwrap_or_else(recipient::of_transfer)
}

/// `Err` returns any other refusal unchanged.
fn denied(refusal: Refusal) -> Result<Refusal, Refusal> {
    if refusal.processing_code == DENIED.to_string() {
        let code = E::RecipientRefuses;
        Ok(Refusal { code, ..refusal })
    } else {
        Err(refusal)
    }
}

/// Why a card with this status (0 to 21, docs/networks.md#svgate-cards) cannot be used; `None` if it can.
pub(super) fn unusable(status: i64) -> Option<Refusal> {
    let code = match status {
        0 => return None,
        // "Warm"; stopped for a time by its user or owner.
        2 | 12 | 21 => E::CardStopped,
        // A PIN that must be changed or activated, an instant card not handed out yet. These end too.
        14 | 17 | 18 => E::CardStopped,
        13 => E::PinTriesExceeded,
        // To be refused or seized, lost, stolen, invalid, in debt, suspicious, blocked for good; 16 is "unknown".
        1 | 3..=11 | 15 | 16 | 19 | 20 => E::CardBlocked,
        // The section does not list this status. A card that may not be valid is not used.
        _ => E::CardBlocked,
    };
    Some(Refusal {
        code,
        processing_code: status.to_string(),
    })
}

#[cfg(test)]
#[path = "codes_tests.rs"]
mod tests;
