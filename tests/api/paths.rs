//! The documents' own paths (`compat.http_paths`): their bodies, their replies, and the rest as at the one endpoint.

use rpc_schema::errors::ErrorCode;
use rpc_schema::methods::METHODS;
use serde_json::{Value, json};

use test_support::*;

const ID: &str = "e20ba72f-bc54-449f-ae13-7458afef64c6";

async fn app() -> TestApp {
    let with_paths = |config: &mut aloqa_gateway::config::Config| config.compat.http_paths = true;
    TestApp::with(DatabaseKind::Sqlite, with_paths)
        .await
        .unwrap()
}

fn post(path: &str, body: impl Into<String>) -> HttpRequest {
    HttpRequest::post(body)
        .path(path)
        .credentials(&Credentials::demo())
}

/// The whole body of the reply, which is always an HTTP 200.
async fn at(app: &TestApp, path: &str, body: impl Into<String>) -> String {
    let reply = send(app.running.address, post(path, body)).await;
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (200, "application/json"),
        "{path}"
    );
    reply.body
}

fn parsed(body: &str) -> Value {
    serde_json::from_str(body).unwrap()
}

/// The documents' flow, as they write it: a card by each family, a debit, a hold that is charged, a reversal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documents_flow_works_at_their_paths() {
    let app = app().await;
    let attach = json!({"id": ID, "params": {
        "pan": UZCARD.pan, "expiry": "3012", "processingType": "UZCARD", "phoneNumber": UZCARD.phone,
    }});
    let attached = parsed(&at(&app, "/cards/attach", attach.to_string()).await);
    let card_id = attached["result"]["cardId"].clone();
    assert_eq!(
        attached,
        json!({"id": ID, "result": {"cardId": card_id}, "error": null})
    );
    let confirm = json!({"id": ID, "params": {"cardId": card_id, "otpCode": CODE}});
    assert_eq!(
        at(&app, "/cards/attach/confirm", confirm.to_string()).await,
        format!(
            r#"{{"id":"{ID}","result":{{"message":"Card is successfully attached"}},"error":null}}"#
        )
    );

    let add = json!({"pan": HUMO.pan, "expiry": "1230", "phone": HUMO.phone}).to_string();
    let added = parsed(&at(&app, "/cards/add", add).await);
    let id = added["result"]["transactionId"].clone();
    assert_eq!(
        added,
        json!({"error": null, "result": {"phone": HUMO.phone, "transactionId": id}})
    );
    let confirm = json!({"transactionId": id, "confirmedCode": CODE}).to_string();
    let humo = parsed(&at(&app, "/cards/add-confirm", confirm).await)["result"]["token"].take();

    let hold = with(
        debit_params(HUMO, humo.as_str().unwrap(), 500),
        json!({"is_hold": true}),
    );
    let held = at(&app, "/transactions/debit", hold.to_string()).await;
    let id = parsed(&held)["result"]["transactionId"].clone();
    assert_eq!(
        held,
        format!(r#"{{"error":null,"result":{{"transactionId":{id}}}}}"#)
    );
    let this = json!({"transactionId": id}).to_string();
    let charged = parsed(&at(&app, "/transactions/debit/hold/charge", this.clone()).await);
    assert_eq!(charged["result"]["transactionId"], id);
    let reversed = at(&app, "/transactions/debit/reverse", this.clone()).await;
    assert_eq!(reversed, r#"{"error":null,"result":true}"#);
    assert_eq!(
        at(&app, "/transactions/debit/hold/cancel", this).await,
        r#"{"error":{"code":-32313,"message":"Статус транзакции отмененный","data":{"reason":"reversed"}},"result":null}"#
    );
    assert_eq!(
        app.moves().await,
        ["hold 500", "capture 500", "reverse 500"]
    );
}

/// Each documented method at its path, and no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_documented_method_has_its_path_and_no_other_one() {
    let app = app().await;
    for method in METHODS {
        let path = format!("/{}", method.name.replace('.', "/"));
        let reply = send(app.running.address, post(&path, "{}")).await;
        if !method.documented {
            assert_eq!(reply.status, 404, "{path}");
            continue;
        }
        assert_eq!(reply.status, 200, "{path}");
        assert!(
            reply.json()["error"]["code"].is_i64(),
            "{path}: {}",
            reply.body
        );
        let get = send(app.running.address, post(&path, "{}").method("GET")).await;
        assert_eq!((get.status, get.header("allow")), (405, "POST"), "{path}");
    }
    for path in [
        "/cards.add",
        "/cards/add/",
        "//cards/add",
        "/cards/Add",
        "/cards",
    ] {
        assert_eq!(
            send(app.running.address, post(path, "{}")).await.status,
            404,
            "{path}"
        );
    }
}

/// What is wrong is told in the documented form of the path's family and in its language.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_told_in_the_form_of_the_documents() {
    let app = app().await;
    let missing = r#"{"error":{"code":-32300,"message":"Не хватает параметров","data":{"field":"pan"}},"result":null}"#;
    let of_code = |code: ErrorCode, lang| code.message(lang).to_owned();
    use rpc_schema::errors::Lang::{En, Ru};
    for (path, body, expected) in [
        ("/cards/add", "{}", missing.to_owned()),
        ("/cards/add", "null", missing.to_owned()),
        ("/cards/add", r#"{"pan": "", "expiry": "", "phone": ""}"#, missing.to_owned()),
        // The whole body is the params.
        (
            "/cards/add",
            r#"{"params": {}}"#,
            r#"{"error":{"code":-32401,"message":"Некорректный ввод данных","data":{"reason":"unknown_member","field":"params"}},"result":null}"#.to_owned(),
        ),
        (
            "/cards/add",
            "[{}]",
            r#"{"error":{"code":-32401,"message":"Некорректный ввод данных","data":{"reason":"params_by_name_only","hint":"Отправьте параметры по именам, в объекте JSON."}},"result":null}"#.to_owned(),
        ),
        (
            "/cards/add",
            "7",
            format!(r#"{{"error":{{"code":-32600,"message":"{}","data":{{"reason":"params_invalid","hint":"Отправьте параметры по именам, в объекте JSON."}}}},"result":null}}"#, of_code(ErrorCode::InvalidRequest, Ru)),
        ),
        (
            "/cards/add",
            "{",
            format!(r#"{{"error":{{"code":-32700,"message":"{}","data":{{"reason":"syntax","hint":"JSON нарушен в месте, указанном в data.line и data.column.","line":1,"column":1}}}},"result":null}}"#, of_code(ErrorCode::ParseError, Ru)),
        ),
        (
            "/cards/attach",
            "",
            format!(r#"{{"id":null,"result":null,"error":{{"code":-32700,"message":"{}","data":{{"reason":"body_empty","hint":"The body is empty. Send a JSON-RPC object."}}}}}}"#, of_code(ErrorCode::ParseError, En)),
        ),
        (
            "/cards/attach",
            "[]",
            format!(r#"{{"id":null,"result":null,"error":{{"code":-32600,"message":"{}","data":{{"reason":"not_an_object","hint":"At this path, the body is a JSON object: {{\"id\": \"…\", \"params\": {{…}}}}."}}}}}}"#, of_code(ErrorCode::InvalidRequest, En)),
        ),
        (
            "/cards/attach",
            r#"{"params": {}}"#,
            r#"{"id":null,"result":null,"error":{"code":4,"message":"Validation Error. Field: id, message: Field must be not null"}}"#.to_owned(),
        ),
        (
            "/cards/attach",
            r#"{"id": "e20ba72f-bc54-449f-ae13-7458afef64c6"}"#,
            format!(r#"{{"id":"{ID}","result":null,"error":{{"code":4,"message":"Validation Error. Field: params, message: Field must be not null"}}}}"#),
        ),
        // The path names the method, whatever the body says.
        (
            "/cards/attach",
            r#"{"jsonrpc": "2.0", "method": "cards.remove", "id": "e20ba72f-bc54-449f-ae13-7458afef64c6", "params": {}}"#,
            format!(r#"{{"id":"{ID}","result":null,"error":{{"code":4,"message":"Validation Error. Field: params.pan, message: Field must be not null"}}}}"#),
        ),
    ] {
        assert_eq!(at(&app, path, body).await, expected, "{path} {body}");
    }
}

/// Credentials, permissions, limits and figures are those of the endpoint.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_is_another_way_to_the_same_dispatch() {
    let app = app().await;
    let address = app.running.address;
    let nobody = send(address, HttpRequest::post("{}").path("/cards/add")).await;
    let at_endpoint = send(address, HttpRequest::post("{}")).await;
    assert_eq!((nobody.status, nobody.body), (401, at_endpoint.body));
    assert!(!nobody.headers["www-authenticate"].is_empty());
    let shop = app.add_partner("shop", &["transactions.*"]).await;
    let denied = HttpRequest::post("{}")
        .path("/cards/add")
        .credentials(&shop);
    let denied = send(address, denied).await;
    let message = "Недостаточно привилегий для выполнения метода.";
    assert_eq!(
        (denied.status, denied.json()),
        (
            200,
            json!({"error": {"code": -32504, "message": message}, "result": null})
        )
    );
    let text = post("/cards/add", "{}").header("content-type", "text/plain");
    assert_eq!(send(address, text).await.status, 415);
    let large = post("/cards/add", " ".repeat(33 * 1_024));
    assert_eq!(send(address, large).await.status, 413);
    at(
        &app,
        "/p2p/recipient-info",
        json!({"pan": UZCARD.pan}).to_string(),
    )
    .await;
    let page = send(app.running.ops_address, HttpRequest::get("/metrics")).await;
    let counted = r#"aloqa_calls_total{method="p2p.recipient-info",outcome="ok"} 1"#;
    assert!(page.body.contains(counted), "{}", page.body);
}
