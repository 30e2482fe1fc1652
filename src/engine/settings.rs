//! What the engine is told once, at its start: the choices that change numbers.
//!
//! [`Config`](crate::config::Config) makes this out of the configuration file, checked: every zone
//! exists, every number is in its range.

use super::money::Rates;

/// The choices that change numbers, with `deploy/config.toml` as the home of their defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `reporting.timezone`: an IANA name that exists.
    pub timezone: String,
    /// `reporting.currency` and `[rates]`.
    pub rates: Rates,
    /// `reporting.week_start`: 0 is Monday.
    pub week_start: u8,
    /// `reporting.quarter_start_month`: 1 to 12.
    pub quarter_start_month: u8,
    /// `reporting.low_sample`: a count below it, as a denominator, is a low sample.
    pub low_sample: i128,
    /// `buckets.preset`.
    pub buckets: Preset,
    /// `promises.grace_days`.
    pub grace_days: i64,
    /// `promises.tolerance`.
    pub tolerance: Tolerance,
    /// `promises.one_active_per_account`: a new promise supersedes.
    pub one_active_per_account: bool,
    /// `promises.reversal_days`: how long after a payment its return still changes verdicts.
    pub reversal_days: i64,
    /// `promises.at_risk_hour`: local hour from which an unpaid promise due today is at risk.
    pub at_risk_hour: i64,
    /// `promises.at_risk_days`: how long a break or a return makes an account's promises risky.
    pub at_risk_days: i64,
    /// `attribution.window_days`: how long a right-party contact earns money for its agent.
    pub attribution_days: i64,
    /// `contacts.max_contact_s`: a longer contact is implausible.
    pub max_contact_s: i64,
    /// `horizons.correction_days`, where the file states it or the command lives by it.
    pub correction_days: Option<i64>,
    /// `horizons.call_hours`, likewise.
    pub call_hours: Option<i64>,
    /// Start of the process in seconds since 1970: the high digits of every `version`.
    pub started_s: i64,
}

/// Where the bucket of a number of days past due comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Preset {
    /// M0, M1 … M6, M6+
    Cn,
    /// current, 1-29, 30-59 … 180+
    Us,
    /// current, 1-30, 31-60, 61-90, 90+
    B2b,
}

/// How much less than promised still keeps a promise.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tolerance {
    /// Which of the two counts.
    pub method: ToleranceMethod,
    /// In percent, in units of 10⁻⁶: from 0 to below 100 %.
    pub percent: Option<i64>,
    /// In units of 10⁻⁶ of the reporting currency.
    pub amount: Option<i128>,
}

/// Which of two tolerances counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ToleranceMethod {
    /// No tolerance.
    None,
    /// The smaller of those that are set.
    Min,
    /// The greater of those that are set.
    Max,
}
