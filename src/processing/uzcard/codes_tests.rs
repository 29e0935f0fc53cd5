use std::collections::BTreeSet;

use super::*;
use crate::config;

/// The codes that are read one by one: all that a table has, all around them, and JSON-RPC's own.
fn codes() -> impl Iterator<Item = i64> {
    (-1_000..=500)
        .chain(-32_800..=-31_900)
        .chain([i64::MIN, -2_222_222, -1_001, 501, i64::MAX])
}

/// The class of each code as docs/networks.md#svgate-codes has it, typed by hand and not from the table. What is in no
/// line is open.
#[rustfmt::skip] // A row a class.
fn class_by_hand(code: i64) -> Class {
    match code {
        -100 | -103 | -202 | -209 | -212 | -214 | -216 | -217 | -218 | -241 | -290 | -297 | -325 | -329 | -330 | -376
        | -377 | -379 | -384 | -385 | -386 | -32_600 | -32_601 | -32_602 => Certain(Format),
        -236 | -237 | -243 | -247 | -255..=-250 | -264 | -268 | -286 | -298 | -374 | -387 => Certain(Terminal),
        -246 | -256 | -316 | -318 | -319 => Certain(Rights),
        -291 => Certain(Denied),
        -210 | -213 => Certain(SameCard),
        -200 | -201 | -203 | -204 | -205 | -206 | -215 | -235 | -238 | -239 | -240 | -245 | -257 | -258 | -259 | -261
        | -262 | -276 | -277 | -320 | -381 | -382 | -383 | -388 | -398 => Certain(Card),
        -260 => Likely,
        -208 | -242 | -267 | -282 | -389 => Gone,
        -234..=-219 | -248 | -249 | -263 | -266 | -269 | -270 | -271 | -275..=-272 | -278 | -279 | -289 | -293 | -294
        | -295 | -296 | -314 | -317 | -321 | -322 | -323 | -324 | -326 | -327 | -328 | -373..=-370 | -375 | -378
        | -390 | -392 | -393 => Foreign,
        _ => Open,
    }
}

#[test]
fn every_code_has_its_class() {
    for code in codes() {
        assert_eq!(read(code).0, class_by_hand(code), "{code}");
    }
}

/// Every code of docs/networks.md#svgate-codes, typed from the page and not from the table.
fn listed() -> BTreeSet<i64> {
    let single = [
        -100, -101, -102, -281, -103, -199, -200, -201, -202, -212, -203, -204, -205, -206, -207,
        -208, -209, -210, -213, -211, -214, -325, -215, -216, -217, -290, -297, -218, -235, -236,
        -237, -238, -239, -240, -241, -242, -243, -244, -245, -246, -256, -291, -257, -258, -259,
        -260, -261, -262, -263, -264, -265, -266, -278, -279, -267, -268, -374, -375, -286, -269,
        -270, -271, -277, -320, -280, -287, -288, -282, -289, -292, -293, -294, -295, -296, -298,
        -299, -300, -301, -302, -307, -314, -317, -316, -318, -319, -321, -322, -329, -330, -333,
        -399, -380, -387, -388, -389, -390, -392, -393, -398, 0, 404, -2_222_222, -32_700, -32_603,
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
        -32_602..=-32_600,
        -32_099..=-32_000,
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

const KINDS: [CallKind; 6] = [
    CallKind::Pay,
    CallKind::Hold,
    CallKind::Capture,
    CallKind::Undoing,
    CallKind::P2p,
    CallKind::Credit,
];

/// What an answer proves, in a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proves {
    /// Refused.
    R,
    /// Refused, if SVGate, asked at once, does not know the call.
    A,
    /// Only what SVGate says when it is asked.
    O,
}

use Proves::{A, O, R};

/// What a class proves in answer to each of [`KINDS`].
#[rustfmt::skip] // A row a class.
fn weights(class: Class) -> [Proves; 6] {
    match class {
        // Pay, hold, charge, release or reversal, transfer, credit.
        Certain(Format | Terminal | Rights) => [R, R, R, R, R, A],
        Certain(SameCard) => [R, R, R, A, R, A],
        // In a transfer the recipient's bank may say so, after the debit.
        Certain(Denied | Card) => [R, R, R, A, O, A],
        Likely => [A, A, A, A, O, A],
        Gone => [O, O, A, A, O, O],
        Open | Foreign => [O, O, O, O, O, O],
    }
}

fn by_default() -> Refusals {
    Refusals {
        certain: Vec::new(),
        resp: config::Uzcard::default().refusing_resp,
    }
}

/// What the result proves, and the code that it is told as; SVGate's own must be `code`.
#[track_caller]
fn proves(result: &CallResult, code: i64) -> (Proves, ErrorCode) {
    assert_eq!(
        result.processing_code(),
        Some(code.to_string().as_str()),
        "{result:?}"
    );
    let proves = match result {
        CallResult::Refused(_) => R,
        CallResult::Unknown(doubt) if doubt.open.as_ref().unwrap().absence_suffices => A,
        CallResult::Unknown(_) => O,
        CallResult::Approved(_)
        | CallResult::Blocked(_)
        | CallResult::Overtaken(_)
        | CallResult::NotExecuted(_)
        | CallResult::Untraceable(_) => panic!("{result:?}"),
    };
    (proves, result.refusal().unwrap().code)
}

#[test]
fn every_code_in_answer_to_every_call() {
    let refusals = by_default();
    for code in codes() {
        for (kind, expected) in KINDS.into_iter().zip(weights(class_by_hand(code))) {
            let (found, _) = proves(&refusals.of_code(kind, code), code);
            assert_eq!(found, expected, "{kind:?} {code}");
        }
    }
}

/// A code that the settings name refuses for certain; a debit is given back only after SVGate was asked all the same.
#[test]
fn the_settings_add_certain_refusals() {
    let named = [-999, -305, -207, -208, -219, -240, -260];
    let refusals = Refusals {
        certain: named.to_vec(),
        ..by_default()
    };
    for code in codes() {
        let expected = match named.contains(&code) {
            true => [R, R, R, R, R, A],
            false => weights(class_by_hand(code)),
        };
        for (kind, expected) in KINDS.into_iter().zip(expected) {
            let (found, told) = proves(&refusals.of_code(kind, code), code);
            assert_eq!(found, expected, "{kind:?} {code}");
            let (_, told_without) = proves(&by_default().of_code(kind, code), code);
            assert_eq!(told, told_without, "{kind:?} {code}");
        }
    }
}

/// `resp` refuses a payment only with the values of the settings.
#[test]
fn every_resp_in_answer_to_every_call() {
    for resp in -700..=1_000 {
        let listed = matches!(resp, 14 | 41 | 43 | 51 | 54 | 57 | 58 | 61 | 62 | 65 | 75);
        let expected = match listed {
            true => weights(Certain(Card)),
            false => weights(Open),
        };
        for (kind, expected) in KINDS.into_iter().zip(expected) {
            let (found, _) = proves(&by_default().of_resp(kind, resp), resp);
            assert_eq!(found, expected, "{kind:?} {resp}");
        }
    }
    let other = Refusals {
        certain: vec![6],
        resp: vec![5],
    };
    let found = |resp| proves(&other.of_resp(CallKind::Pay, resp), resp);
    assert_eq!(found(5), (R, E::DeclinedByNetwork));
    // Codes are one thing and values of `resp` another.
    assert_eq!(found(6), (O, E::DeclinedByNetwork));
    assert_eq!(found(51), (O, E::InsufficientFunds));
}

#[test]
fn what_a_resp_is_told_as() {
    for (resp, payer, recipient) in [
        (14, E::CardNotFound, E::CardNotFound),
        (41, E::CardBlocked, E::RecipientCardBlocked),
        (43, E::CardBlocked, E::RecipientCardBlocked),
        (51, E::InsufficientFunds, E::InsufficientFunds),
        (54, E::CardExpired, E::RecipientCardExpired),
        (57, E::DeclinedByNetwork, E::DeclinedByNetwork),
        (58, E::TerminalNotFound, E::TerminalNotFound),
        (61, E::BankLimit, E::BankLimit),
        (62, E::CardStopped, E::RecipientCardBlocked),
        (65, E::BankLimit, E::BankLimit),
        (75, E::PinTriesExceeded, E::RecipientPinTriesExceeded),
        // SVGate's own codes, if they should ever stand there; and one that no table has.
        (-240, E::InsufficientFunds, E::InsufficientFunds),
        (-201, E::CardExpired, E::RecipientCardExpired),
        (5, E::DeclinedByNetwork, E::DeclinedByNetwork),
    ] {
        for (kind, expected) in [(CallKind::Pay, payer), (CallKind::Credit, recipient)] {
            let listed = of_listed(kind, resp);
            assert_eq!(listed, refusal(expected, resp), "{kind:?}");
            let (_, told) = proves(&by_default().of_resp(kind, resp), resp);
            assert_eq!(told, expected, "{kind:?} {resp}");
        }
    }
}

#[test]
fn a_listed_payment_with_these_may_still_be_worked_on() {
    for resp in (-1_000..=1_000).filter(|resp| *resp != 0) {
        let of_iso = matches!(resp, -1 | 6 | 9 | 19..=25 | 68 | 90..=98);
        let of_svgate =
            TABLE.iter().any(|(codes, ..)| codes.contains(&resp)) && class_by_hand(resp) == Open;
        assert_eq!(is_pending(resp), of_iso || of_svgate, "{resp}");
    }
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
        (-333, E::DeclinedByNetwork),
    ] {
        assert_eq!(read(code).1, expected, "{code}");
    }
}

#[test]
fn a_code_that_nobody_knows_is_told_as_a_plain_refusal() {
    for code in [-1, -99, -312, -605, -32_604, 7, i64::MIN, i64::MAX] {
        assert_eq!(read(code), (Open, E::DeclinedByNetwork), "{code}");
    }
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
        let refusal = of(refusal(read(processing_code).1, processing_code));
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
        // An answer is told in the same way.
        for (kind, expected) in [(CallKind::Credit, credit), (CallKind::P2p, transfer)] {
            let result = by_default().of_code(kind, processing_code);
            let (_, told) = proves(&result, processing_code);
            assert_eq!(told, expected, "{kind:?} {processing_code}");
        }
    }
}

/// Whatever a call that moves money can be told is in the list of each method that makes it.
#[test]
fn methods_list_what_their_calls_can_be_told() {
    use rpc_schema::methods::METHODS;

    for (kind, methods) in [
        (
            CallKind::Pay,
            &[
                "transactions.debit",
                "transactions.debit.confirm",
                "p2p.uzcard2humo",
                "p2p.confirm",
            ][..],
        ),
        (
            CallKind::Hold,
            &["transactions.debit", "transactions.debit.confirm"],
        ),
        (CallKind::Capture, &["transactions.debit.hold.charge"]),
        (
            CallKind::P2p,
            &["p2p.uzcard2uzcard", "p2p.uzcard2humo", "p2p.confirm"],
        ),
        (CallKind::Credit, &["p2p.humo2uzcard", "p2p.confirm"]),
    ] {
        let told = TABLE
            .iter()
            .map(|(codes, _, error)| (*error, *codes.start()));
        for (error, code) in told.chain(REFUSING_RESP.iter().map(|(resp, error)| (*error, *resp))) {
            let error = kind.about(refusal(error, code)).code;
            for method in METHODS
                .iter()
                .filter(|method| methods.contains(&method.name))
            {
                assert!(
                    method.errors.contains(&error),
                    "{} {code}: {error}",
                    method.name
                );
            }
        }
    }
}
