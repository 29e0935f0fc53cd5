//! The rules of calls, derived from the settings.

use rpc_schema::values::Code;
use secrecy::ExposeSecret as _;

use crate::config::{self, Config, Profile};
use crate::domain::address::{Block, Reachable};
use crate::domain::call::Terminal;
use crate::domain::lockout::LockoutRules;
use crate::domain::network::Prefixes;
use crate::domain::source::TrustedProxies;
use crate::rules::{HistoryRules, Rules, TransferRules};
use crate::webhook;

pub(super) fn rules(config: &Config) -> Rules {
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
        prefixes: Prefixes::new(config.prefixes.clone()),
        fixed_code: Code::parse(fixed),
        code_lifetime_ms: config.codes.lifetime_s.saturating_mul(1_000),
        code_tries: config.codes.tries,
        code_required_from: config.codes.required_from,
        sms_daily_limit: config.sms.daily_limit,
        min_debit: config.debits.min_amount,
        max_debit: config.debits.max_amount,
        hold_lifetime_ms: config.holds.lifetime_minutes.saturating_mul(60_000),
        transfers: transfer_rules(&config.transfers),
        history: HistoryRules {
            max_days: config.history.max_days,
            refresh_ms: config.history.refresh_s.saturating_mul(1_000),
            lag_ms: config.history.lag_s.saturating_mul(1_000),
        },
        lease_ms,
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

fn transfer_rules(transfers: &config::Transfers) -> TransferRules {
    let terminal = |terminal: &config::TransferTerminal| Terminal {
        merchant_id: terminal.merchant_id.clone(),
        terminal_id: terminal.terminal_id.clone(),
    };
    TransferRules {
        humo2humo: transfers.humo2humo,
        humo2uzcard: transfers.humo2uzcard,
        uzcard2humo: transfers.uzcard2humo,
        uzcard2uzcard: transfers.uzcard2uzcard,
        uzcard_terminal: terminal(&transfers.uzcard_terminal),
        humo_terminal: terminal(&transfers.humo_terminal),
        sender_required_from: transfers.sender_required_from,
        has_sender_details: transfers.sender.is_some(),
    }
}

/// The proxies that are believed. The settings were checked, so each is a block.
pub(super) fn trusted_proxies(server: &config::Server) -> TrustedProxies {
    let blocks = server.trusted_proxies.iter();
    TrustedProxies::new(blocks.filter_map(|text| Block::parse(text)).collect())
}
