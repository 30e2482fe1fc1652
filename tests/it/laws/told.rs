//! What the engine says of a stream.

use std::collections::BTreeMap;
use std::io::Write;

use dunlin::config::Config;
use dunlin::engine::intake::Outcome;
use dunlin::engine::rows::Window;
use dunlin::engine::settings::Settings;
use dunlin::engine::stamp::GroupingSet;
use dunlin::engine::time::Timestamp;
use dunlin::engine::{Effect, Engine, Input, OutputTopic, Record, decode};
use serde_json::Value;

/// Everything that an engine said, as known when it was asked.
#[derive(Clone, Debug)]
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
}

/// An engine under a configuration; its clock never passes `until`.
pub fn engine(config: &str, sets: &[&[&str]], until: Option<i64>) -> Engine {
    let sets = sets.iter().map(|set| {
        let name = if set.is_empty() { "portfolio".to_owned() } else { set.join(",") };
        GroupingSet::parse(&name).unwrap()
    });
    let until = until.map_or(Timestamp::MAX, Timestamp);
    Engine::new(settings(config), sets.collect(), until)
}

fn settings(config: &str) -> Settings {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(config.as_bytes()).unwrap();
    Config::load(Some(file.path()), [], []).unwrap().settings(1)
}

/// What an engine says of records that come in this order, asked after each and at the end.
pub fn tell(config: &str, sets: &[&[&str]], as_of: Option<i64>, records: &[Vec<u8>]) -> Told {
    let mut engine = engine(config, sets, as_of);
    let mut effects = Vec::new();
    let mut told = Told {
        rows: Vec::new(),
        comparisons: Vec::new(),
        closed: Vec::new(),
        verdicts: BTreeMap::new(),
        rejections: Vec::new(),
        counts: BTreeMap::new(),
    };
    for (place, record) in records.iter().enumerate() {
        engine.apply(of_topic(record), &mut effects);
        engine.settle(&mut effects);
        told.hear(place, &mut effects);
    }
    if let Some(as_of) = as_of {
        engine.apply(Input::Tick { now: Timestamp(as_of) }, &mut effects);
        engine.settle(&mut effects);
        told.hear(records.len(), &mut effects);
    }
    told.read(&mut engine);
    told
}

/// A record of the topic that its type belongs to.
pub fn of_topic(record: &[u8]) -> Input<'_> {
    let name = decode::type_of(record);
    let topic = name.and_then(|name| decode::topic_of_type(&name));
    Input::Record(Record { topic, partition: 0, ce_type: None, payload: Some(record) })
}

impl Told {
    /// Takes up what followed from the record at a place.
    fn hear(&mut self, place: usize, effects: &mut Vec<Effect>) {
        for effect in effects.drain(..) {
            match effect {
                Effect::Reject(rejection) => {
                    self.rejections.push((place, rejection.reason.as_str()));
                }
                Effect::Publish(output) => {
                    assert_eq!(output.topic, OutputTopic::Verdicts);
                    if output.value.is_empty() {
                        assert!(self.verdicts.remove(&output.key).is_some(), "unsaid before said");
                    } else {
                        self.verdicts.insert(output.key, json(&output.value));
                    }
                }
            }
        }
    }

    /// Reads all rows, and what became of all records.
    fn read(&mut self, engine: &mut Engine) {
        engine.write_rows(&Window::ALL, &mut |output| {
            let value = json(&output.value);
            let is_row = value.get("kpis").is_some();
            if is_row { &mut self.rows } else { &mut self.comparisons }.push(value);
        });
        engine.write_closed(&Window::ALL, &mut |output| self.closed.push(json(&output.value)));
        for outcome in Outcome::ALL {
            let counts = engine.partitions().iter().map(|partition| partition.counts.of(outcome));
            self.counts.insert(outcome.as_str(), counts.sum());
        }
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
