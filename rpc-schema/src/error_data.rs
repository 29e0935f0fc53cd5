//! The member `data` of an error: what a program needs besides code and message. Never a value that the caller sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::{Network, TransactionId};

/// Details of an error; members that do not apply are left out, and so is `data` itself when none does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorData {
    /// A stable word that tells apart the cases of one code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub reason: Option<String>,
    /// The member of `params` that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub field: Option<String>,
    /// The transaction to ask about with `transactions.get`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "TransactionId")]
    pub transaction_id: Option<TransactionId>,
    /// Your own id of the operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub ext_id: Option<String>,
    /// The network that refused or cannot be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Network")]
    pub network: Option<Network>,
    /// The network's own code, for a call to its support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub processing_code: Option<String>,
    /// True where the same call may succeed later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub retryable: Option<bool>,
}

impl ErrorData {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
