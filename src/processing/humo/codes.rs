//! The table of HUMO's action codes and what each means to us.
//!
//! Source: docs/networks.md#humo-action-codes for the codes (in the style of ISO 8583:1993),
//! docs/contract.md#unknown-outcomes for those that leave the outcome unknown.

use std::ops::RangeInclusive;

use rpc_schema::errors::ErrorCode;

use crate::domain::call::Refusal;

/// What a code says about the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// The call was not carried out, for this reason.
    Refused(ErrorCode),
    /// The call may have been carried out. Only a look-up can tell.
    Unknown,
    /// A code of success. In a refusal it says nothing.
    Success,
    /// The server rejected the input itself (provider `EBPP`). What that means depends on the call.
    Validation,
}

use ErrorCode as E;
use Reading::{Refused, Success, Unknown, Validation};

/// One line for each known code, in order. A code without a line is a refusal, see [`read`].
pub(super) const TABLE: &[(RangeInclusive<i64>, Reading)] = &[
    // 000 approved; 001 to 007 approved in part or with conditions. No known client handles the latter.
    (0..=7, Success),
    (100..=100, Refused(E::DeclinedByNetwork)),
    (101..=101, Refused(E::CardExpired)),
    // Suspected fraud. It is for the bank to say so, not for us.
    (102..=103, Refused(E::DeclinedByNetwork)),
    (104..=104, Refused(E::CardBlocked)),
    (105..=105, Refused(E::DeclinedByNetwork)),
    (106..=106, Refused(E::PinTriesExceeded)),
    (107..=108, Refused(E::DeclinedByNetwork)),
    (109..=109, Refused(E::TerminalNotFound)),
    (110..=110, Refused(E::InvalidAmount)),
    (111..=111, Refused(E::CardNotFound)),
    // A PIN is required, or the fee is not acceptable. The partner can send neither.
    (112..=113, Refused(E::DeclinedByNetwork)),
    (114..=114, Refused(E::CardAccountUnavailable)),
    (115..=115, Refused(E::CardTypeNotSupported)),
    (116..=116, Refused(E::InsufficientFunds)),
    (117..=117, Refused(E::DeclinedByNetwork)),
    (118..=118, Refused(E::CardNotFound)),
    // The card may make no payments at all, like a company's card.
    (119..=119, Refused(E::CardTypeNotSupported)),
    (120..=120, Refused(E::TerminalNotFound)),
    (121..=121, Refused(E::BankLimit)),
    (122..=122, Refused(E::DeclinedByNetwork)),
    (123..=123, Refused(E::BankLimit)),
    (124..=124, Refused(E::DeclinedByNetwork)),
    // Not effective yet, which will end.
    (125..=125, Refused(E::CardStopped)),
    (126..=128, Refused(E::DeclinedByNetwork)),
    (129..=129, Refused(E::CardBlocked)),
    // At the cardholder's own wish, which the cardholder can change.
    (180..=180, Refused(E::CardStopped)),
    // Cards to be picked up. In ISO 8583, 201 and 206 repeat 101 and 106.
    (200..=200, Refused(E::CardBlocked)),
    (201..=201, Refused(E::CardExpired)),
    (202..=205, Refused(E::CardBlocked)),
    (206..=206, Refused(E::PinTriesExceeded)),
    (207..=210, Refused(E::CardBlocked)),
    (280..=281, Refused(E::CardStopped)),
    (400..=400, Success),
    // Results of a reconciliation, which the gateway never requests.
    (500..=504, Refused(E::ProcessingSystemError)),
    (902..=902, Refused(E::DeclinedByNetwork)),
    (904..=905, Refused(E::ProcessingSystemError)),
    // The network is changing its business day. A repeat can help.
    (906..=906, Refused(E::HumoUnavailable)),
    (907..=907, Unknown),
    (908..=908, Refused(E::ProcessingSystemError)),
    (909..=909, Unknown),
    (911..=912, Unknown),
    // A duplicate of a call of ours, which may have moved money.
    (913..=913, Unknown),
    (914..=914, Refused(E::DataNotFound)),
    // Checkpoints and keys among the network's own machines.
    (915..=920, Refused(E::ProcessingSystemError)),
    (-1..=-1, Validation),
];

/// Reads an action code. A code that is not in the table is a refusal too (docs/contract.md#refusals-of-the-networks).
pub(super) fn read(code: i64) -> Reading {
    TABLE
        .iter()
        .find(|(codes, _)| codes.contains(&code))
        .map_or(Refused(E::DeclinedByNetwork), |(_, reading)| *reading)
}

/// The code as HUMO writes it: three digits, or `-1`.
pub(super) fn spelled(code: i64) -> String {
    if code < 0 {
        code.to_string()
    } else {
        format!("{code:03}")
    }
}

/// A refusal with HUMO's own code.
pub(super) fn refusal(code: ErrorCode, action_code: i64) -> Refusal {
    // 914: the original is not found.
    Refusal {
        code,
        processing_code: spelled(action_code),
        gone: action_code == 914,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every code of docs/networks.md#humo-action-codes, copied by hand.
    fn listed() -> BTreeSet<i64> {
        let single = [
            0, 100, 101, 102, 103, 105, 104, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116,
            117, 118, 119, 120, 121, 123, 122, 124, 125, 180, 280, 281, 400, 902, 904, 905, 908,
            906, 907, 909, 911, 912, 913, 914, 915, -1,
        ];
        let ranges = [1..=7, 126..=129, 200..=210, 500..=504, 916..=920];
        single
            .into_iter()
            .chain(ranges.into_iter().flatten())
            .collect()
    }

    #[test]
    fn every_listed_code_has_exactly_one_line() {
        let mut in_table: Vec<i64> = TABLE.iter().flat_map(|(codes, _)| codes.clone()).collect();
        in_table.sort_unstable();
        let listed: Vec<i64> = listed().into_iter().collect();
        assert_eq!(in_table, listed);
    }

    #[test]
    fn the_unknown_codes_are_those_of_the_contract() {
        let unknown: BTreeSet<i64> = listed()
            .into_iter()
            .filter(|code| read(*code) == Unknown)
            .collect();
        assert_eq!(unknown, [907, 909, 911, 912, 913].into());
        assert_eq!(read(-1), Validation);
    }

    #[test]
    fn the_mappings_of_the_contract() {
        for (code, expected) in [
            (116, E::InsufficientFunds),
            (101, E::CardExpired),
            (104, E::CardBlocked),
            (204, E::CardBlocked),
            (207, E::CardBlocked),
            (208, E::CardBlocked),
            (209, E::CardBlocked),
            (280, E::CardStopped),
            (281, E::CardStopped),
            (106, E::PinTriesExceeded),
            (121, E::BankLimit),
            (123, E::BankLimit),
            (111, E::CardNotFound),
            (118, E::CardNotFound),
            (109, E::TerminalNotFound),
            (119, E::CardTypeNotSupported),
        ] {
            assert_eq!(read(code), Refused(expected), "{code}");
        }
    }

    #[test]
    fn an_unknown_code_is_a_refusal() {
        for code in [-2, 8, 99, 130, 910, 921, 1_000] {
            assert_eq!(read(code), Refused(E::DeclinedByNetwork), "{code}");
        }
    }

    #[test]
    fn codes_are_written_as_humo_does() {
        assert_eq!([0, 7, 116, -1].map(spelled), ["000", "007", "116", "-1"]);
        assert!(refusal(E::DataNotFound, 914).gone);
    }
}
