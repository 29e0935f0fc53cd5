//! The proxy itself.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};

use super::message::{Message, content_length};
use super::{Fault, Proxy, Side};

fn message(body: &str) -> Message {
    Message {
        head: b"POST /uzcard HTTP/1.1\r\nContent-Length: 1\r\n\r\n".to_vec(),
        body: body.as_bytes().to_vec(),
    }
}

#[test]
fn requests_are_told_apart() {
    let request = message(r#"{"id":"a1","method":"trans.ext"}"#);
    assert_eq!(request.side(), Some(Side::Uzcard));
    assert_eq!(request.payment(Side::Uzcard).as_deref(), Some("a1"));
    assert_eq!(content_length(&request.head), 1);
    let soap = message("<x><paymentRef>r1</paymentRef></x>");
    assert_eq!(soap.payment(Side::Humo).as_deref(), Some("r1"));
}

#[tokio::test]
async fn a_script_is_for_one_call_with_its_word() {
    let proxy = Proxy::start(SocketAddr::from(([127, 0, 0, 1], 1)), 1).await;
    proxy.script("trans.pay", Fault::CutReply);
    let scripted = |body: &str| proxy.shared.scripted_for(&message(body));
    assert_eq!(scripted(r#"{"method":"cards.get"}"#), None);
    assert_eq!(
        scripted(r#"{"method":"trans.pay.purpose"}"#),
        Some(Fault::CutReply)
    );
    assert_eq!(scripted(r#"{"method":"trans.pay.purpose"}"#), None);
}

/// A network that answers each connection's request with this.
async fn network(reply: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let request = Message::read(&mut stream, &mut Vec::new()).await.unwrap();
            assert!(request.is_some());
            let length = reply.len();
            let whole = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{reply}");
            stream.write_all(whole.as_bytes()).await.unwrap();
        }
    });
    address
}

#[tokio::test]
async fn only_what_a_call_suffered_is_counted() {
    let upstream = network(r#"{"id":"a1"}"#).await;
    let proxy = Proxy::start(upstream, 1).await;
    let body = r#"{"id":"a1"}"#;
    let request = format!(
        "POST /uzcard HTTP/1.1\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    // There is no amount that could be wrong, and no reply of another call.
    let faults = [Fault::WrongAmount, Fault::ForeignReply, Fault::ReplyTwice];
    for fault in faults {
        proxy.script("a1", fault);
        let mut stream = TcpStream::connect(proxy.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let reply = Message::read(&mut stream, &mut Vec::new()).await.unwrap();
        assert_eq!(reply.unwrap().text(), body);
    }
    proxy.script("a1", Fault::CutRequest);
    let mut stream = TcpStream::connect(proxy.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let none = Message::read(&mut stream, &mut Vec::new()).await.unwrap();
    assert!(none.is_none());
    let expected = [
        ((Side::Uzcard, None), 2),
        ((Side::Uzcard, Some(Fault::CutRequest)), 1),
        ((Side::Uzcard, Some(Fault::ReplyTwice)), 1),
    ];
    // On the one thread of this test a call is counted in the turn in which its reply is written.
    assert_eq!(proxy.counts(), BTreeMap::from(expected));
}

#[test]
fn a_wrong_amount_has_as_many_digits() {
    let wrong = |body: &str| Some(message(body).with_wrong_amount()?.text());
    assert_eq!(
        wrong(r#"{"amount":950}"#).as_deref(),
        Some(r#"{"amount":150}"#)
    );
    assert_eq!(
        wrong("<name>amount</name><value>12</value>").as_deref(),
        Some("<name>amount</name><value>22</value>")
    );
    assert_eq!(wrong("{}"), None);
    assert_eq!(wrong(r#"{"amount":null}"#), None);
}

/// What waited at the door of a side that stood still is executed after all, though its caller has given up.
#[tokio::test]
async fn a_frozen_side_serves_what_had_come_once_it_goes_on() {
    let upstream = network(r#"{"id":"a1"}"#).await;
    let proxy = Proxy::start(upstream, 1).await;
    let body = r#"{"id":"a1"}"#;
    let request = format!(
        "POST /uzcard HTTP/1.1\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    proxy.freeze(Side::Uzcard);
    let mut stream = TcpStream::connect(proxy.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut frozen = proxy.shared.frozen.subscribe();
    // The proxy waits for the end of the frost, and has not executed anything.
    while proxy.shared.frozen.receiver_count() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(proxy.counts(), BTreeMap::new());
    proxy.thaw(Side::Uzcard);
    assert!(frozen.wait_for(BTreeSet::is_empty).await.is_ok());
    let reply = Message::read(&mut stream, &mut Vec::new()).await.unwrap();
    assert_eq!(reply.unwrap().text(), body);
    let expected = [((Side::Uzcard, Some(Fault::Frozen)), 1)];
    assert_eq!(proxy.counts(), BTreeMap::from(expected));
}

/// Faults for which there is no occasion do not keep the others away.
#[tokio::test]
async fn each_side_sees_all_its_faults_again_and_again() {
    let proxy = Proxy::start(SocketAddr::from(([127, 0, 0, 1], 1)), 1).await;
    proxy.misbehave(100);
    let rare = [Fault::Nameless, Fault::CodeAfter, Fault::Contradiction];
    for side in [Side::Uzcard, Side::Humo] {
        let mut seen: BTreeMap<Fault, usize> = BTreeMap::new();
        for _ in 0..1_000 {
            let drawn = proxy.shared.draw(side).unwrap();
            if rare.contains(&drawn) {
                proxy.shared.put_back(side, Some(drawn));
            } else {
                *seen.entry(drawn).or_default() += 1;
            }
        }
        assert_eq!(seen.len(), 16, "{side:?}");
        assert!(seen.values().all(|times| *times >= 5), "{side:?}: {seen:?}");
    }
}
