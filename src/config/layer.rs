//! Layers: one source of settings each, flattened to `section.key`, each value with its origin.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Origin};

/// What one source says: by key with its section, tables of an array numbered from 1.
pub type Layer = BTreeMap<String, Leaf>;

/// A value, and who states it.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The value as written.
    pub raw: Raw,
    /// Who states it.
    pub origin: Origin,
}

/// A value as written: numbers keep their text, so that no money goes through a float.
#[derive(Clone, Debug)]
pub enum Raw {
    /// A text in quotes.
    Text(String),
    /// A number.
    Number(String),
    /// A date or time without quotes.
    Time(String),
    /// true or false
    Flag(bool),
    /// A list.
    List(Vec<Raw>),
    /// A table where there should be a value, or one that is empty.
    Table,
    /// From the environment or the command line, where nothing has quotes.
    Bare(String),
}

/// The prefix of the variables that are ours.
const PREFIX: &str = "DUNLIN__";

/// What a TOML text says.
pub fn from_toml(text: &str, path: Option<&Path>) -> Result<Layer, ConfigError> {
    let origin = |at: usize| match path {
        None => Origin::Defaults,
        Some(path) => Origin::File { path: path.to_path_buf(), line: line(text, at) },
    };
    let document = DeTable::parse(text).map_err(|error| ConfigError::NotToml {
        path: path.unwrap_or(Path::new("deploy/config.toml")).to_path_buf(),
        line: line(text, error.span().map_or(0, |span| span.start)),
        message: error.message().to_owned(),
    })?;
    let mut layer = Layer::new();
    flatten_table("", document.get_ref(), &origin, &mut layer);
    Ok(layer)
}

/// What the variables `DUNLIN__SECTION__KEY` say.
pub fn from_environment(variables: impl IntoIterator<Item = (String, String)>) -> Layer {
    variables
        .into_iter()
        .filter_map(|(name, value)| {
            let key = name.strip_prefix(PREFIX)?.to_lowercase().replace("__", ".");
            let key = match key.strip_prefix("rates.") {
                Some(currency) => format!("rates.{}", currency.to_uppercase()),
                None => key,
            };
            Some((key, Leaf { raw: Raw::Bare(value), origin: Origin::Environment(name) }))
        })
        .collect()
}

/// What options of the command line say: key, option and value.
pub fn from_options<'a>(
    options: impl IntoIterator<Item = (&'a str, &'static str, &'a str)>,
) -> Layer {
    let leaf = |option, value: &str| Leaf {
        raw: Raw::Bare(value.to_owned()),
        origin: Origin::Option(option),
    };
    options.into_iter().map(|(key, option, value)| (key.to_owned(), leaf(option, value))).collect()
}

fn flatten_table(
    prefix: &str,
    table: &DeTable<'_>,
    origin: &impl Fn(usize) -> Origin,
    layer: &mut Layer,
) {
    for (name, value) in table {
        let key = match prefix {
            "" => name.get_ref().to_string(),
            prefix => format!("{prefix}.{}", name.get_ref()),
        };
        flatten(key, name.span().start, value, origin, layer);
    }
}

fn flatten(
    key: String,
    at: usize,
    value: &Spanned<DeValue<'_>>,
    origin: &impl Fn(usize) -> Origin,
    layer: &mut Layer,
) {
    match value.get_ref() {
        DeValue::Table(table) if !table.is_empty() => flatten_table(&key, table, origin, layer),
        DeValue::Array(items) if items.iter().any(|item| item.get_ref().is_table()) => {
            for (number, item) in (1..).zip(items.iter()) {
                flatten(format!("{key}.{number}"), item.span().start, item, origin, layer);
            }
        }
        DeValue::Table(_)
        | DeValue::Array(_)
        | DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => {
            layer.insert(key, Leaf { raw: Raw::from(value.get_ref()), origin: origin(at) });
        }
    }
}

/// The line of a byte, counted from 1.
fn line(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|&byte| byte == b'\n').count()
}

impl From<&DeValue<'_>> for Raw {
    fn from(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Integer(number) => Self::Number(
                i64::from_str_radix(number.as_str(), number.radix())
                    .map_or_else(|_| number.to_string(), |number| number.to_string()),
            ),
            DeValue::Float(number) => Self::Number(number.as_str().to_owned()),
            DeValue::Boolean(flag) => Self::Flag(*flag),
            DeValue::Datetime(time) => Self::Time(time.to_string()),
            DeValue::Array(items) => {
                Self::List(items.iter().map(|item| Self::from(item.get_ref())).collect())
            }
            DeValue::Table(_) => Self::Table,
        }
    }
}

impl Raw {
    /// The items of a list. In the environment a list is written as in TOML, or its items are
    /// separated by blanks.
    pub fn items(&self) -> Option<Vec<Self>> {
        match self {
            Self::List(items) => Some(items.clone()),
            Self::Bare(text) if text.trim_start().starts_with('[') => DeValue::parse(text.trim())
                .ok()
                .and_then(|value| Self::from(value.get_ref()).items()),
            Self::Bare(text) => {
                Some(text.split_whitespace().map(|item| Self::Bare(item.to_owned())).collect())
            }
            Self::Text(_) | Self::Number(_) | Self::Time(_) | Self::Flag(_) | Self::Table => None,
        }
    }
}

impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Number(text) | Self::Time(text) | Self::Bare(text) => f.write_str(text),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Table => f.write_str("a table"),
        }
    }
}
