//! `run --to-end` publishes what `replay` prints of the same records, to the digit.
//!
//! Any file of events will do: those in `tests/kafka/streams`, and those that the variable
//! `KAFKA_STREAMS` names, separated by colons. A `config.toml`, or a file of the same name that
//! ends with `.toml`, beside a stream configures both commands.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::broker::{self, Broker, INPUTS, OUTPUTS};
use crate::dunlin::Config;
use crate::kcat::{self, How};

#[test]
fn what_is_published_is_what_replay_prints() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kafka/streams");
    let mut streams: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    streams.extend(
        std::env::var("KAFKA_STREAMS")
            .iter()
            .flat_map(|more| more.split(':').filter(|path| !path.is_empty()).map(PathBuf::from)),
    );
    streams.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    streams.sort();
    assert!(!streams.is_empty(), "there is no stream");
    for stream in streams {
        compare(&stream);
    }
}

fn compare(stream: &Path) {
    let name = stream.display();
    let records = records(&fs::read(stream).unwrap());
    let tables = configuration(stream);
    let expected = replayed(stream, &tables);

    let broker = broker::shared();
    // As it lies in the file.
    create_topics(&broker, 6);
    let config = Config::with(&broker.address, "in-order", 30, &[], &tables);
    for topic in INPUTS {
        produce(&broker, topic, &records);
    }
    config.run().succeeded();
    let published = published(&broker);
    expected.assert_same(&published, &format!("{name}, in the order of the file"));

    // Once more: greater versions, the same state, no dead letter again.
    config.run().succeeded();
    let again = self::published(&broker);
    expected.assert_same(&again, &format!("{name}, run again"));
    assert!(again.version > published.version, "{name}: versions do not rise");

    // Accounts come in another order, lie in other partitions, and are met by other topics first.
    broker.delete_topics();
    create_topics(&broker, 5);
    let mut shuffled = records;
    shuffled.sort_by_key(|record| {
        record
            .key
            .iter()
            .fold(7_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(16_777_619))
    });
    for topic in INPUTS.iter().rev() {
        produce(&broker, topic, &shuffled);
    }
    Config::with(&broker.address, "shuffled", 30, &[], &tables).run().succeeded();
    expected.assert_same(&self::published(&broker), &format!("{name}, in another order"));
}

/// A line of the stream, with where it belongs.
struct Line {
    topic: &'static str,
    key: Vec<u8>,
    value: Vec<u8>,
}

/// What is compared, each by what it speaks of; what depends on the order of arrival is left out.
#[derive(Default)]
struct State {
    rows: BTreeMap<String, Value>,
    closed: BTreeMap<String, Value>,
    verdicts: BTreeMap<String, Value>,
    /// How many by reason.
    dead_letters: BTreeMap<String, usize>,
    /// The greatest of all rows.
    version: u64,
}

impl State {
    #[track_caller]
    fn assert_same(&self, published: &Self, what: &str) {
        for (name, expected, found) in [
            ("rows", &self.rows, &published.rows),
            ("closed rows", &self.closed, &published.closed),
            ("verdicts", &self.verdicts, &published.verdicts),
        ] {
            let mut differences: Vec<String> = Vec::new();
            for key in
                expected.keys().chain(found.keys().filter(|key| !expected.contains_key(*key)))
            {
                let (expected, found) = (expected.get(key), found.get(key));
                if expected != found {
                    let show = |value: Option<&Value>| {
                        value.map_or("nothing".to_owned(), Value::to_string)
                    };
                    let (expected, found) = (show(expected), show(found));
                    differences
                        .push(format!("{key}\n  replay:    {expected}\n  published: {found}"));
                }
            }
            let count = differences.len();
            differences.truncate(3);
            assert!(count == 0, "{what}: {count} {name} differ:\n{}", differences.join("\n"));
        }
        assert_eq!(self.dead_letters, published.dead_letters, "{what}: dead letters");
        assert!(!self.rows.is_empty(), "{what}: there is nothing to compare");
    }

    fn add_row(&mut self, mut row: Value) -> String {
        self.version = self.version.max(row["version"].as_u64().unwrap_or_default());
        let kind = if row.get("previous").is_some() { "|previous" } else { "" };
        let about = format!("{}|{}{kind}", row["scope"], row["window"].as_str().unwrap());
        leave_out(&mut row);
        let before = self.rows.insert(about.clone(), row);
        assert_eq!(before, None, "{about} is said twice");
        about
    }

    fn add_closed(&mut self, mut row: Value) {
        let about = format!("{}|{}|{}", row["scope"], row["window"], row["from"]);
        leave_out(&mut row);
        self.closed.insert(about, row);
    }

    fn add_verdict(&mut self, mut verdict: Value) {
        let about = format!("{}|{}", verdict["account_id"], verdict["promise_id"]);
        leave_out(&mut verdict);
        self.verdicts.insert(about, verdict);
    }
}

/// What depends on the order of arrival and on the clock on the wall.
fn leave_out(record: &mut Value) {
    let record = record.as_object_mut().unwrap();
    for key in ["version", "decided_at", "revision", "provisional", "correction"] {
        record.remove(key);
    }
}

/// What `replay` prints, the last word on each subject.
fn replayed(stream: &Path, tables: &str) -> State {
    let config = Config::with("127.0.0.1:1", "replay", 1, &[], tables);
    let stream = stream.to_str().unwrap();
    let lines = |output: &str| -> Vec<Value> {
        let arguments = ["replay", "--output", output, "--format", "jsonl", stream];
        let printed = config.call(&arguments).succeeded().stdout;
        let lines = printed.lines().filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let mut state = State::default();
    for row in lines("kpis") {
        state.add_row(row);
    }
    for row in lines("closed") {
        state.add_closed(row);
    }
    for verdict in lines("verdicts") {
        state.add_verdict(verdict);
    }
    for letter in lines("dead-letters") {
        let reason = letter["reason"].as_str().unwrap().to_owned();
        *state.dead_letters.entry(reason).or_default() += 1;
    }
    state
}

/// What lies in the output topics.
fn published(broker: &Broker) -> State {
    let [kpis, closed, verdicts, dead_letters] = OUTPUTS;
    let mut state = State::default();
    for (key, record) in kcat::latest(broker, kpis) {
        let about = state.add_row(record.json());
        let end = about.rfind('}').unwrap();
        assert!(key.ends_with(&about[end + 1..]), "the row of {about} has the key {key}");
    }
    for (key, record) in kcat::latest(broker, closed) {
        let row = record.json();
        let from = row["from"].as_str().unwrap();
        let ending = format!("|{}|{}", row["window"].as_str().unwrap(), &from[..10]);
        assert!(key.ends_with(&ending), "the row {row} has the key {key}");
        state.add_closed(row);
    }
    for record in kcat::latest(broker, verdicts).into_values() {
        state.add_verdict(record.json());
    }
    for letter in kcat::consume(broker, dead_letters) {
        let from = letter.headers.find("reason=").unwrap() + "reason=".len();
        let reason = letter.headers[from..].split(',').next().unwrap().to_owned();
        *state.dead_letters.entry(reason).or_default() += 1;
    }
    state
}

fn create_topics(broker: &Broker, partitions: i32) {
    // A stream may hold a record of any size.
    let large = [("max.message.bytes", "12000000")];
    broker.create(&INPUTS, partitions, &large);
    broker.create(&OUTPUTS, partitions, &[]);
}

fn produce(broker: &Broker, topic: &str, records: &[Line]) {
    let records: Vec<(&[u8], &[u8])> = records
        .iter()
        .filter(|record| record.topic == topic)
        .map(|record| (record.key.as_slice(), record.value.as_slice()))
        .collect();
    let how = How { properties: &["message.max.bytes=12000000"], ..How::default() };
    kcat::produce(broker, topic, &records, how);
}

/// The lines of a file with the topics of their types, keyed by their accounts. What cannot be read
/// goes to the calls, without a key.
fn records(file: &[u8]) -> Vec<Line> {
    let lines = file.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.iter().all(u8::is_ascii_whitespace));
    lines
        .map(|line| {
            let json = line.strip_prefix(&[0]).and_then(|rest| rest.get(4..)).unwrap_or(line);
            let event: Value = serde_json::from_slice(json).unwrap_or_default();
            let data = if event["specversion"].is_string() { &event["data"] } else { &event };
            let kind = data["type"].as_str().or(event["type"].as_str()).unwrap_or_default();
            let topic = match kind.split('.').next().unwrap_or_default() {
                "promise" => "collections.promises",
                "payment" => "collections.payments",
                "account" | "sale" => "collections.accounts",
                _ => "collections.calls",
            };
            let key = data["account_id"].as_str().unwrap_or_default().as_bytes().to_vec();
            Line { topic, key, value: line.to_vec() }
        })
        .collect()
}

fn configuration(stream: &Path) -> String {
    let named = fs::read_to_string(stream.with_extension("toml"));
    let beside = || fs::read_to_string(stream.with_file_name("config.toml"));
    named.or_else(|_| beside()).unwrap_or_default()
}
