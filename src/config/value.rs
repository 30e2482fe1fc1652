//! Values: what a key can be. Each function says what it expected where a value is not that.

use std::ops::RangeInclusive;
use std::time::Duration;

use rust_decimal::Decimal;

use super::layer::Raw;
use super::nearest::nearest;
use super::reader::Parsed;
use crate::engine::money::Currency;
use crate::engine::rows::Window;
use crate::engine::stamp::{Dimension, GroupingSet, NoGroupingSet};
use crate::engine::time::Timestamp;

/// The days of the week, the first is 0.
pub const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A whole number within `range`.
pub fn whole(range: RangeInclusive<i64>) -> impl Fn(&Raw) -> Parsed<i64> {
    move |raw| {
        let number = match raw {
            Raw::Number(text) | Raw::Bare(text) => text.trim().parse().ok(),
            Raw::Text(_) | Raw::Time(_) | Raw::Flag(_) | Raw::List(_) | Raw::Table => None,
        };
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| format!("a whole number from {} to {}", range.start(), range.end()))
    }
}

/// true or false
pub fn flag(raw: &Raw) -> Parsed<bool> {
    match raw {
        Raw::Flag(flag) => Ok(*flag),
        Raw::Bare(text) if text == "true" => Ok(true),
        Raw::Bare(text) if text == "false" => Ok(false),
        Raw::Bare(_) | Raw::Text(_) | Raw::Number(_) | Raw::Time(_) | Raw::List(_) | Raw::Table => {
            Err("true or false".to_owned())
        }
    }
}

/// A text that is not empty.
pub fn text(what: &'static str) -> impl Fn(&Raw) -> Parsed<String> {
    move |raw| match raw {
        Raw::Text(text) | Raw::Bare(text) if !text.is_empty() => Ok(text.clone()),
        Raw::Text(_)
        | Raw::Bare(_)
        | Raw::Number(_)
        | Raw::Time(_)
        | Raw::Flag(_)
        | Raw::List(_)
        | Raw::Table => Err(what.to_owned()),
    }
}

/// The place of a word among `names`.
pub fn one_of(names: &[&str]) -> impl Fn(&Raw) -> Parsed<usize> {
    move |raw| {
        let found = text("a word")(raw).ok();
        found
            .as_deref()
            .and_then(|word| names.iter().position(|name| *name == word))
            .ok_or_else(|| suggest(format!("one of {}", names.join(", ")), found, names))
    }
}

/// A zone of the time-zone database, spelt as there.
pub fn zone(raw: &Raw) -> Parsed<String> {
    let name = text("an IANA zone name such as \"Asia/Shanghai\"")(raw)?;
    if is_zone(&name) {
        return Ok(name);
    }
    let names: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
    Err(suggest("an IANA zone name such as \"Asia/Shanghai\"".to_owned(), Some(name), &names))
}

/// Three capital letters.
pub fn currency(raw: &Raw) -> Parsed<Currency> {
    const EXPECTED: &str = "a currency of three capital letters such as \"CNY\"";
    let code = text(EXPECTED)(raw)?;
    Currency::parse(&code).ok_or_else(|| EXPECTED.to_owned())
}

/// A decimal with at most `before` digits before and 6 after the point, in units of 10⁻⁶.
pub fn decimal(
    before: usize,
    what: &'static str,
    fits: impl Fn(i128) -> bool,
) -> impl Fn(&Raw) -> Parsed<i128> {
    move |raw| micros(raw, before).filter(|&micros| fits(micros)).ok_or_else(|| what.to_owned())
}

/// How long something takes: `500ms`, `30s`, `15m`, `1h`, `1d`.
pub fn duration(raw: &Raw) -> Parsed<Duration> {
    const EXPECTED: &str = "a duration above zero such as \"30s\", \"15m\", \"1h\" or \"1d\"";
    let written = text("a duration")(raw).map_err(|_| EXPECTED.to_owned())?;
    parse_duration(&written).ok_or_else(|| EXPECTED.to_owned())
}

/// An instant with its offset.
pub fn time(raw: &Raw) -> Parsed<Timestamp> {
    let written = match raw {
        Raw::Text(text) | Raw::Time(text) | Raw::Bare(text) => Some(text),
        Raw::Number(_) | Raw::Flag(_) | Raw::List(_) | Raw::Table => None,
    };
    written
        .and_then(|text| parse_time(text))
        .ok_or_else(|| "a time with its offset such as \"2026-11-20T08:00:00+08:00\"".to_owned())
}

/// A list of what `item` accepts.
pub fn list<T>(item: impl Fn(&Raw) -> Parsed<T>) -> impl Fn(&Raw) -> Parsed<Vec<T>> {
    move |raw| {
        let items = raw.items().ok_or_else(|| "a list in brackets".to_owned())?;
        items
            .iter()
            .map(|raw| item(raw).map_err(|expected| format!("in place of {raw} {expected}")))
            .collect()
    }
}

/// A list of what `item` accepts, each greater than the one before.
pub fn ascending<T: PartialOrd>(
    item: impl Fn(&Raw) -> Parsed<T>,
) -> impl Fn(&Raw) -> Parsed<Vec<T>> {
    let list = list(item);
    move |raw| {
        let items = list(raw)?;
        if items.is_sorted_by(|a, b| a < b) {
            Ok(items)
        } else {
            Err("a list in ascending order".to_owned())
        }
    }
}

/// Addresses `host:port`: a list, or one text with commas.
pub fn brokers(raw: &Raw) -> Parsed<Vec<String>> {
    const EXPECTED: &str = "one or more addresses such as \"localhost:9092\"";
    let written: Vec<String> = match raw {
        Raw::Text(text) => vec![text.clone()],
        Raw::Bare(_) | Raw::List(_) | Raw::Number(_) | Raw::Time(_) | Raw::Flag(_) | Raw::Table => {
            list(text("an address"))(raw).map_err(|_| EXPECTED.to_owned())?
        }
    };
    let brokers: Vec<String> = written
        .iter()
        .flat_map(|text| text.split(','))
        .map(|text| text.trim().to_owned())
        .collect();
    if !brokers.is_empty() && brokers.iter().all(|broker| is_address(broker)) {
        Ok(brokers)
    } else {
        Err(EXPECTED.to_owned())
    }
}

/// One address `host:port`.
pub fn address(raw: &Raw) -> Parsed<String> {
    let address = text("an address such as \"127.0.0.1:8460\"")(raw)?;
    if is_address(&address) {
        Ok(address)
    } else {
        Err("an address such as \"127.0.0.1:8460\"".to_owned())
    }
}

/// From and to of a day, `HH:MM-HH:MM`.
pub fn hours(raw: &Raw) -> Parsed<String> {
    const EXPECTED: &str = "hours such as \"08:00-20:00\"";
    let hours = text("hours")(raw).map_err(|_| EXPECTED.to_owned())?;
    let is_time = |text: &str| {
        text.len() == 5
            && text.split_once(':').is_some_and(|(hour, minute)| {
                hour.parse::<u8>().is_ok_and(|hour| hour <= 24)
                    && minute.parse::<u8>().is_ok_and(|minute| minute < 60)
            })
    };
    match hours.split_once('-') {
        Some((from, to)) if is_time(from) && is_time(to) && from < to => Ok(hours),
        _ => Err(EXPECTED.to_owned()),
    }
}

/// A window of the KPI rows.
pub fn window(raw: &Raw) -> Parsed<Window> {
    one_of(&Window::ALL.map(Window::name))(raw).map(|place| Window::ALL[place])
}

/// A grouping set: `portfolio`, or dimensions joined by commas.
pub fn grouping_set(raw: &Raw) -> Parsed<GroupingSet> {
    parse_grouping_set(&text("dimensions joined by commas")(raw)?)
}

/// A list of grouping sets, each once.
pub fn grouping_sets(raw: &Raw) -> Parsed<Vec<GroupingSet>> {
    let sets = list(grouping_set)(raw)?;
    match (1..sets.len()).find(|&place| sets[..place].contains(&sets[place])) {
        Some(place) => Err(format!("every grouping set once, not {} twice", sets[place])),
        None => Ok(sets),
    }
}

/// `portfolio`, or dimensions joined by commas, as in `--scope`.
pub fn parse_grouping_set(written: &str) -> Parsed<GroupingSet> {
    GroupingSet::parse(written).map_err(|wrong| match wrong {
        NoGroupingSet::Unknown(name) => {
            let names = Dimension::ALL.map(Dimension::name);
            let expected = format!("{}, or of {}", GroupingSet::WHOLE, names.join(", "));
            suggest(expected, Some(name), &names)
        }
        NoGroupingSet::Twice(dimension) => {
            format!("every dimension once, not {} twice", dimension.name())
        }
    })
}

/// `500ms`, `30s`, `15m`, `1h`, `1d`; never zero.
pub fn parse_duration(written: &str) -> Option<Duration> {
    let digits = written.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = written.split_at(digits);
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let millis = number.parse::<u32>().ok().filter(|&number| 0 < number)?;
    Some(Duration::from_millis(u64::from(millis) * unit_ms))
}

/// RFC 3339 with an offset or `Z`, or milliseconds since 1970; finer digits are dropped. Like events,
/// from 1970 to 2999.
pub fn parse_time(written: &str) -> Option<Timestamp> {
    const YEAR_3000: i64 = 32_503_680_000_000;
    let millis = written
        .parse()
        .ok()
        .or_else(|| written.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond))?;
    (0..YEAR_3000).contains(&millis).then_some(Timestamp(millis))
}

fn is_zone(name: &str) -> bool {
    jiff::tz::db().get(name).is_ok_and(|zone| zone.iana_name() == Some(name))
}

fn is_address(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty()
            && !host.contains(|letter: char| letter.is_whitespace() || letter == '/')
            && port.parse::<u16>().is_ok()
    })
}

/// Units of 10⁻⁶, exactly; `None` where it is no plain decimal, or one of too many digits.
fn micros(raw: &Raw, before: usize) -> Option<i128> {
    let written = match raw {
        Raw::Text(text) | Raw::Number(text) | Raw::Bare(text) => text,
        Raw::Time(_) | Raw::Flag(_) | Raw::List(_) | Raw::Table => return None,
    };
    let unsigned = written.strip_prefix('-').unwrap_or(written);
    let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || before < whole.len() || 6 < part.len() {
        return None;
    }
    let mut decimal = Decimal::from_str_exact(written).ok()?;
    decimal.rescale(6);
    Some(decimal.mantissa())
}

fn suggest(expected: String, written: Option<String>, names: &[impl AsRef<str>]) -> String {
    match written.and_then(|written| nearest(&written, names)) {
        Some(near) => format!("{expected}; did you mean {near}?"),
        None => expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> Raw {
        Raw::Text(text.to_owned())
    }

    #[test]
    fn decimals_are_exact_and_of_bounded_length() {
        let rate = decimal(6, "a rate", |micros| 0 < micros);
        assert_eq!(rate(&quoted("7.1234")), Ok(7_123_400));
        assert_eq!(rate(&Raw::Number("7.1234".to_owned())), Ok(7_123_400));
        assert_eq!(rate(&quoted("999999.999999")), Ok(999_999_999_999));
        for wrong in ["", "7.", ".5", "1e3", "+1", "0", "-1", "1_0", "1234567", "0.1234567"] {
            assert_eq!(rate(&quoted(wrong)), Err("a rate".to_owned()), "{wrong}");
        }
    }

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        assert_eq!(parse_duration("15m"), Some(Duration::from_mins(15)));
        assert_eq!(parse_duration("1d"), Some(Duration::from_hours(24)));
        for wrong in ["", "15", "m", "0s", "1.5h", "-1s", "1w", "99999999999d"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_time_has_an_offset_or_is_milliseconds() {
        let expected = Some(Timestamp(1_795_454_072_000));
        assert_eq!(parse_time("2026-11-24T01:14:32+08:00"), parse_time("2026-11-23T17:14:32Z"));
        assert_eq!(parse_time("1795454072000"), expected);
        assert_eq!(parse_time("2026-11-20"), None);
        assert_eq!(parse_time("2026-11-20T09:14:32"), None);
    }

    #[test]
    fn a_zone_is_spelt_as_in_the_database() {
        assert_eq!(zone(&quoted("Europe/Berlin")).as_deref(), Ok("Europe/Berlin"));
        insta::assert_snapshot!(zone(&quoted("europe/berlin")).unwrap_err(), @r#"an IANA zone name such as "Asia/Shanghai"; did you mean Europe/Berlin?"#);
        insta::assert_snapshot!(zone(&quoted("Asia/Shangai")).unwrap_err(), @r#"an IANA zone name such as "Asia/Shanghai"; did you mean Asia/Shanghai?"#);
    }

    #[test]
    fn a_grouping_set_is_dimensions() {
        let set = GroupingSet(vec![Dimension::Team, Dimension::Bucket]);
        assert_eq!(parse_grouping_set("portfolio"), Ok(GroupingSet(vec![])));
        assert_eq!(parse_grouping_set("team,bucket"), Ok(set));
        insta::assert_snapshot!(parse_grouping_set("team,buckets").unwrap_err(), @"portfolio, or of agent, team, agency, campaign, strategy, product, tier, risk_class, bucket, channel, payment_channel; did you mean bucket?");
        insta::assert_snapshot!(parse_grouping_set("team,team").unwrap_err(), @"every dimension once, not team twice");
    }
}
