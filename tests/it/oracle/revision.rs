//! How often the published verdict of a promise changed, in the order in which the records arrived.
//!
//! Not determined by the set of events (`docs/SEMANTICS.md` 6), so it is told by replaying every
//! beginning of the input: what a verdict is before each record, and once the record has been
//! applied and has moved the clock.

use std::collections::BTreeMap;

use super::config::Config;
use super::decode::{Event, Kind};
use super::history;
use super::ledger::{Account, Verdict};

/// Of every promise and instalment that was ever judged: account, id, revision.
pub fn revisions(arrived: &[Event], t: i64, config: &Config) -> BTreeMap<(String, String), i64> {
    let mut revisions = BTreeMap::new();
    let mut clock = 0;
    let mut accounts: BTreeMap<&str, Vec<(i64, i64, Event)>> = BTreeMap::new();
    for event in arrived {
        let before = clock;
        clock = event.at.min(t).max(clock);
        if let Some(account) = &event.account {
            accounts.entry(account).or_default().push((before, clock, event.clone()));
        }
    }
    for (account, arrivals) in accounts {
        let events: Vec<Event> = arrivals.iter().map(|(_, _, event)| event.clone()).collect();
        if !events.iter().any(|event| matches!(event.kind, Kind::Promise(_))) {
            continue;
        }
        let moments = arrivals.iter().enumerate().flat_map(|(number, (before, after, event))| {
            let matters = !matches!(event.kind, Kind::Call(_));
            let moments = [(number, *before), (number + 1, *after)];
            moments.into_iter().filter(move |_| matters)
        });
        let mut published: BTreeMap<String, Verdict> = BTreeMap::new();
        for (arrived, clock) in moments.chain([(events.len(), t)]) {
            let verdicts = verdicts(&events[..arrived], clock, config);
            // What a correction has made unsaid is new when it comes again.
            published.retain(|id, _| verdicts.iter().any(|(known, _)| known == id));
            revisions.retain(|(of, id), _| of != account || published.contains_key(id));
            for (id, verdict) in verdicts {
                match published.get(&id) {
                    None if verdict == Verdict::Active => continue,
                    None => drop(revisions.insert((account.to_owned(), id.clone()), 0)),
                    Some(known) if *known == verdict => continue,
                    Some(_) => *revisions.entry((account.to_owned(), id.clone())).or_default() += 1,
                }
                published.insert(id, verdict);
            }
        }
    }
    revisions
}

fn verdicts(arrived: &[Event], clock: i64, config: &Config) -> Vec<(String, Verdict)> {
    let mut events = history::standing(arrived);
    events.retain(|event| event.at <= clock);
    let account = Account::new(&events, config);
    let judgements = account.judge(&account.decide(config), clock);
    account.items.iter().zip(judgements).map(|(item, j)| (item.id.clone(), j.verdict)).collect()
}
