//! What all pages have: head, navigation, and how moments, amounts and words are written.

use std::sync::LazyLock;

use entity::time::UnixMillis;
use maud::{DOCTYPE, Markup, html};
use sha2::{Digest as _, Sha256};

use super::accounts::{Role, role_word};
use super::visitor::{House, Visitor};
use crate::domain::day::stamp;

const STYLE: &str = include_str!("static/console.css");
const SCRIPT: &str = include_str!("static/console.js");
const ICON: &str = include_str!("static/icon.svg");

static STYLE_NAME: LazyLock<String> = LazyLock::new(|| named("style", STYLE, "css"));
static ICON_NAME: LazyLock<String> = LazyLock::new(|| named("icon", ICON, "svg"));
static SCRIPT_NAME: LazyLock<String> = LazyLock::new(|| named("script", SCRIPT, "js"));

/// A file's name, with the beginning of its hash.
fn named(name: &str, content: &str, ending: &str) -> String {
    let hash = hex::encode(Sha256::digest(content.as_bytes()));
    let short = hash.get(..12).unwrap_or_default();
    format!("{name}-{short}.{ending}")
}

/// Content type and content of a file of the pages.
pub(super) fn file(name: &str) -> Option<(&'static str, &'static str)> {
    if name == STYLE_NAME.as_str() {
        Some(("text/css; charset=utf-8", STYLE))
    } else if name == SCRIPT_NAME.as_str() {
        Some(("text/javascript; charset=utf-8", SCRIPT))
    } else if name == ICON_NAME.as_str() {
        Some(("image/svg+xml", ICON))
    } else {
        None
    }
}

/// The pages of the navigation, and from which role on they are there.
const PAGES: [(&str, &str, Role); 7] = [
    ("/console", "Overview", Role::Look),
    ("/console/search", "Search", Role::Look),
    ("/console/queue", "Queue", Role::Look),
    ("/console/comparisons", "Comparisons", Role::Look),
    ("/console/partners", "Partners", Role::Look),
    ("/console/audit", "Audit", Role::Administer),
    ("/console/operators", "Operators", Role::Administer),
];

/// A page for somebody who is signed in. `at`: its place in the navigation.
pub(super) fn inside(
    house: &House,
    visitor: &Visitor,
    (at, title): (&str, &str),
    content: Markup,
) -> Markup {
    let now = house.gateway.clock.now();
    let pages = PAGES.iter().filter(|(_, _, role)| visitor.may(*role));
    let body = html! {
        a.skip href="#main" { "Skip to the content" }
        header.top {
            span.brand { "AloqaGateway" }
            nav aria-label="Pages" {
                ul {
                    @for (path, name, _) in pages {
                        li { a href=(path) aria-current=[(*path == at).then_some("page")] { (name) } }
                    }
                }
            }
            form.who method="post" action="/console/sign-out" {
                input type="hidden" name="token" value=(visitor.form_token);
                span { (visitor.operator.name) span.role { " · " (role_word(visitor.operator.role)) } }
                button.quiet type="submit" { "Sign out" }
            }
        }
        main #main tabindex="-1" {
            h1 { (title) }
            (content)
        }
        footer {
            "As of " (time(now)) " in Tashkent · " (house.profile) " profile · " (house.gateway.database.kind())
            " · version " (env!("CARGO_PKG_VERSION"))
        }
    };
    whole(title, body)
}

/// A page for somebody who is not.
pub(super) fn outside(title: &str, content: Markup) -> Markup {
    whole(
        title,
        html! {
            main.narrow #main {
                p.brand { "AloqaGateway" }
                h1 { (title) }
                (content)
            }
        },
    )
}

/// Asks for the same page again, as from a page of our own: from a link elsewhere, the browser sends no strict cookie.
pub(super) fn once_more(path: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="refresh" content=(format!("0;url={path}"));
                title { "Console" }
            }
            body { p { a href=(path) { "Go on" } } }
        }
    }
}

fn whole(title: &str, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " · AloqaGateway console" }
                link rel="icon" href=(format!("/console/{}", *ICON_NAME));
                link rel="stylesheet" href=(format!("/console/{}", *STYLE_NAME));
                script src=(format!("/console/{}", *SCRIPT_NAME)) defer {}
            }
            body { (body) }
        }
    }
}

/// A moment in Tashkent, to the second.
pub(super) fn time(at: UnixMillis) -> Markup {
    let exact = stamp(at);
    let shown = exact.get(..19).unwrap_or_default().replace('T', " ");
    html! { time datetime=(exact) { (shown) } }
}

/// `5 000.00`, from tiyin.
pub(super) fn amount(tiyin: i64) -> String {
    let sum = (tiyin / 100).unsigned_abs().to_string();
    let mut grouped = String::new();
    for (place, digit) in sum.chars().enumerate() {
        if place > 0 && (sum.len() - place).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    let sign = if tiyin < 0 { "−" } else { "" };
    format!("{sign}{grouped}.{:02}", (tiyin % 100).abs())
}

/// How long something lasts, in its two largest units.
pub(super) fn duration(ms: i64) -> String {
    let seconds = ms.max(0) / 1_000;
    match (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60) {
        (0, 0, 0) if ms < 10_000 => format!("{}.{} s", seconds, ms.max(0) % 1_000 / 100),
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min {} s", seconds % 60),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// `1 look-up`, `2 look-ups`.
pub(super) fn look_ups(count: i32) -> String {
    match count {
        1 => "1 look-up".to_owned(),
        count => format!("{count} look-ups"),
    }
}

/// A stored word, as the database has it.
pub(super) fn word(value: impl sea_orm::ActiveEnum<Value = String>) -> String {
    value.to_value()
}

/// A status or state, told by its word, and by its colour too.
pub(super) fn badge(text: &str) -> Markup {
    let kind = match text {
        "succeeded" | "approved" | "active" | "delivered" | "held" | "called" => "good",
        "manual" | "failed" | "contradicted" | "locked" | "open" => "bad",
        "processing" | "unknown" | "sent" | "waiting" | "awaiting_code" | "invited" => "doubt",
        _ => "plain",
    };
    html! { span class=(format!("badge {kind}")) { (text.replace('_', " ")) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_durations_are_read_at_a_glance() {
        for (tiyin, expected) in [
            (0, "0.00"),
            (5, "0.05"),
            (123_456, "1\u{202f}234.56"),
            (100_000_000_000, "1\u{202f}000\u{202f}000\u{202f}000.00"),
            (-500_000, "−5\u{202f}000.00"),
        ] {
            assert_eq!(amount(tiyin), expected);
        }
        for (ms, expected) in [
            (-5, "0.0 s"),
            (1_250, "1.2 s"),
            (12_000, "12 s"),
            (61_000, "1 min 1 s"),
            (3_660_000, "1 h 1 min"),
            (90_000_000, "1 d 1 h"),
        ] {
            assert_eq!(duration(ms), expected);
        }
    }
}
