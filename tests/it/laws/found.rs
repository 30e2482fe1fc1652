//! Streams in which the engine and the oracle once said different things.

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

fn agree(config: &'static str, lines: &[&str]) {
    let records = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
    let stream = Stream { config, records, as_of: 0 };
    let found = against_the_oracle(&stream, &oracle::SETS, None);
    assert!(found.none(), "{found}{stream:?}");
}
