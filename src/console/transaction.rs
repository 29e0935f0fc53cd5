//! Everything about one transaction, on one page.

use entity::audit;
use entity::ids::TransactionId;
use entity::processing_request::{self, State};
use entity::transaction::{self, Kind, Status};
use hyper::StatusCode;
use maud::{Markup, html};

use super::accounts::Role;
use super::acts;
use super::layout::{self, amount, badge, time, word};
use super::masked::{self, Cards};
use super::reply::{Reply, page};
use super::timeline::{self, Entry};
use super::visitor::{House, Trouble, Visitor};
use crate::operator::Shown;
use crate::payment::LateAnswers;
use crate::repository::{audit as audits, partner as partners, transfer as transfers, webhook};

/// So many of those who looked are told.
const LOOKS: u64 = 20;
/// What somebody looks at again within this time is one look.
const ONE_LOOK_MS: i64 = 5 * 60_000;

/// The page of a transaction. `said`: what became of an act.
pub(super) async fn show(
    house: &House,
    visitor: &Visitor,
    id: TransactionId,
    (status, said): (StatusCode, Option<&str>),
) -> Result<Reply, Trouble> {
    let gateway = &house.gateway;
    let title = format!("Transaction {id}");
    let Some(shown) = gateway.whole_transaction(id).await? else {
        let content = html! { p { "There is no transaction " (id) "." } p { a href="/console/search" { "Search" } } };
        let content = layout::inside(house, visitor, ("", &title), content);
        return Ok(page(StatusCode::NOT_FOUND, content));
    };
    let row = &shown.transaction;
    let cards = masked::cards(house, std::slice::from_ref(row)).await?;
    let object = format!("transaction {id}");
    let seen = audits::looked(&*gateway.database, &object, LOOKS).await?;
    let mask = cards.paying(row).map(|pan| pan.mask()).unwrap_or_default();
    let detail = match mask.is_empty() {
        true => String::new(),
        false => format!("card {mask}"),
    };
    // Before anything is shown.
    house
        .shown(visitor, "console.transaction", object, detail)
        .await?;
    let mut entries: Vec<Entry> = shown.events.iter().map(timeline::state).collect();
    entries.extend(shown.calls.iter().flat_map(timeline::call));
    entries.extend(shown.said.iter().map(timeline::statement));
    entries.extend(apart(&seen).map(timeline::look));
    let db = &*gateway.database;
    for event in webhook::of_transaction(db, id).await? {
        let tries = webhook::tries(db, event.id).await?;
        let act = acts::resend_form(visitor, id, &event);
        entries.extend(timeline::webhook(&event, &tries, act));
    }
    let all = partners::all(db).await?;
    let partner = all.into_iter().find(|one| one.id == row.partner_id);
    let partner = partner.map(|one| one.name).unwrap_or_default();
    let fiscal = transfers::find(db, id).await?;
    let fiscal = fiscal.map(|row| word(row.fiscal));
    let content = html! {
        @if let Some(said) = said { p.notice role="status" { (said) } }
        p.lead {
            (badge(&word(row.status))) " "
            strong { (amount(row.amount)) " sum" } " · " (word(row.kind)) " · " (word(row.network)) " · " (partner)
        }
        p { (sentence(&shown)) }
        (to_do(visitor, &shown))
        section aria-labelledby="story" {
            h2 #story { "Timeline" }
            (timeline::list(entries))
        }
        section aria-labelledby="facts" {
            h2 #facts { "Details" }
            (facts(row, &cards, &partner, fiscal))
            p.hint { "The same on the command line: " code.copy { "aloqa-gateway transactions show " (id) } }
        }
    };
    let content = layout::inside(house, visitor, ("", &title), content);
    Ok(page(status, content))
}

/// Looks, newest first, without those that the same person followed up within minutes.
fn apart(seen: &[audit::Model]) -> impl Iterator<Item = &audit::Model> {
    seen.iter().enumerate().filter_map(|(place, row)| {
        let later = seen.iter().take(place);
        let is_followed = later
            .filter(|other| other.who == row.who)
            .any(|other| other.at - row.at < ONE_LOOK_MS);
        (!is_followed).then_some(row)
    })
}

/// The call whose outcome nobody knows, if there is one.
fn open_call(shown: &Shown) -> Option<&processing_request::Model> {
    shown.calls.iter().find(|call| !call.state.is_settled())
}

fn contradicted(shown: &Shown) -> bool {
    !LateAnswers::of(&shown.calls).is_empty()
}

/// What there is to do, for those who may.
fn to_do(visitor: &Visitor, shown: &Shown) -> Markup {
    let is_manual = shown.transaction.status == Status::Manual;
    let open = open_call(shown).filter(|call| is_manual || call.state == State::Unknown);
    html! {
        @if let Some(call) = open {
            @if visitor.may(Role::Settle) { (acts::resolve_form(visitor, &shown.transaction, call)) }
            @else { p.hint { "Somebody with the role settle can settle it." } }
        }
        @if contradicted(shown) {
            @if visitor.may(Role::Settle) { (acts::acknowledge_form(visitor, &shown.transaction, &LateAnswers::of(&shown.calls))) }
            @else { p.hint { "Somebody with the role settle can acknowledge the late answer." } }
        }
    }
}

/// The state in words.
fn sentence(shown: &Shown) -> String {
    let of_state = match shown.transaction.status {
        Status::AwaitingCode => "The cardholder was sent a code; no money has moved.",
        Status::Processing => {
            "A call to a network is under way, or its outcome is still looked up."
        }
        Status::Held => "The money is held.",
        Status::Succeeded if shown.transaction.kind == Kind::Attachment => "The card is attached.",
        Status::Succeeded => "The money has moved.",
        Status::Declined => "It was refused, and no money has moved.",
        Status::Cancelled => "The hold was released.",
        Status::Reversed => "All that was taken was given back.",
        Status::Expired => "The code or the hold has expired; no money was taken.",
        Status::Manual => "Nobody could find out how its call ended: a person has to.",
    };
    match contradicted(shown) {
        true => {
            format!("{of_state} A later answer says the opposite, and nobody has acknowledged it.")
        }
        false => of_state.to_owned(),
    }
}

fn facts(row: &transaction::Model, cards: &Cards, partner: &str, fiscal: Option<String>) -> Markup {
    let text = |text: String| html! { (text) };
    let code = |text: &str| html! { code.copy { (text) } };
    let mask =
        |pan: Option<&rpc_schema::values::Pan>| pan.map(|pan| html! { code { (pan.mask()) } });
    let phones: Vec<String> = cards.phones(row).map(masked::phone).collect();
    let optional = |tiyin: Option<i64>| tiyin.map(|tiyin| text(amount(tiyin)));
    let pairs: [(&str, Option<Markup>); 18] = [
        ("Partner", Some(text(partner.to_owned()))),
        ("extId", row.ext_id.as_deref().map(code)),
        ("Card", mask(cards.paying(row))),
        ("Recipient", mask(cards.receiving(row))),
        ("Phone", phones.first().cloned().map(text)),
        ("Amount", Some(text(amount(row.amount)))),
        ("Fee", (row.fee != 0).then(|| text(amount(row.fee)))),
        ("Charged", optional(row.captured)),
        ("Given back", optional(row.reversed)),
        (
            "Being given back",
            optional(Some(row.reversing).filter(|tiyin| *tiyin != 0)),
        ),
        ("Merchant", row.merchant_id.as_deref().map(code)),
        ("Terminal", row.terminal_id.as_deref().map(code)),
        ("Application", row.app_name.clone().map(text)),
        ("Created", Some(time(row.created_at))),
        ("Changed", Some(time(row.updated_at))),
        ("Hold ends", row.hold_expires_at.map(time)),
        ("Fiscal receipt", fiscal.map(text)),
        (
            "Error told",
            row.error_code.map(|code| text(code.to_string())),
        ),
    ];
    html! {
        dl.facts {
            @for (name, value) in pairs {
                @if let Some(value) = value { div { dt { (name) } dd { (value) } } }
            }
        }
    }
}
