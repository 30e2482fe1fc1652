//! Instants, dates and zones: the only place that knows how local time works.
//!
//! All instants are milliseconds since 1970 in UTC; all dates are days since 1970-01-01. Zones come
//! from the system's time-zone database; where there is none, from the copy that is compiled in
//! (`docs/adr/0004-time-zone-data.md`).

use std::cell::Cell;
use std::fmt::Write;

use jiff::civil;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// Milliseconds since 1970-01-01T00:00:00Z; finer digits are dropped.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(pub i64);

/// Days since 1970-01-01.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Date(pub i32);

/// Milliseconds of a second, an hour and 24 hours.
pub const SECOND: i64 = 1_000;
/// See [`SECOND`].
pub const MINUTE: i64 = 60 * SECOND;
/// See [`SECOND`].
pub const HOUR: i64 = 3_600 * SECOND;
/// See [`SECOND`].
pub const DAY: i64 = 24 * HOUR;

impl Timestamp {
    /// Before every event.
    pub const MIN: Self = Self(i64::MIN);
    /// After every event.
    pub const MAX: Self = Self(i64::MAX);

    /// `millis` later.
    #[must_use]
    pub fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// `millis` earlier.
    #[must_use]
    pub fn minus(self, millis: i64) -> Self {
        Self(self.0.saturating_sub(millis))
    }
}

impl Date {
    /// `None` where there is no such day, as 30 February.
    pub fn from_ymd(year: i16, month: i8, day: i8) -> Option<Self> {
        civil::Date::new(year, month, day).ok().map(Self::from_civil)
    }

    /// `days` later.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self(i32::try_from(i64::from(self.0) + days).expect("dates stay within years 1900 to 3010"))
    }

    /// Days from `other` to this.
    pub fn days_since(self, other: Self) -> i64 {
        i64::from(self.0) - i64::from(other.0)
    }

    /// As year, month and day.
    pub fn civil(self) -> civil::Date {
        let midnight = instant(Timestamp(i64::from(self.0) * DAY));
        Offset::UTC.to_datetime(midnight).date()
    }

    /// From year, month and day.
    pub fn from_civil(date: civil::Date) -> Self {
        let midnight = Offset::UTC.to_timestamp(date.at(0, 0, 0, 0));
        let midnight = midnight.expect("dates stay within years 1900 to 3010");
        Self(i32::try_from(midnight.as_second() / (DAY / SECOND)).expect("as above"))
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.civil().fmt(f)
    }
}

/// A time zone of the database.
#[derive(Clone, Debug)]
pub struct Zone {
    zone: TimeZone,
    /// The local day that was last asked for: asking for the same day again is the rule.
    last: Cell<LocalDay>,
}

/// A local day as a half-open span of instants.
#[derive(Clone, Copy, Debug)]
struct LocalDay {
    date: Date,
    start: Timestamp,
    end: Timestamp,
}

impl Zone {
    /// `None` where there is no zone of that name; names are case-sensitive.
    pub fn named(name: &str) -> Option<Self> {
        let zone = TimeZone::get(name).ok()?;
        if zone.iana_name() != Some(name) {
            return None;
        }
        let nothing = LocalDay { date: Date(0), start: Timestamp(0), end: Timestamp(0) };
        Some(Self { zone, last: Cell::new(nothing) })
    }

    /// The date that a clock on the wall shows.
    pub fn date(&self, at: Timestamp) -> Date {
        Date::from_civil(self.civil(at).date())
    }

    /// The hour that a clock on the wall shows.
    pub fn hour(&self, at: Timestamp) -> i64 {
        i64::from(self.civil(at).hour())
    }

    /// Milliseconds since local midnight that a clock on the wall shows.
    pub fn time_of_day(&self, at: Timestamp) -> i64 {
        let time = self.civil(at).time();
        let seconds = i64::from(time.hour()) * 3600
            + i64::from(time.minute()) * 60
            + i64::from(time.second());
        seconds * SECOND + i64::from(time.millisecond())
    }

    fn civil(&self, at: Timestamp) -> civil::DateTime {
        self.zone.to_datetime(instant(at))
    }

    /// The instant at which a local day begins.
    pub fn midnight(&self, date: Date) -> Timestamp {
        self.local(date, 0)
    }

    /// The instant of `millis` after local midnight: the moment of the skip where the clock leaps
    /// over it, the first of two where it shows that time twice.
    pub fn local(&self, date: Date, millis: i64) -> Timestamp {
        let wall = date
            .civil()
            .at(0, 0, 0, 0)
            .checked_add(jiff::Span::new().milliseconds(millis))
            .expect("dates stay within years 1900 to 3010");
        let at = |offset: Offset| {
            offset.to_timestamp(wall).expect("dates stay within years 1900 to 3010")
        };
        let found = match self.zone.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset } => at(offset),
            AmbiguousOffset::Fold { before, .. } => at(before),
            AmbiguousOffset::Gap { before, after } => {
                let (early, late) = (at(after), at(before));
                // The skip lies after `early` and not after `late`, which it may be.
                self.zone
                    .following(early)
                    .next()
                    .map_or(late, |transition| transition.timestamp().min(late))
            }
        };
        Timestamp(found.as_millisecond())
    }

    /// The local day that holds `at`, by its boundaries: where a clock set back at midnight shows
    /// yesterday's date again, the new day has begun all the same.
    pub fn day(&self, at: Timestamp) -> Date {
        let last = self.last.get();
        if last.start <= at && at < last.end {
            return last.date;
        }
        let mut date = self.date(at);
        let (mut start, mut end) = (self.midnight(date), self.midnight(date.plus(1)));
        while end <= at {
            date = date.plus(1);
            (start, end) = (end, self.midnight(date.plus(1)));
        }
        self.last.set(LocalDay { date, start, end });
        date
    }

    /// RFC 3339 with the zone's offset, of which it knows no seconds (long ago some zones had
    /// them): in whole minutes, and the time such that the instant is right; milliseconds only
    /// where there are some.
    pub fn format(&self, at: Timestamp) -> String {
        let offset = self.zone.to_offset(instant(at)).seconds() / 60 * 60;
        let minutes = Offset::from_seconds(offset).expect("nearer to 0 than the zone's offset");
        let wall = minutes.to_datetime(instant(at));
        let mut text = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            wall.year(),
            wall.month(),
            wall.day(),
            wall.hour(),
            wall.minute(),
            wall.second()
        );
        if wall.millisecond() != 0 {
            let _ = write!(text, ".{:03}", wall.millisecond());
        }
        let sign = if offset < 0 { '-' } else { '+' };
        let minutes = offset.abs() / 60;
        let _ = write!(text, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
        text
    }
}

fn instant(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.0).expect("instants stay within years 1900 to 3010")
}

/// The calendar windows, and what week and quarter mean here.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Period {
    /// A local day.
    Day,
    /// Seven local days from the configured weekday.
    Week,
    /// A calendar month.
    Month,
    /// Three calendar months from the configured month.
    Quarter,
}

impl Period {
    /// All of them, shortest first.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Quarter];
}

/// Local days of the reporting zone and the periods made of them.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: Zone,
    week_start: i64,
    quarter_start_month: i8,
    /// The first days of the periods of the day last asked for.
    last: Cell<(Date, [Date; 4])>,
}

impl Calendar {
    /// `week_start`: 0 is Monday; `quarter_start_month`: 1 to 12.
    pub fn new(zone: Zone, week_start: u8, quarter_start_month: u8) -> Self {
        Self {
            zone,
            week_start: i64::from(week_start),
            quarter_start_month: i8::try_from(quarter_start_month).unwrap_or(1),
            last: Cell::new((Date(i32::MIN), [Date(0); 4])),
        }
    }

    /// The reporting zone.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The first day of each [`Period`] that holds `day`, in the order of [`Period::ALL`].
    pub fn starts(&self, day: Date) -> [Date; 4] {
        let (known, starts) = self.last.get();
        if known == day {
            return starts;
        }
        let civil = day.civil();
        let into_week =
            (i64::from(civil.weekday().to_monday_zero_offset()) - self.week_start).rem_euclid(7);
        let month = civil.first_of_month();
        let into_quarter = (civil.month() - self.quarter_start_month).rem_euclid(3);
        let quarter = month
            .checked_sub(jiff::Span::new().months(into_quarter))
            .expect("dates stay within years 1900 to 3010");
        let starts =
            [day, day.plus(-into_week), Date::from_civil(month), Date::from_civil(quarter)];
        self.last.set((day, starts));
        starts
    }

    /// The first day of the period that holds `day`.
    pub fn start(&self, period: Period, day: Date) -> Date {
        self.starts(day)[period as usize]
    }

    /// The first day of the period after the one that starts on `start`.
    pub fn next(&self, period: Period, start: Date) -> Date {
        let months = match period {
            Period::Day => return start.plus(1),
            Period::Week => return start.plus(7),
            Period::Month => 1,
            Period::Quarter => 3,
        };
        let next = start.civil().checked_add(jiff::Span::new().months(months));
        Date::from_civil(next.expect("dates stay within years 1900 to 3010"))
    }

    /// The first day of the period before the one that starts on `start`.
    pub fn previous(&self, period: Period, start: Date) -> Date {
        self.start(period, start.plus(-1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(zone: &str, (year, month, day): (i16, i8, i8), minutes: i64) -> String {
        let zone = Zone::named(zone).expect("a zone of the database");
        let date = Date::from_ymd(year, month, day).expect("a date");
        zone.format(zone.local(date, minutes * MINUTE))
    }

    #[test]
    fn a_skipped_time_is_the_moment_of_the_skip() {
        assert_eq!(local("Europe/Berlin", (2026, 3, 29), 150), "2026-03-29T03:00:00+02:00");
        assert_eq!(local("America/Santiago", (2026, 9, 6), 0), "2026-09-06T01:00:00-03:00");
    }

    #[test]
    fn of_a_doubled_time_the_first_counts() {
        assert_eq!(local("Europe/Berlin", (2026, 10, 25), 150), "2026-10-25T02:30:00+02:00");
    }

    #[test]
    fn seconds_of_an_offset_go_into_the_time() {
        assert_eq!(local("Asia/Shanghai", (1900, 1, 2), 0), "1900-01-01T23:59:17+08:05");
    }

    #[test]
    fn zone_names_are_case_sensitive() {
        assert!(Zone::named("asia/shanghai").is_none());
        assert!(Zone::named("Asia/Shanghai").is_some());
    }

    #[test]
    fn quarters_start_where_they_are_told_to() {
        let zone = Zone::named("Asia/Shanghai").expect("a zone of the database");
        let calendar = Calendar::new(zone, 6, 2);
        let day = Date::from_ymd(2026, 1, 20).expect("a date");
        let starts = calendar.starts(day).map(|date| date.to_string());
        assert_eq!(starts, ["2026-01-20", "2026-01-18", "2026-01-01", "2025-11-01"]);
        let quarter = calendar.start(Period::Quarter, day);
        assert_eq!(calendar.next(Period::Quarter, quarter).to_string(), "2026-02-01");
        assert_eq!(calendar.previous(Period::Quarter, quarter).to_string(), "2025-08-01");
    }
}
