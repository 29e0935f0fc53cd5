//! The table of SVGate's codes and what each means to us.
//!
//! Source: docs/networks.md#svgate-codes for the codes, docs/contract.md#unknown-outcomes for those that leave the
//! outcome unknown.

use std::ops::RangeInclusive;

use rpc_schema::errors::ErrorCode;

use crate::domain::call::Refusal;
use crate::processing::recipient;

/// What a code says about the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// The call was not carried out, for this reason.
    Refused(ErrorCode),
    /// The call may have been carried out. Only a look-up can tell.
    Unknown,
    /// The code of success. In an error it says nothing.
    Success,
}

use ErrorCode as E;
use Reading::{Refused, Success, Unknown};

/// One line for each known code, in order. A code without a line is a refusal, see [`read`].
pub(super) const TABLE: &[(RangeInclusive<i64>, Reading)] = &[
    // Required members are missing. The gateway made the request, so the partner cannot correct it.
    (-100..=-100, Refused(E::ProcessingSystemError)),
    // "Execution error, retry": it may have failed at any point.
    (-102..=-101, Unknown),
    (-103..=-103, Refused(E::ProcessingSystemError)),
    (-199..=-199, Refused(E::ProcessingSystemError)),
    (-200..=-200, Refused(E::CardNotFound)),
    (-201..=-201, Refused(E::CardExpired)),
    (-202..=-202, Refused(E::InvalidPan)),
    // Expired and not reissued: out of service for good.
    (-203..=-203, Refused(E::CardBlocked)),
    // "Not active" can end, like a stop by the owner.
    (-204..=-204, Refused(E::CardStopped)),
    (-205..=-205, Refused(E::CardBlocked)),
    (-206..=-206, Refused(E::SmsServiceOff)),
    // The reference was already used, by a call of ours that may have moved money.
    (-207..=-207, Unknown),
    (-208..=-208, Refused(E::DataNotFound)),
    (-209..=-209, Refused(E::ProcessingSystemError)),
    (-210..=-210, Refused(E::SameCard)),
    (-211..=-211, Unknown),
    (-212..=-212, Refused(E::InvalidPanOrExpiry)),
    (-213..=-213, Refused(E::SameCard)),
    (-214..=-214, Refused(E::WrongPeriod)),
    (-215..=-215, Refused(E::PhoneMismatch)),
    (-216..=-216, Refused(E::InvalidPanOrExpiry)),
    (-217..=-217, Refused(E::InvalidPhone)),
    (-218..=-218, Refused(E::InvalidPan)),
    // Main and family cards, which the gateway does not use.
    (-234..=-219, Refused(E::DeclinedByNetwork)),
    (-235..=-235, Refused(E::CardTypeNotSupported)),
    (-236..=-236, Refused(E::TerminalNotFound)),
    (-237..=-237, Refused(E::TerminalNotFound)),
    (-238..=-238, Refused(E::CardAccountUnavailable)),
    (-240..=-239, Refused(E::InsufficientFunds)),
    // The period of a hold comes from the gateway's settings.
    (-241..=-241, Refused(E::ProcessingSystemError)),
    (-242..=-242, Refused(E::DataNotFound)),
    (-243..=-243, Refused(E::TerminalNotFound)),
    // The bank answered "unavailable", so the call was not carried out.
    (-244..=-244, Refused(E::UzcardUnavailable)),
    (-245..=-245, Refused(E::InvalidAmount)),
    (-246..=-246, Refused(E::ServiceBlocked)),
    (-255..=-247, Refused(E::TerminalNotFound)),
    // The gateway lacks rights at SVGate. Its operator has to get them.
    (-256..=-256, Refused(E::ServiceBlocked)),
    (-257..=-257, Refused(E::CardNotFound)),
    (-258..=-258, Refused(E::CardTypeNotSupported)),
    (-259..=-259, Refused(E::InvalidAmount)),
    (-260..=-260, Refused(E::InsufficientFunds)),
    (-261..=-261, Refused(E::CardStopped)),
    (-262..=-262, Refused(E::AmountTooLarge)),
    (-263..=-263, Refused(E::ProcessingSystemError)),
    // The category of the merchant is part of its registration.
    (-264..=-264, Refused(E::TerminalNotFound)),
    (-265..=-265, Unknown),
    (-266..=-266, Refused(E::DeclinedByNetwork)),
    (-267..=-267, Refused(E::DataNotFound)),
    (-268..=-268, Refused(E::TerminalNotFound)),
    (-270..=-269, Refused(E::InvalidCode)),
    (-271..=-271, Refused(E::CardRegistrationFailed)),
    (-276..=-272, Refused(E::OtherBankCardsNotSupported)),
    (-277..=-277, Refused(E::PhoneMismatch)),
    (-278..=-278, Refused(E::DeclinedByNetwork)),
    (-280..=-280, Refused(E::InfoNotFound)),
    (-281..=-281, Unknown),
    // "Not found or cancelled": there is nothing left to undo.
    (-282..=-282, Refused(E::CancelFailed)),
    // Transport cards (ATTO), which the gateway does not serve.
    (-285..=-283, Refused(E::DeclinedByNetwork)),
    (-286..=-286, Refused(E::TerminalNotFound)),
    (-288..=-287, Refused(E::InfoNotFound)),
    (-289..=-289, Refused(E::DeclinedByNetwork)),
    (-290..=-290, Refused(E::InvalidPhone)),
    (-291..=-291, Refused(E::ServiceBlocked)),
    (-292..=-292, Refused(E::SmsGatewayUnavailable)),
    (-293..=-293, Refused(E::PinTriesExceeded)),
    (-294..=-294, Refused(E::InvalidCode)),
    (-297..=-297, Refused(E::InvalidPhone)),
    (-298..=-298, Refused(E::TerminalNotFound)),
    (-299..=-299, Refused(E::InfoNotFound)),
    (-300..=-300, Refused(E::UzcardUnavailable)),
    // "Check `trans.ext` later" (docs/networks.md#svgate-references-and-unknown-outcomes).
    (-302..=-301, Unknown),
    (-306..=-303, Refused(E::UzcardUnavailable)),
    (-307..=-307, Unknown),
    (-311..=-308, Unknown),
    (-314..=-314, Refused(E::InvalidCode)),
    (-316..=-316, Refused(E::TerminalNotFound)),
    (-317..=-317, Refused(E::InvalidCode)),
    (-319..=-318, Refused(E::TerminalNotFound)),
    (-320..=-320, Refused(E::PhoneMismatch)),
    // The access key of the gateway is wrong or missing.
    (-322..=-321, Refused(E::ProcessingSystemError)),
    (-324..=-323, Refused(E::BankLimit)),
    // The section lists it twice, as a limit and as an invalid date. The date is more specific.
    (-325..=-325, Refused(E::WrongPeriod)),
    (-328..=-326, Refused(E::BankLimit)),
    // The gateway makes `date12` and `stan`.
    (-330..=-329, Refused(E::ProcessingSystemError)),
    (-333..=-333, Refused(E::DeclinedByNetwork)),
    (-357..=-350, Refused(E::UzcardUnavailable)),
    (-373..=-370, Refused(E::CardInfoUnavailable)),
    (-375..=-374, Refused(E::TerminalNotFound)),
    (-377..=-376, Refused(E::ProcessingSystemError)),
    (-378..=-378, Refused(E::TokenNotGenerated)),
    (-379..=-379, Refused(E::ProcessingSystemError)),
    // "Transaction successful, to cancel use `trans.reverse`".
    (-380..=-380, Unknown),
    (-381..=-381, Refused(E::InvalidAmount)),
    (-383..=-382, Refused(E::BankNotSupported)),
    // The sender's personal data is missing or incomplete. Only credits carry it, and it is required above some amount.
    (-386..=-384, Refused(E::AmountTooLarge)),
    (-387..=-387, Refused(E::TerminalNotFound)),
    (-388..=-388, Refused(E::RecipientBankNotSupported)),
    // A repeated reversal. Only `trans.ext` can tell whether ours was carried out.
    (-389..=-389, Unknown),
    (-390..=-390, Refused(E::InvalidCode)),
    (-393..=-392, Refused(E::DeclinedByNetwork)),
    // The card of this token can only be credited.
    (-398..=-398, Refused(E::CardTypeNotSupported)),
    (-399..=-399, Refused(E::UzcardUnavailable)),
    (-403..=-400, Refused(E::UzcardUnavailable)),
    // "Card not found" in an older client. It is inside the range of "service unavailable".
    (-404..=-404, Refused(E::CardNotFound)),
    (-604..=-405, Refused(E::UzcardUnavailable)),
    (0..=0, Success),
    // Known from an older client.
    (404..=404, Refused(E::CardNotFound)),
    (-2_222_222..=-2_222_222, Refused(E::ProcessingSystemError)),
];

/// Reads the code of an `error`. A code that is not in the table is a refusal too
/// (docs/contract.md#refusals-of-the-networks).
pub(super) fn read(code: i64) -> Reading {
    TABLE
        .iter()
        .find(|(codes, _)| codes.contains(&code))
        .map_or(Refused(E::DeclinedByNetwork), |(_, reading)| *reading)
}

/// Reads the `resp` of a payment or the `status` of a hold's reply. 51 is the only value with a known meaning of its
/// own (docs/networks.md#svgate-payments); others are read from the table.
pub(super) fn read_resp(resp: i64) -> Reading {
    match resp {
        51 => Refused(E::InsufficientFunds),
        resp => read(resp),
    }
}

/// A refusal with SVGate's own code.
pub(super) fn refusal(code: ErrorCode, processing_code: i64) -> Refusal {
    // Payment not found, hold not found, not found in SV, not found or cancelled.
    let gone = matches!(processing_code, -208 | -242 | -267 | -282);
    Refusal {
        code,
        processing_code: processing_code.to_string(),
        gone,
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
        gone: false,
    })
}

#[cfg(test)]
#[path = "codes_tests.rs"]
mod tests;
