//! Pouring: which promises a payment's money goes to (`docs/SEMANTICS.md` 17, 18).
//!
//! First the promise that the payer named, then open promises in order, each up to what is still
//! promised; what is left goes, late, to the broken and partially kept ones; the rest is free.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::super::money::Money;
use super::super::time::{Date, Timestamp};
use super::promise::{Plan, Promise, State};

/// How much of each promise's money is there, at a point of the sweep through the payments.
#[derive(Clone, Debug)]
pub struct Poured {
    /// In time, by promise.
    pub attributed: Vec<Money>,
    /// Late, by promise.
    pub late: Vec<Money>,
    /// The payment that met the threshold, by promise: its instant (not before the promise was
    /// made) and when it was posted.
    pub completed: Vec<Option<(Timestamp, Timestamp)>>,
    /// Promises made up to here that are not full and whose deadline lies ahead, in pouring order.
    ahead: BTreeSet<Turn>,
    /// The same by deadline.
    deadlines: BTreeSet<(Timestamp, usize)>,
    /// Promises that are not full and can take no plain money in time any more, in pouring order.
    past: BTreeSet<Turn>,
    /// How many promises have been made up to here.
    made: usize,
}

/// The order of pouring: by due date, then by making and id, which is the order of the promises.
type Turn = (Date, usize);

/// A payment as it is poured.
#[derive(Clone, Copy, Debug)]
pub struct Inflow<'a> {
    /// When it was posted.
    pub posted: Timestamp,
    /// The day it took effect, where the feed knows only the day.
    pub effective: Option<Date>,
    /// The promises that the payer named, in order.
    pub named: &'a [usize],
}

/// A part of a payment that went to a promise.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Part {
    /// Which promise.
    pub promise: usize,
    /// How much.
    pub amount: Money,
}

/// What a promise can take of a payment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Takes {
    InTime,
    Late,
    Nothing,
}

impl Poured {
    /// Nothing yet, of so many promises.
    pub fn new(promises: usize) -> Self {
        Self {
            attributed: vec![0; promises],
            late: vec![0; promises],
            completed: vec![None; promises],
            ahead: BTreeSet::new(),
            deadlines: BTreeSet::new(),
            past: BTreeSet::new(),
            made: 0,
        }
    }

    /// A plan was made: its promises can take money. Plans come in the order of making.
    pub fn open(&mut self, plan: &Plan<'_>, promises: &[Promise]) {
        for at in plan.promises.clone() {
            let promise = &promises[at];
            if 0 < self.room(promise, at) {
                self.ahead.insert((promise.due_date, at));
                self.deadlines.insert((promise.deadline, at));
            }
        }
        self.made = plan.promises.end;
    }

    /// Pours `amount` of a payment; returns the parts that went to promises, in order.
    ///
    /// `known`: how many promises had been made at the point of the sweep, which can be later than
    /// the payment: value-dated money reaches promises made later on its day.
    pub fn pour(
        &mut self,
        inflow: Inflow<'_>,
        amount: Money,
        promises: &[Promise],
        known: usize,
    ) -> Vec<Part> {
        let mut pour = Pour { inflow, promises, rest: amount, parts: Vec::new() };
        self.pass_deadlines(inflow.posted, promises);
        for &at in inflow.named.iter().filter(|&&at| at < known) {
            let takes = self.takes(&pour, at);
            self.take(&mut pour, at, takes);
        }
        if let Some(effective) = inflow.effective {
            self.pour_dated(&mut pour, effective, known);
        } else {
            self.pour_plain(&mut pour);
        }
        pour.parts
    }

    fn room(&self, promise: &Promise, at: usize) -> Money {
        promise.amount - self.attributed[at] - self.late[at]
    }

    fn pass_deadlines(&mut self, now: Timestamp, promises: &[Promise]) {
        while let Some(&(deadline, at)) = self.deadlines.first() {
            if now < deadline {
                return;
            }
            self.deadlines.pop_first();
            self.ahead.remove(&(promises[at].due_date, at));
            self.past.insert((promises[at].due_date, at));
        }
    }

    fn pour_plain(&mut self, pour: &mut Pour<'_>) {
        let mut last = Bound::Unbounded;
        while let Some(&turn) = self.ahead.range((last, Bound::Unbounded)).next() {
            if pour.rest == 0 {
                return;
            }
            last = Bound::Excluded(turn);
            let promise = &pour.promises[turn.1];
            if promise.is_closed(pour.inflow.posted) {
                self.ahead.remove(&turn);
                self.deadlines.remove(&(promise.deadline, turn.1));
                self.past.insert(turn);
                continue;
            }
            self.take_if(pour, turn.1, Takes::InTime);
        }
        let mut last = Bound::Unbounded;
        while let Some(&turn) = self.past.range((last, Bound::Unbounded)).next() {
            if pour.rest == 0 {
                return;
            }
            last = Bound::Excluded(turn);
            self.take_if(pour, turn.1, Takes::Late);
        }
    }

    fn pour_dated(&mut self, pour: &mut Pour<'_>, effective: Date, known: usize) {
        let later = (self.made..known).filter(|&at| pour.promises[at].made_on <= effective);
        let later = later.map(|at| (pour.promises[at].due_date, at));
        let turns: BTreeSet<Turn> =
            self.ahead.iter().chain(&self.past).copied().chain(later).collect();
        for wanted in [Takes::InTime, Takes::Late] {
            for &(_, at) in &turns {
                self.take_if(pour, at, wanted);
            }
        }
    }

    fn take_if(&mut self, pour: &mut Pour<'_>, at: usize, wanted: Takes) {
        if self.takes(pour, at) == wanted {
            self.take(pour, at, wanted);
        }
    }

    fn takes(&self, pour: &Pour<'_>, at: usize) -> Takes {
        let (promise, posted) = (&pour.promises[at], pour.inflow.posted);
        let (eligible, in_time) = match pour.inflow.effective {
            None => (promise.made_at <= posted, posted < promise.deadline),
            Some(day) => (promise.made_on <= day, day <= promise.last_day),
        };
        if !eligible || self.room(promise, at) <= 0 {
            return Takes::Nothing;
        }
        if in_time && !promise.is_closed(posted) {
            return Takes::InTime;
        }
        match promise.state(self.attributed[at], posted) {
            State::Broken | State::PartiallyKept => Takes::Late,
            // Value-dated after the deadline, it is late at once.
            State::Active if !in_time => Takes::Late,
            State::Active | State::Kept | State::Superseded | State::Cancelled => Takes::Nothing,
        }
    }

    fn take(&mut self, pour: &mut Pour<'_>, at: usize, takes: Takes) {
        let promise = &pour.promises[at];
        let amount = pour.rest.min(self.room(promise, at));
        if amount <= 0 {
            return;
        }
        match takes {
            Takes::Nothing => return,
            Takes::InTime => {
                self.attributed[at] += amount;
                if self.completed[at].is_none() && promise.is_met_by(self.attributed[at]) {
                    let posted = pour.inflow.posted;
                    self.completed[at] = Some((posted.max(promise.made_at), posted));
                }
            }
            Takes::Late => self.late[at] += amount,
        }
        pour.rest -= amount;
        pour.parts.push(Part { promise: at, amount });
        if self.room(promise, at) == 0 {
            self.ahead.remove(&(promise.due_date, at));
            self.past.remove(&(promise.due_date, at));
            self.deadlines.remove(&(promise.deadline, at));
        }
    }
}

/// A payment on its way through the promises.
struct Pour<'a> {
    inflow: Inflow<'a>,
    promises: &'a [Promise],
    rest: Money,
    parts: Vec<Part>,
}
