//! Stand-in: what `dunlin check` does comes with it.

use crate::cli::CheckArgs;
use crate::config::Config;

/// Does it.
pub fn run(_config: &Config, _args: &CheckArgs) -> anyhow::Result<()> {
    anyhow::bail!("dunlin check is not there yet")
}
