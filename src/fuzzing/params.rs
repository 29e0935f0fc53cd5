//! The params of each method.

use std::fmt::Debug;

use rpc_schema::errors::Lang;
use rpc_schema::method::Method;
use rpc_schema::methods::{cards, monitoring, p2p, transactions};
use rpc_schema::params::{Fault, Params as _};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::rules::assert_tells_no_number;
use crate::rpc::errors::WireError;

/// What params became.
struct Read {
    /// As JSON.
    written: String,
    /// As a log would show them.
    shown: String,
}

type Reader = fn(&RawValue) -> Result<Read, Box<Refused>>;

/// What is wrong with them, and what the caller is told.
struct Refused {
    fault: Fault,
    error: WireError,
}

fn read<M: Method>(raw: &RawValue) -> Result<Read, Box<Refused>>
where
    M::Params: Serialize + Debug,
{
    match M::Params::read(Some(raw)) {
        Ok(params) => Ok(Read {
            written: serde_json::to_string(&params).unwrap_or_default(),
            shown: format!("{params:?}"),
        }),
        Err(fault) => Err(Box::new(Refused {
            error: WireError::fault(&fault, M::FAMILY, Lang::En),
            fault,
        })),
    }
}

/// Each method that has params, in the order of the documents. New ones come last, so that the first byte of the inputs
/// that were kept goes on meaning the same.
const READERS: &[(&str, Reader)] = &[
    (cards::Attach::NAME, read::<cards::Attach>),
    (cards::AttachConfirm::NAME, read::<cards::AttachConfirm>),
    (cards::Add::NAME, read::<cards::Add>),
    (cards::AddConfirm::NAME, read::<cards::AddConfirm>),
    (transactions::Debit::NAME, read::<transactions::Debit>),
    (
        transactions::DebitConfirm::NAME,
        read::<transactions::DebitConfirm>,
    ),
    (
        transactions::DebitReverse::NAME,
        read::<transactions::DebitReverse>,
    ),
    (
        transactions::HoldCharge::NAME,
        read::<transactions::HoldCharge>,
    ),
    (
        transactions::HoldCancel::NAME,
        read::<transactions::HoldCancel>,
    ),
    (p2p::RecipientInfo::NAME, read::<p2p::RecipientInfo>),
    (p2p::FeeInfo::NAME, read::<p2p::FeeInfo>),
    (p2p::Humo2Humo::NAME, read::<p2p::Humo2Humo>),
    (p2p::Humo2Uzcard::NAME, read::<p2p::Humo2Uzcard>),
    (p2p::Uzcard2Humo::NAME, read::<p2p::Uzcard2Humo>),
    (p2p::Uzcard2Uzcard::NAME, read::<p2p::Uzcard2Uzcard>),
    (p2p::Confirm::NAME, read::<p2p::Confirm>),
    (monitoring::Monitoring::NAME, read::<monitoring::Monitoring>),
    (monitoring::GetEntry::NAME, read::<monitoring::GetEntry>),
    (transactions::Get::NAME, read::<transactions::Get>),
    (transactions::List::NAME, read::<transactions::List>),
    (cards::List::NAME, read::<cards::List>),
    (cards::Info::NAME, read::<cards::Info>),
    (cards::Remove::NAME, read::<cards::Remove>),
];

/// The first byte chooses the method. Params that are read are the same when they are written and read again, and show no
/// card number; a refusal names a member, and no value.
pub fn params(bytes: &[u8]) {
    let Some((method, text)) = bytes.split_first() else {
        return;
    };
    let method = usize::from(*method) % READERS.len();
    let Some((name, reader)) = READERS.get(method) else {
        return;
    };
    let Some((text, raw)) = std::str::from_utf8(text).ok().and_then(|text| {
        let raw = serde_json::from_str::<&RawValue>(text).ok()?;
        Some((text, raw))
    }) else {
        return;
    };
    match reader(raw) {
        Ok(first) => {
            assert_hides_cards(&first);
            let again = RawValue::from_string(first.written.clone()).ok();
            let again = again.and_then(|raw| reader(&raw).ok());
            let again = again.map(|read| read.written);
            assert_eq!(again.as_ref(), Some(&first.written), "{name}");
        }
        Err(refused) => {
            let Refused { fault, error } = *refused;
            // The hints are the rules' own words, with numbers of their own.
            let field = error.data.field.unwrap_or_default();
            for told in [format!("{:?}", fault.field), error.message, field] {
                assert_tells_no_number(&told, text);
            }
        }
    }
}

/// No card number is shown, unless another member, which may be shown, has the same digits.
fn assert_hides_cards(read: &Read) {
    let Ok(Value::Object(members)) = serde_json::from_str(&read.written) else {
        panic!("{} is no object", read.written);
    };
    let is_card = |name: &str| name.to_ascii_lowercase().contains("pan");
    for (name, value) in &members {
        let Some(number) = value.as_str().filter(|_| is_card(name)) else {
            continue;
        };
        let elsewhere = members
            .iter()
            .any(|(other, value)| !is_card(other) && value.to_string().contains(number));
        let hidden = elsewhere || number.is_empty() || !read.shown.contains(number);
        assert!(hidden, "{name} is shown in {}", read.shown);
    }
}
