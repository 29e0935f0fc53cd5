//! Partners and their limits, to look at: they are changed by `aloqa-gateway partner`.

use entity::{partner, partner_terminal, partner_webhook};
use hyper::StatusCode;
use maud::{Markup, html};

use super::layout::{self, amount, badge, time, word};
use super::reply::{Reply, page};
use super::visitor::{House, Trouble, Visitor};
use crate::repository::{partner as partners, webhook};

const AT: (&str, &str) = ("/console/partners", "Partners");

pub(super) async fn show(house: &House, visitor: &Visitor) -> Result<Reply, Trouble> {
    let db = &*house.gateway.database;
    let (rows, terminals) = (partners::all(db).await?, partners::all_terminals(db).await?);
    let webhooks = webhook::all(db).await?;
    let content = html! {
        (limits(house))
        @for row in &rows { (partner(row, &terminals, &webhooks)) }
        p.hint { "They are changed on the command line: " code.copy { "aloqa-gateway partner set --help" } }
    };
    Ok(page(
        StatusCode::OK,
        layout::inside(house, visitor, AT, content),
    ))
}

fn limits(house: &House) -> Markup {
    let rules = &house.gateway.rules;
    let (min, max) = (rules.min_debit, rules.max_debit);
    let limits = &rules.limits;
    html! {
        section aria-labelledby="limits" {
            h2 #limits { "The limits of all" }
            dl.facts {
                div { dt { "Calls a second, of a partner" } dd { (count(limits.calls_per_second)) } }
                div { dt { "Calls at once, of a partner" } dd { (count(i64::try_from(limits.calls_at_once).unwrap_or(i64::MAX))) } }
                div { dt { "A debit, sum" } dd { (amount(min)) " to " (amount(max)) } }
                @match limits.spending {
                    Some(spending) => {
                        div { dt { "Debits of a card in an hour, a day" } dd { (count(spending.debits_per_hour)) ", " (count(spending.debits_per_day)) } }
                        div { dt { "Debited from a card in an hour, sum" } dd { (sum(spending.debited_per_hour)) } }
                        div { dt { "Debited from a card in a day, sum" } dd { (sum(spending.debited_per_day)) } }
                    }
                    None => div { dt { "Debits of a card" } dd { "no limit" } }
                }
            }
            p.hint { "From the settings: " code.copy { "aloqa-gateway config show" } }
        }
    }
}

/// What nobody reaches is how the sandbox profile says that there is no limit.
const NO_LIMIT: i64 = 1_000_000;

fn count(limit: i64) -> String {
    match limit {
        NO_LIMIT.. => "no limit".to_owned(),
        limit => limit.to_string(),
    }
}

fn sum(limit: i64) -> String {
    match limit.checked_mul(8) {
        Some(_) => amount(limit),
        None => "no limit".to_owned(),
    }
}

fn partner(
    row: &partner::Model,
    terminals: &[partner_terminal::Model],
    webhooks: &[partner_webhook::Model],
) -> Markup {
    let pairs = terminals.iter().filter(|one| one.partner_id == row.id);
    let pairs: Vec<String> = pairs
        .map(|one| {
            format!(
                "{} {} {}",
                word(one.network),
                one.merchant_id,
                one.terminal_id
            )
        })
        .collect();
    let hook = webhooks.iter().find(|one| one.partner_id == row.id);
    let or = |text: &str, empty: &str| match text {
        "" => empty.to_owned(),
        text => text.to_owned(),
    };
    html! {
        section aria-labelledby=(format!("partner-{}", row.name)) {
            h2 id=(format!("partner-{}", row.name)) {
                (row.name) " " (badge(if row.disabled_at.is_some() { "disabled" } else { "active" }))
            }
            dl.facts {
                div { dt { "Since" } dd { (time(row.disabled_at.unwrap_or(row.created_at))) } }
                div { dt { "Permissions" } dd { code { (row.permissions) } } }
                div { dt { "Addresses" } dd { (or(&row.addresses.replace(' ', ", "), "any")) } }
                div { dt { "Certificates" } dd { (if row.certificates.is_empty() { "none needed" } else { "needed" }) } }
                div { dt { "Applications" } dd { (or(&row.applications.replace(',', ", "), "none")) } }
                div {
                    dt { "Codes" }
                    dd { @match row.code_required_from { Some(from) => { "from " (amount(from)) " sum on" }, None => { "by the gateway's own policy" } } }
                }
                div { dt { "Terminals" } dd { @if pairs.is_empty() { "any" } @for pair in &pairs { code { (pair) } br; } } }
                div { dt { "Accounts" } dd { "UZCARD " code { (row.uzcard_account) } ", HUMO " code { (row.humo_account) } } }
                div {
                    dt { "Webhook" }
                    dd {
                        @match hook {
                            None => { "none" }
                            Some(hook) => {
                                code { (hook.url) } " "
                                @if let Some(at) = hook.off_at { (badge("off")) " since " (time(at)) }
                                @else if let Some(at) = hook.failing_since { (badge("failed")) " since " (time(at)) }
                                @else { (badge("active")) }
                            }
                        }
                    }
                }
            }
        }
    }
}
