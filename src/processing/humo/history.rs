//! HUMO's transaction history from the middleware (docs/networks.md#humo-history). It has no pages.

use std::collections::HashMap;
use std::sync::Arc;

use rpc_schema::values::Pan;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::middleware::{Middleware, read, unavailable};
use super::token::Token;
use crate::config;
use crate::domain::currency;
use crate::domain::day::{Day, parse_moment};
use crate::domain::inquiry::{AskError, Silence, Unanswered};
use crate::processing::bulkhead::Bulkhead;
use crate::processing::exchange::{Endpoint, Failure, SetupError, Way};
use crate::processing::history::{NO_ROW, NetworkHistory, NetworkOperation, REPLY_LIMIT};
use crate::processing::lenient::{RowOr, Scalar};

/// The effect of a type of operation on the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// The card receives money.
    Credit,
    /// The card pays money.
    Debit,
    /// Reverses a debit of this type with the same reference number and amount, so the card receives money.
    ReversesDebit(&'static str),
    /// Reverses a credit in the same way, so the card pays money.
    ReversesCredit(&'static str),
}

use Effect::{Credit, Debit, ReversesCredit, ReversesDebit};

/// The effect of each `TRAN_TYPE`, by its beginning and however it is capitalised; the first matching line counts. Sources: the lists
/// `TransactionType` of public clients, as far as docs/networks.md#humo-history has them.
const TYPES: &[(&str, Effect)] = &[
    // Top-up (LH2, PAYMO).
    ("110", Credit),
    // Credits without a published name (PAYMO).
    ("111", Credit),
    ("11B", Credit),
    ("11E", Credit),
    ("11G", Credit),
    ("11L", Credit),
    ("51", Credit),
    ("614", Credit),
    // Debits without a published name (PAYMO).
    ("121", Debit),
    ("124", Debit),
    ("125", Debit),
    // Credits without a published name (LH2, PAYMO).
    ("113", Credit),
    ("114", Credit),
    ("115", Credit),
    // Credit made by hand (LH2).
    ("11C", Credit),
    // Transfer in, made by hand (LH2; `executeTransaction` with PAYMENT_MODE 2).
    ("11V", Credit),
    // Debit made by hand (LH2; `executeTransaction` with PAYMENT_MODE 3).
    ("12V", Debit),
    // Cash handed out with a purchase (LH2, PAYMO: D).
    ("204", Debit),
    // Purchase, and transfer out (LH2, PAYMO; the partners' document shows one).
    ("205", Debit),
    // Transfer in (LH2, PAYMO).
    ("206", Credit),
    // Cash (LH2, PAYMO).
    ("207", Debit),
    // Cash-in (LH2, PAYMO).
    ("208", Credit),
    // Without a published name (LH2: D).
    ("209", Debit),
    // Reversal of 205 (LH2, PAYMO).
    ("225", ReversesDebit("205")),
    // Without published names (LH2: D C D C). They relate to 206 … 209 as 225 does to 205: plus twenty, and the
    // opposite letter. So they are read as reversals.
    ("226", ReversesCredit("206")),
    ("227", ReversesDebit("207")),
    ("228", ReversesCredit("208")),
    ("229", ReversesDebit("209")),
    // Reversals of fees; it is not known of which fee (LH2: 31x C).
    ("31", Credit),
    // Fees (LH2: 32x D).
    ("32", Debit),
];

/// An operation as the middleware sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", default)]
pub(super) struct Row {
    tran_type: Scalar,
    tran_ccy: Scalar,
    tran_amt: Scalar,
    tran_date_time: Scalar,
    accnt_ccy: Scalar,
    amount_net: Scalar,
    tr_fee: Scalar,
    acqref_nr: Scalar,
    ref_number: Scalar,
    apr_code: Scalar,
    stan: Scalar,
    term_id: Scalar,
    merchant: Scalar,
    abvr_name: Scalar,
    city: Scalar,
    deal_desc: Scalar,
    internal_no: Scalar,
}

/// One client reads the member `rows`, another one `history`.
#[derive(Debug, Deserialize)]
pub(super) struct Rows {
    #[serde(alias = "history")]
    pub(super) rows: Vec<RowOr<Row>>,
}

#[derive(Debug)]
pub(super) struct HistoryClient {
    /// `None`: a contour without the middleware has no histories.
    middleware: Option<Middleware>,
}

impl HistoryClient {
    pub(super) fn new(
        config: &config::Humo,
        url: Option<&str>,
        token: &Arc<Token>,
        history: &config::History,
        bulkhead: &Bulkhead,
    ) -> Result<Self, SetupError> {
        let (connect, total) = (config.connect_timeout_ms, history.timeout_ms);
        let tls = config.history_tls();
        let way = Way::of(&tls, &config.info_route, connect, total);
        let url = url.map(|url| format!("{}{}", url.trim_end_matches('/'), config.history_path));
        let endpoint = url.map(|url| Endpoint::new(&url, way)).transpose()?;
        Ok(Self {
            middleware: endpoint.map(|endpoint| Middleware {
                endpoint: endpoint.within(bulkhead).with_room_for(REPLY_LIMIT),
                token: Arc::clone(token),
                operation: "history",
            }),
        })
    }

    /// The operations on a card from one day to another. If the reply is too long, each half of the days is asked for.
    pub(super) async fn ask(
        &self,
        pan: &Pan,
        from: Day,
        to: Day,
    ) -> Result<NetworkHistory, AskError> {
        let mut history = NetworkHistory::default();
        let mut spans = vec![(from, to)];
        while let Some((from, to)) = spans.pop() {
            match (self.ask_span(pan, from, to).await?, from.halves(to)) {
                (Answer::Rows(rows), _) => {
                    for row in &rows {
                        history.take(match row {
                            RowOr::Row(row) => operation(row),
                            RowOr::Odd(_) => Err(NO_ROW),
                        });
                    }
                }
                (Answer::TooLong, Some(halves)) => spans.extend(halves),
                (Answer::TooLong, None) => {
                    return Err(unavailable("the history of a single day is too long"));
                }
            }
        }
        history.operations = numbered(history.operations);
        history.usable()
    }

    async fn ask_span(&self, pan: &Pan, from: Day, to: Day) -> Result<Answer, AskError> {
        let id = Uuid::new_v4().to_string();
        let Some(middleware) = &self.middleware else {
            return Err(AskError::Unavailable(Unanswered {
                kind: Silence::NotReached,
                cause: "histories have no address: humo.history_url".to_owned(),
            }));
        };
        let posted = middleware.ask(
            &id,
            json!({
                "pan": pan.digits(),
                "dateFrom": format!("{}T00:00:00", from.iso()),
                "dateTo": format!("{}T23:59:59", to.iso()),
            }),
        );
        match posted.await {
            Ok(reply) => read(&reply, &id).map(|Rows { rows }| Answer::Rows(rows)),
            Err(Failure::TooLong(_)) => Ok(Answer::TooLong),
            Err(failure @ (Failure::NotSent(_) | Failure::NoAnswer(_))) => {
                Err(AskError::from(failure))
            }
        }
    }
}

/// HUMO's answer for some days.
enum Answer {
    Rows(Vec<RowOr<Row>>),
    TooLong,
}

/// Turns a row of HUMO into the documented operation. `Err`: why it cannot be read.
pub(super) fn operation(row: &Row) -> Result<NetworkOperation, &'static str> {
    let at = parse_moment(row.tran_date_time.text()).ok_or("an operation without a time")?;
    let kind = row.tran_type.text();
    let effect = effect(kind, row.amount_net.int());
    let (amount, ccy) = money(row, effect);
    let amount = amount.ok_or("an operation without an amount")?;
    let ref_number = row.ref_number.text();
    // It stays the same when a blocked operation is posted. INTERNAL_NO is certain only from then on.
    let number = [
        &row.ref_number,
        &row.acqref_nr,
        &row.internal_no,
        &row.tran_date_time,
    ]
    .into_iter()
    .map(Scalar::text)
    .find(|text| !text.is_empty())
    .unwrap_or_default();
    let (is_credit, reversed) = match effect {
        Credit => (true, None),
        Debit => (false, None),
        ReversesDebit(reversed) => (true, Some(reversed)),
        ReversesCredit(reversed) => (false, Some(reversed)),
    };
    // The reference number ends with the trace number (as in the document's sample).
    let stan = match row.stan.text() {
        "" => ref_number
            .get(ref_number.len().saturating_sub(6)..)
            .unwrap_or_default(),
        stan => stan,
    };
    Ok(NetworkOperation {
        reference: reference(number, kind),
        at,
        kind: kind.to_owned(),
        amount,
        currency: currency::read(ccy),
        is_credit,
        reversal: reversed.is_some(),
        reverses: reversed.map(|kind| reference(number, kind)),
        ref_num: stan.to_owned(),
        sys_num: stan.to_owned(),
        apr_code: row.apr_code.text().to_owned(),
        ref_number: ref_number.to_owned(),
        merchant: row.merchant.text().to_owned(),
        terminal: row.term_id.text().to_owned(),
        description: row.deal_desc.text().to_owned(),
        merchant_name: row.abvr_name.text().to_owned(),
        city: row.city.text().to_owned(),
        internal_number: row.internal_no.text().to_owned(),
    })
}

/// A purchase, its fee and its reversal have the same number and different types.
fn reference(number: &str, kind: &str) -> String {
    format!("{number}/{kind}")
}

/// What left the card or reached it, with the fee of a transfer, and its currency: that is `AMOUNT_NET`, in the account's
/// currency, in which alone operations can be added up. Before an operation is posted there may be none; then the
/// operation's own amount with its fee, which a reversal gives back.
fn money(row: &Row, effect: Effect) -> (Option<i64>, &str) {
    let (of_operation, of_account) = (row.tran_ccy.text(), row.accnt_ccy.text());
    if !row.amount_net.is_missing() && row.amount_net.int() != Some(0) {
        let currency = if of_account.is_empty() {
            of_operation
        } else {
            of_account
        };
        return (row.amount_net.int().map(i64::saturating_abs), currency);
    }
    let fee = match effect {
        Debit | ReversesDebit(_) => row.tr_fee.int().unwrap_or_default(),
        Credit | ReversesCredit(_) => 0,
    };
    let amount = row.tran_amt.int().map(i64::saturating_abs);
    let total = amount.map(|amount| amount.saturating_add(fee.saturating_abs()));
    (total, of_operation)
}

/// The effect of a type. If no line matches, the sign of the net amount decides; without one it is a debit.
fn effect(kind: &str, amount_net: Option<i64>) -> Effect {
    let begins = |known: &str| {
        let beginning = kind.get(..known.len());
        beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(known))
    };
    let line = TYPES.iter().find(|(known, _)| begins(known));
    match (line, amount_net) {
        (Some((_, effect)), _) => *effect,
        (None, Some(1..)) => Credit,
        (None, _) => Debit,
    }
}

/// Numbers the operations that have the same reference, so that none is lost. The numbers do not depend on the order of
/// the rows.
pub(super) fn numbered(mut operations: Vec<NetworkOperation>) -> Vec<NetworkOperation> {
    operations.sort_by(|one, other| {
        let key = |row: &NetworkOperation| (row.at, row.amount);
        key(one)
            .cmp(&key(other))
            .then_with(|| one.internal_number.cmp(&other.internal_number))
    });
    let mut seen: HashMap<String, u32> = HashMap::new();
    for operation in &mut operations {
        let count = seen.entry(operation.reference.clone()).or_default();
        *count += 1;
        if *count > 1 {
            operation.reference = format!("{}#{count}", operation.reference);
        }
    }
    operations
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
