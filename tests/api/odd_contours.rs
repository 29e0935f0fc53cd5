//! Contours of production whose replies have odd forms: HTTP of old servers, XML of other libraries, JSON of other versions. Each
//! is walked as a partner would: whatever the form, the same is done and told.

use aloqa_gateway::config::{Config, CreditBiller, SoapContentType};
use serde_json::json;

use test_support::proxy::{Proxy, Shape};
use test_support::*;

const AMOUNT: i64 = 500_000;

/// What is written in another way: the call that has this word, what stands in its reply, and what stands there now.
type Rewrite = (&'static str, &'static str, &'static str);

/// Forms of XML, of replies of the PaymentServer.
const OF_XML: [(&str, &[Rewrite]); 10] = [
    ("another prefix", &[("", "ebppif1:", "ns2:")]),
    ("no prefix", &[("", "ebppif1:", "")]),
    (
        "another prefix of the envelope",
        &[("", "SOAP-ENV:", "soapenv:")],
    ),
    (
        "no declaration",
        &[("", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "")],
    ),
    (
        "a declaration of another encoding",
        &[("", "encoding=\"UTF-8\"", "encoding=\"windows-1251\"")],
    ),
    (
        "a mark of the byte order",
        &[("", "<?xml version", "\u{feff}<?xml version")],
    ),
    (
        "types of Axis",
        &[
            ("", "<action>", "<action xsi:type=\"xsd:int\">"),
            ("", "<paymentRef>", "<paymentRef xsi:type=\"xsd:string\">"),
        ],
    ),
    (
        "sections of text",
        &[
            ("", "<action>4</action>", "<action><![CDATA[4]]></action>"),
            ("", "<action>10</action>", "<action>&#49;0</action>"),
        ],
    ),
    (
        "blanks and comments",
        &[
            ("", "<action>", "\n  <!-- action -->\n  <action> "),
            ("", "</action>", "\n  </action>"),
        ],
    ),
    (
        "a header of SOAP",
        &[("", "<SOAP-ENV:Body>", "<SOAP-ENV:Header/><SOAP-ENV:Body>")],
    ),
];

/// Forms of JSON: lists of one and the one itself, numbers as texts and texts as numbers, members in another spelling.
const OF_JSON: [(&str, &[Rewrite]); 8] = [
    (
        "a list of one",
        &[
            ("trans.reverse", "\"result\":[{", "\"result\":{"),
            ("trans.reverse", "}]}", "}}"),
        ],
    ),
    (
        "texts for numbers",
        &[
            ("trans.pay.purpose", "\"resp\":0", "\"resp\":\"00\""),
            ("trans.reverse", "\"resp\":0", "\"resp\":\"0\""),
            ("hold.create", "\"status\":0", "\"status\":\"0\""),
            ("hold.dismiss", "\"resp\":0", "\"resp\":\"000\""),
            (
                "cards.new.otp",
                "\"verified\":false",
                "\"verified\":\"false\"",
            ),
            ("cards.new.verify", "\"status\":0", "\"status\":\"0\""),
        ],
    ),
    (
        "other spellings",
        &[
            ("cards.", "\"cashbackAmount\"", "\"cashbackamount\""),
            ("cards.", "\"sms\":true", "\"sms\":\"on\""),
            ("trans.pay.purpose", "\"OK\"", "\"ok\""),
        ],
    ),
    (
        "a null for what is absent",
        &[(
            "",
            "\"jsonrpc\":\"2.0\"",
            "\"jsonrpc\":\"2.0\",\"error\":null",
        )],
    ),
    (
        "a mark of the byte order",
        &[
            ("primaryAccountNumber", "{\"id\":\"", "\u{feff}{\"id\":\""),
            ("dateFrom", "{\"id\":\"", "\u{feff}{\"id\":\""),
            ("", "{\"jsonrpc\":", "\u{feff}{\"jsonrpc\":"),
        ],
    ),
    (
        "an account of its own",
        &[
            ("primaryAccountNumber", "\"account\":[{", "\"account\":{"),
            ("primaryAccountNumber", "}],\"balance\"", "},\"balance\""),
        ],
    ),
    (
        "numbers for texts",
        &[
            (
                "primaryAccountNumber",
                "\"expiry\":\"3012\"",
                "\"expiry\":3012",
            ),
            (
                "primaryAccountNumber",
                "\"currency\":\"860\"",
                "\"currency\":860",
            ),
            (
                "primaryAccountNumber",
                "\"actionCode\":\"000\"",
                "\"actionCode\":0",
            ),
        ],
    ),
    (
        "members that nobody knows",
        &[("", "\"result\":", "\"trace\":{\"a\":[1,null]},\"result\":")],
    ),
];

/// A gateway of production in front of which the networks' replies are changed.
async fn odd() -> Option<(Contour, Proxy)> {
    Contour::behind_a_proxy(DatabaseKind::Sqlite, |_| {}).await
}

/// Attached, debited and given back, held and charged, held and freed, a transfer; nothing is left in doubt.
async fn walk(contour: &Contour, card: TestCard, form: &str) {
    let direction = match card.is_humo() {
        true => HUMO_TO_HUMO,
        false => UZCARD_TO_UZCARD,
    };
    let done = async |method: &str, params| {
        let reply = contour.call(method, params).await;
        assert!(reply.get("result").is_some(), "{form}, {method}: {reply}");
        reply["result"].clone()
    };
    let params = json!({"pan": card.pan, "expiry": "1230", "phone": card.phone});
    let begun = done("cards.add", params).await;
    let code = contour.code(card).await;
    let params = json!({"transactionId": begun["transactionId"], "confirmedCode": code});
    let added = done("cards.add-confirm", params).await;
    let token = added["token"].as_str().unwrap();
    let debit = || debit_params(card, token, AMOUNT);
    let hold = || with(debit(), json!({"is_hold": true}));
    let paid = done("transactions.debit", debit()).await["transactionId"].take();
    let held = done("transactions.debit", hold()).await["transactionId"].take();
    let freed = done("transactions.debit", hold()).await["transactionId"].take();
    for (method, params) in [
        ("transactions.debit.reverse", json!({"transactionId": paid})),
        (
            "transactions.debit.hold.charge",
            json!({"transactionId": held, "amount": AMOUNT / 2}),
        ),
        (
            "transactions.debit.hold.cancel",
            json!({"transactionId": freed}),
        ),
        (direction.method, direction.params(token, AMOUNT)),
        ("cards.info", json!({"token": token})),
        (
            "cards.monitoring",
            json!({"tokens": [token], "from": "2026-11-21", "to": "2026-11-21"}),
        ),
    ] {
        done(method, params).await;
    }
    contour.app.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_write_in_any_shape() {
    for shape in Shape::READABLE {
        let Some((contour, proxy)) = odd().await else {
            return;
        };
        proxy.reshape("", Some(shape));
        for card in [UZCARD, HUMO] {
            walk(&contour, card, &format!("{shape:?}")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn xml_has_any_form() {
    for (form, rewrites) in OF_XML {
        let Some((contour, proxy)) = odd().await else {
            return;
        };
        rewritten(&proxy, rewrites);
        walk(&contour, HUMO, form).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_has_any_form() {
    for (form, rewrites) in OF_JSON {
        let Some((contour, proxy)) = odd().await else {
            return;
        };
        rewritten(&proxy, rewrites);
        for card in [UZCARD, HUMO] {
            walk(&contour, card, form).await;
        }
    }
}

/// What is asked in other forms: the type of a request and of a reply, and the word for a credit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_have_the_form_that_is_set() {
    let older = |config: &mut Config| {
        config.humo.content_type = SoapContentType::ApplicationXml;
        config.humo.credit_biller = CreditBiller::SoapToCard;
    };
    let behind = Contour::behind_a_proxy(DatabaseKind::Sqlite, older);
    let (contour, proxy) = behind.await.unwrap();
    proxy.heard();
    let (uzcard, humo) = (contour.add_card(UZCARD).await, contour.add_card(HUMO).await);
    let direction = UZCARD_TO_HUMO;
    let params = direction.params(&uzcard, AMOUNT);
    contour.result(direction.method, params).await;
    let params = debit_params(HUMO, &humo, AMOUNT);
    contour.result("transactions.debit", params).await;
    contour.app.assert_settled().await;
    let heard = proxy.heard();
    let to = |path: &'static str| heard.iter().filter(move |(head, _)| head.contains(path));
    for (path, header) in [
        (" /uzcard", "\r\naccept: application/json\r\n"),
        (" /humo/json", "\r\naccept: application/json\r\n"),
        (" /humo/payment", "\r\ncontent-type: application/xml\r\n"),
    ] {
        assert!(to(path).count() > 0);
        for (head, _) in to(path) {
            assert!(head.contains(header), "{head}");
        }
    }
    let credit = "<billerRef>SOAP_TOCARD</billerRef><payinstrRef>SOAP_TOCARD</payinstrRef>";
    let credits = to(" /humo/payment").filter(|(_, body)| body.contains(credit));
    assert_eq!(credits.count(), 1);
}

fn rewritten(proxy: &Proxy, rewrites: &[Rewrite]) {
    for (word, from, to) in rewrites {
        proxy.rewrite(word, from, to);
    }
}
