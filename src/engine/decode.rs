//! From the bytes of a record to an event, or to the reason why it is none. Total: no bytes panic.
//!
//! The order of the checks is the order in which defects are reported: size, JSON, `type`, a used
//! field given twice, `revision`, `occurred_at`, `account_id`, the other fields, and last the rate.

mod body;
mod decimal;
mod field;
mod kind;
mod members;
mod object;
mod read;
mod value;

use std::borrow::Cow;
use std::fmt::Display;

use self::field::Field;
use self::kind::Kind;
use self::object::Object;
use super::event::{Dimensions, Event, Reason, Rejection};
use super::money::Rates;

/// Bytes that a record may have: 1 MiB.
const RECORD_BYTES_MAX: usize = 1 << 20;

/// What a record turned out to be.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly every record is an event")]
pub enum Decoded<'a> {
    /// A valid event.
    Event(Event<'a>),
    /// Not for us: a type that is not known, or a record without a value.
    Skipped,
    /// Invalid, or in a currency without a rate.
    Rejected(Rejection),
}

/// Reads a record: the bare event, or a `CloudEvent` around it (in binary mode with its type in
/// `ce_type`), each with or without the five-byte prefix of Confluent's wire format.
pub fn decode<'a>(
    payload: Option<&'a [u8]>,
    ce_type: Option<&'a str>,
    rates: &Rates,
) -> Decoded<'a> {
    let Some(payload) = payload else { return Decoded::Skipped };
    match event(payload, ce_type, rates) {
        Ok(Some(event)) => Decoded::Event(event),
        Ok(None) => Decoded::Skipped,
        Err(rejection) => Decoded::Rejected(rejection),
    }
}

/// The topic that events of a type are sent to; a heartbeat belongs to any.
pub fn topic_of_type(name: &str) -> Option<&'static str> {
    kind::row_of(name)?.topic
}

/// The type that a record claims, valid or not; `None` where it cannot be told.
pub fn type_of(payload: &[u8]) -> Option<Cow<'_, str>> {
    let mut object = Object::empty();
    let Found { envelope_type, .. } = find(payload, &mut object).ok()?;
    value::any_text(object.value(Field::Type).or(envelope_type)?)
}

fn event<'a>(
    payload: &'a [u8],
    ce_type: Option<&str>,
    rates: &Rates,
) -> Result<Option<Event<'a>>, Rejection> {
    let mut object = Object::empty();
    let Found { json, envelope_type } = find(payload, &mut object)?;
    let Some(kind) = kind(&object, envelope_type, ce_type)? else { return Ok(None) };
    if let Some(field) = object.given_twice.first_common(kind.used()) {
        return Err(object.repeated(field));
    }
    let revision = object.integer(Field::Revision)?.unwrap_or(0);
    let at = object.required(Field::OccurredAt, Object::time)?;
    let account = object.text(Field::AccountId)?;
    if account.is_none() && needs_account(kind, &object) {
        return Err(read::missing(Field::AccountId));
    }
    let dimensions = Dimensions {
        agent: object.text(Field::AgentId)?,
        team: object.text(Field::TeamId)?,
        agency: object.text(Field::AgencyId)?,
        campaign: object.text(Field::CampaignId)?,
        strategy: object.text(Field::StrategyId)?,
        product: object.text(Field::Product)?,
        tier: object.text(Field::Tier)?,
        risk_class: object.text(Field::RiskClass)?,
        bucket: object.text(Field::Bucket)?,
        dpd: object.integer(Field::Dpd)?,
    };
    let customer = object.text(Field::CustomerId)?;
    let zone = object.text(Field::AccountTz)?;
    let Some(body) = body::body(kind, &object, at, rates)? else { return Ok(None) };
    let hash = twox_hash::XxHash64::oneshot(0, json.as_bytes());
    Ok(Some(Event { at, account, revision, hash, dimensions, customer, zone, body }))
}

/// The kind of an event; `None` where its type is not understood.
fn kind(
    object: &Object<'_>,
    envelope_type: Option<&str>,
    ce_type: Option<&str>,
) -> Result<Option<Kind>, Rejection> {
    let name = match (object.text(Field::Type)?, envelope_type, ce_type) {
        (Some(name), _, _) => name,
        (None, Some(json), _) => value::text(json)
            .ok_or_else(|| read::refusal(Reason::BadField, "type", json, read::TEXT))?,
        (None, None, Some(name)) if !name.is_empty() => Cow::Borrowed(name),
        (None, None, _) => return Err(read::missing(Field::Type)),
    };
    Ok(kind::row_of(&name).and_then(|row| row.kind))
}

fn needs_account(kind: Kind, object: &Object<'_>) -> bool {
    match kind {
        Kind::Call => !body::is_inbound(object),
        Kind::Heartbeat => false,
        Kind::Promise
        | Kind::Cancelled
        | Kind::Override
        | Kind::Payment
        | Kind::Reversal
        | Kind::Pending
        | Kind::Failed
        | Kind::Snapshot
        | Kind::Sale => true,
    }
}

/// Where the event object of a record lies.
struct Found<'a> {
    /// Its text, from `{` to `}`.
    json: &'a str,
    /// `type` of the envelope around it, as written.
    envelope_type: Option<&'a str>,
}

/// Finds the event object and fills `object` from it, in place: by value it would be copied, for a
/// tenth of the time that a record takes.
fn find<'a>(payload: &'a [u8], object: &mut Object<'a>) -> Result<Found<'a>, Rejection> {
    if RECORD_BYTES_MAX < payload.len() {
        let detail = format!("{} bytes, expected at most {RECORD_BYTES_MAX}", payload.len());
        return Err(Rejection { reason: Reason::TooLarge, detail });
    }
    let ([0, _, _, _, _, json @ ..] | json) = payload;
    let json =
        std::str::from_utf8(json).map_err(|error| bad_json(format!("not UTF-8: {error}")))?;
    let json = json.trim_matches([' ', '\t', '\n', '\r']);
    if !json.starts_with('{') {
        return Err(no_object(json));
    }
    object.fill(json).map_err(not_json)?;
    if object.value(Field::Specversion).is_some()
        && let Some(data) = object.value(Field::Data)
        && data.starts_with('{')
    {
        let envelope_type = object.value(Field::Type);
        *object = Object::scan(data).map_err(not_json)?;
        return Ok(Found { json: data, envelope_type });
    }
    Ok(Found { json, envelope_type: None })
}

#[cold]
fn no_object(json: &str) -> Rejection {
    match members::check(json) {
        Err(flaw) => not_json(flaw),
        Ok(()) => read::refusal(Reason::NotAnObject, "the record", json, "an object"),
    }
}

#[cold]
fn not_json(flaw: impl Display) -> Rejection {
    bad_json(format!("bad JSON: {flaw}"))
}

#[cold]
fn bad_json(detail: String) -> Rejection {
    Rejection { reason: Reason::BadJson, detail }
}

#[cfg(test)]
mod tests;
