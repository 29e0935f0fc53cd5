//! The intent is on the disk before the first byte goes to the network. This is shown by the system calls of the real
//! program; killing it could not show it, as what was written but not synced survives a kill.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use entity::ids::TransactionId;
use entity::processing_request::{self, Action, State};
use entity::transaction::{self, Column};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Database, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use crate::needs;
use crate::trace;
use test_support::program::{FREE_PORTS, Serving, program};
use test_support::*;

/// Callers at the same time. Each goes through everything, again and again with `ALOQA_TEST_FAULTS_TIMES`.
const CALLERS: usize = 8;
/// How often everything is gone through that has to be undone.
const UNDONE: usize = 3;

/// The gateway under load, from outside.
struct Caller {
    address: SocketAddr,
    networks: SocketAddr,
    /// No two orders have the same amount, so that a call that carries no reference of ours is found by it.
    next_amount: AtomicI64,
}

impl Caller {
    async fn call(&self, method: &str, params: Value) -> Value {
        let mut reply = self.reply(method, params).await;
        assert!(reply.get("error").is_none(), "{method}: {reply}");
        reply["result"].take()
    }

    async fn reply(&self, method: &str, params: Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = HttpRequest::post(body.to_string()).credentials(&Credentials::demo());
        send(self.address, request).await.json()
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

    /// Everything that is undone in the end: what HUMO has blocked and does not confirm, what was debited for a credit
    /// that is refused.
    async fn everything_undone(&self, tokens: &HashMap<&str, String>) {
        let sale = debit_params(HUMO, &tokens[HUMO.pan], self.amount());
        self.refused(HUMO, "confirm", "transactions.debit", sale)
            .await;
        for (direction, card, operation) in [
            (HUMO_TO_HUMO, HUMO, "confirm"),
            (UZCARD_TO_HUMO, HUMO, "credit"),
            (HUMO_TO_UZCARD, UZCARD, "credit"),
        ] {
            let params = direction.params(&tokens[direction.from.pan], self.amount());
            self.refused(card, operation, direction.method, params)
                .await;
        }
    }

    /// Orders something of which one call is refused.
    async fn refused(&self, card: TestCard, operation: &str, method: &str, params: Value) {
        let fault = json!({
            "network": card.network(), "operation": operation, "kind": "decline",
            "code": card.refusing_code().0, "times": 1,
        });
        let script = HttpRequest::post(fault.to_string()).path("/sandbox/faults");
        assert_eq!(send(self.networks, script).await.status, 200);
        let reply = self.reply(method, params).await;
        let code = reply["error"]["code"].as_i64();
        // The refusal is known, so the order is undone.
        assert!([Some(-32310), Some(-32408)].contains(&code), "{reply}");
    }

    /// Holds that are over according to the database, which the gateway releases by itself.
    async fn expired(&self, tokens: &HashMap<&str, String>, database: &str) {
        let mut ids = Vec::new();
        for card in [UZCARD, HUMO] {
            let hold = self.hold(card, &tokens[card.pan]).await;
            ids.push(hold["transactionId"].as_i64().unwrap());
        }
        let database = Database::connect(database).await.unwrap();
        transaction::Entity::update_many()
            .col_expr(Column::HoldExpiresAt, Expr::value(0))
            .col_expr(Column::UpdatedAt, Expr::value(0))
            .filter(Column::Id.is_in(ids.clone()))
            .exec(&database)
            .await
            .unwrap();
        database.close().await.unwrap();
        let deadline = Instant::now() + Duration::from_secs(90);
        for id in ids {
            let the = json!({"transactionId": id});
            while self.call("transactions.get", the.clone()).await["status"] != "expired" {
                assert!(Instant::now() < deadline, "hold {id} does not end");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    async fn hold(&self, card: TestCard, token: &str) -> Value {
        // At UZCARD, one hold at a time on each card.
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
    let rounds = usize::try_from(needs::times()).unwrap();
    let sandbox = Serving::start(&["sandbox"], &FREE_PORTS, "simulated networks");
    let networks = sandbox.url("the simulated networks").replace("http://", "");
    // Not in memory: a sync is a system call there as well, but this one should be real.
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("trace");
    let mut settings = vec![
        ("ALOQA__SANDBOX__EMBEDDED", "false"),
        ("ALOQA__SANDBOX__LISTEN", networks.as_str()),
        ("ALOQA__SMS__DAILY_LIMIT", "100000"),
        ("ALOQA__HOLDS__RELEASE_PERIOD_MS", "100"),
        // A clock that is trusted soon, so that holds end.
        ("ALOQA__UZCARD__TIMEOUT_MS", "5000"),
        ("ALOQA__HUMO__TIMEOUT_MS", "5000"),
        ("ALOQA__UZCARD__MAX_PROCESSING_S", "1"),
        ("ALOQA__HUMO__MAX_PROCESSING_S", "1"),
        ("ALOQA__RECOVERY__LEASE_MARGIN_MS", "5000"),
        ("ALOQA__RECOVERY__CLOCK_SKEW_MS", "0"),
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
        networks: networks.parse().unwrap(),
        next_amount: AtomicI64::new(100_001),
    };
    let mut tokens = HashMap::new();
    for card in [UZCARD, UZCARD_2, HUMO, HUMO_2] {
        tokens.insert(card.pan, caller.token(card).await);
    }
    join_all((0..CALLERS).map(|_| async {
        for _ in 0..rounds {
            caller.everything(&tokens).await;
        }
    }))
    .await;
    for _ in 0..UNDONE {
        caller.everything_undone(&tokens).await;
    }
    let url = format!("sqlite:{}", database.display());
    caller.expired(&tokens, &url).await;

    let kept = gateway.terminate_and_keep();
    let text = until_complete(&file).await;
    let trace = trace::read(&text, &networks);
    let database = Database::connect(url + "?mode=ro").await.unwrap();
    let rows = processing_request::Entity::find().all(&database).await;
    let transactions = transaction::Entity::find().all(&database).await;
    let (rows, transactions) = (rows.unwrap(), transactions.unwrap());
    database.close().await.unwrap();
    drop(kept);

    let declined = rows.iter().filter(|row| row.state == State::Declined);
    assert_eq!(declined.count(), UNDONE * 4);
    let settled = |row: &processing_request::Model| match row.state {
        State::Approved | State::Declined => true,
        State::Sent | State::Unknown => false,
    };
    assert!(rows.iter().all(settled));
    let mut used = HashSet::new();
    let mut late = Vec::new();
    for sent in &trace.sent {
        let Some((actions, key)) = movement(&sent.text) else {
            continue;
        };
        let row = row_of(&rows, &transactions, actions, &key);
        let row = row.unwrap_or_else(|| panic!("no intent of {actions:?} {key}: {}", sent.text));
        assert!(used.insert(row.id), "sent twice: {row:?}");
        if !trace.was_lasting(&row.reference, sent) {
            late.push((row.id, row.action));
        }
    }
    assert_eq!(late, [], "their intents were not on the disk yet");
    assert_eq!(
        used.len(),
        rows.len(),
        "calls in the trace, and in the database"
    );
    // A round's calls at UZCARD, at HUMO, where a sale takes two, and of the four transfers.
    let forward = CALLERS * rounds * (8 + 10 + 8);
    // A sale and a transfer at HUMO, three calls each; a transfer from UZCARD, three; one from HUMO, four.
    let undone = UNDONE * (3 + 3 + 3 + 4);
    // Two holds, and their ends.
    assert_eq!(used.len(), forward + undone + 4);
    for action in [Action::Cancel, Action::Release, Action::Expire] {
        assert!(rows.iter().any(|row| row.action == action), "{action:?}");
    }
    // One sync per commit, and no call without one.
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

/// What a request to a network may move, and the key by which its intent is found. `None`: it moves nothing.
fn movement(request: &str) -> Option<(&'static [Action], String)> {
    let between = |from: &str, to: char| {
        let (_, rest) = request.split_once(from)?;
        Some(rest.split(to).next()?.to_owned())
    };
    if let Some(method) = between(r#""method":""#, '"') {
        let text = |name: &str| between(&format!(r#""{name}":""#), '"');
        let number = |name: &str| between(&format!(r#""{name}":"#), ',');
        return match method.as_str() {
            "trans.pay.purpose" => Some((&[Action::Pay], text("ext")?)),
            "hold.create" => Some((&[Action::Hold], number("amount")?)),
            "hold.dismiss.charge" => Some((&[Action::Capture], text("ext")?)),
            "hold.dismiss" => Some((&[Action::Release, Action::Expire], number("holdId")?)),
            "trans.reverse" => Some((&[Action::Reverse], text("tranId")?)),
            "trans.reverse.partial" => Some((&[Action::ReversePart], text("ext")?)),
            "p2p.universal" => Some((&[Action::P2p], text("ext")?)),
            "p2p.universal.credit" => Some((&[Action::Credit], text("ext")?)),
            "cards.new.otp" | "cards.new.verify" | "cards.get" | "p2p.info" => None,
            "trans.ext" | "hold.get.id" | "hold.get.cardId" => None,
            method => panic!("is {method} a movement of money?"),
        };
    }
    let key = between("<paymentRef>", '<');
    let actions: &[Action] = match between("soapaction: ", '\\')?.as_str() {
        "GetPayment" => return None,
        "Request" => &[Action::P2p],
        // Cancels a hold, or a sale or transfer that is not confirmed.
        "CancelRequest" => &[Action::Release, Action::Expire, Action::Cancel],
        "ReturnPayment" => &[Action::Reverse],
        "Payment" => match between("<billerRef>", '<').as_deref() {
            Some("SOAP_SMS") => &[Action::Pay],
            Some("SOAP_DMS") => &[Action::Hold],
            Some("SOAP_TOCARD_2") => &[Action::Credit],
            Some(biller) => panic!("is {biller} a movement of money?"),
            None if request.contains("<details>") => &[Action::Capture],
            None => &[Action::Confirm],
        },
        action => panic!("is {action} a movement of money?"),
    };
    Some((actions, key?))
}

/// The intent of a call: by its own reference, by what the network knows its transaction by, or by its amount.
fn row_of<'a>(
    rows: &'a [processing_request::Model],
    transactions: &[transaction::Model],
    actions: &[Action],
    key: &str,
) -> Option<&'a processing_request::Model> {
    let of_transaction = |id: i64| {
        let mut mine = rows
            .iter()
            .filter(|row| row.transaction_id == TransactionId(id) && actions.contains(&row.action));
        let row = mine.next();
        assert!(mine.next().is_none(), "two of {actions:?} {key}");
        row
    };
    if let Some(row) = rows.iter().find(|row| row.reference == key) {
        return of_transaction(row.transaction_id.0);
    }
    if actions == [Action::Hold] {
        let mut equal = rows
            .iter()
            .filter(|row| row.action == Action::Hold && row.amount.to_string() == key);
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
    of_transaction(known.next()?.id.0)
}
