//! Records with a defect, and some that only look as if they had one.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::moment::Era;
use super::record::{self, Record};

/// Values that some field takes amiss.
const ODD: [&str; 40] = [
    "null",
    "\"\"",
    "5",
    "-1",
    "0",
    "\"x\"",
    "true",
    "[]",
    "{}",
    "[{}]",
    "1e400",
    "0.1234567",
    "1e-7",
    "1e3",
    "\"1e3\"",
    "\"+5\"",
    "\"５\"",
    "\".5\"",
    "\"5.\"",
    "1234567890123",
    "\"0000000000005\"",
    "9223372036854775808",
    "1500000000000.0",
    "\"2026-02-30\"",
    "\"1899-12-31\"",
    "\"3000-01-01\"",
    "\"2026-11-20\"",
    "\"2026-11-20T24:00:00Z\"",
    "\"2026-11-20T09:00:60Z\"",
    "\"2026-11-20T09:00:00\"",
    "\"1969-12-31T23:59:59Z\"",
    "\"2999-12-31T23:59:59.999Z\"",
    "32503680000000",
    "\"24:00\"",
    "\"cny\"",
    "\"GBP\"",
    "1e9",
    "1000000000.5",
    "\"inbound\"",
    "\"\\ud83d\"",
];

/// Bytes that are no event at all.
const NOT_EVENTS: [&[u8]; 13] = [
    b" ",
    b"{",
    b"[]",
    b"17",
    b"\"text\"",
    b"null",
    b"NaN",
    b"{\"type\":\"call.completed\",}",
    b"\xff\xfe{}",
    b"{\"type\":\"\xc3\x28\"}",
    b"\0\0\0\0\x01",
    b"\0{}",
    b"{\"a\":1}{\"a\":1}",
];

/// A record that is none, or one of whose fields is amiss.
pub fn damaged(era: Era) -> BoxedStrategy<Vec<u8>> {
    let replaced = (record::event(era), any::<Index>(), select(&ODD[..]));
    let replaced = replaced.prop_map(|(mut record, which, value)| {
        let which = which.index(record.0.len());
        value.clone_into(&mut record.0[which].1);
        record
    });
    let long = prop_oneof![Just(256), Just(257), Just(1000)];
    let long =
        (record::event(era), any::<Index>(), long).prop_map(|(mut record, which, length)| {
            let which = which.index(record.0.len());
            record.0[which].1 = format!("\"{}\"", "x".repeat(length));
            record
        });
    let missing = (record::event(era), any::<Index>()).prop_map(|(mut record, which)| {
        record.0.remove(which.index(record.0.len()));
        record
    });
    let twice = (record::event(era), any::<Index>()).prop_map(|(mut record, which)| {
        let again = record.0[which.index(record.0.len())].clone();
        record.0.push(again);
        record
    });
    let unused = (record::event(era), select(&ODD[..])).prop_map(|(mut record, value)| {
        record.0.extend([("ignored", value.to_owned()), ("ignored", value.to_owned())]);
        record
    });
    let deep = (record::event(era), 120..130_usize).prop_map(|(mut record, levels)| {
        record.0.push(("ignored", format!("{}{}", "[".repeat(levels), "]".repeat(levels))));
        record
    });
    let cut = (record::event(era), any::<Index>()).prop_map(|(record, length)| {
        let mut bytes = record.bare();
        bytes.truncate(length.index(bytes.len()));
        bytes
    });
    let flipped =
        (record::event(era), any::<Index>(), any::<u8>()).prop_map(|(record, which, byte)| {
            let mut bytes = record.bare();
            let which = which.index(bytes.len());
            bytes[which] = byte;
            bytes
        });
    let bare = |record: Record| record.bare();
    prop_oneof![
        8 => replaced.prop_map(bare),
        1 => long.prop_map(bare),
        2 => missing.prop_map(bare),
        2 => twice.prop_map(bare),
        1 => unused.prop_map(bare),
        1 => deep.prop_map(bare),
        1 => cut,
        1 => flipped,
        2 => select(&NOT_EVENTS[..]).prop_map(<[u8]>::to_vec),
    ]
    .boxed()
}

/// Events in the first and the last year that there are, of the greatest amounts that there are.
pub fn at_the_limits(era: Era) -> BoxedStrategy<Vec<u8>> {
    const LIMITS: [(&str, &str); 9] = [
        ("occurred_at", "0"),
        ("occurred_at", "32503679999999"),
        ("started_at", "0"),
        ("due_date", "\"2999-12-31\""),
        ("due_date", "\"1900-01-01\""),
        ("effective_date", "\"2999-12-31\""),
        ("delinquent_since", "\"1900-01-01\""),
        ("amount", "\"999999999999.999999\""),
        ("talk_s", "1e9"),
    ];
    let limits = prop::sample::subsequence(LIMITS.to_vec(), 1..4);
    (record::event(era), limits)
        .prop_map(|(mut record, limits)| {
            for (name, value) in limits {
                if let Some(field) = record.0.iter_mut().find(|(field, _)| *field == name) {
                    value.clone_into(&mut field.1);
                }
            }
            record.bare()
        })
        .boxed()
}
