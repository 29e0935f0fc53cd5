use std::collections::BTreeSet;

use super::*;

/// Every code of docs/networks.md#svgate-codes, typed from the page and not from the table.
fn listed() -> BTreeSet<i64> {
    let single = [
        -100, -101, -102, -281, -103, -199, -200, -201, -202, -212, -203, -204, -205, -206, -207,
        -208, -209, -210, -213, -211, -214, -325, -215, -216, -217, -290, -297, -218, -235, -236,
        -237, -238, -239, -240, -241, -242, -243, -244, -245, -246, -256, -291, -257, -258, -259,
        -260, -261, -262, -263, -264, -265, -266, -278, -267, -268, -374, -375, -286, -269, -270,
        -271, -277, -320, -280, -287, -288, -282, -289, -292, -293, -294, -298, -299, -300, -301,
        -302, -307, -314, -317, -316, -318, -319, -321, -322, -329, -330, -333, -399, -380, -387,
        -388, -389, -390, -392, -393, -398, 0, 404, -2_222_222,
    ];
    let ranges = [
        -234..=-219,
        -255..=-247,
        -276..=-272,
        -285..=-283,
        -306..=-303,
        -311..=-308,
        -328..=-323,
        -357..=-350,
        -373..=-370,
        -379..=-376,
        -386..=-381,
        -604..=-400,
    ];
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
    assert!(
        TABLE.iter().all(|(codes, _)| codes.start() <= codes.end()),
        "a line with its ends turned round is empty"
    );
}

#[test]
fn the_unknown_codes_are_those_of_the_contract() {
    let unknown: BTreeSet<i64> = listed()
        .into_iter()
        .filter(|code| read(*code) == Unknown)
        .collect();
    let contract = [
        -101, -102, -207, -211, -265, -281, -301, -302, -307, -308, -309, -310, -311, -380, -389,
    ];
    assert_eq!(unknown, contract.into());
}

#[test]
fn the_mappings_of_the_contract() {
    for (code, expected) in [
        (-239, E::InsufficientFunds),
        (-240, E::InsufficientFunds),
        (-260, E::InsufficientFunds),
        (-201, E::CardExpired),
        (-205, E::CardBlocked),
        (-261, E::CardStopped),
        (-206, E::SmsServiceOff),
        (-293, E::PinTriesExceeded),
        (-262, E::AmountTooLarge),
        (-323, E::BankLimit),
        (-328, E::BankLimit),
        (-277, E::PhoneMismatch),
        (-320, E::PhoneMismatch),
        (-200, E::CardNotFound),
        (-257, E::CardNotFound),
        (-247, E::TerminalNotFound),
        (-255, E::TerminalNotFound),
        (-374, E::TerminalNotFound),
        (-258, E::CardTypeNotSupported),
        (-244, E::UzcardUnavailable),
        (-300, E::UzcardUnavailable),
        (-399, E::UzcardUnavailable),
        (-400, E::UzcardUnavailable),
        (-604, E::UzcardUnavailable),
        (-384, E::AmountTooLarge),
        (-386, E::AmountTooLarge),
    ] {
        assert_eq!(read(code), Refused(expected), "{code}");
    }
}

#[test]
fn a_code_that_nobody_knows_is_a_refusal() {
    for code in [-1, -99, -605, -32_603, 7, i64::MIN, i64::MAX] {
        assert_eq!(read(code), Refused(E::DeclinedByNetwork), "{code}");
    }
}

#[test]
fn resp_51_is_too_little_money_and_an_open_code_stays_open() {
    assert_eq!(read_resp(51), Refused(E::InsufficientFunds));
    assert_eq!(read_resp(-1), Refused(E::DeclinedByNetwork));
    assert_eq!(read_resp(-211), Unknown);
    assert_eq!(read_resp(0), Success);
}

#[test]
fn only_status_0_is_usable() {
    assert_eq!(unusable(0), None);
    for status in (1..=22).chain([-1, i64::MAX]) {
        assert_eq!(
            unusable(status).unwrap().processing_code,
            status.to_string()
        );
    }
    assert_eq!(unusable(12).unwrap().code, E::CardStopped);
    assert_eq!(unusable(13).unwrap().code, E::PinTriesExceeded);
    assert_eq!(unusable(20).unwrap().code, E::CardBlocked);
}

#[test]
fn refusals_about_a_recipient() {
    let code = |of: fn(Refusal) -> Refusal, processing_code| {
        let Refused(code) = read(processing_code) else {
            panic!("{processing_code}")
        };
        let refusal = of(refusal(code, processing_code));
        assert_eq!(refusal.processing_code, processing_code.to_string());
        refusal.code
    };
    for (processing_code, credit, transfer) in [
        (-201, E::RecipientCardExpired, E::CardExpired),
        (-293, E::RecipientPinTriesExceeded, E::PinTriesExceeded),
        (-205, E::RecipientCardBlocked, E::CardBlocked),
        (-204, E::RecipientCardBlocked, E::CardStopped),
        (-258, E::RecipientRefuses, E::RecipientRefuses),
        (-291, E::RecipientRefuses, E::RecipientRefuses),
        (-382, E::RecipientBankNotSupported, E::BankNotSupported),
        (-256, E::ServiceBlocked, E::ServiceBlocked),
        (-240, E::InsufficientFunds, E::InsufficientFunds),
        (-384, E::AmountTooLarge, E::AmountTooLarge),
    ] {
        assert_eq!(
            code(of_credit, processing_code),
            credit,
            "{processing_code}"
        );
        assert_eq!(
            code(of_transfer, processing_code),
            transfer,
            "{processing_code}"
        );
    }
}
