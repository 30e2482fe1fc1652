//! Stand-in: what `dunlin topics` does comes with it.

use crate::cli::TopicsArgs;
use crate::config::Config;

/// Does it.
pub fn run(_config: &Config, _args: &TopicsArgs) -> anyhow::Result<()> {
    anyhow::bail!("dunlin topics is not there yet")
}
