//! The OFD: signed receipts with numbers that only grow, and one at a time.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex};

use aloqa_gateway::config::{Config, NumberMember, OperatorKind, ReceiptContentType};
use aloqa_gateway::repository::transfer::receipt_registered;
use aloqa_gateway::restore::{self, Mark};
use entity::time::UnixMillis;
use entity::transfer::Fiscal;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use test_support::tls_front::Certificates;
use test_support::*;

const AMOUNT: i64 = 500_000;

/// Interfaces of the service: the type of a receipt, and its member with the number.
const INTERFACES: [(&str, &str); 2] = [
    ("application/octet-stream", "ReceiptSeq"),
    ("application/x-pkcs7-certificates", "ReceiptId"),
];

/// What the service does with the next receipt.
#[derive(Clone, Copy)]
pub(super) enum Manner {
    Takes,
    /// Takes it, and its reply is lost.
    Forgets,
    Refuses,
}

/// A receipt service that keeps what it was sent.
pub(super) struct Service {
    address: SocketAddr,
    listening: Mutex<JoinHandle<()>>,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
    manner: Arc<Mutex<Manner>>,
}

impl Service {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let manner = Arc::new(Mutex::new(Manner::Takes));
        let listening = Mutex::new(Self::listen(
            listener,
            (Arc::clone(&sent), Arc::clone(&manner)),
        ));
        Self {
            address,
            listening,
            sent,
            manner,
        }
    }

    fn listen(listener: TcpListener, kept: Kept) -> JoinHandle<()> {
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = kept.clone();
                let answer = move |request| answer(request, kept.clone());
                let mut server = hyper::server::conn::http1::Builder::new();
                server.keep_alive(false);
                tokio::spawn(async move {
                    let served = server.serve_connection(TokioIo::new(stream), service_fn(answer));
                    // A caller that gave up is no fault of the service.
                    let _ = served.await;
                });
            }
        })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/emp/receipt", self.address)
    }

    /// Nothing listens any more.
    async fn leaves(&self) {
        self.listening.lock().unwrap().abort();
        while !self.listening.lock().unwrap().is_finished() {
            tokio::task::yield_now().await;
        }
    }

    async fn returns(&self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        let kept = (Arc::clone(&self.sent), Arc::clone(&self.manner));
        *self.listening.lock().unwrap() = Self::listen(listener, kept);
    }

    pub(super) fn will(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    /// The receipts that it was sent, each as the program `openssl` finds it under the taxpayer's signature.
    fn receipts(&self, taxpayer: &Certificates) -> Vec<Value> {
        let sent = self.sent.lock().unwrap().clone();
        sent.iter().map(|signed| opened(signed, taxpayer)).collect()
    }

    pub(super) fn numbers(&self, taxpayer: &Certificates) -> Vec<i64> {
        let receipts = self.receipts(taxpayer);
        let number = |receipt: &Value| receipt["ReceiptSeq"].as_i64().unwrap();
        receipts.iter().map(number).collect()
    }
}

type Kept = (Arc<Mutex<Vec<Vec<u8>>>>, Arc<Mutex<Manner>>);

async fn answer(
    request: hyper::Request<Incoming>,
    (sent, manner): Kept,
) -> Result<hyper::Response<Full<Bytes>>, Infallible> {
    let told = request.headers()["content-type"].to_str().unwrap();
    let interface = INTERFACES.into_iter().find(|(one, _)| *one == told);
    let (_, member) = interface.unwrap();
    let signed = request.into_body().collect().await.unwrap().to_bytes();
    let before = format!("\"{member}\":");
    let at = signed
        .windows(before.len())
        .position(|bytes| bytes == before.as_bytes());
    let digits = signed[at.unwrap() + before.len()..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    let number: String = digits.copied().map(char::from).collect();
    sent.lock().unwrap().push(signed.to_vec());
    let manner = *manner.lock().unwrap();
    let body = match manner {
        Manner::Takes => json!({
            "Code": 0, "Message": "OK", "TerminalID": "UZ200000000001", member: number, "DateTime": "20261121120000",
            "FiscalSign": "000000000042", "QRCodeURL": "",
        })
        .to_string(),
        Manner::Forgets => String::new(),
        Manner::Refuses => json!({"Code": 7, "Message": "no such package"}).to_string(),
    };
    Ok(hyper::Response::new(Full::new(Bytes::from(body))))
}

fn opened(signed: &[u8], taxpayer: &Certificates) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("signed");
    std::fs::write(&file, signed).unwrap();
    let run = Command::new("openssl")
        .args([
            "cms",
            "-verify",
            "-inform",
            "DER",
            "-binary",
            "-nointern",
            "-purpose",
            "any",
            "-in",
        ])
        .arg(&file)
        .arg("-certfile")
        .arg(taxpayer.pem("root"))
        .arg("-CAfile")
        .arg(taxpayer.pem("root"))
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    serde_json::from_slice(&run.stdout).unwrap()
}

fn settings<'a>(url: &str, taxpayer: &'a Certificates) -> impl FnOnce(&mut Config) + use<'a> {
    let url = url.to_owned();
    move |config| {
        config.fiscal.operator = OperatorKind::Ofd;
        config.fiscal.url = Some(url);
        // One card pays for more receipts than a run registers.
        (config.limits.debits_per_hour, config.limits.debits_per_day) = (Some(200), Some(200));
        config.limits.calls_per_second = Some(1_000);
        let ofd = &mut config.fiscal.ofd;
        ofd.terminal = "UZ200000000001".to_owned();
        ofd.first_number = 100;
        ofd.certificate_file = taxpayer.pem("root");
        ofd.key_file = taxpayer.key("root");
        ofd.mxik = "10701001018000000".to_owned();
        ofd.package_code = "1209779".to_owned();
        ofd.owner = Some("300000001".to_owned());
        (ofd.latitude, ofd.longitude) = (Some("41.311".to_owned()), Some("69.24".to_owned()));
    }
}

pub(super) async fn transfer(contour: &Contour, token: &str) -> Value {
    let direction = UZCARD_TO_UZCARD;
    contour
        .result(direction.method, direction.params(token, AMOUNT))
        .await
}

/// What is written on a receipt, and what the partner hears.
async fn is_signed_and_numbered(contour: &Contour, service: &Service, taxpayer: &Certificates) {
    let token = contour.add_card(UZCARD).await;
    let done = transfer(contour, &token).await;
    let check = "https://ofd.soliq.uz/check?t=UZ200000000001&r=100&c=20261121120000&s=000000000042";
    assert_eq!(
        (&done["has_fiskal_check"], &done["ofd_url"]),
        (&json!(true), &json!(check))
    );
    let fee = done["fee"].as_str().unwrap().parse::<i64>().unwrap();
    let vat = (fee * 12 * 2 + 112) / (112 * 2);
    let mut receipt = service.receipts(taxpayer).remove(0);
    let time = receipt["Time"].take();
    assert_eq!(
        time.as_str().unwrap().len(),
        "2026-11-21 12:00:00".len(),
        "{time}"
    );
    assert_eq!(
        receipt,
        json!({
            "ReceiptSeq": 100, "IsRefund": 0, "ReceiptType": 0, "Time": null, "ReceivedCash": 0, "ReceivedCard": fee,
            "TotalVAT": vat,
            "Items": [{
                "Name": "Xizmat haqi", "SPIC": "10701001018000000", "PackageCode": "1209779", "OwnerType": 2,
                "GoodPrice": fee, "Price": fee, "Amount": 1000, "VAT": vat, "VATPercent": 12, "Discount": 0, "Other": 0,
                "CommissionInfo": {"TIN": "300000001"},
            }],
            "Location": {"Latitude": 41.311, "Longitude": 69.24},
        })
    );
}

/// A receipt whose reply is lost is sent again under its number, and until then no other one has its turn. A refused one has
/// used its number up.
async fn keeps_the_order(contour: &Contour, service: &Service, taxpayer: &Certificates) {
    let app = &contour.app;
    let gateway = &app.running.gateway;
    let token = contour.add_card(UZCARD).await;
    service.will(Manner::Forgets);
    let lost = transfer(contour, &token).await;
    assert_eq!(lost["has_fiskal_check"], false);
    let lost = app.last_transaction().await.id.0;
    service.will(Manner::Takes);
    let waits = transfer(contour, &token).await;
    assert_eq!(waits["has_fiskal_check"], false);
    let waits = app.last_transaction().await.id.0;
    assert_eq!(service.numbers(taxpayer), [100]);
    app.clock.advance_ms(30_000);
    assert_eq!(gateway.register_receipts().await.unwrap(), 2);
    assert_eq!(service.numbers(taxpayer), [100, 100, 101]);
    for id in [lost, waits] {
        let row = app.transfer_row(id).await;
        assert_eq!(row.fiscal, Fiscal::Registered);
        let mark: Value = serde_json::from_str(&row.fiscal_mark.unwrap()).unwrap();
        assert_eq!(mark["fiscalSign"], "000000000042");
    }
    service.will(Manner::Refuses);
    let refused = transfer(contour, &token).await;
    assert_eq!(refused["has_fiskal_check"], false);
    service.will(Manner::Takes);
    let next = transfer(contour, &token).await;
    assert_eq!(next["has_fiskal_check"], true);
    app.clock.advance_ms(30_000);
    assert_eq!(gateway.register_receipts().await.unwrap(), 1);
    assert_eq!(service.numbers(taxpayer), [100, 100, 101, 102, 103, 104]);
    // What is refused when it is sent again may have been taken the first time, so it keeps its number.
    service.will(Manner::Forgets);
    transfer(contour, &token).await;
    let open = app.last_transaction().await.id.0;
    service.will(Manner::Refuses);
    app.clock.advance_ms(30_000);
    assert_eq!(gateway.register_receipts().await.unwrap(), 0);
    assert_eq!(app.transfer_row(open).await.fiscal, Fiscal::Due);
    service.will(Manner::Takes);
    app.clock.advance_ms(30_000);
    assert_eq!(gateway.register_receipts().await.unwrap(), 1);
    assert_eq!(service.numbers(taxpayer)[6..], [105, 105, 105]);
    let receipts = service.receipts(taxpayer);
    assert_eq!(receipts[0], receipts[1], "sent again in every word");
    let times: Vec<_> = service
        .receipts(taxpayer)
        .iter()
        .map(|one| one["Time"].clone())
        .collect();
    let mut sorted = times.clone();
    sorted.sort_by_key(Value::to_string);
    assert_eq!(times, sorted, "none is earlier than the last");
    sorted.dedup();
    assert_eq!(sorted.len(), 6, "each number has a moment of its own");
}

/// However many are due, the one that is open is tried first, and the run ends while its terminal must wait.
async fn tries_the_open_one_first(contour: &Contour, service: &Service, _: &Certificates) {
    let app = &contour.app;
    let gateway = &app.running.gateway;
    let token = contour.add_card(UZCARD).await;
    let certificate =
        "aloqa_certificate_end_timestamp_seconds{setting=\"fiscal.ofd.certificate_file\"} ";
    let page = send(app.running.ops_address, HttpRequest::get("/metrics")).await;
    assert!(page.body.contains(certificate), "{}", page.body);
    assert!(app.has_figure("aloqa_oldest_open_receipt_seconds 0").await);
    let sent = || service.sent.lock().unwrap().len();
    service.will(Manner::Forgets);
    transfer(contour, &token).await;
    // More than a run takes.
    for _ in 0..101 {
        transfer(contour, &token).await;
    }
    let waits = app.last_transaction().await.id.0;
    let waiting = app.transfer_row(waits).await;
    assert_eq!(gateway.register_receipts().await.unwrap(), 0);
    assert_eq!(sent(), 1);
    app.clock.advance_ms(30_000);
    assert_eq!(gateway.register_receipts().await.unwrap(), 0);
    assert_eq!(sent(), 2);
    assert_eq!(app.transfer_row(waits).await, waiting);
    assert!(app.has_figure("aloqa_oldest_open_receipt_seconds 30").await);
}

/// The operator may have had numbers that a restored copy of the database does not know.
async fn leaves_numbers_out(contour: &Contour, service: &Service, taxpayer: &Certificates) {
    let app = &contour.app;
    let database = &app.running.gateway.database;
    let token = contour.add_card(UZCARD).await;
    transfer(contour, &token).await;
    service.will(Manner::Forgets);
    transfer(contour, &token).await;
    service.will(Manner::Takes);
    let now = UnixMillis(app.now());
    let mark = Mark {
        since: now,
        until: now,
        highest_id: None,
        by: "anna: ticket 79",
    };
    let marked = restore::mark(database, now, mark).await.unwrap();
    restore::close(database, now, marked.id, "anna")
        .await
        .unwrap();
    transfer(contour, &token).await;
    // The one that was open has a number and a moment of its own: the operator may have had later ones since.
    app.clock.advance_ms(30_000);
    let registered = app.running.gateway.register_receipts().await.unwrap();
    assert_eq!(registered, 1);
    assert_eq!(service.numbers(taxpayer), [100, 101, 100_102, 100_103]);
}

/// A number that has not left is given to the next receipt; and one that is open for a receipt which was registered elsewhere,
/// under other settings, keeps nobody waiting.
async fn keeps_nobody_waiting(contour: &Contour, service: &Service, taxpayer: &Certificates) {
    let app = &contour.app;
    let gateway = &app.running.gateway;
    let token = contour.add_card(UZCARD).await;
    service.leaves().await;
    for _ in 0..2 {
        assert_eq!(transfer(contour, &token).await["has_fiskal_check"], false);
    }
    assert!(app.has_figure("aloqa_oldest_open_receipt_seconds 0").await);
    service.returns().await;
    app.clock.advance_ms(30_000);
    assert_eq!(gateway.register_receipts().await.unwrap(), 2);
    assert_eq!(service.numbers(taxpayer), [100, 101]);
    service.will(Manner::Forgets);
    transfer(contour, &token).await;
    service.will(Manner::Takes);
    let elsewhere = app.last_transaction().await.id;
    let tx = gateway.database.write().await.unwrap();
    receipt_registered(&tx, elsewhere, "https://ofd.example".to_owned(), None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(transfer(contour, &token).await["has_fiskal_check"], false);
    app.clock.advance_ms(30_000);
    assert_eq!(gateway.register_receipts().await.unwrap(), 1);
    assert_eq!(service.numbers(taxpayer), [100, 101, 102, 103]);
}

pub(super) async fn with_service(
    kind: DatabaseKind,
    walk: impl AsyncFnOnce(&Contour, &Service, &Certificates),
) {
    let Some(taxpayer) = Certificates::new() else {
        return;
    };
    let service = Service::start().await;
    let Some(contour) = Contour::with(kind, settings(&service.url(), &taxpayer)).await else {
        return;
    };
    walk(&contour, &service, &taxpayer).await;
}

/// The service of an older interface knows neither the other name nor the other type.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_is_written_as_an_older_interface_has_it() {
    let Some(taxpayer) = Certificates::new() else {
        return;
    };
    let service = Service::start().await;
    let usual = settings(&service.url(), &taxpayer);
    let older = |config: &mut Config| {
        usual(config);
        config.fiscal.ofd.number_member = NumberMember::ReceiptId;
        config.fiscal.ofd.content_type = ReceiptContentType::Pkcs7Certificates;
    };
    let contour = Contour::with(DatabaseKind::Sqlite, older).await.unwrap();
    let token = contour.add_card(UZCARD).await;
    let done = transfer(&contour, &token).await;
    assert_eq!(done["has_fiskal_check"], true, "{done}");
    let receipt = service.receipts(&taxpayer).remove(0);
    assert_eq!(
        (&receipt["ReceiptId"], &receipt["ReceiptSeq"]),
        (&json!(100), &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_is_signed_and_numbered() {
    with_service(DatabaseKind::Sqlite, is_signed_and_numbered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_is_signed_and_numbered_on_postgres() {
    with_service(DatabaseKind::Postgres, is_signed_and_numbered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_only_grow() {
    with_service(DatabaseKind::Sqlite, keeps_the_order).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_only_grow_on_postgres() {
    with_service(DatabaseKind::Postgres, keeps_the_order).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_open_one_is_tried_first() {
    with_service(DatabaseKind::Sqlite, tries_the_open_one_first).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_open_one_is_tried_first_on_postgres() {
    with_service(DatabaseKind::Postgres, tries_the_open_one_first).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_not_left_keeps_nobody_waiting() {
    with_service(DatabaseKind::Sqlite, keeps_nobody_waiting).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_not_left_keeps_nobody_waiting_on_postgres() {
    with_service(DatabaseKind::Postgres, keeps_nobody_waiting).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_copy_leaves_numbers_out() {
    with_service(DatabaseKind::Sqlite, leaves_numbers_out).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_copy_leaves_numbers_out_on_postgres() {
    with_service(DatabaseKind::Postgres, leaves_numbers_out).await;
}
