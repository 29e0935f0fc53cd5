//! The gateway itself: everything that a call needs, made once at the start and handed in.

mod fetches;
mod lacking;
mod rates;

use std::sync::Arc;

use rpc_schema::values::Code;
use tokio_util::sync::CancellationToken;

use crate::audit::Audit;
use crate::clock::Clock;
use crate::database::Database;
use crate::error::Error;
use crate::exchange_counts::ExchangeCounts;
use crate::key_rotation::KeyFollower;
use crate::notices::Notices;
use crate::payment::Payments;
use crate::processing::CardNetworks;
use crate::processing::fiscal::FiscalOperator;
use crate::processing::sms::Sms;
use crate::question_counts::QuestionCounts;
use crate::random::Random;
use crate::rules::Rules;
use crate::vault::Vault;
use crate::webhook::Webhooks;
pub use fetches::Fetches;
pub use lacking::LackingAccounts;
pub use rates::Rates;

/// What all calls share.
pub struct Gateway {
    pub database: Database,
    pub vault: Arc<Vault>,
    /// What must not go unnoticed.
    pub audit: Arc<Audit>,
    /// Keeps the vault to the key file and to the current key.
    pub keys: KeyFollower,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub rules: Arc<Rules>,
    /// The networks, asked about cards.
    pub networks: CardNetworks,
    /// The only way to a call that moves money.
    pub payments: Arc<Payments>,
    /// What partners hear without asking.
    pub webhooks: Arc<Webhooks>,
    /// `None`: no codes can be sent.
    pub sms: Option<Sms>,
    /// `None`: fees have no receipts.
    pub fiscal: Option<Box<dyn FiscalOperator>>,
    /// The least number of the next receipt, where the gateway counts them.
    pub first_receipt: i64,
    /// What the networks did not answer.
    pub questions: QuestionCounts,
    /// How exchanges with the servers outside end.
    pub exchanges: ExchangeCounts,
    /// What operators are told of callers and servers.
    pub notices: Notices,
    /// How often somebody has asked.
    pub rates: Rates,
    /// The accounts that are in use and not in the settings, as the log has them.
    pub lacking_accounts: LackingAccounts,
    /// The histories that are being fetched.
    pub fetches: Fetches,
    /// Cancelled when the gateway stops: what it does by itself begins nothing more.
    pub stopping: CancellationToken,
}

impl Gateway {
    /// A new confirmation code.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn new_code(&self) -> Result<Code, Error> {
        if let Some(code) = &self.rules.fixed_code {
            return Ok(code.clone());
        }
        let digits = self.random.six_digits()?;
        Code::parse(&digits)
            .ok_or_else(|| Error::Corrupt("a new code is not six digits".to_owned()))
    }
}
