//! Stand-in: what `dunlin run` does comes with it.

use crate::config::Config;

/// Does it.
pub fn to_end(_config: &Config) -> anyhow::Result<()> {
    anyhow::bail!("dunlin run is not there yet")
}
