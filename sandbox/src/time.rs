//! Times as the networks write them: Tashkent's, five hours ahead of UTC all year.

use chrono::{DateTime, FixedOffset};

const TASHKENT_SECONDS: i32 = 5 * 3600;

/// `at` (UNIX milliseconds) in a `strftime` format; empty beyond the years that a calendar has.
pub(crate) fn tashkent(at: i64, format: &str) -> String {
    let (Some(utc), Some(zone)) = (
        DateTime::from_timestamp_millis(at),
        FixedOffset::east_opt(TASHKENT_SECONDS),
    ) else {
        return String::new();
    };
    utc.with_timezone(&zone).format(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::tashkent;

    #[test]
    fn the_day_is_tashkents() {
        // 2023-08-28T22:45:32Z
        assert_eq!(tashkent(1_693_262_732_000, "%y%m%d%H%M%S"), "230829034532");
        assert_eq!(tashkent(i64::MAX, "%y"), "");
    }
}
