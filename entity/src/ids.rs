//! Ids of rows. Each table's id has a type of its own, so that one cannot be passed for another.

use std::fmt;

use sea_orm::DeriveValueType;

/// A row's number: stored as an integer, printed as the bare number.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

id! {
    /// The id of a row of `processing_request`: one call to a network.
    ProcessingRequestId
}

id! {
    /// The id of a row of `transaction`: an attachment, a debit, a hold or a transfer. Partners know it as
    /// `transactionId`.
    TransactionId
}
