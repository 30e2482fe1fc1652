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

pub mod event;
pub mod money;
pub mod time;
