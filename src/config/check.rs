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

/// The rule that was broken: the error's own words, or the bounds of a range.
fn reason(error: &ValidationError) -> String {
    if let Some(message) = &error.message {
        return message.clone().into_owned();
    }
    let param = |name| error.params.get(name);
    let found = param("value").map_or(String::new(), |value| format!(", not {value}"));
    match (param("min"), param("max")) {
        (Some(min), Some(max)) => format!("must be {min} to {max}{found}"),
        (Some(min), None) => format!("must be at least {min}{found}"),
        (None, Some(max)) => format!("must be at most {max}{found}"),
        (None, None) => format!("breaks the rule {:?}", error.code),
    }
}

#[cfg(test)]
mod tests {
    use rpc_schema::values::Network;

    use super::*;
    use crate::domain::network::Prefix;

    type Change = fn(&mut Config);

    fn refusal(change: impl Fn(&mut Config)) -> String {
        let mut config = Config::default();
        change(&mut config);
        config.check().unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_can_be_used() {
        Config::default().check().unwrap();
    }

    #[test]
    #[rustfmt::skip]
    fn each_rule_names_its_key_and_says_what_to_do() {
        let cases: [(Change, &str); 13] = [
            (|c| c.server.batch_limit = 0, "server.batch_limit: must be at least 1, not 0"),
            (|c| c.humo.max_processing_s = Some(0), "humo.max_processing_s: must be at least 1, not 0"),
            (|c| c.codes.tries = -3, "codes.tries: must be at least 1, not -3"),
            (|c| c.history.lag_s = -1, "history.lag_s: must be at least 0, not -1"),
            (|c| c.holds.lifetime_minutes = 43_201, "holds.lifetime_minutes: must be 1 to 43200, not 43201"),
            (
                |c| c.database.max_connections = 1,
                "database.max_connections: must be at least 2, because a migration takes two connections",
            ),
            (
                |c| c.debits.max_amount = 0,
                "debits.max_amount: must not be below debits.min_amount; raise it or lower the other",
            ),
            (|c| c.codes.fixed = Some("12345".into()), "codes.fixed: must be six digits"),
            (|c| c.transfers.uzcard2humo.rate_bp = -1, "transfers.uzcard2humo: rate_bp must be 0 to 10000"),
            (
                |c| c.prefixes.push(Prefix { prefix: "98x".to_owned(), network: Network::Humo }),
                "prefixes: \"98x\" must consist of digits",
            ),
            (
                |c| c.server.call_timeout_ms = 45_000,
                "server.call_timeout_ms: must be above 45000, the longest that one call can wait for the networks \
                 (humo.timeout_ms, uzcard.timeout_ms, history.timeout_ms)",
            ),
            (
                |c| c.sms.url = Some("http://127.0.0.1:1/".to_owned()),
                "uzcard.url: must be set, because another network's address is: real and simulated networks do not mix",
            ),
            (
                |c| {
                    let url = Some("http://127.0.0.1:1/".to_owned());
                    (c.uzcard.url, c.humo.payment_url, c.humo.info_url) = (url.clone(), url.clone(), url.clone());
                    (c.sms.url, c.fiscal.url) = (url.clone(), url);
                },
                "vault.key_file: must be set with real networks; `aloqa-gateway keys FILE` generates a key file",
            ),
        ];
        for (change, said) in cases {
            assert_eq!(refusal(change), said);
        }
    }

    #[test]
    fn of_several_faults_the_same_is_named_each_time() {
        for _ in 0..20 {
            let said = refusal(|config| {
                config.server.max_in_flight = 0;
                config.server.batch_limit = 0;
                config.recovery.period_ms = 0;
                config.codes.lifetime_s = 0;
                config.prefixes.clear();
            });
            assert!(said.starts_with("codes.lifetime_s: "), "{said}");
        }
    }
}
