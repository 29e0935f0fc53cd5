//! What `contour check` asks the SMS provider, and what its answers mean. No message is sent.

use bytes::Bytes;
use hyper::Method;
use hyper::header::AUTHORIZATION;
use serde_json::Value;

use super::eskiz::{self, Eskiz};
use super::playmobile::PlayMobile;
use crate::config::{self, SmsProvider};
use crate::processing::contour::{Harmless, Look, Verdict};
use crate::processing::exchange::{Endpoint, Question, Reply, SetupError, Way};
use crate::processing::lenient::{self, Scalar};
use crate::processing::told_server::ToldServer;

/// Asks the provider of these settings.
///
/// # Errors
/// The URL or the credentials cannot be used.
pub async fn look(config: &config::Sms, url: &str, look: &mut Look<'_>) -> Result<(), SetupError> {
    match config.provider {
        SmsProvider::PlayMobile => play_mobile(config, url, look).await,
        SmsProvider::Eskiz => eskiz(config, url, look).await,
    }
}

async fn play_mobile(
    config: &config::Sms,
    url: &str,
    look: &mut Look<'_>,
) -> Result<(), SetupError> {
    let client = PlayMobile::new(config, url, ToldServer::default())?;
    let question = Question {
        method: Method::POST,
        headers: client.headers.to_vec(),
        content_type: "application/json; charset=utf-8",
        body: Bytes::from_static(br#"{"messages":[]}"#),
    };
    let asked = look.ask(
        &client.endpoint,
        Harmless::NoMessages,
        question,
        broker_said,
    );
    asked.await;
    Ok(())
}

/// A refusal with a code of the broker's own comes after the login.
fn broker_said(reply: &Reply) -> Option<Verdict> {
    if reply.status.is_success() {
        // A success is a plain sentence, and so may be anything; a page is none.
        let is_page = reply.body.trim_ascii_start().starts_with(b"<");
        return (!is_page).then(|| Verdict::right("taken, with nothing in it"));
    }
    let told: Value = lenient::json(&reply.body)?;
    let code = told.get("error-code").or_else(|| told.get("error_code"))?;
    let code = serde_json::from_value::<Scalar>(code.clone())
        .ok()?
        .code()?;
    let found = format!("error-code {code}");
    Some(match code {
        100 => Verdict::wrong(
            found,
            "the provider has trouble of its own: look again later",
        ),
        102 => Verdict::wrong(found, "the account is locked: speak to the provider"),
        103 => Verdict::wrong(
            found,
            "the account has no channel for SMS: speak to the provider",
        ),
        _ => Verdict::right(format!("{found}: let in, and refused")),
    })
}

async fn eskiz(config: &config::Sms, url: &str, look: &mut Look<'_>) -> Result<(), SetupError> {
    let client = Eskiz::new(config, url, ToldServer::default())?;
    let question = Question {
        method: Method::POST,
        headers: Vec::new(),
        content_type: eskiz::FORM,
        body: client.login_form(),
    };
    let has_token = |reply: &Reply| eskiz::token(reply).map(|_| Verdict::right("a token"));
    let login = look.ask(&client.login, Harmless::EskizLogin, question, has_token);
    let Some(token) = login.await.as_ref().and_then(eskiz::token) else {
        return Ok(());
    };
    let (connect, total) = (config.connect_timeout_ms, config.timeout_ms);
    let way = Way::of(&config.tls, &config.route, connect, total);
    let endpoint = Endpoint::new(&format!("{}/auth/user", url.trim_end_matches('/')), way)?;
    let question = Question {
        method: Method::GET,
        headers: vec![(AUTHORIZATION, token)],
        content_type: eskiz::FORM,
        body: Bytes::new(),
    };
    let judge = |reply: &Reply| match reply.status.as_u16() {
        200..=299 => Some(Verdict::right("our account")),
        404 => Some(Verdict::right("not answered here, and the login was taken")),
        _ => None,
    };
    look.ask(&endpoint, Harmless::EskizUser, question, judge)
        .await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;

    use super::*;

    #[test]
    fn a_refusal_of_the_empty_list_proves_the_password() {
        for (status, body, is_wrong) in [
            (200, "Request is received", Some(false)),
            (200, "<html>", None),
            (400, r#"{"error-code":"202"}"#, Some(false)),
            (400, r#"{"error_code":205}"#, Some(false)),
            (400, r#"{"error-code":"102"}"#, Some(true)),
            (401, "Unauthorized", None),
        ] {
            let reply = Reply {
                status: StatusCode::from_u16(status).unwrap(),
                body: Bytes::from_static(body.as_bytes()),
            };
            let judged = broker_said(&reply).map(|verdict| verdict.advice.is_some());
            assert_eq!(judged, is_wrong, "{status} {body}");
        }
    }
}
