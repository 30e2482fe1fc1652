//! `run --to-end`: from real topics to a real topic.

use crate::broker;
use crate::dunlin::Config;
use crate::kcat::{self, How};

/// A call of the 20th of November.
pub(crate) fn call(id: &str, account: &str) -> String {
    format!(
        r#"{{"type":"call.completed","call_id":"{id}","occurred_at":"2026-11-20T10:00:00+08:00","account_id":"{account}","result":"right_party"}}"#
    )
}

/// The value of `calls` in the portfolio's row of today, as the consumer sees it.
pub(crate) fn calls_today(broker: &broker::Broker) -> serde_json::Value {
    let rows = kcat::latest(broker, "collections.kpis");
    rows["portfolio|today"].json()["kpis"]["calls"]["value"].clone()
}

#[test]
fn what_an_independent_producer_writes_is_counted() {
    let broker = broker::shared();
    let config = Config::new(&broker.address, "counted", 30);
    config.topics().succeeded();
    let calls: Vec<(String, String)> = (0..1_000)
        .map(|n| (format!("A{n:05}"), call(&format!("c-{n}"), &format!("A{n:05}"))))
        .collect();
    let records: Vec<(&str, &str)> =
        calls.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    kcat::produce(&broker, "collections.calls", &records, How::default());

    let ended = config.run().succeeded();
    assert_eq!(calls_today(&broker), 1_000);
    assert!(!ended.stderr.contains("WARN"), "{}", ended.stderr);
    assert_eq!(kcat::consume(&broker, "collections.dead-letters"), []);
}
