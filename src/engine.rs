//! The engine: pure. From inputs (records, the clock) to effects (rows, verdicts, rejections).
//!
//! No I/O, no clock, no async, no locks, no logging, no iteration over hash maps: the lints below
//! hold the wall. See `docs/adr/0001-pure-engine.md`.
#![deny(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "the engine is deterministic: see docs/adr/0001-pure-engine.md"
)]

pub mod decode;
pub mod event;
pub mod money;
pub mod settings;
pub mod time;

use event::Rejection;
use time::Timestamp;

/// One thing that the engine is told.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A record of a topic-partition or a line of a file.
    Record(Record<'a>),
    /// The clock stands at `now`: what is dated up to then takes effect, deadlines up to then fall.
    /// The clock never goes back; an earlier `now` changes nothing.
    Tick {
        /// The new clock.
        now: Timestamp,
    },
}

/// A record as it came, before anybody looked into it.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The topic it was read from; a file has none.
    pub topic: Option<&'a str>,
    /// The partition it was read from (0 for a file).
    pub partition: i32,
    /// The header `ce_type` of a CloudEvent in binary mode.
    pub ce_type: Option<&'a str>,
    /// The value; `None` is a tombstone.
    pub payload: Option<&'a [u8]>,
}

/// One thing that follows from an input, to be carried out by the edge, in order.
#[derive(Clone, Debug)]
pub enum Effect {
    /// The record just applied goes to the dead letters, for this reason.
    Reject(Rejection),
    /// A record for an output topic.
    Publish(Output),
}

/// A record for an output topic.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Output {
    /// Where to.
    pub topic: OutputTopic,
    /// The record's key.
    pub key: String,
    /// JSON.
    pub value: String,
}

/// The topics that the engine's records go to.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum OutputTopic {
    /// `collections.kpis`: rows and comparison records.
    Kpis,
    /// `collections.kpis.closed`
    Closed,
    /// `collections.verdicts`
    Verdicts,
}
