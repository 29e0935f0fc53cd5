//! Partners, and the credentials by which they are known.

use aloqa_gateway::partners::{self, NewPartner, PartnerAccounts};
use secrecy::ExposeSecret as _;

use crate::TestApp;

/// A partner's user name and secret.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The user name.
    pub name: String,
    /// The secret, which HTTP Basic carries as the password.
    pub secret: String,
}

impl Credentials {
    /// The demo partner's.
    pub fn demo() -> Self {
        Self {
            name: partners::DEMO.0.to_owned(),
            secret: partners::DEMO.1.to_owned(),
        }
    }
}

impl TestApp {
    /// Adds a partner with these permissions and no terminals of its own, and returns its credentials.
    pub async fn add_partner(&self, name: &str, permissions: &[&str]) -> Credentials {
        let new = NewPartner {
            name: name.to_owned(),
            permissions: permissions
                .iter()
                .map(|&permission| permission.to_owned())
                .collect(),
            terminals: Vec::new(),
            code_required_from: None,
            addresses: Vec::new(),
            certificates: Vec::new(),
            applications: Vec::new(),
            accounts: PartnerAccounts::default(),
        };
        let gateway = &self.running.gateway;
        let secret = partners::add(&gateway.database, &gateway.vault, &self.environment, new)
            .await
            .unwrap();
        Credentials {
            name: name.to_owned(),
            secret: secret.expose_secret().to_owned(),
        }
    }

    /// Adds a partner with all its particulars.
    pub async fn add_new_partner(&self, new: NewPartner) -> Credentials {
        let name = new.name.clone();
        let gateway = &self.running.gateway;
        let secret = partners::add(&gateway.database, &gateway.vault, &self.environment, new)
            .await
            .unwrap();
        Credentials {
            name,
            secret: secret.expose_secret().to_owned(),
        }
    }

    /// Disables a partner.
    pub async fn disable_partner(&self, name: &str) {
        partners::disable(&self.running.gateway.database, &self.environment, name)
            .await
            .unwrap();
    }
}
