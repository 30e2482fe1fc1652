//! What dunlin says about itself: to standard error, as text; a service that no terminal watches says
//! it as JSON.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

/// From here on `tracing` speaks; `DUNLIN_LOG` filters it (`debug`, `dunlin=trace,rdkafka=warn`).
pub fn start(is_service: bool) {
    let filter = EnvFilter::try_from_env("DUNLIN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    if is_service && !stderr().is_terminal() {
        builder.json().flatten_event(true).init();
    } else {
        builder.with_target(false).with_ansi(stderr().is_terminal()).init();
    }
}
