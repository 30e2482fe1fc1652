//! The members of a JSON object, one after the other, each as it is written.
//!
//! `serde_json` says what JSON is. It skips a value without a limit to its nesting, so the levels of
//! nested values are counted here.

use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Levels of nesting that a record may have, the outermost object included.
const LEVELS_MAX: usize = 127;

/// Shows each name (still quoted) and value of the object that is the whole of `text`.
pub(super) fn members<'a>(
    text: &'a str,
    show: impl FnMut(&'a str, &'a str),
) -> serde_json::Result<()> {
    let mut json = serde_json::Deserializer::from_str(text);
    json.deserialize_map(Members(show))?;
    json.end()
}

/// Says what is wrong if `text` is not JSON of any kind.
pub(super) fn check(text: &str) -> serde_json::Result<()> {
    let value: &RawValue = serde_json::from_str(text)?;
    within(LEVELS_MAX, value.get())
}

struct Members<F>(F);

impl<'de, F: FnMut(&'de str, &'de str)> Visitor<'de> for Members<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        // A name is taken as it is written: JSON allows half a surrogate pair in it, `str` does not.
        while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            within(LEVELS_MAX - 1, value.get())?;
            (self.0)(name.get(), value.get());
        }
        Ok(())
    }
}

/// Refuses a valid value that is nested deeper than `limit` levels.
fn within<E: serde::de::Error>(limit: usize, value: &str) -> Result<(), E> {
    if value.starts_with(['{', '[']) && limit < levels(value) {
        return Err(E::custom(format_args!("more than {LEVELS_MAX} levels of nesting")));
    }
    Ok(())
}

/// How deep the brackets of a valid value are nested; those inside texts are none.
fn levels(value: &str) -> usize {
    let (mut level, mut deepest) = (0, 0);
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                level += 1;
                deepest = deepest.max(level);
            }
            b'}' | b']' => level -= 1,
            b'"' => {
                while let Some(byte) = bytes.next()
                    && byte != b'"'
                {
                    if byte == b'\\' {
                        bytes.next();
                    }
                }
            }
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_shown_as_they_are_written() {
        let mut shown = Vec::new();
        let object = r#" {"a" : [1, {"b":2}] ,"\u0061":"x\"y","":-1.5e3,"\ud800":1e999 } "#;
        members(object, |name, value| shown.push((name, value))).expect("an object");
        assert_eq!(
            shown,
            [
                (r#""a""#, r#"[1, {"b":2}]"#),
                (r#""\u0061""#, r#""x\"y""#),
                (r#""""#, "-1.5e3"),
                (r#""\ud800""#, "1e999"),
            ]
        );
    }

    #[test]
    fn nesting_ends_at_127_levels() {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let nested = |levels| format!("{}1{}", open.repeat(levels), close.repeat(levels));
            for (levels, valid) in [(1, true), (127, true), (128, false), (100_000, false)] {
                assert_eq!(check(&nested(levels)).is_ok(), valid, "{levels} levels of {open}");
                let object = format!(r#"{{"x":{}}}"#, nested(levels - 1));
                assert_eq!(members(&object, |_, _| {}).is_ok(), valid, "{levels} levels of {open}");
            }
        }
    }

    #[test]
    fn brackets_inside_texts_do_not_nest() {
        for (value, nested) in [
            ("1", 0),
            (r#""[[""#, 0),
            ("[]", 1),
            ("[[],[],{}]", 2),
            (r#"{"[[[":["\"[",{}]}"#, 3),
            (r#"["\\",["\\\"[["]]"#, 2),
        ] {
            assert_eq!(levels(value), nested, "{value}");
        }
    }

    #[test]
    fn flaws_are_told_with_their_place() {
        let flaw = |text| members(text, |_, _| {}).expect_err("a flaw").to_string();
        insta::assert_snapshot!(flaw(r#"{"a":NaN}"#), @"expected value at line 1 column 6");
        insta::assert_snapshot!(flaw(r#"{"a":1,}"#), @"trailing comma at line 1 column 8");
        insta::assert_snapshot!(flaw(r#"{"a":1} {}"#), @"trailing characters at line 1 column 9");
        insta::assert_snapshot!(flaw("[]"), @"invalid type: sequence, expected an object at line 1 column 0");
        insta::assert_snapshot!(flaw(&format!(r#"{{"a":{}1{}}}"#, "[".repeat(127), "]".repeat(127))), @"more than 127 levels of nesting at line 1 column 261");
    }
}
