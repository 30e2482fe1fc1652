//! Instants and dates that lie dense around everything that happens at a time of its own.

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;

/// A few days in which much changes.
#[derive(Clone, Copy, Debug)]
pub struct Era {
    /// The UTC midnight in the middle, as epoch days.
    day: i64,
    /// Zones in which accounts live.
    pub zones: &'static [&'static str],
    /// Whether nearly everything happens at a few instants of three days.
    pub dense: bool,
    /// The accounts that there are.
    pub accounts: &'static [&'static str],
}

/// An era in which all that can be is the default.
const fn era(day: i64, zones: &'static [&'static str]) -> Era {
    Era { day, zones, dense: false, accounts: &["a1", "a2", "a|3 ä"] }
}

/// Any era; in some all that happens is on one account, or at a few instants.
pub fn any_era() -> impl Strategy<Value = Era> {
    (select(&ERAS[..]), any::<bool>(), any::<bool>()).prop_map(|(era, dense, alone)| {
        let accounts = if alone { &era.accounts[..1] } else { era.accounts };
        Era { dense, accounts, ..era }
    })
}

/// Month, quarter and year ends, leap days, clocks put forward and back (at midnight too), and a
/// day that never was.
const ERAS: [Era; 8] = [
    // 2026-11-01: clocks go back in the Americas, in Havana over midnight.
    era(20_758, &["America/New_York", "America/Havana", "Asia/Kathmandu", "UTC"]),
    // 2026-03-08: clocks go forward; in Havana there is no midnight.
    era(20_520, &["America/New_York", "America/Havana", "Asia/Shanghai", "Nowhere"]),
    // 2027-01-01
    era(20_819, &["Pacific/Kiritimati", "Pacific/Pago_Pago", "asia/shanghai"]),
    // 2026-04-24: in Cairo there is no midnight.
    era(20_567, &["Africa/Cairo", "Asia/Kathmandu", "UTC"]),
    // 2026-09-06: in Santiago there is no midnight.
    era(20_702, &["America/Santiago", "Europe/London"]),
    // 2024-02-29
    era(19_782, &["Europe/Berlin", "America/St_Johns"]),
    // 2026-04-05: clocks go back by half an hour.
    era(20_548, &["Australia/Lord_Howe", "Pacific/Chatham", "Mars/Olympus"]),
    // 2011-12-30: Samoa skips the day.
    era(15_338, &["Pacific/Apia", "Pacific/Kiritimati", "Asia/Shanghai"]),
];

const MINUTE: i64 = 60_000;
const DAY: i64 = 1440 * MINUTE;

/// Days from the middle of the era.
fn days(era: Era) -> impl Strategy<Value = i64> {
    const FAR: [i64; 16] =
        [-400, -95, -92, -91, -90, -32, -31, -14, 14, 30, 31, 59, 89, 90, 91, 92];
    let (near, far) = if era.dense { (60, 1) } else { (14, 4) };
    prop_oneof![
        near => if era.dense { 0..=2 } else { -1..=2_i64 },
        far => -7_i64..=8,
        1 => select(&FAR[..]),
    ]
}

/// An instant of an era, in milliseconds.
pub fn instant(era: Era) -> impl Strategy<Value = i64> {
    const HOURS: &[i64] = &[16, 4, 5, 22, 10, 0, 13, 18, 3];
    // In a dense era many things happen at one instant, or whole days apart.
    let (hours, others, exact) = if era.dense { (&HOURS[..4], 1, 16) } else { (HOURS, 3, 4) };
    // Minutes of the UTC day: midnights and at-risk hours of the zones, and others.
    let minutes = prop_oneof![
        10 => select(hours).prop_map(|hour| hour * 60),
        others => (0_i64..48).prop_map(|half| half * 30),
        1 => 0_i64..1440,
    ];
    let offset = prop_oneof![
        exact => Just(0),
        4 => select(&[-1, 1, -1000, 1000, -30_000, 45_000, -5_000, 999][..]),
        2 => -MINUTE * 30..MINUTE * 30,
    ];
    (days(era), minutes, offset).prop_map(move |(days, minutes, offset)| {
        ((era.day + days) * DAY + minutes * MINUTE + offset).max(0)
    })
}

/// The instant as JSON, in one of the ways in which it may be written.
pub fn time(era: Era) -> impl Strategy<Value = String> {
    let offset = select(&[0, 480, -300, 345, -1439][..]);
    (instant(era), 0..6_u8, offset).prop_map(|(at, form, offset)| {
        let local = Timestamp::from_millisecond(at + offset * MINUTE).unwrap();
        let local = local.strftime("%Y-%m-%dT%H:%M:%S.%3f").to_string();
        let utc = Timestamp::from_millisecond(at).unwrap();
        let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs());
        match form {
            0 => format!("\"{local}{sign}{:02}:{:02}\"", minutes / 60, minutes % 60),
            1 => format!("\"{}\"", utc.strftime("%Y-%m-%d %H:%M:%S.%3f99999z")),
            2 => format!("\"{}\"", utc.strftime("%Y-%m-%dt%H:%M:%S.%3fZ")),
            _ => at.to_string(),
        }
    })
}

/// A date of an era as JSON text.
pub fn date(era: Era) -> impl Strategy<Value = String> {
    let extreme = select(&["\"1900-01-01\"", "\"2999-12-31\"", "\"1970-01-01\""][..]);
    prop_oneof![
        20 => (days(era), 0..=2_i64).prop_map(move |(days, later)| quoted(era, days + later)),
        1 => extreme.prop_map(str::to_owned),
    ]
}

fn quoted(era: Era, days: i64) -> String {
    let at = Timestamp::from_millisecond((era.day + days) * DAY).unwrap();
    format!("\"{}\"", at.strftime("%Y-%m-%d"))
}
