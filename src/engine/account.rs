//! Accounts: what is remembered of each, and what its contacts add to the windows.
//!
//! Contacts, the bulk of the stream, take a direct path: each adds its counts when it takes effect
//! and takes back exactly those when it is corrected. Promises and payments go to the
//! [ledger](super::ledger), which judges the account as a whole.

use super::contact::{Contact, Seen};
use super::ledger::History;
use super::measure::Code;
use super::revision::{Contest, Revised, Version};
use super::sighting::{self, Sighting};
use super::snapshot::Snapshots;
use super::stamp::{Dimension, GroupingSet, Stamp, Stamps};
use super::tables::Tables;
use super::time::{Date, Period, Timestamp};
use super::windows::Windows;

/// A debtor's account.
#[derive(Debug, Default)]
pub struct Account {
    /// `account_id`; empty for what has no account, which counts in no distinct account.
    pub id: Box<str>,
    contacts: Vec<Contact>,
    /// Where a call is in `contacts`, once there are too many to look through.
    places: Option<super::lookup::Lookup<Box<str>, usize>>,
    /// For each stamp that was seen, when it was last seen.
    latest: Vec<Latest>,
    /// Its states, which lend dimensions.
    pub snapshots: Snapshots,
    /// Its promises and payments, once there are any.
    pub history: Option<Box<History>>,
}

#[derive(Clone, Copy, Debug)]
struct Latest {
    stamp: Stamp,
    at: [Option<Sighting>; Seen::ALL.len()],
}

/// From how many contacts on an account keeps an index of them.
const MANY: usize = 32;

impl Account {
    /// An account without a history.
    pub fn new(id: &str) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// All contacts that are remembered, also those that have not taken effect.
    pub fn contacts(&self) -> &[Contact] {
        &self.contacts
    }

    /// A contact that has taken effect, by its id.
    pub fn contact(&self, id: &str) -> Option<&Contact> {
        self.place(id).map(|place| &self.contacts[place]).filter(|contact| contact.counted)
    }

    fn place(&self, id: &str) -> Option<usize> {
        match &self.places {
            Some(places) => places.get(id).copied(),
            None => self.contacts.iter().position(|contact| &*contact.id == id),
        }
    }

    /// Whether a version of this call would stand, without anything changing.
    pub fn contest_contact(&self, id: &str, newcomer: &Version) -> Contest {
        match self.place(id) {
            Some(place) => self.contacts[place].version.contest(newcomer),
            None => Contest::Wins,
        }
    }

    /// Remembers a contact that stands, in the place of one that it displaces; it counts once the
    /// clock has reached it ([`count_contact`](Self::count_contact)).
    pub fn remember_contact(&mut self, contact: Contact, tables: &Tables, windows: &mut Windows) {
        if let Some(place) = self.place(&contact.id) {
            self.withdraw(place, tables, windows);
            self.contacts[place] = contact;
            return;
        }
        if let Some(places) = &mut self.places {
            places.insert(contact.id.clone(), self.contacts.len());
        } else if self.contacts.len() == MANY {
            let mut places = super::lookup::Lookup::default();
            for (place, known) in self.contacts.iter().chain([&contact]).enumerate() {
                places.insert(known.id.clone(), place);
            }
            self.places = Some(places);
        }
        self.contacts.push(contact);
    }

    /// The clock has reached a contact that was remembered: it takes effect. What is no longer
    /// there, or says another time by now, does not.
    pub fn count_contact(
        &mut self,
        id: &str,
        at: Timestamp,
        tables: &mut Tables,
        windows: &mut Windows,
    ) {
        let Some(place) = self.place(id) else { return };
        let contact = &self.contacts[place];
        if contact.counted || contact.at() != at {
            return;
        }
        self.contacts[place].stamp = self.stamp_of(place, tables);
        self.count(place, tables, windows);
    }

    /// A late snapshot has changed what the account lends: contacts are stamped again.
    pub fn restamp(&mut self, tables: &mut Tables, windows: &mut Windows) {
        for place in 0..self.contacts.len() {
            if !self.contacts[place].counted {
                continue;
            }
            let stamp = self.stamp_of(place, tables);
            if stamp != self.contacts[place].stamp {
                self.withdraw(place, tables, windows);
                self.contacts[place].stamp = stamp;
                self.count(place, tables, windows);
            }
        }
    }

    fn stamp_of(&self, place: usize, tables: &mut Tables) -> Stamp {
        let contact = &self.contacts[place];
        let values = self.snapshots.complete(contact.stated, contact.at(), contact.zone, tables);
        tables.stamps.intern(values)
    }

    fn count(&mut self, place: usize, tables: &Tables, windows: &mut Windows) {
        self.add(place, 1, tables, windows);
        let contact = &mut self.contacts[place];
        contact.counted = true;
        let (stamp, sighting) = (contact.stamp, contact.sighting());
        let contact = &self.contacts[place];
        let known = self.latest.iter().position(|latest| latest.stamp == stamp);
        let known = known.unwrap_or_else(|| {
            self.latest.push(Latest { stamp, at: [None; Seen::ALL.len()] });
            self.latest.len() - 1
        });
        for seen in Seen::ALL {
            let latest = &mut self.latest[known].at[seen as usize];
            if contact.counts_for(seen) && *latest < Some(sighting) {
                *latest = Some(sighting);
            }
        }
    }

    fn withdraw(&mut self, place: usize, tables: &Tables, windows: &mut Windows) {
        if !self.contacts[place].counted {
            return;
        }
        self.contacts[place].counted = false;
        self.add(place, -1, tables, windows);
        let stamp = self.contacts[place].stamp;
        let left = self.contacts.iter().filter(|contact| contact.counted && contact.stamp == stamp);
        let mut at = [None; Seen::ALL.len()];
        for contact in left {
            for seen in Seen::ALL.into_iter().filter(|&seen| contact.counts_for(seen)) {
                at[seen as usize] = at[seen as usize].max(Some(contact.sighting()));
            }
        }
        self.latest.retain(|latest| latest.stamp != stamp);
        if at.iter().any(Option::is_some) {
            self.latest.push(Latest { stamp, at });
        }
    }

    /// Adds (`sign` 1) or takes back (−1) what a contact counts for; the others stay as they are.
    fn add(&self, place: usize, sign: i64, tables: &Tables, windows: &mut Windows) {
        let contact = &self.contacts[place];
        let stamps = &tables.stamps;
        let mut counts = Vec::with_capacity(32);
        contact.counts(tables.settings.max_contact_s, &mut counts);
        counts.iter_mut().for_each(|entry| entry.1 *= sign);
        let own = counts.len();
        let mut others: Vec<(Sighting, (Code, i64))> = Vec::new();
        for (set, &key) in stamps.keys(contact.stamp).iter().enumerate() {
            counts.truncate(own);
            others.clear();
            for seen in Seen::ALL {
                if self.id.is_empty() || !contact.counts_for(seen) {
                    continue;
                }
                let (before, after) = self.neighbours(place, set, seen, stamps);
                let me = contact.sighting();
                let emit = &mut |at: Sighting, part, value: i64| {
                    let entry = (super::windows::distinct(seen.measure(), part), value * sign);
                    if at == me && value == 1 {
                        counts.push(entry);
                    } else {
                        others.push((at, entry));
                    }
                };
                sighting::link(&tables.calendar, before, me, after, emit);
            }
            windows.add_counts(stamps, key, contact.sighting(), &counts);
            for &(at, entry) in &others {
                windows.add_counts(stamps, key, at, &[entry]);
            }
            if contact.counts_for(Seen::Noticed) && !self.id.is_empty() {
                self.add_notice(place, (set, key), sign, tables, windows);
            }
        }
        if let Some(agent) = contact.handled_by() {
            windows.add_agent(tables, contact.stamp, agent, contact.at(), sign);
        }
    }

    /// The sightings of this account in one scope of a contact, just before it and just after it.
    fn neighbours(
        &self,
        place: usize,
        set: usize,
        seen: Seen,
        stamps: &Stamps,
    ) -> (Option<Sighting>, Option<Sighting>) {
        let contact = &self.contacts[place];
        let key = stamps.keys(contact.stamp)[set];
        let me = contact.sighting();
        let latest = self.latest.iter().filter(|latest| stamps.keys(latest.stamp)[set] == key);
        let last = latest.filter_map(|latest| latest.at[seen as usize]).max();
        if last <= Some(me) && !contact.counted && last != Some(me) {
            return (last, None);
        }
        let mut before = None;
        let mut after: Option<Sighting> = None;
        for (other_place, other) in self.contacts.iter().enumerate() {
            let applies = other_place != place
                && other.counted
                && other.counts_for(seen)
                && stamps.keys(other.stamp)[set] == key;
            if !applies {
                continue;
            }
            let at = other.sighting();
            if (at, other_place) < (me, place) {
                before = before.max(Some(at));
            } else {
                after = Some(after.map_or(at, |known| known.min(at)));
            }
        }
        (before, after)
    }

    fn add_notice(
        &self,
        place: usize,
        (set, key): (usize, super::stamp::Key),
        sign: i64,
        tables: &Tables,
        windows: &mut Windows,
    ) {
        if !counts_notices(&tables.stamps.sets()[set]) {
            return;
        }
        let stamps = &tables.stamps;
        let contact = &self.contacts[place];
        let starts = tables.calendar.starts(contact.day);
        let mut before = [0; 4];
        for (other_place, other) in self.contacts.iter().enumerate() {
            let applies = other_place != place
                && other.counted
                && other.counts_for(Seen::Noticed)
                && stamps.keys(other.stamp)[set] == key;
            if applies {
                for (count, (period, start)) in
                    before.iter_mut().zip(Period::ALL.into_iter().zip(starts))
                {
                    let end: Date = tables.calendar.next(period, start);
                    *count += u32::from(start <= other.day && other.day < end);
                }
            }
        }
        for (count, period) in before.into_iter().zip(Period::ALL.into_iter().zip(starts)) {
            windows.add_notice(stamps, key, period, count, sign);
        }
    }
}

/// The grouping sets that know how many notices an account received: the mean, its 95th percentile
/// and the most.
pub fn counts_notices(set: &GroupingSet) -> bool {
    match set.0[..] {
        [] => true,
        [Dimension::Bucket | Dimension::Product | Dimension::Tier | Dimension::Strategy] => true,
        _ => false,
    }
}

/// Files a record under its id, if it stands; says what became of it.
pub fn file<T>(
    records: &mut std::collections::BTreeMap<Box<str>, Revised<T>>,
    id: &str,
    version: Version,
    said: impl FnOnce() -> T,
) -> Contest {
    if let Some(known) = records.get_mut(id) {
        let contest = known.version.contest(&version);
        if contest == Contest::Wins {
            *known = Revised { version, said: said() };
        }
        return contest;
    }
    records.insert(id.into(), Revised { version, said: said() });
    Contest::Wins
}
