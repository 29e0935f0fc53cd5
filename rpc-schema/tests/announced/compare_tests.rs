//! Each rule, by a document in which one thing was changed.

use serde_json::{Value as Json, json};

use crate::compare::breaking;

fn announced() -> Json {
    json!({
        "methods": [
            {
                "name": "pay",
                "params": [
                    { "name": "token", "required": true, "schema": { "type": "string", "pattern": "^a+$" } },
                    { "name": "amount", "required": true, "schema": { "$ref": "#/components/schemas/Tiyin" } },
                    { "name": "network", "required": false, "schema": { "type": "string", "enum": ["A", "B"] } },
                    { "name": "tokens", "required": false, "schema": { "type": "array", "items": { "type": "string" }, "minItems": 1, "maxItems": 20 } },
                ],
                "result": { "schema": { "oneOf": [
                    { "$ref": "#/components/schemas/Paid" },
                    { "$ref": "#/components/schemas/Sent" },
                ] } },
                "errors": [
                    { "$ref": "#/components/errors/DECLINED" },
                    { "$ref": "#/components/errors/BUSY" },
                ],
            },
            {
                "name": "get",
                "params": [],
                "result": { "schema": { "$ref": "#/components/schemas/Payment" } },
                "errors": [{ "$ref": "#/components/errors/BUSY" }],
            },
        ],
        "components": {
            "errors": { "DECLINED": { "code": -1 }, "BUSY": { "code": -2 } },
            "schemas": {
                "Tiyin": { "type": "integer", "minimum": 1, "maximum": 100 },
                "Paid": closed("Paid", &json!({ "refNum": { "type": "string" } })),
                "Sent": closed("Sent", &json!({ "phone": { "type": "string" } })),
                "Payment": closed("Payment", &json!({
                    "status": { "type": "string", "enum": ["held", "paid"] },
                    "error": { "oneOf": [{ "type": "string" }, { "type": "null" }] },
                    "parts": { "type": "array", "items": { "$ref": "#/components/schemas/Tiyin" } },
                })),
            },
        },
    })
}

fn closed(title: &str, properties: &Json) -> Json {
    let required: Vec<&String> = properties.as_object().unwrap().keys().collect();
    json!({ "title": title, "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// What breaks when `pointer` becomes `value`; `null` takes it away.
fn after(pointer: &str, value: Json) -> Vec<String> {
    let mut current = announced();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = current.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Json::Array(list), Json::Null) => {
            list.remove(name.parse().unwrap());
        }
        (Json::Array(list), value) => match name.parse::<usize>() {
            Ok(index) => list[index] = value,
            Err(_) => list.push(value),
        },
        (Json::Object(members), Json::Null) => {
            members.remove(name).unwrap();
        }
        (Json::Object(members), value) => {
            members.insert(name.to_owned(), value);
        }
        (other, _) => panic!("{other}"),
    }
    breaking(&announced(), &current)
        .into_iter()
        .map(|difference| format!("{}: {}", difference.path, difference.what))
        .collect()
}

#[test]
fn what_breaks_is_found_with_its_path() {
    let pay = "/methods/0";
    let schemas = "/components/schemas";
    let cases: [(String, Json, &[&str]); 28] = [
        (
            "/methods/1".into(),
            Json::Null,
            &["get: the method is gone"],
        ),
        (
            format!("{pay}/params/0"),
            Json::Null,
            &["pay.params.token: the param is gone"],
        ),
        (
            format!("{pay}/params/-"),
            json!({ "name": "new", "required": true, "schema": { "type": "string" } }),
            &["pay.params.new: the param is new and required"],
        ),
        (
            format!("{pay}/params/2/required"),
            json!(true),
            &["pay.params.network: the param has become required"],
        ),
        (
            format!("{pay}/params/0/schema/pattern"),
            json!("^a$"),
            &["pay.params.token: another pattern is asked for"],
        ),
        (
            format!("{pay}/params/0/schema/format"),
            json!("uuid"),
            &["pay.params.token: another format is asked for"],
        ),
        (
            format!("{pay}/params/0/schema/minLength"),
            json!(2),
            &["pay.params.token: the range is narrower"],
        ),
        (
            format!("{pay}/params/0/schema"),
            json!({ "type": "integer" }),
            &["pay.params.token: string is no longer taken"],
        ),
        (
            format!("{pay}/params/2/schema/enum"),
            json!(["A"]),
            &["pay.params.network: fewer values are taken"],
        ),
        (
            format!("{pay}/params/0/schema/enum"),
            json!(["a"]),
            &["pay.params.token: fewer values are taken"],
        ),
        (
            format!("{pay}/params/3/schema/maxItems"),
            json!(10),
            &["pay.params.tokens: fewer lengths are taken"],
        ),
        (
            format!("{pay}/params/3/schema/items/pattern"),
            json!("^a$"),
            &["pay.params.tokens: another pattern is asked for"],
        ),
        (
            format!("{pay}/params/3/schema"),
            json!({ "type": "string" }),
            &["pay.params.tokens: a list is no longer taken"],
        ),
        (
            format!("{schemas}/Tiyin/minimum"),
            json!(2),
            &["pay.params.amount: the range is narrower"],
        ),
        (
            format!("{schemas}/Tiyin/maximum"),
            json!(99),
            &["pay.params.amount: the range is narrower"],
        ),
        (
            format!("{pay}/result/schema/oneOf/1"),
            Json::Null,
            &["pay.result.Sent: the variant is gone"],
        ),
        (
            format!("{pay}/result/schema/oneOf/-"),
            closed("Held", &json!({ "id": { "type": "integer" } })),
            &["pay.result.Held: the variant is new"],
        ),
        (
            format!("{schemas}/Paid/properties/refNum"),
            Json::Null,
            &["pay.result.Paid.refNum: the member is gone"],
        ),
        (
            format!("{schemas}/Paid/properties/more"),
            json!({ "type": "string" }),
            &["pay.result.Paid.more: the member is new"],
        ),
        (
            format!("{schemas}/Paid/required"),
            json!([]),
            &["pay.result.Paid.refNum: the member may be left out"],
        ),
        (
            format!("{schemas}/Paid/properties/refNum/type"),
            json!("integer"),
            &[
                "pay.result.Paid.refNum: integer may be returned",
                "pay.result.Paid.refNum: string is no longer returned",
            ],
        ),
        (
            format!("{schemas}/Payment/properties/status/enum/-"),
            json!("lost"),
            &["get.result.status: \"lost\" is new"],
        ),
        (
            format!("{schemas}/Payment/properties/status/enum"),
            json!(["held"]),
            &["get.result.status: \"paid\" is gone"],
        ),
        (
            format!("{schemas}/Payment/properties/status/enum"),
            Json::Null,
            &["get.result.status: any value may be returned"],
        ),
        (
            format!("{schemas}/Payment/properties/parts/items"),
            json!({ "oneOf": [{ "type": "integer" }, { "type": "null" }] }),
            &["get.result.parts: null may be returned"],
        ),
        (
            format!("{pay}/errors/0"),
            Json::Null,
            &["errors.DECLINED: no method has the error any more"],
        ),
        (
            format!("{pay}/errors/1"),
            Json::Null,
            &["pay.errors.BUSY: the error is gone"],
        ),
        (
            "/components/errors/BUSY/code".into(),
            json!(-3),
            &["errors.BUSY: the code is another one"],
        ),
    ];
    for (pointer, value, expected) in cases {
        assert_eq!(
            after(&pointer, value.clone()),
            expected,
            "{pointer} {value}"
        );
    }
}

#[test]
fn what_breaks_nothing_is_not_found() {
    let pay = "/methods/0";
    let schemas = "/components/schemas";
    let cases: [(String, Json); 18] = [
        (
            "/methods/-".into(),
            json!({ "name": "new", "params": [], "result": { "schema": { "type": "boolean" } }, "errors": [] }),
        ),
        (
            format!("{pay}/params/-"),
            json!({ "name": "new", "required": false, "schema": { "type": "string" } }),
        ),
        (format!("{pay}/params/0/required"), json!(false)),
        (format!("{pay}/params/0/schema/pattern"), Json::Null),
        (format!("{pay}/params/0/description"), json!("text")),
        (format!("{pay}/params/2/schema/enum/-"), json!("C")),
        (format!("{pay}/params/3/schema/maxItems"), json!(30)),
        (format!("{schemas}/Tiyin/minimum"), json!(0)),
        (format!("{schemas}/Tiyin/maximum"), Json::Null),
        (format!("{schemas}/Tiyin/type"), json!("integer")),
        (format!("{schemas}/Paid/description"), json!("text")),
        (format!("{schemas}/Payment/title"), json!("Transaction")),
        (
            format!("{schemas}/Payment/properties/error"),
            json!({ "type": "string" }),
        ),
        // The same, written in another way.
        (
            format!("{schemas}/Payment/properties/status"),
            json!({ "oneOf": [{ "type": "string", "const": "paid" }, { "type": "string", "enum": ["held"] }] }),
        ),
        (
            format!("{schemas}/Payment/properties/error"),
            json!({ "anyOf": [{ "type": "null" }, { "allOf": [{ "type": "string" }] }] }),
        ),
        (
            format!("{pay}/result/schema"),
            json!({ "anyOf": [{ "oneOf": [{ "$ref": "#/components/schemas/Sent" }] }, { "$ref": "#/components/schemas/Paid" }] }),
        ),
        (
            format!("{pay}/errors/-"),
            json!({ "$ref": "#/components/errors/NEW" }),
        ),
        ("/components/errors/BUSY/message".into(), json!("text")),
    ];
    for (pointer, value) in cases {
        assert_eq!(after(&pointer, value.clone()), [""; 0], "{pointer} {value}");
    }
}

#[test]
fn an_open_object_may_get_members_and_be_closed() {
    let mut before = announced();
    before["components"]["schemas"]["Paid"]["additionalProperties"] = json!(true);
    let mut now = announced();
    now["components"]["schemas"]["Paid"]["properties"]["more"] = json!({ "type": "string" });
    assert_eq!(breaking(&before, &now), []);
    assert_eq!(breaking(&now, &before).len(), 1);
}
