//! dunlin: from calls, promises and payments to live KPIs and promise verdicts.
//!
//! The data flow, and the order in which to read:
//!
//! 1. [`config`]: one file and the environment become a checked `Config`.
//! 2. [`engine`]: pure; records and the clock in, rows, verdicts and rejections out.
//! 3. [`edge`]: files, Kafka, the terminal: turns the world into inputs, and effects into the world.
//! 4. [`cli`]: what a user can ask for.

pub mod cli;
pub mod config;
pub mod edge;
pub mod engine;
