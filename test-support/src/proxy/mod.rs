//! A TCP proxy between the gateway and its networks that makes some calls go wrong.
//!
//! It reads whole HTTP requests, so that it can choose call by call, and it knows for each fault whether the network
//! has executed the call; the gateway must do without knowing. It sends no false reply that nobody could see through: a
//! reply of another call is always about another payment, as no client could tell a false reply about its own.

mod fault;
mod message;
mod misbehave;
mod shape;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::sleep;

use crate::chance::Chance;
pub use fault::Fault;
use fault::{OF_HUMO, OF_MESSAGES, OF_OTHERS, OF_UZCARD};
use message::Message;
use misbehave::Served;
pub use shape::Shape;

/// What a call goes to, by its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// UZCARD.
    Uzcard,
    /// Payments of HUMO.
    Humo,
    /// HUMO's card information, which moves no money.
    HumoCards,
    /// The provider of messages.
    Sms,
    /// The registration of fees.
    Fiscal,
}

/// Within how many milliseconds a side that goes on serves what had come while it stood still, in any order.
const CATCHES_UP_MS: u64 = 1_000;
/// How many faults may wait for an occasion before all are dealt once more.
const WAITING: usize = 4;
/// How many replies are kept to be given to other calls.
const KEPT_REPLIES: usize = 64;

/// The proxy; it ends when dropped.
pub struct Proxy {
    /// Where the gateway is to call.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

struct Shared {
    upstream: SocketAddr,
    /// How many calls in a hundred go wrong.
    percent: AtomicU64,
    /// The sides that stand still.
    frozen: watch::Sender<BTreeSet<Side>>,
    chances: Mutex<BTreeMap<Side, Chance>>,
    /// The faults that a side has yet to see before it sees one again, so that a short run sees them all.
    decks: Mutex<BTreeMap<Side, Vec<Fault>>>,
    /// What the next call with this word in its body is to suffer.
    scripted: Mutex<Vec<(&'static str, Fault)>>,
    /// What is replaced in the replies to calls with this word in their body.
    rewrites: Mutex<Vec<Rewrite>>,
    /// In which shape replies to calls with this word in their body are written.
    shapes: Mutex<Vec<(&'static str, Shape)>>,
    /// Heads and bodies of requests, where somebody listens.
    heard: Mutex<Option<Vec<(String, String)>>>,
    /// What calls have suffered, not what they were to suffer.
    counts: Mutex<BTreeMap<(Side, Option<Fault>), u64>>,
    /// Replies of earlier calls that name the payment that they are about.
    replies: Mutex<BTreeMap<Side, Vec<Message>>>,
}

struct Rewrite {
    word: &'static str,
    from: String,
    to: Vec<u8>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Proxy {
    /// Listens for the gateway, in front of the networks at `upstream`; at first nothing goes wrong.
    pub async fn start(upstream: SocketAddr, seed: u64) -> Self {
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
            frozen: watch::Sender::new(BTreeSet::new()),
            chances: Mutex::new(
                (1000..)
                    .zip(sides)
                    .map(|(part, side)| (side, Chance::of(seed, part)))
                    .collect(),
            ),
            decks: Mutex::default(),
            scripted: Mutex::default(),
            rewrites: Mutex::default(),
            shapes: Mutex::default(),
            heard: Mutex::default(),
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

    /// Makes this many calls in a hundred go wrong from now on.
    pub fn misbehave(&self, percent: u64) {
        self.shared.percent.store(percent, Ordering::Relaxed);
    }

    /// Lets a side stand still: what comes to it waits at its door, even if the caller gives up.
    pub fn freeze(&self, side: Side) {
        self.shared.frozen.send_modify(|frozen| {
            frozen.insert(side);
        });
    }

    /// Lets it go on: what has waited is served almost at once, in any order.
    pub fn thaw(&self, side: Side) {
        self.shared.frozen.send_modify(|frozen| {
            frozen.remove(&side);
        });
    }

    /// Makes the next call that has this word in its body go wrong.
    pub fn script(&self, word: &'static str, fault: Fault) {
        self.shared.scripted.lock().unwrap().push((word, fault));
    }

    /// Replaces a text in the replies to calls that have this word in their body, from now on: a network that spells
    /// something in another way.
    pub fn rewrite(&self, word: &'static str, from: &str, to: impl AsRef<[u8]>) {
        let (from, to) = (from.to_owned(), to.as_ref().to_owned());
        let rewrite = Rewrite { word, from, to };
        self.shared.rewrites.lock().unwrap().push(rewrite);
    }

    /// Leaves all replies as they are again.
    pub fn rewrite_nothing(&self) {
        self.shared.rewrites.lock().unwrap().clear();
    }

    /// Writes the replies to calls that have this word in their body in this shape, from now on; none: as they come.
    pub fn reshape(&self, word: &'static str, shape: Option<Shape>) {
        let mut shapes = self.shared.shapes.lock().unwrap();
        shapes.retain(|(of, _)| *of != word);
        shapes.extend(shape.map(|shape| (word, shape)));
    }

    /// The requests since the last time, each with its head and its body; none the first time.
    pub fn heard(&self) -> Vec<(String, String)> {
        let mut heard = self.shared.heard.lock().unwrap();
        heard.replace(Vec::new()).unwrap_or_default()
    }

    /// How many calls suffered each fault, or none. A call that the gateway's death cut short is not counted.
    pub fn counts(&self) -> BTreeMap<(Side, Option<Fault>), u64> {
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
        shared.hear(&request);
        if let Some(shape) = shared.shape_for(&request) {
            let reply = shared.forward(side, &request).await?;
            let (bytes, keeps) = shape.write(&reply.status(), &reply.body);
            stream.write_all(&bytes).await?;
            if keeps {
                continue;
            }
            return Ok(());
        }
        if shared.is_frozen(side) {
            let reply = shared.forward(side, &request).await?;
            shared.count(side, Some(Fault::Frozen));
            stream.write_all(&reply.bytes()).await?;
            continue;
        }
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

impl Shared {
    fn scripted_for(&self, request: &Message) -> Option<Fault> {
        let text = request.text();
        let mut scripted = self.scripted.lock().unwrap();
        let place = scripted.iter().position(|(word, _)| text.contains(word))?;
        Some(scripted.remove(place).1)
    }

    fn shape_for(&self, request: &Message) -> Option<Shape> {
        let shapes = self.shapes.lock().unwrap();
        if shapes.is_empty() {
            return None;
        }
        let text = request.text();
        let found = shapes.iter().find(|(word, _)| text.contains(word));
        found.map(|(_, shape)| *shape)
    }

    fn hear(&self, request: &Message) {
        if let Some(heard) = self.heard.lock().unwrap().as_mut() {
            let head = String::from_utf8_lossy(&request.head).into_owned();
            heard.push((head, request.text()));
        }
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
            Side::Uzcard => OF_UZCARD,
            Side::Humo => OF_HUMO,
            Side::Sms => OF_MESSAGES,
            Side::HumoCards | Side::Fiscal => OF_OTHERS,
        };
        if !chance.percent(percent) {
            return None;
        }
        let mut decks = self.decks.lock().unwrap();
        let deck = decks.entry(side).or_default();
        // Those that wait for an occasion must not keep the others away.
        if deck.len() <= WAITING {
            let waiting = deck.clone();
            deck.extend(faults.iter().filter(|fault| !waiting.contains(fault)));
        }
        let place = chance.below(deck.len());
        Some(deck.swap_remove(place))
    }

    /// A fault for which there was no occasion is due again.
    fn put_back(&self, side: Side, fault: Option<Fault>) {
        let mut decks = self.decks.lock().unwrap();
        let deck = decks.entry(side).or_default();
        deck.extend(fault.filter(|fault| !deck.contains(fault)));
    }

    fn between(&self, side: Side, from: u64, to: u64) -> u64 {
        let mut chances = self.chances.lock().unwrap();
        chances.get_mut(&side).unwrap().between(from, to)
    }

    fn is_frozen(&self, side: Side) -> bool {
        self.frozen.borrow().contains(&side)
    }

    /// Waits at the door of a side that stands still, and for its turn once it goes on.
    async fn wait_until_thawed(&self, side: Side) {
        if self.is_frozen(side) {
            let mut frozen = self.frozen.subscribe();
            // The sender lives as long as this.
            let _ = frozen.wait_for(|frozen| !frozen.contains(&side)).await;
            sleep(Duration::from_millis(self.between(side, 0, CATCHES_UP_MS))).await;
        }
    }

    /// Lets the network execute a call; its reply.
    async fn forward(&self, side: Side, request: &Message) -> io::Result<Message> {
        self.wait_until_thawed(side).await;
        let mut upstream = TcpStream::connect(self.upstream).await?;
        upstream.set_nodelay(true)?;
        upstream.write_all(&request.bytes()).await?;
        let reply = Message::read(&mut upstream, &mut Vec::new()).await?;
        let reply = reply.ok_or_else(|| io::Error::other("the networks gave no reply"))?;
        let reply = self.rewritten(request, reply);
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

    fn rewritten(&self, request: &Message, mut reply: Message) -> Message {
        let asked = request.text();
        let rewrites = self.rewrites.lock().unwrap();
        for rewrite in rewrites.iter().filter(|one| asked.contains(one.word)) {
            reply = reply.with_replaced(rewrite.from.as_bytes(), &rewrite.to);
        }
        reply
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
}
