//! `dunlin check`: is the configuration right, can Kafka clients be made of it, do the topics fit, and
//! what would `run` do? Nothing is created, read or published.

use std::fmt::{self, Write as _};
use std::io::{self, Write as _};

use super::kafka::client::{self, ClientError, KafkaSettings};
use super::kafka::sink::Sink;
use super::kafka::topics::{
    self, Missing, Report, Role, State, TOPICS, Topic, TopicReport, TopicsError,
};
use crate::cli::CheckArgs;
use crate::config::Config;
use crate::engine::catalogue::{CATALOGUE, Kpi};

/// The topic of account snapshots.
const ACCOUNTS: &str = "accounts";

/// Prints what was found.
///
/// # Errors
/// Lists what is wrong. That no broker answers is said, and is no error: a configuration can be
/// checked where there is none.
pub fn run(config: &Config, args: &CheckArgs) -> anyhow::Result<()> {
    let settings = KafkaSettings::new(config)?;
    // A producer reaches for nobody before it has something to publish.
    drop(client::consumer(&settings)?);
    drop(Sink::open(&settings)?);
    let (_, library) = rdkafka::util::get_rdkafka_version();
    let mut found = Findings::default();
    found.say(format!("configuration: {} is right", args.config.display()));
    found.say(format!("Kafka client: librdkafka {library} takes its settings"));
    let report = found.compare(&settings);
    found.describe_kpis(&settings);
    found.describe_run(config, &settings, report.as_ref());
    // Where nobody reads, the exit code says it.
    let _ = io::stdout().write_all(found.said.as_bytes());
    match &found.wrong[..] {
        [] => Ok(()),
        [one] => anyhow::bail!("{one}"),
        many => anyhow::bail!("{} things are wrong:\n  {}", many.len(), many.join("\n  ")),
    }
}

/// What is to be said, and what of it is wrong.
#[derive(Default)]
struct Findings {
    said: String,
    wrong: Vec<String>,
}

impl Findings {
    fn say(&mut self, line: impl fmt::Display) {
        writeln!(self.said, "{line}").expect("a text takes everything");
    }

    /// Reaches a broker and compares the topics; what it found of them, where there is a broker and
    /// they can be compared.
    fn compare(&mut self, settings: &KafkaSettings) -> Option<Report> {
        match topics::create_or_verify(settings, Missing::Report) {
            Ok(report) => {
                self.say(format!("brokers: {} answers", settings.brokers));
                self.say("\ntopics:");
                for topic in &report.topics {
                    self.describe_topic(topic, settings);
                }
                Some(report)
            }
            Err(TopicsError::Client(error @ ClientError::Unreachable { .. })) => {
                self.say(format!("brokers: NOT REACHED: {error}"));
                self.say("  what can be told without a broker is right; no topic was compared");
                None
            }
            Err(error) => {
                self.wrong.push(error.to_string());
                None
            }
        }
    }

    fn describe_topic(&mut self, report: &TopicReport, settings: &KafkaSettings) {
        let TopicReport { topic, name, state, differences } = report;
        let is_needed = topics::needed(settings).any(|needed| needed == topic.name);
        match (state, is_needed, topic.role) {
            (State::Missing, true, _) => {
                self.wrong.push(format!("topic {name} does not exist: `dunlin topics` creates it"));
                self.say(format!("  {report}"));
            }
            (State::Missing, false, Role::Output) => {
                self.say(format!("  {report}; nothing is published to it yet"));
            }
            (State::Missing, false, Role::ByAccount | Role::ByAgent) => {
                self.say(format!("  {report}, and is not configured"));
            }
            (State::Exists { .. } | State::Created { .. }, ..) => self.say(format!("  {report}")),
        }
        for difference in differences {
            // Times that are short lose what is old; another policy loses what counts.
            if difference.key == "cleanup.policy" {
                self.wrong.push(format!("topic {name}: {difference}"));
                self.say(format!("    wrong: {difference}"));
            } else {
                self.say(format!("    warning: {difference}"));
            }
        }
    }

    fn describe_kpis(&mut self, settings: &KafkaSettings) {
        let is_configured = |topic: &str| {
            topics::ALWAYS.contains(&topic) || settings.configured.iter().any(|name| name == topic)
        };
        let is_there = |kpi: &&Kpi| kpi.needs.iter().all(|topic| is_configured(topic));
        let there = CATALOGUE.iter().filter(is_there).count();
        self.say(format!("\nKPIs: {there} of {}", CATALOGUE.len()));
        let inputs = TOPICS.iter().filter(|topic| topic.role != Role::Output);
        let mut without_effect = Vec::new();
        for topic in inputs.filter(|topic| !is_configured(topic.name)) {
            let needing = CATALOGUE.iter().filter(|kpi| kpi.needs.contains(&topic.name));
            let absent: Vec<&str> = needing.map(|kpi| kpi.id).collect();
            if absent.is_empty() {
                without_effect.push(topic.name);
            } else {
                let (name, absent) = (settings.topic(topic.name), absent.join(", "));
                self.say(format!(
                    "  {name} is not configured: until a record of it is read, absent are {absent}"
                ));
            }
        }
        if !without_effect.is_empty() {
            let names = without_effect.join(", ");
            self.say(format!("  not configured, and no KPI needs them: {names}"));
        }
        if without_effect.contains(&ACCOUNTS) {
            self.say(format!(
                "  without {} no account lends its dimensions, customer and zone",
                settings.topic(ACCOUNTS)
            ));
        }
        self.say("  distinct counts are of accounts: a customer with two of them is counted twice");
    }

    fn describe_run(&mut self, config: &Config, settings: &KafkaSettings, report: Option<&Report>) {
        if !self.wrong.is_empty() {
            return;
        }
        let engine = config.settings(0);
        let is_output = |topic: &Topic| topic.role == Role::Output;
        self.say("\n`dunlin run --to-end` would read, from the beginning to the present end:");
        self.list(settings, report, |topic| !is_output(topic));
        let sets: Vec<String> = config.scopes.iter().map(ToString::to_string).collect();
        self.say(format!("group by: {}", sets.join(" | ")));
        let (currency, zone) = (engine.rates.reporting(), engine.timezone);
        self.say(format!("count money in {currency}, and days, weeks and months in {zone}"));
        self.say("publish every row, comparison, closed row, verdict and dead letter once, to:");
        self.list(settings, report, |topic| is_output(topic));
        self.say(format!("and commit, as group {}, how far it went", settings.group_id));
    }

    /// The topics that `run` uses: those that exist, or where nobody could be asked those it needs.
    fn list(
        &mut self,
        settings: &KafkaSettings,
        report: Option<&Report>,
        of_kind: impl Fn(&Topic) -> bool,
    ) {
        let is_needed = |topic: &Topic| topics::needed(settings).any(|name| name == topic.name);
        for topic in TOPICS.iter().filter(|topic| of_kind(topic)) {
            let found = report.into_iter().flat_map(|report| &report.topics);
            let state = found.map(|found| (found.topic, found.state));
            let partitions =
                state.filter(|(found, _)| *found == topic).find_map(|found| match found.1 {
                    State::Exists { partitions } | State::Created { partitions, .. } => {
                        Some(partitions)
                    }
                    State::Missing => None,
                });
            let name = settings.topic(topic.name);
            match partitions {
                // An input is read wherever it is; an output is written where `run` has something.
                Some(count) if is_needed(topic) || topic.role != Role::Output => {
                    self.say(format!("  {name}, {count} partitions"));
                }
                None if report.is_none() && is_needed(topic) => self.say(format!("  {name}")),
                Some(_) | None => {}
            }
        }
    }
}
