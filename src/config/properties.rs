//! Properties of librdkafka: which are dunlin's alone to set, and which never print.

use std::collections::BTreeMap;
use std::fmt;

/// Properties, some of which never print.
#[derive(Clone, Default)]
pub struct Properties(pub BTreeMap<String, String>);

/// A property that is dunlin's to set: its names, the values that change nothing, and what others
/// would do.
struct Bound {
    names: &'static [&'static str],
    allowed: &'static [&'static str],
    expected: &'static str,
}

/// Each would make numbers wrong, lose records or say a thing twice.
const BOUND: &[Bound] = &[
    Bound {
        names: &["bootstrap.servers", "metadata.broker.list"],
        allowed: &[],
        expected: "to be stated as kafka.brokers",
    },
    Bound { names: &["group.id"], allowed: &[], expected: "to be stated as kafka.group_id" },
    Bound {
        names: &["isolation.level"],
        allowed: &["read_committed"],
        expected: "read_committed: records of aborted transactions would be counted",
    },
    Bound {
        names: &["auto.offset.reset"],
        allowed: &["error"],
        expected: "error: a lost offset would silently skip or repeat records",
    },
    Bound {
        names: &["enable.auto.commit", "auto.commit.enable", "enable.auto.offset.store"],
        allowed: &["false"],
        expected: "to be left out: what is committed follows from what was published",
    },
    Bound {
        names: &["enable.partition.eof"],
        allowed: &["true"],
        expected: "to be left out: dunlin needs to see the end of a partition",
    },
    Bound {
        names: &["enable.idempotence"],
        allowed: &["true"],
        expected: "to be left out: dunlin never sends a record twice",
    },
    Bound {
        names: &["acks", "request.required.acks"],
        allowed: &["all", "-1"],
        expected: "all: what not every replica acknowledged can be lost after it was committed",
    },
    Bound {
        names: &["message.timeout.ms", "delivery.timeout.ms"],
        allowed: &["0"],
        expected: "0: records would be dropped after an outage of that length",
    },
    Bound {
        names: &["retries", "message.send.max.retries"],
        allowed: &["2147483647"],
        expected: "to be left out: records would be dropped after an outage",
    },
    Bound {
        names: &["delivery.report.only.error"],
        allowed: &["false"],
        expected: "to be left out: dunlin waits for every acknowledgement",
    },
    Bound {
        names: &["partitioner"],
        allowed: &["murmur2_random"],
        expected: "murmur2_random: partition n of every topic must hold the same accounts",
    },
    Bound {
        names: &["transactional.id"],
        allowed: &[],
        expected: "to be left out: publication is idempotent and uses no transactions",
    },
    Bound {
        names: &["allow.auto.create.topics"],
        allowed: &["false"],
        expected: "to be left out: `dunlin topics` creates topics, with the right settings",
    },
];

/// What is expected in place of this value, where it would break what dunlin guarantees.
pub(super) fn refused(name: &str, value: &str) -> Option<&'static str> {
    let bound = BOUND.iter().find(|bound| bound.names.contains(&name))?;
    (!bound.allowed.contains(&value)).then_some(bound.expected)
}

/// Whether the value of a key or property of this name must not be shown.
pub fn is_secret(name: &str) -> bool {
    ["password", "secret", "token", "pem"].iter().any(|word| name.contains(word))
}

impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(name, value)| (name, if is_secret(name) { "…" } else { value });
        f.debug_map()
            .entries(self.0.iter().map(|(name, value)| shown((name.as_str(), value.as_str()))))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_make_numbers_wrong_is_refused_and_what_holds_anyway_is_not() {
        for bound in BOUND {
            for name in bound.names {
                assert_eq!(refused(name, "something else"), Some(bound.expected), "{name}");
                for value in bound.allowed {
                    assert_eq!(refused(name, value), None, "{name}");
                }
            }
        }
        assert_eq!(refused("socket.keepalive.enable", "true"), None);
    }
}
