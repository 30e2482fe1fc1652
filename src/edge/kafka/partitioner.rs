//! Whether the producers of the input topics agree on which partition an account belongs to.
//!
//! Partition n of every topic must hold the same accounts. Two rules are in use: murmur2 of the key
//! (Java's default; the client library's `murmur2_random`) and CRC32 of it (the default of
//! librdkafka and what builds on it). Each record's key is held against both.

use std::fmt::Write as _;

/// How many records of one topic lie where a rule puts them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Agreement {
    /// Records with a key.
    pub keyed: u64,
    /// Records without one: they lie anywhere.
    pub keyless: u64,
    /// Keyed records where `murmur2_random` puts them.
    pub murmur2: u64,
    /// Keyed records where `consistent_random` (CRC32) puts them. Some lie where both do.
    pub crc32: u64,
    /// Keyed records where neither puts them.
    pub neither: u64,
}

impl Agreement {
    /// Takes a record of a topic of `partitions` into account.
    pub fn observe(&mut self, key: Option<&[u8]>, partition: i32, partitions: i32) {
        let Some(key) = key.filter(|key| !key.is_empty()) else {
            self.keyless += 1;
            return;
        };
        let partitions = partitions.unsigned_abs().max(1);
        let partition = partition.unsigned_abs();
        let murmur2 = (murmur2(key) & 0x7fff_ffff) % partitions == partition;
        let crc32 = crc32fast::hash(key) % partitions == partition;
        self.keyed += 1;
        self.murmur2 += u64::from(murmur2);
        self.crc32 += u64::from(crc32);
        self.neither += u64::from(!murmur2 && !crc32);
    }

    fn rule(&self) -> Rule {
        match self {
            Self { keyed, murmur2, crc32, .. } if murmur2 == keyed && crc32 == keyed => Rule::Any,
            Self { keyed, murmur2, .. } if murmur2 == keyed => Rule::Murmur2,
            Self { keyed, crc32, .. } if crc32 == keyed => Rule::Crc32,
            _ => Rule::Unclear,
        }
    }
}

/// The rule that all keyed records of a topic follow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Rule {
    /// Too few records, or one partition: both hold.
    Any,
    Murmur2,
    Crc32,
    /// Some follow the one, some the other or none.
    Unclear,
}

/// What an operator must hear about topics that are keyed by account: nothing if they agree.
pub fn warnings<'a>(topics: impl IntoIterator<Item = (&'a str, Agreement)>) -> Vec<String> {
    let topics: Vec<(&str, Agreement)> = topics.into_iter().collect();
    let mut warnings = Vec::new();
    for (topic, agreement) in &topics {
        // Heartbeats and events without an account may have none.
        if agreement.keyed < agreement.keyless {
            warnings.push(format!(
                "{topic}: {} of {} records have no key and lie in any partition; the key must be \
                 the account",
                agreement.keyless,
                agreement.keyless + agreement.keyed
            ));
        }
        if agreement.rule() == Rule::Unclear {
            warnings.push(format!(
                "{topic}: its producers do not share one partitioner: of {} records with a key, {} \
                 lie where murmur2_random puts them, {} where consistent_random (CRC32) does, {} \
                 where neither does",
                agreement.keyed, agreement.murmur2, agreement.crc32, agreement.neither
            ));
        }
    }
    let by = |rule: Rule| {
        let names = topics.iter().filter(|(_, agreement)| agreement.rule() == rule);
        names.map(|(topic, _)| *topic).collect::<Vec<_>>().join(", ")
    };
    let (murmur2, crc32) = (by(Rule::Murmur2), by(Rule::Crc32));
    if !murmur2.is_empty() && !crc32.is_empty() {
        let mut warning = String::new();
        write!(
            warning,
            "topics keyed by account do not share one partitioner: murmur2_random in {murmur2}; \
             consistent_random (CRC32) in {crc32}; set partitioner=murmur2_random in the latter's \
             producers"
        )
        .expect("a String takes every text");
        warnings.push(warning);
    }
    warnings
}

/// Kafka's variant of `MurmurHash2`, as in the Java client.
fn murmur2(data: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    const SEED: u32 = 0x9747_b28c;
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut hash = SEED ^ length;
    let mut words = data.chunks_exact(4);
    for word in &mut words {
        let mut k = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        k = k.wrapping_mul(M);
        k ^= k >> 24;
        k = k.wrapping_mul(M);
        hash = hash.wrapping_mul(M) ^ k;
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        for (i, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * i);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values are those of the Java client's own test.
    #[test]
    fn murmur2_is_that_of_the_java_client() {
        let known: [(&str, i32); 5] = [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
        ];
        for (text, hash) in known {
            assert_eq!(murmur2(text.as_bytes()).cast_signed(), hash, "{text}");
        }
    }

    #[test]
    fn topics_that_follow_one_rule_need_no_warning() {
        let calls = follow(|key| murmur2(key) & 0x7fff_ffff);
        assert_eq!((calls.murmur2, calls.neither), (100, 0));
        assert_eq!(warnings([("calls", calls), ("payments", calls)]), Vec::<String>::new());
        let crc32 = follow(crc32fast::hash);
        assert_eq!(warnings([("calls", crc32), ("payments", crc32)]), Vec::<String>::new());
    }

    #[test]
    fn topics_that_follow_different_rules_are_named() {
        let calls = follow(|key| murmur2(key) & 0x7fff_ffff);
        let payments = follow(crc32fast::hash);
        insta::assert_snapshot!(warnings([("calls", calls), ("payments", payments)]).join("\n"), @"topics keyed by account do not share one partitioner: murmur2_random in calls; consistent_random (CRC32) in payments; set partitioner=murmur2_random in the latter's producers");
    }

    #[test]
    fn a_topic_whose_producers_differ_is_counted() {
        let mut calls = follow(|key| murmur2(key) & 0x7fff_ffff);
        for n in 0..100 {
            let key = format!("B{n}");
            let partition = crc32fast::hash(key.as_bytes()) % 12;
            calls.observe(Some(key.as_bytes()), partition.cast_signed(), 12);
        }
        insta::assert_snapshot!(warnings([("calls", calls)]).join("\n"), @"
        calls: its producers do not share one partitioner: of 200 records with a key, 111 lie where murmur2_random puts them, 109 where consistent_random (CRC32) does, 0 where neither does
        ");
    }

    #[test]
    fn a_topic_that_is_mostly_without_keys_is_named() {
        let mut calls = Agreement::default();
        calls.observe(Some(b"A1"), 0, 1);
        calls.observe(None, 0, 1);
        assert_eq!(warnings([("calls", calls)]), Vec::<String>::new());
        calls.observe(Some(b""), 0, 1);
        insta::assert_snapshot!(warnings([("calls", calls)]).join("\n"), @"calls: 2 of 3 records have no key and lie in any partition; the key must be the account");
    }

    fn follow(rule: impl Fn(&[u8]) -> u32) -> Agreement {
        let mut agreement = Agreement::default();
        for n in 0..100 {
            let key = format!("A{n:05}");
            let partition = rule(key.as_bytes()) % 12;
            agreement.observe(Some(key.as_bytes()), partition.cast_signed(), 12);
        }
        agreement
    }
}
