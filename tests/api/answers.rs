//! What does an answer of a network prove? Every call that moves money, answered with a code of each class, once carried
//! out and once not. Nothing carried out is told as a final failure; nothing is given back that stands
//! (docs/contract.md#refusals-of-the-networks, docs/contract.md#asked-at-once).
//!
//! `ALOQA_ANSWERS_WHOLE=1 cargo test --release --test api answers` takes every code instead of a few of each class.

use std::io::Write as _;

use aloqa_gateway::config::Config;

use crate::recovery::{End, STEPS, Step, end};
use test_support::orders::{AMOUNT, CREDITED, Order, P2P, PAID, TOTAL};
use test_support::*;

/// Set to any value, every code is tried.
const WHOLE: &str = "ALOQA_ANSWERS_WHOLE";

/// SVGate's: internal, duplicate, not found, of other methods, not available, done already, on no list, of JSON-RPC. Then
/// some that refuse a debit for certain.
#[rustfmt::skip] // A table.
const OF_UZCARD: &[i64] = &[
    -101, -199, -207, -208, -219, -242, -244, -260, -267, -282, -301, -333, -380, -389, -404, -999, 0, -32_003, -32_603,
    -205, -240, -291, -103, -247, -256,
];

/// HUMO's: approved, on no list, of other messages, another state, format, system, duplicate, not found. Then an issuer's
/// refusals.
#[rustfmt::skip] // A table.
const OF_HUMO: &[i64] = &[0, 2, 8, 199, 300, 400, 901, 902, 904, 907, 908, 909, 910, 911, 913, 914, 999, -1, 104, 116, 109];

on_each_database! {
    async fn uzcard_carried_out_and_answered_with_a_code(app: TestApp) {
        all_answers(app.kind, "UZCARD", true).await;
    }

    async fn uzcard_not_carried_out_and_answered_with_a_code(app: TestApp) {
        all_answers(app.kind, "UZCARD", false).await;
    }

    async fn humo_carried_out_and_answered_with_a_code(app: TestApp) {
        all_answers(app.kind, "HUMO", true).await;
    }

    async fn humo_not_carried_out_and_answered_with_a_code(app: TestApp) {
        all_answers(app.kind, "HUMO", false).await;
    }
}

async fn all_answers(kind: DatabaseKind, network: &str, executed: bool) {
    let codes = codes(network);
    let steps = STEPS
        .into_iter()
        .filter(|step| step.called().network() == network)
        // The end of a hold has nobody who hears of it: `holds` has its answers.
        .filter(|step| !matches!(step.order, Order::Expire(_)));
    let adjust = |config: &mut Config| {
        patient(config);
        config.sms.daily_limit = 1_000_000;
    };
    let answered = join_all(steps.enumerate().map(|(number, step)| {
        let codes = codes.iter().enumerate().filter(move |(place, _)| {
            kind.takes(
                number + place,
                OneIn {
                    sqlite: 2,
                    postgres: 6,
                },
            )
        });
        let codes: Vec<i64> = codes
            .map(|(_, code)| *code)
            // No look-up can find out a lie about a check that comes first.
            .filter(|code| !executed || !refuses_for_certain(step, *code))
            .collect();
        async move {
            let mut wrong = Vec::new();
            // A card's list of holds is read whole, and has its longest.
            for part in codes.chunks(300) {
                let app = TestApp::with(kind, step.order.with(adjust)).await.unwrap();
                let token = app.add_card(step.order.payer()).await;
                for code in part {
                    wrong.extend(answer(&app, &token, step, *code, executed).await);
                }
                app.running.stop().await;
            }
            (codes.len(), wrong)
        }
    }))
    .await;
    let calls = answered.len();
    let asked: usize = answered.iter().map(|(asked, _)| asked).sum();
    let wrong: Vec<String> = answered.into_iter().flat_map(|(_, wrong)| wrong).collect();
    let (codes, count) = (codes.len(), wrong.len());
    writeln!(
        std::io::stderr(),
        "{network} on {kind:?}, carried out: {executed}: {codes} codes, {calls} calls, {asked} answers, {count} wrong"
    )
    .unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with how a call ends that is answered with this code.
async fn answer(
    app: &TestApp,
    token: &str,
    step: Step,
    code: i64,
    executed: bool,
) -> Option<String> {
    let shown = format!("{step:?} answered with {code}, carried out: {executed}");
    let called = step.called();
    let text = if called.is_humo() && code >= 0 {
        format!("{code:03}")
    } else {
        code.to_string()
    };
    let (seen, balance) = (
        app.moves().await.len(),
        app.balance(step.order.payer()).await,
    );
    let ext_id = format!("{code}-{executed}");
    let request = step.order.prepare(app, token, &ext_id).await;
    if let Some(refusal) = step.refused {
        refusal.script(app, step.order).await;
    }
    match executed {
        true => app.contradict_once(called, step.operation, &text).await,
        false => app.refuse_once(called, step.operation, &text).await,
    }
    let reply = request.make(app).await;
    let unmet = app.take_scripted_calls().await;
    if unmet > 0 {
        return Some(format!("{shown}: the call was not made: {reply}"));
    }
    let id = match request.id {
        Some(id) => id,
        None => app.row_of(&ext_id).await.id.0,
    };
    let told = reply["error"]["code"].as_i64().unwrap_or_default();
    let told_status = app.status(id).await;
    for _ in 0..3 {
        app.recover_after_all().await;
    }
    let standing = app.standing(id).await;
    let moved = app.moves().await.split_off(seen);
    let missing = balance - app.balance(step.order.payer()).await;
    let shown =
        format!("{shown}: told {reply}, {told_status}; then {standing} {moved:?} {missing}");

    let ends = |end: End| {
        standing["status"] == end.status && moved == *end.moves && missing == end.missing
    };
    // Whoever waits is answered as if nothing had been wrong; if nobody does any more, recovery may end it otherwise.
    let right = match (executed, told) {
        (true, 0) => ends(carried_out(step)) && step.refused.is_none(),
        (true, -32_379) => ends(step.executed),
        (true, told) => {
            step.refused.is_some_and(|refusal| refusal.code() == told) && ends(step.executed)
        }
        (false, 0) => false,
        (false, _) => ends(not_carried_out(step)),
    };
    // What was told as final is final.
    let is_final = told == -32_379
        || (standing["status"] == told_status.as_str() && standing["status"] != "manual");
    // A refusal tells the network's code, and so does the transaction that ended with it.
    let is_refused = !executed && standing["status"] == "declined" && step.refused.is_none();
    let tells_code = !is_refused || standing["error"]["data"]["processingCode"] == text.as_str();
    app.assert_transaction_settled(id).await;
    (!(right && is_final && tells_code)).then_some(shown)
}

/// How it ends if the call is found at once, while the partner waits.
fn carried_out(step: Step) -> End {
    match (step.refused, step.order) {
        (Some(_), _) => step.executed,
        (None, Order::Debit(_)) => end("succeeded", PAID, AMOUNT),
        (None, Order::Transfer(direction)) if !direction.is_across() => {
            end("succeeded", P2P, TOTAL)
        }
        (None, Order::Transfer(_)) => end("succeeded", CREDITED, TOTAL),
        (
            None,
            Order::Hold(_)
            | Order::Charge(_)
            | Order::ChargePart(_)
            | Order::Cancel(_)
            | Order::Reverse(_)
            | Order::ReverseCharged(_)
            | Order::ReversePart(_)
            | Order::ReverseRest(_)
            | Order::Expire(_),
        ) => step.executed,
    }
}

/// How it ends if the call was answered and never carried out.
fn not_carried_out(step: Step) -> End {
    match step.order {
        // SVGate has answered, and does not list it: its code is the answer.
        Order::Hold(card) if !card.is_humo() => end("declined", &[], 0),
        Order::Debit(_)
        | Order::Hold(_)
        | Order::Charge(_)
        | Order::ChargePart(_)
        | Order::Cancel(_)
        | Order::Reverse(_)
        | Order::ReverseCharged(_)
        | Order::ReversePart(_)
        | Order::ReverseRest(_)
        | Order::Expire(_)
        | Order::Transfer(_) => step.not_executed,
    }
}

/// Whether this code, in answer to this call, names a check that is made before the call is carried out: typed from
/// docs/networks.md, not from the program's tables.
fn refuses_for_certain(step: Step, code: i64) -> bool {
    let undoes = matches!(step.operation, "release" | "reverse");
    if step.called().is_humo() {
        let card = matches!(code, 100..=108 | 110..=119 | 121..=129 | 180 | 200..=210 | 280 | 281);
        let terminal = matches!(code, 109 | 120);
        return match step.operation {
            "pay" | "hold" | "p2p" => card || terminal,
            "release" | "reverse" => terminal,
            // Looked up before anything is given back.
            _ => false,
        };
    }
    let form = matches!(
        code,
        -100 | -103 | -202 | -209 | -212 | -214 | -218..=-216 | -241 | -290 | -297 | -325 | -329 | -330 | -376 | -377 | -379
            | -386..=-384 | -32_602..=-32_600
    );
    let terminal = matches!(
        code,
        -236 | -237 | -243 | -247 | -255..=-250 | -264 | -268 | -286 | -298 | -374 | -387
    );
    let rights = matches!(code, -246 | -256 | -316 | -318 | -319);
    let same_card = matches!(code, -210 | -213);
    let card = matches!(
        code,
        -200 | -201 | -206..=-203 | -215 | -235 | -240..=-238 | -245 | -259..=-257 | -261 | -262 | -276 | -277 | -291 | -320
            | -383..=-381 | -388 | -398
    );
    match step.operation {
        "credit" => false,
        "p2p" => form || terminal || rights || same_card,
        _ if undoes => form || terminal || rights,
        _ => form || terminal || rights || same_card || card,
    }
}

fn codes(network: &str) -> Vec<i64> {
    match (network, std::env::var_os(WHOLE)) {
        ("UZCARD", None) => OF_UZCARD.to_vec(),
        (_, None) => OF_HUMO.to_vec(),
        ("UZCARD", Some(_)) => (-999..=0)
            .chain([404, -2_222_222, -32_700])
            .chain(-32_603..=-32_600)
            .chain(-32_099..=-32_000)
            .collect(),
        (_, Some(_)) => (-1..=999).collect(),
    }
}
