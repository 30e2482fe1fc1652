//! The KPIs of a scope and a window, by filtering and counting (`docs/SEMANTICS.md` 10 to 30).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::config::Config;
use super::facts::{Contact, Judged, Made, Scoped};
use super::ledger::Verdict;
use super::number::{self, count, ratio};
use super::window::Span;

type Kpis = Map<String, Value>;

/// What of the catalogue a row has.
#[derive(Clone, Copy)]
pub struct Shape<'a> {
    pub set: &'a [&'static str],
    pub window: &'a str,
    /// A calendar window: the KPIs of win T too.
    pub calendar: bool,
    /// The row itself, or the whole previous period.
    pub quantiles: bool,
}

/// The gauges of a scope.
pub fn gauges(scope: &Scoped<'_>, config: &Config) -> Kpis {
    let active: Vec<&Judged> =
        scope.judged.iter().copied().filter(|j| j.verdict == Verdict::Active).collect();
    let plans: BTreeSet<_> = active.iter().map(|j| &j.promise).collect();
    let gauge = |of: &dyn Fn(&Judged) -> bool, number: Option<usize>| {
        let of: Vec<&&Judged> = active.iter().filter(|j| of(j)).collect();
        let remaining = of.iter().map(|j| j.amount - j.attributed).sum();
        json!({
            "value": number.unwrap_or(of.len()),
            "amount": money(of.iter().map(|j| j.amount).sum(), config),
            "remaining": money(remaining, config),
        })
    };
    let mut kpis = Kpis::new();
    kpis.insert("promises_open".to_owned(), gauge(&|_| true, Some(plans.len())));
    kpis.insert("promises_due_today".to_owned(), gauge(&|j| j.due_today, None));
    kpis.insert("promises_in_grace".to_owned(), gauge(&|j| j.in_grace, None));
    kpis.insert("promises_at_risk".to_owned(), gauge(&|j| j.at_risk, None));
    kpis
}

/// The KPIs of a scope in a window; none if nothing happened in it.
pub fn kpis(scope: &Scoped<'_>, span: Span, shape: Shape<'_>, config: &Config) -> Kpis {
    let mut kpis = Kpis::new();
    contact(scope, span, shape, config, &mut kpis);
    promises(scope, span, shape, config, &mut kpis);
    payments(scope, span, shape, config, &mut kpis);
    kpis
}

fn money(amount: i128, config: &Config) -> Value {
    Value::from(number::text(number::quotient(amount, scale(config), 0), config.digits()))
}

/// Units of 10⁻¹² in one minor unit of the reporting currency.
fn scale(config: &Config) -> i128 {
    10_i128.pow(12 - config.digits())
}

/// A ratio of two counts.
fn rate(num: usize, den: usize, config: &Config) -> Value {
    mean(num as i128, den, config)
}

/// A sum per count.
fn mean(num: i128, den: usize, config: &Config) -> Value {
    let den = den as i128;
    let mut kpi = json!({"value": ratio(num, den), "num": count(num), "den": count(den)});
    low_sample(&mut kpi, den, config);
    kpi
}

fn low_sample(kpi: &mut Value, den: i128, config: &Config) {
    if den < config.low_sample {
        kpi["low_sample"] = Value::from(true);
    }
}

/// A number per productive hour, the hours in seconds.
fn hourly(num: usize, seconds: i128) -> Value {
    json!({"value": ratio(num as i128 * 3600, seconds), "num": num, "den": count(seconds)})
}

/// Money per count.
fn average(num: i128, den: usize, config: &Config) -> Value {
    let value = (den > 0).then(|| quotient(num, den as i128, config));
    let mut kpi = json!({"value": value, "num": money(num, config), "den": den});
    low_sample(&mut kpi, den as i128, config);
    kpi
}

/// Money by a number, rounded once.
fn quotient(num: i128, den: i128, config: &Config) -> Value {
    Value::from(number::text(number::quotient(num, den * scale(config), 0), config.digits()))
}

/// Money by money, or money × days by money.
fn share(num: i128, den: i128, config: &Config) -> Value {
    json!({"value": ratio(num, den), "num": money(num, config), "den": money(den, config)})
}

/// An entry of a mix of counts.
fn entry(num: usize, den: usize) -> Value {
    json!({"value": ratio(num as i128, den as i128), "num": num, "den": den})
}

/// The order statistic at ⌊q(n−1)⌋ (`docs/SEMANTICS.md` 13).
fn quantile(values: &[i128], percent: usize) -> Value {
    if values.is_empty() {
        return Value::Null;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    count(sorted[(sorted.len() - 1) * percent / 100])
}

fn accounts<'a>(contacts: impl Iterator<Item = &'a &'a Contact>) -> usize {
    contacts.filter_map(|c| c.account.as_ref()).collect::<BTreeSet<_>>().len()
}

/// Handle time of handled contacts, those counted as implausible left out (`docs/SEMANTICS.md` 11).
fn handle_times(contacts: &[&Contact], config: &Config) -> Vec<i128> {
    let plausible = |c: &&&Contact| c.handled() && c.handle_s() <= config.max_contact_s;
    contacts.iter().filter(plausible).map(|c| c.handle_s()).collect()
}

fn within<'a>(scope: &Scoped<'a>, span: Span) -> Vec<&'a Contact> {
    scope.contacts.iter().copied().filter(|c| span.holds(c.at)).collect()
}

fn contact(scope: &Scoped<'_>, span: Span, shape: Shape<'_>, config: &Config, kpis: &mut Kpis) {
    let contacts = within(scope, span);
    let many = |of: &dyn Fn(&Contact) -> bool| contacts.iter().filter(|c| of(c)).count();
    let mut put = |id: &str, kpi: Value| kpis.insert(id.to_owned(), kpi);

    let voice = many(&|c| c.outbound() && c.voice());
    let voice_known = many(&|c| c.outbound() && c.voice() && c.known());
    let inbound = many(&|c| !c.outbound() && c.voice());
    let attempts = many(&|c| c.outbound());
    put("calls", json!({"value": voice, "inbound": inbound}));
    let abandoned = many(&|c| !c.outbound() && c.voice() && c.call.result == "abandoned");
    let offered = many(&|c| !c.outbound() && c.voice() && c.known());
    put("abandonment_rate", rate(abandoned, offered, config));
    put("contact_attempts", json!({"value": attempts}));
    let connected = many(&|c| c.outbound() && c.voice() && c.connected());
    let live = many(&|c| c.outbound() && c.voice() && c.live());
    let right_party = many(&|c| c.outbound() && c.voice() && c.live_right_party());
    put("connect_rate", rate(connected, voice_known, config));
    put("contact_rate", rate(live, voice_known, config));
    put("rpc_rate", rate(right_party, voice_known, config));
    put("rpc_of_live_rate", rate(right_party, live, config));
    let replied = many(&|c| c.call.result == "replied");
    let delivered = many(&|c| c.call.result == "delivered");
    put("response_rate", rate(replied, delivered + replied, config));

    let handle_times = handle_times(&contacts, config);
    let handle_s: i128 = handle_times.iter().sum();
    let cases = accounts(contacts.iter().filter(|c| c.handled()));
    put("contacts_per_hour", hourly(many(&Contact::live), handle_s));
    let mut handle_time = mean(handle_s, handle_times.len(), config);
    handle_time["p50"] = quantile(&handle_times, 50);
    handle_time["p95"] = quantile(&handle_times, 95);
    put("average_handle_time", handle_time);
    let plausible = contacts.iter().filter(|c| c.handle_s() <= config.max_contact_s);
    let seconds = |of: &dyn Fn(&Contact) -> i128| {
        let total = plausible.clone().map(|c| of(c)).sum();
        json!({"value": count(total)})
    };
    put("talk_time", seconds(&|c| c.call.talk_s));
    put("wrap_time", seconds(&|c| c.call.wrap_s));
    put("hold_time", seconds(&|c| c.call.hold_s));

    // A quarter has no distinct accounts where agents are grouped by (`docs/SEMANTICS.md` 33).
    if !(shape.window == "quarter" && shape.set.contains(&"agent")) {
        let handled = contacts.iter().filter(|c| c.handled());
        let agents = handled.filter_map(|c| c.agent.as_ref()).collect::<BTreeSet<_>>().len();
        put("cases_worked", json!({"value": cases}));
        put("cases_per_agent", rate(cases, agents, config));
        put("cases_per_hour", hourly(cases, handle_s));
        put("handle_time_per_case", mean(handle_s, cases, config));
        let attempted = accounts(contacts.iter().filter(|c| c.outbound()));
        put("contact_frequency", rate(attempts, attempted, config));
    }

    let mut channels: BTreeMap<&str, usize> = BTreeMap::new();
    for contact in contacts.iter().filter(|c| c.outbound()) {
        *channels.entry(&contact.call.channel).or_default() += 1;
    }
    let mix: Map<String, Value> = channels
        .into_iter()
        .map(|(channel, number)| (channel.to_owned(), entry(number, attempts)))
        .collect();
    put("channel_mix", json!({"by": mix}));
    let automated = many(&|c| c.outbound() && c.known() && c.call.automated);
    put("automation_rate", rate(automated, many(&|c| c.outbound() && c.known()), config));

    let told = [&[][..], &["bucket"], &["product"], &["tier"], &["strategy"]];
    if shape.calendar && told.contains(&shape.set) {
        let mut notices: BTreeMap<&str, i128> = BTreeMap::new();
        for contact in contacts.iter().filter(|c| c.outbound() && c.received()) {
            *notices.entry(contact.account.as_deref().unwrap_or_default()).or_default() += 1;
        }
        let numbers: Vec<i128> = notices.into_values().collect();
        let mut kpi = mean(numbers.iter().sum(), numbers.len(), config);
        if shape.quantiles {
            kpi["p95"] = quantile(&numbers, 95);
            kpi["max"] = numbers.iter().max().map_or(Value::Null, |most| count(*most));
        }
        put("notices_per_account", kpi);
    }
}

fn promises(scope: &Scoped<'_>, span: Span, shape: Shape<'_>, config: &Config, kpis: &mut Kpis) {
    let made: Vec<&Made> = scope.made.iter().copied().filter(|m| span.holds(m.at)).collect();
    let matured: Vec<&Judged> = scope
        .judged
        .iter()
        .copied()
        .filter(|j| j.verdict.matured() && span.holds(j.counted_at))
        .collect();
    let mut put = |id: &str, kpi: Value| kpis.insert(id.to_owned(), kpi);

    let new: Vec<&&Made> = made.iter().filter(|m| !m.reschedule).collect();
    let promised: i128 = new.iter().map(|m| m.amount).sum();
    put("promises_made", json!({"value": new.len()}));
    put("promised_amount", json!({"value": money(promised, config)}));
    put("average_promise", average(promised, new.len(), config));
    let right_parties = within(scope, span).iter().filter(|c| c.live_right_party()).count();
    put("promise_rate", rate(new.iter().filter(|m| m.assisted).count(), right_parties, config));

    let number = |verdict: Verdict| matured.iter().filter(|j| j.verdict == verdict).count();
    put("promise_kept_rate", rate(number(Verdict::Kept), matured.len(), config));
    put("promise_partial_rate", rate(number(Verdict::PartiallyKept), matured.len(), config));
    put("promise_broken_rate", rate(number(Verdict::Broken), matured.len(), config));
    let attributed = matured.iter().map(|j| j.attributed).sum();
    let amount = matured.iter().map(|j| j.amount).sum();
    put("promise_kept_amount_rate", share(attributed, amount, config));
    let not_kept = matured.iter().filter(|j| j.verdict != Verdict::Kept);
    let missing = not_kept.map(|j| j.amount - j.attributed).sum();
    put("promise_broken_amount", json!({"value": money(missing, config)}));
    let follow_ups = matured.iter().map(|j| j.follow_ups).sum();
    put("follow_ups_per_promise", mean(follow_ups, matured.len(), config));

    if !shape.calendar {
        return;
    }
    put("re_promise_rate", rate(made.iter().filter(|m| m.level >= 2).count(), made.len(), config));
    let instalments = matured.iter().filter(|j| j.of_plan);
    let kept = instalments.clone().filter(|j| j.verdict == Verdict::Kept).count();
    put("plan_adherence_rate", rate(kept, instalments.count(), config));
    let days: Vec<i64> = matured.iter().filter_map(|j| j.days_to_pay).collect();
    put("days_to_pay", mean(days.iter().sum::<i64>().into(), days.len(), config));
    let horizon: i64 = made.iter().map(|m| m.horizon_days).sum();
    put("promise_horizon", mean(horizon.into(), made.len(), config));
    let broken = matured.iter().filter(|j| j.verdict == Verdict::Broken);
    let paid_late = broken.clone().filter(|j| j.paid_in_the_end).count();
    put("late_paid_rate", rate(paid_late, broken.count(), config));
}

fn payments(scope: &Scoped<'_>, span: Span, shape: Shape<'_>, config: &Config, kpis: &mut Kpis) {
    let posted: Vec<_> = scope.paid.iter().filter(|(paid, _)| span.holds(paid.at)).collect();
    let gross: i128 = posted.iter().flat_map(|(_, parts)| parts).map(|part| part.amount).sum();
    let all_returns = scope.paid.iter().flat_map(|(_, parts)| parts).flat_map(|part| &part.returns);
    let reversed: i128 =
        all_returns.filter(|(at, _)| span.holds(*at)).map(|(_, amount)| amount).sum();
    let restated_of = |parts: &[&super::share::Part]| -> i128 {
        parts
            .iter()
            .map(|p| p.amount - p.returns.iter().map(|(_, amount)| amount).sum::<i128>())
            .sum()
    };
    let restated: i128 = posted.iter().map(|(_, parts)| restated_of(parts)).sum();
    let net = gross - reversed;
    let mut put = |id: &str, kpi: Value| kpis.insert(id.to_owned(), kpi);
    put(
        "amount_collected",
        json!({
            "value": money(net, config),
            "gross": money(gross, config),
            "reversed": money(reversed, config),
            "restated": money(restated, config),
        }),
    );
    put("payments", json!({"value": posted.len()}));

    let mut channels: BTreeMap<&str, (i128, usize)> = BTreeMap::new();
    for (paid, parts) in &posted {
        let (amount, number) = channels.entry(&paid.channel).or_default();
        *amount += restated_of(parts);
        *number += 1;
    }
    let mut mix = Map::new();
    for (channel, (amount, number)) in channels {
        let mut kpi = share(amount, restated, config);
        kpi["count"] = entry(number, posted.len());
        mix.insert(channel.to_owned(), kpi);
    }
    put("payment_channel_mix", json!({"by": mix}));

    let contacts = within(scope, span);
    let handle_s: i128 = handle_times(&contacts, config).iter().sum();
    let hourly = (handle_s > 0).then(|| quotient(net * 3600, handle_s, config));
    put(
        "collected_per_hour",
        json!({"value": hourly, "num": money(net, config), "den": count(handle_s)}),
    );
    let right_parties = contacts.iter().filter(|c| c.live_right_party()).count();
    put("collected_per_contact", average(net, right_parties, config));

    if !shape.calendar {
        return;
    }
    let returned = posted.iter().filter(|(paid, _)| paid.returned).count();
    put("payment_return_rate", rate(returned, posted.len(), config));
    let dated =
        posted.iter().filter_map(|(paid, parts)| Some((paid.due_days?, restated_of(parts))));
    let (mut weighted, mut amount) = (0, 0);
    for (days, part) in dated {
        weighted += i128::from(days) * part;
        amount += part;
    }
    put("collection_period", share(weighted, amount, config));
}
