//! Facts: what holds of an account, as amounts of measures at instants, and how they reach the
//! windows.

use std::cmp::Ordering;

use super::super::measure::{Code, Measure};
use super::super::stamp::{Key, Stamp, Stamps};
use super::super::tables::Tables;
use super::super::time::Timestamp;
use super::super::windows::Windows;

/// An amount of a measure, at an instant, in the scopes of a stamp (or in one scope).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Fact {
    at: Timestamp,
    target: Target,
    code: Code,
    value: i128,
}

/// The instant of states that hold now: they stand in no window.
const NOW: Timestamp = Timestamp::MIN;

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Target {
    Stamp(Stamp),
    Key(Key),
}

/// Facts in the making.
#[derive(Debug, Default)]
pub struct Facts(Vec<Fact>);

impl Facts {
    /// A measure counts `value` more at an instant.
    pub fn add(&mut self, at: Timestamp, stamp: Stamp, code: Code, value: i128) {
        self.0.push(Fact { at, target: Target::Stamp(stamp), code, value });
    }

    /// The same in one scope.
    pub fn add_to_key(&mut self, at: Timestamp, key: Key, code: Code, value: i128) {
        self.0.push(Fact { at, target: Target::Key(key), code, value });
    }

    /// A state holds now.
    pub fn state(&mut self, stamp: Stamp, measure: Measure, value: i128) {
        self.add(NOW, stamp, measure.whole(), value);
    }

    /// In canonical order, each once, none of them nothing.
    pub fn settled(mut self) -> Vec<Fact> {
        self.0.sort_unstable();
        self.0.dedup_by(|next, kept| {
            let same = (next.at, next.target, next.code) == (kept.at, kept.target, kept.code);
            if same {
                kept.value = kept.value.wrapping_add(next.value);
            }
            same
        });
        self.0.retain(|fact| fact.value != 0);
        self.0.shrink_to_fit();
        self.0
    }
}

/// Carries the difference between what was said before and what holds now to the windows.
pub fn replace(before: &[Fact], now: &[Fact], tables: &Tables, windows: &mut Windows) {
    windows.make_room(&tables.stamps);
    let (mut old, mut new) = (before.iter().peekable(), now.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => (a.at, a.target, a.code).cmp(&(b.at, b.target, b.code)),
        };
        let (mut gone, mut come) = (None, None);
        if order != Ordering::Greater {
            gone = old.next();
        }
        if order != Ordering::Less {
            come = new.next();
        }
        let value = |fact: Option<&Fact>| fact.map_or(0, |fact| fact.value);
        let change = value(come).wrapping_sub(value(gone));
        if let (Some(fact), true) = (come.or(gone), change != 0) {
            apply(*fact, change, tables, windows);
        }
    }
}

fn apply(fact: Fact, change: i128, tables: &Tables, windows: &mut Windows) {
    let stamps: &Stamps = &tables.stamps;
    let one;
    let keys = match fact.target {
        Target::Stamp(stamp) => stamps.keys(stamp),
        Target::Key(key) => {
            one = [key];
            &one
        }
    };
    let count = |value: i128| i64::try_from(value).expect("a count has fewer than 63 bits");
    for &key in keys {
        if fact.at == NOW {
            let gauges = windows.gauges(stamps, key);
            if fact.code.is_money() {
                gauges.add_money(fact.code, change);
            } else {
                gauges.add_counts(&[(fact.code, count(change))]);
            }
            continue;
        }
        let at = (fact.at, tables.day(fact.at));
        if fact.code.is_money() {
            windows.add_money(stamps, key, at, fact.code, change);
        } else {
            let added = [(fact.code, count(change))];
            let fact = windows.fact(at, &added, &added);
            windows.enter(key, fact);
        }
    }
}
