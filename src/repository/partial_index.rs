//! What the conditions of partial indexes say. SQLite plans a statement without looking at the values that are bound to it
//! (QPSG, see `.cargo/config.toml`): it reads from such an index only where the same words stand in the statement.

use sea_orm::sea_query::Expr;

/// Of `processing_request`: their outcome is not known.
pub(super) fn unsettled() -> Expr {
    Expr::cust("state IN ('sent', 'unknown')")
}

/// Of `processing_request`: the holds on cards of UZCARD.
pub(super) fn approved_hold() -> Expr {
    Expr::cust("state = 'approved' AND action = 'hold' AND network = 'UZCARD'")
}

/// Of `transaction`: their money is held.
pub(super) fn held() -> Expr {
    Expr::cust("status = 'held'")
}

/// Of `transaction`: a call is under way, or its outcome is not known.
pub(super) fn open() -> Expr {
    Expr::cust("status IN ('processing', 'manual')")
}

/// Of `transfer`: the fiscal receipt is to be registered.
pub(super) fn receipt_due() -> Expr {
    Expr::cust("fiscal = 'due'")
}

/// Of `transfer`: the fiscal service refuses the receipt.
pub(super) fn receipt_refused() -> Expr {
    Expr::cust("fiscal = 'refused'")
}
