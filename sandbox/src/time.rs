//! Times in the networks' formats and time zone: Tashkent, UTC+5 all year.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};

const TASHKENT_SECONDS: i32 = 5 * 3600;
pub(crate) const DAY_MILLIS: i64 = 86_400_000;

/// Formats `at` (UNIX milliseconds) with a `strftime` format. Empty if `at` is out of the calendar's range.
pub(crate) fn format_tashkent(at: i64, format: &str) -> String {
    let (Some(utc), Some(zone)) = (
        DateTime::from_timestamp_millis(at),
        FixedOffset::east_opt(TASHKENT_SECONDS),
    ) else {
        return String::new();
    };
    utc.with_timezone(&zone).format(format).to_string()
}

/// Whether the text is a valid date in a `strftime` format that has only digits.
pub(crate) fn is_date(text: &str, format: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
        && NaiveDate::parse_from_str(text, format).is_ok()
}

/// The first millisecond of a day. The text must be exactly what the format produces.
pub(crate) fn parse_day(text: &str, format: &str) -> Option<i64> {
    let day = NaiveDate::parse_from_str(text, format).ok()?;
    in_utc(day.and_time(NaiveTime::MIN)).filter(|at| format_tashkent(*at, format) == text)
}

/// The first millisecond of a second. The text must be exactly what the format produces.
pub(crate) fn parse_second(text: &str, format: &str) -> Option<i64> {
    let second = NaiveDateTime::parse_from_str(text, format).ok()?;
    in_utc(second).filter(|at| format_tashkent(*at, format) == text)
}

fn in_utc(tashkent: NaiveDateTime) -> Option<i64> {
    let at = tashkent.and_utc().timestamp_millis();
    at.checked_sub(i64::from(TASHKENT_SECONDS) * 1000)
}

#[cfg(test)]
mod tests {
    use super::{format_tashkent, is_date, parse_day, parse_second};

    #[test]
    fn times_are_formatted_in_tashkent_time() {
        // 2023-08-28T22:45:32Z
        assert_eq!(
            format_tashkent(1_693_262_732_000, "%y%m%d%H%M%S"),
            "230829034532"
        );
        assert_eq!(format_tashkent(i64::MAX, "%y"), "");
    }

    #[test]
    fn only_real_days_are_dates() {
        assert!(is_date("29022024", "%d%m%Y"));
        for wrong in ["29022023", "2902202", "2902-024", "", "20240229"] {
            assert!(!is_date(wrong, "%d%m%Y"), "{wrong}");
        }
    }

    #[test]
    fn parsed_days_and_seconds_match_their_format() {
        assert_eq!(parse_day("20230829", "%Y%m%d"), Some(1_693_249_200_000));
        let format = "%Y-%m-%dT%H:%M:%S";
        assert_eq!(
            parse_second("2023-08-29T03:45:32", format),
            Some(1_693_262_732_000)
        );
        for wrong in [
            "20230229",
            "2023829",
            "+0230829",
            "2023 829",
            "",
            "120230829",
        ] {
            assert_eq!(parse_day(wrong, "%Y%m%d"), None, "{wrong}");
        }
        for wrong in [
            "2023-08-29",
            "2023-08-29T03:45",
            "2023-08-29 03:45:32",
            "2023-08-29T24:00:00",
            "2023-08-29T3:45:32",
        ] {
            assert_eq!(parse_second(wrong, format), None, "{wrong}");
        }
    }
}
