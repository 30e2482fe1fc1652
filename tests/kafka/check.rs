//! `dunlin check`: what fits, what does not, and what a run would do.

use crate::broker;
use crate::dunlin::Config;

#[test]
fn topics_that_fit_are_counted_with_what_a_run_would_do() {
    let broker = broker::shared();
    let config = Config::new(&broker.address, "check", 30);
    config.topics().succeeded();
    let said = config.call(&["check"]).succeeded().stdout;
    for line in [
        &format!("brokers: {} answers", broker.address),
        "  collections.calls: as it should be, 12 partitions",
        "  collections.compliance: as it should be, 12 partitions",
        "KPIs: 47 of 47",
        "`dunlin run --to-end` would read, from the beginning to the present end:",
        "  collections.accounts, 12 partitions",
        "  collections.dead-letters, 12 partitions",
        "and commit, as group check, how far it went",
    ] {
        assert!(said.lines().any(|found| found == line), "`{line}` is not in: {said}");
    }
    // Nothing is published to it yet.
    assert!(!said.lines().any(|line| line == "  collections.compliance, 12 partitions"), "{said}");
}

#[test]
fn missing_topics_are_listed_and_nothing_is_created() {
    let broker = broker::shared();
    let tables = "[topics]\nconfigured = [\"costs\"]\n";
    let config = Config::with(&broker.address, "check", 30, &[], tables);
    for _ in 0..2 {
        let ended = config.call(&["check"]).failed_with(&[
            "error: 8 things are wrong:",
            "  topic collections.calls does not exist: `dunlin topics` creates it",
            "  topic collections.costs does not exist: `dunlin topics` creates it",
            "  topic collections.dead-letters does not exist: `dunlin topics` creates it",
        ]);
        let unconfigured = "  collections.feedback: does not exist, and is not configured";
        assert!(ended.stdout.lines().any(|line| line == unconfigured), "{}", ended.stdout);
        assert!(!ended.stdout.contains("run --to-end"), "{}", ended.stdout);
    }
}

#[test]
fn retention_below_the_horizon_is_warned_about_and_another_policy_is_wrong() {
    let broker = broker::shared();
    broker.create_topics(3);
    broker.delete_topic("collections.payments");
    broker.create_topic("collections.payments", 3, &[("retention.ms", "17280000000")]);
    broker.delete_topic("collections.promises");
    broker.create_topic("collections.promises", 3, &[("retention.ms", "31536000000")]);
    let tables = "[horizons]\ncorrection_days = 365\n";
    let config = Config::with(&broker.address, "check", 30, &[], tables);
    // The broker's own defaults: outputs are not compacted.
    let ended = config.call(&["check"]).failed_with(&[
        "error: 2 things are wrong:",
        "topic collections.kpis: cleanup.policy is delete, expected compact",
        "topic collections.verdicts: cleanup.policy is delete, expected compact",
    ]);
    for line in [
        "  collections.payments: differs, 3 partitions",
        "    warning: retention.ms is 17280000000 (200 days), expected 31536000000 (365 days): shorter \
         than the horizon of 365 days; a restart would not know what happened before",
        "  collections.promises: as it should be, 3 partitions",
    ] {
        assert!(ended.stdout.lines().any(|found| found == line), "{line}: {}", ended.stdout);
    }
}

#[test]
fn partition_counts_that_differ_are_wrong() {
    let broker = broker::shared();
    broker.create_topics(4);
    broker.create_topic("collections.feedback", 3, &[]);
    let ended = Config::new(&broker.address, "check", 30).call(&["check"]).failed_with(&[
        "topics keyed by account must have equal partition counts",
        "collections.calls has 4",
        "collections.feedback has 3",
    ]);
    assert!(ended.stdout.starts_with("configuration: "), "{}", ended.stdout);
}

#[test]
fn a_broker_that_refuses_is_wrong_and_one_that_is_not_there_is_not() {
    let broker = broker::shared();
    let properties = [("security.protocol", "ssl")];
    let config = Config::with(&broker.address, "check", 3, &properties, "");
    config.call(&["check"]).failed_with(&["asking for the topics at ", "SSL handshake failed"]);

    let ended = Config::new("127.0.0.1:1", "check", 1).call(&["check"]).succeeded();
    let line = "brokers: NOT REACHED: no broker answers at 127.0.0.1:1 (127.0.0.1:1: connection \
                refused), tried for 1 s";
    assert!(ended.stdout.lines().any(|found| found == line), "{}", ended.stdout);
}
