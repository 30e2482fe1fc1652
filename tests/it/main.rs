//! The integration tests: one binary, so that there is one thing to link.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod config;
mod docs;
mod golden;
mod replay;
mod scenario;
mod schemas;
mod tidy;
