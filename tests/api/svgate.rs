//! What contours of SVGate want in different ways, each by a setting of `[uzcard]`: whom a payment is for, by which method it is
//! made, whom a credit names as its sender, cards that SVGate knows already, and its list of prefixes.

use aloqa_gateway::config::{
    Config, CreditSenderId, KnownCard, MerchantInfo, PaymentMethod, RequestorPhone,
};
use rpc_schema::errors::ErrorCode;
use serde_json::{Value, json};

use test_support::proxy::Proxy;
use test_support::refused_calls::sms_limit_reached;
use test_support::*;

/// A code that nobody was sent.
const ANY_CODE: &str = "999999";

/// A gateway with these settings on the same database, behind a proxy that hears its calls.
async fn heard(app: &TestApp, adjust: impl FnOnce(&mut Config)) -> (Proxy, TestApp) {
    let proxy = Proxy::start(app.running.sandbox_address.unwrap(), 1).await;
    let address = proxy.address;
    let behind = app.another_with(|config| {
        config.sandbox.listen = address;
        adjust(config);
    });
    let behind = behind.await;
    proxy.heard();
    (proxy, behind)
}

/// The params of the calls of this method that were heard.
fn params_of(proxy: &Proxy, method: &str) -> Vec<Value> {
    let calls = proxy.heard();
    let calls = calls
        .iter()
        .filter_map(|(_, body)| serde_json::from_str::<Value>(body).ok());
    let of_method = calls.filter(|call| call["method"] == method);
    of_method.map(|mut call| call["params"].take()).collect()
}

fn add_params(card: TestCard) -> Value {
    json!({"pan": card.pan, "expiry": "1230", "phone": card.phone})
}

/// Begins to attach a card as this partner; the attachment's number.
async fn begin(app: &TestApp, partner: &Credentials, card: TestCard) -> Value {
    let mut begun = app.call_as(partner, "cards.add", add_params(card)).await;
    assert_eq!(begun["result"]["phone"], card.phone, "{begun}");
    begun["result"]["transactionId"].take()
}

async fn confirm(app: &TestApp, partner: &Credentials, id: &Value, code: &str) -> Value {
    let params = json!({"transactionId": id, "confirmedCode": code});
    app.call_as(partner, "cards.add-confirm", params).await
}

/// A debit with a card that was just attached.
async fn pays(app: &TestApp, partner: &Credentials, mut confirmed: Value, card: TestCard) {
    let token = confirmed["result"]["token"].take();
    let token = token.as_str().unwrap_or_else(|| panic!("{confirmed}"));
    let paid = app
        .call_as(
            partner,
            "transactions.debit",
            debit_params(card, token, 500),
        )
        .await;
    assert!(paid.get("result").is_some(), "{paid}");
}

mod payments {
    use super::*;

    fn facilitator(config: &mut Config) {
        config.uzcard.receiver_id = Some("{partner}/{merchant_id}".to_owned());
        config.uzcard.merchants = vec![MerchantInfo {
            partner: "shop".to_owned(),
            mcc: "5411".to_owned(),
            legal_name: "SHOP MCHJ".to_owned(),
            legal_type: 2,
            legal_id: "300000001".to_owned(),
            legal_oked: Some("47110".to_owned()),
        }];
    }

    on_each_database! {
        /// With a code, without, and as the first leg of a transfer. Without the settings there are no such members.
        async fn a_facilitator_tells_whom_it_collects_for(app: TestApp) {
            let shop = app.add_partner("shop", &["*"]).await;
            let token = app.add_card(UZCARD).await;
            let shops = app.add_card_as(&shop, UZCARD).await;
            let (proxy, behind) = heard(&app, facilitator).await;
            let merchant = json!({
                "mcc": "5411", "legalName": "SHOP MCHJ", "legalType": 2, "legalId": "300000001", "legalOKED": "47110",
            });
            let told = |proxy: &Proxy| {
                let mut params = params_of(proxy, "trans.pay.purpose");
                assert_eq!(params.len(), 1);
                let mut tran = params.remove(0)["tran"].take();
                (tran["receiverId"].take(), tran["merchantInfo"].take())
            };

            let paid = behind.call_as(&shop, "transactions.debit", debit_params(UZCARD, &shops, 500)).await;
            assert!(paid.get("result").is_some(), "{paid}");
            assert_eq!(told(&proxy), (json!("shop/90001"), merchant.clone()));

            let forced = with(debit_params(UZCARD, &shops, 500), json!({"force_sms_confirmation": true}));
            let begun = behind.call_as(&shop, "transactions.debit", forced).await;
            let code = right_code(begun["result"]["transactionId"].as_i64().unwrap());
            let paid = behind.call_as(&shop, "transactions.debit.confirm", code).await;
            assert!(paid.get("result").is_some(), "{paid}");
            assert_eq!(told(&proxy), (json!("shop/90001"), merchant.clone()));

            let sent = behind.call_as(&shop, UZCARD_TO_HUMO.method, UZCARD_TO_HUMO.params(&shops, 500)).await;
            assert!(sent.get("result").is_some(), "{sent}");
            assert_eq!(told(&proxy), (json!("shop/90001"), merchant));

            behind.result("transactions.debit", debit_params(UZCARD, &token, 500)).await;
            assert_eq!(told(&proxy), (json!("demo/90001"), Value::Null));

            let (proxy, plain) = heard(&app, |_| {}).await;
            let paid = plain.call_as(&shop, "transactions.debit", debit_params(UZCARD, &shops, 500)).await;
            assert!(paid.get("result").is_some(), "{paid}");
            assert_eq!(told(&proxy), (Value::Null, Value::Null));
            behind.running.stop().await;
            plain.running.stop().await;
        }

        /// It is answered, refused, looked up and given back like the newer one.
        async fn an_older_contour_is_paid_by_trans_pay(app: TestApp) {
            let token = app.add_card(UZCARD).await;
            let (proxy, behind) = heard(&app, |config| config.uzcard.payment_method = PaymentMethod::Pay).await;
            let paid = behind.result("transactions.debit", debit_params(UZCARD, &token, 500)).await;
            let tran = params_of(&proxy, "trans.pay").remove(0)["tran"].take();
            let mut names: Vec<_> = tran.as_object().unwrap().keys().map(String::as_str).collect();
            names.sort_unstable();
            assert_eq!(names, ["amount", "cardId", "date12", "ext", "merchantId", "port", "stan", "terminalId"]);
            assert_eq!(tran["port"], json!(123_456));
            // The test's clock, in Tashkent.
            assert_eq!(tran["date12"], json!(tashkent_date12(app.now())));
            let id = paid["transactionId"].as_i64().unwrap();
            behind.result("transactions.debit.reverse", json!({"transactionId": id})).await;
            assert_eq!(behind.status(id).await, "reversed");

            app.refuse_once(UZCARD, "pay", "-240").await;
            assert_eq!(behind.error_code("transactions.debit", debit_params(UZCARD, &token, 500)).await, -32309);
            // Carried out, and its answer is lost: the reference finds it.
            app.fail_once(UZCARD, "pay", "drop_after").await;
            let lost = behind.call("transactions.debit", debit_params(UZCARD, &token, 500)).await;
            let id = lost["error"]["data"]["transactionId"].as_i64().unwrap_or_else(|| panic!("{lost}"));
            behind.recover_after_lease().await;
            assert_eq!(behind.status(id).await, "succeeded");
            behind.running.stop().await;
        }
    }

    on_each_database! {
        /// The payer's whole number is opened for a credit alone, and stored and shown nowhere.
        async fn a_credit_names_its_sender_as_the_contour_wants(app: TestApp) {
            let token = app.add_card(HUMO).await;
            for (id, account) in [
                (None, None),
                (Some(CreditSenderId::Mask), None),
                (Some(CreditSenderId::Pan), None),
                (Some(CreditSenderId::Rrn), None),
                (Some(CreditSenderId::Account), Some("998901234567")),
            ] {
                let adjust = |config: &mut Config| {
                    let sender = &mut config.uzcard.credit_sender;
                    sender.id = id;
                    sender.account = account.map(str::to_owned);
                    if id.is_some() {
                        sender.system = "wallet".to_owned();
                        sender.legal_name = Some("HAMYON MCHJ".to_owned());
                    }
                    config.check().unwrap();
                };
                let (proxy, behind) = heard(&app, adjust).await;
                behind.result(HUMO_TO_UZCARD.method, HUMO_TO_UZCARD.params(&token, 500)).await;
                let told = params_of(&proxy, "p2p.universal.credit").remove(0)["credit"]["sender"].take();
                let mask = "986019*****8366";
                let (expected, system, legal_name) = match id {
                    None => (mask, "humo", "AloqaGateway"),
                    Some(CreditSenderId::Mask) => (mask, "wallet", "HAMYON MCHJ"),
                    Some(CreditSenderId::Pan) => (HUMO.pan, "wallet", "HAMYON MCHJ"),
                    Some(CreditSenderId::Rrn) => (told["refNum"].as_str().unwrap(), "wallet", "HAMYON MCHJ"),
                    Some(CreditSenderId::Account) => ("998901234567", "wallet", "HAMYON MCHJ"),
                };
                assert_eq!(told["id"], expected);
                assert_ne!(told["refNum"], "000000000000");
                assert_eq!((&told["system"], &told["legalName"]), (&json!(system), &json!(legal_name)));
                behind.running.stop().await;
            }
            app.assert_settled().await;
        }
    }

    fn tashkent_date12(now: i64) -> String {
        let day = aloqa_gateway::domain::day::Day::of(entity::time::UnixMillis(now));
        let ms = now - day.begins_at().0;
        let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
        let day = day.number() % 1_000_000;
        format!("{day:06}{hour:02}{minute:02}{second:02}")
    }
}

mod known_cards {
    use super::*;

    /// How the gateway's own message begins; SVGate's has the same sender.
    const OURS: &str = "AloqaGateway: код 111111 для привязки карты";

    fn by(known_card: KnownCard) -> impl FnOnce(&mut Config) {
        move |config| config.uzcard.known_card = known_card
    }

    on_each_database! {
        /// Each gets a code of SVGate's, and all have the one token of the login: who pays does not matter to the other.
        async fn partners_of_one_login_have_one_card(app: TestApp) {
            let shop = app.add_partner("shop", &["*"]).await;
            for partner in [&Credentials::demo(), &shop] {
                let id = begin(&app, partner, UZCARD).await;
                let confirmed = confirm(&app, partner, &id, CODE).await;
                pays(&app, partner, confirmed, UZCARD).await;
            }
            assert_eq!(app.messages(UZCARD.phone).await.len(), 2);
            assert_eq!(app.balance(UZCARD).await, FULL - 1_000);
        }

        /// SVGate answers `verified` and the token, or -271. Then the gateway sends the code, and its own three tries count.
        async fn a_known_card_is_attached_by_a_code_of_ours(app: TestApp) {
            let shop = app.add_partner("shop", &["*"]).await;
            let wallet = app.add_partner("wallet", &["*"]).await;
            app.add_card(UZCARD).await;
            let (proxy, behind) = heard(&app, by(KnownCard::OwnCode)).await;
            for (partner, says_verified) in [(&shop, true), (&wallet, false)] {
                if !says_verified {
                    app.refuse_once(UZCARD, "code", "-271").await;
                }
                let before = app.messages(UZCARD.phone).await.len();
                let id = begin(&behind, partner, UZCARD).await;
                let messages = app.messages(UZCARD.phone).await.split_off(before);
                assert!(messages.last().unwrap().starts_with(OURS), "{messages:?}");
                let wrong = confirm(&behind, partner, &id, ANY_CODE).await;
                assert_eq!(wrong, refused(ErrorCode::InvalidCode, json!({"reason": "wrong_code"})));
                let confirmed = confirm(&behind, partner, &id, CODE).await;
                pays(&behind, partner, confirmed, UZCARD).await;
                let again = confirm(&behind, partner, &id, CODE).await;
                assert_eq!(again, refused(ErrorCode::AlreadyConfirmed, Value::Null));
            }
            // Nothing of it went through SVGate's own confirmation, and no list was needed: the token is known here.
            let calls = proxy.heard();
            for method in ["cards.new.verify", "cards.list"] {
                assert!(!calls.iter().any(|(_, body)| body.contains(method)), "{method}");
            }
            behind.running.stop().await;
        }

        /// The code of a known card goes to no phone that only fits a mask, and counts against the phone's and the partner's limits.
        async fn a_code_of_ours_goes_to_the_cards_whole_phone_and_is_counted(app: TestApp) {
            let shop = app.add_partner("shop", &["*"]).await;
            app.add_card(UZCARD).await;
            let (proxy, behind) = heard(&app, |config| {
                by(KnownCard::OwnCode)(config);
                config.sms.daily_limit = 5;
            }).await;
            let sent = async || app.messages(UZCARD.phone).await.len();
            for mask in ["99890*****67", "********4567"] {
                proxy.rewrite("cards.get", UZCARD.phone, mask);
                proxy.rewrite("cards.new.otp", "99890*****67", mask);
                let before = sent().await;
                let reply = behind.call_as(&shop, "cards.add", add_params(UZCARD)).await;
                assert_eq!(reply, refused(ErrorCode::PhoneMismatch, Value::Null), "{mask}");
                let messages = app.messages(UZCARD.phone).await.split_off(before);
                assert!(!messages.iter().any(|text| text.starts_with(OURS)), "{mask}: {messages:?}");
                proxy.rewrite_nothing();
            }
            begin(&behind, &shop, UZCARD).await;
            let before = app.messages(UZCARD.phone).await;
            assert!(before.last().unwrap().starts_with(OURS), "{before:?}");
            // SVGate is asked in vain four times, and has sent a message of its own each time; ours would be the sixth.
            let reply = behind.call_as(&shop, "cards.add", add_params(UZCARD)).await;
            assert_eq!(reply, sms_limit_reached(5));
            let after = app.messages(UZCARD.phone).await.split_off(before.len());
            assert!(!after.iter().any(|text| text.starts_with(OURS)), "{after:?}");
            behind.running.stop().await;
        }

        /// The documented replies, and any six digits confirm the card. A phone that is not the card's is refused in any case.
        async fn a_known_card_is_attached_without_a_code_where_that_is_meant(app: TestApp) {
            let shop = app.add_partner("shop", &["*"]).await;
            app.add_card(UZCARD).await;
            let (_proxy, behind) = heard(&app, |config| {
                config.uzcard.known_card = KnownCard::NoCode;
                config.uzcard.requestor_phone = RequestorPhone::Off;
            }).await;
            let other = with(add_params(UZCARD), json!({"phone": "998900000000"}));
            let reply = behind.call_as(&shop, "cards.add", other).await;
            assert_eq!(reply, refused(ErrorCode::PhoneMismatch, Value::Null));
            let id = begin(&behind, &shop, UZCARD).await;
            let confirmed = confirm(&behind, &shop, &id, ANY_CODE).await;
            pays(&behind, &shop, confirmed, UZCARD).await;

            // The A family: its own words.
            let attach = json!({"pan": UZCARD_2.pan, "expiry": "3012", "processingType": "UZCARD", "phoneNumber": UZCARD_2.phone});
            app.add_card(UZCARD_2).await;
            let begun = behind.call_as(&shop, "cards.attach", attach).await;
            let params = json!({"cardId": begun["result"]["cardId"], "otpCode": ANY_CODE});
            let confirmed = behind.call_as(&shop, "cards.attach.confirm", params).await;
            assert_eq!(confirmed["result"]["message"], "Card is successfully attached", "{confirmed}");
            behind.running.stop().await;
        }

        /// The default: SVGate's code is waited for, whatever it says, and -271 refuses.
        async fn without_the_setting_a_known_card_needs_svgates_code(app: TestApp) {
            let shop = app.add_partner("shop", &["*"]).await;
            app.add_card(UZCARD).await;
            let id = begin(&app, &shop, UZCARD).await;
            let wrong = confirm(&app, &shop, &id, ANY_CODE).await;
            assert_eq!(wrong, refused(ErrorCode::InvalidCode, json!({"reason": "wrong_code"})));
            app.refuse_once(UZCARD, "code", "-271").await;
            let reply = app.call_as(&shop, "cards.add", add_params(UZCARD)).await;
            assert_eq!(reply["error"]["code"], -32306, "{reply}");
        }
    }

    async fn an_earlier_installation(kind: DatabaseKind) {
        // The sandbox is another process's, as SVGate is, so this gateway has never seen its cards.
        let Some(contour) = Contour::with(kind, by(KnownCard::OwnCode)).await else {
            return;
        };
        let refuse = || contour.networks.refuse_once(UZCARD, "code", "-271");
        refuse().await;
        let reply = contour.call("cards.add", add_params(UZCARD)).await;
        assert_eq!(reply["error"]["code"], -32306, "{reply}");
        contour.networks.add_card(UZCARD).await;
        refuse().await;
        let begun = contour.result("cards.add", add_params(UZCARD)).await;
        let code = contour.code(UZCARD).await;
        let params = json!({"transactionId": begun["transactionId"], "confirmedCode": code});
        let confirmed = contour.call("cards.add-confirm", params).await;
        pays(&contour.app, &contour.shop, confirmed, UZCARD).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_card_of_an_earlier_installation_is_found_in_svgates_list() {
        an_earlier_installation(DatabaseKind::Sqlite).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_card_of_an_earlier_installation_is_found_on_postgres_too() {
        an_earlier_installation(DatabaseKind::Postgres).await;
    }
}

mod prefixes {
    use super::*;

    /// A number that no table knows.
    const UNKNOWN: &str = "5440550000000003";

    async fn of_no_network(app: &TestApp) -> bool {
        let reply = app
            .call("p2p.recipient-info", json!({"pan": UNKNOWN}))
            .await;
        match reply["error"]["code"].as_i64() {
            Some(-32374) => true,
            // SVGate was asked, and does not know it either.
            Some(_) => false,
            None => panic!("{reply}"),
        }
    }

    mostly_on_sqlite! {
        /// At the start and daily. Without an answer what is known stays; HUMO's cards stay HUMO's, which SVGate lists too.
        async fn svgate_tells_which_numbers_are_its_cards(app: TestApp) {
            assert!(of_no_network(&app).await);
            let (proxy, behind) = heard(&app, |config| config.uzcard.bin_list = true).await;
            assert!(of_no_network(&behind).await);
            let learn = async || {
                let gateway = &behind.running.gateway;
                gateway.learn_prefixes().await;
                params_of(&proxy, "get.bin.list").len()
            };
            proxy.rewrite("get.bin.list", "860049", "544055");
            assert_eq!(learn().await, 0, "it was asked at the start");
            app.clock.advance_ms(86_400_000);
            assert_eq!(learn().await, 1);
            assert!(!of_no_network(&behind).await);
            for card in [UZCARD, UZCARD_2, HUMO] {
                behind.add_card(card).await;
            }
            app.clock.advance_ms(86_400_000);
            app.refuse_once(UZCARD, "info", "-256").await;
            assert_eq!(learn().await, 1);
            assert!(!of_no_network(&behind).await);
            // It is asked again within the day, as it has not answered.
            proxy.rewrite_nothing();
            assert_eq!(learn().await, 0);
            app.clock.advance_ms(3_600_000);
            assert_eq!(learn().await, 1);
            assert!(of_no_network(&behind).await);
            behind.running.stop().await;
        }

        /// It replaces the whole table.
        async fn a_file_says_which_numbers_are_whose(app: TestApp) {
            let file = app.directory().join("prefixes.toml");
            let table = "[[prefixes]]\nprefix = \"544055\"\nnetwork = \"UZCARD\"\n";
            std::fs::write(&file, table).unwrap();
            let with_file = app.another_with(|config| config.prefixes_file = Some(file)).await;
            assert!(!of_no_network(&with_file).await);
            assert_eq!(with_file.error_code("cards.add", add_params(HUMO)).await, -32374);
            with_file.running.stop().await;
        }
    }
}
