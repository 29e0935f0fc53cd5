//! Parses requests to `PaymentServer`.

use std::collections::BTreeMap;

use hyper::{HeaderMap, StatusCode};

use super::{
    refusal::{self, Refusal},
    soap::{self, Element},
};
use crate::{
    http::{Reply, basic_user},
    network::UNNAMED_CREDIT_MAX,
    records::{Biller, PaymentState},
    time::parse_second,
};

pub(crate) enum PaymentRequest {
    Create(NewPayment),
    Transfer(NewTransfer),
    Credit(NewCredit),
    Reconcile(NewReconciliation),
    Confirm {
        key: PaymentKey,
        /// The amount to take, if the confirmation states one; it may be less than was blocked.
        amount: Option<i64>,
    },
    Cancel(PaymentKey),
    Return(PaymentKey),
    Get(PaymentKey),
    List(PaymentList),
}

/// A sale or a hold.
pub(crate) struct NewPayment {
    pub(super) biller: Biller,
    pub(super) payment_ref: String,
    pub(super) pan: String,
    pub(super) expiry: String,
    pub(super) amount: i64,
    pub(super) items: BTreeMap<String, String>,
}

/// A `Request`: a transfer from card to card.
pub(crate) struct NewTransfer {
    pub(super) payment_ref: String,
    pub(super) pan: String,
    pub(super) expiry: String,
    pub(super) recipient: String,
    pub(super) amount: i64,
    pub(super) items: BTreeMap<String, String>,
}

/// A `SOAP_TOCARD_2`: a credit from the merchants to a card.
pub(crate) struct NewCredit {
    pub(super) payment_ref: String,
    pub(super) recipient: String,
    pub(super) amount: i64,
    pub(super) items: BTreeMap<String, String>,
}

/// A `SOAP_RECO`: the totals of a terminal.
pub(crate) struct NewReconciliation {
    pub(super) payment_ref: String,
    pub(super) terminal_id: String,
}

/// A part of the list of payments.
pub(crate) struct PaymentList {
    pub(super) state: PaymentState,
    /// UNIX milliseconds; the second moment is not of the period.
    pub(super) period: (i64, i64),
    /// From 0.
    pub(super) first: usize,
    pub(super) size: usize,
}

/// Names a payment by the network's id, the caller's reference, or both.
pub(crate) struct PaymentKey {
    pub(super) id: Option<u64>,
    pub(super) payment_ref: Option<String>,
}

impl PaymentRequest {
    pub(crate) fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, Reply> {
        if basic_user(headers).is_none() {
            return Err(Reply::text(StatusCode::UNAUTHORIZED, "Unauthorized"));
        }
        let root = soap::parse(body).map_err(|error| refusal::plain_fault(&error))?;
        let operation = root
            .operation()
            .ok_or_else(|| refusal::plain_fault("No operation in a SOAP body"))?;
        let call = match operation.name.as_str() {
            "Payment" if operation.child("confirmed").is_some() => confirm(&operation),
            "Payment" => create(&operation),
            "Request" => transfer(&operation).map(Self::Transfer),
            "CancelRequest" => payment_key(&operation).map(Self::Cancel),
            "ReturnPayment" => payment_key(&operation).map(Self::Return),
            "GetPayment" => payment_key(&operation).map(Self::Get),
            "GetPaymentList" => payment_list(&operation).map(Self::List),
            unknown => {
                return Err(refusal::plain_fault(&format!(
                    "Method '{unknown}' not implemented"
                )));
            }
        };
        call.map_err(Refusal::reply)
    }
}

fn create(operation: &Element) -> Result<PaymentRequest, Refusal> {
    let biller = match operation
        .text_of("billerRef")
        .ok_or(Refusal::Validation("billerRef is missing"))?
    {
        "SOAP_SMS" => Biller::Sale,
        "SOAP_DMS" => Biller::Hold,
        "SOAP_RECO" => return reconciliation(operation).map(PaymentRequest::Reconcile),
        "SOAP_TOCARD_2" | "SOAP_TOCARD" => return credit(operation).map(PaymentRequest::Credit),
        _ => return Err(Refusal::Validation("Unknown billerRef")),
    };
    let common = common_fields(operation)?;
    let pan = required(&common.items, "pan", "pan is missing")?;
    let expiry = required(&common.items, "expiry", "expiry is missing")?;
    Ok(PaymentRequest::Create(NewPayment {
        biller,
        pan,
        expiry,
        payment_ref: common.payment_ref,
        amount: common.amount,
        items: common.items,
    }))
}

fn transfer(operation: &Element) -> Result<NewTransfer, Refusal> {
    // Which switch to use depends on the banks (docs/networks.md#humo-transfers-and-credits); the sandbox has only one
    // route.
    let switch = operation.child("switchingID");
    if switch.and_then(|switch| switch.text_of("value")).is_none() {
        return Err(Refusal::Validation("switchingID is missing"));
    }
    if operation.text_of("autoSwitch") != Some("1") {
        return Err(Refusal::Validation("autoSwitch must be 1"));
    }
    let common = common_fields(operation)?;
    let pan = required(&common.items, "pan", "pan is missing")?;
    let expiry = required(&common.items, "expiry", "expiry is missing")?;
    let recipient = required(&common.items, "pan2", "pan2 is missing")?;
    if pan == recipient {
        return Err(Refusal::Validation("pan and pan2 are the same"));
    }
    Ok(NewTransfer {
        pan,
        expiry,
        recipient,
        payment_ref: common.payment_ref,
        amount: common.amount,
        items: common.items,
    })
}

/// Items about the sender of a credit (docs/networks.md#humo-transfers-and-credits). `sender_middle_name` and
/// `sender_person_code` are optional: not everybody has them.
const SENDER: &[&str] = &[
    "sender_serial_no",
    "sender_id_card",
    "sender_first_name",
    "sender_surname",
    "sender_nationality",
    "sender_doc_type",
    "sender_doc_validthrough",
    "sender_birth_date",
];

fn credit(operation: &Element) -> Result<NewCredit, Refusal> {
    let common = common_fields(operation)?;
    let recipient = required(&common.items, "pan2", "pan2 is missing")?;
    if common.amount > UNNAMED_CREDIT_MAX
        && SENDER.iter().any(|name| !common.items.contains_key(*name))
    {
        return Err(Refusal::Validation(
            "The sender's data are required above the limit",
        ));
    }
    Ok(NewCredit {
        recipient,
        payment_ref: common.payment_ref,
        amount: common.amount,
        items: common.items,
    })
}

fn reconciliation(operation: &Element) -> Result<NewReconciliation, Refusal> {
    let payment_ref = operation.text_of("paymentRef");
    let payment_ref = payment_ref.ok_or(Refusal::Validation("paymentRef is missing"))?;
    Ok(NewReconciliation {
        payment_ref: payment_ref.to_owned(),
        terminal_id: required(&items(operation), "terminal_id", "terminal_id is missing")?,
    })
}

/// What all creates have in common.
struct CommonFields {
    payment_ref: String,
    amount: i64,
    items: BTreeMap<String, String>,
}

fn common_fields(operation: &Element) -> Result<CommonFields, Refusal> {
    let payment_ref = operation
        .text_of("paymentRef")
        .ok_or(Refusal::Validation("paymentRef is missing"))?
        .to_owned();
    let items = items(operation);
    required(&items, "merchant_id", "merchant_id is missing")?;
    required(&items, "terminal_id", "terminal_id is missing")?;
    if required(&items, "ccy_code", "ccy_code is missing")? != "860" {
        return Err(Refusal::Validation("ccy_code must be 860"));
    }
    Ok(CommonFields {
        payment_ref,
        amount: amount(&required(&items, "amount", "amount is missing")?)?,
        items,
    })
}

fn required(
    items: &BTreeMap<String, String>,
    name: &str,
    missing: &'static str,
) -> Result<String, Refusal> {
    items.get(name).cloned().ok_or(Refusal::Validation(missing))
}

fn confirm(operation: &Element) -> Result<PaymentRequest, Refusal> {
    if operation.text_of("confirmed") != Some("true")
        || operation.text_of("finished") != Some("true")
    {
        return Err(Refusal::Validation("confirmed and finished must be true"));
    }
    let amount = items(operation)
        .get("amount")
        .map(|text| amount(text))
        .transpose()?;
    Ok(PaymentRequest::Confirm {
        key: payment_key(operation)?,
        amount,
    })
}

fn payment_key(operation: &Element) -> Result<PaymentKey, Refusal> {
    let id = operation.text_of("paymentID").map(str::parse).transpose();
    let id = id.map_err(|_| Refusal::Validation("paymentID must be a number"))?;
    let payment_ref = operation.text_of("paymentRef").map(str::to_owned);
    if id.is_none() && payment_ref.is_none() {
        return Err(Refusal::Validation("paymentID or paymentRef is missing"));
    }
    Ok(PaymentKey { id, payment_ref })
}

/// The largest page. The real limit is not published.
const PAGE_SIZE_MAX: usize = 100;

/// `startBookmark` and `endBookmark` are places in the list, counted from 1 and both included: nobody says so.
fn payment_list(operation: &Element) -> Result<PaymentList, Refusal> {
    let text = |name: &str| operation.text_of(name).unwrap_or_default();
    if text("paymentOriginator").is_empty() {
        return Err(Refusal::Validation("paymentOriginator is missing"));
    }
    let state = PaymentState::of_status(text("status"));
    let moment = |name: &str| {
        parse_second(text(name), "%Y%m%d%H%M%S").ok_or(Refusal::Validation(
            "dateFrom and dateTo are yyyyMMddHHmmss",
        ))
    };
    let place = |name: &str| text(name).parse::<usize>().ok();
    let places = place("startBookmark").zip(place("endBookmark"));
    let (first, last) = places
        .filter(|(first, last)| *first > 0 && last >= first && last - first < PAGE_SIZE_MAX)
        .ok_or(Refusal::Validation("Bookmarks that are no page"))?;
    Ok(PaymentList {
        state: state.ok_or(Refusal::Validation("Unknown status"))?,
        period: (moment("dateFrom")?, moment("dateTo")? + 1_000),
        first: first - 1,
        size: last - first + 1,
    })
}

/// `details/item{name,value}`. An empty value counts as absent.
fn items(operation: &Element) -> BTreeMap<String, String> {
    let items = operation
        .child("details")
        .into_iter()
        .flat_map(|details| &details.children);
    items
        .filter_map(|item| {
            Some((
                item.text_of("name")?.to_owned(),
                item.text_of("value")?.to_owned(),
            ))
        })
        .collect()
}

fn amount(text: &str) -> Result<i64, Refusal> {
    let amount: i64 = text
        .parse()
        .map_err(|_| Refusal::Validation("amount must be an integer"))?;
    if amount > 0 {
        Ok(amount)
    } else {
        Err(Refusal::InvalidAmount)
    }
}
