//! The dimensions and the zone of an event: its own, else those of the account's snapshot
//! (`docs/SEMANTICS.md` 7).

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::config::Config;
use super::decode::{DIMENSIONS, Event, Kind};
use super::zone;

#[derive(Clone)]
pub struct Stamp {
    /// Every dimension but the channel; what is not known is `unknown`.
    pub dimensions: BTreeMap<&'static str, String>,
    pub zone: TimeZone,
}

/// Stamps one event of an account, given the account's events.
pub fn stamp(event: &Event, account: &[Event], config: &Config) -> Stamp {
    let state = state(event, account);
    let zone = [Some(event), state].into_iter().flatten().find_map(|e| e.zone.clone());
    let zone = zone.unwrap_or_else(|| config.zone.clone());
    let mut dimensions = BTreeMap::new();
    for (dimension, _) in DIMENSIONS {
        let lent = state.filter(|_| dimension != "agent");
        let value = match dimension {
            "bucket" => {
                own_bucket(event, config).or_else(|| lent_bucket(lent?, event.at, &zone, config))
            }
            _ => event.stated.get(dimension).or_else(|| lent?.stated.get(dimension)).cloned(),
        };
        dimensions.insert(dimension, value.unwrap_or_else(|| "unknown".to_owned()));
    }
    Stamp { dimensions, zone }
}

/// The last snapshot strictly before the event; only if there is none, one at the same instant.
fn state<'a>(event: &Event, account: &'a [Event]) -> Option<&'a Event> {
    event.account.as_ref()?;
    let snapshots = || account.iter().filter(|e| matches!(e.kind, Kind::Snapshot(_)));
    snapshots()
        .filter(|s| s.at < event.at)
        .max_by_key(|s| s.at)
        .or_else(|| snapshots().find(|s| s.at == event.at))
}

/// `bucket` beats `dpd` on one event.
fn own_bucket(event: &Event, config: &Config) -> Option<String> {
    let from_dpd = || Some(config.bucket(event.dpd?).to_owned());
    event.stated.get("bucket").cloned().or_else(from_dpd)
}

/// A bucket taken from the dpd of an overdue snapshot ages with `delinquent_since`; a stated one
/// does not.
fn lent_bucket(snapshot: &Event, at: i64, zone: &TimeZone, config: &Config) -> Option<String> {
    let Kind::Snapshot(state) = &snapshot.kind else { return None };
    let stated = snapshot.stated.get("bucket").cloned();
    stated.or_else(|| {
        let dpd = match state.delinquent_since {
            Some(since) if state.overdue => zone::days(since, zone::date(at, zone)),
            _ => state.dpd,
        };
        Some(config.bucket(dpd).to_owned())
    })
}
