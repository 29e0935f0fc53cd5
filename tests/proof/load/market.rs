//! What all clients share: cards, orders, and the gateways that are alive.

use super::*;

/// What all clients share.
pub(crate) struct Market {
    pub(crate) journal: Journal,
    /// Where the gateway is: none while it is dead, several where processes share a database.
    pub(crate) gateways: watch::Receiver<Vec<SocketAddr>>,
    pub(super) asked: AtomicUsize,
    pub(crate) partners: Vec<Credentials>,
    /// Each partner's attached cards.
    pub(crate) cards: Mutex<Vec<Attached>>,
    /// What a partner may try to get at, though it is another's.
    pub(super) seen: Mutex<Vec<Seen>>,
    pub(crate) stopping: AtomicBool,
}

/// A card of a partner.
#[derive(Debug, Clone)]
pub(crate) struct Attached {
    pub(super) partner: usize,
    pub(super) card: &'static TestCard,
    pub(super) token: String,
}

/// A transaction of a partner.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(super) partner: usize,
    pub(super) transaction_id: i64,
    pub(super) ext_id: String,
}

/// The cards of the load: good ones, one that takes no credits, and one that has no money.
pub(crate) fn cards() -> Vec<&'static TestCard> {
    let fits = |card: &&TestCard| {
        matches!(
            card.outcome,
            Outcome::Ok | Outcome::CreditRefused | Outcome::InsufficientFunds
        )
    };
    TEST_CARDS.iter().filter(fits).collect()
}

impl Market {
    pub(crate) fn new(
        journal: Journal,
        gateways: watch::Receiver<Vec<SocketAddr>>,
        partners: Vec<Credentials>,
    ) -> Self {
        Self {
            journal,
            gateways,
            asked: AtomicUsize::new(0),
            partners,
            cards: Mutex::default(),
            seen: Mutex::default(),
            stopping: AtomicBool::new(false),
        }
    }

    /// Attaches all cards for all partners, by both families of methods in turn.
    pub(crate) async fn attach_cards(&self) {
        for partner in 0..self.partners.len() {
            for (place, card) in cards().into_iter().enumerate() {
                let token = match place % 2 {
                    0 => self.attach(partner, card).await,
                    _ => self.add(partner, card).await,
                };
                let token = token.unwrap_or_else(|| panic!("{} was not attached", card.pan));
                self.cards.lock().unwrap().push(Attached {
                    partner,
                    card,
                    token,
                });
            }
        }
    }

    /// The A family's way.
    async fn attach(&self, partner: usize, card: &TestCard) -> Option<String> {
        let params = json!({
            "pan": card.pan, "expiry": "3012", "processingType": network_word(card).to_uppercase(),
            "phoneNumber": card.phone,
        });
        let begun = self.ask(partner, "cards.attach", params).await?;
        let card_id = begun["result"]["cardId"].as_str()?.to_owned();
        let params = json!({"cardId": card_id, "otpCode": CODE});
        let confirmed = self.ask(partner, "cards.attach.confirm", params).await?;
        confirmed["result"].is_object().then_some(card_id)
    }

    /// The B family's way; a card that is attached keeps its token.
    pub(super) async fn add(&self, partner: usize, card: &TestCard) -> Option<String> {
        let params = json!({"pan": card.pan, "expiry": "1230", "phone": card.phone});
        let begun = self.ask(partner, "cards.add", params).await?;
        let id = begun["result"]["transactionId"].as_i64()?;
        let params = json!({"transactionId": id, "confirmedCode": CODE});
        let added = self.ask(partner, "cards.add-confirm", params).await?;
        Some(added["result"]["token"].as_str()?.to_owned())
    }

    /// Makes a call, once the gateway is there; the whole reply. `None`: none came.
    pub(crate) async fn ask(&self, partner: usize, method: &str, params: Value) -> Option<Value> {
        let mut gateways = self.gateways.clone();
        let turn = self.asked.fetch_add(1, Ordering::Relaxed);
        let address = {
            let alive = gateways.wait_for(|alive| !alive.is_empty()).await.ok()?;
            alive[turn % alive.len()]
        };
        let credentials = &self.partners[partner];
        let number = self.journal.asked(&credentials.name, method, &params);
        let body = json!({"jsonrpc": "2.0", "id": number, "method": method, "params": params});
        match client::post(address, "/", Some(credentials), &body).await {
            Ok(reply) => {
                let end = End::Replied {
                    http: reply.status,
                    body: reply.body.clone(),
                };
                self.journal.ended(number, end);
                Some(reply.body)
            }
            Err(cause) => {
                self.journal.ended(number, End::Lost(cause));
                None
            }
        }
    }
}
