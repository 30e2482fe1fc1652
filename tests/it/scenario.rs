//! Scenarios: event files that say what they show. What the lines of `tests/golden/` mean:
//!
//! - `{…}`: an event, as a topic or a file would bring it.
//! - `# …`: an explanation.
//! - `@config key = value`: a key of the configuration, as in TOML; before the first event.
//! - `@scopes portfolio agent team,bucket`: what is grouped by; the portfolio alone unless said.
//! - `@clock TIME`: no event, but the clock stands there.
//! - `@kpis SCOPES WINDOW [KPI…]`: the KPIs there and then; without any named, all that say something.
//! - `@closed SCOPES WINDOW [KPI…]`: the same of every period of that kind that has ended.
//! - `@compare SCOPES WINDOW [KPI…]`: the same of the period before.
//! - `@bytes`: from here on, verdicts as they are on the wire.
//! - `@bytes KEY`: a row, comparison or closed row as it is on the wire.

use std::fs;
use std::path::{Path, PathBuf};

use dunlin::config::Config;
use dunlin::config::value::parse_time;
use dunlin::engine::rows::Window;
use dunlin::engine::stamp::GroupingSet;
use dunlin::engine::time::Timestamp;
use dunlin::engine::{Effect, Engine, Input, Output, OutputTopic, Record};

/// When the process of every scenario started, in seconds since 1970.
pub(crate) const STARTED_S: i64 = 1_795_000_000;

/// A file of `tests/golden/`.
pub(crate) struct Scenario {
    /// What its `@config` lines say, as TOML.
    pub(crate) toml: String,
    /// What is grouped by.
    pub(crate) sets: Vec<GroupingSet>,
    /// Its lines in order.
    pub(crate) lines: Vec<(String, Line)>,
}

/// What a line means.
pub(crate) enum Line {
    /// Nothing to do.
    Said,
    Event,
    Clock(Timestamp),
    Show(Show),
    /// Verdicts as they are on the wire.
    Wire,
    /// The record of this key.
    Bytes(String),
}

/// KPIs to be shown.
pub(crate) struct Show {
    pub(crate) of: Shown,
    /// The dimensions, with commas between; empty for the portfolio.
    pub(crate) scopes: Vec<String>,
    pub(crate) window: Window,
    /// By id; all that say something where none is named.
    pub(crate) kpis: Vec<String>,
}

/// Of which records.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Shown {
    Rows,
    Closed,
    Comparisons,
}

/// Every scenario, by its path.
pub(crate) fn all() -> Vec<(PathBuf, Scenario)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "jsonl"));
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), Scenario::read(&path))).collect()
}

impl Scenario {
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let mut toml = String::new();
        let mut sets = vec![GroupingSet(Vec::new())];
        let lines = text.lines().map(|line| {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let meaning = match word {
                "" | "#" => Line::Said,
                "@config" => {
                    toml.push_str(rest);
                    toml.push('\n');
                    Line::Said
                }
                "@scopes" => {
                    sets = rest.split(' ').map(|set| GroupingSet::parse(set).unwrap()).collect();
                    Line::Said
                }
                "@clock" => Line::Clock(parse_time(rest).expect("a time after @clock")),
                "@kpis" => Line::Show(Show::read(Shown::Rows, rest)),
                "@closed" => Line::Show(Show::read(Shown::Closed, rest)),
                "@compare" => Line::Show(Show::read(Shown::Comparisons, rest)),
                "@bytes" if rest.is_empty() => Line::Wire,
                "@bytes" => Line::Bytes(rest.to_owned()),
                _ if word.starts_with('@') => panic!("{}: what is {word}?", path.display()),
                _ => Line::Event,
            };
            (line.to_owned(), meaning)
        });
        let lines = lines.collect();
        Self { toml, sets, lines }
    }

    pub(crate) fn config(&self) -> Config {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scenario.toml");
        fs::write(&path, &self.toml).unwrap();
        Config::load(Some(&path), [], []).unwrap()
    }

    /// An engine that has seen nothing yet.
    pub(crate) fn engine(&self, sets: Vec<GroupingSet>) -> Engine {
        Engine::new(self.config().settings(STARTED_S), sets, Timestamp::MAX)
    }

    /// Its events, one a line.
    pub(crate) fn events(&self) -> impl Iterator<Item = &str> {
        let events = self.lines.iter().filter(|(_, line)| matches!(line, Line::Event));
        events.map(|(text, _)| text.as_str())
    }
}

impl Show {
    fn read(of: Shown, text: &str) -> Self {
        let mut words = text.split(' ').map(str::to_owned);
        let scopes = words.next().expect("scopes");
        let scopes = match scopes.as_str() {
            "portfolio" => Vec::new(),
            dimensions => dimensions.split(',').map(str::to_owned).collect(),
        };
        let window = Window::parse(&words.next().expect("a window")).unwrap();
        Self { of, scopes, window, kpis: words.collect() }
    }
}

/// Applies a record; what follows at once, verdicts too.
pub(crate) fn apply(engine: &mut Engine, event: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    let payload = Some(event.as_bytes());
    let record = Record { topic: None, partition: 0, ce_type: None, payload };
    engine.apply(Input::Record(record), &mut effects);
    engine.settle(&mut effects);
    effects
}

/// Moves the clock; what follows.
pub(crate) fn tick(engine: &mut Engine, now: Timestamp) -> Vec<Effect> {
    let mut effects = Vec::new();
    engine.apply(Input::Tick { now }, &mut effects);
    engine.settle(&mut effects);
    effects
}

/// All rows and comparisons, or all closed rows, as of the clock.
pub(crate) fn records(engine: &mut Engine, topic: OutputTopic) -> Vec<Output> {
    let mut found = Vec::new();
    let mut publish = |output| found.push(output);
    match topic {
        OutputTopic::Kpis => engine.write_rows(&Window::ALL, &mut publish),
        OutputTopic::Closed => engine.write_closed(&Window::ALL, &mut publish),
        OutputTopic::Verdicts => {}
    }
    found
}
