//! The ledger: promises, payments and what joins them, per account.
//!
//! It recomputes and compares. One pure function, [`judge`](judgement::judge), says which facts hold
//! of an account's history at a clock; when anything changes (a record, a correction, a deadline) it
//! is asked again, and only the difference to what it said before goes on to the windows. So the
//! same events give the same facts in whatever order they come (`docs/adr/0002-recompute-and-compare.md`).

use std::collections::BTreeMap;

use super::event::{Judged, Returned};
use super::money::Currency;
use super::revision::Revised;
use super::stamp::{Name, Values};
use super::tables::ZoneId;
use super::time::{Date, Timestamp};

pub mod facts;
pub mod judgement;
pub mod pouring;
pub mod promise;
pub mod shares;
pub mod sweep;
pub mod verdict;

/// The promises and payments of an account, each as its standing record says, and what was last
/// judged of them.
#[derive(Debug, Default)]
pub struct History {
    /// `promise.made`, by promise id.
    pub promises: BTreeMap<Box<str>, Revised<PromiseMade>>,
    /// `promise.cancelled`, by promise id.
    pub cancellations: BTreeMap<Box<str>, Revised<()>>,
    /// `promise.verdict`, by promise id.
    pub overrides: BTreeMap<Box<str>, Revised<Judged>>,
    /// `payment.posted`, by payment id.
    pub payments: BTreeMap<Box<str>, Revised<PaymentPosted>>,
    /// `payment.reversed`, by the reversal's id.
    pub reversals: BTreeMap<Box<str>, Revised<Reversed>>,
    /// `payment.pending`, by payment id: known again, nothing more.
    pub pending: BTreeMap<Box<str>, Revised<()>>,
    /// `payment.failed`, likewise.
    pub failed: BTreeMap<Box<str>, Revised<()>>,
    /// The facts that the windows hold of this account.
    pub facts: Vec<facts::Fact>,
    /// The verdicts as last published, by promise or instalment id.
    pub verdicts: BTreeMap<Box<str>, verdict::Published>,
    /// When it is to be judged again, if nothing else happens.
    pub next: Option<Timestamp>,
}

/// What a promise says.
#[derive(Clone, Debug)]
pub struct PromiseMade {
    /// What it states of its dimensions, its channel included.
    pub stated: Values,
    /// The zone that it states.
    pub zone: Option<ZoneId>,
    /// The day by whose end it is due.
    pub due_date: Date,
    /// Minutes after local midnight.
    pub due_time: Option<u16>,
    /// Units of 10⁻⁶ of `currency`.
    pub micros: i128,
    /// Of the promise and its instalments.
    pub currency: Currency,
    /// The call in which it was made.
    pub call_id: Option<Box<str>>,
    /// The promise that it reschedules.
    pub previous: Option<Box<str>>,
    /// Due dates and units of 10⁻⁶.
    pub instalments: Vec<(Date, i128)>,
    /// Its own grace.
    pub grace_days: Option<i64>,
    /// Its own tolerance in percent, in units of 10⁻⁶.
    pub tolerance_percent: Option<i64>,
    /// Its own tolerance in units of 10⁻⁶ of `currency`.
    pub tolerance_micros: Option<i128>,
}

/// What a payment says.
#[derive(Clone, Debug)]
pub struct PaymentPosted {
    /// What it states of its dimensions.
    pub stated: Values,
    /// The zone that it states.
    pub zone: Option<ZoneId>,
    /// Units of 10⁻⁶ of `currency`.
    pub micros: i128,
    /// Its currency, and so that of its returns.
    pub currency: Currency,
    /// The means of payment.
    pub channel: Name,
    /// The promise, plan or instalment that the payer named.
    pub promise_id: Option<Box<str>>,
    /// The due date that it pays.
    pub due_date: Option<Date>,
    /// The day it took effect.
    pub effective_date: Option<Date>,
}

/// What a reversal says.
#[derive(Clone, Debug)]
pub struct Reversed {
    /// The payment that it takes back.
    pub original: Box<str>,
    /// How much, in the payment's currency.
    pub amount: Returned,
}
