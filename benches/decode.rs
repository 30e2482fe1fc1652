//! What it costs to decode a record, beside `serde_json` reading the same call into a plain struct.
//! `cargo bench --bench decode`

use std::borrow::Cow;
use std::collections::BTreeMap;

use divan::{Bencher, black_box};
use dunlin::engine::decode::{Decoded, decode};
use dunlin::engine::money::{Currency, Rates};
use serde::Deserialize;

const CALL: &str = r#"{"type":"call.completed","call_id":"c-81f3","occurred_at":"2026-11-20T09:14:31.250+08:00","account_id":"A00017","agent_id":"agent-042","team_id":"team-3","bucket":"M2","result":"right_party","disposition":"promise","dial_s":9,"talk_s":184.5,"wrap_s":21,"contact_point_id":"p-5521"}"#;
const PROMISE: &str = r#"{"type":"promise.made","promise_id":"p-1","occurred_at":"2026-11-20T09:14:20+08:00","account_id":"A00017","amount":"1200.00","currency":"CNY","due_date":"2026-11-23","call_id":"c-81f3"}"#;
const PAYMENT: &str = r#"{"type":"payment.posted","payment_id":"y-9","occurred_at":"2026-11-23T21:03:00+08:00","account_id":"A00017","amount":"1200.00","currency":"CNY","channel":"wallet"}"#;

fn main() {
    divan::main();
}

#[divan::bench]
fn call(bencher: Bencher<'_, '_>) {
    measure(bencher, CALL);
}

#[divan::bench]
fn promise(bencher: Bencher<'_, '_>) {
    measure(bencher, PROMISE);
}

#[divan::bench]
fn payment(bencher: Bencher<'_, '_>) {
    measure(bencher, PAYMENT);
}

fn measure(bencher: Bencher<'_, '_>, record: &'static str) {
    let rates = Rates::new(Currency(*b"CNY"), BTreeMap::new());
    let decoded = || decode(Some(black_box(record).as_bytes()), None, &rates);
    assert!(matches!(decoded(), Decoded::Event(_)), "{record}");
    bencher.bench_local(decoded);
}

/// The fields of [`CALL`], of which only the JSON types are checked.
#[derive(Deserialize)]
#[expect(dead_code, reason = "what counts is that they are read")]
struct Plain<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow)]
    call_id: Cow<'a, str>,
    #[serde(borrow)]
    occurred_at: Cow<'a, str>,
    #[serde(borrow)]
    account_id: Cow<'a, str>,
    #[serde(borrow)]
    agent_id: Cow<'a, str>,
    #[serde(borrow)]
    team_id: Cow<'a, str>,
    #[serde(borrow)]
    bucket: Cow<'a, str>,
    #[serde(borrow)]
    result: Cow<'a, str>,
    #[serde(borrow)]
    disposition: Cow<'a, str>,
    dial_s: f64,
    talk_s: f64,
    wrap_s: f64,
    #[serde(borrow)]
    contact_point_id: Cow<'a, str>,
}

#[divan::bench]
fn call_by_serde_json(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| serde_json::from_slice::<Plain<'_>>(black_box(CALL).as_bytes()));
}
