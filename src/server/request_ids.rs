//! Under which id does the log have a request?

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::{Builder, Uuid};

use crate::random::Random;

/// Ids of requests: the process in the first half, a number in the second. They need be unique, not secret, and so take no
/// randomness of the system for each request.
#[derive(Debug)]
pub(super) struct RequestIds {
    process: [u8; 8],
    next: AtomicU64,
}

impl RequestIds {
    pub(super) fn of_process(random: &dyn Random) -> Self {
        Self {
            process: random.bytes().unwrap_or_default(),
            next: AtomicU64::new(0),
        }
    }

    /// A UUID of version 8.
    pub(super) fn next(&self) -> Uuid {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0; 16];
        let (process, numbered) = bytes.split_at_mut(8);
        process.copy_from_slice(&self.process);
        numbered.copy_from_slice(&number.to_be_bytes());
        Builder::from_custom_bytes(bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::random::RandomError;

    struct Always(u8);

    impl Random for Always {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
            bytes.fill(self.0);
            Ok(())
        }
    }

    #[test]
    fn no_two_requests_have_the_same_id() {
        let processes = [Always(0x11), Always(0x22)].map(|random| RequestIds::of_process(&random));
        let ids: HashSet<Uuid> = processes
            .iter()
            .flat_map(|ids| std::iter::repeat_with(|| ids.next()).take(1_000))
            .collect();
        assert_eq!(ids.len(), 2_000);
        assert!(ids.iter().all(|id| id.get_version_num() == 8));
        let second = RequestIds::of_process(&Always(0x11));
        second.next();
        assert_eq!(
            second.next().to_string(),
            "11111111-1111-8111-8000-000000000001"
        );
    }
}
