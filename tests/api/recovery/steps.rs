//! Every call that can be lost, and how it is to end.

use Order::{Charge, ChargePart, Debit, Reverse, ReverseCharged, Transfer};

use super::*;

/// A call that is lost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) order: Order,
    /// The refused call before it, because of which this one is an undo.
    pub(crate) refused: Option<Refusal>,
    /// The word by which the simulated networks know the call.
    pub(crate) operation: &'static str,
    /// How it is to end when the network has carried the call out, and when it has not.
    pub(crate) executed: End,
    pub(crate) not_executed: End,
}

/// How a transaction is to end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    pub(crate) status: &'static str,
    /// The code and reason of its error; 0 where it has none.
    pub(super) error: (i32, Option<&'static str>),
    /// The ledger's rows, those from before the call included.
    pub(crate) moves: &'static [&'static str],
    /// How much less the card that pays has.
    pub(crate) missing: i64,
}

pub(crate) const fn end(status: &'static str, moves: &'static [&'static str], missing: i64) -> End {
    End {
        status,
        error: (0, None),
        moves,
        missing,
    }
}

/// Nothing has moved in the end; the error is that the network was not available.
pub(super) const fn declined(code: i32, moves: &'static [&'static str]) -> End {
    End {
        status: "declined",
        error: (code, None),
        moves,
        missing: 0,
    }
}

/// The same, where something was undone that had been carried out.
const fn undone(code: i32, moves: &'static [&'static str]) -> End {
    End {
        error: (code, Some("interrupted")),
        ..declined(code, moves)
    }
}

const fn step(order: Order, operation: &'static str, executed: End, not_executed: End) -> Step {
    Step {
        order,
        refused: None,
        operation,
        executed,
        not_executed,
    }
}

/// An undo must succeed: it is repeated where the network has not carried it out, so both ends are the same.
const fn undoing(order: Order, refusal: Refusal, operation: &'static str, ends: End) -> Step {
    Step {
        refused: Some(refusal),
        ..step(order, operation, ends, ends)
    }
}

/// Every call that moves money: what is ordered, which of its calls is lost, how it ends when the network has carried the
/// call out, and when it has not.
#[rustfmt::skip] // A table: a call a line.
pub(crate) const STEPS: [Step; 33] = [
    step(Debit(UZCARD), "pay", end("succeeded", PAID, AMOUNT), declined(-32338, &[])),
    // Its hold carries no reference of ours, so finding none proves nothing.
    step(Hold(UZCARD), "hold", end("held", HELD, AMOUNT), end("manual", &[], 0)),
    step(Charge(UZCARD), "capture", end("succeeded", CAPTURED, AMOUNT), end("held", HELD, AMOUNT)),
    step(ChargePart(UZCARD), "capture", end("succeeded", PART_CAPTURED, PART), end("held", HELD, AMOUNT)),
    step(Cancel(UZCARD), "release", end("cancelled", RELEASED, 0), end("held", HELD, AMOUNT)),
    step(Reverse(UZCARD), "reverse", end("reversed", REVERSED, 0), end("succeeded", PAID, AMOUNT)),
    step(ReverseCharged(UZCARD), "reverse", end("reversed", CAPTURE_REVERSED, 0), end("succeeded", CAPTURED, AMOUNT)),
    step(ReversePart(UZCARD), "reverse", end("succeeded", PART_REVERSED, REST), end("succeeded", PAID, AMOUNT)),
    step(ReverseRest(UZCARD), "reverse", end("reversed", REVERSED_IN_PARTS, 0), end("succeeded", PART_REVERSED, REST)),
    // It is held again, and the next turn of the background work releases it.
    step(Expire(UZCARD), "release", end("expired", RELEASED, 0), end("held", HELD, AMOUNT)),
    // A sale that was only created is cancelled, never confirmed late.
    step(Debit(HUMO), "pay", undone(-32339, &[]), declined(-32339, &[])),
    step(Debit(HUMO), "confirm", end("succeeded", PAID, AMOUNT), declined(-32339, &[])),
    step(Hold(HUMO), "hold", end("held", HELD, AMOUNT), declined(-32339, &[])),
    step(Charge(HUMO), "capture", end("succeeded", CAPTURED, AMOUNT), end("held", HELD, AMOUNT)),
    step(ChargePart(HUMO), "capture", end("succeeded", PART_CAPTURED, PART), end("held", HELD, AMOUNT)),
    step(Cancel(HUMO), "release", end("cancelled", RELEASED, 0), end("held", HELD, AMOUNT)),
    step(Reverse(HUMO), "reverse", end("reversed", REVERSED, 0), end("succeeded", PAID, AMOUNT)),
    step(ReverseCharged(HUMO), "reverse", end("reversed", CAPTURE_REVERSED, 0), end("succeeded", CAPTURED, AMOUNT)),
    step(Expire(HUMO), "release", end("expired", RELEASED, 0), end("held", HELD, AMOUNT)),
    undoing(Debit(HUMO), Refusal::Confirmation, "release", declined(-32309, &[])),
    undoing(Transfer(HUMO_TO_HUMO), Refusal::Confirmation, "release", declined(-32309, &[])),
    undoing(Transfer(HUMO_TO_UZCARD), Refusal::Confirmation, "release", declined(-32309, &[])),
    undoing(Transfer(UZCARD_TO_HUMO), Refusal::Credit, "reverse", declined(-32408, GIVEN_BACK)),
    undoing(Transfer(HUMO_TO_UZCARD), Refusal::Credit, "reverse", declined(-32408, GIVEN_BACK)),
    step(Transfer(UZCARD_TO_UZCARD), "p2p", end("succeeded", P2P, TOTAL), declined(-32338, &[])),
    step(Transfer(UZCARD_TO_HUMO_IN_ONE_CALL), "p2p", end("succeeded", P2P, TOTAL), declined(-32338, &[])),
    step(Transfer(HUMO_TO_HUMO), "p2p", undone(-32339, &[]), declined(-32339, &[])),
    step(Transfer(HUMO_TO_HUMO), "confirm", end("succeeded", P2P, TOTAL), declined(-32339, &[])),
    // Debited and not yet credited: the credit would be a new movement.
    step(Transfer(UZCARD_TO_HUMO), "pay", undone(-32338, GIVEN_BACK), declined(-32338, &[])),
    step(Transfer(UZCARD_TO_HUMO), "credit", end("succeeded", CREDITED, TOTAL), declined(-32339, GIVEN_BACK)),
    step(Transfer(HUMO_TO_UZCARD), "pay", undone(-32339, &[]), declined(-32339, &[])),
    step(Transfer(HUMO_TO_UZCARD), "confirm", undone(-32339, GIVEN_BACK), declined(-32339, &[])),
    step(Transfer(HUMO_TO_UZCARD), "credit", end("succeeded", CREDITED, TOTAL), declined(-32338, GIVEN_BACK)),
];
