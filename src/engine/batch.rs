//! Batches: facts on their way to the panes, brought there key by key.
//!
//! A contact adds to a dozen scopes that lie far apart in memory. So facts are kept in the order in
//! which they come, and brought to the panes when somebody looks or when there are many: then all
//! that one key gets is added while the key is at hand. Sums do not depend on the order.

use super::measure::Code;
use super::sighting::Sighting;
use super::stamp::Key;

/// Facts, and the keys that get them.
#[derive(Debug, Default)]
pub struct Batch {
    codes: Vec<(Code, i64)>,
    facts: Vec<Fact>,
    entries: Vec<(Key, FactId)>,
}

/// A fact of a batch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FactId(u32);

/// Counts at an instant: some for the fine panes, some for the local day.
#[derive(Clone, Copy, Debug)]
struct Fact {
    at: Sighting,
    /// Where its counts lie: the fine ones, then the daily ones.
    first: u32,
    fine: u8,
    daily: u8,
}

/// When a batch is full: about 40 MB with its facts.
const ENTRIES_MAX: usize = 1 << 20;

impl Batch {
    /// A fact: counts for the fine panes and for the local day of an instant, both in ascending
    /// order of their codes.
    pub fn fact(&mut self, at: Sighting, fine: &[(Code, i64)], daily: &[(Code, i64)]) -> FactId {
        let id = FactId(small(self.facts.len()));
        let count = |counts: &[(Code, i64)]| u8::try_from(counts.len()).expect("a fact is small");
        let first = small(self.codes.len());
        self.facts.push(Fact { at, first, fine: count(fine), daily: count(daily) });
        self.codes.extend_from_slice(fine);
        self.codes.extend_from_slice(daily);
        id
    }

    /// A key gets a fact.
    pub fn enter(&mut self, key: Key, fact: FactId) {
        self.entries.push((key, fact));
    }

    /// Whether it is to be brought to the panes.
    pub fn is_full(&self) -> bool {
        ENTRIES_MAX <= self.entries.len()
    }

    /// Takes everything out, all of one key together; `add` gets the key, the instant and the counts.
    pub fn drain(&mut self, add: &mut impl FnMut(Key, Sighting, &[(Code, i64)], &[(Code, i64)])) {
        self.entries.sort_by_key(|entry| entry.0);
        for &(key, FactId(id)) in &self.entries {
            let fact = self.facts[id as usize];
            let counts = &self.codes[fact.first as usize..];
            let (fine, rest) = counts.split_at(fact.fine.into());
            add(key, fact.at, fine, &rest[..fact.daily.into()]);
        }
        self.entries.clear();
        self.facts.clear();
        self.codes.clear();
    }
}

fn small(place: usize) -> u32 {
    u32::try_from(place).expect("a batch is drained long before")
}
