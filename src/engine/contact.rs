//! Contacts: what a call counts as (`docs/SEMANTICS.md` 10–12).

use super::event::CallResult;
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
    /// What came of it.
    pub result: CallResult,
    /// Inbound, or outbound.
    pub inbound: bool,
    /// `voice` or `ai_voice`.
    pub voice: bool,
    /// Whether it carries a disposition.
    pub has_disposition: bool,
    /// By automated means.
    pub automated: bool,
    /// Dial, talk, hold and wrap-up seconds.
    pub seconds: [i64; 4],
}

/// What a distinct account is counted for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Seen {
    /// It had a handled contact.
    Handled,
    /// It was attempted.
    Attempted,
    /// It received a contact or notice.
    Noticed,
}

impl Seen {
    /// All three, in the order of their measures.
    pub const ALL: [Self; 3] = [Self::Handled, Self::Attempted, Self::Noticed];

    /// The distinct accounts of it.
    pub fn measure(self) -> Measure {
        match self {
            Self::Handled => Measure::Cases,
            Self::Attempted => Measure::Reached,
            Self::Noticed => Measure::Noticed,
        }
    }
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

    /// An outbound record is an attempt.
    pub fn is_attempt(&self) -> bool {
        !self.inbound
    }

    fn is_live(&self) -> bool {
        match self.result {
            CallResult::Human | CallResult::RightParty => true,
            CallResult::Unanswered
            | CallResult::Unknown
            | CallResult::Abandoned
            | CallResult::Machine
            | CallResult::Delivered
            | CallResult::Undelivered
            | CallResult::Replied => false,
        }
    }

    /// A live right-party contact by an agent can earn money for that agent.
    pub fn earns_credit(&self) -> bool {
        self.result == CallResult::RightParty && self.agent().is_known()
    }

    fn is_handled(&self) -> bool {
        (self.agent().is_known() && self.is_live()) || self.has_disposition
    }

    /// The agent who handled it, if one did.
    pub fn handled_by(&self) -> Option<Name> {
        (self.is_handled() && self.agent().is_known()).then_some(self.agent())
    }

    fn is_notice(&self) -> bool {
        let received = match self.result {
            CallResult::Machine
            | CallResult::Human
            | CallResult::RightParty
            | CallResult::Delivered
            | CallResult::Replied => true,
            CallResult::Unanswered
            | CallResult::Unknown
            | CallResult::Abandoned
            | CallResult::Undelivered => false,
        };
        self.is_attempt() && received
    }

    /// Whether its account counts for this.
    pub fn counts_for(&self, seen: Seen) -> bool {
        match seen {
            Seen::Handled => self.is_handled(),
            Seen::Attempted => self.is_attempt(),
            Seen::Noticed => self.is_notice(),
        }
    }

    /// What it adds to every scope of its stamp, in ascending order of codes.
    pub fn counts(&self, max_contact_s: i64, out: &mut Vec<(Code, i64)>) {
        let unknown = self.result == CallResult::Unknown;
        let live = self.is_live();
        let right_party = self.result == CallResult::RightParty;
        let attempt = self.is_attempt();
        let voice_out = self.voice && attempt;
        let voice_in = self.voice && self.inbound;
        let handled = self.is_handled();
        let duration: i64 = self.seconds.iter().sum();
        let plausible = duration <= max_contact_s;
        let timed = handled && plausible;
        let [_, talk, hold, wrap] = if plausible { self.seconds } else { [0; 4] };
        let connected = live || self.result == CallResult::Machine;
        let count = |measure: Measure, counts: bool| (measure.whole(), i64::from(counts));
        let all = [
            count(Measure::VoiceOut, voice_out),
            count(Measure::VoiceOutUnknown, voice_out && unknown),
            count(Measure::VoiceIn, voice_in),
            count(Measure::VoiceInUnknown, voice_in && unknown),
            count(Measure::Abandoned, voice_in && self.result == CallResult::Abandoned),
            count(Measure::Attempts, attempt),
            count(Measure::AttemptsUnknown, attempt && unknown),
            count(Measure::Connected, voice_out && connected),
            count(Measure::Live, voice_out && live),
            count(Measure::RightParty, voice_out && right_party),
            count(Measure::LiveAny, live),
            count(Measure::RightPartyAny, right_party),
            count(Measure::Delivered, self.result == CallResult::Delivered),
            count(Measure::Replied, self.result == CallResult::Replied),
            count(Measure::Handled, handled),
            count(Measure::HandledByAgent, self.handled_by().is_some()),
            count(Measure::Timed, timed),
            (Measure::HandleSeconds.whole(), if timed { duration } else { 0 }),
            (Measure::TalkSeconds.whole(), talk),
            (Measure::HoldSeconds.whole(), hold),
            (Measure::WrapSeconds.whole(), wrap),
            count(Measure::Automated, attempt && !unknown && self.automated),
            count(Measure::Notices, self.is_notice()),
            (Measure::ChannelAttempts.of(self.stated.get(Dimension::Channel)), i64::from(attempt)),
            (Measure::HandleTimes.code(classes::of(duration)), i64::from(timed)),
        ];
        out.extend(all.into_iter().filter(|entry| entry.1 != 0));
    }
}
