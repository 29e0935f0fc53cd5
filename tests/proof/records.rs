//! The three records of a run: what the clients were told (J), what the gateway stored (G), what the networks executed
//! (P).

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;

use aloqa_gateway::clock::{Clock as _, SystemClock};
use aloqa_gateway::vault::Vault;
use entity::network::Network;
use entity::{
    attachment, card, partner, processing_request, reversal, transaction, transaction_event,
    transfer,
};
use rpc_schema::values::Pan;
use sandbox::TEST_CARDS;
use sea_orm::{Database, EntityTrait as _, QueryOrder as _};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::alarms::Alarms;
use crate::client;
use crate::comparison::Finding;
use crate::journal::Exchange;
use crate::others::OthersDeed;

/// All that the checker looks at.
#[derive(Debug, Clone)]
pub(crate) struct Records {
    pub(crate) journal: Vec<Exchange>,
    /// The end of kills and faults, UNIX milliseconds: every call from then on is answered.
    pub(crate) quiet_from: i64,
    pub(crate) gateway: Stored,
    pub(crate) networks: Executed,
    /// What others did to our payments, beside the gateway.
    pub(crate) others: Vec<OthersDeed>,
    pub(crate) alarms: Alarms,
    /// What `compare` has found, once all was quiet.
    pub(crate) compared: Vec<Finding>,
}

/// G: the gateway's rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stored {
    pub(crate) partners: Vec<partner::Model>,
    pub(crate) cards: Vec<card::Model>,
    pub(crate) attachments: Vec<attachment::Model>,
    pub(crate) transactions: Vec<transaction::Model>,
    pub(crate) requests: Vec<processing_request::Model>,
    pub(crate) reversals: Vec<reversal::Model>,
    pub(crate) events: Vec<transaction_event::Model>,
    pub(crate) transfers: Vec<transfer::Model>,
    /// The number behind each keyed hash.
    pub(crate) pans: HashMap<Vec<u8>, &'static str>,
}

impl Stored {
    /// Reads the rows. Nobody writes meanwhile: the gateway is stopped.
    pub(crate) async fn read(url: &str, key_file: &Path) -> Self {
        let db = Database::connect(url).await.unwrap();
        let stored = Self {
            partners: partner::Entity::find().all(&db).await.unwrap(),
            cards: card::Entity::find().all(&db).await.unwrap(),
            attachments: attachment::Entity::find().all(&db).await.unwrap(),
            transactions: transaction::Entity::find()
                .order_by_asc(transaction::Column::Id)
                .all(&db)
                .await
                .unwrap(),
            requests: processing_request::Entity::find()
                .order_by_asc(processing_request::Column::Id)
                .all(&db)
                .await
                .unwrap(),
            reversals: reversal::Entity::find().all(&db).await.unwrap(),
            events: transaction_event::Entity::find()
                .order_by_asc(transaction_event::Column::TransactionId)
                .order_by_asc(transaction_event::Column::Seq)
                .all(&db)
                .await
                .unwrap(),
            transfers: transfer::Entity::find().all(&db).await.unwrap(),
            pans: pans(key_file),
        };
        db.close().await.unwrap();
        stored
    }
}

/// P: what the networks executed, and where the money is now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Executed {
    pub(crate) ledger: Vec<Execution>,
    pub(crate) cards: Vec<CardBalance>,
    pub(crate) totals: Totals,
    pub(crate) receipts: Vec<FiscalReceipt>,
    /// When this was read; UNIX milliseconds.
    pub(crate) read_at: i64,
}

impl Executed {
    /// Asks the sandbox. UZCARD ends a hold by itself when its time is over, perhaps between two of the questions: then they
    /// are asked again, so that balances and ledger are of one moment.
    pub(crate) async fn read(sandbox: SocketAddr) -> Self {
        loop {
            let executed = Self {
                ledger: ledger(sandbox).await,
                cards: ask(sandbox, "/sandbox/cards").await,
                totals: ask(sandbox, "/sandbox/totals").await,
                receipts: ask(sandbox, "/sandbox/receipts").await,
                read_at: SystemClock.now().0,
            };
            if ledger(sandbox).await.len() == executed.ledger.len() {
                return executed;
            }
        }
    }
}

/// Everything that moved money, oldest first.
pub(crate) async fn ledger(sandbox: SocketAddr) -> Vec<Execution> {
    ask(sandbox, "/sandbox/ledger").await
}

/// The number of each test card behind its keyed hash.
pub(crate) fn pans(key_file: &Path) -> HashMap<Vec<u8>, &'static str> {
    let vault = Vault::open(key_file).unwrap();
    let hash = |pan| vault.pan_hash(&Pan::parse(pan).unwrap()).to_vec();
    TEST_CARDS
        .iter()
        .map(|card| (hash(card.pan), card.pan))
        .collect()
}

async fn ask<T: DeserializeOwned>(sandbox: SocketAddr, path: &str) -> T {
    let reply = client::get(sandbox, path).await.unwrap();
    serde_json::from_value(reply.body).unwrap()
}

/// A row of `GET /sandbox/ledger`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Execution {
    #[serde(deserialize_with = "network")]
    pub(crate) network: Network,
    pub(crate) reference: String,
    #[serde(rename = "action")]
    pub(crate) movement: Movement,
    pub(crate) pan: String,
    /// Tiyin.
    pub(crate) amount: i64,
    /// UNIX milliseconds.
    pub(crate) at: i64,
}

/// What moved money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Movement {
    Pay,
    Hold,
    Capture,
    Release,
    Reverse,
    Credit,
    P2p,
}

/// A row of `GET /sandbox/cards`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct CardBalance {
    pub(crate) pan: String,
    /// The money available now, tiyin.
    pub(crate) balance: i64,
}

/// `GET /sandbox/totals`, tiyin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Totals {
    pub(crate) available: i64,
    pub(crate) blocked: i64,
    pub(crate) takings: i64,
    pub(crate) fees: i64,
    pub(crate) total: i64,
}

/// A row of `GET /sandbox/receipts`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FiscalReceipt {
    pub(crate) receipt_id: String,
    /// Tiyin.
    pub(crate) amount: i64,
}

fn network<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Network, D::Error> {
    match sandbox::Network::deserialize(deserializer)? {
        sandbox::Network::Uzcard => Ok(Network::Uzcard),
        sandbox::Network::Humo => Ok(Network::Humo),
        other @ (sandbox::Network::Sms | sandbox::Network::Fiscal) => Err(
            serde::de::Error::custom(format!("{other:?} moves no money")),
        ),
    }
}
