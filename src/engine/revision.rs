//! Revisions: which of several records of one identity stands.

use std::cmp::Ordering;

use super::time::Timestamp;

/// What decides between two records of one identity (`docs/SEMANTICS.md` 2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Version {
    /// The highest revision stands alone.
    pub revision: i64,
    /// At the same revision, the later event time wins.
    pub at: Timestamp,
    /// At the same event time, the greater hash of the bytes; equal hashes are the same record.
    pub hash: u64,
}

/// What became of a record that names an identity already known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Contest {
    /// The new one stands, whole.
    Wins,
    /// Nothing new: the same again, or a lower revision.
    Duplicate,
    /// Same revision, other content, and the old one stands.
    Loses,
}

impl Version {
    /// Whether a `newcomer` displaces this.
    pub fn contest(&self, newcomer: &Self) -> Contest {
        match newcomer.revision.cmp(&self.revision) {
            Ordering::Greater => return Contest::Wins,
            Ordering::Less => return Contest::Duplicate,
            Ordering::Equal if newcomer.hash == self.hash => return Contest::Duplicate,
            Ordering::Equal => {}
        }
        if (self.at, self.hash) < (newcomer.at, newcomer.hash) {
            Contest::Wins
        } else {
            Contest::Loses
        }
    }
}

/// A record and what decides over it.
#[derive(Clone, Debug)]
pub struct Revised<T> {
    /// What decides.
    pub version: Version,
    /// What it says.
    pub said: T,
}
