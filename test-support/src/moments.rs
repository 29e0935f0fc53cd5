//! A gateway is held at a moment: before or after a commit, or a call that can move money.

use std::sync::Mutex;

use aloqa_gateway::environment::{CrashPoint, CrashPoints};
use async_trait::async_trait;
use tokio::sync::Notify;

/// Lets the gateways of a test stand still where it says, and go on when it says.
#[derive(Debug, Default)]
pub struct Moments {
    /// How many of these moments are passed before the one that is held.
    next: Mutex<Option<(CrashPoint, usize)>>,
    held: Notify,
    released: Notify,
}

impl Moments {
    /// Whoever comes to the `nth` moment of this kind from now on, counted from 1, stands still there.
    pub fn hold(&self, point: CrashPoint, nth: usize) {
        *self.next.lock().unwrap() = Some((point, nth - 1));
    }

    /// Waits until somebody stands still.
    pub async fn until_held(&self) {
        self.held.notified().await;
    }

    /// Lets it go on.
    pub fn release(&self) {
        self.released.notify_one();
    }

    fn is_held(&self, point: CrashPoint) -> bool {
        let mut next = self.next.lock().unwrap();
        match &mut *next {
            Some((held, 0)) if *held == point => {
                *next = None;
                true
            }
            Some((held, passed)) if *held == point => {
                *passed -= 1;
                false
            }
            Some(_) | None => false,
        }
    }
}

#[async_trait]
impl CrashPoints for Moments {
    async fn reach(&self, point: CrashPoint) {
        if self.is_held(point) {
            self.held.notify_one();
            self.released.notified().await;
        }
    }
}
