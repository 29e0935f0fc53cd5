//! Real networks or simulated ones, and what each profile requires of the other sections.

use rpc_schema::values::Network;
use secrecy::{ExposeSecret as _, SecretString};

use super::loopback::is_loopback;
use super::profile::{Choice, Profile};
use super::{
    Config, ConfigError, Fiscal, Humo, KnownCard, OperatorKind, Sms, TokenFrom, Transfers, Uzcard,
};

impl Config {
    /// The setting `profile`; without it, any network's address means production, and none the sandbox.
    pub fn profile(&self) -> Profile {
        let configured = || {
            let mut addresses = self.addresses().into_iter();
            addresses.find(|(_, address)| address.is_some())
        };
        match self.profile {
            Some(profile) => profile,
            None if configured().is_some() => Profile::Production,
            None => Profile::Sandbox,
        }
    }

    /// Why it is that profile.
    pub fn profile_choice(&self) -> Choice {
        match self.profile {
            Some(_) => Choice::InWords,
            None => Choice::ByAddresses,
        }
    }

    /// Whether this network is there: without an address it is absent, except in the sandbox.
    pub fn has(&self, network: Network) -> bool {
        let address = match network {
            Network::Uzcard => &self.uzcard.url,
            Network::Humo => &self.humo.payment_url,
        };
        match self.profile() {
            Profile::Sandbox => true,
            Profile::Production => address.is_some(),
        }
    }

    fn addresses(&self) -> [(&'static str, &Option<String>); 9] {
        [
            ("uzcard.url", &self.uzcard.url),
            ("humo.payment_url", &self.humo.payment_url),
            ("humo.info_url", &self.humo.info_url),
            ("humo.history_url", &self.humo.history_url),
            ("humo.soap_info.cards_url", &self.humo.soap_info.cards_url),
            (
                "humo.soap_info.issuing_url",
                &self.humo.soap_info.issuing_url,
            ),
            ("humo.soap_info.access_url", &self.humo.soap_info.access_url),
            ("sms.url", &self.sms.url),
            ("fiscal.url", &self.fiscal.url),
        ]
    }

    pub(super) fn check_profile(&self) -> Result<(), ConfigError> {
        match self.profile() {
            Profile::Sandbox => self.check_sandbox(),
            Profile::Production => self.check_production(),
        }
    }

    /// Nothing may hint at production, and only this machine may reach what has a published password.
    fn check_sandbox(&self) -> Result<(), ConfigError> {
        let mut addresses = self.addresses().into_iter();
        if let Some((key, _)) = addresses.find(|(_, address)| address.is_some()) {
            return Err(ConfigError::invalid(
                key,
                "must not be set with profile = \"sandbox\": real and simulated networks do not mix",
            ));
        }
        if self.vault.key_file.is_some() && self.profile_choice() == Choice::ByAddresses {
            return Err(ConfigError::invalid(
                "vault.key_file",
                "names a key file, as production does, but no network has an address: set profile = \"production\" and \
                 the networks' addresses, or profile = \"sandbox\" if simulated networks are meant",
            ));
        }
        let listeners = [
            ("server.listen", self.server.listen),
            ("server.ops_listen", self.server.ops_listen),
            ("sandbox.listen", self.sandbox.listen),
        ];
        let mut beyond = listeners.into_iter().filter(|(key, address)| {
            // Where the networks run in another process, it listens there, and we do not.
            let listens = *key != "sandbox.listen" || self.sandbox.embedded;
            listens && !is_loopback(*address)
        });
        match beyond.next() {
            Some((key, _)) if !self.sandbox.allow_beyond_loopback => Err(ConfigError::invalid(
                key,
                "other machines can reach this address, and the sandbox profile has a published password and code: use \
                 a loopback address, or set sandbox.allow_beyond_loopback = true if that is meant",
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// Nothing may be simulated, built in, missing, or open to be read on its way.
    fn check_production(&self) -> Result<(), ConfigError> {
        let refuse = |key: &str, reason: &str| Err(ConfigError::invalid(key, reason));
        if let Some((key, reason)) = self.missing_address() {
            return refuse(key, reason);
        }
        if self.codes.fixed.is_some() {
            return refuse(
                "codes.fixed",
                "must not be set with real networks; it is for the sandbox profile only",
            );
        }
        if self.vault.key_file.is_none() {
            return refuse(
                "vault.key_file",
                "must be set with real networks; `aloqa-gateway keys new FILE` makes a key file",
            );
        }
        let plain = self
            .addresses()
            .into_iter()
            .find(|(_, address)| address.as_deref().is_some_and(|address| !has_tls(address)));
        if let (Some((key, _)), false) = (plain, self.production.allow_http_networks) {
            return refuse(
                key,
                "must begin with https://, or others can read and change payments on their way; set \
                 production.allow_http_networks = true if that is meant",
            );
        }
        if let (Some(key), false) = (
            self.built_in().first(),
            self.production.allow_built_in_credentials,
        ) {
            return refuse(
                key,
                "is still what this program has built in for its sandbox: set your own, or \
                 production.allow_built_in_credentials = true if that is meant",
            );
        }
        let plaintext = self.server.plaintext_beyond_loopback();
        if let (Some(key), false) = (
            plaintext.first(),
            self.server.allow_plaintext_beyond_loopback,
        ) {
            return refuse(
                key,
                "other machines can reach this address, and it has no TLS: use a loopback address, or set \
                 server.allow_plaintext_beyond_loopback = true if something in front of it has TLS",
            );
        }
        Ok(())
    }

    /// A server without an address is absent; one network at least must be there.
    fn missing_address(&self) -> Option<(&'static str, &'static str)> {
        let (uzcard, humo) = (&self.uzcard.url, &self.humo);
        let (key, cards) = match humo.card_address() {
            Ok(address) => address,
            Err(key) => {
                let reason = "must be set with humo.info = \"soap\", as all of cards_url, issuing_url and access_url";
                return Some((key, reason));
            }
        };
        match (uzcard, &humo.payment_url, cards) {
            (None, None, None) => Some((
                "uzcard.url",
                "must be set in the production profile, or humo.payment_url and humo.info_url: one network at least",
            )),
            (_, Some(_), None) => Some((
                key,
                "must be set beside humo.payment_url, or neither of them: without it HUMO's cards cannot be looked at",
            )),
            (_, None, Some(_)) => Some((
                "humo.payment_url",
                "must be set beside the address of HUMO's cards, or neither of them: without it they cannot pay",
            )),
            (_, Some(_), Some(_)) | (Some(_), None, None) => {
                let asks = [
                    (
                        self.codes.required_from.is_some(),
                        "must be set: codes.required_from asks for codes, and nobody would send them",
                    ),
                    (
                        self.uzcard.known_card == KnownCard::OwnCode,
                        "must be set: uzcard.known_card asks for codes, and nobody would send them",
                    ),
                ];
                let asked = asks.into_iter().find(|(asks, _)| *asks);
                asked
                    .filter(|_| self.sms.url.is_none())
                    .map(|(_, reason)| ("sms.url", reason))
            }
        }
    }

    /// The keys of the passwords, tokens and terminals that are as they are built in, of the servers that have an address.
    fn built_in(&self) -> Vec<&'static str> {
        let same = |ours: &SecretString, built_in: &SecretString| {
            ours.expose_secret() == built_in.expose_secret()
        };
        let (uzcard, humo) = (Uzcard::default(), Humo::default());
        let has_uzcard = self.uzcard.url.is_some();
        let has_humo = self.humo.payment_url.is_some();
        let transfers = (&self.transfers, Transfers::default());
        [
            (
                "uzcard.password",
                has_uzcard && same(&self.uzcard.password, &uzcard.password),
            ),
            (
                "humo.password",
                has_humo && same(&self.humo.password, &humo.password),
            ),
            (
                "humo.token",
                has_humo && self.humo.sends_token() && same(&self.humo.token, &humo.token),
            ),
            (
                "humo.login.password",
                has_humo
                    && self.humo.auth == TokenFrom::Login
                    && same(&self.humo.login.password, &humo.login.password),
            ),
            (
                "sms.password",
                self.sms.url.is_some() && same(&self.sms.password, &Sms::default().password),
            ),
            (
                "fiscal.password",
                self.fiscal.url.is_some()
                    && self.fiscal.operator == OperatorKind::Sandbox
                    && same(&self.fiscal.password, &Fiscal::default().password),
            ),
            (
                "transfers.uzcard_terminal",
                has_uzcard && transfers.0.uzcard_terminal == transfers.1.uzcard_terminal,
            ),
            (
                "transfers.humo_terminal",
                has_humo && transfers.0.humo_terminal == transfers.1.humo_terminal,
            ),
        ]
        .into_iter()
        .filter(|(_, is_built_in)| *is_built_in)
        .map(|(key, _)| key)
        .collect()
    }
}

fn has_tls(address: &str) -> bool {
    let scheme = address.get(..8).unwrap_or_default();
    scheme.eq_ignore_ascii_case("https://")
}
