//! The intent is on the disk before the first byte goes to the network: shown by the system calls of the real program,
//! as killing it could not show it (what was written and not synced survives that).

use std::collections::{HashMap, HashSet};
use std::fs;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use entity::processing_request::{self, Action, State};
use entity::transaction;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use crate::needs;
use crate::program::{FREE_PORTS, Serving, program};
use crate::support::*;
use crate::trace;

/// Callers at the same time, and how often each goes through everything.
const CALLERS: usize = 8;
const ROUNDS: usize = 2;

/// The gateway under load, from outside.
struct Caller {
    address: SocketAddr,
    /// No two orders have the same amount, so that a call that carries no reference of ours is found by it.
    next_amount: AtomicI64,
}

impl Caller {
    async fn call(&self, method: &str, params: Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = HttpRequest::post(body.to_string()).credentials(&Credentials::demo());
        let mut reply = send(self.address, request).await.json();
        assert!(reply.get("error").is_none(), "{method}: {reply}");
        reply["result"].take()
    }

    async fn token(&self, card: TestCard) -> String {
        let params = json!({"pan": card.pan, "expiry": "1230", "phone": card.phone});
        let begun = self.call("cards.add", params).await;
        let params = json!({"transactionId": begun["transactionId"], "confirmedCode": CODE});
        let card = self.call("cards.add-confirm", params).await;
        card["token"].as_str().unwrap().to_owned()
    }

    fn amount(&self) -> i64 {
        self.next_amount.fetch_add(1, Ordering::Relaxed)
    }

    async fn debit(&self, card: TestCard, token: &str, more: Value) -> Value {
        let params = with(debit_params(card, token, self.amount()), more);
        let mut done = self.call("transactions.debit", params).await;
        if done.get("phone").is_some() {
            let params = json!({"transactionId": done["transactionId"], "confirmedCode": CODE});
            done = self.call("transactions.debit.confirm", params).await;
        }
        json!({"transactionId": done["transactionId"]})
    }

    /// Everything that moves money.
    async fn everything(&self, tokens: &HashMap<&str, String>) {
        for card in [UZCARD, HUMO] {
            let token = &tokens[card.pan];
            self.debit(card, token, json!({})).await;
            let code = json!({"force_sms_confirmation": true});
            let debit = self.debit(card, token, code).await;
            self.call("transactions.debit.reverse", debit).await;
            let hold = self.hold(card, token).await;
            self.call("transactions.debit.hold.charge", hold.clone())
                .await;
            self.call("transactions.debit.reverse", hold).await;
            let hold = self.hold(card, token).await;
            self.call("transactions.debit.hold.cancel", hold).await;
        }
        for direction in DIRECTIONS {
            let token = &tokens[direction.from.pan];
            let params = direction.params(token, self.amount());
            self.call(direction.method, params).await;
        }
    }

    async fn hold(&self, card: TestCard, token: &str) -> Value {
        // Of UZCARD, one at a time on a card.
        static HOLDING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let _alone = HOLDING.lock().await;
        self.debit(card, token, json!({"is_hold": true})).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_intent_is_on_the_disk_before_its_call_leaves() {
    if !needs::strace() {
        return;
    }
    let sandbox = Serving::start(&["sandbox"], &FREE_PORTS, "simulated networks");
    let networks = sandbox.url("the simulated networks").replace("http://", "");
    // Not in memory: there a sync is a system call as well, but let it be a real one.
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("trace");
    let mut settings = vec![
        ("ALOQA__SANDBOX__EMBEDDED", "false"),
        ("ALOQA__SANDBOX__LISTEN", networks.as_str()),
        ("ALOQA__SMS__DAILY_LIMIT", "100000"),
    ];
    settings.extend(&FREE_PORTS[..2]);
    let traced = program(directory.path(), &settings);
    let mut command = Command::new("strace");
    command
        // The tracer steps aside, so that signals go to the program.
        .args(["-D", "-f", "--seccomp-bpf", "-yy", "-s", "5000"])
        .args([
            "-e",
            "trace=fsync,fdatasync,pwrite64,write,writev,sendto,sendmsg",
        ])
        .arg("-o")
        .arg(&file)
        .arg(traced.get_program())
        .current_dir(directory.path())
        .env_clear()
        .envs(settings.iter().copied())
        .stderr(Stdio::null());
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env("PATH", path);
    let gateway = Serving::spawn(command, directory, "curl");
    let address = gateway.url("partners").replace("http://", "");
    let database = gateway.directory.path().join("aloqa-gateway.sqlite");

    let caller = Caller {
        address: address.parse().unwrap(),
        next_amount: AtomicI64::new(100_001),
    };
    let mut tokens = HashMap::new();
    for card in [UZCARD, UZCARD_2, HUMO, HUMO_2] {
        tokens.insert(card.pan, caller.token(card).await);
    }
    join_all((0..CALLERS).map(|_| async {
        for _ in 0..ROUNDS {
            caller.everything(&tokens).await;
        }
    }))
    .await;

    let kept = gateway.terminate_and_keep();
    let text = until_complete(&file).await;
    let trace = trace::read(&text, &networks);
    let url = format!("sqlite:{}?mode=ro", database.display());
    let database = sea_orm::Database::connect(url).await.unwrap();
    let rows = processing_request::Entity::find().all(&database).await;
    let transactions = transaction::Entity::find().all(&database).await;
    let (rows, transactions) = (rows.unwrap(), transactions.unwrap());
    database.close().await.unwrap();
    drop(kept);

    assert!(rows.iter().all(|row| row.state == State::Approved));
    let mut used = HashSet::new();
    let mut late = Vec::new();
    for sent in &trace.sent {
        let Some((action, key)) = movement(&sent.text) else {
            continue;
        };
        let row = row_of(&rows, &transactions, action, &key);
        let row = row.unwrap_or_else(|| panic!("no intent of {action:?} {key}: {}", sent.text));
        assert!(used.insert(row.id), "sent twice: {row:?}");
        if !trace.was_lasting(&row.reference, sent) {
            late.push((row.id, action));
        }
    }
    assert_eq!(late, [], "their intents were not on the disk yet");
    assert_eq!(
        used.len(),
        rows.len(),
        "calls in the trace, and in the database"
    );
    // A round's calls at UZCARD, at HUMO, where a sale takes two, and of the four transfers.
    let expected = CALLERS * ROUNDS * (8 + 10 + 8);
    assert_eq!(used.len(), expected);
    // One sync a commit, and no call without one.
    assert!(trace.commits >= used.len() && trace.syncs >= trace.commits);
}

/// The trace, once the tracer has written the end of the program.
async fn until_complete(file: &std::path::Path) -> String {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        let bytes = fs::read(file).unwrap();
        let tail = &bytes[bytes.len().saturating_sub(300)..];
        if String::from_utf8_lossy(tail).contains("+++ exited with 0 +++") {
            return String::from_utf8(bytes).unwrap();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the tracer did not end");
}

/// What a request to a network moves, and by what its intent is found. `None`: it moves nothing.
fn movement(request: &str) -> Option<(Action, String)> {
    let between = |from: &str, to: char| {
        let (_, rest) = request.split_once(from)?;
        Some(rest.split(to).next()?.to_owned())
    };
    if let Some(method) = between(r#""method":""#, '"') {
        let text = |name: &str| between(&format!(r#""{name}":""#), '"');
        let number = |name: &str| between(&format!(r#""{name}":"#), ',');
        return match method.as_str() {
            "trans.pay.purpose" => Some((Action::Pay, text("ext")?)),
            "hold.create" => Some((Action::Hold, number("amount")?)),
            "hold.dismiss.charge" => Some((Action::Capture, text("ext")?)),
            "hold.dismiss" => Some((Action::Release, number("holdId")?)),
            "trans.reverse" => Some((Action::Reverse, text("tranId")?)),
            "p2p.universal" => Some((Action::P2p, text("ext")?)),
            "p2p.universal.credit" => Some((Action::Credit, text("ext")?)),
            "cards.new.otp" | "cards.new.verify" | "cards.get" | "p2p.info" => None,
            method => panic!("is {method} a movement of money?"),
        };
    }
    let key = between("<paymentRef>", '<');
    let action = match between("soapaction: ", '\\')?.as_str() {
        "Request" => Action::P2p,
        "CancelRequest" => Action::Release,
        "ReturnPayment" => Action::Reverse,
        "Payment" => match between("<billerRef>", '<').as_deref() {
            Some("SOAP_SMS") => Action::Pay,
            Some("SOAP_DMS") => Action::Hold,
            Some("SOAP_TOCARD_2") => Action::Credit,
            Some(biller) => panic!("is {biller} a movement of money?"),
            None if request.contains("<details>") => Action::Capture,
            None => Action::Confirm,
        },
        action => panic!("is {action} a movement of money?"),
    };
    Some((action, key?))
}

/// The intent of a call: by its own reference, by what the network knows its transaction by, or by its amount.
fn row_of<'a>(
    rows: &'a [processing_request::Model],
    transactions: &[transaction::Model],
    action: Action,
    key: &str,
) -> Option<&'a processing_request::Model> {
    let of_transaction = |id: i64| {
        let mut mine = rows
            .iter()
            .filter(|row| row.transaction_id == id && row.action == action);
        let row = mine.next();
        assert!(mine.next().is_none(), "two of {action:?} {key}");
        row
    };
    if let Some(row) = rows.iter().find(|row| row.reference == key) {
        return of_transaction(row.transaction_id);
    }
    if action == Action::Hold {
        let mut equal = rows
            .iter()
            .filter(|row| row.action == action && row.amount.to_string() == key);
        return equal.next();
    }
    let known_as = |row: &&transaction::Model| {
        let receipt: Value = serde_json::from_str(row.receipt.as_deref()?).unwrap();
        Some(receipt["network_id"] == key || receipt["ref_num"] == key)
    };
    // A hold of UZCARD loses its own number when it is charged; then it is known by the charge's.
    let mut known = transactions
        .iter()
        .filter(|row| known_as(row) == Some(true));
    of_transaction(known.next()?.id)
}
