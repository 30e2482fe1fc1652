//! Measures: what is counted and summed, and the sparse tally that holds some of them.
//!
//! Every KPI is made of measures by a formula of the [catalogue](super::catalogue). Measures are
//! additive: a correction takes back what was added, whatever else has come in between. Exact
//! distinct counts are additive too, by a trick: of the times at which an account is seen in a
//! scope, the *first of each period* counts for that period, and the *last of all* counts for the
//! windows that end now.

use super::class::Class;
use super::stamp::Name;

/// What is counted or summed. A measure of a mix or distribution has an entry for each of its keys.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Measure {
    /// Contacts, by their [class](super::class::Class): what panes keep of the next nineteen.
    Contacts,
    /// Outbound voice attempts.
    VoiceOut,
    /// Of these, with an outcome that was not recorded.
    VoiceOutUnknown,
    /// Inbound voice records, abandoned ones too.
    VoiceIn,
    /// Of these, with an outcome that was not recorded.
    VoiceInUnknown,
    /// Inbound voice that nobody took in time.
    Abandoned,
    /// Outbound records of all channels.
    Attempts,
    /// Of these, with an outcome that was not recorded.
    AttemptsUnknown,
    /// Outbound voice answered by anything.
    Connected,
    /// Outbound voice answered by a human.
    Live,
    /// Outbound voice answered by the right party.
    RightParty,
    /// Answered by a human, every channel and direction.
    LiveAny,
    /// Live right parties, every channel and direction.
    RightPartyAny,
    /// Messages that arrived and were not answered.
    Delivered,
    /// Messages that were answered.
    Replied,
    /// Handled contacts.
    Handled,
    /// Handled contacts that have an agent.
    HandledByAgent,
    /// Handled contacts of plausible length.
    Timed,
    /// Their dial, talk, hold and wrap seconds.
    HandleSeconds,
    /// Talk seconds of all contacts of plausible length.
    TalkSeconds,
    /// Hold seconds, likewise.
    HoldSeconds,
    /// Wrap-up seconds, likewise.
    WrapSeconds,
    /// Outbound records by automated means, with a recorded outcome.
    Automated,
    /// Contacts and notices received: outbound and connected, delivered or replied.
    Notices,
    /// Outbound records, by channel.
    ChannelAttempts,
    /// Handled contacts of plausible length, by logarithmic class of their handle time.
    HandleTimes,
    /// Distinct accounts with a handled contact (see [`Distinct`]); panes keep [`Marks`] of it.
    Cases,
    /// Distinct accounts attempted.
    Reached,
    /// Distinct accounts that received a contact or notice.
    Noticed,
    /// Distinct agents with a handled contact.
    Agents,
    /// New promises, reschedules apart.
    Made,
    /// Of these, with a call or an agent.
    MadeAssisted,
    /// New promises, reschedules too.
    MadeAll,
    /// Of these, of level 2 and above.
    MadeAgain,
    /// Days from the making of each promise to its due date.
    HorizonDays,
    /// Promises kept, partially kept or broken.
    Matured,
    /// Promises kept.
    Kept,
    /// Promises partially kept.
    PartiallyKept,
    /// Promises broken.
    Broken,
    /// Promises broken and since paid up to the threshold.
    LatePaid,
    /// Outbound contacts between promise and verdict.
    FollowUps,
    /// Instalments matured.
    InstalmentsMatured,
    /// Instalments kept.
    InstalmentsKept,
    /// Promises kept that a payment completed.
    Paid,
    /// Days from the making of each of these to the completing payment.
    PaidDays,
    /// Payments posted.
    Payments,
    /// Of these, returned in part or whole.
    Returned,
    /// Payments posted, by means of payment.
    ChannelPayments,
    /// Promises open now.
    Open,
    /// Promises due today.
    DueToday,
    /// Promises in grace now.
    InGrace,
    /// Promises at risk now.
    AtRisk,
    /// Money promised, reschedules apart. From here on, money.
    PromisedAmount,
    /// Money promised by what has matured.
    MaturedAmount,
    /// Money attributed in time to what has matured.
    KeptAmount,
    /// Promised less attributed, of broken and partially kept promises.
    BrokenAmount,
    /// Money paid in.
    Gross,
    /// Money returned, when it was returned.
    Reversed,
    /// Money paid in less its returns, when it was paid in.
    Restated,
    /// The same, by means of payment.
    ChannelRestated,
    /// The same, of payments that name the due date they pay.
    DueAmount,
    /// Each of these times the days from that due date to the payment.
    DueAmountDays,
    /// Money promised by open promises.
    OpenAmount,
    /// Money still promised by open promises.
    OpenRemaining,
    /// Money promised by promises due today.
    DueTodayAmount,
    /// Money still promised by promises due today.
    DueTodayRemaining,
    /// Money promised by promises in grace.
    InGraceAmount,
    /// Money still promised by promises in grace.
    InGraceRemaining,
    /// Money promised by promises at risk.
    AtRiskAmount,
    /// Money still promised by promises at risk.
    AtRiskRemaining,
}

impl Measure {
    /// Whether it is money, in units of 10⁻¹²; a count or seconds otherwise.
    pub fn is_money(self) -> bool {
        Self::PromisedAmount <= self
    }

    /// The measure itself, or its entry for one key.
    pub fn code(self, entry: u32) -> Code {
        debug_assert!(entry <= LAST_ENTRY, "an entry's number has 24 bits");
        Code((self as u32) << 24 | entry)
    }

    /// All of its entries.
    fn span(self) -> std::ops::RangeInclusive<Code> {
        self.code(0)..=self.code(LAST_ENTRY)
    }

    /// The measure itself.
    pub fn whole(self) -> Code {
        self.code(0)
    }

    /// The entry of a mix for a named key. Should there ever be more names than entries, the rest
    /// share one.
    pub fn of(self, name: Name) -> Code {
        self.code(if name.0 <= LAST_ENTRY { name.0 } else { Name::UNKNOWN.0 })
    }
}

/// Which of the additive parts of an exact distinct count serves a window.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Distinct {
    /// The first of its local day.
    Day,
    /// The first of its week.
    Week,
    /// The first of its month.
    Month,
    /// The first of its quarter.
    Quarter,
    /// The last of all.
    Last,
}

impl Distinct {
    /// Whether a window made of fine panes reads it: rolling windows, and yesterday at this minute.
    pub fn is_fine(self) -> bool {
        match self {
            Self::Day | Self::Last => true,
            Self::Week | Self::Month | Self::Quarter => false,
        }
    }

    /// Whether a window made of local days reads it.
    pub fn is_daily(self) -> bool {
        self != Self::Last
    }

    /// All of them.
    pub const ALL: [Self; 5] = [Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Last];

    /// The entry of a distinct count that is read for it; below are the sets of marks.
    fn entry(self) -> u32 {
        32 + self as u32
    }

    /// The code of a distinct count that is read for it.
    pub fn of(self, measure: Measure) -> Code {
        measure.code(self.entry())
    }

    /// Firsts of a period, in the order of [`Period::ALL`](super::time::Period::ALL).
    pub const FIRSTS: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Quarter];
}

/// Some parts of a distinct count that stand at one sighting, as panes keep them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Marks(u32);

impl Marks {
    /// With one more.
    #[must_use]
    pub fn and(self, part: Distinct) -> Self {
        Self(self.0 | 1 << part as u32)
    }

    /// Those that panes of one kind need.
    #[must_use]
    pub fn only(self, needed: fn(Distinct) -> bool) -> Self {
        self.parts().filter(|&part| needed(part)).fold(Self::default(), Self::and)
    }

    /// The entry of them, if there are any.
    pub fn of(self, measure: Measure) -> Option<Code> {
        (self != Self::default()).then(|| measure.code(self.0))
    }

    fn parts(self) -> impl Iterator<Item = Distinct> {
        Distinct::ALL.into_iter().filter(move |&part| self.0 & 1 << part as u32 != 0)
    }
}

/// The greatest number of an entry.
const LAST_ENTRY: u32 = 0x00ff_ffff;

/// A measure and the entry of it: what a tally is sorted by.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Code(u32);

impl Code {
    /// The number of the entry.
    pub fn entry(self) -> u32 {
        self.0 & LAST_ENTRY
    }

    /// The same measure's part, as it is read.
    fn part(self, part: Distinct) -> Self {
        Self((self.0 & !LAST_ENTRY) | part.entry())
    }

    /// Whether its measure is money.
    pub fn is_money(self) -> bool {
        Measure::PromisedAmount.whole() <= self
    }
}

/// Some measures with their sums; what is not in it is zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    counts: Vec<(Code, i64)>,
    /// Few panes see money.
    #[expect(clippy::box_collection, reason = "nothing is to take eight bytes, not 24")]
    money: Option<Box<Vec<(Code, i128)>>>,
}

impl Tally {
    /// Adds counts, which stand in ascending order of their codes.
    pub fn add_counts(&mut self, added: &[(Code, i64)]) {
        if self.counts.is_empty() {
            self.counts = added.to_vec();
            return;
        }
        let mut at = 0;
        for &(code, value) in added {
            at += place(&self.counts[at..], code);
            match self.counts.get_mut(at) {
                Some(entry) if entry.0 == code => entry.1 += value,
                _ => self.counts.insert(at, (code, value)),
            }
        }
    }

    /// Adds money.
    pub fn add_money(&mut self, code: Code, value: i128) {
        let money = self.money.get_or_insert_default();
        match money.binary_search_by_key(&code, |entry| entry.0) {
            // Sums that wrap are taken back exactly; sums of real money never do.
            Ok(at) => money[at].1 = money[at].1.wrapping_add(value),
            Err(at) => money.insert(at, (code, value)),
        }
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) {
        self.add_counts(&other.counts);
        for &(code, value) in other.money.iter().flat_map(|money| money.iter()) {
            self.add_money(code, value);
        }
    }

    /// The sum of one measure or entry, money or not.
    pub fn get(&self, code: Code) -> i128 {
        let count = self.counts.binary_search_by_key(&code, |entry| entry.0);
        if let Ok(at) = count {
            return i128::from(self.counts[at].1);
        }
        let money = self.money.as_deref().map_or(&[][..], Vec::as_slice);
        money.binary_search_by_key(&code, |entry| entry.0).map_or(0, |at| money[at].1)
    }

    /// The entries of a measure whose count or sum is not zero, in ascending order.
    pub fn entries(&self, measure: Measure) -> impl Iterator<Item = (u32, i128)> + '_ {
        let span = measure.span();
        let money = self.money.as_deref().map_or(&[][..], Vec::as_slice);
        let counts = self.counts.iter().map(|&(code, value)| (code, i128::from(value)));
        counts
            .chain(money.iter().copied())
            .filter(move |(code, value)| span.contains(code) && *value != 0)
            .map(|(code, value)| (code.entry(), value))
    }

    /// To be read: what contacts count as, and the marks of distinct counts one by one, in the place
    /// of what panes keep of them.
    #[must_use]
    pub fn expanded(&self) -> Self {
        let mut counts: Vec<(Code, i64)> = Vec::with_capacity(self.counts.len() + 32);
        for &(code, value) in &self.counts {
            if Measure::Contacts.span().contains(&code) {
                let measures = Class::from_entry(code.entry()).measures();
                counts.extend(measures.map(|measure| (measure.whole(), value)));
            } else if Measure::Cases.code(0) <= code && code <= Measure::Agents.code(LAST_ENTRY) {
                let parts = Marks(code.entry()).parts();
                counts.extend(parts.map(|part| (code.part(part), value)));
            } else {
                counts.push((code, value));
            }
        }
        counts.sort_unstable_by_key(|entry| entry.0);
        counts.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        Self { counts, money: self.money.clone() }
    }

    /// Whether every sum in it is zero.
    pub fn is_zero(&self) -> bool {
        self.counts.iter().all(|entry| entry.1 == 0)
            && self.money.iter().flat_map(|money| money.iter()).all(|entry| entry.1 == 0)
    }
}

/// Where a code stands or would stand: near the start as a rule, behind many entries of a mix or
/// distribution otherwise.
fn place(counts: &[(Code, i64)], code: Code) -> usize {
    const NEAR: usize = 6;
    let near = counts.iter().take(NEAR).position(|entry| code <= entry.0);
    near.unwrap_or_else(|| counts.partition_point(|entry| entry.0 < code))
}

/// Classes of whole seconds, of which any number stands for all of the class within 1 %: each second
/// of the first hour and some is a class of its own, and what is longer falls into logarithmic ones.
///
/// Source: Masson, Rim, Lee: `DDSketch`, 2019.
pub mod classes {
    /// Below it, a class is one second.
    const EXACT: u32 = 4096;

    /// The ratio of a class's bounds: (1 + 0.01) / (1 − 0.01), a little less so that rounding to whole
    /// seconds stays within 1 % too.
    const RATIO: f64 = 1.0195;

    /// The class of a number of seconds.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "seconds are at most 4 × 10⁹, their logarithm to 1.02 below 1,200"
    )]
    pub fn of(seconds: i64) -> u32 {
        if seconds < i64::from(EXACT) {
            return seconds.max(0) as u32;
        }
        EXACT + ((seconds as f64 / f64::from(EXACT)).ln() / RATIO.ln()).floor() as u32
    }

    /// Whole seconds within 1 % of every number of the class.
    #[expect(clippy::cast_possible_truncation, reason = "seconds are at most 4 × 10⁹")]
    pub fn middle(class: u32) -> i64 {
        if class < EXACT {
            return class.into();
        }
        let power = i32::try_from(class - EXACT).unwrap_or(i32::MAX);
        let low = f64::from(EXACT) * RATIO.powi(power);
        (low * 2.0 * RATIO / (1.0 + RATIO)).round() as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_back_leaves_nothing() {
        let mut tally = Tally::default();
        let added = [(Measure::VoiceOut.whole(), 2), (Measure::Kept.whole(), 1)];
        tally.add_counts(&added);
        tally.add_counts(&[(Measure::Connected.whole(), 5)]);
        tally.add_money(Measure::Gross.whole(), 7);
        assert_eq!(tally.get(Measure::Connected.whole()), 5);
        assert_eq!(tally.get(Measure::Gross.whole()), 7);
        tally.add_counts(&added.map(|(code, value)| (code, -value)));
        tally.add_counts(&[(Measure::Connected.whole(), -5)]);
        tally.add_money(Measure::Gross.whole(), -7);
        assert!(tally.is_zero());
    }

    #[test]
    fn a_class_stands_for_its_numbers_within_one_percent() {
        for seconds in 1..200_000 {
            let stands = classes::middle(classes::of(seconds));
            assert!((stands - seconds).abs() * 100 <= seconds, "{stands} for {seconds}");
        }
    }
}
