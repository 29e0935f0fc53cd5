//! Each member of each method: absent, bad, unknown, twice, by another name.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_has_its_row_and_good_params_are_accepted() {
    let table = Table::new().await;
    for method in METHODS {
        let (members, _) = good(method.name);
        let known: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
        let fields: Vec<&str> = method.fields.iter().map(|field| field.name).collect();
        if method.name != "transactions.get" {
            assert_eq!(known, fields, "{}", method.name);
        }
        for field in method.fields {
            table.bad(method, field);
        }
        table.accepts(method, &members).await;
        let reversed: Members = members.into_iter().rev().collect();
        table.accepts(method, &reversed).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_required_member_that_is_absent_null_or_empty_is_missing() {
    let table = Table::new().await;
    for method in METHODS {
        let (members, _) = good(method.name);
        for field in method.fields.iter().filter(|field| field.required) {
            table
                .refuses(method, &without(&members, field.name), field.name, MISSING)
                .await;
            table
                .refuses(
                    method,
                    &set(method.name, &members, field.name, "null"),
                    field.name,
                    MISSING,
                )
                .await;
            if table
                .bad(method, field)
                .iter()
                .all(|(raw, _)| *raw != r#""""#)
            {
                table
                    .refuses(
                        method,
                        &set(method.name, &members, field.name, r#""""#),
                        field.name,
                        MISSING,
                    )
                    .await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_optional_member_may_be_absent_or_null() {
    let table = Table::new().await;
    for method in METHODS
        .iter()
        .filter(|method| method.name != "transactions.get")
    {
        let (members, _) = good(method.name);
        // A part that is given back needs an id: `parts::a_part_needs_an_id`. A list without its cursor is refused for its token.
        let decides = |field: &Field| {
            [
                ("transactions.debit.reverse", "extId"),
                ("transactions.list", "cursor"),
            ]
            .contains(&(method.name, field.name))
        };
        let optional = method.fields.iter().filter(|field| !field.required);
        for field in optional.filter(|field| !decides(field)) {
            table.accepts(method, &without(&members, field.name)).await;
            table
                .accepts(method, &set(method.name, &members, field.name, "null"))
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_bad_value_is_refused_by_its_rule() {
    let table = Table::new().await;
    for method in METHODS {
        let (members, _) = good(method.name);
        for field in method.fields {
            for (raw, refusal) in table.bad(method, field) {
                table
                    .refuses(
                        method,
                        &set(method.name, &members, field.name, raw),
                        field.name,
                        refusal,
                    )
                    .await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_member_is_refused_before_everything_else() {
    let table = Table::new().await;
    for method in METHODS {
        let (members, _) = good(method.name);
        let canary = || ("canary_member", r#""canary value""#.to_owned());
        let mut more = members.clone();
        more.push(canary());
        table.refuses(method, &more, "canary_member", UNKNOWN).await;
        // This comes before what is missing, and before formats, wherever it stands.
        table
            .refuses(method, &vec![canary()], "canary_member", UNKNOWN)
            .await;
        let mut wrong: Members = method
            .fields
            .iter()
            .map(|field| (field.name, "[]".to_owned()))
            .collect();
        wrong.insert(0, canary());
        table
            .refuses(method, &wrong, "canary_member", UNKNOWN)
            .await;
        wrong.rotate_left(1);
        table
            .refuses(method, &wrong, "canary_member", UNKNOWN)
            .await;
        // Names are compared letter by letter.
        if let Some((name, raw)) = members.first() {
            let capital = name.to_uppercase();
            let reply = table
                .ask(method, &format!(r#"{{"{capital}":{raw}}}"#))
                .await;
            assert_eq!(reply, expected(method, Some(&capital), UNKNOWN));
        }
    }
}

/// A name is repeated in the reply only if it can't be a secret.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_could_be_a_value_is_not_repeated() {
    let table = Table::new().await;
    let long = "x".repeat(41);
    for method in METHODS {
        for name in [
            "8600010132441332",
            "8600-0101-3244-1332",
            "pan8600.0101",
            "111111",
            "<b>",
            "карта",
            "a b",
            "",
            &long,
        ] {
            let reply = table
                .ask(method, &json!({name: "canary"}).to_string())
                .await;
            assert_eq!(reply, expected(method, Some("?"), UNKNOWN), "{name}");
        }
        // Not text at all: half of a surrogate pair.
        let reply = table.ask(method, r#"{"\ud800":1}"#).await;
        assert_eq!(reply, expected(method, None, UNKNOWN));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_stands_twice_is_refused_whatever_its_values() {
    let table = Table::new().await;
    for method in METHODS {
        let (members, _) = good(method.name);
        for field in method.fields {
            let raw = members
                .iter()
                .find(|(name, _)| *name == field.name)
                .map_or("1", |(_, raw)| raw.as_str());
            for first in [raw, "null", r#""""#, "[]", "0"] {
                let mut twice = members.clone();
                twice.retain(|(name, _)| *name != field.name);
                twice.insert(0, (field.name, first.to_owned()));
                twice.push((field.name, raw.to_owned()));
                table.refuses(method, &twice, field.name, DUPLICATE).await;
            }
            // The same name, spelled with an escape; nothing else is there, yet nothing is missing.
            let escaped = format!(
                "\\u{:04x}{}",
                u32::from(field.name.as_bytes()[0]),
                &field.name[1..]
            );
            let reply = table
                .ask(
                    method,
                    &format!(r#"{{"{}":{raw},"{escaped}":{raw}}}"#, field.name),
                )
                .await;
            assert_eq!(reply, expected(method, Some(field.name), DUPLICATE));
            if let Some(alias) = field.alias {
                for (one, other) in [(field.name, alias), (alias, field.name)] {
                    table
                        .refuses(
                            method,
                            &vec![(one, raw.to_owned()), (other, raw.to_owned())],
                            other,
                            DUPLICATE,
                        )
                        .await;
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_name_of_a_member_has_the_same_rules() {
    let table = Table::new().await;
    for method in METHODS {
        let (members, _) = good(method.name);
        for field in method.fields {
            let Some(alias) = field.alias else { continue };
            let renamed = |raw: Option<&str>| -> Members {
                let rename = |(name, good): &(&'static str, String)| match *name == field.name {
                    true => (alias, raw.map_or_else(|| good.clone(), str::to_owned)),
                    false => (*name, good.clone()),
                };
                members.iter().map(rename).collect()
            };
            table.accepts(method, &renamed(None)).await;
            table
                .refuses(method, &renamed(Some("null")), field.name, MISSING)
                .await;
            for (raw, refusal) in table.bad(method, field) {
                table
                    .refuses(method, &renamed(Some(raw)), field.name, refusal)
                    .await;
            }
        }
    }
}
