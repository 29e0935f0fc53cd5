//! A partner of `AloqaGateway` in eight steps: attach, debit, hold, transfer, history, repeat, webhook, balances.
//!
//! ```sh
//! cargo run --package payment-example
//! ```
//!
//! jsonrpsee makes the calls; the methods' names, results and error codes come from `rpc-schema`. It talks to a gateway in
//! its sandbox profile; `GATEWAY`, `SANDBOX`, `USER_NAME` and `SECRET` name another one. Exit code 1: a step went wrong. 2:
//! the gateway cannot be reached.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that shows what it does"
)]
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
use std::fmt::Debug;
use std::process::ExitCode;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonrpsee::core::client::{ClientT as _, Error as CallError};
use jsonrpsee::core::params::ObjectParams;
use jsonrpsee::http_client::transport::Error as TransportError;
use jsonrpsee::http_client::{HeaderMap, HeaderValue, HttpClient, HttpClientBuilder};
use rpc_schema::error_data::ErrorData;
use rpc_schema::errors::ErrorCode;
use rpc_schema::method::Method;
use rpc_schema::methods::cards::{Add, AddConfirm};
use rpc_schema::methods::monitoring::Monitoring;
use rpc_schema::methods::p2p::{FeeInfo, TransferDone, TransferResult, Uzcard2Humo};
use rpc_schema::methods::transactions::{
    ConfirmedDebit, Debit, DebitConfirm, DebitResult, Get, HoldCharge, TransactionStatus,
    UzcardDebit,
};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

/// A test card, and the demo partner's terminal for its network.
struct Card {
    pan: &'static str,
    phone: &'static str,
    merchant_id: &'static str,
    terminal_id: &'static str,
}

// An amount is a whole number of tiyin: 100 are 1 UZS.
const UZCARD: Card = Card {
    pan: "8600010132441332",
    phone: "998901234567",
    merchant_id: "90001",
    terminal_id: "92400001",
};
const HUMO: Card = Card {
    pan: "9860190101578366",
    phone: "998977446066",
    merchant_id: "0040100000401CS",
    terminal_id: "1965000A",
};

// --- The client --------------------------------------------------------------------------------------------------------

/// Why a step went wrong.
#[derive(Debug)]
enum Fault {
    /// The gateway's answer is an error. `data` tells more, as far as it applies.
    Refused {
        code: i32,
        message: String,
        data: Box<ErrorData>,
    },
    /// No whole reply came: the connection broke, time was over, or something between us and the gateway answered.
    NoReply(String),
    /// Something else than expected.
    Surprise(String),
}

impl Fault {
    /// Whether the order may still be carried out, or has been without our knowing.
    fn is_open(&self) -> bool {
        const ASK_AGAIN: [ErrorCode; 4] = [
            ErrorCode::Overloaded,
            ErrorCode::PreviousAttemptInProcess,
            ErrorCode::InProcess,
            ErrorCode::OutcomeUnknown,
        ];
        match self {
            Self::Refused { code, .. } => ASK_AGAIN.iter().any(|open| open.code() == *code),
            Self::NoReply(_) => true,
            Self::Surprise(_) => false,
        }
    }
}

struct Gateway {
    client: HttpClient,
}

impl Gateway {
    /// The gateway itself answers within 50 seconds, so a client should wait a little longer.
    fn new(time_out: Duration) -> Result<Self, Fault> {
        let address = setting("GATEWAY", "http://127.0.0.1:8080");
        let (user, secret) = (
            setting("USER_NAME", "demo"),
            setting("SECRET", "demo-secret"),
        );
        let credentials = format!("Basic {}", STANDARD.encode(format!("{user}:{secret}")));
        let mut headers = HeaderMap::new();
        headers.insert(
            "authorization",
            HeaderValue::from_str(&credentials).map_err(surprise)?,
        );
        headers.insert("lang", HeaderValue::from_static("en"));
        let client = HttpClientBuilder::default()
            .set_headers(headers)
            .request_timeout(time_out)
            .build(format!("{}/", address.trim_end_matches('/')))
            .map_err(surprise)?;
        Ok(Self { client })
    }

    /// One JSON-RPC 2.0 call.
    async fn call<M: Method>(&self, params: Json) -> Result<M::Result, Fault>
    where
        M::Result: DeserializeOwned,
    {
        let mut named = ObjectParams::new();
        for (name, value) in params.as_object().into_iter().flatten() {
            named.insert(name, value).map_err(surprise)?;
        }
        match self.client.request(M::NAME, named).await {
            Ok(result) => Ok(result),
            Err(CallError::Call(error)) => Err(Fault::Refused {
                code: error.code(),
                message: error.message().to_owned(),
                data: Box::new(
                    error
                        .data()
                        .and_then(|data| serde_json::from_str(data.get()).ok())
                        .unwrap_or_default(),
                ),
            }),
            // jsonrpsee does not show the JSON-RPC error that comes with it.
            Err(CallError::Transport(fault)) if is_unauthorised(&*fault) => {
                Err(surprise("the user name or the secret is wrong"))
            }
            Err(fault) => Err(Fault::NoReply(fault.to_string())),
        }
    }

    /// Moves money exactly once, whatever gets lost.
    ///
    /// The params hold an `extId`: the order's number in your own books, stored there before the first try. A repeat with the
    /// same `extId` and the same params never moves money again. It is answered with what became of the first.
    async fn pay<M: Method>(&self, params: &Json) -> Result<M::Result, Fault>
    where
        M::Result: DeserializeOwned,
    {
        for _ in 0..120 {
            match self.call::<M>(params.clone()).await {
                Err(fault) if fault.is_open() => {
                    tokio::time::sleep(Duration::from_millis(500)).await
                }
                end => return end,
            }
        }
        Err(surprise(format!(
            "{} is still open. It is neither paid nor refused: keep it, and ask again later.",
            params["extId"]
        )))
    }
}

/// The event of a webhook; `None` if it is not the gateway's, or too old. `body` is the request's bytes as they came, not parsed
/// before.
///
/// While a secret is being changed, the gateway signs with the old and the new one: `secrets` are those you know. Answer with
/// 2xx first and work afterwards; an event may come twice, always with the same `webhook-id`.
fn verify_webhook(secrets: &[&str], headers: [&str; 3], body: &[u8], now: i64) -> Option<Json> {
    let [id, timestamp, signatures] = headers;
    let sent_at: i64 = timestamp.parse().ok()?;
    // Older than five minutes, it may be a replay.
    if (now - sent_at).abs() > 300 {
        return None;
    }
    let is_ours = secrets.iter().any(|secret| {
        // The key is what the text after the prefix stands for, not the text itself.
        let text = secret.trim_start_matches("whsec_");
        let Some(mut mac) = STANDARD
            .decode(text)
            .ok()
            .and_then(|key| Hmac::<Sha256>::new_from_slice(&key).ok())
        else {
            return false;
        };
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        signatures
            .split(' ')
            .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
            .any(|signature| mac.clone().verify_slice(&signature).is_ok())
    });
    is_ours.then(|| serde_json::from_slice(body).ok()).flatten()
}

fn is_unauthorised(fault: &(dyn Error + 'static)) -> bool {
    matches!(
        fault.downcast_ref(),
        Some(TransportError::Rejected { status_code: 401 })
    )
}

fn setting(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}

fn surprise(what: impl ToString) -> Fault {
    Fault::Surprise(what.to_string())
}

// --- What only the sandbox has -----------------------------------------------------------------------------------------

/// Asks the sandbox, or tells it something, in the plainest HTTP.
async fn sandbox(path: &str, body: Option<Json>) -> Result<Json, Fault> {
    let address = setting("SANDBOX", "http://127.0.0.1:8090");
    let host = address.trim_end_matches('/').trim_start_matches("http://");
    let (verb, body) = body.map_or(("GET", String::new()), |body| ("POST", body.to_string()));
    let request = format!(
        "{verb} /sandbox/{path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let no_reply = |fault| Fault::NoReply(format!("{address}: {fault}"));
    let mut stream = TcpStream::connect(host).await.map_err(no_reply)?;
    stream
        .write_all(request.as_bytes())
        .await
        .map_err(no_reply)?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.map_err(no_reply)?;
    let (_, body) = reply.split_once("\r\n\r\n").unwrap_or_default();
    Ok(serde_json::from_str(body).unwrap_or_default())
}

/// The code in the newest message to a phone. In earnest, the cardholder types it in.
async fn code_sent_to(phone: &str) -> Result<String, Fault> {
    let messages = sandbox(&format!("messages?phone={phone}"), None).await?;
    let newest = messages.as_array().and_then(|messages| messages.last());
    let text = newest
        .and_then(|message| message["text"].as_str())
        .unwrap_or_default();
    let code = text
        .split(|character: char| !character.is_ascii_digit())
        .find(|word| word.len() == 6);
    code.map(str::to_owned)
        .ok_or_else(|| surprise("there is no code in the message"))
}

async fn balance(card: &Card) -> Result<i64, Fault> {
    let cards = sandbox("cards", None).await?;
    let found = cards
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["pan"] == card.pan);
    found
        .and_then(|one| one["balance"].as_i64())
        .ok_or_else(|| surprise("the sandbox does not have the card"))
}

// --- The eight steps ---------------------------------------------------------------------------------------------------

/// Attaches a card and returns its token, which is all that you store. The network sends the cardholder a code.
async fn attach(gateway: &Gateway, card: &Card) -> Result<Uuid, Fault> {
    let phone = format!("+{}", card.phone);
    let begun = gateway
        .call::<Add>(json!({"pan": card.pan, "expiry": "1230", "phone": phone}))
        .await?;
    let code = code_sent_to(card.phone).await?;
    let attached = gateway
        .call::<AddConfirm>(json!({"transactionId": begun.transaction_id, "confirmedCode": code}))
        .await?;
    println!(
        "1 attach: {} {} of {}",
        attached.vendor, attached.pan, attached.full_name
    );
    Ok(attached.token)
}

fn new_ext_id() -> String {
    format!("rust-{}", Uuid::new_v4())
}

/// The params of a debit, with an `extId` of its own.
fn order(card: &Card, token: Uuid, amount: i64) -> Json {
    json!({
        "token": token,
        "amount": amount,
        "merchantId": card.merchant_id,
        "terminalId": card.terminal_id,
        "extId": new_ext_id(),
    })
}

fn expect<T: PartialEq + Debug>(what: &str, actual: T, expected: T) -> Result<(), Fault> {
    if actual == expected {
        return Ok(());
    }
    Err(surprise(format!(
        "{what}: {actual:?}, expected {expected:?}"
    )))
}

/// A debit of UZCARD that was carried out at once.
fn paid(result: DebitResult) -> Result<UzcardDebit, Fault> {
    match result {
        DebitResult::Uzcard(debit) => Ok(debit),
        DebitResult::Humo(_) | DebitResult::CodeSent(_) | DebitResult::Held(_) => {
            Err(surprise("a debit of UZCARD was answered as another one"))
        }
    }
}

async fn run() -> Result<(), Fault> {
    let gateway = Gateway::new(Duration::from_secs(60))?;
    let (uzcard_before, humo_before) = (balance(&UZCARD).await?, balance(&HUMO).await?);
    let (uzcard, humo) = (
        attach(&gateway, &UZCARD).await?,
        attach(&gateway, &HUMO).await?,
    );

    // 2. The cardholder confirms this debit with a code. Without `force_sms_confirmation` it is carried out at once, unless
    //    the gateway's policy asks for a code from some amount on.
    let mut with_code = order(&UZCARD, uzcard, 500_000);
    with_code["force_sms_confirmation"] = json!(true);
    let DebitResult::CodeSent(begun) = gateway.pay::<Debit>(&with_code).await? else {
        return Err(surprise("no code was asked for"));
    };
    let code = code_sent_to(UZCARD.phone).await?;
    let confirmation = json!({"transactionId": begun.transaction_id, "confirmedCode": code});
    let ConfirmedDebit::Uzcard(debit) = gateway.call::<DebitConfirm>(confirmation).await? else {
        return Err(surprise("a debit of UZCARD was answered as another one"));
    };
    println!(
        "2 debit with a code: 500000 tiyin, transaction {}",
        debit.transaction_id
    );

    // 3. A hold blocks money for seven days. Charging a part of it frees the rest.
    let mut to_hold = order(&HUMO, humo, 700_000);
    to_hold["is_hold"] = json!(true);
    let DebitResult::Held(hold) = gateway.pay::<Debit>(&to_hold).await? else {
        return Err(surprise("a hold was answered as something else"));
    };
    let part = json!({"transactionId": hold.transaction_id, "amount": 450_000});
    gateway.call::<HoldCharge>(part).await?;
    let charged = gateway
        .call::<Get>(json!({"transactionId": hold.transaction_id}))
        .await?;
    expect(
        "the status of the hold",
        charged.status,
        TransactionStatus::Succeeded,
    )?;
    expect("what was charged", charged.captured_amount, Some(450_000))?;
    println!(
        "3 hold and partial charge: 450000 of 700000 tiyin, transaction {}",
        hold.transaction_id
    );

    // 4. The sender pays the fee on top.
    let question =
        json!({"pan": UZCARD.pan, "pan2": HUMO.pan, "phone": UZCARD.phone, "amount": 100_000});
    let quoted = gateway.call::<FeeInfo>(question).await?;
    let transfer = json!({
        "token": uzcard,
        "pan": HUMO.pan,
        "expiry": "3012",
        "amount": 100_000,
        "extId": new_ext_id(),
    });
    let TransferResult::Done(TransferDone::Across(transferred)) =
        gateway.pay::<Uzcard2Humo>(&transfer).await?
    else {
        return Err(surprise("the transfer was answered as another one"));
    };
    let fee = quoted.fee;
    expect("the fee", transferred.fee, fee.to_string())?;
    println!("4 transfer: 100000 tiyin from UZCARD to HUMO, fee {fee}");

    // 5. What the networks know of the cards, by days of Tashkent. A day's list may be up to a minute old.
    let payment = gateway
        .call::<Get>(json!({"transactionId": debit.transaction_id}))
        .await?;
    let at = DateTime::from_timestamp_millis(payment.created_at)
        .ok_or_else(|| surprise("a moment that is none"))?;
    let day = (at + TimeDelta::hours(5)).date_naive().to_string();
    let period = json!({"tokens": [uzcard, humo], "from": day, "to": day});
    let history = gateway.call::<Monitoring>(period).await?;
    let is_listed = history
        .transactions
        .iter()
        .any(|operation| operation.details.ref_num == debit.ref_num);
    println!(
        "5 history: the debit is {}",
        if is_listed {
            "listed"
        } else {
            "not listed yet"
        }
    );

    // 6. Our own time-out is over before the network has answered: the payment goes on without us. `pay` would have repeated
    //    by itself; the first try stands here alone so that the loss can be seen.
    let delay = json!({"network": "UZCARD", "operation": "pay", "kind": "delay", "delayMs": 1500, "times": 1});
    sandbox("faults", Some(delay)).await?;
    let slow = order(&UZCARD, uzcard, 30_000);
    let hasty = Gateway::new(Duration::from_millis(300))?;
    let Err(Fault::NoReply(_)) = hasty.call::<Debit>(slow.clone()).await else {
        return Err(surprise("the reply was to be lost"));
    };
    let repeated = paid(gateway.pay::<Debit>(&slow).await?)?;
    println!(
        "6 repeat after our own time-out: paid once, transaction {}",
        repeated.transaction_id
    );

    // The network carries the payment out, and its reply is lost. -32379 is not a failure: the money may have moved. The
    // gateway goes on to find out; `transactions.get` tells how far it is, and a repeat tells the result.
    let drop = json!({"network": "UZCARD", "operation": "pay", "kind": "drop_after", "times": 1});
    sandbox("faults", Some(drop)).await?;
    let lost = order(&UZCARD, uzcard, 40_000);
    let Err(Fault::Refused { code, data, .. }) = gateway.call::<Debit>(lost.clone()).await else {
        return Err(surprise("the outcome was to be unknown"));
    };
    expect("the code", code, ErrorCode::OutcomeUnknown.code())?;
    let found = paid(gateway.pay::<Debit>(&lost).await?)?;
    expect(
        "the transaction",
        Some(found.transaction_id),
        data.transaction_id,
    )?;
    println!(
        "6 repeat after -32379: paid once, transaction {}",
        found.transaction_id
    );

    check_webhooks()?;
    println!(
        "7 webhook: good signatures pass; an old one, a changed one and a foreign one are refused"
    );

    // 8. Each movement happened once.
    let spent = 500_000 + 100_000 + fee + 30_000 + 40_000;
    expect(
        "the balance at UZCARD",
        balance(&UZCARD).await?,
        uzcard_before - spent,
    )?;
    expect(
        "the balance at HUMO",
        balance(&HUMO).await?,
        humo_before - 450_000 + 100_000,
    )?;
    println!("8 balances: as they must be");
    Ok(())
}

/// The vector of Standard Webhooks, the gateway's own with an old and a new secret, and what must be refused.
fn check_webhooks() -> Result<(), Fault> {
    const STANDARD_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const OLD: &str = "whsec_YWxvcWEtZ2F0ZXdheSB0ZXN0IHNlY3JldCAwMDAwMDE=";
    const NEW: &str = "whsec_YWxvcWEtZ2F0ZXdheSB0ZXN0IHNlY3JldCAwMDAwMDI=";
    const BODY: &str = concat!(
        r#"{"type":"transaction.settled","id":"evt_0001","createdAt":1767225600000,"#,
        r#""data":{"transactionId":2557767,"status":"succeeded"}}"#
    );
    let signed = [
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ];
    let event = verify_webhook(
        &[STANDARD_SECRET],
        signed,
        br#"{"test": 2432232314}"#,
        1_614_265_330,
    );
    expect(
        "the standard's event",
        event,
        Some(json!({"test": 2_432_232_314_u32})),
    )?;

    let sent_at = 1_767_225_600;
    let signed = [
        "evt_0001",
        "1767225600",
        "v1,XgBkXNGEtY50mgn29hsy6tIc+CwFYYHTATgA7R4AiX0= v1,SeV9mWrkBP3PSLrteMIdEJhbAFBsFYTgaWtCSJkRVmo=",
    ];
    for secrets in [&[OLD][..], &[NEW], &[NEW, OLD]] {
        let event = verify_webhook(secrets, signed, BODY.as_bytes(), sent_at + 300);
        expect(
            "the event",
            event.map(|event| event["id"].clone()),
            Some(json!("evt_0001")),
        )?;
    }
    let changed = BODY.replace("2557767", "2557768");
    for (what, secret, body, now) in [
        ("an old webhook", OLD, BODY, sent_at + 301),
        ("a changed webhook", OLD, &*changed, sent_at),
        ("a foreign webhook", STANDARD_SECRET, BODY, sent_at),
    ] {
        expect(
            what,
            verify_webhook(&[secret], signed, body.as_bytes(), now),
            None,
        )?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(Fault::Refused {
            code,
            message,
            data,
        }) => {
            eprintln!("refused: {code} {message} {data:?}");
            ExitCode::from(1)
        }
        Err(Fault::NoReply(fault)) => {
            eprintln!("cannot reach the gateway or its sandbox: {fault}");
            ExitCode::from(2)
        }
        Err(Fault::Surprise(what)) => {
            eprintln!("{what}");
            ExitCode::from(1)
        }
    }
}
