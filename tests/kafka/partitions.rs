//! What lies in a partition, and where it ends.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use crate::broker::{self, Broker};
use crate::dunlin::{self, Config};
use crate::kcat::{self, How};
use crate::to_end::{call, calls_today};
use crate::tools;

/// Calls of so many accounts, from number `first` on.
fn calls(first: usize, count: usize) -> Vec<(String, String)> {
    (first..first + count)
        .map(|n| (format!("A{n:05}"), call(&format!("c-{n}"), &format!("A{n:05}"))))
        .collect()
}

fn produce(broker: &Broker, topic: &str, calls: &[(String, String)], how: How<'_>) {
    let records: Vec<(&str, &str)> =
        calls.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    kcat::produce(broker, topic, &records, how);
}

#[test]
fn producers_that_disagree_about_partitions_are_counted_and_warned_about() {
    let broker = broker::shared();
    broker.create_topics(12);
    let config = Config::new(&broker.address, "partitioners", 30);
    let crc32 = How { partitioner: Some("consistent_random"), ..How::default() };
    produce(&broker, "collections.calls", &calls(0, 100), crc32);
    produce(&broker, "collections.payments", &calls(0, 100), crc32);
    let agreed = config.run().succeeded();
    assert!(!agreed.stderr.contains("WARN"), "{}", agreed.stderr);

    produce(&broker, "collections.promises", &calls(0, 100), How::default());
    config.run().succeeded().says(&[
        "topics keyed by account do not share one partitioner: murmur2_random in \
         collections.promises; consistent_random (CRC32) in collections.calls, collections.payments",
    ]);

    produce(&broker, "collections.calls", &calls(100, 100), How::default());
    config.run().succeeded().says(&[
        "collections.calls: its producers do not share one partitioner: of 200 records with a key",
        "0 where neither does",
    ]);
    assert_eq!(calls_today(&broker), 200);
}

#[test]
fn a_partition_that_ends_with_markers_of_transactions_is_read_to_its_end() {
    let broker = broker::shared();
    broker.create_topics(3);
    let config = Config::new(&broker.address, "markers", 20);
    let in_transaction = How { properties: &["transactional.id=committed"], ..How::default() };
    produce(&broker, "collections.calls", &calls(0, 100), in_transaction);
    // The commit is answered before its markers are written.
    await_that(|| held_back(&broker, "collections.calls") == 0);
    let committed = config.run().succeeded();
    assert!(committed.took < Duration::from_secs(15), "{:?}", committed.took);
    assert_eq!(calls_today(&broker), 100);

    // Aborted ones, in a topic with nothing else and in one behind others.
    for topic in ["collections.promises", "collections.calls"] {
        let producer = transaction(&broker, topic, &calls(100, 100));
        producer.abort_transaction(Duration::from_secs(20)).unwrap();
        await_that(|| held_back(&broker, topic) == 0);
    }
    let aborted = config.run().succeeded();
    assert!(aborted.took < Duration::from_secs(15), "{:?}", aborted.took);
    assert_eq!(calls_today(&broker), 100);

    // One that is still open: what lies behind it is not there yet.
    let producer = transaction(&broker, "collections.calls", &calls(300, 100));
    produce(&broker, "collections.calls", &calls(400, 100), How::default());
    let open = config.run().succeeded();
    assert!(open.took < Duration::from_secs(15), "{:?}", open.took);
    assert_eq!(calls_today(&broker), 100);
    producer.commit_transaction(Duration::from_secs(20)).unwrap();
    await_that(|| held_back(&broker, "collections.calls") == 0);
    config.run().succeeded();
    assert_eq!(calls_today(&broker), 300);
}

/// A transaction whose records lie on the broker, to be ended by the caller: kcat can only commit.
fn transaction(broker: &Broker, topic: &str, calls: &[(String, String)]) -> BaseProducer {
    let limit = Duration::from_secs(20);
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", &broker.address)
        .set("transactional.id", format!("tests-{topic}"))
        .create()
        .unwrap();
    producer.init_transactions(limit).unwrap();
    producer.begin_transaction().unwrap();
    for (key, value) in calls {
        producer.send(BaseRecord::to(topic).key(key).payload(value)).map_err(|e| e.0).unwrap();
    }
    producer.flush(limit).unwrap();
    await_that(|| held_back(broker, topic) == calls.len() as u64);
    producer
}

fn await_that(it_is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !it_is_so() {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "the transaction's records or markers do not come"
        );
        thread::sleep(Duration::from_millis(50));
    }
}

/// How far the ends of a topic's three partitions lie behind what transactions have written there.
fn held_back(broker: &Broker, topic: &str) -> u64 {
    let ends = |isolation: &str| -> u64 {
        let mut kcat = Command::new("kcat");
        kcat.args(["-Q", "-b", &broker.address, "-X", &format!("isolation.level={isolation}")]);
        for partition in 0..3 {
            kcat.args(["-t", &format!("{topic}:{partition}:-1")]);
        }
        let output = tools::run(&mut kcat, Duration::from_secs(30));
        let text = String::from_utf8(output.stdout).unwrap();
        let offsets = text.lines().map(|line| line.rsplit(' ').next().unwrap());
        offsets.map(|offset| offset.parse::<u64>().unwrap()).sum()
    };
    // The second question comes later: what committed in between is not held back.
    let all = ends("read_uncommitted");
    all.saturating_sub(ends("read_committed"))
}

#[test]
fn a_run_ends_although_producers_go_on() {
    let broker = broker::shared();
    broker.create_topics(2);
    produce(&broker, "collections.calls", &calls(0, 5_000), How::default());
    let endless = format!(
        "while :; do echo 'A1\t{}'; done | kcat -P -b {} -t collections.calls -K '\t' \
         -X topic.partitioner=murmur2_random -X linger.ms=1",
        call("again", "A1"),
        broker.address
    );
    let mut shell = Command::new("sh");
    shell.args(["-c", &endless]).stdin(Stdio::null()).stderr(Stdio::null());
    std::os::unix::process::CommandExt::process_group(&mut shell, 0);
    let mut producing = shell.spawn().unwrap();
    let ended = Config::new(&broker.address, "endless", 20).run();
    let group = format!("-{}", producing.id());
    assert!(Command::new("kill").args(["-s", "KILL", "--", &group]).status().unwrap().success());
    producing.wait().unwrap();
    ended.succeeded();
    let counted = calls_today(&broker).as_u64().unwrap();
    assert!((5_000..=5_001).contains(&counted), "{counted}");
}

#[test]
fn records_that_expire_between_start_and_reading_are_skipped_loudly() {
    use ::dunlin::edge::kafka::source::{Source, SourceError};

    let broker = broker::shared();
    broker.create_topics(1);
    produce(&broker, "collections.calls", &calls(0, 1_000), How::default());
    produce(&broker, "collections.payments", &calls(0, 1_000), How::default());
    let settings = dunlin::settings(&broker.address, "expired", Duration::from_secs(20));
    let mut source = Source::open(&settings).unwrap();
    broker.delete_records("collections.calls", 0, 400);
    broker.delete_records("collections.payments", 0, 1_000);
    let mut offsets = Vec::new();
    source
        .read::<SourceError>(|record| {
            offsets.push((record.topic.to_owned(), record.offset));
            Ok(())
        })
        .unwrap();
    let expected: Vec<(String, i64)> =
        (400..1_000).map(|offset| ("collections.calls".to_owned(), offset)).collect();
    assert_eq!(offsets, expected);
}
