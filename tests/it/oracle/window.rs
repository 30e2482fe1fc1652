//! Windows: where they begin and end at a clock (`docs/SEMANTICS.md` 31).

use std::collections::BTreeSet;

use jiff::civil::{Date, Time};

use super::config::{Config, DAY};
use super::zone;

pub const ROLLING: [(&str, i64, i64); 6] = [
    ("1m", 60_000, 1_000),
    ("5m", 300_000, 1_000),
    ("15m", 900_000, 1_000),
    ("1h", 3_600_000, 60_000),
    ("24h", DAY, 60_000),
    ("7d", 7 * DAY, 600_000),
];

pub const CALENDAR: [&str; 4] = ["today", "week", "month", "quarter"];

/// Instants from `from` on, before `to`.
#[derive(Clone, Copy)]
pub struct Span {
    pub from: i64,
    pub to: i64,
}

impl Span {
    pub fn holds(&self, at: i64) -> bool {
        (self.from..self.to).contains(&at)
    }
}

/// A rolling window begins at the start of the pane that holds t − W; t itself is in it.
pub fn rolling(t: i64, length: i64, pane: i64) -> Span {
    Span { from: (t - length).div_euclid(pane) * pane, to: t + 1 }
}

/// The first day of the period of a calendar window that holds a date.
pub fn first_day(window: &str, date: Date, config: &Config) -> Date {
    let months_in = match window {
        "today" => return date,
        "week" => return zone::plus(date, -i64::from(date.weekday().since(config.week_start))),
        "month" => 0,
        _ => (date.month() - config.quarter_start_month).rem_euclid(3),
    };
    months(date.first_of_month(), -i64::from(months_in))
}

/// The first day of the next period.
pub fn next_period(window: &str, first: Date) -> Date {
    match window {
        "today" => zone::plus(first, 1),
        "week" => zone::plus(first, 7),
        "month" => months(first, 1),
        _ => months(first, 3),
    }
}

fn months(date: Date, count: i64) -> Date {
    date.checked_add(jiff::Span::new().months(count)).expect("dates stay within the calendar")
}

/// A calendar window to date.
pub fn to_date(window: &str, t: i64, config: &Config) -> Span {
    let first = first_day(window, zone::date(t, &config.zone), config);
    Span { from: zone::midnight(first, &config.zone), to: t + 1 }
}

/// The whole previous period.
pub fn full(window: &str, t: i64, config: &Config) -> Span {
    let first = first_day(window, zone::date(t, &config.zone), config);
    let before = first_day(window, zone::plus(first, -1), config);
    Span { from: zone::midnight(before, &config.zone), to: zone::midnight(first, &config.zone) }
}

/// The previous period at the same point, and for all but `today` what it is compared with.
pub fn same_point(window: &str, t: i64, config: &Config) -> (Option<Span>, Option<Span>) {
    let zone = &config.zone;
    let full = full(window, t, config);
    let now = zone::local(t, zone);
    if window == "today" {
        let minute = Time::constant(now.hour(), now.minute(), 0, 0);
        let to = zone::instant(zone::plus(now.date(), -1).to_datetime(minute), zone);
        return (Some(Span { from: full.from, to }), None);
    }
    let first = first_day(window, now.date(), config);
    let completed = zone::days(first, now.date());
    if completed == 0 {
        return (None, None);
    }
    let before = first_day(window, zone::plus(first, -1), config);
    let to = zone::midnight(zone::plus(before, completed), zone).min(full.to);
    let current = Span { from: zone::midnight(first, zone), to: zone::midnight(now.date(), zone) };
    (Some(Span { from: full.from, to }), Some(current))
}

/// Every period of a calendar window that ended by t and holds one of these instants.
pub fn closed(window: &str, instants: &BTreeSet<i64>, t: i64, config: &Config) -> Vec<Span> {
    let happened = instants.iter().filter(|at| **at <= t);
    let firsts: BTreeSet<Date> =
        happened.map(|at| first_day(window, zone::date(*at, &config.zone), config)).collect();
    let span = |first: Date| Span {
        from: zone::midnight(first, &config.zone),
        to: zone::midnight(next_period(window, first), &config.zone),
    };
    firsts.into_iter().map(span).filter(|span| span.to <= t).collect()
}
