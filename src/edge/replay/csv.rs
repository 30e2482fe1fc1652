//! CSV: for spreadsheets and data frames, one line a number; quoted as in RFC 4180, lines end as they
//! do on Unix.
//!
//! Rows are long, not wide: a KPI that the catalogue gains adds lines, never a column. A KPI's own
//! value has the field `value`; what stands beside it (`inbound`, `gross`, `p95`) and the entries of
//! a mix (`by.voice`, `by.wallet.count`) are lines of their own. What divides has `num` and `den`.

use std::io::{self, Write};

use super::letter::Letter;
use super::record::{Fields, Value};
use crate::engine::Output;
use crate::engine::rows::percent_encode;

/// The header of KPI rows. `side` is empty for a row, and of a comparison `full` (the whole previous
/// period), `same_point` (as much of it) or `current` (what that is held against).
const ROW: [&str; 13] = [
    "scope",
    "window",
    "side",
    "from",
    "to",
    "as_of",
    "currency",
    "kpi",
    "field",
    "value",
    "num",
    "den",
    "low_sample",
];

/// The header of verdicts: the fields of the record, but for `version`.
const VERDICT: [&str; 20] = [
    "promise_id",
    "account_id",
    "verdict",
    "revision",
    "level",
    "amount",
    "attributed",
    "late_paid",
    "currency",
    "agent_id",
    "team_id",
    "bucket",
    "made_at",
    "due_date",
    "deadline",
    "verdict_at",
    "decided_at",
    "superseded_by",
    "provisional",
    "override",
];

/// The header of dead letters.
const LETTER: [&str; 5] = ["topic", "file", "line", "reason", "detail"];

/// Writes the header of KPI rows, comparisons and closed rows.
pub fn write_row_header(out: &mut impl Write) -> io::Result<()> {
    write(out, &ROW)
}

/// Writes a KPI row, a comparison record or a closed row.
pub fn write_row(out: &mut impl Write, row: &Output) -> io::Result<()> {
    let record = Fields::of(&row.value);
    let scope = &scope(record.object("scope"));
    let mut sides = vec![("", &record)];
    if let Some(Value::Fields(previous)) = record.get("previous") {
        sides = ["full", "same_point", "current"]
            .map(|side| (side, previous.object(side)))
            .into_iter()
            .filter(|(_, fields)| !fields.is_empty())
            .collect();
    }
    for (side, fields) in sides {
        let span = [fields.text("from"), fields.text("to")];
        let about = [record.text("as_of"), record.text("currency")];
        let start = [scope, record.text("window"), side, span[0], span[1], about[0], about[1]];
        for (kpi, fields) in fields.object("kpis").iter() {
            if let Value::Fields(fields) = fields {
                write_fields(out, &start, kpi, "", fields)?;
            }
        }
    }
    Ok(())
}

/// The record's key without its window, legible: only what would make it ambiguous is encoded.
fn scope(dimensions: &Fields) -> String {
    let mut text = String::new();
    for (name, value) in dimensions.iter() {
        if !text.is_empty() {
            text.push(',');
        }
        text.extend([name, "="]);
        for letter in value.text().chars() {
            if letter.is_ascii_control() || "%,=|".contains(letter) {
                percent_encode(&mut text, letter.encode_utf8(&mut [0; 4]));
            } else {
                text.push(letter);
            }
        }
    }
    if text.is_empty() { "portfolio".to_owned() } else { text }
}

/// Writes what divides or is a value of its own, then what stands beside it and in it.
fn write_fields(
    out: &mut impl Write,
    start: &[&str; 7],
    kpi: &str,
    path: &str,
    fields: &Fields,
) -> io::Result<()> {
    let line = |out: &mut _, field: &str, [value, num, den, low]: [&str; 4]| {
        let [scope, window, side, from, to, as_of, currency] = *start;
        write(
            out,
            &[scope, window, side, from, to, as_of, currency, kpi, field, value, num, den, low],
        )
    };
    if fields.get("value").is_some() {
        let numbers = ["value", "num", "den", "low_sample"].map(|name| fields.text(name));
        line(out, if path.is_empty() { "value" } else { path }, numbers)?;
    }
    for (name, value) in fields.iter() {
        let field = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match (name, value) {
            ("value" | "num" | "den" | "low_sample", _) => {}
            (_, Value::Fields(inner)) => write_fields(out, start, kpi, &field, inner)?,
            (_, value) => line(out, &field, [value.text(), "", "", ""])?,
        }
    }
    Ok(())
}

/// Writes the header of verdicts.
pub fn write_verdict_header(out: &mut impl Write) -> io::Result<()> {
    write(out, &VERDICT)
}

/// Writes a verdict.
pub fn write_verdict(out: &mut impl Write, verdict: &str) -> io::Result<()> {
    let record = Fields::of(verdict);
    write(out, &VERDICT.map(|field| record.text(field)))
}

/// Writes the header of dead letters.
pub fn write_letter_header(out: &mut impl Write) -> io::Result<()> {
    write(out, &LETTER)
}

/// Writes a dead letter.
pub fn write_letter(out: &mut impl Write, letter: &Letter<'_>) -> io::Result<()> {
    let line = letter.line.to_string();
    let topic = letter.topic.unwrap_or_default();
    write(out, &[topic, &letter.file, &line, letter.reason, letter.detail])
}

/// A line: what holds a comma, a quote or a line break stands in quotes, its quotes doubled.
fn write(out: &mut impl Write, fields: &[&str]) -> io::Result<()> {
    for (place, field) in fields.iter().enumerate() {
        if 0 < place {
            out.write_all(b",")?;
        }
        if field.contains([',', '"', '\r', '\n']) {
            write!(out, "\"{}\"", field.replace('"', "\"\""))?;
        } else {
            out.write_all(field.as_bytes())?;
        }
    }
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::OutputTopic;

    #[test]
    fn what_would_break_a_line_is_quoted() {
        let mut out = Vec::new();
        write(&mut out, &["plain", "a,b", "say \"no\"", "two\nlines", "", "催收"]).unwrap();
        let line = String::from_utf8(out).unwrap();
        assert_eq!(line, "plain,\"a,b\",\"say \"\"no\"\"\",\"two\nlines\",,催收\n");
    }

    #[test]
    fn every_number_of_a_row_has_its_line() {
        let value = r#"{"scope":{"team":"t1","bucket":"M2"},"window":"1h","from":"f","to":"t","as_of":"t","version":1,"currency":"CNY","kpis":{"calls":{"value":31,"inbound":4},"rpc_rate":{"value":null,"num":0,"den":0,"low_sample":true},"payment_channel_mix":{"by":{"card":{"value":0.5,"num":"1.00","den":"2.00","count":{"value":0.25,"num":1,"den":4}}}}}}"#;
        let key = "team=t1,bucket=M2|1h".to_owned();
        let mut out = Vec::new();
        let row = Output { topic: OutputTopic::Kpis, key, value: value.to_owned() };
        write_row(&mut out, &row).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
        "team=t1,bucket=M2",1h,,f,t,t,CNY,calls,value,31,,,
        "team=t1,bucket=M2",1h,,f,t,t,CNY,calls,inbound,4,,,
        "team=t1,bucket=M2",1h,,f,t,t,CNY,rpc_rate,value,,0,0,true
        "team=t1,bucket=M2",1h,,f,t,t,CNY,payment_channel_mix,by.card,0.5,1.00,2.00,
        "team=t1,bucket=M2",1h,,f,t,t,CNY,payment_channel_mix,by.card.count,0.25,1,4,
        "#);
    }
}
