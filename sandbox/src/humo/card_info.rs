//! The card-information middleware (section 2.3): a card, its account and its phone by its number, over JSON.
//!
//! A company's card is told by `commissionGroup` `CORP`; people's cards have `PRIV`.

use hyper::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::middleware::{self, error};
use crate::{
    cards::{CARD_EXPIRY_YYMM, Outcome, TestCard},
    faults::{Operation, Script},
    http::{Exchange, Reply},
    money::Account,
    network::Network,
    world::World,
};

pub(crate) struct Call {
    id: Value,
    pan: String,
    /// `mb_flag`: whether SMS banking is asked for too.
    with_phone: bool,
}

impl Call {
    pub(crate) fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, Reply> {
        let (id, params) = middleware::open(headers, body)?;
        let pan = middleware::text(&id, &params, "primaryAccountNumber")?;
        let flag = params.get("mb_flag");
        let with_phone =
            flag.is_some_and(|flag| flag.as_i64() == Some(1) || flag.as_str() == Some("1"));
        Ok(Self {
            id,
            pan,
            with_phone,
        })
    }
}

impl Exchange for Call {
    const NETWORK: Network = Network::Humo;

    fn operation(&self, _: &World) -> Operation {
        Operation::Info
    }

    fn habit(&self, _: &World) -> Option<Script> {
        None
    }

    fn run(self, world: &World) -> Reply {
        let result = world.read(|data| {
            let card = data
                .card(&self.pan)
                .filter(|card| card.sheet.network == Network::Humo)?;
            Some(result(card.sheet, card.account, self.with_phone))
        });
        match result {
            Some(result) => Reply::json(StatusCode::OK, &json!({"id": self.id, "result": result})),
            None => error(StatusCode::NOT_FOUND, &self.id, 404, "Card not found"),
        }
    }

    fn refuse(self, code: i64) -> Reply {
        error(StatusCode::OK, &self.id, code, "Refused by the sandbox")
    }
}

fn result(sheet: &TestCard, account: &Account, with_phone: bool) -> Value {
    let (action_code, action) = match sheet.outcome {
        Outcome::Inactive => ("281", "Card is inactive at cardholder's will"),
        Outcome::Ok
        | Outcome::InsufficientFunds
        | Outcome::DeclinedInResult
        | Outcome::Blocked
        | Outcome::Expired
        | Outcome::PinTries
        | Outcome::NoSms
        | Outcome::Corporate
        | Outcome::CreditRefused
        | Outcome::ReplyLost
        | Outcome::RequestLost
        | Outcome::Slow
        | Outcome::Http500
        | Outcome::Garbage => ("000", "Approved"),
    };
    // The one bank of the sandbox, as the partners' document shows it in a sample.
    let bank = "00401";
    let account_number = format!("22618000{}", sheet.pan.get(4..).unwrap_or(""));
    let money = account.available.saturating_add(account.blocked);
    let mut result = json!({
        "listSize": 1,
        "card": {
            "institutionId": bank,
            "primaryAccountNumber": sheet.pan,
            "effectiveDate": "2512",
            "updateDate": "2025-12-01T00:00:00",
            "prefixNumber": sheet.pan.get(..8),
            "expiry": CARD_EXPIRY_YYMM,
            "cardSequenceNumber": 1,
            "cardholderId": sheet.pan.get(8..),
            "nameOnCard": sheet.owner,
            "accountRestrictionsFlag": "0",
            "commissionGroup": if sheet.outcome == Outcome::Corporate { "CORP" } else { "PRIV" },
            "cardUserId": sheet.pan.get(8..),
            "additionalInfo": "",
            "riskGroup": "",
            "riskGroup2": "",
            "bankC": sheet.bank(),
            "pinTryCount": if sheet.outcome == Outcome::PinTries { 3 } else { 0 },
            "statuses": {"item": [
                {"type": "card", "actionCode": action_code, "actionDescription": action},
                {"type": "user", "actionCode": "000", "actionDescription": "Approved"},
            ]},
        },
        "account": [{
            "accountId": account_number,
            "bankAccountId": account_number,
            "currency": "860",
            "accountType": "00",
            "initialAmount": money,
            "lockedBackofficeAmount": 0,
            "lockedAmount": account.blocked,
            "shadowAmount": 0,
            "priority": 1,
            "status": "0",
            "availableAmount": account.available,
        }],
        "balance": {
            "currency": "860",
            "initialAmount": money,
            "bonusAmount": 0,
            "creditLimit": 0,
            "lockedBackofficeAmount": 0,
            "lockedBackofficeAmountOffline": 0,
            "lockedAmount": account.blocked,
            "availableAmount": account.available,
        },
    });
    if let (true, Some(members)) = (with_phone, result.as_object_mut()) {
        let mobile_banking = match sheet.outcome {
            Outcome::NoSms => json!({"state": "off", "message": "SMS banking is off"}),
            Outcome::Ok
            | Outcome::InsufficientFunds
            | Outcome::DeclinedInResult
            | Outcome::Blocked
            | Outcome::Expired
            | Outcome::PinTries
            | Outcome::Corporate
            | Outcome::Inactive
            | Outcome::CreditRefused
            | Outcome::ReplyLost
            | Outcome::RequestLost
            | Outcome::Slow
            | Outcome::Http500
            | Outcome::Garbage => {
                json!({"state": "on", "phone": format!("+{}", sheet.phone), "message": "OK"})
            }
        };
        members.insert("mb".to_owned(), mobile_banking);
    }
    result
}
