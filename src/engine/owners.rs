//! Owners: on which account each promise, payment and reversal id was first seen.
//!
//! Ids never cross accounts: one that is seen on two counts on both. A source that numbers its
//! payments per branch, or a file that was keyed wrongly, shows here and nowhere else.

use std::hash::Hasher;

use twox_hash::XxHash64;

use super::event::Body;
use super::lookup::Lookup;

/// The first account of every id, by the id's hash: this is a report, not a number that is kept.
#[derive(Debug, Default)]
pub struct Owners {
    first: Lookup<u64, u32>,
    shared: u64,
}

/// Stands for an account where an id has several.
const SEVERAL: u32 = u32::MAX;

impl Owners {
    /// An event of this account was filed.
    pub fn see(&mut self, account: usize, body: &Body<'_>) {
        let (kind, id) = match body {
            Body::Promise(promise) => (0, &promise.promise_id),
            Body::Payment(payment) => (1, &payment.payment_id),
            Body::Reversal(reversal) => (2, &reversal.payment_id),
            Body::Call(_)
            | Body::Cancelled { .. }
            | Body::Override { .. }
            | Body::Unsettled { .. }
            | Body::Snapshot(_)
            | Body::Heartbeat => return,
        };
        let mut hash = XxHash64::with_seed(kind);
        hash.write(id.as_bytes());
        let account = u32::try_from(account).unwrap_or(SEVERAL - 1);
        let first = self.first.or_insert_with(hash.finish(), || account);
        if *first != account && *first != SEVERAL {
            *first = SEVERAL;
            self.shared += 1;
        }
    }

    /// How many ids were seen on more than one account.
    pub fn shared(&self) -> u64 {
        self.shared
    }
}
