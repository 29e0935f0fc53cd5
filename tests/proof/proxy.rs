//! A TCP proxy between the gateway and its networks that lets some calls go wrong.
//!
//! It reads whole HTTP requests, so that it chooses call by call, and it knows of each fault whether the network has
//! executed the call or not; the gateway must not need to. Nothing that it does is a lie that nobody could see through:
//! a reply of another call is always of another payment, as no client could tell a false reply of its own.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::chance::Chance;

/// What a call goes to, by its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Uzcard,
    Humo,
    /// HUMO's card information, which moves no money.
    HumoCards,
    Sms,
    Fiscal,
}

/// How a call goes wrong. Before and after mean the execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// Late, but well within the gateway's time.
    Delay,
    /// The connection ends before the request has arrived.
    CutRequest,
    ResetBefore,
    ResetAfter,
    /// The reply ends somewhere in its middle.
    CutReply,
    /// The connection stays open, and nothing comes.
    HangBefore,
    HangAfter,
    /// The same reply twice on one connection.
    ReplyTwice,
    /// The reply of a call about another payment.
    ForeignReply,
    /// The reply has another amount.
    WrongAmount,
    /// HTTP 500 with a body that means nothing.
    Http500Before,
    Http500After,
    /// HTTP 200 with a body that means nothing.
    GarbageBefore,
    GarbageAfter,
    /// A reply that never ends.
    EndlessBody,
    /// The network executes the call after the gateway has given up on it.
    LateExecution,
}

const OF_MONEY: &[Fault] = &[
    Fault::Delay,
    Fault::CutRequest,
    Fault::ResetBefore,
    Fault::ResetAfter,
    Fault::CutReply,
    Fault::HangBefore,
    Fault::HangAfter,
    Fault::ReplyTwice,
    Fault::ForeignReply,
    Fault::WrongAmount,
    Fault::Http500Before,
    Fault::Http500After,
    Fault::GarbageBefore,
    Fault::GarbageAfter,
    Fault::EndlessBody,
    Fault::LateExecution,
];
/// Of what has no amounts and no names of its own in its replies.
const OF_OTHERS: &[Fault] = &[
    Fault::Delay,
    Fault::CutRequest,
    Fault::ResetBefore,
    Fault::ResetAfter,
    Fault::CutReply,
    Fault::HangBefore,
    Fault::HangAfter,
    Fault::ReplyTwice,
    Fault::Http500Before,
    Fault::Http500After,
    Fault::GarbageBefore,
    Fault::GarbageAfter,
    Fault::EndlessBody,
    Fault::LateExecution,
];

/// After these many milliseconds a call is executed late: the gateway's time-out is below.
const LATE_MS: (u64, u64) = (800, 1_600);
/// Later than this after its arrival nothing is executed any more, or the networks would break their promise of how
/// long a call may take.
const LATEST: Duration = Duration::from_millis(2_200);
/// How long a hanging connection is kept for a gateway that does not give up.
const HANG: Duration = Duration::from_secs(10);
/// How much an endless body has before the proxy has proved its point.
const ENDLESS: usize = 4 * 1024 * 1024;
/// How many replies are kept to be given to other calls.
const KEPT_REPLIES: usize = 64;

/// The proxy; it ends when dropped.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

struct Shared {
    upstream: SocketAddr,
    /// So many calls of a hundred go wrong.
    percent: AtomicU64,
    chances: Mutex<BTreeMap<Side, Chance>>,
    /// The faults that a side has yet to see before it sees one again, so that a short run sees them all.
    decks: Mutex<BTreeMap<Side, Vec<Fault>>>,
    /// What the next call with this word in its body is to suffer.
    scripted: Mutex<Vec<(&'static str, Fault)>>,
    /// What calls have suffered, not what they were to suffer.
    counts: Mutex<BTreeMap<(Side, Option<Fault>), u64>>,
    /// Replies of earlier calls that name the payment that they are about.
    replies: Mutex<BTreeMap<Side, Vec<Message>>>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Proxy {
    /// Listens for the gateway, in front of the networks at `upstream`; at first nothing goes wrong.
    pub(crate) async fn start(upstream: SocketAddr, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let sides = [
            Side::Uzcard,
            Side::Humo,
            Side::HumoCards,
            Side::Sms,
            Side::Fiscal,
        ];
        let shared = Arc::new(Shared {
            upstream,
            percent: AtomicU64::new(0),
            chances: Mutex::new(
                (1000..)
                    .zip(sides)
                    .map(|(part, side)| (side, Chance::of(seed, part)))
                    .collect(),
            ),
            decks: Mutex::default(),
            scripted: Mutex::default(),
            counts: Mutex::default(),
            replies: Mutex::default(),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared))).abort_handle();
        Self {
            address,
            shared,
            accepting,
        }
    }

    /// Lets so many calls of a hundred go wrong from now on.
    pub(crate) fn misbehave(&self, percent: u64) {
        self.shared.percent.store(percent, Ordering::Relaxed);
    }

    /// Lets the next call go wrong that has this word in its body.
    pub(crate) fn script(&self, word: &'static str, fault: Fault) {
        self.shared.scripted.lock().unwrap().push((word, fault));
    }

    /// How many calls suffered each fault, or none. A call that the gateway's death ended first counts for nothing.
    pub(crate) fn counts(&self) -> BTreeMap<(Side, Option<Fault>), u64> {
        self.shared.counts.lock().unwrap().clone()
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    // A gateway that was killed breaks its connections.
                    let _ = serve(stream, &shared).await;
                });
            }
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn serve(mut stream: TcpStream, shared: &Arc<Shared>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut unread = Vec::new();
    while let Some(request) = Message::read(&mut stream, &mut unread).await? {
        let Some(side) = request.side() else {
            return Ok(());
        };
        let scripted = shared.scripted_for(&request);
        let planned = scripted.or_else(|| shared.draw(side));
        let Served { suffered, keeps } = match planned {
            None => {
                let reply = shared.forward(side, &request).await?;
                stream.write_all(&reply.bytes()).await?;
                Served::well()
            }
            Some(fault) => shared.misbehave(&mut stream, side, &request, fault).await?,
        };
        shared.count(side, suffered);
        if suffered != planned && scripted.is_none() {
            shared.put_back(side, planned);
        }
        if !keeps {
            return Ok(());
        }
    }
    Ok(())
}

/// How a call was served.
struct Served {
    /// What went wrong with it in the end: less than was planned where there was no occasion for it.
    suffered: Option<Fault>,
    /// Whether the connection can be used for another call.
    keeps: bool,
}

impl Served {
    fn well() -> Self {
        Self {
            suffered: None,
            keeps: true,
        }
    }

    fn with(fault: Fault) -> Self {
        Self {
            suffered: Some(fault),
            keeps: true,
        }
    }

    /// The connection is of no use any more.
    fn ended_by(fault: Fault) -> Self {
        Self {
            suffered: Some(fault),
            keeps: false,
        }
    }
}

impl Shared {
    fn scripted_for(&self, request: &Message) -> Option<Fault> {
        let text = request.text();
        let mut scripted = self.scripted.lock().unwrap();
        let place = scripted.iter().position(|(word, _)| text.contains(word))?;
        Some(scripted.remove(place).1)
    }

    fn count(&self, side: Side, suffered: Option<Fault>) {
        let mut counts = self.counts.lock().unwrap();
        *counts.entry((side, suffered)).or_default() += 1;
    }

    fn draw(&self, side: Side) -> Option<Fault> {
        let percent = self.percent.load(Ordering::Relaxed);
        let mut chances = self.chances.lock().unwrap();
        let chance = chances.get_mut(&side).unwrap();
        let faults = match side {
            Side::Uzcard | Side::Humo => OF_MONEY,
            Side::HumoCards | Side::Sms | Side::Fiscal => OF_OTHERS,
        };
        if !chance.percent(percent) {
            return None;
        }
        let mut decks = self.decks.lock().unwrap();
        let deck = decks.entry(side).or_default();
        if deck.is_empty() {
            deck.extend(faults);
        }
        let place = chance.below(deck.len());
        Some(deck.swap_remove(place))
    }

    /// What had no occasion is due again.
    fn put_back(&self, side: Side, fault: Option<Fault>) {
        let mut decks = self.decks.lock().unwrap();
        decks.entry(side).or_default().extend(fault);
    }

    fn between(&self, side: Side, from: u64, to: u64) -> u64 {
        let mut chances = self.chances.lock().unwrap();
        chances.get_mut(&side).unwrap().between(from, to)
    }

    /// Lets the network execute a call; its reply.
    async fn forward(&self, side: Side, request: &Message) -> io::Result<Message> {
        let mut upstream = TcpStream::connect(self.upstream).await?;
        upstream.set_nodelay(true)?;
        upstream.write_all(&request.bytes()).await?;
        let reply = Message::read(&mut upstream, &mut Vec::new()).await?;
        let reply = reply.ok_or_else(|| io::Error::other("the networks gave no reply"))?;
        if reply.names_its_payment(side) {
            let mut replies = self.replies.lock().unwrap();
            let kept = replies.entry(side).or_default();
            if kept.len() == KEPT_REPLIES {
                kept.remove(0);
            }
            kept.push(reply.clone());
        }
        Ok(reply)
    }

    /// A reply that is certainly about another payment than this request.
    fn foreign_reply(&self, side: Side, request: &Message) -> Option<Message> {
        let replies = self.replies.lock().unwrap();
        let kept = replies.get(&side)?;
        let own = request.payment(side)?;
        let others: Vec<&Message> = kept
            .iter()
            .filter(|reply| !reply.text().contains(&own))
            .collect();
        let last = u64::try_from(others.len()).unwrap().checked_sub(1)?;
        let place = self.between(side, 0, last);
        Some(others[usize::try_from(place).unwrap()].clone())
    }

    /// Lets a call go wrong.
    async fn misbehave(
        &self,
        stream: &mut TcpStream,
        side: Side,
        request: &Message,
        fault: Fault,
    ) -> io::Result<Served> {
        Ok(match fault {
            Fault::Delay => {
                sleep(Duration::from_millis(self.between(side, 20, 300))).await;
                let reply = self.forward(side, request).await?;
                stream.write_all(&reply.bytes()).await?;
                Served::with(fault)
            }
            Fault::CutRequest => Served::ended_by(fault),
            Fault::ResetBefore => {
                stream.set_zero_linger()?;
                Served::ended_by(fault)
            }
            Fault::ResetAfter => {
                self.forward(side, request).await?;
                stream.set_zero_linger()?;
                Served::ended_by(fault)
            }
            Fault::CutReply => {
                let reply = self.forward(side, request).await?.bytes();
                let until = self.between(side, 0, u64::try_from(reply.len()).unwrap() - 1);
                stream
                    .write_all(&reply[..usize::try_from(until).unwrap()])
                    .await?;
                Served::ended_by(fault)
            }
            Fault::HangBefore => {
                hang(stream).await;
                Served::ended_by(fault)
            }
            Fault::HangAfter => {
                self.forward(side, request).await?;
                hang(stream).await;
                Served::ended_by(fault)
            }
            Fault::ReplyTwice => {
                let reply = self.forward(side, request).await?.bytes();
                stream.write_all(&[reply.clone(), reply].concat()).await?;
                Served::with(fault)
            }
            Fault::ForeignReply => {
                let own = self.forward(side, request).await?;
                match self.foreign_reply(side, request) {
                    Some(foreign) => {
                        stream.write_all(&foreign.bytes()).await?;
                        Served::with(fault)
                    }
                    None => {
                        stream.write_all(&own.bytes()).await?;
                        Served::well()
                    }
                }
            }
            Fault::WrongAmount => {
                let own = self.forward(side, request).await?;
                match own.with_wrong_amount() {
                    Some(wrong) => {
                        stream.write_all(&wrong.bytes()).await?;
                        Served::with(fault)
                    }
                    None => {
                        stream.write_all(&own.bytes()).await?;
                        Served::well()
                    }
                }
            }
            Fault::Http500Before => {
                stream.write_all(&nonsense("500 Oops")).await?;
                Served::with(fault)
            }
            Fault::Http500After => {
                self.forward(side, request).await?;
                stream.write_all(&nonsense("500 Oops")).await?;
                Served::with(fault)
            }
            Fault::GarbageBefore => {
                stream.write_all(&nonsense("200 OK")).await?;
                Served::with(fault)
            }
            Fault::GarbageAfter => {
                self.forward(side, request).await?;
                stream.write_all(&nonsense("200 OK")).await?;
                Served::with(fault)
            }
            Fault::EndlessBody => {
                self.forward(side, request).await?;
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
                    .await?;
                let block = [b' '; 16 * 1024];
                for _ in 0..ENDLESS / block.len() {
                    // The gateway has had enough of it.
                    if stream.write_all(&block).await.is_err() {
                        break;
                    }
                }
                Served::ended_by(fault)
            }
            Fault::LateExecution => {
                let (executed, ()) = tokio::join!(self.execute_late(side, request), hang(stream));
                // Not executed, it was as if it had never arrived.
                Served::ended_by(if executed { fault } else { Fault::HangBefore })
            }
        })
    }

    /// Executes a call when the gateway has given up on it; whether it did.
    async fn execute_late(&self, side: Side, request: &Message) -> bool {
        let arrived = Instant::now();
        sleep(Duration::from_millis(
            self.between(side, LATE_MS.0, LATE_MS.1),
        ))
        .await;
        // On a machine that stood still meanwhile, it would be later than any network may be.
        arrived.elapsed() < LATEST && self.forward(side, request).await.is_ok()
    }
}

/// Keeps the connection open until the gateway gives up.
async fn hang(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    let _ = timeout(HANG, stream.read_to_end(&mut rest)).await;
}

fn nonsense(status: &str) -> Vec<u8> {
    let body = "<html>}{ out of order";
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A request or a reply of HTTP/1.1, as it is on the wire.
#[derive(Debug, Clone)]
struct Message {
    head: Vec<u8>,
    body: Vec<u8>,
}

impl Message {
    /// Reads one; `None` at the end of the connection. What comes after it stays in `unread`.
    async fn read(stream: &mut TcpStream, unread: &mut Vec<u8>) -> io::Result<Option<Self>> {
        let end_of_head = loop {
            if let Some(at) = unread.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(unread).await? == 0 {
                return Ok(None);
            }
        };
        let rest = unread.split_off(end_of_head);
        let head = std::mem::replace(unread, rest);
        let length = content_length(&head);
        while unread.len() < length {
            if stream.read_buf(unread).await? == 0 {
                return Ok(None);
            }
        }
        let rest = unread.split_off(length);
        let body = std::mem::replace(unread, rest);
        Ok(Some(Self { head, body }))
    }

    fn bytes(&self) -> Vec<u8> {
        [self.head.as_slice(), self.body.as_slice()].concat()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Where a request goes.
    fn side(&self) -> Option<Side> {
        let head = String::from_utf8_lossy(&self.head);
        let path = head.split(' ').nth(1)?;
        [
            ("/uzcard", Side::Uzcard),
            ("/humo/payment", Side::Humo),
            ("/humo/json", Side::HumoCards),
            ("/sms", Side::Sms),
            ("/fiscal", Side::Fiscal),
        ]
        .into_iter()
        .find(|(prefix, _)| path.starts_with(prefix))
        .map(|(_, side)| side)
    }

    /// What a request of a network calls itself, and its reply must repeat: the id at UZCARD, our reference at HUMO.
    fn payment(&self, side: Side) -> Option<String> {
        let text = self.text();
        match side {
            Side::Uzcard => {
                let id = &serde_json::from_str::<serde_json::Value>(&text).ok()?["id"];
                id.as_str().map(str::to_owned)
            }
            Side::Humo => {
                let from = text.find("<paymentRef>")? + "<paymentRef>".len();
                let until = from + text.get(from..)?.find('<')?;
                text.get(from..until).map(str::to_owned)
            }
            Side::HumoCards | Side::Sms | Side::Fiscal => None,
        }
    }

    fn names_its_payment(&self, side: Side) -> bool {
        match side {
            Side::Uzcard => true,
            Side::Humo => self.text().contains("<paymentRef>"),
            Side::HumoCards | Side::Sms | Side::Fiscal => false,
        }
    }

    /// The first amount is one digit off; `None` for a reply without an amount.
    fn with_wrong_amount(&self) -> Option<Self> {
        let text = self.text();
        let place = ["\"amount\":", "<name>amount</name><value>", "\"reqamt\":"]
            .iter()
            .find_map(|before| Some(text.find(before)? + before.len()))?;
        let mut wrong = self.clone();
        let digit = wrong.body.get_mut(place)?;
        if !digit.is_ascii_digit() {
            return None;
        }
        // Never a zero in front, and never the same.
        *digit = if *digit == b'9' { b'1' } else { *digit + 1 };
        Some(wrong)
    }
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    head.lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        // There is no amount to be wrong, and no reply of another call.
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
}
