//! The params of a call about one transaction.

use crate::params::params;
use crate::values::TransactionId;

params! {
    /// Params of a call about one transaction.
    TransactionParams {
        /// The transaction.
        transaction_id "transactionId": required TransactionId;
    }
}
