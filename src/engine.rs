//! The engine: pure. From inputs (records, the clock) to effects (rows, verdicts, rejections).
//!
//! No I/O, no clock, no async, no locks, no logging, no iteration over hash maps: the lints below
//! hold the wall. See `docs/adr/0001-pure-engine.md`.
#![deny(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "the engine is deterministic: see docs/adr/0001-pure-engine.md"
)]

pub mod account;
pub mod batch;
pub mod catalogue;
pub mod class;
pub mod contact;
pub mod decode;
pub mod event;
pub mod formula;
pub mod intake;
pub mod json;
pub mod ledger;
pub mod lookup;
pub mod measure;
pub mod money;
pub mod owners;
pub mod pane;
pub mod revision;
pub mod rows;
pub mod settings;
pub mod sighting;
pub mod snapshot;
pub mod stamp;
pub mod tables;
pub mod time;
pub mod windows;

use std::collections::{BTreeMap, BTreeSet};

use account::Account;
use event::Rejection;
use intake::Counts;
use ledger::judgement::{self, Case};
use ledger::verdict::Published;
use lookup::Lookup;
use owners::Owners;
use rows::{Rows, Window};
use settings::Settings;
use stamp::GroupingSet;
use tables::Tables;
use time::Timestamp;
use windows::Windows;

/// One thing that the engine is told.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A record of a topic-partition or a line of a file.
    Record(Record<'a>),
    /// The clock stands at `now`: what is dated up to then takes effect, deadlines up to then fall.
    /// The clock never goes back; an earlier `now` changes nothing.
    Tick {
        /// The new clock.
        now: Timestamp,
    },
}

/// A record as it came, before anybody looked into it.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The topic it was read from; a file has none.
    pub topic: Option<&'a str>,
    /// The partition it was read from (0 for a file).
    pub partition: i32,
    /// The header `ce_type` of a CloudEvent in binary mode.
    pub ce_type: Option<&'a str>,
    /// The value; `None` is a tombstone.
    pub payload: Option<&'a [u8]>,
}

/// One thing that follows from an input, to be carried out by the edge, in order.
#[derive(Clone, Debug)]
pub enum Effect {
    /// The record just applied goes to the dead letters, for this reason.
    Reject(Rejection),
    /// A record for an output topic.
    Publish(Output),
}

/// A record for an output topic.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Output {
    /// Where to.
    pub topic: OutputTopic,
    /// The record's key.
    pub key: String,
    /// JSON; empty for a tombstone.
    pub value: String,
}

/// The topics that the engine's records go to.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum OutputTopic {
    /// `collections.kpis`: rows and comparison records.
    Kpis,
    /// `collections.kpis.closed`
    Closed,
    /// `collections.verdicts`
    Verdicts,
}

/// A topic-partition, and what became of its records.
#[derive(Clone, Debug)]
pub struct Partition {
    /// Its topic; a file has none.
    pub topic: Option<Box<str>>,
    /// Its number.
    pub number: i32,
    /// How its records ended.
    pub counts: Counts,
    /// The greatest event time of its records, behind which the horizons lie.
    watermark: Timestamp,
}

/// Everything that is known, at a clock.
#[derive(Debug)]
pub struct Engine {
    tables: Tables,
    windows: Windows,
    accounts: Vec<Account>,
    account_ids: Lookup<Box<str>, usize>,
    owners: Owners,
    /// The clock: the greatest event time applied, and no later than `until`.
    now: Timestamp,
    /// The clock does not pass this: the wall clock, or the end of a replay.
    until: Timestamp,
    /// Contacts dated after the clock, by when they take effect.
    waiting: BTreeMap<Timestamp, Vec<(usize, Box<str>)>>,
    /// Accounts that are to be judged again when the clock reaches an instant.
    timers: BTreeSet<(Timestamp, usize)>,
    /// Accounts that are to be judged again.
    unsettled: BTreeSet<usize>,
    partitions: Vec<Partition>,
    /// How often rows were written.
    written: i64,
}

impl Engine {
    /// An engine that knows nothing yet; its clock never passes `until`.
    pub fn new(settings: Settings, sets: Vec<GroupingSet>, until: Timestamp) -> Self {
        Self {
            tables: Tables::new(settings, sets),
            windows: Windows::default(),
            accounts: vec![Account::default()],
            account_ids: Lookup::default(),
            owners: Owners::default(),
            now: Timestamp::MIN,
            until,
            waiting: BTreeMap::new(),
            timers: BTreeSet::new(),
            unsettled: BTreeSet::new(),
            partitions: Vec::new(),
            written: 0,
        }
    }

    /// Takes in one input; what follows from it is appended to `effects`.
    pub fn apply(&mut self, input: Input<'_>, effects: &mut Vec<Effect>) {
        match input {
            Input::Record(record) => self.take(&record, effects),
            Input::Tick { now } => self.advance(now),
        }
    }

    /// The clock: the instant as of which rows are written. `None` before the first event.
    pub fn now(&self) -> Option<Timestamp> {
        (self.now != Timestamp::MIN).then_some(self.now)
    }

    /// What became of the records of each topic-partition that sent any.
    pub fn partitions(&self) -> impl Iterator<Item = &Partition> {
        // A file's records are counted together, and its feeds have watermarks of their own.
        self.partitions.iter().filter(|partition| 0 < partition.counts.total())
    }

    /// How many ids of promises, payments and reversals were seen on more than one account. Each
    /// counts on all of them; it is to be reported.
    pub fn ids_on_several_accounts(&self) -> u64 {
        self.owners.shared()
    }

    /// The partition of a record: there are few, and they come in runs.
    fn partition(&mut self, record: &Record<'_>) -> &mut Partition {
        let same = |known: &Partition| {
            known.number == record.partition && known.topic.as_deref() == record.topic
        };
        let place = self.partitions.iter().position(same).unwrap_or_else(|| {
            self.partitions.push(Partition {
                topic: record.topic.map(Into::into),
                number: record.partition,
                counts: Counts::default(),
                watermark: Timestamp::MIN,
            });
            self.partitions.len() - 1
        });
        &mut self.partitions[place]
    }

    /// Judges what is to be judged, as of the clock; verdicts that fell or changed are appended.
    pub fn settle(&mut self, effects: &mut Vec<Effect>) {
        while let Some(&(at, account)) = self.timers.first() {
            if self.now < at {
                break;
            }
            self.timers.pop_first();
            self.unsettled.insert(account);
        }
        for place in std::mem::take(&mut self.unsettled) {
            self.judge(place, false, effects);
        }
    }

    /// Settles for good, at the end of what there is: promises that are active again are named too.
    pub fn finish(&mut self, effects: &mut Vec<Effect>) {
        self.settle(effects);
        for place in 0..self.accounts.len() {
            self.judge(place, true, effects);
        }
    }

    /// Writes all rows and comparison records of these windows, as of the clock.
    pub fn write_rows(&mut self, asked: &[Window], publish: &mut dyn FnMut(Output)) {
        if let Some(rows) = self.rows() {
            rows.write(asked, publish);
        }
    }

    /// Writes the row of every calendar period that has ended by the clock.
    pub fn write_closed(&mut self, asked: &[Window], publish: &mut dyn FnMut(Output)) {
        if let Some(rows) = self.rows() {
            rows.write_closed(asked, publish);
        }
    }

    fn rows(&mut self) -> Option<Rows<'_>> {
        let now = self.now()?;
        debug_assert!(self.unsettled.is_empty(), "rows are written of what was judged");
        self.written += 1;
        self.windows.roll(&self.tables.stamps);
        Some(Rows::new(&self.tables, &self.windows, now, self.written))
    }

    /// Moves the clock on; contacts dated up to then take effect.
    fn advance(&mut self, now: Timestamp) {
        let now = now.min(self.until);
        if now <= self.now {
            return;
        }
        self.now = now;
        self.windows.advance(now);
        while let Some(entry) = self.waiting.first_entry() {
            if now < *entry.key() {
                break;
            }
            let (at, contacts) = entry.remove_entry();
            for (place, id) in contacts {
                let account = &mut self.accounts[place];
                account.count_contact(&id, at, &mut self.tables, &mut self.windows);
                if account.history.is_some() {
                    self.unsettled.insert(place);
                }
            }
        }
    }

    /// Judges an account again and carries on what is different.
    fn judge(&mut self, place: usize, ends: bool, effects: &mut Vec<Effect>) {
        let account = &self.accounts[place];
        let Some(history) = &account.history else { return };
        let case = Case { account, history, now: self.now };
        let judgement = judgement::judge(&case, &mut self.tables);
        let id = account.id.clone();
        let account = &mut self.accounts[place];
        let history = account.history.as_deref_mut().expect("it was there above");
        ledger::facts::replace(&history.facts, &judgement.facts, &self.tables, &mut self.windows);
        history.facts = judgement.facts;
        if let Some(at) = history.next.take() {
            self.timers.remove(&(at, place));
        }
        history.next = judgement.next;
        if let Some(at) = judgement.next {
            self.timers.insert((at, place));
        }
        let mut before = std::mem::take(&mut history.verdicts);
        let mut publish = |promise: &str, value: String| {
            let mut key = String::new();
            rows::percent_encode(&mut key, &id);
            key.push('|');
            rows::percent_encode(&mut key, promise);
            effects.push(Effect::Publish(Output { topic: OutputTopic::Verdicts, key, value }));
        };
        for verdict in judgement.verdicts {
            let promise = verdict.id.clone();
            let known = before.remove(&promise);
            let next = Published::succeed(known.as_ref(), verdict, ends);
            if let Some(next) = &next {
                publish(&promise, next.write(&id, self.now, &self.tables));
            }
            if let Some(stands) = next.or(known) {
                history.verdicts.insert(promise, stands);
            }
        }
        // What a correction has made unsaid.
        for (promise, mut gone) in before {
            if !std::mem::replace(&mut gone.withdrawn, true) {
                publish(&promise, String::new());
            }
            history.verdicts.insert(promise, gone);
        }
    }
}
