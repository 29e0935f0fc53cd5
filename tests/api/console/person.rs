//! A person with a browser, as far as the console can tell.

use std::net::SocketAddr;
use std::sync::Arc;

use aloqa_gateway::console::accounts::{self, NewOperator, Role};
use aloqa_gateway::environment::Environment;
use aloqa_gateway::random::SystemRandom;

use test_support::*;

pub(super) const PASSWORD: &str = "correct horse battery";

/// Who has a cookie, or none.
pub(super) struct Person {
    pub(super) address: SocketAddr,
    pub(super) cookie: String,
    /// What stands in the forms of this person's pages.
    pub(super) token: String,
}

pub(super) fn environment(app: &TestApp) -> Environment {
    Environment {
        clock: app.clock.clone(),
        random: Arc::new(SystemRandom),
        crash_points: None,
    }
}

/// An operator with this name and role, and [`PASSWORD`].
pub(super) async fn add_operator(app: &TestApp, name: &str, role: Role) {
    let gateway = &app.running.gateway;
    let new = NewOperator {
        name: name.to_owned(),
        role,
        password: Some(PASSWORD.to_owned().into()),
    };
    accounts::add(&gateway.database, &gateway.vault, &environment(app), new)
        .await
        .unwrap();
}

impl Person {
    pub(super) fn stranger(app: &TestApp) -> Self {
        Self {
            address: app.running.ops_address,
            cookie: String::new(),
            token: String::new(),
        }
    }

    /// A new operator who has signed in.
    pub(super) async fn signed_in(app: &TestApp, name: &str, role: Role) -> Self {
        add_operator(app, name, role).await;
        let mut person = Self::stranger(app);
        assert_eq!(person.sign_in(name, PASSWORD).await.status, 303);
        person
    }

    pub(super) async fn get(&self, path: &str) -> HttpReply {
        send(self.address, self.with_cookie(HttpRequest::get(path))).await
    }

    /// Sends a form as a browser does from a page of the console.
    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> HttpReply {
        let request = self.form(path, fields);
        send(
            self.address,
            request.header("sec-fetch-site", "same-origin"),
        )
        .await
    }

    /// The form without what a browser says of where it comes from.
    pub(super) fn form(&self, path: &str, fields: &[(&str, &str)]) -> HttpRequest {
        let coded = |text: &str| -> String {
            let bytes = text.bytes();
            bytes.map(|byte| format!("%{byte:02X}")).collect()
        };
        let token = [("token", self.token.as_str())];
        let named = fields.iter().any(|(name, _)| *name == "token");
        let more: &[(&str, &str)] = if named { &[] } else { &token };
        let pairs: Vec<String> = fields
            .iter()
            .chain(more)
            .map(|(name, value)| format!("{name}={}", coded(value)))
            .collect();
        let request = HttpRequest::post(pairs.join("&")).path(path);
        self.with_cookie(request.header("content-type", "application/x-www-form-urlencoded"))
    }

    fn with_cookie(&self, request: HttpRequest) -> HttpRequest {
        request.header("cookie", &self.cookie)
    }

    pub(super) async fn sign_in(&mut self, name: &str, password: &str) -> HttpReply {
        let fields = [("name", name), ("password", password), ("to", "/console")];
        let reply = self.post("/console/sign-in", &fields).await;
        if reply.status == 303 {
            let cookie = reply.header("set-cookie");
            self.cookie = cookie.split(';').next().unwrap().to_owned();
            let page = self.get("/console").await;
            assert_eq!(page.status, 200, "{}", page.body);
            let (_, rest) = page.body.split_once("name=\"token\" value=\"").unwrap();
            self.token = rest.split('"').next().unwrap().to_owned();
        }
        reply
    }
}
