//! What a collector gets.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use serde_json::{Value, json};
use test_support::Credentials;
use test_support::program::{FREE_PORTS, Serving, run, stderr};
use test_support::{HttpRequest, send};

const PAN: &str = "8600010132441332";

/// A collector on any free port, and what it gets: the bodies, as they come.
fn collector() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let (tell, told) = channel();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = BufReader::new(socket.unwrap());
            let mut length = 0;
            loop {
                let mut line = String::new();
                socket.read_line(&mut line).unwrap();
                let line = line.trim().to_ascii_lowercase();
                if let Some(bytes) = line.strip_prefix("content-length: ") {
                    length = bytes.parse().unwrap();
                }
                if line.is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            socket.read_exact(&mut body).unwrap();
            let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
            socket.get_mut().write_all(reply).unwrap();
            if tell.send(String::from_utf8(body).unwrap()).is_err() {
                return;
            }
        }
    });
    (url, told)
}

/// A span: its name, what it says, and its parent.
struct Span {
    id: String,
    parent: Option<String>,
    name: String,
    says: BTreeMap<String, String>,
    is_error: bool,
}

fn spans(bodies: &[String]) -> Vec<Span> {
    let mut found = Vec::new();
    for body in bodies {
        let body: Value = serde_json::from_str(body).unwrap();
        for span in body["resourceSpans"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|resource| resource["scopeSpans"].as_array().unwrap())
            .flat_map(|scope| scope["spans"].as_array().unwrap())
        {
            let text = |key: &str| span[key].as_str().unwrap_or_default().to_owned();
            let says = span["attributes"].as_array().unwrap().iter().map(|said| {
                let value = said["value"].as_object().unwrap().values().next().unwrap();
                let value = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                (said["key"].as_str().unwrap().to_owned(), value)
            });
            found.push(Span {
                id: text("spanId"),
                parent: Some(text("parentSpanId")).filter(|parent| !parent.is_empty()),
                name: text("name"),
                says: says.collect(),
                is_error: span["status"]["code"] == json!(2),
            });
        }
    }
    found
}

/// The names of a span and of those below it, as a tree in one line. Exchanges are named by their operation.
fn tree(spans: &[Span], of: &Span) -> String {
    let name = of.says.get("operation").unwrap_or(&of.name);
    let below: Vec<_> = spans
        .iter()
        .filter(|span| span.parent.as_ref() == Some(&of.id))
        .map(|span| tree(spans, span))
        .collect();
    match below.is_empty() {
        true => name.clone(),
        false => format!("{name}({})", below.join(" ")),
    }
}

async fn call(gateway: &Serving, method: &str, params: Value) -> Value {
    let address = gateway.url("partners")["http://".len()..].parse().unwrap();
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let demo = Credentials {
        name: "demo".to_owned(),
        secret: "demo-secret".to_owned(),
    };
    let request = HttpRequest::post(body.to_string()).credentials(&demo);
    send(address, request).await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debit_is_one_trace_with_its_commits_and_exchanges() {
    let (url, told) = collector();
    let settings = [&FREE_PORTS[..], &[("ALOQA__TRACES__URL", url.as_str())]].concat();
    let gateway = Serving::start(&[], &settings, "curl");
    let attach = json!({"pan": PAN, "expiry": "1230", "phone": "998901234567"});
    let added = call(&gateway, "cards.add", attach).await;
    let confirm =
        json!({"transactionId": added["result"]["transactionId"], "confirmedCode": "111111"});
    let card = call(&gateway, "cards.add-confirm", confirm).await;
    let debit = json!({
        "token": card["result"]["token"], "amount": 500_000, "merchantId": "90001", "terminalId": "92400001",
    });
    let done = call(&gateway, "transactions.debit", debit).await;
    let transaction = &done["result"]["transactionId"];
    let refused = call(
        &gateway,
        "transactions.get",
        json!({"transactionId": 999_999}),
    )
    .await;
    assert_eq!(refused["error"]["code"], json!(-32314), "{refused}");
    assert!(gateway.terminate());
    let bodies: Vec<_> = told.try_iter().collect();
    assert!(!bodies.concat().contains(PAN));
    let spans = spans(&bodies);
    let roots: BTreeMap<_, _> = spans
        .iter()
        .filter(|span| span.parent.is_none())
        .map(|span| (span.name.as_str(), span))
        .collect();
    let lost = roots["transactions.get"];
    assert!(lost.is_error);
    assert_eq!(lost.says["error.type"], "-32314");
    assert_eq!(lost.says["partner"], "demo");
    let debit = roots["transactions.debit"];
    assert!(!debit.is_error);
    assert_eq!(debit.says["rpc.method"], "transactions.debit");
    assert_eq!(
        tree(&spans, debit),
        "transactions.debit(turn commit movement(trans.pay.purpose) commit)"
    );
    let movement = spans.iter().find(|span| span.name == "movement").unwrap();
    assert_eq!(movement.says["transaction"], transaction.to_string());
    assert_eq!(movement.says["action"], "Pay");
    let exchange = spans
        .iter()
        .find(|span| span.parent.as_ref() == Some(&movement.id))
        .unwrap();
    assert_eq!(
        exchange.says,
        BTreeMap::from(
            [
                ("operation", "trans.pay.purpose"),
                ("outcome", "answered"),
                ("server", "uzcard"),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
        ),
    );
}

#[test]
fn an_address_that_cannot_be_used_is_told_with_its_form() {
    let directory = tempfile::tempdir().unwrap();
    for url in ["https://127.0.0.1:4318/v1/traces", "http://a@b/v1/traces"] {
        let settings = [&FREE_PORTS[..], &[("ALOQA__TRACES__URL", url)]].concat();
        let ended = run(directory.path(), &["serve"], &settings);
        let said = stderr(&ended);
        assert_eq!(ended.status.code(), Some(2), "{said}");
        assert!(
            said.contains("traces.url") || said.contains("ALOQA__TRACES__URL"),
            "{said}"
        );
        assert!(said.contains("http://127.0.0.1:4318/v1/traces"), "{said}");
    }
}
