//! What became of a receipt that is refused under its number, as an operator says it.

use std::process::Output;

use aloqa_gateway::environment::CrashPoint;
use aloqa_gateway::payment::resolve::Statement;
use aloqa_gateway::receipts::{OpenReceipt, Outcome, ReceiptError};
use entity::ids::TransactionId;
use entity::transfer::{self, Fiscal};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::ofd::{Manner, Service, transfer, with_service};
use test_support::tls_front::Certificates;
use test_support::*;

const YEAR_MS: i64 = 365 * 24 * 3_600 * 1_000;
/// The time-out of the exchange, and the margin until it is recorded.
const LEASE_MS: i64 = 15_400;
const CHECK: &str =
    "https://ofd.soliq.uz/check?t=UZ200000000001&r=100&c=20261121120001&s=000000000043";
const ANNA: Statement<'static> = Statement {
    by: "anna",
    reason: "ticket 81",
};

/// A receipt whose first answer was lost, which is refused under its number since, and one that waits for it.
struct Open {
    lost: TransactionId,
    waiting: TransactionId,
}

impl Open {
    async fn at(contour: &Contour, service: &Service) -> Self {
        let app = &contour.app;
        let token = contour.add_card(UZCARD).await;
        service.will(Manner::Forgets);
        transfer(contour, &token).await;
        let lost = app.last_transaction().await.id;
        service.will(Manner::Refuses);
        app.clock.advance_ms(30_000);
        register(contour, 0).await;
        transfer(contour, &token).await;
        let waiting = app.last_transaction().await.id;
        Self { lost, waiting }
    }
}

/// One turn of the background job, and how many receipts it registers.
async fn register(contour: &Contour, registered: u64) {
    let gateway = &contour.app.running.gateway;
    assert_eq!(gateway.register_receipts().await.unwrap(), registered);
}

async fn row(contour: &Contour, id: TransactionId) -> transfer::Model {
    contour.app.transfer_row(id.0).await
}

/// What the partner hears of the receipt.
async fn check_of(contour: &Contour, id: TransactionId) -> Value {
    let told = json!({"transactionId": id.0});
    let told = contour.result("transactions.get", told).await;
    assert_eq!(told["status"], "succeeded", "{told}");
    told["result"]["ofd_url"].clone()
}

async fn open_receipt(contour: &Contour, id: TransactionId) -> OpenReceipt {
    let gateway = &contour.app.running.gateway;
    gateway.open_receipt_of(id).await.unwrap()
}

async fn settle(
    contour: &Contour,
    open: &OpenReceipt,
    outcome: Outcome,
) -> Result<(), ReceiptError> {
    let gateway = &contour.app.running.gateway;
    gateway.settle_receipt(open, outcome, ANNA).await
}

/// The program, run by an operator beside the gateway.
fn command(contour: &Contour, taxpayer: &Certificates, arguments: &[&str]) -> Output {
    let config = &contour.app.config;
    let path = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let settings = [
        ("PROFILE", "production".to_owned()),
        ("PRODUCTION__ALLOW_HTTP_NETWORKS", "true".to_owned()),
        ("PRODUCTION__ALLOW_BUILT_IN_CREDENTIALS", "true".to_owned()),
        (
            "DATABASE__URL",
            config.database.url.expose_secret().to_owned(),
        ),
        (
            "VAULT__KEY_FILE",
            path(config.vault.key_file.as_ref().unwrap()),
        ),
        ("UZCARD__URL", config.uzcard.url.clone().unwrap()),
        ("FISCAL__OPERATOR", "ofd".to_owned()),
        ("FISCAL__URL", config.fiscal.url.clone().unwrap()),
        ("FISCAL__OFD__TERMINAL", config.fiscal.ofd.terminal.clone()),
        ("FISCAL__OFD__CERTIFICATE_FILE", path(&taxpayer.pem("root"))),
        ("FISCAL__OFD__KEY_FILE", path(&taxpayer.key("root"))),
        ("FISCAL__OFD__MXIK", config.fiscal.ofd.mxik.clone()),
        (
            "FISCAL__OFD__PACKAGE_CODE",
            config.fiscal.ofd.package_code.clone(),
        ),
    ];
    let settings = settings.map(|(key, value)| (format!("ALOQA__{key}"), value));
    let settings: Vec<(&str, &str)> = settings
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let arguments = [&["receipts"], arguments].concat();
    program::run(folder.path(), &arguments, &settings)
}

/// The status with which a command ends, and what it says.
fn said(output: &Output) -> (Option<i32>, String, String) {
    (
        output.status.code(),
        program::stdout(output),
        program::stderr(output),
    )
}

/// The operator has it: the partner hears of it as if its answer had come, a refund can name it, and the others go on.
async fn registered(contour: &Contour, service: &Service, taxpayer: &Certificates) {
    let Open { lost, waiting } = Open::at(contour, service).await;
    let app = &contour.app;
    let listed = command(contour, taxpayer, &["list"]);
    let name = row(contour, lost).await.fiscal_receipt_id.unwrap();
    let width = name.len();
    let table = format!(
        "TRANSFER  STATE  NUMBER  TERMINAL        {:width$}  ATTEMPTS  CAUSE\n\
         {:<8}  open   100     UZ200000000001  {name}  2         the fiscal service refused: code 7\n",
        "RECEIPT", lost.0,
    );
    assert_eq!(said(&listed), (Some(0), table, String::new()));
    let listed = command(contour, taxpayer, &["list", "--json"]);
    let item = json!({
        "transactionId": lost.0, "state": "open", "number": 100, "terminal": "UZ200000000001", "receipt": name, "attempts": 2,
        "cause": "the fiscal service refused: code 7",
    });
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(
        listed,
        json!({"schema": "receipts.list/1", "items": [item]})
    );
    assert_eq!(check_of(contour, lost).await, "");

    let id = lost.0.to_string();
    let by = ["--by", "anna", "--reason", "ticket 81"];
    let settle = |arguments: &[&str]| {
        let arguments = [&["settle", &id], arguments, &by].concat();
        command(contour, taxpayer, &arguments)
    };
    let before = row(contour, lost).await;
    let other = CHECK.replace("r=100", "r=99");
    let refused = settle(&["--registered", &other]);
    let words = "aloqa-gateway: that is the check of receipt 99 of UZ200000000001, and this receipt is 100 of UZ200000000001\n";
    assert_eq!(said(&refused), (Some(2), String::new(), words.to_owned()));
    for (neither_or_both, words) in [
        (&[][..], "<--registered <URL>|--not-registered>"),
        (
            &["--registered", CHECK, "--not-registered"],
            "the argument '--registered <URL>' cannot be used with '--not-registered'",
        ),
    ] {
        let (status, _, told) = said(&settle(neither_or_both));
        assert_eq!(status, Some(2));
        assert!(told.contains(words), "{told}");
    }
    assert_eq!(row(contour, lost).await, before);
    assert_eq!(open_receipt(contour, lost).await.number, 100);

    let settled = settle(&["--registered", CHECK, "--json"]);
    let item = json!({
        "transactionId": lost.0, "number": 100, "terminal": "UZ200000000001", "isRegistered": true, "url": CHECK,
    });
    let told: Value = serde_json::from_slice(&settled.stdout).unwrap();
    let next = "aloqa-gateway receipts list, in a minute";
    assert_eq!(
        told,
        json!({"schema": "receipts.settle/1", "item": item, "next": next})
    );
    let mark = r#"{"dateTime":"20261121120001","fiscalSign":"000000000043","number":100,"terminalId":"UZ200000000001"}"#;
    let expected = transfer::Model {
        fiscal: Fiscal::Registered,
        fiscal_url: Some(CHECK.to_owned()),
        fiscal_mark: Some(mark.to_owned()),
        fiscal_cause: None,
        ..before
    };
    assert_eq!(row(contour, lost).await, expected);
    assert_eq!(check_of(contour, lost).await, CHECK);
    assert!(app.has_figure("aloqa_oldest_open_receipt_seconds 0").await);
    let gateway = &app.running.gateway;
    let shown = gateway.whole_transaction(lost).await.unwrap().unwrap();
    let said_of_it: Vec<_> = shown.said.iter().map(|row| row.detail.as_str()).collect();
    let detail = format!("number 100 of UZ200000000001: registered, {CHECK}: ticket 81");
    assert_eq!(
        said_of_it,
        [
            words.trim_start_matches("aloqa-gateway: ").trim_end(),
            &detail
        ]
    );
    let (who, outcome) = (&shown.said[1].who, &shown.said[1].outcome);
    assert_eq!((who.as_str(), outcome.as_str()), ("anna", "accepted"));

    let again = settle(&["--not-registered"]);
    let words = format!(
        "aloqa-gateway: the receipt of transfer {lost} is registered already, at {CHECK}: nothing to settle\n"
    );
    assert_eq!(said(&again), (Some(4), String::new(), words));
    let listed = command(contour, taxpayer, &["list"]);
    assert_eq!(program::stdout(&listed), "no receipt is open or refused\n");
    service.will(Manner::Takes);
    app.clock.advance_ms(30_000);
    register(contour, 1).await;
    assert_eq!(service.numbers(taxpayer), [100, 100, 101]);
    assert_eq!(row(contour, waiting).await.fiscal, Fiscal::Registered);
}

/// The operator does not have it: it is sent again as if it were new, under another number.
async fn not_registered(contour: &Contour, service: &Service, taxpayer: &Certificates) {
    let Open { lost, waiting } = Open::at(contour, service).await;
    let app = &contour.app;
    let (id, other) = (lost.0.to_string(), waiting.0.to_string());
    let waits = ["settle", &other, "--not-registered", "--reason", "x"];
    let refused = command(contour, taxpayer, &waits);
    let words = format!(
        "aloqa-gateway: the receipt of transfer {waiting} has no number that may be registered: it is tried by itself. \
         `aloqa-gateway receipts list` shows the one for which the others wait, if there is one\n"
    );
    assert_eq!(said(&refused), (Some(4), String::new(), words));
    let settle = ["settle", &id, "--not-registered", "--reason", "ticket 81"];
    let settled = command(contour, taxpayer, &settle);
    let words = format!(
        "the receipt of transfer {lost} with the number 100 of UZ200000000001 is not registered and will not be: it is sent again \
         at once, under a new number\n"
    );
    let next = "next: aloqa-gateway receipts list, in a minute\n";
    let told = format!("{words}{next}");
    assert_eq!(said(&settled), (Some(0), words, told));
    let due = row(contour, lost).await;
    assert_eq!(
        (due.fiscal, due.fiscal_attempts, due.fiscal_refusals),
        (Fiscal::Due, 0, 0)
    );
    assert!(app.has_figure("aloqa_oldest_open_receipt_seconds 0").await);
    service.will(Manner::Takes);
    // The command goes by the machine's own clock.
    app.clock.advance_ms(YEAR_MS);
    register(contour, 2).await;
    assert_eq!(service.numbers(taxpayer), [100, 100, 101, 102]);
    let check = check_of(contour, lost).await;
    assert!(check.as_str().unwrap().contains("&r=102&"), "{check}");
}

/// An attempt that is under way may still be answered.
async fn under_way(contour: &Contour, service: &Service, taxpayer: &Certificates) {
    let Open { lost, waiting } = Open::at(contour, service).await;
    let app = &contour.app;
    let gateway = &app.running.gateway;
    let read_before = open_receipt(contour, lost).await;
    app.clock.advance_ms(30_000);
    service.will(Manner::Takes);
    app.moments.hold(CrashPoint::AfterCommit, 1);
    let (registered, ()) = tokio::join!(gateway.register_receipts(), async {
        app.moments.until_held().await;
        let during = row(contour, lost).await;
        let open = open_receipt(contour, lost).await;
        let refused = settle(contour, &open, Outcome::NotRegistered).await;
        let words = format!(
            "a gateway may be sending the receipt of transfer {lost} right now: try again in 16 s"
        );
        assert_eq!(refused.unwrap_err().to_string(), words);
        // Whoever has looked before the attempt began is too late, too, and his word is kept.
        for outcome in [
            Outcome::NotRegistered,
            read_before.registered_at(CHECK).unwrap(),
        ] {
            let refused = settle(contour, &read_before, outcome).await;
            assert!(matches!(refused, Err(ReceiptError::Overtaken(id)) if id == lost));
        }
        assert_eq!(app.audit_rows("receipts.settle").await.len(), 2);
        assert_eq!(row(contour, lost).await, during);
        assert_eq!(open_receipt(contour, lost).await, open);
        app.moments.release();
    });
    assert_eq!(registered.unwrap(), 2);
    assert_eq!(service.numbers(taxpayer), [100, 100, 100, 101]);
    for id in [lost, waiting] {
        assert_eq!(row(contour, id).await.fiscal, Fiscal::Registered);
    }
}

/// A receipt that is sent for the first time asks for nobody; one whose gateway has died can be settled once its lease is over,
/// and if that gateway lives all the same, it changes nothing of what was said.
async fn lease_is_over(contour: &Contour, service: &Service, taxpayer: &Certificates) {
    let app = &contour.app;
    let gateway = &app.running.gateway;
    let token = contour.add_card(UZCARD).await;
    service.will(Manner::Forgets);
    // The intent, the end of the transfer, the attempt.
    app.moments.hold(CrashPoint::AfterCommit, 3);
    let (lost, ()) = tokio::join!(transfer(contour, &token), async {
        app.moments.until_held().await;
        let id = app.last_transaction().await.id;
        assert_eq!(open_receipt(contour, id).await.number, 100);
        assert_eq!(gateway.receipt_in_doubt().await.unwrap(), None);
        app.moments.release();
    });
    assert_eq!(lost["has_fiskal_check"], false);
    let lost = app.last_transaction().await.id;
    let open = gateway.receipt_in_doubt().await.unwrap().unwrap();
    assert_eq!(open, open_receipt(contour, lost).await);
    app.clock.advance_ms(30_000);
    app.moments.hold(CrashPoint::AfterCommit, 1);
    let (registered, ()) = tokio::join!(gateway.register_receipts(), async {
        app.moments.until_held().await;
        app.clock.advance_ms(LEASE_MS - 1);
        let open = open_receipt(contour, lost).await;
        let refused = settle(contour, &open, Outcome::NotRegistered).await;
        assert!(matches!(
            refused,
            Err(ReceiptError::UnderWay { seconds: 1, .. })
        ));
        app.clock.advance_ms(1);
        let registered = open.registered_at(CHECK).unwrap();
        settle(contour, &open, registered).await.unwrap();
        app.moments.release();
    });
    assert_eq!(registered.unwrap(), 0);
    assert_eq!(service.numbers(taxpayer), [100, 100]);
    let settled = row(contour, lost).await;
    assert_eq!(
        (
            settled.fiscal,
            settled.fiscal_url.as_deref(),
            settled.fiscal_cause
        ),
        (Fiscal::Registered, Some(CHECK), None)
    );
    assert_eq!(gateway.receipt_in_doubt().await.unwrap(), None);
}

/// A gateway stood still with the answer in its hands. What was said since stays.
async fn late_failure(contour: &Contour, service: &Service, _: &Certificates) {
    let Open { lost, .. } = Open::at(contour, service).await;
    let app = &contour.app;
    app.clock.advance_ms(30_000);
    app.moments.hold(CrashPoint::AfterCommit, 1);
    let (registered, settled) = tokio::join!(app.running.gateway.register_receipts(), async {
        app.moments.until_held().await;
        app.clock.advance_ms(LEASE_MS + 1);
        let open = open_receipt(contour, lost).await;
        settle(contour, &open, Outcome::NotRegistered)
            .await
            .unwrap();
        let settled = row(contour, lost).await;
        app.moments.release();
        settled
    });
    assert_eq!(registered.unwrap(), 0);
    assert_eq!(row(contour, lost).await, settled);
}

/// A command that dies at its commit has settled the receipt, or changed nothing.
async fn dies(contour: &Contour, service: &Service, _: &Certificates) {
    let Open { lost, .. } = Open::at(contour, service).await;
    let app = &contour.app;
    let before = row(contour, lost).await;
    let open = open_receipt(contour, lost).await;
    for (point, is_settled) in [
        (CrashPoint::BeforeCommit, false),
        (CrashPoint::AfterCommit, true),
    ] {
        app.moments.hold(point, 1);
        let gateway = app.running.gateway.clone();
        let (held, outcome) = (open.clone(), open.registered_at(CHECK).unwrap());
        let settling =
            tokio::spawn(async move { gateway.settle_receipt(&held, outcome, ANNA).await });
        app.moments.until_held().await;
        settling.abort();
        assert!(settling.await.unwrap_err().is_cancelled());
        let after = row(contour, lost).await;
        assert_eq!(
            (after != before, after.fiscal == Fiscal::Registered),
            (is_settled, is_settled)
        );
        let open = app.running.gateway.open_receipt_of(lost).await;
        assert_eq!(open.is_err(), is_settled);
    }
    assert_eq!(app.audit_rows("receipts.settle").await.len(), 2);
}

macro_rules! on_both {
    ($($walk:ident as $sqlite:ident, $postgres:ident;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $sqlite() {
                with_service(DatabaseKind::Sqlite, $walk).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $postgres() {
                with_service(DatabaseKind::Postgres, $walk).await;
            }
        )*
    };
}

on_both! {
    registered as what_the_operator_has_is_told_as_registered, what_the_operator_has_is_told_as_registered_on_postgres;
    not_registered as what_the_operator_lacks_gets_a_new_number, what_the_operator_lacks_gets_a_new_number_on_postgres;
    under_way as what_is_being_sent_is_not_settled, what_is_being_sent_is_not_settled_on_postgres;
    lease_is_over as what_a_dead_gateway_sent_can_be_settled, what_a_dead_gateway_sent_can_be_settled_on_postgres;
    late_failure as what_comes_late_changes_nothing_of_it, what_comes_late_changes_nothing_of_it_on_postgres;
    dies as a_command_that_dies_settles_or_changes_nothing, a_command_that_dies_settles_or_changes_nothing_on_postgres;
}
