//! The pages of those who are not signed in.

use hyper::StatusCode;
use maud::{Markup, html};

use super::form::Form;
use super::layout::outside;
use super::password;
use super::reply::{Reply, on_to, page};
use super::route::HOME;
use super::sessions::{self, Tried};
use super::visitor::{House, Trouble};
use crate::domain::source::Source;

/// Where the page after a sign-in says that one has just begun.
pub(super) const JUST_IN: &str = "in";

/// The page on which operators sign in. `to`: the page that they wanted.
pub(super) fn form(said: Option<&str>, to: &str) -> Markup {
    outside(
        "Sign in",
        html! {
            @if let Some(said) = said { p.notice role="alert" { (said) } }
            form.stack method="post" action="/console/sign-in" {
                input type="hidden" name="to" value=(to);
                label for="name" { "Name" }
                input #name name="name" required autocomplete="username" autocapitalize="none" spellcheck="false" autofocus;
                label for="password" { "Password" }
                input #password name="password" type="password" required autocomplete="current-password";
                button type="submit" { "Sign in" }
            }
            p { "With a one-time code, " a href="/console/password" { "set a password" } " first." }
            p.hint {
                "Forgotten or locked: on the gateway's machine, " code { "aloqa-gateway operator reset NAME" } " gives a new code."
            }
        },
    )
}

/// Instead of a page for which somebody has to be signed in.
pub(super) fn first(path: &str, query: Option<&str>) -> Reply {
    let said = match query {
        Some(JUST_IN) => Some(
            "Your browser did not keep the sign-in. Open the console over HTTPS, or through an ssh tunnel as http://127.0.0.1.",
        ),
        Some(_) | None => None,
    };
    page(StatusCode::UNAUTHORIZED, form(said, path))
}

pub(super) async fn try_sign_in(
    house: &House,
    sent: &Form,
    source: Source,
) -> Result<Reply, Trouble> {
    let (name, password) = (sent.text("name"), sent.raw("password"));
    // Only pages of the console: a form could name any.
    let to = sent.text("to");
    let is_ours = to.starts_with(HOME)
        && to
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/-".contains(&byte));
    let to = if is_ours { to } else { HOME };
    Ok(
        match sessions::sign_in(house, name, password, source).await? {
            Tried::In(cookie) => on_to(&format!("{to}?{JUST_IN}"), Some(&cookie)),
            Tried::Wrong => page(
                StatusCode::FORBIDDEN,
                form(
                    Some(
                        "Name or password is wrong, or the account is locked for a while after too many tries.",
                    ),
                    to,
                ),
            ),
            Tried::TooOften => page(
                StatusCode::TOO_MANY_REQUESTS,
                form(Some("Too many tries. Wait a minute."), to),
            ),
        },
    )
}

/// The page on which operators set a password.
pub(super) fn password_form(said: Option<&str>) -> Markup {
    outside(
        "Set a password",
        html! {
            @if let Some(said) = said { p.notice role="alert" { (said) } }
            form.stack method="post" action="/console/password" {
                label for="name" { "Name" }
                input #name name="name" required autocomplete="username" autocapitalize="none" spellcheck="false" autofocus;
                label for="code" { "One-time code" }
                input #code name="code" required autocomplete="one-time-code" autocapitalize="none" spellcheck="false";
                label for="password" { "New password" }
                input #password name="password" type="password" required autocomplete="new-password"
                    minlength=(password::SHORTEST) aria-describedby="rule";
                p.hint #rule { "At least " (password::SHORTEST) " characters: a few words are easy to remember." }
                label for="again" { "The same again" }
                input #again name="again" type="password" required autocomplete="new-password";
                button type="submit" { "Set the password" }
            }
            p { a href="/console/sign-in" { "Back to sign in" } }
        },
    )
}

pub(super) async fn set_password(
    house: &House,
    sent: &Form,
    source: Source,
) -> Result<Reply, Trouble> {
    let (name, code) = (sent.text("name"), sent.text("code"));
    let password = sent.raw("password");
    let set = if password == sent.raw("again") {
        sessions::set_password(house, name, code, password, source).await?
    } else {
        Err("The two passwords differ.".to_owned())
    };
    Ok(match set {
        Ok(()) => page(
            StatusCode::OK,
            form(Some("The password is set. Sign in with it."), HOME),
        ),
        Err(said) => page(StatusCode::BAD_REQUEST, password_form(Some(&said))),
    })
}
