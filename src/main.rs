//! Arguments, configuration, telemetry, the command, the exit code.

use std::process::ExitCode;

use clap::Parser;
use dunlin::cli::{Cli, Command};
use dunlin::edge;

fn main() -> ExitCode {
    match run(&Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> anyhow::Result<()> {
    let config = command.config(std::env::vars_os())?;
    edge::telemetry::start(matches!(command, Command::Run(_)));
    for key in &config.unused {
        tracing::warn!("{key}");
    }
    match command {
        Command::Replay(args) => edge::replay::run(&config, args),
        Command::Run(args) if args.to_end => edge::run::to_end(&config),
        Command::Run(_) => anyhow::bail!(
            "live operation is not there yet: `dunlin run --to-end` publishes what the topics hold now"
        ),
        Command::Topics(args) => edge::topics::run(&config, args),
        Command::Check(args) => edge::check::run(&config, args),
        Command::Kpis(args) => edge::kpis::run(args),
    }
}
