//! What dunlin says about itself: to standard error, as text; a service that no terminal watches says
//! it as JSON.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

/// From here on `tracing` speaks; `DUNLIN_LOG` filters it (`debug`, `dunlin=trace,rdkafka=warn`).
pub fn start(is_service: bool) {
    let filter = EnvFilter::try_from_env("DUNLIN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    // Where standard error is closed there is nobody to tell that it is.
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .log_internal_errors(false);
    if is_service && !stderr().is_terminal() {
        builder.json().flatten_event(true).init();
    } else {
        let builder = builder.with_target(false).with_ansi(stderr().is_terminal());
        // Whoever waits for a command knows what time it is.
        if is_service { builder.init() } else { builder.without_time().init() }
    }
}
