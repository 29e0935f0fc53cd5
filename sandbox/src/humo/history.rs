//! The middleware's history of a card (docs/networks.md#humo-history), newest first, in one reply without pages.
//!
//! The notes give the names of a row's fields and the values of its type; the partners' document shows one operation.
//! From that sample: `STAN` and the last six digits of `REF_NUMBER` and `INTERNAL_NO` are equal, and `APR_CODE`
//! differs. The prefix of `INTERNAL_NO` is the sandbox's choice: 4747, or 4748 for a reversal, which otherwise has the
//! numbers of the operation that it reverses. Amounts are numbers in tiyin, all else is text: `TRAN_AMT` is the amount
//! without the fee, `TR_FEE` the fee, `AMOUNT_NET` the total that left the card or arrived on it.

use hyper::{HeaderMap, StatusCode};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{
    details::{approval_code, rrn, stan},
    middleware::{self, bad_request, error},
};
use crate::{
    cards::{CARD_EXPIRY_YYMM, TestCard},
    faults::{Fault, Operation},
    history::{CardOperation, OperationKind},
    http::{NetworkRequest, Reply},
    network::Network,
    simulator::Simulator,
    time::{format_tashkent, parse_second},
};

/// The middleware's format of times, in Tashkent time.
const SECOND: &str = "%Y-%m-%dT%H:%M:%S";
const MIDNIGHT: &str = "%Y-%m-%dT00:00:00";

pub(crate) struct HistoryRequest {
    id: Value,
    pan: String,
    from: i64,
    until: i64,
}

impl HistoryRequest {
    pub(crate) fn parse(
        simulator: &Simulator,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Self, Reply> {
        let (id, params) = middleware::open(simulator, headers, body)?;
        let pan = middleware::text(&id, &params, "pan")?;
        let time = |name: &str| {
            parse_second(&middleware::text(&id, &params, name)?, SECOND)
                .ok_or_else(|| bad_request(&id, &format!("{name} must be YYYY-MM-DDTHH:MM:SS")))
        };
        let (from, to) = (time("dateFrom")?, time("dateTo")?);
        if from > to {
            return Err(bad_request(&id, "dateFrom is after dateTo"));
        }
        Ok(Self {
            id,
            pan,
            from,
            // `dateTo` includes its last second.
            until: to + 1_000,
        })
    }
}

impl NetworkRequest for HistoryRequest {
    const NETWORK: Network = Network::Humo;

    fn operation(&self, _: &Simulator) -> Operation {
        Operation::Info
    }

    fn card_fault(&self, _: &Simulator) -> Option<Fault> {
        None
    }

    fn execute(self, simulator: &Simulator) -> Reply {
        // Copied, so that serializing many rows does not hold the lock.
        let found = simulator.read(|state| {
            let card = state
                .card(&self.pan)
                .filter(|card| card.profile.network == Network::Humo)?;
            let operations = state.history().between(&self.pan, self.from, self.until);
            Some((card.profile, operations.to_vec()))
        });
        let Some((card, operations)) = found else {
            return error(StatusCode::NOT_FOUND, &self.id, 404, "Card not found");
        };
        let answer = Response {
            id: &self.id,
            result: Rows {
                rows: NewestFirst { card, operations },
            },
        };
        Reply::json(StatusCode::OK, &answer)
    }

    fn answer_with(&self, code: i64) -> Reply {
        error(StatusCode::OK, &self.id, code, "Refused by the sandbox")
    }

    fn keep_refused(&self, _: &Simulator, _: i64) {}
}

#[derive(Serialize)]
struct Response<'a> {
    id: &'a Value,
    result: Rows,
}

#[derive(Serialize)]
struct Rows {
    rows: NewestFirst,
}

/// Serializes the rows one by one: all rows at once would need many times the memory of the operations.
struct NewestFirst {
    card: &'static TestCard,
    operations: Vec<CardOperation>,
}

impl Serialize for NewestFirst {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let newest = self.operations.iter().rev();
        serializer.collect_seq(newest.map(|operation| Row::of(self.card, operation)))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct Row<'a> {
    tran_type: &'static str,
    tran_ccy: &'static str,
    tran_amt: i64,
    tran_date_time: String,
    rec_date: String,
    post_date: String,
    accnt_ccy: &'static str,
    amount_net: i64,
    acqref_nr: String,
    ref_number: String,
    apr_code: String,
    stan: String,
    term_id: &'a str,
    merchant: &'a str,
    point_code: &'static str,
    mcc_code: String,
    abvr_name: &'static str,
    city: &'static str,
    country: &'static str,
    deal_desc: &'static str,
    counterparty: &'static str,
    internal_no: String,
    tr_fee: i64,
    tr_fee2: i64,
    locking_flag: &'static str,
    card: &'static str,
    card_acct: String,
    client: Option<&'static str>,
    exp_date: &'static str,
    bank_c: &'static str,
    groupc: &'static str,
}

impl<'a> Row<'a> {
    fn of(card: &'static TestCard, operation: &'a CardOperation) -> Self {
        let CardOperation {
            id, at, site, fee, ..
        } = operation;
        let (tran_type, deal_desc) = described(operation.kind);
        let series = if operation.second { 4748 } else { 4747 };
        Self {
            tran_type,
            tran_ccy: "860",
            tran_amt: operation.amount,
            tran_date_time: format_tashkent(*at, SECOND),
            rec_date: format_tashkent(*at, SECOND),
            post_date: format_tashkent(*at, MIDNIGHT),
            accnt_ccy: "860",
            amount_net: operation.amount_with_fee(),
            acqref_nr: format!("{id:023}"),
            ref_number: rrn(*id),
            apr_code: approval_code(*id),
            stan: stan(*id),
            term_id: site.terminal(),
            merchant: site.merchant(),
            point_code: "100010104110",
            mcc_code: format!("{:04}", site.shop.mcc),
            abvr_name: site.shop.name,
            city: site.shop.city,
            country: "UZB",
            deal_desc,
            counterparty: "",
            internal_no: format!("{series}{id:06}"),
            tr_fee: *fee,
            tr_fee2: 0,
            locking_flag: "0",
            card: card.pan,
            card_acct: format!("22618000{}", card.pan.get(4..).unwrap_or("")),
            client: card.pan.get(8..),
            exp_date: CARD_EXPIRY_YYMM,
            bank_c: card.bank(),
            groupc: "01",
        }
    }
}

/// `TRAN_TYPE` and `DEAL_DESC`. Purchases and outgoing transfers are both 205 (docs/networks.md#humo-history).
/// docs/networks.md lists 226 among the debits, between the reversals of 205 and of 207; here it is the reversal of
/// 206.
fn described(kind: OperationKind) -> (&'static str, &'static str) {
    match kind {
        OperationKind::Purchase | OperationKind::TransferOut => ("205", "Оплата товаров и услуг"),
        OperationKind::TransferIn => ("206", "Перевод с карты на карту"),
        OperationKind::Credit => ("110", "Пополнение карты"),
        OperationKind::DebitReversal => ("225", "Возврат оплаты товаров и услуг"),
        OperationKind::CreditReversal => ("226", "Возврат перевода с карты на карту"),
    }
}
