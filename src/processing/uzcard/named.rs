//! What somebody says SVGate calls a payment or a hold: is it there, and is it the one of our call?
//!
//! SVGate cannot be asked for a payment by its `refNum`. But its list of a day has the `refNum` beside our reference, so
//! the list can prove what `trans.ext` does not tell. A hold has no reference of ours: it is found by its id among the
//! holds of our card, and must be like ours in all that SVGate tells of it.

use serde_json::json;

use super::clients::UzcardPayments;
use super::hold_item::{HoldItem, HoldState};
use super::{outcome, wire};
use crate::domain::call::{Call, Debit, Doubt, LookupReply, Receipt, Traces};
use crate::domain::day::Day;
use crate::processing::books::ListedPayment;
use crate::processing::payment_network::PaymentNetwork as _;

impl UzcardPayments {
    /// A payment, charge, transfer or credit: `trans.ext`, and where that does not tell, the lists of its days.
    pub(super) async fn find_named_payment(
        &self,
        call: &Call,
        ref_num: &str,
        traces: &Traces,
    ) -> LookupReply {
        let reply = self.look_up(call, traces).await;
        match reply {
            LookupReply::NotFound | LookupReply::Unclear(_) => {}
            LookupReply::Executed(_)
            | LookupReply::Blocked(_)
            | LookupReply::NotExecuted(_)
            | LookupReply::Overtaken(_) => return reply,
        }
        let (from, to) = traces.window;
        let mut listed = Vec::new();
        for day in Day::of(from).until(Day::of(to)) {
            match self.reports.day_list(day, &|_| ()).await {
                Ok(rows) => listed.extend(rows),
                Err(error) => {
                    let by_ext = match &reply {
                        LookupReply::Unclear(doubt) => doubt.cause.as_str(),
                        LookupReply::NotFound
                        | LookupReply::Executed(_)
                        | LookupReply::Blocked(_)
                        | LookupReply::NotExecuted(_)
                        | LookupReply::Overtaken(_) => "it does not know our reference",
                    };
                    return unproven(format!(
                        "trans.ext: {by_ext}; the list of {}: {error}",
                        day.iso()
                    ));
                }
            }
        }
        listed_as(&listed, call, ref_num).unwrap_or(reply)
    }

    /// `hold.get.cardId`: the hold with this id.
    pub(super) async fn find_named_hold(
        &self,
        debit: &Debit,
        id: &str,
        traces: &Traces,
    ) -> LookupReply {
        let Some(token) = debit.card.network_token.as_deref() else {
            // Without a token the hold was never sent.
            return LookupReply::NotFound;
        };
        let params = json!({"cardId": token});
        match self.holds("hold.get.cardId", params).await {
            Ok(holds) => named_hold(&holds, id, &self.user, debit, traces),
            Err(error) => LookupReply::Unclear(outcome::look_up_doubt(error)),
        }
    }
}

fn unproven(cause: impl Into<String>) -> LookupReply {
    LookupReply::Unclear(Doubt::new(cause))
}

/// What SVGate's lists say of our call and of this number; `None` where they have neither.
fn listed_as(listed: &[ListedPayment], call: &Call, ref_num: &str) -> Option<LookupReply> {
    let reference = call.reference()?;
    let amount = call.amount().tiyin();
    let is_named = |row: &&ListedPayment| is_same_number(&row.network_id, ref_num);
    let ours: Vec<&ListedPayment> = listed
        .iter()
        .filter(|row| row.reference == reference.0)
        .collect();
    Some(match ours.as_slice() {
        [] if listed.iter().any(|row| is_named(&row)) => {
            unproven("its list has this number under another reference: it is another payment")
        }
        [] => return None,
        [row] if row.amount != Some(amount) => {
            unproven("its list has our reference with another amount")
        }
        // Its name is compared by whoever asked.
        [row] => LookupReply::Executed(Receipt {
            ref_num: format!("{:0>12}", row.network_id),
            ..Receipt::of(reference)
        }),
        [_, _, ..] => unproven("its list has our reference more than once"),
    })
}

/// SVGate's numbers lose their leading zeros where they are written as numbers.
fn is_same_number(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|number| number.trim_start_matches('0'));
    !one.is_empty() && one == other
}

/// The hold of our card with this id, if all that is told of it fits our call.
fn named_hold(
    holds: &[HoldItem],
    id: &str,
    user: &str,
    debit: &Debit,
    traces: &Traces,
) -> LookupReply {
    let named = holds.iter().find(|hold| hold.id == id);
    let Some(hold) = named.filter(|hold| wire::is_hold_id(&hold.id)) else {
        return unproven("the card has no hold with this id");
    };
    let (from, to) = traces.window;
    if hold.user_name != user {
        return unproven("the hold was made by another user of SVGate");
    }
    if hold.amount != Some(debit.amount.tiyin()) {
        return unproven("the hold has another amount");
    }
    // Where the time cannot be read, the operator has read it.
    if hold.created_at.is_some_and(|at| !(from..=to).contains(&at)) {
        return unproven("the hold was made at another time");
    }
    if traces.claimed_holds.contains(&hold.id) {
        return unproven("the hold belongs to another transaction of ours");
    }
    match hold.state {
        HoldState::Active => LookupReply::Executed(Receipt {
            network_id: hold.id.clone(),
            ..Receipt::of(&debit.reference)
        }),
        HoldState::Captured | HoldState::Dismissed | HoldState::Expired => {
            unproven("the hold is charged, released or expired already")
        }
        HoldState::Other => unproven(outcome::NO_STATE),
    }
}

#[cfg(test)]
mod tests {
    use entity::time::UnixMillis;
    use rpc_schema::values::{Amount, Expiry, Pan};

    use super::*;
    use crate::domain::call::{CardAccess, Reference, Terminal};

    fn debit() -> Debit {
        Debit {
            card: CardAccess {
                pan: Pan::parse("8600010132441332").unwrap(),
                expiry: Expiry::from_yymm("3012").unwrap(),
                network_token: Some("token".to_owned()),
            },
            amount: Amount::new(500).unwrap(),
            terminal: Terminal {
                merchant_id: "m".to_owned(),
                terminal_id: "t".to_owned(),
            },
            reference: Reference("ours".to_owned()),
            partner: "shop".to_owned(),
            at: UnixMillis(0),
        }
    }

    fn cause(reply: LookupReply) -> String {
        match reply {
            LookupReply::Unclear(doubt) => doubt.cause,
            LookupReply::Executed(_)
            | LookupReply::Blocked(_)
            | LookupReply::NotExecuted(_)
            | LookupReply::Overtaken(_)
            | LookupReply::NotFound => String::new(),
        }
    }

    #[test]
    fn a_list_proves_only_what_has_our_reference_and_our_amount() {
        let row = |reference: &str, network_id: &str, amount: i64| ListedPayment {
            at: String::new(),
            reference: reference.to_owned(),
            network_id: network_id.to_owned(),
            amount: Some(amount),
        };
        let call = Call::Pay(debit());
        let said = |rows: &[ListedPayment]| listed_as(rows, &call, "000000000007");
        let other = row("other", "8", 500);
        assert_eq!(said(&[]), None);
        assert_eq!(said(std::slice::from_ref(&other)), None);
        let proven = said(&[other.clone(), row("ours", "7", 500)]).unwrap();
        let LookupReply::Executed(receipt) = proven else {
            panic!("{proven:?}");
        };
        assert_eq!(receipt.ref_num, "000000000007");
        for (rows, why) in [
            (vec![row("other", "7", 500)], "another reference"),
            (vec![row("", "000000000007", 500)], "another reference"),
            (vec![row("ours", "7", 501)], "another amount"),
            (
                vec![row("ours", "7", 500), row("ours", "9", 500)],
                "more than once",
            ),
        ] {
            let told = cause(said(&rows).unwrap());
            assert!(told.contains(why), "{told}");
        }
    }

    fn hold() -> HoldItem {
        HoldItem {
            id: "7".to_owned(),
            ref_num: String::new(),
            amount: Some(500),
            created_at: Some(UnixMillis(1_000)),
            lifetime: String::new(),
            state: HoldState::Active,
            user_name: "we".to_owned(),
        }
    }

    fn traces() -> Traces {
        Traces {
            window: (UnixMillis(900), UnixMillis(2_000)),
            claimed_holds: vec!["8".to_owned()],
        }
    }

    #[test]
    fn a_named_hold_must_be_like_ours_in_everything() {
        let (hold, traces) = (hold(), traces());
        let said = |hold: HoldItem, id: &str| named_hold(&[hold], id, "we", &debit(), &traces);
        for fitting in [
            hold.clone(),
            HoldItem {
                created_at: None,
                ..hold.clone()
            },
        ] {
            assert!(matches!(said(fitting, "7"), LookupReply::Executed(_)));
        }
        for (other, id, why) in [
            (hold.clone(), "9", "no hold with this id"),
            (
                HoldItem {
                    user_name: "they".to_owned(),
                    ..hold.clone()
                },
                "7",
                "another user",
            ),
            (
                HoldItem {
                    amount: Some(501),
                    ..hold.clone()
                },
                "7",
                "another amount",
            ),
            (
                HoldItem {
                    created_at: Some(UnixMillis(2_001)),
                    ..hold.clone()
                },
                "7",
                "another time",
            ),
            (
                HoldItem {
                    id: "8".to_owned(),
                    ..hold.clone()
                },
                "8",
                "another transaction",
            ),
            (
                HoldItem {
                    state: HoldState::Captured,
                    ..hold.clone()
                },
                "7",
                "already",
            ),
            (
                HoldItem {
                    state: HoldState::Other,
                    ..hold.clone()
                },
                "7",
                "uzcard.hold_statuses",
            ),
        ] {
            let told = cause(said(other, id));
            assert!(told.contains(why), "{told}");
        }
    }
}
