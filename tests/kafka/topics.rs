//! `dunlin topics`: creates what is missing, compares what is there, refuses what cannot work.

use crate::broker;
use crate::dunlin::Config;

#[test]
fn topics_are_created_once_and_then_as_they_should_be() {
    let broker = broker::shared();
    let config = Config::new(&broker.address, "topics", 30);
    let created = config.topics().succeeded().stdout;
    assert_eq!(created.lines().count(), 13, "{created}");
    for line in [
        "collections.calls: created with 12 partitions, replication 1",
        "collections.agents: created with 12 partitions, replication 1",
        "collections.dead-letters: created with 12 partitions, replication 1",
    ] {
        assert!(created.lines().any(|found| found == line), "{created}");
    }
    assert_eq!(broker.setting("collections.calls", "retention.ms"), "17280000000");
    assert_eq!(broker.setting("collections.kpis", "cleanup.policy"), "compact");
    assert_eq!(broker.setting("collections.kpis", "min.compaction.lag.ms"), "60000");
    assert_eq!(broker.setting("collections.kpis.closed", "retention.ms"), "34560000000");
    assert_eq!(broker.setting("collections.dead-letters", "retention.ms"), "2592000000");

    let verified = config.topics().succeeded().stdout;
    assert_eq!(verified.lines().count(), 13, "{verified}");
    let good = |line: &str| line.ends_with(": as it should be, 12 partitions");
    assert!(verified.lines().all(good), "{verified}");
}

#[test]
fn a_topic_with_other_settings_is_reported_with_what_is_lost() {
    let broker = broker::shared();
    broker.create_topic("collections.payments", 4, &[("retention.ms", "604800000")]);
    broker.create_topic("collections.promises", 4, &[("cleanup.policy", "compact")]);
    broker.create_topic("collections.kpis", 4, &[]);
    broker.create_topic("collections.kpis.closed", 4, &[("retention.ms", "-1")]);
    let report = Config::new(&broker.address, "differs", 30).topics().stdout;
    for line in [
        // New ones follow the partition count of those that exist.
        "collections.calls: created with 4 partitions, replication 1",
        "collections.payments: differs, 4 partitions",
        "  retention.ms is 604800000 (7 days), expected 17280000000 (200 days): shorter than the \
         horizon of 190 days; a restart would not know what happened before",
        "  cleanup.policy is compact, expected delete: compaction keeps only the last event of each \
         account",
        "  cleanup.policy is delete, expected compact: a consumer that starts later would not find \
         the rows that have not changed",
        // Longer than asked for is fine.
        "collections.kpis.closed: as it should be, 4 partitions",
    ] {
        assert!(report.lines().any(|found| found == line), "`{line}` is not in: {report}");
    }
}

#[test]
fn topics_keyed_by_account_with_different_partition_counts_are_refused() {
    let broker = broker::shared();
    let config = Config::new(&broker.address, "uneven", 30);
    broker.create_topics(12);
    broker.create_topic("collections.adjustments", 6, &[]);
    broker.create_topic("collections.agents", 3, &[]);
    let words = [
        "topics keyed by account must have equal partition counts",
        "collections.calls has 12, collections.promises has 12, collections.payments has 12, \
         collections.accounts has 12, collections.adjustments has 6",
    ];
    let refused = config.topics().failed_with(&words);
    assert!(!refused.stderr.contains("collections.agents"), "{}", refused.stderr);
    config.run().failed_with(&words);
}

#[test]
fn a_missing_topic_is_named_with_what_creates_it() {
    let broker = broker::shared();
    let config = Config::new(&broker.address, "missing", 30);
    let address = &broker.address;
    let ended = config.run().failed_with(&[&format!(
        "topic `collections.calls` does not exist at {address}: `dunlin topics` creates it"
    )]);
    assert!(ended.took.as_secs() < 10, "{:?}", ended.took);
}
