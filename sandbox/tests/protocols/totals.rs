//! Money is conserved: no sequence of operations changes the sum of what is on the cards, with the merchants and in fees.

use std::collections::BTreeSet;

use sandbox::{Network, Outcome, TEST_CARDS};
use serde_json::{Value, json};

use crate::support::{
    HUMO, HUMO_2, Server, UZCARD, UZCARD_2, by_ref, charge, confirm, create, credit, hold, p2p,
    pay, request, to_card,
};

const SEED: u64 = 2_026;
const OPERATIONS: usize = 1_000;
/// Large enough that cards run out of money now and then.
const AMOUNT_MAX: u64 = 600_000_000;

/// Random numbers from a seed: `SplitMix64`.
struct SeededRandom(u64);

impl SeededRandom {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let number = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (number ^ (number >> 31)) % bound
    }

    fn amount(&mut self) -> i64 {
        i64::try_from(1 + self.below(AMOUNT_MAX)).unwrap()
    }

    fn choose<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let bound = u64::try_from(choices.len()).unwrap();
        &choices[usize::try_from(self.below(bound)).unwrap()]
    }
}

/// What later operations can refer to.
struct Known {
    tokens: Vec<String>,
    uzcard: Vec<&'static str>,
    humo: Vec<&'static str>,
    ref_nums: Vec<Value>,
    holds: Vec<Value>,
    payment_ids: Vec<String>,
    payment_refs: Vec<String>,
}

/// The cards of a network for which every call gets a reply.
fn answering(network: Network) -> Vec<&'static str> {
    let answers = |outcome| {
        matches!(
            outcome,
            Outcome::Ok
                | Outcome::InsufficientFunds
                | Outcome::DeclinedInResult
                | Outcome::Blocked
                | Outcome::CreditRefused
        )
    };
    TEST_CARDS
        .iter()
        .filter(|card| card.network == network && answers(card.outcome))
        .map(|card| card.pan)
        .collect()
}

async fn act(server: &Server, random: &mut SeededRandom, known: &mut Known, name: &str) {
    let amount = random.amount();
    let token = random.choose(&known.tokens).clone();
    let (pan, pan2) = (*random.choose(&known.humo), *random.choose(&known.humo));
    let svgate = async |method: &str, params: Value| {
        let reply = server.svgate_raw(method, params).await.unwrap();
        reply.json()["result"].take()
    };
    let mut payment = None;
    match random.below(16) {
        0 => {
            let tran = svgate("trans.pay.purpose", pay(&token, name, amount)).await;
            known.ref_nums.push(tran["refNum"].clone());
        }
        1 => {
            let held = svgate("hold.create", hold(&token, amount)).await;
            known.holds.push(held["id"].clone());
        }
        2 => {
            let held = random.choose(&known.holds);
            let tran = svgate("hold.dismiss.charge", charge(held, name, amount)).await;
            known.ref_nums.push(tran["refNum"].clone());
        }
        3 => {
            let held = json!({"hold": {"holdId": random.choose(&known.holds)}});
            svgate("hold.dismiss", held).await;
        }
        4 | 5 => {
            let reverse = json!({"tranId": random.choose(&known.ref_nums)});
            svgate("trans.reverse", reverse).await;
        }
        6 | 7 => {
            let (recipient, fee) = (*random.choose(&known.uzcard), amount / 200);
            let tran = svgate("p2p.universal", p2p(&token, recipient, name, amount, fee)).await;
            known.ref_nums.push(tran["refNum"].clone());
        }
        8 => {
            let recipient = *random.choose(&known.uzcard);
            let tran = svgate("p2p.universal.credit", credit(recipient, name, amount)).await;
            known.ref_nums.push(tran["refNum"].clone());
        }
        9 => payment = Some(create("SOAP_SMS", name, pan, amount)),
        10 => payment = Some(create("SOAP_DMS", name, pan, amount)),
        11 => payment = Some(request(name, pan, pan2, amount)),
        12 => payment = Some(to_card(name, pan, amount, &[])),
        13 => {
            let less = (random.below(2) == 0).then_some(amount);
            let id = random.choose(&known.payment_ids).as_str();
            server.soap(&confirm(id, less)).await;
        }
        14 => {
            let undo = *random.choose(&["CancelRequest", "ReturnPayment"]);
            let payment_ref = random.choose(&known.payment_refs).as_str();
            server.soap(&by_ref(undo, payment_ref)).await;
        }
        _ => server.pass_seconds(7_200),
    }
    if let Some(payment) = payment {
        let reply = server.soap(&payment).await;
        if reply.status == 200 {
            known
                .payment_ids
                .push(reply.element("paymentID").to_owned());
            known.payment_refs.push(name.to_owned());
        }
    }
}

/// Each card's history must add up to the difference between its balance now and at the start.
async fn assert_histories_add_up(server: &Server, known: &Known) {
    let first = |pan: &str| {
        let card = TEST_CARDS.iter().find(|card| card.pan == pan);
        card.unwrap().balance
    };
    let number = |value: &Value| value.as_i64().unwrap();
    for (pan, token) in known.uzcard.iter().zip(&known.tokens) {
        let page = server.page(&[token], 0, 1).await;
        let cards = server.result("cards.get", json!({"ids": [token]})).await;
        assert_eq!(
            number(&page["totalCredit"]) - number(&page["totalDebit"]),
            number(&cards[0]["balance"]) + number(&cards[0]["holdAmount"]) - first(pan),
            "{pan}"
        );
    }
    for pan in &known.humo {
        let body = json!({"id": "1", "params": {"primaryAccountNumber": pan}}).to_string();
        let path = "/humo/json/v3/iiacs/card";
        let info = server.send("POST", path, "Bearer x", &body).await.unwrap();
        let signed = |row: &Value| {
            let is_debit = row["TRAN_TYPE"] == "205" || row["TRAN_TYPE"] == "226";
            number(&row["AMOUNT_NET"]) * if is_debit { -1 } else { 1 }
        };
        assert_eq!(
            server.rows(pan).await.iter().map(signed).sum::<i64>(),
            number(&info.json()["result"]["balance"]["initialAmount"]) - first(pan),
            "{pan}"
        );
    }
}

#[tokio::test]
async fn no_sequence_of_operations_creates_or_loses_money() {
    let server = Server::start().await;
    let mut known = Known {
        tokens: Vec::new(),
        uzcard: answering(Network::Uzcard),
        humo: answering(Network::Humo),
        ref_nums: vec![Value::Null],
        holds: vec![Value::Null],
        payment_ids: vec!["1".to_owned()],
        payment_refs: vec!["none".to_owned()],
    };
    for pan in known.uzcard.clone() {
        known.tokens.push(server.attach(pan).await);
    }
    let first = server.get("/sandbox/totals").await;
    let mut random = SeededRandom(SEED);
    for number in 0..OPERATIONS {
        act(&server, &mut random, &mut known, &format!("n-{number}")).await;
        let [available, blocked, _, fees] = server.totals().await;
        assert!(available >= 0 && blocked >= 0 && fees >= 0, "n-{number}");
        let total = server.get("/sandbox/totals").await["total"].take();
        assert_eq!(total, first["total"], "n-{number}");
    }
    let cards = server.get("/sandbox/cards").await;
    let below_zero = |card: &&Value| card["balance"].as_i64().unwrap() < 0;
    assert_eq!(cards.as_array().unwrap().iter().find(below_zero), None);
    assert_histories_add_up(&server, &known).await;
    let ledger = server.get("/sandbox/ledger").await;
    let seen: BTreeSet<(&str, &str)> = ledger
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["network"].as_str().unwrap(),
                row["action"].as_str().unwrap(),
            )
        })
        .collect();
    for network in ["UZCARD", "HUMO"] {
        for action in [
            "pay", "hold", "capture", "release", "reverse", "credit", "p2p",
        ] {
            assert!(
                seen.contains(&(network, action)),
                "no {action} of {network}"
            );
        }
    }
}

#[tokio::test]
async fn transfers_and_totals_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.state");
    let server = Server::start_with(Some(path.clone())).await;
    let token = server.attach(UZCARD).await;
    let tran = server
        .result("p2p.universal", p2p(&token, UZCARD_2, "e-1", 1_000, 5))
        .await;
    server
        .result("p2p.universal.credit", credit(UZCARD, "e-2", 300))
        .await;
    let finished = server.soap(&request("r-1", HUMO, HUMO_2, 2_000)).await;
    server
        .soap(&confirm(finished.element("paymentID"), None))
        .await;
    let active = server.soap(&request("r-2", HUMO, HUMO_2, 4_000)).await;
    server.soap(&to_card("r-3", HUMO_2, 50, &[])).await;
    let (totals, ledger) = (
        server.get("/sandbox/totals").await,
        server.get("/sandbox/ledger").await,
    );
    assert_eq!(totals["fees"], 15);
    server.stop().await;

    // Twice: the first start compacts the file, the second reads the compacted one.
    for _ in 0..2 {
        let server = Server::start_with(Some(path.clone())).await;
        assert_eq!(server.get("/sandbox/totals").await, totals);
        assert_eq!(server.get("/sandbox/ledger").await, ledger);
        server.stop().await;
    }
    let server = Server::start_with(Some(path)).await;
    assert_eq!(
        server.result("trans.ext", json!({"extId": "e-1"})).await,
        json!([tran])
    );
    assert_eq!(
        server
            .error("p2p.universal", p2p(&token, UZCARD_2, "e-1", 1_000, 5))
            .await,
        -207
    );
    assert_eq!(
        server.soap(&to_card("r-3", HUMO_2, 50, &[])).await.status,
        500
    );
    server
        .soap(&confirm(active.element("paymentID"), None))
        .await;
    server
        .result("trans.reverse", json!({"tranId": tran["refNum"]}))
        .await;
    server.soap(&by_ref("ReturnPayment", "r-1")).await;
    let [_, blocked, takings, fees] = server.totals().await;
    assert_eq!((blocked, takings, fees), (0, -350, 20));
    assert_eq!(
        server.get("/sandbox/totals").await["total"],
        totals["total"]
    );
}
