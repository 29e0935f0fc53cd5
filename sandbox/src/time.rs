//! Times as the networks write them: Tashkent's, five hours ahead of UTC all year.

use chrono::{DateTime, FixedOffset, NaiveDate};

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

/// Whether the text is a real day in a `strftime` format of digits only.
pub(crate) fn is_date(text: &str, format: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
        && NaiveDate::parse_from_str(text, format).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{is_date, tashkent};

    #[test]
    fn the_day_is_tashkents() {
        // 2023-08-28T22:45:32Z
        assert_eq!(tashkent(1_693_262_732_000, "%y%m%d%H%M%S"), "230829034532");
        assert_eq!(tashkent(i64::MAX, "%y"), "");
    }

    #[test]
    fn only_real_days_are_dates() {
        assert!(is_date("29022024", "%d%m%Y"));
        for wrong in ["29022023", "2902202", "2902-024", "", "20240229"] {
            assert!(!is_date(wrong, "%d%m%Y"), "{wrong}");
        }
    }
}
