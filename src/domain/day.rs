//! Days of Tashkent time, and the moments in them.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use entity::time::UnixMillis;
use rpc_schema::values::Date;

/// Tashkent is five hours ahead of UTC, without summer time.
const TASHKENT_OFFSET_MS: i64 = 5 * 3_600 * 1_000;

/// A day in Tashkent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

impl Day {
    /// The day of a moment.
    pub fn of(moment: UnixMillis) -> Self {
        Self(local(moment).date())
    }

    /// From `YYYYMMDD`; `None` if the calendar has no such day.
    pub fn from_number(number: i32) -> Option<Self> {
        let part = |number: i32| u32::try_from(number).ok();
        let date = NaiveDate::from_ymd_opt(
            number / 10_000,
            part(number / 100 % 100)?,
            part(number % 100)?,
        );
        date.map(Self)
    }

    /// From ISO's form, `2023-08-28`, and no other.
    pub fn from_iso(text: &str) -> Option<Self> {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        Some(Self(date)).filter(|day| day.iso() == text)
    }

    /// `YYYYMMDD`.
    pub fn number(self) -> i32 {
        let part = |number: u32| i32::try_from(number).unwrap_or_default();
        self.0.year() * 10_000 + part(self.0.month()) * 100 + part(self.0.day())
    }

    /// The first moment, UNIX milliseconds.
    pub fn begins_at(self) -> UnixMillis {
        unix_millis(self.0.and_time(NaiveTime::MIN))
    }

    /// The first moment of the next day, UNIX milliseconds.
    pub fn ends_at(self) -> UnixMillis {
        self.begins_at() + 24 * 3_600 * 1_000
    }

    /// This day and all others until `last`.
    pub fn until(self, last: Self) -> impl Iterator<Item = Self> {
        let next = |day: &Self| day.0.checked_add_days(Days::new(1)).map(Self);
        std::iter::successors(Some(self), next).take_while(move |day| *day <= last)
    }

    /// The day before.
    pub fn before(self) -> Self {
        Self::of(self.begins_at() - 1)
    }

    /// The day after.
    pub fn after(self) -> Self {
        Self::of(self.ends_at())
    }

    /// How many days there are until `last`, both counted; below one if that is before this day.
    pub fn days_until(self, last: Self) -> i64 {
        (last.0 - self.0).num_days() + 1
    }

    /// The days until `last` as two halves, each by its first and last day; `None` where there is only one day.
    pub fn halves(self, last: Self) -> Option<[(Self, Self); 2]> {
        let half = u64::try_from(self.days_until(last) / 2).ok()?;
        let second = self.0.checked_add_days(Days::new(half)).map(Self)?;
        let first_ends = second.0.pred_opt().map(Self)?;
        (half > 0).then_some([(self, first_ends), (second, last)])
    }

    /// In ISO's form, `2023-08-28`.
    pub fn iso(self) -> String {
        self.0.to_string()
    }
}

impl TryFrom<Date> for Day {
    type Error = ();

    fn try_from(date: Date) -> Result<Self, ()> {
        Self::from_number(date.number()).ok_or(())
    }
}

/// The time of day as `HHMMSS`.
pub fn clock_number(moment: UnixMillis) -> i32 {
    use chrono::Timelike as _;
    let time = local(moment).time();
    let number = time.hour() * 10_000 + time.minute() * 100 + time.second();
    i32::try_from(number).unwrap_or_default()
}

/// `yyMMddHHmmss`, as ISO 8583 has it.
pub fn date12(moment: UnixMillis) -> String {
    local(moment).format("%y%m%d%H%M%S").to_string()
}

/// `yyyyMMddHHmmss`.
pub fn date14(moment: UnixMillis) -> String {
    local(moment).format("%Y%m%d%H%M%S").to_string()
}

/// A moment from `YYYYMMDD` and `HHMMSS`, UNIX milliseconds; `None` if one of them is invalid.
pub fn moment(day: i64, time: i64) -> Option<UnixMillis> {
    let day = Day::from_number(i32::try_from(day).ok()?)?;
    let part = |number: i64| u32::try_from(number).ok();
    let time = NaiveTime::from_hms_opt(
        part(time / 10_000)?,
        part(time / 100 % 100)?,
        part(time % 100)?,
    )?;
    Some(unix_millis(day.0.and_time(time)))
}

/// The forms of a moment that are read, without their offset.
const FORMS: [&str; 6] = [
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y%m%dT%H%M%S%.f",
    "%Y%m%d%H%M%S",
    "%d.%m.%Y %H:%M:%S%.f",
    "%d.%m.%YT%H:%M:%S%.f",
];

/// A moment from `2023-08-28T15:33:50`, `20230828T153350` or `28.08.2023 15:33:50`, UNIX milliseconds. An offset may follow:
/// `Z`, `+05`, `+0500` or `+05:00`. A text without one is in Tashkent time.
pub fn parse_moment(text: &str) -> Option<UnixMillis> {
    let (local, offset_ms) = without_offset(text.trim())?;
    let naive = FORMS
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(local, form).ok())?;
    Some(UnixMillis(naive.and_utc().timestamp_millis() - offset_ms))
}

/// A moment's text before its offset, and the offset; `None` for one that no place has.
fn without_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return Some((local.trim_end(), 0));
    }
    // Behind the day, whose hyphens are no signs.
    let signed = text
        .char_indices()
        .skip(10)
        .find(|(_, sign)| "+-".contains(*sign));
    let Some((at, sign)) = signed else {
        return Some((text, TASHKENT_OFFSET_MS));
    };
    let (local, offset) = text.split_at_checked(at)?;
    let digits: String = offset.chars().skip(1).filter(|sign| *sign != ':').collect();
    let number: i64 = digits.parse().ok()?;
    let (hours, minutes) = match digits.len() {
        2 => (number, 0),
        4 => (number / 100, number % 100),
        _ => return None,
    };
    if hours > 18 || minutes > 59 {
        return None;
    }
    let minutes = hours * 60 + minutes;
    let minutes = if sign == '-' { -minutes } else { minutes };
    Some((local.trim_end(), minutes * 60_000))
}

/// As the documents write `createdAt`: `8/28/2023, 3:45:32 PM`.
pub fn written(moment: UnixMillis) -> String {
    local(moment).format("%-m/%-d/%Y, %-I:%M:%S %p").to_string()
}

/// `2023-08-28 15:45:32`, without an offset.
pub fn local_text(moment: UnixMillis) -> String {
    local(moment).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// For operators: `2023-08-28T15:45:32+05:00`.
pub fn stamp(moment: UnixMillis) -> String {
    local(moment).format("%Y-%m-%dT%H:%M:%S+05:00").to_string()
}

fn local(moment: UnixMillis) -> NaiveDateTime {
    DateTime::<Utc>::from_timestamp_millis((moment + TASHKENT_OFFSET_MS).0)
        .unwrap_or_default()
        .naive_utc()
}

fn unix_millis(local: NaiveDateTime) -> UnixMillis {
    UnixMillis(local.and_utc().timestamp_millis() - TASHKENT_OFFSET_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document's sample (`cards.monitoring`).
    #[test]
    fn the_documented_times() {
        let at = UnixMillis(1_693_218_830_000);
        assert_eq!(
            (Day::of(at).number(), clock_number(at)),
            (20_230_828, 153_350)
        );
        assert_eq!(moment(20_230_828, 153_350), Some(at));
        assert_eq!(
            written(UnixMillis(1_693_219_532_437)),
            "8/28/2023, 3:45:32 PM"
        );
        assert_eq!(
            written(UnixMillis(1_693_162_800_000)),
            "8/28/2023, 12:00:00 AM"
        );
        assert_eq!(
            stamp(UnixMillis(1_693_219_532_437)),
            "2023-08-28T15:45:32+05:00"
        );
    }

    #[test]
    fn a_moment_is_read_in_the_forms_that_networks_use() {
        let at = UnixMillis(1_693_218_830_000);
        for text in [
            "2023-08-28T15:33:50",
            "2023-08-28 15:33:50.000",
            " 2023-08-28T15:33:50 ",
            "2023-08-28T10:33:50Z",
            "2023-08-28 10:33:50.000z",
            "2023-08-28T15:33:50+05:00",
            "2023-08-28T15:33:50.000+0500",
            "2023-08-28 15:33:50 +05",
            "2023-08-28T10:33:50-0000",
            "2023-08-28T05:03:50-0530",
            "20230828T153350",
            "20230828T153350+0500",
            "20230828T103350Z",
            "20230828153350",
            "28.08.2023 15:33:50",
            "28.08.2023 15:33:50+0500",
            "28.08.2023T15:33:50",
        ] {
            assert_eq!(parse_moment(text), Some(at), "{text}");
        }
        for text in [
            "",
            "28.08.2023",
            "2023-08-28",
            "2023-08-28T15:33",
            "2023-08-28T25:33:50",
            "2023-02-30T15:33:50",
            "08.28.2023 15:33:50",
            "2023-08-28T15:33:50+5",
            "2023-08-28T15:33:50+99:00",
            "2023-08-28T15:33:50+0560",
            "2023-08-28T15:33:50+05:00 x",
            "2023-08-28T15:33:50+",
            "20230828153350123",
            "x",
        ] {
            assert_eq!(parse_moment(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_may_have_lost_its_leading_zeros() {
        let midnight = moment(20_230_828, 0).unwrap();
        assert_eq!(midnight, UnixMillis(1_693_162_800_000));
        assert_eq!(moment(20_230_828, 5), Some(midnight + 5_000));
        assert_eq!(moment(20_230_828, 240_000), None);
        assert_eq!(moment(20_230_228, 6_000), None);
        assert_eq!(moment(20_230_230, 0), None);
        assert_eq!(moment(20_230_828, -1), None);
    }

    #[test]
    fn a_day_has_its_borders_and_its_neighbours() {
        let day = Day::from_number(20_240_228).unwrap();
        let last = Day::from_number(20_240_301).unwrap();
        let numbers: Vec<i32> = day.until(last).map(Day::number).collect();
        assert_eq!(numbers, [20_240_228, 20_240_229, 20_240_301]);
        assert_eq!((day.days_until(last), last.days_until(day)), (3, -1));
        assert_eq!(last.until(day).count(), 0);
        assert_eq!(Day::of(day.begins_at()), day);
        assert_eq!(Day::of(day.begins_at() - 1).number(), 20_240_227);
        assert_eq!(Day::of(day.ends_at()).number(), 20_240_229);
        assert_eq!(day.iso(), "2024-02-28");
        assert_eq!(Day::from_iso("2024-02-28"), Some(day));
        for wrong in ["2024-2-28", "2023-02-29", "20240228", "2024-02-28 ", ""] {
            assert_eq!(Day::from_iso(wrong), None, "{wrong}");
        }
        assert_eq!(day.after().number(), 20_240_229);
        assert_eq!(last.before(), day.after());
        let [(first, one), (two, end)] = day.halves(last).unwrap();
        let numbers = [first, one, two, end].map(Day::number);
        assert_eq!(numbers, [20_240_228, 20_240_228, 20_240_229, 20_240_301]);
        assert_eq!((day.halves(day), last.halves(day)), (None, None));
    }
}
