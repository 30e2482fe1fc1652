//! Sightings: how the times at which somebody was seen become additive counts of distinct ones.
//!
//! In a scope, an account (or an agent) is seen at some times, in order. It counts once for a period
//! if one of them is the *first of that period*, and once for every window that ends now and begins
//! before the *last of all*. A new sighting changes only its own marks, its predecessor's *last* and
//! its successor's *firsts*, so that any arrival order, and any correction, ends in the same sums.

use super::measure::Distinct;
use super::time::{Calendar, Date, Timestamp};

/// An instant and the local day that holds it.
pub type Sighting = (Timestamp, Date);

/// What the sums gain when `me` is put between its neighbours; its negative when it is taken out.
///
/// `emit` gets the sighting that a mark stands at, the mark, and 1 where `me` gains it, −1 where a
/// neighbour loses it.
pub fn link(
    calendar: &Calendar,
    before: Option<Sighting>,
    me: Sighting,
    after: Option<Sighting>,
    emit: &mut impl FnMut(Sighting, Distinct, i64),
) {
    let starts = calendar.starts(me.1);
    let is_first = |at: Option<Sighting>, start: Date| at.is_none_or(|at| at.1 < start);
    for (part, start) in Distinct::FIRSTS.into_iter().zip(starts) {
        if is_first(before, start) {
            emit(me, part, 1);
        }
    }
    let Some(after) = after else {
        emit(me, Distinct::Last, 1);
        if let Some(before) = before {
            emit(before, Distinct::Last, -1);
        }
        return;
    };
    for (part, start) in Distinct::FIRSTS.into_iter().zip(calendar.starts(after.1)) {
        if is_first(before, start) && start <= me.1 {
            emit(after, part, -1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::engine::time::Zone;

    /// forall orders of arrival: the marks are the same
    #[test]
    fn the_order_of_arrival_leaves_no_trace() {
        let zone = Zone::named("Asia/Shanghai").expect("a zone of the database");
        let calendar = Calendar::new(zone, 0, 1);
        let days = [20_400, 20_401, 20_401, 20_409, 20_440];
        let marks = |order: &[usize]| {
            let mut marks = BTreeMap::new();
            let mut seen: Vec<(usize, Sighting)> = Vec::new();
            for &which in order {
                let me = (Timestamp(i64::try_from(which).expect("few")), Date(days[which]));
                let place = seen.partition_point(|entry| entry.0 < which);
                let before = place.checked_sub(1).map(|at| seen[at].1);
                let after = seen.get(place).map(|entry| entry.1);
                link(&calendar, before, me, after, &mut |at, part, value| {
                    *marks.entry((at, part as u8)).or_insert(0) += value;
                });
                seen.insert(place, (which, me));
            }
            marks.retain(|_, value| *value != 0);
            marks
        };
        let in_order = marks(&[0, 1, 2, 3, 4]);
        assert_eq!(in_order, marks(&[4, 2, 0, 1, 3]));
        assert_eq!(in_order, marks(&[2, 1, 4, 3, 0]));
        assert_eq!(in_order.values().sum::<i64>(), 1 + 4 + 3 + 2 + 1);
    }
}
