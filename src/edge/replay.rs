//! `dunlin replay`: the same engine over event files, printed to standard output.

pub mod csv;
pub mod letter;
pub mod lines;
pub mod printer;
pub mod record;
pub mod table;

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use self::letter::Letter;
use self::lines::Lines;
use self::printer::Printer;
use super::clock;
use crate::cli::{ReplayArgs, ReplayFormat, ReplayOutput};
use crate::config::Config;
use crate::engine::decode::{self, Decoded};
use crate::engine::intake::Outcome;
use crate::engine::money::Rates;
use crate::engine::rows::Window;
use crate::engine::stamp::{Dimension, GroupingSet};
use crate::engine::time::Timestamp;
use crate::engine::{Effect, Engine, Input, Output, Record};

/// Prints what the files say.
///
/// # Errors
/// Names the file that cannot be read. A closed pipe is no error: whoever reads has had enough.
pub fn run(config: &Config, args: &ReplayArgs) -> anyhow::Result<()> {
    let printed = Replay::new(config, args).and_then(Replay::run);
    match printed {
        Err(error) if is_closed_pipe(&error) => Ok(()),
        other => other,
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// More boundaries between two events are not printed: a year that was mistyped would print for days.
const JUMP_MAX: u64 = 1_000_000;

struct Replay<'a> {
    args: &'a ReplayArgs,
    windows: Vec<Window>,
    rates: Rates,
    engine: Engine,
    progress: ProgressBar,
    effects: Vec<Effect>,
    /// Verdicts in the order in which they fell: a correction can make one unsaid.
    verdicts: Vec<Output>,
    /// The boundary of `--every` up to which rows have been printed.
    printed: Timestamp,
    printer: Printer,
}

impl<'a> Replay<'a> {
    fn new(config: &Config, args: &'a ReplayArgs) -> anyhow::Result<Self> {
        let inputs = args.files.iter().filter(|path| path.as_path() == Path::new("-")).count();
        anyhow::ensure!(inputs < 2, "standard input (-) can be read only once");
        let windows = windows(args);
        let has_closed = windows.iter().any(|window| matches!(window, Window::ToDate(_)));
        anyhow::ensure!(
            args.output != ReplayOutput::Closed || has_closed,
            "--output closed prints the windows today, week, month and quarter: --window names none of them"
        );
        let settings = config.settings(clock::seconds());
        Ok(Self {
            args,
            windows,
            rates: settings.rates.clone(),
            printer: Printer::new(args, settings.low_sample)?,
            engine: Engine::new(
                settings,
                grouping_sets(config, args),
                args.as_of.unwrap_or(Timestamp::MAX),
            ),
            progress: progress_bar(args),
            effects: Vec::new(),
            verdicts: Vec::new(),
            printed: Timestamp::MIN,
        })
    }

    fn run(mut self) -> anyhow::Result<()> {
        let mut files = Vec::new();
        for path in &self.args.files {
            let mut lines = Lines::open(path, &self.progress)?;
            if lines.advance()? {
                let next = self.time_of(lines.line());
                files.push((next, lines));
            }
        }
        while let Some(place) = earliest(&files) {
            let (next, lines) = &mut files[place];
            if let Some(next) = *next {
                let jump = self.boundaries_before(next);
                anyhow::ensure!(
                    jump <= JUMP_MAX,
                    "{}, line {}: its event comes {} boundaries of --every after those before it, \
                     expected at most {}: its time is wrong, or --every too short",
                    lines.path.display(),
                    lines.number,
                    table::grouped(&jump.to_string()),
                    table::grouped(&JUMP_MAX.to_string())
                );
                self.print_before(next)?;
            }
            self.apply(lines)?;
            if lines.advance()? {
                files[place].0 = self.time_of(files[place].1.line());
            } else {
                files.remove(place);
            }
        }
        self.progress.finish_and_clear();
        if self.args.every.is_some() {
            // A boundary at which the clock stands has been reached: nothing more belongs before it.
            let end = self.engine.now().map(|now| now.plus(1));
            end.map_or(Ok(()), |end| self.print_before(end))?;
        } else {
            if let Some(now) = self.args.as_of {
                self.tick(now);
            }
            self.print()?;
        }
        self.print_verdicts()?;
        self.printer.finish()?;
        report(&self.engine);
        Ok(())
    }

    /// The event time of a line, where the order or the boundaries need it.
    fn time_of(&self, line: &[u8]) -> Option<Timestamp> {
        if self.args.files.len() == 1 && self.args.every.is_none() {
            return None;
        }
        match decode::decode(Some(line), None, &self.rates) {
            Decoded::Event(event) => Some(event.at),
            Decoded::Skipped | Decoded::Rejected(_) => None,
        }
    }

    fn apply(&mut self, lines: &Lines) -> anyhow::Result<()> {
        let payload = Some(lines.line());
        let record = Record { topic: None, partition: 0, ce_type: None, payload };
        self.engine.apply(Input::Record(record), &mut self.effects);
        if self.args.output == ReplayOutput::Verdicts {
            self.engine.settle(&mut self.effects);
        }
        for effect in std::mem::take(&mut self.effects) {
            match effect {
                Effect::Reject(rejection) if self.args.output == ReplayOutput::DeadLetters => {
                    self.printer.letter(&Letter::new(lines, &rejection))?;
                }
                Effect::Reject(_) => {}
                Effect::Publish(output) => self.verdicts.push(output),
            }
        }
        Ok(())
    }

    fn tick(&mut self, now: Timestamp) {
        self.engine.apply(Input::Tick { now }, &mut self.effects);
    }

    /// Prints as of every boundary that the clock has reached or will pass before it reaches `next`.
    fn print_before(&mut self, next: Timestamp) -> anyhow::Result<()> {
        let Some((mut boundary, every)) = self.next_boundary() else { return Ok(()) };
        while boundary < next.0 {
            self.tick(Timestamp(boundary));
            self.print()?;
            self.printed = Timestamp(boundary);
            boundary = boundary.saturating_add(every);
        }
        Ok(())
    }

    /// At how many boundaries that would print.
    fn boundaries_before(&self, next: Timestamp) -> u64 {
        self.next_boundary().map_or(0, |(boundary, every)| {
            let span = i128::from(next.0) - i128::from(boundary);
            let every = i128::from(every);
            u64::try_from((span + every - 1).div_euclid(every)).unwrap_or(0)
        })
    }

    /// The first boundary that is not printed, and how far apart they are; none without `--every`,
    /// and none before the first event.
    fn next_boundary(&self) -> Option<(i64, i64)> {
        let (every, now) = (self.args.every?, self.engine.now()?);
        let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
        let reached = now.minus(1).max(self.printed);
        let boundary = reached.0.div_euclid(every).saturating_add(1).saturating_mul(every);
        Some((boundary, every))
    }

    /// Prints rows as of the clock; verdicts are printed at the end.
    fn print(&mut self) -> anyhow::Result<()> {
        self.engine.settle(&mut self.effects);
        self.collect_verdicts();
        let mut done = Ok(());
        let printer = &mut self.printer;
        let mut publish = |output: Output| {
            if done.is_ok() {
                done = printer.row(output);
            }
        };
        match self.args.output {
            ReplayOutput::Kpis => self.engine.write_rows(&self.windows, &mut publish),
            ReplayOutput::Closed => self.engine.write_closed(&self.windows, &mut publish),
            ReplayOutput::Verdicts | ReplayOutput::DeadLetters => return Ok(()),
        }
        done?;
        Ok(self.printer.end_rows()?)
    }

    fn collect_verdicts(&mut self) {
        for effect in self.effects.drain(..) {
            if let Effect::Publish(output) = effect {
                self.verdicts.push(output);
            }
        }
    }

    fn print_verdicts(&mut self) -> anyhow::Result<()> {
        if self.args.output != ReplayOutput::Verdicts {
            return Ok(());
        }
        self.engine.finish(&mut self.effects);
        self.collect_verdicts();
        // What was unsaid later is not printed.
        let mut unsaid = BTreeSet::new();
        let mut kept = Vec::with_capacity(self.verdicts.len());
        for output in self.verdicts.drain(..).rev() {
            if output.value.is_empty() {
                unsaid.insert(output.key);
            } else if !unsaid.contains(&output.key) {
                kept.push(output.value);
            }
        }
        kept.reverse();
        Ok(self.printer.verdicts(&kept)?)
    }
}

/// The windows asked for, in that order; all of them, or those of a table, where none is.
fn windows(args: &ReplayArgs) -> Vec<Window> {
    if args.windows.is_empty() {
        let is_table = (args.format, args.output) == (ReplayFormat::Table, ReplayOutput::Kpis);
        return if is_table { table::WINDOWS.to_vec() } else { Window::ALL.to_vec() };
    }
    each_once(&args.windows)
}

/// The grouping sets asked for; those of the configuration, or of these portfolio and bucket for a
/// table, where none is.
fn grouping_sets(config: &Config, args: &ReplayArgs) -> Vec<GroupingSet> {
    if !args.scopes.is_empty() {
        return each_once(&args.scopes);
    }
    let mut sets = config.scopes.clone();
    let is_shown = |set: &GroupingSet| set.0.is_empty() || set.0 == [Dimension::Bucket];
    if args.format == ReplayFormat::Table && sets.iter().any(is_shown) {
        sets.retain(is_shown);
    }
    sets
}

/// The same, without what stands there a second time.
fn each_once<T: Clone + PartialEq>(asked: &[T]) -> Vec<T> {
    let mut once = Vec::new();
    for item in asked {
        if !once.contains(item) {
            once.push(item.clone());
        }
    }
    once
}

/// The file whose next event is the earliest; a line without a time goes first.
fn earliest(files: &[(Option<Timestamp>, Lines)]) -> Option<usize> {
    (0..files.len()).min_by_key(|&place| files[place].0)
}

/// Says what became of the records, and what an operator should look into.
fn report(engine: &Engine) {
    let ended = |outcome| {
        let counts = engine.partitions().map(|partition| partition.counts.of(outcome));
        counts.sum::<u64>()
    };
    let count = |number: u64| table::grouped(&number.to_string());
    let total = Outcome::ALL.into_iter().map(ended).sum();
    let said = [
        (Outcome::Applied, "applied"),
        (Outcome::Duplicate, "seen before"),
        (Outcome::Conflict, "outdone by another of the same id"),
        (Outcome::Skipped, "skipped (unknown type)"),
        (Outcome::SetAside, "set aside (no rate)"),
        (Outcome::DeadLettered, "invalid"),
        (Outcome::TooLate, "too late"),
    ];
    let said = said.into_iter().filter(|&(outcome, _)| 0 < ended(outcome));
    let said: Vec<String> =
        said.map(|(outcome, said)| format!("{} {said}", count(ended(outcome)))).collect();
    let records = if total == 1 { "record" } else { "records" };
    let sign = if said.is_empty() { "" } else { ": " };
    let mut text = format!("{} {records}{sign}{}", count(total), said.join(", "));
    if 0 < ended(Outcome::SetAside) + ended(Outcome::DeadLettered) + ended(Outcome::TooLate) {
        text.push_str(" (--output dead-letters says why)");
    }
    tracing::info!("{text}");
    let shared = engine.ids_on_several_accounts();
    if 0 < shared {
        tracing::warn!(
            "{} ids of promises or payments stand on several accounts: each counts on all of them",
            count(shared)
        );
    }
}

/// On standard error, where that is a terminal, there is a file to measure, and nothing is printed
/// on the same terminal meanwhile.
fn progress_bar(args: &ReplayArgs) -> ProgressBar {
    let is_measured = args.files.iter().any(|path| path != Path::new("-"));
    let prints = args.every.is_some() || args.output == ReplayOutput::DeadLetters;
    let is_in_the_way = prints && io::stdout().is_terminal();
    if !io::stderr().is_terminal() || !is_measured || is_in_the_way {
        return ProgressBar::hidden();
    }
    let style = "{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
    let style = ProgressStyle::with_template(style).expect("the template is well formed");
    ProgressBar::new(0).with_style(style)
}
