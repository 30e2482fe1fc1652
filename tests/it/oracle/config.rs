//! The configuration keys that change numbers.

use std::collections::BTreeMap;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use toml::{Table, Value};

use super::number::{self, Decimal};
use super::zone;

/// Milliseconds of a day of 24 hours.
pub const DAY: i64 = 86_400_000;

pub struct Config {
    pub zone: TimeZone,
    pub currency: String,
    pub week_start: Weekday,
    pub quarter_start_month: i8,
    pub low_sample: i128,
    /// Units of 10⁻⁶ of the reporting currency for one unit of another.
    pub rates: BTreeMap<String, i128>,
    pub buckets: String,
    pub grace_days: i64,
    pub tolerance: Tolerance,
    pub one_active_per_account: bool,
    pub reversal_ms: i64,
    pub at_risk_hour: i8,
    pub at_risk_ms: i64,
    pub attribution_ms: i64,
    pub max_contact_s: i128,
    /// Horizons hold only where they are stated (`docs/SEMANTICS.md` 5).
    pub correction_ms: Option<i64>,
    pub call_ms: Option<i64>,
}

/// How much less than the promised amount is enough (`docs/SEMANTICS.md` 19).
#[derive(Clone, Default)]
pub struct Tolerance {
    pub method: String,
    /// In units of 10⁻⁶ per cent.
    pub percent: Option<i128>,
    /// In units of 10⁻⁶ of the reporting currency.
    pub amount: Option<i128>,
}

impl Config {
    /// # Panics
    /// On a text that is no valid configuration: the oracle is asked for answers, not for opinions.
    pub fn read(text: &str) -> Self {
        let table: Table = text.parse().expect("the configuration is TOML");
        let find = |path: &str| {
            let mut parts = path.split('.');
            let first = table.get(parts.next().expect("a path has a first part"));
            parts.fold(first, |value, part| value?.get(part))
        };
        let int =
            |path: &str, default: i64| find(path).map_or(default, |v| v.as_integer().expect(path));
        let string = |path: &str, default: &str| {
            find(path).map_or(default, |v| v.as_str().expect(path)).to_owned()
        };
        let units = |path: &str, digits| find(path).map(|value| units(value, digits));
        let rates = find("rates").and_then(Value::as_table);
        Self {
            zone: zone::find(&string("reporting.timezone", "Asia/Shanghai")).expect("a known zone"),
            currency: string("reporting.currency", "CNY"),
            week_start: weekday(&string("reporting.week_start", "monday")),
            quarter_start_month: small(int("reporting.quarter_start_month", 1)),
            low_sample: int("reporting.low_sample", 20).into(),
            rates: rates
                .into_iter()
                .flatten()
                .map(|(code, rate)| (code.clone(), self::units(rate, 6)))
                .collect(),
            buckets: string("buckets.preset", "cn"),
            grace_days: int("promises.grace_days", 0),
            tolerance: Tolerance {
                method: string("promises.tolerance.method", "none"),
                percent: units("promises.tolerance.percent", 12),
                amount: units("promises.tolerance.amount", 12),
            },
            one_active_per_account: find("promises.one_active_per_account")
                .is_none_or(|v| v.as_bool().expect("a boolean")),
            reversal_ms: int("promises.reversal_days", 90) * DAY,
            at_risk_hour: small(int("promises.at_risk_hour", 18)),
            at_risk_ms: int("promises.at_risk_days", 90) * DAY,
            attribution_ms: int("attribution.window_days", 14) * DAY,
            max_contact_s: int("contacts.max_contact_s", 14_400).into(),
            correction_ms: find("horizons.correction_days")
                .map(|v| v.as_integer().expect("days") * DAY),
            call_ms: find("horizons.call_hours")
                .map(|v| v.as_integer().expect("hours") * 3_600_000),
        }
    }

    /// The rate of a currency in units of 10⁻⁶, if it has one.
    pub fn rate(&self, currency: &str) -> Option<i128> {
        if currency == self.currency { Some(1_000_000) } else { self.rates.get(currency).copied() }
    }

    /// Digits after the point of printed money.
    pub fn digits(&self) -> u32 {
        number::minor_digits(&self.currency)
    }

    /// The bucket of so many days past due (`docs/SEMANTICS.md` 34).
    pub fn bucket(&self, dpd: i64) -> &'static str {
        let (names, bounds): (&[&'static str], &[i64]) = match self.buckets.as_str() {
            "us" => (
                &["current", "1-29", "30-59", "60-89", "90-119", "120-149", "150-179", "180+"],
                &[0, 29, 59, 89, 119, 149, 179],
            ),
            "b2b" => (&["current", "1-30", "31-60", "61-90", "90+"], &[0, 30, 60, 90]),
            _ => (
                &["M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+"],
                &[0, 30, 60, 90, 120, 150, 180],
            ),
        };
        names[bounds.iter().filter(|bound| dpd > **bound).count()]
    }
}

fn units(value: &Value, before: usize) -> i128 {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Array(_)
        | Value::Table(_) => value.to_string(),
    };
    Decimal::of_text(&text).and_then(|d| d.units(before, 6)).expect("a decimal number")
}

fn small(value: i64) -> i8 {
    i8::try_from(value).expect("a month or an hour")
}

fn weekday(name: &str) -> Weekday {
    match name {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        other => panic!("no weekday: {other}"),
    }
}
