//! Streams in which the engine and the oracle once said different things, and boundaries that chance
//! seldom meets to the millisecond.

use super::against_the_oracle;
use crate::hostile::Stream;
use crate::oracle;

/// An override of `p1#+1` or `p1#01` is one of a promise that is not there.
#[test]
fn an_instalment_is_named_only_as_its_verdicts_print_it() {
    agree(
        "",
        &[
            r#"{"type":"promise.made","promise_id":"p1","account_id":"a","occurred_at":1000,"amount":9,"due_date":"1970-01-09","instalments":[{"due_date":"1970-01-09","amount":9}]}"#,
            r#"{"type":"promise.cancelled","promise_id":"p1#+1","account_id":"a","occurred_at":2000}"#,
            r#"{"type":"promise.verdict","promise_id":"p1#01","verdict":"kept","account_id":"a","occurred_at":2000}"#,
        ],
    );
}

/// Both hold from when the promise is made; the later one is of the plan, or of the instalment.
#[test]
fn of_two_overrides_older_than_their_promise_the_later_stands() {
    let made = r#"{"type":"promise.made","promise_id":"p1","account_id":"a","occurred_at":3000,"amount":9,"due_date":"1970-01-09","instalments":[{"due_date":"1970-01-09","amount":9}]}"#;
    for (first, last) in [("p1", "p1#1"), ("p1#1", "p1")] {
        for (then, now) in [("broken", "kept"), ("kept", "broken")] {
            let ruling = |id: &str, verdict: &str, at: i64| {
                format!(
                    r#"{{"type":"promise.verdict","promise_id":"{id}","verdict":"{verdict}","account_id":"a","occurred_at":{at}}}"#
                )
            };
            agree("", &[made, &ruling(first, then, 1000), &ruling(last, now, 2000)]);
        }
    }
}

/// At one instant promises are taken in the order of their ids: the second finds the first one
/// judged already, by an override that is older than both.
#[test]
fn an_override_older_than_its_promise_holds_from_its_making() {
    let made = |id: &str| {
        format!(
            r#"{{"type":"promise.made","promise_id":"{id}","account_id":"a","occurred_at":3000,"amount":9,"due_date":"1970-01-09"}}"#
        )
    };
    let ruling = r#"{"type":"promise.verdict","promise_id":"p1","verdict":"broken","account_id":"a","occurred_at":1000}"#;
    agree("", &[&made("p1"), &made("p2"), ruling]);
}

/// Only an override says kept of a cancelled promise, though money that came to be in time would
/// have met it: it has no `days_to_pay`.
#[test]
fn a_cancelled_promise_that_is_overridden_to_kept_has_no_days_to_pay() {
    let made = |id: &str, at: i64, due: &str| {
        format!(
            r#"{{"type":"promise.made","promise_id":"{id}","account_id":"a","occurred_at":{at},"amount":100,"due_date":"{due}"}}"#
        )
    };
    let paid = |id: &str, at: i64, amount: u8, effective: &str| {
        format!(
            r#"{{"type":"payment.posted","payment_id":"{id}","account_id":"a","occurred_at":{at},"amount":{amount},"effective_date":"{effective}"}}"#
        )
    };
    agree(
        "promises.one_active_per_account = false",
        &[
            // Late for both; at the cancellation it was all p2's, in the end it is p1's.
            &paid("y1", 1_775_260_795_000, 95, "2026-04-08"),
            &paid("y2", 1_775_271_600_999, 100, "2026-04-06"),
            &made("p2", 1_775_284_200_000, "2026-04-06"),
            r#"{"type":"promise.cancelled","promise_id":"p2","account_id":"a","occurred_at":1775325216367}"#,
            r#"{"type":"promise.verdict","promise_id":"p2","verdict":"kept","account_id":"a","occurred_at":1775481485794}"#,
            &made("p1", 1_775_530_799_000, "2026-03-30"),
        ],
    );
}

/// Both ends of the days up to t are included.
#[test]
fn a_return_makes_promises_risky_to_the_millisecond() {
    let lines = [
        r#"{"type":"payment.posted","payment_id":"y1","account_id":"a","occurred_at":500,"amount":3}"#,
        r#"{"type":"payment.reversed","payment_id":"r1","original_payment_id":"y1","account_id":"a","occurred_at":1000}"#,
        r#"{"type":"promise.made","promise_id":"p1","account_id":"a","occurred_at":2000,"amount":9,"due_date":"1970-12-31"}"#,
    ];
    for later in [-1, 0, 1] {
        agree_as_of(1000 + 90 * 86_400_000 + later, "", &lines);
    }
}

/// A return at the very instant of another payment is none of the returns dated before it: what was
/// returned still fills the promise, and the other payment goes to nobody.
#[test]
fn a_return_at_the_instant_of_a_payment_leaves_its_shares_alone() {
    for at in [4999, 5000, 5001] {
        let back = format!(
            r#"{{"type":"payment.reversed","payment_id":"r1","original_payment_id":"y1","account_id":"a","occurred_at":{at}}}"#
        );
        agree(
            "",
            &[
                r#"{"type":"promise.made","promise_id":"p1","account_id":"a","agent_id":"g","occurred_at":2000,"amount":9,"due_date":"1970-01-09"}"#,
                r#"{"type":"payment.posted","payment_id":"y1","account_id":"a","occurred_at":3000,"amount":9}"#,
                r#"{"type":"payment.posted","payment_id":"y2","account_id":"a","occurred_at":5000,"amount":9}"#,
                &back,
            ],
        );
    }
}

/// Both ends of the days up to the payment are included.
#[test]
fn a_contact_earns_money_to_the_millisecond() {
    for late in [-1, 0, 1] {
        let at = 1000 + 14 * 86_400_000 + late;
        let paid = format!(
            r#"{{"type":"payment.posted","payment_id":"y1","account_id":"a","occurred_at":{at},"amount":9}}"#
        );
        let call = r#"{"type":"call.completed","call_id":"c1","account_id":"a","agent_id":"g","result":"right_party","started_at":1000,"occurred_at":61000}"#;
        agree("", &[call, &paid]);
    }
}

fn agree(config: &'static str, lines: &[&str]) {
    compare(config, lines, None);
}

fn agree_as_of(as_of: i64, config: &'static str, lines: &[&str]) {
    compare(config, lines, Some(as_of));
}

fn compare(config: &'static str, lines: &[&str], as_of: Option<i64>) {
    let records = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
    let stream = Stream { config, records, as_of: as_of.unwrap_or_default() };
    let found = against_the_oracle(&stream, &oracle::SETS, as_of);
    assert!(found.none(), "{found}{stream:?}");
}
