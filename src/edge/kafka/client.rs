//! How dunlin's Kafka clients are set up, and what their failures are called.
//!
//! The values here are those on which exactness and the memory budget rest; what `[kafka.properties]`
//! says is laid over them, and the configuration refuses there what would break them
//! (`src/config/properties.rs`).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;
use tracing::{debug, warn};

use crate::config::Config;
use crate::config::error::ConfigError;
use crate::config::properties::is_secret;

/// What the Kafka edge needs to know.
#[derive(Clone, Debug)]
pub struct KafkaSettings {
    /// `kafka.brokers`: `host:port`, separated by commas.
    pub brokers: String,
    /// `kafka.group_id`: whose committed offsets tell which dead letters have been sent.
    pub group_id: String,
    /// `[kafka.properties]`: passed on to the client library.
    pub properties: BTreeMap<String, String>,
    /// Properties whose values come from files and are never shown, as `sasl.password`.
    pub secrets: BTreeMap<String, Secret>,
    /// How long without any answer before giving up.
    pub reach_timeout: Duration,
    /// `topics.configured`: beside calls, promises and payments, the input topics that must exist.
    pub configured: Vec<String>,
    /// `topics.prefix`: what the names of all topics begin with.
    pub prefix: String,
    /// How many partitions a topic is created with.
    pub partitions: usize,
    /// The greatest replication factor that a topic is created with.
    pub replication_limit: usize,
    /// How long the ledger corrects behind the watermark: retention is measured against it.
    pub correction_horizon: Duration,
    /// The same of calls.
    pub call_horizon: Duration,
}

impl KafkaSettings {
    /// What the configuration says; secrets are read from their files.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let engine = config.settings(0);
        let mut properties = config.kafka.client_properties()?;
        properties.remove("bootstrap.servers");
        let (secrets, properties): (BTreeMap<_, _>, _) =
            properties.into_iter().partition(|(key, _)| is_secret(key));
        let days = |days: i64| Duration::from_hours(24 * days.unsigned_abs());
        Ok(Self {
            brokers: config.kafka.brokers.join(","),
            group_id: config.kafka.group_id.clone(),
            properties,
            secrets: secrets.into_iter().map(|(key, value)| (key, Secret(value))).collect(),
            reach_timeout: config.kafka.connect_timeout,
            configured: config.topics.configured.iter().map(|name| (*name).to_owned()).collect(),
            prefix: config.topics.prefix.clone(),
            partitions: usize::try_from(config.topics.partitions).unwrap_or(1),
            replication_limit: usize::try_from(config.topics.replication).unwrap_or(1),
            correction_horizon: days(engine.correction_days.unwrap_or(190)),
            call_horizon: Duration::from_hours(engine.call_hours.unwrap_or(72).unsigned_abs()),
        })
    }

    /// A topic's name on the brokers.
    pub fn topic(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

/// A value that is handed to the client library and to nobody else.
#[derive(Clone)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// Why there is no working client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody answered in time.
    #[error("no broker answers at {brokers}{}, tried for {} s", because(.trouble.as_deref()), .tried.as_secs())]
    Unreachable {
        /// As configured.
        brokers: String,
        /// What the connections last failed with.
        trouble: Option<String>,
        /// How long.
        tried: Duration,
    },
    /// The client library does not take the property.
    #[error("kafka.properties.{key} = {value:?}: {reason}")]
    Property {
        /// As written.
        key: String,
        /// As written, unless it is a secret.
        value: String,
        /// The library's words.
        reason: String,
    },
    /// The properties, each possible, are impossible together.
    #[error("the Kafka client cannot be created: {0}")]
    Creation(String),
    /// A broker answered, and refused.
    #[error("{doing} at {brokers}: {reason}")]
    Request {
        /// What was asked for.
        doing: String,
        /// As configured.
        brokers: String,
        /// The answer.
        reason: String,
    },
}

/// In brackets, or nothing.
pub(super) fn because(trouble: Option<&str>) -> String {
    trouble.map_or_else(String::new, |trouble| format!(" ({trouble})"))
}

/// What every client has in common, with the user's properties laid over `ours`.
fn configure(settings: &KafkaSettings, ours: &[(&str, &str)]) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set_log_level(RDKafkaLogLevel::Warning);
    config.set("bootstrap.servers", &settings.brokers);
    config.set("client.id", "dunlin");
    for (key, value) in ours {
        config.set(*key, *value);
    }
    for (key, value) in &settings.properties {
        config.set(key, value);
    }
    for (key, Secret(value)) in &settings.secrets {
        config.set(key, value);
    }
    config
}

/// The settings of a consumer: explicit offsets, a bounded prefetch, and no waiting.
pub fn consumer_config(settings: &KafkaSettings) -> ClientConfig {
    let group = settings.group_id.as_str();
    configure(
        settings,
        &[
            // `assign` fails without one.
            ("group.id", group),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("auto.offset.reset", "error"),
            ("enable.partition.eof", "true"),
            ("isolation.level", "read_committed"),
            // Prefetch is bounded per handle, or the memory budget is gone before any state.
            ("queued.max.messages.kbytes", "8192"),
            ("queued.min.messages", "20000"),
            // By default the client sleeps a second as soon as we are slower than its fetcher.
            ("fetch.queue.backoff.ms", "10"),
        ],
    )
}

/// The settings of a producer: nothing is lost, repeated or reordered.
pub fn producer_config(settings: &KafkaSettings) -> ClientConfig {
    configure(
        settings,
        &[
            ("enable.idempotence", "true"),
            // By default records are dropped silently after 300 s of outage.
            ("message.timeout.ms", "0"),
            ("partitioner", "murmur2_random"),
            ("compression.type", "lz4"),
            ("linger.ms", "5"),
        ],
    )
}

/// The settings of a client that asks about and creates topics.
pub fn admin_config(settings: &KafkaSettings) -> ClientConfig {
    configure(settings, &[])
}

/// A client's memory of what it was last told, so that a timeout can say why.
#[derive(Debug, Default)]
pub struct Heard {
    trouble: Mutex<Option<Trouble>>,
}

/// What a connection failed with.
#[derive(Clone, Debug)]
struct Trouble {
    words: String,
    /// Whether somebody was there, and refused.
    refused: bool,
}

impl Heard {
    /// What the connections last failed with, in a person's words.
    pub fn trouble(&self) -> Option<String> {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.as_ref().map(|trouble| trouble.words.clone())
    }

    /// The same where it was a refusal: of the password, the certificate, or the protocol.
    fn refusal(&self) -> Option<String> {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.as_ref().filter(|trouble| trouble.refused).map(|trouble| trouble.words.clone())
    }

    /// Remember what a connection failed with.
    pub(super) fn failed(&self, error: &KafkaError, reason: &str) {
        debug!(%error, reason, "the Kafka client reports");
        let code = error.rdkafka_error_code();
        let all_down = code == Some(RDKafkaErrorCode::AllBrokersDown);
        // A handshake that ends with a closed connection has the code of a closed connection.
        let refused =
            matches!(code, Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SSL))
                || reason.contains("SSL handshake failed");
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        // "4/4 brokers are down" says less than what went before it.
        if !all_down || trouble.is_none() {
            *trouble = Some(Trouble { words: plain(reason), refused });
        }
    }
}

impl ClientContext for Heard {
    fn log(&self, _level: RDKafkaLogLevel, facility: &str, message: &str) {
        debug!(facility, "the Kafka client says: {message}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.failed(&error, reason);
    }
}

impl ConsumerContext for Heard {}

/// `127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in
/// state CONNECT)` becomes `127.0.0.1:1: connection refused`.
fn plain(reason: &str) -> String {
    let reason = reason.split(" (after ").next().unwrap_or(reason);
    let (broker, rest) = match reason.split_once(": ") {
        Some((broker, rest)) if broker.contains('/') => (Some(broker), rest),
        Some(_) | None => (None, reason),
    };
    let rest = match rest.split_once(" failed: ") {
        Some((what, why)) if what.starts_with("Connect to ") => why,
        Some(_) | None => rest,
    };
    let rest = rest.strip_suffix('.').unwrap_or(rest);
    let rest = lower(rest);
    // The address, without the protocol before it and the node's name after it.
    let address = broker.and_then(|broker| {
        let broker = broker.rsplit_once("://").map_or(broker, |(_, broker)| broker);
        broker.split('/').next()
    });
    match address {
        Some(address) => format!("{address}: {rest}"),
        None => rest,
    }
}

/// A failure in a person's words: `Local: Timed out` becomes `timed out`.
pub(super) fn words(error: &KafkaError) -> String {
    error.rdkafka_error_code().map_or_else(|| error.to_string(), code_words)
}

/// The same of a code.
pub(super) fn code_words(code: RDKafkaErrorCode) -> String {
    // `MessageSizeTooLarge (Broker: Message size too large)`
    let text = code.to_string();
    let text = text.split_once(" (").map_or(text.as_str(), |(_, words)| words);
    let text = text.strip_suffix(')').unwrap_or(text);
    let text = text.strip_prefix("Broker: ").or(text.strip_prefix("Local: ")).unwrap_or(text);
    lower(text)
}

/// With a small first letter, as part of a sentence; `SSL` stays.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        (Some(_) | None, Some(_) | None) => text.to_owned(),
    }
}

/// A consumer on which nothing is assigned yet.
pub fn consumer(settings: &KafkaSettings) -> Result<BaseConsumer<Heard>, ClientError> {
    consumer_config(settings)
        .create_with_context(Heard::default())
        .map_err(|error| not_created(&error, settings))
}

/// Why the client library did not make a client of these settings: by key and value where it says.
pub(super) fn not_created(error: &KafkaError, settings: &KafkaSettings) -> ClientError {
    let property = |key: &str, value: &str, reason: &str| ClientError::Property {
        key: key.to_owned(),
        value: if settings.secrets.contains_key(key) { "(secret)" } else { value }.to_owned(),
        reason: lower(reason.trim()),
    };
    if let KafkaError::ClientConfig(_, reason, key, value) = error {
        return property(key, value, reason);
    }
    let KafkaError::ClientCreation(reason) = error else {
        return ClientError::Creation(words(error));
    };
    let reason = reason.trim();
    let stated = |key: &str| settings.properties.get(key).map(String::as_str);
    let mechanism = ["No provider for SASL mechanism", "Unsupported SASL mechanism"];
    if mechanism.iter().any(|begin| reason.starts_with(begin)) {
        let other = "sasl.mechanism";
        let (key, value) = match (stated("sasl.mechanisms"), stated(other)) {
            (None, Some(value)) => (other, value),
            (value, _) => ("sasl.mechanisms", value.unwrap_or("GSSAPI (unless stated)")),
        };
        let known = "expected one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER";
        return property(key, value, known);
    }
    if reason.contains("sasl.username and sasl.password must be set") {
        let missing = "kafka.properties.sasl.username and kafka.sasl_password_file must be stated \
                       for this SASL mechanism";
        return ClientError::Creation(missing.to_owned());
    }
    // `ssl.ca.location failed: error:05880020:x509 certificate routines::BIO lib`
    match reason.split_once(" failed: ").map(|(key, why)| (key, stated(key), why)) {
        Some((key, Some(value), why)) => {
            let why = why.rsplit_once("::").map_or(why, |(_, why)| why);
            property(key, value, &format!("cannot be read or used ({why})"))
        }
        Some((_, None, _)) | None => ClientError::Creation(lower(reason)),
    }
}

/// Asks for all topics until a broker answers or the time is up.
pub fn reach(
    consumer: &BaseConsumer<Heard>,
    settings: &KafkaSettings,
) -> Result<Metadata, ClientError> {
    retry(consumer, settings, "asking for the topics", |consumer, patience| {
        consumer.fetch_metadata(None, patience)
    })
}

/// How long one request may take before it is counted as unanswered and asked again.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often an operator hears that a broker is still silent.
const REMIND: Duration = Duration::from_secs(10);

/// Repeats a request until it is answered or the time is up.
pub(super) fn retry<T>(
    consumer: &BaseConsumer<Heard>,
    settings: &KafkaSettings,
    doing: &str,
    mut request: impl FnMut(&BaseConsumer<Heard>, Duration) -> KafkaResult<T>,
) -> Result<T, ClientError> {
    let started = Instant::now();
    let mut reminded = started;
    loop {
        let left = settings.reach_timeout.saturating_sub(started.elapsed());
        let asked = Instant::now();
        let error = match request(consumer, left.min(PATIENCE)) {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        // What the connections failed with is told to whoever polls.
        while consumer.poll(Duration::from_millis(10)).is_some() {}
        let code = error.rdkafka_error_code();
        if !code.is_some_and(passes) {
            let reason = words(&error);
            let brokers = settings.brokers.clone();
            return Err(ClientError::Request { doing: doing.to_owned(), brokers, reason });
        }
        let trouble = consumer.context().trouble();
        if settings.reach_timeout <= started.elapsed() {
            let (brokers, tried) = (settings.brokers.clone(), settings.reach_timeout);
            let answer = code.filter(|code| answered(*code)).map(code_words);
            if let Some(reason) = answer.or_else(|| consumer.context().refusal()) {
                return Err(ClientError::Request { doing: doing.to_owned(), brokers, reason });
            }
            return Err(ClientError::Unreachable { brokers, trouble, tried });
        }
        if REMIND <= reminded.elapsed() {
            reminded = Instant::now();
            let trouble = trouble.unwrap_or_else(|| words(&error));
            warn!(brokers = %settings.brokers, trouble, "{doing}: no answer yet, trying again");
        }
        // Some failures come at once.
        std::thread::sleep(Duration::from_millis(100).saturating_sub(asked.elapsed()));
    }
}

/// Whether a failure may be over the next time.
pub(super) fn passes(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::BrokerTransportFailure
            | RDKafkaErrorCode::AllBrokersDown
            | RDKafkaErrorCode::OperationTimedOut
            | RDKafkaErrorCode::TimedOutQueue
            | RDKafkaErrorCode::Resolve
            | RDKafkaErrorCode::WaitingForCoordinator
            | RDKafkaErrorCode::Authentication
            | RDKafkaErrorCode::SSL
    ) || answered(code)
}

/// Whether a failure that may pass is a broker's own word.
fn answered(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::LeaderNotAvailable
            | RDKafkaErrorCode::NotLeaderForPartition
            | RDKafkaErrorCode::RequestTimedOut
            | RDKafkaErrorCode::CoordinatorLoadInProgress
            | RDKafkaErrorCode::CoordinatorNotAvailable
            | RDKafkaErrorCode::NotCoordinator
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_failure_is_said_in_plain_words() {
        let refused = "127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection \
                       refused (after 0ms in state CONNECT)";
        assert_eq!(plain(refused), "127.0.0.1:1: connection refused");
        let resolve = "sasl_ssl://nowhere:9092/bootstrap: Failed to resolve 'nowhere:9092': Name \
                       or service not known (after 3ms in state CONNECT)";
        assert_eq!(
            plain(resolve),
            "nowhere:9092: failed to resolve 'nowhere:9092': Name or service not known"
        );
        assert_eq!(plain("1/1 brokers are down"), "1/1 brokers are down");
        assert_eq!(
            plain("ssl://one:9092/1: SSL handshake failed"),
            "one:9092: SSL handshake failed"
        );
    }

    #[test]
    fn a_code_is_said_in_plain_words() {
        let large = code_words(RDKafkaErrorCode::MessageSizeTooLarge);
        assert_eq!(large, "message size too large");
        assert_eq!(code_words(RDKafkaErrorCode::OperationTimedOut), "timed out");
    }

    #[test]
    fn an_unknown_property_is_named() {
        let error = consumer(&settings("no.such.thing", "1")).map(|_| ()).unwrap_err();
        insta::assert_snapshot!(error, @r#"kafka.properties.no.such.thing = "1": no such configuration property: "no.such.thing""#);
    }

    #[test]
    fn properties_that_are_impossible_together_are_named() {
        let refused = |properties: &[(&str, &str)]| {
            let mut settings = settings("socket.keepalive.enable", "true");
            let properties = properties.iter().map(|&(key, value)| (key.into(), value.into()));
            settings.properties = properties.collect();
            consumer(&settings).map(|_| ()).unwrap_err().to_string()
        };
        insta::assert_snapshot!(refused(&[("security.protocol", "sasl_ssl")]), @r#"kafka.properties.sasl.mechanisms = "GSSAPI (unless stated)": expected one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER"#);
        insta::assert_snapshot!(refused(&[
            ("security.protocol", "sasl_ssl"),
            ("sasl.mechanism", "PLANE"),
        ]), @r#"kafka.properties.sasl.mechanism = "PLANE": expected one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER"#);
        insta::assert_snapshot!(refused(&[
            ("security.protocol", "sasl_ssl"),
            ("sasl.mechanisms", "PLAIN"),
        ]), @r#"the Kafka client cannot be created: kafka.properties.sasl.username and kafka.sasl_password_file must be stated for this SASL mechanism"#);
        insta::assert_snapshot!(refused(&[
            ("security.protocol", "ssl"),
            ("ssl.ca.location", "/nowhere.pem"),
        ]), @r#"kafka.properties.ssl.ca.location = "/nowhere.pem": cannot be read or used (BIO lib)"#);
        insta::assert_snapshot!(refused(&[("linger.ms", "soon")]), @r#"kafka.properties.linger.ms = "soon": invalid value for configuration property "queue.buffering.max.ms""#);
        insta::assert_snapshot!(refused(&[("message.max.bytes", "10")]), @r#"kafka.properties.message.max.bytes = "10": configuration property "message.max.bytes" value 10 is outside allowed range 1000..1000000000"#);
    }

    #[test]
    fn a_secret_is_never_shown() {
        let mut settings = settings("socket.keepalive.enable", "true");
        settings.secrets.insert("linger.ms".to_owned(), Secret("hunter2".to_owned()));
        let error = consumer(&settings).map(|_| ()).unwrap_err();
        assert!(!format!("{error} {error:?} {settings:?}").contains("hunter2"), "{error}");
    }

    fn settings(key: &str, value: &str) -> KafkaSettings {
        KafkaSettings {
            brokers: "127.0.0.1:1".to_owned(),
            group_id: "dunlin".to_owned(),
            properties: BTreeMap::from([(key.to_owned(), value.to_owned())]),
            secrets: BTreeMap::new(),
            reach_timeout: Duration::from_secs(1),
            configured: Vec::new(),
            prefix: "collections.".to_owned(),
            partitions: 12,
            replication_limit: 3,
            correction_horizon: Duration::from_hours(190 * 24),
            call_horizon: Duration::from_hours(72),
        }
    }
}
