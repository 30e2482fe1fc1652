//! A collections floor's events, seeded: the same bytes on every machine.

use std::fmt::Write;

/// How large a floor is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Floor {
    /// How many events it sends.
    pub(crate) events: u64,
    /// How many agents work on it.
    pub(crate) agents: u64,
    /// How many accounts they work on.
    pub(crate) accounts: u64,
    /// Milliseconds between two events.
    pub(crate) pace_ms: u64,
}

/// 2026-11-20T08:00:00+08:00
const START_MS: u64 = 1_795_132_800_000;

impl Floor {
    /// One event a line: 95 in 100 calls, 3 promises, 2 payments.
    pub(crate) fn lines(self) -> String {
        let mut random = Random(0x9E37_79B9_7F4A_7C15);
        let mut out = String::with_capacity(usize::try_from(self.events).unwrap_or(0) * 280);
        for number in 0..self.events {
            let at = START_MS + number * self.pace_ms;
            let account = random.below(self.accounts);
            let agent = random.below(self.agents);
            let bucket = account % 6;
            match random.below(100) {
                0..95 => call(&mut out, &mut random, [number, at, account, agent, bucket]),
                95..98 => promise(&mut out, &mut random, [number, at, account, agent, bucket]),
                _ => payment(&mut out, &mut random, [number, at, account]),
            }
            out.push('\n');
        }
        out
    }
}

fn call(out: &mut String, random: &mut Random, [number, at, account, agent, bucket]: [u64; 5]) {
    const RESULTS: [&str; 8] = [
        "no_answer",
        "no_answer",
        "busy",
        "machine",
        "machine",
        "human",
        "right_party",
        "right_party",
    ];
    let result = RESULTS[random.index(RESULTS.len())];
    let (talk, wrap) = if result.ends_with('y') && result.starts_with('r') || result == "human" {
        (random.below(300), random.below(60))
    } else {
        (0, 0)
    };
    let written = write!(
        out,
        r#"{{"type":"call.completed","call_id":"c-{number}","occurred_at":{at},"account_id":"A{account:07}","agent_id":"agent-{agent:04}","team_id":"team-{}","bucket":"M{bucket}","product":"card","tier":"t{}","strategy_id":"s{}","agency_id":"in-house","result":"{result}","dial_s":{},"talk_s":{talk},"wrap_s":{wrap},"contact_point_id":"p-{account}"}}"#,
        agent % 100,
        account % 3,
        account % 4,
        random.below(30),
    );
    written.expect("a String takes everything");
}

fn promise(out: &mut String, random: &mut Random, [number, at, account, agent, bucket]: [u64; 5]) {
    let written = write!(
        out,
        r#"{{"type":"promise.made","promise_id":"p-{number}","occurred_at":{at},"account_id":"A{account:07}","agent_id":"agent-{agent:04}","team_id":"team-{}","bucket":"M{bucket}","product":"card","tier":"t{}","strategy_id":"s{}","agency_id":"in-house","amount":"{}.50","currency":"CNY","due_date":"2026-11-{}","channel":"voice"}}"#,
        agent % 100,
        account % 3,
        account % 4,
        100 + random.below(5000),
        20 + random.below(8),
    );
    written.expect("a String takes everything");
}

fn payment(out: &mut String, random: &mut Random, [number, at, account]: [u64; 3]) {
    let written = write!(
        out,
        r#"{{"type":"payment.posted","payment_id":"y-{number}","occurred_at":{at},"account_id":"A{account:07}","bucket":"M{}","product":"card","tier":"t{}","strategy_id":"s{}","amount":"{}.00","currency":"CNY","channel":"wallet"}}"#,
        account % 6,
        account % 3,
        account % 4,
        50 + random.below(5000),
    );
    written.expect("a String takes everything");
}

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn index(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(limit as u64)).expect("an index is small")
    }
}
