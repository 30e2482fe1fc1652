//! The integration tests: one binary, so that there is one thing to link.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unreachable_pub, reason = "a binary of tests exports nothing")]

mod check;
mod config;
mod docs;
mod golden;
mod hostile;
mod laws;
mod oracle;
mod replay;
mod scenario;
mod schemas;
mod tidy;
