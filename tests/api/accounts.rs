//! Accounts at the networks: each partner attaches and pays under its own, with its login, originator, terminals and tariffs; what
//! was begun under one goes on under it (docs/operations.md#accounts).

use aloqa_gateway::comparison::report::Verdict;
use aloqa_gateway::comparison::{Sources, compare};
use aloqa_gateway::config::{Config, HumoAccount, MerchantInfo, TransferTerminal, UzcardAccount};
use aloqa_gateway::domain::day::Day;
use aloqa_gateway::domain::tariff::Tariff;
use aloqa_gateway::partners::{self, NewPartner, PartnerAccounts, PartnerChange};
use aloqa_gateway::start;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use test_support::proxy::{Fault, Proxy};
use test_support::*;

const AMOUNT: i64 = 500_000;

/// A second contract with each acquirer.
fn bank2(config: &mut Config) {
    let terminal = |id: &str| TransferTerminal {
        merchant_id: format!("m{id}"),
        terminal_id: id.to_owned(),
    };
    let tariff = |rate_bp| Tariff {
        rate_bp,
        ..Tariff::default()
    };
    let uzcard = UzcardAccount {
        user: Some("gate2".to_owned()),
        password_file: Some("/nowhere".into()),
        password: Some("of gate2".into()),
        transfer_terminal: Some(terminal("t2u")),
        credit_terminal: Some(terminal("c2u")),
        uzcard2humo: Some(tariff(100)),
        ..UzcardAccount::default()
    };
    let humo = HumoAccount {
        user: Some("soap2".to_owned()),
        password_file: Some("/nowhere".into()),
        password: Some("of soap2".into()),
        originator: Some("origin2".to_owned()),
        point_code: Some("100001104110".to_owned()),
        centre_id: Some("Aloqa".to_owned()),
        transfer_terminal: Some(terminal("t2h")),
        interbank_terminal: Some(terminal("i2h")),
        credit_terminal: Some(terminal("c2h")),
        switching_interbank: Some("99".to_owned()),
        humo2uzcard: Some(tariff(200)),
        ..HumoAccount::default()
    };
    config.uzcard.accounts = [("bank2".to_owned(), uzcard)].into();
    config.humo.accounts = [("bank2".to_owned(), humo)].into();
}

/// Each partner is a company of its own.
fn facilitator(config: &mut Config) {
    let merchant = |partner: &str, legal_id: &str, legal_oked: Option<&str>| MerchantInfo {
        partner: partner.to_owned(),
        mcc: "5411".to_owned(),
        legal_name: format!("{partner} MCHJ"),
        legal_type: 2,
        legal_id: legal_id.to_owned(),
        legal_oked: legal_oked.map(str::to_owned),
    };
    config.uzcard.receiver_id = Some("{partner}/{merchant_id}".to_owned());
    config.uzcard.merchants = vec![
        merchant("shop", "300000001", Some("47110")),
        merchant("corner", "31234567890123", None),
    ];
}

fn both(name: &str) -> PartnerAccounts {
    PartnerAccounts {
        uzcard: Some(name.to_owned()),
        humo: Some(name.to_owned()),
    }
}

/// A gateway with the second account, and how its calls arrive at the networks.
struct Stage {
    gateway: TestApp,
    proxy: Proxy,
    /// A partner under the second account.
    shop: Credentials,
}

impl Stage {
    async fn set(app: &TestApp) -> Self {
        Self::set_with(app, |_| {}).await
    }

    async fn set_with(app: &TestApp, adjust: impl FnOnce(&mut Config)) -> Self {
        let proxy = Proxy::start(app.running.sandbox_address.unwrap(), 1).await;
        let gateway = app.another_with(|config| {
            bank2(config);
            adjust(config);
            config.sandbox.listen = proxy.address;
            config.check().unwrap();
        });
        let gateway = gateway.await;
        let shop = NewPartner {
            name: "shop".to_owned(),
            permissions: vec!["*".to_owned()],
            terminals: Vec::new(),
            code_required_from: None,
            addresses: Vec::new(),
            certificates: Vec::new(),
            applications: Vec::new(),
            accounts: both("bank2"),
        };
        let shop = gateway.add_new_partner(shop).await;
        proxy.heard();
        Self {
            gateway,
            proxy,
            shop,
        }
    }

    async fn result(&self, method: &str, params: Value) -> Value {
        self.result_as(&self.shop, method, params).await
    }

    async fn result_as(&self, partner: &Credentials, method: &str, params: Value) -> Value {
        let mut reply = self.gateway.call_as(partner, method, params).await;
        assert!(reply.get("result").is_some(), "{method}: {reply}");
        reply["result"].take()
    }

    /// What SVGate was told of the receivers of payments since the last time: login, `receiverId`, and whose `merchantInfo`.
    fn receivers(&self) -> Vec<(String, Value, Value)> {
        let heard = self.proxy.heard();
        let payments = heard
            .iter()
            .filter(|(_, body)| body.contains("trans.pay.purpose"));
        let told = payments.map(|(head, body)| {
            let mut call: Value = serde_json::from_str(body).unwrap();
            let tran = &mut call["params"]["tran"];
            let login = told(head, body).unwrap();
            let login = login.split(' ').nth(1).unwrap().to_owned();
            let legal_id = tran["merchantInfo"]["legalId"].take();
            (login, tran["receiverId"].take(), legal_id)
        });
        told.collect()
    }

    /// A partner's day: cards of both networks attached, debited, held, charged in part and given back, all transfers, and the
    /// history of both.
    async fn day_of(&self, partner: &Credentials) {
        let mut tokens = Vec::new();
        for card in [UZCARD, HUMO] {
            let token = self.gateway.add_card_as(partner, card).await;
            let debit = || debit_params(card, &token, AMOUNT);
            let hold = with(debit(), json!({"is_hold": true}));
            let paid =
                self.result_as(partner, "transactions.debit", debit()).await["transactionId"]
                    .take();
            let held =
                self.result_as(partner, "transactions.debit", hold).await["transactionId"].take();
            for (method, params) in [
                (
                    "transactions.debit.hold.charge",
                    json!({"transactionId": held, "amount": AMOUNT / 2}),
                ),
                ("transactions.debit.reverse", json!({"transactionId": paid})),
            ] {
                self.result_as(partner, method, params).await;
            }
            tokens.push(token);
        }
        for (direction, token) in [
            (UZCARD_TO_UZCARD, &tokens[0]),
            (UZCARD_TO_HUMO, &tokens[0]),
            (HUMO_TO_HUMO, &tokens[1]),
            (HUMO_TO_UZCARD, &tokens[1]),
        ] {
            let params = direction.params(token, AMOUNT);
            self.result_as(partner, direction.method, params).await;
        }
        for token in &tokens {
            let day = json!({"tokens": [token], "from": "2026-11-21", "to": "2026-11-21"});
            let history = self.result_as(partner, "cards.monitoring", day).await;
            // The half that was charged, and two transfers with their fees.
            let spent = history["totalDebit"].as_i64().unwrap();
            assert!(spent > AMOUNT * 5 / 2, "{history}");
        }
    }

    /// Moves the shop to other accounts.
    async fn reassign(&self, accounts: PartnerAccounts) {
        let change = PartnerChange {
            accounts,
            ..PartnerChange::default()
        };
        let database = &self.gateway.running.gateway.database;
        partners::set(database, "shop", change).await.unwrap();
    }

    /// The calls at SVGate and at HUMO's PaymentServer since the last time, each with its login and what else belongs to an
    /// account.
    fn heard(&self) -> Vec<String> {
        let heard = self.proxy.heard();
        let calls = heard.iter().filter_map(|(head, body)| told(head, body));
        calls.collect()
    }
}

fn told(head: &str, body: &str) -> Option<String> {
    let login = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let encoded = value.strip_prefix("Basic ")?;
        name.eq_ignore_ascii_case("authorization").then_some(())?;
        let decoded = STANDARD.decode(encoded.trim()).unwrap();
        Some(String::from_utf8(decoded).unwrap())
    });
    if head.contains(" /uzcard") {
        let call: Value = serde_json::from_str(body).unwrap();
        let terminal = call["params"]
            .as_object()?
            .values()
            .find_map(|member| member["terminalId"].as_str())
            .or(call["params"]["terminalId"].as_str());
        let method = call["method"].as_str()?;
        return Some(words(&[method, &login?, terminal.unwrap_or_default()]));
    }
    if head.contains(" /humo/payment") {
        let within = |open: &str| {
            let (_, rest) = body.split_once(open)?;
            rest.split_once('<').map(|(value, _)| value)
        };
        let item = |name: &str| within(&format!("<name>{name}</name><value>"));
        let all = [
            Some(login?),
            within("<paymentOriginator>").map(str::to_owned),
            item("terminal_id").map(str::to_owned),
            item("centre_id").map(str::to_owned),
            within("<switchingID><value>").map(str::to_owned),
        ];
        let all: Vec<String> = all.into_iter().flatten().collect();
        return Some(all.join(" "));
    }
    None
}

fn words(all: &[&str]) -> String {
    let said: Vec<&str> = all
        .iter()
        .copied()
        .filter(|word| !word.is_empty())
        .collect();
    said.join(" ")
}

async fn compared(app: &TestApp) {
    let gateway = &app.running.gateway;
    let sources = Sources {
        database: &gateway.database,
        networks: &gateway.networks,
        clock: app.clock.as_ref(),
        progress: &|_| {},
    };
    for network in gateway.networks.configured() {
        let report = compare(&sources, network, Day::from_iso("2026-11-21").unwrap()).await;
        let counts = report.unwrap().counts();
        assert_eq!(
            counts.verdict(),
            Verdict::AllMatched,
            "{network}: {counts:?}"
        );
        assert!(counts.matched > 0, "{network}");
    }
}

on_each_database! {
    /// Each call of a partner arrives with its account's login, originator, terminals and the rest; another's with another's.
    async fn each_partner_pays_under_its_own_account(app: TestApp) {
        let stage = Stage::set(&app).await;
        let (uzcard, humo) = (
            stage.gateway.add_card_as(&stage.shop, UZCARD).await,
            stage.gateway.add_card_as(&stage.shop, HUMO).await,
        );
        let attached = stage.heard();
        assert!(!attached.is_empty() && attached.iter().all(|call| call.contains(" gate2:of gate2")), "{attached:?}");

        let paid = stage.result("transactions.debit", debit_params(UZCARD, &uzcard, AMOUNT)).await;
        stage.result("transactions.debit.reverse", json!({"transactionId": paid["transactionId"]})).await;
        assert_eq!(
            stage.heard(),
            ["trans.pay.purpose gate2:of gate2 92400001", "trans.reverse gate2:of gate2"],
        );
        let hold = with(debit_params(HUMO, &humo, AMOUNT), json!({"is_hold": true}));
        let held = stage.result("transactions.debit", hold).await;
        let charge = json!({"transactionId": held["transactionId"], "amount": AMOUNT});
        stage.result("transactions.debit.hold.charge", charge).await;
        assert_eq!(stage.heard(), ["soap2:of soap2 origin2 1965000A Aloqa", "soap2:of soap2 origin2"]);

        for (direction, token, fee, calls) in [
            (UZCARD_TO_UZCARD, &uzcard, 2_500, vec!["p2p.info gate2:of gate2", "p2p.universal gate2:of gate2 t2u"]),
            (HUMO_TO_HUMO, &humo, 2_500, vec!["soap2:of soap2 origin2 i2h 99", "soap2:of soap2 origin2"]),
            (UZCARD_TO_HUMO, &uzcard, 5_000, vec!["trans.pay.purpose gate2:of gate2 t2u", "soap2:of soap2 origin2 c2h Aloqa"]),
            (HUMO_TO_UZCARD, &humo, 10_000, vec![
                "p2p.info gate2:of gate2",
                "soap2:of soap2 origin2 t2h Aloqa",
                "soap2:of soap2 origin2",
                "p2p.universal.credit gate2:of gate2 c2u",
            ]),
        ] {
            let quote = json!({"pan": direction.from.pan, "pan2": direction.to.pan, "phone": direction.from.phone, "amount": AMOUNT});
            assert_eq!(stage.result("p2p.fee-info", quote).await["fee"], fee, "{}", direction.method);
            stage.result(direction.method, direction.params(token, AMOUNT)).await;
            assert_eq!(stage.heard(), calls, "{}", direction.method);
            assert_eq!(app.last_transaction().await.fee, fee, "{}", direction.method);
        }

        // The demo partner has the flat settings.
        let token = stage.gateway.add_card(HUMO).await;
        stage.gateway.result("transactions.debit", debit_params(HUMO, &token, AMOUNT)).await;
        assert_eq!(
            stage.heard(),
            ["aloqa:sandbox aloqa 1965000A HUMO", "aloqa:sandbox aloqa"],
        );
        // Both accounts' payments are in the networks' books under their own logins.
        compared(&stage.gateway).await;
        stage.gateway.running.stop().await;
    }

    /// Each partner has an account, terminals and a company of its own, and SVGate hears of the right one with each payment.
    async fn a_facilitator_collects_for_each_of_its_partners(app: TestApp) {
        let stage = Stage::set_with(&app, facilitator).await;
        let corner = stage.gateway.add_partner("corner", &["*"]).await;
        let flat = stage.gateway.config.transfers.uzcard_terminal.merchant_id.clone();
        for (partner, login, terminals_merchant, legal_id) in [
            (&stage.shop, "gate2:of", "mt2u", "300000001"),
            (&corner, "aloqa:sandbox", &flat, "31234567890123"),
        ] {
            stage.day_of(partner).await;
            let told = |merchant: &str| {
                (login.to_owned(), json!(format!("{}/{merchant}", partner.name)), json!(legal_id))
            };
            // The debit, and the first leg of the transfer to HUMO.
            assert_eq!(stage.receivers(), [told("90001"), told(terminals_merchant)]);
        }
        // Who is no company here is told without one.
        let token = stage.gateway.add_card(UZCARD).await;
        stage.gateway.result("transactions.debit", debit_params(UZCARD, &token, AMOUNT)).await;
        assert_eq!(stage.receivers(), [("aloqa:sandbox".to_owned(), json!("demo/90001"), Value::Null)]);
        compared(&stage.gateway).await;
        stage.gateway.running.stop().await;
    }

    /// Its calls are left in doubt, so after some no more are made under it; the other login of the same network goes on.
    async fn a_login_that_is_not_taken_any_more_stops_its_own_calls_alone(app: TestApp) {
        let stage = Stage::set(&app).await;
        let (shop, gateway) = (&stage.shop, &stage.gateway);
        for (card, pays, code) in [(UZCARD, "trans.pay.purpose", -32338), (HUMO, ":Payment>", -32339)] {
            let shops = gateway.add_card_as(shop, card).await;
            let demos = gateway.add_card(card).await;
            stage.proxy.heard();
            for _ in 0..3 {
                stage.proxy.script(pays, Fault::Denied);
                let params = debit_params(card, &shops, AMOUNT);
                let reply = gateway.call_as(shop, "transactions.debit", params).await;
                assert_eq!(reply["error"]["code"], -32379, "{reply}");
            }
            let params = debit_params(card, &shops, AMOUNT);
            let refused = gateway.call_as(shop, "transactions.debit", params).await;
            let network = card.network();
            assert_eq!(refused, refusal(code, &json!({"network": network, "retryable": true})));
            let heard = stage.proxy.heard();
            assert_eq!(heard.iter().filter(|(_, body)| body.contains(pays)).count(), 3);
            let server = network.to_lowercase();
            for told in [
                format!("aloqa_denied_exchanges_total{{server=\"{server}\"}} 3"),
                format!("aloqa_opened_circuits_total{{server=\"{server}\"}} 1"),
            ] {
                assert!(gateway.has_figure(&told).await, "{told}");
            }
            gateway.result("transactions.debit", debit_params(card, &demos, AMOUNT)).await;
        }
    }

    /// It would be left in doubt after its debit: it is not sent, and the debit is given back.
    async fn no_credit_is_made_under_a_login_that_is_not_taken(app: TestApp) {
        let stage = Stage::set(&app).await;
        let (shop, gateway) = (&stage.shop, &stage.gateway);
        let (payer, denied) = (gateway.add_card_as(shop, UZCARD).await, gateway.add_card_as(shop, HUMO).await);
        for _ in 0..3 {
            stage.proxy.script(":Payment>", Fault::Denied);
            let reply = gateway.call_as(shop, "transactions.debit", debit_params(HUMO, &denied, AMOUNT)).await;
            assert_eq!(reply["error"]["code"], -32379, "{reply}");
        }
        let params = with(UZCARD_TO_HUMO.params(&payer, AMOUNT), json!({"extId": "given-back"}));
        let reply = gateway.call_as(shop, UZCARD_TO_HUMO.method, params).await;
        assert_eq!(reply["error"]["code"], -32339, "{reply}");
        let told = gateway.call_as(shop, "transactions.get", json!({"extId": "given-back"})).await;
        let id = told["result"]["transactionId"].as_i64().unwrap();
        let requests = gateway.requests(id).await;
        assert_eq!(requests, ["pay approved", "credit declined", "reverse approved"]);
    }

    /// A partner is moved to another account while payments are open: they are looked up, charged and reversed where they were
    /// made. A card of UZCARD goes on under the account that has its token.
    async fn what_was_begun_goes_on_under_its_account(app: TestApp) {
        let stage = Stage::set(&app).await;
        for (card, login) in [(UZCARD, "gate2:of gate2"), (HUMO, "soap2:of soap2")] {
            stage.reassign(both("bank2")).await;
            let token = stage.gateway.add_card_as(&stage.shop, card).await;
            let debit = || debit_params(card, &token, AMOUNT);
            let hold = || with(debit(), json!({"is_hold": true}));
            let paid = stage.result("transactions.debit", debit()).await["transactionId"].take();
            let held = stage.result("transactions.debit", hold()).await["transactionId"].take();
            let freed = stage.result("transactions.debit", hold()).await["transactionId"].take();
            app.fail_once(card, "pay", "reset_after").await;
            let lost = stage.gateway.call_as(&stage.shop, "transactions.debit", debit()).await;
            assert_eq!(lost["error"]["code"], -32379, "{lost}");
            let lost = app.last_transaction().await;

            stage.reassign(both("default")).await;
            // The account under which it is attached now has another token of it.
            stage.gateway.add_card_as(&stage.shop, card).await;
            stage.heard();
            stage.gateway.recover_after_lease().await;
            assert_ne!(app.row(lost.id.0).await.status, entity::transaction::Status::Processing);
            stage.result("transactions.debit.hold.charge", json!({"transactionId": held, "amount": AMOUNT})).await;
            stage.result("transactions.debit.hold.cancel", json!({"transactionId": freed})).await;
            stage.result("transactions.debit.reverse", json!({"transactionId": paid})).await;
            let calls = stage.heard();
            assert!(calls.len() >= 4 && calls.iter().all(|call| call.contains(login)), "{calls:?}");

            stage.result("transactions.debit", debit()).await;
            let calls = stage.heard();
            assert!(!calls.is_empty() && calls.iter().all(|call| call.contains("aloqa:sandbox")), "{calls:?}");
        }
        compared(&stage.gateway).await;
        stage.gateway.running.stop().await;
    }

    /// SVGate's token is of one login: it is used under that one, though the partner has another account by now.
    async fn a_card_is_used_under_the_account_that_attached_it(app: TestApp) {
        let stage = Stage::set(&app).await;
        let token = stage.gateway.add_card_as(&stage.shop, UZCARD).await;
        stage.reassign(both("default")).await;
        stage.heard();
        stage.result("transactions.debit", debit_params(UZCARD, &token, AMOUNT)).await;
        assert_eq!(stage.heard(), ["trans.pay.purpose gate2:of gate2 92400001"]);
        stage.gateway.running.stop().await;
    }

    /// Attached anew under another account, a card has another token there. What was begun goes on with the former one.
    async fn a_hold_is_looked_for_with_the_token_that_it_was_made_with(app: TestApp) {
        let stage = Stage::set(&app).await;
        let token = stage.gateway.add_card_as(&stage.shop, UZCARD).await;
        app.fail_once(UZCARD, "hold", "reset_after").await;
        let hold = with(debit_params(UZCARD, &token, AMOUNT), json!({"is_hold": true}));
        let lost = stage.gateway.call_as(&stage.shop, "transactions.debit", hold).await;
        assert_eq!(lost["error"]["code"], -32379, "{lost}");
        let lost = app.last_transaction().await.id.0;
        let named = |calls: Vec<(String, String)>| {
            let calls = calls.iter().map(|(_, body)| serde_json::from_str::<Value>(body).unwrap_or_default());
            calls.filter_map(|call| {
                let params = &call["params"];
                let token = params["hold"]["cardId"].as_str().or(params["cardId"].as_str());
                token.map(str::to_owned)
            }).next().unwrap()
        };
        let first = named(stage.proxy.heard());
        stage.reassign(both("default")).await;
        let other = "0".repeat(first.len());
        stage.proxy.rewrite("cards.new.verify", &first, &other);
        stage.gateway.add_card_as(&stage.shop, UZCARD).await;
        stage.heard();
        stage.gateway.recover_after_lease().await;
        assert_eq!(app.row(lost).await.status, entity::transaction::Status::Held);
        stage.gateway.call_as(&stage.shop, "transactions.debit", debit_params(UZCARD, &token, AMOUNT)).await;
        assert_eq!(stage.heard(), ["hold.get.cardId gate2:of gate2", "trans.pay.purpose aloqa:sandbox 92400001"]);
        stage.gateway.running.stop().await;
    }

    /// A gateway does not start without an account that a partner or an open payment is under.
    async fn an_account_in_use_must_be_configured(app: TestApp) {
        let stage = Stage::set(&app).await;
        let token = stage.gateway.add_card_as(&stage.shop, UZCARD).await;
        let hold = with(debit_params(UZCARD, &token, AMOUNT), json!({"is_hold": true}));
        let id = stage.result("transactions.debit", hold).await["transactionId"].take();
        let refused = async || start::check_database(&app.config).await.map(drop).map_err(|error| error.to_string());
        let said = refused().await.unwrap_err();
        assert!(said.starts_with("uzcard.accounts.bank2 is missing, and partner shop is under that account"), "{said}");
        stage.reassign(both("default")).await;
        let said = refused().await.unwrap_err();
        assert!(said.starts_with("uzcard.accounts.bank2 is missing, and a payment that is not finished"), "{said}");
        stage.result("transactions.debit.hold.cancel", json!({"transactionId": id})).await;
        refused().await.unwrap();
        // The card is known to that account alone.
        assert_eq!(
            app.call_as(&stage.shop, "transactions.debit", debit_params(UZCARD, &token, AMOUNT)).await["error"],
            refusal(-32374, &json!({"reason": "network_absent", "network": "UZCARD"}))["error"],
        );
        stage.gateway.running.stop().await;
    }

    /// Settings reach one gateway after another. One that lacks an account leaves what is open under it alone, and says so once.
    async fn a_gateway_that_lacks_an_account_leaves_its_work_to_others(app: TestApp) {
        let stage = Stage::set(&app).await;
        let (uzcard, humo) = (
            stage.gateway.add_card_as(&stage.shop, UZCARD).await,
            stage.gateway.add_card_as(&stage.shop, HUMO).await,
        );
        let hold = with(debit_params(HUMO, &humo, AMOUNT), json!({"is_hold": true}));
        let held = stage.result("transactions.debit", hold).await["transactionId"].as_i64().unwrap();
        let lost = async |method: &str, params: Value| {
            let told = stage.gateway.call_as(&stage.shop, method, params).await;
            assert_eq!(told["error"]["code"], -32379, "{told}");
            app.last_transaction().await.id.0
        };
        app.fail_once(UZCARD, "pay", "reset_after").await;
        let debited = lost("transactions.debit", debit_params(UZCARD, &uzcard, AMOUNT)).await;
        // Only its credit is under the second account.
        stage.reassign(PartnerAccounts { uzcard: None, humo: Some("default".to_owned()) }).await;
        app.fail_once(UZCARD, "credit", "reset_after").await;
        let credited = lost(HUMO_TO_UZCARD.method, HUMO_TO_UZCARD.params(&humo, AMOUNT)).await;
        let lost = [debited, credited];
        stage.reassign(both("default")).await;
        // A few are asked at a time, the longest overdue first: these must not stand in the way.
        app.clock.advance_ms(60 * 60_000);
        let rows = async || {
            let mut rows = app.request_rows(held).await;
            for id in lost {
                rows.extend(app.request_rows(id).await);
            }
            rows
        };
        let before = rows().await;
        assert_eq!(app.running.gateway.tell_lacking_accounts().await.unwrap(), 2);
        assert_eq!(app.running.gateway.tell_lacking_accounts().await.unwrap(), 0);
        for network in [rpc_schema::values::Network::Uzcard, rpc_schema::values::Network::Humo] {
            assert_eq!(app.running.gateway.payments.recover_due(network).await.unwrap(), 0);
        }
        app.clock.advance_ms(10 * 24 * 60 * 60_000);
        assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 0);
        assert_eq!(rows().await, before);
        // Whoever has it goes on.
        assert_eq!(stage.gateway.running.gateway.expire_holds().await.unwrap(), 1);
        stage.gateway.recover_after_lease().await;
        for id in lost {
            assert_eq!(app.row(id).await.status, entity::transaction::Status::Succeeded);
        }
        assert_eq!(app.row(held).await.status, entity::transaction::Status::Expired);
        stage.gateway.running.stop().await;
    }

    /// A card that was attached under an account that is gone is attached anew, under its partner's.
    async fn a_card_of_an_account_that_is_gone_is_attached_anew(app: TestApp) {
        let stage = Stage::set(&app).await;
        let token = stage.gateway.add_card_as(&stage.shop, UZCARD).await;
        let attach = json!({"pan": UZCARD.pan, "expiry": "3012", "processingType": "UZCARD", "phoneNumber": UZCARD.phone});
        let refused = async |gateway: &TestApp| gateway.call_as(&stage.shop, "cards.attach", attach.clone()).await["error"]["code"].clone();
        assert_eq!(refused(&stage.gateway).await, 1010);
        stage.reassign(both("default")).await;
        // As long as the account is there, the card can be used under it.
        assert_eq!(refused(&stage.gateway).await, 1010);
        let paid = stage.result("transactions.debit", debit_params(UZCARD, &token, AMOUNT)).await;

        let begun = app.call_as(&stage.shop, "cards.attach", attach.clone()).await;
        let card_id = begun["result"]["cardId"].as_str().unwrap();
        let confirm = json!({"cardId": card_id, "otpCode": "111111"});
        let confirmed = app.call_as(&stage.shop, "cards.attach.confirm", confirm).await;
        assert!(confirmed.get("result").is_some(), "{confirmed}");
        let debit = |token: &str| debit_params(UZCARD, token, AMOUNT);
        let anew = app.call_as(&stage.shop, "transactions.debit", debit(card_id)).await;
        assert!(anew.get("result").is_some(), "{anew}");
        assert_eq!(app.last_transaction().await.account, "default");
        let gone = app.call_as(&stage.shop, "transactions.debit", debit(&token)).await;
        assert_eq!(gone["error"]["code"], -32301, "{gone}");
        assert_eq!(refused(&app).await, 1010);
        // What was paid with the old one is given back under its account.
        stage.result("transactions.debit.reverse", json!({"transactionId": paid["transactionId"]})).await;
        assert!(stage.heard().iter().any(|call| call == "trans.reverse gate2:of gate2"));
        stage.gateway.running.stop().await;
    }
}
