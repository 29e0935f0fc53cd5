//! Each setting that a file or the environment may have: what kind of value it takes, and between which bounds.

use std::net::{IpAddr, SocketAddr};

use super::route::ProxyAddress;

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Setting {
    /// Section and key: `server.batch_limit`.
    pub(super) key: &'static str,
    pub(super) kind: Kind,
}

/// What a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text of at least one character, and at most this many.
    Text(usize),
    /// The same, and may be empty.
    MaybeEmpty(usize),
    /// `true` or `false`.
    Flag,
    /// A whole number: the least and the greatest.
    Whole(i64, i64),
    /// An IP address with a port.
    Address,
    /// An IP address.
    Ip,
    /// A proxy's address.
    Proxy,
    /// What a header of HTTP can carry; may be empty.
    Header,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Whole numbers; in the file alone.
    Numbers,
    /// Texts; in the file alone.
    Texts,
    /// Words: in the environment one text with commas.
    Words,
    /// The table of prefixes; in the file alone.
    Prefixes,
    /// The partners of a payment facilitator; in the file alone.
    Merchants,
    /// Tables with names of their own, each with these settings; in the file alone.
    Accounts(&'static [Setting]),
}

/// The most tiyin that a setting may name: ten thousand billion UZS.
const MOST: i64 = 1_000_000_000_000_000;
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// The longest URL, and the longest path.
const LONG: usize = 4_096;

/// The longest text of a header.
const HEADER: usize = 256;

const fn setting(key: &'static str, kind: Kind) -> Setting {
    Setting { key, kind }
}

use Kind::{
    Accounts, Address, Choice, Flag, Header, Ip, MaybeEmpty, Merchants, Numbers, Prefixes, Proxy,
    Text, Texts, Whole, Words,
};

/// Those that are secrets, or may hold one.
pub(super) const SECRETS: [&str; 12] = [
    "database.url",
    "uzcard.password",
    "humo.password",
    "humo.token",
    "humo.login.password",
    "sms.password",
    "fiscal.password",
    "uzcard.route.proxy_password",
    "humo.payment_route.proxy_password",
    "humo.info_route.proxy_password",
    "sms.route.proxy_password",
    "fiscal.route.proxy_password",
];

/// All settings.
#[rustfmt::skip]
pub(super) const SETTINGS: &[Setting] = &[
    setting("profile", Choice(&["sandbox", "production"])),

    setting("database.url", Text(LONG)),
    setting("database.password_file", Text(LONG)),
    // A migration takes two.
    setting("database.max_connections", Whole(2, 1_000)),
    setting("database.acquire_timeout_ms", Whole(10, 10 * MINUTE)),
    setting("database.queue_ms", Whole(1, MINUTE)),

    setting("server.listen", Address),
    setting("server.ops_listen", Address),
    setting("server.allow_plaintext_beyond_loopback", Flag),
    setting("server.hosts", Words),
    setting("server.allowed_origins", Words),
    setting("server.trusted_proxies", Words),
    setting("server.tls.cert_file", Text(LONG)),
    setting("server.tls.key_file", Text(LONG)),
    setting("server.tls.client_ca_file", Text(LONG)),
    setting("server.tls.require_client_certificate", Flag),
    setting("server.tls.reload_period_ms", Whole(10, HOUR)),
    setting("server.body_limit_bytes", Whole(1_024, 1_048_576)),
    setting("server.batch_limit", Whole(1, 1_000)),
    setting("server.max_in_flight", Whole(1, 100_000)),
    setting("server.max_connections", Whole(1, 1_000_000)),
    setting("server.max_connections_per_source", Whole(1, 1_000_000)),
    setting("server.header_timeout_ms", Whole(100, 2 * MINUTE)),
    setting("server.idle_timeout_ms", Whole(100, HOUR)),
    setting("server.write_window_ms", Whole(10, 10 * MINUTE)),
    setting("server.body_timeout_ms", Whole(100, 10 * MINUTE)),
    setting("server.call_timeout_ms", Whole(1, 10 * MINUTE)),
    setting("server.shutdown_timeout_ms", Whole(0, 10 * MINUTE)),
    setting("server.partner_cache_ms", Whole(0, MINUTE)),

    setting("production.allow_built_in_credentials", Flag),
    setting("production.allow_http_networks", Flag),
    setting("production.allow_unverified_postgres", Flag),

    setting("compat.http_paths", Flag),

    setting("limits.login_failures", Whole(3, 1_000_000)),
    setting("limits.login_window_s", Whole(1, 86_400)),
    setting("limits.login_lock_s", Whole(1, 86_400)),
    setting("limits.source_failures_per_second", Whole(3, 1_000_000)),
    setting("limits.source_failures", Whole(3, 1_000_000)),
    setting("limits.card_calls_at_once", Whole(1, 100_000)),
    setting("limits.card_lost_calls", Whole(1, 100_000)),
    setting("limits.calls_per_second", Whole(1, 1_000_000)),
    setting("limits.calls_at_once", Whole(1, 100_000)),
    setting("limits.refused_attachments_per_hour", Whole(1, 1_000_000)),
    setting("limits.refused_attachments_of_all_per_hour", Whole(1, 1_000_000)),
    setting("limits.codes_per_10_minutes", Whole(1, 1_000_000)),
    setting("limits.codes_per_day", Whole(1, 1_000_000)),
    setting("limits.wrong_codes_per_hour", Whole(1, 1_000_000)),
    setting("limits.recipients_per_minute", Whole(1, 1_000_000)),
    setting("limits.recipients_of_card_per_hour", Whole(1, 1_000_000)),
    setting("limits.monitoring_per_10_seconds", Whole(1, 1_000_000)),
    setting("limits.debits_per_hour", Whole(1, 1_000_000)),
    setting("limits.debits_per_day", Whole(1, 1_000_000)),
    setting("limits.debited_per_hour", Whole(1, MOST)),
    setting("limits.debited_per_day", Whole(1, MOST)),

    setting("vault.key_file", Text(LONG)),

    setting("audit.anchor_period_ms", Whole(1_000, HOUR)),
    setting("audit.queue_rows", Whole(4, 1_000_000)),

    setting("uzcard.url", Text(LONG)),
    setting("uzcard.user", Text(128)),
    setting("uzcard.password", Text(1_024)),
    setting("uzcard.password_file", Text(LONG)),
    setting("uzcard.connect_timeout_ms", Whole(1, MINUTE)),
    setting("uzcard.timeout_ms", Whole(1, 5 * MINUTE)),
    setting("uzcard.max_processing_s", Whole(1, 86_400)),
    setting("uzcard.port", Text(32)),
    setting("uzcard.payment_method", Choice(&["trans.pay.purpose", "trans.pay"])),
    setting("uzcard.purpose", Text(256)),
    setting("uzcard.receiver_id", Text(250)),
    setting("uzcard.merchants", Merchants),
    setting("uzcard.service_name", Text(20)),
    setting("uzcard.requestor_phone", Choice(&["off", "params", "card"])),
    setting("uzcard.sms.template_id", Whole(0, 9_999)),
    setting("uzcard.sms.hash", Text(12)),
    setting("uzcard.bin_list", Flag),
    setting("uzcard.known_card", Choice(&["refuse", "own_code", "no_code"])),
    setting("uzcard.p2p_to_humo", Choice(&["two_legs", "pan"])),
    setting("uzcard.hold_statuses.active", Whole(-MOST, MOST)),
    setting("uzcard.hold_statuses.captured", Whole(-MOST, MOST)),
    setting("uzcard.hold_statuses.dismissed", Whole(-MOST, MOST)),
    setting("uzcard.hold_statuses.expired", Whole(-MOST, MOST)),
    setting("uzcard.certain_refusals", Numbers),
    setting("uzcard.refusing_resp", Numbers),
    setting("uzcard.accounts", Accounts(UZCARD_ACCOUNT)),
    setting("uzcard.tls.ca_file", Text(LONG)),
    setting("uzcard.tls.client_cert", Text(LONG)),
    setting("uzcard.tls.client_key", Text(LONG)),
    setting("uzcard.tls.server_name", Text(253)),
    setting("uzcard.route.proxy", Proxy),
    setting("uzcard.route.proxy_user", Text(256)),
    setting("uzcard.route.proxy_password", Text(1_024)),
    setting("uzcard.route.proxy_password_file", Text(LONG)),
    setting("uzcard.route.source_address", Ip),
    setting("uzcard.route.idle_ms", Whole(0, 10 * MINUTE)),
    setting("uzcard.route.reply_limit_bytes", Whole(16 * 1024, 64 * 1024 * 1024)),

    setting("humo.payment_url", Text(LONG)),
    setting("humo.info_url", Text(LONG)),
    setting("humo.user", Text(128)),
    setting("humo.originator", Text(128)),
    setting("humo.password", Text(1_024)),
    setting("humo.password_file", Text(LONG)),
    setting("humo.token", Text(LONG)),
    setting("humo.token_file", Text(LONG)),
    setting("humo.connect_timeout_ms", Whole(1, MINUTE)),
    setting("humo.timeout_ms", Whole(1, 5 * MINUTE)),
    setting("humo.max_processing_s", Whole(1, 86_400)),
    setting("humo.info", Choice(&["v3", "v2", "soap"])),
    setting("humo.mb_flag", Choice(&["number", "boolean"])),
    setting("humo.card_statuses", Choice(&["first", "all"])),
    setting("humo.auth", Choice(&["token", "login"])),
    setting("humo.token_header", Choice(&["bearer", "bearer_colon", "bare", "none"])),
    setting("humo.login.path", Text(256)),
    setting("humo.login.user", Text(128)),
    setting("humo.login.password", Text(1_024)),
    setting("humo.login.password_file", Text(LONG)),
    setting("humo.login.user_member", Text(64)),
    setting("humo.login.password_member", Text(64)),
    setting("humo.login.token_member", Text(128)),
    setting("humo.soap_info.cards_url", Text(LONG)),
    setting("humo.soap_info.issuing_url", Text(LONG)),
    setting("humo.soap_info.access_url", Text(LONG)),
    setting("humo.soap_info.bank_id", Text(64)),
    setting("humo.soap_info.bank_id_element", Choice(&["bankid", "bankId"])),
    setting("humo.soap_info.group", Text(16)),
    setting("humo.history_url", Text(LONG)),
    setting("humo.sale", Choice(&["soap_sms", "soap_dms"])),
    setting(
        "humo.credit_biller",
        Choice(&["soap_tocard_2", "soap_tocard"]),
    ),
    setting(
        "humo.content_type",
        Choice(&["text/xml", "application/xml"]),
    ),
    setting("humo.reconciliation_hour", Whole(0, 23)),
    setting("humo.payment_list", Flag),
    setting("humo.card_path", Text(256)),
    setting("humo.history_path", Text(256)),
    setting("humo.soap_action", Choice(&["none", "empty", "quoted_empty", "operation", "quoted_operation"])),
    setting("humo.soap_actions.payment", Header),
    setting("humo.soap_actions.request", Header),
    setting("humo.soap_actions.get_payment", Header),
    setting("humo.soap_actions.cancel_request", Header),
    setting("humo.soap_actions.return_payment", Header),
    setting("humo.point_code", Text(64)),
    setting("humo.centre_id", Text(64)),
    setting("humo.centre_id_by_bank", Flag),
    setting("humo.centre_ids", Texts),
    setting("humo.corporate_groups", Texts),
    setting("humo.send_credit_expiry", Flag),
    setting("humo.fee_from", Choice(&["tariff", "network"])),
    setting("humo.certain_refusals", Numbers),
    setting("humo.accounts", Accounts(HUMO_ACCOUNT)),
    setting("humo.payment_tls.ca_file", Text(LONG)),
    setting("humo.payment_tls.client_cert", Text(LONG)),
    setting("humo.payment_tls.client_key", Text(LONG)),
    setting("humo.payment_tls.server_name", Text(253)),
    setting("humo.payment_route.proxy", Proxy),
    setting("humo.payment_route.proxy_user", Text(256)),
    setting("humo.payment_route.proxy_password", Text(1_024)),
    setting("humo.payment_route.proxy_password_file", Text(LONG)),
    setting("humo.payment_route.source_address", Ip),
    setting("humo.payment_route.idle_ms", Whole(0, 10 * MINUTE)),
    setting("humo.payment_route.reply_limit_bytes", Whole(16 * 1024, 64 * 1024 * 1024)),
    setting("humo.info_tls.ca_file", Text(LONG)),
    setting("humo.info_tls.client_cert", Text(LONG)),
    setting("humo.info_tls.client_key", Text(LONG)),
    setting("humo.info_tls.server_name", Text(253)),
    setting("humo.info_route.proxy", Proxy),
    setting("humo.info_route.proxy_user", Text(256)),
    setting("humo.info_route.proxy_password", Text(1_024)),
    setting("humo.info_route.proxy_password_file", Text(LONG)),
    setting("humo.info_route.source_address", Ip),
    setting("humo.info_route.idle_ms", Whole(0, 10 * MINUTE)),
    setting("humo.info_route.reply_limit_bytes", Whole(16 * 1024, 64 * 1024 * 1024)),

    setting("sms.provider", Choice(&["playmobile", "eskiz"])),
    setting("sms.url", Text(LONG)),
    setting("sms.user", Text(128)),
    setting("sms.password", Text(1_024)),
    setting("sms.password_file", Text(LONG)),
    setting("sms.originator", Text(32)),
    setting("sms.connect_timeout_ms", Whole(1, MINUTE)),
    setting("sms.timeout_ms", Whole(1, 5 * MINUTE)),
    setting("sms.daily_limit", Whole(1, 1_000_000)),
    setting("sms.priority", Choice(&["low", "normal", "high", "realtime"])),
    setting("sms.ttl_s", Whole(1, 7 * 86_400)),
    setting("sms.texts_file", Text(LONG)),
    setting("sms.tls.ca_file", Text(LONG)),
    setting("sms.tls.client_cert", Text(LONG)),
    setting("sms.tls.client_key", Text(LONG)),
    setting("sms.tls.server_name", Text(253)),
    setting("sms.route.proxy", Proxy),
    setting("sms.route.proxy_user", Text(256)),
    setting("sms.route.proxy_password", Text(1_024)),
    setting("sms.route.proxy_password_file", Text(LONG)),
    setting("sms.route.source_address", Ip),
    setting("sms.route.idle_ms", Whole(0, 10 * MINUTE)),
    setting("sms.route.reply_limit_bytes", Whole(16 * 1024, 64 * 1024 * 1024)),

    // Ten tries at a million codes in an hour: a guess succeeds once in a hundred thousand times.
    setting("codes.lifetime_s", Whole(1, 3_600)),
    setting("codes.tries", Whole(1, 10)),
    setting("codes.fixed", Text(6)),
    setting("codes.required_from", Whole(0, MOST)),

    setting("debits.min_amount", Whole(1, MOST)),
    setting("debits.max_amount", Whole(0, MOST)),

    // At most 30 days.
    setting("holds.lifetime_minutes", Whole(1, 43_200)),
    setting("holds.release_period_ms", Whole(1, HOUR)),

    setting("transfers.humo2humo.rate_bp", Whole(0, 10_000)),
    setting("transfers.humo2humo.min_fee", Whole(0, MOST)),
    setting("transfers.humo2humo.max_fee", Whole(0, MOST)),
    setting("transfers.humo2humo.min_amount", Whole(1, MOST)),
    setting("transfers.humo2humo.max_amount", Whole(1, MOST)),
    setting("transfers.humo2uzcard.rate_bp", Whole(0, 10_000)),
    setting("transfers.humo2uzcard.min_fee", Whole(0, MOST)),
    setting("transfers.humo2uzcard.max_fee", Whole(0, MOST)),
    setting("transfers.humo2uzcard.min_amount", Whole(1, MOST)),
    setting("transfers.humo2uzcard.max_amount", Whole(1, MOST)),
    setting("transfers.uzcard2humo.rate_bp", Whole(0, 10_000)),
    setting("transfers.uzcard2humo.min_fee", Whole(0, MOST)),
    setting("transfers.uzcard2humo.max_fee", Whole(0, MOST)),
    setting("transfers.uzcard2humo.min_amount", Whole(1, MOST)),
    setting("transfers.uzcard2humo.max_amount", Whole(1, MOST)),
    setting("transfers.uzcard2uzcard.rate_bp", Whole(0, 10_000)),
    setting("transfers.uzcard2uzcard.min_fee", Whole(0, MOST)),
    setting("transfers.uzcard2uzcard.max_fee", Whole(0, MOST)),
    setting("transfers.uzcard2uzcard.min_amount", Whole(1, MOST)),
    setting("transfers.uzcard2uzcard.max_amount", Whole(1, MOST)),
    setting("transfers.uzcard_terminal.merchant_id", Text(64)),
    setting("transfers.uzcard_terminal.terminal_id", Text(64)),
    setting("transfers.humo_terminal.merchant_id", Text(64)),
    setting("transfers.humo_terminal.terminal_id", Text(64)),
    setting("transfers.uzcard_credit_terminal.merchant_id", Text(64)),
    setting("transfers.uzcard_credit_terminal.terminal_id", Text(64)),
    setting("transfers.humo_credit_terminal.merchant_id", Text(64)),
    setting("transfers.humo_credit_terminal.terminal_id", Text(64)),
    setting("transfers.switching_intrabank", Text(8)),
    setting("transfers.switching_interbank", Text(8)),
    setting("transfers.switching_cobadge", Text(8)),
    setting("transfers.banks", Accounts(BANK)),
    setting("transfers.sender_required_from", Whole(0, MOST)),
    setting("transfers.sender.legal_id", Text(64)),
    setting("transfers.sender.legal_name", Text(256)),
    setting("transfers.sender.first_name", Text(128)),
    setting("transfers.sender.last_name", Text(128)),
    setting("transfers.sender.middle_name", MaybeEmpty(128)),
    setting("transfers.sender.nationality", Text(3)),
    setting("transfers.sender.document_type", Text(3)),
    setting("transfers.sender.document_number", Text(32)),
    setting("transfers.sender.document_valid_to", Text(8)),
    setting("transfers.sender.birth_date", Text(8)),
    setting("transfers.sender.pinfl", Text(14)),

    setting("fiscal.operator", Choice(&["sandbox", "ofd"])),
    setting("fiscal.url", Text(LONG)),
    setting("fiscal.user", Text(128)),
    setting("fiscal.password", Text(1_024)),
    setting("fiscal.password_file", Text(LONG)),
    setting("fiscal.connect_timeout_ms", Whole(1, MINUTE)),
    setting("fiscal.timeout_ms", Whole(1, MINUTE)),
    setting("fiscal.tls.ca_file", Text(LONG)),
    setting("fiscal.tls.client_cert", Text(LONG)),
    setting("fiscal.tls.client_key", Text(LONG)),
    setting("fiscal.tls.server_name", Text(253)),
    setting("fiscal.route.proxy", Proxy),
    setting("fiscal.route.proxy_user", Text(256)),
    setting("fiscal.route.proxy_password", Text(1_024)),
    setting("fiscal.route.proxy_password_file", Text(LONG)),
    setting("fiscal.route.source_address", Ip),
    setting("fiscal.route.idle_ms", Whole(0, 10 * MINUTE)),
    setting("fiscal.route.reply_limit_bytes", Whole(16 * 1024, 64 * 1024 * 1024)),

    setting("fiscal.ofd.terminal", MaybeEmpty(64)),
    setting("fiscal.ofd.first_number", Whole(1, MOST)),
    setting(
        "fiscal.ofd.number_member",
        Choice(&["ReceiptSeq", "ReceiptId"]),
    ),
    setting(
        "fiscal.ofd.content_type",
        Choice(&[
            "application/octet-stream",
            "application/x-pkcs7-certificates",
        ]),
    ),
    setting("fiscal.ofd.certificate_file", MaybeEmpty(LONG)),
    setting("fiscal.ofd.key_file", MaybeEmpty(LONG)),
    setting("fiscal.ofd.service", Text(64)),
    setting("fiscal.ofd.mxik", MaybeEmpty(17)),
    setting("fiscal.ofd.package_code", MaybeEmpty(20)),
    setting("fiscal.ofd.unit", Whole(0, 1_000_000_000)),
    setting("fiscal.ofd.vat_percent", Whole(0, 100)),
    setting("fiscal.ofd.owner_type", Whole(0, 2)),
    setting("fiscal.ofd.owner", Text(14)),
    setting("fiscal.ofd.latitude", Text(16)),
    setting("fiscal.ofd.longitude", Text(16)),

    setting("history.max_days", Whole(1, 3_660)),
    setting("history.refresh_s", Whole(0, 86_400)),
    setting("history.lag_s", Whole(0, 604_800)),
    setting("history.timeout_ms", Whole(1, 5 * MINUTE)),
    setting("history.page_size", Whole(1, 1_000)),

    setting("sandbox.listen", Address),
    setting("sandbox.allow_beyond_loopback", Flag),
    setting("sandbox.embedded", Flag),
    setting("sandbox.state", Text(LONG)),
    setting("sandbox.sync", Flag),

    setting("recovery.period_ms", Whole(1, HOUR)),
    setting("recovery.lease_margin_ms", Whole(1, HOUR)),
    setting("recovery.clock_skew_ms", Whole(0, 10 * MINUTE)),

    setting("webhooks.allow_http", Flag),
    setting("webhooks.allowed_networks", Texts),
    setting("webhooks.timeout_ms", Whole(1, MINUTE)),
    setting("webhooks.period_ms", Whole(1, HOUR)),
    setting("webhooks.keep_days", Whole(4, 3_650)),

    setting("log.filter", MaybeEmpty(LONG)),
    setting("log.json", Flag),

    setting("traces.url", Text(LONG)),
    setting("traces.one_in", Whole(1, 1_000_000)),

    setting("prefixes", Prefixes),
    setting("prefixes_file", Text(LONG)),
];

/// What an account at UZCARD may have.
#[rustfmt::skip]
const UZCARD_ACCOUNT: &[Setting] = &[
    setting("user", Text(128)),
    setting("password_file", Text(LONG)),
    setting("port", Text(64)),
    setting("p2p_to_humo", Choice(&["two_legs", "pan"])),
    setting("transfer_terminal.merchant_id", Text(64)),
    setting("transfer_terminal.terminal_id", Text(64)),
    setting("credit_terminal.merchant_id", Text(64)),
    setting("credit_terminal.terminal_id", Text(64)),
    setting("uzcard2humo.rate_bp", Whole(0, 10_000)),
    setting("uzcard2humo.min_fee", Whole(0, MOST)),
    setting("uzcard2humo.max_fee", Whole(0, MOST)),
    setting("uzcard2humo.min_amount", Whole(1, MOST)),
    setting("uzcard2humo.max_amount", Whole(1, MOST)),
    setting("uzcard2uzcard.rate_bp", Whole(0, 10_000)),
    setting("uzcard2uzcard.min_fee", Whole(0, MOST)),
    setting("uzcard2uzcard.max_fee", Whole(0, MOST)),
    setting("uzcard2uzcard.min_amount", Whole(1, MOST)),
    setting("uzcard2uzcard.max_amount", Whole(1, MOST)),
];

/// What an account at HUMO may have.
#[rustfmt::skip]
const HUMO_ACCOUNT: &[Setting] = &[
    setting("user", Text(128)),
    setting("password_file", Text(LONG)),
    setting("originator", Text(128)),
    setting("point_code", Text(64)),
    setting("centre_id", Text(64)),
    setting("centre_id_by_bank", Flag),
    setting("transfer_terminal.merchant_id", Text(64)),
    setting("transfer_terminal.terminal_id", Text(64)),
    setting("credit_terminal.merchant_id", Text(64)),
    setting("credit_terminal.terminal_id", Text(64)),
    setting("switching_intrabank", Text(8)),
    setting("switching_interbank", Text(8)),
    setting("switching_cobadge", Text(8)),
    setting("humo2humo.rate_bp", Whole(0, 10_000)),
    setting("humo2humo.min_fee", Whole(0, MOST)),
    setting("humo2humo.max_fee", Whole(0, MOST)),
    setting("humo2humo.min_amount", Whole(1, MOST)),
    setting("humo2humo.max_amount", Whole(1, MOST)),
    setting("humo2uzcard.rate_bp", Whole(0, 10_000)),
    setting("humo2uzcard.min_fee", Whole(0, MOST)),
    setting("humo2uzcard.max_fee", Whole(0, MOST)),
    setting("humo2uzcard.min_amount", Whole(1, MOST)),
    setting("humo2uzcard.max_amount", Whole(1, MOST)),
];

/// What may be said of a recipient's bank.
#[rustfmt::skip]
const BANK: &[Setting] = &[
    setting("digits", Text(2)),
    setting("network", Choice(&["UZCARD", "HUMO"])),
    setting("enabled", Flag),
    setting("max_amount", Whole(1, MOST)),
];

/// The setting of an account with this name below the account's.
pub(super) fn find_in(members: &'static [Setting], key: &str) -> Option<&'static Setting> {
    members.iter().find(|setting| setting.key == key)
}

/// Whether an account has settings below this name.
pub(super) fn is_section_in(members: &[Setting], key: &str) -> bool {
    members.iter().any(|setting| is_below(setting.key, key))
}

fn is_below(setting: &str, section: &str) -> bool {
    let rest = setting.strip_prefix(section);
    rest.is_some_and(|rest| rest.starts_with('.'))
}

/// The setting of this name.
pub(super) fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// Whether there are settings below this name: `transfers.sender`.
pub(super) fn is_section(key: &str) -> bool {
    is_section_in(SETTINGS, key)
}

impl Kind {
    /// What it must be, with an example of the form. Never a value that somebody has set.
    pub(super) fn expected(self) -> String {
        match self {
            Self::Text(most) => format!("must be text of 1 to {most} characters, such as \"abc\""),
            Self::MaybeEmpty(most) => {
                format!("must be text of at most {most} characters, such as \"abc\"")
            }
            Self::Flag => "must be true or false".to_owned(),
            Self::Whole(least, greatest) => {
                format!("must be a whole number from {least} to {greatest}, such as {least}")
            }
            Self::Address => {
                "must be an IP address with a port, such as \"127.0.0.1:8080\"".to_owned()
            }
            Self::Ip => "must be an IP address, such as \"10.1.2.3\"".to_owned(),
            Self::Proxy => "must be http://HOST:PORT or socks5://HOST:PORT, without a user, such as \"http://10.1.2.3:3128\""
                .to_owned(),
            Self::Header => format!(
                "must be text of at most {HEADER} characters that a header can carry, such as \"abc\""
            ),
            Self::Choice(words) => format!("must be \"{}\"", words.join("\" or \"")),
            Self::Numbers => "must be a list of whole numbers, such as [14, 51]".to_owned(),
            Self::Words | Self::Texts => "must be a list of texts, such as [\"abc\", \"def\"]".to_owned(),
            Self::Merchants => "must be a list of { partner = \"shop\", mcc = \"5411\", legal_name = \"SHOP MCHJ\", legal_type = 1, \
                 legal_id = \"300000001\" }, with legal_oked or without"
                .to_owned(),
            Self::Accounts(_) => "must be tables of settings, each under a name of 1 to 32 of a-z, 0-9, - and _, and not under \
                                  default, which is the section itself"
                .to_owned(),
            Self::Prefixes => {
                "must be a list of { prefix = \"8600\", network = \"UZCARD\" } with digits and UZCARD or HUMO".to_owned()
            }
        }
    }

    /// Whether this text, as the environment or the file has it, can be the value.
    pub(super) fn takes_text(self, text: &str) -> bool {
        match self {
            Self::Text(most) => (1..=most).contains(&text.chars().count()),
            Self::MaybeEmpty(most) => text.chars().count() <= most,
            Self::Flag => matches!(text, "true" | "false"),
            Self::Whole(..) => text.parse().is_ok_and(|number| self.takes_number(number)),
            Self::Address => text.parse::<SocketAddr>().is_ok(),
            Self::Ip => text.parse::<IpAddr>().is_ok(),
            Self::Proxy => text.len() <= LONG && ProxyAddress::parse(text).is_some(),
            Self::Header => {
                text.len() <= HEADER && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
            }
            Self::Choice(words) => words.contains(&text),
            Self::Words => true,
            Self::Numbers | Self::Texts | Self::Prefixes | Self::Merchants | Self::Accounts(_) => {
                false
            }
        }
    }

    /// Whether this number is within the bounds.
    pub(super) fn takes_number(self, number: i64) -> bool {
        match self {
            Self::Whole(least, greatest) => (least..=greatest).contains(&number),
            Self::Text(_)
            | Self::MaybeEmpty(_)
            | Self::Flag
            | Self::Address
            | Self::Ip
            | Self::Proxy
            | Self::Header
            | Self::Choice(_)
            | Self::Numbers
            | Self::Words
            | Self::Texts
            | Self::Prefixes
            | Self::Merchants
            | Self::Accounts(_) => false,
        }
    }

    /// Whether only a file can have it.
    pub(super) fn is_list(self) -> bool {
        matches!(
            self,
            Self::Numbers | Self::Texts | Self::Prefixes | Self::Merchants | Self::Accounts(_)
        )
    }
}
