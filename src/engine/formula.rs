//! Formulas: how a KPI is made of measures, and how it is written (`docs/SEMANTICS.md` 30).

use super::json::Object;
use super::measure::{Distinct, Measure, Tally, classes};
use super::money::{UNIT, divide_half_even, write_fixed, write_money};
use super::pane::Histogram;
use super::stamp::{Name, Names};

/// What stands above or below the line.
#[derive(Clone, Copy, Debug)]
pub enum Sum {
    /// A measure.
    One(Measure),
    /// The first and the second.
    Both(Measure, Measure),
    /// The first without the second.
    Less(Measure, Measure),
    /// An exact distinct count.
    Distinct(Measure),
}

/// How a KPI is made of measures.
#[derive(Clone, Copy, Debug)]
pub enum Formula {
    /// A count or an amount, with others beside it.
    Sum {
        /// Its value.
        of: Sum,
        /// Companions by name.
        beside: &'static [(&'static str, Sum)],
    },
    /// A quotient with its numerator and denominator.
    Quotient {
        /// Above the line.
        num: Sum,
        /// Below the line; nothing, or less: no value.
        den: Sum,
        /// What is below the line.
        per: Per,
    },
    /// Average handle time, with quantiles.
    HandleTime,
    /// Notices per account, with quantile and maximum.
    Notices,
    /// Shares of a whole by key.
    Mix {
        /// The measure that has an entry for each key.
        of: Measure,
        /// Its whole.
        whole: Measure,
        /// The same by count: entries and whole.
        counts: Option<(Measure, Measure)>,
    },
    /// A state that holds now, with the amounts in it.
    State {
        /// How many.
        count: Measure,
        /// The money in them.
        amount: Measure,
        /// What remains of it.
        remaining: Measure,
    },
}

/// What is below the line of a quotient.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Per {
    /// A count: below `low_sample` of them, the value is marked.
    Count,
    /// An amount of money.
    Amount,
    /// Seconds; the value is per hour.
    Hour,
}

/// What was read of a window of a scope.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// Its sums.
    pub tally: &'a Tally,
    /// Which part of distinct counts serves it.
    pub part: Distinct,
    /// Whether the scope groups by agent: it has one agent, or nobody.
    pub by_agent: bool,
    /// How many accounts received how many notices, where that is known.
    pub notices: Option<&'a Histogram>,
    /// Digits after the point of the reporting currency.
    pub digits: u32,
    /// A count below it, below the line, is a low sample.
    pub low_sample: i128,
    /// The keys of mixes.
    pub names: &'a Names,
}

impl Reading<'_> {
    fn sum(&self, sum: Sum) -> i128 {
        let whole = |measure: Measure| self.tally.get(measure.whole());
        match sum {
            Sum::One(measure) => whole(measure),
            Sum::Both(first, second) => whole(first) + whole(second),
            Sum::Less(first, second) => whole(first) - whole(second),
            Sum::Distinct(Measure::Agents) => self.agents(),
            Sum::Distinct(measure) => self.tally.get(self.part.of(measure)),
        }
    }

    fn agents(&self) -> i128 {
        if self.by_agent {
            let handled = self.tally.get(Measure::HandledByAgent.whole());
            return i128::from(0 < handled);
        }
        self.tally.get(self.part.of(Measure::Agents))
    }

    /// Writes a KPI's fields.
    pub fn write(&self, formula: Formula, object: &mut Object<'_>) {
        match formula {
            Formula::Sum { of, beside } => {
                self.amount(object, "value", of, self.sum(of));
                for &(name, sum) in beside {
                    self.amount(object, name, sum, self.sum(sum));
                }
            }
            Formula::Quotient { num, den, per } => self.quotient(object, num, den, per),
            Formula::HandleTime => {
                self.quotient(
                    object,
                    Sum::One(Measure::HandleSeconds),
                    Sum::One(Measure::Timed),
                    Per::Count,
                );
                let times: Vec<(u32, i128)> = self.tally.entries(Measure::HandleTimes).collect();
                for (name, percent) in [("p50", 50), ("p95", 95)] {
                    let class = order_statistic(times.iter().copied(), percent);
                    match class {
                        Some(class) => {
                            object.integer(name, classes::middle(class).into());
                        }
                        None => object.optional(name, None),
                    }
                }
            }
            Formula::Notices => {
                self.quotient(
                    object,
                    Sum::One(Measure::Notices),
                    Sum::Distinct(Measure::Noticed),
                    Per::Count,
                );
                if let Some(notices) = self.notices {
                    let accounts =
                        || notices.iter().map(|(&n, &accounts)| (n, i128::from(accounts)));
                    let most = accounts().rfind(|entry| 0 < entry.1).map(|entry| entry.0);
                    let p95 = order_statistic(accounts(), 95);
                    for (name, value) in [("p95", p95), ("max", most)] {
                        match value {
                            Some(value) => object.integer(name, value.into()),
                            None => object.optional(name, None),
                        }
                    }
                }
            }
            Formula::Mix { of, whole, counts } => self.mix(object, of, whole, counts),
            Formula::State { count, amount, remaining } => {
                object.integer("value", self.tally.get(count.whole()));
                for (name, measure) in [("amount", amount), ("remaining", remaining)] {
                    self.money(object.field(name), self.tally.get(measure.whole()));
                }
            }
        }
    }

    fn quotient(&self, object: &mut Object<'_>, num_sum: Sum, den_sum: Sum, per: Per) {
        let (num, den) = (self.sum(num_sum), self.sum(den_sum));
        let value = object.field("value");
        if den <= 0 {
            value.push_str("null");
        } else if num_sum.is_money() && per != Per::Amount {
            let scale = if per == Per::Hour { 3600 } else { 1 };
            let minor = UNIT / 10_i128.pow(self.digits);
            value.push('"');
            write_fixed(value, scaled(num, scale, den * minor), self.digits);
            value.push('"');
        } else {
            let scale = if per == Per::Hour { 3600 } else { 1 };
            write_ratio(value, num * scale, den);
        }
        self.amount(object, "num", num_sum, num);
        self.amount(object, "den", den_sum, den);
        if per == Per::Count && den < self.low_sample {
            object.boolean("low_sample", true);
        }
    }

    fn mix(
        &self,
        object: &mut Object<'_>,
        of: Measure,
        whole: Measure,
        counts: Option<(Measure, Measure)>,
    ) {
        let mut entries: Vec<u32> = self.tally.entries(of).map(|entry| entry.0).collect();
        if let Some((counted, _)) = counts {
            entries.extend(self.tally.entries(counted).map(|entry| entry.0));
        }
        entries.sort_unstable_by_key(|&entry| self.names.text(Name(entry)));
        entries.dedup();
        let mut by = object.object("by");
        for entry in entries {
            let mut share = by.object(self.names.text(Name(entry)));
            self.share(&mut share, of, entry, whole);
            if let Some((counted, all)) = counts {
                let mut count = share.object("count");
                self.share(&mut count, counted, entry, all);
                count.end();
            }
            share.end();
        }
        by.end();
    }

    fn share(&self, object: &mut Object<'_>, of: Measure, entry: u32, whole: Measure) {
        let (num, den) = (self.tally.get(of.code(entry)), self.tally.get(whole.whole()));
        let value = object.field("value");
        if den <= 0 {
            value.push_str("null");
        } else {
            write_ratio(value, num, den);
        }
        self.amount(object, "num", Sum::One(whole), num);
        self.amount(object, "den", Sum::One(whole), den);
    }

    /// A count as an integer, money as decimal text.
    fn amount(&self, object: &mut Object<'_>, name: &str, sum: Sum, value: i128) {
        if sum.is_money() {
            self.money(object.field(name), value);
        } else {
            object.integer(name, value);
        }
    }

    fn money(&self, out: &mut String, value: i128) {
        out.push('"');
        write_money(out, value, self.digits);
        out.push('"');
    }
}

impl Sum {
    fn is_money(self) -> bool {
        match self {
            Self::One(measure) | Self::Both(measure, _) | Self::Less(measure, _) => {
                measure.is_money()
            }
            Self::Distinct(_) => false,
        }
    }
}

/// `num × scale / den` half-even; exact where the product fits 127 bits, as all sums of real money do.
fn scaled(num: i128, scale: i128, den: i128) -> i128 {
    match num.checked_mul(scale) {
        Some(product) => divide_half_even(product, den),
        None => divide_half_even(num, den).saturating_mul(scale),
    }
}

/// A quotient rounded half-even to six digits after the point, without trailing zeros.
fn write_ratio(out: &mut String, num: i128, den: i128) {
    let (mut value, mut rest) = (num.div_euclid(den), num.rem_euclid(den));
    for _ in 0..6 {
        let digit = rest * 10;
        value = value.saturating_mul(10).saturating_add(digit / den);
        rest = digit % den;
    }
    value = match rest.cmp(&(den - rest)) {
        std::cmp::Ordering::Less => value,
        std::cmp::Ordering::Greater => value + 1,
        std::cmp::Ordering::Equal => value + (value & 1),
    };
    write_fixed(out, value, 6);
    let kept = out.trim_end_matches('0').trim_end_matches('.').len();
    out.truncate(kept);
}

/// The key at rank ⌊q(n−1)⌋ of keys that come in ascending order with how often each occurs.
fn order_statistic(
    counted: impl Iterator<Item = (u32, i128)> + Clone,
    percent: i128,
) -> Option<u32> {
    let total: i128 = counted.clone().map(|entry| entry.1).sum();
    let rank = (total - 1) * percent / 100;
    let mut below = 0;
    counted.into_iter().find_map(|(key, count)| {
        below += count;
        (rank < below && 0 < count).then_some(key)
    })
}
