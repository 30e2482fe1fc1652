//! Intake: what becomes of each record. Every one is counted as exactly one outcome
//! (`docs/SEMANTICS.md` 3).

use super::account::{Account, file};
use super::class::Class;
use super::contact::Contact;
use super::decode::{Decoded, decode};
use super::event::{self, Body, Event, Reason, Rejection};
use super::ledger::{History, PaymentPosted, PromiseMade, Reversed};
use super::revision::{Contest, Version};
use super::snapshot::Lent;
use super::stamp::{Dimension, Name, Stamp};
use super::time::{DAY, HOUR, Timestamp};
use super::{Effect, Engine, Record};

/// What became of a record.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Outcome {
    /// It stands, or did when it came.
    Applied,
    /// Known already, or a lower revision.
    Duplicate,
    /// Same identity and revision, other content, and it lost.
    Conflict,
    /// A type that is not known, or no value.
    Skipped,
    /// In a currency without a rate.
    SetAside,
    /// Invalid.
    DeadLettered,
    /// Older than the horizon.
    TooLate,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Applied,
        Self::Duplicate,
        Self::Conflict,
        Self::Skipped,
        Self::SetAside,
        Self::DeadLettered,
        Self::TooLate,
    ];

    /// As written in summaries and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Duplicate => "duplicate",
            Self::Conflict => "conflict",
            Self::Skipped => "skipped",
            Self::SetAside => "set_aside",
            Self::DeadLettered => "dead_lettered",
            Self::TooLate => "too_late",
        }
    }
}

impl From<Contest> for Outcome {
    fn from(contest: Contest) -> Self {
        match contest {
            Contest::Wins => Self::Applied,
            Contest::Duplicate => Self::Duplicate,
            Contest::Loses => Self::Conflict,
        }
    }
}

/// How many records came to which end.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts([u64; Outcome::ALL.len()]);

impl Counts {
    /// How many came to this end.
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.0[outcome as usize]
    }

    /// How many came.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

impl Engine {
    /// Takes in a record, then moves the clock to it.
    pub(super) fn take(&mut self, record: &Record<'_>, effects: &mut Vec<Effect>) {
        let outcome = match decode(record.payload, record.ce_type, &self.tables.settings.rates) {
            Decoded::Skipped => Outcome::Skipped,
            Decoded::Rejected(rejection) => {
                let set_aside = rejection.reason == Reason::NoRate;
                effects.push(Effect::Reject(rejection));
                if set_aside { Outcome::SetAside } else { Outcome::DeadLettered }
            }
            Decoded::Event(event) => self.take_event(&event, record, effects),
        };
        let partition = self.partition(record);
        partition.counts.0[outcome as usize] += 1;
    }

    fn take_event(
        &mut self,
        event: &Event<'_>,
        record: &Record<'_>,
        effects: &mut Vec<Effect>,
    ) -> Outcome {
        // The lines of a file belong to the topic of their type.
        let feed = Record { topic: record.topic.or(event.body.topic()), ..*record };
        if let Some(rejection) = self.too_late(event, &feed) {
            effects.push(Effect::Reject(rejection));
            return Outcome::TooLate;
        }
        let outcome = Outcome::from(self.file_event(event));
        let watermark = &mut self.partition(&feed).watermark;
        *watermark = (*watermark).max(event.at);
        self.advance(event.at);
        outcome
    }

    /// Whether an event is older than its horizon behind what its partition has seen.
    fn too_late(&mut self, event: &Event<'_>, feed: &Record<'_>) -> Option<Rejection> {
        let settings = &self.tables.settings;
        let (horizon, name) = match event.body {
            Body::Heartbeat => return None,
            Body::Call(_) => (settings.call_hours? * HOUR, "horizons.call_hours"),
            Body::Promise(_)
            | Body::Cancelled { .. }
            | Body::Override { .. }
            | Body::Payment(_)
            | Body::Reversal(_)
            | Body::Unsettled { .. }
            | Body::Snapshot(_) => (settings.correction_days? * DAY, "horizons.correction_days"),
        };
        let watermark = self.partition(feed).watermark;
        if watermark == Timestamp::MIN || watermark.minus(ALLOWED_DISORDER + horizon) <= event.at {
            return None;
        }
        let zone = self.tables.calendar.zone();
        let detail = format!(
            "occurred_at {} is more than {name} behind {}, the latest of its partition",
            zone.format(event.at),
            zone.format(watermark)
        );
        Some(Rejection { reason: Reason::TooLate, detail })
    }

    fn account(&mut self, id: Option<&str>) -> usize {
        let Some(id) = id else { return 0 };
        if let Some(&place) = self.account_ids.get(id) {
            return place;
        }
        let place = self.accounts.len();
        self.accounts.push(Account::new(id));
        self.account_ids.insert(id.into(), place);
        place
    }

    fn file_event(&mut self, event: &Event<'_>) -> Contest {
        let version = Version { revision: event.revision, at: event.at, hash: event.hash };
        if event.body == Body::Heartbeat {
            return Contest::Wins;
        }
        let place = self.account(event.account.as_deref());
        if let Body::Call(call) = &event.body {
            return self.file_call(place, version, event, call);
        }
        let contest = if let Body::Snapshot(snapshot) = &event.body {
            self.file_snapshot(place, version, event, snapshot)
        } else {
            self.file_in_history(place, version, event)
        };
        if contest == Contest::Wins {
            self.owners.see(place, &event.body);
            if self.accounts[place].history.is_some() {
                self.unsettled.insert(place);
            }
        }
        contest
    }

    fn file_call(
        &mut self,
        place: usize,
        version: Version,
        event: &Event<'_>,
        call: &event::Call<'_>,
    ) -> Contest {
        let contest = self.accounts[place].contest_contact(&call.call_id, &version);
        if contest != Contest::Wins {
            return contest;
        }
        let tables = &mut self.tables;
        let max_contact_s = tables.settings.max_contact_s;
        let channel = tables.names.intern(&call.channel);
        let contact = Contact {
            id: call.call_id.as_ref().into(),
            version,
            started_at: call.started_at,
            day: tables.day(event.at),
            stated: tables.stated(&event.dimensions).with(Dimension::Channel, channel),
            stamp: Stamp(0),
            counted: false,
            zone: tables.zones.find(event.zone.as_deref()),
            class: Class::of(call, event.dimensions.agent.is_some(), max_contact_s),
            seconds: [call.dial_s, call.talk_s, call.hold_s, call.wrap_s],
        };
        let account = &mut self.accounts[place];
        account.remember_contact(contact, tables, &mut self.windows);
        if event.at <= self.until {
            account.count_contact(&call.call_id, event.at, tables, &mut self.windows);
        } else {
            self.waiting.entry(event.at).or_default().push((place, call.call_id.as_ref().into()));
        }
        if account.history.is_some() {
            self.unsettled.insert(place);
        }
        Contest::Wins
    }

    fn file_snapshot(
        &mut self,
        place: usize,
        version: Version,
        event: &Event<'_>,
        snapshot: &event::Snapshot<'_>,
    ) -> Contest {
        let in_book =
            !snapshot.status.as_deref().is_some_and(|status| LEFT_THE_BOOK.contains(&status));
        let ages = in_book && snapshot.owes_overdue && event.dimensions.bucket.is_none();
        let lent = Lent {
            values: self.tables.stated(&event.dimensions),
            zone: self.tables.zones.find(event.zone.as_deref()),
            delinquent_since: snapshot.delinquent_since.filter(|_| ages),
        };
        let account = &mut self.accounts[place];
        let contest = account.snapshots.file(version, lent);
        if contest == Contest::Wins {
            account.restamp(event.at, &mut self.tables, &mut self.windows);
        }
        contest
    }

    fn file_in_history(&mut self, place: usize, version: Version, event: &Event<'_>) -> Contest {
        let tables = &mut self.tables;
        let history = self.accounts[place].history.get_or_insert_with(Box::<History>::default);
        match &event.body {
            Body::Promise(promise) => {
                file(&mut history.promises, &promise.promise_id, version, || {
                    let channel = promise.channel.as_deref();
                    let channel = channel.map_or(Name::UNKNOWN, |text| tables.names.intern(text));
                    let parts = promise.instalments.iter();
                    PromiseMade {
                        stated: tables.stated(&event.dimensions).with(Dimension::Channel, channel),
                        zone: tables.zones.find(event.zone.as_deref()),
                        due_date: promise.due_date,
                        due_time: promise.due_time,
                        micros: promise.amount.micros,
                        currency: promise.amount.currency,
                        call_id: promise.call_id.as_deref().map(Into::into),
                        previous: promise.previous_promise_id.as_deref().map(Into::into),
                        instalments: parts.map(|part| (part.due_date, part.micros)).collect(),
                        grace_days: promise.grace_days,
                        tolerance_percent: promise.tolerance_percent,
                        tolerance_micros: promise.tolerance_amount,
                    }
                })
            }
            Body::Cancelled { promise_id } => {
                file(&mut history.cancellations, promise_id, version, || ())
            }
            Body::Override { promise_id, verdict } => {
                file(&mut history.overrides, promise_id, version, || *verdict)
            }
            Body::Payment(payment) => {
                file(&mut history.payments, &payment.payment_id, version, || {
                    let channel = payment.channel.as_deref();
                    PaymentPosted {
                        stated: tables.stated(&event.dimensions),
                        zone: tables.zones.find(event.zone.as_deref()),
                        micros: payment.amount.micros,
                        currency: payment.amount.currency,
                        channel: channel.map_or(Name::UNKNOWN, |text| tables.names.intern(text)),
                        promise_id: payment.promise_id.as_deref().map(Into::into),
                        due_date: payment.due_date,
                        effective_date: payment.effective_date,
                    }
                })
            }
            Body::Reversal(reversal) => {
                file(&mut history.reversals, &reversal.payment_id, version, || Reversed {
                    original: reversal.original_payment_id.as_ref().into(),
                    amount: reversal.amount,
                })
            }
            Body::Unsettled { payment_id, failed } => {
                let records = if *failed { &mut history.failed } else { &mut history.pending };
                file(records, payment_id, version, || ())
            }
            Body::Call(_) | Body::Snapshot(_) | Body::Heartbeat => {
                unreachable!("filed where they belong")
            }
        }
    }
}

/// States of accounts that have left the book: they are not overdue, whatever they owe.
const LEFT_THE_BOOK: [&str; 4] = ["closed", "paid_off", "written_off", "dismissed"];

/// How far behind the latest event of its partition an event may come and still be in order.
const ALLOWED_DISORDER: i64 = 5_000;
