//! From the JSON text of one value to what it means; `None` where it does not mean that.
//!
//! The texts are valid JSON already: [`Object::scan`](super::object::Object::scan) saw them. Amounts
//! are read from their digits, never through a float.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::decimal::{Decimal, SECONDS_MAX};
use crate::engine::event::Text;
use crate::engine::money::Currency;
use crate::engine::time::{DAY, Date, HOUR, MINUTE, SECOND, Timestamp};

/// Bytes that a text may have.
const TEXT_BYTES_MAX: usize = 256;

/// 2999-12-31T23:59:59.999Z
const LAST_MILLISECOND: i64 = 32_503_679_999_999;

/// A text of at most 256 bytes.
pub(super) fn text(json: &str) -> Option<Text<'_>> {
    any_text(json).filter(|text| text.len() <= TEXT_BYTES_MAX)
}

/// A text; half a surrogate pair is none.
pub(super) fn any_text(json: &str) -> Option<Text<'_>> {
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    if !inside.as_bytes().contains(&b'\\') {
        return Some(Cow::Borrowed(inside));
    }
    serde_json::from_str::<String>(json).ok().map(Cow::Owned)
}

/// A list of texts, in which `null` and an empty text are nothing.
pub(super) fn texts(json: &str) -> Option<()> {
    let list: Vec<&RawValue> = list(json)?;
    list.iter().all(|value| value.get() == "null" || text(value.get()).is_some()).then_some(())
}

/// A list of anything.
pub(super) fn list(json: &str) -> Option<Vec<&RawValue>> {
    json.starts_with('[').then(|| serde_json::from_str(json).ok())?
}

/// `true` or `false`.
pub(super) fn truth(json: &str) -> Option<bool> {
    match json {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// A JSON number without point and exponent, within 64 bits.
pub(super) fn integer(json: &str) -> Option<i64> {
    json.parse().ok()
}

/// Three capital letters.
pub(super) fn currency(json: &str) -> Option<Currency> {
    Currency::parse(&any_text(json)?)
}

/// An instant from 1970 to 2999: `2026-11-20T09:14:31.250+08:00`, or milliseconds since 1970.
pub(super) fn time(json: &str) -> Option<Timestamp> {
    let millis = match any_text(json) {
        Some(text) => rfc3339(text.as_bytes())?,
        None => integer(json)?,
    };
    (0..=LAST_MILLISECOND).contains(&millis).then_some(Timestamp(millis))
}

/// Milliseconds since 1970 of `YYYY-MM-DD[Tt ]hh:mm:ss[.f…](Z|z|±hh:mm)`, finer digits dropped.
fn rfc3339(text: &[u8]) -> Option<i64> {
    let (day, rest) = text.split_first_chunk::<10>()?;
    let (&[b'T' | b't' | b' ', h1, h2, b':', m1, m2, b':', s1, s2], mut rest) =
        rest.split_first_chunk::<9>()?
    else {
        return None;
    };
    let (hour, minute, second) = (below(24, h1, h2)?, below(60, m1, m2)?, below(60, s1, s2)?);
    let mut millis = 0;
    if let Some(fraction) = rest.strip_prefix(b".") {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        let (fraction, zone) = fraction.split_at(digits);
        for place in 0..3 {
            millis = 10 * millis + fraction.get(place).map_or(0, |digit| i64::from(digit - b'0'));
        }
        rest = zone;
    }
    let offset = match *rest {
        [b'Z' | b'z'] => 0,
        [b'+', h1, h2, b':', m1, m2] => below(24, h1, h2)? * HOUR + below(60, m1, m2)? * MINUTE,
        [b'-', h1, h2, b':', m1, m2] => -(below(24, h1, h2)? * HOUR + below(60, m1, m2)? * MINUTE),
        _ => return None,
    };
    let days = i64::from(day_of(day)?.0);
    Some(days * DAY + hour * HOUR + minute * MINUTE + second * SECOND + millis - offset)
}

/// A day from 1900 to 2999: `2026-11-20`.
pub(super) fn date(json: &str) -> Option<Date> {
    let text = any_text(json)?;
    let day = text.as_bytes().as_array::<10>()?;
    (b"1900" <= day.first_chunk()? && day.first_chunk()? <= b"2999").then(|| day_of(day))?
}

/// A day of any year of four digits.
fn day_of(text: &[u8; 10]) -> Option<Date> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else { return None };
    let year = 100 * below(100, y1, y2)? + below(100, y3, y4)?;
    let (month, day) = (below(13, m1, m2)?, below(32, d1, d2)?);
    Date::from_ymd(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
}

/// Minutes after midnight of `HH:MM`.
pub(super) fn minutes(json: &str) -> Option<u16> {
    let text = any_text(json)?;
    let &[h1, h2, b':', m1, m2] = text.as_bytes() else { return None };
    u16::try_from(60 * below(24, h1, h2)? + below(60, m1, m2)?).ok()
}

/// The number of two digits, if it is below `limit`.
fn below(limit: i64, tens: u8, ones: u8) -> Option<i64> {
    if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
        return None;
    }
    let number = i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
    (number < limit).then_some(number)
}

/// Units of 10⁻⁶ of a decimal text or a number with at most 12 digits before and 6 after the point.
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method as a value is that of one lifetime"
)]
pub(super) fn micros(json: &str) -> Option<i64> {
    decimal(json, |decimal| decimal.micros())
}

/// Units of 10⁻⁶ of an integer of minor units, of which `digits` are after the point.
pub(super) fn minor(json: &str, digits: u32) -> Option<i64> {
    let minor = integer(json)?;
    let limit = 10_u64.pow(12 + digits);
    (minor.unsigned_abs() < limit).then(|| minor * 10_i64.pow(6 - digits))
}

/// A number from 0 to 10⁹, rounded half-even.
pub(super) fn seconds(json: &str) -> Option<i64> {
    // Nearly all are plain integers.
    let seconds = match json.parse() {
        Ok(seconds) => seconds,
        Err(_) => Decimal::of_number(json)?.seconds()?,
    };
    (0..=SECONDS_MAX).contains(&seconds).then_some(seconds)
}

/// A decimal text or a number of any size.
pub(super) fn any_decimal(json: &str) -> Option<()> {
    decimal(json, |_| Some(()))
}

/// A decimal text or a number from 0 to 1.
pub(super) fn probability(json: &str) -> Option<()> {
    decimal(json, |decimal| decimal.is_probability().then_some(()))
}

/// Of a text `-?[0-9]+(\.[0-9]+)?` or a number.
fn decimal<T>(json: &str, read: impl FnOnce(Decimal<'_>) -> Option<T>) -> Option<T> {
    match any_text(json) {
        Some(text) => read(Decimal::of_text(&text)?),
        None => read(Decimal::of_number(json)?),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    #[test]
    fn times_follow_the_grammar_to_the_letter() {
        let noon = Timestamp(1_795_147_200_000);
        check(
            time,
            &[
                (r#""2026-11-20T04:00:00Z""#, noon),
                (r#""2026-11-20t04:00:00z""#, noon),
                (r#""2026-11-20 12:00:00+08:00""#, noon),
                (r#""2026-11-19T23:30:00-04:30""#, noon),
                (r#""2026-11-20T04:00:00-00:00""#, noon),
                (r#""2026-11-20T04\u003a00:00Z""#, noon),
                ("1795147200000", noon),
                (r#""2026-11-20T04:00:00.0009999999999999Z""#, noon),
                (r#""2026-11-20T04:00:00.25Z""#, noon.plus(250)),
                (r#""2024-02-29T00:00:00Z""#, Timestamp(1_709_164_800_000)),
                ("0", Timestamp(0)),
                (r#""1969-12-31T23:00:00-01:00""#, Timestamp(0)),
                ("32503679999999", Timestamp(LAST_MILLISECOND)),
                (r#""3000-01-01T07:59:59.999+08:00""#, Timestamp(LAST_MILLISECOND)),
            ],
            &[
                r#""2026-11-20T04:00:00""#,
                r#""2026-11-20T04:00Z""#,
                r#""2026-11-20T04:00:60Z""#,
                r#""2026-11-20T24:00:00Z""#,
                r#""2026-11-20T04:00:00.Z""#,
                r#""2026-11-20T04:00:00,5Z""#,
                r#""2026-11-20T04:00:00+0800""#,
                r#""2026-11-20T04:00:00+08""#,
                r#""2026-11-20T04:00:00+24:00""#,
                r#""2026-11-20T04:00:00+08:60""#,
                r#""2026-11-20T04:00:00 Z""#,
                r#""2026-11-20_04:00:00Z""#,
                r#"" 2026-11-20T04:00:00Z""#,
                r#""2026-11-20T04:00:00ZZ""#,
                r#""2026-11-20T04:00:0０Z""#,
                r#""2026-1-20T04:00:00Z""#,
                r#""2026-02-29T04:00:00Z""#,
                r#""1970-01-01T00:00:00+08:00""#,
                r#""1969-12-31T23:59:59.9999Z""#,
                r#""3000-01-01T00:00:00Z""#,
                r#""1795147200000""#,
                r#""now""#,
                r#""\ud800""#,
                "32503680000000",
                "-1",
                "1795147200000.0",
                "1.7e12",
                "99999999999999999999",
                "true",
                "[]",
                "{}",
            ],
        );
    }

    #[test]
    fn dates_are_days_from_1900_to_2999() {
        check(
            date,
            &[
                (r#""1970-01-01""#, Date(0)),
                (r#""1900-01-01""#, Date(-25_567)),
                (r#""2999-12-31""#, Date(376_199)),
                (r#""2024-02-29""#, Date(19_782)),
            ],
            &[
                r#""1899-12-31""#,
                r#""3000-01-01""#,
                r#""2026-02-29""#,
                r#""2026-00-10""#,
                r#""2026-10-00""#,
                r#""2026-13-01""#,
                r#""26-11-20""#,
                r#""2026/11/20""#,
                r#""2026-11-20T00:00:00Z""#,
                r#""+026-11-20""#,
                "20261120",
                "true",
            ],
        );
    }

    #[test]
    fn times_of_day_have_two_digits_each() {
        check(
            minutes,
            &[(r#""00:00""#, 0), (r#""09:30""#, 570), (r#""23:59""#, 1_439)],
            &[r#""9:30""#, r#""24:00""#, r#""12:60""#, r#""12:00:00""#, r#""1200""#, "1200"],
        );
    }

    #[test]
    fn amounts_are_read_from_their_digits() {
        check(
            micros,
            &[
                (r#""1234.50""#, 1_234_500_000),
                ("1234.50", 1_234_500_000),
                (r#""-0.000001""#, -1),
                (r#""007""#, 7_000_000),
                (r#""0000000000000000000001.5""#, 1_500_000),
                (r#""\u0031""#, 1_000_000),
                ("0.1", 100_000),
                ("-0", 0),
                ("1e3", 1_000_000_000),
                ("1.5E+2", 150_000_000),
                ("1500e-2", 15_000_000),
                ("0.0000001e1", 1),
                ("1.0000000e1", 10_000_000),
                ("0e20", 0),
                ("1e11", 100_000_000_000_000_000),
                ("999999999999.999999", 999_999_999_999_999_999),
                (r#""999999999999.999999""#, 999_999_999_999_999_999),
            ],
            &[
                "1000000000000",
                "1e12",
                "1e400",
                "1e99999999999999999999",
                "1e-99999999999999999999",
                "1e-7",
                "0.1e-6",
                "0e-7",
                r#""1000000000000""#,
                r#""0.0000001""#,
                r#""1.0000000""#,
                r#""1e3""#,
                r#""+1""#,
                r#""1.""#,
                r#"".5""#,
                r#""-""#,
                r#""--1""#,
                r#""1.2.3""#,
                r#""1,000.00""#,
                r#"" 1""#,
                r#""１２""#,
                r#""NaN""#,
                r#""0x10""#,
                "true",
                "[1]",
                "{}",
            ],
        );
    }

    #[test]
    fn minor_units_are_integers_of_twelve_digits_before_the_point() {
        let yuan = |json| minor(json, 2);
        check(
            yuan,
            &[("1250", 12_500_000), ("-1", -10_000), ("99999999999999", 999_999_999_999_990_000)],
            &["100000000000000", "12.0", "1e2", r#""1250""#, "true", "9223372036854775807"],
        );
        assert_eq!(minor("1250", 0), Some(1_250_000_000));
        assert_eq!(minor("1250", 4), Some(125_000));
        assert_eq!(minor("1000000000000", 0), None);
    }

    #[test]
    fn seconds_are_rounded_half_even() {
        check(
            seconds,
            &[
                ("0", 0),
                ("-0", 0),
                ("-0.0", 0),
                ("184", 184),
                ("0.5", 0),
                ("1.5", 2),
                ("2.5", 2),
                ("2.5000000000000000000000000000001", 3),
                ("2.4999999999999999999999999999999", 2),
                ("0.05e1", 0),
                ("0.05", 0),
                ("0.95", 1),
                ("1e9", 1_000_000_000),
                ("999999999.5", 1_000_000_000),
                ("15e-1", 2),
                ("1e-99999999999999999999", 0),
                ("0e99999999999999999999", 0),
            ],
            &[
                "-1",
                "-0.1",
                "1000000001",
                "1000000000.1",
                "1e10",
                "1e400",
                "1e99999999999999999999",
                r#""12""#,
                "true",
                "[]",
            ],
        );
    }

    #[test]
    fn a_probability_is_compared_digit_by_digit() {
        check(
            probability,
            &[
                ("0", ()),
                ("-0.0", ()),
                ("1", ()),
                ("1.000", ()),
                ("0.123456789012345678901234567890", ()),
                (r#""0.5""#, ()),
                ("5e-1", ()),
                ("10e-1", ()),
            ],
            &["-0.1", "1.0000000000000000000000001", "2", "1e1", r#""half""#, "true"],
        );
    }

    #[test]
    fn integers_have_no_point_and_no_exponent() {
        check(
            integer,
            &[
                ("-3", -3),
                ("-0", 0),
                ("9223372036854775807", i64::MAX),
                ("-9223372036854775808", i64::MIN),
            ],
            &["9223372036854775808", "1.0", "1e3", r#""1""#, "true"],
        );
    }

    #[test]
    fn texts_are_measured_in_bytes_without_their_escapes() {
        let long = format!("\"{}\"", "é".repeat(128));
        let too_long = format!("\"{}x\"", "é".repeat(128));
        let escaped = format!("\"{}\"", r"\u0041".repeat(256));
        assert!(matches!(text(&long), Some(Cow::Borrowed(_))));
        assert_eq!(text(&too_long), None);
        assert_eq!(text(&escaped).as_deref(), Some("A".repeat(256).as_str()));
        assert_eq!(any_text(&too_long).map(|text| text.len()), Some(257));
        assert_eq!(text(r#""\ud83d\ude00""#).as_deref(), Some("😀"));
        assert_eq!(text(r#""\ud83d""#), None);
        assert_eq!(text("42"), None);
    }

    #[test]
    fn a_list_of_texts_holds_only_texts() {
        check(
            texts,
            &[("[]", ()), (r#"["d1", "d2"]"#, ()), (r#"["d1", null, ""]"#, ())],
            &[r#""d1""#, "[1]", "[[]]", "{}", "7"],
        );
    }

    /// Every value of `accepted` means what stands beside it, every one of `refused` nothing.
    fn check<'a, T: Debug + PartialEq>(
        parse: impl Fn(&'a str) -> Option<T>,
        accepted: &[(&'a str, T)],
        refused: &[&'a str],
    ) {
        for (json, value) in accepted {
            assert_eq!(parse(json).as_ref(), Some(value), "{json}");
        }
        for json in refused {
            assert_eq!(parse(json), None, "{json}");
        }
    }
}
