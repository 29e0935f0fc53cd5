//! Which of the servers outside has this gateway? A bank may have one network, and no SMS provider.

use rpc_schema::errors::ErrorCode;
use rpc_schema::reason::Reason;
use rpc_schema::values::Network;

use crate::domain::failure::Failure;
use crate::gateway::Gateway;

impl Gateway {
    /// Whether cards of this network can be served under this account.
    ///
    /// # Errors
    /// -32374: the network or the account is not configured.
    pub(super) fn check_connected(&self, network: Network, account: &str) -> Result<(), Failure> {
        if self.networks.has(network, account) {
            return Ok(());
        }
        let mut absent =
            Failure::new(ErrorCode::CardTypeNotSupported).because(Reason::NetworkAbsent);
        absent.data.network = Some(network);
        Err(absent)
    }

    /// Whether codes can be sent.
    ///
    /// # Errors
    /// -32349: no SMS provider is configured.
    pub(super) fn check_sms(&self) -> Result<(), Failure> {
        if self.rules.connected.sms {
            return Ok(());
        }
        let mut absent = Failure::new(ErrorCode::SmsGatewayUnavailable).because(Reason::SmsAbsent);
        // A provider that does not answer may answer later; one that is not there will not.
        absent.data.retryable = None;
        Err(absent)
    }
}
