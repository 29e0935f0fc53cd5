//! A gateway of the production profile works with whatever part of the servers outside it has: one network or both, with an SMS
//! provider and a fiscal service or without (docs/contract.md#what-may-be-absent).

use aloqa_gateway::comparison::report::Verdict;
use aloqa_gateway::comparison::{Sources, compare};
use aloqa_gateway::config::{
    CardInfoBy, Config, HoldStatuses, HumoAccount, MbFlag, P2pToHumo, Sale, SmsProvider, TokenFrom,
    TokenHeader,
};
use aloqa_gateway::domain::day::Day;
use aloqa_gateway::partners::{self, PartnerAccounts, PartnerChange};
use serde_json::{Value, json};

use test_support::*;

const AMOUNT: i64 = 500_000;
/// Half a percent.
const FEE: i64 = 2_500;

fn without_uzcard(config: &mut Config) {
    config.uzcard.url = None;
}

fn without_humo(config: &mut Config) {
    (config.humo.payment_url, config.humo.info_url) = (None, None);
}

fn without_sms(config: &mut Config) {
    config.sms.url = None;
}

fn without_fiscal(config: &mut Config) {
    config.fiscal.url = None;
}

/// Cards are described by three services of SOAP, and debits are dual messages. Histories are at an address of their own.
fn over_soap(config: &mut Config) {
    without_uzcard(config);
    without_fiscal(config);
    let humo = &mut config.humo;
    let at = humo.info_url.take().unwrap();
    let service = |path: &str| Some(at.replace("/humo/json", path));
    humo.info = CardInfoBy::Soap;
    humo.soap_info.cards_url = service("/humo/soap/iiacs");
    humo.soap_info.issuing_url = service("/humo/soap/issuing");
    humo.soap_info.access_url = service("/humo/soap/access");
    humo.history_url = Some(at);
    humo.sale = Sale::SoapDms;
}

/// The middleware's second version, whose token a login gives.
fn by_the_second_version(config: &mut Config) {
    without_uzcard(config);
    without_fiscal(config);
    let humo = &mut config.humo;
    humo.info = CardInfoBy::V2;
    humo.mb_flag = MbFlag::Boolean;
    humo.auth = TokenFrom::Login;
    humo.token_header = TokenHeader::BearerColon;
    humo.login.token_member = "result.token".to_owned();
}

/// The figure of so many logins at the middleware.
fn logins(count: u64) -> String {
    format!(
        "aloqa_exchanges_total{{server=\"humo\",operation=\"login\",outcome=\"answered\"}} {count}"
    )
}

fn through_eskiz(config: &mut Config) {
    config.sms.provider = SmsProvider::Eskiz;
    config.limits.codes_per_10_minutes = Some(10);
    config.sms.user = "bank@example.uz".to_owned();
    let url = config.sms.url.take().unwrap();
    config.sms.url = Some(url.replace("broker-api", "eskiz"));
}

macro_rules! on_each_contour {
    ($( $name:ident($contour:ident: Contour, $adjust:expr) $body:block )*) => {
        $(
            mod $name {
                use super::*;

                async fn run(kind: DatabaseKind) {
                    let Some($contour) = Contour::with(kind, $adjust).await else {
                        return;
                    };
                    $body
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn sqlite() {
                    run(DatabaseKind::Sqlite).await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn postgres() {
                    run(DatabaseKind::Postgres).await;
                }
            }
        )*
    };
}

on_each_contour! {
    a_bank_with_all_of_it(contour: Contour, |_| {}) {
        let uzcard = walk(&contour, UZCARD).await;
        let humo = walk(&contour, HUMO).await;
        for (direction, token) in [
            (UZCARD_TO_UZCARD, &uzcard), (UZCARD_TO_HUMO, &uzcard), (HUMO_TO_HUMO, &humo), (HUMO_TO_UZCARD, &humo),
        ] {
            let done = contour.result(direction.method, direction.params(token, AMOUNT)).await;
            assert_eq!(done["has_fiskal_check"], json!(direction.has_receipt().then_some(true)), "{}", direction.method);
        }
        compared(&contour).await;
    }

    // SVGate sends the codes of attachments by itself.
    a_bank_with_uzcard_alone(contour: Contour, |config| {
        without_humo(config);
        without_sms(config);
        without_fiscal(config);
    }) {
        let token = walk(&contour, UZCARD).await;
        let done = contour.result("p2p.uzcard2uzcard", UZCARD_TO_UZCARD.params(&token, AMOUNT)).await;
        assert_eq!((&done["has_fiskal_check"], &done["ofd_url"]), (&json!(false), &json!("")));
        assert_eq!(contour.networks.receipts().await, Vec::<Value>::new());
        absent(&contour, &token, HUMO, UZCARD_TO_HUMO, UZCARD).await;
        // Nothing is stored of what needs a code.
        let forced = with(debit_params(UZCARD, &token, AMOUNT), json!({"force_sms_confirmation": true}));
        assert_eq!(
            contour.call("transactions.debit", forced).await,
            refusal(-32349, &json!({"reason": "sms_absent"})),
        );
        compared(&contour).await;
    }

    // SVGate credits cards of HUMO by itself, and nobody else can be asked about them.
    a_bank_with_uzcard_alone_whose_transfers_reach_humo(contour: Contour, |config| {
        without_humo(config);
        without_fiscal(config);
        config.uzcard.p2p_to_humo = P2pToHumo::Pan;
        config.transfers.sender_required_from = 2 * AMOUNT;
    }) {
        let token = walk(&contour, UZCARD).await;
        let direction = UZCARD_TO_HUMO_IN_ONE_CALL;
        let had = contour.networks.balance(HUMO).await;
        let quoted = json!({"pan": UZCARD.pan, "pan2": HUMO.pan, "phone": UZCARD.phone, "amount": AMOUNT});
        assert_eq!(contour.result("p2p.fee-info", quoted).await["fee"], json!(FEE));
        let done = contour.result(direction.method, direction.params(&token, AMOUNT)).await;
        assert_eq!(direction.masked_result(done), direction.done(FEE, ""));
        let coded = with(direction.params(&token, AMOUNT), json!({"force_sms_confirmation": true}));
        let id = contour.result(direction.method, coded).await["transactionId"].take();
        let code = json!({"transactionId": id, "confirmedCode": contour.code(UZCARD).await});
        let done = contour.result("p2p.confirm", code).await;
        assert_eq!(direction.masked_result(done), direction.done(FEE, ""));
        assert_eq!(contour.networks.balance(HUMO).await, had + 2 * AMOUNT);
        let ledger = contour.networks.ledger().await;
        let networks: Vec<&Value> = ledger.iter().map(|row| &row["network"]).collect();
        assert!(networks.iter().all(|network| *network == "UZCARD"), "{networks:?}");

        // HUMO's own refusal of the card comes by SVGate.
        let blocked = direction.to(TestCard::forcing(sandbox::Network::Humo, sandbox::Outcome::Blocked));
        let refused = contour.call(direction.method, blocked.params(&token, AMOUNT)).await;
        assert_eq!(refused, refusal(-32310, &json!({"network": "UZCARD", "processingCode": "-205"})));
        for (method, params) in [
            // One call carries no details of the sender.
            (direction.method, direction.params(&token, 2 * AMOUNT)),
            ("p2p.recipient-info", json!({"pan": HUMO.pan})),
            ("cards.add", json!({"pan": HUMO.pan, "expiry": "1230", "phone": HUMO.phone})),
        ] {
            assert_eq!(
                contour.call(method, params).await,
                refusal(-32374, &json!({"reason": "network_absent", "network": "HUMO"})),
            );
        }
        compared(&contour).await;
    }

    a_bank_with_humo_alone(contour: Contour, |config| {
        without_uzcard(config);
        without_fiscal(config);
    }) {
        let token = walk(&contour, HUMO).await;
        contour.result("p2p.humo2humo", HUMO_TO_HUMO.params(&token, AMOUNT)).await;
        absent(&contour, &token, UZCARD, HUMO_TO_UZCARD, HUMO).await;
        compared(&contour).await;
    }

    a_bank_with_humo_over_soap_and_dual_messages(contour: Contour, over_soap) {
        let token = walk(&contour, HUMO).await;
        contour.result("p2p.humo2humo", HUMO_TO_HUMO.params(&token, AMOUNT)).await;
        compared(&contour).await;
        // A debit is what SVGate would call held and charged at once.
        let ledger = contour.networks.ledger().await;
        let actions: Vec<&str> = ledger.iter().map(|row| row["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["hold", "capture", "hold", "capture", "reverse", "p2p"]);
        // A card without an agreement, one of a company, and one that is not there.
        for (card, code) in [("9860190000000206", -32311), ("9860190000000258", -32374), ("9860190000009995", -32335)] {
            let params = json!({"pan": card, "expiry": "1230", "phone": "998900020206"});
            assert_eq!(contour.call("cards.add", params).await["error"]["code"], json!(code), "{card}");
        }
    }

    // It tells no balance, and its token ends after a day.
    a_bank_with_the_second_version_and_a_login(contour: Contour, by_the_second_version) {
        let token = contour.add_card(HUMO).await;
        let paid = contour.result("transactions.debit", debit_params(HUMO, &token, AMOUNT)).await;
        let id = paid["transactionId"].as_i64().unwrap();
        assert_eq!(HUMO.masked_result(paid), HUMO.taken(id));
        assert!(contour.app.has_figure(&logins(1)).await);
        contour.networks.clock.advance_ms(2 * 86_400_000);
        let info = contour.result("cards.info", json!({"token": token})).await;
        assert_eq!(info["balance"], json!(0));
        assert!(contour.app.has_figure(&logins(2)).await);
        compared(&contour).await;
    }

    // One login for all accounts.
    a_bank_with_two_accounts_and_one_login(contour: Contour, |config| {
        by_the_second_version(config);
        let bank2 = HumoAccount {
            user: Some("soap2".to_owned()),
            password_file: Some("/nowhere".into()),
            password: Some("of soap2".into()),
            ..HumoAccount::default()
        };
        config.humo.accounts = [("bank2".to_owned(), bank2)].into();
    }) {
        contour.add_card(HUMO).await;
        let change = PartnerChange {
            accounts: PartnerAccounts { uzcard: None, humo: Some("bank2".to_owned()) },
            ..PartnerChange::default()
        };
        partners::set(&contour.app.running.gateway.database, "shop", change).await.unwrap();
        let token = contour.add_card(HUMO_2).await;
        contour.result("cards.info", json!({"token": token})).await;
        assert!(contour.app.has_figure(&logins(1)).await);
    }

    // Who waits for the token hears of the login that was in vain, and none makes another one.
    a_bank_that_the_middleware_does_not_let_in(contour: Contour, |config| {
        by_the_second_version(config);
        config.humo.login.user_member = "name".to_owned();
    }) {
        let calls = (0..8).map(|_| contour.call("p2p.recipient-info", json!({"pan": HUMO.pan})));
        let mut codes: Vec<Value> = join_all(calls).await.iter().map(|reply| reply["error"]["code"].clone()).collect();
        codes.dedup();
        assert_eq!(codes, [json!(-32339)]);
        assert!(contour.app.has_figure(&logins(1)).await);
    }

    // A token that is not taken any more is read again from its file, and then nothing is asked twice.
    a_bank_whose_token_stands_in_a_file(contour: Contour, |config| {
        let file = config.vault.key_file.as_ref().unwrap().with_file_name("humo-token");
        // One of a login, made in 1970.
        std::fs::write(&file, "humo.1\n").unwrap();
        config.humo.token_file = Some(file);
    }) {
        let params = json!({"pan": HUMO.pan, "expiry": "1230", "phone": HUMO.phone});
        assert_eq!(contour.call("cards.add", params).await["error"]["code"], json!(-32375));
        let file = contour.app.config.humo.token_file.clone().unwrap();
        std::fs::write(&file, "fresh\n").unwrap();
        contour.add_card(HUMO).await;
        // One that is being written is not used.
        std::fs::write(&file, "").unwrap();
        contour.add_card(HUMO_2).await;
    }

    // Its token is asked for once, and anew when it has ended.
    a_bank_whose_messages_go_through_eskiz(contour: Contour, through_eskiz) {
        let token = contour.add_card(HUMO).await;
        let forced = with(debit_params(HUMO, &token, AMOUNT), json!({"force_sms_confirmation": true}));
        let id = contour.result("transactions.debit", forced.clone()).await["transactionId"].take();
        let said = contour.networks.messages(HUMO.phone).await.pop().unwrap();
        let code = contour.code(HUMO).await;
        assert_eq!(
            said,
            format!("AloqaGateway: код {code} для оплаты 5000.00 UZS картой 986019*****8366. Никому не сообщайте его.")
        );
        contour.result("transactions.debit.confirm", json!({"transactionId": id, "confirmedCode": code})).await;
        let logins = || contour.app.has_figure(r#"aloqa_exchanges_total{server="sms",operation="login",outcome="answered"} 1"#);
        assert!(logins().await);
        contour.networks.clock.advance_ms(31 * 86_400_000);
        contour.result("transactions.debit", forced.clone()).await;
        assert!(!logins().await);
        assert_eq!(contour.networks.messages(HUMO.phone).await.len(), 3);
        // What it refuses was not sent.
        contour.networks.fault(json!({"network": "SMS", "operation": "code", "kind": "decline", "code": 400, "times": 1})).await;
        assert_eq!(
            contour.call("transactions.debit", forced).await,
            refusal(-32349, &json!({"retryable": true})),
        );
    }

    // Its end comes while nobody here can release it: nothing is tried, and so nothing is written.
    a_hold_at_a_network_that_was_taken_away(contour: Contour, |_| {}) {
        let token = contour.add_card(UZCARD).await;
        let hold = with(debit_params(UZCARD, &token, AMOUNT), json!({"is_hold": true}));
        let id = contour.result("transactions.debit", hold).await["transactionId"].take();
        let Contour { app, shop, networks: _networks } = contour;
        let app = app.restarted_after(async |config| without_uzcard(config)).await;
        let calls = app.requests(id.as_i64().unwrap()).await;
        app.clock.advance_ms(HOLD_LIFETIME_MS + 1);
        assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 0);
        assert_eq!(app.requests(id.as_i64().unwrap()).await, calls);
        let standing = app.call_as(&shop, "transactions.get", json!({"transactionId": id})).await;
        assert_eq!(standing["result"]["status"], "held");
    }

    // Which status means what, only the acquirer knows: of a guess no hold would be freed, taken or refused.
    a_bank_whose_hold_statuses_nobody_has_told(contour: Contour, |config| {
        config.uzcard.hold_statuses = HoldStatuses::default();
    }) {
        let token = contour.add_card(UZCARD).await;
        let hold = |ext_id: &str| with(debit_params(UZCARD, &token, AMOUNT), json!({"is_hold": true, "extId": ext_id}));
        let held = contour.result("transactions.debit", hold("held")).await["transactionId"].as_i64().unwrap();
        // Both are carried out, and their answers are lost: the release, and an open refusal of a hold.
        contour.networks.fail_once(UZCARD, "release", "drop_after").await;
        contour.call("transactions.debit.hold.cancel", json!({"transactionId": held})).await;
        contour.networks.contradict_once(UZCARD, "hold", "-311").await;
        contour.call("transactions.debit", hold("lost")).await;
        let lost = contour.app.last_transaction().await.id.0;
        contour.app.recover_after_all().await;
        let open = [(held, "release unknown"), (lost, "hold unknown")];
        for (id, last) in open {
            let calls = contour.app.requests(id).await;
            assert_eq!(calls.last().map(String::as_str), Some(last), "{calls:?}");
            let rows = contour.app.request_rows(id).await;
            let cause = rows.last().unwrap().cause.clone().unwrap_or_default();
            assert!(cause.contains("uzcard.hold_statuses"), "{cause}");
        }

        // As soon as they are known, so is what became of both.
        let Contour { app, shop, networks: _networks } = contour;
        let told = async |config: &mut Config| config.uzcard.hold_statuses = HoldStatuses::of_sandbox();
        let app = app.restarted_after(told).await;
        app.recover_after_all().await;
        app.recover_after_all().await;
        for ((id, _), status) in open.into_iter().zip(["cancelled", "held"]) {
            let standing = app.call_as(&shop, "transactions.get", json!({"transactionId": id})).await;
            assert_eq!(standing["result"]["status"], status, "{standing}");
        }
    }

    // HUMO's cards are attached by a code of ours, and nobody would send it.
    a_bank_with_humo_and_no_messages(contour: Contour, without_sms) {
        let params = json!({"pan": HUMO.pan, "expiry": "1230", "phone": HUMO.phone});
        assert_eq!(
            contour.call("cards.add", params).await,
            refusal(-32349, &json!({"reason": "sms_absent"})),
        );
        walk(&contour, UZCARD).await;
    }
}

/// One partner's day with a card: attached, debited, held and charged in part, given back, and seen in its history. Its token.
async fn walk(contour: &Contour, card: TestCard) -> String {
    let token = contour.add_card(card).await;
    let debit = |amount: i64| debit_params(card, &token, amount);
    let paid = contour.result("transactions.debit", debit(AMOUNT)).await;
    let id = paid["transactionId"].as_i64().unwrap();
    assert_eq!(card.masked_result(paid), card.taken(id));
    let hold = with(debit(AMOUNT), json!({"is_hold": true}));
    let held = contour.result("transactions.debit", hold).await;
    let charge = json!({"transactionId": held["transactionId"], "amount": AMOUNT / 2});
    contour
        .result("transactions.debit.hold.charge", charge)
        .await;
    contour
        .result("transactions.debit.reverse", json!({"transactionId": id}))
        .await;
    for (transaction, status) in [
        (json!(id), "reversed"),
        (held["transactionId"].clone(), "succeeded"),
    ] {
        let standing = contour
            .result("transactions.get", json!({"transactionId": transaction}))
            .await;
        assert_eq!(standing["status"], status, "{standing}");
    }
    let info = contour.result("cards.info", json!({"token": token})).await;
    assert_eq!(info["balance"], json!(FULL - AMOUNT / 2), "{info}");
    let day = json!({"tokens": [&token], "from": TODAY, "to": TODAY});
    let history = contour.result("cards.monitoring", day).await;
    assert_eq!(history["totalDebit"], json!(AMOUNT / 2), "{history}");
    token
}

/// The day on which the test's clock stands.
const TODAY: &str = "2026-11-21";

/// What needs the network of `card`, which is not there, is refused before anything is stored. `sender` has the other one.
async fn absent(
    contour: &Contour,
    token: &str,
    card: TestCard,
    across: Direction,
    sender: TestCard,
) {
    let rows = contour.app.transaction_count().await;
    let attach = json!({"pan": card.pan, "expiry": "1230", "phone": card.phone});
    let to = json!({"pan": card.pan});
    let quote =
        json!({"pan": sender.pan, "pan2": card.pan, "phone": sender.phone, "amount": AMOUNT});
    let calls = [
        ("cards.add", attach),
        (across.method, across.params(token, AMOUNT)),
        ("p2p.recipient-info", to),
        ("p2p.fee-info", quote),
    ];
    let network = card.network();
    for (method, params) in calls {
        assert_eq!(
            contour.call(method, params).await,
            refusal(
                -32374,
                &json!({"reason": "network_absent", "network": network})
            ),
            "{method}"
        );
    }
    assert_eq!(contour.app.transaction_count().await, rows);
}

/// The comparison asks the networks that are there, and finds all of them to agree.
async fn compared(contour: &Contour) {
    let gateway = &contour.app.running.gateway;
    let sources = Sources {
        database: &gateway.database,
        networks: &gateway.networks,
        clock: contour.app.clock.as_ref(),
        progress: &|_| {},
    };
    for network in gateway.networks.configured() {
        let report = compare(&sources, network, Day::from_iso(TODAY).unwrap()).await;
        let counts = report.unwrap().counts();
        assert_eq!(
            counts.verdict(),
            Verdict::AllMatched,
            "{network}: {counts:?}"
        );
    }
}
