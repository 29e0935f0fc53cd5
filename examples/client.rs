//! The quickstart with jsonrpsee's HTTP client and the types of `rpc-schema`: attach, debit with a code, hold, charge,
//! reverse, on both networks, against a running gateway.
//!
//! ```sh
//! cargo run --release &
//! cargo run --example client            # or: cargo run --example client -- http://host:port user secret
//! ```

use std::error::Error;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonrpsee::core::client::ClientT;
use jsonrpsee::core::params::ObjectParams;
use jsonrpsee::http_client::{HeaderMap, HeaderValue, HttpClient, HttpClientBuilder};
use rpc_schema::method::Method;
use rpc_schema::methods::cards::{Add, AddConfirm, AddConfirmParams, AddParams};
use rpc_schema::methods::transactions::{
    ConfirmedDebit, Debit, DebitConfirm, DebitConfirmParams, DebitParams, DebitResult,
    DebitReverse, DebitReverseParams, Get, GetParams, HoldCharge, HoldChargeParams,
    TransactionStatus,
};
use rpc_schema::values::{
    Amount, CardToken, Code, Expiry, ExpiryMmyy, ExtId, Pan, Phone, PlusPhone, TerminalText,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// A test card and the demo partner's terminal for it.
struct Card {
    pan: &'static str,
    phone: &'static str,
    merchant: &'static str,
    terminal: &'static str,
}

const CARDS: [Card; 2] = [
    Card {
        pan: "8600010132441332",
        phone: "998901234567",
        merchant: "90001",
        terminal: "92400001",
    },
    Card {
        pan: "9860190101578366",
        phone: "998977446066",
        merchant: "0040100000401CS",
        terminal: "1965000A",
    },
];

type AnyError = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .unwrap_or_else(|| "http://127.0.0.1:8080/".to_owned());
    let user = arguments.next().unwrap_or_else(|| "demo".to_owned());
    let secret = arguments.next().unwrap_or_else(|| "demo-secret".to_owned());

    let mut headers = HeaderMap::new();
    let credentials = STANDARD.encode(format!("{user}:{secret}"));
    headers.insert(
        "authorization",
        HeaderValue::from_str(&format!("Basic {credentials}"))?,
    );
    headers.insert("lang", HeaderValue::from_static("en"));
    let client = HttpClientBuilder::default()
        .set_headers(headers)
        .build(url)?;
    for card in CARDS {
        run_quickstart(&client, &card).await?;
    }
    Ok(())
}

async fn run_quickstart(client: &HttpClient, card: &Card) -> Result<(), AnyError> {
    let pan = Pan::parse(card.pan).ok_or("a test card's number has 16 digits")?;
    let phone = Phone::parse(card.phone).ok_or("a test card's phone has 12 digits")?;
    let expiry = Expiry::from_yymm("3012").ok_or("December is a month")?;
    // The code that the sandbox profile always sends.
    let code = Code::parse("111111").ok_or("a code has six digits")?;

    let add = AddParams {
        pan,
        expiry: ExpiryMmyy(expiry),
        phone: PlusPhone(phone),
    };
    let begun = call::<Add>(client, &add).await?;
    let confirm = AddConfirmParams {
        transaction_id: begun.transaction_id,
        confirmed_code: code.clone(),
    };
    let attached = call::<AddConfirm>(client, &confirm).await?;
    print(&format!(
        "{}: attached {} of {}",
        attached.vendor, attached.pan, attached.full_name
    ));

    let order = |tiyin: i64,
                 is_hold: bool,
                 force_sms_confirmation: bool|
     -> Result<DebitParams, AnyError> {
        Ok(DebitParams {
            token: CardToken::from(attached.token),
            amount: Amount::new(tiyin).ok_or("an amount is above zero")?,
            merchant_id: TerminalText(card.merchant.to_owned()),
            terminal_id: TerminalText(card.terminal.to_owned()),
            is_hold,
            force_sms_confirmation,
            // With your own id, repeating a call after a broken connection never moves money twice.
            ext_id: ExtId::parse(&format!("example-{}", Uuid::new_v4())),
        })
    };

    let debit = match call::<Debit>(client, &order(500_000, false, true)?).await? {
        DebitResult::CodeSent(sent) => {
            let confirm = DebitConfirmParams {
                transaction_id: sent.transaction_id,
                confirmed_code: code,
                is_hold: None,
            };
            match call::<DebitConfirm>(client, &confirm).await? {
                ConfirmedDebit::Uzcard(debit) => debit.transaction_id,
                ConfirmedDebit::Humo(debit) => debit.transaction_id,
                ConfirmedDebit::Held(_) => return Err("a debit became a hold".into()),
            }
        }
        DebitResult::Uzcard(done) => done.transaction_id,
        DebitResult::Humo(done) => done.transaction_id,
        DebitResult::Held(_) => return Err("a debit became a hold".into()),
    };
    print(&format!(
        "{}: debited 5 000.00 UZS as transaction {debit}",
        attached.vendor
    ));

    let DebitResult::Held(hold) = call::<Debit>(client, &order(700_000, true, false)?).await?
    else {
        return Err("a hold became something else".into());
    };
    // Without an amount: all of it.
    let hold = HoldChargeParams {
        transaction_id: hold.transaction_id,
        amount: None,
    };
    call::<HoldCharge>(client, &hold).await?;
    print(&format!(
        "{}: held and charged 7 000.00 UZS as transaction {}",
        attached.vendor, hold.transaction_id
    ));

    for transaction_id in [debit, hold.transaction_id] {
        let all = DebitReverseParams {
            transaction_id,
            amount: None,
            ext_id: None,
        };
        call::<DebitReverse>(client, &all).await?;
        let get = GetParams {
            transaction_id: Some(transaction_id),
            ext_id: None,
        };
        let now = call::<Get>(client, &get).await?;
        if now.status != TransactionStatus::Reversed {
            return Err(format!(
                "transaction {transaction_id} is {:?} after its reversal",
                now.status
            )
            .into());
        }
        print(&format!(
            "{}: reversed transaction {transaction_id}",
            attached.vendor
        ));
    }
    Ok(())
}

/// Calls a method with its own params and result types.
async fn call<M: Method>(client: &HttpClient, params: &M::Params) -> Result<M::Result, AnyError>
where
    M::Params: Serialize,
    M::Result: DeserializeOwned,
{
    let mut named = ObjectParams::new();
    for (name, value) in serde_json::to_value(params)?
        .as_object()
        .into_iter()
        .flatten()
    {
        named.insert(name, value)?;
    }
    Ok(client.request(M::NAME, named).await?)
}

#[expect(clippy::print_stdout, reason = "an example prints its progress")]
fn print(line: &str) {
    println!("{line}");
}
