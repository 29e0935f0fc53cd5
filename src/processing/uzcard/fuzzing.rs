//! What SVGate's replies become, for the fuzz targets.

use bytes::Bytes;
use entity::time::UnixMillis;
use hyper::StatusCode;
use serde_json::Value;

use super::client;
use super::codes::{CallKind, Refusals};
use super::wire::{OtpReply, WireHold};
use super::{books, cards, history, holds, outcome, part_reversals, transfers};
use crate::config;
use crate::domain::call::{LookupReply, PartReversal, Receipt, Reference, Traces};
use crate::domain::inquiry::AskError;
use crate::processing::exchange::Reply;
use crate::processing::fuzzing::{REFERENCE, REQUEST, Seen, Told, amount};
use crate::processing::history::without_repeats;
use crate::processing::lenient::RowOr;

/// How many readings there are.
pub const READINGS: u8 = 22;

/// Takes a reply as the answer to some call. The request had the id [`REQUEST`], the call [`REFERENCE`] and [`AMOUNT`].
pub fn read(reading: u8, status: StatusCode, body: &[u8]) -> Seen {
    let body = Bytes::copy_from_slice(body);
    let result = client::read(&Reply { status, body }, REQUEST);
    let reference = Reference(REFERENCE.to_owned());
    let refusals = Refusals {
        certain: Vec::new(),
        resp: vec![51],
    };
    let payment = Receipt {
        ref_num: "000012345678".to_owned(),
        ..Receipt::of(&reference)
    };
    let hold = Receipt {
        network_id: "321".to_owned(),
        ..Receipt::of(&reference)
    };
    let part = PartReversal {
        payment: payment.clone(),
        amount: amount(),
        is_last: false,
        reference: reference.clone(),
    };
    let settled = |kind, read: &dyn Fn(Value) -> _| match result.clone() {
        Ok(result) => Seen::Call(read(result)),
        Err(error) => Seen::Call(outcome::failed(kind, &refusals, error)),
    };
    let paid = |kind| {
        settled(kind, &|result| {
            outcome::payment(kind, &refusals, result, &reference, amount())
        })
    };
    let undoing = CallKind::Undoing;
    let asked = |read: &dyn Fn(Value) -> _| match result.clone() {
        Ok(result) => Seen::Asked(read(result)),
        Err(error) => Seen::Asked(Err(outcome::ask_error(error))),
    };
    match reading % READINGS {
        0 => paid(CallKind::Pay),
        1 => paid(CallKind::Capture),
        2 => paid(CallKind::P2p),
        3 => paid(CallKind::Credit),
        4 => settled(undoing, &|result| {
            outcome::reversal(result, &payment, amount())
        }),
        5 => settled(CallKind::Hold, &|result| {
            outcome::hold_created(&refusals, result, &reference)
        }),
        6 => settled(undoing, &|result| {
            outcome::hold_dismissed(&refusals, result, &hold)
        }),
        7 => settled(undoing, &|result| {
            part_reversals::part_reversal(&refusals, result, &part)
        }),
        8 => Seen::LookUp(outcome::found_payment(
            CallKind::Pay,
            result,
            &reference,
            amount(),
        )),
        9 => Seen::LookUp(outcome::found_payment(
            CallKind::P2p,
            result,
            &reference,
            amount(),
        )),
        10 => Seen::LookUp(outcome::found_reversal(result, &payment, amount())),
        11 => Seen::LookUp(part_reversals::found_part_reversal(result, &part)),
        12 => Seen::LookUp(part_reversals::found_standing(result)),
        13 => asked(&|result| Ok(cards::card_info(cards::first_card(result)?)?.into())),
        14 => asked(&|result| Ok(transfers::recipient_card(result)?.into())),
        15 => asked(&|result| {
            let page: history::Page = outcome::only(result).map_err(AskError::unreadable)?;
            let rows = page.content.iter().filter_map(|row| match row {
                RowOr::Row(item) => history::operation(item).ok(),
                RowOr::Odd(_) => None,
            });
            Ok(without_repeats(rows.collect()).into())
        }),
        16 => Seen::Asked(books::entry(result, &reference).map(Into::into)),
        hold_reading @ 17..=20 => {
            let found = match result {
                Ok(result) => outcome::items::<WireHold>(result),
                Err(error) => {
                    return Seen::LookUp(LookupReply::Unclear(outcome::look_up_doubt(error)));
                }
            };
            let statuses = config::HoldStatuses::of_sandbox();
            let items: Vec<_> = found
                .unwrap_or_default()
                .iter()
                .map(|hold| holds::item(&statuses, hold))
                .collect();
            let traces = Traces {
                window: (UnixMillis(0), UnixMillis(i64::MAX)),
                claimed_holds: vec!["7".to_owned()],
            };
            Seen::LookUp(match hold_reading {
                17 => outcome::found_hold(&items, "user", amount(), &reference, &traces),
                18 => outcome::found_release(items.first(), &hold, amount()),
                _ => outcome::found_charged(items.first(), &hold),
            })
        }
        // The code that a card's holder was sent.
        _ => asked(&|result| {
            let reply: OtpReply = outcome::only(result).map_err(AskError::unreadable)?;
            let texts = [reply.id, reply.phone_mask];
            Ok(Told {
                texts: texts.iter().map(|text| text.text().to_owned()).collect(),
                ..Told::default()
            })
        }),
    }
}
