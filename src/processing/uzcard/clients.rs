//! The two clients of SVGate: one asks, the other moves money.

use std::sync::Arc;

use super::client::Client;
use super::codes::Refusals;
use super::otp_form::OtpForm;
use super::pay_form::PayForm;
use super::reports::Reports;
use super::sender_form::SenderForm;
use crate::config;
use crate::processing::bulkhead::Bulkhead;
use crate::processing::exchange::SetupError;

/// Everything that is asked of SVGate and moves no money: cards and their attachment, histories, reports.
#[derive(Debug)]
pub struct UzcardCards {
    pub(super) client: Arc<Client>,
    pub(super) history: Arc<Client>,
    pub(super) history_page_size: u32,
    pub(super) reports: Reports,
    pub(super) hold_statuses: config::HoldStatuses,
    pub(super) otp_form: OtpForm,
}

/// The client of SVGate that moves money.
#[derive(Debug)]
pub(crate) struct UzcardPayments {
    pub(super) client: Arc<Client>,
    pub(super) user: String,
    pub(super) pay_form: PayForm,
    pub(super) port: String,
    pub(super) hold_minutes: i64,
    pub(super) hold_statuses: config::HoldStatuses,
    pub(super) reports: Reports,
    pub(super) refusals: Refusals,
    pub(super) sender_form: SenderForm,
}

/// The two clients of SVGate. Holds last `hold_minutes`.
///
/// # Errors
/// The URL or the credentials cannot be used.
pub(crate) fn connect(
    config: &config::Uzcard,
    url: &str,
    hold_minutes: i64,
    transfers: &config::Transfers,
    history: &config::History,
    bulkhead: &Bulkhead,
) -> Result<(UzcardCards, UzcardPayments), SetupError> {
    let client = Arc::new(Client::new(config, url, bulkhead)?);
    let slow = Arc::new(Client::for_history(config, url, history, bulkhead)?);
    let reports = Reports {
        client: Arc::clone(&slow),
        page_size: history.page_size,
    };
    let cards = UzcardCards {
        client: Arc::clone(&client),
        history: slow,
        history_page_size: history.page_size,
        reports: reports.clone(),
        hold_statuses: config.hold_statuses.clone(),
        otp_form: OtpForm::new(config),
    };
    let payments = UzcardPayments {
        client,
        user: config.user.clone(),
        pay_form: PayForm::new(config),
        port: config.port.clone(),
        hold_minutes,
        hold_statuses: config.hold_statuses.clone(),
        reports,
        refusals: Refusals {
            certain: config.certain_refusals.clone(),
            resp: config.refusing_resp.clone(),
        },
        sender_form: SenderForm::new(config, transfers),
    };
    Ok((cards, payments))
}
