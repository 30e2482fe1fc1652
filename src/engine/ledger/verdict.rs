//! Verdicts: what became of each promise, as it is published when it falls or changes.

use super::super::json::Object;
use super::super::money::{Currency, Money, divide_half_even, write_fixed};
use super::super::stamp::Name;
use super::super::tables::{Tables, ZoneId};
use super::super::time::{Date, Timestamp};
use super::promise::State;

/// What holds of a promise at a clock.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verdict {
    /// Of the promise or instalment.
    pub id: Box<str>,
    /// What it is.
    pub state: State,
    /// One more than the failures before it.
    pub level: i64,
    /// What was promised.
    pub amount: Money,
    /// Money in time.
    pub attributed: Money,
    /// Late money.
    pub late: Money,
    /// Units of 10⁻⁶ of the reporting currency for one unit of `currency`.
    pub rate: i128,
    /// In which the amounts are printed.
    pub currency: Currency,
    /// Whose promise it is.
    pub agent: Name,
    /// Of which team.
    pub team: Name,
    /// In which bucket it was made.
    pub bucket: Name,
    /// In which its times are printed.
    pub zone: ZoneId,
    /// When it was made.
    pub made_at: Timestamp,
    /// The day by whose end it was due.
    pub due_date: Date,
    /// From when on a payment is late.
    pub deadline: Timestamp,
    /// When the verdict fell, or the promise was superseded or cancelled; none while active.
    pub verdict_at: Option<Timestamp>,
    /// The instant at which the verdict counts; none unless it matured.
    pub counts_at: Option<Timestamp>,
    /// The promise that superseded it.
    pub superseded_by: Option<Box<str>>,
    /// Whether the system of record judged it.
    pub overridden: bool,
    /// Whether it is active again: a payment had kept it, and went back.
    pub reopened: bool,
}

/// A verdict as it was last published.
#[derive(Clone, Debug)]
pub struct Published {
    /// What was said.
    pub verdict: Verdict,
    /// How often the verdict changed since it was first published.
    pub revision: i64,
    /// How often a record was published.
    pub count: i64,
    /// Whether a correction has made it unsaid.
    pub withdrawn: bool,
}

impl Published {
    /// What is to be published now, if anything: a first verdict other than active, or a change.
    ///
    /// At the end of a run (`ends`) also what is active again: an earlier run may have called it kept.
    pub fn succeed(before: Option<&Self>, verdict: Verdict, ends: bool) -> Option<Self> {
        let is_new_again = ends && verdict.reopened;
        match before {
            None if verdict.state == State::Active && !is_new_again => None,
            None => Some(Self { verdict, revision: 0, count: 1, withdrawn: false }),
            Some(before) if before.withdrawn && verdict.state == State::Active => None,
            // Said anew, it is a first verdict again; its versions go on, for consumers that take the
            // greatest.
            Some(before) if before.withdrawn => {
                Some(Self { verdict, revision: 0, count: before.count + 1, withdrawn: false })
            }
            Some(before) if before.verdict == verdict => None,
            Some(before) => Some(Self {
                revision: before.revision + i64::from(before.verdict.state != verdict.state),
                count: before.count + 1,
                withdrawn: false,
                verdict,
            }),
        }
    }

    /// The record's value.
    pub fn write(&self, account: &str, decided_at: Timestamp, tables: &Tables) -> String {
        let verdict = &self.verdict;
        let zone = tables.zones.zone(verdict.zone);
        let mut out = String::with_capacity(640);
        let mut object = Object::begin(&mut out);
        object.text("promise_id", &verdict.id);
        object.text("account_id", account);
        object.text("verdict", verdict.state.as_str());
        object.integer("revision", self.revision.into());
        let version = i128::from(tables.settings.started_s) * 1_000_000 + i128::from(self.count);
        object.integer("version", version);
        object.integer("level", verdict.level.into());
        let amounts = [
            ("amount", verdict.amount),
            ("attributed", verdict.attributed),
            ("late_paid", verdict.late),
        ];
        for (name, money) in amounts {
            let out = object.field(name);
            out.push('"');
            verdict.write_amount(out, money);
            out.push('"');
        }
        object.text("currency", &verdict.currency.to_string());
        let names =
            [("agent_id", verdict.agent), ("team_id", verdict.team), ("bucket", verdict.bucket)];
        for (field, name) in names {
            object.optional(field, name.is_known().then(|| tables.names.text(name)));
        }
        object.text("made_at", &zone.format(verdict.made_at));
        object.text("due_date", &verdict.due_date.to_string());
        object.text("deadline", &zone.format(verdict.deadline));
        object.optional("verdict_at", verdict.verdict_at.map(|at| zone.format(at)).as_deref());
        object.text("decided_at", &tables.calendar.zone().format(decided_at));
        object.optional("superseded_by", verdict.superseded_by.as_deref());
        object.boolean("provisional", false);
        object.boolean("override", verdict.overridden);
        object.end();
        out
    }
}

impl Verdict {
    /// An amount in the promise's currency, rounded half-even to its minor digits.
    fn write_amount(&self, out: &mut String, money: Money) {
        let digits = self.currency.minor_digits();
        let minor = divide_half_even(money, self.rate * 10_i128.pow(6 - digits));
        write_fixed(out, minor, digits);
    }
}
