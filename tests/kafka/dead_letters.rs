//! Records that are no events: kept as they came, once, with where they lay and why.

use crate::broker;
use crate::dunlin::Config;
use crate::kcat::{self, How, Seen};
use crate::to_end::{call, calls_today};

const CALLS: &str = "collections.calls";
const LETTERS: &str = "collections.dead-letters";

/// A header of a dead letter; `detail` may hold anything, and stands before `original_length`.
fn header<'a>(letter: &'a Seen, name: &str) -> &'a str {
    let names = ["topic", "partition", "offset", "reason", "detail", "original_length"];
    let at = names.iter().position(|known| *known == name).unwrap();
    let from = letter.headers.find(&format!("{name}=")).unwrap() + name.len() + 1;
    let rest = &letter.headers[from..];
    match names.get(at + 1) {
        Some(next) => &rest[..rest.rfind(&format!(",{next}=")).unwrap()],
        None => rest,
    }
}

#[test]
fn a_dead_letter_carries_the_raw_bytes_and_where_they_lay() {
    let broker = broker::shared();
    broker.create_topics(1);
    let config = Config::new(&broker.address, "raw", 30);
    let raw: &[u8] = b"\x00\xff{\"type\":\n\x1e not \xc3\x28 JSON";
    kcat::produce_bytes(&broker, CALLS, Some("A1"), call("c-1", "A1").as_bytes(), How::default());
    kcat::produce_bytes(&broker, CALLS, Some("A2"), raw, How::default());
    kcat::produce_bytes(&broker, CALLS, None, b"[]", How::default());
    let long_key = "k".repeat(5_000);
    kcat::produce(&broker, CALLS, &[(long_key.as_str(), "")], How::default());
    config.run().succeeded();

    assert_eq!(calls_today(&broker), 1);
    let letters = kcat::consume(&broker, LETTERS);
    assert_eq!(letters.len(), 3, "{letters:?}");
    let letter = &letters[0];
    assert_eq!(letter.value.as_deref(), Some(raw));
    assert_eq!(letter.key_text(), "A2");
    assert_eq!(header(letter, "topic"), CALLS);
    assert_eq!(header(letter, "partition"), "0");
    assert_eq!(header(letter, "offset"), "1");
    assert_eq!(header(letter, "reason"), "bad_json");
    assert_eq!(header(letter, "original_length"), raw.len().to_string());
    assert!(!header(letter, "detail").is_empty());
    for letter in &letters {
        assert!(header(letter, "detail").len() <= 1_024);
    }
    assert_eq!((&letters[1].key, header(&letters[1], "reason")), (&None, "not_an_object"));
    assert_eq!(letters[2].value.as_deref(), Some(&b""[..]));
    assert_eq!(letters[2].key.as_ref().map(Vec::len), Some(1_024));
}

#[test]
fn a_dead_letter_is_not_sent_again_by_the_next_run() {
    let broker = broker::shared();
    broker.create_topics(2);
    let config = Config::new(&broker.address, "again", 30);
    kcat::produce(&broker, CALLS, &[("A1", "no JSON"), ("A2", "none either")], How::default());
    config.run().succeeded();
    assert_eq!(kcat::consume(&broker, LETTERS).len(), 2);
    config.run().succeeded();
    assert_eq!(kcat::consume(&broker, LETTERS).len(), 2);
    kcat::produce(&broker, CALLS, &[("A1", "a third")], How::default());
    config.run().succeeded();
    let letters = kcat::consume(&broker, LETTERS);
    assert_eq!(letters.len(), 3);
    assert!(letters.iter().any(|letter| letter.value.as_deref() == Some(b"a third")));
    // The offsets are a group's own: another one has sent nothing yet.
    Config::new(&broker.address, "other", 30).run().succeeded();
    assert_eq!(kcat::consume(&broker, LETTERS).len(), 6);
}

#[test]
fn a_record_of_ten_megabytes_is_too_large_and_its_beginning_is_kept() {
    let broker = broker::shared();
    broker.create_topics(1);
    // Each broker's default is a megabyte: whoever sends more has raised it.
    broker.delete_topic(CALLS);
    broker.create_topic(CALLS, 1, &[("max.message.bytes", "12000000")]);
    let config = Config::new(&broker.address, "large", 30);
    let mut large = call("c-large", "A1").into_bytes();
    large.pop();
    large.extend_from_slice(b",\"note\":\"");
    large.resize(10 * 1024 * 1024 - 2, b'x');
    large.extend_from_slice(b"\"}");
    let raised = How { properties: &["message.max.bytes=12000000"], ..How::default() };
    kcat::produce_bytes(&broker, CALLS, Some("A1"), &large, raised);
    kcat::produce_bytes(&broker, CALLS, Some("A2"), call("c-2", "A2").as_bytes(), How::default());
    config.run().succeeded();

    assert_eq!(calls_today(&broker), 1);
    let letters = kcat::consume(&broker, LETTERS);
    assert_eq!(letters.len(), 1);
    assert_eq!(header(&letters[0], "reason"), "too_large");
    assert_eq!(header(&letters[0], "original_length"), "10485760");
    assert_eq!(letters[0].value.as_deref(), Some(&large[..512 * 1024]));
}

#[test]
fn tombstones_and_headers_are_taken_as_they_come() {
    let broker = broker::shared();
    broker.create_topics(1);
    let config = Config::new(&broker.address, "headers", 30);
    kcat::produce_tombstone(&broker, CALLS, "A1", How::default());
    // CloudEvents in binary mode: the type is a header, the value has none.
    let bare = call("c-1", "A1").replace(r#""type":"call.completed","#, "");
    assert!(!bare.contains("type"));
    let headers: &[&[u8]] =
        &[b"ce_specversion=1.0", b"ce_type=call.completed", b"ce_id=1", b"ce_source=/dialler"];
    kcat::produce_bytes(
        &broker,
        CALLS,
        Some("A1"),
        bare.as_bytes(),
        How { headers, ..How::default() },
    );
    // A name and a value that are not UTF-8.
    let headers: &[&[u8]] = &[b"\xff\xfe=1", b"ce_type=\xff"];
    let value = call("c-2", "A1");
    kcat::produce_bytes(
        &broker,
        CALLS,
        Some("A1"),
        value.as_bytes(),
        How { headers, ..How::default() },
    );
    config.run().succeeded();
    assert_eq!(calls_today(&broker), 2);
    assert_eq!(kcat::consume(&broker, LETTERS), []);
}
