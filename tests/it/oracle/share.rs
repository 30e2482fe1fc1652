//! Whose a payment is: its parts, each with the dimensions of whom it is credited to
//! (`docs/SEMANTICS.md` 26, 27).

use std::collections::BTreeMap;

use super::config::Config;
use super::decode::{Call, Event};
use super::ledger::{Account, Decisions, Payment};
use super::stamp::stamp;

pub type Dimensions = BTreeMap<&'static str, String>;

/// One part of a payment.
pub struct Part {
    pub dimensions: Dimensions,
    pub amount: i128,
    /// What was taken back from it, and when.
    pub returns: Vec<(i64, i128)>,
}

/// What goes with the promise or the contact that earned the money.
const EARNED: [&str; 4] = ["agent", "team", "agency", "campaign"];

/// The contact channel of a promise: its own, else its call's, else `unknown`.
pub fn promise_channel(promise: &super::decode::Promise, events: &[Event]) -> String {
    let call = || {
        let mut calls = events.iter().filter_map(Event::call);
        let call = calls.find(|call| Some(&call.id) == promise.call_id.as_ref())?;
        Some(call.channel.clone())
    };
    promise.channel.clone().or_else(call).unwrap_or_else(|| "unknown".to_owned())
}

/// The parts of one payment of an account.
pub fn parts(
    number: usize,
    account: &Account,
    decisions: &Decisions,
    events: &[Event],
    config: &Config,
) -> Vec<Part> {
    let payment = &account.payments[number];
    let mut parts = Vec::new();
    let mut left = payment.record.amount;
    if !payment.stated.contains_key("agent") {
        for (item, amount) in account.parts(number, decisions) {
            let promise = &account.promises[account.items[item].promise];
            if promise.owner.is_some() {
                let channel = promise_channel(&promise.record, events);
                let dimensions = earned(payment, &promise.stamp.dimensions, channel);
                parts.push(Part { dimensions, amount, returns: Vec::new() });
                left -= amount;
            }
        }
    }
    if left > 0 {
        let dimensions = rest(payment, events, config);
        parts.push(Part { dimensions, amount: left, returns: Vec::new() });
    }
    let means = payment.record.channel.as_deref().unwrap_or("unknown");
    for part in &mut parts {
        part.dimensions.insert("payment_channel", means.to_owned());
    }
    for returned in &payment.returns {
        let mut back = returned.amount;
        for part in parts.iter_mut().rev() {
            let kept = part.amount - part.returns.iter().map(|(_, amount)| amount).sum::<i128>();
            let taken = back.min(kept);
            back -= taken;
            if taken > 0 {
                part.returns.push((returned.at, taken));
            }
        }
    }
    parts
}

/// Team, agency, campaign and channel come with the promise or contact, unless the payment states
/// them.
fn earned(payment: &Payment, from: &Dimensions, channel: String) -> Dimensions {
    let mut dimensions = payment.stamp.dimensions.clone();
    for dimension in EARNED {
        if !payment.stated.contains_key(dimension) {
            dimensions.insert(dimension, from[dimension].clone());
        }
    }
    dimensions.insert("channel", channel);
    dimensions
}

/// The rest goes to the explicit agent, else to the last contact, else to nobody.
fn rest(payment: &Payment, events: &[Event], config: &Config) -> Dimensions {
    let explicit = payment.stated.contains_key("agent");
    if let Some((event, call)) = last_contact(payment.at, events, config).filter(|_| !explicit) {
        return earned(payment, &stamp(event, events, config).dimensions, call.channel.clone());
    }
    let mut dimensions = payment.stamp.dimensions.clone();
    if !explicit {
        dimensions.insert("agent", "unassisted".to_owned());
    }
    dimensions.insert("channel", "none".to_owned());
    dimensions
}

/// The last live right-party contact by an agent that began in the days up to the payment.
fn last_contact<'a>(
    at: i64,
    events: &'a [Event],
    config: &Config,
) -> Option<(&'a Event, &'a Call)> {
    events
        .iter()
        .filter_map(|event| Some((event, event.call()?)))
        .filter(|(event, call)| call.result == "right_party" && event.stated.contains_key("agent"))
        .filter(|(_, call)| (at - config.attribution_ms..=at).contains(&call.started_at))
        .max_by_key(|(event, call)| (call.started_at, event.at, &call.id))
}
