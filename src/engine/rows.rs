//! Rows: the KPI rows, comparison records and closed rows of every scope, as of the clock
//! (`docs/SEMANTICS.md` 30–33).

use super::account::counts_notices;
use super::catalogue::{CATALOGUE, In, Kpi};
use super::formula::{Formula, Reading, Sum};
use super::json::Object;
use super::measure::{Distinct, Tally};
use super::pane::{Histogram, Rolling, Series};
use super::stamp::{Dimension, Key, Name};
use super::tables::Tables;
use super::time::{Date, MINUTE, Period, Timestamp};
use super::windows::Windows;
use super::{Output, OutputTopic};

/// A window of a row.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Window {
    /// What holds now.
    Now,
    /// The last so much time.
    Rolling(Rolling),
    /// The current period to date.
    ToDate(Period),
}

impl Window {
    /// All of them, in the order in which rows are printed.
    pub const ALL: [Self; 11] = [
        Self::Now,
        Self::Rolling(Rolling::Minute),
        Self::Rolling(Rolling::FiveMinutes),
        Self::Rolling(Rolling::Quarter),
        Self::Rolling(Rolling::Hour),
        Self::Rolling(Rolling::Day),
        Self::Rolling(Rolling::Week),
        Self::ToDate(Period::Day),
        Self::ToDate(Period::Week),
        Self::ToDate(Period::Month),
        Self::ToDate(Period::Quarter),
    ];

    /// As written in rows, in the configuration and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Rolling(Rolling::Minute) => "1m",
            Self::Rolling(Rolling::FiveMinutes) => "5m",
            Self::Rolling(Rolling::Quarter) => "15m",
            Self::Rolling(Rolling::Hour) => "1h",
            Self::Rolling(Rolling::Day) => "24h",
            Self::Rolling(Rolling::Week) => "7d",
            Self::ToDate(Period::Day) => "today",
            Self::ToDate(Period::Week) => "week",
            Self::ToDate(Period::Month) => "month",
            Self::ToDate(Period::Quarter) => "quarter",
        }
    }

    /// From its name, if there is one of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|window| window.name() == text)
    }
}

/// What stands in a window: between which instants, and the sums.
struct Side<'a> {
    from: Timestamp,
    to: Timestamp,
    tally: Tally,
    part: Distinct,
    kpis: In,
    notices: Option<&'a Histogram>,
}

/// Writes rows of one scope after another, as of one clock.
pub struct Rows<'a> {
    tables: &'a Tables,
    windows: &'a Windows,
    now: Timestamp,
    /// The low digits of every `version`.
    count: i64,
    digits: u32,
}

impl<'a> Rows<'a> {
    /// As of `now`; `count`: how often rows have been written by this process.
    pub fn new(tables: &'a Tables, windows: &'a Windows, now: Timestamp, count: i64) -> Self {
        let digits = tables.settings.rates.reporting().minor_digits();
        Self { tables, windows, now, count, digits }
    }

    /// All rows and comparison records of the windows asked for.
    pub fn write(&self, asked: &[Window], publish: &mut dyn FnMut(Output)) {
        for key in self.tables.stamps.sorted_keys(&self.tables.names) {
            for &window in asked {
                if self.has(key, window) {
                    self.write_row(key, window, publish);
                    self.write_comparison(key, window, publish);
                }
            }
        }
    }

    /// The row of every calendar period that has ended, in the order of keys, windows and time.
    pub fn write_closed(&self, asked: &[Window], publish: &mut dyn FnMut(Output)) {
        let calendar = &self.tables.calendar;
        let today = self.tables.day(self.now);
        for key in self.tables.stamps.sorted_keys(&self.tables.names) {
            for &window in asked {
                let Window::ToDate(period) = window else { continue };
                if !self.has(key, window) {
                    continue;
                }
                let Some(series) = self.windows.read(key) else { continue };
                let mut starts: Vec<Date> =
                    series.active_days().map(|day| calendar.start(period, day)).collect();
                starts.dedup();
                for start in starts {
                    let end = calendar.next(period, start);
                    if end <= today {
                        self.write_closed_row(key, period, (start, end), publish);
                    }
                }
            }
        }
    }

    fn has(&self, key: Key, window: Window) -> bool {
        let set = &self.tables.stamps.sets()[self.tables.stamps.scope(key).set];
        match window {
            Window::Now | Window::ToDate(Period::Day | Period::Month) => true,
            Window::Rolling(_) | Window::ToDate(Period::Week | Period::Quarter) => {
                !set.is_agent_by_bucket()
            }
        }
    }

    fn write_row(&self, key: Key, window: Window, publish: &mut dyn FnMut(Output)) {
        let (now, calendar) = (self.now, &self.tables.calendar);
        let today = self.tables.day(now);
        let Some(series) = self.windows.read(key) else { return };
        let side = match window {
            Window::Now => Side {
                from: now,
                to: now,
                tally: series.gauges().clone(),
                part: Distinct::Last,
                kpis: In::Now,
                notices: None,
            },
            Window::Rolling(rolling) => Side {
                from: rolling.from(now),
                to: now,
                tally: series.rolling(rolling, now).expanded(),
                part: Distinct::Last,
                kpis: In::RollingAndCalendar,
                notices: None,
            },
            Window::ToDate(period) => {
                let start = calendar.start(period, today);
                let from = calendar.zone().midnight(start);
                whole(series, period, (start, today.plus(1)), (from, now))
            }
        };
        if side.tally.is_zero() && !self.is_portfolio(key) {
            return;
        }
        let mut value = String::with_capacity(4096);
        let mut row = self.begin(&mut value, key, window, Some((side.from, side.to)));
        self.write_kpis(&mut row, key, window, &side);
        row.end();
        publish(Output { topic: OutputTopic::Kpis, key: self.key(key, window.name()), value });
    }

    fn write_closed_row(
        &self,
        key: Key,
        period: Period,
        (start, end): (Date, Date),
        publish: &mut dyn FnMut(Output),
    ) {
        let window = Window::ToDate(period);
        let zone = self.tables.calendar.zone();
        let span = (zone.midnight(start), zone.midnight(end));
        let Some(series) = self.windows.read(key) else { return };
        let side = whole(series, period, (start, end), span);
        if side.tally.is_zero() {
            return;
        }
        let mut value = String::with_capacity(4096);
        let mut row = self.begin(&mut value, key, window, Some(span));
        self.write_kpis(&mut row, key, window, &side);
        row.end();
        let key = format!("{}|{start}", self.key(key, window.name()));
        publish(Output { topic: OutputTopic::Closed, key, value });
    }

    fn write_comparison(&self, key: Key, window: Window, publish: &mut dyn FnMut(Output)) {
        let Window::ToDate(period) = window else { return };
        let set = &self.tables.stamps.sets()[self.tables.stamps.scope(key).set];
        if set.is_agent_by_bucket() {
            return;
        }
        let (now, calendar) = (self.now, &self.tables.calendar);
        let zone = calendar.zone();
        let today = self.tables.day(now);
        let start = calendar.start(period, today);
        let previous = calendar.previous(period, start);
        let midnights = |first: Date, end: Date| (zone.midnight(first), zone.midnight(end));
        let Some(series) = self.windows.read(key) else { return };
        let full = whole(series, period, (previous, start), midnights(previous, start));
        let (same_point, current) = if period == Period::Day {
            let minute = zone.time_of_day(now) / MINUTE * MINUTE;
            let cut = zone.local(previous, minute).clamp(full.from, full.to);
            let tally = series.span(full.from, cut).expanded();
            let part = Distinct::Day;
            let kpis = In::Calendar;
            (Some(Side { from: full.from, to: cut, tally, part, kpis, notices: None }), None)
        } else if start == today {
            (None, None)
        } else {
            let days = today.days_since(start);
            let end = previous.plus(days).min(start);
            let side = |days: (Date, Date)| Side {
                notices: None,
                ..whole(series, period, days, midnights(days.0, days.1))
            };
            (Some(side((previous, end))), Some(side((start, today))))
        };
        let mut sides = [Some(&full), same_point.as_ref(), current.as_ref()].into_iter().flatten();
        if sides.all(|side| side.tally.is_zero()) && !self.is_portfolio(key) {
            return;
        }
        let mut value = String::with_capacity(8192);
        let mut record = self.begin(&mut value, key, window, None);
        let mut object = record.object("previous");
        let mut write = |name: &str, side: Option<&Side<'_>>| match side {
            None => object.optional(name, None),
            Some(side) => {
                let mut object = object.object(name);
                object.text("from", &zone.format(side.from));
                object.text("to", &zone.format(side.to));
                self.write_kpis(&mut object, key, window, side);
                object.end();
            }
        };
        write("full", Some(&full));
        write("same_point", same_point.as_ref());
        if period != Period::Day {
            write("current", current.as_ref());
        }
        object.end();
        record.end();
        let key = format!("{}|previous", self.key(key, window.name()));
        publish(Output { topic: OutputTopic::Kpis, key, value });
    }

    fn begin<'o>(
        &self,
        out: &'o mut String,
        key: Key,
        window: Window,
        span: Option<(Timestamp, Timestamp)>,
    ) -> Object<'o> {
        let zone = self.tables.calendar.zone();
        let mut row = Object::begin(out);
        let mut scope = row.object("scope");
        for (dimension, name) in self.dimensions(key) {
            scope.text(dimension.name(), self.tables.names.text(name));
        }
        scope.end();
        row.text("window", window.name());
        if let Some((from, to)) = span {
            row.text("from", &zone.format(from));
            row.text("to", &zone.format(to));
        }
        row.text("as_of", &zone.format(self.now));
        let version = i128::from(self.tables.settings.started_s) * 1_000_000;
        row.integer("version", version + i128::from(self.count));
        row.text("currency", &self.tables.settings.rates.reporting().to_string());
        row
    }

    fn write_kpis(&self, row: &mut Object<'_>, key: Key, window: Window, side: &Side<'_>) {
        let set = &self.tables.stamps.sets()[self.tables.stamps.scope(key).set];
        let reading = Reading {
            tally: &side.tally,
            part: side.part,
            by_agent: set.has(Dimension::Agent),
            notices: side.notices,
            digits: self.digits,
            low_sample: self.tables.settings.low_sample,
            names: &self.tables.names,
        };
        let mut kpis = row.object("kpis");
        for kpi in CATALOGUE.iter().filter(|kpi| self.prints(kpi, key, window, side.kpis)) {
            let mut object = kpis.object(kpi.id);
            reading.write(kpi.formula, &mut object);
            object.end();
        }
        kpis.end();
    }

    fn prints(&self, kpi: &Kpi, key: Key, window: Window, kpis: In) -> bool {
        let set = &self.tables.stamps.sets()[self.tables.stamps.scope(key).set];
        let is_there = match kpi.windows {
            In::Now => kpis == In::Now,
            In::Calendar => kpis == In::Calendar,
            In::RollingAndCalendar => kpis != In::Now,
        };
        let crowded = window == Window::ToDate(Period::Quarter) && set.has(Dimension::Agent);
        is_there
            && !(crowded && counts_accounts(kpi.formula))
            && (counts_notices(set) || !is_notices(kpi.formula))
    }

    fn dimensions(&self, key: Key) -> impl Iterator<Item = (Dimension, Name)> + '_ {
        let scope = self.tables.stamps.scope(key);
        let set = &self.tables.stamps.sets()[scope.set];
        set.0.iter().copied().zip(scope.values.iter().copied())
    }

    fn is_portfolio(&self, key: Key) -> bool {
        self.tables.stamps.scope(key).values.is_empty()
    }

    /// The record's key: `team=t1,bucket=M2|1h`, `portfolio|today`.
    fn key(&self, key: Key, window: &str) -> String {
        let mut text = String::new();
        for (dimension, name) in self.dimensions(key) {
            if !text.is_empty() {
                text.push(',');
            }
            text.push_str(dimension.name());
            text.push('=');
            percent_encode(&mut text, self.tables.names.text(name));
        }
        if text.is_empty() {
            text.push_str("portfolio");
        }
        text.push('|');
        text.push_str(window);
        text
    }
}

/// A period, or as much of it as lies in these days.
fn whole(
    series: &Series,
    period: Period,
    (first, end): (Date, Date),
    (from, to): (Timestamp, Timestamp),
) -> Side<'_> {
    Side {
        from,
        to,
        tally: series.days(first, end).expanded(),
        part: Distinct::FIRSTS[period as usize],
        kpis: In::Calendar,
        notices: Some(series.notices(period, first).unwrap_or(&NO_NOTICES)),
    }
}

static NO_NOTICES: Histogram = Histogram::new();

/// Whether a formula counts distinct accounts that were contacted or worked.
fn counts_accounts(formula: Formula) -> bool {
    match formula {
        Formula::Sum { of, .. } => matches!(of, Sum::Distinct(_)),
        Formula::Quotient { num, den, .. } => {
            matches!(num, Sum::Distinct(_)) || matches!(den, Sum::Distinct(_))
        }
        Formula::HandleTime | Formula::Notices | Formula::Mix { .. } | Formula::State { .. } => {
            false
        }
    }
}

fn is_notices(formula: Formula) -> bool {
    matches!(formula, Formula::Notices)
}

/// Percent-encodes all but unreserved characters (RFC 3986).
pub fn percent_encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let digits = b"0123456789ABCDEF";
            out.push('%');
            out.extend([byte >> 4, byte & 15].map(|half| char::from(digits[usize::from(half)])));
        }
    }
}
