//! Stand-in: what `dunlin kpis` does comes with it.

use crate::cli::KpisArgs;

/// Does it.
pub fn run(_args: &KpisArgs) -> anyhow::Result<()> {
    anyhow::bail!("dunlin kpis is not there yet")
}
