//! The topics: which there are, with which settings they are created, and whether those that exist
//! have them.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::metadata::Metadata;

use super::client::{self, ClientError, KafkaSettings};

/// A topic that dunlin reads or writes.
#[derive(Debug, Eq, PartialEq)]
pub struct Topic {
    /// Without the prefix of the deployment.
    pub name: &'static str,
    /// Who writes it, and by what its records are keyed.
    pub role: Role,
    /// The settings that matter, with the values it is created with.
    pub settings: &'static [(&'static str, &'static str)],
}

/// Who writes a topic, and by what its records are keyed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// Events keyed by account: all these topics have the same number of partitions.
    ByAccount,
    /// Events keyed by agent.
    ByAgent,
    /// What dunlin publishes.
    Output,
}

/// 200 days: a correction of 190 days ago still finds its record.
const INPUT: &[(&str, &str)] = &[("cleanup.policy", "delete"), ("retention.ms", "17280000000")];
/// The latest of each key; a consumer has a day to see that a key went away.
const LATEST: &[(&str, &str)] = &[
    ("cleanup.policy", "compact"),
    ("min.compaction.lag.ms", "60000"),
    ("delete.retention.ms", "86400000"),
];
/// 400 days: a year and its comparison.
const CLOSED: &[(&str, &str)] = &[("cleanup.policy", "delete"), ("retention.ms", "34560000000")];
/// 30 days
const REFUSED: &[(&str, &str)] = &[("cleanup.policy", "delete"), ("retention.ms", "2592000000")];

const fn input(name: &'static str) -> Topic {
    Topic { name, role: Role::ByAccount, settings: INPUT }
}

const fn output(name: &'static str, settings: &'static [(&'static str, &'static str)]) -> Topic {
    Topic { name, role: Role::Output, settings }
}

/// All topics, inputs first.
pub const TOPICS: &[Topic] = &[
    input("calls"),
    input("promises"),
    input("payments"),
    input("accounts"),
    input("adjustments"),
    input("feedback"),
    input("costs"),
    Topic { name: "agents", role: Role::ByAgent, settings: INPUT },
    output("kpis", LATEST),
    output("kpis.closed", CLOSED),
    output("verdicts", LATEST),
    output("compliance", LATEST),
    output(DEAD_LETTERS, REFUSED),
];

/// Where records go that are no events.
pub(super) const DEAD_LETTERS: &str = "dead-letters";

/// Without these inputs there is nothing to say; they count as configured.
pub const ALWAYS: [&str; 3] = [CALLS, "promises", "payments"];
const CALLS: &str = "calls";
/// The outputs that `run` writes to.
const WRITTEN: [&str; 4] = ["kpis", "kpis.closed", "verdicts", DEAD_LETTERS];

/// The topics without which `run` does not begin, by their names without the prefix.
pub fn needed(settings: &KafkaSettings) -> impl Iterator<Item = &str> {
    let configured = settings.configured.iter().map(String::as_str);
    ALWAYS.into_iter().chain(WRITTEN).chain(configured)
}

impl Topic {
    /// The settings that it is created with, and with which it is compared: an input lasts for as
    /// long as a restart needs to read it again.
    fn settings(
        &self,
        settings: &KafkaSettings,
    ) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let horizon = horizon(self, settings);
        self.settings.iter().map(move |&(key, value)| match (key, millis(value), horizon) {
            ("retention.ms", Some(kept), Some(horizon)) => {
                (key, u128::from(kept).max(horizon.as_millis()).to_string())
            }
            _ => (key, value.to_owned()),
        })
    }
}

/// How far back the events of a topic are corrected.
fn horizon(topic: &Topic, settings: &KafkaSettings) -> Option<Duration> {
    match topic.role {
        Role::ByAccount if topic.name == CALLS => Some(settings.call_horizon),
        Role::ByAccount => Some(settings.correction_horizon),
        Role::ByAgent | Role::Output => None,
    }
}

/// Why the topics cannot be used, or could not be created.
#[derive(Debug, thiserror::Error)]
pub enum TopicsError {
    /// No client, or no broker.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// `run` needs the topic.
    #[error("topic `{topic}` does not exist at {brokers}: `dunlin topics` creates it")]
    Missing {
        /// Its name.
        topic: String,
        /// As configured.
        brokers: String,
    },
    /// An account would be spread over several numbers.
    #[error(transparent)]
    Uneven(#[from] Uneven),
    /// The broker did not create it.
    #[error("topic `{topic}` cannot be created at {brokers}: {reason}")]
    NotCreated {
        /// Its name.
        topic: String,
        /// As configured.
        brokers: String,
        /// The broker's word.
        reason: String,
    },
}

/// Topics keyed by account have different numbers of partitions.
#[derive(Debug, thiserror::Error, Eq, PartialEq)]
#[error(
    "topics keyed by account must have equal partition counts, or partition n of one holds other \
     accounts than partition n of the other: {}", counts(.0)
)]
pub struct Uneven(
    /// Each topic keyed by account, with its number of partitions.
    pub Vec<(String, usize)>,
);

fn counts(topics: &[(String, usize)]) -> String {
    let counts: Vec<String> =
        topics.iter().map(|(topic, count)| format!("{topic} has {count}")).collect();
    counts.join(", ")
}

/// The partition counts of our topics that exist, by their names without the prefix.
pub(super) fn existing(
    metadata: &Metadata,
    settings: &KafkaSettings,
) -> BTreeMap<&'static str, usize> {
    let found = |name: &str| metadata.topics().iter().find(|found| found.name() == name);
    let exists = |topic: &Topic| {
        let found = found(&settings.topic(topic.name)).filter(|found| found.error().is_none())?;
        Some((topic.name, found.partitions().len()))
    };
    TOPICS.iter().filter_map(exists).collect()
}

/// The input topics to read, in the order of the table, with their partition counts.
///
/// Those that must exist do, so do the outputs, and the counts are equal; or it says which.
pub(super) fn usable(
    existing: &BTreeMap<&'static str, usize>,
    settings: &KafkaSettings,
) -> Result<Vec<(&'static Topic, usize)>, TopicsError> {
    for name in needed(settings) {
        if !existing.contains_key(name) {
            let (topic, brokers) = (settings.topic(name), settings.brokers.clone());
            return Err(TopicsError::Missing { topic, brokers });
        }
    }
    even(existing, settings)?;
    let inputs = TOPICS.iter().filter(|topic| topic.role != Role::Output);
    Ok(inputs.filter_map(|topic| Some((topic, *existing.get(topic.name)?))).collect())
}

/// The number of partitions that all topics keyed by account have, if any exist.
fn even(
    existing: &BTreeMap<&'static str, usize>,
    settings: &KafkaSettings,
) -> Result<Option<usize>, Uneven> {
    let by_account = TOPICS.iter().filter(|topic| topic.role == Role::ByAccount);
    let found: Vec<(String, usize)> = by_account
        .filter_map(|topic| Some((settings.topic(topic.name), *existing.get(topic.name)?)))
        .collect();
    let Some(&(_, first)) = found.first() else { return Ok(None) };
    if found.iter().all(|(_, count)| *count == first) {
        Ok(Some(first))
    } else {
        Err(Uneven(found))
    }
}

/// What to do about topics that do not exist.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Missing {
    /// Create them.
    Create,
    /// Report them.
    Report,
}

/// What was found, topic by topic.
#[derive(Debug, Eq, PartialEq)]
pub struct Report {
    /// In the order of [`TOPICS`].
    pub topics: Vec<TopicReport>,
}

/// What was found of one topic.
#[derive(Debug, Eq, PartialEq)]
pub struct TopicReport {
    /// Which.
    pub topic: &'static Topic,
    /// Its name on the brokers.
    pub name: String,
    /// Whether it is there.
    pub state: State,
    /// What differs from the settings it would be created with.
    pub differences: Vec<Difference>,
}

/// Whether a topic is there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// It was not, and now is.
    Created {
        /// How many.
        partitions: usize,
        /// On how many brokers each lies.
        replication: usize,
    },
    /// It was.
    Exists {
        /// How many.
        partitions: usize,
    },
    /// It is not.
    Missing,
}

/// A setting that is not as it would be created.
#[derive(Debug, Eq, PartialEq)]
pub struct Difference {
    /// The topic's setting.
    pub key: &'static str,
    /// As the broker has it.
    pub found: String,
    /// As it should be.
    pub expected: String,
    /// What would be lost, where anything would.
    pub loss: Option<String>,
}

impl Report {
    /// Whether every topic is there with the settings it would be created with.
    pub fn is_clean(&self) -> bool {
        self.topics
            .iter()
            .all(|topic| topic.differences.is_empty() && topic.state != State::Missing)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for topic in &self.topics {
            writeln!(f, "{topic}")?;
            for difference in &topic.differences {
                writeln!(f, "  {difference}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for TopicReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, state, differences, .. } = self;
        match state {
            State::Created { partitions, replication } => {
                write!(f, "{name}: created with {partitions} partitions, replication {replication}")
            }
            State::Exists { partitions } if differences.is_empty() => {
                write!(f, "{name}: as it should be, {partitions} partitions")
            }
            State::Exists { partitions } => write!(f, "{name}: differs, {partitions} partitions"),
            State::Missing => write!(f, "{name}: does not exist"),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, found, expected, loss } = self;
        write!(f, "{key} is {}, expected {}", readable(key, found), readable(key, expected))?;
        match loss {
            Some(loss) => write!(f, ": {loss}"),
            None => Ok(()),
        }
    }
}

/// Creates the topics that are missing, and compares those that exist.
///
/// It waits for the brokers on a runtime of its own, and so must not be called from within one.
pub fn create_or_verify(settings: &KafkaSettings, missing: Missing) -> Result<Report, TopicsError> {
    let scout = client::consumer(settings)?;
    let metadata = client::reach(&scout, settings)?;
    let existing = existing(&metadata, settings);
    // New topics follow those that exist, or they would be refused at once.
    let by_account = even(&existing, settings)?.unwrap_or(settings.partitions);
    let partitions = |topic: &Topic| match topic.role {
        Role::ByAccount => by_account,
        Role::ByAgent | Role::Output => settings.partitions,
    };
    let replication = metadata.brokers().len().min(settings.replication_limit).max(1);

    let admin = Admin::new(settings)?;
    let (known, unknown): (Vec<&'static Topic>, Vec<&'static Topic>) =
        TOPICS.iter().partition(|topic| existing.contains_key(topic.name));
    if missing == Missing::Create {
        let new: Vec<_> = unknown.iter().map(|topic| (*topic, partitions(topic))).collect();
        admin.create(&new, replication)?;
    }
    let found = admin.describe(&known)?;

    let topics = TOPICS.iter().map(|topic| {
        let state = match (existing.get(topic.name), missing) {
            (Some(&partitions), _) => State::Exists { partitions },
            (None, Missing::Report) => State::Missing,
            (None, Missing::Create) => {
                State::Created { partitions: partitions(topic), replication }
            }
        };
        let found = found.get(topic.name);
        let differences = found.map_or_else(Vec::new, |found| differences(topic, found, settings));
        TopicReport { topic, name: settings.topic(topic.name), state, differences }
    });
    Ok(Report { topics: topics.collect() })
}

/// The brokers' administration, and how long to wait for it.
struct Admin<'a> {
    settings: &'a KafkaSettings,
    client: AdminClient<DefaultClientContext>,
    runtime: tokio::runtime::Runtime,
    options: AdminOptions,
}

impl<'a> Admin<'a> {
    fn new(settings: &'a KafkaSettings) -> Result<Self, ClientError> {
        let client = client::admin_config(settings)
            .create()
            .map_err(|error| client::not_created(&error, settings))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .map_err(|error| ClientError::Creation(error.to_string()))?;
        let options = AdminOptions::new()
            .request_timeout(Some(settings.reach_timeout))
            .operation_timeout(Some(settings.reach_timeout));
        Ok(Self { settings, client, runtime, options })
    }

    /// Creates topics, each with its number of partitions.
    fn create(
        &self,
        topics: &[(&'static Topic, usize)],
        replication: usize,
    ) -> Result<(), TopicsError> {
        if topics.is_empty() {
            return Ok(());
        }
        let replication = i32::try_from(replication).unwrap_or(i32::MAX);
        let names: Vec<String> =
            topics.iter().map(|(topic, _)| self.settings.topic(topic.name)).collect();
        let values: Vec<Vec<(&'static str, String)>> =
            topics.iter().map(|(topic, _)| topic.settings(self.settings).collect()).collect();
        let new = topics.iter().zip(&names).zip(&values);
        let new = new.map(|(((_, partitions), name), values)| {
            let partitions = i32::try_from(*partitions).unwrap_or(i32::MAX);
            let new = NewTopic::new(name, partitions, TopicReplication::Fixed(replication));
            values.iter().fold(new, |new, (key, value)| new.set(key, value))
        });
        let new: Vec<NewTopic<'_>> = new.collect();
        let results = self
            .runtime
            .block_on(self.client.create_topics(&new, &self.options))
            .map_err(|error| self.failed("creating the topics", client::words(&error)))?;
        for result in results {
            match result {
                // Somebody else was faster.
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((topic, code)) => {
                    let (brokers, reason) =
                        (self.settings.brokers.clone(), client::code_words(code));
                    return Err(TopicsError::NotCreated { topic, brokers, reason });
                }
            }
        }
        Ok(())
    }

    /// The settings that topics have.
    fn describe(
        &self,
        topics: &[&'static Topic],
    ) -> Result<BTreeMap<&'static str, BTreeMap<String, String>>, ClientError> {
        const DOING: &str = "asking for the topics' settings";
        let mut found = BTreeMap::new();
        if topics.is_empty() {
            return Ok(found);
        }
        let names: Vec<String> =
            topics.iter().map(|topic| self.settings.topic(topic.name)).collect();
        let asked: Vec<ResourceSpecifier<'_>> =
            names.iter().map(|name| ResourceSpecifier::Topic(name)).collect();
        let described = self
            .runtime
            .block_on(self.client.describe_configs(&asked, &self.options))
            .map_err(|error| self.failed(DOING, client::words(&error)))?;
        for (topic, described) in topics.iter().zip(described) {
            let described =
                described.map_err(|code| self.failed(DOING, client::code_words(code)))?;
            let entries = described.entries.into_iter();
            let entries = entries.map(|entry| (entry.name, entry.value.unwrap_or_default()));
            found.insert(topic.name, entries.collect());
        }
        Ok(found)
    }

    fn failed(&self, doing: &str, reason: String) -> ClientError {
        let (doing, brokers) = (doing.to_owned(), self.settings.brokers.clone());
        ClientError::Request { doing, brokers, reason }
    }
}

/// What differs: times may be longer, policies must be the same.
fn differences(
    topic: &Topic,
    found: &BTreeMap<String, String>,
    settings: &KafkaSettings,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (key, expected) in topic.settings(settings) {
        let Some(found) = found.get(key) else { continue };
        let differs = match (millis(found), millis(&expected)) {
            (Some(found), Some(expected)) => found < expected,
            _ => *found != expected,
        };
        if differs {
            let loss = loss(topic, key, found, settings);
            differences.push(Difference { key, found: found.clone(), expected, loss });
        }
    }
    let bytes = found.get("retention.bytes").filter(|bytes| *bytes != "-1");
    if let Some(bytes) = bytes.filter(|_| topic.role != Role::Output) {
        let loss = Some("a busy partition drops events whatever their age".to_owned());
        let (found, expected) = (bytes.clone(), "-1".to_owned());
        differences.push(Difference { key: "retention.bytes", found, expected, loss });
    }
    differences
}

/// A number of milliseconds; -1 is for ever.
fn millis(value: &str) -> Option<u64> {
    match value.parse::<i64>() {
        Ok(-1) => Some(u64::MAX),
        Ok(millis) => u64::try_from(millis).ok(),
        Err(_) => None,
    }
}

/// What a setting would cost.
fn loss(topic: &Topic, key: &str, found: &str, settings: &KafkaSettings) -> Option<String> {
    match (topic.role, key) {
        (Role::ByAccount | Role::ByAgent, "cleanup.policy") if found.contains("compact") => {
            Some("compaction keeps only the last event of each account".to_owned())
        }
        (Role::ByAccount, "retention.ms") => {
            let horizon = horizon(topic, settings)?;
            let kept = Duration::from_millis(millis(found)?);
            if kept < horizon {
                Some(format!(
                    "shorter than the horizon of {}; a restart would not know what happened before",
                    days(horizon)
                ))
            } else {
                Some(
                    "a restart counts only what is still there, in the longer windows too"
                        .to_owned(),
                )
            }
        }
        (Role::Output, "cleanup.policy") if !found.contains("compact") => Some(
            "a consumer that starts later would not find the rows that have not changed".to_owned(),
        ),
        (Role::Output, "delete.retention.ms") => {
            Some("a consumer that is away for longer would not see that a key went away".to_owned())
        }
        _ => None,
    }
}

/// `17280000000` as `17280000000 (200 days)` where the key is a time.
fn readable(key: &str, value: &str) -> String {
    let millis = if key.strip_suffix(".ms").is_some() { value.parse::<u64>().ok() } else { None };
    match millis {
        Some(millis) => format!("{value} ({})", days(Duration::from_millis(millis))),
        None => value.to_owned(),
    }
}

fn days(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let unit =
        |count: u64, name: &str| format!("{count} {name}{}", if count == 1 { "" } else { "s" });
    match seconds {
        _ if 86_400 <= seconds && seconds.is_multiple_of(86_400) => unit(seconds / 86_400, "day"),
        _ if 3_600 <= seconds && seconds.is_multiple_of(3_600) => unit(seconds / 3_600, "hour"),
        _ if 60 <= seconds && seconds.is_multiple_of(60) => unit(seconds / 60, "minute"),
        _ => unit(seconds, "second"),
    }
}
