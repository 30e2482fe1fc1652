//! `dunlin replay`: the same engine over event files, printed to standard output.

pub mod lines;

use std::collections::BTreeSet;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use self::lines::Lines;
use super::clock;
use crate::cli::{ReplayArgs, ReplayOutput};
use crate::config::Config;
use crate::engine::decode::{self, Decoded};
use crate::engine::event::Rejection;
use crate::engine::json::Object;
use crate::engine::money::Rates;
use crate::engine::rows::Window;
use crate::engine::stamp::GroupingSet;
use crate::engine::time::Timestamp;
use crate::engine::{Effect, Engine, Input, Output, Record};

/// Prints what the files say.
///
/// # Errors
/// Names the file that cannot be read. A closed pipe is no error: whoever reads has had enough.
pub fn run(config: &Config, args: &ReplayArgs) -> anyhow::Result<()> {
    let printed = Replay::new(config, args)?.run();
    match printed {
        Err(error) if is_closed_pipe(&error) => Ok(()),
        other => other,
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

struct Replay<'a> {
    args: &'a ReplayArgs,
    windows: Vec<Window>,
    rates: Rates,
    engine: Engine,
    progress: ProgressBar,
    effects: Vec<Effect>,
    /// Verdicts in the order in which they fell: a correction can make one unsaid.
    verdicts: Vec<Output>,
    out: BufWriter<io::StdoutLock<'static>>,
}

impl<'a> Replay<'a> {
    fn new(config: &Config, args: &'a ReplayArgs) -> anyhow::Result<Self> {
        let settings = config.settings(clock::seconds());
        let named = args.scopes.iter().map(|scope| &scope.0);
        let scopes: Vec<_> =
            if args.scopes.is_empty() { config.scopes.iter().collect() } else { named.collect() };
        let mut sets: Vec<GroupingSet> = Vec::new();
        for scope in scopes {
            let text = if scope.is_empty() { "portfolio".to_owned() } else { scope.join(",") };
            let set = GroupingSet::parse(&text).map_err(anyhow::Error::msg)?;
            if !sets.contains(&set) {
                sets.push(set);
            }
        }
        let wanted = |window: &Window| {
            args.windows.is_empty() || args.windows.iter().any(|name| name == window.name())
        };
        Ok(Self {
            args,
            windows: Window::ALL.into_iter().filter(wanted).collect(),
            rates: settings.rates.clone(),
            engine: Engine::new(settings, sets, args.as_of.unwrap_or(Timestamp::MAX)),
            progress: progress_bar(),
            effects: Vec::new(),
            verdicts: Vec::new(),
            out: BufWriter::with_capacity(1 << 16, io::stdout().lock()),
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
            if let (Some(every), Some(next)) = (self.args.every, *next) {
                let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
                self.print_up_to(next, every)?;
            }
            self.apply(lines)?;
            if lines.advance()? {
                files[place].0 = self.time_of(files[place].1.line());
            } else {
                files.remove(place);
            }
        }
        self.progress.finish_and_clear();
        if self.args.every.is_none() {
            if let Some(now) = self.args.as_of {
                self.tick(now);
            }
            self.print()?;
        }
        self.print_verdicts()?;
        Ok(self.out.flush()?)
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
                    let letter = dead_letter(lines, &rejection, self.args.files.len());
                    writeln!(self.out, "{letter}")?;
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

    /// Prints as of every boundary that the clock passes before it reaches `next`.
    fn print_up_to(&mut self, next: Timestamp, every: i64) -> anyhow::Result<()> {
        let Some(now) = self.engine.now() else { return Ok(()) };
        let mut boundary = now.0.div_euclid(every).saturating_add(1).saturating_mul(every);
        while boundary < next.0 {
            self.tick(Timestamp(boundary));
            self.print()?;
            boundary = boundary.saturating_add(every);
        }
        Ok(())
    }

    /// Prints rows as of the clock; verdicts are printed at the end.
    fn print(&mut self) -> anyhow::Result<()> {
        self.engine.settle(&mut self.effects);
        for effect in self.effects.drain(..) {
            if let Effect::Publish(output) = effect {
                self.verdicts.push(output);
            }
        }
        let mut failed = Ok(());
        let out = &mut self.out;
        let mut publish = |output: Output| {
            if failed.is_ok() {
                failed = writeln!(out, "{}", output.value);
            }
        };
        match self.args.output {
            ReplayOutput::Kpis => self.engine.write_rows(&self.windows, &mut publish),
            ReplayOutput::Closed => self.engine.write_closed(&self.windows, &mut publish),
            ReplayOutput::Verdicts | ReplayOutput::DeadLetters => {}
        }
        Ok(failed?)
    }

    fn print_verdicts(&mut self) -> anyhow::Result<()> {
        if self.args.output != ReplayOutput::Verdicts {
            return Ok(());
        }
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
        for value in kept.into_iter().rev() {
            writeln!(self.out, "{value}")?;
        }
        Ok(())
    }
}

/// The file whose next event is the earliest; a line without a time goes first.
fn earliest(files: &[(Option<Timestamp>, Lines)]) -> Option<usize> {
    (0..files.len()).min_by_key(|&place| files[place].0)
}

fn dead_letter(lines: &Lines, rejection: &Rejection, files: usize) -> String {
    let name = decode::type_of(lines.line());
    let topic = name.and_then(|name| decode::topic_of_type(&name));
    let mut out = String::new();
    let mut letter = Object::begin(&mut out);
    letter.optional("topic", topic);
    if 1 < files {
        letter.text("file", &Path::to_string_lossy(&lines.path));
    }
    letter.integer("line", lines.number.into());
    letter.text("reason", rejection.reason.as_str());
    letter.text("detail", &rejection.detail);
    letter.end();
    out
}

/// On standard error, and only where that is a terminal.
fn progress_bar() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = "{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
    let style = ProgressStyle::with_template(style).expect("the template is well formed");
    ProgressBar::new(0).with_style(style)
}
