//! Which of the servers outside has this gateway? A bank may have one network, and no SMS provider.

use rpc_schema::errors::ErrorCode;
use rpc_schema::reason::Reason;
use rpc_schema::values::Network;
use sea_orm::DbErr;

use crate::domain::failure::Failure;
use crate::domain::network::from_stored;
use crate::gateway::Gateway;
use crate::repository::accounts_in_use::accounts_in_use;

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

    /// Says once in the log which accounts are in use and not in this gateway's settings, and how many are new: partners under
    /// them hear -32374 here, and what is open is left to the gateways that have them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn tell_lacking_accounts(&self) -> Result<usize, DbErr> {
        let served = self.payments.served();
        let used = accounts_in_use(&*self.database).await?.into_iter();
        let lacking = used.filter(|used| served.lacks(used.network, &used.account));
        let named = lacking.map(|used| (from_stored(used.network).name(), used.account));
        let begun = self.lacking_accounts.begun(named.collect());
        for (network, account) in &begun {
            tracing::error!(
                network,
                account,
                "an account is in use, and the settings of this gateway lack it: its cards are refused with -32374, and its open \
                 calls and holds are left to the gateways that have it"
            );
        }
        Ok(begun.len())
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
