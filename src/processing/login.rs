//! A token that a login gives, for all who need it. They log in once, and hear together how it ended. Whoever was not let in
//! asks again after some seconds only, and renewals that do not help become rarer: servers lock out whoever is wrong again
//! and again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{self, Arc, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::HeaderValue;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::processing::exchange::Failure;

/// How long a login in vain is not repeated, and a renewal waits at most.
const PAUSE: Duration = Duration::from_secs(10);
/// How long a renewal waits after one that has not helped. After each further one it is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// After so long a renewal that has not helped is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// How a server says that it does not take a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denied {
    /// 401: it is the token.
    Unauthorized,
    /// 403: some say so of a token that has ended, and others of a question that nobody with this login may ask.
    Forbidden,
}

impl Denied {
    fn status(self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
        }
    }
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum LoginError {
    /// It has not left, so nobody can have counted it. The breaker keeps it from being tried too often.
    #[error("no login: {0}")]
    NotSent(String),
    /// It was not answered, or the server says that it cannot answer now.
    #[error("no login: {0}")]
    NoAnswer(String),
    /// The answer has no token.
    #[error("no login: {0}")]
    Refused(String),
}

impl LoginError {
    /// Of a reply that has no token.
    pub(super) fn of_reply(status: StatusCode) -> Self {
        let cause = format!("HTTP {}", status.as_u16());
        match status {
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Self::NoAnswer(cause),
            status if status.is_server_error() => Self::NoAnswer(cause),
            _ => Self::Refused(cause),
        }
    }

    /// The same with what made the login necessary.
    fn after(self, denied: Option<Denied>) -> Self {
        let Some(status) = denied.map(Denied::status) else {
            return self;
        };
        let told = |cause| format!("{cause}, after HTTP {} to the last token", status.as_u16());
        match self {
            Self::NotSent(cause) => Self::NotSent(told(cause)),
            Self::NoAnswer(cause) => Self::NoAnswer(told(cause)),
            Self::Refused(cause) => Self::Refused(told(cause)),
        }
    }
}

impl From<Failure> for LoginError {
    fn from(failure: Failure) -> Self {
        let cause = failure.to_string();
        match failure {
            Failure::NotSent(_) => Self::NotSent(cause),
            Failure::NoAnswer(_) | Failure::TooLong(_) => Self::NoAnswer(cause),
        }
    }
}

/// The header with the token, as the last login gave it.
#[derive(Default)]
pub(super) struct LoginToken {
    held: Mutex<Held>,
    /// How many logins have ended.
    ended: AtomicU64,
    /// After each kind of denial by itself: a question that may not be asked keeps no token that has ended.
    unauthorized: Renewals,
    forbidden: Renewals,
}

#[derive(Default)]
struct Held {
    header: Option<Arc<HeaderValue>>,
    /// The last login, if it was in vain.
    in_vain: Option<(Instant, LoginError)>,
}

/// Renewals of which none has helped so far: when the last one was, and how long the next one waits.
#[derive(Default)]
struct Renewals(sync::Mutex<Option<(Instant, Duration)>>);

impl Renewals {
    fn last(&self) -> MutexGuard<'_, Option<(Instant, Duration)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_due(&self) -> bool {
        self.last().is_none_or(|(at, pause)| at.elapsed() >= pause)
    }

    fn add(&self) {
        let mut last = self.last();
        let pause = match *last {
            Some((at, pause)) if at.elapsed() < FORGOTTEN => pause.saturating_mul(2).min(PAUSE),
            Some(_) | None => FIRST_PAUSE,
        };
        *last = Some((Instant::now(), pause));
    }
}

impl LoginToken {
    /// The token; after `log_in`, where there is none or only one that was `denied`. That one, too, where renewals have not
    /// helped just now: it is the question then that is denied, or no token is taken at all.
    ///
    /// # Errors
    /// The login was in vain, now or some seconds ago.
    pub(super) async fn current(
        &self,
        denied: Option<(&Arc<HeaderValue>, Denied)>,
        log_in: impl Future<Output = Result<HeaderValue, LoginError>>,
    ) -> Result<Arc<HeaderValue>, LoginError> {
        let before = self.ended.load(Ordering::Relaxed);
        let mut held = self.held.lock().await;
        if let Some(header) = &held.header {
            let is_to_go = match denied {
                Some((token, how)) => Arc::ptr_eq(token, header) && self.renewals(how).is_due(),
                None => false,
            };
            if !is_to_go {
                return Ok(Arc::clone(header));
            }
        }
        let denied = denied.map(|(_, how)| how);
        if let Some((at, error)) = &held.in_vain {
            let holds = match error {
                // It was the trouble of all who have waited for it, and nobody else's.
                LoginError::NotSent(_) => self.ended.load(Ordering::Relaxed) != before,
                LoginError::NoAnswer(_) | LoginError::Refused(_) => at.elapsed() < PAUSE,
            };
            if holds {
                return Err(error.clone().after(denied));
            }
        }
        let ended = log_in.await;
        self.ended.fetch_add(1, Ordering::Relaxed);
        match ended {
            Ok(header) => {
                let header = Arc::new(header);
                if let Some(how) = denied {
                    self.renewals(how).add();
                }
                held.header = Some(Arc::clone(&header));
                held.in_vain = None;
                Ok(header)
            }
            Err(error) => {
                held.in_vain = Some((Instant::now(), error.clone()));
                Err(error.after(denied))
            }
        }
    }

    /// A question that was `denied` is answered with another token: it was the token.
    pub(super) fn helped(&self, denied: Denied) {
        *self.renewals(denied).last() = None;
    }

    fn renewals(&self, denied: Denied) -> &Renewals {
        match denied {
            Denied::Unauthorized => &self.unauthorized,
            Denied::Forbidden => &self.forbidden,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use tokio::task::{JoinSet, yield_now};
    use tokio::time::{advance, sleep};

    use super::*;

    /// Counts the logins, and lets them all end in one way.
    struct Door {
        token: LoginToken,
        logins: AtomicU32,
        ends: Result<(), LoginError>,
    }

    impl Door {
        fn new(ends: Result<(), LoginError>) -> Arc<Self> {
            Arc::new(Self {
                token: LoginToken::default(),
                logins: AtomicU32::new(0),
                ends,
            })
        }

        fn logins(&self) -> u32 {
            self.logins.load(Ordering::Relaxed)
        }

        async fn current(
            &self,
            denied: Option<(&Arc<HeaderValue>, Denied)>,
        ) -> Result<Arc<HeaderValue>, LoginError> {
            let log_in = async {
                let number = self.logins.fetch_add(1, Ordering::Relaxed);
                // Others come meanwhile.
                yield_now().await;
                self.ends.clone().map(|()| HeaderValue::from(number))
            };
            self.token.current(denied, log_in).await
        }

        /// So many at the same time, to all of whom this token was denied; the logins that were made for them.
        async fn at_once(
            self: &Arc<Self>,
            count: u32,
            denied: Option<(&Arc<HeaderValue>, Denied)>,
        ) -> u32 {
            let before = self.logins();
            let mut asked = JoinSet::new();
            for _ in 0..count {
                let door = Arc::clone(self);
                let denied = denied.map(|(token, how)| (Arc::clone(token), how));
                asked.spawn(async move {
                    let denied = denied.as_ref().map(|(token, how)| (token, *how));
                    door.current(denied).await.is_ok()
                });
            }
            let ended = asked.join_all().await;
            assert!(ended.iter().all(|is_ok| *is_ok == self.ends.is_ok()));
            self.logins() - before
        }
    }

    const MOMENT: Duration = Duration::from_millis(1);

    #[tokio::test(start_paused = true)]
    async fn a_hundred_who_are_not_let_in_log_in_once_in_a_while() {
        for error in [
            LoginError::Refused("HTTP 401".to_owned()),
            LoginError::NoAnswer("closed".to_owned()),
        ] {
            let door = Door::new(Err(error.clone()));
            assert_eq!(door.at_once(100, None).await, 1);
            assert_eq!(door.current(None).await, Err(error));
            advance(PAUSE - MOMENT).await;
            assert_eq!(door.at_once(100, None).await, 0);
            advance(MOMENT).await;
            assert_eq!(door.at_once(100, None).await, 1);
        }
    }

    /// Else each of them would wait for its own, one after the other.
    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_login_that_does_not_leave_hears_how_it_ended() {
        let door = Door::new(Err(LoginError::NotSent("no connection".to_owned())));
        assert_eq!(door.at_once(100, None).await, 1);
        // Nobody can have counted it, so who comes later may try.
        assert_eq!(door.at_once(100, None).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_hundred_whose_token_is_denied_log_in_once() {
        let door = Door::new(Ok(()));
        assert_eq!(door.at_once(100, None).await, 1);
        let first = door.current(None).await.unwrap();
        let denied = Some((&first, Denied::Unauthorized));
        assert_eq!(door.at_once(100, denied).await, 1);
        // Who comes late, too.
        assert_eq!(door.at_once(100, denied).await, 0);
        assert_ne!(door.current(denied).await, Ok(first));
    }

    /// A server that takes no token, though it gives them: 1, 2, 4, 8, and then 10 seconds.
    #[tokio::test(start_paused = true)]
    async fn renewals_that_do_not_help_become_rarer() {
        let door = Door::new(Ok(()));
        let mut held = door.current(None).await.unwrap();
        let mut times = Vec::new();
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(60) {
            let now = door.current(Some((&held, Denied::Unauthorized))).await;
            if now.as_ref() != Ok(&held) {
                times.push(began.elapsed().as_secs());
            }
            held = now.unwrap();
            advance(MOMENT * 500).await;
        }
        assert_eq!(times, [0, 1, 3, 7, 15, 25, 35, 45, 55]);
        advance(FORGOTTEN).await;
        for (pause, logins) in [(Duration::ZERO, 1), (FIRST_PAUSE - MOMENT, 0), (MOMENT, 1)] {
            advance(pause).await;
            let before = door.logins();
            held = door
                .current(Some((&held, Denied::Unauthorized)))
                .await
                .unwrap();
            assert_eq!(door.logins() - before, logins, "{pause:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_that_may_not_be_asked_keeps_no_token_that_has_ended() {
        let door = Door::new(Ok(()));
        let first = door.current(None).await.unwrap();
        let second = door
            .current(Some((&first, Denied::Forbidden)))
            .await
            .unwrap();
        assert_ne!(first, second);
        // It is denied again: it is the question.
        let same = door.current(Some((&second, Denied::Forbidden))).await;
        assert_eq!(same, Ok(Arc::clone(&second)));
        // Right after that the token ends.
        let third = door
            .current(Some((&second, Denied::Unauthorized)))
            .await
            .unwrap();
        assert_ne!(second, third);
        assert_eq!(door.logins(), 3);
    }

    /// A server that keeps one session for a login, and two gateways that have the same: each login ends the other's token.
    #[tokio::test(start_paused = true)]
    async fn two_gateways_whose_logins_end_each_other_are_both_answered() {
        let session = AtomicU32::new(0);
        let log_in = async || {
            sleep(MOMENT).await;
            let next = session.fetch_add(1, Ordering::Relaxed) + 1;
            Ok(HeaderValue::from(next))
        };
        let is_taken =
            |token: &HeaderValue| *token == HeaderValue::from(session.load(Ordering::Relaxed));
        let gateways = [LoginToken::default(), LoginToken::default()];
        for _ in 0..50 {
            for gateway in &gateways {
                let token = gateway.current(None, log_in()).await.unwrap();
                if is_taken(&token) {
                    continue;
                }
                let denied = Denied::Unauthorized;
                let other = gateway.current(Some((&token, denied)), log_in()).await;
                assert!(is_taken(&other.unwrap()));
                gateway.helped(denied);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_login_in_vain_says_why_it_was_made() {
        let token = LoginToken::default();
        let first = token.current(None, async { Ok(HeaderValue::from(1)) });
        let first = first.await.unwrap();
        // The second one is not made, and the error is that of the first.
        for status in [StatusCode::UNAUTHORIZED, StatusCode::IM_A_TEAPOT] {
            let refused = async { Err(LoginError::of_reply(status)) };
            let ended = token
                .current(Some((&first, Denied::Forbidden)), refused)
                .await;
            let words = "no login: HTTP 401, after HTTP 403 to the last token";
            assert_eq!(ended.unwrap_err().to_string(), words);
        }
        // Others may be answered with it.
        let never = async { panic!("there is a token") };
        assert_eq!(token.current(None, never).await, Ok(first));
    }

    #[test]
    fn a_server_in_trouble_has_not_refused() {
        for (status, is_refusal) in [
            (200, true),
            (302, true),
            (401, true),
            (422, true),
            (408, false),
            (429, false),
            (500, false),
            (503, false),
        ] {
            let error = LoginError::of_reply(StatusCode::from_u16(status).unwrap());
            assert_eq!(
                matches!(error, LoginError::Refused(_)),
                is_refusal,
                "{status}"
            );
        }
    }
}
