//! Requests to `PaymentServer`, decoded.

use std::collections::BTreeMap;

use hyper::{HeaderMap, StatusCode};

use super::{
    fault::{self, Fault},
    soap::{self, Element},
};
use crate::{
    http::{Reply, basic_user},
    records::Biller,
};

pub(crate) enum Call {
    Create(Create),
    Confirm {
        which: Which,
        /// Less than was blocked, if the confirmation says so.
        amount: Option<i64>,
    },
    Cancel(Which),
    Return(Which),
    Get(Which),
}

pub(crate) struct Create {
    pub(super) biller: Biller,
    pub(super) payment_ref: String,
    pub(super) pan: String,
    pub(super) expiry: String,
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
            "Payment" => create(&operation).map(Self::Create),
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

fn create(operation: &Element) -> Result<Create, Fault> {
    let biller = match operation
        .text_of("billerRef")
        .ok_or(Fault::Validation("billerRef is missing"))?
    {
        "SOAP_SMS" => Biller::Sale,
        "SOAP_DMS" => Biller::Hold,
        _ => return Err(Fault::Validation("Unknown billerRef")),
    };
    let payment_ref = operation
        .text_of("paymentRef")
        .ok_or(Fault::Validation("paymentRef is missing"))?
        .to_owned();
    let items = items(operation);
    let item = |name: &str, missing| items.get(name).cloned().ok_or(Fault::Validation(missing));
    let pan = item("pan", "pan is missing")?;
    let expiry = item("expiry", "expiry is missing")?;
    item("merchant_id", "merchant_id is missing")?;
    item("terminal_id", "terminal_id is missing")?;
    if item("ccy_code", "ccy_code is missing")? != "860" {
        return Err(Fault::Validation("ccy_code must be 860"));
    }
    let amount = amount(&item("amount", "amount is missing")?)?;
    Ok(Create {
        biller,
        payment_ref,
        pan,
        expiry,
        amount,
        items,
    })
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
