//! What the engine says of a stream.

use std::collections::BTreeMap;
use std::io::Write;

use dunlin::config::Config;
use dunlin::engine::intake::Outcome;
use dunlin::engine::rows::Window;
use dunlin::engine::stamp::GroupingSet;
use dunlin::engine::time::Timestamp;
use dunlin::engine::{Effect, Engine, Input, Output, OutputTopic, Record, decode};
use serde_json::Value;

/// Everything that an engine said, as known when it was asked last.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub rows: Vec<Value>,
    pub comparisons: Vec<Value>,
    pub closed: Vec<Value>,
    /// The last one of each promise, by its key.
    pub verdicts: BTreeMap<String, Value>,
    /// The places of records that were rejected, and the reasons.
    pub rejections: Vec<(usize, &'static str)>,
    /// What became of all records.
    pub counts: BTreeMap<&'static str, u64>,
    /// Everything that it wrote, to the byte.
    pub written: Vec<String>,
}

/// An engine, and what it has said so far.
pub struct Teller {
    pub engine: Engine,
    told: Told,
    effects: Vec<Effect>,
    /// How many records it was given.
    given: usize,
}

/// What an engine says of records that come in this order, asked after each and at the end.
pub fn tell(config: &str, sets: &[&[&str]], as_of: Option<i64>, records: &[Vec<u8>]) -> Told {
    let mut teller = Teller::new(config, sets, as_of);
    for record in records {
        teller.give(record);
        teller.settle();
    }
    teller.finish(as_of)
}

impl Teller {
    /// An engine under a configuration; its clock never passes `until`.
    pub fn new(config: &str, sets: &[&[&str]], until: Option<i64>) -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(config.as_bytes()).unwrap();
        let settings = Config::load(Some(file.path()), [], []).unwrap().settings(1);
        let sets = sets.iter().map(|set| {
            let name = if set.is_empty() { "portfolio".to_owned() } else { set.join(",") };
            GroupingSet::parse(&name).unwrap()
        });
        let until = until.map_or(Timestamp::MAX, Timestamp);
        let engine = Engine::new(settings, sets.collect(), until);
        Self { engine, told: Told::default(), effects: Vec::new(), given: 0 }
    }

    /// A record of the topic that its type belongs to.
    pub fn give(&mut self, record: &[u8]) {
        let name = decode::type_of(record);
        let topic = name.and_then(|name| decode::topic_of_type(&name));
        self.apply(Record { topic, partition: 0, ce_type: None, payload: Some(record) });
    }

    pub fn apply(&mut self, record: Record<'_>) {
        self.engine.apply(Input::Record(record), &mut self.effects);
        self.hear();
        self.given += 1;
    }

    pub fn tick(&mut self, now: i64) {
        self.engine.apply(Input::Tick { now: Timestamp(now) }, &mut self.effects);
        self.hear();
    }

    pub fn settle(&mut self) {
        self.engine.settle(&mut self.effects);
        self.hear();
    }

    /// Rows that somebody asked for along the way.
    pub fn write_rows(&mut self) {
        self.settle();
        self.engine.write_rows(&Window::ALL, &mut |output| drop(json(&output.value)));
        self.engine.write_closed(&Window::ALL, &mut |output| drop(json(&output.value)));
    }

    /// All that it says in the end, or as of an instant.
    pub fn finish(mut self, as_of: Option<i64>) -> Told {
        if let Some(as_of) = as_of {
            self.tick(as_of);
        }
        self.settle();
        let told = &mut self.told;
        self.engine.write_rows(&Window::ALL, &mut |output| {
            let value = json(&output.value);
            let is_row = value.get("kpis").is_some();
            if is_row { &mut told.rows } else { &mut told.comparisons }.push(value);
            told.written.push(line(&output));
        });
        self.engine.write_closed(&Window::ALL, &mut |output| {
            told.closed.push(json(&output.value));
            told.written.push(line(&output));
        });
        for outcome in Outcome::ALL {
            let partitions = self.engine.partitions();
            let counts = partitions.map(|partition| partition.counts.of(outcome));
            told.counts.insert(outcome.as_str(), counts.sum());
        }
        self.told
    }

    /// Takes up what followed from the last input.
    fn hear(&mut self) {
        for effect in self.effects.drain(..) {
            let told = &mut self.told;
            match effect {
                Effect::Reject(rejection) => {
                    told.written.push(format!("{rejection:?}"));
                    told.rejections.push((self.given, rejection.reason.as_str()));
                }
                Effect::Publish(output) => {
                    assert_eq!(output.topic, OutputTopic::Verdicts);
                    told.written.push(line(&output));
                    if output.value.is_empty() {
                        let known = told.verdicts.remove(&output.key);
                        assert!(known.is_some(), "{} was unsaid before it was said", output.key);
                    } else {
                        told.verdicts.insert(output.key, json(&output.value));
                    }
                }
            }
        }
    }
}

fn line(output: &Output) -> String {
    format!("{:?} {} {}", output.topic, output.key, output.value)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
