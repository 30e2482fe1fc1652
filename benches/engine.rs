//! The stages of the engine one by one: what a contact costs, what a judgement costs as an account's
//! history grows, what a row costs. `cargo bench --bench engine`

#[path = "floor.rs"]
mod floor;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use dunlin::config::Config;
use dunlin::engine::rows::Window;
use dunlin::engine::time::Timestamp;
use dunlin::engine::{Engine, Input, Record};
use floor::Floor;

fn main() {
    divan::main();
}

/// A floor of 200 agents and 20,000 accounts.
const FLOOR: Floor = Floor { events: 20_000, agents: 200, accounts: 20_000, pace_ms: 500 };

fn engine() -> Engine {
    let config = Config::load(None, [], []).expect("the defaults are a configuration");
    Engine::new(config.settings(0), config.scopes.clone(), Timestamp::MAX)
}

fn tell(engine: &mut Engine, lines: &str) {
    let mut effects = Vec::new();
    for line in lines.lines() {
        let payload = Some(line.as_bytes());
        let record = Record { topic: None, partition: 0, ce_type: None, payload };
        engine.apply(Input::Record(record), &mut effects);
    }
    engine.settle(&mut effects);
    black_box(effects);
}

/// Windows: events of a floor, decoded, counted in all default scopes, judged once.
#[divan::bench(sample_count = 10)]
fn windows(bencher: Bencher<'_, '_>) {
    let lines = FLOOR.lines();
    bencher
        .counter(ItemsCount::new(FLOOR.events))
        .with_inputs(engine)
        .bench_local_refs(|engine| tell(engine, &lines));
}

/// Ledger: one more payment on an account that has so many promises and payments.
#[divan::bench(args = [10, 100, 1_000, 10_000], sample_count = 10)]
fn ledger(bencher: Bencher<'_, '_>, length: u64) {
    const START_MS: u64 = 1_795_132_800_000;
    let line = |kind: &str, id: &str, number: u64, more: &str| {
        let at = START_MS + number * 60_000;
        format!(
            r#"{{"type":"{kind}","{id}":"{number}","occurred_at":{at},"account_id":"A1","amount":"{}.00","currency":"CNY"{more}}}"#,
            10 + number % 90
        )
    };
    let history: String = (0..length)
        .map(|number| match number % 2 {
            0 => line(
                "promise.made",
                "promise_id",
                number,
                r#","due_date":"2026-12-31","agent_id":"a""#,
            ),
            _ => line("payment.posted", "payment_id", number, ""),
        })
        .collect::<Vec<_>>()
        .join("\n");
    let one_more = line("payment.posted", "payment_id", length, "");
    bencher
        .with_inputs(|| {
            let mut engine = engine();
            tell(&mut engine, &history);
            engine
        })
        .bench_local_refs(|engine| tell(engine, &one_more));
}

/// Encode: all rows and comparisons of a floor.
#[divan::bench(sample_count = 10)]
fn encode(bencher: Bencher<'_, '_>) {
    let mut engine = engine();
    tell(&mut engine, &FLOOR.lines());
    let mut rows = 0_u64;
    engine.write_rows(&Window::ALL, &mut |_| rows += 1);
    bencher.counter(ItemsCount::new(rows)).bench_local(|| {
        engine.write_rows(&Window::ALL, &mut |row| {
            black_box(row);
        });
    });
}
