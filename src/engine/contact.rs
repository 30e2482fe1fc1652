//! Contacts: what a call counts as (`docs/SEMANTICS.md` 10–12).

use super::class::{Class, Seen};
use super::measure::{Code, Measure, classes};
use super::revision::Version;
use super::stamp::{Dimension, Name, Stamp, Values};
use super::tables::ZoneId;
use super::time::{Date, Timestamp};

/// A contact, as an account remembers it.
#[derive(Clone, Debug)]
pub struct Contact {
    /// `call_id`
    pub id: Box<str>,
    /// Which record of this id it is.
    pub version: Version,
    /// `started_at`
    pub started_at: Timestamp,
    /// The local day of the reporting zone that holds its event time.
    pub day: Date,
    /// What it states of its dimensions, its channel included.
    pub stated: Values,
    /// Its dimensions, the lent ones included; final once it has taken effect.
    pub stamp: Stamp,
    /// Whether it has taken effect: its event time is not after the clock.
    pub counted: bool,
    /// The zone that it states.
    pub zone: Option<ZoneId>,
    /// What it counts as.
    pub class: Class,
    /// Dial, talk, hold and wrap-up seconds.
    pub seconds: [i64; 4],
}

impl Contact {
    /// Its event time: when it ended.
    pub fn at(&self) -> Timestamp {
        self.version.at
    }

    /// Its event time and the local day that holds it.
    pub fn sighting(&self) -> (Timestamp, Date) {
        (self.at(), self.day)
    }

    /// Who did it, if the event says.
    pub fn agent(&self) -> Name {
        self.stated.get(Dimension::Agent)
    }

    /// A live right-party contact by an agent can earn money for that agent.
    pub fn earns_credit(&self) -> bool {
        self.class.is_right_party() && self.agent().is_known()
    }

    /// The agent who handled it, if one did.
    pub fn handled_by(&self) -> Option<Name> {
        (self.class.is_handled() && self.agent().is_known()).then_some(self.agent())
    }

    /// Whether its account counts for this.
    pub fn counts_for(&self, seen: Seen) -> bool {
        self.class.counts_for(seen)
    }

    /// What it adds to every scope of its stamp, in ascending order of codes: one of its class, from
    /// which everything else that is counted follows, and what differs within the class.
    pub fn counts(&self, out: &mut Vec<(Code, i64)>) {
        let duration: i64 = self.seconds.iter().sum();
        let [_, talk, hold, wrap] = if self.class.is_plausible() { self.seconds } else { [0; 4] };
        let timed = self.class.is_timed();
        let channel = self.stated.get(Dimension::Channel);
        let all = [
            (self.class.code(), 1),
            (Measure::HandleSeconds.whole(), if timed { duration } else { 0 }),
            (Measure::TalkSeconds.whole(), talk),
            (Measure::HoldSeconds.whole(), hold),
            (Measure::WrapSeconds.whole(), wrap),
            (Measure::ChannelAttempts.of(channel), i64::from(self.class.is_attempt())),
            (Measure::HandleTimes.code(classes::of(duration)), i64::from(timed)),
        ];
        out.extend(all.into_iter().filter(|entry| entry.1 != 0));
    }
}
