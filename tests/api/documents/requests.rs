//! The request samples of the documents.

use super::*;

/// The request samples as printed, with the answers that they get by the rules.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn request_samples_get_what_the_rules_say() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let missing = |field| json!({"code": -32300, "message": "Не хватает параметров", "data": {"field": field}});
    let not_found = || json!({"code": -32314, "message": "Транзакция не найдена"});
    let rows = [
        (
            "cards.attach",
            r#"{
              "id": "e20ba72f-bc54-449f-ae13-7458afef64c6",
              "params": {
                "pan": "8600010132441332",
                "expiry": "2601",
                "processingType": "UZCARD",
                "phoneNumber": "9989996542222"
              }
            }"#,
            json!({
                "code": 4,
                "message": "Validation Error. Field: params.phoneNumber, message: Must contain only digits. Allowed length 12 characters",
            }),
        ),
        (
            "cards.attach.confirm",
            r#"{
              "id": "5282afd6-776d-45e9-861f-9afd8e4456fa",
              "params": {
                "cardId": "b17d442d-19ad-4cce-babf-64f7cf6f5548",
                "otpCode": "44512"
              }
            }"#,
            json!({
                "code": 4,
                "message": "Validation Error. Field: params.otpCode, message: Must contain only digits. Allowed length 6 characters",
            }),
        ),
        (
            "cards.add",
            r#"{"params": {"pan": "", "expiry": "", "phone": ""}}"#,
            missing("pan"),
        ),
        (
            "cards.add-confirm",
            r#"{"params": {"transactionId": 0, "confirmedCode": ""}}"#,
            missing("confirmedCode"),
        ),
        (
            "transactions.debit",
            r#"{"params": {
              "token": "",
              "amount": 0,
              "merchantId": "",
              "terminalId": "",
              "is_hold": true,
              "force_sms_confirmation": true
            }}"#,
            missing("token"),
        ),
        (
            "transactions.debit.confirm",
            r#"{"params": {"transactionId": 0, "confirmedCode": "", "is_hold": true}}"#,
            missing("confirmedCode"),
        ),
        (
            "transactions.debit.reverse",
            r#"{"params": {"transactionId": 0}}"#,
            not_found(),
        ),
        (
            "transactions.debit.hold.charge",
            r#"{"params": {"transactionId": 0}}"#,
            not_found(),
        ),
        (
            "transactions.debit.hold.cancel",
            r#"{"params": {"transactionId": 0}}"#,
            not_found(),
        ),
        (
            "p2p.recipient-info",
            r#"{"params": {"pan": ""}}"#,
            missing("pan"),
        ),
        (
            "p2p.fee-info",
            r#"{"params": {"pan": "", "pan2": "", "phone": "", "amount": 0}}"#,
            missing("pan"),
        ),
        ("p2p.humo2humo", TRANSFER, missing("token")),
        ("p2p.humo2uzcard", TRANSFER, missing("token")),
        ("p2p.uzcard2humo", TRANSFER, missing("token")),
        ("p2p.uzcard2uzcard", TRANSFER, missing("token")),
        (
            "p2p.confirm",
            r#"{"params": {"transactionId": 0, "confirmedCode": ""}}"#,
            missing("confirmedCode"),
        ),
        (
            "cards.monitoring",
            r#"{"params": {
              "tokens": [],
              "size": 50,
              "page": 0,
              "from": "2023-08-13",
              "to": "2023-09-13"
            }}"#,
            missing("tokens"),
        ),
        (
            "monitoring.get.entry",
            r#"{"params": {"id": ""}}"#,
            missing("id"),
        ),
    ];
    for (method, sample, error) in &rows {
        // The document's path is the method; everything else is sent as printed.
        let mut body: Value = serde_json::from_str(sample).unwrap();
        let id = body["id"].clone();
        body["method"] = json!(method);
        let reply = app.post(body.to_string()).await.json();
        assert_eq!(
            reply,
            json!({"id": id, "result": null, "error": error}),
            "{method}"
        );
    }
    // Every method of the documents that exists has its samples here; the gateway's own methods have none.
    let documented = METHODS.iter().filter(|method| method.documented);
    let documented: Vec<&str> = documented.map(|method| method.name).collect();
    assert_eq!(rows.map(|(method, _, _)| method).to_vec(), documented);
}

/// The same samples, filled in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn request_samples_with_values_are_carried_out() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let filled = json!({
        "pan": "8600010132441332", "expiry": "3012", "processingType": "UZCARD", "phoneNumber": "998901234567",
    });
    let reply = call(&app, ATTACH_ID, "cards.attach", &filled).await;
    assert_eq!(reply["error"], Value::Null);
    let filled = json!({"pan": "9860190101578366", "expiry": "1230", "phone": "+998977446066"});
    let reply = call(&app, "", "cards.add", &filled).await;
    assert_eq!(
        masked(reply, &["transactionId"]),
        json!({
            "id": null, "result": {"phone": "998977446066", "transactionId": "*"}, "error": null,
        })
    );
}
