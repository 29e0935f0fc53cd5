//! Calls of every method, right and wrong ones, while the networks fail in every way.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rpc_schema::methods::METHODS;
use serde_json::{Value, json};
use test_support::{
    Credentials, HUMO_2, HttpRequest, TestCard, UZCARD_2, debit_params, send, send_raw, with,
};

use super::places::Places;
use super::{CODE, WRONG_CODE, WRONG_SECRET};

/// The sandbox's cards that go through, none of which the program shows as an example.
pub(super) const CARDS: [TestCard; 10] = [
    UZCARD_2,
    HUMO_2,
    card("8600010000000504", "998900010504"),
    card("9860190000000504", "998900020504"),
    card("8600010000000999", "998900010999"),
    card("9860190000000999", "998900020999"),
    card("8600010000000500", "998900010500"),
    card("9860190000000500", "998900020500"),
    card("8600010000000104", "998900010104"),
    card("9860190000000104", "998900020104"),
];

/// What the sender of each transfer is called.
pub(super) const PERSON: [(&str, &str); 5] = [
    ("firstName", "Kanareyka"),
    ("lastName", "Kanareykina"),
    ("middleName", "Kanareykovna"),
    ("pinfl", "41203850007777"),
    ("documentNumber", "KA7654329"),
];

/// Whoever sends it, with another value of one member.
fn sender_with(member: &str, value: &str) -> Value {
    let mut sender = json!({
        "birthDate": "1985-03-12", "documentType": "006", "documentValidTo": "2099-05-04", "nationality": "860",
    });
    for (member, value) in PERSON {
        sender[member] = value.into();
    }
    sender[member] = value.into();
    sender
}

fn transfer_method(from: TestCard, to: TestCard) -> String {
    let name = |card: TestCard| card.network().to_lowercase();
    format!("p2p.{}2{}", name(from), name(to))
}

fn transfer_params(token: &str, to: TestCard) -> Value {
    json!({
        "token": token, "pan": to.pan, "expiry": "3012", "amount": 1000,
        "sender": sender_with("nationality", "860"),
    })
}

const fn card(pan: &'static str, phone: &'static str) -> TestCard {
    TestCard { pan, phone }
}

/// Who calls whom.
pub(super) struct Walk {
    pub(super) gateway: SocketAddr,
    pub(super) operations: SocketAddr,
    pub(super) sandbox: SocketAddr,
    pub(super) credentials: Credentials,
}

impl Walk {
    pub(super) async fn everything(&self, places: &mut Places) {
        let mut tokens = Vec::new();
        for card in CARDS {
            tokens.extend(self.attach(places, card).await.map(|token| (card, token)));
        }
        assert!(tokens.len() >= 8, "{} cards were attached", tokens.len());
        for (card, token) in &tokens {
            self.pay(places, *card, token).await;
        }
        self.transfer(places, &tokens).await;
        for (card, token) in &tokens[..2] {
            for kind in [
                "reset_before",
                "reset_after",
                "http_500_after",
                "garbage_after",
                "drop_after",
            ] {
                let fault = json!({"network": card.network(), "operation": "any", "kind": kind, "times": 2});
                self.fault(&fault).await;
                self.call(places, "cards.info", json!({"token": token}))
                    .await;
                self.call(
                    places,
                    "transactions.debit",
                    debit_params(*card, token, 700),
                )
                .await;
                // A credit repeats who sends it, and its network may do so, too.
                let to = if card.is_humo() { UZCARD_2 } else { HUMO_2 };
                let fault = json!({"network": to.network(), "operation": "credit", "kind": kind, "times": 2});
                self.fault(&fault).await;
                self.call(
                    places,
                    &transfer_method(*card, to),
                    transfer_params(token, to),
                )
                .await;
                send(
                    self.sandbox,
                    HttpRequest::get("/sandbox/faults").method("DELETE"),
                )
                .await;
            }
        }
        self.every_example(places, &tokens[0].1).await;
        self.misplaced_numbers(places, &tokens[0].1).await;
        self.malformed(places).await;
        for path in ["/metrics", "/health"] {
            places.add(
                "the figures",
                &send(self.operations, HttpRequest::get(path)).await.body,
            );
        }
    }

    async fn fault(&self, fault: &Value) {
        let request = HttpRequest::post(fault.to_string()).path("/sandbox/faults");
        assert!(send(self.sandbox, request).await.status < 300, "{fault}");
    }

    async fn call(&self, places: &mut Places, method: &str, params: Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        self.post(places, HttpRequest::post(body.to_string())).await
    }

    async fn post(&self, places: &mut Places, request: HttpRequest) -> Value {
        let reply = send(self.gateway, request.credentials(&self.credentials)).await;
        places.add("a reply", &format!("{:?}\n{}", reply.headers, reply.body));
        serde_json::from_str(&reply.body).unwrap_or_default()
    }

    /// Attaches a card, after a wrong code; its token.
    async fn attach(&self, places: &mut Places, card: TestCard) -> Option<String> {
        let params =
            json!({"pan": card.pan, "expiry": "1230", "phone": format!("+{}", card.phone)});
        let begun = self.call(places, "cards.add", params).await;
        let id = begun["result"]["transactionId"].as_i64()?;
        // UZCARD's codes are its own.
        let right = if card.is_humo() {
            CODE
        } else {
            test_support::CODE
        };
        let confirm = |code: &str| json!({"transactionId": id, "confirmedCode": code});
        self.call(places, "cards.add-confirm", confirm(WRONG_CODE))
            .await;
        let done = self.call(places, "cards.add-confirm", confirm(right)).await;
        done["result"]["token"].as_str().map(str::to_owned)
    }

    /// Takes money in every way, and gives it back.
    async fn pay(&self, places: &mut Places, card: TestCard, token: &str) {
        let debit = debit_params(card, token, 500);
        let the = |reply: &Value| json!({"transactionId": reply["result"]["transactionId"]});
        let paid = self.call(places, "transactions.debit", debit.clone()).await;
        let with_code = with(debit.clone(), json!({"force_sms_confirmation": true}));
        let waiting = self.call(places, "transactions.debit", with_code).await;
        for code in [WRONG_CODE, CODE] {
            let params = with(the(&waiting), json!({"confirmedCode": code}));
            self.call(places, "transactions.debit.confirm", params)
                .await;
        }
        let hold = with(debit, json!({"is_hold": true}));
        for end in [
            "transactions.debit.hold.charge",
            "transactions.debit.hold.cancel",
        ] {
            let held = self.call(places, "transactions.debit", hold.clone()).await;
            self.call(places, end, the(&held)).await;
            self.call(places, "transactions.get", the(&held)).await;
        }
        self.call(places, "transactions.debit.reverse", the(&paid))
            .await;
        self.call(places, "cards.info", json!({"token": token}))
            .await;
        self.call(places, "p2p.recipient-info", json!({"pan": card.pan}))
            .await;
        let days = json!({"tokens": [token], "from": "2026-01-01", "to": "2026-01-02"});
        self.call(places, "cards.monitoring", days).await;
    }

    /// From each network to each card.
    async fn transfer(&self, places: &mut Places, tokens: &[(TestCard, String)]) {
        for (from, token) in &tokens[..2] {
            for to in CARDS {
                let method = transfer_method(*from, to);
                let params = transfer_params(token, to);
                // Each value where another one is due.
                for (member, _) in PERSON {
                    for value in PERSON.map(|(_, value)| format!("{value}~")) {
                        let wrong = json!({"sender": sender_with(member, &value)});
                        self.call(places, &method, with(params.clone(), wrong))
                            .await;
                    }
                }
                for (member, value) in [
                    ("birthDate", "1985-03-13"),
                    ("documentValidTo", "2001-01-01"),
                ] {
                    let wrong = json!({"sender": sender_with(member, value)});
                    self.call(places, &method, with(params.clone(), wrong))
                        .await;
                }
                let begun = self.call(places, &method, params).await;
                let id = begun["result"]["transactionId"].clone();
                let code = json!({"transactionId": id, "confirmedCode": CODE});
                self.call(places, "p2p.confirm", code).await;
                let fee =
                    json!({"pan": from.pan, "pan2": to.pan, "phone": from.phone, "amount": 1000});
                self.call(places, "p2p.fee-info", fee).await;
            }
        }
    }

    /// Every published example, right and wrong, at the endpoint and at the documents' paths.
    async fn every_example(&self, places: &mut Places, token: &str) {
        for method in METHODS {
            let right = (method.examples)()
                .into_iter()
                .map(|example| example.params);
            let wrong = (method.error_examples)()
                .into_iter()
                .map(|example| example.params);
            for mut params in right.chain(wrong) {
                if params.get("token").is_some() {
                    params["token"] = token.into();
                }
                if method.name != "rpc.discover" {
                    self.call(places, method.name, params.clone()).await;
                }
                if method.documented {
                    let path = format!("/{}", method.name.replace('.', "/"));
                    let bare = HttpRequest::post(params.to_string()).path(&path);
                    self.post(places, bare).await;
                }
            }
        }
        let discover = json!({"jsonrpc": "2.0", "id": 1, "method": "rpc.discover"});
        // Its examples are public.
        send(self.gateway, HttpRequest::post(discover.to_string())).await;
    }

    /// A card number, a code and a secret in every param, as its value and as its name.
    async fn misplaced_numbers(&self, places: &mut Places, token: &str) {
        for method in METHODS {
            let example = (method.examples)().into_iter().next();
            let example = example.map_or_else(|| json!({}), |example| example.params);
            let names: Vec<String> = example
                .as_object()
                .map(|members| members.keys().cloned().collect())
                .unwrap_or_default();
            for name in names
                .iter()
                .chain([&UZCARD_2.pan.to_owned(), &"unknown".to_owned()])
            {
                let mut values = vec![json!(HUMO_2.pan), json!([HUMO_2.pan])];
                // An id is a number like any other: it is looked up, and a PostgreSQL that logs what it is asked shows it.
                if name != "transactionId" {
                    values.push(json!(9_860_100_123_456_789_i64));
                }
                for value in values {
                    let mut params = example.clone();
                    if params.get("token").is_some() {
                        params["token"] = token.into();
                    }
                    params[name.as_str()] = value;
                    self.call(places, method.name, params).await;
                }
            }
        }
    }

    /// Requests that are none.
    async fn malformed(&self, places: &mut Places) {
        let pan = UZCARD_2.pan;
        let bodies = [
            pan.to_owned(),
            format!("{{\"pan\":\"{pan}\""),
            format!("{{\"pan\":\"{pan}\"}}"),
            json!({"jsonrpc": "2.0", "id": 1, "method": pan}).to_string(),
            json!({"jsonrpc": pan, "id": 1, "method": "cards.info"}).to_string(),
            json!({"jsonrpc": "2.0", "id": 1, "method": "cards.info", pan: pan}).to_string(),
            json!({"jsonrpc": "2.0", "id": 1, "method": "cards.info", "params": pan}).to_string(),
            json!({"jsonrpc": "2.0", "method": "cards.add", "params": {"pan": pan}}).to_string(),
        ];
        for body in bodies {
            self.post(places, HttpRequest::post(body)).await;
        }
        let call = || HttpRequest::post(r#"{"jsonrpc":"2.0","id":1,"method":"cards.list"}"#);
        let wrong = Credentials {
            secret: WRONG_SECRET.to_owned(),
            ..self.credentials.clone()
        };
        let requests = [
            call().credentials(&wrong),
            call().header("authorization", &format!("Bearer {WRONG_SECRET}")),
            call().header("authorization", &format!("Basic {WRONG_SECRET}")),
            call().header("authorization", WRONG_SECRET),
            HttpRequest::get(&format!("/{pan}")),
            HttpRequest::get(&format!("/cards/info?pan={pan}")),
            call().path(&format!("/cards/{pan}")),
            call().bytes(format!("\u{ff}{pan}").as_bytes()),
        ];
        for address in [self.gateway, self.operations] {
            for request in &requests {
                let reply = send(address, request.clone()).await;
                places.add("a reply", &format!("{:?}\n{}", reply.headers, reply.body));
            }
        }
        for (name, value) in [
            ("lang", pan),
            ("content-type", pan),
            ("content-encoding", pan),
            ("x-forwarded-for", pan),
            ("origin", pan),
            ("host", pan),
        ] {
            self.post(places, call().header(name, value)).await;
        }
        for raw in [
            format!("{pan}\r\n\r\n"),
            format!("GET /{pan} HTTP/9.9\r\n\r\n"),
            format!(
                "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {pan}\r\nauthorization: Basic {WRONG_SECRET}\r\n\r\n"
            ),
            format!("POST / HTTP/1.1\r\nhost: x\r\n{pan} {pan}\r\n\r\n"),
        ] {
            places.add("a reply", &send_raw(self.gateway, raw.as_bytes()).await);
        }
    }
}

/// Who hears of a partner's payments, and refuses every second time.
pub(super) struct Receiver {
    pub(super) url: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let text = answer(stream.unwrap());
                keep.lock().unwrap().push(text);
            }
        });
        Self { url, heard }
    }

    pub(super) fn into_heard(self, places: &mut Places) {
        for text in self.heard.lock().unwrap().iter() {
            places.add("a webhook", text);
        }
    }
}

fn answer(mut stream: TcpStream) -> String {
    let mut heard = Vec::new();
    let mut chunk = [0; 4_096];
    while !heard.ends_with(b"}") {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => break,
            Ok(read) => heard.extend_from_slice(&chunk[..read]),
        }
    }
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    String::from_utf8_lossy(&heard).into_owned()
}
