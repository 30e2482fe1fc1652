//! Shares: whose a payment is, decided by part when it was posted (`docs/SEMANTICS.md` 26, 29).

use super::super::account::Account;
use super::super::contact::Contact;
use super::super::measure::Measure;
use super::super::money::Money;
use super::super::stamp::{Dimension, Key, Name, Stamp, Values};
use super::super::tables::Tables;
use super::super::time::{DAY, Timestamp};
use super::facts::Facts;
use super::judgement::Case;
use super::sweep::{Payment, Swept};

/// A part of a payment that is somebody's.
struct Share {
    stamp: Stamp,
    amount: Money,
    /// What returns have left of it.
    left: Money,
}

/// What payments and their returns add.
pub fn state_payments(case: &Case<'_>, swept: &Swept<'_>, tables: &mut Tables, facts: &mut Facts) {
    let credits = Credits::of(case.account);
    let mut shares: Vec<Vec<Share>> = Vec::with_capacity(swept.payments.len());
    for payment in &swept.payments {
        shares.push(share(case, swept, payment, &credits, tables));
    }
    for back in &swept.returns {
        let mut rest = back.amount;
        for share in shares[back.payment].iter_mut().rev() {
            let taken = rest.min(share.left);
            share.left -= taken;
            rest -= taken;
            facts.add(back.at, share.stamp, Measure::Reversed.whole(), taken);
        }
    }
    for (payment, shares) in swept.payments.iter().zip(&shares) {
        state_payment(case, payment, shares, tables, facts);
    }
}

fn state_payment(
    case: &Case<'_>,
    payment: &Payment<'_>,
    shares: &[Share],
    tables: &Tables,
    facts: &mut Facts,
) {
    let (at, said) = (payment.posted, payment.said);
    let days = said.due_date.map(|due| {
        let zone = case.account.snapshots.zone(at, said.zone);
        i128::from(tables.zones.zone(zone).date(at).days_since(due))
    });
    for share in shares {
        facts.add(at, share.stamp, Measure::Gross.whole(), share.amount);
        facts.add(at, share.stamp, Measure::Restated.whole(), share.left);
        facts.add(at, share.stamp, Measure::ChannelRestated.of(said.channel), share.left);
        if let Some(days) = days {
            facts.add(at, share.stamp, Measure::DueAmount.whole(), share.left);
            facts.add(
                at,
                share.stamp,
                Measure::DueAmountDays.whole(),
                share.left.wrapping_mul(days),
            );
        }
    }
    let counts = [
        Some(Measure::Payments.whole()),
        Some(Measure::ChannelPayments.of(said.channel)),
        (payment.left < payment.amount).then_some(Measure::Returned.whole()),
    ];
    for code in counts.into_iter().flatten() {
        match shares {
            [share] => facts.add(at, share.stamp, code, 1),
            // A shared payment counts once in every scope that has a share.
            _ => keys(shares, tables).into_iter().for_each(|key| {
                facts.add_to_key(at, key, code, 1);
            }),
        }
    }
}

fn keys(shares: &[Share], tables: &Tables) -> Vec<Key> {
    let keys = shares.iter().flat_map(|share| tables.stamps.keys(share.stamp));
    let mut keys: Vec<Key> = keys.copied().collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn share(
    case: &Case<'_>,
    swept: &Swept<'_>,
    payment: &Payment<'_>,
    credits: &Credits<'_>,
    tables: &mut Tables,
) -> Vec<Share> {
    let (at, said) = (payment.posted, payment.said);
    let own = case.account.snapshots.complete(said.stated, at, said.zone, tables);
    let own = own.with(Dimension::PaymentChannel, said.channel);
    let mut shares = Vec::new();
    let mut add = |values: Values, amount: Money| {
        let stamp = tables.stamps.intern(values);
        shares.push(Share { stamp, amount, left: amount });
    };
    if said.stated.get(Dimension::Agent).is_known() {
        add(own.with(Dimension::Channel, Name::NONE), payment.amount);
        return shares;
    }
    let mut rest = payment.amount;
    for part in &payment.parts {
        let plan = &swept.plans[swept.promises[part.promise].plan];
        if plan.owner().is_known() {
            add(brought(own, said.stated, plan.values), part.amount);
            rest -= part.amount;
        }
    }
    if 0 < rest {
        let window = tables.settings.attribution_days * DAY;
        let values = match credits.last(at, window) {
            Some(contact) => {
                let values = tables.stamps.values(contact.stamp);
                let values =
                    values.with(Dimension::Channel, contact.stated.get(Dimension::Channel));
                brought(own, said.stated, values.with(Dimension::Agent, contact.agent()))
            }
            None => unassisted(own),
        };
        let stamp = tables.stamps.intern(values);
        shares.push(Share { stamp, amount: rest, left: rest });
    }
    shares
}

/// The values of money that nobody earned: no agent, no contact channel.
fn unassisted(values: Values) -> Values {
    values.with(Dimension::Agent, Name::UNASSISTED).with(Dimension::Channel, Name::NONE)
}

/// The dimensions of money that a promise or a contact brought: agent, team, agency, campaign and
/// channel come with it (unless the payment states them), every other one is the payment's.
fn brought(own: Values, stated: Values, by: Values) -> Values {
    let mut values = own;
    for dimension in [Dimension::Team, Dimension::Agency, Dimension::Campaign] {
        values = values.with(dimension, stated.get(dimension).or(by.get(dimension)));
    }
    for dimension in [Dimension::Agent, Dimension::Channel] {
        values = values.with(dimension, by.get(dimension));
    }
    values
}

/// The contacts that can earn money for their agents, in the order of their start.
struct Credits<'a>(Vec<&'a Contact>);

impl<'a> Credits<'a> {
    fn of(account: &'a Account) -> Self {
        let counted = account.contacts().iter().filter(|contact| contact.counted);
        let mut earning: Vec<_> = counted.filter(|contact| contact.earns_credit()).collect();
        earning.sort_by_key(|contact| (contact.started_at, contact.at(), &contact.id));
        Self(earning)
    }

    /// The last that began in the time up to the payment, both ends included.
    fn last(&self, posted: Timestamp, window: i64) -> Option<&'a Contact> {
        let after = self.0.partition_point(|contact| contact.started_at <= posted);
        let last = self.0[..after].last()?;
        (posted.minus(window) <= last.started_at).then_some(last)
    }
}
