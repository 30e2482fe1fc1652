//! Instants, dates and zones: the only place that knows how local time works.
//!
//! All instants are milliseconds since 1970 in UTC; all dates are days since 1970-01-01. Zones come
//! from the bundled time-zone database, so that a business day is the same on every machine.

use jiff::civil;

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
        civil::date(1970, 1, 1)
            .checked_add(jiff::Span::new().days(self.0))
            .expect("dates stay within years 1900 to 3010")
    }

    /// From year, month and day.
    pub fn from_civil(date: civil::Date) -> Self {
        let days = (date - civil::date(1970, 1, 1)).get_days();
        Self(days)
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.civil().fmt(f)
    }
}
