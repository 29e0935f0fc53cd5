//! False replies: cut, doubled, about another payment, with another amount, endless. None of them is taken for an answer,
//! and each call comes to its true end.

use crate::recovery::{Prepared, STEPS, Step};
use test_support::orders::Order;
use test_support::proxy::{Fault, Proxy};
use test_support::*;

/// How a reply is false; the network has carried the call out in all of them but the first.
const FAULTS: [Fault; 6] = [
    Fault::CutRequest,
    Fault::CutReply,
    Fault::ReplyTwice,
    Fault::ForeignReply,
    Fault::WrongAmount,
    Fault::EndlessBody,
];

on_each_database! {
    async fn every_call_of_uzcard_with_every_false_reply(app: TestApp) {
        all_replies(app.kind, "UZCARD").await;
    }

    async fn every_call_of_humo_with_every_false_reply(app: TestApp) {
        all_replies(app.kind, "HUMO").await;
    }
}

async fn all_replies(kind: DatabaseKind, network: &str) {
    let steps = STEPS
        .into_iter()
        .filter(|step| step.called().network() == network);
    for (number, step) in steps.enumerate() {
        let faults = FAULTS.into_iter().enumerate().filter(|(fault, _)| {
            kind.takes(
                number + fault,
                OneIn {
                    sqlite: 2,
                    postgres: 6,
                },
            )
        });
        join_all(faults.map(|(_, fault)| async move {
            let app = TestApp::with(kind, step.order.with(one_of_many))
                .await
                .unwrap();
            mislead(&app, step, fault).await;
            app.running.stop().await;
        }))
        .await;
    }
}

async fn mislead(app: &TestApp, step: Step, fault: Fault) {
    let shown = format!("{step:?} {fault:?}");
    let proxy = Proxy::start(app.running.sandbox_address.unwrap(), 1).await;
    let misled = app
        .another_with(|config| config.sandbox.listen = proxy.address)
        .await;
    let card = match step.called().network() {
        "HUMO" => HUMO_2,
        _ => UZCARD_2,
    };
    let token = app.add_card(card).await;
    // The payment that the foreign reply is about.
    misled
        .result("transactions.debit", debit_params(card, &token, 777))
        .await;
    let prepared = Prepared::new(app, step).await;
    let seen = app.moves().await.len() - before(step);
    proxy.script(word(step), fault);

    let id = if is_seen_through(step, fault) {
        let id = prepared.lost(&misled).await;
        app.recover_after_lease().await;
        if fault == Fault::CutRequest {
            app.recover_after_all().await;
            step.assert_ended(app, id, step.not_executed, seen, &shown)
                .await;
        } else {
            step.assert_ended(app, id, step.executed, seen, &shown)
                .await;
        }
        id
    } else {
        // Nothing in it is false.
        let reply = prepared.make(&misled).await;
        let code = reply["error"]["code"].as_i64().unwrap_or_default();
        assert_eq!(code, i64::from(step.refused_with()), "{shown}: {reply}");
        prepared.id(app).await
    };
    let counts = proxy.counts();
    let suffered = counts.iter().filter(|((_, kind), _)| *kind == Some(fault));
    // Where there is no amount, there is no wrong one.
    let expected = u64::from(fault != Fault::WrongAmount || is_seen_through(step, fault));
    let suffered: u64 = suffered.map(|(_, count)| count).sum();
    assert_eq!(suffered, expected, "{shown}");
    // The next call gets its own reply.
    let reply = misled
        .call("transactions.debit", debit_params(card, &token, 778))
        .await;
    let next = reply["result"]["transactionId"]
        .as_i64()
        .unwrap_or_else(|| panic!("{shown}: {reply}"));
    assert_ne!(next, id);
    assert_eq!(
        card.masked_result(reply),
        success(&card.taken(next)),
        "{shown}"
    );
    assert_eq!(app.moves().await.last().unwrap(), "pay 778", "{shown}");
    app.assert_settled().await;
    assert!(misled.running.stop().await);
}

/// Whether the reply shows that something is wrong.
fn is_seen_through(step: Step, fault: Fault) -> bool {
    match fault {
        // The second of the two replies answers nothing that was asked.
        Fault::ReplyTwice => false,
        // A hold at UZCARD, a release, and a reversal at HUMO are answered without an amount.
        Fault::WrongAmount => !matches!(
            (step.operation, step.called().network()),
            ("hold", "UZCARD") | ("release", _) | ("reverse", "HUMO")
        ),
        Fault::CutRequest | Fault::CutReply | Fault::ForeignReply | Fault::EndlessBody => true,
        Fault::Delay
        | Fault::ResetBefore
        | Fault::ResetAfter
        | Fault::HangBefore
        | Fault::HangAfter
        | Fault::Http500Before
        | Fault::Http500After
        | Fault::GarbageBefore
        | Fault::GarbageAfter
        | Fault::LateExecution
        | Fault::Frozen
        | Fault::SlowRefusal => panic!("{fault:?} is in `recovery.rs`"),
        Fault::CodeAfter | Fault::Contradiction => panic!("{fault:?} is in `answers.rs`"),
        Fault::Nameless => panic!("{fault:?} is in `gone.rs`"),
        Fault::Denied => panic!("{fault:?} is in `accounts.rs`"),
    }
}

/// The rows of the ledger from before the call.
fn before(step: Step) -> usize {
    match step.order {
        Order::ReverseCharged(_) | Order::ReverseRest(_) => 2,
        Order::Charge(_)
        | Order::ChargePart(_)
        | Order::Cancel(_)
        | Order::Reverse(_)
        | Order::ReversePart(_)
        | Order::Expire(_) => 1,
        Order::Debit(_) | Order::Hold(_) | Order::Transfer(_) => 0,
    }
}

/// What only this call has in its body.
fn word(step: Step) -> &'static str {
    let humo = step.called().network() == "HUMO";
    match (step.operation, humo) {
        ("pay", false) => "trans.pay.purpose",
        ("hold", false) => "hold.create",
        ("capture", false) => "hold.dismiss.charge",
        ("release", false) => "\"hold.dismiss\"",
        ("reverse", false) => "trans.reverse",
        ("p2p", false) => "\"p2p.universal\"",
        ("credit", false) => "p2p.universal.credit",
        ("pay", true) => "SOAP_SMS",
        ("hold", true) => "SOAP_DMS",
        ("confirm" | "capture", true) => "<confirmed>true",
        ("release", true) => "CancelRequest",
        ("reverse", true) => "ReturnPayment",
        ("p2p", true) => "ebppif1:Request>",
        ("credit", true) => "SOAP_TOCARD_2",
        (other, _) => panic!("{other}"),
    }
}
