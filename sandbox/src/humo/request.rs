//! Requests to `PaymentServer`, decoded.

use std::collections::BTreeMap;

use hyper::{HeaderMap, StatusCode};

use super::{
    fault::{self, Fault},
    soap::{self, Element},
};
use crate::{
    http::{Reply, basic_user},
    network::UNNAMED_CREDIT_MAX,
    records::Biller,
};

pub(crate) enum Call {
    Create(Create),
    Transfer(Transfer),
    Credit(Credit),
    Confirm {
        which: Which,
        /// Less than was blocked, if the confirmation says so.
        amount: Option<i64>,
    },
    Cancel(Which),
    Return(Which),
    Get(Which),
}

/// A sale or a hold.
pub(crate) struct Create {
    pub(super) biller: Biller,
    pub(super) payment_ref: String,
    pub(super) pan: String,
    pub(super) expiry: String,
    pub(super) amount: i64,
    pub(super) items: BTreeMap<String, String>,
}

/// A `Request`: from a card to another.
pub(crate) struct Transfer {
    pub(super) payment_ref: String,
    pub(super) pan: String,
    pub(super) expiry: String,
    pub(super) recipient: String,
    pub(super) amount: i64,
    pub(super) items: BTreeMap<String, String>,
}

/// A `SOAP_TOCARD_2`: from the merchants to a card.
pub(crate) struct Credit {
    pub(super) payment_ref: String,
    pub(super) recipient: String,
    pub(super) amount: i64,
    pub(super) items: BTreeMap<String, String>,
}

/// A payment by the network's number, the caller's reference, or both.
pub(crate) struct Which {
    pub(super) id: Option<u64>,
    pub(super) payment_ref: Option<String>,
}

impl Call {
    pub(crate) fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, Reply> {
        if basic_user(headers).is_none() {
            return Err(Reply::text(StatusCode::UNAUTHORIZED, "Unauthorized"));
        }
        let root = soap::parse(body).map_err(|error| fault::not_soap(&error))?;
        let operation = root
            .operation()
            .ok_or_else(|| fault::not_soap("No operation in a SOAP body"))?;
        let call = match operation.name.as_str() {
            "Payment" if operation.child("confirmed").is_some() => confirm(&operation),
            "Payment" => create(&operation),
            "Request" => transfer(&operation).map(Self::Transfer),
            "CancelRequest" => which(&operation).map(Self::Cancel),
            "ReturnPayment" => which(&operation).map(Self::Return),
            "GetPayment" => which(&operation).map(Self::Get),
            unknown => {
                return Err(fault::not_soap(&format!(
                    "Method '{unknown}' not implemented"
                )));
            }
        };
        call.map_err(Fault::reply)
    }
}

fn create(operation: &Element) -> Result<Call, Fault> {
    let biller = match operation
        .text_of("billerRef")
        .ok_or(Fault::Validation("billerRef is missing"))?
    {
        "SOAP_SMS" => Biller::Sale,
        "SOAP_DMS" => Biller::Hold,
        "SOAP_TOCARD_2" => return credit(operation).map(Call::Credit),
        _ => return Err(Fault::Validation("Unknown billerRef")),
    };
    let order = order(operation)?;
    let pan = required(&order.items, "pan", "pan is missing")?;
    let expiry = required(&order.items, "expiry", "expiry is missing")?;
    Ok(Call::Create(Create {
        biller,
        pan,
        expiry,
        payment_ref: order.payment_ref,
        amount: order.amount,
        items: order.items,
    }))
}

fn transfer(operation: &Element) -> Result<Transfer, Fault> {
    // Which switch it is depends on the banks (section 2.2), and the sandbox has but one way.
    let switch = operation.child("switchingID");
    if switch.and_then(|switch| switch.text_of("value")).is_none() {
        return Err(Fault::Validation("switchingID is missing"));
    }
    if operation.text_of("autoSwitch") != Some("1") {
        return Err(Fault::Validation("autoSwitch must be 1"));
    }
    let order = order(operation)?;
    let pan = required(&order.items, "pan", "pan is missing")?;
    let expiry = required(&order.items, "expiry", "expiry is missing")?;
    let recipient = required(&order.items, "pan2", "pan2 is missing")?;
    if pan == recipient {
        return Err(Fault::Validation("pan and pan2 are the same"));
    }
    Ok(Transfer {
        pan,
        expiry,
        recipient,
        payment_ref: order.payment_ref,
        amount: order.amount,
        items: order.items,
    })
}

/// Items about the sender of a credit (section 2.2). `sender_middle_name` is not required: not everybody has one.
const SENDER: &[&str] = &[
    "sender_serial_no",
    "sender_id_card",
    "sender_first_name",
    "sender_surname",
    "sender_nationality",
    "sender_doc_type",
    "sender_doc_validthrough",
    "sender_person_code",
    "sender_birth_date",
];

fn credit(operation: &Element) -> Result<Credit, Fault> {
    let order = order(operation)?;
    let recipient = required(&order.items, "pan2", "pan2 is missing")?;
    if order.amount > UNNAMED_CREDIT_MAX
        && SENDER.iter().any(|name| !order.items.contains_key(*name))
    {
        return Err(Fault::Validation(
            "The sender's data are required above the limit",
        ));
    }
    Ok(Credit {
        recipient,
        payment_ref: order.payment_ref,
        amount: order.amount,
        items: order.items,
    })
}

/// What everything that is created has.
struct Order {
    payment_ref: String,
    amount: i64,
    items: BTreeMap<String, String>,
}

fn order(operation: &Element) -> Result<Order, Fault> {
    let payment_ref = operation
        .text_of("paymentRef")
        .ok_or(Fault::Validation("paymentRef is missing"))?
        .to_owned();
    let items = items(operation);
    required(&items, "merchant_id", "merchant_id is missing")?;
    required(&items, "terminal_id", "terminal_id is missing")?;
    if required(&items, "ccy_code", "ccy_code is missing")? != "860" {
        return Err(Fault::Validation("ccy_code must be 860"));
    }
    Ok(Order {
        payment_ref,
        amount: amount(&required(&items, "amount", "amount is missing")?)?,
        items,
    })
}

fn required(
    items: &BTreeMap<String, String>,
    name: &str,
    missing: &'static str,
) -> Result<String, Fault> {
    items.get(name).cloned().ok_or(Fault::Validation(missing))
}

fn confirm(operation: &Element) -> Result<Call, Fault> {
    if operation.text_of("confirmed") != Some("true")
        || operation.text_of("finished") != Some("true")
    {
        return Err(Fault::Validation("confirmed and finished must be true"));
    }
    let amount = items(operation)
        .get("amount")
        .map(|text| amount(text))
        .transpose()?;
    Ok(Call::Confirm {
        which: which(operation)?,
        amount,
    })
}

fn which(operation: &Element) -> Result<Which, Fault> {
    let id = operation.text_of("paymentID").map(str::parse).transpose();
    let id = id.map_err(|_| Fault::Validation("paymentID must be a number"))?;
    let payment_ref = operation.text_of("paymentRef").map(str::to_owned);
    if id.is_none() && payment_ref.is_none() {
        return Err(Fault::Validation("paymentID or paymentRef is missing"));
    }
    Ok(Which { id, payment_ref })
}

/// `details/item{name,value}`; an empty value counts as absent.
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

fn amount(text: &str) -> Result<i64, Fault> {
    let amount: i64 = text
        .parse()
        .map_err(|_| Fault::Validation("amount must be an integer"))?;
    if amount > 0 {
        Ok(amount)
    } else {
        Err(Fault::InvalidAmount)
    }
}
