//! The independent producer and consumer.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::broker::Broker;
use crate::tools;

/// What `kcat` is told about how to produce.
#[derive(Clone, Copy, Default)]
pub(crate) struct How<'a> {
    /// Its partitioner; `murmur2_random` unless said otherwise.
    pub(crate) partitioner: Option<&'a str>,
    /// A partition for all records.
    pub(crate) partition: Option<i32>,
    /// Headers, as `name=value`.
    pub(crate) headers: &'a [&'a [u8]],
    /// Further properties, as `name=value`.
    pub(crate) properties: &'a [&'a str],
}

/// A record as the consumer sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Seen {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: String,
}

impl Seen {
    pub(crate) fn key_text(&self) -> String {
        String::from_utf8_lossy(self.key.as_deref().unwrap_or_default()).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        let value = self.value.as_deref().expect("a tombstone is no JSON");
        serde_json::from_slice(value).unwrap_or_else(|error| {
            panic!("{error}: {}", String::from_utf8_lossy(value));
        })
    }
}

/// Between key and value: the first in a line, so that only a key may not contain it.
const KEY_END: u8 = 0x1e;

/// Produces `(key, value)` in this order, each value a line. An empty key is none.
pub(crate) fn produce<T: AsRef<[u8]>>(
    broker: &Broker,
    topic: &str,
    records: &[(T, T)],
    how: How<'_>,
) {
    let (keyed, keyless): (Vec<_>, Vec<_>) =
        records.iter().partition(|(key, _)| !key.as_ref().is_empty());
    let mut lines = Vec::new();
    for (key, value) in keyed {
        assert!(!key.as_ref().contains(&KEY_END) && !value.as_ref().contains(&b'\n'));
        lines.extend([key.as_ref(), &[KEY_END], value.as_ref(), b"\n"].concat());
    }
    let mut kcat = producer(broker, topic, how);
    kcat.args(["-K", "\u{1e}"]);
    produce_lines(kcat, &lines);
    let lines: Vec<u8> =
        keyless.iter().flat_map(|(_, value)| [value.as_ref(), b"\n"].concat()).collect();
    produce_lines(producer(broker, topic, how), &lines);
}

fn produce_lines(mut kcat: Command, lines: &[u8]) {
    if lines.is_empty() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records");
    fs::write(&file, lines).unwrap();
    succeed(kcat.arg("-l").arg(&file));
}

/// Produces one record with these very bytes.
pub(crate) fn produce_bytes(
    broker: &Broker,
    topic: &str,
    key: Option<&str>,
    value: &[u8],
    how: How<'_>,
) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("record");
    fs::write(&file, value).unwrap();
    produce_file(broker, topic, key, &file, how);
}

/// Produces one record without a value.
pub(crate) fn produce_tombstone(broker: &Broker, topic: &str, key: &str, how: How<'_>) {
    let mut kcat = producer(broker, topic, how);
    kcat.args(["-Z", "-K", "\u{1e}"]);
    produce_lines(kcat, format!("{key}\u{1e}\n").as_bytes());
}

fn produce_file(broker: &Broker, topic: &str, key: Option<&str>, file: &Path, how: How<'_>) {
    let mut kcat = producer(broker, topic, how);
    if let Some(key) = key {
        kcat.args(["-k", key]);
    }
    succeed(kcat.arg(file));
}

fn producer(broker: &Broker, topic: &str, how: How<'_>) -> Command {
    use std::os::unix::ffi::OsStrExt as _;

    let mut kcat = Command::new("kcat");
    kcat.args(["-P", "-q", "-b", &broker.address, "-t", topic]);
    let partitioner = how.partitioner.unwrap_or("murmur2_random");
    kcat.arg("-X").arg(format!("topic.partitioner={partitioner}"));
    for property in how.properties {
        kcat.args(["-X", property]);
    }
    if let Some(partition) = how.partition {
        kcat.args(["-p", &partition.to_string()]);
    }
    for header in how.headers {
        kcat.arg("-H").arg(std::ffi::OsStr::from_bytes(header));
    }
    kcat
}

/// All records of a topic, partition by partition.
pub(crate) fn consume(broker: &Broker, topic: &str) -> Vec<Seen> {
    let mut kcat = Command::new("kcat");
    kcat.args(["-C", "-q", "-e", "-b", &broker.address, "-t", topic, "-o", "beginning"]);
    kcat.args(["-X", "fetch.message.max.bytes=20000000"]);
    kcat.args(["-f", "%p %o %K %S\n%k%s%h\u{1e}"]);
    let mut seen = parse(&succeed(&mut kcat));
    seen.sort_by_key(|record| (record.partition, record.offset));
    seen
}

/// The latest record of each key, without those that are gone.
pub(crate) fn latest(broker: &Broker, topic: &str) -> BTreeMap<String, Seen> {
    let mut latest = BTreeMap::new();
    for record in consume(broker, topic) {
        if record.value.is_some() {
            latest.insert(record.key_text(), record);
        } else {
            latest.remove(&record.key_text());
        }
    }
    latest
}

/// The output of `consume`'s format: lengths first, so that any bytes may follow.
fn parse(mut bytes: &[u8]) -> Vec<Seen> {
    let mut seen = Vec::new();
    while !bytes.is_empty() {
        let line = bytes.iter().position(|byte| *byte == b'\n').unwrap();
        let numbers: Vec<i64> = std::str::from_utf8(&bytes[..line])
            .unwrap()
            .split(' ')
            .map(|number| number.parse().unwrap())
            .collect();
        bytes = &bytes[line + 1..];
        let mut take = |length: i64| {
            let length = usize::try_from(length).ok()?;
            let (taken, rest) = bytes.split_at(length);
            bytes = rest;
            Some(taken.to_vec())
        };
        let (key, value) = (take(numbers[2]), take(numbers[3]));
        let end = bytes.iter().position(|byte| *byte == 0x1e).unwrap();
        let headers = String::from_utf8_lossy(&bytes[..end]).into_owned();
        bytes = &bytes[end + 1..];
        let partition = i32::try_from(numbers[0]).unwrap();
        seen.push(Seen { partition, offset: numbers[1], key, value, headers });
    }
    seen
}

fn succeed(kcat: &mut Command) -> Vec<u8> {
    let output = tools::run(kcat, Duration::from_mins(1));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{kcat:?}: {words}");
    output.stdout
}
