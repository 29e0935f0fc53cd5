//! What does the document say about the gateway as a whole?

use serde_json::{Value as Json, json};

/// The version of the contract, `major.minor`. The major number grows with a change that can break a partner's program:
/// see `rpc-schema/tests/announced`.
const CONTRACT: &str = "1.0";

/// What concerns every call. The limits are the defaults of the gateway's settings.
const DESCRIPTION: &str = "\
One endpoint for the card networks of Uzbekistan, UZCARD and HUMO: attach a card by SMS code, debit it, hold and charge, \
cancel, reverse, transfer from card to card, read its history.

## Calls

`POST /` with `Content-Type: application/json` and a JSON-RPC 2.0 request object: `jsonrpc`, `id`, `method`, `params`. Params \
are passed by name; unknown ones are refused, and `null` counts as missing. Numbers are whole and never in quotes. Amounts \
are in tiyin (1 UZS is 100 tiyin).

- **Envelope**: a call with `\"jsonrpc\": \"2.0\"` gets a reply with `jsonrpc`, `id` and exactly one of `result` and \
`error`. A call without `jsonrpc` gets `id`, `result` and `error`, always all three, the unused one `null`.
- **Notifications**: a 2.0 call without `id` is not executed, because money must not move without an answer.
- **Batches**: an array of calls. They run one after another and are answered in their order.
- **Credentials**: HTTP Basic. If they are missing or wrong, the reply is HTTP 401 with one error object, and nothing of a \
batch runs. Only `rpc.discover`, `GET /openrpc.json` and `GET /docs` need none. Permission is asked for each call: \
-32504.

## Headers

- `lang` (`uz`, `ru`, `en`) chooses the language of error messages and of the messages to cardholders. Without it errors are \
in Russian, those of `cards.attach` and `cards.attach.confirm` in English, and messages to cardholders in Russian.
- `app-name` (`<application>-<dev|staging|prod>`) is kept with the transaction and names the sender in messages to \
cardholders.
- Every reply has `x-request-id`. Quote it to the gateway's operator: the log has the call under it.

## Limits

Unless the gateway's operator set others: a body has at most 32 KiB (HTTP 413), a batch at most 20 calls (-32600), a call \
takes at most 50 seconds (-32334, or -32379 if a network may have been reached). A gateway that is busy answers HTTP 503 \
with -32343 and `Retry-After`.

## Errors

`error` has `code`, `message` and usually `data`, whose schema is `#/components/schemas/ErrorData`. The table `x-errors` has \
each code's texts in three languages, what it means, and whether a repeat can help. After -32379 the outcome is not known \
yet: call `transactions.get`, and never repeat the payment without the same `extId`.";

pub(super) fn info() -> Json {
    json!({
        "title": "AloqaGateway",
        "version": CONTRACT,
        "description": DESCRIPTION,
        "license": { "name": env!("CARGO_PKG_LICENSE") },
    })
}

pub(super) fn servers(address: &str) -> Json {
    let described = |name: &str, url: &str, description: &str| json!({ "name": name, "url": url, "description": description, "x-headers": headers() });
    let mut yours = described(
        "yours",
        "https://${host}/",
        "The address that the gateway's operator gave you.",
    );
    if let Some(server) = yours.as_object_mut() {
        let host = json!({ "host": {
            "default": "gateway.example.uz",
            "description": "The host, with its port if it is not 443.",
        } });
        server.insert("variables".to_owned(), host);
    }
    json!([
        described(
            "this gateway",
            address,
            "The gateway that gave you this document."
        ),
        yours,
    ])
}

pub(super) fn reference(address: &str) -> Json {
    json!({ "description": "The reference for people.", "url": format!("{address}docs") })
}

/// `in` says who sends the header: the caller, or the gateway.
fn headers() -> Json {
    json!([
        {
            "name": "lang",
            "in": "request",
            "required": false,
            "description": "The language of messages.",
            "schema": { "type": "string", "enum": ["uz", "ru", "en"] },
        },
        {
            "name": "app-name",
            "in": "request",
            "required": false,
            "description": "The application of yours that calls, and its environment.",
            "schema": { "type": "string", "pattern": "^[A-Za-z0-9._ -]{1,40}-(dev|staging|prod)$", "examples": ["Kundalik-dev"] },
        },
        {
            "name": "x-request-id",
            "in": "response",
            "required": true,
            "description": "Under which the gateway's log has the request.",
            "schema": { "type": "string", "format": "uuid" },
        },
    ])
}

pub(super) fn security_schemes() -> Json {
    json!({ "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "The user name and the secret that the gateway's operator gave you.",
    } })
}
