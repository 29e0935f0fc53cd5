//! Builds small records that agree with one another, for the checker's own tests.
//!
//! Rows are made as the gateway makes them, one call after the other; what is planted in them afterwards is all that is
//! wrong with them.

mod holds;
mod transfers;

use std::collections::HashMap;

use aloqa_gateway::domain::call::{Receipt, Reference};
use entity::ids::{ProcessingRequestId, TransactionId};
use entity::network::Network;
use entity::processing_request::{self, Action, SettledBy, State};
use entity::time::UnixMillis;
use entity::transaction::{self, Kind, Status};
use entity::transfer::{self, Fiscal};
use entity::{attachment, card, partner, transaction_event};
use sandbox::TEST_CARDS;
use sea_orm::ActiveEnum as _;
use sea_orm::prelude::Uuid;
use serde_json::{Value, json};

use crate::alarms::Alarms;
use crate::journal::{Asked, End, Exchange};
use crate::records::{
    CardBalance, Executed, Execution, FiscalReceipt, Movement, Records, Stored, Totals,
};

/// The partner of all orders.
pub(crate) const SHOP: &str = "shop";
/// Another one, who has ordered nothing.
pub(crate) const STRANGER: &str = "stranger";
pub(crate) const UZCARD: &str = "8600010132441332";
pub(crate) const UZCARD_2: &str = "8600490744313347";
pub(crate) const HUMO: &str = "9860190101578366";
pub(crate) const HUMO_2: &str = "9860100123456789";

/// Milliseconds from one thing to the next.
const STEP_MS: i64 = 10;

/// Records that are being built.
pub(crate) struct Builder {
    pub(crate) records: Records,
    now: i64,
}

impl Builder {
    /// Two partners, each with the four good cards; nothing ordered.
    pub(crate) fn new() -> Self {
        let records = Records {
            journal: Vec::new(),
            quiet_from: i64::MAX,
            gateway: Stored {
                partners: vec![partner(SHOP), partner(STRANGER)],
                pans: TEST_CARDS
                    .iter()
                    .map(|card| (hash(card.pan), card.pan))
                    .collect(),
                ..Stored::default()
            },
            networks: Executed::default(),
            others: Vec::new(),
            alarms: Alarms::default(),
            compared: Vec::new(),
        };
        let mut builder = Self {
            records,
            now: 1_000_000,
        };
        for owner in [SHOP, STRANGER] {
            for pan in [UZCARD, UZCARD_2, HUMO, HUMO_2] {
                builder.attach(owner, pan);
            }
        }
        builder.recount();
        builder
    }

    fn tick(&mut self) -> i64 {
        self.now += STEP_MS;
        self.now
    }

    /// A call and its reply; `answer` is the result, or the error.
    pub(crate) fn call(
        &mut self,
        partner: &str,
        method: &str,
        params: Value,
        answer: Result<Value, Value>,
    ) {
        let at = self.now - 2 * STEP_MS;
        self.call_at(partner, method, params, answer, at);
    }

    fn call_at(
        &mut self,
        partner: &str,
        method: &str,
        params: Value,
        answer: Result<Value, Value>,
        at: i64,
    ) {
        let body = match answer {
            Ok(result) => json!({"jsonrpc": "2.0", "id": 1, "result": result}),
            Err(error) => json!({"jsonrpc": "2.0", "id": 1, "error": error}),
        };
        let number = u64::try_from(self.records.journal.len()).unwrap() + 1;
        let ended_at = self.tick();
        self.records.journal.push(Exchange {
            asked: Asked {
                number,
                partner: partner.to_owned(),
                method: method.to_owned(),
                params,
                at,
            },
            ended_at,
            end: End::Replied { http: 200, body },
        });
        // What follows is later than the reply.
        self.now += 3 * STEP_MS;
    }

    fn attach(&mut self, owner: &str, pan: &'static str) {
        let card_id = token(owner, pan);
        let id = self.transaction(owner, Kind::Attachment, network_of(pan), None, 0, 0, None);
        self.advance(id, Status::AwaitingCode);
        self.advance(id, Status::Succeeded);
        self.records.gateway.attachments.push(attachment::Model {
            transaction_id: TransactionId(id),
            card_id,
            pan_hash: hash(pan),
            pan_key_id: "1".to_owned(),
            pan_sealed: Vec::new(),
            expiry: "3012".to_owned(),
            otp_request_id: None,
            network_token: None,
        });
        self.records.gateway.cards.push(card::Model {
            id: card_id,
            partner_id: partner_id(owner),
            network: network_of(pan),
            pan_hash: hash(pan),
            pan_key_id: "1".to_owned(),
            pan_sealed: Vec::new(),
            expiry: "3012".to_owned(),
            network_token: None,
            account: "default".to_owned(),
            currency: 860,
            phone: "998901234567".to_owned(),
            created_at: UnixMillis(self.now),
            removed_at: None,
        });
        let params = json!({"transactionId": id, "confirmedCode": "111111"});
        let result = json!({"token": card_id.to_string()});
        self.call(owner, "cards.add-confirm", params, Ok(result));
    }

    #[expect(clippy::too_many_arguments, reason = "a row has as many columns")]
    fn transaction(
        &mut self,
        owner: &str,
        kind: Kind,
        network: Network,
        card_id: Option<Uuid>,
        amount: i64,
        fee: i64,
        ext_id: Option<&str>,
    ) -> i64 {
        let id = i64::try_from(self.records.gateway.transactions.len()).unwrap() + 1;
        let now = self.tick();
        self.records.gateway.transactions.push(transaction::Model {
            id: TransactionId(id),
            partner_id: partner_id(owner),
            kind,
            status: Status::AwaitingCode,
            version: 0,
            network,
            account: "default".to_owned(),
            card_id,
            amount,
            fee,
            captured: None,
            reversed: None,
            reversing: 0,
            merchant_id: Some("merchant".to_owned()),
            terminal_id: Some("terminal".to_owned()),
            ext_id: ext_id.map(str::to_owned),
            fingerprint: None,
            app_name: None,
            phone: None,
            code_mac: None,
            code_tries: 0,
            code_expires_at: None,
            hold_expires_at: None,
            receipt: None,
            error_code: None,
            error_data: None,
            created_at: UnixMillis(now),
            updated_at: UnixMillis(now),
        });
        id
    }

    /// The row of a transaction.
    pub(crate) fn row(&mut self, id: i64) -> &mut transaction::Model {
        let rows = &mut self.records.gateway.transactions;
        rows.iter_mut()
            .find(|row| row.id == TransactionId(id))
            .unwrap()
    }

    /// Moves a transaction, with its event.
    pub(crate) fn advance(&mut self, id: i64, to: Status) {
        let at = self.tick();
        let row = self.row(id);
        let from = (row.version > 0).then(|| row.status.to_value());
        row.version += 1;
        row.status = to;
        let seq = row.version;
        self.records.gateway.events.push(transaction_event::Model {
            transaction_id: TransactionId(id),
            seq,
            from_status: from,
            to_status: to.to_value(),
            cause: String::new(),
            at: UnixMillis(at),
        });
    }

    /// An approved request. Its receipt uses the number of the row for whatever the network would make up.
    pub(crate) fn request(&mut self, transaction_id: i64, action: Action, pan: &str) -> Receipt {
        let id = i64::try_from(self.records.gateway.requests.len()).unwrap() + 1;
        let at = self.tick();
        let row = self.row(transaction_id).clone();
        let across = self.across(transaction_id);
        let of_the_debit = matches!(
            action,
            Action::Pay | Action::Confirm | Action::Reverse | Action::Cancel
        );
        let amount = if across && of_the_debit {
            row.amount + row.fee
        } else {
            row.amount
        };
        let receipt = Receipt {
            network_id: format!("{}", 700 + id),
            ref_num: format!("{id:012}"),
            rrn: format!("rrn{id}"),
            ..Receipt::of(&Reference(format!("reference{id}")))
        };
        self.records
            .gateway
            .requests
            .push(processing_request::Model {
                id: ProcessingRequestId(id),
                transaction_id: TransactionId(transaction_id),
                network: network_of(pan),
                action,
                reference: receipt.reference.0.clone(),
                amount,
                pan_hash: hash(pan),
                state: State::Approved,
                receipt: Some(serde_json::to_string(&receipt).unwrap()),
                processing_code: None,
                open_code: None,
                silent_at: None,
                cause: None,
                attempts: 0,
                lease_owner: None,
                lease_until: None,
                next_check_at: UnixMillis(at),
                sent_at: UnixMillis(at),
                settled_at: Some(UnixMillis(at + STEP_MS)),
                settled_by: Some(SettledBy::Reply),
                contradiction: None,
                acknowledged_at: None,
            });
        receipt
    }

    fn across(&self, transaction_id: i64) -> bool {
        let gateway = &self.records.gateway;
        let from = gateway
            .transactions
            .iter()
            .find(|row| row.id == TransactionId(transaction_id));
        let to = gateway
            .transfers
            .iter()
            .find(|row| row.transaction_id == TransactionId(transaction_id));
        to.is_some_and(|side| Some(side.to_network) != from.map(|row| row.network))
    }

    pub(crate) fn execute(&mut self, pan: &str, movement: Movement, reference: &str, amount: i64) {
        let at = self.tick();
        self.records.networks.ledger.push(Execution {
            network: network_of(pan),
            reference: reference.to_owned(),
            movement,
            pan: pan.to_owned(),
            amount,
            at,
        });
    }

    fn keep(&mut self, id: i64, receipt: &Receipt) {
        self.row(id).receipt = Some(serde_json::to_string(receipt).unwrap());
    }

    /// An order of the shop, written and under way; one with a code awaits that code.
    pub(crate) fn order(
        &mut self,
        kind: Kind,
        pan: &'static str,
        amount: i64,
        ext_id: &str,
        code: bool,
    ) -> i64 {
        let card_id = Some(token(SHOP, pan));
        let id = self.transaction(
            SHOP,
            kind,
            network_of(pan),
            card_id,
            amount,
            0,
            Some(ext_id),
        );
        let status = if code {
            Status::AwaitingCode
        } else {
            Status::Processing
        };
        self.advance(id, status);
        id
    }

    /// Takes the money of a debit from its card: one call at UZCARD, two at HUMO.
    fn take(&mut self, id: i64, pan: &str, amount: i64) -> Receipt {
        let receipt = self.request(id, Action::Pay, pan);
        if network_of(pan) == Network::Humo {
            self.request(id, Action::Confirm, pan);
        }
        self.execute(pan, Movement::Pay, &receipt.reference.0, amount);
        receipt
    }

    /// A debit that succeeded at once.
    pub(crate) fn debit(&mut self, pan: &'static str, amount: i64, ext_id: &str) -> i64 {
        let begun = self.now;
        let id = self.order(Kind::Debit, pan, amount, ext_id, false);
        let receipt = self.take(id, pan, amount);
        self.keep(id, &receipt);
        self.advance(id, Status::Succeeded);
        let params = debit_params(pan, amount, ext_id, json!({}));
        let result = taken(pan, &receipt, id);
        self.call_at(SHOP, "transactions.debit", params, Ok(result), begun);
        id
    }

    /// A debit that succeeded after its code.
    pub(crate) fn debit_with_code(&mut self, pan: &'static str, amount: i64, ext_id: &str) -> i64 {
        let begun = self.now;
        let id = self.order(Kind::Debit, pan, amount, ext_id, true);
        let params = debit_params(pan, amount, ext_id, json!({"force_sms_confirmation": true}));
        let sent = json!({"phone": "998901234567", "transactionId": id});
        self.call_at(SHOP, "transactions.debit", params, Ok(sent), begun);
        let begun = self.now;
        self.advance(id, Status::Processing);
        let receipt = self.take(id, pan, amount);
        self.keep(id, &receipt);
        self.advance(id, Status::Succeeded);
        let result = taken(pan, &receipt, id);
        let params = json!({"transactionId": id, "confirmedCode": "111111"});
        self.call_at(
            SHOP,
            "transactions.debit.confirm",
            params,
            Ok(result),
            begun,
        );
        id
    }

    /// A debit that its network refused.
    pub(crate) fn declined(&mut self, pan: &'static str, amount: i64, ext_id: &str) -> i64 {
        let begun = self.now;
        let id = self.order(Kind::Debit, pan, amount, ext_id, false);
        self.request(id, Action::Pay, pan);
        self.last_request().state = State::Declined;
        self.last_request().receipt = None;
        self.decline(id);
        let params = debit_params(pan, amount, ext_id, json!({}));
        let error = json!({"code": -32309, "message": "no money"});
        self.call_at(SHOP, "transactions.debit", params, Err(error), begun);
        id
    }

    fn decline(&mut self, id: i64) {
        self.advance(id, Status::Declined);
        let row = self.row(id);
        row.error_code = Some(-32309);
        row.error_data = Some("{}".to_owned());
    }

    pub(crate) fn last_request(&mut self) -> &mut processing_request::Model {
        self.records.gateway.requests.last_mut().unwrap()
    }

    /// Reverses a debit or a charged hold.
    pub(crate) fn reverse(&mut self, id: i64, pan: &str) {
        let receipt: Receipt =
            serde_json::from_str(self.row(id).receipt.as_deref().unwrap()).unwrap();
        let amount = self.row(id).amount;
        let begun = self.now;
        self.advance(id, Status::Processing);
        self.request(id, Action::Reverse, pan);
        self.execute(pan, Movement::Reverse, &receipt.reference.0, amount);
        self.row(id).reversed = Some(amount);
        self.advance(id, Status::Reversed);
        let params = json!({"transactionId": id});
        self.call_at(
            SHOP,
            "transactions.debit.reverse",
            params,
            Ok(json!(true)),
            begun,
        );
    }

    /// A reversal that the network refused.
    pub(crate) fn refused_reversal(&mut self, id: i64, pan: &str) {
        let begun = self.now;
        self.advance(id, Status::Processing);
        self.request(id, Action::Reverse, pan);
        self.last_request().state = State::Declined;
        self.last_request().receipt = None;
        self.tick();
        self.advance(id, Status::Succeeded);
        let params = json!({"transactionId": id});
        let error =
            json!({"code": -32330, "message": "no", "data": {"reason": "refused_by_network"}});
        self.call_at(
            SHOP,
            "transactions.debit.reverse",
            params,
            Err(error),
            begun,
        );
    }

    /// The shop asks about a transaction, and is told this status and error.
    pub(crate) fn get(&mut self, id: i64, status: &str, error: Option<i64>) {
        let row = self.row(id);
        let shown = json!({
            "transactionId": id, "extId": row.ext_id, "status": status, "amount": row.amount,
            "fee": row.fee, "createdAt": row.created_at.0, "result": null,
            "error": error.map(|code| json!({"code": code})),
        });
        let params = json!({"transactionId": id});
        self.call(SHOP, "transactions.get", params, Ok(shown));
    }

    /// Sets the balances of the cards and the totals to what the ledger says.
    pub(crate) fn recount(&mut self) {
        let mut balances: HashMap<&str, i64> = TEST_CARDS
            .iter()
            .map(|card| (card.pan, card.balance))
            .collect();
        let mut totals = Totals::default();
        for row in &self.records.networks.ledger {
            let amount = row.amount;
            let (by, held, takings) = match row.movement {
                Movement::Pay => (-amount, 0, amount),
                Movement::Hold => (-amount, amount, 0),
                Movement::Capture => {
                    let held = self.held_of(&row.reference).unwrap_or(amount);
                    (held - amount, -held, amount)
                }
                Movement::Release => (amount, -amount, 0),
                Movement::Reverse | Movement::Credit => (amount, 0, -amount),
                Movement::P2p => {
                    let recipient = if row.pan == UZCARD { UZCARD_2 } else { HUMO_2 };
                    *balances.get_mut(recipient).unwrap() += amount;
                    totals.fees += fee(amount);
                    (-(amount + fee(amount)), 0, 0)
                }
            };
            *balances.get_mut(row.pan.as_str()).unwrap() += by;
            totals.blocked += held;
            totals.takings += takings;
        }
        totals.available = balances.values().sum();
        totals.total = totals.available + totals.blocked + totals.takings + totals.fees;
        self.records.networks.totals = totals;
        self.records.networks.cards = TEST_CARDS
            .iter()
            .map(|card| CardBalance {
                pan: card.pan.to_owned(),
                balance: balances[card.pan],
            })
            .collect();
    }
}

/// Half a percent, rounded half up.
fn fee(amount: i64) -> i64 {
    (amount * 50 + 5_000) / 10_000
}

fn partner(name: &str) -> partner::Model {
    partner::Model {
        id: partner_id(name),
        name: name.to_owned(),
        secret_mac: Vec::new(),
        former_secret_mac: None,
        former_until: None,
        addresses: String::new(),
        certificates: String::new(),
        applications: String::new(),
        permissions: "*".to_owned(),
        code_required_from: None,
        uzcard_account: "default".to_owned(),
        humo_account: "default".to_owned(),
        disabled_at: None,
        created_at: UnixMillis(0),
    }
}

fn partner_id(name: &str) -> Uuid {
    match name {
        SHOP => Uuid::from_u128(1),
        _ => Uuid::from_u128(2),
    }
}

/// The token of a partner's card.
pub(crate) fn token(owner: &str, pan: &str) -> Uuid {
    Uuid::from_u64_pair(pan.parse().unwrap(), u64::from(owner == SHOP))
}

fn network_of(pan: &str) -> Network {
    if pan.starts_with("8600") {
        Network::Uzcard
    } else {
        Network::Humo
    }
}

fn hash(pan: &str) -> Vec<u8> {
    pan.as_bytes().to_vec()
}

/// A hold of UZCARD goes by the network's id, one of HUMO by our reference.
fn hold_name(pan: &str, receipt: &Receipt) -> String {
    match network_of(pan) {
        Network::Uzcard => receipt.network_id.clone(),
        Network::Humo => receipt.reference.0.clone(),
    }
}

/// Params of an order by the shop.
pub(crate) fn debit_params(pan: &str, amount: i64, ext_id: &str, more: Value) -> Value {
    let token = token(SHOP, pan).to_string();
    let mut params = json!({"token": token, "amount": amount, "extId": ext_id});
    let more = more.as_object().unwrap().clone();
    params.as_object_mut().unwrap().extend(more);
    params
}

fn transfer_call(from: &str, to: &str, amount: i64, ext_id: &str) -> (String, Value) {
    let word = |pan| match network_of(pan) {
        Network::Uzcard => "uzcard",
        Network::Humo => "humo",
    };
    let mut params = debit_params(from, amount, ext_id, json!({"expiry": "3012"}));
    params["pan"] = json!(to);
    (format!("p2p.{}2{}", word(from), word(to)), params)
}

fn taken(pan: &str, receipt: &Receipt, id: i64) -> Value {
    match network_of(pan) {
        Network::Uzcard => json!({
            "ext": receipt.reference.0, "refNum": receipt.ref_num, "merchantId": "merchant",
            "terminalId": "terminal", "transactionId": id,
        }),
        Network::Humo => json!({
            "paymentId": receipt.network_id, "paymentRef": receipt.reference.0, "merchantId": "merchant",
            "terminalId": "terminal", "auth_ref_number": receipt.rrn, "transactionId": id,
        }),
    }
}
