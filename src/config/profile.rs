//! Real networks or simulated ones, and what real ones require of the other sections.

use super::{Config, ConfigError};

/// Which networks the gateway works with; follows from the addresses alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// No address is set: the simulated networks, a demo partner, a fixed code.
    Sandbox,
    /// All addresses are set.
    Production,
}

impl Config {
    /// See [`Profile`]. [`Config::check`] refuses a mixture of real and simulated networks.
    pub fn profile(&self) -> Profile {
        if self
            .addresses()
            .iter()
            .any(|(_, address)| address.is_some())
        {
            Profile::Production
        } else {
            Profile::Sandbox
        }
    }

    fn addresses(&self) -> [(&'static str, &Option<String>); 5] {
        [
            ("uzcard.url", &self.uzcard.url),
            ("humo.payment_url", &self.humo.payment_url),
            ("humo.info_url", &self.humo.info_url),
            ("sms.url", &self.sms.url),
            ("fiscal.url", &self.fiscal.url),
        ]
    }

    /// With real networks nothing may be simulated or missing.
    pub(super) fn check_profile(&self) -> Result<(), ConfigError> {
        if self.profile() == Profile::Sandbox {
            return Ok(());
        }
        if let Some((key, _)) = self
            .addresses()
            .into_iter()
            .find(|(_, address)| address.is_none())
        {
            return Err(ConfigError::invalid(
                key,
                "must be set, because another network's address is: real and simulated networks do not mix",
            ));
        }
        if self.codes.fixed.is_some() {
            return Err(ConfigError::invalid(
                "codes.fixed",
                "must not be set with real networks; it is for the sandbox profile only",
            ));
        }
        if self.vault.key_file.is_none() {
            return Err(ConfigError::invalid(
                "vault.key_file",
                "must be set with real networks; `aloqa-gateway keys FILE` generates a key file",
            ));
        }
        Ok(())
    }
}
