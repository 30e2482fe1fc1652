//! Events as JSON objects: every type, every field that changes a number, valid each by itself.

use proptest::prelude::*;
use proptest::sample::select;

use super::moment::{Era, date, time};

/// A JSON object in the making: fields in their order, values as they are written.
#[derive(Clone, Debug)]
pub struct Record(pub Vec<(&'static str, String)>);

/// A field that is there or not, and what it says.
type Field = BoxedStrategy<Option<(&'static str, String)>>;

impl Record {
    /// The object by itself.
    pub fn bare(&self) -> Vec<u8> {
        self.object().into_bytes()
    }

    fn object(&self) -> String {
        let fields = self.0.iter().map(|(name, value)| format!("\"{name}\":{value}"));
        format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
    }
}

/// A form in which an event may arrive.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// With the five bytes of Confluent's wire format before it.
    Confluent,
    /// A structured `CloudEvent`, the type inside.
    Structured,
    /// A structured `CloudEvent`, the type outside only.
    TypeOutside,
    /// Both.
    Both,
    /// White space around it.
    Spaced,
}

/// Any of them.
pub fn envelope() -> impl Strategy<Value = Form> {
    use Form::{Both, Confluent, Spaced, Structured, TypeOutside};
    select(&[Confluent, Structured, TypeOutside, Both, Spaced][..])
}

impl Form {
    /// An event in this form.
    pub fn around(self, record: &Record) -> Vec<u8> {
        const PREFIX: &[u8] = &[0, 0, 0, 1, 44];
        let structured = |data: &str, name: &str| {
            format!(
                r#"{{"specversion":"1.0","id":"e","source":"s", "type":{name},"data": {data} ,"time":1}}"#
            )
        };
        match self {
            Self::Confluent => [PREFIX, &record.bare()].concat(),
            Self::Structured => structured(&record.object(), "\"com.example.other\"").into_bytes(),
            Self::TypeOutside => {
                let mut inner = record.clone();
                let outer = inner.0.iter().find(|(name, _)| *name == "type").cloned();
                inner.0.retain(|(name, _)| *name != "type");
                let name = outer.map_or_else(|| "null".to_owned(), |(_, value)| value);
                structured(&inner.object(), &name).into_bytes()
            }
            Self::Both => [PREFIX, structured(&record.object(), "null").as_bytes()].concat(),
            Self::Spaced => format!(" \t{}\r\n", record.object()).into_bytes(),
        }
    }
}

/// A valid event of any type, but for a currency that may have no rate.
pub fn event(era: Era) -> BoxedStrategy<Record> {
    prop_oneof![
        6 => call(era),
        7 => promise(era),
        2 => cancellation(era),
        3 => ruling(era),
        7 => payment(era),
        4 => reversal(era),
        1 => unsettled(era),
        3 => snapshot(era),
        1 => other(era),
    ]
    .boxed()
}

fn call(era: Era) -> BoxedStrategy<Record> {
    const RESULTS: [&str; 15] = [
        "right_party",
        "human",
        "no_answer",
        "replied",
        "delivered",
        "unknown",
        "abandoned",
        "machine",
        "third_party",
        "wrong_party",
        "busy",
        "undelivered",
        "failed",
        "canceled",
        "rejected",
    ];
    const SECONDS: [&str; 10] =
        ["0", "30", "\"\"", "0.5", "1.5", "2.500001", "1e1", "14400", "14401", "1000000000"];
    let seconds = |name| may(4, name, one(&SECONDS));
    let result = prop_oneof![3 => Just(text("right_party")), 4 => one_text(&RESULTS)];
    record(
        era,
        "call.completed",
        vec![
            must("call_id", ids("c", 5)),
            must("result", result),
            may(5, "channel", one_text(&["voice", "ai_voice", "sms", "visit", "pigeon", "none"])),
            may(3, "direction", one_text(&["inbound", "outbound", "sideways"])),
            may(4, "started_at", time(era)),
            seconds("dial_s"),
            seconds("talk_s"),
            seconds("hold_s"),
            seconds("wrap_s"),
            may(3, "disposition", one_text(&["promise", "", "odd"])),
            may(2, "automated", one(&["true", "false"])),
        ],
    )
}

fn promise(era: Era) -> BoxedStrategy<Record> {
    let parts = prop::collection::vec((date(era), amount()), 0..4);
    let parts = (money(), parts).prop_map(|(fields, parts)| {
        let part = |(due, (amount, _)): (String, (String, String))| {
            format!(r#"{{"due_date":{due},"amount":{amount}}}"#)
        };
        let list = parts.into_iter().map(part).collect::<Vec<_>>().join(",");
        (fields, format!("[{list}]"))
    });
    let of_plan = (parts, prop::bool::weighted(0.35)).prop_map(|((mut fields, list), is_plan)| {
        if is_plan {
            fields.push(("instalments", list));
        }
        fields
    });
    let fields = vec![
        must("promise_id", ids("p", 4)),
        must("due_date", date(era)),
        may(2, "due_time", one_text(&["18:00", "00:00", "00:30", "02:30", "23:59", "01:45"])),
        may(3, "call_id", ids("c", 5)),
        may(2, "channel", one_text(&["voice", "visit", "none"])),
        may(3, "previous_promise_id", promise_ids()),
        may(3, "grace_days", one(&["0", "1", "2", "7", "3650"])),
        may(2, "tolerance_percent", one(&["5", "\"12.5\"", "0", "99.999999", "\"33.333333\""])),
        may(2, "tolerance_amount", one(&["1", "\"0.01\"", "0", "50", "\"100000.5\""])),
    ];
    with(record(era, "promise.made", fields), of_plan.boxed())
}

fn cancellation(era: Era) -> BoxedStrategy<Record> {
    let fields = vec![must("promise_id", promise_ids()), may(1, "reason", one_text(&["x"]))];
    record(era, "promise.cancelled", fields)
}

fn ruling(era: Era) -> BoxedStrategy<Record> {
    let verdicts = one_text(&["kept", "partially_kept", "broken"]);
    let fields = vec![must("promise_id", promise_ids()), must("verdict", verdicts)];
    record(era, "promise.verdict", fields)
}

fn payment(era: Era) -> BoxedStrategy<Record> {
    let fields = vec![
        must("payment_id", ids("y", 5)),
        may(5, "channel", one_text(&["wallet", "cash", "unknown"])),
        may(4, "promise_id", promise_ids()),
        may(3, "due_date", date(era)),
        may(3, "effective_date", date(era)),
        may(1, "allocation", one(&["{}", r#"{"fees":"-3","principal":103}"#])),
        may(1, "amount_due", one(&["\"-5\"", "0", "250.5"])),
        may(1, "is_payoff", one(&["true", "false", "null"])),
    ];
    with(record(era, "payment.posted", fields), money().boxed())
}

fn reversal(era: Era) -> BoxedStrategy<Record> {
    let originals = prop_oneof![9 => ids("y", 5), 1 => ids("r", 4)];
    let fields = vec![
        must("payment_id", prop_oneof![4 => ids("r", 4), 1 => ids("y", 5)]),
        must("original_payment_id", originals),
        may(1, "reason", one_text(&["insufficient_funds"])),
    ];
    let all = Just(Vec::new());
    let minor = one(&["3000", "10000", "1", "5000"]).prop_map(|n| vec![("amount_minor", n)]);
    let how_much = prop_oneof![3 => all, 2 => money(), 2 => minor].boxed();
    with(record(era, "payment.reversed", fields), how_much)
}

fn unsettled(era: Era) -> BoxedStrategy<Record> {
    let fields = || vec![must("payment_id", ids("y", 5))];
    prop_oneof![record(era, "payment.pending", fields()), record(era, "payment.failed", fields()),]
        .boxed()
}

fn snapshot(era: Era) -> BoxedStrategy<Record> {
    let days = prop_oneof![
        1 => select(&[-1_i64, 0, 1, 29, 30, 31, 59, 60, 90, 91, 120, 179, 180, 181][..]),
        1 => 0_i64..200,
    ];
    let fields = vec![
        must("balance_total", one(&["\"1000\"", "-3", "0"])),
        must("balance_overdue", one(&["\"500\"", "0", "-1", "\"0.000001\""])),
        must("dpd", days.prop_map(|days| days.to_string())),
        may(1, "currency", one_text(&["CNY", "USD", "GBP"])),
        may(3, "status", one_text(&["overdue", "current", "closed", "paid_off", "odd"])),
        may(6, "delinquent_since", date(era)),
        may(1, "placed_at", time(era)),
        may(1, "propensity", one(&["0.5", "\"1\"", "0"])),
        may(1, "owner_agent_id", one_text(&["g1"])),
    ];
    record(era, "account.snapshot", fields)
}

/// Sales, which count in nothing here; heartbeats, without an account too; types of the future.
fn other(era: Era) -> BoxedStrategy<Record> {
    let sale = vec![must("sale_id", ids("s", 2))];
    let sale = with(record(era, "sale.booked", sale), money().boxed());
    let alone = record(era, "feed.heartbeat", vec![]).prop_map(|mut record| {
        record.0.retain(|(name, _)| *name != "account_id");
        record
    });
    let future = record(era, "promise.dreamt", vec![may(5, "amount", one(&["[]", "\"x\""]))]);
    prop_oneof![sale, record(era, "feed.heartbeat", vec![]), alone, future].boxed()
}

/// The common fields and those of a type, the common ones first or last.
fn record(era: Era, name: &'static str, own: Vec<Field>) -> BoxedStrategy<Record> {
    let days = select(&["0", "-5", "1", "30", "31", "95", "180", "\"\""][..]);
    let common = vec![
        must("type", Just(text(name))),
        must("occurred_at", time(era)),
        must("account_id", one_text(era.accounts)),
        may(3, "revision", one(&["1", "0", "2", "-1", "9223372036854775807"])),
        may(5, "agent_id", one_text(&["g1", "g2", "unknown"])),
        may(3, "team_id", one_text(&["t1", "t2"])),
        may(1, "agency_id", one_text(&["n1", "n2"])),
        may(2, "campaign_id", one_text(&["m1", "m2"])),
        may(1, "strategy_id", one_text(&["s1"])),
        may(2, "product", one_text(&["card", ""])),
        may(1, "tier", one_text(&["gold"])),
        may(1, "risk_class", one_text(&["A", "B"])),
        may(2, "bucket", one_text(&["M1", "M2", "30-59", "x=1,y|z"])),
        may(1, "customer_id", one_text(&["u1"])),
        may(3, "account_tz", one_text(era.zones)),
    ];
    // A snapshot has days past due of its own.
    let dpd = if name == "account.snapshot" {
        vec![]
    } else {
        vec![may(2, "dpd", days.prop_map(str::to_owned))]
    };
    (common, dpd, own, any::<bool>())
        .prop_map(|(common, dpd, own, common_first)| {
            let (first, last) = if common_first { (common, own) } else { (own, common) };
            Record(first.into_iter().chain(last).chain(dpd).flatten().collect())
        })
        .boxed()
}

/// A record with more fields.
fn with(
    record: BoxedStrategy<Record>,
    more: BoxedStrategy<Vec<(&'static str, String)>>,
) -> BoxedStrategy<Record> {
    (record, more)
        .prop_map(|(mut record, more)| {
            record.0.extend(more);
            record
        })
        .boxed()
}

/// An amount in one of its three ways, in a currency that need not have a rate.
fn money() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    const OTHERS: [(&str, u32); 5] = [("CNY", 2), ("USD", 2), ("JPY", 0), ("KWD", 3), ("GBP", 2)];
    let currency = prop_oneof![3 => Just(("", 2)), 1 => select(&OTHERS[..])];
    (amount(), currency, 0..8_u8).prop_map(|((amount, whole), currency, form)| {
        let (code, digits) = currency;
        let mut fields = Vec::new();
        if form < 6 || code.is_empty() {
            fields.push(("amount", amount));
        } else {
            let minor = format!("{whole}{}", "0".repeat(digits as usize));
            fields.push(("amount_minor", minor));
            if form == 7 {
                fields.push(("amount", format!("\"{whole}.000\"")));
            }
        }
        if !code.is_empty() {
            fields.push(("currency", text(code)));
        }
        fields
    })
}

/// An amount as it is written, and a whole one.
fn amount() -> impl Strategy<Value = (String, String)> {
    let written = prop_oneof![
        12 => one(&[
            "100", "\"50.00\"", "\"30\"", "\"95\"", "\"94.99\"", "60", "40", "\"0.01\"", "1e2",
            "\"33.333333\"", "\"12.345\"", "100.0", "5.000e1",
        ]),
        1 => one(&["\"999999999999.999999\"", "0.000001"]),
    ];
    (written, one(&["100", "50", "1"]))
}

/// Ids of promises, plans, instalments, and what only looks like one.
fn promise_ids() -> BoxedStrategy<String> {
    prop_oneof![
        6 => ids("p", 4),
        3 => (1..=4_u8, 1..=3_u8).prop_map(|(id, part)| text(&format!("p{id}#{part}"))),
        1 => one_text(&["p1#0", "p1#01", "p1#", "p1#99", "#1", "p2#+1"]),
    ]
    .boxed()
}

fn ids(letter: &'static str, many: u8) -> BoxedStrategy<String> {
    (1..=many).prop_map(move |id| text(&format!("{letter}{id}"))).boxed()
}

fn text(text: &str) -> String {
    format!("\"{text}\"")
}

fn one_text(texts: &'static [&'static str]) -> BoxedStrategy<String> {
    select(texts).prop_map(text).boxed()
}

fn one(values: &'static [&'static str]) -> BoxedStrategy<String> {
    select(values).prop_map(str::to_owned).boxed()
}

fn must(name: &'static str, value: impl Strategy<Value = String> + 'static) -> Field {
    value.prop_map(move |value| Some((name, value))).boxed()
}

/// There in so many of ten.
fn may(of_ten: u32, name: &'static str, value: impl Strategy<Value = String> + 'static) -> Field {
    let value = value.prop_map(move |value| (name, value));
    prop::option::weighted(f64::from(of_ten) / 10.0, value).boxed()
}
