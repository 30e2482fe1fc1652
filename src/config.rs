//! The configuration: one TOML file, typed and checked once. Nothing else reads the environment.
//!
//! `deploy/config.toml` is the only home of defaults. A user's file is laid over it, then the
//! environment (`DUNLIN__SECTION__KEY`), then the command line's options. A key that does not exist
//! and a value that cannot be are refused, all at once, each with what was expected.

pub mod error;
pub mod layer;
mod nearest;
pub mod properties;
pub mod reader;
pub mod value;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::error::ConfigError;
use self::layer::Raw;
use self::properties::Properties;
use self::reader::{Reader, Unused};
use self::value::WEEKDAYS;
use crate::engine::money::{Currency, Rates};
use crate::engine::settings::{Preset, Settings, Tolerance, ToleranceMethod};
use crate::engine::stamp::GroupingSet;

/// The file with every key, its meaning and its default.
pub const DEFAULTS: &str = include_str!("../deploy/config.toml");

/// The topics that are read only where they are configured.
const OPTIONAL_TOPICS: [&str; 5] = ["accounts", "adjustments", "feedback", "costs", "agents"];

/// The ids of rule sets, and the countries that stand for all of theirs.
const RULE_SETS: [&str; 6] = ["cn", "us", "in", "us-reg-f", "cn-gbt-45251-2025", "cn-cba-2026"];

/// Ten years: more than any number of days that makes sense.
const MANY_DAYS: i64 = 3650;

/// All that a user can choose.
#[derive(Clone, Debug)]
pub struct Config {
    settings: Settings,
    /// `[topics]`
    pub topics: Topics,
    /// `[scopes] sets`, in the order stated.
    pub scopes: Vec<GroupingSet>,
    /// `[kafka]`
    pub kafka: Kafka,
    /// What the user states and nothing uses yet.
    pub unused: Vec<Unused>,
    keys: Vec<String>,
}

/// `[topics]`
#[derive(Clone, Debug)]
pub struct Topics {
    /// Those beside calls, promises and payments, by the names of the file: `accounts`.
    pub configured: Vec<&'static str>,
    /// What the names of all topics begin with.
    pub prefix: String,
    /// Of a topic that is created.
    pub partitions: i32,
    /// Of a topic that is created: at most this many copies.
    pub replication: i32,
}

/// `[kafka]`
#[derive(Clone, Debug)]
pub struct Kafka {
    /// `host:port` of each.
    pub brokers: Vec<String>,
    /// The consumer group.
    pub group_id: String,
    /// How long to try to reach a broker.
    pub connect_timeout: Duration,
    /// Files with secrets, by the property that they hold.
    secrets: Vec<(&'static str, &'static str, PathBuf)>,
    properties: Properties,
}

impl Config {
    /// The configuration of `file`, or the defaults where there is none, under what the environment
    /// and the options of the command line (key, option, value) say.
    pub fn load<'a>(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        options: impl IntoIterator<Item = (&'a str, &'static str, &'a str)>,
    ) -> Result<Self, ConfigError> {
        let mut layers = vec![layer::from_toml(DEFAULTS, None)?];
        if let Some(path) = file {
            let text = fs::read_to_string(path)
                .map_err(|source| ConfigError::Unreadable { path: path.to_path_buf(), source })?;
            layers.push(layer::from_toml(&text, Some(path))?);
        }
        layers.push(layer::from_environment(environment));
        layers.push(layer::from_options(options));
        Self::read(Reader::new(layers))
    }

    /// What the engine is told, by a process that started at `started_s` seconds since 1970.
    pub fn settings(&self, started_s: i64) -> Settings {
        Settings { started_s, ..self.settings.clone() }
    }

    /// The keys that there are, as `section.key`; `section.*` where the keys are the user's.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    fn read(mut reader: Reader) -> Result<Self, ConfigError> {
        let read = &mut reader;
        let settings = settings(read);
        let topics = Topics::read(read);
        let scopes = read.value("scopes.sets", value::grouping_sets);
        let kafka = Kafka::read(read);
        unused(read);
        let (keys, unused) = reader.finish().map_err(ConfigError::Faults)?;
        Ok(Self { settings, topics, scopes, kafka, unused, keys })
    }
}

fn settings(read: &mut Reader) -> Settings {
    let days = || value::whole(0..=MANY_DAYS);
    let percent =
        value::decimal(2, "a percentage in quotes, from \"0\" to below \"100\"", |micros| {
            0 <= micros
        });
    let timezone = read.value("reporting.timezone", value::zone);
    let currency = read.value("reporting.currency", value::currency);
    Settings {
        timezone,
        rates: rates(read, currency),
        week_start: small(read.value("reporting.week_start", value::one_of(&WEEKDAYS))),
        quarter_start_month: small(
            read.value("reporting.quarter_start_month", value::whole(1..=12)),
        ),
        low_sample: read.value("reporting.low_sample", value::whole(0..=1_000_000_000)).into(),
        buckets: [Preset::Cn, Preset::Us, Preset::B2b]
            [read.value("buckets.preset", value::one_of(&["cn", "us", "b2b"]))],
        grace_days: read.value("promises.grace_days", days()),
        tolerance: Tolerance {
            method: [ToleranceMethod::None, ToleranceMethod::Min, ToleranceMethod::Max]
                [read.value("promises.tolerance.method", value::one_of(&["none", "min", "max"]))],
            percent: read.optional("promises.tolerance.percent", |raw| percent(raw).map(small)),
            amount: read.optional("promises.tolerance.amount", amount()),
        },
        one_active_per_account: read.value("promises.one_active_per_account", value::flag),
        reversal_days: read.value("promises.reversal_days", days()),
        at_risk_hour: read.value("promises.at_risk_hour", value::whole(0..=23)),
        at_risk_days: read.value("promises.at_risk_days", days()),
        attribution_days: read.value("attribution.window_days", days()),
        max_contact_s: read.value("contacts.max_contact_s", value::whole(0..=1_000_000_000)),
        correction_days: read.optional("horizons.correction_days", value::whole(1..=MANY_DAYS)),
        call_hours: read.optional("horizons.call_hours", value::whole(1..=24 * MANY_DAYS)),
        started_s: 0,
    }
}

fn rates(read: &mut Reader, reporting: Currency) -> Rates {
    let rate = value::decimal(
        6,
        "a rate above zero in quotes such as \"7.10\", with at most 6 digits before and 6 after the point",
        |micros| 0 < micros,
    );
    let rates = read.map("rates", |name, raw| {
        let currency = Currency::parse(name)
            .ok_or_else(|| "three capital letters as the name of a rate".to_owned())?;
        if currency == reporting {
            return Err(format!("no rate of {currency}: it is the reporting currency"));
        }
        rate(raw).map(|micros| (currency, micros))
    });
    Rates::new(reporting, rates.into_values().collect())
}

impl Topics {
    fn read(read: &mut Reader) -> Self {
        let configured =
            read.value("topics.configured", value::list(value::one_of(&OPTIONAL_TOPICS)));
        Self {
            configured: configured.into_iter().map(|place| OPTIONAL_TOPICS[place]).collect(),
            prefix: read.value("topics.prefix", topic_prefix),
            partitions: small(read.value("topics.partitions", value::whole(1..=10_000))),
            replication: small(read.value("topics.replication", value::whole(1..=100))),
        }
    }
}

/// What Kafka allows in the name of a topic.
fn topic_prefix(raw: &Raw) -> reader::Parsed<String> {
    const EXPECTED: &str = "at most 100 letters, digits, dots, underscores and hyphens";
    let prefix = value::text(EXPECTED)(raw)?;
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    if prefix.len() <= 100 && prefix.chars().all(fits) {
        Ok(prefix)
    } else {
        Err(EXPECTED.to_owned())
    }
}

impl Kafka {
    fn read(read: &mut Reader) -> Self {
        let file = || value::text("the path of a file");
        let brokers = read.value("kafka.brokers", value::brokers);
        let group_id = read.value("kafka.group_id", value::text("a name"));
        let connect_timeout = read.value("kafka.connect_timeout", value::duration);
        let secrets: Vec<_> = [
            ("kafka.sasl_password_file", "sasl.password"),
            ("kafka.ssl_key_password_file", "ssl.key.password"),
        ]
        .into_iter()
        .filter_map(|(key, property)| {
            read.optional(key, file()).map(|path| (key, property, PathBuf::from(path)))
        })
        .collect();
        let properties = read.map("kafka.properties", |name, raw| {
            if let Some((key, ..)) = secrets.iter().find(|(_, property, _)| *property == name) {
                return Err(format!("to be stated once: {key} states it too"));
            }
            let value = property(raw)?;
            match properties::refused(name, &value) {
                Some(expected) => Err(expected.to_owned()),
                None => Ok(value),
            }
        });
        Self { brokers, group_id, connect_timeout, secrets, properties: Properties(properties) }
    }

    /// What a client is created with: the brokers, the secrets from their files, and the
    /// properties that are passed on as they are.
    pub fn client_properties(&self) -> Result<BTreeMap<String, String>, ConfigError> {
        let mut properties = self.properties.0.clone();
        properties.insert("bootstrap.servers".to_owned(), self.brokers.join(","));
        for (key, property, path) in &self.secrets {
            let text = fs::read_to_string(path).map_err(|source| ConfigError::Secret {
                key,
                path: path.clone(),
                source,
            })?;
            let secret = text.lines().next().unwrap_or_default();
            properties.insert((*property).to_owned(), secret.to_owned());
        }
        Ok(properties)
    }
}

/// A property of librdkafka: text, a number, or true or false.
fn property(raw: &Raw) -> reader::Parsed<String> {
    match raw {
        Raw::Text(text) | Raw::Bare(text) | Raw::Number(text) => Ok(text.clone()),
        Raw::Flag(flag) => Ok(flag.to_string()),
        Raw::Time(_) | Raw::List(_) | Raw::Table => {
            Err("a text, a number, or true or false".to_owned())
        }
    }
}

/// The keys that nothing uses yet: their shape is checked, so that a file written today is right
/// on the day that something does.
fn unused(read: &mut Reader) {
    read.unused("contacts.agent_state_hours", value::whole(1..=24 * MANY_DAYS));
    read.unused("http.listen", value::address);
    read.unused("shift.days", value::list(value::one_of(&WEEKDAYS)));
    read.unused("shift.hours", value::hours);
    read.unused("clock.start", value::time);
    read.unused("clock.speed", value::decimal(6, "a number above zero", |micros| 0 < micros));
    read.unused("names.file", value::text("the path of a file"));
    read.unused(
        "portfolio.annual_rate",
        value::decimal(1, "a fraction in quotes such as \"0.0435\"", |micros| 0 <= micros),
    );
    read.unused("portfolio.amount_bounds", value::ascending(amount()));
    read.unused("portfolio.score_bounds", value::ascending(score()));
    read.unused("compliance.rule_sets", value::list(value::one_of(&RULE_SETS)));
    for table in tables(read, "target") {
        read.unused(&format!("{table}.window"), value::window);
        read.unused(&format!("{table}.scope"), value::text("a scope such as \"bucket=M2\""));
        read.unused(&format!("{table}.value"), goal());
    }
    for table in tables(read, "scorecard") {
        read.unused(&format!("{table}.weight"), goal());
        read.unused(&format!("{table}.target"), goal());
        read.unused(&format!("{table}.cap"), goal());
    }
}

/// The tables of an array, at least one, so that its keys are known also where there is none.
fn tables(read: &mut Reader, section: &str) -> Vec<String> {
    let required: &[&str] = match section {
        "target" => &["kpi", "window", "value"],
        _ => &["kpi", "weight", "target"],
    };
    let tables: Vec<String> =
        (1..=read.tables(section).max(1)).map(|number| format!("{section}.{number}")).collect();
    for table in &tables {
        for key in required {
            read.required(table, key);
        }
        read.unused(&format!("{table}.kpi"), value::text("the id of a KPI"));
        read.unused(&format!("{table}.lower_is_better"), value::flag);
    }
    tables
}

fn amount() -> impl Fn(&Raw) -> reader::Parsed<i128> {
    value::decimal(12, "an amount in quotes such as \"1.00\"", |micros| 0 <= micros)
}

fn score() -> impl Fn(&Raw) -> reader::Parsed<i128> {
    value::decimal(12, "a number", |_| true)
}

fn goal() -> impl Fn(&Raw) -> reader::Parsed<i128> {
    value::decimal(12, "a number above zero such as \"0.95\"", |micros| 0 < micros)
}

/// A number whose range was checked.
fn small<T: TryInto<S>, S>(number: T) -> S {
    number.try_into().ok().expect("the range of the key is within its type")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let environment = environment.iter().map(|&(name, value)| (name.into(), value.into()));
        Config::load(None, environment, [])
    }

    /// As a user reads it.
    fn words(error: ConfigError) -> String {
        format!("{:#}", anyhow::Error::from(error))
    }

    fn refused(environment: &[(&str, &str)]) -> String {
        words(of(environment).unwrap_err())
    }

    #[test]
    fn the_defaults_are_those_of_the_contract() {
        let settings = of(&[]).unwrap().settings(7);
        assert_eq!(settings.timezone, "Asia/Shanghai");
        assert_eq!(settings.rates, Rates::new(Currency(*b"CNY"), BTreeMap::new()));
        assert_eq!((settings.week_start, settings.quarter_start_month), (0, 1));
        assert_eq!((settings.low_sample, settings.grace_days), (20, 0));
        assert_eq!(settings.buckets, Preset::Cn);
        assert_eq!(settings.tolerance.method, ToleranceMethod::None);
        assert!(settings.one_active_per_account);
        assert_eq!((settings.reversal_days, settings.attribution_days), (90, 14));
        assert_eq!((settings.at_risk_hour, settings.at_risk_days), (18, 90));
        assert_eq!(settings.max_contact_s, 14_400);
        assert_eq!((settings.correction_days, settings.call_hours), (None, None));
        assert_eq!(settings.started_s, 7);
    }

    #[test]
    fn a_horizon_is_there_only_where_it_is_stated() {
        let stated = of(&[("DUNLIN__HORIZONS__CALL_HOURS", "72")]).unwrap().settings(0);
        assert_eq!((stated.call_hours, stated.correction_days), (Some(72), None));
    }

    #[test]
    fn the_environment_names_a_key_in_capitals() {
        let config = of(&[
            ("DUNLIN__RATES__USD", "7.10"),
            ("DUNLIN__PROMISES__TOLERANCE__METHOD", "max"),
            ("DUNLIN__PROMISES__TOLERANCE__PERCENT", "5"),
            ("DUNLIN__SCOPES__SETS", "portfolio team,bucket"),
            ("DUNLIN__TOPICS__CONFIGURED", r#"["accounts", "costs"]"#),
            ("DUNLIN__KAFKA__BROKERS", "one:9092,two:9092"),
            ("DUNLIN__KAFKA__PROPERTIES__SECURITY__PROTOCOL", "ssl"),
            ("DUNLIN_LOG", "debug"),
            ("HOME", "/"),
        ])
        .unwrap();
        let settings = config.settings(0);
        let usd = Currency::parse("USD").unwrap();
        assert_eq!(settings.rates.of(usd), Some(7_100_000));
        assert_eq!(settings.tolerance.method, ToleranceMethod::Max);
        assert_eq!(settings.tolerance.percent, Some(5_000_000));
        assert_eq!(
            config.scopes.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["portfolio", "team,bucket"]
        );
        assert_eq!(config.topics.configured, ["accounts", "costs"]);
        let properties = config.kafka.client_properties().unwrap();
        assert_eq!(properties["bootstrap.servers"], "one:9092,two:9092");
        assert_eq!(properties["security.protocol"], "ssl");
    }

    #[test]
    fn what_the_environment_cannot_say_is_refused() {
        insta::assert_snapshot!(refused(&[("DUNLIN__PROMISES__GRACE_DAY", "2")]), @"environment variable DUNLIN__PROMISES__GRACE_DAY: unknown key promises.grace_day = 2; did you mean promises.grace_days?");
        insta::assert_snapshot!(refused(&[("DUNLIN__PROMISES__GRACE_DAYS", "two")]), @"environment variable DUNLIN__PROMISES__GRACE_DAYS: promises.grace_days = two: expected a whole number from 0 to 3650");
        insta::assert_snapshot!(refused(&[("DUNLIN__COLOUR", "red")]), @"environment variable DUNLIN__COLOUR: unknown key colour = red");
        insta::assert_snapshot!(refused(&[("DUNLIN__RATES__CNY", "1")]), @"environment variable DUNLIN__RATES__CNY: rates.CNY = 1: expected no rate of CNY: it is the reporting currency");
        insta::assert_snapshot!(refused(&[
            ("DUNLIN__KAFKA__PASSWORD", "never shown"),
            ("DUNLIN__REPORTING__LOW_SAMPLE", "-1"),
        ]), @r"
        2 keys of the configuration are wrong:
          environment variable DUNLIN__REPORTING__LOW_SAMPLE: reporting.low_sample = -1: expected a whole number from 0 to 1000000000
          environment variable DUNLIN__KAFKA__PASSWORD: unknown key kafka.password = …
        ");
    }

    #[test]
    fn what_nothing_uses_yet_is_noted_where_it_is_stated() {
        let unused = |environment: &[(&str, &str)]| {
            of(environment).unwrap().unused.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert!(unused(&[]).is_empty());
        insta::assert_snapshot!(unused(&[("DUNLIN__HTTP__LISTEN", "127.0.0.1:0")]).join("\n"), @"environment variable DUNLIN__HTTP__LISTEN: http.listen is without effect: nothing uses it yet");
        insta::assert_snapshot!(refused(&[("DUNLIN__HTTP__LISTEN", "everywhere")]), @r#"environment variable DUNLIN__HTTP__LISTEN: http.listen = everywhere: expected an address such as "127.0.0.1:8460""#);
    }

    #[test]
    fn a_secret_is_the_first_line_of_its_file_and_never_prints() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        fs::write(&file, "hunter2\n").unwrap();
        let path = file.to_str().unwrap();
        let environment = [
            ("DUNLIN__KAFKA__SASL_PASSWORD_FILE", path),
            ("DUNLIN__KAFKA__PROPERTIES__SSL__KEY__PASSWORD", "hunter3"),
        ];
        let kafka = of(&environment).unwrap().kafka;
        assert_eq!(kafka.client_properties().unwrap()["sasl.password"], "hunter2");
        assert!(!format!("{kafka:?}").contains("hunter"));

        let missing = [("DUNLIN__KAFKA__SASL_PASSWORD_FILE", "/nowhere/password")];
        let error = of(&missing).unwrap().kafka.client_properties().unwrap_err();
        insta::assert_snapshot!(words(error), @"kafka.sasl_password_file: cannot read /nowhere/password: No such file or directory (os error 2)");

        let twice = [environment[0], ("DUNLIN__KAFKA__PROPERTIES__SASL__PASSWORD", "hunter2")];
        insta::assert_snapshot!(refused(&twice), @"environment variable DUNLIN__KAFKA__PROPERTIES__SASL__PASSWORD: kafka.properties.sasl.password = …: expected to be stated once: kafka.sasl_password_file states it too");
    }
}
