//! What HUMO's replies become, for the fuzz targets.

use bytes::Bytes;
use hyper::StatusCode;
use rpc_schema::values::{Amount, Expiry, Pan};

use super::card_info::{self, Info};
use super::history::{self, Rows};
use super::outcome::{self, CallKind, Certain, Moved};
use super::payment_list::{self, Page};
use super::{books, client, middleware, soap};
use crate::config::CardStatuses;
use crate::domain::call::{CardAccess, Receipt, Reference};
use crate::domain::inquiry::AskError;
use crate::processing::exchange::Reply;
use crate::processing::fuzzing::{AMOUNT, REFERENCE, REQUEST, Seen, Told, amount};
use crate::processing::lenient::RowOr;

/// How many readings of a SOAP message there are.
pub const SOAP_READINGS: u8 = 29;

const KINDS: [CallKind; 9] = [
    CallKind::Pay,
    CallKind::Confirm,
    CallKind::Cancel,
    CallKind::Hold,
    CallKind::Capture,
    CallKind::Release,
    CallKind::Reverse,
    CallKind::P2p,
    CallKind::Credit,
];

/// Takes a SOAP message as the answer to some call, which had the reference [`REFERENCE`] and [`AMOUNT`], or as what a
/// look-up of it has found.
pub fn soap(reading: u8, status: StatusCode, body: &[u8]) -> Seen {
    let reply = Reply {
        status,
        body: Bytes::copy_from_slice(body),
    };
    let reading = reading % SOAP_READINGS;
    let kind = KINDS
        .get(usize::from(reading % 9))
        .copied()
        .unwrap_or(CallKind::Pay);
    let reference = Reference(REFERENCE.to_owned());
    let known = Receipt {
        network_id: "321".to_owned(),
        ..Receipt::of(&reference)
    };
    let certain = Certain::default();
    let moved = Moved {
        amount: amount(),
        part_of: Amount::new(AMOUNT * 2).filter(|_| reading / 9 == 2),
    };
    if reading == SOAP_READINGS - 1 {
        let page = payment_list::page(client::whole(&reply)).map_err(books::unanswered);
        return Seen::Asked(page.and_then(|page| {
            match page {
                Page::Payments(listed, _) => Ok(Told {
                    amounts: listed
                        .iter()
                        .filter_map(|listed| listed.row.amount)
                        .collect(),
                    texts: listed
                        .into_iter()
                        .map(|listed| listed.row.reference)
                        .collect(),
                }),
                Page::Nothing => Ok(Told::default()),
                Page::Unknown(shape, _) => Err(AskError::unreadable(shape)),
            }
        }));
    }
    if reading == SOAP_READINGS - 2 {
        let found = client::read(&reply, "GetPayment");
        return Seen::Asked(books::entry(found, &reference).map(Into::into));
    }
    if reading / 9 > 0 {
        let found = client::read(&reply, "GetPayment");
        let before = match kind {
            CallKind::Pay | CallKind::Hold | CallKind::P2p | CallKind::Credit => {
                Receipt::of(&reference)
            }
            CallKind::Confirm
            | CallKind::Cancel
            | CallKind::Capture
            | CallKind::Release
            | CallKind::Reverse => known,
        };
        return Seen::LookUp(outcome::found(kind, found, before, Some(moved)));
    }
    let operation = match kind {
        CallKind::Pay
        | CallKind::Hold
        | CallKind::Confirm
        | CallKind::Capture
        | CallKind::Credit => "Payment",
        CallKind::P2p => "Request",
        CallKind::Cancel | CallKind::Release => "CancelRequest",
        CallKind::Reverse => "ReturnPayment",
    };
    let response = match client::read(&reply, operation) {
        Ok(response) => response,
        Err(error) => return Seen::Call(outcome::failed(kind, &certain, error)),
    };
    Seen::Call(match kind {
        CallKind::Pay | CallKind::Hold | CallKind::P2p | CallKind::Credit => {
            outcome::created(kind, &response, Receipt::of(&reference), amount())
        }
        CallKind::Confirm | CallKind::Capture => outcome::confirmed(kind, &response, &known, moved),
        CallKind::Cancel | CallKind::Release | CallKind::Reverse => {
            outcome::undone(&response, &known)
        }
    })
}

/// The reference of the payment that a message names.
pub fn named_payment(body: &[u8]) -> Option<String> {
    let body = soap::parse(body).ok()?.into_body()?;
    Some(body.text_of("paymentRef").to_owned())
}

/// A value as it is read from a message of ours that holds it, where the message can be read.
pub fn soap_round_trip(text: &str) -> Option<String> {
    let message = soap::envelope("Payment", &soap::element("paymentRef", text));
    let body = soap::parse(message.as_bytes()).ok()?.into_body()?;
    Some(body.text_of("paymentRef").to_owned())
}

/// Takes a reply of the middleware as the answer to the question [`REQUEST`] about this card.
pub fn json(reading: u8, status: StatusCode, body: &[u8]) -> Seen {
    let reply = Reply {
        status,
        body: Bytes::copy_from_slice(body),
    };
    let (Some(pan), Some(expiry)) = (Pan::parse("9860190101578366"), Expiry::from_yymm("3012"))
    else {
        unreachable!("a card of the sandbox");
    };
    let rules = card_info::Rules {
        corporate_groups: vec!["7".to_owned()],
        statuses: match reading % 2 {
            0 => CardStatuses::First,
            _ => CardStatuses::All,
        },
    };
    let card = CardAccess {
        pan,
        expiry,
        network_token: None,
    };
    let info = || middleware::read::<Info>(&reply, REQUEST);
    Seen::Asked(match reading % 3 {
        0 => info()
            .and_then(|info| card_info::card_info(info, &card, &rules))
            .map(Into::into),
        1 => info()
            .and_then(|info| card_info::recipient_card(info, &card.pan, &rules))
            .map(Into::into),
        _ => middleware::read::<Rows>(&reply, REQUEST).map(|Rows { rows }| {
            let read = rows.iter().filter_map(|row| match row {
                RowOr::Row(row) => history::operation(row).ok(),
                RowOr::Odd(_) => None,
            });
            history::numbered(read.collect()).into()
        }),
    })
}
