//! Tables: what every part of the engine looks things up in, and the choices it was started with.

use super::event;
use super::lookup::Lookup;
use super::settings::Settings;
use super::stamp::{GroupingSet, Names, Stamps, Values};
use super::time::{Calendar, Date, Timestamp, Zone};

/// Names, stamps, zones and the calendar: they only ever grow.
#[derive(Debug)]
pub struct Tables {
    /// The choices that change numbers.
    pub settings: Settings,
    /// Days and periods of the reporting zone.
    pub calendar: Calendar,
    /// The zones of accounts.
    pub zones: Zones,
    /// The values of dimensions.
    pub names: Names,
    /// Combinations of these, and the scopes they name.
    pub stamps: Stamps,
}

impl Tables {
    /// # Panics
    /// If the reporting zone does not exist, which the configuration has checked.
    pub fn new(settings: Settings, sets: Vec<GroupingSet>) -> Self {
        let zone = Zone::named(&settings.timezone).expect("the configuration has checked the zone");
        let calendar =
            Calendar::new(zone.clone(), settings.week_start, settings.quarter_start_month);
        Self {
            calendar,
            zones: Zones { ids: Lookup::default(), zones: vec![zone] },
            names: Names::default(),
            stamps: Stamps::new(sets),
            settings,
        }
    }

    /// What an event states of its dimensions.
    pub fn stated(&mut self, said: &event::Dimensions<'_>) -> Values {
        Values::stated(&mut self.names, said, self.settings.buckets)
    }

    /// The local day of the reporting zone that holds an instant.
    pub fn day(&self, at: Timestamp) -> Date {
        self.calendar.zone().day(at)
    }
}

/// A zone by its number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ZoneId(u32);

impl ZoneId {
    /// The reporting zone, where nobody said another.
    pub const REPORTING: Self = Self(0);
}

/// The zones that accounts live in.
#[derive(Debug)]
pub struct Zones {
    ids: Lookup<Box<str>, Option<ZoneId>>,
    zones: Vec<Zone>,
}

impl Zones {
    /// The zone of an event; `None` where it says none, or one that does not exist.
    pub fn find(&mut self, name: Option<&str>) -> Option<ZoneId> {
        let name = name?;
        if let Some(&known) = self.ids.get(name) {
            return known;
        }
        let found = Zone::named(name).map(|zone| {
            self.zones.push(zone);
            ZoneId(u32::try_from(self.zones.len() - 1).expect("fewer than 2³² zones"))
        });
        self.ids.insert(name.into(), found);
        found
    }

    /// The zone itself.
    pub fn zone(&self, id: ZoneId) -> &Zone {
        &self.zones[id.0 as usize]
    }
}
