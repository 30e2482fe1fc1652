//! One record as an event, or why it is none (`docs/SEMANTICS.md` 4, 9).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use twox_hash::XxHash64;

use super::config::Config;
use super::number::{self, Decimal};
use super::zone;

const DIGITS_BEFORE: usize = 12;
const DIGITS_AFTER: usize = 6;
const YEAR_3000: i64 = 32_503_680_000_000;

/// The dimensions and the fields that state them.
pub const DIMENSIONS: [(&str, &str); 9] = [
    ("agent", "agent_id"),
    ("team", "team_id"),
    ("agency", "agency_id"),
    ("campaign", "campaign_id"),
    ("strategy", "strategy_id"),
    ("product", "product"),
    ("tier", "tier"),
    ("risk_class", "risk_class"),
    ("bucket", "bucket"),
];

const COMMON: &str = "type occurred_at account_id revision agent_id team_id agency_id \
                      campaign_id strategy_id product tier risk_class bucket dpd customer_id \
                      account_tz";

/// What one record is.
pub enum Decoded {
    Event(Box<Event>),
    /// Of an unknown type.
    Skipped,
    Dead {
        reason: &'static str,
        detail: String,
        topic: &'static str,
    },
}

#[derive(Clone)]
pub struct Event {
    pub at: i64,
    pub account: Option<String>,
    pub revision: i64,
    pub hash: u64,
    /// The dimensions that the event states itself.
    pub stated: BTreeMap<&'static str, String>,
    pub dpd: Option<i64>,
    pub zone: Option<TimeZone>,
    pub kind: Kind,
}

#[derive(Clone)]
pub enum Kind {
    Call(Call),
    Promise(Promise),
    Cancellation { promise_id: String },
    Override { promise_id: String, verdict: String },
    Payment(Payment),
    Reversal(Reversal),
    Pending { payment_id: String },
    Failed { payment_id: String },
    Snapshot(Snapshot),
    Heartbeat,
}

#[derive(Clone)]
pub struct Call {
    pub id: String,
    pub result: String,
    pub channel: String,
    pub inbound: bool,
    pub started_at: i64,
    pub dial_s: i128,
    pub talk_s: i128,
    pub hold_s: i128,
    pub wrap_s: i128,
    pub disposed: bool,
    pub automated: bool,
}

#[derive(Clone)]
pub struct Promise {
    pub id: String,
    pub due: Date,
    /// In units of 10⁻¹² of the reporting currency, as all money from here on.
    pub amount: i128,
    pub currency: String,
    pub rate: i128,
    pub due_time: Option<Time>,
    pub call_id: Option<String>,
    pub channel: Option<String>,
    pub previous: Option<String>,
    pub instalments: Vec<(Date, i128)>,
    pub grace_days: Option<i64>,
    /// In units of 10⁻⁶ per cent.
    pub tolerance_percent: Option<i128>,
    pub tolerance_amount: Option<i128>,
}

#[derive(Clone)]
pub struct Payment {
    pub id: String,
    pub amount: i128,
    pub currency: String,
    pub rate: i128,
    pub channel: Option<String>,
    pub promise_id: Option<String>,
    pub due: Option<Date>,
    pub effective: Option<Date>,
}

#[derive(Clone)]
pub struct Reversal {
    pub id: String,
    pub original: String,
    /// None: all of it.
    pub amount: Option<Returned>,
}

/// How much of a payment is returned, in the payment's currency.
#[derive(Clone, Copy)]
pub enum Returned {
    /// In units of 10⁻⁶.
    Units(i128),
    /// In minor units, where the record does not say of which currency.
    Minor(i64),
}

#[derive(Clone)]
pub struct Snapshot {
    pub overdue: bool,
    pub dpd: i64,
    pub delinquent_since: Option<Date>,
}

impl Event {
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Call(_) => "call.completed",
            Kind::Promise(_) => "promise.made",
            Kind::Cancellation { .. } => "promise.cancelled",
            Kind::Override { .. } => "promise.verdict",
            Kind::Payment(_) => "payment.posted",
            Kind::Reversal(_) => "payment.reversed",
            Kind::Pending { .. } => "payment.pending",
            Kind::Failed { .. } => "payment.failed",
            Kind::Snapshot(_) => "account.snapshot",
            Kind::Heartbeat => "feed.heartbeat",
        }
    }

    /// The call that it is, if it is one.
    pub fn call(&self) -> Option<&Call> {
        if let Kind::Call(call) = &self.kind { Some(call) } else { None }
    }

    /// The reversal that it is, if it is one.
    pub fn reversal(&self) -> Option<&Reversal> {
        if let Kind::Reversal(reversal) = &self.kind { Some(reversal) } else { None }
    }

    /// Of two records of one identity the higher one stands (`docs/SEMANTICS.md` 2).
    pub fn rank(&self) -> (i64, i64, u64) {
        (self.revision, self.at, self.hash)
    }

    /// What makes two records the same (`docs/SEMANTICS.md` 1); a heartbeat has no identity.
    pub fn identity(&self) -> Option<(Option<String>, &'static str, String)> {
        let id = match &self.kind {
            Kind::Call(call) => call.id.clone(),
            Kind::Promise(promise) => promise.id.clone(),
            Kind::Cancellation { promise_id } | Kind::Override { promise_id, .. } => {
                promise_id.clone()
            }
            Kind::Payment(payment) => payment.id.clone(),
            Kind::Reversal(reversal) => reversal.id.clone(),
            Kind::Pending { payment_id } | Kind::Failed { payment_id } => payment_id.clone(),
            Kind::Snapshot(_) => self.at.to_string(),
            Kind::Heartbeat => return None,
        };
        Some((self.account.clone(), self.type_name(), id))
    }

    /// The topic of the event's type; of a heartbeat it is not known.
    pub fn topic(&self) -> &'static str {
        topic(self.type_name())
    }
}

fn topic(type_name: &str) -> &'static str {
    match type_name.split_once('.').map_or("", |(family, _)| family) {
        "call" => "collections.calls",
        "promise" => "collections.promises",
        "payment" => "collections.payments",
        "account" | "sale" => "collections.accounts",
        _ => "",
    }
}

/// The fields that a type uses beside the common ones.
fn used(type_name: &str) -> Option<&'static str> {
    Some(match type_name {
        "call.completed" => {
            "call_id result channel direction started_at dial_s queue_s talk_s hold_s wrap_s \
             disposition conversation automated party_type debt_ids contact_point_id \
             connected_to_dialed_number consent_at purpose"
        }
        "promise.made" => {
            "promise_id due_date amount amount_minor currency due_time call_id channel \
             previous_promise_id instalments grace_days tolerance_percent tolerance_amount"
        }
        "promise.cancelled" => "promise_id reason",
        "promise.verdict" => "promise_id verdict",
        "payment.posted" => {
            "payment_id amount amount_minor currency channel promise_id due_date allocation \
             is_payoff is_settlement amount_due effective_date"
        }
        "payment.reversed" => "payment_id original_payment_id amount amount_minor currency reason",
        "payment.pending" | "payment.failed" => "payment_id",
        "account.snapshot" => {
            "balance_total balance_overdue currency dpd status amount_due delinquent_since \
             placed_at opened_on maturity_date first_due_date credit_score propensity \
             owner_agent_id"
        }
        "sale.booked" => "sale_id amount amount_minor currency",
        "feed.heartbeat" => "",
        _ => return None,
    })
}

type Fault = (&'static str, String);
type Checked<T> = Result<T, Fault>;

fn fault<T>(reason: &'static str, field: &str) -> Checked<T> {
    Err((reason, field.to_owned()))
}

/// Decodes one record.
pub fn decode(payload: &[u8], config: &Config) -> Decoded {
    let mut type_name = String::new();
    match event(payload, config, &mut type_name) {
        Ok(Some(event)) => Decoded::Event(Box::new(event)),
        Ok(None) => Decoded::Skipped,
        Err((reason, detail)) => Decoded::Dead { reason, detail, topic: topic(&type_name) },
    }
}

/// The checks, in the order in which they name the reason.
fn event(payload: &[u8], config: &Config, type_name: &mut String) -> Checked<Option<Event>> {
    if payload.len() > 1024 * 1024 {
        return fault("too_large", &payload.len().to_string());
    }
    let json =
        if payload.first() == Some(&0) && payload.len() >= 5 { &payload[5..] } else { payload };
    let Some(whole) = std::str::from_utf8(json).ok().filter(|text| nesting(text) <= 127) else {
        return fault("bad_json", "not UTF-8, or nested too deeply");
    };
    let whole: &RawValue =
        serde_json::from_str(whole).map_err(|error| ("bad_json", error.to_string()))?;
    if !whole.get().starts_with('{') {
        return fault("not_an_object", "");
    }
    let outer = Fields::of(whole.get())?;
    let data = outer.get("specversion").and(outer.get("data")).filter(|data| data.starts_with('{'));
    let inner = data.map(Fields::of).transpose()?;
    let (bytes, fields) = match (data, &inner) {
        (Some(data), Some(inner)) => (data, inner),
        _ => (whole.get(), &outer),
    };
    let Some(name) =
        fields.text("type")?.map_or_else(|| outer.text("type"), |own| Ok(Some(own)))?
    else {
        return fault("missing_field", "type");
    };
    type_name.clone_from(&name);
    let Some(own) = used(&name) else { return Ok(None) };
    let mut seen = BTreeSet::new();
    for (field, _) in &fields.0 {
        let is_used =
            COMMON.split_whitespace().chain(own.split_whitespace()).any(|used| used == field);
        if is_used && !seen.insert(field) {
            return fault("bad_field", field);
        }
    }
    let revision = fields.integer("revision")?.unwrap_or(0);
    let at =
        fields.time("occurred_at")?.map_or_else(|| fault("missing_field", "occurred_at"), Ok)?;
    let account = fields.text("account_id")?;
    if account.is_none() && name != "feed.heartbeat" && !accountless(&name, fields) {
        return fault("missing_field", "account_id");
    }
    let mut stated = BTreeMap::new();
    for (dimension, field) in DIMENSIONS {
        if let Some(value) = fields.text(field)? {
            stated.insert(dimension, value);
        }
    }
    fields.text("customer_id")?;
    let dpd = fields.integer("dpd")?;
    let zone = fields.text("account_tz")?.and_then(|name| zone::find(&name));
    let kind = match name.as_str() {
        "call.completed" => Kind::Call(call(fields, at)?),
        "promise.made" => Kind::Promise(promise(fields, config)?),
        "promise.cancelled" => {
            fields.free_text("reason")?;
            Kind::Cancellation { promise_id: fields.id("promise_id")? }
        }
        "promise.verdict" => {
            let verdict = fields.id("verdict")?;
            if !["kept", "partially_kept", "broken"].contains(&verdict.as_str()) {
                return fault("bad_field", "verdict");
            }
            Kind::Override { promise_id: fields.id("promise_id")?, verdict }
        }
        "payment.posted" => Kind::Payment(payment(fields, config)?),
        "payment.reversed" => {
            fields.free_text("reason")?;
            Kind::Reversal(Reversal {
                id: fields.id("payment_id")?,
                original: fields.id("original_payment_id")?,
                amount: returned(fields, config)?,
            })
        }
        "payment.pending" => Kind::Pending { payment_id: fields.id("payment_id")? },
        "payment.failed" => Kind::Failed { payment_id: fields.id("payment_id")? },
        "account.snapshot" => Kind::Snapshot(snapshot(fields, dpd, config)?),
        "sale.booked" => {
            fields.id("sale_id")?;
            let currency = fields.currency(config)?;
            fields.money(&currency)?.map_or_else(|| fault("missing_field", "amount"), Ok)?;
            rate(&currency, config)?;
            return Ok(None); // no KPI knows it yet: skipped, once it is known to be valid
        }
        _ => Kind::Heartbeat,
    };
    let hash = XxHash64::oneshot(0, bytes.as_bytes());
    Ok(Some(Event { at, account, revision, hash, stated, dpd, zone, kind }))
}

/// Of the types known here, only an inbound call may come without an account (`docs/SEMANTICS.md` 8).
fn accountless(type_name: &str, fields: &Fields<'_>) -> bool {
    type_name == "call.completed"
        && fields.text("direction").is_ok_and(|d| d.as_deref() == Some("inbound"))
}

fn call(fields: &Fields<'_>, at: i64) -> Checked<Call> {
    const RESULTS: &str = "no_answer busy failed canceled rejected unknown abandoned machine \
                           human third_party wrong_party right_party delivered undelivered \
                           replied";
    let result = fields.id("result")?;
    if !RESULTS.split_whitespace().any(|known| known == result) {
        return fault("bad_field", "result");
    }
    fields.seconds("queue_s")?;
    fields.boolean("conversation")?;
    for field in ["party_type", "contact_point_id", "purpose"] {
        fields.text(field)?;
    }
    fields.texts("debt_ids")?;
    fields.boolean("connected_to_dialed_number")?;
    fields.time("consent_at")?;
    Ok(Call {
        id: fields.id("call_id")?,
        result,
        channel: fields.text("channel")?.unwrap_or_else(|| "voice".to_owned()),
        inbound: fields.text("direction")?.as_deref() == Some("inbound"),
        started_at: fields.time("started_at")?.unwrap_or(at),
        dial_s: fields.seconds("dial_s")?,
        talk_s: fields.seconds("talk_s")?,
        hold_s: fields.seconds("hold_s")?,
        wrap_s: fields.seconds("wrap_s")?,
        disposed: fields.text("disposition")?.is_some(),
        automated: fields.boolean("automated")?.unwrap_or(false),
    })
}

fn promise(fields: &Fields<'_>, config: &Config) -> Checked<Promise> {
    let id = fields.id("promise_id")?;
    let due = fields.date("due_date")?.map_or_else(|| fault("missing_field", "due_date"), Ok)?;
    let currency = fields.currency(config)?;
    let amount = fields.money(&currency)?.map_or_else(|| fault("missing_field", "amount"), Ok)?;
    let due_time = fields
        .text("due_time")?
        .map(|text| clock_time(&text).map_or_else(|| fault("bad_field", "due_time"), Ok));
    let mut instalments = Vec::new();
    for instalment in fields.list("instalments", "bad_amount")? {
        if !instalment.starts_with('{') {
            return fault("bad_amount", "instalments");
        }
        let part = Fields::of(instalment)?;
        let due = part.date("due_date")?.map_or_else(|| fault("bad_date", "instalments"), Ok)?;
        let amount =
            part.money(&currency)?.map_or_else(|| fault("bad_amount", "instalments"), Ok)?;
        instalments.push((due, amount));
    }
    let grace_days = fields.integer("grace_days")?;
    if grace_days.is_some_and(|days| !(0..=3650).contains(&days)) {
        return fault("bad_field", "grace_days");
    }
    let tolerance = |field, most| match fields.decimal(field, "bad_field") {
        Ok(Some(value)) if value < 0 || value >= most => fault("bad_field", field),
        other => other,
    };
    let tolerance_percent = tolerance("tolerance_percent", 100_000_000)?;
    let tolerance_amount = tolerance("tolerance_amount", i128::MAX)?;
    let (call_id, channel) = (fields.text("call_id")?, fields.text("channel")?);
    let previous = fields.text("previous_promise_id")?;
    let due_time = due_time.transpose()?;
    let rate = rate(&currency, config)?;
    Ok(Promise {
        id,
        due,
        amount: amount * rate,
        rate,
        due_time,
        call_id,
        channel,
        previous,
        instalments: instalments.into_iter().map(|(due, amount)| (due, amount * rate)).collect(),
        grace_days,
        tolerance_percent,
        tolerance_amount: tolerance_amount.map(|amount| amount * rate),
        currency,
    })
}

fn payment(fields: &Fields<'_>, config: &Config) -> Checked<Payment> {
    let id = fields.id("payment_id")?;
    let currency = fields.currency(config)?;
    let amount = fields.money(&currency)?.map_or_else(|| fault("missing_field", "amount"), Ok)?;
    if let Some(allocation) = fields.get("allocation") {
        if !allocation.starts_with('{') {
            return fault("bad_amount", "allocation");
        }
        let parts = Fields::of(allocation)?;
        for part in ["principal", "interest", "fees", "penalties", "costs"] {
            parts.decimal(part, "bad_amount")?;
        }
    }
    fields.boolean("is_payoff")?;
    fields.boolean("is_settlement")?;
    fields.decimal("amount_due", "bad_amount")?;
    let (channel, promise_id) = (fields.text("channel")?, fields.text("promise_id")?);
    let (due, effective) = (fields.date("due_date")?, fields.date("effective_date")?);
    let rate = rate(&currency, config)?;
    Ok(Payment { id, amount: amount * rate, currency, rate, channel, promise_id, due, effective })
}

/// The currency of a reversal gives only the minor digits of its `amount_minor`; without one, it
/// is not the reporting currency but the payment's that gives them (`docs/SEMANTICS.md` 4, 23).
fn returned(fields: &Fields<'_>, config: &Config) -> Checked<Option<Returned>> {
    let currency = fields.currency(config)?;
    if fields.get("currency").is_some() || fields.get("amount_minor").is_none() {
        return Ok(fields.money(&currency)?.map(Returned::Units));
    }
    let amount = fields.decimal("amount", "bad_amount")?;
    match (amount, fields.minor()?) {
        (Some(units), Some(minor)) if units > 0 && minor > 0 => Ok(Some(Returned::Units(units))),
        (None, Some(minor)) if minor > 0 => Ok(Some(Returned::Minor(minor))),
        _ => fault("bad_amount", "amount"),
    }
}

fn snapshot(fields: &Fields<'_>, dpd: Option<i64>, config: &Config) -> Checked<Snapshot> {
    let balance = |field| {
        fields.decimal(field, "bad_amount")?.map_or_else(|| fault("missing_field", field), Ok)
    };
    balance("balance_total")?;
    let balance_overdue = balance("balance_overdue")?;
    let currency = fields.currency(config)?;
    let Some(dpd) = dpd else { return fault("missing_field", "dpd") };
    let status = fields.text("status")?;
    fields.decimal("amount_due", "bad_amount")?;
    fields.time("placed_at")?;
    for field in ["opened_on", "maturity_date", "first_due_date"] {
        fields.date(field)?;
    }
    let delinquent_since = fields.date("delinquent_since")?;
    fields.number("credit_score")?;
    if fields.number("propensity")?.is_some_and(|number| !number.is_share()) {
        return fault("bad_field", "propensity");
    }
    fields.text("owner_agent_id")?;
    rate(&currency, config)?;
    let left = ["closed", "paid_off", "written_off", "dismissed"];
    let in_book = status.is_none_or(|status| !left.contains(&status.as_str()));
    Ok(Snapshot { overdue: in_book && balance_overdue > 0, dpd, delinquent_since })
}

/// The rate comes last: a record that is otherwise valid is set aside (`docs/SEMANTICS.md` 4, 28).
fn rate(currency: &str, config: &Config) -> Checked<i128> {
    config.rate(currency).map_or_else(|| fault("no_rate", currency), Ok)
}

/// The deepest nesting of objects and lists.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The members of an object in their order, their values as they were written.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Members).map(Self)
    }
}

impl<'a> Fields<'a> {
    fn of(object: &'a str) -> Checked<Self> {
        serde_json::from_str(object).map_err(|error| ("bad_json", error.to_string()))
    }

    /// A field as it is written; `null` and an empty text are absent.
    fn get(&self, name: &str) -> Option<&'a str> {
        let value = self.0.iter().find(|(field, _)| field == name)?.1.get();
        (value != "null" && value != "\"\"").then_some(value)
    }

    fn free_text(&self, name: &str) -> Checked<Option<String>> {
        let text = |value| serde_json::from_str(value).or_else(|_| fault("bad_field", name));
        self.get(name).map(text).transpose()
    }

    fn text(&self, name: &str) -> Checked<Option<String>> {
        match self.free_text(name)? {
            Some(text) if text.len() > 256 => fault("bad_field", name),
            text => Ok(text),
        }
    }

    fn id(&self, name: &str) -> Checked<String> {
        self.text(name)?.map_or_else(|| fault("missing_field", name), Ok)
    }

    fn list(&self, name: &str, reason: &'static str) -> Checked<Vec<&'a str>> {
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let items: Vec<&RawValue> = serde_json::from_str(value).or_else(|_| fault(reason, name))?;
        Ok(items.into_iter().map(RawValue::get).collect())
    }

    fn texts(&self, name: &str) -> Checked<()> {
        for item in self.list(name, "bad_field")? {
            let text: String = serde_json::from_str(item).or_else(|_| fault("bad_field", name))?;
            if text.len() > 256 {
                return fault("bad_field", name);
            }
        }
        Ok(())
    }

    fn boolean(&self, name: &str) -> Checked<Option<bool>> {
        match self.get(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => fault("bad_field", name),
        }
    }

    fn integer(&self, name: &str) -> Checked<Option<i64>> {
        self.get(name).map(|value| value.parse().or_else(|_| fault("bad_field", name))).transpose()
    }

    /// Seconds of a call: a JSON number from 0 to 10⁹, rounded half-even; none are 0.
    fn seconds(&self, name: &str) -> Checked<i128> {
        let Some(value) = self.get(name) else { return Ok(0) };
        let number = is_number(value).then(|| Decimal::of_number(value)).flatten();
        number.and_then(|n| n.rounded(1_000_000_000)).map_or_else(|| fault("bad_field", name), Ok)
    }

    /// A decimal as text or number, of any size: no amount.
    fn number(&self, name: &str) -> Checked<Option<Decimal>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        decimal(value).map_or_else(|| fault("bad_field", name), |decimal| Ok(Some(decimal)))
    }

    /// A decimal as text or number, in units of 10⁻⁶.
    fn decimal(&self, name: &str, reason: &'static str) -> Checked<Option<i128>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match decimal(value).and_then(|d| d.units(DIGITS_BEFORE, DIGITS_AFTER)) {
            Some(units) => Ok(Some(units)),
            None => fault(reason, name),
        }
    }

    /// `amount` or `amount_minor`, or both if they agree; more than 0, in units of 10⁻⁶ of the
    /// currency.
    fn money(&self, currency: &str) -> Checked<Option<i128>> {
        let amount = self.decimal("amount", "bad_amount")?;
        let minor = self.minor()?.map(|minor| minor_units(minor, currency));
        if minor.is_some_and(|units| units.abs() >= 10_i128.pow(18)) {
            return fault("bad_amount", "amount_minor");
        }
        if amount.is_some_and(|units| units <= 0) || minor.is_some_and(|units| units <= 0) {
            return fault("bad_amount", "amount");
        }
        if amount.is_some() && minor.is_some() && amount != minor {
            return fault("bad_field", "amount_minor"); // each is an amount by itself
        }
        Ok(amount.or(minor))
    }

    fn minor(&self) -> Checked<Option<i64>> {
        let minor = |value: &str| value.parse().or_else(|_| fault("bad_amount", "amount_minor"));
        self.get("amount_minor").map(minor).transpose()
    }

    fn currency(&self, config: &Config) -> Checked<String> {
        let Some(value) = self.get("currency") else { return Ok(config.currency.clone()) };
        let code: String =
            serde_json::from_str(value).or_else(|_| fault("bad_currency", "currency"))?;
        if code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()) {
            Ok(code)
        } else {
            fault("bad_currency", "currency")
        }
    }

    fn date(&self, name: &str) -> Checked<Option<Date>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let text = serde_json::from_str::<String>(value).ok();
        let date = text
            .and_then(|text| calendar_date(&text))
            .filter(|d| (1900..=2999).contains(&d.year()));
        date.map_or_else(|| fault("bad_date", name), |date| Ok(Some(date)))
    }

    fn time(&self, name: &str) -> Checked<Option<i64>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let ms = if value.starts_with('"') {
            serde_json::from_str::<String>(value).ok().and_then(|text| moment(&text))
        } else {
            value.parse().ok()
        };
        match ms.filter(|ms| (0..YEAR_3000).contains(ms)) {
            Some(ms) => Ok(Some(ms)),
            None => fault("bad_time", name),
        }
    }
}

/// Minor units of a currency in units of 10⁻⁶.
pub fn minor_units(minor: i64, currency: &str) -> i128 {
    i128::from(minor) * 10_i128.pow(6 - number::minor_digits(currency))
}

/// A decimal as text or as a number.
fn decimal(value: &str) -> Option<Decimal> {
    if is_number(value) {
        return Decimal::of_number(value);
    }
    Decimal::of_text(&serde_json::from_str::<String>(value).ok()?)
}

fn is_number(value: &str) -> bool {
    value.starts_with(|c: char| c == '-' || c.is_ascii_digit())
}

/// Digits only, and exactly so many.
fn digits<T: std::str::FromStr>(text: Option<&str>, count: usize) -> Option<T> {
    let text = text.filter(|t| t.len() == count && t.bytes().all(|b| b.is_ascii_digit()))?;
    text.parse().ok()
}

/// `YYYY-MM-DD`
fn calendar_date(text: &str) -> Option<Date> {
    let shaped = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    let (year, month, day) =
        (digits(text.get(0..4), 4)?, digits(text.get(5..7), 2)?, digits(text.get(8..10), 2)?);
    Date::new(year, month, day).ok().filter(|_| shaped)
}

/// `HH:MM`
fn clock_time(text: &str) -> Option<Time> {
    let shaped = text.len() == 5 && text.get(2..3) == Some(":");
    Time::new(digits(text.get(0..2), 2)?, digits(text.get(3..5), 2)?, 0, 0).ok().filter(|_| shaped)
}

/// `YYYY-MM-DD[Tt ]hh:mm:ss[.f…](Z|z|±hh:mm)` in milliseconds; finer digits are dropped.
fn moment(text: &str) -> Option<i64> {
    let date = calendar_date(text.get(..10)?)?;
    let rest = text.get(10..)?.strip_prefix(['T', 't', ' '])?;
    let clock = clock_time(rest.get(..5)?)?;
    let second: i64 = digits(rest.get(5..)?.strip_prefix(':')?.get(..2), 2).filter(|s| *s < 60)?;
    let mut rest = rest.get(8..)?;
    let mut ms = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let end = fraction.find(|c: char| !c.is_ascii_digit())?;
        if end == 0 {
            return None;
        }
        ms = format!("{:0<3.3}", &fraction[..end]).parse::<i64>().ok()?;
        rest = &fraction[end..];
    }
    let offset_min = if rest == "Z" || rest == "z" {
        0
    } else {
        let sign = if rest.starts_with('+') {
            1
        } else if rest.starts_with('-') {
            -1
        } else {
            return None;
        };
        let offset = clock_time(&rest[1..])?;
        sign * (i64::from(offset.hour()) * 60 + i64::from(offset.minute()))
    };
    let days = zone::days(Date::constant(1970, 1, 1), date);
    let minutes =
        (days * 24 + i64::from(clock.hour())) * 60 + i64::from(clock.minute()) - offset_min;
    Some((minutes * 60 + second) * 1000 + ms)
}
