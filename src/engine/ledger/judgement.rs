//! The judgement: which facts and verdicts hold of an account's history at a clock.

use super::super::account::Account;
use super::super::contact::Contact;
use super::super::measure::Measure;
use super::super::money::Money;
use super::super::settings::Settings;
use super::super::stamp::{Dimension, Name};
use super::super::tables::Tables;
use super::super::time::{DAY, HOUR, Timestamp};
use super::facts::{Fact, Facts};
use super::promise::{Closed, Plan, Promise, State};
use super::sweep::{Swept, sweep};
use super::verdict::Verdict;
use super::{History, PromiseMade};
use crate::engine::event::Judged;

/// An account's history, to be judged at a clock.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// Whose, with the contacts and states that belong to it.
    pub account: &'a Account,
    /// Its promises and payments.
    pub history: &'a History,
    /// The clock: what is dated after it has not happened.
    pub now: Timestamp,
}

/// What holds.
#[derive(Debug)]
pub struct Judgement {
    /// In canonical order.
    pub facts: Vec<Fact>,
    /// One for each promise and instalment, in the order of making.
    pub verdicts: Vec<Verdict>,
    /// When it can change by time alone.
    pub next: Option<Timestamp>,
}

impl Case<'_> {
    /// The contact channel of the call in which a promise was made, once that call is there.
    pub fn channel_of_call(&self, said: &PromiseMade) -> Name {
        let call = said.call_id.as_deref().and_then(|id| self.account.contact(id));
        call.map_or(Name::UNKNOWN, |call| call.stated.get(Dimension::Channel))
    }
}

/// Judges an account's history: a pure function of the history and the clock.
pub fn judge(case: &Case<'_>, tables: &mut Tables) -> Judgement {
    let swept = sweep(case, tables);
    let mut facts = Facts::default();
    let mut next = case.history.first_after(case.now);
    let mut verdicts = Vec::with_capacity(swept.promises.len());
    let attempts = Attempts::of(case.account);
    for plan in &swept.plans {
        state_plan(plan, tables, &mut facts);
        for place in plan.promises.clone() {
            let verdict = decide(case, &swept, plan, place, tables);
            state_matured(&swept, plan, (place, &verdict), &attempts, tables, &mut facts);
            verdicts.push(verdict);
        }
    }
    state_open(case, &swept, &verdicts, tables, &mut facts, &mut next);
    super::shares::state_payments(case, &swept, tables, &mut facts);
    Judgement { facts: facts.settled(), verdicts, next }
}

/// The times of an account's outbound contacts, which follow up its promises.
struct Attempts<'a>(Vec<&'a Contact>);

impl<'a> Attempts<'a> {
    fn of(account: &'a Account) -> Self {
        let counted = account.contacts().iter().filter(|contact| contact.counted);
        let mut attempts: Vec<_> = counted.filter(|contact| contact.class.is_attempt()).collect();
        attempts.sort_by_key(|contact| contact.at());
        Self(attempts)
    }

    /// Strictly between two instants, without the call in which the promise was made.
    fn between(&self, plan: &Plan<'_>, end: Timestamp) -> i128 {
        let first = self.0.partition_point(|contact| contact.at() <= plan.made_at);
        let last = self.0.partition_point(|contact| contact.at() < end).max(first);
        let own = |contact: &&&Contact| plan.said.call_id.as_deref() == Some(&*contact.id);
        let between = &self.0[first..last];
        let own = if plan.said.call_id.is_some() { between.iter().filter(own).count() } else { 0 };
        wide(between.len() - own)
    }
}

fn wide(count: usize) -> i128 {
    i128::try_from(count).expect("a count has fewer than 127 bits")
}

/// What a plan adds when it is made.
fn state_plan(plan: &Plan<'_>, tables: &mut Tables, facts: &mut Facts) {
    let stamp = tables.stamps.intern(plan.values);
    let at = plan.made_at;
    let mut count = |measure: Measure, value: i128| facts.add(at, stamp, measure.whole(), value);
    count(Measure::MadeAll, 1);
    count(Measure::MadeAgain, i128::from(2 <= plan.level));
    count(Measure::HorizonDays, plan.said.due_date.days_since(plan.made_on).into());
    if !plan.is_reschedule {
        let assisted = plan.said.call_id.is_some() || plan.owner().is_known();
        count(Measure::Made, 1);
        count(Measure::MadeAssisted, assisted.into());
        count(Measure::PromisedAmount, plan.amount);
    }
}

/// The verdict on one promise: its own, or the one that the system of record put in its place.
fn decide(
    case: &Case<'_>,
    swept: &Swept<'_>,
    plan: &Plan<'_>,
    place: usize,
    tables: &Tables,
) -> Verdict {
    let promise = &swept.promises[place];
    let attributed = swept.poured.attributed[place];
    let state = promise.state(attributed, case.now);
    let own = own_verdict(promise, attributed, swept.poured.completed[place], case.now);
    let overridden = promise.overridden(case.now);
    let time = |own: Option<Timestamp>| match (overridden.map(|(at, _)| at), own) {
        (Some(at), Some(own)) => Some(at.min(own)),
        (at, own) => at.or(own),
    };
    let judged = match state {
        State::Kept | State::PartiallyKept | State::Broken => true,
        State::Active | State::Superseded | State::Cancelled => false,
    };
    let ended = promise.closed.filter(|_| !judged).map(|(at, _)| at);
    let rate = tables.settings.rates.of(plan.said.currency).unwrap_or(1_000_000);
    Verdict {
        id: plan.id_of(promise),
        state,
        level: plan.level,
        amount: promise.amount,
        attributed,
        late: swept.poured.late[place],
        rate,
        currency: plan.said.currency,
        agent: plan.owner(),
        team: plan.values.get(Dimension::Team),
        bucket: plan.values.get(Dimension::Bucket),
        zone: plan.zone,
        made_at: promise.made_at,
        due_date: promise.due_date,
        deadline: promise.deadline,
        verdict_at: if judged { time(own.map(|own| own.at)) } else { ended },
        counts_at: if judged { time(own.map(|own| own.counts_at)) } else { None },
        superseded_by: match promise.closed {
            Some((_, Closed::Superseded(by))) => Some(swept.plans[by].id.into()),
            Some((_, Closed::Cancelled)) | None => None,
        },
        overridden: overridden.is_some(),
        reopened: state == State::Active && swept.was_met[place],
    }
}

/// What the engine says by itself: when it fell, and the instant at which it counts.
#[derive(Clone, Copy)]
struct Own {
    at: Timestamp,
    counts_at: Timestamp,
}

fn own_verdict(
    promise: &Promise,
    attributed: Money,
    completed: Option<(Timestamp, Timestamp)>,
    now: Timestamp,
) -> Option<Own> {
    if promise.closed.is_some() {
        return None;
    }
    if promise.is_met_by(attributed) {
        let (at, _) = completed.expect("what is met was completed by a payment");
        return Some(Own { at, counts_at: at });
    }
    (promise.deadline <= now).then(|| Own { at: promise.fell_at(), counts_at: promise.fell_in() })
}

/// What a promise that is kept, partially kept or broken adds, at its current verdict.
fn state_matured(
    swept: &Swept<'_>,
    plan: &Plan<'_>,
    (place, verdict): (usize, &Verdict),
    attempts: &Attempts<'_>,
    tables: &mut Tables,
    facts: &mut Facts,
) {
    let (Some(at), Some(verdict_at)) = (verdict.counts_at, verdict.verdict_at) else { return };
    let promise = &swept.promises[place];
    let (attributed, late) = (verdict.attributed, verdict.late);
    let stamp = tables.stamps.intern(plan.values);
    let mut count = |measure: Measure, value: i128| facts.add(at, stamp, measure.whole(), value);
    count(Measure::Matured, 1);
    count(Measure::MaturedAmount, promise.amount);
    count(Measure::KeptAmount, attributed);
    count(Measure::FollowUps, attempts.between(plan, verdict_at));
    let kept = verdict.state == State::Kept;
    if promise.instalment.is_some() {
        count(Measure::InstalmentsMatured, 1);
        count(Measure::InstalmentsKept, kept.into());
    }
    if kept {
        count(Measure::Kept, 1);
        // Of one that was superseded or cancelled the override alone says kept.
        let is_own = promise.closed.is_none() && promise.is_met_by(attributed);
        if let (true, Some((_, posted))) = (is_own, swept.poured.completed[place]) {
            let paid_on = tables.zones.zone(plan.zone).date(posted);
            count(Measure::Paid, 1);
            count(Measure::PaidDays, paid_on.days_since(promise.made_on).into());
        }
        return;
    }
    count(Measure::BrokenAmount, promise.amount - attributed);
    if verdict.state == State::Broken {
        count(Measure::Broken, 1);
        count(Measure::LatePaid, promise.is_met_by(attributed + late).into());
    } else {
        count(Measure::PartiallyKept, 1);
    }
}

/// The states of promises that are still open, and when they change by time alone.
fn state_open(
    case: &Case<'_>,
    swept: &Swept<'_>,
    verdicts: &[Verdict],
    tables: &mut Tables,
    facts: &mut Facts,
    next: &mut Option<Timestamp>,
) {
    let risk = Risk::of(case, swept, &tables.settings);
    let mut sooner = |at: Timestamp| {
        if case.now < at && next.is_none_or(|next| at < next) {
            *next = Some(at);
        }
    };
    let mut broken_before: Option<Timestamp> = None;
    for plan in &swept.plans {
        let stamp = tables.stamps.intern(plan.values);
        let zone = tables.zones.zone(plan.zone);
        let today = zone.date(case.now);
        let is_late = tables.settings.at_risk_hour <= zone.hour(case.now);
        let (mut open, mut amount, mut remaining) = (false, 0, 0);
        for place in plan.promises.clone() {
            let (promise, verdict) = (&swept.promises[place], &verdicts[place]);
            if verdict.state == State::Broken {
                let fell = verdict.verdict_at.filter(|&at| risk.since <= at);
                broken_before = broken_before.max(fell);
            }
            if verdict.state != State::Active {
                continue;
            }
            let left = promise.amount - verdict.attributed;
            let due = promise.due_date == today;
            let unpaid = due && is_late && verdict.attributed == 0;
            let troubled = broken_before.max(risk.returned);
            let mut state = |holds: bool, measures: [Measure; 3]| {
                let values = [1, promise.amount, left];
                for (measure, value) in measures.into_iter().zip(values) {
                    facts.state(stamp, measure, if holds { value } else { 0 });
                }
            };
            state(due, [Measure::DueToday, Measure::DueTodayAmount, Measure::DueTodayRemaining]);
            state(
                promise.due_date < today,
                [Measure::InGrace, Measure::InGraceAmount, Measure::InGraceRemaining],
            );
            state(
                unpaid || troubled.is_some(),
                [Measure::AtRisk, Measure::AtRiskAmount, Measure::AtRiskRemaining],
            );
            open = true;
            amount += promise.amount;
            remaining += left;
            sooner(promise.deadline);
            sooner(zone.midnight(promise.due_date));
            sooner(zone.local(promise.due_date, tables.settings.at_risk_hour * HOUR));
            sooner(zone.midnight(promise.due_date.plus(1)));
            if let Some(at) = troubled {
                sooner(at.plus(risk.lasts + 1));
            }
        }
        facts.state(stamp, Measure::Open, open.into());
        facts.state(stamp, Measure::OpenAmount, amount);
        facts.state(stamp, Measure::OpenRemaining, remaining);
    }
}

/// What makes an account's open promises risky.
struct Risk {
    /// How long a break or a return is remembered, in milliseconds.
    lasts: i64,
    /// The first instant that is still remembered.
    since: Timestamp,
    /// The last return that is.
    returned: Option<Timestamp>,
}

impl Risk {
    fn of(case: &Case<'_>, swept: &Swept<'_>, settings: &Settings) -> Self {
        let lasts = settings.at_risk_days * DAY;
        let since = case.now.minus(lasts);
        let returns = swept.returns.iter().filter(|back| 0 < back.amount).map(|back| back.at);
        Self { lasts, since, returned: returns.filter(|&at| since <= at).max() }
    }
}

impl Plan<'_> {
    /// The agent who took it, if the event says.
    pub fn owner(&self) -> Name {
        self.values.get(Dimension::Agent)
    }

    /// The id of one of its promises: its own, or the instalment's.
    fn id_of(&self, promise: &Promise) -> Box<str> {
        match promise.instalment {
            None => self.id.into(),
            Some(number) => format!("{}#{number}", self.id).into(),
        }
    }
}

impl History {
    /// The first event after the clock: it has not happened yet.
    fn first_after(&self, now: Timestamp) -> Option<Timestamp> {
        fn after<T>(
            records: &std::collections::BTreeMap<Box<str>, super::Revised<T>>,
            now: Timestamp,
        ) -> Option<Timestamp> {
            records.values().map(|record| record.version.at).filter(|&at| now < at).min()
        }
        let firsts = [
            after::<PromiseMade>(&self.promises, now),
            after::<()>(&self.cancellations, now),
            after::<Judged>(&self.overrides, now),
            after(&self.payments, now),
            after(&self.reversals, now),
        ];
        firsts.into_iter().flatten().min()
    }
}
