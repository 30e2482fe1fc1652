//! A replay of a million events beside a pass that only parses them, in one run; and the cost of an
//! event as accounts grow. `cargo bench --bench replay`

#[path = "floor.rs"]
mod floor;

use std::borrow::Cow;
use std::time::{Duration, Instant};

use dunlin::config::Config;
use dunlin::engine::rows::Window;
use dunlin::engine::time::Timestamp;
use dunlin::engine::{Engine, Input, Record};
use floor::Floor;
use serde::Deserialize;

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        return; // a test run: compiling was the test
    }
    let floor = Floor { events: 1_000_000, agents: 5_000, accounts: 200_000, pace_ms: 40 };
    let lines = floor.lines();
    let bytes = lines.len() as u64 / floor.events;
    println!(
        "{} events of {bytes} bytes, {} agents, {} accounts",
        floor.events, floor.agents, floor.accounts
    );
    let (mut parsed, mut replayed) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        parsed.push(parse(&lines));
        let run = replay(&lines);
        println!(
            "parse {:.3} s, replay {:.3} s (intake {:.3}, judging {:.3}, portfolio rows {:.3}; all {} rows {:.3})",
            parsed.last().copied().unwrap_or_default().as_secs_f64(),
            run.total().as_secs_f64(),
            run.intake.as_secs_f64(),
            run.judging.as_secs_f64(),
            run.portfolio.as_secs_f64(),
            run.rows,
            run.all.as_secs_f64(),
        );
        replayed.push(run.total());
    }
    parsed.sort_unstable();
    replayed.sort_unstable();
    let ratio = replayed[2].as_secs_f64() / parsed[2].as_secs_f64();
    println!(
        "median: parse {:.3} s, replay {:.3} s, ratio {ratio:.2}",
        parsed[2].as_secs_f64(),
        replayed[2].as_secs_f64()
    );
    for accounts in [1_000, 10_000, 100_000, 1_000_000] {
        let lines = Floor { accounts, ..floor }.lines();
        let run = replay(&lines);
        let each = run.total().as_secs_f64() * 1e9 / 1e6;
        println!("{accounts} accounts: {each:.0} ns an event");
    }
}

struct Run {
    intake: Duration,
    judging: Duration,
    portfolio: Duration,
    all: Duration,
    rows: u64,
}

impl Run {
    /// What `replay --scope portfolio` would take with every default scope kept.
    fn total(&self) -> Duration {
        self.intake + self.judging + self.portfolio
    }
}

fn replay(lines: &str) -> Run {
    let config = Config::load(None, [], []).expect("the defaults are a configuration");
    let mut engine = Engine::new(config.settings(0), config.scopes.clone(), Timestamp::MAX);
    let mut effects = Vec::new();
    let mut since = Instant::now();
    let mut lap = || std::mem::replace(&mut since, Instant::now()).elapsed();
    for line in lines.lines() {
        let payload = Some(line.as_bytes());
        let record = Record { topic: None, partition: 0, ce_type: None, payload };
        engine.apply(Input::Record(record), &mut effects);
    }
    let intake = lap();
    engine.settle(&mut effects);
    let judging = lap();
    let mut rows = 0;
    let mut bytes = 0;
    engine.write_rows(&[Window::ALL[7]], &mut |row| {
        rows += 1;
        bytes += row.value.len();
    });
    let portfolio = lap();
    rows = 0;
    engine.write_rows(&Window::ALL, &mut |row| {
        rows += 1;
        bytes += row.value.len();
    });
    let all = lap();
    assert!(0 < bytes, "rows were written");
    Run { intake, judging, portfolio, all, rows }
}

/// The usual fields of a record, borrowed where JSON allows it.
#[derive(Deserialize)]
#[expect(dead_code, reason = "a pass that only parses reads nothing of it")]
struct Parsed<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    occurred_at: u64,
    #[serde(borrow)]
    account_id: Cow<'a, str>,
    #[serde(borrow)]
    call_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    agent_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    team_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    bucket: Option<Cow<'a, str>>,
    #[serde(borrow)]
    product: Option<Cow<'a, str>>,
    #[serde(borrow)]
    tier: Option<Cow<'a, str>>,
    #[serde(borrow)]
    strategy_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    agency_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    result: Option<Cow<'a, str>>,
    dial_s: Option<u64>,
    talk_s: Option<u64>,
    wrap_s: Option<u64>,
    #[serde(borrow)]
    amount: Option<Cow<'a, str>>,
}

fn parse(lines: &str) -> Duration {
    let start = Instant::now();
    for line in lines.lines() {
        let text = std::str::from_utf8(line.as_bytes()).expect("the floor speaks UTF-8");
        let parsed: Parsed<'_> = serde_json::from_str(text).expect("the floor speaks JSON");
        std::hint::black_box(parsed);
    }
    start.elapsed()
}
