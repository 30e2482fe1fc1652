//! Records read back: a table or a spreadsheet shows what the JSON record says, and nothing else.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The fields of an object, in the order in which they were written.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Fields(Vec<(String, Value)>);

/// The value of a field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Flag(bool),
    /// A number, as it is written.
    Number(String),
    /// A text: money, an instant, an id.
    Text(String),
    /// An object.
    Fields(Fields),
}

impl Fields {
    /// # Panics
    /// If this is not an object as the engine writes them.
    pub fn of(json: &str) -> Self {
        serde_json::from_str(json).expect("the engine writes objects, texts, numbers and flags")
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The value of a field, where it is there.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.iter().find_map(|(known, value)| (known == name).then_some(value))
    }

    /// The object in a field; nothing where there is none.
    pub fn object(&self, name: &str) -> &Self {
        match self.get(name) {
            Some(Value::Fields(fields)) => fields,
            Some(Value::Null | Value::Flag(_) | Value::Number(_) | Value::Text(_)) | None => {
                const { &Self(Vec::new()) }
            }
        }
    }

    /// A text or number as it is written; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).map_or("", Value::text)
    }

    /// Whether a field is there and true.
    pub fn is_set(&self, name: &str) -> bool {
        self.get(name) == Some(&Value::Flag(true))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Value {
    /// A text, number or flag as it is written; empty for `null` and objects.
    pub fn text(&self) -> &str {
        match self {
            Self::Number(text) | Self::Text(text) => text,
            Self::Flag(true) => "true",
            Self::Flag(false) => "false",
            Self::Null | Self::Fields(_) => "",
        }
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some((name, raw)) = map.next_entry::<String, &RawValue>()? {
                    let value = match raw.get().as_bytes() {
                        b"null" => Value::Null,
                        b"true" => Value::Flag(true),
                        b"false" => Value::Flag(false),
                        [b'{', ..] => Value::Fields(inner(raw)?),
                        [b'"', ..] => Value::Text(inner(raw)?),
                        _ => Value::Number(raw.get().to_owned()),
                    };
                    fields.push((name, value));
                }
                Ok(Fields(fields))
            }
        }

        fn inner<'a, T: Deserialize<'a>, E: serde::de::Error>(raw: &'a RawValue) -> Result<T, E> {
            serde_json::from_str(raw.get()).map_err(E::custom)
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_is_written() {
        let row = r#"{"scope":{"team":"t\"1"},"n":0.290323,"kpis":{"b":{"value":null},"a":true}}"#;
        let row = Fields::of(row);
        assert_eq!(row.object("scope").text("team"), "t\"1");
        assert_eq!(row.text("n"), "0.290323");
        let names: Vec<&str> = row.object("kpis").iter().map(|field| field.0).collect();
        assert_eq!(names, ["b", "a"]);
        assert_eq!(row.object("kpis").object("b").get("value"), Some(&Value::Null));
        assert!(row.object("kpis").is_set("a"));
        assert!(row.object("nothing").is_empty());
    }
}
