//! The laws: what holds of every stream, however hostile. Each is a sentence of the README.

mod agreement;
mod crowded;
mod found;
mod told;

use dunlin::engine::Record;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::Config;

use crate::hostile::{self, ALL_CONFIGS, CONFIGS, Stream};
use crate::oracle;
use agreement::Differences;
use told::{Teller, Told, tell};

/// Two grouping sets beside the default ones that nobody would think of.
const EXOTIC: [&[&str]; 2] = [&["campaign", "risk_class"], &["payment_channel"]];

/// `PROPTEST_CASES` from the environment, or few at home and many in CI.
fn cases() -> Config {
    let stated = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let usual = if std::env::var_os("CI").is_some() { 256 } else { 64 };
    // A stream is reduced by its records, which is quicker.
    let max_shrink_iters = 0;
    let cases = stated.unwrap_or(usual);
    Config { cases, max_shrink_iters, failure_persistence: None, ..Config::default() }
}

/// A few of the grouping sets: what is said of one does not depend on the others.
fn some_sets() -> impl Strategy<Value = Vec<&'static [&'static str]>> {
    let sets = [&oracle::SETS[..], &EXOTIC[..]].concat();
    prop::sample::subsequence(sets, 1..4)
}

proptest! {
    #![proptest_config(cases())]

    /// Oracle: the engine says what a naive computation from the whole history says, of every row,
    /// comparison record, closed row and verdict, every rejection and what became of every record,
    /// at the end or as of any instant. Quantiles are within 1 %.
    #[test]
    fn the_engine_says_what_the_oracle_says(
        stream in hostile::stream(&ALL_CONFIGS, 40),
        sets in some_sets(),
        to_the_end in any::<bool>(),
    ) {
        let as_of = Some(stream.as_of).filter(|_| !to_the_end);
        let found = against_the_oracle(&stream, &sets, as_of);
        if !found.none() {
            let differs = |stream: &Stream| !against_the_oracle(stream, &sets, as_of).none();
            let stream = stream.reduced(differs);
            let found = against_the_oracle(&stream, &sets, as_of);
            prop_assert!(false, "of {sets:?} to {as_of:?}\n{found}{stream:?}");
        }
    }

    /// Redelivery: a stream that comes a second time changes nothing; all that is said of it is
    /// that what was rejected is rejected again.
    #[test]
    fn a_redelivered_stream_changes_nothing(
        stream in hostile::stream(&ALL_CONFIGS, 40),
        sets in some_sets(),
    ) {
        let once = tell(stream.config, &sets, None, &stream.records);
        let mut teller = Teller::new(stream.config, &sets, None);
        for _ in 0..2 {
            for record in &stream.records {
                teller.give(record);
                teller.settle();
            }
        }
        let twice = teller.finish(None);
        prop_assert_eq!(&once.verdicts, &twice.verdicts);
        prop_assert_eq!(&once.rows, &twice.rows);
        prop_assert_eq!(&once.comparisons, &twice.comparisons);
        prop_assert_eq!(&once.closed, &twice.closed);
        prop_assert_eq!(once.counts.values().sum::<u64>() * 2, twice.counts.values().sum::<u64>());
        for unchanged in ["skipped", "set_aside", "dead_lettered"] {
            prop_assert_eq!(once.counts[unchanged] * 2, twice.counts[unchanged], "{}", unchanged);
        }
    }

    /// Redelivery: a record that comes again, once it has come, changes nothing.
    #[test]
    fn a_record_that_comes_again_changes_nothing(
        stream in hostile::stream(&ALL_CONFIGS, 40),
        sets in some_sets(),
        copies in prop::collection::vec((any::<Index>(), any::<Index>()), 1..8),
    ) {
        let mut again = stream.records.clone();
        for (which, later) in copies {
            let from = which.index(again.len());
            let to = from + 1 + later.index(again.len() - from);
            again.insert(to, again[from].clone());
        }
        let once = tell(stream.config, &sets, None, &stream.records);
        let twice = tell(stream.config, &sets, None, &again);
        prop_assert_eq!(&once.verdicts, &twice.verdicts);
        prop_assert_eq!(&once.rows, &twice.rows);
        prop_assert_eq!(&once.comparisons, &twice.comparisons);
        prop_assert_eq!(&once.closed, &twice.closed);
    }

    /// Order: in whatever order records come, they end in the same rows, comparisons, closed rows
    /// and verdicts, and as many are rejected for each reason.
    #[test]
    fn the_order_of_arrival_changes_nothing(
        (stream, shuffled) in hostile::stream(&CONFIGS, 40).prop_flat_map(|stream| {
            let records = stream.records.clone();
            (Just(stream), Just(records).prop_shuffle())
        }),
        sets in some_sets(),
        to_the_end in any::<bool>(),
    ) {
        let as_of = Some(stream.as_of).filter(|_| !to_the_end);
        let one = tell(stream.config, &sets, as_of, &stream.records);
        let other = tell(stream.config, &sets, as_of, &shuffled);
        let found = between(&one, &other);
        prop_assert!(found.none(), "{found}in the order\n{:?}", in_order(&stream, shuffled));
        prop_assert_eq!(reasons(&one), reasons(&other));
        for unchanged in ["skipped", "set_aside", "dead_lettered"] {
            prop_assert_eq!(one.counts[unchanged], other.counts[unchanged], "{}", unchanged);
        }
    }

    /// Clock: whenever the clock is moved on, accounts are judged and rows are asked for in
    /// between, the end is the same.
    #[test]
    fn when_one_asks_changes_nothing(
        stream in hostile::stream(&ALL_CONFIGS, 40),
        sets in some_sets(),
        breaks in prop::collection::vec(a_break(), 1..40),
    ) {
        let as_of = Some(stream.as_of);
        let undisturbed = tell(stream.config, &sets, as_of, &stream.records);
        let mut teller = Teller::new(stream.config, &sets, as_of);
        for (record, pause) in stream.records.iter().zip(breaks.iter().cycle()) {
            teller.give(record);
            match pause {
                Break::None => {}
                Break::Judge => teller.settle(),
                Break::Ask => teller.write_rows(),
                Break::Wait(millis) => {
                    let now = teller.engine.now().map_or(0, |now| now.0);
                    teller.tick(now + millis);
                }
            }
        }
        let disturbed = teller.finish(as_of);
        let found = between(&disturbed, &undisturbed);
        prop_assert!(found.none(), "{found}");
        prop_assert_eq!(&undisturbed.counts, &disturbed.counts);
    }

    /// Conservation: of each partition, every record that came has ended in exactly one way, and
    /// as many were rejected as were set aside, invalid or too late.
    #[test]
    fn every_record_is_accounted_for(
        stream in hostile::stream(&ALL_CONFIGS, 40),
        partitions in prop::collection::vec((0..3_usize, 0..3_i32), 1..40),
    ) {
        const TOPICS: [Option<&str>; 3] = [None, Some("collections.calls"), Some("anything")];
        let mut teller = Teller::new(stream.config, &[&[]], None);
        let mut given = std::collections::BTreeMap::new();
        for (record, &(topic, partition)) in stream.records.iter().zip(partitions.iter().cycle()) {
            let payload = (!record.is_empty()).then_some(&record[..]);
            teller.apply(Record { topic: TOPICS[topic], partition, ce_type: None, payload });
            *given.entry((TOPICS[topic], partition)).or_insert(0_u64) += 1;
        }
        let ended: std::collections::BTreeMap<_, _> = teller.engine.partitions().map(|partition| {
            ((partition.topic.as_deref(), partition.number), partition.counts.total())
        }).collect();
        prop_assert_eq!(given, ended);
        let told = teller.finish(None);
        let rejected = ["set_aside", "dead_lettered", "too_late"].map(|name| told.counts[name]);
        prop_assert_eq!(told.rejections.len() as u64, rejected.iter().sum::<u64>());
    }

    /// Totality: no bytes make it panic, then or later, and all that it writes is JSON.
    #[test]
    fn no_bytes_make_it_panic(
        stream in hostile::wild(&ALL_CONFIGS, 30),
        sets in some_sets(),
        ce_type in prop::option::of("[a-z.]{0,14}|call.completed"),
    ) {
        let mut teller = Teller::new(stream.config, &sets, None);
        for (place, record) in stream.records.iter().enumerate() {
            let ce_type = ce_type.as_deref();
            teller.apply(Record { topic: None, partition: 0, ce_type, payload: Some(record) });
            if place % 8 == 0 {
                teller.write_rows();
            }
        }
        teller.apply(Record { topic: None, partition: 0, ce_type: None, payload: None });
        teller.finish(None);
    }

    /// Determinism: two runs of the same input write the same bytes.
    #[test]
    fn two_runs_write_the_same_bytes(
        stream in hostile::stream(&ALL_CONFIGS, 40),
        sets in some_sets(),
    ) {
        let one = tell(stream.config, &sets, None, &stream.records);
        let other = tell(stream.config, &sets, None, &stream.records);
        prop_assert_eq!(one.written, other.written);
    }
}

/// What happens between one record and the next.
#[derive(Clone, Copy, Debug)]
enum Break {
    None,
    Judge,
    Ask,
    Wait(i64),
}

fn a_break() -> impl Strategy<Value = Break> {
    prop_oneof![
        4 => Just(Break::None),
        2 => Just(Break::Judge),
        2 => Just(Break::Ask),
        2 => (1..200_000_000_i64).prop_map(Break::Wait),
        1 => (1..200_000_i64).prop_map(Break::Wait),
    ]
}

/// Where the engine and the oracle say different things of a stream.
fn against_the_oracle(
    stream: &Stream,
    sets: &[&'static [&'static str]],
    as_of: Option<i64>,
) -> Differences {
    let told = tell(stream.config, sets, as_of, &stream.records);
    let right = oracle::answer(stream.config, sets, &stream.records, as_of);
    let mut found = Differences::default();
    found.rows("row", &told.rows, &right.rows);
    found.comparisons(&told.comparisons, &right.previous);
    found.rows("closed row", &told.closed, &right.closed);
    found.last_verdicts(&told.verdicts, &right.verdicts);
    found.rejections(&told.rejections, &right.dead_letters);
    found.counts(&told.counts, &right.counts);
    found
}

fn in_order(stream: &Stream, records: Vec<Vec<u8>>) -> Stream {
    Stream { records, ..stream.clone() }
}

/// Where two engines say different things, but for what the set of events does not determine
/// (`docs/SEMANTICS.md` 6).
fn between(mine: &Told, theirs: &Told) -> Differences {
    let mut found = Differences::default();
    found.rows("row", &mine.rows, &theirs.rows);
    found.comparisons(&mine.comparisons, &theirs.comparisons);
    found.rows("closed row", &mine.closed, &theirs.closed);
    found.verdicts(&mine.verdicts, &theirs.verdicts);
    found
}

/// Why records were rejected, in some order.
fn reasons(told: &Told) -> Vec<&'static str> {
    let mut reasons: Vec<&str> = told.rejections.iter().map(|(_, reason)| *reason).collect();
    reasons.sort_unstable();
    reasons
}
