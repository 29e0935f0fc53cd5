//! The operator of fiscal data: it registers the fee of a transfer and returns the URL of a fiscal check.
//!
//! Each operator is a file of its own that implements [`FiscalOperator`] and is chosen in [`connect`]
//! (docs/networks.md#fiscal-operators).

mod check;
mod ofd;
mod operator;
mod signed;
pub(super) mod simulated;

pub use self::check::{CheckError, registered_at};
use self::ofd::Ofd;
pub use self::operator::{FiscalError, FiscalOperator, FiscalReceipt, Registered};
use self::simulated::Simulated;
use super::exchange::SetupError;
use super::told_server::ToldServer;
use crate::config::{self, OperatorKind};

/// The client of the configured operator at this address.
///
/// # Errors
/// The address, the credentials or the files of the settings cannot be used.
pub(crate) fn connect(
    config: &config::Fiscal,
    url: &str,
    told: ToldServer,
) -> Result<Box<dyn FiscalOperator>, SetupError> {
    Ok(match config.operator {
        OperatorKind::Sandbox => Box::new(Simulated::new(config, url, told)?),
        OperatorKind::Ofd => Box::new(Ofd::new(config, url, told)?),
    })
}
