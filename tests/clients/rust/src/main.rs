//! jsonrpsee's HTTP client against a running gateway. Prints one row: see `tests/clients/run`.
#![expect(clippy::print_stdout, reason = "a program that shows what it finds")]
#![expect(
    clippy::indexing_slicing,
    reason = "a member that is missing reads as null"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a program of its own, told by its environment whom to call"
)]

use std::env;
use std::error::Error;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonrpsee::core::client::{ClientT as _, Error as CallError};
use jsonrpsee::core::params::{ArrayParams, BatchRequestBuilder, ObjectParams};
use jsonrpsee::http_client::transport::Error as TransportError;
use jsonrpsee::http_client::{HeaderMap, HeaderValue, HttpClient, HttpClientBuilder};
use serde_json::{Value as Json, json};
use uuid::Uuid;

type AnyError = Box<dyn Error + Send + Sync>;

const LOCK_FILE: &str = include_str!("../../../../Cargo.lock");

fn version() -> &'static str {
    let package = LOCK_FILE
        .split("[[package]]")
        .find(|package| package.contains("name = \"jsonrpsee\"\n"));
    let version = package.and_then(|package| package.split_once("version = \""));
    version
        .and_then(|(_, rest)| rest.split('"').next())
        .unwrap_or("unknown")
}

fn connect(name: &str, secret: &str) -> Result<HttpClient, AnyError> {
    let credentials = format!("{name}:{secret}");
    let mut headers = HeaderMap::new();
    headers.insert(
        "authorization",
        HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(credentials)))?,
    );
    Ok(HttpClientBuilder::default()
        .set_headers(headers)
        .build(env::var("GATEWAY")?)?)
}

fn named(params: &Json) -> Result<ObjectParams, serde_json::Error> {
    let mut named = ObjectParams::new();
    for (name, value) in params.as_object().into_iter().flatten() {
        named.insert(name, value)?;
    }
    Ok(named)
}

fn fee(amount: Option<i64>) -> Json {
    let mut params =
        json!({"pan": "8600010132441332", "pan2": "9860190101578366", "phone": "998901234567"});
    if let Some(amount) = amount {
        params["amount"] = json!(amount);
    }
    params
}

fn ok_if(is_right: bool, otherwise: &str) -> String {
    if is_right { "ok" } else { otherwise }.to_owned()
}

async fn error_cell(client: &HttpClient) -> Result<String, AnyError> {
    let reply: Result<Json, CallError> = client.request("p2p.fee-info", named(&fee(None))?).await;
    let Err(CallError::Call(error)) = reply else {
        return Ok("loses code, message, data".to_owned());
    };
    let data: Option<Json> = error
        .data()
        .and_then(|data| serde_json::from_str(data.get()).ok());
    let has = [
        ("code", error.code() == -32300),
        ("message", !error.message().is_empty()),
        ("data", data.is_some_and(|data| data["field"] == "amount")),
    ];
    let lost: Vec<&str> = has
        .iter()
        .filter(|(_, is_there)| !is_there)
        .map(|(name, _)| *name)
        .collect();
    Ok(ok_if(
        lost.is_empty(),
        &format!("loses {}", lost.join(", ")),
    ))
}

async fn unauthorised_cell() -> Result<String, AnyError> {
    let reply: Result<Json, CallError> = connect(&env::var("STRANGER")?, "wrong")?
        .request("p2p.fee-info", named(&fee(Some(100_000)))?)
        .await;
    Ok(match reply {
        Ok(_) => "a failure is read as success",
        Err(CallError::Call(error)) if error.code() == -32504 => "ok",
        Err(CallError::Transport(fault)) if is_401(&*fault) => "status only",
        Err(_) => "text only",
    }
    .to_owned())
}

fn is_401(fault: &(dyn Error + 'static)) -> bool {
    matches!(
        fault.downcast_ref(),
        Some(TransportError::Rejected { status_code: 401 })
    )
}

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let client = connect(&env::var("USER_NAME")?, &env::var("SECRET")?)?;
    let quoted: Json = client
        .request("p2p.fee-info", named(&fee(Some(100_000)))?)
        .await?;
    let described: Json = client.request("rpc.discover", ArrayParams::new()).await?;

    let mut batch = BatchRequestBuilder::new();
    batch.insert("p2p.fee-info", named(&fee(Some(100_000)))?)?;
    batch.insert("p2p.fee-info", named(&fee(None))?)?;
    let replies = client.batch_request::<Json>(batch).await?;
    let replies = (replies.num_successful_calls(), replies.num_failed_calls());

    let order = named(&json!({
        "token": env::var("TOKEN")?,
        "amount": 1_000,
        "merchantId": "90001",
        "terminalId": "92400001",
        "extId": format!("rust-{}", Uuid::new_v4()),
    }))?;
    let first: Json = client.request("transactions.debit", order.clone()).await?;
    let second: Json = client.request("transactions.debit", order).await?;

    let cells = [
        ok_if(quoted["fee"] == 500, "wrong"),
        ok_if(described["openrpc"].is_string(), "wrong"),
        error_cell(&client).await?,
        unauthorised_cell().await?,
        ok_if(replies == (1, 1), "wrong"),
        ok_if(
            first["transactionId"] == second["transactionId"],
            "paid twice",
        ),
    ];
    println!(
        "| Rust | jsonrpsee | {} | 2.0 | {} |",
        version(),
        cells.join(" | ")
    );
    Ok(())
}
