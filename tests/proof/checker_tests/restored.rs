//! What must hold after an older copy of the database was restored: invariant I16.

use super::*;
use crate::checker::check_restored;
use crate::records::Stored;
use crate::restored::Restored;

/// The first half of a run is in the copy; the second half was lost, asked for again, and found.
struct Afterwards {
    run: Run,
    restored: Restored,
    restored_at: i64,
    /// A debit that was lost, and found again under a new id.
    found_again: i64,
}

/// The id that `found_again` had in the lost database.
const LOST_ID: i64 = 900;

impl Afterwards {
    fn sound() -> Self {
        Self::with_a_debit_of(UZCARD)
    }

    fn with_a_debit_of(pan: &'static str) -> Self {
        let mut run = Run::sound();
        let since = run.last().ended_at + 5;
        let found_again = run.builder.debit(pan, 7_001, "again");
        let told = run.last().clone();
        // What was told before the copy was restored named another id.
        let mut before = told.clone();
        (before.asked.at, before.ended_at) = (since + 1, since + 2);
        if let End::Replied { body, .. } = &mut before.end {
            body["result"]["transactionId"] = json!(LOST_ID);
        }
        run.builder.records.journal.push(before);
        run.builder.recount();
        let mut lost = run.builder.row(found_again).clone();
        lost.id = TransactionId(LOST_ID);
        lost.created_at = UnixMillis(since + 1);
        let restored = Restored {
            since,
            copied_by: since,
            first_id: found_again,
            lost: Stored {
                transactions: vec![lost],
                ..Stored::default()
            },
        };
        Self {
            run,
            restored,
            restored_at: since + 4,
            found_again,
        }
    }

    fn found(&mut self) -> Vec<String> {
        let records = &self.run.builder.records;
        let violations = check_restored(records, &self.restored, self.restored_at);
        violations.iter().map(ToString::to_string).collect()
    }
}

#[track_caller]
fn planted_saying(why: &str, plant: impl FnOnce(&mut Afterwards)) {
    let mut afterwards = Afterwards::sound();
    plant(&mut afterwards);
    let found = afterwards.found();
    let told = |told: &&String| told.starts_with("I16") && told.contains(why);
    assert!(found.iter().any(|found| told(&found)), "{found:#?}");
}

#[test]
fn a_sound_restore_passes() {
    assert_eq!(Afterwards::sound().found(), Vec::<String>::new());
}

#[test]
fn i16_an_id_that_was_given_again() {
    planted_saying("its id may have been given before", |afterwards| {
        afterwards.restored.first_id = afterwards.found_again + 1;
    });
    planted_saying("its id may have been given before", |afterwards| {
        afterwards.restored.lost.transactions[0].id = TransactionId(afterwards.found_again);
        afterwards.restored.lost.transactions[0].ext_id = Some("another".to_owned());
    });
}

#[test]
fn i16_an_order_that_was_carried_out_twice() {
    planted_saying("carried out twice", |afterwards| {
        let builder = &mut afterwards.run.builder;
        builder.execute(UZCARD, Movement::Pay, "another-reference", 7_001);
    });
}

#[test]
fn i16_an_order_that_was_told_as_done_and_is_not() {
    planted_saying("was told as done", |afterwards| {
        let id = afterwards.found_again;
        afterwards.run.builder.row(id).status = Status::Declined;
    });
    planted_saying("is gone", |afterwards| {
        let id = afterwards.found_again;
        afterwards.run.builder.row(id).ext_id = None;
    });
    planted_saying("another payment than was told", |afterwards| {
        let id = afterwards.found_again;
        let receipt = &mut afterwards.run.builder.row(id).receipt;
        *receipt = receipt.take().map(|kept| kept.replace("0000", "9999"));
    });
}

/// What was made and given back since is declined, as its network has it undone; the call that gave it back may arrive after
/// the copy was put back.
#[test]
fn what_was_given_back_since_may_be_declined() {
    for pan in [UZCARD, HUMO] {
        for arrives_after_ms in [-1, 1] {
            let mut afterwards = given_back_since(pan, arrives_after_ms);
            assert_eq!(afterwards.found(), Vec::<String>::new());
        }
    }
}

/// The lost gateway has not asked for it.
#[test]
fn i16_what_somebody_else_gave_back() {
    let mut afterwards = given_back_since(HUMO, 1);
    let lost = &mut afterwards.restored.lost.requests;
    lost.retain(|request| request.action != Action::Reverse);
    let found = afterwards.found();
    let told = |found: &String| found.contains("was told as done");
    assert!(found.iter().any(told), "{found:#?}");
}

/// A debit that was made and given back in the lost period, this long after the copy was put back, and asked for again since.
fn given_back_since(pan: &'static str, arrives_after_ms: i64) -> Afterwards {
    let mut afterwards = Afterwards::with_a_debit_of(pan);
    let id = afterwards.found_again;
    let builder = &mut afterwards.run.builder;
    let paid = builder.records.networks.ledger.last().unwrap().clone();
    let (reference, at) = (paid.reference, paid.at);
    let requests = &builder.records.gateway.requests;
    let pay = requests.iter().find(|other| other.reference == reference);
    for action in [Action::Pay, Action::Reverse] {
        let mut request = pay.unwrap().clone();
        (request.transaction_id, request.action) = (TransactionId(LOST_ID), action);
        afterwards.restored.lost.requests.push(request);
    }
    builder.execute(pan, Movement::Reverse, &reference, 7_001);
    builder.records.networks.ledger.last_mut().unwrap().at = at;
    afterwards.restored_at = at - arrives_after_ms;
    builder.last_request().state = State::Declined;
    builder.last_request().receipt = None;
    let events = &mut builder.records.gateway.events;
    events.last_mut().unwrap().to_status = "declined".to_owned();
    let row = builder.row(id);
    (row.status, row.error_code, row.receipt) = (Status::Declined, Some(-32379), None);
    let declined = json!({"error": {"code": -32379, "message": "unknown"}});
    let again = builder.records.journal.iter_mut().rev().nth(1).unwrap();
    again.end = End::Replied {
        http: 200,
        body: declined,
    };
    again.asked.at = at + 2;
    builder.recount();
    afterwards
}

/// The charge was asked for in the lost period alone: here its time was over first, and it was found charged.
#[test]
fn what_was_charged_since_may_be_found_as_its_time_is_over() {
    for pan in [UZCARD, HUMO] {
        let mut afterwards = Afterwards::sound();
        let builder = &mut afterwards.run.builder;
        let id = builder.hold(pan, 7_002, "charged-since");
        builder.charge(id, pan);
        let charge = builder.last_request();
        afterwards.restored.lost.requests.push(charge.clone());
        charge.reference = "expires".to_owned();
        (charge.action, charge.state, charge.receipt) = (Action::Expire, State::Declined, None);
        afterwards.run.last().ended_at = afterwards.restored_at;
        afterwards.run.builder.recount();
        assert_eq!(afterwards.found(), Vec::<String>::new());
        afterwards.restored.lost.requests.clear();
        assert!(!afterwards.found().is_empty());
    }
}
