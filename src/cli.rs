//! The command line: what a user can ask for, checked before anything runs.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Config;
use crate::config::error::ConfigError;
use crate::config::value;
use crate::engine::rows::Window;
use crate::engine::stamp::GroupingSet;
use crate::engine::time::Timestamp;

/// dunlin's own version, and that of the Kafka client in it.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let (_, librdkafka) = rdkafka::util::get_rdkafka_version();
    format!("{} (librdkafka {librdkafka})", env!("CARGO_PKG_VERSION"))
});

/// Live KPIs for collections operations.
///
/// Calls, promises to pay and payments come in, from Kafka or from files; exact rolling KPIs and
/// the verdict on every promise go out.
#[derive(Debug, Parser)]
#[command(
    name = "dunlin",
    version = VERSION.as_str(),
    arg_required_else_help = true,
    after_help = "Examples:
  dunlin replay --format table examples/day.jsonl   the KPIs of a file of events, on one screen
  dunlin check --config dunlin.toml                 is the configuration right?
  dunlin topics --config dunlin.toml                create what is missing on the brokers
  dunlin run --config dunlin.toml --to-end          all that the topics hold, published once

`dunlin COMMAND --help` says more about each. Every key of the configuration, its meaning and its
default: docs/CONFIGURATION.md."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the KPIs of files of events; no Kafka needed
    Replay(ReplayArgs),
    /// Read the topics, publish KPIs and verdicts
    Run(RunArgs),
    /// Create the topics that are missing and verify the others
    Topics(TopicsArgs),
    /// Check the configuration, the Kafka client and the topics, and say what a run would do
    Check(CheckArgs),
    /// List every KPI with its formula
    Kpis(KpisArgs),
}

/// `dunlin replay`
#[derive(Args, Clone, Debug)]
#[command(
    about = "Print the KPIs of files of events; no Kafka needed",
    long_about = "Print the KPIs of files of events; no Kafka needed.

A file has one event a line (JSON), plain or compressed with gzip or zstd; `-` is standard input.
Several files are read side by side by the time of their events. The numbers are those of `run`,
to the digit.

A table is a summary of the portfolio and its buckets; with --scope or --window it shows every KPI
of these. JSON lines and CSV hold every number of every scope and window unless told otherwise.",
    after_help = "Examples:
  dunlin replay --format table events.jsonl
  dunlin replay --format table --scope team --window today --window 7d events.jsonl
  dunlin replay --scope agent --scope team,bucket --window today calls.jsonl.gz payments.jsonl.zst
  dunlin replay --as-of 2026-11-20T18:00:00+08:00 --output verdicts events.jsonl
  dunlin replay --every 1h --window 1h --scope portfolio --format csv - < events.jsonl"
)]
pub struct ReplayArgs {
    /// A TOML file with what differs from the defaults (docs/CONFIGURATION.md)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// The reporting zone, as `Europe/Berlin`; beats the configuration
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,

    /// Where the clock ends: RFC 3339 with an offset, or milliseconds since 1970. Without it: at
    /// the last event
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "every")]
    pub as_of: Option<Timestamp>,

    /// Print the rows whenever the clock passes a multiple of this (counted in UTC): `15m`, `1h`
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub every: Option<Duration>,

    /// Of rows only this grouping set: `portfolio`, or dimensions as `team,bucket`; may be repeated.
    /// Without it: those of the configuration, in a table portfolio and bucket. Verdicts and dead
    /// letters are always all
    #[arg(long = "scope", value_name = "SCOPE", value_parser = grouping_set)]
    pub scopes: Vec<GroupingSet>,

    /// Of rows only this window; may be repeated. Without it: all, in a table now, today, 7d and
    /// month. Verdicts and dead letters are always all
    #[arg(long = "window", value_name = "WINDOW", value_parser = windows())]
    pub windows: Vec<Window>,

    /// Which records to print
    #[arg(long, value_enum, default_value_t = ReplayOutput::Kpis)]
    pub output: ReplayOutput,

    /// How to print them
    #[arg(long, value_enum, default_value_t = ReplayFormat::Jsonl)]
    pub format: ReplayFormat,

    /// Files of events; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

/// Which records `replay` prints.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum ReplayOutput {
    /// The KPI rows at the end, and the comparisons with the previous periods
    Kpis,
    /// The row of every calendar period that has ended
    Closed,
    /// Every verdict on a promise, as it falls or changes
    Verdicts,
    /// What is no event, and why
    DeadLetters,
}

/// How `replay` prints.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum ReplayFormat {
    /// The records of the topics, one JSON object a line
    Jsonl,
    /// For reading
    Table,
    /// For a spreadsheet: one line a number
    Csv,
}

/// `dunlin run`
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:
  dunlin run --config dunlin.toml --to-end")]
pub struct RunArgs {
    /// A TOML file with what differs from the defaults (docs/CONFIGURATION.md)
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,

    /// Stop at what the topics hold now: publish everything once and exit
    #[arg(long)]
    pub to_end: bool,
}

/// `dunlin topics`
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  dunlin topics --config dunlin.toml
  dunlin topics --config dunlin.toml --verify")]
pub struct TopicsArgs {
    /// A TOML file with what differs from the defaults (docs/CONFIGURATION.md)
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,

    /// Change nothing: fail if a topic is missing or unfit
    #[arg(long)]
    pub verify: bool,
}

/// `dunlin check`
#[derive(Args, Clone, Debug)]
#[command(
    long_about = "Check the configuration, the Kafka client and the topics, and say what a run would do.

It changes nothing. It fails, with a list, if a run would fail or its numbers would be wrong. Where
no broker answers within kafka.connect_timeout it says so, and succeeds if the rest is right.",
    after_help = "Example:
  dunlin check --config dunlin.toml"
)]
pub struct CheckArgs {
    /// A TOML file with what differs from the defaults (docs/CONFIGURATION.md)
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
}

/// `dunlin kpis`
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  dunlin kpis
  dunlin kpis --lang zh --format jsonl")]
pub struct KpisArgs {
    /// The language
    #[arg(long, value_enum, default_value_t = Lang::En)]
    pub lang: Lang,

    /// How to print it
    #[arg(long, value_enum, default_value_t = KpisFormat::Table)]
    pub format: KpisFormat,
}

/// The languages of the catalogue.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Lang {
    /// English
    En,
    /// Chinese
    Zh,
}

/// How `kpis` prints.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum KpisFormat {
    /// For reading
    Table,
    /// One JSON object a line
    Jsonl,
}

impl Command {
    /// The configuration that the command runs with.
    pub fn config(
        &self,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Config, ConfigError> {
        let (file, tz) = match self {
            Self::Replay(args) => (args.config.as_deref(), args.tz.as_deref()),
            Self::Run(args) => (Some(args.config.as_path()), None),
            Self::Topics(args) => (Some(args.config.as_path()), None),
            Self::Check(args) => (Some(args.config.as_path()), None),
            Self::Kpis(_) => (None, None),
        };
        let environment = environment.into_iter().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Config::load(file, environment, tz.map(|zone| ("reporting.timezone", "--tz", zone)))
    }
}

fn grouping_set(written: &str) -> Result<GroupingSet, String> {
    value::parse_grouping_set(written).map_err(|expected| format!("expected {expected}"))
}

/// Help and errors list the names.
fn windows() -> impl TypedValueParser<Value = Window> {
    PossibleValuesParser::new(Window::ALL.map(Window::name))
        .map(|name| Window::parse(&name).expect("only names of windows are possible"))
}

fn time(written: &str) -> Result<Timestamp, &'static str> {
    value::parse_time(written)
        .ok_or("expected RFC 3339 with an offset, as 2026-11-20T08:00:00+08:00, or milliseconds since 1970, before the year 3000")
}

fn duration(written: &str) -> Result<Duration, &'static str> {
    value::parse_duration(written).ok_or("expected a number and a unit, as 30s, 15m, 1h or 1d")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn refused(arguments: &str) -> String {
        let words = arguments.split(' ');
        let error = Cli::try_parse_from(words).unwrap_err().to_string();
        error.split("\n\n").next().unwrap_or_default().to_owned()
    }

    fn replay(arguments: &str) -> ReplayArgs {
        match Cli::try_parse_from(arguments.split(' ')).unwrap().command {
            Command::Replay(args) => args,
            Command::Run(_) | Command::Topics(_) | Command::Check(_) | Command::Kpis(_) => {
                panic!("not a replay")
            }
        }
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_replay_states_what_to_print() {
        let args = replay(
            "dunlin replay --as-of 2026-11-20T18:00:00+08:00 --scope portfolio --scope team,bucket \
             --window 1h --window today --output dead-letters --format csv a.jsonl -",
        );
        assert_eq!(args.as_of, Some(Timestamp(1_795_168_800_000)));
        let scopes = ["portfolio", "team,bucket"].map(|set| GroupingSet::parse(set).unwrap());
        assert_eq!(args.scopes, scopes);
        assert_eq!(args.windows.iter().map(|w| w.name()).collect::<Vec<_>>(), ["1h", "today"]);
        assert_eq!(args.output, ReplayOutput::DeadLetters);
        assert_eq!(args.format, ReplayFormat::Csv);
        assert_eq!(args.files, [PathBuf::from("a.jsonl"), PathBuf::from("-")]);
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_was_expected() {
        insta::assert_snapshot!(refused("dunlin replay --as-of 2026-11-20 f"), @"error: invalid value '2026-11-20' for '--as-of <TIME>': expected RFC 3339 with an offset, as 2026-11-20T08:00:00+08:00, or milliseconds since 1970, before the year 3000");
        insta::assert_snapshot!(refused("dunlin replay --every 15 f"), @"error: invalid value '15' for '--every <DURATION>': expected a number and a unit, as 30s, 15m, 1h or 1d");
        insta::assert_snapshot!(refused("dunlin replay --scope team,buckets f"), @"error: invalid value 'team,buckets' for '--scope <SCOPE>': expected portfolio, or of agent, team, agency, campaign, strategy, product, tier, risk_class, bucket, channel, payment_channel; did you mean bucket?");
        insta::assert_snapshot!(refused("dunlin replay --window 2h f"), @r"
        error: invalid value '2h' for '--window <WINDOW>'
          [possible values: now, 1m, 5m, 15m, 1h, 24h, 7d, today, week, month, quarter]
        ");
        insta::assert_snapshot!(refused("dunlin replay --output verdict f"), @r"
        error: invalid value 'verdict' for '--output <OUTPUT>'
          [possible values: kpis, closed, verdicts, dead-letters]
        ");
        insta::assert_snapshot!(refused("dunlin replay --every 1h --as-of 0 f"), @"error: the argument '--every <DURATION>' cannot be used with '--as-of <TIME>'");
        insta::assert_snapshot!(refused("dunlin replay"), @r"
        error: the following required arguments were not provided:
          <FILE>...
        ");
        insta::assert_snapshot!(refused("dunlin run"), @r"
        error: the following required arguments were not provided:
          --config <FILE>
        ");
        insta::assert_snapshot!(refused("dunlin relpay f"), @"error: unrecognized subcommand 'relpay'");
    }

    #[test]
    fn the_zone_of_the_command_line_beats_the_file() {
        let command = Command::Replay(replay("dunlin replay --tz Europe/Berlin f"));
        let environment = [("DUNLIN__REPORTING__TIMEZONE".into(), "Asia/Tokyo".into())];
        let config = command.config(environment).unwrap();
        assert_eq!(config.settings(0).timezone, "Europe/Berlin");

        let command = Command::Replay(replay("dunlin replay --tz Europe/Berlinn f"));
        insta::assert_snapshot!(command.config([]).unwrap_err(), @r#"--tz: reporting.timezone = Europe/Berlinn: expected an IANA zone name such as "Asia/Shanghai"; did you mean Europe/Berlin?"#);
    }
}
