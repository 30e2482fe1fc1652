//! The output topics: published idempotently, and done only when every replica has acknowledged.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use crate::engine::event::Rejection;
use crate::engine::{Output, OutputTopic};

use super::client::{self, ClientError, Heard, KafkaSettings, because};
use super::source::SourceRecord;
use super::topics::DEAD_LETTERS;

/// Why something was not published.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// No client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A record was refused, by the client or by a broker.
    #[error("publishing to `{topic}`, key `{key}`: {reason}")]
    Refused {
        /// Where to.
        topic: String,
        /// Of the record.
        key: String,
        /// The broker's word.
        reason: String,
    },
    /// No acknowledgement came any more.
    #[error(
        "publishing stopped: {brokers} acknowledged none of the last {unacknowledged} records for \
         {} s{}", .waited.as_secs(), because(.trouble.as_deref())
    )]
    Silent {
        /// As configured.
        brokers: String,
        /// How many records wait.
        unacknowledged: u64,
        /// How long.
        waited: Duration,
        /// What the connections last failed with.
        trouble: Option<String>,
    },
}

/// The producer of everything that dunlin publishes.
pub struct Sink {
    producer: BaseProducer<Deliveries>,
    kpis: String,
    closed: String,
    verdicts: String,
    dead_letters: String,
    reach_timeout: Duration,
    brokers: String,
    published: u64,
}

/// Of a dead letter: how much of the record, and how much of its key and of the detail it carries.
const LETTER_BYTES: usize = 512 * 1024;
const KEY_BYTES: usize = 1024;
const DETAIL_BYTES: usize = 1024;

/// What may wait for acknowledgement before publishing waits.
const IN_FLIGHT_BYTES: usize = 4 * 1024 * 1024;
/// How many records are published between two looks at what was acknowledged.
const LOOK_EVERY: u64 = 64;
/// How long one look may take: the client's poll always takes the whole of it.
const LOOK: Duration = Duration::from_millis(1);
/// What a record takes beside its key and value, about.
const RECORD_BYTES: usize = 64;

impl Sink {
    /// A producer; it reaches for the brokers only when something is published.
    pub fn open(settings: &KafkaSettings) -> Result<Self, SinkError> {
        let producer = client::producer_config(settings)
            .create_with_context(Deliveries::default())
            .map_err(|error| client::not_created(&error, settings))?;
        Ok(Self {
            producer,
            kpis: settings.topic("kpis"),
            closed: settings.topic("kpis.closed"),
            verdicts: settings.topic("verdicts"),
            dead_letters: settings.topic(DEAD_LETTERS),
            reach_timeout: settings.reach_timeout,
            brokers: settings.brokers.clone(),
            published: 0,
        })
    }

    /// Publishes what the engine says.
    pub fn publish(&mut self, output: &Output) -> Result<(), SinkError> {
        let topic = match output.topic {
            OutputTopic::Kpis => self.kpis.clone(),
            OutputTopic::Closed => self.closed.clone(),
            OutputTopic::Verdicts => self.verdicts.clone(),
        };
        // A row or verdict that is gone has no value.
        let value = Some(output.value.as_bytes()).filter(|value| !value.is_empty());
        self.send(&topic, Some(output.key.as_bytes()), value, None)
    }

    /// Publishes a value, or without one a tombstone; waits while too much is in flight.
    pub fn send(
        &mut self,
        topic: &str,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: Option<OwnedHeaders>,
    ) -> Result<(), SinkError> {
        let length = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len);
        let size = length(key) + length(value) + RECORD_BYTES;
        let deliveries = self.producer.context().clone();
        self.wait_while(|| {
            IN_FLIGHT_BYTES < deliveries.in_flight_bytes() + size
                && deliveries.in_flight_bytes() != 0
        })?;
        let mut record: BaseRecord<'_, [u8], [u8], usize> = BaseRecord::with_opaque_to(topic, size);
        record.key = key;
        record.payload = value;
        record.headers = headers;
        loop {
            deliveries.sent(size);
            match self.producer.send(record) {
                Ok(()) => break,
                Err((error, unsent)) => {
                    deliveries.unsent(size);
                    if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                        return Err(refused(topic, key, &error));
                    }
                    record = unsent;
                    let before = deliveries.acknowledged();
                    self.wait_while(|| deliveries.acknowledged() == before)?;
                }
            }
        }
        self.published += 1;
        if self.published.is_multiple_of(LOOK_EVERY) {
            self.producer.poll(Duration::ZERO);
        }
        deliveries.failure().map_or(Ok(()), Err)
    }

    /// Publishes what a record leaves behind that is no event: its bytes, where it lay, and why.
    pub fn dead_letter(
        &mut self,
        record: SourceRecord<'_>,
        rejection: &Rejection,
    ) -> Result<(), SinkError> {
        let payload = record.payload.unwrap_or_default();
        let (partition, offset) = (record.partition.to_string(), record.offset.to_string());
        let length = payload.len().to_string();
        let mut headers = OwnedHeaders::new_with_capacity(6);
        for (key, value) in [
            ("topic", record.topic),
            ("partition", &partition),
            ("offset", &offset),
            ("reason", rejection.reason.as_str()),
            ("detail", cut(&rejection.detail, DETAIL_BYTES)),
            ("original_length", &length),
        ] {
            headers = headers.insert(Header { key, value: Some(value) });
        }
        let key = record.key.map(|key| &key[..key.len().min(KEY_BYTES)]);
        let payload = &payload[..payload.len().min(LETTER_BYTES)];
        let topic = self.dead_letters.clone();
        self.send(&topic, key, Some(payload), Some(headers))
    }

    /// Waits until everything published is acknowledged.
    pub fn flush(&mut self) -> Result<(), SinkError> {
        let deliveries = self.producer.context().clone();
        let producer = &self.producer;
        // The flush of the client sends at once what would linger.
        let waiting = || producer.flush(LOOK).is_err() || deliveries.in_flight_bytes() != 0;
        self.wait_while(waiting)?;
        deliveries.failure().map_or(Ok(()), Err)
    }

    /// How many records were taken for publication.
    pub fn published(&self) -> u64 {
        self.published
    }

    /// Serves acknowledgements until the condition no longer holds; gives up when none comes.
    fn wait_while(&self, waiting: impl Fn() -> bool) -> Result<(), SinkError> {
        let deliveries = self.producer.context();
        let mut acknowledged = deliveries.acknowledged();
        let mut heard = Instant::now();
        while waiting() {
            self.producer.poll(LOOK);
            if let Some(failure) = deliveries.failure() {
                return Err(failure);
            }
            let now = deliveries.acknowledged();
            if now != acknowledged {
                acknowledged = now;
                heard = Instant::now();
            } else if self.reach_timeout <= heard.elapsed() {
                return Err(SinkError::Silent {
                    brokers: self.brokers.clone(),
                    unacknowledged: self.published - now,
                    waited: self.reach_timeout,
                    trouble: deliveries.heard.trouble(),
                });
            }
        }
        Ok(())
    }
}

/// At most `bytes` of a text, whole characters.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

fn refused(topic: &str, key: Option<&[u8]>, error: &KafkaError) -> SinkError {
    let key = String::from_utf8_lossy(key.unwrap_or_default());
    let key = cut(&key, 256).to_owned();
    let reason = client::words(error);
    SinkError::Refused { topic: topic.to_owned(), key, reason }
}

/// What became of the records that were sent.
#[derive(Default)]
struct Deliveries {
    heard: Heard,
    in_flight: AtomicUsize,
    acknowledged: AtomicU64,
    failure: Mutex<Option<SinkError>>,
}

impl Deliveries {
    fn in_flight_bytes(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    fn sent(&self, size: usize) {
        self.in_flight.fetch_add(size, Ordering::Relaxed);
    }

    fn unsent(&self, size: usize) {
        self.in_flight.fetch_sub(size, Ordering::Relaxed);
    }

    fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// The first failure, once.
    fn failure(&self) -> Option<SinkError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.heard.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.heard.failed(&error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, size: usize) {
        self.unsent(size);
        match result {
            Ok(_) => {
                self.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Err((error, message)) => {
                let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
                failure.get_or_insert_with(|| refused(message.topic(), message.key(), error));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_is_cut_between_characters() {
        assert_eq!(cut("abc", 1024), "abc");
        assert_eq!(cut("ab字", 4), "ab");
    }
}
