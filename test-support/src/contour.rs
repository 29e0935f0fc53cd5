//! A gateway of the production profile: its networks are at addresses of their own, those of another process.

use std::net::SocketAddr;

use aloqa_gateway::config::{Config, HoldStatuses, Profile};
use serde_json::{Value, json};

use crate::proxy::Proxy;
use crate::{Credentials, DatabaseKind, TestApp, TestCard};

/// See the module.
pub struct Contour {
    /// Has the simulated networks, and serves nobody.
    pub networks: TestApp,
    /// The gateway.
    pub app: TestApp,
    /// Its partner.
    pub shop: Credentials,
}

impl Contour {
    /// A gateway for which all servers are there, until `adjust` takes their addresses away.
    pub async fn with(kind: DatabaseKind, adjust: impl FnOnce(&mut Config)) -> Option<Self> {
        let networks = TestApp::on(DatabaseKind::Sqlite).await?;
        let at = networks.running.sandbox_address.unwrap();
        Self::at(at, networks, kind, adjust).await
    }

    /// The same behind a proxy that changes replies.
    pub async fn behind_a_proxy(
        kind: DatabaseKind,
        adjust: impl FnOnce(&mut Config),
    ) -> Option<(Self, Proxy)> {
        let networks = TestApp::on(DatabaseKind::Sqlite).await?;
        let proxy = Proxy::start(networks.running.sandbox_address.unwrap(), 1).await;
        let contour = Self::at(proxy.address, networks, kind, adjust).await?;
        Some((contour, proxy))
    }

    async fn at(
        at: SocketAddr,
        networks: TestApp,
        kind: DatabaseKind,
        adjust: impl FnOnce(&mut Config),
    ) -> Option<Self> {
        let url = |path: &str| Some(format!("http://{at}{path}"));
        let keys = networks.config.vault.key_file.clone();
        let app = TestApp::with(kind, |config| {
            config.profile = Some(Profile::Production);
            config.production.allow_http_networks = true;
            config.production.allow_built_in_credentials = true;
            config.vault.key_file = keys;
            config.uzcard.url = url("/uzcard");
            config.uzcard.hold_statuses = HoldStatuses::of_sandbox();
            config.humo.payment_url = url("/humo/payment");
            config.humo.info_url = url("/humo/json");
            config.sms.url = url("/sms/broker-api");
            config.fiscal.url = url("/fiscal");
            adjust(config);
            config.check().unwrap();
        });
        let app = app.await?;
        let shop = app.add_partner("shop", &["*"]).await;
        Some(Self {
            networks,
            app,
            shop,
        })
    }

    /// Calls a method as the shop; the whole reply.
    pub async fn call(&self, method: &str, params: Value) -> Value {
        self.app.call_as(&self.shop, method, params).await
    }

    /// The same for a call that succeeds; its result.
    pub async fn result(&self, method: &str, params: Value) -> Value {
        let mut reply = self.call(method, params).await;
        assert!(reply.get("result").is_some(), "{method}: {reply}");
        reply["result"].take()
    }

    /// Attaches a card; its token. The code is read on the card's phone.
    pub async fn add_card(&self, card: TestCard) -> String {
        let params = json!({"pan": card.pan, "expiry": "1230", "phone": card.phone});
        let begun = self.result("cards.add", params).await;
        let code = self.code(card).await;
        let params = json!({"transactionId": begun["transactionId"], "confirmedCode": code});
        let added = self.result("cards.add-confirm", params).await;
        added["token"].as_str().unwrap().to_owned()
    }

    /// The code in the last message to a card's phone.
    pub async fn code(&self, card: TestCard) -> String {
        let messages = self.networks.messages(card.phone).await;
        let last = messages.last().unwrap();
        let mut numbers = last.split(|letter: char| !letter.is_ascii_digit());
        let code = numbers.find(|digits| digits.len() == 6);
        code.unwrap_or_else(|| panic!("no code in {last:?}"))
            .to_owned()
    }
}
