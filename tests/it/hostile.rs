//! Hostile streams: everything that `docs/SEMANTICS.md` allows to arrive, in a few lines.
//!
//! Few accounts and few ids, so that they collide; times at, just before and just after midnights,
//! deadlines, changes of clocks and the ends of months and quarters; every type, every field that
//! changes a number, every kind of defect, revisions, duplicates and envelopes. The less likely a
//! thing is in life, the more likely it is here.

mod defect;
mod moment;
mod record;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value};

use moment::Era;

/// Lines as they arrive, and under which configuration.
#[derive(Clone)]
pub struct Stream {
    /// A configuration file.
    pub config: &'static str,
    /// The records in the order of their arrival.
    pub records: Vec<Vec<u8>>,
    /// An instant as of which one may ask.
    pub as_of: i64,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(out, "as of {} under\n{}", self.as_of, self.config)?;
        for record in &self.records {
            let shown = &record[..record.len().min(2000)];
            writeln!(out, "{}", String::from_utf8_lossy(shown))?;
        }
        Ok(())
    }
}

impl Stream {
    /// A smaller stream of which something still holds: without the records, and of those that are
    /// left without the fields, that do not matter.
    pub fn reduced(mut self, holds: impl Fn(&Self) -> bool) -> Self {
        let mut place = 0;
        while place < self.records.len() {
            let mut fewer = self.clone();
            fewer.records.remove(place);
            if holds(&fewer) { (self, place) = (fewer, 0) } else { place += 1 }
        }
        for place in 0..self.records.len() {
            let Ok(object) = serde_json::from_slice::<Map<_, _>>(&self.records[place]) else {
                continue;
            };
            let mut object: Map<String, Value> = object;
            for name in object.clone().keys() {
                let mut fewer = self.clone();
                let value = object.remove(name).unwrap();
                fewer.records[place] = serde_json::to_vec(&object).unwrap();
                if holds(&fewer) { self = fewer } else { drop(object.insert(name.clone(), value)) }
            }
        }
        self
    }
}

/// Configurations without a horizon.
pub const CONFIGS: [&str; 7] = [
    "",
    r#"
    [promises]
    tolerance = { method = "max", percent = "5", amount = "1.00" }
    grace_days = 1
    [rates]
    USD = "7.10"
    JPY = "0.047131"
    KWD = "23.123456"
    "#,
    r#"
    [reporting]
    timezone = "America/New_York"
    currency = "USD"
    week_start = "sunday"
    quarter_start_month = 2
    [rates]
    CNY = "0.140845"
    JPY = "0.0067"
    KWD = "3.25"
    "#,
    r#"
    [promises]
    one_active_per_account = false
    tolerance = { method = "min", percent = "12.5", amount = "20" }
    [rates]
    JPY = "0.05"
    "#,
    r#"
    [reporting]
    low_sample = 3
    [buckets]
    preset = "us"
    [contacts]
    max_contact_s = 60
    [promises]
    one_active_per_account = false
    reversal_days = 2
    at_risk_hour = 9
    at_risk_days = 2
    [attribution]
    window_days = 1
    "#,
    r#"
    [reporting]
    timezone = "America/Havana"
    currency = "JPY"
    week_start = "wednesday"
    quarter_start_month = 12
    [buckets]
    preset = "b2b"
    [rates]
    CNY = "21.2"
    USD = "150"
    [promises]
    at_risk_hour = 0
    "#,
    r#"
    [reporting]
    timezone = "Australia/Lord_Howe"
    currency = "KWD"
    [rates]
    CNY = "999999.999999"
    USD = "0.000001"
    [attribution]
    window_days = 0
    "#,
];

/// All configurations: of these one has horizons so short that records are too late.
pub const ALL_CONFIGS: [&str; 8] = {
    let [a, b, c, d, e, f, g] = CONFIGS;
    [a, b, c, d, e, f, g, "horizons = { correction_days = 3, call_hours = 12 }"]
};

/// Streams of up to `most` records under one of these configurations.
pub fn stream(configs: &'static [&'static str], most: usize) -> impl Strategy<Value = Stream> {
    let config = prop::sample::select(configs);
    (config, moment::any_era()).prop_flat_map(move |(config, era)| {
        let copies = prop::collection::vec((any::<Index>(), any::<Index>()), 0..4);
        (prop::collection::vec(line(era), 1..most), copies, moment::instant(era)).prop_map(
            move |(mut records, copies, as_of)| {
                for (from, to) in copies {
                    let copy = records[from.index(records.len())].clone();
                    records.insert(to.index(records.len() + 1), copy);
                }
                Stream { config, records, as_of }
            },
        )
    })
}

/// Streams of which half the records are damaged, some beyond recognition.
pub fn wild(configs: &'static [&'static str], most: usize) -> impl Strategy<Value = Stream> {
    let config = prop::sample::select(configs);
    (config, moment::any_era()).prop_flat_map(move |(config, era)| {
        let bytes = prop::collection::vec(any::<u8>(), 0..60);
        let text = "\\PC{0,40}".prop_map(String::into_bytes);
        let records = prop_oneof![
            4 => line(era),
            4 => defect::damaged(era),
            2 => defect::at_the_limits(era),
            1 => bytes,
            1 => text,
        ];
        (prop::collection::vec(records, 1..most), moment::instant(era))
            .prop_map(move |(records, as_of)| Stream { config, records, as_of })
    })
}

/// One record: most are events, in any form in which they may arrive.
fn line(era: Era) -> BoxedStrategy<Vec<u8>> {
    prop_oneof![
        20 => record::event(era).prop_map(|record| record.bare()),
        2 => (record::event(era), record::envelope()).prop_map(|(record, form)| form.around(&record)),
        2 => defect::damaged(era),
    ]
    .boxed()
}
