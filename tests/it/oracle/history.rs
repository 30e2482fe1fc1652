//! All records: which stand, and what each one counted as when it arrived
//! (`docs/SEMANTICS.md` 1 to 5).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::config::Config;
use super::decode::{Decoded, Event, decode};

/// A topic's watermark is so far behind its greatest event time.
const ALLOWED_DISORDER: i64 = 5_000;

#[derive(Default)]
pub struct History {
    /// All valid records, in the order in which they arrived.
    pub arrived: Vec<Event>,
    /// The greatest event time of all records that were applied, duplicate or conflicting.
    pub last: Option<i64>,
    pub dead_letters: Vec<Value>,
    pub counts: BTreeMap<&'static str, u64>,
}

/// Reads all records, in the order in which they arrive.
pub fn read(records: &[Vec<u8>], config: &Config) -> History {
    let mut history = History::default();
    for name in
        ["applied", "duplicate", "conflict", "skipped", "set_aside", "dead_lettered", "too_late"]
    {
        history.counts.insert(name, 0);
    }
    let mut standing: BTreeMap<(Option<String>, &'static str, String), Event> = BTreeMap::new();
    let mut watermarks: BTreeMap<&'static str, i64> = BTreeMap::new();
    for (index, payload) in records.iter().enumerate() {
        let line = index + 1;
        let event = match decode(payload, config) {
            Decoded::Event(event) => *event,
            Decoded::Skipped => {
                history.count("skipped");
                continue;
            }
            Decoded::Dead { reason, detail, topic } => {
                history.count(if reason == "no_rate" { "set_aside" } else { "dead_lettered" });
                let letter =
                    json!({"topic": topic, "line": line, "reason": reason, "detail": detail});
                history.dead_letters.push(letter);
                continue;
            }
        };
        let watermark = watermarks.entry(event.topic()).or_insert(event.at);
        let horizon = if event.call().is_some() {
            config.call_ms
        } else if event.identity().is_none() {
            None
        } else {
            config.correction_ms
        };
        if horizon.is_some_and(|horizon| event.at < *watermark - ALLOWED_DISORDER - horizon) {
            history.count("too_late");
            let letter =
                json!({"topic": event.topic(), "line": line, "reason": "too_late", "detail": ""});
            history.dead_letters.push(letter);
            continue;
        }
        *watermark = event.at.max(*watermark);
        history.last = history.last.max(Some(event.at));
        history.arrived.push(event.clone());
        let Some(identity) = event.identity() else {
            history.count("applied");
            continue;
        };
        match standing.get(&identity) {
            Some(known) if event.revision < known.revision => history.count("duplicate"),
            Some(known) if event.revision == known.revision && event.hash == known.hash => {
                history.count("duplicate");
            }
            Some(known) if event.rank() < known.rank() => history.count("conflict"),
            _ => {
                history.count("applied");
                standing.insert(identity, event);
            }
        }
    }
    history
}

/// The records that stand of those that arrived: of each identity the one of the highest rank.
pub fn standing(arrived: &[Event]) -> Vec<Event> {
    let mut standing = BTreeMap::new();
    for event in arrived {
        if let Some(identity) = event.identity() {
            let known: &mut Event = standing.entry(identity).or_insert_with(|| event.clone());
            if event.rank() > known.rank() {
                *known = event.clone();
            }
        }
    }
    standing.into_values().collect()
}

impl History {
    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }
}
