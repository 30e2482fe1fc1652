//! The input topics, read from their beginning up to the end that was found at start.
//!
//! One consumer handle per topic: the end-of-partition event carries no topic. All partitions are
//! assigned with explicit offsets; nothing here joins a group. The last offsets of a partition may
//! be markers of transactions, which are never delivered, so that a partition is finished by the
//! end-of-partition event as well as by its last record.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};
use tracing::{info, warn};

use super::client::{self, ClientError, Heard, KafkaSettings, because};
use super::header;
use super::partitioner::Agreement;
use super::topics::{self, Role, TopicsError};

/// A record as it lies in the client's memory.
#[derive(Clone, Copy, Debug)]
pub struct SourceRecord<'a> {
    /// The topic's name.
    pub topic: &'a str,
    /// Of the topic.
    pub partition: i32,
    /// Of the partition.
    pub offset: i64,
    /// The record's key.
    pub key: Option<&'a [u8]>,
    /// The header `ce_type` of a CloudEvent in binary mode.
    pub ce_type: Option<&'a str>,
    /// The record's value; `None` is a tombstone.
    pub payload: Option<&'a [u8]>,
    /// Whether an earlier run has committed beyond this record.
    pub committed: bool,
}

/// Why the inputs cannot be read to their end.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No client, or no broker.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A topic is missing, or has another number of partitions than the others.
    #[error(transparent)]
    Topics(#[from] TopicsError),
    /// Nothing came any more.
    #[error(
        "reading `{topic}` stopped at partition {partition}, offset {offset} of {end}: nothing \
         came from {brokers} for {} s{}", .waited.as_secs(), because(.trouble.as_deref())
    )]
    Silent {
        /// The first topic that is not read to its end.
        topic: String,
        /// Its first partition that is not.
        partition: usize,
        /// The next offset of it.
        offset: i64,
        /// Where its end was.
        end: i64,
        /// As configured.
        brokers: String,
        /// How long nothing came.
        waited: Duration,
        /// What the connections last failed with.
        trouble: Option<String>,
    },
    /// The brokers refuse to hand it out.
    #[error("reading `{topic}` from {brokers}: {reason}")]
    Refused {
        /// Which.
        topic: String,
        /// As configured.
        brokers: String,
        /// Their word.
        reason: String,
    },
    /// The offsets reached were not committed.
    #[error("the offsets of group `{group}` cannot be committed at {brokers}: {reason}")]
    NotCommitted {
        /// As configured.
        group: String,
        /// As configured.
        brokers: String,
        /// The broker's word, or that there was none.
        reason: String,
    },
}

/// The input topics, with the ends they had at the start.
pub struct Source {
    settings: KafkaSettings,
    /// Asks and commits for all topics; reads nothing.
    scout: Arc<BaseConsumer<Heard>>,
    feeds: Vec<Feed>,
}

/// One topic.
struct Feed {
    topic: String,
    role: Role,
    consumer: BaseConsumer<Heard>,
    partitions: Vec<Partition>,
    /// How many partitions are not read to their end.
    unfinished: usize,
    agreement: Agreement,
}

/// One partition of it.
#[derive(Clone, Copy, Debug)]
struct Partition {
    /// The next offset to hand out.
    next: i64,
    /// The end at the start: the offset after the last record that was committed then.
    end: i64,
    /// The offset up to which an earlier run went.
    committed: i64,
    finished: bool,
}

/// How many records one topic may hand out before it is the next one's turn.
const TURN: usize = 1_000;
/// How long to wait for one topic when none had anything.
const IDLE: Duration = Duration::from_millis(5);

impl Source {
    /// Finds the topics, their ends, and how far earlier runs went; reads nothing yet.
    pub fn open(settings: &KafkaSettings) -> Result<Self, SourceError> {
        let scout = client::consumer(settings)?;
        let metadata = client::reach(&scout, settings)?;
        let usable = topics::usable(&topics::existing(&metadata, settings), settings)?;
        let mut feeds = Vec::new();
        for (topic, count) in usable {
            let name = settings.topic(topic.name);
            let mut partitions = Vec::with_capacity(count);
            for partition in 0..count {
                let (next, end) = watermarks(&scout, settings, &name, partition)?;
                partitions.push(Partition { next, end, committed: 0, finished: end <= next });
            }
            let unfinished = partitions.iter().filter(|partition| !partition.finished).count();
            let consumer = client::consumer(settings)?;
            let (role, agreement) = (topic.role, Agreement::default());
            feeds.push(Feed { topic: name, role, consumer, partitions, unfinished, agreement });
        }
        let mut source = Self { settings: settings.clone(), scout: Arc::new(scout), feeds };
        source.ask_committed()?;
        let records: i64 =
            source.partitions().map(|(_, _, partition)| partition.end - partition.next).sum();
        let (topics, partitions) = (source.feeds.len(), source.partitions().count());
        info!(topics, partitions, records, brokers = %settings.brokers, "reading the topics from their beginning");
        Ok(source)
    }

    /// Hands out every record up to the ends found at the start, each once, in the order of its
    /// partition; topics take turns.
    pub fn read<E: From<SourceError>>(
        &mut self,
        mut each: impl FnMut(SourceRecord<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        for feed in &self.feeds {
            feed.assign(&self.settings)?;
        }
        let mut heard = Instant::now();
        let mut waiting = 0;
        while self.feeds.iter().any(|feed| 0 < feed.unfinished) {
            let mut came = false;
            for feed in &mut self.feeds {
                came |= feed.take(Duration::ZERO, &self.settings, &mut each)?;
            }
            if !came {
                // Any of them may be the next to have something: wait for each in turn.
                waiting = (waiting + 1) % self.feeds.len();
                came = self.feeds[waiting].take(IDLE, &self.settings, &mut each)?;
            }
            if came {
                heard = Instant::now();
            } else if self.settings.reach_timeout <= heard.elapsed() {
                return Err(self.silent().into());
            }
        }
        Ok(())
    }

    /// Says that everything up to the ends found at the start is done with.
    pub fn commit(&self) -> Result<(), SourceError> {
        let mut offsets = TopicPartitionList::new();
        for (topic, number, partition) in self.partitions() {
            offsets
                .add_partition_offset(topic, number, Offset::Offset(partition.end))
                .map_err(|error| self.not_committed(&client::words(&error)))?;
        }
        // The client's asynchronous commit never tells what became of it, and its synchronous one
        // knows no limit: it is left behind when it has not returned in time.
        let (tell, told) = mpsc::channel();
        let scout = Arc::clone(&self.scout);
        thread::spawn(move || tell.send(scout.commit(&offsets, CommitMode::Sync)));
        match told.recv_timeout(self.settings.reach_timeout) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.not_committed(&client::words(&error))),
            Err(_) => {
                let waited = self.settings.reach_timeout.as_secs();
                let trouble = because(self.scout.context().trouble().as_deref());
                Err(self.not_committed(&format!("no answer for {waited} s{trouble}")))
            }
        }
    }

    /// How the keys of each topic that is keyed by account lie in its partitions.
    pub fn agreements(&self) -> impl Iterator<Item = (&str, Agreement)> {
        let by_account = self.feeds.iter().filter(|feed| feed.role == Role::ByAccount);
        by_account.map(|feed| (feed.topic.as_str(), feed.agreement))
    }

    fn partitions(&self) -> impl Iterator<Item = (&str, i32, Partition)> {
        self.feeds.iter().flat_map(|feed| {
            feed.partitions
                .iter()
                .zip(0..)
                .map(|(partition, number)| (feed.topic.as_str(), number, *partition))
        })
    }

    fn ask_committed(&mut self) -> Result<(), SourceError> {
        let mut wanted = TopicPartitionList::new();
        for (topic, number, _) in self.partitions() {
            wanted.add_partition(topic, number);
        }
        let doing = format!("asking how far group `{}` went", self.settings.group_id);
        let committed = client::retry(&self.scout, &self.settings, &doing, |scout, patience| {
            scout.committed_offsets(wanted.clone(), patience)
        })?;
        for feed in &mut self.feeds {
            for (partition, number) in feed.partitions.iter_mut().zip(0..) {
                let found = committed.find_partition(&feed.topic, number);
                if let Some(Offset::Offset(offset)) = found.map(|found| found.offset()) {
                    partition.committed = offset;
                }
            }
        }
        Ok(())
    }

    fn silent(&self) -> SourceError {
        let (topic, partition, state, heard) = self
            .feeds
            .iter()
            .find_map(|feed| {
                let partition = feed.partitions.iter().position(|partition| !partition.finished)?;
                let heard = feed.consumer.context().trouble();
                Some((feed.topic.clone(), partition, feed.partitions[partition], heard))
            })
            .expect("reading goes on while a partition is unfinished");
        SourceError::Silent {
            topic,
            partition,
            offset: state.next,
            end: state.end,
            brokers: self.settings.brokers.clone(),
            waited: self.settings.reach_timeout,
            trouble: heard,
        }
    }

    fn not_committed(&self, reason: &str) -> SourceError {
        SourceError::NotCommitted {
            group: self.settings.group_id.clone(),
            brokers: self.settings.brokers.clone(),
            reason: reason.to_owned(),
        }
    }
}

impl Feed {
    fn assign(&self, settings: &KafkaSettings) -> Result<(), SourceError> {
        let mut assignment = TopicPartitionList::new();
        for (partition, number) in self.partitions.iter().zip(0..) {
            if !partition.finished {
                assignment
                    .add_partition_offset(&self.topic, number, Offset::Offset(partition.next))
                    .map_err(|error| self.refused(settings, &error))?;
            }
        }
        self.consumer.assign(&assignment).map_err(|error| self.refused(settings, &error))
    }

    /// Hands out what is there, for one turn; whether anything came.
    fn take<E: From<SourceError>>(
        &mut self,
        wait: Duration,
        settings: &KafkaSettings,
        each: &mut impl FnMut(SourceRecord<'_>) -> Result<(), E>,
    ) -> Result<bool, E> {
        let mut came = false;
        let count = i32::try_from(self.partitions.len()).unwrap_or(i32::MAX);
        for _ in 0..TURN {
            if self.unfinished == 0 {
                break;
            }
            let message = match self.consumer.poll(wait) {
                None => break,
                Some(Ok(message)) => message,
                Some(Err(KafkaError::PartitionEOF(number))) => {
                    came = true;
                    self.unfinished -=
                        usize::from(partition(&mut self.partitions, number).finish());
                    continue;
                }
                Some(Err(error)) => {
                    came |= self.recover(&error, settings)?;
                    continue;
                }
            };
            came = true;
            let number = message.partition();
            let partition = partition(&mut self.partitions, number);
            let offset = message.offset();
            // A record that came after the start, or one that was handed out before a seek.
            if offset < partition.next || partition.finished {
                continue;
            }
            if partition.end <= offset {
                self.unfinished -= usize::from(partition.finish());
                // Its partition may go on growing while others are read: let it not be fetched.
                let mut done = TopicPartitionList::new();
                done.add_partition(&self.topic, number);
                if let Err(error) = self.consumer.pause(&done) {
                    warn!(topic = self.topic, partition = number, %error, "a finished partition is still fetched");
                }
                continue;
            }
            partition.next = offset + 1;
            let committed = offset < partition.committed;
            if partition.next == partition.end {
                self.unfinished -= usize::from(partition.finish());
            }
            self.agreement.observe(message.key(), number, count);
            each(SourceRecord {
                topic: &self.topic,
                partition: number,
                offset,
                key: message.key(),
                ce_type: header::text(&message, c"ce_type"),
                payload: message.payload(),
                committed,
            })?;
        }
        Ok(came)
    }

    /// What a failure means: nothing (the client goes on trying), a lost beginning, or the end.
    fn recover(
        &mut self,
        error: &KafkaError,
        settings: &KafkaSettings,
    ) -> Result<bool, SourceError> {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                self.skip_expired(settings)?;
                Ok(true)
            }
            Some(
                RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownPartition
                | RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::GroupAuthorizationFailed
                | RDKafkaErrorCode::Fatal,
            ) => Err(self.refused(settings, error)),
            _ if matches!(error, KafkaError::MessageConsumptionFatal(_)) => {
                Err(self.refused(settings, error))
            }
            _ => {
                let trouble = because(self.consumer.context().trouble().as_deref());
                warn!(
                    topic = self.topic,
                    "reading is interrupted, trying again: {}{trouble}",
                    client::words(error)
                );
                Ok(false)
            }
        }
    }

    /// Records that expired between the start and their turn cannot be read: go on after them.
    fn skip_expired(&mut self, settings: &KafkaSettings) -> Result<(), SourceError> {
        for number in 0..self.partitions.len() {
            if self.partitions[number].finished {
                continue;
            }
            let (low, _) = watermarks(&self.consumer, settings, &self.topic, number)?;
            let partition = &mut self.partitions[number];
            if low <= partition.next {
                continue;
            }
            let expired = low.min(partition.end) - partition.next;
            let topic = &self.topic;
            warn!(topic, partition = number, expired, "records expired before they were read");
            partition.next = low;
            if partition.end <= low {
                self.unfinished -= usize::from(partition.finish());
            }
        }
        // A partition whose offset was lost has stopped, and cannot be sought on.
        self.assign(settings)
    }

    fn refused(&self, settings: &KafkaSettings, error: &KafkaError) -> SourceError {
        refused(&self.topic, settings, error)
    }
}

fn refused(topic: &str, settings: &KafkaSettings, error: &KafkaError) -> SourceError {
    let (topic, brokers, reason) =
        (topic.to_owned(), settings.brokers.clone(), client::words(error));
    SourceError::Refused { topic, brokers, reason }
}

impl Partition {
    /// Whether it was not finished before.
    fn finish(&mut self) -> bool {
        !std::mem::replace(&mut self.finished, true)
    }
}

fn partition(partitions: &mut [Partition], number: i32) -> &mut Partition {
    let number = usize::try_from(number).expect("a record comes from a partition");
    partitions.get_mut(number).expect("only partitions that were assigned are read")
}

/// The first offset there is, and the end of what is committed.
fn watermarks(
    consumer: &BaseConsumer<Heard>,
    settings: &KafkaSettings,
    topic: &str,
    partition: usize,
) -> Result<(i64, i64), ClientError> {
    let number = i32::try_from(partition).expect("Kafka numbers partitions with 32 bits");
    let doing = format!("asking for the end of `{topic}`, partition {partition},");
    client::retry(consumer, settings, &doing, |consumer, patience| {
        consumer.fetch_watermarks(topic, number, patience)
    })
}
