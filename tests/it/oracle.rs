//! The naive oracle: what the numbers must be, computed from the whole history.
//!
//! All records in lists, windows by filtering and counting, the ledger as one pure function of an
//! account's history and the clock. It keeps no state and shares no code with the engine, so that
//! the two agree only where both are right. Every answer is to the digit, quantiles included. It
//! knows calls, promises, payments, account snapshots (for what they lend) and heartbeats; every
//! other type is unknown to it, but for the defects of a sale. Of what the set of events does not
//! determine (`docs/SEMANTICS.md` 6) it says only `revision`, for records that arrive in this order.

mod config;
mod decode;
mod facts;
mod history;
mod kpi;
mod ledger;
mod number;
mod revision;
mod share;
mod stamp;
mod window;
mod zone;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use config::Config;
use facts::Scoped;
use kpi::Shape;
use window::Span;

/// The default grouping sets.
pub const SETS: [&[&str]; 11] = [
    &[],
    &["bucket"],
    &["agent"],
    &["team"],
    &["channel"],
    &["product"],
    &["tier"],
    &["strategy"],
    &["agency"],
    &["team", "bucket"],
    &["agent", "bucket"],
];

/// What the records of a replay must be, but for rows in which nothing happened.
#[derive(Default)]
pub struct Answer {
    pub rows: Vec<Value>,
    pub previous: Vec<Value>,
    pub closed: Vec<Value>,
    /// The last of every promise, also of those that are active; `revision` is null for one that
    /// was never judged, and so never published.
    pub verdicts: Vec<Value>,
    pub dead_letters: Vec<Value>,
    pub counts: BTreeMap<&'static str, u64>,
}

/// The answer for these records in these grouping sets, as of an instant, or as of the greatest
/// event time (`docs/SEMANTICS.md` 32).
pub fn answer(
    config_toml: &str,
    sets: &[&'static [&'static str]],
    records: &[Vec<u8>],
    as_of: Option<i64>,
) -> Answer {
    let config = Config::read(config_toml);
    let history = history::read(records, &config);
    let mut answer =
        Answer { dead_letters: history.dead_letters, counts: history.counts, ..Answer::default() };
    let Some(t) = as_of.or(history.last) else { return answer };
    let standing = history::standing(&history.arrived);
    let facts = facts::gather(&standing, t, &config);
    let print = |at: i64| zone::print(at, &config.zone);
    for &set in sets {
        for (values, scoped) in facts::scopes(&facts, set) {
            let scope: Map<String, Value> = set
                .iter()
                .map(|d| (*d).to_owned())
                .zip(values.into_iter().map(Value::from))
                .collect();
            let row = |window: &str, from: i64, to: i64, kpis: Map<String, Value>| {
                json!({
                    "scope": scope, "window": window, "from": print(from), "to": print(to),
                    "as_of": print(t), "currency": config.currency, "kpis": kpis,
                })
            };
            answer.rows.push(row("now", t, t, kpi::gauges(&scoped, &config)));
            for (window, span, shape) in windows(set, t, &config) {
                if set.is_empty() || happened(&scoped, span) {
                    answer.rows.push(row(
                        window,
                        span.from,
                        t,
                        kpi::kpis(&scoped, span, shape, &config),
                    ));
                }
            }
            for window in calendar(set) {
                let shape = Shape { set, window, calendar: true, quantiles: true };
                for span in window::closed(window, &instants(&scoped), t, &config) {
                    let kpis = kpi::kpis(&scoped, span, shape, &config);
                    answer.closed.push(row(window, span.from, span.to, kpis));
                }
                if set == ["agent", "bucket"] {
                    continue;
                }
                let side = |span: Span, quantiles: bool| {
                    let kpis = kpi::kpis(&scoped, span, Shape { quantiles, ..shape }, &config);
                    json!({"from": print(span.from), "to": print(span.to), "kpis": kpis})
                };
                let full = window::full(window, t, &config);
                let (same_point, current) = window::same_point(window, t, &config);
                let mut previous = json!({
                    "full": side(full, true),
                    "same_point": same_point.map(|span| side(span, false)),
                });
                if window != "today" {
                    previous["current"] = current.map(|span| side(span, false)).into();
                }
                let spans = [Some(full), same_point, current];
                if set.is_empty() || spans.into_iter().flatten().any(|span| happened(&scoped, span))
                {
                    answer.previous.push(json!({
                        "scope": scope, "window": window, "as_of": print(t), "previous": previous,
                    }));
                }
            }
        }
    }
    answer.verdicts = facts.verdicts;
    let revisions = revision::revisions(&history.arrived, t, &config);
    for verdict in &mut answer.verdicts {
        let [account, promise] =
            ["account_id", "promise_id"].map(|id| verdict[id].as_str().unwrap_or_default());
        let revision = revisions.get(&(account.to_owned(), promise.to_owned())).copied();
        verdict["revision"] = revision.into();
    }
    answer
}

/// The calendar windows of a grouping set (`docs/SEMANTICS.md` 33).
fn calendar(set: &[&str]) -> Vec<&'static str> {
    if set == ["agent", "bucket"] { vec!["today", "month"] } else { window::CALENDAR.to_vec() }
}

/// The windows of a grouping set at t, but `now`.
fn windows<'a>(
    set: &'a [&'static str],
    t: i64,
    config: &Config,
) -> Vec<(&'static str, Span, Shape<'a>)> {
    let mut windows = Vec::new();
    if set != ["agent", "bucket"] {
        for (window, length, pane) in window::ROLLING {
            let shape = Shape { set, window, calendar: false, quantiles: true };
            windows.push((window, window::rolling(t, length, pane), shape));
        }
    }
    for window in calendar(set) {
        let shape = Shape { set, window, calendar: true, quantiles: true };
        windows.push((window, window::to_date(window, t, config), shape));
    }
    windows
}

/// Anything that counts in this window.
fn happened(scope: &Scoped<'_>, span: Span) -> bool {
    instants(scope).into_iter().any(|at| span.holds(at))
}

/// When anything counts in a scope.
fn instants(scope: &Scoped<'_>) -> BTreeSet<i64> {
    let parts = scope.paid.iter().flat_map(|(_, parts)| parts);
    let returns = parts.flat_map(|part| part.returns.iter().map(|(at, _)| *at));
    (scope.contacts.iter().map(|contact| contact.at))
        .chain(scope.made.iter().map(|made| made.at))
        .chain(scope.judged.iter().map(|judged| judged.counted_at))
        .chain(scope.paid.iter().map(|(paid, _)| paid.at))
        .chain(returns)
        .collect()
}
