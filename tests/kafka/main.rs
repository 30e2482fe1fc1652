//! The way through a real Apache Kafka: what an independent producer writes, what `dunlin` makes of
//! it, and what an independent consumer reads.
//!
//! It needs a JDK and Maven (which fetches the broker once, into the target folder) and kcat.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod broker;
mod dunlin;
mod kcat;
mod tools;

mod check;
mod dead_letters;
mod faults;
mod partitions;
mod replay;
mod to_end;
mod topics;
