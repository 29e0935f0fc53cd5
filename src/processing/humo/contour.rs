//! What `contour check` asks HUMO, and what its answers mean.

use std::sync::Arc;

use hyper::Method;
use rpc_schema::values::Pan;
use serde_json::Value;
use uuid::Uuid;

use super::card_info::{CardAddress, CardInfoClient};
use super::client::{CallError, Client, read, whole};
use super::middleware;
use super::payment_list::{self, Page};
use super::requests::Requests;
use super::soap::{self, Element};
use super::token::Token;
use crate::config::{self, Config};
use crate::domain::call::Reference;
use crate::domain::mask;
use crate::processing::bulkhead::Bulkhead;
use crate::processing::contour::{Finding, Harmless, Look, Verdict};
use crate::processing::exchange::{Endpoint, Question, Reply, SetupError, Way};
use crate::processing::lenient::{self, Scalar, word};

const HOUR_MS: i64 = 3_600 * 1_000;

/// Asks the PaymentServer.
///
/// # Errors
/// The URL or the credentials cannot be used.
pub async fn look_at_payments(
    config: &Config,
    url: &str,
    bulkhead: &Bulkhead,
    look: &mut Look<'_>,
) -> Result<(), SetupError> {
    let client = Client::new(&config.humo, url, bulkhead)?;
    let requests = Requests::new(&config.humo, &config.transfers);
    let harmless = Harmless::GetPayment;
    let operation = harmless.operation();
    let fresh = Reference(Uuid::new_v4().simple().to_string());
    let question = Question {
        method: Method::POST,
        headers: client.headers(operation),
        content_type: client.content_type,
        body: soap::envelope(operation, &requests.get(&fresh)).into(),
    };
    let judge = |reply: &Reply| match read(reply, operation) {
        // A login that is not taken is tried once, whatever the body says.
        _ if matches!(reply.status.as_u16(), 401 | 403) => None,
        Ok(payment) => Some(nothing_there(&payment)),
        Err(CallError::Fault(914)) => Some(Verdict::right("fault 914: nothing there")),
        Err(CallError::Fault(code)) => Some(Verdict::wrong(
            format!("fault {code}"),
            "ask the acquirer what it means: GetPayment finds out how lost calls ended",
        )),
        Err(CallError::Unreadable(_) | CallError::Failed(_)) => other_fault(
            reply,
            "try other values of humo.soap_action, look at humo.payment_url, and ask the acquirer for a sample of a call",
        ),
    };
    look.ask(&client.endpoint, harmless, question, judge).await;
    if config.humo.payment_list {
        look_at_list(&client, &requests, look).await;
    }
    Ok(())
}

/// Asks for the beginning of the list of the last hour's payments, in each status that is asked for.
async fn look_at_list(client: &Client, requests: &Requests, look: &mut Look<'_>) {
    let until = look.now();
    let questions = [Harmless::ListActive, Harmless::ListFinished];
    for (harmless, status) in questions.into_iter().zip(payment_list::STATUSES) {
        let period = (until - HOUR_MS, until);
        let content = requests.list(status, period, (1, payment_list::PAGE));
        let question = Question {
            method: Method::POST,
            headers: client.headers(payment_list::OPERATION),
            content_type: client.content_type,
            body: soap::envelope(payment_list::OPERATION, &content).into(),
        };
        look.ask(&client.endpoint, harmless, question, told_list)
            .await;
    }
}

/// What a list is worth to the comparison.
fn told_list(reply: &Reply) -> Option<Verdict> {
    let advice =
        "keep it by --record, ask the acquirer, and leave humo.payment_list off until then";
    match payment_list::page(whole(reply)) {
        Ok(Page::Nothing) => Some(Verdict::right("nothing")),
        Ok(Page::Payments(listed, _)) => {
            let rows = || listed.iter().map(|listed| &listed.row);
            Some(Verdict::right(format!(
                "{} recognised, {} of them without our reference, {} without an amount",
                listed.len(),
                rows().filter(|row| row.reference.is_empty()).count(),
                rows().filter(|row| row.amount.is_none()).count()
            )))
        }
        Ok(Page::Unknown(shape, _)) => {
            let found = format!("no payment is recognised in {shape}");
            Some(Verdict::wrong(found, advice))
        }
        Err(CallError::Fault(code)) => Some(Verdict::wrong(format!("fault {code}"), advice)),
        Err(CallError::Unreadable(_) | CallError::Failed(_)) => other_fault(reply, advice),
    }
}

fn nothing_there(payment: &Element) -> Verdict {
    let status = payment.text_of("status");
    match status.to_ascii_lowercase().as_str() {
        "none" | "" => Verdict::right(format!("status {}: nothing there", word(status))),
        _ => Verdict::wrong(
            format!(
                "status {} of a reference that nobody has used",
                word(status)
            ),
            "keep it by --record, and ask the acquirer: a look-up must not find another's payment",
        ),
    }
}

/// A fault of the SOAP server, which is no `PaymentServerException`.
pub(super) fn other_fault(reply: &Reply, advice: &str) -> Option<Verdict> {
    if matches!(reply.status.as_u16(), 401 | 403) {
        return None;
    }
    let body = soap::parse(&reply.body).ok().and_then(Element::into_body)?;
    (body.name == "Fault").then(|| {
        let code = body.text_of("faultcode");
        let code = code.rsplit(':').next().unwrap_or_default();
        Verdict::wrong(
            format!("a fault of the SOAP server, {}", word(code)),
            advice,
        )
    })
}

/// Asks the middleware for a card; without one it is only connected.
///
/// # Errors
/// The URL or the credentials cannot be used.
pub async fn look_at_cards(
    config: &Config,
    url: &str,
    card: Option<&Pan>,
    bulkhead: &Bulkhead,
    look: &mut Look<'_>,
) -> Result<(), SetupError> {
    let humo = &config.humo;
    let token = Arc::new(Token::new(humo, url, bulkhead)?);
    let address = CardAddress::Middleware(url.to_owned());
    let client = CardInfoClient::new(humo, &address, &token, bulkhead)?;
    let harmless = Harmless::CardInfo;
    let asked = card.and_then(|card| Some((card, client.middleware(card)?)));
    let Some((card, (middleware, params))) = asked else {
        look.connect(&middleware_at(humo, url)?).await;
        let (found, wanted) = (
            "not asked, as no card was given",
            "a card of your own, by --card",
        );
        look.findings
            .push(Finding::right(harmless.operation(), found, wanted));
        return Ok(());
    };
    let id = Uuid::new_v4().to_string();
    let token = match token.current(None).await {
        Ok(token) => token,
        Err(failure) => {
            let advice = "look at humo.token_file, or at humo.login: the login gives no token";
            let finding =
                Finding::wrong("token", failure.to_string(), "a token", advice.to_owned());
            look.findings.push(finding);
            return Ok(());
        }
    };
    let question = Question {
        method: Method::POST,
        headers: middleware::headers(&token),
        content_type: middleware::CONTENT_TYPE,
        body: middleware::written(&id, &params),
    };
    let judge = |reply: &Reply| told_card(&lenient::json(&reply.body)?, card, humo);
    look.ask(&middleware.endpoint, harmless, question, judge)
        .await;
    Ok(())
}

fn middleware_at(humo: &config::Humo, url: &str) -> Result<Endpoint, SetupError> {
    let (connect, total) = (humo.connect_timeout_ms, humo.timeout_ms);
    Endpoint::new(
        url,
        Way::of(&humo.info_tls, &humo.info_route, connect, total),
    )
}

/// What a card is worth to the gateway, by what it knows of it.
pub(super) fn told_card(reply: &Value, card: &Pan, humo: &config::Humo) -> Option<Verdict> {
    let at = |path: &str| {
        let value = reply.pointer(path).cloned().unwrap_or_default();
        serde_json::from_value::<Scalar>(value).unwrap_or_default()
    };
    match at("/error/code").code() {
        None => {}
        Some(404) => {
            let advice = "give a card of HUMO that is in use";
            return Some(Verdict::wrong("code 404: no such card", advice));
        }
        Some(code @ (401 | 403)) => {
            let advice = "ask the acquirer for a token: humo.token_file";
            return Some(Verdict::wrong(format!("code {code}"), advice));
        }
        Some(code) => {
            let advice = "ask the acquirer what it means; is humo.card_path right?";
            return Some(Verdict::wrong(format!("code {code}"), advice));
        }
    }
    reply.pointer("/result/card")?;
    if !mask::fits(
        at("/result/card/primaryAccountNumber").text(),
        card.digits(),
    ) {
        let advice = "keep it by --record, and ask the acquirer";
        return Some(Verdict::wrong("another card", advice));
    }
    let group = at("/result/card/commissionGroup");
    let kind = match humo
        .corporate_groups
        .iter()
        .any(|corporate| group.is(corporate))
    {
        true => "a company's",
        false => "a person's",
    };
    let bank = word(at("/result/card/institutionId").text());
    Some(Verdict::right(format!(
        "the card, of {bank}; {kind} by humo.corporate_groups, as its commissionGroup is {}",
        word(group.text())
    )))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_middleware_tells_is_held_against_the_settings() {
        let card = Pan::parse("9860120112345678").unwrap();
        let told = |reply: Value| {
            let verdict = told_card(&reply, &card, &config::Humo::default());
            verdict.map(|verdict| (verdict.found, verdict.advice.is_some()))
        };
        let own = json!({"result": {"card": {"primaryAccountNumber": "986012******5678", "institutionId": "Hamkor",
            "commissionGroup": "CORP"}}});
        let words = "the card, of Hamkor; a company's by humo.corporate_groups, as its commissionGroup is CORP";
        assert_eq!(told(own), Some((words.to_owned(), false)));
        let other = json!({"result": {"card": {"primaryAccountNumber": "9860120112345679"}}});
        assert_eq!(told(other), Some(("another card".to_owned(), true)));
        let refused = json!({"error": {"code": 404}});
        assert_eq!(
            told(refused),
            Some(("code 404: no such card".to_owned(), true))
        );
        assert_eq!(told(json!({"status": "ok"})), None);
    }
}
