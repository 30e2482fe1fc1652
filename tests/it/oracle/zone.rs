//! Local time: dates and times of day in a zone, and back to instants (milliseconds).

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};

/// The zone of this very name, upper and lower case as they are (`docs/SEMANTICS.md` 4).
pub fn find(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok().filter(|zone| zone.iana_name() == Some(name))
}

/// The instant as a timestamp.
pub fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).expect("instants lie between 1970 and 3010")
}

/// Local date and time of an instant.
pub fn local(ms: i64, zone: &TimeZone) -> DateTime {
    zone.to_datetime(timestamp(ms))
}

/// Local date of an instant.
pub fn date(ms: i64, zone: &TimeZone) -> Date {
    local(ms, zone).date()
}

/// Days from `from` to `to`.
pub fn days(from: Date, to: Date) -> i64 {
    i64::from((to - from).get_days())
}

/// The date so many days later.
pub fn plus(date: Date, days: i64) -> Date {
    date.checked_add(jiff::Span::new().days(days)).expect("dates stay within the calendar")
}

/// The instant of a local time: a skipped one is the moment of the skip, of a doubled one the first
/// (`docs/SEMANTICS.md` 14, 31).
pub fn instant(local: DateTime, zone: &TimeZone) -> i64 {
    let at = |offset: jiff::tz::Offset| {
        offset.to_timestamp(local).expect("local times stay within the calendar").as_millisecond()
    };
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => at(offset),
        AmbiguousOffset::Fold { before, .. } => at(before),
        AmbiguousOffset::Gap { after, .. } => zone
            .following(timestamp(at(after)))
            .find(|change| change.offset() == after)
            .expect("a gap has a change of clocks")
            .timestamp()
            .as_millisecond(),
    }
}

/// The first instant of a local day.
pub fn midnight(date: Date, zone: &TimeZone) -> i64 {
    instant(date.to_datetime(Time::midnight()), zone)
}

/// RFC 3339 with the zone's offset.
pub fn print(ms: i64, zone: &TimeZone) -> String {
    let moment = timestamp(ms).to_zoned(zone.clone());
    moment
        .strftime(if ms % 1000 == 0 { "%Y-%m-%dT%H:%M:%S%:z" } else { "%Y-%m-%dT%H:%M:%S.%3f%:z" })
        .to_string()
}
