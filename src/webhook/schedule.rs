//! When a failed delivery is tried again.

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// From each failed try to the next, milliseconds: ten tries in a little more than three days.
const PAUSES_MS: [i64; 9] = [
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
];

/// The pause after this many tries have failed, milliseconds; `None` after the last. Up to a tenth more by chance, so that
/// what failed together does not come back together. A receiver that says when to come back (`Retry-After`) is heeded up to
/// twice the pause.
pub(super) fn pause_ms(failed: i32, chance: u16, asked_s: Option<u32>) -> Option<i64> {
    let index = usize::try_from(failed).ok()?.checked_sub(1)?;
    let pause = *PAUSES_MS.get(index)?;
    let longer = pause / 10 * i64::from(chance) / i64::from(u16::MAX);
    let asked = asked_s.map_or(0, |seconds| i64::from(seconds) * SECOND);
    Some((pause + longer).max(asked.min(2 * pause)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_tries_take_three_days_whatever_chance_says() {
        let all = |chance| -> i64 {
            (1..=9)
                .map(|failed| pause_ms(failed, chance, None).unwrap())
                .sum()
        };
        assert_eq!(all(0), 75 * HOUR + 35 * MINUTE + 5 * SECOND);
        assert_eq!(all(u16::MAX), all(0) + all(0) / 10);
        for failed in [-1, 0, 10, 11] {
            assert_eq!(pause_ms(failed, 0, Some(9)), None, "{failed}");
        }
    }

    #[test]
    fn a_receiver_that_asks_for_time_gets_up_to_twice_the_pause() {
        for (asked, pause) in [
            (0, 5_000),
            (5, 5_000),
            (7, 7_000),
            (10, 10_000),
            (u32::MAX, 10_000),
        ] {
            assert_eq!(pause_ms(1, 0, Some(asked)), Some(pause), "{asked}");
        }
    }
}
