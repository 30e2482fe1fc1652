//! Brokers that are not there, go away, or come back.

use std::io::{BufRead as _, BufReader};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use ::dunlin::edge::kafka::sink::{Sink, SinkError};

use crate::broker::{self, Broker};
use crate::dunlin::{self, Config};
use crate::kcat::{self, How};
use crate::to_end::{call, calls_today};
use crate::tools;

#[test]
fn a_broker_that_is_not_there_is_named_in_bounded_time() {
    let config = Config::new("127.0.0.1:1", "absent", 3);
    for command in [&["run", "--to-end"][..], &["topics"]] {
        let ended = config.call(command).failed_with(&[
            "error: no broker answers at 127.0.0.1:1 (127.0.0.1:1: connection refused), tried for 3 s",
        ]);
        assert!(ended.took < Duration::from_secs(8), "{:?}", ended.took);
    }
    let ended = Config::new("no-such-host.invalid:9092", "absent", 2)
        .run()
        .failed_with(&["no broker answers at no-such-host.invalid:9092", "failed to resolve"]);
    assert!(ended.took < Duration::from_secs(8), "{:?}", ended.took);
}

/// Several seconds of reading.
const MANY: usize = 300_000;

#[test]
fn a_broker_that_goes_away_is_waited_for_and_then_given_up() {
    let mut broker = Broker::start();
    broker.create_topics(2);
    let calls: Vec<(String, String)> =
        (0..MANY).map(|n| (format!("A{n}"), call(&format!("c-{n}"), &format!("A{n}")))).collect();
    let records: Vec<(&str, &str)> =
        calls.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    kcat::produce(&broker, "collections.calls", &records, How::default());

    // It does not come back in time.
    let started = Instant::now();
    let (running, words) = reading(&Config::new(&broker.address, "away", 4));
    broker.freeze();
    let output = tools::finish(running, "dunlin", Duration::from_mins(1));
    let words = words.join().unwrap();
    broker.thaw();
    assert!(!output.status.success(), "{words}");
    let address = &broker.address;
    assert!(words.contains("error: reading `collections.calls` stopped at partition "), "{words}");
    assert!(words.contains(&format!("nothing came from {address} for 4 s")), "{words}");
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());

    // It is silent for a while.
    let (running, words) = reading(&Config::new(&broker.address, "frozen", 30));
    broker.freeze();
    thread::sleep(Duration::from_secs(3));
    broker.thaw();
    let output = tools::finish(running, "dunlin", Duration::from_mins(1));
    assert!(output.status.success(), "{}", words.join().unwrap());
    assert_eq!(calls_today(&broker), MANY);

    // It dies, and another takes its place.
    let (running, words) = reading(&Config::new(&broker.address, "killed", 60));
    broker.kill();
    broker.restart();
    let output = tools::finish(running, "dunlin", Duration::from_secs(90));
    assert!(output.status.success(), "{}", words.join().unwrap());
    assert_eq!(calls_today(&broker), MANY);
}

/// A run that has begun to read; its words come when it has ended.
fn reading(config: &Config) -> (Child, thread::JoinHandle<String>) {
    let mut child = config.spawn(&["run", "--to-end"]);
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut words = String::new();
    while !words.contains("reading the topics") {
        assert_ne!(lines.read_line(&mut words).unwrap(), 0, "it ended early: {words}");
    }
    let words = thread::spawn(move || {
        while lines.read_line(&mut words).unwrap() != 0 {}
        words
    });
    child.stderr = None;
    (child, words)
}

#[test]
fn publishing_is_bounded_in_flight_and_in_time() {
    let broker = broker::shared();
    broker.create_topics(3);
    let settings = dunlin::settings(&broker.address, "sink", Duration::from_secs(3));
    let mut sink = Sink::open(&settings).unwrap();
    let value = vec![b'x'; 1_000];
    for n in 0..20_000 {
        let key = format!("key-{n}");
        sink.send("collections.kpis", Some(key.as_bytes()), Some(&value), None).unwrap();
    }
    sink.send("collections.kpis", Some(b"key-7"), None, None).unwrap();
    sink.flush().unwrap();
    let latest = kcat::latest(&broker, "collections.kpis");
    assert_eq!(latest.len(), 19_999);
    assert!(!latest.contains_key("key-7"));

    let large = vec![b'x'; 2_000_000];
    let error = sink.send("collections.kpis", Some(b"big"), Some(&large), None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "publishing to `collections.kpis`, key `big`: message size too large"
    );

    broker.freeze();
    let started = Instant::now();
    sink.send("collections.kpis", Some(b"late"), Some(b"{}"), None).unwrap();
    let error = sink.flush().unwrap_err();
    let waited = started.elapsed();
    broker.thaw();
    assert!(matches!(error, SinkError::Silent { unacknowledged: 1, .. }), "{error}");
    assert!(error.to_string().contains(&broker.address), "{error}");
    assert!(waited < Duration::from_secs(8), "{waited:?}");
}
