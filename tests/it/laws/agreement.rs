//! Whether two sets of records say the same, and where they do not.
//!
//! Money is the same text, a number the same number; quantiles are within 1 %; moments are the same
//! instant, the end of a window within a millisecond. Rows and entries in which nothing happened
//! may be left out, and so may the verdict of a promise that was never judged.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};

/// What differs, one a line.
#[derive(Default)]
pub struct Differences(Vec<String>);

impl fmt::Display for Differences {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{} differences:", self.0.len())?;
        self.0.iter().take(12).try_for_each(|line| writeln!(out, "  {line}"))
    }
}

/// Fields of a verdict that are determined by the set of events.
const VERDICT: [&str; 17] = [
    "promise_id",
    "account_id",
    "verdict",
    "level",
    "amount",
    "attributed",
    "late_paid",
    "currency",
    "agent_id",
    "team_id",
    "bucket",
    "made_at",
    "due_date",
    "deadline",
    "verdict_at",
    "superseded_by",
    "override",
];

impl Differences {
    pub fn none(&self) -> bool {
        self.0.is_empty()
    }

    /// Rows of scopes and windows.
    pub fn rows(&mut self, what: &str, mine: &[Value], theirs: &[Value]) {
        let (mine, theirs) = (by_key(mine), by_key(theirs));
        for key in keys(&mine, &theirs) {
            let name = format!("{what} {key}");
            match (mine.get(key), theirs.get(key)) {
                (Some(a), Some(b)) => {
                    for field in ["from", "to", "as_of", "currency"] {
                        self.field(&format!("{name} {field}"), field, &a[field], &b[field]);
                    }
                    self.kpis(&name, &a["kpis"], &b["kpis"]);
                }
                (Some(one), None) | (None, Some(one)) => {
                    if !is_empty(&one["kpis"]) {
                        self.one_sided(&name, mine.contains_key(key), one);
                    }
                }
                (None, None) => unreachable!("a key of one of them"),
            }
        }
    }

    /// Comparison records of scopes and windows.
    pub fn comparisons(&mut self, mine: &[Value], theirs: &[Value]) {
        let (mine, theirs) = (by_key(mine), by_key(theirs));
        for key in keys(&mine, &theirs) {
            let name = format!("comparison {key}");
            match (mine.get(key), theirs.get(key)) {
                (Some(a), Some(b)) => {
                    for side in ["full", "same_point", "current"] {
                        let name = format!("{name} {side}");
                        let (a, b) = (a["previous"].get(side), b["previous"].get(side));
                        let (Some(Value::Object(a)), Some(Value::Object(b))) = (a, b) else {
                            self.same(&name, &a.cloned().into(), &b.cloned().into());
                            continue;
                        };
                        for field in ["from", "to"] {
                            self.field(&format!("{name} {field}"), field, &a[field], &b[field]);
                        }
                        self.kpis(&name, &a["kpis"], &b["kpis"]);
                    }
                }
                (Some(one), None) | (None, Some(one)) => {
                    let sides = one["previous"].as_object().unwrap().values();
                    if !sides.filter_map(|side| side.get("kpis")).all(is_empty) {
                        self.one_sided(&name, mine.contains_key(key), one);
                    }
                }
                (None, None) => unreachable!("a key of one of them"),
            }
        }
    }

    /// The last verdict of each promise, and the oracle's of all.
    pub fn last_verdicts(&mut self, mine: &BTreeMap<String, Value>, theirs: &[Value]) {
        let was_judged = |verdict: &&Value| !verdict["revision"].is_null();
        let theirs = by_promise(theirs.iter().filter(was_judged));
        let mine = by_promise(mine.values());
        for key in keys(&mine, &theirs) {
            let name = format!("verdict {key}");
            match (mine.get(key), theirs.get(key)) {
                (Some(a), Some(b)) => {
                    self.verdict(&name, a, b);
                    self.field(&format!("{name} revision"), "", &a["revision"], &b["revision"]);
                }
                (a, b) => self.one_sided(&name, a.is_some(), a.or(b).unwrap()),
            }
        }
    }

    /// The last verdict of each promise in two orders: one that is active may be unsaid.
    pub fn verdicts(&mut self, mine: &BTreeMap<String, Value>, theirs: &BTreeMap<String, Value>) {
        for key in keys(mine, theirs) {
            let name = format!("verdict {key}");
            match (mine.get(key), theirs.get(key)) {
                (Some(a), Some(b)) => self.verdict(&name, a, b),
                (Some(one), None) | (None, Some(one)) if one["verdict"] == "active" => {}
                (a, b) => self.one_sided(&name, a.is_some(), a.or(b).unwrap()),
            }
        }
    }

    fn verdict(&mut self, name: &str, mine: &Value, theirs: &Value) {
        for field in VERDICT {
            self.field(&format!("{name} {field}"), field, &mine[field], &theirs[field]);
        }
    }

    /// Rejected records by their place, and the reasons.
    pub fn rejections(&mut self, mine: &[(usize, &str)], theirs: &[Value]) {
        let theirs = theirs.iter().map(|letter| {
            let line = usize::try_from(letter["line"].as_u64().unwrap()).unwrap();
            (line - 1, letter["reason"].as_str().unwrap())
        });
        let theirs: Vec<(usize, &str)> = theirs.collect();
        if mine != theirs {
            self.0.push(format!("rejections: {mine:?}, expected {theirs:?}"));
        }
    }

    /// How many records ended how.
    pub fn counts(&mut self, mine: &BTreeMap<&str, u64>, theirs: &BTreeMap<&str, u64>) {
        if mine != theirs {
            self.0.push(format!("counts: {mine:?}, expected {theirs:?}"));
        }
    }

    fn same(&mut self, name: &str, mine: &Value, theirs: &Value) {
        if mine != theirs {
            self.0.push(format!("{name}: {mine}, expected {theirs}"));
        }
    }

    fn one_sided(&mut self, name: &str, is_mine: bool, record: &Value) {
        let which = if is_mine { "not expected" } else { "missing" };
        self.0.push(format!("{name} {which}: {record}"));
    }

    fn kpis(&mut self, name: &str, mine: &Value, theirs: &Value) {
        let (mine, theirs) = (object(mine), object(theirs));
        for id in keys(mine, theirs) {
            let name = format!("{name} {id}");
            match (mine.get(id), theirs.get(id)) {
                (Some(a), Some(b)) => self.fields(&name, a, b),
                (a, b) => self.same(&name, &a.cloned().into(), &b.cloned().into()),
            }
        }
    }

    /// The fields of a KPI, or of an entry of a mix.
    fn fields(&mut self, name: &str, mine: &Value, theirs: &Value) {
        let (mine, theirs) = (object(mine), object(theirs));
        for field in keys(mine, theirs) {
            let name = format!("{name}.{field}");
            let (a, b) = (mine.get(field), theirs.get(field));
            if a.or(b).is_some_and(Value::is_object) {
                let (a, b) = (a.unwrap_or(&Value::Null), b.unwrap_or(&Value::Null));
                if !(is_empty(a) && is_empty(b)) {
                    self.fields(&name, a, b);
                }
            } else {
                let (a, b) = (a.cloned().unwrap_or_default(), b.cloned().unwrap_or_default());
                self.field(&name, field, &a, &b);
            }
        }
    }

    fn field(&mut self, name: &str, field: &str, mine: &Value, theirs: &Value) {
        let same = match field {
            "from" | "to" | "as_of" | "made_at" | "deadline" | "verdict_at" => {
                let slack = i64::from(field == "to");
                match (instant(mine), instant(theirs)) {
                    (Some(a), Some(b)) => (a - b).abs() <= slack,
                    (a, b) => a == b,
                }
            }
            "p50" | "p95" => match (mine.as_f64(), theirs.as_f64()) {
                (Some(a), Some(b)) => (a - b).abs() <= b.abs() / 100.0,
                (a, b) => a == b,
            },
            "agent_id" | "team_id" | "bucket" => known(mine) == known(theirs),
            _ => mine == theirs,
        };
        if !same {
            self.0.push(format!("{name}: {mine}, expected {theirs}"));
        }
    }
}

/// Nothing happened: zeros, nulls, no entries.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.parse::<f64>().is_ok_and(|number| number == 0.0),
        Value::Array(_) => false,
        Value::Object(fields) => fields.values().all(is_empty),
    }
}

fn by_key(rows: &[Value]) -> BTreeMap<String, &Value> {
    let key = |row: &Value| format!("{}|{}|{}", row["scope"], row["window"], row["from"]);
    rows.iter().map(|row| (key(row), row)).collect()
}

fn by_promise<'a>(verdicts: impl Iterator<Item = &'a Value>) -> BTreeMap<String, &'a Value> {
    let key = |verdict: &Value| format!("{}/{}", verdict["account_id"], verdict["promise_id"]);
    verdicts.map(|verdict| (key(verdict), verdict)).collect()
}

fn keys<'a, V>(
    mine: impl IntoIterator<Item = (&'a String, V)>,
    theirs: impl IntoIterator<Item = (&'a String, V)>,
) -> BTreeSet<&'a String> {
    mine.into_iter().chain(theirs).map(|(key, _)| key).collect()
}

fn object(value: &Value) -> &Map<String, Value> {
    static NOTHING: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    value.as_object().unwrap_or(&NOTHING)
}

fn instant(value: &Value) -> Option<i64> {
    value.as_str().map(|text| text.parse::<Timestamp>().unwrap().as_millisecond())
}

fn known(value: &Value) -> Option<&str> {
    value.as_str().filter(|name| *name != "unknown")
}
