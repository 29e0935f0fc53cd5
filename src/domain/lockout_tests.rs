use std::net::IpAddr;

use proptest::prelude::*;

use super::super::source::Source;
use super::*;

const RULES: LockoutRules = LockoutRules {
    failures: 10,
    window_ms: 600_000,
    lock_ms: 1_800_000,
    source_per_second: 20,
    source_failures: 300,
};

fn source(number: u32) -> SourceKey {
    Source::of(IpAddr::from(number.to_be_bytes())).key()
}

const AT: UnixMillis = UnixMillis(1_000_000_000);
const HERE: u32 = 0x0a00_0001;

fn pair(number: u8) -> PairKey {
    [number; 32]
}

#[test]
fn the_tenth_failure_locks_the_pair_and_nobody_else() {
    let mut lockout = Lockout::new(RULES);
    for n in 0..10 {
        let judged = lockout.judge(pair(1), source(HERE), false, AT + n * 1_000);
        assert_eq!(judged, Judged::Wrong { first: n == 0 });
    }
    let until = AT + 9_000 + RULES.lock_ms;
    let locked = Judged::Locked { until };
    let now = AT + 10_000;
    // The right secret too: a refusal must not tell a wrong guess.
    assert_eq!(lockout.judge(pair(1), source(HERE), true, now), locked);
    assert_eq!(lockout.judge(pair(1), source(HERE), false, now), locked);
    assert_eq!(
        lockout.judge(pair(2), source(HERE), true, now),
        Judged::Right
    );
    assert_eq!(
        lockout.judge(pair(3), source(HERE + 1), true, now),
        Judged::Right
    );
    assert_eq!(
        lockout.judge(pair(1), source(HERE), true, until),
        Judged::Right
    );
}

#[test]
fn failures_that_lie_apart_do_not_lock() {
    let mut lockout = Lockout::new(RULES);
    for n in 0..100 {
        let judged = lockout.judge(pair(1), source(HERE), false, AT + n * RULES.window_ms / 9);
        assert!(matches!(judged, Judged::Wrong { .. }), "{n}: {judged:?}");
    }
}

#[test]
fn a_source_that_tries_many_names_is_refused_unseen() {
    let mut lockout = Lockout::new(RULES);
    for n in 0..20 {
        lockout.judge(pair(n), source(HERE), false, AT);
    }
    let until = AT + 1_000;
    let refused = lockout.judge(pair(99), source(HERE), true, AT + 999);
    assert_eq!(refused, Judged::Locked { until });
    assert_eq!(
        lockout.judge(pair(99), source(HERE), true, until),
        Judged::Right
    );
    for n in 20..=200_u8 {
        lockout.judge(pair(n), source(HERE), false, AT + i64::from(n) * 500);
    }
    for n in 0..120 {
        lockout.judge(
            [n; 32].map(|b| b ^ 0x55),
            source(HERE),
            false,
            AT + 200_000 + i64::from(n) * 500,
        );
    }
    let until = AT + RULES.window_ms;
    let refused = lockout.judge(pair(99), source(HERE), true, AT + 300_000);
    assert_eq!(refused, Judged::Locked { until });
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut lockout = Lockout::new(RULES);
    for n in 0..200_000_u32 {
        let mut key = pair(0);
        key.get_mut(..4).unwrap().copy_from_slice(&n.to_le_bytes());
        lockout.judge(key, source(n.wrapping_mul(65_537)), false, AT);
    }
    assert!(lockout.pairs.len() <= MOST);
    assert!(lockout.windows.len() <= MOST);
    assert!(lockout.seconds.len() <= MOST);
}

proptest! {
    /// Within a window no pair is told more than ten times that it was wrong, whatever else happens.
    #[test]
    fn nobody_guesses_more_than_ten_times(
        tries in proptest::collection::vec((0_u8..3, 0_u32..3, any::<bool>(), 0_i64..4_000), 1..200),
    ) {
        let mut lockout = Lockout::new(RULES);
        let (mut now, mut wrong) = (AT, HashMap::new());
        for (name, from, right, later) in tries {
            now = now + later;
            if now >= AT + RULES.window_ms {
                break;
            }
            let key = pair(name * 8 + u8::try_from(from).unwrap());
            if let Judged::Wrong { .. } = lockout.judge(key, source(HERE + from), right, now) {
                let told = wrong.entry(key).or_insert(0);
                *told += 1;
                prop_assert!(*told <= RULES.failures);
            }
        }
    }
}
