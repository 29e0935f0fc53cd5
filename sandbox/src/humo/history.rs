//! The middleware's history of a card (section 2.4), newest first. It has no pages: the reply has everything in the period.
//!
//! The notes name the fields of a row; of their values they know the types of operations, and the partners' document
//! shows one operation. So `STAN`, the last six digits of `REF_NUMBER` and of `INTERNAL_NO` are the same, and `APR_CODE`
//! is something else. What the two numbers begin with is the sandbox's own: `INTERNAL_NO` with 4747, or with 4748 for the
//! second row of a payment, a reversal, whose other numbers are those of the first. Amounts are numbers, in tiyin, and all
//! else is text: `TRAN_AMT` without the fee, `TR_FEE` the fee, `AMOUNT_NET` what left the card or came to it.

use hyper::{HeaderMap, StatusCode};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{
    details::{approval_code, rrn, stan},
    middleware::{self, error, refusal},
};
use crate::{
    cards::{CARD_EXPIRY_YYMM, TestCard},
    faults::{Operation as Scripted, Script},
    history::{Kind, Operation},
    http::{Exchange, Reply},
    network::Network,
    time::{second, tashkent},
    world::World,
};

/// How the middleware writes times, Tashkent's.
const SECOND: &str = "%Y-%m-%dT%H:%M:%S";
const MIDNIGHT: &str = "%Y-%m-%dT00:00:00";

pub(crate) struct Call {
    id: Value,
    pan: String,
    from: i64,
    until: i64,
}

impl Call {
    pub(crate) fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, Reply> {
        let (id, params) = middleware::open(headers, body)?;
        let pan = middleware::text(&id, &params, "pan")?;
        let time = |name: &str| {
            second(&middleware::text(&id, &params, name)?, SECOND)
                .ok_or_else(|| refusal(&id, &format!("{name} must be YYYY-MM-DDTHH:MM:SS")))
        };
        let (from, to) = (time("dateFrom")?, time("dateTo")?);
        if from > to {
            return Err(refusal(&id, "dateFrom is after dateTo"));
        }
        Ok(Self {
            id,
            pan,
            from,
            // The last second is in it.
            until: to + 1_000,
        })
    }
}

impl Exchange for Call {
    const NETWORK: Network = Network::Humo;

    fn operation(&self, _: &World) -> Scripted {
        Scripted::Info
    }

    fn habit(&self, _: &World) -> Option<Script> {
        None
    }

    fn run(self, world: &World) -> Reply {
        // Copied, as nobody else can act while the state is looked at, and writing many rows takes long.
        let found = world.read(|data| {
            let card = data
                .card(&self.pan)
                .filter(|card| card.sheet.network == Network::Humo)?;
            let operations = data.history().between(&self.pan, self.from, self.until);
            Some((card.sheet, operations.to_vec()))
        });
        let Some((card, operations)) = found else {
            return error(StatusCode::NOT_FOUND, &self.id, 404, "Card not found");
        };
        let answer = Answer {
            id: &self.id,
            result: Rows {
                rows: Newest { card, operations },
            },
        };
        Reply::json(StatusCode::OK, &answer)
    }

    fn refuse(self, code: i64) -> Reply {
        error(StatusCode::OK, &self.id, code, "Refused by the sandbox")
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a Value,
    result: Rows,
}

#[derive(Serialize)]
struct Rows {
    rows: Newest,
}

/// Written one by one: all rows at once would be many times the operations.
struct Newest {
    card: &'static TestCard,
    operations: Vec<Operation>,
}

impl Serialize for Newest {
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
    fn of(card: &'static TestCard, operation: &'a Operation) -> Self {
        let Operation {
            id, at, site, fee, ..
        } = operation;
        let (tran_type, deal_desc) = described(operation.kind);
        let series = if operation.second { 4748 } else { 4747 };
        Self {
            tran_type,
            tran_ccy: "860",
            tran_amt: operation.amount,
            tran_date_time: tashkent(*at, SECOND),
            rec_date: tashkent(*at, SECOND),
            post_date: tashkent(*at, MIDNIGHT),
            accnt_ccy: "860",
            amount_net: operation.moved(),
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

/// `TRAN_TYPE` and `DEAL_DESC`. Both purchases and transfers to others are 205 (section 2.4). The notes have 226 among the
/// debits, between the reversals of 205 and of 207: here it is the reversal of 206.
fn described(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Purchase | Kind::TransferOut => ("205", "Оплата товаров и услуг"),
        Kind::TransferIn => ("206", "Перевод с карты на карту"),
        Kind::Credit => ("110", "Пополнение карты"),
        Kind::DebitReversal => ("225", "Возврат оплаты товаров и услуг"),
        Kind::CreditReversal => ("226", "Возврат перевода с карты на карту"),
    }
}
