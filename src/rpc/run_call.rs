//! In which task does a call run?

use std::panic::AssertUnwindSafe;
use std::task::Poll;
use std::time::Duration;
use std::{future, panic};

use tokio_util::task::TaskTracker;

/// How a call ran.
pub(super) enum Ran<T> {
    Ended(T),
    Panicked,
    /// It goes on.
    TooLong,
}

/// Runs a call. What waits for nothing ends in the caller's task; what waits goes on in one of its own, so that neither a
/// partner who hangs up nor a shutdown interrupts it. Nothing is awaited between the two. `limit`: how long the caller waits.
pub(super) async fn run_call<T: Send + 'static>(
    calls: &TaskTracker,
    limit: Duration,
    call: impl Future<Output = T> + Send + 'static,
) -> Ran<T> {
    let mut running = Box::pin(calls.track_future(call));
    let begun = future::poll_fn(|context| {
        let begin = AssertUnwindSafe(|| running.as_mut().poll(context));
        Poll::Ready(panic::catch_unwind(begin))
    });
    match begun.await {
        Ok(Poll::Ready(ended)) => Ran::Ended(ended),
        Err(_) => Ran::Panicked,
        Ok(Poll::Pending) => match tokio::time::timeout(limit, tokio::spawn(running)).await {
            Ok(Ok(ended)) => Ran::Ended(ended),
            Ok(Err(_)) => Ran::Panicked,
            Err(_) => Ran::TooLong,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use tokio::sync::oneshot;

    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    #[tokio::test]
    async fn what_waits_for_nothing_ends_at_once() {
        let calls = TaskTracker::new();
        let mut running = pin!(run_call(&calls, LONG, async { 7 }));
        let polled = future::poll_fn(|context| Poll::Ready(running.as_mut().poll(context))).await;
        assert!(matches!(polled, Poll::Ready(Ran::Ended(7))));
        assert!(calls.is_empty());
    }

    #[tokio::test]
    async fn what_waits_goes_on_without_its_caller() {
        let calls = TaskTracker::new();
        let (release, released) = oneshot::channel::<()>();
        let (told, hears) = oneshot::channel();
        let call = async move {
            released.await.unwrap();
            told.send(7).unwrap();
        };
        {
            let mut running = pin!(run_call(&calls, LONG, call));
            let polled = future::poll_fn(|context| Poll::Ready(running.as_mut().poll(context)));
            assert!(polled.await.is_pending());
            assert_eq!(calls.len(), 1);
        }
        release.send(()).unwrap();
        assert_eq!(hears.await, Ok(7));
    }

    #[tokio::test]
    async fn a_panic_ends_the_call_alone() {
        let calls = TaskTracker::new();
        let at_once = run_call(&calls, LONG, async { panic!("at once") });
        assert!(matches!(at_once.await, Ran::<()>::Panicked));
        let later = run_call(&calls, LONG, async {
            tokio::task::yield_now().await;
            panic!("later")
        });
        assert!(matches!(later.await, Ran::<()>::Panicked));
        assert!(calls.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_waits_no_longer_than_the_limit() {
        let calls = TaskTracker::new();
        let call = future::pending::<()>();
        assert!(matches!(run_call(&calls, LONG, call).await, Ran::TooLong));
        assert_eq!(calls.len(), 1);
    }
}
