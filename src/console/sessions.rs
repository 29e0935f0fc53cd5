//! Sign-ins: opened with a password, recognised by a cookie, ended by time, by a way out or by somebody who administers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::time::UnixMillis;
use entity::{operator, operator_session};
use hyper::header::{COOKIE, HeaderMap};
use sea_orm::Set;

use super::password;
use super::visitor::{House, Trouble, Visitor};
use crate::audit::Record;
use crate::domain::rate::Rate;
use crate::domain::source::Source;
use crate::repository::operator as operators;
use crate::repository::throttle::{self, Take};
use crate::vault::same_mac;

/// A sign-in ends when no page was asked for in this time,
pub const IDLE_MS: i64 = 15 * 60_000;
/// and after this one, whatever was asked for.
pub const LONGEST_MS: i64 = 10 * 3_600_000;
/// The last look is noted at most this often: each note is a commit.
const SEEN_EVERY_MS: i64 = 60_000;

/// From so many failures in a row on, an account is locked for so many minutes. It never is for good: who tries must not
/// be able to lock operators out.
const LOCKS: [(i32, i64); 5] = [(5, 1), (6, 5), (7, 15), (8, 30), (9, 60)];

/// So many sign-ins from one address in a minute.
const FROM_AN_ADDRESS: (i64, i64) = (20, 60);

const COOKIE_NAME: &str = "__Host-aloqa";

/// What became of a try to sign in.
pub(super) enum Tried {
    /// The cookie to set.
    In(String),
    /// The same for all that is wrong.
    Wrong,
    /// Too many from this address, or at the same time.
    TooOften,
}

/// The visitor whom a request's cookie names. `is_look`: a person asks for something, so that the time begins anew.
pub(super) async fn visitor(
    house: &House,
    headers: &HeaderMap,
    source: Source,
    is_look: bool,
) -> Result<Option<Visitor>, Trouble> {
    let Some(token) = token(headers) else {
        return Ok(None);
    };
    let gateway = &house.gateway;
    let (db, now) = (&*gateway.database, gateway.clock.now());
    let token_mac = gateway.vault.session_mac(token).to_vec();
    let Some((session, operator)) = operators::session(db, &token_mac).await? else {
        return Ok(None);
    };
    if is_over(&session, now) || operator.disabled_at.is_some() {
        return Ok(None);
    }
    if is_look && now - session.seen_at >= SEEN_EVERY_MS {
        let tx = gateway.database.write().await?;
        operators::see_session(&*tx, &token_mac, now).await?;
        tx.commit().await?;
    }
    Ok(Some(Visitor {
        operator,
        source,
        token_mac,
        form_token: hex::encode(gateway.vault.form_mac(token)),
    }))
}

/// Whether a sign-in has ended by time.
pub(super) fn is_over(session: &operator_session::Model, now: UnixMillis) -> bool {
    now - session.seen_at >= IDLE_MS || now - session.opened_at >= LONGEST_MS
}

/// Signs an operator in.
pub(super) async fn sign_in(
    house: &House,
    name: &str,
    given: &str,
    source: Source,
) -> Result<Tried, Trouble> {
    let gateway = &house.gateway;
    if !may_try(house, source).await? {
        return Ok(Tried::TooOften);
    }
    let now = gateway.clock.now();
    let found = operators::find(&*gateway.database, name).await?;
    let may = found.as_ref().filter(|row| may_sign_in(row, now));
    let (kept, given) = (may.and_then(|row| row.password.clone()), given.to_owned());
    let is_right = house.passwords.run(gateway, move |gateway| {
        password::is_right(&gateway.vault, kept.as_deref(), &given)
    });
    let Some(is_right) = is_right.await else {
        return Ok(Tried::TooOften);
    };
    let (Some(row), true) = (may, is_right) else {
        count_failure(house, found.as_ref(), source).await?;
        return Ok(Tried::Wrong);
    };
    let token = URL_SAFE_NO_PAD.encode(gateway.random.bytes::<32>()?);
    let session = operator_session::Model {
        token_mac: gateway.vault.session_mac(&token).to_vec(),
        operator_id: row.id,
        source: source.address().to_string(),
        opened_at: now,
        seen_at: now,
    };
    let changed = operator::ActiveModel {
        failures: Set(0),
        locked_until: Set(None),
        signed_in_at: Set(Some(now)),
        ..Default::default()
    };
    let tx = gateway.database.write().await?;
    operators::prune_sessions(&*tx, now - LONGEST_MS, now - IDLE_MS).await?;
    if !operators::change_as_seen(&*tx, row, now, changed).await? {
        // Reset or disabled while the password was checked.
        tx.roll_back().await?;
        note_refusal(house, &row.name, source);
        return Ok(Tried::Wrong);
    }
    operators::open_session(&*tx, session).await?;
    tx.commit().await?;
    // Nobody has the token before the log has this.
    gateway
        .audit
        .record(record_of(house, &row.name, source, "ok"))
        .await?;
    Ok(Tried::In(format!(
        "{COOKIE_NAME}={token}; Path=/; Secure; HttpOnly; SameSite=Strict"
    )))
}

/// Sets a password by a one-time code, which then works no more. The words that it returns say what was wrong.
pub(super) async fn set_password(
    house: &House,
    name: &str,
    code: &str,
    given: &str,
    source: Source,
) -> Result<Result<(), String>, Trouble> {
    const WRONG: &str = "This name and code do not belong together, or the code has ended.";
    let gateway = &house.gateway;
    if !may_try(house, source).await? {
        return Ok(Err("Too many tries. Wait a minute.".to_owned()));
    }
    let now = gateway.clock.now();
    let found = operators::find(&*gateway.database, name).await?;
    let is_code = |row: &&operator::Model| {
        let mac = gateway.vault.operator_code_mac(row.id, code);
        let known = row.code_mac.as_deref().unwrap_or_default();
        may_sign_in(row, now)
            && row.code_until.is_some_and(|until| until > now)
            && same_mac(known, &mac)
    };
    let Some(row) = found.as_ref().filter(is_code) else {
        count_failure(house, found.as_ref(), source).await?;
        return Ok(Err(WRONG.to_owned()));
    };
    if let Err(error) = password::check(name, given) {
        return Ok(Err(format!("Not accepted: {error}.")));
    }
    let given = given.to_owned();
    let hashed = house.passwords.run(gateway, move |gateway| {
        password::hashed(&gateway.vault, gateway.random.as_ref(), &given)
    });
    let Some(hashed) = hashed.await else {
        return Ok(Err("Too many sign in at once. Try again.".to_owned()));
    };
    let hashed = hashed.map_err(|error| Trouble::Other(error.to_string()))?;
    let changed = operator::ActiveModel {
        password: Set(Some(hashed)),
        code_mac: Set(None),
        code_until: Set(None),
        failures: Set(0),
        locked_until: Set(None),
        ..Default::default()
    };
    let record = |outcome: &str| Record {
        action: "console.password".to_owned(),
        ..record_of(house, name, source, outcome)
    };
    gateway.audit.record(record("asked")).await?;
    let tx = gateway.database.write().await?;
    let is_set = operators::change_as_seen(&*tx, row, now, changed).await?;
    if is_set {
        operators::end_sessions_of(&*tx, row.id).await?;
        tx.commit().await?;
    } else {
        // The code was used, replaced or withdrawn while the password was hashed.
        tx.roll_back().await?;
    }
    let outcome = if is_set { "done" } else { "failed" };
    house.became(record(outcome)).await;
    Ok(match is_set {
        true => Ok(()),
        false => Err(WRONG.to_owned()),
    })
}

/// Ends the visitor's sign-in, and returns the cookie that forgets it.
pub(super) async fn sign_out(house: &House, visitor: &Visitor) -> Result<String, Trouble> {
    let tx = house.gateway.database.write().await?;
    operators::end_session(&*tx, &visitor.token_mac).await?;
    tx.commit().await?;
    house
        .shown(visitor, "console.sign-out", String::new(), String::new())
        .await?;
    Ok(format!(
        "{COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"
    ))
}

fn may_sign_in(row: &operator::Model, now: UnixMillis) -> bool {
    row.disabled_at.is_none() && row.locked_until.is_none_or(|until| until <= now)
}

/// Whether this address may try once more. It is kept in the database, so that gateways count together.
async fn may_try(house: &House, source: Source) -> Result<bool, Trouble> {
    let gateway = &house.gateway;
    let (most, seconds) = FROM_AN_ADDRESS;
    let rate = Rate::of(most, seconds);
    let key = gateway
        .vault
        .limit_mac(&[b"console", &source.key().bytes()]);
    let take = Take {
        now: gateway.clock.now().0.saturating_mul(1_000),
        costs: rate.costs_us(1),
        ahead: rate.ahead_us(),
    };
    let tx = gateway.database.write().await?;
    let refused = throttle::take(&*tx, &key, take).await?;
    tx.commit().await?;
    Ok(refused.is_none())
}

/// Counts a failure, in the account too where there is one.
async fn count_failure(
    house: &House,
    row: Option<&operator::Model>,
    source: Source,
) -> Result<(), Trouble> {
    let gateway = &house.gateway;
    // Into the field of the name people type passwords, too: only a name that is one is kept.
    let name = row.map_or("nobody known", |row| &row.name);
    note_refusal(house, name, source);
    let now = gateway.clock.now();
    let tx = gateway.database.write().await?;
    match row.filter(|row| may_sign_in(row, now)) {
        Some(row) => {
            let locks = LOCKS.map(|(from, minutes)| (from, now + minutes * 60_000));
            operators::count_failure(&*tx, row.id, &locks).await?;
        }
        // A row is written all the same: how long it takes must not tell whether there is such a name.
        None => {
            let take = Take {
                now: now.0.saturating_mul(1_000),
                costs: 0,
                ahead: 0,
            };
            let nobody = gateway.vault.limit_mac(&[b"console", b"nobody"]);
            throttle::take(&*tx, &nobody, take).await?;
        }
    }
    Ok(tx.commit().await?)
}

fn note_refusal(house: &House, name: &str, source: Source) {
    let record = record_of(house, name, source, "refused");
    house
        .gateway
        .audit
        .refused(source.key().to_string(), record);
    tracing::warn!(source = %source.address(), "a sign-in at the console was refused");
}

fn record_of(house: &House, name: &str, source: Source, outcome: &str) -> Record {
    Record {
        who: name.to_owned(),
        source: source.address().to_string(),
        outcome: outcome.to_owned(),
        ..Record::of(house.gateway.clock.now(), "console.sign-in")
    }
}

/// The token of a request's cookie.
fn token(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter();
    let pairs = cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE_NAME)
        .map(|(_, token)| token)
}
