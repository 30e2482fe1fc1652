//! What counts: contacts, promises made, promises judged and payments, each with its dimensions,
//! as known at t.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::config::Config;
use super::decode::{self, Event};
use super::ledger::{Account, Judgement, Verdict};
use super::number;
use super::share::{self, Dimensions, Part};
use super::stamp::stamp;
use super::zone;

#[derive(Default)]
pub struct Facts {
    pub contacts: Vec<Contact>,
    pub made: Vec<Made>,
    pub judged: Vec<Judged>,
    pub paid: Vec<Paid>,
    pub verdicts: Vec<Value>,
}

/// A call, or a message, letter or visit.
pub struct Contact {
    pub at: i64,
    pub dimensions: Dimensions,
    pub account: Option<String>,
    pub agent: Option<String>,
    pub call: decode::Call,
}

/// A promise as it was made; a plan once.
pub struct Made {
    pub at: i64,
    pub dimensions: Dimensions,
    pub amount: i128,
    pub level: i64,
    pub reschedule: bool,
    /// It has a call or an agent.
    pub assisted: bool,
    pub horizon_days: i64,
}

/// What has become of a promise, or of an instalment, by t.
#[expect(clippy::struct_excessive_bools, reason = "each is a question that a KPI asks")]
pub struct Judged {
    /// Of the promise or plan.
    pub promise: (String, String),
    pub dimensions: Dimensions,
    pub of_plan: bool,
    pub verdict: Verdict,
    pub counted_at: i64,
    pub amount: i128,
    pub attributed: i128,
    pub paid_in_the_end: bool,
    pub follow_ups: i128,
    pub days_to_pay: Option<i64>,
    pub due_today: bool,
    pub in_grace: bool,
    pub at_risk: bool,
}

pub struct Paid {
    pub at: i64,
    pub channel: String,
    pub returned: bool,
    /// Days from the due date of the instalment to the payment.
    pub due_days: Option<i64>,
    pub parts: Vec<Part>,
}

impl Contact {
    fn is(&self, results: &str) -> bool {
        results.split(' ').any(|result| result == self.call.result)
    }

    pub fn outbound(&self) -> bool {
        !self.call.inbound
    }

    pub fn voice(&self) -> bool {
        self.call.channel == "voice" || self.call.channel == "ai_voice"
    }

    /// The outcome was recorded.
    pub fn known(&self) -> bool {
        !self.is("unknown")
    }

    pub fn connected(&self) -> bool {
        self.is("machine") || self.live()
    }

    pub fn live(&self) -> bool {
        self.is("human third_party wrong_party right_party")
    }

    pub fn live_right_party(&self) -> bool {
        self.is("right_party")
    }

    pub fn received(&self) -> bool {
        self.connected() || self.is("delivered replied")
    }

    pub fn handled(&self) -> bool {
        (self.agent.is_some() && self.live()) || self.call.disposed
    }

    pub fn handle_s(&self) -> i128 {
        self.call.dial_s + self.call.talk_s + self.call.hold_s + self.call.wrap_s
    }
}

/// All facts of the events up to t.
pub fn gather(events: &[Event], t: i64, config: &Config) -> Facts {
    let mut accounts: BTreeMap<Option<String>, Vec<Event>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.at <= t) {
        accounts.entry(event.account.clone()).or_default().push(event.clone());
    }
    let mut facts = Facts::default();
    for (id, events) in &accounts {
        for event in events {
            if let Some(call) = event.call() {
                let mut dimensions = stamp(event, events, config).dimensions;
                dimensions.insert("channel", call.channel.clone());
                dimensions.insert("payment_channel", "unknown".to_owned());
                facts.contacts.push(Contact {
                    at: event.at,
                    dimensions,
                    account: id.clone(),
                    agent: event.stated.get("agent").cloned(),
                    call: call.clone(),
                });
            }
        }
        if let Some(id) = id {
            ledger(id, events, t, config, &mut facts);
        }
    }
    facts
}

fn ledger(id: &str, events: &[Event], t: i64, config: &Config, facts: &mut Facts) {
    let account = Account::new(events, config);
    let decisions = account.decide(config);
    let judgements = account.judge(&decisions, t);
    let dimensions: Vec<Dimensions> = account
        .promises
        .iter()
        .map(|promise| {
            let mut dimensions = promise.stamp.dimensions.clone();
            dimensions.insert("channel", share::promise_channel(&promise.record, events));
            dimensions.insert("payment_channel", "unknown".to_owned());
            dimensions
        })
        .collect();
    for (index, promise) in account.promises.iter().enumerate() {
        facts.made.push(Made {
            at: promise.made,
            dimensions: dimensions[index].clone(),
            amount: promise.record.amount,
            level: decisions.levels[index],
            reschedule: decisions.reschedules[index],
            assisted: promise.owner.is_some() || promise.record.call_id.is_some(),
            horizon_days: zone::days(
                zone::date(promise.made, &promise.stamp.zone),
                promise.record.due,
            ),
        });
    }
    for (index, (item, judgement)) in account.items.iter().zip(&judgements).enumerate() {
        let promise = &account.promises[item.promise];
        let zone = &promise.stamp.zone;
        let now = zone::local(t, zone);
        let due_today = item.due == now.date();
        let unpaid_late =
            due_today && now.hour() >= config.at_risk_hour && judgement.attributed == 0;
        let days_to_pay = judgement.completed_by.map(|payment| {
            let paid_on = zone::date(account.payments[payment].at, zone);
            zone::days(zone::date(promise.made, zone), paid_on)
        });
        facts.judged.push(Judged {
            promise: (id.to_owned(), promise.record.id.clone()),
            dimensions: dimensions[item.promise].clone(),
            of_plan: promise.is_plan,
            verdict: judgement.verdict,
            counted_at: judgement.counted_at,
            amount: item.amount,
            attributed: judgement.attributed,
            paid_in_the_end: judgement.paid_in_the_end,
            follow_ups: follow_ups(promise.made, &promise.record, judgement, events),
            days_to_pay,
            due_today,
            in_grace: now.date() > item.due,
            at_risk: unpaid_late || troubled(&account, &judgements[..index], t, config),
        });
        facts.verdicts.push(verdict(
            id,
            &account,
            index,
            judgement,
            decisions.levels[item.promise],
            config,
        ));
    }
    for (number, payment) in account.payments.iter().enumerate() {
        let paid_on = zone::date(payment.at, &payment.stamp.zone);
        facts.paid.push(Paid {
            at: payment.at,
            channel: payment.record.channel.clone().unwrap_or_else(|| "unknown".to_owned()),
            returned: !payment.returns.is_empty(),
            due_days: payment.record.due.map(|due| zone::days(due, paid_on)),
            parts: share::parts(number, &account, &decisions, events, config),
        });
    }
}

/// Outbound records strictly between made and verdict, without the call of the promise
/// (`docs/SEMANTICS.md` 24); of a superseded one that was overridden, up to the override.
fn follow_ups(
    made: i64,
    promise: &decode::Promise,
    judgement: &Judgement,
    events: &[Event],
) -> i128 {
    let until = judgement.verdict_at.unwrap_or(made);
    let counts = |event: &&Event| {
        event.call().is_some_and(|call| {
            !call.inbound
                && made < event.at
                && event.at < until
                && Some(&call.id) != promise.call_id.as_ref()
        })
    };
    events.iter().filter(counts).count() as i128
}

/// An earlier promise or instalment broke, or a payment was returned, in the days up to t
/// (`docs/SEMANTICS.md` 25).
fn troubled(account: &Account, earlier: &[Judgement], t: i64, config: &Config) -> bool {
    let recent = |at: i64| (t - config.at_risk_ms..=t).contains(&at);
    let broke = |j: &Judgement| j.verdict == Verdict::Broken && j.verdict_at.is_some_and(recent);
    earlier.iter().any(broke)
        || account.payments.iter().any(|p| p.returns.iter().any(|r| recent(r.at)))
}

/// The verdict record (`docs/SEMANTICS.md` 33), amounts in the promise's currency.
fn verdict(
    id: &str,
    account: &Account,
    index: usize,
    judgement: &Judgement,
    level: i64,
    config: &Config,
) -> Value {
    let item = &account.items[index];
    let promise = &account.promises[item.promise];
    let digits = number::minor_digits(&promise.record.currency);
    let money = |amount: i128| {
        // 10⁻¹² of the reporting currency by 10⁻⁶ of the rate leaves 10⁻⁶ of the promise's.
        let units = number::quotient(amount, promise.record.rate * 10_i128.pow(6 - digits), 0);
        number::text(units, digits)
    };
    let moment = |at: i64| zone::print(at, &config.zone);
    let stamped = |dimension: &str| promise.stamp.dimensions[dimension].clone();
    json!({
        "promise_id": item.id,
        "account_id": id,
        "verdict": judgement.verdict.name(),
        "level": level,
        "amount": money(item.amount),
        "attributed": money(judgement.attributed),
        "late_paid": money(judgement.late),
        "currency": promise.record.currency,
        "agent_id": stamped("agent"),
        "team_id": stamped("team"),
        "bucket": stamped("bucket"),
        "made_at": moment(promise.made),
        "due_date": item.due.to_string(),
        "deadline": moment(item.deadline),
        "verdict_at": judgement.verdict_at.map(moment),
        "superseded_by": judgement.superseded_by,
        "override": judgement.overridden,
    })
}

/// The facts of one scope; of a payment the parts that fall into it.
#[derive(Default)]
pub struct Scoped<'a> {
    pub contacts: Vec<&'a Contact>,
    pub made: Vec<&'a Made>,
    pub judged: Vec<&'a Judged>,
    pub paid: Vec<(&'a Paid, Vec<&'a Part>)>,
}

/// All scopes of a grouping set, with their facts.
pub fn scopes<'a>(facts: &'a Facts, set: &[&'static str]) -> BTreeMap<Vec<String>, Scoped<'a>> {
    let mut scopes: BTreeMap<Vec<String>, Scoped<'_>> = BTreeMap::new();
    let key = |dimensions: &Dimensions| -> Vec<String> {
        set.iter().map(|d| dimensions[d].clone()).collect()
    };
    if set.is_empty() {
        scopes.insert(Vec::new(), Scoped::default());
    }
    for contact in &facts.contacts {
        scopes.entry(key(&contact.dimensions)).or_default().contacts.push(contact);
    }
    for made in &facts.made {
        scopes.entry(key(&made.dimensions)).or_default().made.push(made);
    }
    for judged in &facts.judged {
        scopes.entry(key(&judged.dimensions)).or_default().judged.push(judged);
    }
    for paid in &facts.paid {
        let keys: BTreeSet<Vec<String>> =
            paid.parts.iter().map(|part| key(&part.dimensions)).collect();
        for scope in keys {
            let parts = paid.parts.iter().filter(|part| key(&part.dimensions) == scope).collect();
            scopes.entry(scope).or_default().paid.push((paid, parts));
        }
    }
    scopes
}
