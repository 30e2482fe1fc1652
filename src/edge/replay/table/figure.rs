//! Figures: a record's numbers as people write them.

use super::super::record::{Fields, Value};
use crate::engine::catalogue::{Kpi, Unit};

/// What stands where there is nothing to divide by.
pub const NOTHING: &str = "–";

/// What stands behind a value of few.
pub const FEW: char = '*';

/// A value, and what it is made of.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Figure {
    /// The value, one place for its mark behind it.
    pub value: String,
    /// Above and below the line, of a ratio.
    pub parts: String,
    /// Nothing was counted.
    pub is_nothing: bool,
}

impl Figure {
    /// Of a KPI: its value, then by its name each that stands beside it or in it.
    pub fn of(kpi: &Kpi, fields: &Fields) -> Vec<(String, Self)> {
        let mut figures = Vec::new();
        if fields.get("value").is_some() {
            figures.push((String::new(), Self::main(kpi.unit, fields)));
        }
        for (name, value) in fields.iter() {
            match name {
                "value" | "num" | "den" | "low_sample" => {}
                "by" => figures.extend(Self::entries(fields.object("by"))),
                // Worth a line of its own only where it says something else.
                "restated" if value == fields.get("value").unwrap_or(value) => {}
                _ => figures.push((beside(name).to_owned(), Self::companion(kpi.unit, value))),
            }
        }
        figures
    }

    /// Of the shares in a mix, each by its key.
    fn entries(by: &Fields) -> Vec<(String, Self)> {
        let mut figures = Vec::new();
        for (key, _) in by.iter() {
            let share = by.object(key);
            figures.push((key.to_owned(), Self::main(Unit::Ratio, share)));
            if share.get("count").is_some() {
                let figure = Self::main(Unit::Ratio, share.object("count"));
                figures.push((format!("{key}, by count"), figure));
            }
        }
        figures
    }

    fn main(unit: Unit, fields: &Fields) -> Self {
        let value = fields.text("value");
        let (num, den) = (fields.text("num"), fields.text("den"));
        let mark = if fields.is_set("low_sample") { FEW } else { ' ' };
        let parts = match unit {
            Unit::Ratio if !den.is_empty() => format!("{}/{}", whole(num), whole(den)),
            Unit::Ratio
            | Unit::Count
            | Unit::Seconds
            | Unit::Days
            | Unit::Money
            | Unit::PerHour
            | Unit::Per(_) => String::new(),
        };
        let is_nothing = is_zero(value) && is_zero(den);
        match value {
            "" => Self { value: format!("{NOTHING} "), parts: String::new(), is_nothing },
            _ => Self { value: format!("{}{mark}", in_unit(unit, value)), parts, is_nothing },
        }
    }

    fn companion(unit: Unit, value: &Value) -> Self {
        let text = match (unit, value) {
            (_, Value::Fields(fields)) => return Self::main(Unit::Ratio, fields),
            (_, Value::Null | Value::Flag(_)) => NOTHING.to_owned(),
            (_, Value::Text(amount)) => grouped(amount),
            (Unit::Seconds, Value::Number(seconds)) => duration(seconds),
            (_, Value::Number(number)) => grouped(number),
        };
        Self { value: format!("{text} "), parts: String::new(), is_nothing: is_zero(value.text()) }
    }
}

/// What a companion is called, where its name says too little.
fn beside(name: &str) -> &str {
    match name {
        "p50" => "median",
        "p95" => "95th percentile",
        "max" => "most",
        "restated" => "restated to the payment's day",
        _ => name,
    }
}

fn in_unit(unit: Unit, value: &str) -> String {
    let decimal = |digits: usize| grouped(&format!("{:.digits$}", number(value)));
    match unit {
        Unit::Count | Unit::Money => grouped(value),
        Unit::Ratio => grouped(&format!("{:.1}%", number(value) * 100.0)),
        Unit::Seconds => duration(value),
        Unit::Days => decimal(1) + " d",
        Unit::PerHour => decimal(1) + "/h",
        Unit::Per(_) => decimal(2),
    }
}

/// For people only: what is rounded to be printed was exact, or rounded once, in the record.
fn number(text: &str) -> f64 {
    text.parse().unwrap_or_default()
}

fn is_zero(text: &str) -> bool {
    !text.bytes().any(|byte| byte.is_ascii_digit() && byte != b'0')
}

/// Without what stands behind the point, half-even.
fn whole(text: &str) -> String {
    if text.contains('.') { grouped(&format!("{:.0}", number(text))) } else { grouped(text) }
}

/// `12345.60` → `12,345.60`
pub fn grouped(text: &str) -> String {
    let digits = text.bytes().skip_while(|byte| !byte.is_ascii_digit());
    let digits = digits.take_while(u8::is_ascii_digit).count();
    let start = text.len() - text.trim_start_matches('-').len();
    let mut out = text[..start].to_owned();
    for (place, letter) in text[start..].chars().enumerate() {
        if 0 < place && place < digits && (digits - place) % 3 == 0 {
            out.push(',');
        }
        out.push(letter);
    }
    out
}

/// Seconds as `m:ss`, from an hour as `h:mm:ss`.
pub fn duration(seconds: &str) -> String {
    let text = format!("{:.0}", number(seconds));
    let seconds: u64 = text.parse().unwrap_or_default();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 {
        format!("{minutes}:{seconds:02}")
    } else {
        format!("{}:{minutes:02}:{seconds:02}", grouped(&hours.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        let cases = ["0", "999", "1000", "-1234567.89", "12345.60", "100.0%", "1234.5%"];
        let grouped = cases.map(grouped);
        assert_eq!(
            grouped,
            ["0", "999", "1,000", "-1,234,567.89", "12,345.60", "100.0%", "1,234.5%"]
        );
    }

    #[test]
    fn seconds_are_minutes_or_hours() {
        let cases = ["0", "59.6", "206.977444", "3600", "36000005"].map(duration);
        assert_eq!(cases, ["0:00", "1:00", "3:27", "1:00:00", "10,000:00:05"]);
    }

    #[test]
    fn a_ratio_shows_what_it_is_made_of() {
        let main = |json| {
            let figure = Figure::main(Unit::Ratio, &Fields::of(json));
            format!("{}|{}|{}", figure.value, figure.parts, figure.is_nothing)
        };
        assert_eq!(main(r#"{"value":0.290323,"num":9,"den":31}"#), "29.0% |9/31|false");
        assert_eq!(main(r#"{"value":0,"num":0,"den":3,"low_sample":true}"#), "0.0%*|0/3|false");
        assert_eq!(main(r#"{"value":null,"num":0,"den":0,"low_sample":true}"#), "– ||true");
        assert_eq!(
            main(r#"{"value":0.5,"num":"1234.50","den":"2469.00"}"#),
            "50.0% |1,234/2,469|false"
        );
    }
}
