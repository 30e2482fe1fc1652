//! The contract for machines: every record that comes in or goes out is what its schema says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use dunlin::edge::kafka::topics::TOPICS;
use dunlin::engine::catalogue::{CATALOGUE, In, Kpi};
use dunlin::engine::decode::{Decoded, decode, topic_of_type};
use dunlin::engine::formula::{Formula, Per, Sum};
use dunlin::engine::money::{Currency, Rates};
use dunlin::engine::{Effect, Output, OutputTopic};
use jsonschema::{Registry, Validator};
use serde_json::Value;

use super::scenario::{self, Line, apply, records, tick};

/// The types of events that are read.
const TYPES: [&str; 10] = [
    "call.completed",
    "promise.made",
    "promise.cancelled",
    "promise.verdict",
    "payment.posted",
    "payment.reversed",
    "payment.pending",
    "payment.failed",
    "account.snapshot",
    "feed.heartbeat",
];

/// The records that are written, and what follows from them.
const RECORDS: [&str; 5] = ["kpi-row", "comparison", "closed-row", "verdict", "dead-letter"];

/// All schemas by their path without `.json`, compiled.
static SCHEMAS: LazyLock<BTreeMap<String, (Value, Validator)>> = LazyLock::new(|| {
    let files: BTreeMap<String, Value> =
        ["input", "output"].into_iter().flat_map(files_in).collect();
    let mut registry = Registry::new();
    for (name, schema) in &files {
        registry = registry.add(uri(name), schema.clone()).unwrap();
    }
    let registry = registry.prepare().unwrap();
    let compile = |name: &str, schema: &Value| {
        jsonschema::options()
            .offline()
            .with_registry(&registry)
            .with_base_uri(uri(name))
            .should_validate_formats(true)
            .build(schema)
            .unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    files
        .iter()
        .map(|(name, schema)| (name.clone(), (schema.clone(), compile(name, schema))))
        .collect()
});

fn uri(name: &str) -> String {
    format!("https://schemas.invalid/{name}.json")
}

fn files_in(folder: &str) -> Vec<(String, Value)> {
    let entries = fs::read_dir(root().join("schemas").join(folder)).unwrap();
    let read = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        let stem = path.file_name().unwrap().to_str().unwrap().strip_suffix(".json").unwrap();
        (format!("{folder}/{stem}"), serde_json::from_str(&text).unwrap())
    };
    entries.map(|entry| read(&entry.unwrap().path())).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Why a record is not what the schema says.
fn faults(schema: &str, record: &Value) -> Vec<String> {
    let (_, validator) =
        SCHEMAS.get(schema).unwrap_or_else(|| panic!("there is no schema {schema}"));
    // Most are right: why one is not costs more to say.
    if validator.is_valid(record) {
        return Vec::new();
    }
    let faults = validator.iter_errors(record);
    faults.map(|fault| format!("{} at `{}`", fault, fault.instance_path())).collect()
}

#[track_caller]
fn is_right(schema: &str, record: &Value) {
    let faults = faults(schema, record);
    assert!(faults.is_empty(), "{record}\nis no {schema}: {faults:#?}");
}

fn schema_of(output: &Output, record: &Value) -> &'static str {
    match output.topic {
        OutputTopic::Kpis if record.get("previous").is_some() => "output/comparison",
        OutputTopic::Kpis => "output/kpi-row",
        OutputTopic::Closed => "output/closed-row",
        OutputTopic::Verdicts => "output/verdict",
    }
}

fn rates() -> Rates {
    Rates::new(Currency(*b"CNY"), BTreeMap::new())
}

/// The event object, with its type in it, wherever that stands.
fn inside(record: &Value) -> Value {
    match record.get("data") {
        Some(data) if record.get("specversion").is_some() => {
            let mut data = data.clone();
            let name = record["type"].clone();
            data.as_object_mut().unwrap().entry("type").or_insert(name);
            data
        }
        Some(_) | None => record.clone(),
    }
}

#[test]
fn there_is_a_schema_for_everything_that_is_read_and_written() {
    let mut names: BTreeSet<String> = BTreeSet::from(["input/event".into(), "output/kpis".into()]);
    names.extend(TYPES.map(|name| format!("input/{name}")));
    names.extend(RECORDS.map(|name| format!("output/{name}")));
    assert_eq!(SCHEMAS.keys().cloned().collect::<BTreeSet<_>>(), names);
    for (name, (schema, _)) in SCHEMAS.iter() {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert!(schema["title"].is_string() && schema["description"].is_string(), "{name}");
        assert!(jsonschema::meta::is_valid(schema), "{name} is no schema");
    }
}

#[test]
fn the_examples_in_the_schemas_are_right() {
    for (name, (schema, _)) in SCHEMAS.iter() {
        let examples = schema.get("examples").and_then(Value::as_array);
        if name.starts_with("input/") && name != "input/event" {
            assert!(examples.is_some(), "{name} has no example");
        }
        for example in examples.into_iter().flatten() {
            is_right(name, example);
            if name.starts_with("input/") {
                decodes(example);
            }
        }
    }
}

/// Every field of every object has a description.
#[test]
fn every_field_is_described() {
    fn look(name: &str, schema: &Value) {
        let Some(object) = schema.as_object() else { return };
        for (field, about) in
            object.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            let plain = about.get("$ref").is_some() || about.get("const").is_some();
            assert!(plain || about.get("description").is_some(), "{name}: {field}");
        }
        object
            .get("properties")
            .into_iter()
            .flat_map(|of| of.as_object().unwrap().values())
            .for_each(|about| look(name, about));
    }
    for (name, (schema, _)) in SCHEMAS.iter().filter(|(name, _)| *name != "output/kpis") {
        look(name, schema);
    }
}

fn decodes(event: &Value) {
    let json = event.to_string();
    match decode(Some(json.as_bytes()), None, &rates()) {
        Decoded::Event(_) => {}
        other @ (Decoded::Skipped | Decoded::Rejected(_)) => panic!("{json}: {other:?}"),
    }
}

/// Every `json` example in the reference is a record of the contract, and every type has one.
#[test]
fn the_examples_in_the_reference_are_right() {
    let text = fs::read_to_string(root().join("docs/EVENTS.md")).unwrap();
    let mut types = BTreeSet::new();
    for block in text.split("```json\n").skip(1) {
        let (block, _) = block.split_once("```").unwrap();
        for line in block.lines() {
            let record: Value = serde_json::from_str(line).unwrap();
            if record.get("type").is_some() {
                decodes(&record);
                let event = inside(&record);
                let name = event["type"].as_str().unwrap().to_owned();
                is_right(&format!("input/{name}"), &event);
                types.insert(name);
            } else if record.get("promise_id").is_some() {
                is_right("output/verdict", &record);
            } else if record.get("reason").is_some() {
                is_right("output/dead-letter", &record);
            } else {
                is_right("output/kpi-row", &record);
            }
        }
    }
    assert_eq!(types, TYPES.map(str::to_owned).into());
}

/// The schemas accept what the decoder accepts, and refuse what it refuses, where a schema can.
#[test]
fn schemas_and_decoder_agree_on_the_events_of_all_scenarios() {
    let mut refused = 0;
    for (path, scenario) in scenario::all() {
        let rates = scenario.config().settings(0).rates;
        for line in scenario.events() {
            let Ok(record) = serde_json::from_str::<Value>(line) else { continue };
            let event = inside(&record);
            let name = event["type"].as_str().unwrap_or("event");
            let schema = if TYPES.contains(&name) { name } else { "event" };
            let faults = faults(&format!("input/{schema}"), &event);
            match decode(Some(line.as_bytes()), None, &rates) {
                Decoded::Event(_) => assert!(faults.is_empty(), "{line}: {faults:#?}"),
                Decoded::Skipped => {}
                Decoded::Rejected(rejection) => {
                    let beyond_schemas = ["no_rate"].contains(&rejection.reason.as_str())
                        || ["given twice", "the same amount"]
                            .iter()
                            .any(|words| rejection.detail.contains(words));
                    assert!(
                        beyond_schemas || !faults.is_empty(),
                        "{}: {line} is refused ({}), and no schema says so",
                        path.display(),
                        rejection.detail
                    );
                    refused += u32::from(!beyond_schemas);
                }
            }
        }
    }
    assert!(10 <= refused, "the scenarios refuse too little to say anything");
}

/// A used field with each of many values: the schema and the decoder say the same. What schemas
/// cannot tell apart is left out: for them 1e3 is an integer, as 1000 is.
#[test]
fn schemas_and_decoder_agree_field_by_field() {
    let values: Vec<Value> = serde_json::from_str(
        r#"[null, "", " ", "x", true, false, 0, 1, -1, 1.5, 99.5, 100, 4000, 100000000000.5, 1000000000000.5,
            1.5e300, [], {},
            "0", "0.0", "00.10", "-1", "1.", ".5", "1.1234567", "123456789012.123456", "1234567890123",
            "2026-11-20", "2026-02-30", "1899-12-31", "3000-01-01", "2026-11-20T09:14:31Z",
            "2026-11-20T09:14:60Z", "2026-11-20t09:14:31.5+08:00", "2026-11-20T09:14:31",
            "2026-11-20 09:14:31-03:30", "18:30", "24:00", "8:30", "CNY", "cny", "YUAN", "right_party",
            "kept", "inbound", [null, "", "d-1"], [7], [{"due_date":"2026-11-20","amount":"5"}],
            [{"due_date":"2026-11-20"}], [{"amount":"5"}], [{"due_date":"2026-11-20","amount_minor":5}],
            {"principal":"5"}, {"principal":true}, 9223372036854775807, 1795573200000, 32503680000000]"#,
    )
    .unwrap();
    let long = Value::from("y".repeat(257));
    let mut disagree = Vec::new();
    for name in TYPES {
        let (schema, _) = &SCHEMAS[&format!("input/{name}")];
        let (event, _) = &SCHEMAS["input/event"];
        let example = &schema["examples"][0];
        let own = schema["properties"].as_object().unwrap();
        let common = event["properties"].as_object().unwrap();
        for field in own.keys().chain(common.keys()).filter(|field| *field != "type") {
            for value in values.iter().chain([&long]) {
                let mut event = example.clone();
                // Stating an amount twice is another question.
                if field == "amount_minor" {
                    event.as_object_mut().unwrap().remove("amount");
                }
                event[field.as_str()] = value.clone();
                let json = event.to_string();
                let accepted = match decode(Some(json.as_bytes()), None, &rates()) {
                    Decoded::Event(_) => true,
                    Decoded::Skipped => false,
                    // Whether there is a rate is no question of form.
                    Decoded::Rejected(rejection) => rejection.reason.as_str() == "no_rate",
                };
                if accepted != faults(&format!("input/{name}"), &event).is_empty() {
                    disagree.push(format!("{name}.{field} = {value}: accepted: {accepted}"));
                }
            }
        }
    }
    disagree.dedup();
    assert!(disagree.is_empty(), "{}", disagree.join("\n"));
}

/// Every record that comes of any scenario, in every default scope and window.
#[test]
fn everything_that_scenarios_write_is_right() {
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for (_, scenario) in scenario::all() {
        let mut engine = scenario.engine(scenario.config().scopes);
        let mut outputs = Vec::new();
        for (text, line) in &scenario.lines {
            let effects = match line {
                Line::Event => apply(&mut engine, text),
                Line::Clock(now) => tick(&mut engine, *now),
                Line::Said | Line::Show(_) | Line::Wire | Line::Bytes(_) => Vec::new(),
            };
            for effect in effects {
                match effect {
                    Effect::Publish(output) => outputs.push(output),
                    Effect::Reject(_) => {}
                }
            }
        }
        outputs.extend(records(&mut engine, OutputTopic::Kpis));
        outputs.extend(records(&mut engine, OutputTopic::Closed));
        for output in outputs.iter().filter(|output| !output.value.is_empty()) {
            let record: Value = serde_json::from_str(&output.value).unwrap();
            let schema = schema_of(output, &record);
            is_right(schema, &record);
            *seen.entry(schema).or_default() += 1;
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}

/// What is not there yet, or no longer, is found.
#[test]
fn a_row_that_drifts_is_refused() {
    let right = &SCHEMAS["output/kpi-row"].0["examples"][0];
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut row = right.clone();
        change(&mut row);
        !faults("output/kpi-row", &row).is_empty()
    };
    assert!(changed(&|row| row["colour"] = "green".into()));
    assert!(changed(&|row| row["kpis"]["promises_hidden"] = row["kpis"]["promises_open"].clone()));
    assert!(changed(&|row| row["kpis"]["promises_open"]["amount"] = 900.into()));
    assert!(changed(&|row| row["window"] = "1h".into()));
    assert!(changed(&|row| row["scope"] = serde_json::json!({"colour": "green"})));
    assert!(changed(&|row| {
        row["kpis"].as_object_mut().unwrap().remove("promises_open");
    }));
}

/// Every reference of the `AsyncAPI` document leads somewhere, every type stands on its topic, and the
/// settings of topics are those of the reference, and those with which they are created.
#[test]
fn the_asyncapi_document_agrees_with_the_reference() {
    let text = fs::read_to_string(root().join("schemas/asyncapi.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["asyncapi"], "3.0.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let mut files = BTreeSet::new();
    references(&document, &mut |target| match target.strip_prefix('#') {
        Some(pointer) => assert!(document.pointer(pointer).is_some(), "{target} leads nowhere"),
        None => {
            files.insert(target.strip_suffix(".json").unwrap().to_owned());
        }
    });
    let records = TYPES.map(|name| format!("input/{name}")).into_iter();
    let records = records.chain(RECORDS.map(|name| format!("output/{name}")));
    assert_eq!(files, records.collect());

    let reference = fs::read_to_string(root().join("docs/EVENTS.md")).unwrap();
    let (_, table) = reference.split_once("\n## Topics\n").unwrap();
    let mut written = BTreeMap::new();
    for row in table.lines().filter(|line| line.starts_with("| `collections.")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let mut settings = BTreeMap::from([("cleanup.policy".to_owned(), cells[2].to_owned())]);
        for setting in cells[3].split(", ") {
            let (name, value) = setting.trim_start_matches('`').split_once("` ").unwrap();
            let value = value.split(' ').next().unwrap();
            settings.insert(name.to_owned(), value.to_owned());
        }
        written.insert(cells[1].trim_matches('`').to_owned(), settings);
    }
    let mut described = BTreeMap::new();
    for (name, channel) in document["channels"].as_object().unwrap() {
        let address = channel["address"].as_str().unwrap();
        let kafka = &channel["bindings"]["kafka"];
        assert_eq!(kafka["topic"], address);
        assert_eq!(address, format!("collections.{name}"));
        assert_eq!((&kafka["partitions"], &kafka["replicas"]), (&12.into(), &3.into()));
        let settings = kafka["topicConfiguration"].as_object().unwrap().iter();
        let settings = settings.map(|(name, value)| {
            let policy = value.as_array().map(|values| values[0].as_str().unwrap().to_owned());
            let value = policy.unwrap_or_else(|| value.to_string());
            (name.clone(), value)
        });
        described.insert(address.to_owned(), settings.collect::<BTreeMap<_, _>>());
        for message in channel["messages"].as_object().unwrap().keys() {
            if TYPES.contains(&message.as_str()) && message != "feed.heartbeat" {
                assert_eq!(topic_of_type(message), Some(address), "{message}");
            }
        }
    }
    assert_eq!(described, written);
    for (address, settings) in described {
        let created = TOPICS.iter().find(|topic| address == format!("collections.{}", topic.name));
        let created = created.unwrap_or_else(|| panic!("nobody creates {address}"));
        let created = created.settings.iter().map(|&(name, value)| (name.into(), value.into()));
        assert_eq!(settings, created.collect::<BTreeMap<String, String>>(), "{address}");
    }
}

fn references(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(fields) => {
            if let Some(target) = fields.get("$ref") {
                found(target.as_str().unwrap());
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// `schemas/output/kpis.json`, from the catalogue.
pub(crate) fn kpis() -> String {
    let mut out = String::from(
        "{
  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",
  \"title\": \"KPIs\",
  \"description\": \"What stands under `kpis` in rows, by the kind of window, and what the other records share. Written from the catalogue by `just docs`; do not edit it here.\",
  \"$defs\": {
    \"count\": {\"type\": \"integer\"},
    \"money\": {\"type\": \"string\", \"pattern\": \"^-?\\\\d+(\\\\.\\\\d+)?$\"},
    \"number\": {\"type\": [\"number\", \"null\"]},
    \"amount\": {\"type\": [\"string\", \"null\"], \"pattern\": \"^-?\\\\d+(\\\\.\\\\d+)?$\"},
    \"seconds\": {\"type\": [\"integer\", \"null\"]},
    \"time\": {\"type\": \"string\", \"pattern\": \"^\\\\d{4}-\\\\d\\\\d-\\\\d\\\\dT\\\\d\\\\d:\\\\d\\\\d:\\\\d\\\\d(\\\\.\\\\d{3})?[+-]\\\\d\\\\d:\\\\d\\\\d$\"},
    \"date\": {\"type\": \"string\", \"format\": \"date\"},
    \"version\": {\"type\": \"integer\", \"minimum\": 0},
    \"currency\": {\"type\": \"string\", \"pattern\": \"^[A-Z]{3}$\"},
",
    );
    let kinds = [("now", In::Now), ("rolling", In::RollingAndCalendar), ("calendar", In::Calendar)];
    for (name, kind) in kinds {
        let has = |kpi: &&Kpi| match kpi.windows {
            In::Now => kind == In::Now,
            In::Calendar => kind == In::Calendar,
            In::RollingAndCalendar => kind != In::Now,
        };
        let list = |kpis: Vec<String>| kpis.join(", ");
        let ids = CATALOGUE.iter().filter(has);
        let properties =
            ids.clone().map(|kpi| format!("\"{0}\": {{\"$ref\": \"#/$defs/{0}\"}}", kpi.id));
        let required = ids.filter(|kpi| is_everywhere(kpi)).map(|kpi| format!("\"{}\"", kpi.id));
        writeln!(
            out,
            "    \"{name}\": {{\"type\": \"object\", \"additionalProperties\": false, \"required\": [{}], \"properties\": {{{}}}}},",
            list(required.collect()),
            list(properties.collect()),
        )
        .unwrap();
    }
    let defined: Vec<String> = CATALOGUE.iter().map(definition).collect();
    out.push_str(&defined.join(",\n"));
    out.push_str("\n  }\n}\n");
    let parsed: Value = serde_json::from_str(&out).unwrap();
    let names = parsed["$defs"].as_object().unwrap().len();
    assert_eq!(names, 9 + kinds.len() + CATALOGUE.len(), "a KPI is called like something else");
    out
}

/// Whether every scope has it: a quarter by agent has no distinct accounts, and few scopes have notices.
fn is_everywhere(kpi: &Kpi) -> bool {
    match kpi.formula {
        Formula::Sum { of, .. } => !is_distinct(of),
        Formula::Quotient { num, den, .. } => !is_distinct(num) && !is_distinct(den),
        Formula::Notices => false,
        Formula::HandleTime | Formula::Mix { .. } | Formula::State { .. } => true,
    }
}

fn is_distinct(sum: Sum) -> bool {
    matches!(sum, Sum::Distinct(_))
}

fn sum_shape(sum: Sum) -> &'static str {
    match sum {
        Sum::One(measure) | Sum::Both(measure, _) | Sum::Less(measure, _) if measure.is_money() => {
            "money"
        }
        Sum::One(_) | Sum::Both(..) | Sum::Less(..) | Sum::Distinct(_) => "count",
    }
}

fn definition(kpi: &Kpi) -> String {
    let mut fields: Vec<(&str, String)> = Vec::new();
    let mut optional = Vec::new();
    let shape = |name: &str| format!("{{\"$ref\": \"#/$defs/{name}\"}}");
    let low = "{\"const\": true}".to_owned();
    match kpi.formula {
        Formula::Sum { of, beside } => {
            fields.push(("value", shape(sum_shape(of))));
            fields.extend(beside.iter().map(|&(name, sum)| (name, shape(sum_shape(sum)))));
        }
        Formula::Quotient { num, den, per } => {
            let is_money = sum_shape(num) == "money" && per != Per::Amount;
            fields.push(("value", shape(if is_money { "amount" } else { "number" })));
            fields.push(("num", shape(sum_shape(num))));
            fields.push(("den", shape(sum_shape(den))));
            if per == Per::Count {
                optional.push(("low_sample", low));
            }
        }
        Formula::HandleTime => {
            fields.extend([("value", "number"), ("num", "count"), ("den", "count")].map(named));
            fields.extend([("p50", "seconds"), ("p95", "seconds")].map(named));
            optional.push(("low_sample", low));
        }
        Formula::Notices => {
            fields.extend([("value", "number"), ("num", "count"), ("den", "count")].map(named));
            optional.extend([("p95", "seconds"), ("max", "seconds")].map(named));
            optional.push(("low_sample", low));
        }
        Formula::Mix { of, counts, .. } => {
            let part = |sum: &str, more: &str, names: &str| {
                format!(
                    "{{\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"value\", \"num\", \"den\"{names}], \"properties\": {{\"value\": {}, \"num\": {}, \"den\": {}{more}}}}}",
                    shape("number"),
                    shape(sum),
                    shape(sum),
                )
            };
            let sum = sum_shape(Sum::One(of));
            let entry = if counts.is_some() {
                let count = format!(", \"count\": {}", part("count", "", ""));
                part(sum, &count, ", \"count\"")
            } else {
                part(sum, "", "")
            };
            fields.push((
                "by",
                format!("{{\"type\": \"object\", \"additionalProperties\": {entry}}}"),
            ));
        }
        Formula::State { .. } => {
            fields.extend(
                [("value", "count"), ("amount", "money"), ("remaining", "money")].map(named),
            );
        }
    }
    let required: Vec<String> = fields.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let all = fields.iter().chain(&optional);
    let properties: Vec<String> = all.map(|(name, shape)| format!("\"{name}\": {shape}")).collect();
    format!(
        "    \"{}\": {{\"title\": {}, \"description\": {}, \"type\": \"object\", \"additionalProperties\": false, \"required\": [{}], \"properties\": {{{}}}}}",
        kpi.id,
        serde_json::to_string(kpi.name).unwrap(),
        serde_json::to_string(kpi.meaning).unwrap(),
        required.join(", "),
        properties.join(", "),
    )
}

fn named((name, shape): (&'static str, &str)) -> (&'static str, String) {
    (name, format!("{{\"$ref\": \"#/$defs/{shape}\"}}"))
}
