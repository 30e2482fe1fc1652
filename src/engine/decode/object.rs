//! One pass over a JSON object: the text of each known field, uninterpreted.
//!
//! Which fields are used depends on `type`, which may come last; so the pass only notes where every
//! known field's value lies, and the values of the used ones are read afterwards.

use super::field::{Field, Fields};
use super::members::members;
use super::value;

/// The values of an object's known fields as they are written; of a field given twice the last.
#[derive(Debug)]
pub(super) struct Object<'a> {
    values: [Option<&'a str>; Field::ALL.len()],
    given: Fields,
    /// Of these, the ones that are given again.
    pub(super) given_twice: Fields,
}

impl<'a> Object<'a> {
    /// Nothing is given.
    pub(super) fn empty() -> Self {
        Self {
            values: [None; Field::ALL.len()],
            given: Fields::default(),
            given_twice: Fields::default(),
        }
    }

    /// Notes the fields of the object that is the whole of `text`; says what is wrong if it is no
    /// JSON object or nested too deep.
    pub(super) fn scan(text: &'a str) -> serde_json::Result<Self> {
        let mut object = Self::empty();
        object.fill(text)?;
        Ok(object)
    }

    /// As [`scan`](Self::scan), in place: the slots are too large to be moved about.
    pub(super) fn fill(&mut self, text: &'a str) -> serde_json::Result<()> {
        members(text, |name, value| {
            let name = value::any_text(name);
            let Some(field) = name.and_then(|name| Field::named(&name)) else { return };
            if self.given.put(field) {
                self.given_twice.put(field);
            }
            self.values[field as usize] = (value != "null" && value != "\"\"").then_some(value);
        })
    }

    /// What the field is given as; `None` where it is missing, `null` or an empty text.
    pub(super) fn value(&self, field: Field) -> Option<&'a str> {
        self.values[field as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str, field: Field) -> Option<&str> {
        Object::scan(json).expect("an object").value(field)
    }

    #[test]
    fn values_are_noted_as_they_are_written() {
        let json = r#" { "amount" : 1.50 , "note":{"amount":7}, "reason": "a\nb" } "#;
        assert_eq!(value(json, Field::Amount), Some("1.50"));
        assert_eq!(value(json, Field::Reason), Some(r#""a\nb""#));
        assert_eq!(value(json, Field::Currency), None);
    }

    #[test]
    fn null_and_an_empty_text_are_absent() {
        assert_eq!(value(r#"{"bucket":null}"#, Field::Bucket), None);
        assert_eq!(value(r#"{"bucket":""}"#, Field::Bucket), None);
        assert_eq!(value(r#"{"bucket":" "}"#, Field::Bucket), Some("\" \""));
    }

    #[test]
    fn an_escaped_name_is_the_name() {
        assert_eq!(value(r#"{"\u0061mount":1}"#, Field::Amount), Some("1"));
    }

    #[test]
    fn an_ignored_name_may_be_half_a_surrogate_pair() {
        assert_eq!(value(r#"{"\ud800":1,"amount":"\ud800"}"#, Field::Amount), Some(r#""\ud800""#));
    }

    #[test]
    fn a_field_given_twice_is_noted() {
        let object = Object::scan(r#"{"amount":1,"\u0061mount":null,"fees":1}"#).unwrap();
        assert_eq!(object.given_twice, Fields::of(&[Field::Amount]));
        assert_eq!(object.value(Field::Amount), None);
    }

    #[test]
    fn nesting_is_limited() {
        let nested = |levels| format!(r#"{{"x":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
        assert!(Object::scan(&nested(126)).is_ok());
        assert!(Object::scan(&nested(127)).is_err());
        assert!(Object::scan(&nested(100_000)).is_err());
    }
}
