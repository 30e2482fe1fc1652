//! The ledger of one account: a pure function of its history and the clock
//! (`docs/SEMANTICS.md` 14 to 23).

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::config::Config;
use super::decode::{self, Event, Kind, Returned};
use super::stamp::{Stamp, stamp};
use super::zone;

/// Thresholds are compared at 10⁸ times the amounts, where per cents are exact.
const FINE: i128 = 100_000_000;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Active,
    Kept,
    PartiallyKept,
    Broken,
    Superseded,
    Cancelled,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Kept => "kept",
            Self::PartiallyKept => "partially_kept",
            Self::Broken => "broken",
            Self::Superseded => "superseded",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn matured(self) -> bool {
        matches!(self, Self::Kept | Self::PartiallyKept | Self::Broken)
    }
}

/// A promise as it was made: a plan, or one with a single item.
pub struct Promise {
    pub made: i64,
    pub record: decode::Promise,
    pub stamp: Stamp,
    pub owner: Option<String>,
    pub is_plan: bool,
}

/// What is judged: a promise, or one instalment of a plan (`docs/SEMANTICS.md` 21).
pub struct Item {
    pub id: String,
    pub promise: usize,
    pub made: i64,
    pub due: Date,
    pub amount: i128,
    pub deadline: i64,
    made_on: Date,
    last_day: Date,
    /// At `FINE` times the amount.
    threshold: i128,
}

pub struct Payment {
    pub at: i64,
    pub record: decode::Payment,
    pub stamp: Stamp,
    pub stated: BTreeMap<&'static str, String>,
    /// In event-time order, each at most what is left.
    pub returns: Vec<Return>,
}

pub struct Return {
    pub at: i64,
    pub amount: i128,
    /// Up to 90 × 24 h after the payment; later ones move money only (`docs/SEMANTICS.md` 23).
    changes_verdicts: bool,
}

struct Override {
    at: i64,
    id: String,
    verdict: Verdict,
}

pub struct Account {
    /// In order of making: by time, then id.
    pub promises: Vec<Promise>,
    /// In order of making, then of the plan's list.
    pub items: Vec<Item>,
    /// By time, then id.
    pub payments: Vec<Payment>,
    cancellations: Vec<(i64, String)>,
    overrides: Vec<Override>,
}

/// What was decided when it happened, and stays (`docs/SEMANTICS.md` 16).
pub struct Decisions {
    /// Of items: superseded or cancelled.
    endings: BTreeMap<usize, Ending>,
    /// Of promises.
    pub levels: Vec<i64>,
    pub reschedules: Vec<bool>,
}

#[derive(Clone, Copy)]
struct Ending {
    at: i64,
    /// The promise that supersedes; none: cancelled.
    by: Option<usize>,
}

/// How much of the history is looked at, and when.
struct View {
    clock: i64,
    /// So many, in their order.
    promises: usize,
    payments: usize,
    /// Only what is dated before these.
    overrides_before: i64,
    returns_before: i64,
    /// The payment that is poured at its full amount.
    gross: Option<usize>,
}

/// What was poured into one item.
#[derive(Clone, Default)]
struct Poured {
    attributed: i128,
    late: i128,
    /// When the threshold was reached, and by which payment.
    kept: Option<(i64, usize)>,
}

/// What has become of an item by the clock.
pub struct Judgement {
    pub verdict: Verdict,
    pub verdict_at: Option<i64>,
    /// Where it counts (`docs/SEMANTICS.md` 15).
    pub counted_at: i64,
    pub attributed: i128,
    pub late: i128,
    /// The payment that completed a kept promise.
    pub completed_by: Option<usize>,
    /// Attributed and late money reach the threshold.
    pub paid_in_the_end: bool,
    pub superseded_by: Option<String>,
    pub overridden: bool,
}

impl Account {
    /// The account's history from its events.
    pub fn new(events: &[Event], config: &Config) -> Self {
        let mut account = Self {
            promises: Vec::new(),
            items: Vec::new(),
            payments: Vec::new(),
            cancellations: Vec::new(),
            overrides: Vec::new(),
        };
        for event in events {
            match &event.kind {
                Kind::Promise(record) => account.promises.push(Promise {
                    made: event.at,
                    stamp: stamp(event, events, config),
                    owner: event.stated.get("agent").cloned(),
                    is_plan: !record.instalments.is_empty(),
                    record: record.clone(),
                }),
                Kind::Payment(record) => account.payments.push(Payment {
                    at: event.at,
                    stamp: stamp(event, events, config),
                    stated: event.stated.clone(),
                    returns: returns(event.at, record, events, config),
                    record: record.clone(),
                }),
                Kind::Cancellation { promise_id } => {
                    account.cancellations.push((event.at, promise_id.clone()));
                }
                Kind::Override { promise_id, verdict } => account.overrides.push(Override {
                    at: event.at,
                    id: promise_id.clone(),
                    verdict: match verdict.as_str() {
                        "kept" => Verdict::Kept,
                        "broken" => Verdict::Broken,
                        _ => Verdict::PartiallyKept,
                    },
                }),
                Kind::Call(_)
                | Kind::Reversal(_)
                | Kind::Pending { .. }
                | Kind::Failed { .. }
                | Kind::Snapshot(_)
                | Kind::Heartbeat => {}
            }
        }
        account.promises.sort_by(|a, b| (a.made, &a.record.id).cmp(&(b.made, &b.record.id)));
        account.payments.sort_by(|a, b| (a.at, &a.record.id).cmp(&(b.at, &b.record.id)));
        account.cancellations.sort();
        account.overrides.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        for (index, promise) in account.promises.iter().enumerate() {
            let record = &promise.record;
            if record.instalments.is_empty() {
                account.items.push(item(
                    index,
                    promise,
                    record.id.clone(),
                    record.due,
                    record.amount,
                    config,
                ));
            }
            for (number, (due, amount)) in record.instalments.iter().enumerate() {
                let id = format!("{}#{}", record.id, number + 1);
                account.items.push(item(index, promise, id, *due, *amount, config));
            }
        }
        account
    }

    /// Takes all decisions, each with what had happened by then (`docs/SEMANTICS.md` 16, 20).
    pub fn decide(&self, config: &Config) -> Decisions {
        let mut decisions =
            Decisions { endings: BTreeMap::new(), levels: Vec::new(), reschedules: Vec::new() };
        let mut cancellations = self.cancellations.iter().peekable();
        for (index, promise) in self.promises.iter().enumerate() {
            while let Some((at, id)) = cancellations.next_if(|(at, _)| *at < promise.made) {
                self.cancel(*at, id, &mut decisions);
            }
            self.make(index, &mut decisions, config);
        }
        for (at, id) in cancellations {
            self.cancel(*at, id, &mut decisions);
        }
        decisions
    }

    /// A promise is made: it supersedes what is active, and gets its level.
    fn make(&self, index: usize, decisions: &mut Decisions, config: &Config) {
        let promise = &self.promises[index];
        let view = self.strictly_before(promise.made, index);
        let (poured, _) = self.pour(decisions, &view);
        let linked = |item: &Item| {
            let previous = promise.record.previous.as_ref();
            previous.is_some_and(|id| self.names(id, item) || self.names_plan_of(id, item))
        };
        let superseded: Vec<usize> = (0..self.items.len())
            .filter(|i| self.items[*i].promise < index)
            .filter(|i| config.one_active_per_account || linked(&self.items[*i]))
            .filter(|i| {
                self.state(*i, view.clock, &poured[*i], decisions, &view) == Verdict::Active
            })
            .collect();
        decisions.reschedules.push(!superseded.is_empty());
        for item in superseded {
            decisions.endings.insert(item, Ending { at: promise.made, by: Some(index) });
        }
        let mut level = 1;
        for earlier in (0..index).rev() {
            let states: Vec<Verdict> = (0..self.items.len())
                .filter(|i| self.items[*i].promise == earlier)
                .map(|i| self.state(i, view.clock, &poured[i], decisions, &view))
                .collect();
            if states.iter().all(|state| *state == Verdict::Kept) {
                break;
            }
            let not_kept = [Verdict::Superseded, Verdict::Broken, Verdict::PartiallyKept];
            level += i64::from(states.iter().any(|state| not_kept.contains(state)));
        }
        decisions.levels.push(level);
    }

    /// A cancellation ends what it finds open.
    fn cancel(&self, at: i64, id: &str, decisions: &mut Decisions) {
        let made = self.promises.iter().filter(|p| p.made <= at).count();
        let view = self.strictly_before(at, made);
        let (poured, _) = self.pour(decisions, &view);
        for (index, item) in self.items.iter().enumerate() {
            let found = item.promise < made && self.names(id, item);
            if found && self.state(index, at, &poured[index], decisions, &view) == Verdict::Active {
                decisions.endings.insert(index, Ending { at, by: None });
            }
        }
    }

    /// The clock at this instant, and the events before it.
    fn strictly_before(&self, at: i64, promises: usize) -> View {
        View {
            clock: at,
            promises,
            payments: self.payments.iter().filter(|p| p.at < at).count(),
            overrides_before: at,
            returns_before: at,
            gross: None,
        }
    }

    /// The id of an item, or of its plan, which acts on all instalments.
    fn names(&self, id: &str, item: &Item) -> bool {
        item.id == id || self.promises[item.promise].record.id == id
    }

    /// The id of another instalment of the same plan.
    fn names_plan_of(&self, id: &str, item: &Item) -> bool {
        self.items.iter().any(|other| other.promise == item.promise && other.id == id)
    }

    /// The override in force on an item (`docs/SEMANTICS.md` 22), and since when: not before it was
    /// made.
    fn overridden(&self, item: &Item, at: i64, before: i64) -> Option<(i64, Verdict)> {
        let known = self.overrides.iter().filter(|o| o.at < before && self.names(&o.id, item));
        known.map(|o| (o.at.max(item.made), o.verdict)).rfind(|(from, _)| *from <= at)
    }

    /// The state of an item at an instant, with what was poured into it by then.
    fn state(
        &self,
        index: usize,
        at: i64,
        poured: &Poured,
        decisions: &Decisions,
        view: &View,
    ) -> Verdict {
        let item = &self.items[index];
        if let Some((_, verdict)) = self.overridden(item, at, view.overrides_before) {
            return verdict;
        }
        match decisions.endings.get(&index).filter(|ending| ending.at <= at) {
            Some(Ending { by: Some(_), .. }) => Verdict::Superseded,
            Some(Ending { by: None, .. }) => Verdict::Cancelled,
            None if poured.kept.is_some() => Verdict::Kept,
            None if at < item.judged_at() => Verdict::Active,
            None if poured.attributed > 0 => Verdict::PartiallyKept,
            None => Verdict::Broken,
        }
    }

    /// Pours all payments of the view in their order (`docs/SEMANTICS.md` 17, 18): what each item
    /// got, and the parts of the payment that is poured at its full amount.
    fn pour(&self, decisions: &Decisions, view: &View) -> (Vec<Poured>, Vec<(usize, i128)>) {
        let mut poured = vec![Poured::default(); self.items.len()];
        let mut gross_parts = Vec::new();
        let mut order: Vec<usize> =
            (0..self.items.len()).filter(|i| self.items[*i].promise < view.promises).collect();
        order.sort_by_key(|i| (self.items[*i].due, *i)); // then by made, id: the order of the list
        for (number, payment) in self.payments[..view.payments].iter().enumerate() {
            let gross = view.gross == Some(number);
            let counts = |r: &&Return| !gross && r.changes_verdicts && r.at < view.returns_before;
            let mut left = payment.record.amount
                - payment.returns.iter().filter(counts).map(|r| r.amount).sum::<i128>();
            let mut parts = Vec::new();
            let explicit = |i: &usize| {
                let id = payment.record.promise_id.as_ref();
                self.items[*i].promise < view.promises
                    && id.is_some_and(|id| self.names(id, &self.items[*i]))
            };
            // An explicit promise takes in time or late, as it can; then in time by due date; then
            // late.
            let named =
                (0..self.items.len()).filter(explicit).flat_map(|i| [(i, true), (i, false)]);
            let open = order.iter().map(|i| (*i, true));
            let late = order.iter().map(|i| (*i, false));
            for (index, in_time) in named.chain(open).chain(late) {
                let item = &self.items[index];
                let state = self.state(index, payment.at, &poured[index], decisions, view);
                let takes = if in_time {
                    self.takes_in_time(index, payment, decisions, view)
                } else {
                    item.takes_late(payment, state)
                };
                let into = &mut poured[index];
                let part = left.min(item.amount - into.attributed - into.late);
                if !takes || part <= 0 {
                    continue;
                }
                left -= part;
                parts.push((index, part));
                if in_time {
                    into.attributed += part;
                    if into.kept.is_none() && item.enough(into.attributed) {
                        into.kept = Some((payment.at.max(item.made), number));
                    }
                } else {
                    into.late += part;
                }
            }
            if gross {
                gross_parts = parts;
            }
        }
        (poured, gross_parts)
    }

    /// In time: before the deadline, or by its effective date; neither overridden nor ended by
    /// then.
    fn takes_in_time(
        &self,
        index: usize,
        payment: &Payment,
        decisions: &Decisions,
        view: &View,
    ) -> bool {
        let item = &self.items[index];
        let in_time = match payment.record.effective {
            Some(date) => date <= item.last_day,
            None => payment.at < item.deadline,
        };
        let ended = decisions.endings.get(&index).is_some_and(|ending| ending.at <= payment.at);
        let overridden = self.overridden(item, payment.at, view.overrides_before).is_some();
        item.eligible(payment) && in_time && !ended && !overridden
    }

    /// What has become of every item by the clock.
    pub fn judge(&self, decisions: &Decisions, clock: i64) -> Vec<Judgement> {
        let view = View {
            clock,
            promises: self.promises.len(),
            payments: self.payments.len(),
            overrides_before: i64::MAX,
            returns_before: i64::MAX,
            gross: None,
        };
        let (poured, _) = self.pour(decisions, &view);
        let judge = |(index, poured): (usize, &Poured)| {
            let item = &self.items[index];
            let ending = decisions.endings.get(&index);
            // The engine's own verdict: when it fell, and where it counts.
            let own = match (ending, poured.kept) {
                (None, Some((at, _))) => Some((at, at)),
                (None, None) if clock >= item.judged_at() => {
                    Some((item.judged_at(), (item.deadline - 1).max(item.made)))
                }
                _ => None, // being superseded or cancelled is none
            };
            let ruling = self.overridden(item, clock, i64::MAX);
            let verdict = self.state(index, clock, poured, decisions, &view);
            let from = ruling.map(|(from, _)| from);
            let (verdict_at, counted_at) = match (from, own) {
                (Some(from), Some((at, counted))) => (Some(from.min(at)), from.min(counted)),
                (Some(from), None) => (Some(from), from),
                (None, Some((at, counted))) => (Some(at), counted),
                (None, None) => (ending.map(|e| e.at), i64::MAX),
            };
            let completed = poured.kept.filter(|_| verdict == Verdict::Kept && own.is_some());
            Judgement {
                verdict,
                verdict_at,
                counted_at,
                attributed: poured.attributed,
                late: poured.late,
                completed_by: completed.map(|(_, payment)| payment),
                paid_in_the_end: item.enough(poured.attributed + poured.late),
                superseded_by: ending
                    .and_then(|e| e.by)
                    .map(|by| self.promises[by].record.id.clone()),
                overridden: ruling.is_some(),
            }
        };
        poured.iter().enumerate().map(judge).collect()
    }

    /// The parts of a payment that promises took, as it looked at its event time
    /// (`docs/SEMANTICS.md` 26).
    pub fn parts(&self, payment: usize, decisions: &Decisions) -> Vec<(usize, i128)> {
        let at = self.payments[payment].at;
        let view = View {
            clock: at,
            promises: self.promises.iter().filter(|p| p.made <= at).count(),
            payments: payment + 1,
            overrides_before: at + 1,
            returns_before: at,
            gross: Some(payment),
        };
        self.pour(decisions, &view).1
    }
}

impl Item {
    /// When it is judged, if it is not kept before: at the deadline, but not before it was made.
    fn judged_at(&self) -> i64 {
        self.deadline.max(self.made)
    }

    /// A threshold of 0 or less is met by any payment, not by none (`docs/SEMANTICS.md` 19).
    fn enough(&self, amount: i128) -> bool {
        amount > 0 && amount * FINE >= self.threshold
    }

    /// Made by then; with an effective date, from the local day it was made.
    fn eligible(&self, payment: &Payment) -> bool {
        payment.record.effective.map_or(payment.at >= self.made, |date| date >= self.made_on)
    }

    /// Late money is for what is broken or partially kept; value-dated too late, it is late at
    /// once.
    fn takes_late(&self, payment: &Payment, state: Verdict) -> bool {
        let too_late = payment.record.effective.is_some_and(|date| date > self.last_day);
        let takes = match state {
            Verdict::Broken | Verdict::PartiallyKept => true,
            Verdict::Active => too_late,
            Verdict::Kept | Verdict::Superseded | Verdict::Cancelled => false,
        };
        takes && self.eligible(payment)
    }
}

fn item(
    promise: usize,
    of: &Promise,
    id: String,
    due: Date,
    amount: i128,
    config: &Config,
) -> Item {
    let zone: &TimeZone = &of.stamp.zone;
    let last_day = zone::plus(due, of.record.grace_days.unwrap_or(config.grace_days));
    let deadline = match of.record.due_time {
        Some(time) => zone::instant(last_day.to_datetime(time), zone),
        None => zone::midnight(zone::plus(last_day, 1), zone),
    };
    Item {
        id,
        promise,
        made: of.made,
        due,
        amount,
        deadline,
        made_on: zone::date(of.made, zone),
        last_day,
        threshold: amount * FINE - slack(&of.record, amount, config),
    }
}

/// How much less is enough, at `FINE` times the amount (`docs/SEMANTICS.md` 19).
fn slack(promise: &decode::Promise, amount: i128, config: &Config) -> i128 {
    let own = promise.tolerance_percent.is_some() || promise.tolerance_amount.is_some();
    let configured = &config.tolerance;
    let (percent, fixed) = if own {
        (promise.tolerance_percent, promise.tolerance_amount)
    } else {
        (configured.percent, configured.amount.map(|units| units * 1_000_000))
    };
    let set = [percent.map(|percent| amount * percent), fixed.map(|fixed| fixed * FINE)];
    let set = set.into_iter().flatten();
    match configured.method.as_str() {
        "min" => set.min(),
        "none" if !own => None,
        _ => set.max(),
    }
    .unwrap_or(0)
}

/// The returns of a payment, in event-time order, each at most what is left (`docs/SEMANTICS.md` 23).
fn returns(at: i64, payment: &decode::Payment, events: &[Event], config: &Config) -> Vec<Return> {
    let mut found: Vec<(i64, &decode::Reversal)> = events
        .iter()
        .filter_map(|event| Some((event.at, event.reversal()?)))
        .filter(|(_, reversal)| reversal.original == payment.id)
        .collect();
    found.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
    let mut left = payment.amount;
    let mut returns = Vec::new();
    for (returned_at, reversal) in found {
        let amount = match reversal.amount {
            None => left,
            Some(Returned::Units(units)) => left.min(units * payment.rate),
            Some(Returned::Minor(minor)) => {
                left.min(decode::minor_units(minor, &payment.currency) * payment.rate)
            }
        };
        left -= amount;
        let changes_verdicts = returned_at <= at + config.reversal_ms;
        returns.push(Return { at: returned_at, amount, changes_verdicts });
    }
    returns.retain(|r| r.amount > 0);
    returns
}
