//! Classes of contacts: contacts of one class count as the same (`docs/SEMANTICS.md` 10–12).
//!
//! A pane keeps one count for each class that occurs, and what a class counts as is looked up when
//! a window is read: so a contact costs one addition, however many measures it counts in.

use super::event::{Call, CallResult};
use super::measure::{Code, Measure};

/// All that decides which counts a contact adds: what came of it, and six truths about it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Class(u16);

/// The bits below it hold the result.
const TRUTHS: u16 = 4;
const INBOUND: u16 = 1 << TRUTHS;
const VOICE: u16 = 2 << TRUTHS;
const AUTOMATED: u16 = 4 << TRUTHS;
const DISPOSED: u16 = 8 << TRUTHS;
const HAS_AGENT: u16 = 16 << TRUTHS;
const PLAUSIBLE: u16 = 32 << TRUTHS;

const RESULTS: [CallResult; 9] = [
    CallResult::Unanswered,
    CallResult::Unknown,
    CallResult::Abandoned,
    CallResult::Machine,
    CallResult::Human,
    CallResult::RightParty,
    CallResult::Delivered,
    CallResult::Undelivered,
    CallResult::Replied,
];

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

impl Class {
    /// Of a call, which is plausible up to so many seconds in all.
    pub fn of(call: &Call<'_>, has_agent: bool, max_contact_s: i64) -> Self {
        let duration = call.dial_s + call.talk_s + call.hold_s + call.wrap_s;
        let truths = [
            (INBOUND, call.inbound),
            (VOICE, call.channel == "voice" || call.channel == "ai_voice"),
            (AUTOMATED, call.automated),
            (DISPOSED, call.has_disposition),
            (HAS_AGENT, has_agent),
            (PLAUSIBLE, duration <= max_contact_s),
        ];
        let result = RESULTS.iter().position(|&result| result == call.result);
        let result = u16::try_from(result.expect("the results are all of them")).unwrap_or(0);
        let set = truths.into_iter().filter(|truth| truth.1);
        Self(set.fold(result, |class, (bit, _)| class | bit))
    }

    /// The entry of it in a tally.
    pub fn code(self) -> Code {
        Measure::Contacts.code(self.0.into())
    }

    /// The class of an entry.
    pub fn from_entry(entry: u32) -> Self {
        Self(u16::try_from(entry).expect("a class has ten bits"))
    }

    fn is(self, bit: u16) -> bool {
        self.0 & bit != 0
    }

    fn result(self) -> CallResult {
        RESULTS[usize::from(self.0 & (INBOUND - 1))]
    }

    /// An outbound record is an attempt.
    pub fn is_attempt(self) -> bool {
        !self.is(INBOUND)
    }

    /// Whether its length is plausible.
    pub fn is_plausible(self) -> bool {
        self.is(PLAUSIBLE)
    }

    /// Whether the right party was there, live.
    pub fn is_right_party(self) -> bool {
        self.result() == CallResult::RightParty
    }

    fn is_live(self) -> bool {
        match self.result() {
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

    /// By an agent and live, or with any disposition.
    pub fn is_handled(self) -> bool {
        (self.is(HAS_AGENT) && self.is_live()) || self.is(DISPOSED)
    }

    /// Handled, and of plausible length.
    pub fn is_timed(self) -> bool {
        self.is_handled() && self.is_plausible()
    }

    fn is_notice(self) -> bool {
        let received = match self.result() {
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
    pub fn counts_for(self, seen: Seen) -> bool {
        match seen {
            Seen::Handled => self.is_handled(),
            Seen::Attempted => self.is_attempt(),
            Seen::Noticed => self.is_notice(),
        }
    }

    /// The measures that a contact of it counts in, in ascending order.
    pub fn measures(self) -> impl Iterator<Item = Measure> {
        let unknown = self.result() == CallResult::Unknown;
        let attempt = self.is_attempt();
        let voice_out = self.is(VOICE) && attempt;
        let voice_in = self.is(VOICE) && self.is(INBOUND);
        let connected = self.is_live() || self.result() == CallResult::Machine;
        let all = [
            (Measure::VoiceOut, voice_out),
            (Measure::VoiceOutUnknown, voice_out && unknown),
            (Measure::VoiceIn, voice_in),
            (Measure::VoiceInUnknown, voice_in && unknown),
            (Measure::Abandoned, voice_in && self.result() == CallResult::Abandoned),
            (Measure::Attempts, attempt),
            (Measure::AttemptsUnknown, attempt && unknown),
            (Measure::Connected, voice_out && connected),
            (Measure::Live, voice_out && self.is_live()),
            (Measure::RightParty, voice_out && self.is_right_party()),
            (Measure::LiveAny, self.is_live()),
            (Measure::RightPartyAny, self.is_right_party()),
            (Measure::Delivered, self.result() == CallResult::Delivered),
            (Measure::Replied, self.result() == CallResult::Replied),
            (Measure::Handled, self.is_handled()),
            (Measure::HandledByAgent, self.is_handled() && self.is(HAS_AGENT)),
            (Measure::Timed, self.is_timed()),
            (Measure::Automated, attempt && !unknown && self.is(AUTOMATED)),
            (Measure::Notices, self.is_notice()),
        ];
        all.into_iter().filter(|measure| measure.1).map(|measure| measure.0)
    }
}
