//! The vocabulary: what an event says once it is known to be valid.
//!
//! After [`decode`](super::decode) nobody checks a field again. Texts are borrowed from the record
//! where JSON allows it. Nothing here is stamped yet: a dimension that the event does not state is
//! `None`, and [`stamp`](super::stamp) says what the account lends.

use std::borrow::Cow;

use super::money::Amount;
use super::time::{Date, Timestamp};

/// A text of at most 256 bytes, never empty.
pub type Text<'a> = Cow<'a, str>;

/// A valid record: who, when, and what happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event<'a> {
    /// `occurred_at`: the event time, to which windows and verdicts refer.
    pub at: Timestamp,
    /// Whose; `None` only where the type allows it (an inbound call, a heartbeat).
    pub account: Option<Text<'a>>,
    /// The record with the highest revision of an identity stands alone.
    pub revision: i64,
    /// XXH64 (seed 0) of the event object's bytes from `{` to `}`.
    pub hash: u64,
    /// What the event states of its dimensions.
    pub dimensions: Dimensions<'a>,
    /// `customer_id`; the account where it is missing.
    pub customer: Option<Text<'a>>,
    /// `account_tz`, as sent: an unknown zone name counts as absent.
    pub zone: Option<Text<'a>>,
    /// What happened.
    pub body: Body<'a>,
}

/// The dimensions that any event may state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dimensions<'a> {
    /// `agent_id`
    pub agent: Option<Text<'a>>,
    /// `team_id`
    pub team: Option<Text<'a>>,
    /// `agency_id`
    pub agency: Option<Text<'a>>,
    /// `campaign_id`
    pub campaign: Option<Text<'a>>,
    /// `strategy_id`
    pub strategy: Option<Text<'a>>,
    /// `product`
    pub product: Option<Text<'a>>,
    /// `tier`
    pub tier: Option<Text<'a>>,
    /// `risk_class`
    pub risk_class: Option<Text<'a>>,
    /// `bucket`; it beats `dpd`.
    pub bucket: Option<Text<'a>>,
    /// Days past due, from which the bucket derives.
    pub dpd: Option<i64>,
}

/// What happened, by `type`.
#[derive(Clone, Debug, PartialEq)]
pub enum Body<'a> {
    /// `call.completed`
    Call(Call<'a>),
    /// `promise.made`
    Promise(Promise<'a>),
    /// `promise.cancelled`
    Cancelled {
        /// Of the promise, plan or instalment that is called off.
        promise_id: Text<'a>,
    },
    /// `promise.verdict`: the system of record overrides the engine.
    Override {
        /// Of the promise, plan or instalment that is judged.
        promise_id: Text<'a>,
        /// What it is from now on.
        verdict: Judged,
    },
    /// `payment.posted`
    Payment(Payment<'a>),
    /// `payment.reversed`
    Reversal(Reversal<'a>),
    /// `payment.pending` and `payment.failed`: no money moves.
    Unsettled {
        /// Of the payment; pending and failed are identities of their own.
        payment_id: Text<'a>,
        /// Whether it failed, or is still pending.
        failed: bool,
    },
    /// `account.snapshot`: the full state; what it lacks is unknown.
    Snapshot(Snapshot<'a>),
    /// `feed.heartbeat`: the feed is alive up to `occurred_at`.
    Heartbeat,
}

impl Body<'_> {
    /// The topic that it is sent to; a heartbeat belongs to any.
    pub fn topic(&self) -> Option<&'static str> {
        match self {
            Self::Call(_) => Some("collections.calls"),
            Self::Promise(_) | Self::Cancelled { .. } | Self::Override { .. } => {
                Some("collections.promises")
            }
            Self::Payment(_) | Self::Reversal(_) | Self::Unsettled { .. } => {
                Some("collections.payments")
            }
            Self::Snapshot(_) => Some("collections.accounts"),
            Self::Heartbeat => None,
        }
    }
}

/// A contact that has ended, by any channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Call<'a> {
    /// Unique within the account.
    pub call_id: Text<'a>,
    /// What came of it.
    pub result: CallResult,
    /// `voice` unless stated; unknown channels are kept as they are.
    pub channel: Text<'a>,
    /// A direction other than `inbound` is outbound.
    pub inbound: bool,
    /// When it began; `occurred_at` unless stated.
    pub started_at: Timestamp,
    /// Seconds of ringing, half-even; 0 unless stated (so are the next three).
    pub dial_s: i64,
    /// Seconds of talk.
    pub talk_s: i64,
    /// Seconds on hold.
    pub hold_s: i64,
    /// Seconds of after-call work.
    pub wrap_s: i64,
    /// Whether any `disposition` was given.
    pub has_disposition: bool,
    /// `conversation`: decides *two-way* where given.
    pub conversation: Option<bool>,
    /// By automated or tool-assisted means.
    pub automated: bool,
}

/// `result` of a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CallResult {
    /// `no_answer`, `busy`, `failed`, `canceled`, `rejected`
    Unanswered,
    /// `unknown`: the outcome was not recorded.
    Unknown,
    /// `abandoned`
    Abandoned,
    /// `machine`
    Machine,
    /// `human`, `third_party`, `wrong_party`
    Human,
    /// `right_party`
    RightParty,
    /// `delivered`
    Delivered,
    /// `undelivered`
    Undelivered,
    /// `replied`
    Replied,
}

/// A promise to pay, or a plan of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Promise<'a> {
    /// Unique within the account.
    pub promise_id: Text<'a>,
    /// The day by whose end it is due, in the account's zone.
    pub due_date: Date,
    /// Minutes after local midnight; the end of the day where `None`.
    pub due_time: Option<u16>,
    /// What was promised.
    pub amount: Amount,
    /// The call in which it was made.
    pub call_id: Option<Text<'a>>,
    /// The contact channel, if the promise states it.
    pub channel: Option<Text<'a>>,
    /// The promise that this one reschedules.
    pub previous_promise_id: Option<Text<'a>>,
    /// Of a plan: the promises that are judged, in order. Empty for a plain promise.
    pub instalments: Vec<Instalment>,
    /// Days of grace, if the promise states them.
    pub grace_days: Option<i64>,
    /// Tolerance in percent in units of 10⁻⁶, if the promise states it; `0 ≤ percent < 100`.
    pub tolerance_percent: Option<i64>,
    /// Tolerance in the promise's currency, if the promise states it.
    pub tolerance_amount: Option<i128>,
}

/// A part of a plan.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Instalment {
    /// The day by whose end it is due.
    pub due_date: Date,
    /// In units of 10⁻⁶ of the plan's currency.
    pub micros: i128,
}

/// The verdicts that a system of record can give.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Judged {
    /// `kept`
    Kept,
    /// `partially_kept`
    PartiallyKept,
    /// `broken`
    Broken,
}

/// Money that came in.
#[derive(Clone, Debug, PartialEq)]
pub struct Payment<'a> {
    /// Unique within the account.
    pub payment_id: Text<'a>,
    /// What was paid.
    pub amount: Amount,
    /// The means of payment (`unknown` where it is missing).
    pub channel: Option<Text<'a>>,
    /// The promise, plan or instalment that the payer named.
    pub promise_id: Option<Text<'a>>,
    /// The due date of the instalment that this pays.
    pub due_date: Option<Date>,
    /// The day it took effect, of feeds that know only the day.
    pub effective_date: Option<Date>,
}

/// Money that went back.
#[derive(Clone, Debug, PartialEq)]
pub struct Reversal<'a> {
    /// Of the reversal.
    pub payment_id: Text<'a>,
    /// Of the payment that it takes back.
    pub original_payment_id: Text<'a>,
    /// How much, in the payment's currency.
    pub amount: Returned,
}

/// How much of a payment goes back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Returned {
    /// All that is left of it.
    All,
    /// Units of 10⁻⁶ of its currency.
    Micros(i128),
    /// Minor units of its currency, which only the payment knows.
    Minor(i64),
}

/// What a snapshot says beside the dimensions that every event may state.
///
/// Its balances are validated and left for the KPIs that will need them.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot<'a> {
    /// `status`, as sent.
    pub status: Option<Text<'a>>,
    /// Days past due.
    pub dpd: i64,
    /// Whether `balance_overdue` is above zero.
    pub owes_overdue: bool,
    /// The day from which days past due are counted while overdue.
    pub delinquent_since: Option<Date>,
}

/// Why a record is not an event, or is set aside.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rejection {
    /// The class, one of a closed set.
    pub reason: Reason,
    /// What a person needs to act on it: the field, the offending value, what was expected.
    pub detail: String,
}

/// The reasons of dead letters.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Reason {
    /// Not JSON, or nested more than 127 levels deep.
    BadJson,
    /// JSON, but no object.
    NotAnObject,
    /// A required field is missing.
    MissingField,
    /// A used field has a wrong type or value, or is given twice.
    BadField,
    /// A used time is not one.
    BadTime,
    /// A used date is not one.
    BadDate,
    /// A used amount is not one.
    BadAmount,
    /// A used currency is not three capital letters.
    BadCurrency,
    /// A currency without a rate: set aside.
    NoRate,
    /// More than a day ahead of the wall clock, in live operation.
    Future,
    /// Older than the horizon.
    TooLate,
    /// More than 1 MiB.
    TooLarge,
}

impl Reason {
    /// As written on the dead-letter topic.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadJson => "bad_json",
            Self::NotAnObject => "not_an_object",
            Self::MissingField => "missing_field",
            Self::BadField => "bad_field",
            Self::BadTime => "bad_time",
            Self::BadDate => "bad_date",
            Self::BadAmount => "bad_amount",
            Self::BadCurrency => "bad_currency",
            Self::NoRate => "no_rate",
            Self::Future => "future",
            Self::TooLate => "too_late",
            Self::TooLarge => "too_large",
        }
    }
}
