//! Panes: sums over short spans of time, from which every window is put together.
//!
//! A fact is written to the finest pane that still exists for its instant and to its local day.
//! Fine panes are rolled up into coarser ones as they leave the windows that need them: seconds for
//! the windows up to 15 minutes, minutes up to 24 hours (and yesterday at this minute), ten minutes
//! up to seven days. A key pays only for the panes and the measures that it touched.

use std::collections::{BTreeMap, VecDeque};

use super::measure::{Code, Tally};
use super::time::{Date, HOUR, MINUTE, Period, SECOND, Timestamp};

/// The rolling windows.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Rolling {
    /// `1m`
    Minute,
    /// `5m`
    FiveMinutes,
    /// `15m`
    Quarter,
    /// `1h`
    Hour,
    /// `24h`
    Day,
    /// `7d`
    Week,
}

impl Rolling {
    /// All of them, shortest first.
    pub const ALL: [Self; 6] =
        [Self::Minute, Self::FiveMinutes, Self::Quarter, Self::Hour, Self::Day, Self::Week];

    /// Milliseconds.
    fn length(self) -> i64 {
        match self {
            Self::Minute => MINUTE,
            Self::FiveMinutes => 5 * MINUTE,
            Self::Quarter => 15 * MINUTE,
            Self::Hour => HOUR,
            Self::Day => 24 * HOUR,
            Self::Week => 7 * 24 * HOUR,
        }
    }

    /// The span of its panes in milliseconds.
    fn pane(self) -> i64 {
        match self {
            Self::Minute | Self::FiveMinutes | Self::Quarter => SECOND,
            Self::Hour | Self::Day => MINUTE,
            Self::Week => TEN_MINUTES,
        }
    }

    /// Where the window that ends at `now` begins: at the start of a pane.
    pub fn from(self, now: Timestamp) -> Timestamp {
        Timestamp(floor(now.0 - self.length(), self.pane()))
    }
}

const TEN_MINUTES: i64 = 10 * MINUTE;

/// How far back yesterday's minutes can lie: two days of 25 hours.
const YESTERDAY: i64 = 50 * HOUR;

fn floor(millis: i64, span: i64) -> i64 {
    millis - millis.rem_euclid(span)
}

/// Panes of one width, in ascending order.
#[derive(Clone, Debug, Default)]
struct Panes(VecDeque<(i64, Tally)>);

impl Panes {
    fn at(&mut self, start: i64) -> &mut Tally {
        let at = match self.0.back() {
            Some(last) if last.0 == start => self.0.len() - 1,
            Some(last) if start < last.0 => {
                match self.0.binary_search_by_key(&start, |pane| pane.0) {
                    Ok(at) => at,
                    Err(at) => {
                        self.0.insert(at, (start, Tally::default()));
                        at
                    }
                }
            }
            Some(_) | None => {
                self.0.push_back((start, Tally::default()));
                self.0.len() - 1
            }
        };
        &mut self.0[at].1
    }

    /// Takes out what begins before `start`.
    fn take_before(&mut self, start: i64) -> impl Iterator<Item = (i64, Tally)> + '_ {
        let leaving = self.0.partition_point(|pane| pane.0 < start);
        self.0.drain(..leaving)
    }

    /// What begins at or after `from` and before `end`.
    fn between(&self, from: i64, end: i64) -> impl Iterator<Item = &Tally> + '_ {
        let first = self.0.partition_point(|pane| pane.0 < from);
        self.0.range(first..).take_while(move |pane| pane.0 < end).map(|pane| &pane.1)
    }
}

/// How many accounts have received so many notices, for each number of them.
pub type Histogram = BTreeMap<u32, i64>;

/// Everything that is summed for one key.
#[derive(Clone, Debug)]
pub struct Series {
    /// Seconds and minutes are there back to these instants, ten minutes back to the last.
    floors: [i64; 3],
    seconds: Panes,
    minutes: Panes,
    tens: Panes,
    days: Panes,
    /// Notices received in a period, by the period's first day.
    notices: BTreeMap<(Period, Date), Histogram>,
    /// States that hold now.
    gauges: Tally,
    /// Whether the key has rolling windows at all.
    rolls: bool,
}

impl Series {
    /// Nothing yet; `rolls`: whether the key has rolling windows.
    pub fn new(rolls: bool) -> Self {
        Self {
            floors: [i64::MIN; 3],
            seconds: Panes::default(),
            minutes: Panes::default(),
            tens: Panes::default(),
            days: Panes::default(),
            notices: BTreeMap::new(),
            gauges: Tally::default(),
            rolls,
        }
    }

    /// Rolls up what no finer window needs any more at `now`.
    pub fn roll(&mut self, now: Timestamp) {
        let seconds = floor(now.0 - Rolling::Quarter.length(), MINUTE);
        if !self.rolls || seconds <= self.floors[0] {
            return;
        }
        let minutes = floor(now.0 - YESTERDAY, TEN_MINUTES);
        let tens = Rolling::Week.from(now).0;
        self.floors = [seconds, minutes, tens];
        for (start, tally) in self.seconds.take_before(seconds) {
            self.minutes.at(floor(start, MINUTE)).merge(&tally);
        }
        for (start, tally) in self.minutes.take_before(minutes) {
            self.tens.at(floor(start, TEN_MINUTES)).merge(&tally);
        }
        self.tens.take_before(tens).for_each(drop);
    }

    /// The finest pane that still exists for an instant.
    fn finest(&mut self, at: Timestamp) -> Option<&mut Tally> {
        let [seconds, minutes, tens] = self.floors;
        if !self.rolls || at.0 < tens {
            None
        } else if seconds <= at.0 {
            Some(self.seconds.at(floor(at.0, SECOND)))
        } else if minutes <= at.0 {
            Some(self.minutes.at(floor(at.0, MINUTE)))
        } else {
            Some(self.tens.at(floor(at.0, TEN_MINUTES)))
        }
    }

    /// Adds counts to the finest pane of an instant and others to its local day, both in ascending
    /// order of their codes.
    pub fn add_counts(
        &mut self,
        (at, day): (Timestamp, Date),
        fine: &[(Code, i64)],
        daily: &[(Code, i64)],
    ) {
        if !fine.is_empty()
            && let Some(tally) = self.finest(at)
        {
            tally.add_counts(fine);
        }
        if !daily.is_empty() {
            self.days.at(i64::from(day.0)).add_counts(daily);
        }
    }

    /// Adds money at an instant of a local day.
    pub fn add_money(&mut self, at: Timestamp, day: Date, code: Code, value: i128) {
        if let Some(tally) = self.finest(at) {
            tally.add_money(code, value);
        }
        self.days.at(i64::from(day.0)).add_money(code, value);
    }

    /// The states that hold now.
    pub fn gauges(&self) -> &Tally {
        &self.gauges
    }

    /// The states that hold now, to be changed.
    pub fn gauges_mut(&mut self) -> &mut Tally {
        &mut self.gauges
    }

    /// One account more, or less, has received `notices` in the period that began on `start`.
    pub fn add_notices(&mut self, period: Period, start: Date, notices: u32, accounts: i64) {
        *self.notices.entry((period, start)).or_default().entry(notices).or_default() += accounts;
    }

    /// How many accounts have received how many notices in the period that began on `start`.
    pub fn notices(&self, period: Period, start: Date) -> Option<&Histogram> {
        self.notices.get(&(period, start))
    }

    /// The sum over a rolling window that ends at `now`, to which the series was rolled.
    pub fn rolling(&self, window: Rolling, now: Timestamp) -> Tally {
        self.span(window.from(now), Timestamp::MAX)
    }

    /// The sum over `[from, end)`, in so far as fine panes are there; both at a pane's boundary.
    pub fn span(&self, from: Timestamp, end: Timestamp) -> Tally {
        let mut sum = Tally::default();
        for panes in [&self.seconds, &self.minutes, &self.tens] {
            panes.between(from.0, end.0).for_each(|tally| sum.merge(tally));
        }
        sum
    }

    /// The sum over the local days from `first` up to and without `end`.
    pub fn days(&self, first: Date, end: Date) -> Tally {
        let mut sum = Tally::default();
        let between = self.days.between(i64::from(first.0), i64::from(end.0));
        between.for_each(|tally| sum.merge(tally));
        sum
    }

    /// The local days on which something was counted, in ascending order.
    pub fn active_days(&self) -> impl Iterator<Item = Date> + '_ {
        self.days.0.iter().map(|pane| Date(i32::try_from(pane.0).unwrap_or(i32::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::measure::Measure;

    const CODE: fn() -> Code = || Measure::VoiceOut.whole();

    fn one_at(series: &mut Series, at: i64, now: i64) {
        series.roll(Timestamp(now));
        let one = [(CODE(), 1)];
        series.add_counts((Timestamp(at), Date(0)), &one, &one);
    }

    #[test]
    fn a_window_begins_at_the_pane_that_holds_its_start() {
        let now = Timestamp(10_000 * HOUR + 90_500);
        assert_eq!(Rolling::Minute.from(now), Timestamp(10_000 * HOUR + 30_000));
        assert_eq!(Rolling::Day.from(now), Timestamp(9_976 * HOUR + 60_000));
    }

    #[test]
    fn panes_roll_up_and_leave() {
        let mut series = Series::new(true);
        let start = 20_000 * HOUR;
        for minute in 0..(8 * 24 * 60) {
            one_at(&mut series, start + minute * MINUTE, start + minute * MINUTE);
        }
        let now = Timestamp(start + (8 * 24 * 60 - 1) * MINUTE);
        let counted = |window: Rolling| series.rolling(window, now).get(CODE());
        assert_eq!(counted(Rolling::Minute), 2);
        assert_eq!(counted(Rolling::Hour), 61);
        assert_eq!(counted(Rolling::Day), 1441);
        assert_eq!(counted(Rolling::Week), i128::from(7 * 24 * 60 + 10));
        assert_eq!(series.days(Date(0), Date(1)).get(CODE()), 8 * 24 * 60);
    }

    #[test]
    fn a_late_fact_finds_the_pane_of_its_instant() {
        let mut series = Series::new(true);
        let now = 20_000 * HOUR;
        for ago in [10 * MINUTE, 3 * HOUR, 60 * HOUR, 200 * HOUR] {
            one_at(&mut series, now - ago, now);
        }
        let counted = |window: Rolling| series.rolling(window, Timestamp(now)).get(CODE());
        assert_eq!(counted(Rolling::Quarter), 1);
        assert_eq!(counted(Rolling::Day), 2);
        assert_eq!(counted(Rolling::Week), 3);
        assert_eq!(series.days(Date(0), Date(1)).get(CODE()), 4);
    }
}
