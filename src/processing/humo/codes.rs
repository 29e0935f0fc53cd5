//! The table of HUMO's action codes: what each is told as, and whether it refuses for certain.
//!
//! Source: docs/networks.md#humo-action-codes for the codes (in the style of ISO 8583:1993),
//! docs/contract.md#unknown-outcomes for those that leave the outcome unknown.

use std::ops::RangeInclusive;

use rpc_schema::errors::ErrorCode;

use crate::domain::call::Refusal;

/// What a code says about a call that moves money (docs/networks.md#humo-action-codes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// An issuer's refusal: the call was not carried out.
    Certain(Check),
    /// A refusal by its text, though not surely: that the network does not know the call is enough.
    Likely,
    /// It says nothing about the call: approved, unavailable, time-out, duplicate, or no code that a table has.
    Open,
    /// The payment is not found: a question, not an answer.
    Gone,
    /// The transaction is invalid, or the payment is in another state than the call asks for.
    OtherState,
}

/// What was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// The terminal or merchant.
    Terminal,
    /// A card, its owner, its money, a limit, its bank.
    Card,
}

use Check::{Card, Terminal};
use Class::{Certain, Gone, Likely, Open, OtherState};
use ErrorCode as E;

/// One line for each known code, in order. A code without a line is open, see [`read`].
#[rustfmt::skip] // A table.
pub(super) const TABLE: &[(RangeInclusive<i64>, Class, ErrorCode)] = &[
    // PaymentServer's own, provider `EBPP`: most likely that it does not take the input.
    (-1..=-1, Likely, E::ProcessingSystemError),
    // 000 approved; 001 to 007 approved in part or with conditions. No known client handles the latter.
    (0..=7, Open, E::ProcessingSystemError),
    (100..=100, Certain(Card), E::DeclinedByNetwork),
    (101..=101, Certain(Card), E::CardExpired),
    // Suspected fraud. It is for the bank to say so, not for us.
    (102..=103, Certain(Card), E::DeclinedByNetwork),
    (104..=104, Certain(Card), E::CardBlocked),
    (105..=105, Certain(Card), E::DeclinedByNetwork),
    (106..=106, Certain(Card), E::PinTriesExceeded),
    (107..=108, Certain(Card), E::DeclinedByNetwork),
    (109..=109, Certain(Terminal), E::TerminalNotFound),
    (110..=110, Certain(Card), E::InvalidAmount),
    (111..=111, Certain(Card), E::CardNotFound),
    // A PIN is required, or the fee is not acceptable. The partner can send neither.
    (112..=113, Certain(Card), E::DeclinedByNetwork),
    (114..=114, Certain(Card), E::CardAccountUnavailable),
    (115..=115, Certain(Card), E::CardTypeNotSupported),
    (116..=116, Certain(Card), E::InsufficientFunds),
    (117..=117, Certain(Card), E::DeclinedByNetwork),
    (118..=118, Certain(Card), E::CardNotFound),
    // The card may make no payments at all, like a company's card.
    (119..=119, Certain(Card), E::CardTypeNotSupported),
    (120..=120, Certain(Terminal), E::TerminalNotFound),
    (121..=121, Certain(Card), E::BankLimit),
    (122..=122, Certain(Card), E::DeclinedByNetwork),
    (123..=123, Certain(Card), E::BankLimit),
    (124..=124, Certain(Card), E::DeclinedByNetwork),
    // Not effective yet, which will end.
    (125..=125, Certain(Card), E::CardStopped),
    (126..=128, Certain(Card), E::DeclinedByNetwork),
    (129..=129, Certain(Card), E::CardBlocked),
    // At the cardholder's own wish, which the cardholder can change.
    (180..=180, Certain(Card), E::CardStopped),
    // Cards to be picked up. In ISO 8583, 201 and 206 repeat 101 and 106.
    (200..=200, Certain(Card), E::CardBlocked),
    (201..=201, Certain(Card), E::CardExpired),
    (202..=205, Certain(Card), E::CardBlocked),
    (206..=206, Certain(Card), E::PinTriesExceeded),
    (207..=210, Certain(Card), E::CardBlocked),
    (280..=281, Certain(Card), E::CardStopped),
    // File actions, which answer nothing of ours.
    (300..=309, Open, E::ProcessingSystemError),
    // A reversal accepted; approved without the original's data.
    (400..=400, Open, E::ProcessingSystemError),
    (499..=499, Open, E::ProcessingSystemError),
    // Results of a reconciliation, which answer nothing that moves money.
    (500..=504, Open, E::ProcessingSystemError),
    // Administrative; lists and fees; network management.
    (600..=606, Open, E::ProcessingSystemError),
    (680..=681, Open, E::ProcessingSystemError),
    (700..=700, Open, E::ProcessingSystemError),
    (800..=800, Open, E::ProcessingSystemError),
    // An advice acknowledged without and with financial liability: next to carried out.
    (900..=901, Open, E::ProcessingSystemError),
    // "Invalid transaction" is also said of a payment in another state.
    (902..=902, OtherState, E::DeclinedByNetwork),
    (903..=903, Open, E::HumoUnavailable),
    // A format error may be the issuer's; not routed is most likely never sent on.
    (904..=905, Likely, E::ProcessingSystemError),
    // The network is changing its business day. A repeat can help.
    (906..=907, Open, E::HumoUnavailable),
    (908..=908, Likely, E::ProcessingSystemError),
    (909..=912, Open, E::HumoUnavailable),
    // A duplicate of a call of ours, which may have moved money.
    (913..=913, Open, E::ProcessingSystemError),
    (914..=914, Gone, E::DataNotFound),
    // Checkpoints, keys and order among the network's own machines.
    (915..=923, Open, E::ProcessingSystemError),
];

/// Reads an action code. What no table has leaves the outcome open (docs/contract.md#refusals-of-the-networks).
pub(super) fn read(code: i64) -> (Class, ErrorCode) {
    TABLE
        .iter()
        .find(|(codes, ..)| codes.contains(&code))
        .map_or((Open, E::DeclinedByNetwork), |(_, class, error)| {
            (*class, *error)
        })
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
    Refusal {
        code,
        processing_code: spelled(action_code),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every code of docs/networks.md#humo-action-codes, copied by hand.
    fn listed() -> BTreeSet<i64> {
        let single = [-1, 180, 280, 281, 400, 499, 680, 681, 700, 800];
        let ranges = [
            0..=7,
            100..=129,
            200..=210,
            300..=309,
            500..=504,
            600..=606,
            900..=923,
        ];
        single
            .into_iter()
            .chain(ranges.into_iter().flatten())
            .collect()
    }

    #[test]
    fn every_listed_code_has_exactly_one_line() {
        let mut in_table: Vec<i64> = TABLE.iter().flat_map(|(codes, ..)| codes.clone()).collect();
        in_table.sort_unstable();
        let listed: Vec<i64> = listed().into_iter().collect();
        assert_eq!(in_table, listed);
        assert!(
            TABLE.iter().all(|(codes, ..)| codes.start() <= codes.end()),
            "a line with its ends turned round is empty"
        );
    }

    /// The classes of docs/networks.md#humo-action-codes, copied by hand.
    #[test]
    fn only_an_issuers_refusal_is_certain() {
        for code in -10..=1_000 {
            let expected = match code {
                109 | 120 => Certain(Terminal),
                100..=129 | 180 | 200..=210 | 280 | 281 => Certain(Card),
                -1 | 904 | 905 | 908 => Likely,
                902 => OtherState,
                914 => Gone,
                _ => Open,
            };
            assert_eq!(read(code).0, expected, "{code}");
        }
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
            (903, E::HumoUnavailable),
            (906, E::HumoUnavailable),
            (911, E::HumoUnavailable),
            (914, E::DataNotFound),
        ] {
            assert_eq!(read(code).1, expected, "{code}");
        }
    }

    #[test]
    fn a_code_that_nobody_knows_is_told_as_a_plain_refusal() {
        for code in [-2, 8, 99, 130, 282, 924, 999, i64::MAX] {
            assert_eq!(read(code), (Open, E::DeclinedByNetwork), "{code}");
        }
    }

    #[test]
    fn codes_are_written_as_humo_does() {
        assert_eq!([0, 7, 116, -1].map(spelled), ["000", "007", "116", "-1"]);
    }
}
