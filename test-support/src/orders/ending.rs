//! How a call to a network goes wrong.

use crate::{TestApp, TestCard};

/// How a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The connection fails before or after the network has carried the call out; the gateway cannot tell which.
    Lost {
        /// The fault's name at the simulated networks.
        kind: &'static str,
        /// Whether the network has carried the call out.
        executed: bool,
    },
    /// The network refuses.
    Refused,
    /// The network answers with a code that leaves the outcome open, and has not carried the call out.
    Unclear,
}

/// A call that is lost in this way.
pub const fn lost(kind: &'static str, executed: bool) -> Ending {
    Ending::Lost { kind, executed }
}

/// All of them.
pub const ENDINGS: [Ending; 10] = [
    lost("drop_before", false),
    lost("drop_after", true),
    lost("reset_before", false),
    lost("reset_after", true),
    lost("http_500_before", false),
    lost("http_500_after", true),
    lost("garbage_before", false),
    lost("garbage_after", true),
    Ending::Refused,
    Ending::Unclear,
];

impl Ending {
    /// Whether the network has carried the call out.
    pub fn is_executed(self) -> bool {
        match self {
            Self::Lost { executed, .. } => executed,
            Self::Refused | Self::Unclear => false,
        }
    }
}

/// Makes the next call of this kind to the card's network end this way; `code` is the network's, if it answers with
/// one.
pub async fn fail(app: &TestApp, card: TestCard, operation: &str, ending: Ending, code: &str) {
    match ending {
        Ending::Lost { kind, .. } => app.fail_once(card, operation, kind).await,
        Ending::Refused | Ending::Unclear => app.refuse_once(card, operation, code).await,
    }
}
