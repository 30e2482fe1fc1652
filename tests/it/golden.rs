//! Every scenario, with what each line causes: the snapshots beside the files are the specification.

use std::fmt::Write;

use dunlin::engine::catalogue::CATALOGUE;
use dunlin::engine::intake::Outcome;
use dunlin::engine::{Effect, Engine, OutputTopic};
use serde_json::Value;

use super::scenario::{self, Line, Scenario, Show, Shown, apply, records, tick};

#[test]
fn scenarios_play_as_they_are_written_down() {
    insta::glob!("..", "golden/*.jsonl", |path| {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(path.parent().unwrap());
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.remove_input_file();
        settings.bind(|| insta::assert_snapshot!("played", play(&Scenario::read(path))));
    });
}

/// Nothing is in the folder that no test reads, and every scenario says what it shows.
#[test]
fn every_scenario_begins_by_saying_what_it_shows() {
    for (path, scenario) in scenario::all() {
        let (first, _) = &scenario.lines[0];
        assert!(first.starts_with("# "), "{} begins with {first}", path.display());
        let shows = |line: &Line| matches!(line, Line::Show(_) | Line::Bytes(_));
        let shows = scenario.lines.iter().any(|(_, line)| shows(line));
        assert!(shows, "{} shows no KPI", path.display());
    }
}

fn play(scenario: &Scenario) -> String {
    let mut engine = scenario.engine(scenario.sets.clone());
    let mut out = String::new();
    let mut wire = false;
    for (text, line) in &scenario.lines {
        out.push_str(text);
        out.push('\n');
        match line {
            Line::Said => {}
            Line::Event => {
                let before = outcomes(&engine);
                let effects = apply(&mut engine, text);
                write_outcome(&mut out, before, outcomes(&engine));
                write_effects(&mut out, &effects, wire);
            }
            Line::Clock(now) => write_effects(&mut out, &tick(&mut engine, *now), wire),
            Line::Show(show) => write_shown(&mut out, &mut engine, show),
            Line::Wire => wire = true,
            Line::Bytes(key) => {
                let mut found = records(&mut engine, OutputTopic::Kpis);
                found.extend(records(&mut engine, OutputTopic::Closed));
                let found = found.iter().find(|output| output.key == *key);
                writeln!(out, "    {}", found.expect("a record of this key").value).unwrap();
            }
        }
    }
    out
}

fn outcomes(engine: &Engine) -> [u64; Outcome::ALL.len()] {
    let count = |outcome| engine.partitions().map(|part| part.counts.of(outcome)).sum();
    Outcome::ALL.map(count)
}

/// What became of a record, unless it was simply applied or says itself why it was not.
fn write_outcome(
    out: &mut String,
    before: [u64; Outcome::ALL.len()],
    after: [u64; Outcome::ALL.len()],
) {
    for (place, outcome) in Outcome::ALL.into_iter().enumerate() {
        match outcome {
            Outcome::Duplicate | Outcome::Conflict | Outcome::Skipped => {
                if before[place] < after[place] {
                    writeln!(out, "    {}", outcome.as_str()).unwrap();
                }
            }
            Outcome::Applied | Outcome::SetAside | Outcome::DeadLettered | Outcome::TooLate => {}
        }
    }
}

fn write_effects(out: &mut String, effects: &[Effect], wire: bool) {
    for effect in effects {
        match effect {
            Effect::Reject(rejection) => {
                let reason = rejection.reason.as_str();
                writeln!(out, "    dead letter, {reason}: {}", rejection.detail).unwrap();
            }
            Effect::Publish(output) if output.value.is_empty() => {
                writeln!(out, "    verdict {}: unsaid", output.key).unwrap();
            }
            Effect::Publish(output) if wire => {
                writeln!(out, "    {} {}", output.key, output.value).unwrap();
            }
            Effect::Publish(output) => write_verdict(out, &output.value),
        }
    }
}

fn write_verdict(out: &mut String, value: &str) {
    let verdict: Value = serde_json::from_str(value).unwrap();
    let text = |field: &str| verdict[field].as_str().unwrap_or("-").to_owned();
    let number = |field: &str| verdict[field].as_i64().unwrap();
    write!(
        out,
        "    {} is {}: {} of {} {} in time",
        text("promise_id"),
        text("verdict"),
        text("attributed"),
        text("amount"),
        text("currency"),
    )
    .unwrap();
    if text("late_paid").contains(|digit: char| ('1'..='9').contains(&digit)) {
        write!(out, ", {} late", text("late_paid")).unwrap();
    }
    if let Some(at) = verdict["verdict_at"].as_str() {
        write!(out, "; at {at}").unwrap();
    }
    if let Some(by) = verdict["superseded_by"].as_str() {
        write!(out, "; superseded by {by}").unwrap();
    }
    if verdict["override"] == true {
        out.push_str("; by the system of record");
    }
    writeln!(out, "; level {}, revision {}", number("level"), number("revision")).unwrap();
}

fn write_shown(out: &mut String, engine: &mut Engine, show: &Show) {
    let topic = match show.of {
        Shown::Rows | Shown::Comparisons => OutputTopic::Kpis,
        Shown::Closed => OutputTopic::Closed,
    };
    for output in records(engine, topic) {
        let record: Value = serde_json::from_str(&output.value).unwrap();
        let scopes: Vec<&String> = record["scope"].as_object().unwrap().keys().collect();
        let mut asked: Vec<&String> = show.scopes.iter().collect();
        asked.sort();
        let compares = record.get("previous").is_some();
        if scopes != asked
            || record["window"] != show.window.name()
            || compares != (show.of == Shown::Comparisons)
        {
            continue;
        }
        if !compares {
            write_side(out, &output.key, &record, &show.kpis);
            continue;
        }
        for side in ["full", "same_point", "current"] {
            let found = &record["previous"][side];
            if !found.is_null() {
                write_side(out, &format!("{} {side}", output.key), found, &show.kpis);
            }
        }
    }
}

fn write_side(out: &mut String, name: &str, side: &Value, asked: &[String]) {
    let time = |field: &str| side[field].as_str().unwrap();
    writeln!(out, "    {name}: {} to {}", time("from"), time("to")).unwrap();
    for kpi in CATALOGUE {
        let named = asked.iter().any(|id| id == kpi.id);
        let Some(said) = side["kpis"].get(kpi.id) else { continue };
        if named || (asked.is_empty() && says_something(said)) {
            writeln!(out, "        {} {}", kpi.id, compact(said)).unwrap();
        }
    }
}

/// Whether any number in it is other than zero.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => text.contains(|digit: char| ('1'..='9').contains(&digit)),
        Value::Array(values) => values.iter().any(says_something),
        Value::Object(fields) => fields.values().any(says_something),
    }
}

/// `0.5 = 1/2 (p50 30) {voice: 1 = 3/3}`; that a sample is low is left out.
fn compact(kpi: &Value) -> String {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let fields = kpi.as_object().unwrap();
    let mut parts = Vec::new();
    parts.extend(fields.get("value").map(plain));
    if let (Some(num), Some(den)) = (fields.get("num"), fields.get("den")) {
        parts.push(format!("= {}/{}", plain(num), plain(den)));
    }
    let mut beside = Vec::new();
    for (name, value) in fields {
        match name.as_str() {
            "value" | "num" | "den" | "low_sample" => {}
            "by" => {
                let entries = value.as_object().unwrap().iter();
                let entries: Vec<_> =
                    entries.map(|(key, entry)| format!("{key}: {}", compact(entry))).collect();
                parts.push(format!("{{{}}}", entries.join("; ")));
            }
            _ if value.is_object() => beside.push(format!("{name} {}", compact(value))),
            _ => beside.push(format!("{name} {}", plain(value))),
        }
    }
    if !beside.is_empty() {
        parts.push(format!("({})", beside.join(", ")));
    }
    parts.join(" ")
}
