//! `[uzcard.accounts.NAME]` and `[humo.accounts.NAME]`: further contracts with acquirers, each with a login, terminals and
//! tariffs of its own. The settings outside are the account `default`; an account has of them whatever it does not say
//! itself.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use validator::ValidationError;

use super::TransferTerminal;
use super::fault::fault;
use super::transfers::{P2pToHumo, sound};
use crate::domain::tariff::Tariff;

/// An account at SVGate.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct UzcardAccount {
    pub user: Option<String>,
    /// A file that holds the password.
    pub password_file: Option<PathBuf>,
    /// What that file holds.
    #[serde(skip)]
    pub password: Option<SecretString>,
    /// See `uzcard.port`.
    pub port: Option<String>,
    /// See `uzcard.p2p_to_humo`.
    pub p2p_to_humo: Option<P2pToHumo>,
    /// The terminal under which transfers run.
    pub transfer_terminal: Option<TransferTerminal>,
    /// The terminal under which cards are credited, if that is another one.
    pub credit_terminal: Option<TransferTerminal>,
    pub uzcard2humo: Option<Tariff>,
    pub uzcard2uzcard: Option<Tariff>,
}

/// An account at HUMO's PaymentServer.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct HumoAccount {
    pub user: Option<String>,
    /// A file that holds the password.
    pub password_file: Option<PathBuf>,
    /// What that file holds.
    #[serde(skip)]
    pub password: Option<SecretString>,
    /// The `paymentOriginator`; without it, the account's user.
    pub originator: Option<String>,
    pub point_code: Option<String>,
    pub centre_id: Option<String>,
    pub centre_id_by_bank: Option<bool>,
    /// The terminal under which transfers run.
    pub transfer_terminal: Option<TransferTerminal>,
    /// The terminal of transfers inside HUMO that are not inside one bank, if that is another one.
    pub interbank_terminal: Option<TransferTerminal>,
    /// The terminal under which cards are credited, if that is another one.
    pub credit_terminal: Option<TransferTerminal>,
    pub switching_intrabank: Option<String>,
    pub switching_interbank: Option<String>,
    pub switching_cobadge: Option<String>,
    pub humo2humo: Option<Tariff>,
    pub humo2uzcard: Option<Tariff>,
}

impl UzcardAccount {
    pub(super) fn check(&self) -> Result<(), ValidationError> {
        has_login(self.user.is_some(), self.password_file.is_some())?;
        are_sound([&self.uzcard2humo, &self.uzcard2uzcard])
    }
}

impl HumoAccount {
    pub(super) fn check(&self) -> Result<(), ValidationError> {
        has_login(self.user.is_some(), self.password_file.is_some())?;
        are_sound([&self.humo2humo, &self.humo2uzcard])
    }
}

fn are_sound(tariffs: [&Option<Tariff>; 2]) -> Result<(), ValidationError> {
    sound(tariffs.into_iter().flatten().map(|one| ("accounts", one)))
}

/// One user's password is never sent with another user.
fn has_login(user: bool, password_file: bool) -> Result<(), ValidationError> {
    if user == password_file {
        return Ok(());
    }
    let reason = "user and password_file of an account must be set together, or neither of them";
    Err(fault("accounts", reason))
}
