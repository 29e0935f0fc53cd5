//! What does an error tell a program besides its code and message? Of what the caller sent, only names of members and
//! the caller's own `extId`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::components;
use crate::reason::{self, Reason};
use crate::values::{ExtId, Network, TransactionId};

/// Details of an error. Members that do not apply are left out, and so is `data` itself if none applies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorData {
    /// The reason, where the code alone does not tell.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "reason::known"
    )]
    #[schemars(with = "Reason")]
    pub reason: Option<Reason>,
    /// What to do instead, in a sentence for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "components::Hint")]
    pub hint: Option<String>,
    /// The member of `params` that the error is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "components::ParamName")]
    pub field: Option<String>,
    /// The transaction to ask about with `transactions.get`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "components::TransactionId")]
    pub transaction_id: Option<TransactionId>,
    /// Your own id of the operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ExtId")]
    pub ext_id: Option<String>,
    /// The network that refused or cannot be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Network")]
    pub network: Option<Network>,
    /// The network's own code, to quote to its support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "components::ProcessingCode")]
    pub processing_code: Option<String>,
    /// True if the same call may succeed later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "components::Flag")]
    pub retryable: Option<bool>,
}

impl ErrorData {
    /// Whether no member applies.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reason_that_is_not_known_hides_nothing_else() {
        let read: ErrorData =
            serde_json::from_value(json!({"reason": "of_a_later_version", "transactionId": 7}))
                .unwrap();
        let expected = ErrorData {
            transaction_id: Some(7),
            ..ErrorData::default()
        };
        assert_eq!(read, expected);
        let known = ErrorData {
            reason: Some(Reason::HoldExpired),
            ..ErrorData::default()
        };
        assert_eq!(json!(known), json!({"reason": "hold_expired"}));
        assert_eq!(
            serde_json::from_value::<ErrorData>(json!(known)).unwrap(),
            known
        );
    }
}
