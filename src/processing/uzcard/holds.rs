//! The holds of a card, to find out what became of one: they carry no reference of ours.

use entity::time::UnixMillis;
use serde_json::{Value, json};

use super::client::{CallError, Client};
use super::clients::{UzcardCards, UzcardPayments};
use super::hold_item::{HoldItem, HoldState};
use super::outcome;
use super::wire::{self, WireHold};
use crate::config;
use crate::domain::call::{Debit, LookupReply, Receipt, Release, Traces};
use crate::domain::day::{moment, parse_moment};
use crate::domain::inquiry::AskError;
use crate::processing::books::{BookEntry, BookState};

/// The holds that SVGate tells of; none, too, where it finds none.
async fn asked(
    client: &Client,
    statuses: &config::HoldStatuses,
    method: &'static str,
    params: Value,
) -> Result<Vec<HoldItem>, CallError> {
    match client.look_up(method, params).await {
        // Hold not found; transaction not found; not found in SV.
        Err(CallError::Code(-242 | -208 | -267)) => Ok(Vec::new()),
        Err(error) => Err(error),
        Ok(result) => {
            let holds: Vec<WireHold> =
                outcome::items(result).map_err(|cause| CallError::Unreadable(cause.to_owned()))?;
            Ok(holds.iter().map(|hold| item(statuses, hold)).collect())
        }
    }
}

pub(super) fn item(statuses: &config::HoldStatuses, hold: &WireHold) -> HoldItem {
    let states = [
        (statuses.active, HoldState::Active),
        (statuses.captured, HoldState::Captured),
        (statuses.dismissed, HoldState::Dismissed),
        (statuses.expired, HoldState::Expired),
    ];
    let told = hold.status.int();
    let named = states
        .into_iter()
        .find(|(number, _)| number.is_some() && *number == told);
    let state = named.map_or(HoldState::Other, |(_, state)| state);
    HoldItem {
        id: hold.hid.text().to_owned(),
        ref_num: hold.cref_no.text().to_owned(),
        amount: hold.reqamt.int(),
        created_at: made_at(hold.create_time.text()),
        lifetime: hold.waiting_time.text().to_owned(),
        state,
        user_name: hold.user_name.text().to_owned(),
    }
}

impl UzcardCards {
    /// What SVGate's books have of the hold with this id: `hold.get.id`.
    ///
    /// # Errors
    /// SVGate refuses the look-up, or gives no usable answer.
    pub async fn hold_entry(&self, id: &str) -> Result<BookEntry, AskError> {
        let params = json!({"id": wire::id(id)});
        let found = asked(&self.client, &self.hold_statuses, "hold.get.id", params).await;
        let found = found.map_err(outcome::ask_error)?;
        let Some(hold) = found.first() else {
            return Ok(BookEntry {
                state: BookState::Absent,
                amount: None,
                fee: None,
            });
        };
        if hold.id != id {
            let other = "the reply has the id of another hold";
            return Err(AskError::unreadable(other));
        }
        let state = match hold.state {
            HoldState::Active => BookState::Active,
            HoldState::Captured => BookState::Done,
            HoldState::Dismissed | HoldState::Expired => BookState::Undone,
            HoldState::Other => BookState::Unclear(outcome::NO_STATE),
        };
        Ok(BookEntry {
            state,
            amount: hold.amount,
            fee: None,
        })
    }
}

impl UzcardPayments {
    pub(super) async fn holds(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<Vec<HoldItem>, CallError> {
        asked(&self.client, &self.hold_statuses, method, params).await
    }

    /// `hold.get.cardId`: whether a hold that no row of ours knows is the one that may have been made.
    pub(super) async fn find_hold(&self, debit: &Debit, traces: &Traces) -> LookupReply {
        let Some(token) = debit.card.network_token.as_deref() else {
            // Without a token the hold was never sent.
            return LookupReply::NotFound;
        };
        match self
            .holds("hold.get.cardId", json!({"cardId": token}))
            .await
        {
            Ok(holds) => {
                outcome::found_hold(&holds, &self.user, debit.amount, &debit.reference, traces)
            }
            Err(error) => LookupReply::Unclear(outcome::look_up_doubt(error)),
        }
    }

    /// `hold.get.id`
    pub(super) async fn find_release(&self, release: &Release) -> LookupReply {
        match self.hold_by_id(&release.hold).await {
            Ok(hold) => outcome::found_release(hold.as_ref(), &release.hold, release.amount),
            Err(error) => LookupReply::Unclear(outcome::look_up_doubt(error)),
        }
    }

    /// `hold.get.id`; `None` where SVGate does not find the hold.
    pub(super) async fn hold_by_id(&self, hold: &Receipt) -> Result<Option<HoldItem>, CallError> {
        let params = json!({"id": wire::id(&hold.network_id)});
        let holds = self.holds("hold.get.id", params).await?;
        Ok(holds.into_iter().next())
    }
}

/// The format of `createTime` is not published. Read are UNIX milliseconds and seconds, SVGate's own `date12`
/// (`yyMMddHHmmss`), the same with a whole year, and ISO's form; what has no offset is in Tashkent time.
fn made_at(text: &str) -> Option<UnixMillis> {
    let Ok(number) = text.parse::<i64>() else {
        return parse_moment(text);
    };
    match text.len() {
        10 => number.checked_mul(1_000).map(UnixMillis),
        12 => moment(20_000_000 + number / 1_000_000, number % 1_000_000),
        13 => Some(UnixMillis(number)),
        14 => moment(number / 1_000_000, number % 1_000_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_not_set_names_no_state() {
        let state = |statuses: &config::HoldStatuses, status: Value| {
            let hold = serde_json::from_value(json!({"hid": "7", "status": status})).unwrap();
            item(statuses, &hold).state
        };
        let set = config::HoldStatuses::of_sandbox();
        let some = config::HoldStatuses {
            active: Some(1),
            ..config::HoldStatuses::default()
        };
        for (status, by_set, by_some) in [
            (json!(0), HoldState::Active, HoldState::Other),
            (json!(1), HoldState::Captured, HoldState::Active),
            (json!("2"), HoldState::Dismissed, HoldState::Other),
            (json!(3), HoldState::Expired, HoldState::Other),
            (json!(4), HoldState::Other, HoldState::Other),
            (json!("ACTIVE"), HoldState::Other, HoldState::Other),
            (Value::Null, HoldState::Other, HoldState::Other),
        ] {
            assert_eq!(state(&set, status.clone()), by_set, "{status}");
            assert_eq!(state(&some, status.clone()), by_some, "{status}");
            let none = config::HoldStatuses::default();
            assert_eq!(state(&none, status.clone()), HoldState::Other, "{status}");
        }
    }

    #[test]
    fn the_time_of_a_hold_is_read_in_every_spelling_that_a_client_has_seen() {
        let at = UnixMillis(1_693_219_532_000); // 2023-08-28 15:45:32 in Tashkent
        for text in [
            "1693219532000",
            "1693219532",
            "230828154532",
            "20230828154532",
            "2023-08-28 15:45:32",
            "2023-08-28T10:45:32Z",
        ] {
            assert_eq!(made_at(text), Some(at), "{text}");
        }
        for text in ["", "today", "15:45:32", "2023-13-28 15:45:32"] {
            assert_eq!(made_at(text), None, "{text}");
        }
    }
}
