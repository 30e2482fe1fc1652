//! The laws: what holds of every stream, however hostile. Each is a sentence of the README.

mod agreement;
mod told;

use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::hostile::{self, CONFIGS, SHORT_MEMORY};
use crate::oracle;
use agreement::Differences;
use told::tell;

/// The default grouping sets, and two that nobody would think of.
const SETS: [&[&str]; 13] = {
    let mut sets: [&[&str]; 13] = [&[]; 13];
    let mut place = 0;
    while place < oracle::SETS.len() {
        sets[place] = oracle::SETS[place];
        place += 1;
    }
    sets[11] = &["campaign", "risk_class"];
    sets[12] = &["payment_channel"];
    sets
};

/// Under all configurations, one of which forgets.
const ALL_CONFIGS: [&str; 8] = {
    let mut configs = [SHORT_MEMORY; 8];
    let mut place = 0;
    while place < CONFIGS.len() {
        configs[place] = CONFIGS[place];
        place += 1;
    }
    configs
};

/// `PROPTEST_CASES` from the environment, or few at home and many in CI.
fn cases() -> Config {
    let stated = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let usual = if std::env::var_os("CI").is_some() { 256 } else { 64 };
    Config {
        cases: stated.unwrap_or(usual),
        max_shrink_iters: 2000,
        failure_persistence: None,
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(cases())]

    /// The engine says what a naive computation from the whole history says: every row, comparison
    /// record, closed row and verdict, every rejection and what became of every record, at the end
    /// or as of any instant. Quantiles are within 1 %.
    #[test]
    fn the_engine_says_what_the_oracle_says(
        stream in hostile::stream(&ALL_CONFIGS, 40),
        sets in some_sets(),
        to_the_end in any::<bool>(),
    ) {
        let as_of = Some(stream.as_of).filter(|_| !to_the_end);
        let told = tell(stream.config, &sets, as_of, &stream.records);
        let right = oracle::answer(stream.config, &sets, &stream.records, as_of);
        let mut found = Differences::default();
        found.rows("row", &told.rows, &right.rows);
        found.comparisons(&told.comparisons, &right.previous);
        found.rows("closed row", &told.closed, &right.closed);
        found.verdicts(&told.verdicts, &right.verdicts);
        found.rejections(&told.rejections, &right.dead_letters);
        found.counts(&told.counts, &right.counts);
        prop_assert!(found.none(), "{found}");
    }
}

/// A few of the grouping sets: what one says does not depend on the others.
fn some_sets() -> impl Strategy<Value = Vec<&'static [&'static str]>> {
    prop::sample::subsequence(SETS.to_vec(), 1..4)
}
