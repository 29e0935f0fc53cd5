//! When to look again: seconds after the first look-ups, then minutes, then hours; after a day, never.

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// Seconds to wait after the call itself, after the first look-up, after the second, …; then hours.
const FIRST_PAUSES_S: [i64; 7] = [2, 5, 15, 30, MINUTE, 5 * MINUTE, 15 * MINUTE];

/// As many look-ups as take a day, and a bit more.
const LOOK_UPS: usize = 31;

/// Milliseconds to wait after `look_ups`; `None` after the last one. `chance` makes the wait up to a fifth longer or
/// shorter, so that the requests of an outage do not all come back at once.
pub(crate) fn pause_ms(look_ups: i32, chance: u16) -> Option<i64> {
    let done = usize::try_from(look_ups)
        .ok()
        .filter(|done| *done < LOOK_UPS)?;
    let pause = FIRST_PAUSES_S.get(done).copied().unwrap_or(HOUR) * 1_000;
    let fifth = pause / 5;
    Some(pause - fifth + 2 * fifth * i64::from(chance) / i64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_pauses_grow_from_seconds_to_hours_and_end_after_a_day() {
        let middle: Vec<i64> = (0..)
            .map_while(|look_ups| pause_ms(look_ups, u16::MAX / 2 + 1))
            .collect();
        let seconds: Vec<i64> = middle.iter().take(8).map(|ms| ms / 1_000).collect();
        assert_eq!(seconds, [2, 5, 15, 30, 60, 300, 900, 3_600]);
        let day = 24 * 3_600 * 1_000;
        let all: i64 = middle.iter().sum();
        assert!(all > day && all < day + 2 * 3_600 * 1_000, "{all} ms");
    }

    proptest! {
        #[test]
        fn chance_moves_a_pause_by_a_fifth_at_most(look_ups in 0..31_i32, chance: u16) {
            let pause = pause_ms(look_ups, chance).unwrap();
            let (least, most) = (pause_ms(look_ups, 0).unwrap(), pause_ms(look_ups, u16::MAX).unwrap());
            prop_assert!((least..=most).contains(&pause));
            prop_assert_eq!(least * 3, most * 2);
        }
    }
}
