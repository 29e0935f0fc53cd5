//! A server and a minimal client. Each test starts its own [`Server`], whose clock only moves when the test moves it.

use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use listener::{browser::Doorkeeper, guarded::Pace};
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

pub(crate) const UZCARD: &str = "8600010132441332";
pub(crate) const UZCARD_PHONE: &str = "998901234567";
pub(crate) const HUMO: &str = "9860190101578366";
/// The second good card of each network.
pub(crate) const UZCARD_2: &str = "8600490744313347";
pub(crate) const HUMO_2: &str = "9860100123456789";
pub(crate) const FULL: i64 = 1_000_000_000;
/// 2025-01-01, 05:00 in Tashkent.
pub(crate) const NOW: i64 = 1_735_689_600_000;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    clock: Arc<AtomicI64>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The text of the first element with this name.
    pub(crate) fn element(&self, name: &str) -> &str {
        let (_, rest) = self
            .body
            .split_once(&format!("<{name}>"))
            .unwrap_or_else(|| panic!("no {name}: {}", self.body));
        rest.split_once('<').unwrap().0
    }

    /// The value of an item of `details`.
    pub(crate) fn item(&self, name: &str) -> &str {
        let start = format!("<item><name>{name}</name><value>");
        let (_, rest) = self
            .body
            .split_once(&start)
            .unwrap_or_else(|| panic!("no {name}: {}", self.body));
        rest.split_once('<').unwrap().0
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(None).await
    }

    pub(crate) async fn start_with(state: Option<PathBuf>) -> Self {
        let clock = Arc::new(AtomicI64::new(NOW));
        let time = Arc::clone(&clock);
        let options = Options {
            state,
            sync: false,
            clock: Arc::new(move || time.load(Ordering::SeqCst)),
        };
        let sandbox = Sandbox::open(options).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let doorkeeper = Doorkeeper {
            on_loopback: true,
            ..Doorkeeper::default()
        };
        let task = tokio::spawn(sandbox.serve(listener, doorkeeper, Pace::default(), stop.clone()));
        Self {
            address,
            clock,
            stop,
            task,
        }
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }

    pub(crate) fn pass_seconds(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        authorization: &str,
        body: &str,
    ) -> io::Result<Reply> {
        let mut stream = TcpStream::connect(self.address).await?;
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {authorization}\r\nConnection: close\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await?;
        let (head, body) = reply
            .split_once("\r\n\r\n")
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Ok(Reply {
            status,
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        })
    }

    /// `gate:secret`
    pub(crate) const BASIC: &str = "Basic Z2F0ZTpzZWNyZXQ=";

    pub(crate) async fn get(&self, path: &str) -> Value {
        let reply = self.send("GET", path, "", "").await.unwrap();
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()
    }

    pub(crate) async fn svgate_raw(&self, method: &str, params: Value) -> io::Result<Reply> {
        let body = json!({"jsonrpc": "2.0", "id": "req-1", "method": method, "params": params})
            .to_string();
        self.send("POST", "/uzcard", Self::BASIC, &body).await
    }

    async fn svgate(&self, method: &str, params: Value) -> Value {
        let reply = self.svgate_raw(method, params).await.unwrap();
        assert_eq!(reply.status, 200, "{}", reply.body);
        let reply = reply.json();
        assert_eq!(
            (&reply["jsonrpc"], &reply["id"]),
            (&json!("2.0"), &json!("req-1"))
        );
        reply
    }

    pub(crate) async fn result(&self, method: &str, params: Value) -> Value {
        let mut reply = self.svgate(method, params).await;
        assert_eq!(reply.get("error"), None);
        reply["result"].take()
    }

    pub(crate) async fn error(&self, method: &str, params: Value) -> i64 {
        let reply = self.svgate(method, params).await;
        assert_eq!(reply.get("result"), None);
        reply["error"]["code"].as_i64().unwrap()
    }

    /// Attaches a UZCARD card and returns its token.
    pub(crate) async fn attach(&self, pan: &str) -> String {
        let otp = self
            .result(
                "cards.new.otp",
                json!({"card": {"pan": pan, "expiry": "3012"}}),
            )
            .await;
        let card = self
            .result(
                "cards.new.verify",
                json!({"otp": {"id": otp["id"], "code": "111111"}}),
            )
            .await;
        card["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn soap(&self, operation: &str) -> Reply {
        self.soap_raw(operation).await.unwrap()
    }

    pub(crate) async fn soap_raw(&self, operation: &str) -> io::Result<Reply> {
        let body = format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:ebppif1=\"urn:PaymentServer\" \
             xmlns:urn=\"urn:PaymentServer\"><s:Body>{operation}</s:Body></s:Envelope>"
        );
        self.send("POST", "/humo/payment", Self::BASIC, &body).await
    }

    pub(crate) async fn fault(&self, fault: Value) {
        let reply = self
            .send("POST", "/sandbox/faults", "", &fault.to_string())
            .await
            .unwrap();
        assert_eq!(reply.status, 200, "{}", reply.body);
    }

    /// Waits until the ledger has this many rows.
    pub(crate) async fn ledger_of(&self, rows: usize) -> Vec<String> {
        let wait = async {
            loop {
                let ledger = self.ledger().await;
                if ledger.len() >= rows {
                    return ledger;
                }
            }
        };
        timeout(Duration::from_secs(20), wait)
            .await
            .expect("the ledger should get the expected rows")
    }

    pub(crate) async fn balance(&self, pan: &str) -> i64 {
        let cards = self.get("/sandbox/cards").await;
        let card = cards
            .as_array()
            .unwrap()
            .iter()
            .find(|card| card["pan"] == pan)
            .unwrap();
        card["balance"].as_i64().unwrap()
    }

    /// Available, blocked, takings and fees.
    pub(crate) async fn totals(&self) -> [i64; 4] {
        let totals = self.get("/sandbox/totals").await;
        let parts =
            ["available", "blocked", "takings", "fees"].map(|part| totals[part].as_i64().unwrap());
        assert_eq!(totals["total"], parts.iter().sum::<i64>());
        parts
    }

    /// `action reference amount` of each row.
    pub(crate) async fn ledger(&self) -> Vec<String> {
        let ledger = self.get("/sandbox/ledger").await;
        let row = |row: &Value| {
            format!(
                "{} {} {}",
                row["action"].as_str().unwrap(),
                row["reference"].as_str().unwrap(),
                row["amount"]
            )
        };
        ledger.as_array().unwrap().iter().map(row).collect()
    }
}

/// Params of a payment.
pub(crate) fn pay(token: &str, ext: &str, amount: i64) -> Value {
    json!({"tran": {
        "purpose": "payment", "cardId": token, "amount": amount, "commission": 0, "currency": "860", "ext": ext,
        "merchantId": "90001", "terminalId": "92400001",
    }})
}

/// Params of a hold for one week.
pub(crate) fn hold(token: &str, amount: i64) -> Value {
    json!({"hold": {
        "cardId": token, "merchantId": "90001", "terminalId": "92400001", "amount": amount, "time": 10080,
    }})
}

/// Params of a capture.
pub(crate) fn charge(hold: &Value, ext: &str, amount: i64) -> Value {
    json!({"hold": {
        "holdId": hold, "ext": ext, "merchantId": "90001", "terminalId": "92400001", "port": "123456",
        "stan": "524662", "amount": amount,
    }})
}

/// Params of a transfer; `sender` is a token.
pub(crate) fn p2p(sender: &str, recipient: &str, ext: &str, amount: i64, fee: i64) -> Value {
    json!({"p2p": {
        "sender": sender, "recipient": recipient, "amount": amount, "feeAmount": fee, "ext": ext,
        "merchantId": "90001", "terminalId": "92400001",
    }})
}

/// Params of a credit without the sender's document.
pub(crate) fn credit(recipient: &str, ext: &str, amount: i64) -> Value {
    json!({"credit": {
        "amount": amount, "ext": ext, "merchantId": "90001", "terminalId": "92400001", "recipient": recipient,
        "sender": {
            "id": HUMO, "legalName": "ALOQA", "system": "humo", "lastName": "TURDIEV", "firstName": "ABDUSAMAD",
            "middleName": "X", "refNum": "000000123456",
        },
    }})
}

fn items(items: &[(&str, &str)]) -> String {
    items
        .iter()
        .map(|(name, value)| format!("<item><name>{name}</name><value>{value}</value></item>"))
        .collect()
}

/// The create of a payment with this `billerRef`.
pub(crate) fn create(biller: &str, payment_ref: &str, pan: &str, amount: i64) -> String {
    let items = items(&[
        ("pan", pan),
        ("expiry", "3012"),
        ("ccy_code", "860"),
        ("amount", &amount.to_string()),
        ("merchant_id", "0040100000401CS"),
        ("terminal_id", "1965000A"),
        ("point_code", "100010104110"),
        ("centre_id", "HUMO"),
    ]);
    payment(biller, payment_ref, &items)
}

/// The create of a credit, with additional items.
pub(crate) fn to_card(payment_ref: &str, pan2: &str, amount: i64, more: &[(&str, &str)]) -> String {
    let items = items(&[
        ("pan2", pan2),
        ("ccy_code", "860"),
        ("amount", &amount.to_string()),
        ("merchant_id", "0040100000401CS"),
        ("terminal_id", "1965000A"),
    ]) + &items(more);
    payment("SOAP_TOCARD_2", payment_ref, &items)
}

fn payment(biller: &str, payment_ref: &str, items: &str) -> String {
    format!(
        "<ebppif1:Payment><billerRef>{biller}</billerRef><payinstrRef>{biller}</payinstrRef><sessionID>s</sessionID>\
         <paymentRef>{payment_ref}</paymentRef><details>{items}</details>\
         <paymentOriginator>gate</paymentOriginator></ebppif1:Payment>"
    )
}

/// The `Request` of a transfer between two HUMO cards.
pub(crate) fn request(payment_ref: &str, pan: &str, pan2: &str, amount: i64) -> String {
    let items = items(&[
        ("pan", pan),
        ("expiry", "3012"),
        ("pan2", pan2),
        ("amount", &amount.to_string()),
        ("ccy_code", "860"),
        ("merchant_id", "0040100000401CS"),
        ("terminal_id", "1965000A"),
    ]);
    format!(
        "<ebppif1:Request><language>en</language><paymentRef>{payment_ref}</paymentRef>\
         <switchingID><value>50</value></switchingID><autoSwitch>1</autoSwitch><details>{items}</details>\
         <paymentOriginator>gate</paymentOriginator></ebppif1:Request>"
    )
}

pub(crate) fn confirm(payment_id: &str, amount: Option<i64>) -> String {
    let details = amount.map_or(String::new(), |amount| {
        format!("<details><item><name>amount</name><value>{amount}</value></item></details>")
    });
    format!(
        "<ebppif1:Payment><paymentID>{payment_id}</paymentID><confirmed>true</confirmed><finished>true</finished>\
         {details}<paymentOriginator>gate</paymentOriginator></ebppif1:Payment>"
    )
}

/// An operation on a payment by our reference.
pub(crate) fn by_ref(operation: &str, payment_ref: &str) -> String {
    format!(
        "<urn:{operation}><paymentRef>{payment_ref}</paymentRef><sessionID/>\
         <paymentOriginator>gate</paymentOriginator></urn:{operation}>"
    )
}

/// The action code of HUMO's refusal.
pub(crate) fn refusal(reply: &Reply) -> &str {
    assert_eq!(reply.status, 500, "{}", reply.body);
    assert!(
        reply.body.contains("<ebppif1:PaymentServerException>"),
        "{}",
        reply.body
    );
    reply.element("error")
}
