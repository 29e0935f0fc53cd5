//! Whether the settings can be used: each section by its own rules, then the sections together.

use std::collections::BTreeMap;

use validator::{Validate as _, ValidationError, ValidationErrors, ValidationErrorsKind};

use super::{Config, ConfigError};

/// The name under which `validator` reports errors of a whole section.
const WHOLE_SECTION: &str = "__all__";

impl Config {
    /// Refuses settings that are out of range or contradict each other.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`]; when several keys are wrong, always the same one of them.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.check_profile()?;
        if let Err(errors) = self.validate() {
            let mut faults = BTreeMap::new();
            collect(&errors, "", &mut faults);
            // In the order of their keys: `validator` reports from a hash map.
            if let Some((key, reason)) = faults.pop_first() {
                return Err(ConfigError::Invalid { key, reason });
            }
        }
        self.check_call_timeout()
    }

    /// A call must not end before the calls to the networks that it waits for.
    fn check_call_timeout(&self) -> Result<(), ConfigError> {
        // The longest is a transfer from HUMO to UZCARD: two calls for HUMO's sale, one for the credit.
        let transfer = self
            .humo
            .timeout_ms
            .saturating_mul(2)
            .saturating_add(self.uzcard.timeout_ms);
        let longest = transfer.max(self.history.timeout_ms);
        if self.server.call_timeout_ms > longest {
            return Ok(());
        }
        Err(ConfigError::invalid(
            "server.call_timeout_ms",
            format!(
                "must be above {longest}, the longest that one call can wait for the networks (humo.timeout_ms, \
                 uzcard.timeout_ms, history.timeout_ms)"
            ),
        ))
    }
}

/// Gathers the first reason for each key, the section in front: `server.batch_limit`.
fn collect(errors: &ValidationErrors, section: &str, faults: &mut BTreeMap<String, String>) {
    for (name, kind) in errors.errors() {
        match kind {
            ValidationErrorsKind::Struct(nested) => collect(nested, &join(section, name), faults),
            ValidationErrorsKind::List(entries) => {
                for (index, nested) in entries {
                    collect(nested, &format!("{}[{index}]", join(section, name)), faults);
                }
            }
            ValidationErrorsKind::Field(found) => {
                for error in found {
                    let key = match name.as_ref() {
                        // See `fault`.
                        WHOLE_SECTION => &error.code,
                        field => field,
                    };
                    faults
                        .entry(join(section, key))
                        .or_insert_with(|| reason(error));
                }
            }
        }
    }
}

fn join(section: &str, key: &str) -> String {
    match section {
        "" => key.to_owned(),
        section => format!("{section}.{key}"),
    }
}

/// What the rule wants: the error's own words, or the bounds of a range. Not what is there, which nobody needs to read.
fn reason(error: &ValidationError) -> String {
    if let Some(message) = &error.message {
        return message.clone().into_owned();
    }
    let param = |name| error.params.get(name);
    match (param("min"), param("max")) {
        (Some(min), Some(max)) => format!("must be {min} to {max}"),
        (Some(min), None) => format!("must be at least {min}"),
        (None, Some(max)) => format!("must be at most {max}"),
        (None, None) => format!("breaks the rule {:?}", error.code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{
        CreditSenderId, Fiscal, HoldStatuses, Humo, KnownCard, MerchantInfo, OperatorKind, Profile,
        SenderDetails, Sms, Transfers, Uzcard,
    };

    fn refusal(change: impl Fn(&mut Config)) -> String {
        let mut config = Config::default();
        change(&mut config);
        config.check().unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_can_be_used() {
        Config::default().check().unwrap();
    }

    /// A change, and how the refusal of it begins.
    type Case<'a> = (&'a dyn Fn(&mut Config), &'a str);

    /// Real networks, as production wants them.
    fn real(config: &mut Config) {
        let url = Some("https://network.example/".to_owned());
        (config.uzcard.url, config.humo.payment_url) = (url.clone(), url.clone());
        (config.humo.info_url, config.sms.url) = (url.clone(), url.clone());
        config.fiscal.url = url;
        config.vault.key_file = Some("keys".into());
        for password in [
            &mut config.uzcard.password,
            &mut config.humo.password,
            &mut config.humo.token,
            &mut config.sms.password,
            &mut config.fiscal.password,
        ] {
            *password = "of our own".into();
        }
        config.transfers.uzcard_terminal.terminal_id = "1".to_owned();
        config.transfers.humo_terminal.terminal_id = "1".to_owned();
    }

    #[test]
    fn production_with_all_of_its_own_can_be_used() {
        let mut config = Config::default();
        real(&mut config);
        config.check().unwrap();
        config.profile = Some(Profile::Production);
        config.check().unwrap();
    }

    fn merchant() -> MerchantInfo {
        MerchantInfo {
            partner: "shop".to_owned(),
            mcc: "5411".to_owned(),
            legal_name: "SHOP MCHJ".to_owned(),
            legal_type: 1,
            legal_id: "300000001".to_owned(),
            legal_oked: None,
        }
    }

    /// Somebody who can be named, but for this.
    fn named(config: &mut Config, change: impl FnOnce(&mut SenderDetails)) {
        let text = str::to_owned;
        let mut sender = SenderDetails {
            legal_id: text("301234567"),
            legal_name: text("Aloqa"),
            first_name: text("Anvar"),
            last_name: text("Karimov"),
            middle_name: String::new(),
            nationality: text("860"),
            document_type: text("006"),
            document_number: text("AA1234567"),
            document_valid_to: text("01012031"),
            birth_date: text("01011990"),
            pinfl: text("30101901234567"),
        };
        change(&mut sender);
        config.transfers.sender = Some(sender);
    }

    #[test]
    fn a_person_with_all_details_can_be_named() {
        let mut config = Config::default();
        named(&mut config, |_| {});
        config.check().unwrap();
    }

    fn numbered(config: &mut Config, [active, captured, dismissed, expired]: [Option<i64>; 4]) {
        config.uzcard.hold_statuses = HoldStatuses {
            active,
            captured,
            dismissed,
            expired,
        };
    }

    /// Nothing is held in either.
    #[test]
    fn what_was_released_and_what_ended_by_itself_may_have_one_number() {
        let mut config = Config::default();
        numbered(&mut config, [Some(0), Some(1), Some(2), Some(2)]);
        config.check().unwrap();
    }

    #[test]
    #[rustfmt::skip]
    fn each_rule_names_its_key_and_says_what_to_do() {
        let beyond = || "10.0.0.1:80".parse().unwrap();
        let cases: [Case<'_>; 37] = [
            (
                &|c| c.debits.max_amount = 0,
                "debits.max_amount: must not be below debits.min_amount; raise it or lower the other",
            ),
            (
                &|c| c.uzcard.credit_sender.id = Some(CreditSenderId::Account),
                "uzcard.credit_sender.account: must be set with credit_sender.id = \"account\"",
            ),
            (
                &|c| c.uzcard.credit_sender.account = Some("998901234567".to_owned()),
                "uzcard.credit_sender.account: must be set with credit_sender.id = \"account\"",
            ),
            (&|c| numbered(c, [Some(1), Some(1), None, None]), "uzcard.hold_statuses: must name one state by 1"),
            (&|c| numbered(c, [Some(0), None, Some(2), Some(0)]), "uzcard.hold_statuses: must name one state by 0"),
            (&|c| numbered(c, [Some(0), Some(3), Some(3), Some(2)]), "uzcard.hold_statuses: must name one state by 3"),
            (&|c| c.humo.history_server_name = Some("h.bank".to_owned()), "humo.history_server_name: must be set with history_url"),
            (&|c| c.uzcard.receiver_id = Some("{shop}".to_owned()), "uzcard.receiver_id: must have no other places than {partner}"),
            (&|c| c.uzcard.merchants = vec![merchant(), merchant()], "uzcard.merchants: entry 2: the partner has one already"),
            (&|c| c.fiscal.operator = OperatorKind::Ofd, "fiscal.ofd.terminal: must be set"),
            (&|c| c.codes.fixed = Some("12345".into()), "codes.fixed: must be six digits"),
            (&|c| c.transfers.uzcard2humo.rate_bp = -1, "transfers.uzcard2humo: rate_bp must be 0 to 10000"),
            (&|c| named(c, |s| s.nationality = "UZB".to_owned()), "transfers.sender.nationality: must be the three digits"),
            (&|c| named(c, |s| s.document_type = "6".to_owned()), "transfers.sender.document_type: must be the three digits"),
            (
                &|c| named(c, |s| s.document_number = "1234567".to_owned()),
                "transfers.sender.document_number: must be a series in capital letters and a number",
            ),
            (
                &|c| named(c, |s| s.document_valid_to = "20310101".to_owned()),
                "transfers.sender.document_valid_to: must be a day, ddMMyyyy",
            ),
            (&|c| named(c, |s| s.birth_date = "31021990".to_owned()), "transfers.sender.birth_date: must be a day, ddMMyyyy"),
            (
                &|c| named(c, |s| s.pinfl = "30201901234567".to_owned()),
                "transfers.sender.pinfl: must be fourteen digits, with the day of sender.birth_date in them",
            ),
            (&|c| c.webhooks.allowed_networks = Some(vec!["x".to_owned()]), "webhooks.allowed_networks: each must be a block"),
            (&|c| c.server.call_timeout_ms = 45_000, "server.call_timeout_ms: must be above 45000"),
            // Production.
            (&|c| c.sms.url = Some("https://127.0.0.1:1/".to_owned()), "uzcard.url: must be set in the production profile, or humo"),
            (&|c| { real(c); c.humo.info_url = None; }, "humo.info_url: must be set beside humo.payment_url"),
            (&|c| { real(c); c.humo.payment_url = None; }, "humo.payment_url: must be set beside the address of HUMO's cards"),
            (
                &|c| { real(c); c.sms.url = None; c.codes.required_from = Some(1); },
                "sms.url: must be set: codes.required_from asks for codes",
            ),
            (
                &|c| { real(c); c.sms.url = None; c.uzcard.known_card = KnownCard::OwnCode; },
                "sms.url: must be set: uzcard.known_card asks for codes",
            ),
            (&|c| c.profile = Some(Profile::Production), "uzcard.url: must be set in the production profile"),
            (&|c| { real(c); c.vault.key_file = None; }, "vault.key_file: must be set with real networks"),
            (&|c| { real(c); c.codes.fixed = Some("123456".into()); }, "codes.fixed: must not be set with real networks"),
            (
                &|c| { real(c); c.humo.info_url = Some("http://10.0.0.1/".to_owned()); },
                "humo.info_url: must begin with https://",
            ),
            (&|c| { real(c); c.humo.token = "sandbox".into(); }, "humo.token: is still what this program has built in"),
            (
                &|c| { real(c); c.transfers.humo_terminal.terminal_id = "1965000A".to_owned(); },
                "transfers.humo_terminal: is still what this program has built in",
            ),
            (&|c| { real(c); c.server.listen = beyond(); }, "server.listen: other machines can reach this address, and it has no TLS"),
            (&|c| { real(c); c.server.ops_listen = beyond(); }, "server.ops_listen: other machines can reach"),
            // The sandbox.
            (
                &|c| { real(c); c.profile = Some(Profile::Sandbox); },
                "uzcard.url: must not be set with profile = \"sandbox\"",
            ),
            (
                &|c| c.vault.key_file = Some("keys".into()),
                "vault.key_file: names a key file, as production does, but no network has an address: set profile = ",
            ),
            (&|c| c.server.listen = beyond(), "server.listen: other machines can reach this address, and the sandbox profile"),
            (&|c| c.sandbox.listen = beyond(), "sandbox.listen: other machines can reach this address, and the sandbox"),
        ];
        for (change, said) in cases {
            let refusal = refusal(change);
            assert!(refusal.starts_with(said), "{said}: {refusal}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn what_is_refused_can_be_meant_in_words() {
        let beyond = || "[2001:db8::1]:80".parse().unwrap();
        let cases: [&dyn Fn(&mut Config); 6] = [
            &|c| { c.profile = Some(Profile::Sandbox); c.vault.key_file = Some("keys".into()); },
            &|c| { c.server.listen = beyond(); c.sandbox.allow_beyond_loopback = true; },
            &|c| { c.sandbox.listen = beyond(); c.sandbox.embedded = false; },
            &|c| { real(c); c.sms.url = Some("http://10.0.0.1/".to_owned()); c.production.allow_http_networks = true; },
            &|c| { real(c); c.sms.password = "sandbox".into(); c.production.allow_built_in_credentials = true; },
            &|c| { real(c); c.server.listen = beyond(); c.server.allow_plaintext_beyond_loopback = true; },
        ];
        for change in cases {
            let mut config = Config::default();
            change(&mut config);
            config.check().unwrap();
        }
    }

    /// Each server may be absent; then nothing of its own is asked for.
    #[test]
    fn production_needs_one_network() {
        let cases: [&dyn Fn(&mut Config); 4] = [
            &|c| c.uzcard = Uzcard::default(),
            &|c| (c.humo.payment_url, c.humo.info_url) = (None, None),
            &|c| c.sms = Sms::default(),
            &|c| c.fiscal = Fiscal::default(),
        ];
        for change in cases {
            let mut config = Config::default();
            real(&mut config);
            change(&mut config);
            config.transfers = Transfers::default();
            if config.uzcard.url.is_some() {
                config.transfers.uzcard_terminal.terminal_id = "1".to_owned();
            }
            if config.humo.payment_url.is_some() {
                config.transfers.humo_terminal.terminal_id = "1".to_owned();
            } else {
                config.humo = Humo::default();
            }
            config.check().unwrap();
        }
    }

    #[test]
    fn of_several_faults_the_same_is_named_each_time() {
        for _ in 0..20 {
            let said = refusal(|config| {
                config.webhooks.allowed_networks = Some(vec![String::new()]);
                config.debits.max_amount = 0;
                config.transfers.humo2humo.rate_bp = -1;
                config.codes.fixed = Some("1".into());
            });
            assert!(said.starts_with("codes.fixed: "), "{said}");
        }
    }
}
