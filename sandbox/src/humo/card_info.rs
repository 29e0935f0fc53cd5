//! The card-information middleware (docs/networks.md#humo-card-information): a card with its account and phone, looked
//! up by number, over JSON.
//!
//! `commissionGroup` is `CORP` for a company's card and `PRIV` for a person's.
//!
//! A blocked or expired card has a second item of type `card`, behind the others, that says so. Clients read the first
//! alone, so such a card can be attached, and its payments are refused; who is about to credit it can see more.

use hyper::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::middleware::{self, error};
use crate::{
    cards::{CARD_EXPIRY_YYMM, Outcome, TestCard},
    faults::{Fault, Operation},
    http::{NetworkRequest, Reply},
    money::Account,
    network::Network,
    simulator::Simulator,
};

pub(crate) struct CardInfoRequest {
    id: Value,
    pan: String,
    /// `mb_flag`: whether to include SMS banking.
    with_phone: bool,
    version: Version,
}

/// The version of the method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// Tells neither account nor balance, has SMS banking inside the card, and answers errors with HTTP 200.
    Second,
    Third,
}

impl CardInfoRequest {
    pub(crate) fn parse(
        simulator: &Simulator,
        version: Version,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Self, Reply> {
        let (id, params) = middleware::open(simulator, headers, body)?;
        let pan = middleware::text(&id, &params, "primaryAccountNumber")?;
        let flag = params.get("mb_flag");
        let with_phone = flag.is_some_and(|flag| {
            flag.as_i64() == Some(1) || flag.as_str() == Some("1") || flag.as_bool() == Some(true)
        });
        Ok(Self {
            id,
            pan,
            with_phone,
            version,
        })
    }
}

impl NetworkRequest for CardInfoRequest {
    const NETWORK: Network = Network::Humo;

    fn operation(&self, _: &Simulator) -> Operation {
        Operation::Info
    }

    fn card_fault(&self, _: &Simulator) -> Option<Fault> {
        None
    }

    fn execute(self, simulator: &Simulator) -> Reply {
        let result = simulator.read(|state| {
            let card = state
                .card(&self.pan)
                .filter(|card| card.profile.network == Network::Humo)?;
            Some(result(card.profile, card.account, self.with_phone))
        });
        match result {
            Some(result) => {
                let result = match self.version {
                    Version::Second => in_second_version(&result),
                    Version::Third => result,
                };
                Reply::json(StatusCode::OK, &json!({"id": self.id, "result": result}))
            }
            None => {
                let status = match self.version {
                    Version::Second => StatusCode::OK,
                    Version::Third => StatusCode::NOT_FOUND,
                };
                error(status, &self.id, 404, "Card not found")
            }
        }
    }

    fn answer_with(&self, code: i64) -> Reply {
        error(StatusCode::OK, &self.id, code, "Refused by the sandbox")
    }

    fn keep_refused(&self, _: &Simulator, _: i64) {}
}

fn in_second_version(result: &Value) -> Value {
    let member = |name: &str| result.get(name).cloned().unwrap_or_default();
    let mut card = member("card");
    if let Some(card) = card.as_object_mut() {
        card.insert("mb".to_owned(), member("mb"));
        // As a number, where the third version has a text.
        let prefix = card.get("prefixNumber").and_then(Value::as_str);
        if let Some(prefix) = prefix.and_then(|text| text.parse::<i64>().ok()) {
            card.insert("prefixNumber".to_owned(), json!(prefix));
        }
    }
    json!({"listSize": 1, "card": card})
}

fn result(profile: &TestCard, account: &Account, with_phone: bool) -> Value {
    // The sandbox's only bank, taken from the sample in the partners' document.
    let bank = "00401";
    let account_number = format!("22618000{}", profile.pan.get(4..).unwrap_or(""));
    let money = account.available.saturating_add(account.blocked);
    let mut result = json!({
        "listSize": 1,
        "card": {
            "institutionId": bank,
            "primaryAccountNumber": profile.pan,
            "effectiveDate": "2512",
            "updateDate": "2025-12-01T00:00:00",
            "prefixNumber": profile.pan.get(..8),
            "expiry": CARD_EXPIRY_YYMM,
            "cardSequenceNumber": 1,
            "cardholderId": profile.pan.get(8..),
            "nameOnCard": profile.owner,
            "accountRestrictionsFlag": "0",
            "commissionGroup": if profile.outcome == Outcome::Corporate { "CORP" } else { "PRIV" },
            "cardUserId": profile.pan.get(8..),
            "additionalInfo": "",
            "riskGroup": "",
            "riskGroup2": "",
            "bankC": profile.bank(),
            "pinTryCount": if profile.outcome == Outcome::PinTries { 3 } else { 0 },
            "statuses": {"item": statuses(profile.outcome)},
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
        let mobile_banking = match profile.outcome {
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
                json!({"state": "on", "phone": format!("+{}", profile.phone), "message": "OK"})
            }
        };
        members.insert("mb".to_owned(), mobile_banking);
    }
    result
}

pub(super) fn statuses(outcome: Outcome) -> Vec<Value> {
    let item = |kind: &str, code: &str, text: &str| json!({"type": kind, "actionCode": code, "actionDescription": text});
    let approved = |kind| item(kind, "000", "Approved");
    let first = match outcome {
        Outcome::Inactive => item("card", "281", "Card is inactive at cardholder's will"),
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
        | Outcome::Garbage => approved("card"),
    };
    let more = match outcome {
        Outcome::Blocked => Some(item("card", "104", "Restricted card")),
        Outcome::Expired => Some(item("card", "101", "Expired card")),
        Outcome::Ok
        | Outcome::InsufficientFunds
        | Outcome::DeclinedInResult
        | Outcome::PinTries
        | Outcome::NoSms
        | Outcome::Corporate
        | Outcome::Inactive
        | Outcome::CreditRefused
        | Outcome::ReplyLost
        | Outcome::RequestLost
        | Outcome::Slow
        | Outcome::Http500
        | Outcome::Garbage => None,
    };
    [first, approved("user")].into_iter().chain(more).collect()
}
