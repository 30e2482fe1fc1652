//! Promises as they are judged: one a plain promise, one an instalment of a plan.

use super::super::money::Money;
use super::super::settings::{Settings, Tolerance, ToleranceMethod};
use super::super::stamp::{Dimension, Values};
use super::super::tables::{Tables, ZoneId};
use super::super::time::{Date, MINUTE, Timestamp};
use super::judgement::Case;
use super::{PromiseMade, Revised};
use crate::engine::event::Judged;

/// What `promise.made` brought: one promise, or a plan of several.
#[derive(Debug)]
pub struct Plan<'a> {
    /// `promise_id`
    pub id: &'a str,
    /// What it says.
    pub said: &'a PromiseMade,
    /// When it was made.
    pub made_at: Timestamp,
    /// The zone stamped on it.
    pub zone: ZoneId,
    /// The local date on which it was made.
    pub made_on: Date,
    /// Its dimensions, the lent ones and the channel of its call included.
    pub values: Values,
    /// Its own amount.
    pub amount: Money,
    /// Its promises, in the order of its instalments: a span of [`Case`]'s.
    pub promises: std::ops::Range<usize>,
    /// Decided when it was made: whether it superseded one.
    pub is_reschedule: bool,
    /// Decided when it was made.
    pub level: i64,
}

/// A promise that is judged by itself.
#[derive(Debug)]
pub struct Promise {
    /// Which plan it belongs to, by its place in the order of making.
    pub plan: usize,
    /// The number of the instalment, from 1; none for a plain promise.
    pub instalment: Option<usize>,
    /// The day by whose end it is due.
    pub due_date: Date,
    /// The last day of grace.
    pub last_day: Date,
    /// The instant from which a payment is late.
    pub deadline: Timestamp,
    /// When it was made.
    pub made_at: Timestamp,
    /// The local date on which it was made.
    pub made_on: Date,
    /// What was promised.
    pub amount: Money,
    /// How much less still keeps it, times 10⁸: exact, because percent have six digits.
    slack: i128,
    /// When it was superseded or called off, if it was, and which.
    pub closed: Option<(Timestamp, Closed)>,
    /// The verdicts of the system of record and from when they stand, in order.
    pub overrides: Vec<(Timestamp, Judged)>,
}

/// Why a promise takes no more money in time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Closed {
    /// A later plan superseded it: which.
    Superseded(usize),
    /// It was called off.
    Cancelled,
}

/// What a promise is at an instant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// It can still be kept.
    Active,
    /// Paid up to the threshold, in time.
    Kept,
    /// Some was paid in time, not enough.
    PartiallyKept,
    /// Nothing was paid in time.
    Broken,
    /// A later promise stands in its place.
    Superseded,
    /// It was called off.
    Cancelled,
}

impl State {
    /// As written in verdict records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Kept => "kept",
            Self::PartiallyKept => "partially_kept",
            Self::Broken => "broken",
            Self::Superseded => "superseded",
            Self::Cancelled => "cancelled",
        }
    }

    /// Superseded, partially kept and broken ones raise the level of the next promise.
    pub fn is_failure(self) -> bool {
        match self {
            Self::PartiallyKept | Self::Broken | Self::Superseded => true,
            Self::Active | Self::Kept | Self::Cancelled => false,
        }
    }
}

impl From<Judged> for State {
    fn from(judged: Judged) -> Self {
        match judged {
            Judged::Kept => Self::Kept,
            Judged::PartiallyKept => Self::PartiallyKept,
            Judged::Broken => Self::Broken,
        }
    }
}

impl Promise {
    /// Whether so much, in time, keeps it; a threshold of nothing is met by any payment, not by none.
    pub fn is_met_by(&self, attributed: Money) -> bool {
        0 < attributed && (self.amount - attributed) * PERCENT_UNITS <= self.slack
    }

    /// The verdict of the system of record that stands at an instant.
    pub fn overridden(&self, at: Timestamp) -> Option<(Timestamp, Judged)> {
        self.overrides.iter().rev().find(|entry| entry.0 <= at).copied()
    }

    /// Whether it has been superseded, called off or overridden by then.
    pub fn is_closed(&self, at: Timestamp) -> bool {
        self.closed.is_some_and(|closed| closed.0 <= at) || self.overridden(at).is_some()
    }

    /// What it is at an instant, with so much attributed in time.
    pub fn state(&self, attributed: Money, at: Timestamp) -> State {
        if let Some((_, judged)) = self.overridden(at) {
            return judged.into();
        }
        match self.closed {
            Some((since, Closed::Superseded(_))) if since <= at => State::Superseded,
            Some((since, Closed::Cancelled)) if since <= at => State::Cancelled,
            Some(_) | None if self.is_met_by(attributed) => State::Kept,
            Some(_) | None if at < self.deadline => State::Active,
            Some(_) | None if 0 < attributed => State::PartiallyKept,
            Some(_) | None => State::Broken,
        }
    }

    /// When it was judged by itself: its deadline, but not before it was made.
    pub fn fell_at(&self) -> Timestamp {
        self.deadline.max(self.made_at)
    }

    /// The instant at which a promise that was not kept counts: what was due on the 31st belongs to
    /// that month.
    pub fn fell_in(&self) -> Timestamp {
        self.deadline.minus(1).max(self.made_at)
    }
}

/// One percent in units of 10⁻⁶, times the 100 of "per hundred".
const PERCENT_UNITS: i128 = 100_000_000;

/// All plans made up to the clock, in the order of making, and their promises in the same order.
pub fn plans<'a>(case: &Case<'a>, tables: &mut Tables) -> (Vec<Plan<'a>>, Vec<Promise>) {
    let mut made: Vec<(&str, &Revised<PromiseMade>)> = case
        .history
        .promises
        .iter()
        .filter(|(_, promise)| promise.version.at <= case.now)
        .map(|(id, promise)| (&**id, promise))
        .collect();
    made.sort_by_key(|&(id, promise)| (promise.version.at, id));
    let (mut plans, mut promises) = (Vec::new(), Vec::new());
    for (id, record) in made {
        let (said, made_at) = (&record.said, record.version.at);
        let zone = case.account.snapshots.zone(made_at, said.zone);
        let values = case.account.snapshots.complete(said.stated, made_at, said.zone, tables);
        let channel = said.stated.get(Dimension::Channel).or(case.channel_of_call(said));
        let local = tables.zones.zone(zone);
        let made_on = local.date(made_at);
        let rate = tables.settings.rates.of(said.currency).unwrap_or(0);
        let first = promises.len();
        let parts: Vec<(Option<usize>, Date, i128)> = if said.instalments.is_empty() {
            vec![(None, said.due_date, said.micros)]
        } else {
            let numbered = said.instalments.iter().zip(1..);
            numbered.map(|(&(due, micros), number)| (Some(number), due, micros)).collect()
        };
        for (instalment, due_date, micros) in parts {
            let last_day = due_date.plus(said.grace_days.unwrap_or(tables.settings.grace_days));
            let deadline = match said.due_time {
                Some(minutes) => local.local(last_day, i64::from(minutes) * MINUTE),
                None => local.midnight(last_day.plus(1)),
            };
            let amount = micros * rate;
            promises.push(Promise {
                plan: plans.len(),
                instalment,
                due_date,
                last_day,
                deadline,
                made_at,
                made_on,
                amount,
                slack: slack(amount, said, rate, &tables.settings),
                closed: None,
                overrides: Vec::new(),
            });
        }
        plans.push(Plan {
            id,
            said,
            made_at,
            zone,
            made_on,
            values: values.with(Dimension::Channel, channel),
            amount: said.micros * rate,
            promises: first..promises.len(),
            is_reschedule: false,
            level: 1,
        });
    }
    (plans, promises)
}

/// How much less than `amount` still keeps a promise, times 10⁸ (`docs/SEMANTICS.md` 19).
fn slack(amount: Money, said: &PromiseMade, rate: i128, settings: &Settings) -> i128 {
    let Tolerance { mut method, mut percent, amount: configured } = settings.tolerance;
    let mut fixed = configured.map(|micros| micros * 1_000_000);
    if said.tolerance_percent.is_some() || said.tolerance_micros.is_some() {
        percent = said.tolerance_percent;
        fixed = said.tolerance_micros.map(|micros| micros * rate);
        if method == ToleranceMethod::None {
            method = ToleranceMethod::Max;
        }
    }
    let percent = percent.map(|micros| amount * i128::from(micros));
    let fixed = fixed.map(|money| money * PERCENT_UNITS);
    let set = percent.into_iter().chain(fixed);
    match method {
        ToleranceMethod::None => 0,
        ToleranceMethod::Min => set.min().unwrap_or(0),
        ToleranceMethod::Max => set.max().unwrap_or(0),
    }
}
