//! The sweep: everything that was decided at its own instant, in event-time order.
//!
//! Whether a new promise supersedes, whether a cancellation finds its promise open, which level a
//! promise has, and whose a payment is: each is decided with what had happened by then, and stays
//! (`docs/SEMANTICS.md` 16, 20, 26). Amounts are poured along the way, and poured again where
//! something that comes later changes an earlier payment (a return, or value-dated money).

use std::collections::{BTreeMap, BTreeSet};

use super::super::money::Money;
use super::super::tables::Tables;
use super::super::time::{DAY, Date, Timestamp};
use super::judgement::Case;
use super::pouring::{Inflow, Part, Poured};
use super::promise::{Closed, Plan, Promise, State, plans};
use super::{PaymentPosted, Reversed, Revised};
use crate::engine::event::{Judged, Returned};

/// An account's promises and payments up to the clock, with everything decided and poured.
#[derive(Debug)]
pub struct Swept<'a> {
    /// In the order of making.
    pub plans: Vec<Plan<'a>>,
    /// In the same order.
    pub promises: Vec<Promise>,
    /// By posting, then id.
    pub payments: Vec<Payment<'a>>,
    /// In event-time order.
    pub returns: Vec<Return>,
    /// Where the money is, as known at the clock.
    pub poured: Poured,
    /// Whether a payment met the threshold when it was posted, by promise, whatever came after.
    pub was_met: Vec<bool>,
}

/// A payment and what became of it.
#[derive(Debug)]
pub struct Payment<'a> {
    /// What it says.
    pub said: &'a PaymentPosted,
    /// When it was posted.
    pub posted: Timestamp,
    /// All of it.
    pub amount: Money,
    /// What returns have left of it.
    pub left: Money,
    /// What pours: all of it less the returns that still change verdicts.
    pours: Money,
    /// The promises that the payer named, in order.
    named: Vec<usize>,
    /// Decided when it was posted: the parts of all of it that went to promises.
    pub parts: Vec<Part>,
}

impl Payment<'_> {
    fn inflow(&self) -> Inflow<'_> {
        Inflow { posted: self.posted, effective: self.said.effective_date, named: &self.named }
    }
}

/// Money that went back.
#[derive(Clone, Copy, Debug)]
pub struct Return {
    /// When.
    pub at: Timestamp,
    /// Of which payment, by its place.
    pub payment: usize,
    /// How much; at most what was left.
    pub amount: Money,
}

/// What happens at one instant, in this order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Event {
    Made(usize),
    Cancelled(usize),
    /// Of several on one promise the later stands.
    Overridden {
        order: usize,
        promise: usize,
        judged: Judged,
    },
    Posted(usize),
    Returned(usize),
}

/// Sweeps through all that has happened up to the clock.
pub fn sweep<'a>(case: &Case<'a>, tables: &mut Tables) -> Swept<'a> {
    let (plans, mut promises) = plans(case, tables);
    let ids: BTreeMap<&str, usize> =
        plans.iter().zip(0..).map(|(plan, at)| (plan.id, at)).collect();
    let (payments, places) = payments(case, tables, &plans, &ids);
    let reversals = reversals(case, tables, &places);
    let mut events: Vec<(Timestamp, Event)> = Vec::new();
    events.extend(plans.iter().zip(0..).map(|(plan, at)| (plan.made_at, Event::Made(at))));
    events.extend(payments.iter().zip(0..).map(|(paid, at)| (paid.posted, Event::Posted(at))));
    events.extend(reversals.iter().zip(0..).map(|(back, at)| (back.at, Event::Returned(at))));
    for (id, record) in &case.history.cancellations {
        let at = record.version.at;
        if at <= case.now {
            events.extend(named(&plans, &ids, id).map(|promise| (at, Event::Cancelled(promise))));
        }
    }
    let overrides = case.history.overrides.iter();
    let mut overrides: Vec<_> = overrides
        .map(|(id, record)| (record.version.at, id, record.said))
        .filter(|&(at, ..)| at <= case.now)
        .collect();
    overrides.sort_unstable_by_key(|&(at, id, _)| (at, id));
    for (order, (at, id, judged)) in overrides.into_iter().enumerate() {
        for promise in named(&plans, &ids, id) {
            let made_at = promises[promise].made_at;
            if at < made_at {
                // It had happened by then, and holds from when there is something to judge.
                promises[promise].overrides.push((made_at, judged));
            } else {
                events.push((at, Event::Overridden { order, promise, judged }));
            }
        }
    }
    events.sort_unstable();
    let mut sweep = Sweep {
        poured: Poured::new(promises.len()),
        swept: Swept {
            was_met: vec![false; promises.len()],
            plans,
            promises,
            payments,
            returns: Vec::new(),
            poured: Poured::new(0),
        },
        open: BTreeSet::new(),
        ids,
        stale: false,
        made: 0,
        posted: 0,
        spent: Vec::new(),
        latest_effective: Date(i32::MIN),
        one_active: tables.settings.one_active_per_account,
        reversal_millis: tables.settings.reversal_days * DAY,
    };
    for (at, event) in events {
        match event {
            Event::Made(plan) => sweep.make(plan, at),
            Event::Cancelled(promise) => sweep.cancel(promise, at),
            Event::Overridden { promise, judged, .. } => {
                sweep.swept.promises[promise].overrides.push((at, judged));
                sweep.open.remove(&promise);
            }
            Event::Posted(payment) => sweep.post(payment),
            Event::Returned(reversal) => sweep.give_back(&reversals[reversal]),
        }
    }
    sweep.freshen();
    sweep.swept.poured = sweep.poured;
    sweep.swept
}

/// The promises that an id acts on: a promise, a plan's in their order, or one instalment.
fn named(plans: &[Plan<'_>], ids: &BTreeMap<&str, usize>, id: &str) -> std::ops::Range<usize> {
    if let Some(&plan) = ids.get(id) {
        return plans[plan].promises.clone();
    }
    let instalment = || {
        let (plan, written) = id.rsplit_once('#')?;
        let plan = &plans[*ids.get(plan)?];
        let number: usize = written.parse().ok()?;
        let is_there = (1..=plan.said.instalments.len()).contains(&number);
        (is_there && written == number.to_string()).then(|| plan.promises.start + number - 1)
    };
    instalment().map_or(0..0, |at| at..at + 1)
}

fn payments<'a>(
    case: &Case<'a>,
    tables: &Tables,
    plans: &[Plan<'_>],
    ids: &BTreeMap<&str, usize>,
) -> (Vec<Payment<'a>>, BTreeMap<&'a str, usize>) {
    let mut posted: Vec<(&str, &Revised<PaymentPosted>)> = case
        .history
        .payments
        .iter()
        .filter(|(_, payment)| payment.version.at <= case.now)
        .map(|(id, payment)| (&**id, payment))
        .collect();
    posted.sort_by_key(|&(id, payment)| (payment.version.at, id));
    let places = posted.iter().zip(0..).map(|(&(id, _), place)| (id, place)).collect();
    let payments = posted.into_iter().map(|(_, record)| {
        let said = &record.said;
        let amount = said.micros * tables.settings.rates.of(said.currency).unwrap_or(0);
        let named = said.promise_id.as_deref().map_or(0..0, |id| named(plans, ids, id));
        Payment {
            said,
            posted: record.version.at,
            amount,
            left: amount,
            pours: amount,
            named: named.collect(),
            parts: Vec::new(),
        }
    });
    (payments.collect(), places)
}

/// A reversal whose payment is there; one that waits for its payment has no effect.
struct Reversal {
    at: Timestamp,
    payment: usize,
    amount: Option<Money>,
}

fn reversals(case: &Case<'_>, tables: &Tables, places: &BTreeMap<&str, usize>) -> Vec<Reversal> {
    let mut dated: Vec<(&str, &Revised<Reversed>)> = case
        .history
        .reversals
        .iter()
        .filter(|(_, reversal)| reversal.version.at <= case.now)
        .map(|(id, reversal)| (&**id, reversal))
        .collect();
    dated.sort_by_key(|&(id, reversal)| (reversal.version.at, id));
    let found = dated.into_iter().filter_map(|(_, record)| {
        let &payment = places.get(&*record.said.original)?;
        let currency = case.history.payments.get(&record.said.original)?.said.currency;
        let rate = tables.settings.rates.of(currency).unwrap_or(0);
        let amount = match record.said.amount {
            Returned::All => None,
            Returned::Micros(micros) => Some(micros * rate),
            Returned::Minor(minor) => {
                Some(i128::from(minor) * 10_i128.pow(6 - currency.minor_digits()) * rate)
            }
        };
        Some(Reversal { at: record.version.at, payment, amount })
    });
    found.collect()
}

struct Sweep<'a> {
    swept: Swept<'a>,
    poured: Poured,
    /// Promises that were neither closed nor overridden, some of them past their deadline.
    open: BTreeSet<usize>,
    ids: BTreeMap<&'a str, usize>,
    /// Something later has changed an earlier payment: pour again before looking.
    stale: bool,
    /// How many plans and payments have been passed.
    made: usize,
    posted: usize,
    /// How much of each of these payments is in promises.
    spent: Vec<Money>,
    /// The greatest effective date of the payments passed.
    latest_effective: Date,
    one_active: bool,
    reversal_millis: i64,
}

impl Sweep<'_> {
    fn known(&self) -> usize {
        self.made.checked_sub(1).map_or(0, |plan| self.swept.plans[plan].promises.end)
    }

    /// Pours everything passed so far again, if something later has changed an earlier payment.
    fn freshen(&mut self) {
        if !std::mem::take(&mut self.stale) {
            return;
        }
        let Swept { plans, promises, payments, .. } = &self.swept;
        let known = self.known();
        let mut plans = plans[..self.made].iter().peekable();
        self.poured = Poured::new(promises.len());
        for (payment, spent) in payments[..self.posted].iter().zip(&mut self.spent) {
            while let Some(plan) = plans.next_if(|plan| plan.made_at <= payment.posted) {
                self.poured.open(plan, promises);
            }
            *spent = total(&self.poured.pour(payment.inflow(), payment.pours, promises, known));
        }
        plans.for_each(|plan| self.poured.open(plan, promises));
    }

    fn state(&self, promise: usize, at: Timestamp) -> State {
        self.swept.promises[promise].state(self.poured.attributed[promise], at)
    }

    fn make(&mut self, at: usize, now: Timestamp) {
        self.freshen();
        let promises = &self.swept.promises;
        self.open.retain(|&promise| now < promises[promise].deadline);
        let linked = || {
            let id = self.swept.plans[at].said.previous.as_deref()?;
            let named = named(&self.swept.plans, &self.ids, id).next()?;
            Some(self.swept.promises[named].plan)
        };
        let linked = if self.one_active { None } else { linked() };
        let superseded: Vec<usize> = self
            .open
            .iter()
            .copied()
            .filter(|&promise| {
                (self.one_active || Some(self.swept.promises[promise].plan) == linked)
                    && self.state(promise, now) == State::Active
            })
            .collect();
        for &promise in &superseded {
            self.swept.promises[promise].closed = Some((now, Closed::Superseded(at)));
            self.open.remove(&promise);
        }
        self.swept.plans[at].is_reschedule = !superseded.is_empty();
        self.swept.plans[at].level = self.level(at, now);
        self.made = at + 1;
        let plan = &self.swept.plans[at];
        if plan.made_on <= self.latest_effective {
            self.stale = true;
        } else {
            self.poured.open(plan, &self.swept.promises);
        }
        let promises = &self.swept.promises;
        let open = |&promise: &usize| promises[promise].overrides.is_empty();
        self.open.extend(plan.promises.clone().filter(open));
    }

    /// One more than the failures since the last plan that was kept, looking back from `at`.
    fn level(&self, at: usize, now: Timestamp) -> i64 {
        let mut level = 1;
        for plan in self.swept.plans[..at].iter().rev() {
            let mut states = plan.promises.clone().map(|promise| self.state(promise, now));
            if states.clone().all(|state| state == State::Kept) {
                break;
            }
            level += i64::from(states.any(State::is_failure));
        }
        level
    }

    fn cancel(&mut self, promise: usize, now: Timestamp) {
        self.freshen();
        let made = self.swept.promises[promise].plan < self.made;
        if made && self.state(promise, now) == State::Active {
            self.swept.promises[promise].closed = Some((now, Closed::Cancelled));
            self.open.remove(&promise);
        }
    }

    fn post(&mut self, at: usize) {
        self.freshen();
        let known = self.known();
        let Swept { promises, payments, was_met, .. } = &mut self.swept;
        let payment = &payments[at];
        let (parts, spent) = if payment.pours == payment.amount {
            let parts = self.poured.pour(payment.inflow(), payment.amount, promises, known);
            let spent = total(&parts);
            (parts, spent)
        } else {
            let parts = self.poured.clone().pour(payment.inflow(), payment.amount, promises, known);
            let net = self.poured.pour(payment.inflow(), payment.pours, promises, known);
            (parts, total(&net))
        };
        self.spent.push(spent);
        if let Some(effective) = payment.said.effective_date {
            self.latest_effective = self.latest_effective.max(effective);
        }
        for part in &parts {
            let attributed = self.poured.attributed[part.promise];
            was_met[part.promise] |= promises[part.promise].is_met_by(attributed);
        }
        payments[at].parts = parts;
        self.posted = at + 1;
    }

    fn give_back(&mut self, reversal: &Reversal) {
        let payment = &mut self.swept.payments[reversal.payment];
        let amount = reversal.amount.unwrap_or(payment.left).min(payment.left);
        payment.left -= amount;
        let back = Return { at: reversal.at, payment: reversal.payment, amount };
        self.swept.returns.push(back);
        if reversal.at <= payment.posted.plus(self.reversal_millis) {
            payment.pours -= amount;
            // Money that no promise has taken goes back without a trace in them.
            let spent = self.spent.get(reversal.payment).copied();
            self.stale |= spent.is_some_and(|spent| payment.pours < spent);
        }
    }
}

fn total(parts: &[Part]) -> Money {
    parts.iter().map(|part| part.amount).sum()
}
