//! `cargo +nightly fuzz run decode`: no bytes make the decoder panic.
#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use dunlin::engine::decode::{Decoded, decode, topic_of_type, type_of};
use dunlin::engine::money::{Currency, Rates};
use libfuzzer_sys::fuzz_target;

static RATES: LazyLock<Rates> = LazyLock::new(|| {
    let usd = (Currency(*b"USD"), 7_123_400);
    Rates::new(Currency(*b"CNY"), BTreeMap::from([usd]))
});

fuzz_target!(|bytes: &[u8]| {
    for ce_type in [None, Some("call.completed"), Some("promise.made"), Some("payment.posted")] {
        if let Decoded::Rejected(rejection) = decode(Some(bytes), ce_type, &RATES) {
            assert!(!rejection.detail.is_empty());
        }
    }
    if let Some(name) = type_of(bytes) {
        topic_of_type(&name);
    }
});
