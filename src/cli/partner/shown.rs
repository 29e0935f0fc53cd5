//! Partners as operators read them: one line each, or all about one; as tables or as JSON.

use std::io::{self, Write};

use entity::{partner, partner_terminal};
use serde_json::{Value, json};

use crate::cli::form::{Form, List};
use crate::cli::table::Table;
use crate::domain::day::stamp;

/// One line each, by name.
pub(super) fn list(form: Form, rows: &[partner::Model]) -> io::Result<()> {
    let mut table = Table::new([
        "NAME",
        "STATE",
        "SINCE",
        "PERMISSIONS",
        "ADDRESSES",
        "ACCOUNTS",
    ]);
    for row in rows {
        table.row([
            row.name.clone(),
            state(row).to_owned(),
            stamp(row.disabled_at.unwrap_or(row.created_at)),
            row.permissions.clone(),
            or(&row.addresses, "any"),
            accounts(row),
        ]);
    }
    form.list(List {
        schema: "partner.list/1",
        table,
        items: rows.iter().map(|row| in_json(row, None)).collect(),
        none: "there is no partner; `aloqa-gateway partner add` makes one".to_owned(),
        more: None,
    })
}

/// All about one.
pub(super) fn show(
    form: Form,
    row: &partner::Model,
    terminals: &[partner_terminal::Model],
) -> io::Result<()> {
    let item = || in_json(row, Some(terminals));
    form.show("partner.show/1", item, |out| in_words(out, row, terminals))
}

fn in_words(
    out: &mut dyn Write,
    row: &partner::Model,
    terminals: &[partner_terminal::Model],
) -> io::Result<()> {
    let pairs: Vec<String> = terminals.iter().map(terminal).collect();
    let secrets = match (&row.former_secret_mac, row.former_until) {
        (None, _) => "one".to_owned(),
        (Some(_), None) => "two; the old one works until somebody ends it".to_owned(),
        (Some(_), Some(until)) => format!("two; the old one works until {}", stamp(until)),
    };
    let code = row.code_required_from.map_or_else(
        || "by the gateway's own policy".to_owned(),
        |from| format!("from {from} tiyin on"),
    );
    for (name, value) in [
        ("partner", row.name.clone()),
        ("state", state(row).to_owned()),
        ("added", stamp(row.created_at)),
        ("disabled", row.disabled_at.map(stamp).unwrap_or_default()),
        ("permissions", row.permissions.clone()),
        ("terminals", or(&pairs.join(", "), "any")),
        ("accounts", accounts(row)),
        ("codes", code),
        ("addresses", or(&row.addresses.replace(' ', ", "), "any")),
        (
            "certificates",
            or(&row.certificates.replace(' ', ", "), "none needed"),
        ),
        (
            "applications",
            or(&row.applications.replace(',', ", "), "none"),
        ),
        ("secrets", secrets),
    ] {
        if !value.is_empty() {
            writeln!(out, "{name:<13} {value}")?;
        }
    }
    Ok(())
}

fn in_json(row: &partner::Model, terminals: Option<&[partner_terminal::Model]>) -> Value {
    let words = |text: &str, separator: char| -> Vec<String> {
        let words = text.split(separator).filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    };
    let mut shown = json!({
        "name": row.name,
        "state": state(row),
        "addedAt": stamp(row.created_at),
        "disabledAt": row.disabled_at.map(stamp),
        "permissions": words(&row.permissions, ' '),
        "codeRequiredFrom": row.code_required_from,
        "addresses": words(&row.addresses, ' '),
        "certificates": words(&row.certificates, ' '),
        "applications": words(&row.applications, ','),
        "accounts": {"UZCARD": row.uzcard_account, "HUMO": row.humo_account},
        "oldSecretUntil": row.former_until.map(stamp),
        "hasOldSecret": row.former_secret_mac.is_some(),
    });
    if let (Some(terminals), Some(shown)) = (terminals, shown.as_object_mut()) {
        let terminals = terminals.iter().map(terminal).collect::<Vec<_>>();
        shown.insert("terminals".to_owned(), json!(terminals));
    }
    shown
}

fn accounts(row: &partner::Model) -> String {
    match (row.uzcard_account.as_str(), row.humo_account.as_str()) {
        (uzcard, humo) if uzcard == humo => uzcard.to_owned(),
        (uzcard, humo) => format!("UZCARD {uzcard}, HUMO {humo}"),
    }
}

fn state(row: &partner::Model) -> &'static str {
    match row.disabled_at {
        Some(_) => "disabled",
        None => "active",
    }
}

/// As `--terminal` takes it.
fn terminal(row: &partner_terminal::Model) -> String {
    let network = crate::cli::transactions::word(row.network);
    format!("{network}:{}:{}", row.merchant_id, row.terminal_id)
}

fn or(text: &str, empty: &str) -> String {
    match text {
        "" => empty.to_owned(),
        text => text.to_owned(),
    }
}
