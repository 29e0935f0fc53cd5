//! Operators and their sign-ins, for those who administer. New ones are made on the command line.

use std::sync::Arc;

use entity::{operator, operator_session};
use hyper::StatusCode;
use maud::{Markup, html};

use super::accounts::{self, role_word};
use super::layout::{self, badge, time};
use super::reply::{Reply, page};
use super::sessions;
use super::visitor::{House, Trouble, Visitor, act};
use crate::repository::operator as operators;

const AT: (&str, &str) = ("/console/operators", "Operators");

pub(super) async fn show(
    house: &House,
    visitor: &Visitor,
    said: Option<&str>,
) -> Result<Reply, Trouble> {
    let (db, now) = (&*house.gateway.database, house.gateway.clock.now());
    let rows = operators::all(db).await?;
    let mut signed_in = operators::sessions(db).await?;
    signed_in.retain(|session| !sessions::is_over(session, now));
    let content = html! {
        @if let Some(said) = said { p.notice role="status" { (said) } }
        @for row in &rows {
            @let own: Vec<_> = signed_in.iter().filter(|session| session.operator_id == row.id).collect();
            (operator(visitor, row, accounts::state(row, now), &own))
        }
        p.hint {
            "New ones, and new codes for those who are locked or have forgotten: " code.copy { "aloqa-gateway operator --help" }
        }
    };
    Ok(page(
        StatusCode::OK,
        layout::inside(house, visitor, AT, content),
    ))
}

fn operator(
    visitor: &Visitor,
    row: &operator::Model,
    state: &str,
    signed_in: &[&operator_session::Model],
) -> Markup {
    // Opened first, so that nobody is shut out by a slip of the hand.
    let act = |act: &str, words: &str| {
        html! {
            details.confirm {
                summary { (words) " …" }
                form method="post" action=(format!("/console/operators/{}/{act}", row.name)) {
                    input type="hidden" name="token" value=(visitor.form_token);
                    button type="submit" { (words) " of " (row.name) }
                }
            }
        }
    };
    html! {
        section aria-labelledby=(format!("operator-{}", row.name)) {
            h2 id=(format!("operator-{}", row.name)) { (row.name) " " (badge(state)) }
            dl.facts {
                div { dt { "Role" } dd { (role_word(row.role)) } }
                div { dt { "Added" } dd { (time(row.created_at)) } }
                div { dt { "Last sign-in" } dd { @match row.signed_in_at { Some(at) => { (time(at)) }, None => { "never" } } } }
                div {
                    dt { "Signed in now" }
                    dd {
                        @if signed_in.is_empty() { "no" }
                        @for session in signed_in { "from " (session.source) ", since " (time(session.opened_at)) br; }
                    }
                }
            }
            @if row.id != visitor.operator.id && row.disabled_at.is_none() {
                @if !signed_in.is_empty() { (act("end-sign-ins", "End sign-ins")) " " }
                (act("disable", "Disable the account"))
            }
        }
    }
}

/// Ends all sign-ins of an operator.
pub(super) async fn end_sign_ins(
    house: &Arc<House>,
    visitor: &Visitor,
    name: &str,
) -> Result<Reply, Trouble> {
    let ended = act(
        house,
        visitor,
        ("operator.end-sign-ins", format!("operator {name}")),
        {
            let (house, name) = (Arc::clone(house), name.to_owned());
            async move { accounts::end_sign_ins(&house.gateway.database, &name).await }
        },
    );
    let said = match ended.await? {
        Ok(ended) => format!("{ended} sign-ins of {name} have ended."),
        Err(error) => format!("Not done: {error}."),
    };
    show(house, visitor, Some(&said)).await
}

/// Locks an operator out; nobody locks out themselves.
pub(super) async fn disable(
    house: &Arc<House>,
    visitor: &Visitor,
    name: &str,
) -> Result<Reply, Trouble> {
    if name == visitor.operator.name {
        let said = "Nobody disables themselves here: aloqa-gateway operator disable does.";
        return show(house, visitor, Some(said)).await;
    }
    let disabled = act(
        house,
        visitor,
        ("operator.disable", format!("operator {name}")),
        {
            let (house, name) = (Arc::clone(house), name.to_owned());
            async move {
                let now = house.gateway.clock.now();
                accounts::disable(&house.gateway.database, now, &name).await
            }
        },
    );
    let said = match disabled.await? {
        Ok(()) => format!("{name} is disabled, and all sign-ins have ended."),
        Err(error) => format!("Not done: {error}."),
    };
    show(house, visitor, Some(&said)).await
}
