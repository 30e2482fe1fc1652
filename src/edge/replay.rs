//! Stand-in: what `dunlin replay` does comes with it.

use crate::cli::ReplayArgs;
use crate::config::Config;

/// Does it.
pub fn run(_config: &Config, _args: &ReplayArgs) -> anyhow::Result<()> {
    anyhow::bail!("dunlin replay is not there yet")
}
