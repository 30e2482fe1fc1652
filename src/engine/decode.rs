//! From the bytes of a record to an event, or to the reason why it is none. Total: no bytes panic.
//!
//! The order of the checks is the order in which defects are reported: size, JSON, `type`, a used
//! field given twice, `revision`, `occurred_at`, `account_id`, the other fields, and last the rate.

mod body;
mod field;
mod object;
mod value;

use std::borrow::Cow;

use serde_json::value::RawValue;

use self::object::{Field, Fields, LEVELS_MAX, Object, TOO_DEEP};
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

/// Reads a record: the bare event, or a CloudEvent around it (in binary mode with its type in
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
    row_of(name)?.topic
}

/// The type that a record claims, valid or not; `None` where it cannot be told.
pub fn type_of(payload: &[u8]) -> Option<Cow<'_, str>> {
    let found = find(payload).ok()?;
    value::any_text(found.object.value(Field::Type).or(found.envelope_type)?)
}

fn event<'a>(
    payload: &'a [u8],
    ce_type: Option<&str>,
    rates: &Rates,
) -> Result<Option<Event<'a>>, Rejection> {
    let Found { object, json, envelope_type } = find(payload)?;
    let Some(kind) = kind(&object, envelope_type, ce_type)? else { return Ok(None) };
    if let Some(field) = object.repeated.first_common(kind.used()) {
        return Err(object.refusal(field, Reason::BadField, "once, but it is given twice"));
    }
    let revision = object.integer(Field::Revision)?.unwrap_or(0);
    let at = object.required(Field::OccurredAt, Object::time)?;
    let account = object.text(Field::AccountId)?;
    if account.is_none() && needs_account(kind, &object) {
        return Err(field::missing(Field::AccountId));
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

/// The event object of a record.
struct Found<'a> {
    object: Object<'a>,
    /// Its text, from `{` to `}`.
    json: &'a str,
    /// `type` of the envelope around it, as written.
    envelope_type: Option<&'a str>,
}

fn find(payload: &[u8]) -> Result<Found<'_>, Rejection> {
    if RECORD_BYTES_MAX < payload.len() {
        let detail = format!("{} bytes, expected at most {RECORD_BYTES_MAX}", payload.len());
        return Err(Rejection { reason: Reason::TooLarge, detail });
    }
    let json = match payload {
        [0, _, _, _, _, json @ ..] => json,
        json => json,
    };
    let json =
        std::str::from_utf8(json).map_err(|error| bad_json(format!("not UTF-8: {error}")))?;
    let json = json.trim_matches([' ', '\t', '\n', '\r']);
    if !json.starts_with('{') {
        return Err(no_object(json));
    }
    let object = Object::scan(json).map_err(not_json)?;
    if object.value(Field::Specversion).is_some()
        && let Some(data) = object.value(Field::Data)
        && data.starts_with('{')
    {
        let envelope_type = object.value(Field::Type);
        let object = Object::scan(data).map_err(not_json)?;
        return Ok(Found { object, json: data, envelope_type });
    }
    Ok(Found { object, json, envelope_type: None })
}

#[cold]
fn no_object(json: &str) -> Rejection {
    match serde_json::from_str::<&RawValue>(json) {
        Err(error) => not_json(error),
        Ok(_) if LEVELS_MAX < object::levels(json) => bad_json(TOO_DEEP.to_owned()),
        Ok(_) => field::refusal(Reason::NotAnObject, "the record", json, "an object"),
    }
}

#[cold]
#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn not_json(error: serde_json::Error) -> Rejection {
    let words = error.to_string();
    bad_json(if words.starts_with(TOO_DEEP) { words } else { format!("not JSON: {words}") })
}

#[cold]
fn bad_json(detail: String) -> Rejection {
    Rejection { reason: Reason::BadJson, detail }
}

/// The types that are understood.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Call,
    Promise,
    Cancelled,
    Override,
    Payment,
    Reversal,
    Pending,
    Failed,
    Snapshot,
    Sale,
    Heartbeat,
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
            .ok_or_else(|| field::refusal(Reason::BadField, "type", json, field::TEXT))?,
        (None, None, Some(name)) if !name.is_empty() => Cow::Borrowed(name),
        (None, None, _) => return Err(field::missing(Field::Type)),
    };
    Ok(row_of(&name).and_then(|row| row.kind))
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

/// A type of event.
struct Row {
    name: &'static str,
    /// Where it is sent; a heartbeat goes anywhere.
    topic: Option<&'static str>,
    /// What it is; a type without is known, and skipped for now.
    kind: Option<Kind>,
}

fn row_of(name: &str) -> Option<&'static Row> {
    TYPES.iter().find(|row| row.name == name)
}

const TYPES: &[Row] = &[
    row("call.completed", Some("collections.calls"), Some(Kind::Call)),
    row("promise.made", Some("collections.promises"), Some(Kind::Promise)),
    row("promise.cancelled", Some("collections.promises"), Some(Kind::Cancelled)),
    row("promise.verdict", Some("collections.promises"), Some(Kind::Override)),
    row("payment.posted", Some("collections.payments"), Some(Kind::Payment)),
    row("payment.reversed", Some("collections.payments"), Some(Kind::Reversal)),
    row("payment.pending", Some("collections.payments"), Some(Kind::Pending)),
    row("payment.failed", Some("collections.payments"), Some(Kind::Failed)),
    row("account.snapshot", Some("collections.accounts"), Some(Kind::Snapshot)),
    row("feed.heartbeat", None, Some(Kind::Heartbeat)),
    row("sale.booked", Some("collections.accounts"), Some(Kind::Sale)),
    row("waiver.requested", Some("collections.adjustments"), None),
    row("waiver.approved", Some("collections.adjustments"), None),
    row("waiver.rejected", Some("collections.adjustments"), None),
    row("waiver.revoked", Some("collections.adjustments"), None),
    row("write_off.posted", Some("collections.adjustments"), None),
    row("write_off.reversed", Some("collections.adjustments"), None),
    row("complaint.received", Some("collections.feedback"), None),
    row("dispute.opened", Some("collections.feedback"), None),
    row("dispute.resolved", Some("collections.feedback"), None),
    row("survey.answered", Some("collections.feedback"), None),
    row("training.assessed", Some("collections.feedback"), None),
    row("cost.booked", Some("collections.costs"), None),
    row("agent.state", Some("collections.agents"), None),
];

const fn row(name: &'static str, topic: Option<&'static str>, kind: Option<Kind>) -> Row {
    Row { name, topic, kind }
}

impl Kind {
    /// The fields that have a meaning in an event of this kind.
    const fn used(self) -> Fields {
        const CALL: Fields = COMMON.and(Fields::of(&[
            Field::CallId,
            Field::Result,
            Field::Channel,
            Field::Direction,
            Field::StartedAt,
            Field::DialS,
            Field::QueueS,
            Field::TalkS,
            Field::HoldS,
            Field::WrapS,
            Field::Disposition,
            Field::Conversation,
            Field::Automated,
            Field::PartyType,
            Field::DebtIds,
            Field::ContactPointId,
            Field::ConnectedToDialedNumber,
            Field::ConsentAt,
            Field::Purpose,
        ]));
        const PROMISE: Fields = COMMON.and(Fields::of(&[
            Field::PromiseId,
            Field::DueDate,
            Field::Amount,
            Field::AmountMinor,
            Field::Currency,
            Field::DueTime,
            Field::CallId,
            Field::Channel,
            Field::PreviousPromiseId,
            Field::Instalments,
            Field::GraceDays,
            Field::TolerancePercent,
            Field::ToleranceAmount,
        ]));
        const CANCELLED: Fields = COMMON.and(Fields::of(&[Field::PromiseId, Field::Reason]));
        const OVERRIDE: Fields = COMMON.and(Fields::of(&[Field::PromiseId, Field::Verdict]));
        const PAYMENT: Fields = COMMON.and(Fields::of(&[
            Field::PaymentId,
            Field::Amount,
            Field::AmountMinor,
            Field::Currency,
            Field::Channel,
            Field::PromiseId,
            Field::DueDate,
            Field::Allocation,
            Field::IsPayoff,
            Field::IsSettlement,
            Field::AmountDue,
            Field::EffectiveDate,
        ]));
        const REVERSAL: Fields = COMMON.and(Fields::of(&[
            Field::PaymentId,
            Field::OriginalPaymentId,
            Field::Amount,
            Field::AmountMinor,
            Field::Currency,
            Field::Reason,
        ]));
        const UNSETTLED: Fields = COMMON.and(Fields::of(&[Field::PaymentId]));
        const SNAPSHOT: Fields = COMMON.and(Fields::of(&[
            Field::BalanceTotal,
            Field::BalanceOverdue,
            Field::Currency,
            Field::Status,
            Field::AmountDue,
            Field::DelinquentSince,
            Field::PlacedAt,
            Field::OpenedOn,
            Field::MaturityDate,
            Field::FirstDueDate,
            Field::CreditScore,
            Field::Propensity,
            Field::OwnerAgentId,
        ]));
        const SALE: Fields = COMMON.and(Fields::of(&[
            Field::SaleId,
            Field::Amount,
            Field::AmountMinor,
            Field::Currency,
        ]));
        match self {
            Self::Call => CALL,
            Self::Promise => PROMISE,
            Self::Cancelled => CANCELLED,
            Self::Override => OVERRIDE,
            Self::Payment => PAYMENT,
            Self::Reversal => REVERSAL,
            Self::Pending | Self::Failed => UNSETTLED,
            Self::Snapshot => SNAPSHOT,
            Self::Sale => SALE,
            Self::Heartbeat => COMMON,
        }
    }
}

/// The fields that have a meaning in every event.
const COMMON: Fields = Fields::of(&[
    Field::Type,
    Field::OccurredAt,
    Field::AccountId,
    Field::Revision,
    Field::AgentId,
    Field::TeamId,
    Field::AgencyId,
    Field::CampaignId,
    Field::StrategyId,
    Field::Product,
    Field::Tier,
    Field::RiskClass,
    Field::Bucket,
    Field::Dpd,
    Field::CustomerId,
    Field::AccountTz,
]);
