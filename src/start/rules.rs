//! The rules of calls, derived from the settings.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use listener::browser::Doorkeeper;
use listener::guarded::Pace;
use listener::{Host, Origin};
use rpc_schema::values::{Code, Network};
use secrecy::ExposeSecret as _;

use crate::certificate_ends::CertificateEnds;
use crate::config::{self, Config, P2pToHumo, Profile};
use crate::domain::address::{Block, Reachable};
use crate::domain::call::Terminal;
use crate::domain::code_text::Texts;
use crate::domain::lockout::LockoutRules;
use crate::domain::network::{Prefix, PrefixTable};
use crate::domain::rate::Rate;
use crate::domain::source::TrustedProxies;
use crate::rules::{
    AccountTransfers, BankRule, Connected, HistoryRules, LimitRules, ReconciliationRules, Rules,
    SpendingLimits, TransferRules,
};
use crate::server::{Certificates, TlsError, TlsFiles};
use crate::webhook;

pub(super) fn rules(config: &Config, code_texts: Texts, prefixes: Vec<Prefix>) -> Rules {
    let fixed = match config.profile() {
        Profile::Sandbox => config
            .codes
            .fixed
            .as_ref()
            .map_or("111111", |code| code.expose_secret()),
        Profile::Production => "",
    };
    // One call to a network, and the time until its outcome is recorded.
    let longest_call = config.uzcard.timeout_ms.max(config.humo.timeout_ms);
    let lease_ms = longest_call.saturating_add(config.recovery.lease_margin_ms);
    let lease_ms = i64::try_from(lease_ms).unwrap_or(i64::MAX);
    // A call leaves within its lease; from then on the network may take this long.
    let final_after_ms = |configured: Option<u32>| {
        let seconds = configured.unwrap_or(match config.profile() {
            Profile::Sandbox => 30,
            Profile::Production => 600,
        });
        lease_ms + i64::from(seconds) * 1_000 + i64::from(config.recovery.clock_skew_ms)
    };
    Rules {
        connected: connected(config),
        prefixes: Arc::new(PrefixTable::new(prefixes)),
        learns_prefixes: config.uzcard.bin_list,
        fixed_code: Code::parse(fixed),
        code_texts: Arc::new(code_texts),
        code_lifetime_ms: config.codes.lifetime_s.saturating_mul(1_000),
        code_tries: config.codes.tries,
        code_required_from: config.codes.required_from,
        sms_daily_limit: config.sms.daily_limit,
        min_debit: config.debits.min_amount,
        max_debit: config.debits.max_amount,
        hold_lifetime_ms: config.holds.lifetime_minutes.saturating_mul(60_000),
        transfers: transfer_rules(config),
        history: HistoryRules {
            max_days: config.history.max_days,
            refresh_ms: config.history.refresh_s.saturating_mul(1_000),
            lag_ms: config.history.lag_s.saturating_mul(1_000),
        },
        reconciliation: config
            .humo
            .reconciliation_hour
            .map(|hour| ReconciliationRules {
                from_ms: i64::from(hour) * 3_600_000,
                // A look-up, a create and a confirmation.
                lease_ms: i64::try_from(config.humo.timeout_ms.saturating_mul(3))
                    .unwrap_or(i64::MAX)
                    .saturating_add(30_000),
            }),
        lease_ms,
        limits: limit_rules(config),
        // Once its caller's time is over, an order begins nothing; another gateway's clock may be ahead.
        claim_ms: i64::try_from(config.server.call_timeout_ms)
            .unwrap_or(i64::MAX)
            .saturating_add(config.recovery.clock_skew_ms.into()),
        clock_skew_ms: config.recovery.clock_skew_ms.into(),
        leave_within_ms: i64::try_from(config.recovery.lease_margin_ms).unwrap_or(i64::MAX),
        final_after_uzcard_ms: final_after_ms(config.uzcard.max_processing_s),
        final_after_humo_ms: final_after_ms(config.humo.max_processing_s),
    }
}

/// The sandbox has all there is.
fn connected(config: &Config) -> Connected {
    let is_sandbox = match config.profile() {
        Profile::Sandbox => true,
        Profile::Production => false,
    };
    let has = |url: &Option<String>| is_sandbox || url.is_some();
    Connected {
        uzcard: config.has(Network::Uzcard),
        humo: config.has(Network::Humo),
        sms: has(&config.sms.url),
        fiscal: has(&config.fiscal.url),
    }
}

/// In the sandbox profile a few test cards and phones are everybody's, so all is generous that is not set.
fn limit_rules(config: &Config) -> LimitRules {
    let limits = &config.limits;
    let of = |set: Option<i64>, usual: i64| match config.profile() {
        Profile::Production => set.unwrap_or(usual),
        Profile::Sandbox => set.unwrap_or(1_000_000),
    };
    let sum = |set: Option<i64>, usual: i64| match config.profile() {
        Profile::Production => set.unwrap_or(usual),
        Profile::Sandbox => set.unwrap_or(i64::MAX / 4),
    };
    let is_bounded = match config.profile() {
        Profile::Production => true,
        Profile::Sandbox => [
            limits.debits_per_hour,
            limits.debits_per_day,
            limits.debited_per_hour,
            limits.debited_per_day,
        ]
        .iter()
        .any(Option::is_some),
    };
    let (minute, hour, day) = (60, 3_600, 86_400);
    let at_once = of(limits.calls_at_once, 200);
    LimitRules {
        calls_per_second: of(limits.calls_per_second, 100),
        calls_at_once: usize::try_from(at_once).unwrap_or(usize::MAX),
        attachments_of_partner: Rate::of(of(limits.refused_attachments_per_hour, 3), hour),
        attachments_of_card: Rate::of(of(limits.refused_attachments_of_all_per_hour, 10), hour),
        codes_soon: Rate::of(of(limits.codes_per_10_minutes, 3), 10 * minute),
        codes_a_day: Rate::of(of(limits.codes_per_day, 10), day),
        wrong_codes: Rate::of(of(limits.wrong_codes_per_hour, 10), hour),
        recipients_of_partner: Rate::of(of(limits.recipients_per_minute, 30), minute),
        recipients_of_card: Rate::of(of(limits.recipients_of_card_per_hour, 10), hour),
        monitoring: Rate::of(of(limits.monitoring_per_10_seconds, 10), 10),
        spending: is_bounded.then(|| SpendingLimits {
            debits_per_hour: of(limits.debits_per_hour, 30),
            debited_per_hour: sum(limits.debited_per_hour, 10_000_000_000),
            debits_per_day: of(limits.debits_per_day, 100),
            debited_per_day: sum(limits.debited_per_day, 30_000_000_000),
        }),
    }
}

/// Whom failed logins lock out.
pub(super) fn lockout_rules(limits: &config::Limits) -> LockoutRules {
    LockoutRules {
        failures: limits.login_failures,
        window_ms: limits.login_window_s * 1_000,
        lock_ms: limits.login_lock_s * 1_000,
        source_per_second: limits.source_failures_per_second,
        source_failures: limits.source_failures,
    }
}

/// What a webhook's address may be. In the sandbox profile a receiver runs on the same machine and has no certificate.
pub(super) fn webhook_rules(config: &Config) -> webhook::Rules {
    let settings = &config.webhooks;
    let is_sandbox = match config.profile() {
        Profile::Sandbox => true,
        Profile::Production => false,
    };
    let this_machine = || vec!["127.0.0.0/8".to_owned(), "::1/128".to_owned()];
    let allowed = match &settings.allowed_networks {
        Some(allowed) => allowed.clone(),
        None if is_sandbox => this_machine(),
        None => Vec::new(),
    };
    webhook::Rules {
        allow_http: settings.allow_http.unwrap_or(is_sandbox),
        reachable: Reachable {
            // `Config::check` has refused all that is no block.
            allowed: allowed
                .iter()
                .filter_map(|text| Block::parse(text))
                .collect(),
        },
        timeout_ms: settings.timeout_ms,
        keep_ms: settings.keep_days * 86_400_000,
    }
}

fn transfer_rules(config: &Config) -> TransferRules {
    let terminal = |terminal: &config::TransferTerminal| Terminal {
        merchant_id: terminal.merchant_id.clone(),
        terminal_id: terminal.terminal_id.clone(),
    };
    TransferRules {
        uzcard: config
            .uzcard_accounts()
            .map(|(uzcard, own)| AccountTransfers {
                within: own.uzcard2uzcard,
                across: own.uzcard2humo,
                terminal: terminal(&own.uzcard_terminal),
                interbank_terminal: None,
                credit_terminal: terminal(
                    own.uzcard_credit_terminal
                        .as_ref()
                        .unwrap_or(&own.uzcard_terminal),
                ),
                across_in_one_call: uzcard.p2p_to_humo == P2pToHumo::Pan,
            }),
        humo: config.humo_accounts().map(|(_, own)| AccountTransfers {
            within: own.humo2humo,
            across: own.humo2uzcard,
            terminal: terminal(&own.humo_terminal),
            interbank_terminal: own.humo_interbank_terminal.as_ref().map(terminal),
            credit_terminal: terminal(
                own.humo_credit_terminal
                    .as_ref()
                    .unwrap_or(&own.humo_terminal),
            ),
            across_in_one_call: false,
        }),
        banks: (config.transfers.banks.values())
            .map(|bank| BankRule {
                digits: bank.digits.clone(),
                network: bank.network,
                enabled: bank.enabled,
                max_amount: bank.max_amount,
            })
            .collect(),
        sender_required_from: config.transfers.sender_required_from,
        has_sender_details: config.transfers.sender.is_some(),
    }
}

/// The proxies that are believed. The settings were checked, so each is a block.
pub(super) fn trusted_proxies(server: &config::Server) -> TrustedProxies {
    let blocks = server.trusted_proxies.iter();
    TrustedProxies::new(blocks.filter_map(|text| Block::parse(text)).collect())
}

/// The certificates of the partners' listener; `None`: it speaks plain HTTP.
pub(super) fn certificates(
    server: &config::Server,
    ends: &CertificateEnds,
) -> Result<Option<Arc<Certificates>>, TlsError> {
    let (Some(certificate), Some(key)) = (&server.tls.cert_file, &server.tls.key_file) else {
        return Ok(None);
    };
    let files = TlsFiles {
        certificate: certificate.clone(),
        key: key.clone(),
        client_ca: server.tls.client_ca_file.clone(),
        client_certificate_required: server.tls.require_client_certificate,
    };
    Ok(Some(Arc::new(Certificates::open(files, ends.clone())?)))
}

/// Whom a listener at this address lets speak. The settings were checked, so each is a host or an origin.
pub(super) fn doorkeeper(server: &config::Server, address: IpAddr) -> Doorkeeper {
    let (hosts, origins) = (server.hosts.iter(), server.allowed_origins.iter());
    Doorkeeper {
        on_loopback: address.is_loopback(),
        secure: server.tls.cert_file.is_some(),
        hosts: hosts.filter_map(|text| Host::parse(text)).collect(),
        by_address: false,
        origins: origins.filter_map(|text| Origin::parse(text)).collect(),
    }
}

/// The same for a listener that is not the partners': tools reach it by its address, and no page of others calls it.
pub fn inner_doorkeeper(server: &config::Server, address: IpAddr) -> Doorkeeper {
    Doorkeeper {
        secure: false,
        by_address: true,
        origins: Vec::new(),
        ..doorkeeper(server, address)
    }
}

/// How slow those may be who are connected to a listener that is not the partners'.
pub fn inner_pace(server: &config::Server) -> Pace {
    Pace {
        window: Duration::from_millis(server.write_window_ms),
        ..Pace::default()
    }
}
