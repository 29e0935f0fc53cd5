//! What the tests of transfers share: the four directions, and what each is answered.

use entity::processing_request::{self, Action};
use entity::transfer;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::{Value, json};

use super::{HUMO, HUMO_2, TestApp, TestCard, UZCARD, UZCARD_2, masked, with};

/// A transfer method, with two good cards for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Direction {
    pub method: &'static str,
    pub from: TestCard,
    pub to: TestCard,
}

const fn direction(method: &'static str, from: TestCard, to: TestCard) -> Direction {
    Direction { method, from, to }
}

pub const HUMO_TO_HUMO: Direction = direction("p2p.humo2humo", HUMO, HUMO_2);
pub const HUMO_TO_UZCARD: Direction = direction("p2p.humo2uzcard", HUMO, UZCARD);
pub const UZCARD_TO_HUMO: Direction = direction("p2p.uzcard2humo", UZCARD, HUMO);
pub const UZCARD_TO_UZCARD: Direction = direction("p2p.uzcard2uzcard", UZCARD, UZCARD_2);

/// All directions.
pub const DIRECTIONS: [Direction; 4] = [
    HUMO_TO_HUMO,
    HUMO_TO_UZCARD,
    UZCARD_TO_HUMO,
    UZCARD_TO_UZCARD,
];

impl Direction {
    /// The same method with another sender.
    pub fn from(self, card: TestCard) -> Self {
        Self { from: card, ..self }
    }

    /// The same method with another recipient.
    pub fn to(self, card: TestCard) -> Self {
        Self { to: card, ..self }
    }

    /// Whether it is between the networks: two legs instead of one.
    pub fn is_across(self) -> bool {
        self.from.network() != self.to.network()
    }

    /// Whether its fee gets a fiscal receipt.
    pub fn has_receipt(self) -> bool {
        self.method != HUMO_TO_HUMO.method
    }

    /// Params of a transfer of `amount` from the card with this token.
    pub fn params(self, token: &str, amount: i64) -> Value {
        json!({"token": token, "pan": self.to.pan, "expiry": "3012", "amount": amount})
    }

    /// The sender's merchant and terminal of all transfers.
    pub fn terminal(self) -> (&'static str, &'static str) {
        match self.from.network() {
            "HUMO" => ("0040100000401CS", "1965000A"),
            _ => ("90001", "92400001"),
        }
    }

    /// The result of a transfer with this fee, with what only the networks know replaced by `"*"`; `ofd_url` is empty
    /// while the fiscal receipt is not registered.
    pub fn done(self, fee: i64, ofd_url: &str) -> Value {
        let (merchant, terminal) = self.terminal();
        let common =
            json!({"fee": fee.to_string(), "merchantId": merchant, "terminalId": terminal});
        let fiscal = json!({"ofd_url": ofd_url, "has_fiskal_check": !ofd_url.is_empty()});
        match self.method {
            "p2p.humo2humo" => with(common, json!({"paymentId": "*"})),
            "p2p.uzcard2uzcard" => with(with(common, fiscal), json!({"refNum": "*"})),
            _ => with(
                with(common, fiscal),
                json!({
                    "refNum": "*", "aprCode": "*", "paymentId": "*", "paymentRef": "*", "auth_ref_number": "*",
                }),
            ),
        }
    }

    /// Replaces by `"*"` what only the networks know, after a check that it is there.
    #[track_caller]
    pub fn masked_result(self, value: Value) -> Value {
        let names: &[&str] = match self.method {
            "p2p.humo2humo" => &["paymentId"],
            "p2p.uzcard2uzcard" => &["refNum"],
            _ => &[
                "refNum",
                "aprCode",
                "paymentId",
                "paymentRef",
                "auth_ref_number",
            ],
        };
        masked(value, names)
    }

    /// What a transfer puts into the ledger, as [`TestApp::moves`] shows it.
    pub fn moves(self, amount: i64, fee: i64) -> Vec<String> {
        if self.is_across() {
            vec![format!("pay {}", amount + fee), format!("credit {amount}")]
        } else {
            vec![format!("p2p {amount}")]
        }
    }
}

impl TestApp {
    /// Orders a transfer that succeeds or waits for its code; the transaction's number.
    pub async fn transferred(&self, direction: Direction, params: Value) -> i64 {
        self.result(direction.method, params).await;
        self.last_transaction().await.id
    }

    /// The calls of a transaction as their rows keep them: action, reference, amount; oldest first.
    pub async fn calls(&self, transaction_id: i64) -> Vec<(Action, String, i64)> {
        processing_request::Entity::find()
            .filter(processing_request::Column::TransactionId.eq(transaction_id))
            .order_by_asc(processing_request::Column::Id)
            .all(&*self.running.gateway.database)
            .await
            .unwrap()
            .into_iter()
            .map(|row| (row.action, row.reference, row.amount))
            .collect()
    }

    /// The recipient's side of a transfer.
    pub async fn transfer_row(&self, transaction_id: i64) -> transfer::Model {
        transfer::Entity::find_by_id(transaction_id)
            .one(&*self.running.gateway.database)
            .await
            .unwrap()
            .unwrap()
    }

    /// Where the fiscal receipt of a transfer can be seen, once it is registered.
    pub async fn receipt_url(&self, transaction_id: i64) -> String {
        let row = self.row(transaction_id).await;
        format!(
            "https://ofd.sandbox/check/aloqa-{}-{}",
            row.id, row.created_at
        )
    }

    /// What the fiscal service has registered.
    pub async fn receipts(&self) -> Vec<Value> {
        let receipts = self.sandbox_get("/sandbox/receipts").await;
        receipts.as_array().unwrap().clone()
    }

    /// All money of the simulated networks, by where it is.
    pub async fn totals(&self) -> Value {
        self.sandbox_get("/sandbox/totals").await
    }
}
