//! Accounts: what is remembered of each, and what its contacts add to the windows.
//!
//! Contacts, the bulk of the stream, take a direct path: each adds its counts when it takes effect
//! and takes back exactly those when it is corrected. Promises and payments go to the
//! [ledger](super::ledger), which judges the account as a whole.

use super::batch::FactId;
use super::class::Seen;
use super::contact::Contact;
use super::ledger::History;
use super::measure::{Distinct, Marks};
use super::revision::{Contest, Revised, Version};
use super::sighting::{self, Sighting};
use super::snapshot::Snapshots;
use super::stamp::{Dimension, GroupingSet, Key, Stamp, Stamps};
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
    /// For each scope in which it was seen, its last contact that counts for each [`Seen`]; in the
    /// order of keys. A contact stands here only while it is counted.
    latest: Vec<Latest>,
    /// How many notices it received on a day, by what the scopes that know notices go by.
    notices: Vec<NoticeDay>,
    /// Its states, which lend dimensions.
    pub snapshots: Snapshots,
    /// Its promises and payments, once there are any.
    pub history: Option<Box<History>>,
}

#[derive(Clone, Copy, Debug)]
struct Latest {
    key: Key,
    /// Places among the contacts.
    places: [Option<Place>; Seen::ALL.len()],
}

/// A place among the contacts of an account, from 1.
type Place = std::num::NonZeroU32;

#[derive(Clone, Copy, Debug)]
struct NoticeDay {
    /// With the dimensions of [`counts_notices`] alone.
    stamp: Stamp,
    day: Date,
    notices: u32,
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
    pub fn remember_contact(
        &mut self,
        contact: Contact,
        tables: &mut Tables,
        windows: &mut Windows,
    ) {
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

    /// A snapshot has changed what the account lends from an instant on: contacts are stamped again.
    pub fn restamp(&mut self, since: Timestamp, tables: &mut Tables, windows: &mut Windows) {
        for place in 0..self.contacts.len() {
            if !self.contacts[place].counted || self.contacts[place].at() < since {
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

    fn count(&mut self, place: usize, tables: &mut Tables, windows: &mut Windows) {
        self.add(place, 1, tables, windows);
        self.contacts[place].counted = true;
        let contact = &self.contacts[place];
        if self.id.is_empty() {
            return;
        }
        for &key in tables.stamps.keys(contact.stamp) {
            let known = self.latest.binary_search_by_key(&key, |latest| latest.key);
            let at = known.unwrap_or_else(|at| {
                self.latest.insert(at, Latest { key, places: [None; Seen::ALL.len()] });
                at
            });
            for seen in Seen::ALL.into_iter().filter(|&seen| contact.counts_for(seen)) {
                let latest = &mut self.latest[at].places[seen as usize];
                let before = latest.map(|latest| self.contacts[index(latest)].sighting());
                if before < Some(contact.sighting()) {
                    *latest = numbered(place);
                }
            }
        }
    }

    fn withdraw(&mut self, place: usize, tables: &mut Tables, windows: &mut Windows) {
        if !self.contacts[place].counted {
            return;
        }
        self.contacts[place].counted = false;
        for at in 0..self.latest.len() {
            let Latest { key, places } = self.latest[at];
            for seen in Seen::ALL {
                if places[seen as usize] == numbered(place) {
                    let others = self.contacts.iter().enumerate().filter(|(_, other)| {
                        other.counted
                            && other.counts_for(seen)
                            && tables.stamps.keys(other.stamp).contains(&key)
                    });
                    let last = others.max_by_key(|(_, other)| other.sighting());
                    self.latest[at].places[seen as usize] =
                        last.and_then(|(place, _)| numbered(place));
                }
            }
        }
        self.add(place, -1, tables, windows);
    }

    /// Adds (`sign` 1) or takes back (−1) what a contact counts for; the others stay as they are.
    fn add(&mut self, place: usize, sign: i64, tables: &mut Tables, windows: &mut Windows) {
        if self.contacts[place].counts_for(Seen::Noticed) && !self.id.is_empty() {
            self.add_notice(place, sign, tables, windows);
        }
        let contact = &self.contacts[place];
        let stamps = &tables.stamps;
        windows.make_room(stamps);
        let mut counts = Vec::with_capacity(8);
        contact.counts(&mut counts);
        for entry in &mut counts {
            entry.1 *= sign;
        }
        let me = contact.sighting();
        let mut last: Option<([Marks; Seen::ALL.len()], FactId)> = None;
        for (set, &key) in stamps.keys(contact.stamp).iter().enumerate() {
            let mut marks = [Marks::default(); Seen::ALL.len()];
            if !self.id.is_empty() {
                self.mark(place, (set, key), sign, tables, windows, &mut marks);
            }
            let fact = match last {
                Some((same, fact)) if same == marks => fact,
                Some(_) | None => {
                    let counted = |needed: fn(Distinct) -> bool| {
                        let marked =
                            Seen::ALL.into_iter().zip(marks).filter_map(|(seen, marks)| {
                                marks.only(needed).of(seen.measure()).map(|code| (code, sign))
                            });
                        counts.iter().copied().chain(marked).collect::<Vec<_>>()
                    };
                    let (fine, daily) = (counted(Distinct::is_fine), counted(Distinct::is_daily));
                    windows.fact(me, &fine, &daily)
                }
            };
            last = Some((marks, fact));
            windows.enter(key, fact);
        }
        if let Some(agent) = contact.handled_by() {
            windows.add_agent(tables, contact.stamp, agent, contact.at(), sign);
        }
    }

    /// Which marks a contact has in one scope; what its neighbours lose by it goes to the windows.
    fn mark(
        &self,
        place: usize,
        (set, key): (usize, Key),
        sign: i64,
        tables: &Tables,
        windows: &mut Windows,
        marks: &mut [Marks; Seen::ALL.len()],
    ) {
        let contact = &self.contacts[place];
        let latest = self.latest.binary_search_by_key(&key, |latest| latest.key);
        let latest = latest.map_or([None; Seen::ALL.len()], |at| self.latest[at].places);
        for seen in Seen::ALL.into_iter().filter(|&seen| contact.counts_for(seen)) {
            let latest = latest[seen as usize];
            let (before, after) = self.neighbours(place, (set, seen), latest, &tables.stamps);
            let mine = &mut marks[seen as usize];
            let emit = &mut |at: Sighting, part: Distinct, value: i64| {
                if part == Distinct::Last && seen == Seen::Noticed {
                    // Notices per account are of calendar windows alone.
                } else if value == 1 {
                    *mine = mine.and(part);
                } else {
                    let lost = (seen.measure(), Marks::default().and(part));
                    windows.add_marks(key, at, lost, -sign);
                }
            };
            sighting::link(&tables.calendar, before, contact.sighting(), after, emit);
        }
    }

    /// The sightings of this account in one scope of a contact, just before it and just after it.
    fn neighbours(
        &self,
        place: usize,
        (set, seen): (usize, Seen),
        latest: Option<Place>,
        stamps: &Stamps,
    ) -> (Option<Sighting>, Option<Sighting>) {
        let contact = &self.contacts[place];
        let me = contact.sighting();
        let Some(latest) = latest else { return (None, None) };
        let last = self.contacts[index(latest)].sighting();
        if last < me {
            return (Some(last), None);
        }
        let key = stamps.keys(contact.stamp)[set];
        let (mut before, mut after) = (None, None);
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
                after = Some(after.map_or(at, |known: Sighting| known.min(at)));
            }
        }
        (before, after)
    }

    fn add_notice(&mut self, place: usize, sign: i64, tables: &mut Tables, windows: &mut Windows) {
        let contact = &self.contacts[place];
        let (stamp, day) = (contact.stamp, contact.day);
        let narrow = tables.stamps.values(stamp).only(&NOTICE_DIMENSIONS);
        let narrow = tables.stamps.intern(narrow);
        let known = self.notices.iter().position(|known| (known.stamp, known.day) == (narrow, day));
        let known = known.unwrap_or_else(|| {
            self.notices.push(NoticeDay { stamp: narrow, day, notices: 0 });
            self.notices.len() - 1
        });
        // Counted without this contact.
        if sign < 0 {
            self.notices[known].notices -= 1;
        }
        let stamps = &tables.stamps;
        let starts = tables.calendar.starts(day);
        for (set, &key) in stamps.keys(stamp).iter().enumerate() {
            if !counts_notices(&stamps.sets()[set]) {
                continue;
            }
            let mut before = [0; Period::ALL.len()];
            for other in self.notices.iter().filter(|other| stamps.keys(other.stamp)[set] == key) {
                let theirs = tables.calendar.starts(other.day);
                for (count, (ours, theirs)) in before.iter_mut().zip(starts.iter().zip(theirs)) {
                    *count += if *ours == theirs { other.notices } else { 0 };
                }
            }
            for (count, period) in before.into_iter().zip(Period::ALL.into_iter().zip(starts)) {
                windows.add_notice(stamps, key, period, count, sign);
            }
        }
        if 0 < sign {
            self.notices[known].notices += 1;
        }
    }
}

/// Places are kept from 1, so that none of them takes no room.
fn numbered(place: usize) -> Option<Place> {
    u32::try_from(place + 1).ok().and_then(Place::new)
}

fn index(place: Place) -> usize {
    place.get() as usize - 1
}

/// What the scopes that know notices go by.
const NOTICE_DIMENSIONS: [Dimension; 4] =
    [Dimension::Bucket, Dimension::Product, Dimension::Tier, Dimension::Strategy];

/// The grouping sets that know how many notices an account received: the mean, its 95th percentile
/// and the most.
pub fn counts_notices(set: &GroupingSet) -> bool {
    match set.0[..] {
        [] => true,
        [only] => NOTICE_DIMENSIONS.contains(&only),
        [_, _, ..] => false,
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
