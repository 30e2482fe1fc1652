//! Windows: the series of every scope key, and who was active in each.

use super::batch::{Batch, FactId};
use super::lookup::Lookup;
use super::measure::{Code, Distinct, Marks, Measure, Tally};
use super::pane::Series;
use super::sighting::{self, Sighting};
use super::stamp::{Dimension, Key, Name, Stamp, Stamps};
use super::tables::Tables;
use super::time::{Date, Period, SECOND, Timestamp};

/// The sums of all scope keys, at a clock.
#[derive(Debug, Default)]
pub struct Windows {
    now: Timestamp,
    series: Vec<Option<Box<Series>>>,
    /// The seconds in which an agent handled a contact in a scope, with how many.
    active: Lookup<(Key, Name), Vec<(i64, u32)>>,
    /// Facts that have not reached the panes.
    batch: Batch,
    /// The last marks of each distinct count: scopes of one contact mostly get the same.
    last_marks: [Option<(Entry, FactId)>; 4],
}

/// Marks at a sighting, added or taken back.
type Entry = (Sighting, Measure, Marks, i64);

impl Windows {
    /// The clock moves on; panes follow when a key is touched.
    pub fn advance(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Brings every series to the clock, to be read.
    pub fn roll(&mut self, stamps: &Stamps) {
        self.settle(stamps);
        for series in self.series.iter_mut().flatten() {
            series.roll(self.now);
        }
    }

    /// The series of a key, if it has one.
    pub fn read(&self, key: Key) -> Option<&Series> {
        self.series.get(key.0 as usize)?.as_deref()
    }

    fn touch(&mut self, stamps: &Stamps, key: Key) -> &mut Series {
        let at = key.0 as usize;
        if self.series.len() <= at {
            self.series.resize_with(at + 1, || None);
        }
        let series = self.series[at].get_or_insert_with(|| {
            let set = &stamps.sets()[stamps.scope(key).set];
            Box::new(Series::new(!set.is_agent_by_bucket()))
        });
        series.roll(self.now);
        series
    }

    /// Brings all facts to the panes.
    fn settle(&mut self, stamps: &Stamps) {
        let mut batch = std::mem::take(&mut self.batch);
        batch
            .drain(&mut |key, at, fine, daily| self.touch(stamps, key).add_counts(at, fine, daily));
        self.batch = batch;
        self.last_marks = [None; 4];
    }

    /// Counts for the fine panes and for the local day of an instant, both in ascending order of
    /// their codes; some keys will [get](Self::enter) them.
    pub fn fact(&mut self, at: Sighting, fine: &[(Code, i64)], daily: &[(Code, i64)]) -> FactId {
        self.batch.fact(at, fine, daily)
    }

    /// Facts made from here on can be entered until the next call.
    pub fn make_room(&mut self, stamps: &Stamps) {
        if self.batch.is_full() {
            self.settle(stamps);
        }
    }

    /// A key gets a fact.
    pub fn enter(&mut self, key: Key, fact: FactId) {
        self.batch.enter(key, fact);
    }

    /// Adds marks of a distinct count to where they are read.
    pub fn add_marks(
        &mut self,
        key: Key,
        at: Sighting,
        (measure, marks): (Measure, Marks),
        value: i64,
    ) {
        let entry = (at, measure, marks, value);
        let slot = measure as usize - Measure::Cases as usize;
        let fact = match self.last_marks[slot] {
            Some((known, fact)) if known == entry => fact,
            Some(_) | None => {
                let code = |needed| marks.only(needed).of(measure).map(|code| (code, value));
                let (fine, daily) = (code(Distinct::is_fine), code(Distinct::is_daily));
                self.fact(at, fine.as_slice(), daily.as_slice())
            }
        };
        self.last_marks[slot] = Some((entry, fact));
        self.enter(key, fact);
    }

    /// Adds money to one key.
    pub fn add_money(
        &mut self,
        stamps: &Stamps,
        key: Key,
        (at, day): (Timestamp, Date),
        code: Code,
        value: i128,
    ) {
        self.touch(stamps, key).add_money(at, day, code, value);
    }

    /// The states that hold now in one key, to be changed.
    pub fn gauges(&mut self, stamps: &Stamps, key: Key) -> &mut Tally {
        self.touch(stamps, key).gauges_mut()
    }

    /// An account that had received `before` notices in a period has received one more; or, with
    /// `sign` −1, one that has `before` without it has lost it.
    pub fn add_notice(
        &mut self,
        stamps: &Stamps,
        key: Key,
        (period, start): (Period, Date),
        before: u32,
        sign: i64,
    ) {
        let series = self.touch(stamps, key);
        if 0 < before {
            series.add_notices(period, start, before, -sign);
        }
        series.add_notices(period, start, before + 1, sign);
    }

    /// An agent handled a contact at an instant (`sign` 1), or did not after all (−1): the distinct
    /// agents of every scope that does not itself group by agent follow.
    pub fn add_agent(
        &mut self,
        tables: &Tables,
        stamp: Stamp,
        agent: Name,
        at: Timestamp,
        sign: i64,
    ) {
        let second = at.0.div_euclid(SECOND);
        let node = |second: i64| {
            let at = Timestamp(second * SECOND);
            (at, tables.day(at))
        };
        for (set, &key) in tables.stamps.keys(stamp).iter().enumerate() {
            if tables.stamps.sets()[set].has(Dimension::Agent) {
                continue;
            }
            let seen = self.active.or_insert_with((key, agent), Vec::new);
            let place = seen.binary_search_by_key(&second, |entry| entry.0);
            let (place, alone) = match (place, sign) {
                (Ok(place), 1) => {
                    seen[place].1 += 1;
                    (place, false)
                }
                (Ok(place), _) => {
                    seen[place].1 -= 1;
                    (place, seen[place].1 == 0)
                }
                (Err(place), _) => {
                    seen.insert(place, (second, 1));
                    (place, true)
                }
            };
            if !alone {
                continue;
            }
            let before = place.checked_sub(1).map(|at| node(seen[at].0));
            let after = seen.get(place + 1).map(|entry| node(entry.0));
            if sign < 0 {
                seen.remove(place);
            }
            let me = node(second);
            let mut marks = Marks::default();
            let calendar = &tables.calendar;
            sighting::link(calendar, before, me, after, &mut |at, part, value| {
                if value == 1 {
                    marks = marks.and(part);
                } else {
                    let lost = (Measure::Agents, Marks::default().and(part));
                    self.add_marks(key, at, lost, -sign);
                }
            });
            self.add_marks(key, me, (Measure::Agents, marks), sign);
        }
    }
}
