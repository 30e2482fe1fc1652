//! What each type of event says beside the common fields.
//!
//! Every field that is listed for a type is read, also where nothing is kept of it: a record with a
//! malformed field is refused today, not on the day when a KPI needs that field.

use super::field::Field;
use super::kind::Kind;
use super::object::Object;
use super::read::{AMOUNT, DATE, missing, refusal};
use super::value;
use crate::engine::event::{
    Body, Call, CallResult, Instalment, Judged, Payment, Promise, Reason, Rejection, Returned,
    Reversal, Snapshot, Text,
};
use crate::engine::money::{Amount, Currency, Rates};
use crate::engine::time::Timestamp;

const RESULT: &str = "one of no_answer, busy, failed, canceled, rejected, unknown, abandoned, machine, human, \
third_party, wrong_party, right_party, delivered, undelivered, replied";
const VERDICT: &str = "one of kept, partially_kept, broken";
const INSTALMENTS: &str = "a list of objects with due_date and amount";
const INSTALMENT: &str = "an object with due_date and amount";
const ALLOCATION: &str = "an object of principal, interest, fees, penalties and costs";

/// What happened; `None` where a valid event is of no use yet.
pub(super) fn body<'a>(
    kind: Kind,
    object: &Object<'a>,
    at: Timestamp,
    rates: &Rates,
) -> Result<Option<Body<'a>>, Rejection> {
    Ok(Some(match kind {
        Kind::Call => Body::Call(call(object, at)?),
        Kind::Promise => Body::Promise(promise(object, rates)?),
        Kind::Cancelled => {
            object.any_text(Field::Reason)?;
            Body::Cancelled { promise_id: object.required(Field::PromiseId, Object::text)? }
        }
        Kind::Override => Body::Override {
            promise_id: object.required(Field::PromiseId, Object::text)?,
            verdict: verdict(object)?,
        },
        Kind::Payment => Body::Payment(payment(object, rates)?),
        Kind::Reversal => Body::Reversal(reversal(object, rates)?),
        Kind::Pending => unsettled(object, false)?,
        Kind::Failed => unsettled(object, true)?,
        Kind::Snapshot => Body::Snapshot(snapshot(object, rates)?),
        Kind::Sale => {
            sale(object, rates)?;
            return Ok(None);
        }
        Kind::Heartbeat => Body::Heartbeat,
    }))
}

/// Whether the event is a contact that the debtor began.
pub(super) fn is_inbound(object: &Object<'_>) -> bool {
    object.value(Field::Direction).and_then(value::text).is_some_and(|text| text == "inbound")
}

fn call<'a>(object: &Object<'a>, at: Timestamp) -> Result<Call<'a>, Rejection> {
    object.seconds(Field::QueueS)?;
    object.text(Field::PartyType)?;
    object.texts(Field::DebtIds)?;
    object.text(Field::ContactPointId)?;
    object.truth(Field::ConnectedToDialedNumber)?;
    object.time(Field::ConsentAt)?;
    object.text(Field::Purpose)?;
    object.text(Field::Direction)?;
    Ok(Call {
        call_id: object.required(Field::CallId, Object::text)?,
        result: result(object)?,
        channel: object.text(Field::Channel)?.unwrap_or(Text::Borrowed("voice")),
        inbound: is_inbound(object),
        started_at: object.time(Field::StartedAt)?.unwrap_or(at),
        dial_s: object.seconds(Field::DialS)?.unwrap_or(0),
        talk_s: object.seconds(Field::TalkS)?.unwrap_or(0),
        hold_s: object.seconds(Field::HoldS)?.unwrap_or(0),
        wrap_s: object.seconds(Field::WrapS)?.unwrap_or(0),
        has_disposition: object.text(Field::Disposition)?.is_some(),
        conversation: object.truth(Field::Conversation)?,
        automated: object.truth(Field::Automated)?.unwrap_or(false),
    })
}

fn result(object: &Object<'_>) -> Result<CallResult, Rejection> {
    let known = |json| {
        Some(match value::text(json)?.as_ref() {
            "no_answer" | "busy" | "failed" | "canceled" | "rejected" => CallResult::Unanswered,
            "unknown" => CallResult::Unknown,
            "abandoned" => CallResult::Abandoned,
            "machine" => CallResult::Machine,
            "human" | "third_party" | "wrong_party" => CallResult::Human,
            "right_party" => CallResult::RightParty,
            "delivered" => CallResult::Delivered,
            "undelivered" => CallResult::Undelivered,
            "replied" => CallResult::Replied,
            _ => return None,
        })
    };
    object.required(Field::Result, |object, field| {
        object.read(field, Reason::BadField, RESULT, known)
    })
}

fn promise<'a>(object: &Object<'a>, rates: &Rates) -> Result<Promise<'a>, Rejection> {
    let currency = object.currency(rates)?;
    let promise = Promise {
        promise_id: object.required(Field::PromiseId, Object::text)?,
        due_date: object.required(Field::DueDate, Object::date)?,
        due_time: object.minutes(Field::DueTime)?,
        amount: amount(object, currency)?,
        call_id: object.text(Field::CallId)?,
        channel: object.text(Field::Channel)?,
        previous_promise_id: object.text(Field::PreviousPromiseId)?,
        instalments: instalments(object, currency)?,
        grace_days: object.grace(Field::GraceDays)?,
        tolerance_percent: object.percent(Field::TolerancePercent)?,
        tolerance_amount: object.slack(Field::ToleranceAmount)?,
    };
    rated(currency, rates)?;
    Ok(promise)
}

fn instalments(object: &Object<'_>, currency: Currency) -> Result<Vec<Instalment>, Rejection> {
    let list = object.read(Field::Instalments, Reason::BadAmount, INSTALMENTS, value::list)?;
    let list = list.unwrap_or_default();
    list.iter().enumerate().map(|(index, part)| instalment(index, part.get(), currency)).collect()
}

fn instalment(index: usize, json: &str, currency: Currency) -> Result<Instalment, Rejection> {
    let Ok(object) = Object::scan(json) else {
        let what = format!("instalments[{index}]");
        return Err(refusal(Reason::BadAmount, what, json, INSTALMENT));
    };
    let read = || {
        let due_date = object.date(Field::DueDate)?;
        let micros = object.amount(currency)?;
        let due_date =
            due_date.ok_or_else(|| object.refusal(Field::DueDate, Reason::BadDate, DATE))?;
        let micros =
            micros.ok_or_else(|| object.refusal(Field::Amount, Reason::BadAmount, AMOUNT))?;
        Ok(Instalment { due_date, micros })
    };
    read().map_err(|rejection| inside(&format!("instalments[{index}]"), rejection))
}

fn verdict(object: &Object<'_>) -> Result<Judged, Rejection> {
    let known = |json| match value::text(json)?.as_ref() {
        "kept" => Some(Judged::Kept),
        "partially_kept" => Some(Judged::PartiallyKept),
        "broken" => Some(Judged::Broken),
        _ => None,
    };
    object.required(Field::Verdict, |object, field| {
        object.read(field, Reason::BadField, VERDICT, known)
    })
}

fn payment<'a>(object: &Object<'a>, rates: &Rates) -> Result<Payment<'a>, Rejection> {
    allocation(object)?;
    object.truth(Field::IsPayoff)?;
    object.truth(Field::IsSettlement)?;
    object.balance(Field::AmountDue)?;
    let currency = object.currency(rates)?;
    let payment = Payment {
        payment_id: object.required(Field::PaymentId, Object::text)?,
        amount: amount(object, currency)?,
        channel: object.text(Field::Channel)?,
        promise_id: object.text(Field::PromiseId)?,
        due_date: object.date(Field::DueDate)?,
        effective_date: object.date(Field::EffectiveDate)?,
    };
    rated(currency, rates)?;
    Ok(payment)
}

fn allocation(object: &Object<'_>) -> Result<(), Rejection> {
    let parts = |json| Object::scan(json).ok();
    let Some(parts) = object.read(Field::Allocation, Reason::BadAmount, ALLOCATION, parts)? else {
        return Ok(());
    };
    for part in [Field::Principal, Field::Interest, Field::Fees, Field::Penalties, Field::Costs] {
        parts.balance(part).map_err(|rejection| inside("allocation", rejection))?;
    }
    Ok(())
}

fn reversal<'a>(object: &Object<'a>, rates: &Rates) -> Result<Reversal<'a>, Rejection> {
    object.any_text(Field::Reason)?;
    Ok(Reversal {
        payment_id: object.required(Field::PaymentId, Object::text)?,
        original_payment_id: object.required(Field::OriginalPaymentId, Object::text)?,
        amount: returned(object, rates)?,
    })
}

/// The currency is the payment's; one that is stated says only how many digits minor units have.
fn returned(object: &Object<'_>, rates: &Rates) -> Result<Returned, Rejection> {
    let stated = object.stated_currency()?;
    if stated.is_none() && object.value(Field::Amount).is_none() {
        return Ok(object.amount_minor()?.map_or(Returned::All, Returned::Minor));
    }
    let amount = object.amount(stated.unwrap_or(rates.reporting()))?;
    Ok(amount.map_or(Returned::All, Returned::Micros))
}

fn unsettled<'a>(object: &Object<'a>, failed: bool) -> Result<Body<'a>, Rejection> {
    Ok(Body::Unsettled { payment_id: object.required(Field::PaymentId, Object::text)?, failed })
}

fn snapshot<'a>(object: &Object<'a>, rates: &Rates) -> Result<Snapshot<'a>, Rejection> {
    let currency = object.currency(rates)?;
    object.required(Field::BalanceTotal, Object::balance)?;
    object.balance(Field::AmountDue)?;
    object.time(Field::PlacedAt)?;
    object.date(Field::OpenedOn)?;
    object.date(Field::MaturityDate)?;
    object.date(Field::FirstDueDate)?;
    object.any_decimal(Field::CreditScore)?;
    object.probability(Field::Propensity)?;
    object.text(Field::OwnerAgentId)?;
    let snapshot = Snapshot {
        status: object.text(Field::Status)?,
        dpd: object.required(Field::Dpd, Object::integer)?,
        owes_overdue: 0 < object.required(Field::BalanceOverdue, Object::balance)?,
        delinquent_since: object.date(Field::DelinquentSince)?,
    };
    rated(currency, rates)?;
    Ok(snapshot)
}

/// What is sold concerns KPIs that are not there yet; a sale that is none is refused all the same.
fn sale(object: &Object<'_>, rates: &Rates) -> Result<(), Rejection> {
    let currency = object.currency(rates)?;
    object.required(Field::SaleId, Object::text)?;
    amount(object, currency)?;
    rated(currency, rates)
}

fn amount(object: &Object<'_>, currency: Currency) -> Result<Amount, Rejection> {
    let micros = object.amount(currency)?.ok_or_else(|| missing(Field::Amount))?;
    Ok(Amount { micros, currency })
}

/// The last check: a valid record in a currency without a rate is set aside whole.
fn rated(currency: Currency, rates: &Rates) -> Result<(), Rejection> {
    if rates.of(currency).is_some() {
        return Ok(());
    }
    let reporting = rates.reporting();
    let detail = format!("currency is {currency}, expected {reporting} or one of [rates]");
    Err(Rejection { reason: Reason::NoRate, detail })
}

/// The rejection of a field of the object that is itself the value of `field`.
#[cold]
fn inside(field: &str, Rejection { reason, detail }: Rejection) -> Rejection {
    Rejection { reason, detail: format!("{field}.{detail}") }
}
