//! What operators do about a transaction: the same acts as the commands, by the same functions. Each asks for a reason, and
//! once more before it is done; the network is asked first.

use std::sync::Arc;

use entity::ids::TransactionId;
use entity::processing_request;
use entity::{transaction, webhook_event};
use hyper::StatusCode;
use maud::{Markup, html};
use uuid::Uuid;

use super::accounts::Role;
use super::form::Form;
use super::layout::{self, amount, badge, word};
use super::masked;
use super::reply::{Reply, page};
use super::visitor::{House, Trouble, Visitor, act, to_its_end};
use crate::payment::LateAnswers;
use crate::payment::resolve::{ResolveError, Statement, Verdict};
use crate::repository::{request, transaction as transactions, webhook};
use crate::webhook::event_id;

/// What became of an act.
pub(super) enum Done {
    /// A page that asks once more.
    Ask(Reply),
    /// Done, or refused, and the words that say so.
    Said(StatusCode, String),
}

/// The form by which an open call is settled.
pub(super) fn resolve_form(
    visitor: &Visitor,
    row: &transaction::Model,
    call: &processing_request::Model,
) -> Markup {
    html! {
        section.act aria-labelledby="act" {
            h2 #act { "Settle the open call" }
            p {
                "Call " (call.id) ": " (word(call.action)) " of " (amount(call.amount)) " sum at " (word(call.network))
                ", our reference " code.copy { (call.reference) } "."
            }
            form.stack method="post" action=(format!("/console/transactions/{}/resolve", row.id)) {
                (hidden(visitor, row))
                fieldset {
                    legend { "What did you find out?" }
                    label.choice { input type="radio" name="verdict" value="failed" required; " It was not carried out, and will not be" }
                    label.choice { input type="radio" name="verdict" value="succeeded" required; " It was carried out" }
                }
                label for="reference" { "The network's name of the payment or hold, if it was carried out" }
                input #reference name="reference" autocomplete="off" spellcheck="false" aria-describedby="reference-help";
                p.hint #reference-help { "UZCARD: refNum, or the id of a hold. HUMO: paymentID. It is checked with the network." }
                (reason())
                button type="submit" { "Go on" }
            }
        }
    }
}

/// The form by which a late answer is acknowledged.
pub(super) fn acknowledge_form(
    visitor: &Visitor,
    row: &transaction::Model,
    answers: &LateAnswers,
) -> Markup {
    html! {
        section.act aria-labelledby="acknowledge" {
            h2 #acknowledge { "Acknowledge the late answer" }
            p { "This changes nothing about the transaction: it says that you have dealt with it." }
            ul { @for answer in answers.told() { li { (answer) } } }
            form.stack method="post" action=(format!("/console/transactions/{}/acknowledge", row.id)) {
                (hidden(visitor, row))
                input type="hidden" name="seen" value=(answers.mark());
                (reason())
                button type="submit" { "Go on" }
            }
        }
    }
}

fn reason() -> Markup {
    html! {
        label for="reason" { "How do you know? For whoever asks later" }
        textarea #reason name="reason" rows="2" required maxlength="400" placeholder="support of the network, ticket 77" {}
    }
}

fn hidden(visitor: &Visitor, row: &transaction::Model) -> Markup {
    html! {
        input type="hidden" name="token" value=(visitor.form_token);
        input type="hidden" name="version" value=(row.version);
    }
}

/// Settles the open call, after the visitor was asked once more.
pub(super) async fn resolve(
    house: &Arc<House>,
    visitor: &Visitor,
    id: TransactionId,
    sent: &Form,
) -> Result<Done, Trouble> {
    let (reason, reference) = (sent.text("reason"), sent.text("reference"));
    let (verdict, words) = match (sent.text("verdict"), reference) {
        ("failed", "") => (Verdict::Failed, "not carried out".to_owned()),
        ("failed", _) => {
            return Ok(refused(
                "What was not carried out has no name at the network. Nothing was done.",
            ));
        }
        ("succeeded", "") => {
            return Ok(refused(
                "Say what the network calls the payment or hold. Nothing was done.",
            ));
        }
        ("succeeded", name) => (
            Verdict::Succeeded(name.to_owned()),
            format!("carried out, as {name}"),
        ),
        (_, _) => return Ok(refused("Say whether it was carried out. Nothing was done.")),
    };
    let row = match judged(house, id, sent).await? {
        Ok(row) => row,
        Err(done) => return Ok(done),
    };
    let calls = request::of_transaction(&*house.gateway.database, id).await?;
    let open = calls.iter().find(|call| !call.state.is_settled());
    let Some(call) = open else {
        return Ok(refused(
            "It has no call any more whose outcome is unknown. Nothing was done.",
        ));
    };
    if sent.text("confirmed") != "yes" {
        let fields = [
            ("verdict", sent.text("verdict")),
            ("reference", reference),
            ("reason", reason),
        ];
        let network = word(call.network);
        let what = html! {
            "the " (word(call.action)) " of " strong { (amount(call.amount)) " sum" } " at " (network)
            " of transaction " (id) " was " strong { (words) } "."
        };
        let then = format!(
            "{network} is asked first: what it says itself goes before your word. The gateway then does what follows from it, \
             and the partner is told."
        );
        let asking = Asking {
            row: &row,
            act: "resolve",
            what,
            then,
            fields: &fields,
            button: format!("Settle transaction {id}"),
        };
        return Ok(Done::Ask(asking.page(house, visitor).await?));
    }
    let (house, visitor) = (Arc::clone(house), visitor.clone());
    let said = reason.to_owned();
    to_its_end(async move {
        begun(&house, &visitor, "transactions.resolve", id, &words).await?;
        let statement = Statement {
            by: &visitor.operator.name,
            reason: &said,
        };
        let settled = house.gateway.payments.resolve(id, verdict, statement).await;
        let settled =
            settled.map(|row| format!("Settled: transaction {id} is {}.", word(row.status)));
        ended(&house, &visitor, "transactions.resolve", id, settled).await
    })
    .await
}

/// Acknowledges late answers, after the visitor was asked once more.
pub(super) async fn acknowledge(
    house: &Arc<House>,
    visitor: &Visitor,
    id: TransactionId,
    sent: &Form,
) -> Result<Done, Trouble> {
    let row = match judged(house, id, sent).await? {
        Ok(row) => row,
        Err(done) => return Ok(done),
    };
    let (reason, seen) = (sent.text("reason"), sent.text("seen"));
    let calls = request::of_transaction(&*house.gateway.database, id).await?;
    if LateAnswers::of(&calls).mark() != seen {
        return Ok(refused(
            "Other late answers have come since you opened the page, or somebody has acknowledged them. Read what stands there \
             now. Nothing was done.",
        ));
    }
    if sent.text("confirmed") != "yes" {
        let asking = Asking {
            row: &row,
            act: "acknowledge",
            what: html! { "you have dealt with the late answers about transaction " (id) "." },
            then: "Nothing about the transaction changes. The alarm ends, and your words stay with it.".to_owned(),
            fields: &[("reason", reason), ("seen", seen)],
            button: "Acknowledge".to_owned(),
        };
        return Ok(Done::Ask(asking.page(house, visitor).await?));
    }
    let (house, visitor) = (Arc::clone(house), visitor.clone());
    let (reason, seen) = (reason.to_owned(), seen.to_owned());
    to_its_end(async move {
        begun(&house, &visitor, "transactions.acknowledge", id, "noted").await?;
        let statement = Statement {
            by: &visitor.operator.name,
            reason: &reason,
        };
        let payments = &house.gateway.payments;
        let acknowledged = payments.acknowledge(id, &seen, statement).await;
        let acknowledged = acknowledged
            .map(|()| format!("The late answers about transaction {id} are acknowledged."));
        ended(
            &house,
            &visitor,
            "transactions.acknowledge",
            id,
            acknowledged,
        )
        .await
    })
    .await
}

/// The form by which an event is sent again, for those who may. It is opened first, so that nothing is sent by a slip of the
/// hand.
pub(super) fn resend_form(
    visitor: &Visitor,
    id: TransactionId,
    event: &webhook_event::Model,
) -> Option<Markup> {
    visitor.may(Role::Administer).then(|| {
        let event = event_id(event.id);
        html! {
            details.confirm {
                summary { "Send again …" }
                form method="post" action=(format!("/console/transactions/{id}/webhooks/{event}/resend")) {
                    input type="hidden" name="token" value=(visitor.form_token);
                    button type="submit" { "Send it again, under the same id" }
                }
            }
        }
    })
}

/// Sends a webhook's event again, delivered or not, as `aloqa-gateway webhooks resend` does.
pub(super) async fn resend(
    house: &Arc<House>,
    visitor: &Visitor,
    id: TransactionId,
    event: Uuid,
) -> Result<Done, Trouble> {
    let events = webhook::of_transaction(&*house.gateway.database, id).await?;
    if !events.iter().any(|one| one.id == event) {
        return Ok(refused(
            "There is no such event about this transaction. Nothing was done.",
        ));
    }
    let name = event_id(event);
    let resent = act(
        house,
        visitor,
        ("webhooks.resend", format!("event {name}")),
        {
            let house = Arc::clone(house);
            async move { house.gateway.webhooks.resend(event).await }
        },
    );
    Ok(match resent.await? {
        Ok(()) => Done::Said(
            StatusCode::OK,
            format!(
                "{name} is sent again within seconds: reload the page to see what comes of it."
            ),
        ),
        Err(error) => Done::Said(StatusCode::CONFLICT, format!("Not done: {error}.")),
    })
}

/// What every act needs: a reason, and a transaction that is still as the visitor saw it.
async fn judged(
    house: &House,
    id: TransactionId,
    sent: &Form,
) -> Result<Result<transaction::Model, Done>, Trouble> {
    if sent.text("reason").is_empty() {
        return Ok(Err(refused("Say how you know. Nothing was done.")));
    }
    let found = transactions::get(&*house.gateway.database, id).await?;
    let Some(row) = found else {
        return Ok(Err(refused("There is no such transaction.")));
    };
    if sent.text("version") != row.version.to_string() {
        return Ok(Err(refused(
            "The transaction has changed since you opened its page. Look at it again. Nothing was done.",
        )));
    }
    Ok(Ok(row))
}

fn refused(said: &str) -> Done {
    Done::Said(StatusCode::CONFLICT, said.to_owned())
}

/// That an act is asked for, from where; before anything is done.
async fn begun(
    house: &House,
    visitor: &Visitor,
    action: &'static str,
    id: TransactionId,
    words: &str,
) -> Result<(), Trouble> {
    let object = format!("transaction {id}");
    let detail = format!("in the console: {words}");
    house.asked(visitor, action, object, detail).await
}

/// An act that was accepted has recorded itself; one that was refused is recorded here.
async fn ended(
    house: &House,
    visitor: &Visitor,
    action: &'static str,
    id: TransactionId,
    result: Result<String, ResolveError>,
) -> Result<Done, Trouble> {
    match result {
        Ok(said) => Ok(Done::Said(StatusCode::OK, said)),
        Err(error) => {
            let said = error.to_string();
            let object = format!("transaction {id}");
            let record = house.record(visitor, action, object, "failed", said.clone());
            house.became(record).await;
            Ok(Done::Said(
                StatusCode::CONFLICT,
                format!("Not done: {said}."),
            ))
        }
    }
}

/// A page that asks once more.
struct Asking<'a> {
    row: &'a transaction::Model,
    act: &'static str,
    what: Markup,
    then: String,
    fields: &'a [(&'a str, &'a str)],
    button: String,
}

impl Asking<'_> {
    async fn page(&self, house: &House, visitor: &Visitor) -> Result<Reply, Trouble> {
        let Self { row, act, .. } = self;
        let cards = masked::cards(house, std::slice::from_ref(*row)).await?;
        let mask = cards.paying(row).map(|pan| pan.mask()).unwrap_or_default();
        let id = row.id;
        let object = format!("transaction {id}");
        house
            .shown(
                visitor,
                "console.transaction",
                object,
                format!("card {mask}"),
            )
            .await?;
        let content = html! {
            section.act aria-label="What you are about to do" {
                p.lead { "You say: " (self.what) }
                dl.facts {
                    div { dt { "Card" } dd { code { (mask) } } }
                    div { dt { "Transaction" } dd { (word(row.kind)) " of " (amount(row.amount)) " sum, " (badge(&word(row.status))) } }
                    @for (_, value) in self.fields.iter().filter(|(name, _)| *name == "reason") {
                        div { dt { "Your reason" } dd { q { (value) } } }
                    }
                }
                p { (self.then) }
                form.stack method="post" action=(format!("/console/transactions/{id}/{act}")) {
                    (hidden(visitor, row))
                    @for (name, value) in self.fields { input type="hidden" name=(name) value=(value); }
                    input type="hidden" name="confirmed" value="yes";
                    button type="submit" { (self.button) }
                }
                p { a href=(format!("/console/transactions/{id}")) { "Back, without doing anything" } }
            }
        };
        let content = layout::inside(house, visitor, ("", "Are you sure?"), content);
        Ok(page(StatusCode::OK, content))
    }
}
