//! The operators' console: pages at `/console` on the operations listener, for operators with accounts of their own.
//!
//! A request is judged in this order: is there an operator at all, is there such a page, does the browser come by a known
//! name and from our own pages, who is it, may they, and does a form carry its token? Only then is anything done.

pub mod accounts;
mod acts;
mod audit_log;
mod comparisons;
mod form;
mod layout;
mod masked;
mod operators;
mod overview;
mod partners;
pub mod password;
mod password_check;
mod plots;
mod queue;
mod reply;
pub mod route;
mod search;
pub mod sessions;
mod sign_in;
mod timeline;
mod transaction;
mod visitor;

use std::sync::Arc;

use entity::ids::TransactionId;
use hyper::header::HeaderName;
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use listener::browser::Doorkeeper;
use maud::html;

use self::acts::Done;
use self::form::Form;
use self::reply::{Reply, asset, on_to, page};
use self::route::{Access, Route};
use self::visitor::{House, Trouble, Visitor};
use crate::background::JobStatus;
use crate::domain::source::Source;
use crate::error_chain::ErrorChain;
use crate::gateway::Gateway;
use crate::repository::operator as accounts_of;
use crate::vault::same_mac;

pub use self::route::HOME;

/// No form of ours is longer.
pub const FORM_BYTES: usize = 16 * 1_024;

/// By which the script says that it asks, and no person.
const REFRESH: HeaderName = HeaderName::from_static("x-console-refresh");

/// The console.
#[derive(Clone)]
pub struct Console(Arc<House>);

impl Console {
    /// That of this gateway.
    pub fn new(gateway: Arc<Gateway>, jobs: Arc<JobStatus>, profile: &'static str) -> Self {
        Self(Arc::new(House {
            gateway,
            jobs,
            profile,
            passwords: Default::default(),
        }))
    }

    /// Answers a request. `None`: the console is off, as there is no operator.
    pub async fn respond(
        &self,
        doorkeeper: &Doorkeeper,
        source: Source,
        head: &Parts,
        body: &[u8],
    ) -> Option<Reply> {
        let house = &self.0;
        match accounts_of::is_any_active(&*house.gateway.database).await {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => return Some(failed(&error.into())),
        }
        let Some(route) = Route::of(&head.method, head.uri.path()) else {
            return Some(told(StatusCode::NOT_FOUND, "There is no such page", ""));
        };
        if let Err(refused) = doorkeeper.judge_person(head) {
            return Some(told(refused.status(), "Refused", refused.message()));
        }
        let replied = answer(house, route, source, head, body).await;
        Some(replied.unwrap_or_else(|trouble| failed(&trouble)))
    }
}

async fn answer(
    house: &Arc<House>,
    route: Route,
    source: Source,
    head: &Parts,
    body: &[u8],
) -> Result<Reply, Trouble> {
    let sent = Form::of(body);
    let needed = match route.access() {
        Access::Anybody => return open_to_all(house, route, &sent, source).await,
        Access::From(role) => role,
    };
    let path = head.uri.path();
    let is_look = !head.headers.contains_key(REFRESH);
    let visitor = sessions::visitor(house, &head.headers, source, is_look).await?;
    let Some(visitor) = visitor else {
        let is_from_elsewhere = head
            .headers
            .get("sec-fetch-site")
            .is_some_and(|site| site == "cross-site");
        return Ok(match head.method {
            Method::GET if is_from_elsewhere => page(StatusCode::OK, layout::once_more(path)),
            Method::GET | Method::HEAD => sign_in::first(path, head.uri.query()),
            _ => sign_in::first(HOME, None),
        });
    };
    if !visitor.may(needed) {
        let what = format!("{} {path}", head.method);
        let record = house.record(&visitor, "console.refused", what, "refused", String::new());
        house
            .gateway
            .audit
            .refused(source.key().to_string(), record);
        let role = accounts::role_word(needed);
        let said = format!("This takes the role {role}.");
        return Ok(told(StatusCode::FORBIDDEN, "Not for your role", &said));
    }
    let is_safe = matches!(head.method, Method::GET | Method::HEAD);
    let token = sent.text("token").as_bytes();
    if !is_safe && !same_mac(visitor.form_token.as_bytes(), token) {
        let said =
            "This form belongs to another sign-in. Go back, reload the page, and send it again.";
        return Ok(told(StatusCode::FORBIDDEN, "Not sent", said));
    }
    for_visitors(house, route, &visitor, &sent).await
}

/// What takes no sign-in.
async fn open_to_all(
    house: &House,
    route: Route,
    sent: &Form,
    source: Source,
) -> Result<Reply, Trouble> {
    match route {
        Route::SignIn => Ok(page(StatusCode::OK, sign_in::form(None, HOME))),
        Route::TrySignIn => sign_in::try_sign_in(house, sent, source).await,
        Route::Password => Ok(page(StatusCode::OK, sign_in::password_form(None))),
        Route::SetPassword => sign_in::set_password(house, sent, source).await,
        Route::Asset(name) => Ok(match layout::file(&name) {
            Some((content_type, content)) => asset(content_type, content),
            None => told(StatusCode::NOT_FOUND, "There is no such page", ""),
        }),
        Route::SignOut
        | Route::Overview
        | Route::Search
        | Route::Find
        | Route::Transaction(_)
        | Route::Queue
        | Route::Resolve(_)
        | Route::Acknowledge(_)
        | Route::Resend(..)
        | Route::Comparisons
        | Route::Partners
        | Route::Audit
        | Route::Operators
        | Route::EndSignIns(_)
        | Route::Disable(_) => Ok(told(StatusCode::NOT_FOUND, "There is no such page", "")),
    }
}

/// What takes one. The role is known to be enough.
async fn for_visitors(
    house: &Arc<House>,
    route: Route,
    visitor: &Visitor,
    sent: &Form,
) -> Result<Reply, Trouble> {
    match route {
        Route::SignOut => {
            let cookie = sessions::sign_out(house, visitor).await?;
            Ok(on_to("/console/sign-in", Some(&cookie)))
        }
        Route::Overview => overview::show(house, visitor).await,
        Route::Search => search::form(house, visitor).await,
        Route::Find => search::find(house, visitor, sent).await,
        Route::Transaction(id) => {
            transaction::show(house, visitor, id, (StatusCode::OK, None)).await
        }
        Route::Queue => queue::show(house, visitor).await,
        Route::Resolve(id) => {
            let done = acts::resolve(house, visitor, id, sent).await?;
            after(house, visitor, id, done).await
        }
        Route::Acknowledge(id) => {
            let done = acts::acknowledge(house, visitor, id, sent).await?;
            after(house, visitor, id, done).await
        }
        Route::Resend(id, event) => {
            let done = acts::resend(house, visitor, id, event).await?;
            after(house, visitor, id, done).await
        }
        Route::Comparisons => comparisons::show(house, visitor).await,
        Route::Partners => partners::show(house, visitor).await,
        Route::Audit => audit_log::show(house, visitor).await,
        Route::Operators => operators::show(house, visitor, None).await,
        Route::EndSignIns(name) => operators::end_sign_ins(house, visitor, &name).await,
        Route::Disable(name) => operators::disable(house, visitor, &name).await,
        Route::Asset(_)
        | Route::SignIn
        | Route::TrySignIn
        | Route::Password
        | Route::SetPassword => Ok(told(StatusCode::NOT_FOUND, "There is no such page", "")),
    }
}

/// After an act the page of its transaction says what became of it.
async fn after(
    house: &House,
    visitor: &Visitor,
    id: TransactionId,
    done: Done,
) -> Result<Reply, Trouble> {
    match done {
        Done::Ask(page) => Ok(page),
        Done::Said(status, said) => {
            transaction::show(house, visitor, id, (status, Some(&said))).await
        }
    }
}

/// A page that says only this.
fn told(status: StatusCode, title: &str, said: &str) -> Reply {
    let content = html! {
        @if !said.is_empty() { p { (said) } }
        p { a href=(HOME) { "To the console" } }
    };
    page(status, layout::outside(title, content))
}

fn failed(trouble: &Trouble) -> Reply {
    tracing::error!(error = %ErrorChain(trouble), "a page of the console failed");
    let said = "The database or the audit log does not answer, so nothing is shown. Try again in a moment.";
    told(StatusCode::SERVICE_UNAVAILABLE, "Not now", said)
}
