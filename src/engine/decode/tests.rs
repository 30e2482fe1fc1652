//! Records, and what they turn out to be.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::engine::event::{Body, Call, CallResult, Instalment, Judged, Promise, Returned};
use crate::engine::money::{Amount, Currency};
use crate::engine::time::{Date, Timestamp};

const CALL: &str = r#"{"type":"call.completed","call_id":"c-81f3","occurred_at":"2026-11-20T09:14:31.250+08:00","account_id":"A00017","agent_id":"agent-042","team_id":"team-3","bucket":"M2","result":"right_party","disposition":"promise","dial_s":9,"talk_s":184.5,"wrap_s":21,"contact_point_id":"p-5521"}"#;
const PROMISE: &str = r#"{"type":"promise.made","promise_id":"p-1","occurred_at":"2026-11-20T09:14:20+08:00","account_id":"A00017","amount":"1200.00","currency":"CNY","due_date":"2026-11-23","call_id":"c-81f3"}"#;
const PAYMENT: &str = r#"{"type":"payment.posted","payment_id":"y-9","occurred_at":"2026-11-23T21:03:00+08:00","account_id":"A00017","amount":"1200.00","currency":"CNY","channel":"wallet"}"#;
const REVERSAL: &str = r#"{"type":"payment.reversed","payment_id":"y-10","original_payment_id":"y-9","occurred_at":1795573200000,"account_id":"A00017","reason":"insufficient_funds"}"#;
const SNAPSHOT: &str = r#"{"type":"account.snapshot","occurred_at":1795573200000,"account_id":"A00017","balance_total":"100.00","balance_overdue":0,"currency":"CNY","dpd":-3}"#;
const CANCELLED: &str = r#"{"type":"promise.cancelled","promise_id":"p-1","occurred_at":1795573200000,"account_id":"A00017"}"#;
const VERDICT: &str = r#"{"type":"promise.verdict","promise_id":"p-1","verdict":"kept","occurred_at":1795573200000,"account_id":"A00017"}"#;
const FAILED: &str = r#"{"type":"payment.failed","payment_id":"y-8","occurred_at":1795573200000,"account_id":"A00017"}"#;
const SALE: &str = r#"{"type":"sale.booked","sale_id":"s-1","occurred_at":1795573200000,"account_id":"A00017","amount":"5","currency":"CNY"}"#;
const HEARTBEAT: &str = r#"{"type":"feed.heartbeat","occurred_at":1795573200000}"#;

#[test]
fn a_call_says_who_when_and_what() {
    let event = event_of(CALL);
    assert_eq!(event.at, Timestamp(1_795_137_271_250));
    assert_eq!(event.account.as_deref(), Some("A00017"));
    assert_eq!(event.dimensions.agent.as_deref(), Some("agent-042"));
    assert_eq!(event.dimensions.product, None);
    assert_eq!(
        event.body,
        Body::Call(Call {
            call_id: "c-81f3".into(),
            result: CallResult::RightParty,
            channel: "voice".into(),
            inbound: false,
            started_at: event.at,
            dial_s: 9,
            talk_s: 184,
            hold_s: 0,
            wrap_s: 21,
            has_disposition: true,
            conversation: None,
            automated: false,
        })
    );
}

#[test]
fn texts_are_borrowed_from_the_record() {
    assert!(matches!(event_of(CALL).account, Some(Cow::Borrowed(_))));
}

#[test]
fn a_plan_has_its_instalments_in_their_order() {
    let plan = with(
        PROMISE,
        r#""instalments":[{"due_date":"2026-12-23","amount":1.5},{"amount_minor":250,"due_date":"2026-11-23","seq":2}],"due_time":"18:30","grace_days":3,"tolerance_percent":2.5,"tolerance_amount":0,"previous_promise_id":"p-0","channel":"im""#,
    );
    let cny = Currency(*b"CNY");
    assert_eq!(
        event_of(&plan).body,
        Body::Promise(Promise {
            promise_id: "p-1".into(),
            due_date: Date(20_780),
            due_time: Some(1_110),
            amount: Amount { micros: 1_200_000_000, currency: cny },
            call_id: Some("c-81f3".into()),
            channel: Some("im".into()),
            previous_promise_id: Some("p-0".into()),
            instalments: vec![
                Instalment { due_date: Date(20_810), micros: 1_500_000 },
                Instalment { due_date: Date(20_780), micros: 2_500_000 },
            ],
            grace_days: Some(3),
            tolerance_percent: Some(2_500_000),
            tolerance_amount: Some(0),
        })
    );
    for none in ["[]", "null", "\"\""] {
        let promise = with(PROMISE, &format!("\"instalments\":{none}"));
        assert_eq!(event_of(&promise).body, event_of(PROMISE).body);
    }
}

#[test]
fn money_is_written_in_three_ways() {
    let micros = |amount: &str| {
        let payment = with(PAYMENT, amount);
        let Body::Payment(payment) = event_of(&payment).body else { panic!("a payment") };
        payment.amount
    };
    let of = |currency: &[u8; 3]| Amount { micros: 12_500_000, currency: Currency(*currency) };
    assert_eq!(micros(r#""amount":"12.50""#), of(b"CNY"));
    assert_eq!(micros(r#""amount":12.5"#), of(b"CNY"));
    assert_eq!(micros(r#""amount":null,"amount_minor":1250"#), of(b"CNY"));
    assert_eq!(micros(r#""amount":"12.5","amount_minor":1250"#), of(b"CNY"));
    assert_eq!(micros(r#""amount":"","amount_minor":12500,"currency":"KWD""#), of(b"KWD"));
    assert_eq!(micros(r#""amount":"12.50","currency":null"#), of(b"CNY"));
    assert_eq!(micros(r#""amount":"12.50","currency":"""#), of(b"CNY"));
}

#[test]
fn a_currency_of_a_reversal_only_says_how_many_digits_its_minor_units_have() {
    let amount = |fields: &str| {
        let reversal = with(REVERSAL, fields);
        let Body::Reversal(reversal) = event_of(&reversal).body else { panic!("a reversal") };
        reversal.amount
    };
    let micros = Returned::Micros;
    assert_eq!(amount(r#""amount":null"#), Returned::All);
    assert_eq!(amount(r#""amount_minor":1250"#), Returned::Minor(1250));
    assert_eq!(amount(r#""amount_minor":1250,"currency":"JPY""#), micros(1_250_000_000));
    assert_eq!(amount(r#""amount":"1.25","currency":"ZZZ""#), micros(1_250_000));
}

#[test]
fn the_other_types_say_what_they_are() {
    let body = |json| event_of(json).body.clone();
    assert!(matches!(body(SNAPSHOT), Body::Snapshot(snapshot)
        if snapshot.dpd == -3 && !snapshot.owes_overdue && snapshot.status.is_none()));
    assert_eq!(body(CANCELLED), Body::Cancelled { promise_id: "p-1".into() });
    let kept = Body::Override { promise_id: "p-1".into(), verdict: Judged::Kept };
    assert_eq!(body(VERDICT), kept);
    assert_eq!(body(FAILED), Body::Unsettled { payment_id: "y-8".into(), failed: true });
    assert_eq!(body(HEARTBEAT), Body::Heartbeat);
    assert_eq!(event_of(HEARTBEAT).account, None);
}

#[test]
fn an_inbound_call_may_lack_its_account() {
    let call = with(CALL, r#""account_id":null,"direction":"inbound""#);
    assert_eq!(event_of(&call).account, None);
    assert!(matches!(event_of(&call).body, Body::Call(call) if call.inbound));
}

#[test]
fn unknown_enumeration_values_are_kept_and_no_text_is_absent() {
    let call = with(
        CALL,
        r#""channel":"telepathy","disposition":"","direction":"sideways","agent_id":null,"team_id":"""#,
    );
    let event = event_of(&call);
    assert_eq!((&event.dimensions.agent, &event.dimensions.team), (&None, &None));
    assert!(matches!(event.body, Body::Call(call)
        if call.channel == "telepathy" && !call.has_disposition && !call.inbound));
}

#[test]
fn long_reasons_are_accepted() {
    let reason = format!(r#""reason":"{}""#, "x".repeat(1_000));
    event_of(&with(REVERSAL, &reason));
    event_of(&with(CANCELLED, &reason));
    assert_eq!(reason_of(&with(SNAPSHOT, &reason.replace("reason", "status"))), "bad_field");
}

#[test]
fn a_cloud_event_is_its_data() {
    let data = without_type(PAYMENT);
    let envelope = |kind: &str, data: &str| {
        format!(r#"{{"data":{data} ,"type":{kind},"id":"1","id":"2","specversion":"1.0"}}"#)
    };
    let bare = event_of(PAYMENT);
    let inside = envelope(r#""payment.posted""#, &data);
    let inside = event_of(&inside);
    assert_eq!((&inside.body, inside.hash), (&bare.body, hash(&data)));
    assert_eq!(event_of(&envelope(r#""call.completed""#, PAYMENT)), bare);
    assert_eq!(event_of(&envelope("7", PAYMENT)), bare);
    assert_eq!(reason_of(&envelope("7", &data)), "bad_field");
    assert_eq!(reason_of(&envelope("null", &data)), "missing_field");
    assert_eq!(reason_of(&envelope(r#""payment.posted""#, "[]")), "missing_field");
    assert_eq!(reason_of(&envelope(r#""payment.posted""#, r#"{"type":7}"#)), "bad_field");
    assert!(matches!(read(&envelope(r#""x""#, &data)), Decoded::Skipped));
    let plain = with(PAYMENT, r#""data":{"type":"call.completed"}"#);
    assert_eq!(event_of(&plain).body, bare.body);
}

#[test]
fn a_header_gives_the_type_where_the_object_has_none() {
    let of = |json: &str, ce_type| match decode(Some(json.as_bytes()), ce_type, &rates()) {
        Decoded::Event(event) => format!("{:?}", event.body)[..7].to_owned(),
        Decoded::Skipped => "skipped".to_owned(),
        Decoded::Rejected(rejection) => rejection.reason.as_str().to_owned(),
    };
    assert_eq!(of(&without_type(PAYMENT), Some("payment.posted")), "Payment");
    assert_eq!(of(PAYMENT, Some("call.completed")), "Payment");
    assert_eq!(of(&without_type(PAYMENT), Some("payment.refunded")), "skipped");
    assert_eq!(of(&without_type(PAYMENT), Some("")), "missing_field");
    assert_eq!(of(&without_type(PAYMENT), None), "missing_field");
}

#[test]
fn five_bytes_of_prefix_and_space_around_are_no_part_of_the_event() {
    for around in [format!(" \r\n{CALL}\t"), format!("\0\0\0\0\x07{CALL}\n")] {
        assert_eq!(event_of(&around), event_of(CALL));
    }
    assert_eq!(event_of(CALL).hash, hash(CALL));
    assert_eq!(reason_of("\0\0\0\0\x07"), "bad_json");
    assert_eq!(reason_of("\0\0"), "bad_json");
}

#[test]
fn what_is_not_for_us_is_skipped() {
    assert_eq!(decode(None, None, &rates()), Decoded::Skipped);
    for name in ["payment.refunded", "PAYMENT.POSTED", " payment.posted", "agent.state"] {
        let record = format!(r#"{{"type":"{name}","type":"{name}","occurred_at":false}}"#);
        assert_eq!(read(&record), Decoded::Skipped, "{name}");
    }
    assert_eq!(read(SALE), Decoded::Skipped);
}

#[test]
fn an_ignored_field_may_hold_any_json() {
    let deep = format!("{}{}", "[".repeat(126), "]".repeat(126));
    let odd = format!(r#""note":1e999,"note":"\ud800","\udfff":{deep},"specversion":"1.0""#);
    assert_eq!(event_of(&with(PAYMENT, &odd)).body, event_of(PAYMENT).body);
    // A heartbeat uses only the common fields.
    event_of(&with(HEARTBEAT, r#""amount":[],"amount":{},"call_id":7"#));
}

/// Every listed field is checked, also where nothing is kept of it.
#[test]
#[expect(clippy::too_many_lines, reason = "a table of all fields")]
fn every_used_field_has_a_type_of_its_own() {
    let text = ["7", "true", "[]", "{}", r#""\ud800""#];
    let truth = ["0", r#""true""#, "[]"];
    let count = ["1.0", r#""1""#, "true", "9223372036854775808"];
    let seconds = ["-1", r#""1""#, "true", "1000000001"];
    let time = ["-1", r#""2026-11-20""#, "1.5", "true", "{}"];
    let date = [r#""2026-02-30""#, r#""20261120""#, "20261120", "[]"];
    let money = [r#""-1""#, r#""0""#, "0", "-0.5", "1e12", r#""1e3""#, "true", "[]", "{}"];
    let balance = [r#""x""#, "1e12", "0.0000001", "true", "[]"];
    let decimal = [r#""x""#, r#""1e3""#, "true", "[1]"];
    for (event, field, values, reason) in [
        (HEARTBEAT, "revision", &count[..], "bad_field"),
        (HEARTBEAT, "occurred_at", &time, "bad_time"),
        (HEARTBEAT, "account_id", &text, "bad_field"),
        (HEARTBEAT, "agent_id", &text, "bad_field"),
        (HEARTBEAT, "team_id", &text, "bad_field"),
        (HEARTBEAT, "agency_id", &text, "bad_field"),
        (HEARTBEAT, "campaign_id", &text, "bad_field"),
        (HEARTBEAT, "strategy_id", &text, "bad_field"),
        (HEARTBEAT, "product", &text, "bad_field"),
        (HEARTBEAT, "tier", &text, "bad_field"),
        (HEARTBEAT, "risk_class", &text, "bad_field"),
        (HEARTBEAT, "bucket", &text, "bad_field"),
        (HEARTBEAT, "dpd", &count, "bad_field"),
        (HEARTBEAT, "customer_id", &text, "bad_field"),
        (HEARTBEAT, "account_tz", &text, "bad_field"),
        (CALL, "call_id", &text, "bad_field"),
        (CALL, "result", &["7", r#""answered""#, r#""Machine""#], "bad_field"),
        (CALL, "channel", &text, "bad_field"),
        (CALL, "direction", &text, "bad_field"),
        (CALL, "started_at", &time, "bad_time"),
        (CALL, "dial_s", &seconds, "bad_field"),
        (CALL, "queue_s", &seconds, "bad_field"),
        (CALL, "talk_s", &seconds, "bad_field"),
        (CALL, "hold_s", &seconds, "bad_field"),
        (CALL, "wrap_s", &seconds, "bad_field"),
        (CALL, "disposition", &text, "bad_field"),
        (CALL, "conversation", &truth, "bad_field"),
        (CALL, "automated", &truth, "bad_field"),
        (CALL, "party_type", &text, "bad_field"),
        (CALL, "debt_ids", &[r#""d1""#, "[7]", "{}"], "bad_field"),
        (CALL, "contact_point_id", &text, "bad_field"),
        (CALL, "connected_to_dialed_number", &truth, "bad_field"),
        (CALL, "consent_at", &time, "bad_time"),
        (CALL, "purpose", &text, "bad_field"),
        (PROMISE, "promise_id", &text, "bad_field"),
        (PROMISE, "due_date", &date, "bad_date"),
        (PROMISE, "amount", &money, "bad_amount"),
        (PROMISE, "amount_minor", &[r#""1""#, "1.0", "0", "-1"], "bad_amount"),
        (PROMISE, "currency", &[r#""cny""#, r#""CNYX""#, "156", "[]"], "bad_currency"),
        (PROMISE, "due_time", &[r#""9:30""#, r#""24:00""#, "930"], "bad_field"),
        (PROMISE, "call_id", &text, "bad_field"),
        (PROMISE, "channel", &text, "bad_field"),
        (PROMISE, "previous_promise_id", &text, "bad_field"),
        (PROMISE, "instalments", &["{}", "[1]", "[null]", r#""x""#], "bad_amount"),
        (PROMISE, "instalments", &[r#"[{"due_date":"2026-11-23"}]"#], "bad_amount"),
        (PROMISE, "instalments", &[r#"[{"amount":1}]"#, "[{}]"], "bad_date"),
        (PROMISE, "grace_days", &["-1", "3651", "1.0", r#""1""#], "bad_field"),
        (PROMISE, "tolerance_percent", &["-1", "100", "0.0000001", r#""x""#], "bad_field"),
        (PROMISE, "tolerance_amount", &["-1", r#""x""#, "true"], "bad_field"),
        (CANCELLED, "promise_id", &text, "bad_field"),
        (CANCELLED, "reason", &text, "bad_field"),
        (VERDICT, "promise_id", &text, "bad_field"),
        (VERDICT, "verdict", &["1", r#""superseded""#], "bad_field"),
        (PAYMENT, "payment_id", &text, "bad_field"),
        (PAYMENT, "amount", &money, "bad_amount"),
        (PAYMENT, "currency", &[r#""cny""#, "156"], "bad_currency"),
        (PAYMENT, "channel", &text, "bad_field"),
        (PAYMENT, "promise_id", &text, "bad_field"),
        (PAYMENT, "due_date", &date, "bad_date"),
        (PAYMENT, "allocation", &["[]", "7", r#"{"fees":true}"#], "bad_amount"),
        (PAYMENT, "is_payoff", &truth, "bad_field"),
        (PAYMENT, "is_settlement", &truth, "bad_field"),
        (PAYMENT, "amount_due", &balance, "bad_amount"),
        (PAYMENT, "effective_date", &date, "bad_date"),
        (REVERSAL, "payment_id", &text, "bad_field"),
        (REVERSAL, "original_payment_id", &text, "bad_field"),
        (REVERSAL, "amount", &money, "bad_amount"),
        (REVERSAL, "currency", &[r#""cny""#], "bad_currency"),
        (REVERSAL, "reason", &text, "bad_field"),
        (FAILED, "payment_id", &text, "bad_field"),
        (SNAPSHOT, "balance_total", &balance, "bad_amount"),
        (SNAPSHOT, "balance_overdue", &balance, "bad_amount"),
        (SNAPSHOT, "currency", &[r#""cny""#], "bad_currency"),
        (SNAPSHOT, "dpd", &count, "bad_field"),
        (SNAPSHOT, "status", &text, "bad_field"),
        (SNAPSHOT, "amount_due", &balance, "bad_amount"),
        (SNAPSHOT, "delinquent_since", &date, "bad_date"),
        (SNAPSHOT, "placed_at", &time, "bad_time"),
        (SNAPSHOT, "opened_on", &date, "bad_date"),
        (SNAPSHOT, "maturity_date", &date, "bad_date"),
        (SNAPSHOT, "first_due_date", &date, "bad_date"),
        (SNAPSHOT, "credit_score", &decimal, "bad_field"),
        (SNAPSHOT, "propensity", &["1.1", "-0.1", r#""x""#], "bad_field"),
        (SNAPSHOT, "owner_agent_id", &text, "bad_field"),
        (SALE, "sale_id", &text, "bad_field"),
        (SALE, "amount", &money, "bad_amount"),
    ] {
        for value in values {
            let record = with(event, &format!("\"{field}\":{value}"));
            assert_eq!(reason_of(&record), reason, "{record}");
        }
        let twice = format!(r#"{{"{field}":null,{}"#, &with(event, &format!("\"{field}\":1"))[1..]);
        assert_eq!(reason_of(&twice), "bad_field", "{twice}");
    }
}

#[test]
fn a_required_field_may_not_be_missing_null_or_empty() {
    for (event, fields) in [
        (CALL, &["type", "occurred_at", "account_id", "call_id", "result"][..]),
        (PROMISE, &["account_id", "promise_id", "due_date", "amount"]),
        (CANCELLED, &["account_id", "promise_id"]),
        (VERDICT, &["account_id", "promise_id", "verdict"]),
        (PAYMENT, &["account_id", "payment_id", "amount"]),
        (REVERSAL, &["account_id", "payment_id", "original_payment_id"]),
        (FAILED, &["account_id", "payment_id"]),
        (SNAPSHOT, &["account_id", "balance_total", "balance_overdue", "dpd"]),
        (SALE, &["account_id", "sale_id", "amount"]),
        (HEARTBEAT, &["type", "occurred_at"]),
    ] {
        for field in fields {
            for nothing in ["null", "\"\""] {
                let record = with(event, &format!("\"{field}\":{nothing}"));
                assert_eq!(reason_of(&record), "missing_field", "{record}");
            }
        }
    }
}

#[test]
fn balances_and_allocations_may_be_anything() {
    event_of(&with(
        SNAPSHOT,
        r#""balance_total":-5.25,"balance_overdue":"-0.000001","amount_due":0,"credit_score":1e3,"propensity":"0.25""#,
    ));
    event_of(&with(
        PAYMENT,
        r#""allocation":{"principal":"-1.00","interest":0,"fees":null,"fees":1},"amount_due":"-1""#,
    ));
    event_of(&with(PAYMENT, r#""allocation":{}"#));
}

/// One defect after the other is mended; each time the next one is told.
#[test]
fn of_several_defects_the_first_in_the_order_is_told() {
    let large = format!(r#""note":"{}""#, "x".repeat(RECORD_BYTES_MAX));
    let defects = [
        (large.as_str(), r#""note":"""#, "too_large"),
        (r#""mark":nul"#, r#""mark":null"#, "bad_json"),
        (r#""type":null"#, r#""type":"payment.posted""#, "missing_field type"),
        (r#""tier":1,"tier":1"#, r#""tier":"1""#, "bad_field tier"),
        (r#""revision":"1""#, r#""revision":1"#, "bad_field revision"),
        (r#""occurred_at":"now""#, r#""occurred_at":0"#, "bad_time occurred_at"),
        (r#""account_id":"""#, r#""account_id":"A""#, "missing_field account_id"),
        (r#""payment_id":"""#, r#""payment_id":"y""#, "missing_field payment_id"),
        (r#""amount":1e12"#, r#""amount":1e11"#, "bad_amount amount"),
        (r#""currency":"ZZZ""#, r#""currency":"USD""#, "no_rate currency"),
    ];
    for mended in 0..defects.len() {
        let fields: Vec<&str> = defects
            .iter()
            .enumerate()
            .rev()
            .map(|(at, &(bad, good, _))| if at < mended { good } else { bad })
            .collect();
        let record = format!("{{{}}}", fields.join(","));
        let Rejection { reason, detail } = rejection_of(&record);
        let told = format!("{} {detail}", reason.as_str());
        assert!(told.starts_with(defects[mended].2), "{told}");
    }
}

#[test]
fn what_is_no_object_is_told_from_what_is_no_json() {
    for (record, reason) in [
        ("", "bad_json"),
        (" ", "bad_json"),
        ("{", "bad_json"),
        ("nul l", "bad_json"),
        ("{} {}", "bad_json"),
        ("{\"a\":01}", "bad_json"),
        ("\u{feff}{}", "bad_json"),
        ("[1,]", "bad_json"),
        ("[]", "not_an_object"),
        ("\"text\"", "not_an_object"),
        ("\"\\ud800\"", "not_an_object"),
        ("1e999", "not_an_object"),
        ("null", "not_an_object"),
        ("{}", "missing_field"),
    ] {
        assert_eq!(reason_of(record), reason, "{record}");
    }
    assert_eq!(reason_of(&"[".repeat(1 << 20)), "bad_json");
    let Decoded::Rejected(rejection) = decode(Some(b"{\"a\":\"\xff\"}"), None, &rates()) else {
        panic!("rejected");
    };
    assert_eq!(rejection.reason, Reason::BadJson);
}

#[test]
fn a_record_may_have_one_mebibyte() {
    let frame = with(PAYMENT, r#""note":"""#).len();
    let note = |length| format!(r#""note":"{}""#, "x".repeat(length));
    event_of(&with(PAYMENT, &note(RECORD_BYTES_MAX - frame)));
    let too_large = with(PAYMENT, &note(RECORD_BYTES_MAX - frame + 1));
    assert_eq!(reason_of(&too_large), "too_large");
}

#[test]
fn rejections_say_what_to_do() {
    let detail = |record: &str| rejection_of(record).detail;
    insta::assert_snapshot!(detail("{\"type\":nul}"), @"bad JSON: expected ident at line 1 column 12");
    insta::assert_snapshot!(detail("[1, 2]"), @"the record is [1, 2], expected an object");
    insta::assert_snapshot!(
        detail(&"x".repeat(RECORD_BYTES_MAX + 1)),
        @"1048577 bytes, expected at most 1048576"
    );
    let details: Vec<String> = [
        (PAYMENT, r#""type":"""#),
        (PAYMENT, r#""type":17"#),
        (PAYMENT, r#""revision":1.5"#),
        (PAYMENT, r#""occurred_at":"2026-11-23 21:03""#),
        (PAYMENT, r#""account_id":null"#),
        (PAYMENT, r#""amount":"-5""#),
        (PAYMENT, r#""amount_minor":999"#),
        (PAYMENT, r#""amount_minor":"120000""#),
        (PAYMENT, r#""currency":"yuan""#),
        (PAYMENT, r#""currency":"XAG""#),
        (PAYMENT, r#""effective_date":"23.11.2026""#),
        (PAYMENT, r#""is_payoff":"yes""#),
        (PAYMENT, r#""amount_due":"a lot""#),
        (PAYMENT, r#""allocation":{"fees":"some"}"#),
        (PROMISE, r#""due_time":"6 pm""#),
        (PROMISE, r#""grace_days":9999"#),
        (PROMISE, r#""tolerance_percent":100"#),
        (PROMISE, r#""tolerance_amount":-1"#),
        (PROMISE, r#""instalments":{}"#),
        (PROMISE, r#""instalments":[7]"#),
        (PROMISE, r#""instalments":[{"amount":1}]"#),
        (PROMISE, r#""instalments":[{"due_date":"2026-11-23"}]"#),
        (CALL, r#""result":"answered""#),
        (CALL, r#""talk_s":"12""#),
        (CALL, r#""debt_ids":"d1""#),
        (VERDICT, r#""verdict":"superseded""#),
        (SNAPSHOT, r#""propensity":1.5"#),
        (SNAPSHOT, r#""credit_score":"good""#),
        (CANCELLED, r#""reason":7"#),
    ]
    .iter()
    .map(|(event, field)| detail(&with(event, field)))
    .collect();
    insta::assert_snapshot!(details.join("\n"), @r#"
    type is missing, null or empty, but required
    type is 17, expected a text of at most 256 bytes
    revision is 1.5, expected an integer of 64 bits
    occurred_at is "2026-11-23 21:03", expected a time from 1970 to 2999 such as "2026-11-20T09:14:31.250+08:00", or milliseconds
    account_id is missing, null or empty, but required
    amount is "-5", expected an amount above 0 with at most 12 digits before and 6 after the point, such as "1234.50"
    amount is "1200.00", expected the same amount as amount_minor 999 of CNY
    amount_minor is "120000", expected a whole number of minor units above 0 with at most 12 digits before the point
    currency is "yuan", expected three capital letters such as "CNY"
    currency is XAG, expected CNY or one of [rates]
    effective_date is "23.11.2026", expected a date from 1900 to 2999 such as "2026-11-20"
    is_payoff is "yes", expected true or false
    amount_due is "a lot", expected an amount with at most 12 digits before and 6 after the point, such as "1234.50"
    allocation.fees is "some", expected an amount with at most 12 digits before and 6 after the point, such as "1234.50"
    due_time is "6 pm", expected a time of day such as "18:30"
    grace_days is 9999, expected an integer from 0 to 3650
    tolerance_percent is 100, expected a percentage from 0 to below 100 with at most 6 digits after the point
    tolerance_amount is -1, expected an amount of 0 or more with at most 12 digits before and 6 after the point
    instalments is {}, expected a list of objects with due_date and amount
    instalments[0] is 7, expected an object with due_date and amount
    instalments[0].due_date is missing, expected a date from 1900 to 2999 such as "2026-11-20"
    instalments[0].amount is missing, expected an amount above 0 with at most 12 digits before and 6 after the point, such as "1234.50"
    result is "answered", expected one of no_answer, busy, failed, canceled, rejected, unknown, abandoned, machine, human, third_party, wrong_party, right_party, delivered, undelivered, replied
    talk_s is "12", expected a number of seconds from 0 to 1000000000
    debt_ids is "d1", expected a list of texts of at most 256 bytes
    verdict is "superseded", expected one of kept, partially_kept, broken
    propensity is 1.5, expected a number or a decimal text from 0 to 1
    credit_score is "good", expected a number or a decimal text
    reason is 7, expected a text
    "#);
    insta::assert_snapshot!(
        detail(&with(PAYMENT, r#""amount":1,"amount":null"#)),
        @"amount is given twice (last as null or empty), expected once"
    );
    insta::assert_snapshot!(
        detail(&with(PAYMENT, r#""tier":"a","tier":"b""#)),
        @r#"tier is given twice (last as "b"), expected once"#
    );
    insta::assert_snapshot!(
        detail(&with(CALL, &format!(r#""tier":"{}""#, "é".repeat(200)))),
        @r#"tier is "ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé…, expected a text of at most 256 bytes"#
    );
}

#[test]
fn a_dead_letter_still_tells_its_type() {
    assert_eq!(type_of(br#"{"type":"call.completed"}"#).as_deref(), Some("call.completed"));
    assert_eq!(
        type_of(br#"{"specversion":"1.0","type":"call.completed","data":{}}"#).as_deref(),
        Some("call.completed")
    );
    assert_eq!(type_of(b"{}"), None);
    assert_eq!(type_of(b"{\"type\":7}"), None);
    assert_eq!(type_of(b"{\"type\":\"call.completed\""), None);
}

#[test]
fn a_type_has_its_topic() {
    assert_eq!(topic_of_type("call.completed"), Some("collections.calls"));
    assert_eq!(topic_of_type("write_off.reversed"), Some("collections.adjustments"));
    assert_eq!(topic_of_type("feed.heartbeat"), None);
    assert_eq!(topic_of_type("payment.refunded"), None);
}

proptest! {
    /// forall bytes: decode(bytes) returns
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        decode(Some(&bytes), None, &rates());
        type_of(&bytes);
    }

    /// forall events, one of whose fields is replaced: decode(event) returns
    #[test]
    fn no_value_of_a_field_panics(
        event in prop::sample::select(EVENTS),
        field in any::<prop::sample::Index>(),
        value in value(),
    ) {
        let mut fields = members(event);
        let field = field.index(fields.len());
        fields[field].1 = &value;
        decode(Some(object(&fields).as_bytes()), None, &rates());
    }

    /// forall events with some bytes changed: decode(event) returns
    #[test]
    fn no_changed_byte_panics(
        event in prop::sample::select(EVENTS),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = event.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        decode(Some(&bytes), None, &rates());
    }
}

const EVENTS: &[&str] =
    &[CALL, PROMISE, PAYMENT, REVERSAL, SNAPSHOT, CANCELLED, VERDICT, FAILED, SALE, HEARTBEAT];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        r#""[-0-9:.TZ+ a-f]{0,30}""#,
        "-?[0-9]{1,20}([.][0-9]{1,20})?([eE][-+]?[0-9]{1,20})?",
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        Just("[{\"due_date\":\"2026-11-23\",\"amount\":1e9}]".to_owned()),
        Just("{}".to_owned()),
    ]
}

fn rates() -> Rates {
    let rate = |code: &[u8; 3], micros| (Currency(*code), micros);
    Rates::new(
        Currency(*b"CNY"),
        BTreeMap::from([rate(b"USD", 7_123_400), rate(b"KWD", 23_105_000)]),
    )
}

/// The record with these fields in the place of its own of the same names.
fn with(record: &str, fields: &str) -> String {
    let added = format!("{{{fields}}}");
    let added = members(&added);
    let mut all = members(record);
    all.retain(|(name, _)| added.iter().all(|(other, _)| other != name));
    all.extend(added);
    object(&all)
}

fn object(members: &[(&str, &str)]) -> String {
    let members: Vec<String> =
        members.iter().map(|(name, value)| format!("{name}:{value}")).collect();
    format!("{{{}}}", members.join(","))
}

fn members(object: &str) -> Vec<(&str, &str)> {
    let mut members = Vec::new();
    members::members(object, |name, value| members.push((name, value))).expect(object);
    members
}

fn without_type(record: &str) -> String {
    with(record, r#""type":null"#).replace(r#","type":null"#, "")
}

fn hash(json: &str) -> u64 {
    twox_hash::XxHash64::oneshot(0, json.as_bytes())
}

fn read(record: &str) -> Decoded<'_> {
    decode(Some(record.as_bytes()), None, &rates())
}

fn event_of(record: &str) -> Event<'_> {
    let Decoded::Event(event) = read(record) else {
        panic!("{:?}: {record}", read(record));
    };
    event
}

fn rejection_of(record: &str) -> Rejection {
    let Decoded::Rejected(rejection) = read(record) else {
        panic!("{:?}: {record}", read(record));
    };
    rejection
}

fn reason_of(record: &str) -> &'static str {
    rejection_of(record).reason.as_str()
}
