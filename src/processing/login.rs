//! A token that a login gives, for all who need it. They log in once; and who was not let in asks again after some seconds only,
//! as servers lock out whoever is wrong again and again.

use std::sync::Arc;
use std::time::Duration;

use hyper::header::HeaderValue;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::processing::exchange::Failure;

/// How long a login in vain is not repeated, and a token that was just renewed not renewed again.
const PAUSE: Duration = Duration::from_secs(10);

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum LoginError {
    /// It has not left, so nobody can have counted it. The breaker keeps it from being tried too often.
    #[error("no login: {0}")]
    NotSent(String),
    /// It was not answered.
    #[error("no login: {0}")]
    NoAnswer(String),
    /// The answer has no token.
    #[error("no login: {0}")]
    Refused(String),
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
pub(super) struct LoginToken(Mutex<Held>);

#[derive(Default)]
struct Held {
    header: Option<Arc<HeaderValue>>,
    /// When a refused one was replaced the last time.
    renewed: Option<Instant>,
    /// The last login, if it was in vain.
    in_vain: Option<(Instant, LoginError)>,
}

impl LoginToken {
    /// The token; after `log_in`, where there is none or only one that was `refused`.
    ///
    /// # Errors
    /// The login was in vain, now or some seconds ago.
    pub(super) async fn current(
        &self,
        refused: Option<&Arc<HeaderValue>>,
        log_in: impl Future<Output = Result<HeaderValue, LoginError>>,
    ) -> Result<Arc<HeaderValue>, LoginError> {
        let mut held = self.0.lock().await;
        let is_recent = |at: Instant| at.elapsed() < PAUSE;
        if let Some(header) = &held.header {
            let is_refused = refused.is_some_and(|refused| Arc::ptr_eq(refused, header));
            // What a fresh token does not open, another one would not either.
            if !is_refused || held.renewed.is_some_and(is_recent) {
                return Ok(Arc::clone(header));
            }
        }
        if let Some((at, error)) = &held.in_vain
            && is_recent(*at)
        {
            return Err(error.clone());
        }
        match log_in.await {
            Ok(header) => {
                let header = Arc::new(header);
                *held = Held {
                    renewed: refused.map(|_| Instant::now()),
                    header: Some(Arc::clone(&header)),
                    in_vain: None,
                };
                Ok(header)
            }
            Err(error) => {
                held.in_vain = match &error {
                    LoginError::NotSent(_) => None,
                    LoginError::NoAnswer(_) | LoginError::Refused(_) => {
                        Some((Instant::now(), error.clone()))
                    }
                };
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::task::{JoinSet, yield_now};
    use tokio::time::advance;

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
            refused: Option<&Arc<HeaderValue>>,
        ) -> Result<Arc<HeaderValue>, LoginError> {
            let log_in = async {
                let number = self.logins.fetch_add(1, Ordering::Relaxed);
                // Others come meanwhile.
                yield_now().await;
                self.ends.clone().map(|()| HeaderValue::from(number))
            };
            self.token.current(refused, log_in).await
        }

        /// So many at the same time; the logins that were made for them.
        async fn at_once(self: &Arc<Self>, count: u32) -> u32 {
            let before = self.logins();
            let mut asked = JoinSet::new();
            for _ in 0..count {
                let door = Arc::clone(self);
                asked.spawn(async move { door.current(None).await.is_ok() });
            }
            let ended = asked.join_all().await;
            assert!(ended.iter().all(|is_ok| *is_ok == self.ends.is_ok()));
            self.logins() - before
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_hundred_who_are_not_let_in_log_in_once_in_a_while() {
        for error in [
            LoginError::Refused("HTTP 401".to_owned()),
            LoginError::NoAnswer("closed".to_owned()),
        ] {
            let door = Door::new(Err(error.clone()));
            assert_eq!(door.at_once(100).await, 1);
            assert_eq!(door.current(None).await, Err(error));
            advance(PAUSE - Duration::from_millis(1)).await;
            assert_eq!(door.at_once(100).await, 0);
            advance(Duration::from_millis(1)).await;
            assert_eq!(door.at_once(100).await, 1);
        }
        // What has not left was one caller's own trouble.
        let unsent = Door::new(Err(LoginError::NotSent("no place".to_owned())));
        assert_eq!(unsent.at_once(3).await, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_once_in_a_while() {
        let door = Door::new(Ok(()));
        assert_eq!(door.at_once(100).await, 1);
        let first = door.current(None).await.unwrap();
        let second = door.current(Some(&first)).await.unwrap();
        assert_ne!(first, second);
        // Others were refused with the former one, too.
        assert_eq!(door.current(Some(&first)).await, Ok(Arc::clone(&second)));
        // It is refused as the former one was: it is not the token that is wrong.
        assert_eq!(door.current(Some(&second)).await, Ok(Arc::clone(&second)));
        assert_eq!(door.logins(), 2);
        advance(PAUSE).await;
        assert_ne!(door.current(Some(&second)).await, Ok(second));
        assert_eq!(door.logins(), 3);
    }
}
