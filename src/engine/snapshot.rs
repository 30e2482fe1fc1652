//! Snapshots: an account's states over time, of which each lends its dimensions, customer and zone
//! to the events after it (`docs/SEMANTICS.md` 7, 46).

use std::collections::BTreeMap;
use std::ops::Bound;

use super::revision::{Contest, Revised, Version};
use super::stamp::{Dimension, Values, bucket};
use super::tables::{Tables, ZoneId};
use super::time::{Date, Timestamp};

/// What a snapshot lends.
#[derive(Clone, Copy, Debug)]
pub struct Lent {
    /// Its dimensions; what it lacks is unknown.
    pub values: Values,
    /// Its zone.
    pub zone: Option<ZoneId>,
    /// Where the bucket comes from the days past due of an overdue account: since when it is.
    pub delinquent_since: Option<Date>,
}

/// The states of one account.
#[derive(Debug, Default)]
pub struct Snapshots(BTreeMap<Timestamp, Revised<Lent>>);

impl Snapshots {
    /// Files a state; says what became of it.
    pub fn file(&mut self, version: Version, lent: Lent) -> Contest {
        if let Some(known) = self.0.get_mut(&version.at) {
            let contest = known.version.contest(&version);
            if contest == Contest::Wins {
                *known = Revised { version, said: lent };
            }
            return contest;
        }
        self.0.insert(version.at, Revised { version, said: lent });
        Contest::Wins
    }

    /// The state just before an instant; only if there is none, the one at that instant.
    fn before(&self, at: Timestamp) -> Option<&Lent> {
        let before = self.0.range((Bound::Unbounded, Bound::Excluded(at))).next_back();
        before.map(|(_, known)| known).or_else(|| self.0.get(&at)).map(|known| &known.said)
    }

    /// The zone of an event: its own, else the account's, else the reporting zone.
    pub fn zone(&self, at: Timestamp, stated: Option<ZoneId>) -> ZoneId {
        let lent = || self.before(at).and_then(|lent| lent.zone);
        stated.or_else(lent).unwrap_or(ZoneId::REPORTING)
    }

    /// The dimensions of an event: what it states, completed by what the account lends.
    pub fn complete(
        &self,
        stated: Values,
        at: Timestamp,
        zone: Option<ZoneId>,
        tables: &mut Tables,
    ) -> Values {
        let Some(lent) = self.before(at) else { return stated };
        let mut values = lent.values;
        if let Some(since) = lent.delinquent_since {
            let zone = tables.zones.zone(zone.or(lent.zone).unwrap_or(ZoneId::REPORTING));
            let days = zone.date(at).days_since(since);
            let aged = tables.names.intern(bucket(tables.settings.buckets, days));
            values = values.with(Dimension::Bucket, aged);
        }
        stated.completed_by(&values)
    }
}
