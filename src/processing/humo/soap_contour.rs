//! What `contour check` asks the SOAP services that describe cards, and what their answers mean: with a card what the gateway asks
//! when that is attached, without one what proves the login.

use hyper::Method;
use rpc_schema::values::Pan;
use serde_json::{Map, Value, json};

use super::contour::{other_fault, told_card};
use super::soap_info::{
    self, Answer, Service, SoapService, about_agreement, about_card, about_customers, holder, read,
};
use crate::config::{self, Config};
use crate::domain::inquiry::AskError;
use crate::processing::bulkhead::Bulkhead;
use crate::processing::contour::{Ended, Finding, Harmless, Look, Verdict};
use crate::processing::exchange::{Question, Reply, SetupError};
use crate::processing::lenient::word;

/// A client of a bank that there is not.
const NOBODY: (&str, &str) = ("99999999", "00");

/// What was found so far, from one service to the next: each needs what the one before has told.
#[derive(Debug, Default)]
pub(crate) struct SoapLook<'a> {
    /// The operator's card.
    pan: Option<&'a Pan>,
    /// What the card tells of itself,
    told: Map<String, Value>,
    /// and whose it is.
    client: Option<String>,
    /// A service did not let the login in, which is that of the others, too.
    is_denied: bool,
}

impl<'a> SoapLook<'a> {
    /// A look at the services, with this card where there is one.
    pub(crate) fn with(pan: Option<&'a Pan>) -> Self {
        Self {
            pan,
            ..Self::default()
        }
    }

    /// Asks this service, the first before the second before the third.
    ///
    /// # Errors
    /// The URL or the credentials cannot be used.
    pub(crate) async fn at(
        &mut self,
        config: &Config,
        service: SoapService,
        url: &str,
        bulkhead: &Bulkhead,
        look: &mut Look<'_>,
    ) -> Result<(), SetupError> {
        let humo = &config.humo;
        let asked = Service::new(humo, service, url, bulkhead)?;
        if self.is_denied {
            look.connect(&asked.endpoint).await;
            let found = "not asked: the login was not let in by the service before";
            let unasked = Finding::wrong("login", found, "is let in", "see to that one first");
            look.findings.push(unasked);
            return Ok(());
        }
        match (service, self.pan, self.client.clone()) {
            (SoapService::Cards, Some(pan), _) => {
                let judge = |answer| judged_card(answer, pan, humo);
                let harmless = Harmless::CardBalance;
                let answer = ask(&asked, harmless, &about_card(pan), look, judge).await;
                let told = answer.and_then(|answer| soap_info::card(answer).ok());
                self.told = told.unwrap_or_default();
            }
            (SoapService::Issuing, Some(pan), _) => {
                let bank = soap_info::bank(&self.told, pan);
                let question = about_customers(&humo.soap_info, pan, &bank);
                let harmless = Harmless::ListCustomers;
                let answer = ask(&asked, harmless, &question, look, judged_client).await;
                let client = answer.and_then(|answer| soap_info::client(answer).ok());
                self.client = client.flatten();
            }
            (SoapService::Access, Some(pan), Some(client)) => {
                let holder = holder(&client, &soap_info::bank(&self.told, pan));
                let question = about_agreement(&humo.soap_info, &holder);
                let judge = |answer| judged_phone(answer, &holder, pan);
                ask(&asked, Harmless::Export, &question, look, judge).await;
            }
            (SoapService::Access, Some(_), None) | (SoapService::Access, None, _) => {
                let (client, bank) = NOBODY;
                let question = about_agreement(&humo.soap_info, &holder(client, bank));
                let harmless = Harmless::ExportOfNobody;
                ask(&asked, harmless, &question, look, judged_nobody).await;
            }
            (SoapService::Cards | SoapService::Issuing, None, _) => {
                look.connect(&asked.endpoint).await;
                let (found, wanted) = (
                    "not asked, as no card was given",
                    "a card of your own, by --card",
                );
                let unasked = Finding::right(service.operation(), found, wanted);
                look.findings.push(unasked);
            }
        }
        self.is_denied = look.ended == Some(Ended::Denied);
        Ok(())
    }
}

/// The answer, where there is one.
async fn ask(
    asked: &Service,
    harmless: Harmless,
    content: &str,
    look: &mut Look<'_>,
    judge: impl FnOnce(Answer) -> Verdict,
) -> Option<Answer> {
    let operation = asked.operation();
    let question = Question {
        method: Method::POST,
        headers: asked.headers(),
        content_type: asked.content_type,
        body: asked.body(content),
    };
    let judge = |reply: &Reply| match read(reply, operation) {
        // A login that is not taken is tried once, whatever the body says.
        _ if matches!(reply.status.as_u16(), 401 | 403) => None,
        Ok(answer) => Some(judge(answer)),
        Err(_) => other_fault(
            reply,
            "try other values of humo.soap_action, and ask the acquirer for a sample of a call",
        ),
    };
    let reply = look.ask(&asked.endpoint, harmless, question, judge).await?;
    read(&reply, operation).ok()
}

fn judged_card(answer: Answer, pan: &Pan, humo: &config::Humo) -> Verdict {
    let told = match soap_info::card(answer) {
        Ok(told) => told,
        Err(error) => return refused(error, "give a card of HUMO that is in use"),
    };
    let balance = match told.contains_key("balance") {
        true => "with a balance",
        false => "without a balance",
    };
    let card = told_card(&json!({ "result": told }), pan, humo);
    card.map_or_else(
        || Verdict::wrong("no card", "keep it by --record, and ask the acquirer"),
        |verdict| Verdict {
            found: format!("{}, {balance}", verdict.found),
            ..verdict
        },
    )
}

fn judged_client(answer: Answer) -> Verdict {
    let advice = "give a card that is in use; is humo.soap_info.group right?";
    match soap_info::client(answer) {
        Ok(Some(_)) => Verdict::right("its owner"),
        Ok(None) => Verdict::wrong("no owner", advice),
        Err(error) => refused(error, advice),
    }
}

fn judged_phone(answer: Answer, holder: &str, pan: &Pan) -> Verdict {
    let advice = "give a card whose SMS banking is on; is humo.soap_info.bank_id right?";
    let told = match soap_info::phone(answer, holder, pan) {
        Ok(told) => told,
        Err(error) => return refused(error, advice),
    };
    let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default();
    match (text("state"), text("phone")) {
        ("on", "") => Verdict::wrong("an agreement without a phone", advice),
        ("on", _) => Verdict::right("the owner's phone"),
        (state, _) => Verdict::wrong(format!("no phone: {}", word(state)), advice),
    }
}

fn judged_nobody(answer: Answer) -> Verdict {
    match answer {
        Answer::Fault(-1) => Verdict::right("fault -1: we are let in, and nothing is there"),
        Answer::Fault(code) => {
            let advice = "ask the acquirer what it means: -1 says that there is no agreement";
            Verdict::wrong(format!("fault {code}"), advice)
        }
        Answer::Told(body) if body.anywhere("Phone").is_none() => {
            Verdict::right("nothing: we are let in")
        }
        Answer::Told(_) => {
            let advice =
                "keep it by --record, and ask the acquirer: a code would go to another's phone";
            Verdict::wrong("a phone of an owner that there is not", advice)
        }
    }
}

fn refused(error: AskError, advice: &str) -> Verdict {
    let found = match error {
        AskError::Refused(refusal) => format!("code {}", refusal.processing_code),
        AskError::Unavailable(unanswered) => unanswered.cause,
    };
    Verdict::wrong(found, advice)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper::StatusCode;

    use super::*;

    /// What is thought of this body of a reply to this operation.
    fn judged(operation: &str, body: &str, judge: impl FnOnce(Answer) -> Verdict) -> Verdict {
        let body = format!("<S:Envelope xmlns:S='s'><S:Body>{body}</S:Body></S:Envelope>");
        let reply = Reply {
            status: StatusCode::OK,
            body: Bytes::from(body),
        };
        judge(read(&reply, operation).unwrap())
    }

    fn fault(code: &str) -> String {
        format!(
            "<S:Fault><faultcode>S</faultcode><detail><E><code>{code}</code></E></detail></S:Fault>"
        )
    }

    #[test]
    fn a_fault_of_nobody_proves_the_login_and_a_phone_is_anothers() {
        for (body, found, is_finding) in [
            (
                fault("-1"),
                "fault -1: we are let in, and nothing is there",
                false,
            ),
            (fault("7"), "fault 7", true),
            (
                "<exportResponse/>".to_owned(),
                "nothing: we are let in",
                false,
            ),
            (
                "<exportResponse><Phone><msisdn>1</msisdn></Phone></exportResponse>".to_owned(),
                "a phone of an owner that there is not",
                true,
            ),
        ] {
            let verdict = judged("export", &body, judged_nobody);
            let told = (verdict.found.as_str(), verdict.advice.is_some());
            assert_eq!(told, (found, is_finding));
        }
    }

    #[test]
    fn each_service_says_what_it_knows_of_the_card_or_why_not() {
        let pan = Pan::parse("9860190101578366").unwrap();
        let humo = config::Humo::default();
        let card = |body: &str| {
            judged("getCardAccountsBalance", body, |answer| {
                judged_card(answer, &pan, &humo)
            })
        };
        let client = |body: &str| judged("listCustomers", body, judged_client);
        let phone =
            |body: &str| judged("export", body, |answer| judged_phone(answer, "1-19", &pan));
        let balance = |content: &str| {
            format!("<getCardAccountsBalanceResponse>{content}</getCardAccountsBalanceResponse>")
        };
        let customers = |code: &str, items: &str| {
            format!(
                "<listCustomersResponse><response_code>{code}</response_code>{items}</listCustomersResponse>"
            )
        };
        let own = "<item><name>CLIENT</name><value>1</value></item>";
        for (verdict, found, is_finding) in [
            (
                card(&balance(
                    "<card><primaryAccountNumber>9860190101578366</primaryAccountNumber><institutionId>00401</institutionId>\
                    <commissionGroup>CORP</commissionGroup></card>",
                )),
                "the card, of 00401; a company's by humo.corporate_groups, as its commissionGroup is CORP, without a balance",
                false,
            ),
            (
                card(&balance(
                    "<card><primaryAccountNumber>9860190101578367</primaryAccountNumber></card>",
                )),
                "another card, without a balance",
                true,
            ),
            (card(&balance("<listSize>0</listSize>")), "code 404", true),
            (card(&balance("<x/>")), "a reply without a card", true),
            (card(&fault("125")), "code 125", true),
            (client(&customers("0", own)), "its owner", false),
            (client(&customers("0", "")), "no owner", true),
            (client(&customers("14", "")), "code 014", true),
            (
                phone(
                    "<exportResponse><Phone><state>ON</state><msisdn>+998</msisdn></Phone></exportResponse>",
                ),
                "the owner's phone",
                false,
            ),
            (
                phone("<exportResponse><Phone><state>on</state></Phone></exportResponse>"),
                "an agreement without a phone",
                true,
            ),
            (
                phone("<exportResponse><state>off</state></exportResponse>"),
                "no phone: off",
                true,
            ),
            (phone(&fault("-1")), "no phone: no-customer", true),
            (
                phone("<exportResponse><cardholderID>2-19</cardholderID></exportResponse>"),
                "the reply is about another owner",
                true,
            ),
        ] {
            let told = (verdict.found.as_str(), verdict.advice.is_some());
            assert_eq!(told, (found, is_finding));
        }
    }
}
