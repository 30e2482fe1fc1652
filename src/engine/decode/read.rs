//! The fields of an object, each read as what it must be; what it is not becomes a rejection.

use std::borrow::Cow;
use std::fmt::Display;

use super::field::Field;
use super::object::Object;
use super::value;
use crate::engine::event::{Reason, Rejection, Text};
use crate::engine::money::{Currency, Rates};
use crate::engine::time::{Date, Timestamp};

/// Characters of an offending value that a rejection shows.
const SHOWN_MAX: usize = 80;

pub(super) const TEXT: &str = "a text of at most 256 bytes";
const ID_LIST: &str = "a list of texts of at most 256 bytes";
const ANY_TEXT: &str = "a text";
const TRUTH: &str = "true or false";
const INTEGER: &str = "an integer of 64 bits";
const GRACE: &str = "an integer from 0 to 3650";
const SECONDS: &str = "a number of seconds from 0 to 1000000000";
const TIME: &str =
    "a time from 1970 to 2999 such as \"2026-11-20T09:14:31.250+08:00\", or milliseconds";
pub(super) const DATE: &str = "a date from 1900 to 2999 such as \"2026-11-20\"";
const MINUTES: &str = "a time of day such as \"18:30\"";
const CURRENCY: &str = "three capital letters such as \"CNY\"";
pub(super) const AMOUNT: &str =
    "an amount above 0 with at most 12 digits before and 6 after the point, such as \"1234.50\"";
const BALANCE: &str =
    "an amount with at most 12 digits before and 6 after the point, such as \"1234.50\"";
const MINOR: &str = "a whole number of minor units above 0 with at most 12 digits before the point";
const PERCENT: &str = "a percentage from 0 to below 100 with at most 6 digits after the point";
const SLACK: &str = "an amount of 0 or more with at most 12 digits before and 6 after the point";
const DECIMAL: &str = "a number or a decimal text";
const PROBABILITY: &str = "a number or a decimal text from 0 to 1";

type Read<T> = Result<Option<T>, Rejection>;

impl<'a> Object<'a> {
    /// A text, most often an id or a dimension.
    pub(super) fn text(&self, field: Field) -> Read<Text<'a>> {
        self.read(field, Reason::BadField, TEXT, value::text)
    }

    /// A text that may be long.
    pub(super) fn any_text(&self, field: Field) -> Read<Text<'a>> {
        self.read(field, Reason::BadField, ANY_TEXT, value::any_text)
    }

    /// A list of ids, of which nothing is kept.
    pub(super) fn texts(&self, field: Field) -> Read<()> {
        self.read(field, Reason::BadField, ID_LIST, value::texts)
    }

    /// Yes or no.
    pub(super) fn truth(&self, field: Field) -> Read<bool> {
        self.read(field, Reason::BadField, TRUTH, value::truth)
    }

    /// A count, which may be negative.
    pub(super) fn integer(&self, field: Field) -> Read<i64> {
        self.read(field, Reason::BadField, INTEGER, value::integer)
    }

    /// A number of days that delay a deadline.
    pub(super) fn grace(&self, field: Field) -> Read<i64> {
        let within = |json| value::integer(json).filter(|days| (0..=3650).contains(days));
        self.read(field, Reason::BadField, GRACE, within)
    }

    /// A duration.
    pub(super) fn seconds(&self, field: Field) -> Read<i64> {
        self.read(field, Reason::BadField, SECONDS, value::seconds)
    }

    /// An instant.
    pub(super) fn time(&self, field: Field) -> Read<Timestamp> {
        self.read(field, Reason::BadTime, TIME, value::time)
    }

    /// A day.
    pub(super) fn date(&self, field: Field) -> Read<Date> {
        self.read(field, Reason::BadDate, DATE, value::date)
    }

    /// Minutes after midnight.
    pub(super) fn minutes(&self, field: Field) -> Read<u16> {
        self.read(field, Reason::BadField, MINUTES, value::minutes)
    }

    /// The stated currency, or the one that is meant where none is stated.
    pub(super) fn currency(&self, rates: &Rates) -> Result<Currency, Rejection> {
        Ok(self.stated_currency()?.unwrap_or(rates.reporting()))
    }

    /// The currency, if one is stated.
    pub(super) fn stated_currency(&self) -> Read<Currency> {
        self.read(Field::Currency, Reason::BadCurrency, CURRENCY, value::currency)
    }

    /// `amount_minor` in whatever currency.
    pub(super) fn amount_minor(&self) -> Read<i64> {
        let whole = |json| value::minor(json, 6).filter(|&minor| 0 < minor);
        self.read(Field::AmountMinor, Reason::BadAmount, MINOR, whole)
    }

    /// What `amount` and `amount_minor` say, above 0 and the same, in units of 10⁻⁶ of `currency`.
    pub(super) fn amount(&self, currency: Currency) -> Read<i128> {
        let above_zero = |micros: &i64| 0 < *micros;
        let major = self.read(Field::Amount, Reason::BadAmount, AMOUNT, |json| {
            value::micros(json).filter(above_zero)
        })?;
        let minor = self.read(Field::AmountMinor, Reason::BadAmount, MINOR, |json| {
            value::minor(json, currency.minor_digits()).filter(above_zero)
        })?;
        if let (Some(one), Some(other)) = (major, minor)
            && one != other
        {
            let written = self.value(Field::AmountMinor).unwrap_or_default();
            let expected = format!("the same amount as amount_minor {written} of {currency}");
            // Neither is malformed: it is the record that contradicts itself.
            return Err(self.refusal(Field::Amount, Reason::BadField, &expected));
        }
        Ok(major.or(minor).map(i128::from))
    }

    /// An amount of any sign, in units of 10⁻⁶.
    pub(super) fn balance(&self, field: Field) -> Read<i64> {
        self.read(field, Reason::BadAmount, BALANCE, value::micros)
    }

    /// A percentage in units of 10⁻⁶.
    pub(super) fn percent(&self, field: Field) -> Read<i64> {
        let within = |json| value::micros(json).filter(|micros| (0..100_000_000).contains(micros));
        self.read(field, Reason::BadField, PERCENT, within)
    }

    /// An amount that may be 0, in units of 10⁻⁶.
    pub(super) fn slack(&self, field: Field) -> Read<i128> {
        let within = |json| value::micros(json).filter(|micros| 0 <= *micros).map(i128::from);
        self.read(field, Reason::BadField, SLACK, within)
    }

    /// A number, of which nothing is kept.
    pub(super) fn any_decimal(&self, field: Field) -> Read<()> {
        self.read(field, Reason::BadField, DECIMAL, value::any_decimal)
    }

    /// A probability, of which nothing is kept.
    pub(super) fn probability(&self, field: Field) -> Read<()> {
        self.read(field, Reason::BadField, PROBABILITY, value::probability)
    }

    /// A field that the event cannot do without.
    pub(super) fn required<T>(
        &self,
        field: Field,
        read: impl FnOnce(&Self, Field) -> Read<T>,
    ) -> Result<T, Rejection> {
        read(self, field)?.ok_or_else(|| missing(field))
    }

    /// The field's value as `parse` understands it, which is what `expected` describes.
    pub(super) fn read<T>(
        &self,
        field: Field,
        reason: Reason,
        expected: &str,
        parse: impl FnOnce(&'a str) -> Option<T>,
    ) -> Read<T> {
        let Some(json) = self.value(field) else { return Ok(None) };
        match parse(json) {
            Some(value) => Ok(Some(value)),
            None => Err(refusal(reason, field.name(), json, expected)),
        }
    }

    /// Why a field that is given twice is refused.
    #[cold]
    pub(super) fn repeated(&self, field: Field) -> Rejection {
        let json = self.value(field).unwrap_or("null or empty");
        let detail =
            format!("{} is given twice (last as {}), expected once", field.name(), cut(json));
        Rejection { reason: Reason::BadField, detail }
    }

    /// Why the value of a field is refused.
    pub(super) fn refusal(&self, field: Field, reason: Reason, expected: &str) -> Rejection {
        refusal(reason, field.name(), self.value(field).unwrap_or("missing"), expected)
    }
}

/// Why an event without this field is refused.
#[cold]
pub(super) fn missing(field: Field) -> Rejection {
    let detail = format!("{} is missing, null or empty, but required", field.name());
    Rejection { reason: Reason::MissingField, detail }
}

/// Why the value written as `json` is refused.
#[cold]
pub(super) fn refusal(reason: Reason, what: impl Display, json: &str, expected: &str) -> Rejection {
    Rejection { reason, detail: format!("{what} is {}, expected {expected}", cut(json)) }
}

/// The beginning of a long value.
fn cut(json: &str) -> Cow<'_, str> {
    match json.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => Cow::Owned(format!("{}…", &json[..end])),
        None => Cow::Borrowed(json),
    }
}
